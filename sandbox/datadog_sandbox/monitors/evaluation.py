"""Evaluates a monitor at moments: moves the state of each group, and returns the notices.

A moment is the whole second of an evaluation, which sees the points in (moment - window, moment].
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, cast

import numpy as np

from datadog_sandbox import query
from datadog_sandbox.downtimes import covers
from datadog_sandbox.store import Store, Transition
from datadog_sandbox.times import MINUTE

from .grouping import Grouping, Member
from .model import Monitor, Notice, State
from .muting import Mutings, silenced
from .notices import NoticeBuilder
from .options import Settings, settings_of
from .order import check_dependencies
from .readings import Readings
from .states import Change, Codes, steady, walk


class GroupChange(NamedTuple):
    """A group of a monitor changed its state."""

    monitor: int
    group: str
    tags: Mapping[str, str]
    moment: int
    status: str
    """Empty for a group that is forgotten."""


RecordChange = Callable[[GroupChange], object]
"""Takes each change of the state of a group."""


def refusal(monitor: Monitor) -> str | None:
    """Return why a monitor is not evaluated; None when it is."""
    try:
        settings_of({'id': 0, **monitor})
    except query.QueryError as error:
        return str(error)
    except (AttributeError, KeyError, TypeError, ValueError):
        # The API would not have taken it: only files have such monitors.
        return 'A field or an option is not of the type that the API takes.'
    return None


def evaluated(store: Store, monitor: Monitor) -> int | None:
    """Return the moment at which a monitor was last evaluated; None before the first time."""
    record = store.get('evaluated', monitor['id'])
    return record['time'] if record else None


def evaluate(
    store: Store, monitor: Monitor, moments: Sequence[int], record_change: RecordChange | None = None
) -> list[Notice]:
    """Evaluate a monitor at moments in ascending order, store what changed, and return the notices, by time.

    `record_change` is called with each change, also those to and from 'Skipped', which the history leaves out.
    Moments up to the last evaluation are skipped; so are those at which the monitor is not due (a long window, a custom
    schedule). A monitor that is not evaluated (`refusal`) has no states and no notices. Raises `query.QueryError`.
    """
    try:
        settings = settings_of(monitor)
    except query.QueryError:
        return []
    check_dependencies(store, settings.type)
    # Others may write while this only reads and calculates.
    with store.deferred():
        record = store.get('evaluated', settings.id) or {}
        states = cast(dict[str, State], store.states(settings.id))
        if record.get('query', monitor['query']) != monitor['query']:
            # Another query has other groups.
            store.save_states(settings.id, dict.fromkeys(states))
            states, record = {}, {**record, 'notified': {}}
        last = record.get('time')
        moments = [moment for moment in _due(settings, moments) if last is None or moment > last]
        if not moments:
            return []
        notified = record.get('notified') or {}
        previous = moments[0] - settings.every if last is None else last
        evaluation = _Evaluation(store, monitor, settings, states, notified, previous, record_change)
        for chunk, readings in settings.type.read(store, moments, settings.delay):
            evaluation.follow(chunk, readings)
        changed = {group: cast(dict[str, Any] | None, states.get(group)) for group in evaluation.changed}
        store.save_states(settings.id, changed)
        store.add_transitions(evaluation.transitions)
        new = {'id': settings.id, 'time': moments[-1], 'query': monitor['query']}
        new |= {'notify_error': record['notify_error']} if 'notify_error' in record else {}
        new |= {'notified': notified} if settings.notify_by is not None else {}
        store.save('evaluated', settings.id, new)
    return sorted(evaluation.notices, key=lambda notice: (notice.moment, notice.group))


def _due(settings: Settings, moments: Sequence[int]) -> Iterable[int]:
    """Return the moments at which a monitor is due."""
    if settings.schedule is not None:
        return settings.schedule.moments(moments)
    return [moment for moment in moments if moment % settings.every == 0 or settings.every == MINUTE]


class _Evaluation:
    """An evaluation of a monitor, which moves the states of its groups, and those last notified of, in place."""

    def __init__(
        self,
        store: Store,
        monitor: Monitor,
        settings: Settings,
        states: dict[str, State],
        notified: dict[str, State],
        previous: int,
        record_change: RecordChange | None,
    ) -> None:
        self._settings, self._states, self._notified, self._previous = settings, states, notified, previous
        self._record_change = record_change
        self._downtimes = [
            downtime for downtime in [*store.all('downtime'), *silenced(monitor)] if covers(downtime, monitor)
        ]
        self.notices: list[Notice] = []
        self.transitions: list[Transition] = []
        self.changed: set[str] = set()
        """The groups whose states changed, or that were forgotten."""

    def follow(self, moments: Sequence[int], readings: Readings) -> None:
        """Move all groups over some moments."""
        previous, self._previous = self._previous, moments[-1]
        settings, states = self._settings, self._states
        names = [query.group_name(group) for group in readings.groups]
        absent = states.keys() - set(names)
        readings = readings.with_absent([states[name]['tags'] for name in absent])
        names += absent
        if not names:
            return
        before = [states.get(name, {}) for name in names]
        ends = np.array(moments, dtype=np.int64) - settings.delay
        last = self._last(before, readings, int(ends[0]))
        codes = Codes.of(settings, readings, ends - last)
        changes = codes.changes()
        last_data = np.where(readings.is_empty[:, -1], last[:, -1], -1)
        mutings = Mutings(self._downtimes, settings.type.fixed_tags, previous, moments)
        grouping = None if settings.notify_by is None else Grouping(settings, settings.notify_by)
        rows = np.flatnonzero(~steady(settings, before, codes, changes, last_data))
        if settings.renotify or settings.schedule or grouping or mutings.any_end:
            # Any group may notify.
            rows = np.arange(len(readings.groups))
        for row, stretches in zip(rows.tolist(), codes.stretches(changes, rows), strict=True):
            name, tags, state = names[row], readings.groups[row], before[row]
            steps = walk(settings, row, ends, readings, stretches, state)
            if grouping:
                grouping.add(tags, Member(name, state.get('status'), steps, readings.values[row]))
            builder = NoticeBuilder(settings, moments, previous, readings.values[row], mutings.of(tags))
            self._set_state(name, builder.follow(tags, state, steps), int(last_data[row]))
            self.notices += [] if grouping else builder.notices
            self._record(name, tags, steps, moments)
        if grouping:
            self.notices += grouping.notices(moments, previous, mutings, self._notified)

    def _last(self, before: Sequence[State], readings: Readings, end: int) -> np.ndarray:
        """Return when the last point of each group came, at each moment: from the readings, or from its state."""
        if (readings.last >= 0).all():
            return readings.last
        unknown = end - self._settings.type.lookback
        earlier = np.array([state.get('last_data', unknown) for state in before])
        return np.where(readings.last < 0, earlier[:, None], readings.last)

    def _set_state(self, name: str, state: State, last_data: int) -> None:
        state.pop('last_data', None)
        if state and last_data >= 0:
            state['last_data'] = last_data
        if state != self._states.get(name, {}):
            self.changed.add(name)
        if state:
            self._states[name] = state
        else:
            self._states.pop(name, None)

    def _record(self, name: str, tags: Mapping[str, str], changes: Sequence[Change], moments: Sequence[int]) -> None:
        if self._record_change:
            for change in changes:
                self._record_change(GroupChange(self._settings.id, name, tags, moments[change.at], change.new or ''))
        # The status of a forgotten group is empty.
        self.transitions += [
            Transition(self._settings.id, name, moments[change.at], change.new or '', change.value)
            for change in changes
            if change.new != 'Skipped' and (change.new or change.old != 'Skipped')
        ]
