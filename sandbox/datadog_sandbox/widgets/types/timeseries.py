"""timeseries: lines, areas, and bars over time."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np

from datadog_sandbox.drawing.curves import Curve, Curves, Display
from datadog_sandbox.drawing.markers import Marker
from datadog_sandbox.drawing.model import Drawing
from datadog_sandbox.natural import natural
from datadog_sandbox.query import Line, QueryError, group_name
from datadog_sandbox.records import events, search
from datadog_sandbox.widgets.formats import written
from datadog_sandbox.widgets.model import Content, Context, Empty
from datadog_sandbox.widgets.requests import Answer, answers, label, why_empty
from datadog_sandbox.widgets.units import scale_of
from datadog_sandbox.widgets.variables import fill_in_search

DISPLAYS: dict[str, Display] = {'line': 'line', 'area': 'area', 'bars': 'bars', 'overlay': 'line'}
PALETTES = {
    'warm': (4, 1, 10, 5), 'cool': (0, 7, 2, 21), 'purple': (3, 12, 15, 19), 'orange': (1, 13, 8, 4),
    'grey': (9, 8, 20, 23), 'gray': (9, 8, 20, 23), 'green': (6, 14, 21, 2), 'blue': (0, 7, 19, 16),
    'red': (10, 18, 5, 20), 'yellow': (4, 17, 13, 23), 'pink': (5, 18, 22, 15),
}  # fmt: skip
"""Our colours of series, by the name of a palette; all others are the usual ones."""
MOST_CURVES = 50
"""Curves in a chart: those with the greatest sum. A thousand would be of use to nobody."""


@dataclass(frozen=True)
class Timeseries(Content):
    type = 'timeseries'
    template = 'chart.html'

    chart: Curves
    all_curves: int
    """How many there are; the chart has `MOST_CURVES` at the most."""
    noted: Sequence[str] = ()

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Content:
        requests = definition['requests']
        markers, noted = markers_of(definition)
        left, right = (axis(definition.get(name) or {}) for name in ('yaxis', 'right_yaxis'))
        curves = curves_of(requests, context)
        if not curves:
            raise Empty(why_empty(requests, context))
        highest = sorted(curves, key=lambda curve: -float(curve.known.sum()))[:MOST_CURVES]
        kept = curves if len(curves) <= MOST_CURVES else highest
        happened, about_events = overlay(definition.get('events') or [], context)
        # https://docs.datadoghq.com/api/latest/dashboards/: `show_legend` of a timeseries.
        closed = definition.get('show_legend') is False
        chart = Curves(kept, context.start, context.end, markers, left, right, happened, closed)
        return cls(chart, len(curves), [*noted, *about_events])

    def drawing(self) -> Drawing:
        return self.chart.drawing()

    def label(self) -> str:
        latest = [
            f'{curve.name} {written(float(curve.known[-1]) * curve.factor)} {curve.unit}'.rstrip()
            for curve in self.chart.curves
        ]
        more = f', and {len(latest) - 10} more' if len(latest) > 10 else ''
        return f'Latest: {", ".join(latest[:10])}{more}'

    def remarks(self) -> Sequence[str]:
        drawn = len(self.chart.curves)
        more = [f'The {drawn} highest of {self.all_curves} lines'] if drawn < self.all_curves else []
        return [*more, *self.noted]


def curves_of(requests: Sequence[Mapping[str, Any]], context: Context) -> list[Curve]:
    """Evaluate requests to curves, each with a name of its own."""
    pairs = [(request, answer) for request in requests for answer in answers(request, context)]
    several = len({answer.name(line) for _, answer in pairs for line in answer.lines}) > 1
    names: dict[str, int] = {}
    found = [
        (answer.formula.get('number_format') or {}, curve)
        for request, answer in pairs
        for curve in _curves(request, answer, several, names)
    ]
    return [_in_unit(number_format, curve, found) for number_format, curve in found]


def _in_unit(number_format: Mapping[str, Any], curve: Curve, every: Sequence[tuple[Mapping[str, Any], Curve]]) -> Curve:
    """Return a curve with its unit: that of the greatest value of all curves beside it with the same format."""
    if not number_format:
        return curve
    alike = [other for its, other in every if its == number_format and other.right == curve.right]
    highest = max(float(np.abs(other.known).max(initial=0)) for other in alike)
    scale = scale_of(number_format, highest)
    return replace(curve, unit=scale.unit, factor=scale.factor)


def _curves(request: Mapping[str, Any], answer: Answer, several: bool, names: dict[str, int]) -> list[Curve]:
    display = DISPLAYS.get(request.get('display_type') or 'line')
    if not display:
        allowed = ', '.join(DISPLAYS)
        raise QueryError(f'The display type {request["display_type"]} is not drawn: {allowed} are')
    style = {**(request.get('style') or {}), **(answer.formula.get('style') or {})}
    palette = PALETTES.get(str(style.get('palette')).partition('_')[0], ())
    curves = []
    first = style.get('palette_index') or 0
    for number, line in enumerate(_in_order([*_natural(answer)], style), first + sum(names.values())):
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
                f'line{palette[number % len(palette)]}' if palette else '',
                bool(request.get('on_right_yaxis')),
            )
        )
    return curves


def _in_order(lines: Sequence[Line], style: Mapping[str, Any]) -> Sequence[Line]:
    """Return lines in the order in which they are stacked: by their tags, or by their latest values.

    `order_by` of https://docs.datadoghq.com/api/latest/dashboards/: values are "typically descending".
    """
    backwards = style.get('order_reverse') is True
    if style.get('order_by') != 'values':
        return lines[::-1] if backwards else lines
    return sorted(lines, key=lambda line: float(line.values[~np.isnan(line.values)][-1]), reverse=not backwards)


def _natural(answer: Answer) -> Iterator[Line]:
    """Yield the lines of each expression, their groups in natural order unless that is a ranking."""
    for _, of_expression in groupby(answer.lines, answer.name):
        lines = list(of_expression)
        groups = [[*line.group.values()] for line in lines]
        if groups == sorted(groups):
            lines.sort(key=lambda line: natural(group_name(line.group)))
        yield from lines


def overlay(searches: Sequence[Mapping[str, Any]], context: Context) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the events that lie over a chart, and what is to be said of them."""
    records, every = [], events.between(context.store, context.start, context.end)
    for number, layer in enumerate(searches):
        text = fill_in_search(str(layer.get('q') or ''), context.variables)
        try:
            fits = search(' OR '.join(text.split()) if layer.get('tags_execution') == 'or' else text)
        except QueryError as error:
            return [], [f'Its events are not shown. {error}']
        records += [
            {'time': event['date_happened'] * 1000, 'title': str(event.get('title') or ''), 'search': number}
            for event in every
            if fits(events.document(context.store, event))
        ]
    return records, []


