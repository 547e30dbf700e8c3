"""Metric monitors: the state of each group as time goes on, and what is to be told of it.

A moment is the whole second at which a monitor is evaluated: it sees the points in (moment - window, moment].
"""

import itertools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from . import query
from .downtimes import FOREVER, Downtime, DowntimeError, Window, canceled, covers, iso, merge, scope, windows
from .store import Store, Transition

Monitor = Mapping[str, Any]
State = dict[str, Any]
Kind = Literal['alert', 'warn', 'no data', 'recovery', 'renotify', 'downtime end']

TYPES = ('metric alert', 'query alert')
"""Two names of one type."""
LEVELS = ('OK', 'Warn', 'Alert')
TRIGGERED = ('Alert', 'Warn', 'No Data')
"""From the worst to the best."""
KINDS: dict[str, Kind] = {'Alert': 'alert', 'Warn': 'warn', 'No Data': 'no data', 'OK': 'recovery'}
OPERATORS = {
    '>': np.greater,
    '>=': np.greater_equal,
    '<': np.less,
    '<=': np.less_equal,
    '==': np.equal,
    '!=': np.not_equal,
}

MINUTE, HOUR, DAY = 60, 3600, 86400
RETENTION = DAY
"""Seconds without data after which Datadog forgets a group."""
NEW_GROUP_DELAY = 60
"""Seconds, where a monitor does not say otherwise."""
END_STATES, END_TYPES = ('alert', 'no data', 'warn'), ('expired',)
"""When the end of a downtime notifies, where the downtime does not say otherwise."""
# How many values of windows are worked on at once, and how many minutes: bounds what a long run takes of memory.
CELLS, CHUNK = 4_000_000, 1440


class Notice(NamedTuple):
    """Something to tell of a group at a moment."""

    group: str
    tags: dict[str, str]
    moment: int
    kind: Kind
    old: str
    """The state before; empty for a group that had none, and the same as `new` where nothing changed."""
    new: str
    value: float | None
    muted: bool
    """By a downtime: it is not mailed."""
    first_triggered: int | None
    """When the group left OK."""
    last_triggered: int | None
    """When it last came into a state that is not OK."""


class _Plan(NamedTuple):
    """What a monitor wants, with the defaults of what it leaves out."""

    id: int
    query: query.MonitorQuery
    warning: float | None
    critical_recovery: float | None
    warning_recovery: float | None
    missing: str | None
    """The state of a group without data for `missing_after` seconds; None: it keeps the last one."""
    missing_after: int
    missing_notifies: bool
    zero: bool
    """A window without data counts as 0."""
    timeout: int
    """Seconds without data until a group recovers by itself; `FOREVER`: never."""
    retention: int
    new_group_delay: int
    full_window: bool
    delay: int
    every: int
    """Seconds between two evaluations."""
    renotify: int
    """Seconds between two reminders; 0: none."""
    renotify_times: int | None
    renotify_states: tuple[str, ...]


def refusal(monitor: Monitor) -> str | None:
    """Return why a monitor is not evaluated; None when it is."""
    if monitor.get('type') not in TYPES:
        return f'Monitors of the type "{monitor.get("type")}" are not evaluated here: {" and ".join(TYPES)} are.'
    try:
        query.parse_monitor(monitor['query'])
    except query.QueryError as error:
        return str(error)
    return None


