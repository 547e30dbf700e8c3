"""Curves over time: lines, areas, and bars, with the band of anomalies, markers, and events."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from datadog_sandbox.times import MINUTE

from .axes import round_top, time_axis, value_axis, with_both_edges
from .colours import series_colours, token
from .markers import DASHES, Marker, marker_layers
from .model import Block, Drawing
from .states import state_layers

# A gap this wide, in seconds, breaks a line; a metric that comes less often has wider ones.
GAP = 5 * MINUTE
ROUND = {'strokeJoin': 'round', 'strokeCap': 'round'}
WIDTHS = {'thin': 1, 'normal': 1.6, 'thick': 3}

Display = Literal['line', 'area', 'bars']


@dataclass(frozen=True)
class Curve:
    """One line, area, or set of bars."""

    name: str
    """Its alias or expression, and its group."""
    display: Display
    times: np.ndarray
    """When each bucket begins, in seconds since the epoch."""
    values: np.ndarray
    """nan where there is none."""
    interval: int
    """Length of a bucket, in seconds."""
    lower: np.ndarray | None = None
    """The band of anomalies()."""
    upper: np.ndarray | None = None
    dash: str = 'solid'
    width: str = 'normal'
    colour: str = ''
    """Its token, where its style has a palette."""
    right: bool = False
    """Whether it belongs to the right axis."""
    unit: str = ''
    """The unit in which values are shown."""
    factor: float = 1.0
    """What makes a value one of this unit."""

    @property
    def known(self) -> np.ndarray:
        return self.values[~np.isnan(self.values)]


@dataclass(frozen=True)
class Curves:
    """All that one chart over time shows."""

    curves: Sequence[Curve]
    start: int
    end: int
    markers: Sequence[Marker] = ()
    yaxis: Mapping[str, Any] = field(default_factory=dict)
    right_yaxis: Mapping[str, Any] = field(default_factory=dict)
    events: Sequence[Mapping[str, Any]] = ()
    """Records with `time` in milliseconds, and `title`."""
    closed_legend: bool = False
    """Whether a page shows the legend only when it is asked for."""
    states: Sequence[Mapping[str, Any]] = ()
    """When monitors were not OK: records with `from` and `to` in milliseconds, `kind`, and `title`."""

    def drawing(self) -> Drawing:
        """Return the chart; its legend and tooltip are in pictures only."""
        curves = self.curves
        colours = [
            curve.colour or common
            for curve, common in zip(curves, series_colours(curve.name for curve in curves), strict=True)
        ]
        blocks = [_block(curve, order, colours[order]) for order, curve in enumerate(curves)]
        shared = {'scale': {'domain': [curve.name for curve in curves], 'range': [token(name) for name in colours]}}
        sides = [self._side(shared, right) for right in sorted({curve.right for curve in curves})]
        specification = {
            'layer': sides,
            'resolve': {'scale': {'color': 'shared'} | ({'y': 'independent'} if len(sides) > 1 else {})},
        }
        data: dict[str, Sequence[Mapping[str, Any]]] = {
            'single': _single(blocks),
            'outside': _outside(curves),
            'events': [*self.events],
            'states': [*self.states],
        }
        return Drawing(specification, data, blocks, own_legend=True, closed_legend=self.closed_legend)

    def _range(self) -> tuple[int, int]:
        """Return the seconds that the axis shows: a forecast has room, and so has the last bar."""
        starts = [int(curve.times[0]) for curve in self.curves if len(curve.times)]
        ends = [
            int(curve.times[-1]) + (curve.interval if curve.display == 'bars' else 0)
            for curve in self.curves
            if len(curve.values) and not math.isnan(curve.values[-1])
        ]
        return min([self.start, *starts]), max([self.end, *ends])

    def _top(self, yaxis: Mapping[str, Any], known: np.ndarray) -> float:
        """Return the value at the upper edge of the left axis."""
        edges = [edge for marker in self.markers for edge in marker.edges]
        return float(yaxis['max']) if 'max' in yaxis else round_top(max([float(known.max(initial=0)), *edges]))

    def _side(self, shared: Mapping[str, Any], right: bool) -> dict[str, Any]:
        """Return the layers of the left or the right axis."""
        curves = [curve for curve in self.curves if curve.right == right]
        known = np.concatenate([curve.known for curve in curves])
        yaxis = self.right_yaxis if right else self.yaxis
        if len(known):
            yaxis = with_both_edges(yaxis, float(known.min()), float(known.max()))
        units = {(curve.unit, curve.factor) for curve in curves}
        x, y = time_axis(*self._range()), value_axis(yaxis, right, *(units.pop() if len(units) == 1 else ()))
        names = [curve.name for curve in self.curves]
        lines = any(curve.display == 'line' for curve in self.curves)
        colour = {'field': 'series', 'type': 'nominal', 'legend': legend(names, lines), **shared}
        place = {'x': x, 'y': y, 'color': colour, 'detail': [{'field': 'series'}]}
        displays = {curve.display for curve in curves}
        mixed = len({(curve.display, curve.right, curve.dash, curve.width) for curve in self.curves}) > 1
        banded = any(curve.lower is not None for curve in curves)
        layers = [
            *([_band(x, y)] if banded else []),
            *([_areas(place, right, mixed)] if 'area' in displays else []),
            *([_bars(place, right, mixed, self.end)] if 'bars' in displays else []),
            *_lines(place, curves, right, mixed),
            *([_single_values(place)] if 'line' in displays and not right else []),
            *(_outside_layers(x, y) if banded else []),
            *([] if right else marker_layers(self.markers, self._top(yaxis, known))),
            *([_events(x)] if self.events and not right else []),
        ]
        bounded = {'min', 'max'} & yaxis.keys()
        states = [] if right else state_layers(x, self.states)
        return {'layer': [*states, *(clipped(layers) if bounded else layers)]}


def clipped(layers: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return layers whose marks end with the plot: an axis that has an edge of its own may leave some out."""
    return [{**layer, 'mark': {**layer['mark'], 'clip': True}} for layer in layers]