def axis(yaxis: Mapping[str, Any]) -> dict[str, Any]:
    """Return the definition of an axis with its edges as numbers, without those that are `auto`."""
    edges = {edge: yaxis[edge] for edge in ('min', 'max') if yaxis.get(edge) not in (None, '', 'auto')}
    for edge, bound in edges.items():
        if not re.fullmatch(r'-?[0-9]+(\.[0-9]*)?(e[+-]?[0-9]{1,2})?', str(bound)):
            raise QueryError(f'The {edge} of yaxis must be a number or auto, not {bound!r}')
    rest = {key: value for key, value in yaxis.items() if key not in ('min', 'max')}
    return rest | {edge: float(bound) for edge, bound in edges.items()}


def markers_of(definition: Mapping[str, Any]) -> tuple[list[Marker], list[str]]:
    """Return the markers of a widget, and what is to be said of those that are none."""
    markers, noted = [], []
    for entry in definition.get('markers') or []:
        try:
            markers.append(marker(entry))
        except QueryError as error:
            noted.append(str(error))
    return markers, noted


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
        raise QueryError(f'The marker "{definition["value"]}" is not drawn: write y = 5, y > 5, y < 5, or 5 < y < 6')
    return Marker(low, high, kind, dash or 'solid', definition.get('label') or '')
