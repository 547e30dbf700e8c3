"""timeseries: lines, areas, and bars over time."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from datadog_sandbox.drawing.curves import Curve, Curves, Display
from datadog_sandbox.drawing.markers import Marker
from datadog_sandbox.drawing.model import Drawing
from datadog_sandbox.query import QueryError
from datadog_sandbox.widgets.formats import written
from datadog_sandbox.widgets.model import Content, Context, Empty
from datadog_sandbox.widgets.requests import Answer, answers, label, why_empty

DISPLAYS: dict[str, Display] = {'line': 'line', 'area': 'area', 'bars': 'bars'}
MOST_CURVES = 50
"""Curves in a chart: those with the greatest sum. A thousand would be of use to nobody."""


@dataclass(frozen=True)
class Timeseries(Content):
    type = 'timeseries'
    template = 'chart.html'

    chart: Curves
    all_curves: int
    """How many there are; the chart has `MOST_CURVES` at the most."""

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        requests = definition['requests']
        curves = curves_of(requests, context)
        chart = Curves(
            [],
            context.start,
            context.end,
            [marker(one) for one in definition.get('markers') or []],
            axis(definition.get('yaxis') or {}),
        )
        if not curves:
            raise Empty(why_empty(requests, context))
        highest = sorted(curves, key=lambda curve: -float(curve.known.sum()))[:MOST_CURVES]
        kept = curves if len(curves) <= MOST_CURVES else highest
        return cls(Curves(kept, chart.start, chart.end, chart.markers, chart.yaxis), len(curves))

    def drawing(self) -> Drawing:
        return self.chart.drawing()

    def label(self) -> str:
        latest = [f'{curve.name} {written(float(curve.known[-1]))}' for curve in self.chart.curves]
        more = f', and {len(latest) - 10} more' if len(latest) > 10 else ''
        return f'Latest: {", ".join(latest[:10])}{more}'

    def remarks(self) -> Sequence[str]:
        shown = len(self.chart.curves)
        return [f'The {shown} highest of {self.all_curves} lines'] if shown < self.all_curves else []


def curves_of(requests: Sequence[Mapping[str, Any]], context: Context) -> list[Curve]:
    """Evaluate requests to curves, each with a name of its own."""
    pairs = [(request, answer) for request in requests for answer in answers(request, context)]
    several = len({answer.name(line) for _, answer in pairs for line in answer.lines}) > 1
    names: dict[str, int] = {}
    return [curve for request, answer in pairs for curve in _curves(request, answer, several, names)]


def _curves(request: Mapping[str, Any], answer: Answer, several: bool, names: dict[str, int]) -> list[Curve]:
    display = DISPLAYS.get(request.get('display_type') or 'line')
    if not display:
        allowed = ', '.join(DISPLAYS)
        raise QueryError(f'The display type {request["display_type"]} is not drawn: {allowed} are')
    style = request.get('style') or {}
    curves = []
    for line in answer.lines:
        name = label(answer.name(line), line.group, several)
        names[name] = names.get(name, 0) + 1
        curves.append(
            Curve(
                # Two lines of the same name would be drawn as one.
                name if names[name] == 1 else f'{name} ({names[name]})',
                display,
                line.times,
                line.values,
                line.interval,
                line.lower,
                line.upper,
                style.get('line_type') or 'solid',
                style.get('line_width') or 'normal',
            )
        )
    return curves


def axis(yaxis: Mapping[str, Any]) -> dict[str, Any]:
    """Return the definition of an axis with its edges as numbers, without those that are `auto`."""
    edges = {edge: yaxis[edge] for edge in ('min', 'max') if yaxis.get(edge) not in (None, '', 'auto')}
    for edge, bound in edges.items():
        if not re.fullmatch(r'-?[0-9]+(\.[0-9]*)?(e[+-]?[0-9]{1,2})?', str(bound)):
            raise QueryError(f'The {edge} of yaxis must be a number or auto, not {bound!r}')
    rest = {key: value for key, value in yaxis.items() if key not in ('min', 'max')}
    return rest | {edge: float(bound) for edge, bound in edges.items()}


def marker(definition: Mapping[str, Any]) -> Marker:
    """Read a marker, such as `y > 800` or `500 < y < 800`."""
    number = r'(-?\d+(?:\.\d+)?)'
    text = definition['value'].replace(' ', '')
    kind, _, dash = (definition.get('display_type') or 'info dashed').partition(' ')
    low: float | None = None
    high: float | None = None
    if match := re.fullmatch(f'y={number}', text):
        low = high = float(match[1])
    elif match := re.fullmatch(f'(?:{number}<=?)?y(?:<=?{number})?', text):
        low, high = (None if edge is None else float(edge) for edge in match.groups())
    elif match := re.fullmatch(f'y>=?{number}', text):
        low = float(match[1])
    if low is None and high is None:
        raise QueryError(f'The marker "{definition["value"]}" must be such as y = 5, y > 5, y < 5, or 5 < y < 6')
    return Marker(low, high, kind, dash or 'solid', definition.get('label') or '')
