"""sunburst and treemap: how a whole is divided between groups."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from datadog_sandbox.drawing.colours import series_colours, series_scale, token
from datadog_sandbox.drawing.legends import fitted
from datadog_sandbox.drawing.model import Drawing
from datadog_sandbox.query import group_name
from datadog_sandbox.widgets.model import Content, Context, Empty
from datadog_sandbox.widgets.values import Value, ordered, values, write

MOST = 100
"""Parts: the largest."""


@dataclass(frozen=True)
class _Parts(Content):
    template = 'chart.html'

    parts: Sequence[Value]
    """The largest first; none is negative."""
    total: float
    left_out: int
    definition: Mapping[str, Any]

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        every = [
            part
            for request in definition['requests']
            for part in ordered(values(definition, request, context), request)
        ]
        parts = sorted((part for part in every if part.value > 0), key=lambda part: (-part.value, part.name))
        if not parts:
            raise Empty('No group has a value above zero')
        total, left_out = sum(part.value for part in parts), len(every) - len(parts[:MOST])
        return cls(parts[:MOST], total, left_out, definition)

    def label(self) -> str:
        return ', '.join(f'{part.name} {part.with_unit}' for part in self.parts[:10])

    def written(self, value: float) -> str:
        """Write a sum of parts in the unit of the first formula."""
        formulas = self.definition['requests'][0].get('formulas') or [{}]
        return ' '.join(write(value, self.definition, formulas[0].get('number_format'))).strip()

    def remarks(self) -> Sequence[str]:
        return [f'{self.left_out} groups that are zero, negative, or small are left out'] if self.left_out else []


class Sunburst(_Parts):
    """A ring for each tag of the groups, the first one inside."""

    type = 'sunburst'

    def drawing(self) -> Drawing:
        records = [*self._rings()]
        depth = 1 + max(record['ring'] for record in records)
        tops = list(dict.fromkeys(record['top'] for record in records))
        radius = {'field': 'inner', 'type': 'quantitative', 'scale': {'domain': [0, depth + 1], 'type': 'linear'}}
        arcs = {
            'mark': {'type': 'arc', 'stroke': token('surface'), 'strokeWidth': 1, 'tooltip': True},
            'encoding': {
                'theta': {'field': 'from', 'type': 'quantitative', 'scale': {'domain': [0, 1], 'range': [0, math.tau]}},
                'theta2': {'field': 'to'},
                'radius': radius,
                'radius2': {'field': 'outer'},
                'color': {
                    'field': 'top',
                    'type': 'nominal',
                    'scale': series_scale(tops),
                    'legend': fitted(tops),
                },
                'opacity': {'field': 'opacity', 'type': 'quantitative', 'scale': None},
                'tooltip': [
                    {'field': 'name', 'type': 'nominal'},
                    {'field': 'shown', 'type': 'nominal', 'title': 'value'},
                ],
            },
        }
        middle = [] if self.definition.get('hide_total') else [self._sum(depth)]
        return Drawing({'layer': [arcs, *middle], 'view': {'stroke': None}}, {'points': records}, height=260)

    def _sum(self, depth: int) -> dict[str, Any]:
        """Return the sum of all parts, as large as there is room for it in the middle of so many rings."""
        text = self.written(self.total)
        size = f'min(18, 1.5 * min(width, height) / {(depth + 1) * len(text)})'
        return {
            'data': {'values': [{'text': text}]},
            'mark': {'type': 'text', 'fontSize': {'expr': size}, 'fontWeight': 600, 'color': token('text')},
            'encoding': {'text': {'field': 'text', 'type': 'nominal'}},
        }

    def _rings(self) -> Iterable[dict[str, Any]]:
        """Yield each arc: where it begins and ends, as shares of the whole, and on which ring."""
        depth = max(max(len(part.group) for part in self.parts), 1)
        for ring in range(depth):
            position = 0.0
            for name, top, value in _nodes(self.parts, ring):
                share = value / sum(part.value for part in self.parts)
                yield {
                    'name': name,
                    'top': top,
                    'shown': f'{self.written(value)} ({100 * value / self.total:.1f} %)',
                    'from': position,
                    'to': position + share,
                    'ring': ring,
                    'inner': ring + 1,
                    'outer': ring + 2,
                    'opacity': 1 - 0.25 * ring,
                }
                position += share


def _nodes(parts: Sequence[Value], ring: int) -> list[tuple[str, str, float]]:
    """Return name, first name, and value of the arcs of a ring, in the order of the rings inside of it."""
    sums: dict[tuple[str, ...], float] = {}
    for part in parts:
        path = tuple(f'{key}:{value}' for key, value in part.group.items()) or (part.name,)
        for length in range(1, len(path) + 1):
            sums[path[:length]] = sums.get(path[:length], 0) + part.value
    level = [path for path in sums if len(path) == ring + 1]
    level.sort(key=lambda path: [(-sums[path[:length]], path[:length]) for length in range(1, len(path) + 1)])
    return [(','.join(path), path[0], sums[path]) for path in level]


class Treemap(_Parts):
    """Datadog's nests tags; here each group is one rectangle, in the colour of its first tag."""

    type = 'treemap'

    def drawing(self) -> Drawing:
        tops = [group_name(dict([*part.group.items()][:1])) if part.group else part.name for part in self.parts]
        colours = dict(zip(dict.fromkeys(tops), series_colours(dict.fromkeys(tops)), strict=True))
        records = [
            {
                'id': number + 1,
                'parent': 0,
                'name': part.name,
                'size': part.value,
                'top': top,
                'shown': part.with_unit,
                'value': ', '.join(part.group.values()) or part.name,
            }
            for number, (part, top) in enumerate(zip(self.parts, tops, strict=True))
        ]
        root = {'id': 0, 'parent': None, 'name': '', 'top': '', 'shown': '', 'value': ''}
        return Drawing(_rectangles(colours), {'points': [root, *records]}, height=260, mode='vega')


