"""Service level objectives: what part of a time was good, and how much of the error budget is left.

Source: https://docs.datadoghq.com/service_management/service_level_objectives/
"""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from . import corrections, query
from .downtimes import Window
from .store import Store

PRECISION = 3
"""Digits after the point of a percentage."""
NO_EVENTS = 'The denominator is zero valued'


class ObjectiveError(ValueError):
    """One line: why an objective has no value in a range."""


class Counts(NamedTuple):
    """Good and all events of a metric objective, in buckets that begin at `times`."""

    times: list[int]
    good: list[float]
    total: list[float]
    interval: int


def formulas(body: Mapping[str, Any]) -> tuple[dict[str, str], str, str]:
    """Return the queries of a metric objective, and the formulas of its good and of all events."""
    count = (body.get('sli_specification') or {}).get('count')
    if not count:
        both = body['query']
        return {'good': both['numerator'], 'total': both['denominator']}, 'good', 'total'
    queries = {each['name']: each['query'] for each in count['queries']}
    good = count['good_events_formula']['formula']
    if 'bad_events_formula' in count:
        return queries, good, f'({good}) + ({count["bad_events_formula"]["formula"]})'
    return queries, good, count['total_events_formula']['formula']


def counts(store: Store, body: Mapping[str, Any], start: int, end: int) -> Counts:
    """Count the events of a metric objective in [start, end). Raises `query.QueryError`."""
    queries, good, total = formulas(body)
    answers = query.evaluate_formulas(store, queries, [good, total], start, end, bars=True)
    length = query.default_interval(end - start, bars=True)
    first = start // length * length
    times = list(range(first, end, length))
    columns: list[list[float]] = []
    for lines in answers:
        sums = dict.fromkeys(times, 0.0)
        for line in lines:
            for time, value in zip(line.times.tolist(), np.nan_to_num(line.values).tolist(), strict=True):
                sums[time] = sums.get(time, 0.0) + value
        columns.append(list(sums.values()))
    good_events, all_events = columns
    return Counts(times, good_events, all_events, length)


def ratio(good: float, total: float) -> float:
    """Return a percentage of good events. Raises `ObjectiveError`."""
    if not total:
        raise ObjectiveError(NO_EVENTS)
    return 100 * good / total


def uptime(store: Store, monitors: Sequence[int], start: int, end: int, group: str | None = None) -> float:
    """Return the percentage of the time in which no group of any of the monitors was down.

    As documented, Warn counts as uptime, and so does No Data unless the monitor notifies of it; several monitors are up
    only together. Raises `ObjectiveError` where a monitor is not kept.
    """
    down: list[tuple[int, int]] = []
    for id_ in monitors:
        monitor = store.get('monitor', id_)
        if monitor is None:
            raise ObjectiveError(f'There is no monitor {id_}')
        statuses = {'Alert', 'No Data'} if _notifies_of_no_data(monitor.get('options') or {}) else {'Alert'}
        down += spans_in(store, id_, statuses, start, end, group)
    covered, until = 0, start
    for begin, finish in sorted(down):
        covered += max(0, finish - max(begin, until))
        until = max(until, finish)
    return 100 * (1 - covered / (end - start))


def _notifies_of_no_data(options: Mapping[str, Any]) -> bool:
    on_missing = options.get('on_missing_data')
    return on_missing == 'show_and_notify_no_data' or bool(not on_missing and options.get('notify_no_data'))


def spans_in(
    store: Store, monitor: int, statuses: Collection[str], start: int, end: int, group: str | None = None
) -> list[tuple[int, int]]:
    """Return when groups of a monitor were in some of the statuses in [start, end)."""
    spans: list[tuple[int, int]] = []
    opened: dict[str, int] = {}
    for transition in store.transitions(monitor, 0, end):
        if group is not None and transition.group != group:
            continue
        if transition.status in statuses:
            opened.setdefault(transition.group, transition.time)
        elif transition.group in opened:
            spans.append((opened.pop(transition.group), transition.time))
    spans += [(begin, end) for begin in opened.values()]
    return [(max(begin, start), min(finish, end)) for begin, finish in spans if finish > start]


def time_slices(store: Store, body: Mapping[str, Any], start: int, end: int, corrected: Sequence[Window] = ()) -> float:
    """Return the percentage of the minutes, or longer slices, in which a query was beyond a threshold.

    A slice without data counts as good, as documented, and so does a corrected one. Raises `query.QueryError`.
    """
    specification = body['sli_specification']['time_slice']
    length = specification['query_interval_seconds']
    queries = {each['name']: each['query'] for each in specification['query']['queries']}
    formula = specification['query']['formulas'][0]['formula']
    [lines] = query.evaluate_formulas(store, queries, [formula], start, end, length)
    holds = query.COMPARE[specification['comparator']]
    slices = math.ceil((end - start) / length)
    bad = 0
    if lines:
        values = np.vstack([line.values for line in lines])
        wrong = (~np.isnan(values) & ~holds(values, specification['threshold'])).any(axis=0)
        times = lines[0].times
        for window in corrected:
            wrong &= (times + length <= window.start) | (times >= window.end)
        bad = int(wrong.sum())
    return 100 * (slices - bad) / slices


def _weighted(store: Store, monitors: Sequence[int], pieces: Sequence[Window], group: str | None) -> float:
    """Return the uptime of several times together."""
    lengths = [end - start for start, end in pieces]
    up = [uptime(store, monitors, start, end, group) for start, end in pieces]
    return sum(part * length for part, length in zip(up, lengths, strict=True)) / sum(lengths)


def _counted(store: Store, body: Mapping[str, Any], pieces: Sequence[Window]) -> list[float]:
    """Return the good and all events of several times together."""
    queries, *both = formulas(body)
    sums = [0.0, 0.0]
    for start, end in pieces:
        # One bucket, which begins where the time does.
        answers = query.evaluate_formulas(store, queries, both, start, end, end - start)
        for column, lines in enumerate(answers):
            sums[column] += sum(float(np.nansum(line.values)) for line in lines)
    return sums


def value(store: Store, body: Mapping[str, Any], start: int, end: int, correct: bool = True) -> float:
    """Return the percentage of an objective in [start, end), without what is corrected unless `correct` is false.

    Raises `ObjectiveError` or `query.QueryError`.
    """
    corrected = _corrected(store, body, start, end, correct)
    if body['type'] == 'time_slice':
        return time_slices(store, body, start, end, corrected)
    pieces = corrections.rest(start, end, corrected)
    if not pieces:
        raise ObjectiveError('All of the time is corrected')
    if body['type'] == 'monitor':
        groups = body.get('groups') or [None]
        return min(_weighted(store, body['monitor_ids'], pieces, group) for group in groups)
    return ratio(*events(store, body, start, end, correct))


def events(store: Store, body: Mapping[str, Any], start: int, end: int, correct: bool = True) -> tuple[float, float]:
    """Return the good and all events of a metric objective, as for `value`. Raises `query.QueryError`."""
    if corrected := _corrected(store, body, start, end, correct):
        good, total = _counted(store, body, corrections.rest(start, end, corrected))
        return good, total
    totals = counts(store, body, start, end)
    return sum(totals.good), sum(totals.total)


def _corrected(store: Store, body: Mapping[str, Any], start: int, end: int, correct: bool) -> Sequence[Window]:
    return corrections.corrected(store, body, start, end) if correct else ()


def budget_left(percentage: float, target: float) -> float:
    """Return what part of the error budget is left, in percent; negative once it is spent."""
    allowed = 100 - target
    return 100 * (percentage - target) / allowed if allowed else (100.0 if percentage >= 100 else -math.inf)
