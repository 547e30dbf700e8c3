"""Monitors as time goes on: the state of each group, and what is to be notified of.

A moment is the whole second at which a monitor is evaluated: it sees the points in (moment - window, moment].
"""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from datadog_sandbox import query
from datadog_sandbox.downtimes import covers, windows
from datadog_sandbox.store import Store, Transition
from datadog_sandbox.times import MINUTE

from .model import Monitor, Notice, State
from .muting import Muting, Opened, matches, silenced
from .notices import NoticeBuilder
from .options import Plan, plan_of
from .readings import Readings
from .states import Change, Codes, steady, walk
from .types import parse


def refusal(monitor: Monitor) -> str | None:
    """Return why a monitor is not evaluated; None when it is."""
    try:
        parse(monitor)
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
    with store.transaction():
        record = store.get('evaluated', plan.id) or {}
        states = cast(dict[str, State], store.states(plan.id))
        if record.get('query', monitor['query']) != monitor['query']:
            # Another query has other groups.
            store.save_states(plan.id, dict.fromkeys(states))
            states = {}
        last = record.get('time')
        moments = [moment for moment in moments if moment % plan.every == 0 or plan.every == MINUTE]
        moments = [moment for moment in moments if last is None or moment > last]
        if not moments:
            return []
        before = dict(states)
        run = _Run(store, monitor, plan, states, moments[0] - plan.every if last is None else last)
        for chunk, readings in plan.type.read(store, moments, plan.delay):
            run.follow(chunk, readings)
        changed = {group for group in {*before, *states} if states.get(group) != before.get(group)}
        saved = {group: cast(dict[str, Any] | None, states.get(group)) for group in changed}
        store.save_states(plan.id, saved)
        store.add_transitions(run.transitions)
        store.put('evaluated', plan.id, {'id': plan.id, 'time': moments[-1], 'query': monitor['query']})
    return sorted(run.notices, key=lambda notice: (notice.moment, notice.group))


class _Run:
    """One evaluation of a monitor: moves the states of its groups, in place."""

    def __init__(self, store: Store, monitor: Monitor, plan: Plan, states: dict[str, State], previous: int) -> None:
        self._plan, self._states, self._previous = plan, states, previous
        self._downtimes = [
            downtime for downtime in [*store.all('downtime'), *silenced(monitor)] if covers(downtime, monitor)
        ]
        self.notices: list[Notice] = []
        self.transitions: list[Transition] = []

    def follow(self, moments: Sequence[int], readings: Readings) -> None:
        """Move all groups over some moments."""
        previous, self._previous = self._previous, moments[-1]
        plan, states = self._plan, self._states
        present = {query.group_name(group) for group in readings.groups}
        readings = readings.with_absent([state['tags'] for name, state in states.items() if name not in present])
        if not readings.groups:
            return
        before = [states.get(query.group_name(group), {}) for group in readings.groups]
        ends = np.array(moments, dtype=np.int64) - plan.delay
        last = self._last(before, readings, int(ends[0]))
        codes = Codes.of(plan, readings, ends - last)
        changes = codes.changes()
        opened = [
            (downtime, open_) for downtime in self._downtimes if (open_ := windows(downtime, previous, moments[-1] + 1))
        ]
        rows = np.flatnonzero(~steady(plan, before, readings, codes, changes))
        if plan.renotify or any(window.end <= moments[-1] for _, open_ in opened for window in open_):
            # Any group may notify.
            rows = np.arange(len(readings.groups))
        mutings = _Mutings(opened, previous, moments)
        for row in rows.tolist():
            tags, state = readings.groups[row], before[row]
            steps = walk(plan, row, ends, readings, codes, changes, state)
            builder = NoticeBuilder(plan, moments, previous, readings.values[row], mutings.of(tags))
            state = builder.follow(tags, state, steps)
            self.notices += builder.notices
            state.pop('last_data', None)
            if state and np.isnan(readings.values[row, -1]):
                state['last_data'] = int(last[row, -1])
            self._keep(query.group_name(tags), state, steps, moments)

    def _last(self, before: Sequence[State], readings: Readings, end: int) -> np.ndarray:
        """Return when the last point of each group came at each moment: what was read, or what its state knows."""
        unknown = end - self._plan.type.window
        earlier = np.array([state.get('last_data', unknown) for state in before])
        return np.where(readings.last < 0, earlier[:, None], readings.last)

    def _keep(self, name: str, state: State, changes: Sequence[Change], moments: Sequence[int]) -> None:
        self.transitions += [
            Transition(self._plan.id, name, moments[change.at], change.new, change.value)
            for change in changes
            if change.new is not None and change.new != 'Skipped'
        ]
        if state:
            self._states[name] = state
        else:
            self._states.pop(name, None)


class _Mutings:
    """The muting of each group; groups that the same downtimes mute share it."""

    def __init__(self, opened: Sequence[Opened], previous: int, moments: Sequence[int]) -> None:
        self._opened, self._previous, self._moments = opened, previous, moments
        self._known: dict[tuple[int, ...], Muting] = {}

    def of(self, tags: dict[str, str]) -> Muting:
        matching = tuple(index for index, (downtime, _) in enumerate(self._opened) if matches(downtime, tags))
        if matching not in self._known:
            opened = [self._opened[index] for index in matching]
            self._known[matching] = Muting(opened, self._previous, self._moments)
        return self._known[matching]
