"""scatterplot: groups by two values of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from datadog_sandbox.drawing.axes import value_axis
from datadog_sandbox.drawing.colours import series_scale
from datadog_sandbox.drawing.legends import fitted
from datadog_sandbox.drawing.model import Drawing
from datadog_sandbox.query import Line, QueryError, group_name
from datadog_sandbox.widgets.model import Content, Context, Empty
from datadog_sandbox.widgets.requests import answers, why_empty

from .timeseries import axis

Points = dict[tuple[tuple[str, str], ...], float]


@dataclass(frozen=True)
class Scatterplot(Content):
    type = 'scatterplot'
    template = 'chart.html'

    points: Sequence[Mapping[str, Any]]
    """Records with `name`, `x`, `y`, and the `group` that gives the colour."""
    xaxis: Mapping[str, Any]
    yaxis: Mapping[str, Any]

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        requests = definition['requests']
        sides = _table(requests['table'], context) if 'table' in requests else _classic(requests, context)
        every = [requests['table']] if 'table' in requests else [requests['x'], requests['y']]
        colours = definition.get('color_by_groups') or []
        points = [
            {
                'name': group_name(dict(group)),
                'x': x,
                'y': sides['y'][group],
                'group': ','.join(dict(group).get(key, 'N/A') for key in colours),
            }
            for group, x in sides['x'].items()
            if group in sides['y']
        ]
        if not points:
            raise Empty(why_empty(every, context))
        axes = (axis(definition.get(name) or {}) for name in ('xaxis', 'yaxis'))
        return cls(points, *axes)

    def drawing(self) -> Drawing:
        groups = list(dict.fromkeys(point['group'] for point in self.points))
        x = {**value_axis(self.xaxis), 'field': 'x'}
        tooltip = [{'field': 'name', 'type': 'nominal', 'title': 'group'}]
        tooltip += [{'field': side, 'type': 'quantitative', 'format': ',.6~g'} for side in ('x', 'y')]
        encoding = {
            'x': {**x, 'axis': {**x['axis'], 'tickCount': 6}},
            'y': {**value_axis(self.yaxis), 'field': 'y'},
            'color': {
                'field': 'group',
                'type': 'nominal',
                'scale': series_scale(groups),
                'legend': fitted(groups) if 1 < len(groups) <= 12 else None,
            },
            'tooltip': tooltip,
        }
        mark = {
            'type': 'circle',
            'size': 60,
            'opacity': 0.75,
            'tooltip': True,
            'clip': bool({'min', 'max'} & {*self.xaxis, *self.yaxis}),
        }
        return Drawing({'mark': mark, 'encoding': encoding}, {'points': self.points}, height=260)

    def label(self) -> str:
        return ', '.join(f'{point["name"]} at {point["x"]:.6g}, {point["y"]:.6g}' for point in self.points[:10])


def _classic(requests: Mapping[str, Any], context: Context) -> dict[str, Points]:
    return {side: _points(answers(requests[side], context, single=True)[0].lines) for side in ('x', 'y')}


def _table(request: Mapping[str, Any], context: Context) -> dict[str, Points]:
    """Return the values of the formulas whose dimensions are x and y."""
    sides = {
        str(answer.formula.get('dimension')): _points(answer.lines) for answer in answers(request, context, single=True)
    }
    if not {'x', 'y'} <= sides.keys():
        raise QueryError('A scatterplot needs a formula with the dimension x and one with y')
    return sides


def _points(lines: Sequence[Line]) -> Points:
    return {tuple(sorted(line.group.items())): float(line.values[0]) for line in lines}
