"""What widgets read besides metrics, and which product the rest needs.

A source becomes series of an account of its own, so that groups, formulas, and functions work as with metrics.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import objectives, records, traces
from .products import unkept, why_not_drawn
from .sampling import Period, Sampling
from .traces import of_services

__all__ = [
    'MEASURED', 'NOUNS', 'SOURCES', 'Period', 'Sampling', 'approximations', 'as_query', 'measured',
    'of_services', 'unit', 'unkept', 'why_not_drawn',
]  # fmt: skip

Measured = Callable[[Mapping[str, Any], Mapping[str, Sequence[str]], Period], list[tuple[float, float]]]

SOURCES: Mapping[str, Callable[[Mapping[str, Any], Sampling], str]] = {
    **dict.fromkeys(records.SOURCES, records.as_query),
    **dict.fromkeys(traces.SOURCES, traces.as_query),
    **dict.fromkeys(objectives.SOURCES, objectives.as_query),
}
"""What makes a query over series of a query, by its data source."""
MEASURED: Mapping[str, Measured] = {
    **dict.fromkeys(records.SOURCES, records.measured),
    **dict.fromkeys(traces.SOURCES, traces.measured),
}
"""What a histogram is of, by its data source."""
NOUNS = {
    **{source: f'{source} that match this search' for source in records.SOURCES},
    traces.METRICS: 'statistics of this service',
    objectives.METRICS: 'events of this objective',
}
"""What is missing where there are no series, by how the names of their metrics begin."""
UNITS = {**dict.fromkeys(traces.SOURCES, traces.unit), **dict.fromkeys(objectives.SOURCES, objectives.unit)}


def as_query(query: Mapping[str, Any], sampling: Sampling) -> str:
    """Add what a query makes of a source as series to an account; return the query over these. Raises `QueryError`."""
    return SOURCES[query['data_source']](query, sampling)


def measured(
    query: Mapping[str, Any], variables: Mapping[str, Sequence[str]], period: Period
) -> list[tuple[float, float]]:
    """Return time and measure of each record that a query finds, for a histogram. Raises `QueryError`."""
    return MEASURED[query['data_source']](query, variables, period)


def unit(query: Mapping[str, Any]) -> str:
    """Return Datadog's name of the unit that the values of a query have by themselves; empty where there is none."""
    of = UNITS.get(str(query.get('data_source')))
    return of(query) if of else ''


def approximations(query: Mapping[str, Any]) -> Sequence[str]:
    """Return what of the values of a query is approximated, a sentence each."""
    source = str(query.get('data_source'))
    if source in traces.SOURCES:
        return traces.approximations(query)
    return objectives.approximations(query) if source in objectives.SOURCES else ()
