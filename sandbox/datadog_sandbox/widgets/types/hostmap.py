"""hostmap: hosts as squares, coloured by a value."""

import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from datadog_sandbox.drawing.axes import SHORT
from datadog_sandbox.drawing.colours import token
from datadog_sandbox.drawing.model import Drawing
from datadog_sandbox.natural import natural
from datadog_sandbox.query import Line, QueryError, group_name, tags_of
from datadog_sandbox.widgets.formats import written
from datadog_sandbox.widgets.hostmaps import classic
from datadog_sandbox.widgets.model import Content, Context, Empty
from datadog_sandbox.widgets.palettes import Palette
from datadog_sandbox.widgets.requests import answers, queries_over_metrics, why_empty
from datadog_sandbox.widgets.sources import unkept
from datadog_sandbox.widgets.variables import fill_in_words
from datadog_sandbox.wildcards import matches

MOST = 24
"""Squares side by side."""


@dataclass(frozen=True)
class Hostmap(Content):
    type = 'hostmap'
    template = 'chart.html'

    squares: Sequence[Mapping[str, Any]]
    """Records with `name`, `group`, `value`, and their place: `column` and `row`."""
    palette: Palette
    sized: bool
    columns: int
    edges: Mapping[str, float]
    """The values of the first and the last colour, `domainMin` and `domainMax`, where a definition has them."""

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        definition = classic(definition)
        requests = definition['requests']
        if 'projection' in requests:
            source = str(requests['query']['data_source'])
            raise QueryError(unkept(source))
        fill = requests.get('fill') or requests['size']
        every = answers(fill, context, single=True)[0].lines
        if not every:
            raise Empty(why_empty([fill], context))
        scope = [str(tag) for tag in definition.get('scope') or []]
        lines = _in_scope(every, fill, scope, context) if scope else every
        if not lines:
            raise Empty(f'No host has the tags {", ".join(scope)[:100]}')
        palette = Palette.of(definition, 'green_to_orange')
        groups = _groups(lines, definition, context)
        most = max(map(len, groups.values()))
        rows = math.ceil(most / min(MOST, math.ceil(math.sqrt(3 * most))))
        columns = math.ceil(most / rows)
        sized = bool(requests.get('size') and requests.get('fill'))
        return cls(_places(groups, columns), palette, sized, columns, _edges(definition.get('style') or {}))

    def drawing(self) -> Drawing:
        rows = 1 + max(square['row'] for square in self.squares)
        colours = {'range': [token(name) for name in self.palette[:2]], **self.edges}
        labels = [square for square in self.squares if square['first']]
        x = {
            'field': 'column',
            'type': 'quantitative',
            'axis': None,
            'scale': {'domain': [0, self.columns], 'nice': False},
        }
        y = {'field': 'row', 'type': 'quantitative', 'axis': None, 'scale': {'domain': [rows, 0], 'nice': False}}
        squares = {
            'mark': {'type': 'rect', 'stroke': token('surface'), 'strokeWidth': 3, 'cornerRadius': 5, 'tooltip': True},
            'encoding': {
                'x': x,
                'x2': {'field': 'right'},
                'y': y,
                'y2': {'field': 'bottom'},
                'color': {
                    'field': 'value',
                    'type': 'quantitative',
                    'scale': colours,
                    'legend': {'title': None, 'gradientLength': 120, 'gradientThickness': 10, 'labelExpr': SHORT},
                },
                'tooltip': [
                    {'field': 'name', 'type': 'nominal', 'title': 'host'},
                    {'field': 'text', 'type': 'nominal', 'title': 'value'},
                ],
            },
        }
        words = {
            'data': {'name': 'groups'},
            'mark': {'type': 'text', 'align': 'left', 'dy': -8, 'dx': 2, 'fontSize': 11, 'color': token('muted')},
            'encoding': {'x': x, 'y': y, 'text': {'field': 'group', 'type': 'nominal'}},
        }
        specification = {'layer': [squares, words], 'view': {'stroke': None}}
        data = {'points': self.squares, 'groups': labels}
        return Drawing(specification, data, height=min(700, 34 * rows))

    def label(self) -> str:
        return ', '.join(f'{square["name"]} {square["text"]}' for square in self.squares[:10])

    def remarks(self) -> Sequence[str]:
        size = ['The size of a host is not shown: all squares are equal'] if self.sized else []
        return [*size, *self.palette.remarks]


def _edges(style: Mapping[str, Any]) -> dict[str, float]:
    """Return the edges of the colours. Raises `QueryError`."""
    edges: dict[str, float] = {}
    for name, domain in (('fill_min', 'domainMin'), ('fill_max', 'domainMax')):
        given = style.get(name)
        if given in (None, '', 'auto'):
            continue
        try:
            edges[domain] = float(given)
        except (TypeError, ValueError):
            raise QueryError(f'style.{name} of a hostmap must be a number, not {str(given)[:40]!r}') from None
    if not all(map(math.isfinite, edges.values())):
        raise QueryError('style.fill_min and style.fill_max of a hostmap must be finite')
    return edges


def _in_scope(lines: Sequence[Line], fill: Mapping[str, Any], scope: Sequence[str], context: Context) -> Sequence[Line]:
    """Return the lines of hosts with a series that has every tag of a scope, of a template variable any of its tags.

    Lines that are not grouped by host are left as they are.
    """
    choices = [fill_in_words(tag, context.variables).split(', ') for tag in scope]
    store = context.store
    hosts = {
        series.host
        for query in queries_over_metrics(fill, context)
        for series in store.series(query.metric).values()
        if all(_has(tags_of(store, series), tags) for tags in choices)
    }
    return [line for line in lines if line.group.get('host') in hosts or 'host' not in line.group]


def _has(own: Collection[str], tags: Sequence[str]) -> bool:
    return any(tag == '*' or any(matches(tag, each) for each in own) for tag in tags)


def _groups(lines: Sequence[Line], definition: Mapping[str, Any], context: Context) -> Mapping[str, Sequence[Line]]:
    """Return the lines by group. Raises `Empty` where those without one are hidden, and there are no others."""
    groups: dict[str, list[Line]] = defaultdict(list)
    keys = definition.get('group') or []
    for line in lines:
        groups[_group(line.group, keys, context)].append(line)
    if not definition.get('groupless', True):
        groups = {name: inside for name, inside in groups.items() if ':N/A' not in name}
    if not groups:
        raise Empty(f'No host has the tags {", ".join(keys)[:100]}')
    return groups


def _group(tags: Mapping[str, str], keys: Sequence[str], context: Context) -> str:
    """Return the values of the tags that hosts are grouped by, of the line or of its host."""
    host = {tag.partition(':')[0]: tag.partition(':')[2] for tag in context.store.host_tags(tags.get('host', ''))}
    return ','.join(f'{key}:{tags.get(key) or host.get(key) or "N/A"}' for key in keys)


def _places(groups: Mapping[str, Sequence[Line]], columns: int) -> list[dict[str, Any]]:
    """Put the hosts of each group into rows, with a row for its name above them where it has one."""
    squares, row = [], 0
    for group in sorted(groups, key=natural):
        row += bool(group)
        ordered = sorted(groups[group], key=lambda line: -line.values[0])
        for number, line in enumerate(ordered):
            value, place = float(line.values[0]), row + number // columns
            name = line.group.get('host') or group_name(line.group)
            squares.append({
                'name': name, 'group': group, 'value': value, 'text': written(value), 'first': number == 0,
                'column': number % columns, 'right': number % columns + 1, 'row': place, 'bottom': place + 1,
            })  # fmt: skip
        row += -(-len(ordered) // columns)
    return squares