# Data


def _block(curve: Curve, order: int, colour: str) -> Block:
    """Return the values of a curve: those that there are, and None where a gap breaks the line."""
    known = np.nonzero(~np.isnan(curve.values))[0]
    times = curve.times[known].tolist()
    steps = np.diff(curve.times[known])
    widest = max(GAP, curve.interval, 2.5 * float(np.median(steps)) if len(steps) else 0)
    breaks = [place + 1 for place in np.nonzero(steps > widest)[0].tolist()] if curve.display != 'bars' else []
    columns = {'value': curve.values[known].tolist()}
    if curve.lower is not None and curve.upper is not None:
        edges = (('lower', curve.lower), ('upper', curve.upper))
        columns |= {
            name: [None if math.isnan(edge) else edge for edge in values[known].tolist()] for name, values in edges
        }
    for place in reversed(breaks):
        times.insert(place, times[place - 1] + curve.interval)
        for column in columns.values():
            column.insert(place, None)
    constants = {
        'series': curve.name,
        'display': curve.display,
        'style': f'{curve.dash} {curve.width}',
        'right': curve.right,
        'order': order,
        'colour': colour,
        'interval': curve.interval,
        'unit': curve.unit,
        'factor': curve.factor,
    }
    return Block(constants, times, columns)


def _single(blocks: Sequence[Block]) -> list[dict[str, Any]]:
    """Return the values of lines that have no neighbour: a line would not show them."""
    records = []
    for block in blocks:
        values = [None, *block.columns['value'], None]
        for place, time in enumerate(block.times):
            before, value, after = values[place : place + 3]
            if block.constants['display'] == 'line' and value is not None and before is None and after is None:
                records.append({'series': block.constants['series'], 'time': time * 1000, 'value': value})
    return records


def _outside(curves: Sequence[Curve]) -> list[dict[str, Any]]:
    """Return the values outside of their band, by more than floats lose, and those beside them, in numbered runs."""
    records: list[dict[str, Any]] = []
    for curve in curves:
        if curve.lower is None or curve.upper is None:
            continue
        known = ~np.isnan(curve.values)
        times, values = curve.times[known], curve.values[known]
        with np.errstate(invalid='ignore'):
            beyond = np.fmax(curve.lower[known] - values, values - curve.upper[known]) > 1e-9 * np.abs(values)
        records += outside_runs(curve.name, times.tolist(), values.tolist(), beyond.tolist(), len(records))
    return records


def outside_runs(
    name: str, times: Sequence[int], values: Sequence[float], beyond: Sequence[bool], first: int = 0
) -> list[dict[str, Any]]:
    """Return the ends of each part of a line that leads out of its band, `run` numbering what is connected."""
    records: list[dict[str, Any]] = []
    run, last = first, -1
    for before, after in pairwise(range(len(values))):
        if not (beyond[before] or beyond[after]):
            continue
        if last != before:
            run += 1
            records.append(_outside_record(name, times, values, beyond, before, run))
        records.append(_outside_record(name, times, values, beyond, after, run))
        last = after
    return records


def _outside_record(
    name: str, times: Sequence[int], values: Sequence[float], beyond: Sequence[bool], place: int, run: int
) -> dict[str, Any]:
    return {
        'series': name,
        'time': times[place] * 1000,
        'value': values[place],
        'outside': bool(beyond[place]),
        'run': run,
    }


# Layers