def _rectangles(colours: Mapping[str, str]) -> dict[str, Any]:
    """Return the Vega specification of a treemap whose rectangles have these colours, by their `top`."""
    layout: dict[str, Any] = {'type': 'treemap', 'field': 'size', 'sort': {'field': 'value', 'order': 'descending'}}
    layout |= {'method': 'squarify', 'paddingInner': 2, 'size': [{'signal': 'width'}, {'signal': 'height'}]}
    place = {name: {'field': field} for name, field in (('x', 'x0'), ('x2', 'x1'), ('y', 'y0'), ('y2', 'y1'))}
    middle = {
        'x': {'signal': '(datum.x0 + datum.x1) / 2'},
        'y': {'signal': '(datum.y0 + datum.y1) / 2'},
        'text': {'signal': "[datum.value, datum.shown]"},
        'limit': {'signal': 'max(1, datum.x1 - datum.x0 - 8)'},
        'opacity': {'signal': 'datum.y1 - datum.y0 > 34 && datum.x1 - datum.x0 > 30 ? 1 : 0'},
    }
    return {
        'data': [
            {'name': 'points'},
            {'name': 'tree', 'source': 'points', 'transform': [
                {'type': 'stratify', 'key': 'id', 'parentKey': 'parent'}, layout,
            ]},
            {'name': 'leaves', 'source': 'tree', 'transform': [{'type': 'filter', 'expr': 'datum.id > 0'}]},
        ],
        'scales': [{
            'name': 'colour', 'type': 'ordinal', 'domain': [*colours],
            'range': [token(colour) for colour in colours.values()],
        }],
        'marks': [
            {'type': 'rect', 'from': {'data': 'leaves'}, 'encode': {'update': {
                **place, 'fill': {'scale': 'colour', 'field': 'top'},
                'tooltip': {'signal': "{'group': datum.name, 'value': datum.shown}"},
            }}},
            {'type': 'text', 'interactive': False, 'from': {'data': 'leaves'}, 'encode': {'update': {
                **middle, 'align': {'value': 'center'}, 'baseline': {'value': 'bottom'},
                'fontSize': {'value': 12}, 'fill': {'value': token('inverse')},
            }}},
        ],
    }  # fmt: skip
