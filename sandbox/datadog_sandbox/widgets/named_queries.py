"""The queries of a request by their names, whatever their data sources are."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

from datadog_sandbox.query import QueryError, default_interval, fill_in, reach
from datadog_sandbox.store import Store

from .model import Context
from .sources import SOURCES, Period, Sampling, as_query, of_services, unkept

CLASSIC = {'event_query': 'events', 'log_query': 'logs', 'apm_query': 'spans'}
"""Sources of records, by the name that their one query has in the classic form."""


def modern(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a request in the form of today, in which each query has a name; one of metrics (`q`) is left as it is."""
    if 'queries' in request:
        queries = [{'name': f'query{number}', **query} for number, query in enumerate(request['queries'], 1)]
        return {**request, 'queries': queries}
    for key, source in CLASSIC.items():
        query = request.get(key)
        if isinstance(query, dict):
            computes = query.get('multi_compute') or [query.get('compute')]
            return {
                **request,
                'queries': [
                    {'data_source': source, 'name': f'query{number}', **query, 'compute': compute}
                    for number, compute in enumerate(computes, 1)
                ],
            }
    if isinstance(request.get('apm_stats_query'), dict):
        return {**request, **of_services(request['apm_stats_query'])}
    return request


@contextmanager
def named_queries(
    request: Mapping[str, Any], context: Context, single: bool
) -> Iterator[tuple[dict[str, str], dict[str, Store]]]:
    """Return the queries of a request by their names, and the account of each metric that stands for another source.

    Records of other sources become series of an account of their own. Raises `QueryError`, and `Empty`.
    """
    if 'queries' not in request:
        kinds = sorted(key for key in request if key.endswith('_query'))
        raise QueryError(unkept(kinds[0].removesuffix('_query')) if kinds else 'This request has no query')
    others = {
        query['name']: query for query in request['queries'] if str(query.get('data_source') or 'metrics') != 'metrics'
    }
    for source in sorted({str(query['data_source']) for query in others.values()} - SOURCES.keys()):
        raise QueryError(unkept(source))
    with closing(Store()) as records:
        sampling = _sampling(request, context, records, single) if others else None
        queries = {
            query['name']: as_query(query, sampling)
            if sampling and query['name'] in others
            else fill_in(_text(query), context.variables)
            for query in request['queries']
        }
        yield queries, dict.fromkeys(records.metrics(), records)


def _text(query: Mapping[str, Any]) -> str:
    """Return the text of a query over metrics. Raises `QueryError`."""
    text = query.get('query')
    if not isinstance(text, str):
        raise QueryError(f'The query {query["name"]} over metrics needs a query, such as avg:my.metric{{*}}')
    return text


def _sampling(request: Mapping[str, Any], context: Context, records: Store, single: bool) -> Sampling:
    """Return what the queries of other sources than metrics are sampled for. Raises `QueryError`."""
    bars, length = request.get('display_type') == 'bars', context.end - context.start
    interval = None if single else default_interval(length, bars)
    names = [query['name'] for query in request['queries']]
    formulas = [formula['formula'] for formula in request.get('formulas') or []]
    earlier = max((reach(formula, names, context.start, interval) for formula in formulas), default=0)
    if single and earlier % length:
        raise QueryError('A single value is shifted in time only for metrics, or by a multiple of the range')
    return Sampling(
        Period(context.store, context.start, context.end), records, single, bars, context.variables, earlier
    )