def _plan(monitor: Monitor) -> _Plan:
    parsed = query.parse_monitor(monitor['query'])
    options = monitor.get('options') or {}
    thresholds = options.get('thresholds') or {}
    missing, after, notifies = None, FOREVER, True
    on_missing = options.get('on_missing_data')
    if on_missing == 'resolve':
        missing, after = 'OK', parsed.window
    elif on_missing in ('show_no_data', 'show_and_notify_no_data'):
        missing, after, notifies = 'No Data', parsed.window, on_missing == 'show_and_notify_no_data'
    elif not on_missing and options.get('notify_no_data'):
        missing, after = 'No Data', (options.get('no_data_timeframe') or 0) * MINUTE or 2 * parsed.window
    timeout = (options.get('timeout_h') or 0) * HOUR or FOREVER
    lasting = [seconds for seconds in (after, timeout) if seconds < FOREVER]
    delay = options.get('new_group_delay')
    long = parsed.window >= DAY
    return _Plan(
        id=monitor['id'],
        query=parsed,
        warning=thresholds.get('warning'),
        critical_recovery=thresholds.get('critical_recovery'),
        warning_recovery=thresholds.get('warning_recovery'),
        missing=missing,
        missing_after=after,
        missing_notifies=notifies,
        zero=on_missing == 'default' and '.as_count()' in parsed.query,
        timeout=timeout,
        retention=max([RETENTION, *(seconds + HOUR for seconds in lasting)]) if parsed.group_by else FOREVER,
        # Only monitors with groups have new ones.
        new_group_delay=(NEW_GROUP_DELAY if delay is None else delay) if parsed.group_by else 0,
        full_window=bool(options.get('require_full_window')),
        delay=options.get('evaluation_delay') or 0,
        # As documented: the longer the window, the rarer the evaluation.
        every=MINUTE if not long else 10 * MINUTE if parsed.window < 2 * DAY else 30 * MINUTE,
        renotify=(options.get('renotify_interval') or 0) * MINUTE,
        renotify_times=options.get('renotify_occurrences'),
        renotify_states=tuple(options.get('renotify_statuses') or ('alert', 'no data')),
    )


# What the query says at each moment


class _Readings(NamedTuple):
    """Of each group (rows) at each moment (columns)."""

    groups: list[dict[str, str]]
    values: np.ndarray
    """nan where the window holds no point."""
    last: np.ndarray
    """When the last point came, as the first moment that saw it; -1 where what was read holds none so far."""
    first: np.ndarray
    """When the first point came, in the same way: one number for each group."""
    full: np.ndarray
    """Whether there are points in the first minute of the window."""


