"""Service level objectives as a source.

Source: `FormulaAndFunctionSLOQueryDefinition` of https://docs.datadoghq.com/api/latest/dashboards/, and
https://docs.datadoghq.com/service_management/service_level_objectives/ for burn rates and error budgets.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from datadog_sandbox import objectives
from datadog_sandbox.query import QueryError
from datadog_sandbox.store import Store
from datadog_sandbox.widgets.model import Empty
from datadog_sandbox.widgets.variables import fill_in_words

from .sampling import Sampling

SOURCES = ('slo',)
METRICS = 'objectives'
Measure = Callable[[Store, Mapping[str, Any], int, int], float]


def _status(store: Store, slo: Mapping[str, Any], start: int, end: int) -> float:
    return objectives.value(store, slo, start, end)


def _left(store: Store, slo: Mapping[str, Any], start: int, end: int) -> float:
    return objectives.budget_left(_status(store, slo, start, end), slo['thresholds'][0]['target'])


def _burn_rate(store: Store, slo: Mapping[str, Any], start: int, end: int) -> float:
    """Return how many times as fast as it may the error budget is spent."""
    allowed = 100 - slo['thresholds'][0]['target']
    return (100 - _status(store, slo, start, end)) / allowed if allowed else np.nan


def _good_events(store: Store, slo: Mapping[str, Any], start: int, end: int) -> float:
    return sum(objectives.counts(store, slo, start, end).good)


def _bad_events(store: Store, slo: Mapping[str, Any], start: int, end: int) -> float:
    counts = objectives.counts(store, slo, start, end)
    return sum(counts.total) - sum(counts.good)


def _good_minutes(store: Store, slo: Mapping[str, Any], start: int, end: int) -> float:
    return _status(store, slo, start, end) / 100 * (end - start) / 60


def _bad_minutes(store: Store, slo: Mapping[str, Any], start: int, end: int) -> float:
    return (end - start) / 60 - _good_minutes(store, slo, start, end)


MEASURES: Mapping[str, Measure] = {
    'slo_status': _status,
    'error_budget_remaining': _left,
    'error_budget_burndown': _left,
    'burn_rate': _burn_rate,
    'good_events': _good_events,
    'bad_events': _bad_events,
    'good_minutes': _good_minutes,
    'bad_minutes': _bad_minutes,
}
OF_EVENTS, OF_MINUTES = ('good_events', 'bad_events'), ('good_minutes', 'bad_minutes')


def unit(query: Mapping[str, Any]) -> str:
    """Return Datadog's name of the unit of a measure; empty where it is a number of something."""
    return 'percent' if str(query.get('measure')).startswith(('slo_status', 'error_budget')) else ''


def approximations(query: Mapping[str, Any]) -> list[str]:
    """Return what of a measure is approximated, a sentence each."""
    if query.get('measure') in (*OF_EVENTS, *OF_MINUTES):
        return []
    return ['Over time, the values of an objective are those of each bucket, for its first target (approximated)']


def as_query(query: Mapping[str, Any], sampling: Sampling) -> str:
    """Add a measure of an objective as a series to an account; return the query over it. Raises `QueryError`."""
    measure, id_ = str(query.get('measure')), fill_in_words(str(query.get('slo_id')), sampling.variables)
    slo = sampling.period.store.get('slo', id_)
    if slo is None:
        raise Empty(f'There is no service level objective {id_} here')
    _check(query, measure, slo)
    # Wide buckets, as those of bars: each is an evaluation of its own.
    period, interval = sampling.period, sampling._replace(bars=True).interval()
    first = sampling.bucket(period.start, interval)
    values = []
    for time in range(first, period.end, interval):
        # What is left of a budget is what is left since the beginning.
        start = period.start if measure == 'error_budget_burndown' else max(time, period.start)
        try:
            value = MEASURES[measure](period.store, slo, start, min(time + interval, period.end))
        except objectives.ObjectiveError:
            # Nothing happened.
            continue
        values.append(((), time, value))
    counts = measure in (*OF_EVENTS, *OF_MINUTES)
    return sampling.series(f'{METRICS}.{query.get("name") or "query1"}', (), values, interval, counts)


def _check(query: Mapping[str, Any], measure: str, slo: Mapping[str, Any]) -> None:
    """Raise `QueryError` for what is not evaluated."""
    if measure not in MEASURES:
        raise QueryError(f'The measure {measure[:40]} of an objective is not one of {", ".join(MEASURES)}')
    if (measure in OF_EVENTS) != (slo['type'] == 'metric') and measure in (*OF_EVENTS, *OF_MINUTES):
        raise QueryError(f'An objective of the type {slo["type"]} has no {measure}')
    if query.get('group_mode') == 'components':
        raise QueryError('The components of an objective are not evaluated: group_mode must be overall')
    if query.get('additional_query_filters') not in (None, '', '*'):
        raise QueryError('The additional_query_filters of an objective are not applied: leave them out, or write *')
