"""What the queries of API v2 read: the metrics of the account, and what other sources become as series."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any

from datadog_sandbox.store import Store
from datadog_sandbox.widgets import Empty
from datadog_sandbox.widgets.requests import metadata_of
from datadog_sandbox.widgets.sources import SOURCES, Period, Sampling, as_query, unit

from .endpoint import Call, Refused, typed
from .units import units_of

METRICS = 'metrics'
MODELS = {
    'apm_resource_stats': ('apm_resource_stats_query', 'ApmResourceStatsQuery'),
    'apm_metrics': ('apm_metrics_query', 'ApmMetricsQuery'),
    'slo': ('slo_query', 'SloQuery'),
}
"""Module and name of the client's model of a query, where it is not that of records."""
RECORDS = 'events_timeseries_query', 'EventsTimeseriesQuery'


def complete_queries(attributes: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the queries, each with a name: `query1`, … where it has none. Raises `Refused`."""
    queries = attributes.get('queries')
    if not isinstance(queries, list) or not queries or not all(isinstance(each, dict) for each in queries):
        raise Refused('API input validation failed: queries must be a list of at least one query')
    complete: list[Mapping[str, Any]] = [
        {**each, 'name': f'query{place}' if each.get('name') is None else each['name']}
        for place, each in enumerate(queries, 1)
    ]
    for each in complete:
        source = each.get('data_source')
        if source == METRICS:
            _check_metric_query(each)
        elif isinstance(source, str) and source in SOURCES:
            typed(each, 'v2', *MODELS.get(source, RECORDS))
        else:
            raise Refused(f'The sandbox keeps no data of the source {str(source)[:100]!r}')
    return complete


def _check_metric_query(query: Mapping[str, Any]) -> None:
    for field in ('name', 'query', 'aggregator'):
        value = query.get(field)
        # The aggregator alone may be absent.
        if not isinstance(value, str) and not (field == 'aggregator' and value is None):
            raise Refused(f'API input validation failed: {field} of a query must be a string')


@contextmanager
def sampled(
    call: Call, queries: Sequence[Mapping[str, Any]], start: int, end: int, interval: int | None, single: bool
) -> Iterator[tuple[dict[str, str], dict[str, Store]]]:
    """Yield queries over metrics by name, and the account of each metric that stands for another source.

    Records are read from [start, end), in seconds; a line of them has buckets of `interval` seconds where the query
    has none of its own. Raises `QueryError`.
    """
    with closing(Store()) as records:
        sampling = Sampling(Period(call.store, start, end), records, single, bars=False, variables={})
        texts = {
            each['name']: each['query']
            if each['data_source'] == METRICS
            else _sampled(_with_interval(each, interval), sampling)
            for each in queries
        }
        yield texts, dict.fromkeys(records.metrics(), records)


def _sampled(query: Mapping[str, Any], sampling: Sampling) -> str:
    try:
        return as_query(query, sampling)
    except Empty:
        # As recorded, an objective that is not there has no values.
        return sampling.series(f'{query["data_source"]}.{query["name"]}', (), (), 1)


def units_of_query(query: Mapping[str, Any], store: Store) -> list[dict[str, Any] | None] | None:
    """Return the unit and the per unit of the values of a query; None where they have none. Raises `QueryError`."""
    return units_of(metadata_of(query['query'], store) if query['data_source'] == METRICS else {'unit': unit(query)})


def _with_interval(query: Mapping[str, Any], interval: int | None) -> Mapping[str, Any]:
    compute = query.get('compute') or {}
    return query if interval is None else {**query, 'compute': {'interval': interval * 1000} | compute}
