"""How readings change the state of each group."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise, product
from typing import NamedTuple

import numpy as np

from datadog_sandbox.query import COMPARE

from .model import STATUSES, Absence, Level, State, Status
from .options import Settings
from .readings import Readings


class Change(NamedTuple):
    """A change of the state of a group."""

    at: int
    """The index of the moment."""
    old: Status | None
    new: Status | None
    """None: the group is forgotten."""
    value: float | None
    first: int
    """When the first point of a new group came."""


class Stretch(NamedTuple):
    """Moments at which the codes of a group are the same."""

    at: int
    """The index of the first moment."""
    level: int
    sustained: int
    absence: int
    full: bool


class Codes(NamedTuple):
    """The readings of each group (rows) at each moment (columns), as codes."""

    level: np.ndarray
    """A `Level`."""
    sustained: np.ndarray
    """The highest level at which a group stays that has reached it: no recovery threshold is passed."""
    absence: np.ndarray
    """An `Absence`."""
    full: np.ndarray
    """Whether the window is full, or need not be."""

    @classmethod
    def of(cls, settings: Settings, readings: Readings, age: np.ndarray) -> 'Codes':
        """Return the codes of readings; `age` is the seconds since the last point of each group at each moment."""
        level, sustained = readings.levels, readings.sustained
        if level is None or sustained is None:
            level, sustained = _compared(settings, readings.values)
        # From the mildest to the most severe.
        limits = (settings.missing_after, settings.timeout, settings.retention)
        absence = np.zeros(age.shape, dtype=np.int64)
        for effect, limit in zip((Absence.MISSING, Absence.RESOLVED, Absence.FORGOTTEN), limits, strict=True):
            absence = np.where(age >= limit, effect, absence)
        return cls(level, sustained, absence, readings.full | (not settings.full_window))

    def changes(self) -> np.ndarray:
        """Return whether any code differs from that at the moment before; always True at the first moment."""
        together = ((self.level * len(STATUSES) + self.sustained) * len(Absence) + self.absence) * 2 + self.full
        return np.diff(together, axis=1, prepend=-1) != 0

    def stretches(self, changes: np.ndarray, rows: np.ndarray) -> Iterator[list[Stretch]]:
        """Yield the stretches of each of some groups, in order of time."""
        place, at = np.nonzero(changes[rows])
        columns = (code[rows[place], at].tolist() for code in self)
        stretches = list(map(Stretch, at.tolist(), *columns))
        bounds = np.searchsorted(place, np.arange(len(rows) + 1)).tolist()
        return (stretches[start:end] for start, end in pairwise(bounds))


def _compared(settings: Settings, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the levels of values by the thresholds, and the levels that the recovery thresholds sustain."""
    critical = settings.type.threshold
    if critical is None:
        # Types without thresholds return levels, unless they have read nothing.
        return np.full(values.shape, Level.MISSING), np.full(values.shape, Level.OK)
    beyond = COMPARE[settings.type.operator]
    if settings.type.empty_is_zero:
        empty = np.isnan(values)
        if settings.type.empty_together:
            empty &= empty.all(axis=0)
        values = np.where(empty, 0.0, values)
    level = np.where(beyond(values, critical), Level.ALERT, Level.OK)
    recovery = critical if settings.critical_recovery is None else settings.critical_recovery
    sustained = np.where(beyond(values, recovery), Level.ALERT, Level.OK)
    if settings.warning is not None:
        level = np.where((level == Level.OK) & beyond(values, settings.warning), Level.WARN, level)
        recovery = settings.warning if settings.warning_recovery is None else settings.warning_recovery
        sustained = np.where((sustained == Level.OK) & beyond(values, recovery), Level.WARN, sustained)
    return np.where(np.isnan(values), Level.MISSING, level), sustained


