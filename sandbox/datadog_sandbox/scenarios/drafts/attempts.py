"""What may make a monitor alert and recover, for each type of monitor, the likeliest first."""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any

from datadog_sandbox import query
from datadog_sandbox.monitors.options import THRESHOLDS, Settings, settings_of
from datadog_sandbox.monitors.types.formula import FormulaMonitor
from datadog_sandbox.monitors.types.objective import ObjectiveMonitor
from datadog_sandbox.monitors.types.records import RecordMonitor
from datadog_sandbox.monitors.types.service_check import parse_check
from datadog_sandbox.query.seasons import SEASONS
from datadog_sandbox.query.tree import Query
from datadog_sandbox.scenarios.outcomes import Outcome
from datadog_sandbox.times import DAY, HOUR, MINUTE

from . import records, shapes, tags
from .shapes import ALONE, Attempt, Common, Phases

MOST = 60
"""Attempts for a monitor."""
LONGEST = 360 * DAY
STAIRS = 60 * DAY
"""The longest time in which all levels are tried after each other."""
GROWING: tuple[list[float], ...] = (
    [1000], [0], [-1000], *([sign * shapes.rounded(1000 * 1.2**step) for step in range(300)] for sign in (1, -1)),
)  # fmt: skip
"""Values outside of a band; it may follow what is constant."""
RATE = re.compile(r'per_(second|minute|hour)\(|diff\(|derivative\(')
"""Functions of how fast a value grows."""
MARGIN = 5 * MINUTE
SCHEDULED = 10
"""Times of a custom schedule that are looked at."""
HOSTS = 5
"""Series of which one leaves the others."""


Probe = Callable[[Attempt], Outcome | None]
"""Rehearses an attempt; None where an account takes no such values."""


def attempts(monitor: Mapping[str, Any], probe: Probe, common: Common = ALONE) -> Iterator[Attempt]:
    """Yield what to try. Raises `query.QueryError` when the monitor is not evaluated."""
    plan = settings_of({'id': 0, **monitor})
    if monitor['type'] == 'service check':
        yield from _checks(monitor, plan, common)
    elif isinstance(plan.type, RecordMonitor):
        yield from records.attempts(monitor, plan.type, phases(plan, plan.type.window, common), common.tags)
    elif isinstance(plan.type, FormulaMonitor):
        yield from records.of_formula(plan.type, phases(plan, plan.type.window, common), common.tags)
    elif isinstance(plan.type, ObjectiveMonitor):
        raise query.QueryError('A monitor of a service level objective: a scenario has no such objectives')
    else:
        yield from _metrics(monitor, plan, probe, common)


def phases(plan: Settings, window: int, common: Common) -> Phases:
    """Return how long each phase lasts so that a window can fill up with it."""
    length = window + plan.delay + longest_wait(plan) + MARGIN
    length = math.ceil(length / MARGIN) * MARGIN
    return longer(Phases(length + math.ceil(plan.new_group_delay / MARGIN) * MARGIN, length, length), common.phases)


def longer(phases: Phases, least: Phases) -> Phases:
    """Return phases that each last as long as the longer of two."""
    return Phases(*map(max, phases, least))


def longest_wait(plan: Settings) -> int:
    """Return the longest time from one evaluation to the next; of a custom schedule, among the next ten."""
    if plan.schedule is None:
        return max(plan.every, MINUTE)
    moments = [int(shapes.START.timestamp())]
    while len(moments) <= SCHEDULED and (moment := plan.schedule.following(moments[-1])) is not None:
        moments.append(moment)
    return max((until - since for since, until in pairwise(moments)), default=MINUTE)


