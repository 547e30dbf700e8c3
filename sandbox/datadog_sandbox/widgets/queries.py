"""The metric queries of a definition, whatever its type is."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from datadog_sandbox.query import HISTOGRAM, QueryError, fill_in, queried

from .variables import names_in


def metrics(definition: Any) -> set[str]:
    """Return the metrics of all queries in a definition, those of a group's widgets too."""
    variables = {name: ['*'] for name in names_in(definition)}
    return {metric for query in _queries(definition) for metric in _metrics_of(query, variables)}


def _queries(definition: Any) -> Iterator[str]:
    """Yield what may be metric queries, however deep."""
    for key, part in definition.items() if isinstance(definition, dict) else ():
        if key in ('q', 'query') and isinstance(part, str):
            yield part
        else:
            yield from _queries(part)
    for part in definition if isinstance(definition, list) else ():
        yield from _queries(part)


def _metrics_of(query: str, variables: Mapping[str, Sequence[str]]) -> set[str]:
    try:
        return {part.metric for part in queried(fill_in(query.replace(HISTOGRAM, 'sum:'), variables))}
    except QueryError:
        # It is a search, or the widget says what is wrong with it.
        return set()