def following(status: int, level: int, sustained: int, absence: int, full: bool, missing: Status | None) -> int:
    """Return the status that follows a status, both as positions in `STATUSES`.

    `Absence.FORGOTTEN` does not change it: the group is removed whatever its status.
    """
    if absence == Absence.RESOLVED:
        return Level.OK
    if absence == Absence.MISSING:
        return status if missing is None else STATUSES.index(missing)
    if absence == Absence.FORGOTTEN or level == Level.MISSING or not full:
        return status
    if level == Level.NO_DATA:
        return Level.NO_DATA
    reached = status if status != Level.NO_DATA else Level.OK
    return max(level, min(reached, sustained))


@lru_cache
def _table(missing: Status | None) -> np.ndarray:
    """Return `following` for all arguments, as a table: by status, level, sustained, absence, and full."""
    shape = len(STATUSES), len(Level), len(STATUSES), len(Absence), 2
    table = np.empty(shape, dtype=np.int64)
    for status, level, sustained, absence, full in product(*map(range, shape)):
        table[status, level, sustained, absence, full] = following(
            status, level, sustained, absence, bool(full), missing
        )
    return table


def steady(
    settings: Settings, states: Sequence[State], codes: Codes, changes: np.ndarray, last_data: np.ndarray
) -> np.ndarray:
    """Return which groups do not change, as most do not at most moments: `walk` is not needed for them.

    `last_data` is the time of the last point to store for each group; -1 for none.
    """
    places: dict[Status | None, int] = {name: place for place, name in enumerate(STATUSES)}
    # -1 for groups that are new or skipped.
    status = np.array([places.get(state.get('status'), -1) for state in states])
    columns = codes.level[:, 0], codes.sustained[:, 0], codes.absence[:, 0], codes.full[:, 0].astype(np.int64)
    stays = _table(settings.missing)[status, *columns] == status
    same = last_data == np.array([state.get('last_data', -1) for state in states])
    forgotten = codes.absence[:, 0] == Absence.FORGOTTEN
    return np.asarray((status >= 0) & stays & same & ~forgotten & ~changes[:, 1:].any(axis=1))


def walk(
    settings: Settings, row: int, ends: np.ndarray, readings: Readings, stretches: Sequence[Stretch], state: State
) -> list[Change]:
    """Return the changes of the state of a group at the moments whose windows end at `ends`."""
    walker = _Walker(settings, row, ends, readings, state)
    for stretch, after in zip(stretches, [*(stretch.at for stretch in stretches[1:]), len(ends)], strict=True):
        index = stretch.at
        while index < after:
            index = min(after, walker.step(index, stretch) or after)
    return walker.changes


class _Walker:
    """Follows one group through the moments at which its codes change."""

    def __init__(self, settings: Settings, row: int, ends: np.ndarray, readings: Readings, state: State) -> None:
        self._settings, self._row, self._ends, self._readings = settings, row, ends, readings
        self._status: Status | None = state.get('status')
        self._first = state.get('first_data', 0)
        self.changes: list[Change] = []

    def step(self, index: int, codes: Stretch) -> int | None:
        """Evaluate a moment. Return a later one to evaluate even if its codes are the same; None without one."""
        _, level, sustained, absence, full = codes
        if absence == Absence.FORGOTTEN:
            if self._status is not None:
                self._change(index, None)
        elif self._status is None or self._status == 'Skipped':
            if level != Level.MISSING:
                return self._begin(index, level, full)
        else:
            status = STATUSES.index(self._status)
            self._change(index, STATUSES[following(status, level, sustained, absence, full, self._settings.missing)])
        return None

    def _begin(self, index: int, level: int, full: bool) -> int | None:
        """Evaluate a new group, which is skipped for a while."""
        if self._status is None:
            # A group of the first moment may have had points before it.
            self._first = int(self._readings.first[self._row]) if index == 0 else int(self._ends[index])
        ready = self._first + self._settings.new_group_delay
        if self._ends[index] < ready:
            self._change(index, 'Skipped')
            return int(np.searchsorted(self._ends, ready))
        self._change(index, STATUSES[level] if full else 'Skipped')
        # From the next moment on, the absence of data counts too.
        return index + 1

    def _change(self, index: int, new: Status | None) -> None:
        if new != self._status:
            value = float(self._readings.values[self._row, index])
            self.changes.append(Change(index, self._status, new, None if np.isnan(value) else value, self._first))
            self._status = new