def interval_of(window: int, monitor: Mapping[str, Any]) -> int:
    """Return the time from point to point: longer in long windows, and so that no data is missing."""
    if 'default' in monitor['query'] and window <= 2 * HOUR:
        # What is missing between points becomes the default: there is one in each bucket.
        return 20
    lengths = {4 * HOUR: MINUTE, 2 * DAY: 5 * MINUTE, 8 * DAY: 15 * MINUTE}
    interval = next((seconds for longest, seconds in lengths.items() if window <= longest), HOUR)
    options = monitor.get('options') or {}
    missing = (options.get('no_data_timeframe') or 0) * MINUTE if options.get('notify_no_data') else 0
    return min(interval, max(MINUTE, missing // 2 // MINUTE * MINUTE)) if missing else interval


# Metrics


def _metrics(monitor: Mapping[str, Any], plan: Settings, probe: Probe, common: Common) -> Iterator[Attempt]:
    text = monitor['query']
    queries = query.queried(getattr(plan.type, 'query', text))
    window = max(plan.type.lookback, getattr(getattr(plan.type, 'parsed', None), 'window', 0)) + _shift(text)
    series, length = _series(queries, common), phases(plan, window, common)
    if 'anomalies(' in text:
        yield from _anomalies(series, plan, window, text, common)
    elif 'outliers(' in text:
        yield from _outliers(queries, length, interval_of(window, monitor))
    else:
        limits = plan.type.threshold or 0, _thresholds(monitor)
        yield from _levels(series, limits, length, interval_of(window, monitor), text, probe)
        yield from _jumps(series, length, interval_of(window, monitor))


def _levels(
    series: Mapping[str, dict[str, str]],
    limits: tuple[float, Mapping[str, float]],
    length: Phases,
    interval: int,
    text: str,
    probe: Probe,
) -> Iterator[Attempt]:
    """Yield pairs of levels of one series that may make OK and Alert."""
    for make in (shapes.slopes, shapes.stairs) if RATE.search(text) else (shapes.stairs,):
        for other in shapes.OTHERS if len(series) > 1 else (0,):
            for varying in series:

                def attempt(
                    values: Sequence[float],
                    lengths: Phases,
                    steps: Sequence[int],
                    make: Callable[..., list[dict[str, Any]]] = make,
                    other: float = other,
                    varying: str = varying,
                ) -> Attempt:
                    inputs = [
                        {'series': name, 'values': make(values if name == varying else [other] * len(values), steps)}
                        | kind
                        for name, kind in series.items()
                    ]
                    return Attempt(lengths, interval, inputs, [])

                for good, bad in _pairs(limits, length, attempt, probe):
                    yield attempt([good, bad, good], length, [*length])


def _pairs(
    limits: tuple[float, Mapping[str, float]], length: Phases, attempt: Callable[..., Attempt], probe: Probe
) -> Sequence[tuple[float, float]]:
    """Return pairs: those that made OK and Alert when all levels came after each other or, as that lasts long, all."""
    levels = shapes.levels(*limits)
    steps = [length.good, *([length.bad] * (len(levels) - 1))]
    stairs = Phases(length.good, sum(steps[1:]), 0)
    if stairs.total > STAIRS:
        return shapes.pairs(*limits) if length.total <= LONGEST else []
    outcome = probe(attempt(levels, stairs, steps))
    if outcome is None or not outcome.tracks:
        return []
    ends = [outcome.start + end - 60 for end in accumulate(steps)]
    return shapes.nearest([(level, outcome.tracks[0].state(end)) for level, end in zip(levels, ends, strict=True)])


def _jumps(series: Mapping[str, dict[str, str]], length: Phases, interval: int) -> Iterator[Attempt]:
    """Yield jumps in all series, for monitors that compare a value with an earlier one."""
    for good, bad in ((100, 1000), (1000, 100), (100, 150), (100, 10_000), (1, 1e9), (1e9, 1), (0, 100), (100, 0)):
        for phase in (1, 3):
            long = Phases(*(phase * part for part in length))
            if long.total <= LONGEST:
                values = shapes.stairs([good, bad, good], list(long))
                inputs = [{'series': name, 'values': values, **kind} for name, kind in series.items()]
                yield Attempt(long, interval, inputs, [])


def _series(queries: list[Query], common: Common) -> dict[str, dict[str, str]]:
    """Return the series that the queries of a monitor read, each with its type unless that is a gauge."""
    values = {**common.tags, **tags.fixed([read.scope for read in queries])}
    by = list(dict.fromkeys(key for read in queries for key in read.by))
    found: dict[str, dict[str, str]] = {}
    for read in queries:
        name = tags.series(read.metric, read.scope, by, values)
        percentile = re.fullmatch(r'p\d+(\.\d+)?', str(read.aggregator)) is not None
        kind = 'distribution' if percentile else 'count' if getattr(read, 'modifier', '') else ''
        found.setdefault(name, {'type': kind} if kind else {})
    if len(queries) > len(found):
        found |= _excluded(queries, by, values, found)
    return found


def _excluded(
    queries: Sequence[Query], by: Sequence[str], values: Mapping[str, str], found: Mapping[str, dict[str, str]]
) -> dict[str, dict[str, str]]:
    """Return series that one query reads and another excludes."""
    kind = next(iter(found.values()))
    more: dict[str, dict[str, str]] = {}
    for excluding in queries:
        for tag in tags.excluded(excluding.scope):
            for read in queries:
                name = tags.series(read.metric, read.scope, by, values, (tag,))
                if read.scope != excluding.scope and name not in found:
                    more.setdefault(name, kind)
    return more


def _thresholds(monitor: Mapping[str, Any]) -> dict[str, float]:
    given = (monitor.get('options') or {}).get('thresholds') or {}
    return {key: float(value) for key, value in given.items() if key in THRESHOLDS and value is not None}


def _shift(text: str) -> int:
    """Return how far back a comparison with an earlier time looks."""
    units = {'m': MINUTE, 'h': HOUR, 'd': DAY, 'w': 7 * DAY}
    found = re.search(r'change\(\w+\(last_\w+\),\s*last_(\d+)([mhdw])\)', text)
    shift = int(found[1]) * units[found[2]] if found else 0
    for name, seconds in (('hour_before', HOUR), ('day_before', DAY), ('week_before', 7 * DAY)):
        shift = max(shift, seconds if f'{name}(' in text else 0)
    return shift


def _anomalies(
    series: Mapping[str, dict[str, str]], plan: Settings, window: int, text: str, common: Common
) -> Iterator[Attempt]:
    trigger = plan.type.window
    length = phases(plan, trigger, common)
    season = SEASONS[next((name for name in SEASONS if name in text), 'weekly')]
    lagging = "'basic'" in text or '"basic"' in text
    for history in (2 * window, 2 * DAY) if lagging else (3 * season + 2 * HOUR, 4 * season + 2 * HOUR):
        # A band that follows the values comes back some time after them.
        long = longer(Phases(math.ceil(history / HOUR) * HOUR, length.bad, length.after + 2 * HOUR), common.phases)
        if RATE.search(text):
            inputs = [{'series': name, 'values': shapes.takeoff(long), **kind} for name, kind in series.items()]
            yield Attempt(long, MINUTE, inputs, [])
        # Where all vary, a ratio of them does not.
        for varying in ([*series], *([name] for name in series if len(series) > 1)):
            for bad in GROWING:
                inputs = [
                    {'series': name, 'values': shapes.noise(100, bad if name in varying else [100], long), **kind}
                    for name, kind in series.items()
                ]
                yield Attempt(long, MINUTE, inputs, [])


def _outliers(queries: list[Query], length: Phases, interval: int) -> Iterator[Attempt]:
    for good, bad in ((100, [1000]), (100, [0]), (1, [1e6]), (1e6, [1e9])):
        inputs: list[dict[str, Any]] = []
        for read in queries:
            keys = list(read.by) or ['host']
            for number in range(1, HOSTS + 1):
                own = {key: f'{key}-{number}' for key in keys}
                normal = {**shapes.noise(good, [good], length)[0], 'for': length.total}
                values = shapes.noise(good, bad, length) if number == 1 else [normal]
                name = tags.series(read.metric, read.scope, keys, own)
                inputs.append({'series': name, 'values': values} | ({'type': 'count'} if read.modifier else {}))
        yield Attempt(length, interval, inputs, [])


# Service checks


def _checks(monitor: Mapping[str, Any], plan: Settings, common: Common) -> Iterator[Attempt]:
    check = parse_check(monitor['query'])
    runs = (check.last + 5) * MINUTE
    length = Phases(
        *(
            math.ceil((part + runs) / MARGIN) * MARGIN
            for part in (plan.new_group_delay + plan.delay, plan.delay, plan.delay)
        )
    )
    keys = {tag.partition(':')[0] for tag in check.over}
    by = [key.partition(':')[0] for key in check.by if key != '*']
    length = longer(length, common.phases)
    grouped = [f'{key}:{common.tags.get(key, f"{key}-1")}' for key in by if key not in keys]
    over = [tag if ':' in tag else f'host:{tag}' for tag in check.over]
    name = f'{check.name}{{{",".join([*over, *grouped])}}}' if over or grouped else check.name
    for bad in ('critical', 'warning', 'unknown', 'ok'):
        good = 'ok' if bad != 'ok' else 'critical'
        values = [
            {'status': good, 'for': length.good}, {'status': bad, 'for': length.bad}, {'status': good},
        ]  # fmt: skip
        yield Attempt(length, MINUTE, [], [{'check': name, 'values': values}])
