"""What is to be said of a widget besides its values: what is approximated, whatever its type is."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from datadog_sandbox.query import QueryError, approximations, fill_in

from .named_queries import modern
from .sources import approximations as approximations_of
from .unapplied import unapplied

PERCENTILE = 'The percentile of the whole range is the average of its intervals (approximated)'

INDEXES = 'The account has only one index of logs: the index of this widget has no effect'


def notes(definition: Mapping[str, Any], variables: Mapping[str, Sequence[str]]) -> list[str]:
    """Return a sentence for each thing that is approximated, or without effect, in a definition."""
    requests = list(_requests(definition))
    names = dict.fromkeys(name for request in requests for name in _approximated(request, variables))
    functions = [f'{", ".join(f"{name}()" for name in names)}: approximated'] if names else []
    queries = [query for request in requests for query in modern(request).get('queries') or []]
    percentile = any(query.get('aggregator') == 'percentile' for query in [*requests, *queries])
    indexed = any(index not in ('*', 'main') for query in _of_logs(requests, queries) for index in _indexes(query))
    of_sources = dict.fromkeys(sentence for query in queries for sentence in approximations_of(query))
    fixed = [*([PERCENTILE] if percentile else []), *([INDEXES] if indexed else [])]
    return [*functions, *fixed, *of_sources, *unapplied(definition, requests, queries)]


def _of_logs(requests: Sequence[Mapping[str, Any]], queries: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the queries of logs, also those of the classic form and of lists."""
    single = [
        query for request in requests for key in ('log_query', 'query') if isinstance(query := request.get(key), dict)
    ]
    return [query for query in (*queries, *single) if str(query.get('data_source', 'logs')).startswith('logs')]


def _indexes(query: Mapping[str, Any]) -> Sequence[str]:
    given = query.get('indexes') or query.get('index') or ()
    return [given] if isinstance(given, str) else given


def _requests(definition: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    requests = definition.get('requests') or []
    for request in requests.values() if isinstance(requests, dict) else requests:
        if isinstance(request, dict):
            yield request


def _approximated(request: Mapping[str, Any], variables: Mapping[str, Sequence[str]]) -> list[str]:
    try:
        if isinstance(request.get('q'), str):
            return approximations(fill_in(request['q'], variables))
        queries = {query['name']: fill_in(query['query'], variables) for query in request.get('queries') or []}
        return [
            name for formula in request.get('formulas') or [] for name in approximations(formula['formula'], queries)
        ]
    except (QueryError, LookupError, TypeError):
        # It is of another source, or the widget itself says what is wrong.
        return []
