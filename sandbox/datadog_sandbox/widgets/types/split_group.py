"""split_group: one widget, once for each value of a tag."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np

from datadog_sandbox.natural import natural
from datadog_sandbox.query import QueryError, evaluate, fill_in
from datadog_sandbox.widgets.model import Context, Empty
from datadog_sandbox.widgets.queries import metrics

from .group import Group

LIMIT = 24
SCOPE = re.compile(r'(\bby\s*)?\{([^{}]*)\}')
WORDS = re.compile(r'\b(AND|OR|NOT|IN|and|or|not|in)\b|\(')


class SplitGroup(Group):
    type = 'split_group'

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        source, split = definition['source_widget_definition'], definition['split_config']
        static = split.get('static_splits')
        key = split['split_dimensions'][0]['one_graph_per']
        groups = [_static(group) for group in static] if static else _values(key, source, split, context)
        if not groups:
            raise Empty(f'No series of this widget has a tag {key}')
        widgets = [{'definition': _split(source, tags)} for tags in groups[: split.get('limit') or LIMIT]]
        return cls(str(definition.get('title') or ''), widgets, False)


def _static(group: Sequence[Mapping[str, Any]]) -> list[str]:
    return [f'{tag["tag_key"]}:{value}' for tag in group for value in (tag.get('tag_values') or [])[:1]]


def _values(key: str, source: Mapping[str, Any], split: Mapping[str, Any], context: Context) -> list[list[str]]:
    """Return the tags of a key that the metrics have, ordered by a metric, or else by name."""
    sort = split.get('sort') or {}
    compute = sort.get('compute') or {}
    names = [compute['metric']] if compute.get('metric') else sorted(metrics(source))
    totals: dict[str, float] = {}
    for name in names:
        aggregation = compute.get('aggregation') or 'avg'
        query = fill_in(f'{aggregation}:{name}{{*}} by {{{key}}}', context.variables)
        try:
            for line in evaluate(context.store, query, context.start, context.end):
                totals.setdefault(line.group[key], float(np.nanmean(line.values)))
        except QueryError:
            continue
    ordered = sorted(totals, key=lambda value: (totals[value] if compute else 0, natural(value)))
    if compute and sort.get('order') != 'asc':
        ordered.reverse()
    return [[f'{key}:{value}'] for value in ordered]


def _split(source: Mapping[str, Any], tags: Sequence[str]) -> dict[str, Any]:
    """Return a widget whose queries are about some tags only."""

    def narrowed(node: Any) -> Any:
        if isinstance(node, dict):
            return {
                name: _narrowed(part, tags) if name in ('q', 'query') and isinstance(part, str) else narrowed(part)
                for name, part in node.items()
            }
        return [narrowed(part) for part in node] if isinstance(node, list) else node

    title = ', '.join(tags)
    return narrowed(json.loads(json.dumps(source))) | {'title': title}


def _narrowed(query: str, tags: Sequence[str]) -> str:
    def scope(match: re.Match[str]) -> str:
        if match[1]:
            return match[0]
        inside = match[2].strip()
        if inside in ('', '*'):
            return f'{{{",".join(tags) or "*"}}}'
        if WORDS.search(inside):
            return f'{{({inside}) AND {" AND ".join(tags)}}}' if tags else match[0]
        return f'{{{",".join([inside, *tags])}}}'

    return SCOPE.sub(scope, query)