def _filters(mixed: bool, display: str, right: bool, style: str = '') -> list[dict[str, str]]:
    """Return the filter of a layer, where curves of several kinds are in the data: a browser asks it of each value."""
    of_style = f" && datum.style == '{style}'" if style else ''
    test = f"datum.display == '{display}' && datum.right == {str(right).lower()}{of_style}"
    return [{'filter': test}] if mixed else []


def _band(x: Mapping[str, Any], y: Mapping[str, Any]) -> dict[str, Any]:
    return {
        'name': 'band',
        'mark': {'type': 'area', 'color': token('band'), 'opacity': 0.28, 'line': False},
        'encoding': {
            'x': x,
            'y': {**y, 'field': 'lower'},
            'y2': {'field': 'upper'},
            'detail': [{'field': 'series'}],
        },
    }


def _areas(place: Mapping[str, Any], right: bool, mixed: bool) -> dict[str, Any]:
    return {
        'name': 'areas',
        'transform': _filters(mixed, 'area', right),
        'mark': {'type': 'area', 'opacity': 0.55, 'line': {'strokeWidth': 1.2}},
        'encoding': {
            **place,
            'y': {**place['y'], 'stack': 'zero'},
            'order': {'field': 'order', 'type': 'quantitative'},
        },
    }


def _bars(place: Mapping[str, Any], right: bool, mixed: bool, end: int) -> dict[str, Any]:
    return {
        'name': 'bars',
        'transform': [
            *_filters(mixed, 'bars', right),
            {'calculate': 'datum.time + datum.interval * 60', 'as': 'from'},
            {'calculate': 'datum.time + datum.interval * 940', 'as': 'to'},
            # The bucket is not over yet.
            {'calculate': f'datum.time + datum.interval * 1000 > {end * 1000}', 'as': 'partial'},
        ],
        'mark': {'type': 'bar', 'orient': 'vertical'},
        'encoding': {
            'x': {**place['x'], 'field': 'from'},
            'x2': {'field': 'to'},
            'y': {**place['y'], 'stack': 'zero'},
            'color': place['color'],
            'order': {'field': 'order', 'type': 'quantitative'},
            'opacity': {'condition': {'test': 'datum.partial', 'value': 0.45}, 'value': 1},
        },
    }


def _lines(place: Mapping[str, Any], curves: Sequence[Curve], right: bool, mixed: bool) -> list[dict[str, Any]]:
    layers = []
    for dash, width in dict.fromkeys((curve.dash, curve.width) for curve in curves if curve.display == 'line'):
        mark = {'type': 'line', 'strokeWidth': WIDTHS.get(width, 1.6), **ROUND}
        layers.append({
            'name': f'lines {dash} {width}{" right" if right else ""}',
            'transform': _filters(mixed, 'line', right, f'{dash} {width}'),
            'mark': mark | ({'strokeDash': DASHES[dash]} if dash in DASHES else {}),
            'encoding': place,
        })  # fmt: skip
    return layers


def _single_values(place: Mapping[str, Any]) -> dict[str, Any]:
    return {
        'name': 'single values',
        'data': {'name': 'single'},
        'mark': {'type': 'circle', 'size': 14, 'opacity': 1},
        'encoding': {key: place[key] for key in ('x', 'y', 'color')},
    }


def _outside_layers(x: Mapping[str, Any], y: Mapping[str, Any]) -> list[dict[str, Any]]:
    red = {'color': token('error')}
    line = {'type': 'line', 'strokeWidth': 2, **ROUND, **red}
    return [
        {
            'name': 'outside',
            'data': {'name': 'outside'},
            'mark': line,
            'encoding': {'x': x, 'y': y, 'detail': [{'field': 'run'}]},
        },
        {
            'name': 'values outside',
            'data': {'name': 'outside'},
            'transform': [{'filter': 'datum.outside'}],
            'mark': {'type': 'circle', 'size': 22, 'opacity': 1, **red},
            'encoding': {'x': x, 'y': y},
        },
    ]


def _events(x: Mapping[str, Any]) -> dict[str, Any]:
    return {
        'name': 'events',
        'data': {'name': 'events'},
        'mark': {'type': 'rule', 'color': token('info'), 'opacity': 0.5, 'strokeWidth': 2, 'tooltip': True},
        'encoding': {'x': x, 'tooltip': [{'field': 'title', 'type': 'nominal', 'title': 'event'}]},
    }


def legend(names: Sequence[str], lines: bool) -> dict[str, Any] | None:
    """Return the legend of a picture where there are several lines; of many, the first ones."""
    if len(names) < 2:
        return None
    longest = 40 + 6.5 * max(map(len, names))
    columns = f'max(1, floor((width + 10) / min({longest:.0f}, width)))'
    return {
        'title': None,
        'symbolType': 'stroke' if lines else 'square',
        'symbolOpacity': 1,
        'symbolLimit': {'expr': f'max(4, 3 * {columns})'},
        'labelLimit': 300,
        'columns': {'expr': columns},
    }
