"""hostmap: hosts as squares, coloured by a value."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from datadog_sandbox.drawing.axes import SHORT
from datadog_sandbox.drawing.colours import token
from datadog_sandbox.drawing.model import Drawing
from datadog_sandbox.query import QueryError, group_name
from datadog_sandbox.widgets.formats import written
from datadog_sandbox.widgets.model import Content, Context, Empty
from datadog_sandbox.widgets.palettes import Palette
from datadog_sandbox.widgets.requests import answers, why_empty
from datadog_sandbox.widgets.sources import needs

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

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        requests = definition['requests']
        if 'projection' in requests:
            source = str(requests['query']['data_source'])
            raise QueryError(
                f'This widget needs {needs(source)} (data source {source}), which the sandbox does not keep'
            )
        fill = requests.get('fill') or requests['size']
        lines = answers(fill, context, single=True)[0].lines
        if not lines:
            raise Empty(why_empty([fill], context))
        palette = Palette.of(definition, 'green_to_orange')
        groups = defaultdict(list)
        for line in lines:
            groups[_group(line.group, definition.get('group') or [], context)].append(line)
        most = max(map(len, groups.values()))
        rows = math.ceil(most / min(MOST, math.ceil(math.sqrt(3 * most))))
        columns = math.ceil(most / rows)
        return cls(_places(groups, columns), palette, bool(requests.get('size') and requests.get('fill')), columns)

    def drawing(self) -> Drawing:
        rows = 1 + max(square['row'] for square in self.squares)
        colours = {'range': [token(name) for name in self.palette[:2]]}
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


def _group(tags: Mapping[str, str], keys: Sequence[str], context: Context) -> str:
    """Return the values of the tags that hosts are grouped by, of the line or of its host."""
    host = {tag.partition(':')[0]: tag.partition(':')[2] for tag in context.store.host_tags(tags.get('host', ''))}
    return ','.join(f'{key}:{tags.get(key) or host.get(key) or "N/A"}' for key in keys)


def _places(groups: Mapping[str, Sequence[Any]], columns: int) -> list[dict[str, Any]]:
    """Put the hosts of each group into rows, with a row for its name above them where it has one."""
    squares, row = [], 0
    for group in sorted(groups):
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
