"""The metric queries of a definition, whatever its type is."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from datadog_sandbox.query import HISTOGRAM, QueryError, fill_in, queried
from datadog_sandbox.query.tree import Query

from .variables import names_in


def metrics(definition: Any) -> set[str]:
    """Return the metrics of all queries in a definition, those of a group's widgets too."""
    return {query.metric for query in metric_queries(definition)}


def ids(definition: Any, key: str) -> set[str]:
    """Return what a definition, and the widgets of a group, have under a key: `alert_id` or `slo_id`."""
    parts = definition.values() if isinstance(definition, dict) else definition if isinstance(definition, list) else ()
    own = {str(definition[key])} if isinstance(definition, dict) and key in definition else set()
    return own.union(*(ids(part, key) for part in parts))


def metric_queries(definition: Any) -> list[Query]:
    """Return the queries of metrics in a definition, those of a group's widgets too."""
    variables = {name: ['*'] for name in names_in(definition)}
    return [query for text in _texts(definition) for query in _parsed(text, variables)]


def _texts(definition: Any) -> Iterator[str]:
    """Yield what may be metric queries, however deep."""
    for key, part in definition.items() if isinstance(definition, dict) else ():
        if key in ('q', 'query') and isinstance(part, str):
            yield part
        else:
            yield from _texts(part)
    for part in definition if isinstance(definition, list) else ():
        yield from _texts(part)


def _parsed(text: str, variables: Mapping[str, Sequence[str]]) -> list[Query]:
    try:
        return queried(fill_in(text.replace(HISTOGRAM, 'sum:'), variables))
    except QueryError:
        # It is a search, or the widget says what is wrong with it.
        return []
