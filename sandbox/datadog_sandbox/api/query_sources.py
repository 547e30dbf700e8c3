"""What the queries of API v2 read: the metrics of the account, or its logs, spans, or events as series."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any

from datadog_sandbox.store import Store
from datadog_sandbox.widgets.sources import SOURCES, Period, as_query

from .endpoint import Call, Refused, typed

METRICS = 'metrics'


def complete_queries(attributes: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the queries, each with a name: `query1`, … where it has none. Raises `Refused`."""
    queries = attributes.get('queries')
    if not isinstance(queries, list) or not queries or not all(isinstance(each, dict) for each in queries):
        raise Refused('API input validation failed: queries must be a list of at least one query')
    complete: list[Mapping[str, Any]] = [{'name': f'query{place}', **each} for place, each in enumerate(queries, 1)]
    for each in complete:
        source = each.get('data_source')
        if source == METRICS:
            _check_metric_query(each)
        elif isinstance(source, str) and source in SOURCES:
            typed(each, 'v2', 'events_timeseries_query', 'EventsTimeseriesQuery')
        else:
            raise Refused(f'The sandbox keeps no data of the source {str(source)[:100]!r}')
    sources = sorted({each['data_source'] for each in complete})
    if METRICS in sources and len(sources) > 1:
        raise Refused(f'The sandbox does not evaluate a request over {" and ".join(sources)} at once')
    return complete


def _check_metric_query(query: Mapping[str, Any]) -> None:
    for field in ('name', 'query', 'aggregator'):
        value = query.get(field)
        # The aggregator alone may be absent.
        if not isinstance(value, str) and not (field == 'aggregator' and value is None):
            raise Refused(f'API input validation failed: {field} of a query must be a string')


@contextmanager
def account_of(
    call: Call, queries: Sequence[Mapping[str, Any]], start: int, end: int, interval: int | None, single: bool
) -> Iterator[tuple[Store, dict[str, str]]]:
    """Yield an account, and queries over its metrics by name: the one of the call, or one that records become.

    Records are read from [start, end), in seconds; a line of them has buckets of `interval` seconds where the query
    has none of its own. Raises `QueryError`.
    """
    if queries[0]['data_source'] == METRICS:
        yield call.store, {each['name']: each['query'] for each in queries}
        return
    with closing(Store()) as records:
        period = Period(call.store, start, end)
        yield (
            records,
            {
                each['name']: as_query(_with_interval(each, interval), {}, records, period, single, bars=False)
                for each in queries
            },
        )


def _with_interval(query: Mapping[str, Any], interval: int | None) -> Mapping[str, Any]:
    compute = query.get('compute') or {}
    return query if interval is None else {**query, 'compute': {'interval': interval * 1000} | compute}
