"""How readings move the state of each group as time goes on."""

from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import product
from typing import NamedTuple

import numpy as np

from .model import STATUSES, Level, Silence, State, Status
from .options import Plan
from .readings import Readings

COMPARE = {
    '>': np.greater,
    '>=': np.greater_equal,
    '<': np.less,
    '<=': np.less_equal,
    '==': np.equal,
    '!=': np.not_equal,
}


class Change(NamedTuple):
    """A group comes into another state."""

    at: int
    """The position of the moment."""
    old: Status | None
    new: Status | None
    """None: the group is forgotten."""
    value: float | None
    first: int
    """When the first point of a new group came."""


class Codes(NamedTuple):
    """What the reading of each group (rows) at each moment (columns) means by itself."""

    level: np.ndarray
    """As `Level`."""
    kept: np.ndarray
    """Up to which level a group that is there already stays there, as no recovery threshold is passed."""
    silence: np.ndarray
    """As `Silence`."""
    full: np.ndarray
    """Whether the window is full, or need not be."""

    @classmethod
    def of(cls, plan: Plan, readings: Readings, silence: np.ndarray) -> 'Codes':
        """Judge readings, with the seconds since the last point of each group at each moment."""
        level, kept = readings.levels, readings.kept
        if level is None or kept is None:
            level, kept = _compared(plan, readings.values)
        # From the mildest to the most severe.
        limits = (plan.missing_after, plan.timeout, plan.retention)
        code = np.zeros(silence.shape, dtype=np.int64)
        for outcome, limit in zip((Silence.MISSING, Silence.RESOLVED, Silence.FORGOTTEN), limits, strict=True):
            code = np.where(silence >= limit, outcome, code)
        return cls(level, kept, code, readings.full | (not plan.full_window))

    def changes(self) -> np.ndarray:
        """Return whether any code is other than at the moment before; the first always is."""
        together = ((self.level * len(STATUSES) + self.kept) * len(Silence) + self.silence) * 2 + self.full
        return np.diff(together, axis=1, prepend=-1) != 0


def _compared(plan: Plan, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the level that the thresholds make of values, and up to which the recovery thresholds keep one."""
    critical = plan.type.threshold
    if critical is None:
        # A type that has levels of its own has read nothing.
        return np.full(values.shape, Level.MISSING), np.full(values.shape, Level.OK)
    beyond = COMPARE[plan.type.operator]
    if plan.type.empty_is_zero:
        values = np.where(np.isnan(values), 0.0, values)
    level = np.where(beyond(values, critical), Level.ALERT, Level.OK)
    recovery = critical if plan.critical_recovery is None else plan.critical_recovery
    kept = np.where(beyond(values, recovery), Level.ALERT, Level.OK)
    if plan.warning is not None:
        level = np.where((level == Level.OK) & beyond(values, plan.warning), Level.WARN, level)
        recovery = plan.warning if plan.warning_recovery is None else plan.warning_recovery
        kept = np.where((kept == Level.OK) & beyond(values, recovery), Level.WARN, kept)
    return np.where(np.isnan(values), Level.MISSING, level), kept


def following(status: int, level: int, kept: int, silence: int, full: bool, missing: Status | None) -> int:
    """Return the status after a moment of a group that has one, both as positions in `STATUSES`.

    A group that is to be forgotten keeps its status here: what has one is forgotten whatever it is.
    """
    if silence == Silence.RESOLVED:
        return Level.OK
    if silence == Silence.MISSING:
        return status if missing is None else STATUSES.index(missing)
    if silence == Silence.FORGOTTEN or level == Level.MISSING or not full:
        return status
    if level == Level.NO_DATA:
        return Level.NO_DATA
    here = status if status != Level.NO_DATA else Level.OK
    return max(level, min(here, kept))


@lru_cache
def _table(missing: Status | None) -> np.ndarray:
    """Return `following` of everything it can be asked: by status, level, kept, silence, and full."""
    shape = len(STATUSES), len(Level), len(STATUSES), len(Silence), 2
    table = np.empty(shape, dtype=np.int64)
    for status, level, kept, silence, full in product(*map(range, shape)):
        table[status, level, kept, silence, full] = following(status, level, kept, silence, bool(full), missing)
    return table


def steady(plan: Plan, states: Sequence[State], codes: Codes, changes: np.ndarray, last_data: np.ndarray) -> np.ndarray:
    """Return for which groups nothing changes: those need no closer look. Most groups are so at most moments.

    `last_data` is what is to be kept of the time of the last point afterwards; -1 for nothing.
    """
    statuses = [state.get('status') for state in states]
    # One that is not known, or skipped, is none of them.
    status = np.array([STATUSES.index(name) if name in STATUSES else -1 for name in statuses])
    columns = codes.level[:, 0], codes.kept[:, 0], codes.silence[:, 0], codes.full[:, 0].astype(np.int64)
    stays = _table(plan.missing)[status, *columns] == status
    same = last_data == np.array([state.get('last_data', -1) for state in states])
    forgotten = codes.silence[:, 0] == Silence.FORGOTTEN
    return np.asarray((status >= 0) & stays & same & ~forgotten & ~changes[:, 1:].any(axis=1))


def walk(
    plan: Plan, row: int, ends: np.ndarray, readings: Readings, codes: Codes, changes: np.ndarray, state: State
) -> list[Change]:
    """Return how the state of a group changes at the moments whose windows end at `ends`."""
    places = np.flatnonzero(changes[row]).tolist()
    walker = _Walker(plan, row, ends, readings, codes, state)
    index, count = 0, len(ends)
    while index < count:
        place = bisect_right(places, index)
        after = places[place] if place < len(places) else count
        index = min(after, walker.step(index) or after)
    return walker.changes


class _Walker:
    """Follows one group through the moments at which its codes change."""

    def __init__(self, plan: Plan, row: int, ends: np.ndarray, readings: Readings, codes: Codes, state: State) -> None:
        self._plan, self._row, self._ends, self._readings, self._codes = plan, row, ends, readings, codes
        self._status: Status | None = state.get('status')
        self._first = state.get('first_data', 0)
        self.changes: list[Change] = []

    def step(self, index: int) -> int | None:
        """Evaluate a moment, and return one that needs a look although its codes are the same; None: there is none."""
        row, codes = self._row, self._codes
        level, kept, silence, full = (int(code[row, index]) for code in codes)
        if silence == Silence.FORGOTTEN:
            if self._status is not None:
                self._change(index, None)
        elif self._status is None or self._status == 'Skipped':
            if level != Level.MISSING:
                return self._begin(index, level, bool(full))
        else:
            status = STATUSES.index(self._status)
            self._change(index, STATUSES[following(status, level, kept, silence, bool(full), self._plan.missing)])
        return None

    def _begin(self, index: int, level: int, full: bool) -> int | None:
        """Evaluate a new group, which is skipped for a while."""
        if self._status is None:
            # What is there at the first look may have been there before.
            self._first = int(self._readings.first[self._row]) if index == 0 else int(self._ends[index])
        ready = self._first + self._plan.new_group_delay
        if self._ends[index] < ready:
            self._change(index, 'Skipped')
            return int(np.searchsorted(self._ends, ready))
        self._change(index, STATUSES[level] if full else 'Skipped')
        # From the next moment on, it is a group like any other: what its silence means is looked at then.
        return index + 1

    def _change(self, index: int, new: Status | None) -> None:
        if new != self._status:
            value = float(self._readings.values[self._row, index])
            shown = None if np.isnan(value) else value
            self.changes.append(Change(index, self._status, new, shown, self._first))
            self._status = new