def _windows(cells: np.ndarray, width: int, step: int, aggregator: str) -> np.ndarray:
    """Aggregate windows of `width` columns, `step` columns apart; nan where a window holds no value."""
    rows = cells.shape[0]
    columns = (cells.shape[1] - width) // step + 1
    result = np.empty((rows, columns))
    at_once = max(1, CELLS // (columns * width))
    for top in range(0, rows, at_once):
        view = sliding_window_view(cells[top : top + at_once], width, axis=1)[:, ::step]
        if aggregator in ('min', 'max'):
            made = (np.fmin if aggregator == 'min' else np.fmax).reduce(view, axis=2)
        else:
            known = ~np.isnan(view)
            count = known.sum(axis=2)
            made = np.where(known, view, 0.0).sum(axis=2)
            with np.errstate(invalid='ignore'):
                made = np.where(count > 0, made / np.maximum(count, 1) if aggregator == 'avg' else made, np.nan)
        result[top : top + at_once] = made
    return result


def _read(store: Store, plan: _Plan, moments: Sequence[int]) -> Iterator[tuple[Sequence[int], _Readings]]:
    """Yield moments, as many at once as can be, with what the query says at them. Raises `query.QueryError`."""
    step = moments[1] - moments[0] if len(moments) > 1 else plan.every
    even = step % MINUTE == 0 and all(
        after - before == step for before, after in zip(moments, moments[1:], strict=False)
    )
    if not even or (len(moments) > 1 and re.search(r'\.\s*rollup\s*\(', plan.query.query)):
        # An explicit rollup has its own buckets, which move against the window from one moment to the next.
        for moment in moments:
            yield from _read(store, plan, [moment])
        return
    for index in range(0, len(moments), CHUNK):
        chunk = moments[index : index + CHUNK]
        yield chunk, _read_chunk(store, plan, chunk, step)


def _read_chunk(store: Store, plan: _Plan, moments: Sequence[int], step: int) -> _Readings:
    window = plan.query.window
    ends = np.array(moments, dtype=np.int64) - plan.delay
    start, end = int(ends[0]) + 1 - window, int(ends[-1]) + 1
    interval = 20 if window <= HOUR else 60
    [rows] = query.evaluate_rows(store, plan.query.query, start, end, interval)
    # As documented: a monitor sees only what has all of its tags.
    complete = ['N/A' not in group.values() for group in rows.groups]
    groups, cells = list(itertools.compress(rows.groups, complete)), rows.values[complete]
    if not groups:
        none = np.empty((0, len(moments)))
        return _Readings([], none, none.astype(np.int64), np.empty(0, dtype=np.int64), none.astype(bool))
    minutes = (end - start) // MINUTE
    seen = ~np.isnan(cells)
    if rows.interval == interval:
        per = MINUTE // interval
        values = _windows(cells, window // interval, step // interval, plan.query.aggregator)
        fresh = seen.reshape(len(groups), minutes, per).any(axis=2)
    else:
        # One moment with an explicit rollup: a bucket tells of the minute in which it ends.
        values = _windows(cells, cells.shape[1], 1, plan.query.aggregator)
        fresh = np.zeros((len(groups), minutes), dtype=bool)
        ended = np.clip((rows.times + rows.interval - 1 - start) // MINUTE, 0, minutes - 1)
        for column, minute in enumerate(ended):
            fresh[:, minute] |= seen[:, column]
    if plan.query.counts_first:
        values = _counted_first(store, plan, groups, start, end, interval, step, values.shape[1])
    # The minute before which, counted from `start`, each moment is.
    after = window // MINUTE + np.arange(len(moments)) * (step // MINUTE)
    latest = np.maximum.accumulate(np.where(fresh, np.arange(minutes), -1), axis=1)[:, after - 1]
    last = np.where(latest >= 0, ends[0] - window + MINUTE * (latest + 1), -1)
    first = ends[0] - window + MINUTE * (fresh.argmax(axis=1) + 1)
    return _Readings(groups, values, last, first, fresh[:, after - window // MINUTE])


def _counted_first(
    store: Store,
    plan: _Plan,
    groups: Sequence[dict[str, str]],
    start: int,
    end: int,
    interval: int,
    step: int,
    columns: int,
) -> np.ndarray:
    """Return the values of arithmetic with counts: each query over the whole window first, then the arithmetic."""
    width = plan.query.window

    def reduce(cells: np.ndarray) -> np.ndarray:
        if cells.shape[1] < width // interval:
            return _windows(cells, cells.shape[1], 1, plan.query.aggregator)
        return _windows(cells, width // interval, step // interval, plan.query.aggregator)

    [rows] = query.evaluate_rows(store, plan.query.query, start, end, interval, reduce)
    found = {query.group_name(group): values for group, values in zip(rows.groups, rows.values, strict=True)}
    nothing = np.full(columns, np.nan)
    return np.stack([found.get(query.group_name(group), nothing) for group in groups])


# From values to states


class _Change(NamedTuple):
    at: int
    """The position of the moment."""
    old: str
    new: str
    value: float | None
    first: int
    """When the first point of a new group came."""


class _Codes(NamedTuple):
    """What the value of each group (rows) at each moment (columns) says by itself."""

    level: np.ndarray
    """What the thresholds make of it: 0 OK, 1 Warn, 2 Alert, 3 without a value."""
    hold: np.ndarray
    """Up to which level a group that is there already stays there, as no recovery threshold is passed."""
    silent: np.ndarray
    """0 data came lately, 1 it is missing, 2 the group recovers by itself, 3 it is forgotten."""
    changes: np.ndarray
    """Whether any of it is other than at the moment before."""


def _codes(plan: _Plan, values: np.ndarray, silence: np.ndarray, full: np.ndarray) -> _Codes:
    beyond = OPERATORS[plan.query.operator]
    if plan.zero:
        values = np.where(np.isnan(values), 0.0, values)
    level = np.where(beyond(values, plan.query.threshold), 2, 0)
    recovery = plan.query.threshold if plan.critical_recovery is None else plan.critical_recovery
    hold = np.where(beyond(values, recovery), 2, 0)
    if plan.warning is not None:
        level = np.where((level == 0) & beyond(values, plan.warning), 1, level)
        recovery = plan.warning if plan.warning_recovery is None else plan.warning_recovery
        hold = np.where((hold == 0) & beyond(values, recovery), 1, hold)
    level = np.where(np.isnan(values), 3, level)
    silent = np.where(silence >= plan.missing_after, 1, 0)
    silent = np.where(silence >= plan.timeout, 2, silent)
    silent = np.where(silence >= plan.retention, 3, silent)
    together = ((level * 3 + hold) * 4 + silent) * 2 + (full & plan.full_window)
    return _Codes(level, hold, silent, np.diff(together, axis=1, prepend=-1) != 0)


def _walk(plan: _Plan, row: int, ends: np.ndarray, readings: _Readings, codes: _Codes, state: State) -> list[_Change]:
    """Return how the state of a group changes; `new` is empty where it is forgotten."""
    places = np.flatnonzero(codes.changes[row]).tolist()
    status, first = state.get('status', ''), state.get('first_data', 0)
    changes: list[_Change] = []

    def change(index: int, new: str) -> str:
        value = float(readings.values[row, index])
        changes.append(_Change(index, status, new, None if np.isnan(value) else value, first))
        return new

    index, count = 0, len(ends)
    while index < count:
        place = bisect_right(places, index)
        after = places[place] if place < len(places) else count
        level, full = int(codes.level[row, index]), bool(readings.full[row, index]) or not plan.full_window
        silent = int(codes.silent[row, index])
        if silent == 3:
            if status:
                status = change(index, '')
        elif status in ('', 'Skipped'):
            if level < 3:
                if not status:
                    # What is there at the first look may have been there before.
                    first = int(readings.first[row]) if index == 0 else int(ends[index])
                if ends[index] < first + plan.new_group_delay:
                    if not status:
                        status = change(index, 'Skipped')
                    after = min(after, int(np.searchsorted(ends, first + plan.new_group_delay)))
                elif full:
                    status = change(index, LEVELS[level])
                elif not status:
                    status = change(index, 'Skipped')
        else:
            new = status
            if silent:
                new = 'OK' if silent == 2 else plan.missing or status
            elif level < 3 and full:
                here = LEVELS.index(status) if status in LEVELS else 0
                new = LEVELS[max(level, min(here, int(codes.hold[row, index])))]
            if new != status:
                status = change(index, new)
        index = after
    return changes


# From states to what is told


class _Mute:
    """When a group is muted, and the ends of downtimes that may be told."""

    def __init__(
        self, downtimes: Sequence[tuple[Downtime, list[Window]]], previous: int, moments: Sequence[int]
    ) -> None:
        self._downtimes = downtimes
        self._merged = merge(window for _, found in downtimes for window in found)
        self.ends = [
            (bisect_left(moments, window.end), downtime, 'canceled' if canceled(downtime) == window.end else 'expired')
            for downtime, found in downtimes
            for window in found
            if previous < window.end <= moments[-1]
        ]

    def at(self, moment: int) -> bool:
        """Whether the group is muted."""
        place = bisect_right(self._merged, (moment, FOREVER)) - 1
        return place >= 0 and self._merged[place].end > moment

    def first_recovery(self, moment: int) -> bool:
        """Whether a group whose alert was told may tell that it recovers."""
        return not any(
            downtime['attributes'].get('mute_first_recovery_notification')
            for downtime, found in self._downtimes
            if any(window.start <= moment < window.end for window in found)
        )


def _silenced(monitor: Monitor) -> Iterator[Downtime]:
    """Yield the deprecated `silenced` option as downtimes whose end is not told."""
    for text, end in ((monitor.get('options') or {}).get('silenced') or {}).items():
        yield {
            'attributes': {
                'scope': text,
                'monitor_identifier': {'monitor_id': monitor['id']},
                'schedule': {'start': iso(0), 'end': iso(end) if end else None},
                'notify_end_types': [],
            }
        }


def _matches(downtime: Downtime, tags: Mapping[str, str]) -> bool:
    try:
        return scope(downtime['attributes'].get('scope') or '*')(tags)
    except DowntimeError:
        # Kept before this was checked: a scope that nobody understands is that of no group.
        return False


class _Teller:
    """Follows one group through its changes and collects what is to be told."""

    def __init__(self, plan: _Plan, moments: Sequence[int], previous: int, values: np.ndarray, mute: _Mute) -> None:
        self.plan, self.moments, self.previous, self.values, self.mute = plan, moments, previous, values, mute
        self.notices: list[Notice] = []

    def tell(self, tags: dict[str, str], state: State, changes: Sequence[_Change]) -> State:
        """Return the state afterwards; empty when the group is forgotten."""
        self.group, self.tags, self.state = query.group_name(tags), tags, dict(state)
        # At one moment the change comes before the end of a downtime.
        events = [(change.at, 0, change) for change in changes] + [(end[0], 1, end) for end in self.mute.ends]
        for index, _, event in sorted(events, key=lambda event: event[:2]):
            self._remind(index)
            if isinstance(event, _Change):
                self._change(event)
            else:
                self._end(*event)
        self._remind(len(self.moments))
        return self.state

    def _say(self, index: int, kind: Kind, old: str, value: float | None, muted: bool) -> None:
        state, moment = self.state, self.moments[index]
        if not muted:
            state['last_notified_ts'] = moment
        first, last = state.get('first_triggered'), state.get('last_triggered_ts')
        self.notices.append(
            Notice(self.group, self.tags, moment, kind, old, state['status'], value, muted, first, last)
        )

    def _change(self, change: _Change) -> None:
        index, old, new, value, first = change
        moment, state = self.moments[index], self.state
        if not new:
            self.state = {}
            return
        if old in ('', 'Skipped'):
            state.pop('first_data', None)
        state |= {'status': new, 'tags': self.tags, 'since': moment, 'value': value, 'renotified': 0}
        if new == 'Skipped':
            state['first_data'] = first
            return
        if new in TRIGGERED:
            state['last_triggered_ts'] = moment
            if old not in TRIGGERED:
                state['first_triggered'] = moment
        if new == 'No Data':
            state['last_nodata_ts'] = moment
        if new == 'OK' and old in TRIGGERED:
            state['last_resolved_ts'] = moment
        told = (new in TRIGGERED or old in TRIGGERED) and (self.plan.missing_notifies or 'No Data' not in (new, old))
        if told:
            muted = self.mute.at(moment)
            if muted and new == 'OK' and self.mute.first_recovery(moment):
                # Who was told that it triggered is told that it recovers.
                muted = state.get('last_notified_ts', 0) < state['first_triggered']
            self._say(index, KINDS[new], '' if old == 'Skipped' else old, value, muted)
        if new == 'OK':
            state.pop('first_triggered', None)

    def _end(self, index: int, downtime: Downtime, how: str) -> None:
        """A downtime ends: tell of the group if its state is one of which the downtime says so."""
        attributes, status, moment = downtime['attributes'], self.state.get('status', ''), self.moments[index]
        states, types = attributes.get('notify_end_states'), attributes.get('notify_end_types')
        if status.lower() not in (END_STATES if states is None else states):
            return
        if how not in (END_TYPES if types is None else types) or self.mute.at(moment):
            return
        if self.state.get('last_notified_ts') != moment:
            self._say(index, 'downtime end', status, self._value(index), False)

    def _remind(self, before: int) -> None:
        """Repeat what was told last, at each interval after it, for the moments before an index."""
        plan, state, every = self.plan, self.state, self.plan.renotify
        if not every or state.get('status', '').lower() not in plan.renotify_states:
            return
        while plan.renotify_times is None or state['renotified'] < plan.renotify_times:
            told = max(state['since'], state.get('last_notified_ts') or 0)
            # Reminders that fell into a downtime are left out, not made up for.
            missed = max(0, (self.previous - told) // every)
            while True:
                missed += 1
                index = bisect_left(self.moments, told + missed * every)
                if index >= before:
                    return
                if not self.mute.at(self.moments[index]):
                    break
            state['renotified'] += 1
            self._say(index, 'renotify', state['status'], self._value(index), False)

    def _value(self, index: int) -> float | None:
        value = float(self.values[index])
        return None if np.isnan(value) else value


def evaluate(store: Store, monitor: Monitor, moments: Sequence[int]) -> list[Notice]:
    """Evaluate a monitor at moments in ascending order, keep what changed, and return what is to be told, by time.

    Moments up to the last one evaluated are left out; so are those between two evaluations of a long window. A
    monitor that is not evaluated (`refusal`) has no states and tells nothing. Raises `query.QueryError`.
    """
    if refusal(monitor) is not None:
        return []
    plan = _plan(monitor)
    with store.transaction():
        record = store.get('evaluated', plan.id) or {}
        states = store.states(plan.id)
        if record.get('query', monitor['query']) != monitor['query']:
            # Its groups are others now.
            store.save_states(plan.id, dict.fromkeys(states))
            states = {}
        last = record.get('time')
        moments = [moment for moment in moments if moment % plan.every == 0 or plan.every == MINUTE]
        moments = [moment for moment in moments if last is None or moment > last]
        if not moments:
            return []
        previous = moments[0] - plan.every if last is None else last
        before = dict(states)
        downtimes = [*store.all('downtime'), *_silenced(monitor)]
        notices: list[Notice] = []
        transitions: list[Transition] = []
        for chunk, readings in _read(store, plan, moments):
            covering = [
                (downtime, found)
                for downtime in downtimes
                if covers(downtime, monitor)
                if (found := windows(downtime, previous, chunk[-1] + 1))
            ]
            told, changed = _follow(plan, chunk, previous, readings, states, covering)
            notices += told
            transitions += changed
            previous = chunk[-1]
        store.save_states(
            plan.id,
            {group: states.get(group) for group in {*before, *states} if states.get(group) != before.get(group)},
        )
        store.add_transitions(transitions)
        store.put('evaluated', plan.id, {'id': plan.id, 'time': moments[-1], 'query': monitor['query']})
    return sorted(notices, key=lambda notice: (notice.moment, notice.group))


def _follow(
    plan: _Plan,
    moments: Sequence[int],
    previous: int,
    readings: _Readings,
    states: dict[str, State],
    downtimes: Sequence[tuple[Downtime, list[Window]]],
) -> tuple[list[Notice], list[Transition]]:
    """Move the states of all groups over some moments, in place, and return what is told and what changed."""
    names = [query.group_name(group) for group in readings.groups]
    came = set(names)
    readings = _with_silent(readings, [state for name, state in states.items() if name not in came])
    names += [query.group_name(group) for group in readings.groups[len(names) :]]
    if not names:
        return [], []
    before = [states.get(name, {}) for name in names]
    ends = np.array(moments, dtype=np.int64) - plan.delay
    # When the last point came of which only the state knows.
    unknown = int(ends[0]) - plan.query.window
    earlier = np.array([state.get('last_data', unknown) for state in before])
    last = np.where(readings.last < 0, earlier[:, None], readings.last)
    codes = _codes(plan, readings.values, ends - last, readings.full)
    steady = _steady(plan, before, readings, codes)
    if plan.renotify or any(window.end <= moments[-1] for _, found in downtimes for window in found):
        # Something may be told of any group.
        steady[:] = False
    mutes: dict[tuple[int, ...], _Mute] = {}
    notices: list[Notice] = []
    transitions: list[Transition] = []
    for row in np.flatnonzero(~steady).tolist():
        name, tags, state = names[row], readings.groups[row], before[row]
        changes = _walk(plan, row, ends, readings, codes, state)
        transitions += [
            Transition(plan.id, name, moments[change.at], change.new, change.value)
            for change in changes
            if change.new not in ('', 'Skipped')
        ]
        matching = tuple(index for index, (downtime, _) in enumerate(downtimes) if _matches(downtime, tags))
        if matching not in mutes:
            mutes[matching] = _Mute([downtimes[index] for index in matching], previous, moments)
        teller = _Teller(plan, moments, previous, readings.values[row], mutes[matching])
        state = teller.tell(tags, state, changes)
        notices += teller.notices
        state.pop('last_data', None)
        if state and np.isnan(readings.values[row, -1]):
            state['last_data'] = int(last[row, -1])
        if state:
            states[name] = state
        else:
            states.pop(name, None)
    return notices, transitions


def _steady(plan: _Plan, states: Sequence[State], readings: _Readings, codes: _Codes) -> np.ndarray:
    """Return of which groups nothing changes: those need no closer look. Most groups are so at most moments."""
    statuses = [state.get('status', '') for state in states]
    here = np.array([LEVELS.index(status) if status in LEVELS else -1 for status in statuses])
    missing = np.array(['last_data' in state for state in states])
    level, hold, silent = codes.level[:, 0], codes.hold[:, 0], codes.silent[:, 0]
    full = readings.full[:, 0] | (not plan.full_window)
    reports = (
        (here >= 0)
        & ~missing
        & (level < 3)
        & (silent == 0)
        & (~full | (np.maximum(level, np.minimum(here, hold)) == here))
    )
    told = np.array([status == plan.missing for status in statuses])
    absent = (
        missing & (level == 3) & np.isnan(readings.values[:, 0]) & ((silent == 0) & (here >= 0) | (silent == 1) & told)
    )
    return (reports | absent) & ~codes.changes[:, 1:].any(axis=1)


def _with_silent(readings: _Readings, states: Sequence[State]) -> _Readings:
    """Add the groups that are known and of which nothing came."""
    if not states:
        return readings
    shape = len(states), readings.values.shape[1]
    return _Readings(
        [*readings.groups, *(state['tags'] for state in states)],
        np.concatenate([readings.values, np.full(shape, np.nan)]),
        np.concatenate([readings.last, np.full(shape, -1)]),
        np.concatenate([readings.first, np.zeros(shape[0], dtype=np.int64)]),
        np.concatenate([readings.full, np.zeros(shape, dtype=bool)]),
    )


# For people


def overall(states: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the state of a monitor: the worst of its groups; 'No Data' when it knows none."""
    present = {state['status'] for state in states.values()}
    return next((status for status in TRIGGERED if status in present), 'OK' if present else 'No Data')


def evaluated(store: Store, monitor: Monitor) -> int | None:
    """Return the moment at which a monitor was last evaluated; None before the first time."""
    record = store.get('evaluated', monitor['id'])
    return record['time'] if record else None


def values(store: Store, monitor: Monitor, moment: int) -> dict[str, float]:
    """Return the value of each group that has one at a moment. Raises `query.QueryError`."""
    [(_, readings)] = _read(store, _plan(monitor), [moment])
    return {
        query.group_name(group): float(value)
        for group, value in zip(readings.groups, readings.values[:, 0], strict=True)
        if not np.isnan(value)
    }


_known: 'WeakKeyDictionary[Store, tuple[tuple[int, str, int], dict[str, float]]]' = WeakKeyDictionary()


def _latest(store: Store, monitor: Monitor, moment: int) -> dict[str, float]:
    """Return what `values` does, from memory for the second group of a page and those after it."""
    key = monitor['id'], monitor['query'], moment
    if _known.get(store, (None, {}))[0] != key:
        _known[store] = key, values(store, monitor, moment)
    return _known[store][1]


def explain(store: Store, monitor: Monitor, group: str) -> str:
    """Return in words why a group is in its state, and when that was found."""
    reason = refusal(monitor)
    if reason is not None:
        return f'Not evaluated. {reason}'
    moment = evaluated(store, monitor)
    if moment is None:
        return 'Not evaluated yet.'
    state, plan = store.states(monitor['id']).get(group), _plan(monitor)
    when = f'Evaluated at {_time(moment)}.'
    if state is None:
        return f'Not known: no point of it came in the last {_span(plan.query.window)}. {when}'
    if state['status'] == 'Skipped':
        return (
            f'New: its first point came at {_time(state["first_data"])}, and evaluation begins '
            f'{_span(plan.new_group_delay)} later{", with a full window" if plan.full_window else ""}. {when}'
        )
    value = _latest(store, monitor, moment).get(group)
    since = f'{state["status"]} since {_time(state["since"])}'
    if value is None or (state['status'] == 'No Data'):
        last = f'the last point came at {_time(state["last_data"])}' if 'last_data' in state else 'points are missing'
        stays = '' if state['status'] == 'No Data' or plan.zero else ', and without data it stays as it was'
        return f'{since}: {last}{stays}. {when}'
    names = {'avg': 'average', 'sum': 'sum', 'min': 'minimum', 'max': 'maximum'}
    said = f'the {names[plan.query.aggregator]} of the last {_span(plan.query.window)} is {value:.10g}'
    return f'{since}: {said}, {_compared(plan, state["status"], value)}. {when}'


def _compared(plan: _Plan, status: str, value: float) -> str:
    """Say how a value compares with the threshold that decides about a state."""
    beyond = OPERATORS[plan.query.operator]
    critical, operator = plan.query.threshold, plan.query.operator
    threshold, recovery = (
        (critical, plan.critical_recovery)
        if status == 'Alert' or plan.warning is None
        else (plan.warning, plan.warning_recovery)
    )
    if beyond(value, threshold):
        return f'{operator} {threshold:.10g}'
    if status != 'OK' and recovery is not None:
        return f'not {operator} {threshold:.10g}, and still {operator} the recovery threshold {recovery:.10g}'
    return f'not {operator} {threshold:.10g}'


def _time(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime('%Y-%m-%d %H:%M:%S UTC')


def _span(seconds: int) -> str:
    for name, unit in (('day', DAY), ('hour', HOUR), ('minute', MINUTE)):
        if seconds >= unit and seconds % unit == 0:
            count = seconds // unit
            return f'{count} {name}s' if count > 1 else name
    return f'{seconds} seconds'
