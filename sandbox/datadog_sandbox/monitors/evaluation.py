"""Monitors as time goes on: the state of each group, and what is to be notified of.

A moment is the whole second at which a monitor is evaluated: it sees the points in (moment - window, moment].
"""

from collections.abc import Iterable, Sequence
from typing import Any, cast

import numpy as np

from datadog_sandbox import query
from datadog_sandbox.downtimes import covers
from datadog_sandbox.store import Store, Transition
from datadog_sandbox.times import MINUTE

from .grouping import Grouping, Member
from .model import Monitor, Notice, State
from .muting import Mutings, silenced
from .notices import NoticeBuilder
from .options import Plan, plan_of
from .order import check_dependencies
from .readings import Readings
from .states import Change, Codes, steady, walk


def refusal(monitor: Monitor) -> str | None:
    """Return why a monitor is not evaluated; None when it is."""
    try:
        plan_of({'id': 0, **monitor})
    except query.QueryError as error:
        return str(error)
    return None


def evaluated(store: Store, monitor: Monitor) -> int | None:
    """Return the moment at which a monitor was last evaluated; None before the first time."""
    record = store.get('evaluated', monitor['id'])
    return record['time'] if record else None


def evaluate(store: Store, monitor: Monitor, moments: Sequence[int]) -> list[Notice]:
    """Evaluate a monitor at moments in ascending order, keep what changed, and return its notices, by time.

    Moments up to the last one evaluated are left out; so are those between two evaluations of a long window. A
    monitor that is not evaluated (`refusal`) has no states and no notices. Raises `query.QueryError`.
    """
    if refusal(monitor) is not None:
        return []
    plan = plan_of(monitor)
    check_dependencies(store, plan.type)
    # Whoever writes meanwhile need not wait for what is only read and calculated.
    with store.deferred():
        record = store.get('evaluated', plan.id) or {}
        states = cast(dict[str, State], store.states(plan.id))
        if record.get('query', monitor['query']) != monitor['query']:
            # Another query has other groups.
            store.save_states(plan.id, dict.fromkeys(states))
            states, record = {}, {**record, 'notified': {}}
        last = record.get('time')
        moments = [moment for moment in _due(plan, moments) if last is None or moment > last]
        if not moments:
            return []
        notified = record.get('notified') or {}
        run = _Run(store, monitor, plan, states, notified, moments[0] - plan.every if last is None else last)
        for chunk, readings in plan.type.read(store, moments, plan.delay):
            run.follow(chunk, readings)
        saved = {group: cast(dict[str, Any] | None, states.get(group)) for group in run.changed}
        store.save_states(plan.id, saved)
        store.add_transitions(run.transitions)
        kept = {'notify_error': record['notify_error']} if 'notify_error' in record else {}
        kept |= {'notified': notified} if plan.notify_by is not None else {}
        store.put('evaluated', plan.id, {**kept, 'id': plan.id, 'time': moments[-1], 'query': monitor['query']})
    return sorted(run.notices, key=lambda notice: (notice.moment, notice.group))


def _due(plan: Plan, moments: Sequence[int]) -> Iterable[int]:
    """Return those moments at which a monitor is evaluated."""
    if plan.schedule is not None:
        return plan.schedule.moments(moments)
    return [moment for moment in moments if moment % plan.every == 0 or plan.every == MINUTE]


class _Run:
    """One evaluation of a monitor: moves the states of its groups, and those notified of, in place."""

    def __init__(
        self,
        store: Store,
        monitor: Monitor,
        plan: Plan,
        states: dict[str, State],
        notified: dict[str, State],
        previous: int,
    ) -> None:
        self._plan, self._states, self._notified, self._previous = plan, states, notified, previous
        self._downtimes = [
            downtime for downtime in [*store.all('downtime'), *silenced(monitor)] if covers(downtime, monitor)
        ]
        self.notices: list[Notice] = []
        self.transitions: list[Transition] = []
        self.changed: set[str] = set()
        """The groups whose states are others now, or are no more."""

    def follow(self, moments: Sequence[int], readings: Readings) -> None:
        """Move all groups over some moments."""
        previous, self._previous = self._previous, moments[-1]
        plan, states = self._plan, self._states
        names = [query.group_name(group) for group in readings.groups]
        absent = states.keys() - set(names)
        readings = readings.with_absent([states[name]['tags'] for name in absent])
        names += absent
        if not names:
            return
        before = [states.get(name, {}) for name in names]
        ends = np.array(moments, dtype=np.int64) - plan.delay
        last = self._last(before, readings, int(ends[0]))
        codes = Codes.of(plan, readings, ends - last)
        changes = codes.changes()
        last_data = np.where(readings.is_empty[:, -1], last[:, -1], -1)
        mutings = Mutings(self._downtimes, previous, moments)
        grouping = None if plan.notify_by is None else Grouping(plan, plan.notify_by)
        rows = np.flatnonzero(~steady(plan, before, codes, changes, last_data))
        if plan.renotify or plan.schedule or grouping or mutings.any_end:
            # Any group may notify.
            rows = np.arange(len(readings.groups))
        for row in rows.tolist():
            name, tags, state = names[row], readings.groups[row], before[row]
            steps = walk(plan, row, ends, readings, codes, changes, state)
            if grouping:
                grouping.add(tags, Member(name, state.get('status'), steps, readings.values[row]))
            builder = NoticeBuilder(plan, moments, previous, readings.values[row], mutings.of(tags))
            self._keep(name, builder.follow(tags, state, steps), int(last_data[row]))
            self.notices += [] if grouping else builder.notices
            self._record(name, steps, moments)
        if grouping:
            self.notices += grouping.notices(moments, previous, mutings, self._notified)

    def _last(self, before: Sequence[State], readings: Readings, end: int) -> np.ndarray:
        """Return when the last point of each group came at each moment: what was read, or what its state knows."""
        if (readings.last >= 0).all():
            return readings.last
        unknown = end - self._plan.type.lookback
        earlier = np.array([state.get('last_data', unknown) for state in before])
        return np.where(readings.last < 0, earlier[:, None], readings.last)

    def _keep(self, name: str, state: State, last_data: int) -> None:
        state.pop('last_data', None)
        if state and last_data >= 0:
            state['last_data'] = last_data
        if state != self._states.get(name, {}):
            self.changed.add(name)
        if state:
            self._states[name] = state
        else:
            self._states.pop(name, None)

    def _record(self, name: str, changes: Sequence[Change], moments: Sequence[int]) -> None:
        # A forgotten group comes into the state of none.
        self.transitions += [
            Transition(self._plan.id, name, moments[change.at], change.new or '', change.value)
            for change in changes
            if change.new != 'Skipped' and (change.new or change.old != 'Skipped')
        ]
