"""Options of Datadog that change what a widget shows, and have no effect here: each is reported."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

OF_WIDGETS: Mapping[str, Sequence[Any]] = {
    'color_by': (),
    'size_by': (),
    'has_uniform_y_axes': (False,),
    'no_metric_hosts': (False,),
    'show_last_triggered': (False,),
    'show_priority': (False,),
    'summary_type': ('monitors',),
    'viz_type': ('timeseries',),
}
"""The values of an option with which nothing is missing."""
OF_REQUESTS: Mapping[str, Sequence[Any]] = {'comparison': ()}
OF_STYLES: Mapping[str, Sequence[Any]] = {'has_value_labels': (False,)}
OF_QUERIES: Mapping[str, Sequence[Any]] = {
    'calculated_fields': (),
    'cross_org_uuids': (),
    'semantic_mode': ('combined',),
}
OF_COMPUTES: Mapping[str, Sequence[Any]] = {'rollup': ()}


def unapplied(
    definition: Mapping[str, Any], requests: Sequence[Mapping[str, Any]], queries: Sequence[Mapping[str, Any]]
) -> list[str]:
    """Return a sentence about the options of a widget, its requests, and their queries that have no effect."""
    styles = (request.get('style') for request in requests)
    computes = (query.get('compute') for query in queries)
    names = [
        *_named([definition], OF_WIDGETS),
        *_named(requests, OF_REQUESTS),
        *_named(styles, OF_STYLES),
        *_named(queries, OF_QUERIES),
        *_named(computes, OF_COMPUTES),
    ]
    different = list(dict.fromkeys(names))
    return [f'Without effect here: {", ".join(different)}'] if different else []


def _named(parts: Iterable[Any], options: Mapping[str, Sequence[Any]]) -> list[str]:
    """Return the options that a part has, with another value than one of no effect."""
    return [
        name
        for part in parts
        if isinstance(part, Mapping)
        for name, harmless in options.items()
        if part.get(name) not in (None, [], {}, *harmless)
    ]
