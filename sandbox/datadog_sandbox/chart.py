"""The Vega-Lite specification of a widget, one for the page and for the picture, and the picture.

Times are drawn in UTC, and the axis says so: page and picture are then the same, wherever they are made and seen.
"""

import json
import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import vl_convert

from .query import QueryError
from .store import Store
from .widgets import Curve, Marker, Widget, chosen, widget

__all__ = ['Widget', 'chosen', 'picture', 'png', 'points', 'specification', 'widget']

Theme = Literal['light', 'dark']

# A gap this wide, in seconds, breaks a line; a metric that comes less often has wider ones.
GAP = 300

FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif'
COLOURS: dict[Theme, dict[str, str]] = {
    'light': {
        'surface': '#ffffff', 'text': '#18202c', 'muted': '#546072', 'grid': '#e6eaf0', 'axis': '#c3cbd6',
        'band': '#8f9bad', 'error': '#d3232b', 'warning': '#b87400', 'ok': '#1a7a48', 'info': '#3451c7',
    },
    'dark': {
        'surface': '#181e28', 'text': '#e6ebf2', 'muted': '#9eabbd', 'grid': '#28303d', 'axis': '#3d4859',
        'band': '#8593a8', 'error': '#ff6468', 'warning': '#f2b93f', 'ok': '#52c98d', 'info': '#93a9ff',
    },
}  # fmt: skip
LINES: dict[Theme, list[str]] = {
    'light': [
        '#2f6fde', '#d9682b', '#139483', '#8a55c7', '#b98a00', '#c43d78', '#4c8f2f', '#1f8fc4', '#93623f', '#5d6b80',
    ],
    'dark': [
        '#6ea2ff', '#ff9a5c', '#45cdb9', '#bb92f2', '#e3bd4a', '#f57fae', '#8fcc6c', '#5fc3f0', '#d1a37c', '#a3b0c4',
    ],
}  # fmt: skip
DASHES = {'dashed': [6, 4], 'dotted': [1.5, 3]}
WIDTHS = {'thin': 1, 'normal': 1.6, 'thick': 3}
# Short numbers, exact where they are small: 1.5M, 25k, 950, 0.05.
NUMBER = "abs(datum.value) >= 10000 ? format(datum.value, '.3~s') : format(datum.value, ',.6~g')"
# The day at midnight, else the time.
CLOCK = (
    "utchours(datum.value) + utcminutes(datum.value) + utcseconds(datum.value) == 0 ? utcFormat(datum.value, '%-d %b') "
    ": utcseconds(datum.value) ? utcFormat(datum.value, '%H:%M:%S') : utcFormat(datum.value, '%H:%M')"
)


def points(curves: Sequence[Curve], end: int) -> list[dict[str, Any]]:
    """Return a record for each value, as the specification draws it.

    `segment` numbers the unbroken parts of a line; `red` those parts of it that lead out of the band of anomalies.
    `base` and `top` are where a bar or an area begins and ends on the others of its kind.
    """
    records: list[dict[str, Any]] = []
    below: dict[tuple[str, int, bool], float] = {}
    for curve in curves:
        line = curve.line
        known = np.nonzero(~np.isnan(line.values))[0]
        times, found = line.times[known].tolist(), line.values[known].tolist()
        steps = np.diff(line.times[known])
        widest = max(GAP, line.interval, 2.5 * float(np.median(steps)) if len(steps) else 0)
        segment, rows = 0, []
        for place, (time, value) in enumerate(zip(times, found, strict=True)):
            segment += place > 0 and time - times[place - 1] > widest
            row = {
                'series': curve.name,
                'display': curve.display,
                'time': time * 1000,
                'value': value,
                'segment': segment,
            }
            if curve.display != 'line':
                key = curve.display, time, value < 0
                row['base'] = below.get(key, 0.0)
                row['top'] = below[key] = row['base'] + value
            if curve.display == 'bars':
                row['from'], row['to'] = (time + line.interval * 0.06) * 1000, (time + line.interval * 0.94) * 1000
                row['partial'] = time + line.interval > end
            rows.append(row)
        if line.lower is not None and line.upper is not None:
            mark_outside(rows, line.lower[known].tolist(), line.upper[known].tolist())
        alone = {number: sum(row['segment'] == number for row in rows) for number in {row['segment'] for row in rows}}
        for row in rows:
            row['alone'] = alone[row['segment']] == 1
        records += rows
    return records


def mark_outside(rows: list[dict[str, Any]], lower: Sequence[float], upper: Sequence[float]) -> None:
    """Add the band to the rows of a line, and which values lie outside of it by more than floats lose."""
    for row, low, high in zip(rows, lower, upper, strict=True):
        if not math.isnan(low):
            row['lower'], row['upper'] = low, high
            row['outside'] = max(low - row['value'], row['value'] - high) > 1e-9 * abs(row['value'])
    run = 0
    for before, after in pairwise(rows):
        if before['segment'] == after['segment'] and (before.get('outside') or after.get('outside')):
            before.setdefault('red', run)
            after['red'] = before['red']
        else:
            run += 1


def specification(
    widget: Widget,
    theme: Theme = 'light',
    width: int | None = None,
    height: int = 200,
    titled: bool = True,
) -> dict[str, Any]:
    """Return the Vega-Lite specification of a widget, with its data, named `points`.

    With a width, it is a picture of `width` by `height` pixels. Without one, it takes the width of what contains it,
    and the height is that of the plot, without title, axis, and legend. What draws nothing shows its message or text.
    """
    colours = COLOURS[theme]
    spec: dict[str, Any] = {
        '$schema': 'https://vega.github.io/schema/vega-lite/v5.json',
        'width': width or 'container',
        'height': height,
        'autosize': {'type': 'fit' if width else 'fit-x', 'contains': 'padding'},
        'background': colours['surface'],
        'padding': {'left': 8, 'right': 14, 'top': 10, 'bottom': 8},
        'config': config(colours),
    }
    if titled and widget.title:
        spec['title'] = {'text': widget.title, 'anchor': 'start', 'offset': 12}
    if widget.kind == 'timeseries' and widget.curves:
        return spec | curves_of(widget, theme, width)
    if widget.kind == 'toplist' and widget.rows:
        return spec | toplist(widget, theme)
    if widget.kind == 'query_value' and widget.rows:
        [row] = widget.rows
        records = [{'text': f'{row.text} {row.unit}'.strip(), 'value': row.value}]
        colour = colours.get(value_colour(row.palette) or 'text')
        mark = {'type': 'text', 'fontSize': min(64, height // 3), 'fontWeight': 600, 'color': colour}
    else:
        records = [{'text': widget.message or widget.text or 'There is nothing to draw'}]
        mark = {'type': 'text', 'fontSize': 13, 'color': colours['muted'], 'limit': (width or 600) - 30}
    return spec | {
        'data': {'name': 'points', 'values': records},
        'mark': mark,
        'encoding': {'text': {'field': 'text', 'type': 'nominal'}},
        'view': {'stroke': None},
    }


def config(colours: Mapping[str, str]) -> dict[str, Any]:
    return {
        'font': FONT,
        'view': {'stroke': None},
        'title': {'color': colours['text'], 'fontSize': 14, 'fontWeight': 600, 'limit': 2000},
        'axis': {
            'labelColor': colours['muted'],
            'titleColor': colours['muted'],
            'labelFontSize': 11,
            'titleFontSize': 11,
            'titleFontWeight': 'normal',
            'gridColor': colours['grid'],
            'domainColor': colours['axis'],
            'tickColor': colours['axis'],
            'labelPadding': 6,
        },
        'legend': {
            'labelColor': colours['text'],
            'labelFontSize': 11,
            'title': None,
            'orient': 'bottom',
            'direction': 'horizontal',
            'labelLimit': 300,
            'columnPadding': 16,
            'rowPadding': 3,
            'offset': 8,
            'symbolStrokeWidth': 3,
            'symbolSize': 90,
        },
        'scale': {'barBandPaddingInner': 0.25},
    }


def curves_of(widget: Widget, theme: Theme, width: int | None) -> dict[str, Any]:
    """Return the layers of a timeseries."""
    colours, palette = COLOURS[theme], LINES[theme]
    curves = widget.curves
    records = points(curves, widget.end)
    names = [curve.name for curve in curves]
    displays = {curve.display for curve in curves}
    banded = any('lower' in record for record in records)
    first = min([widget.start, *(int(curve.line.times[0]) for curve in curves)])
    last = max([widget.end, *(record['time'] // 1000 + curve_interval(curves) for record in records if 'to' in record)])
    x = {
        'field': 'time',
        'type': 'temporal',
        'scale': {'type': 'utc', 'domain': [first * 1000, last * 1000], 'nice': False},
        'axis': {
            'title': 'UTC',
            'titleAnchor': 'end',
            'titlePadding': 2,
            'grid': False,
            'labelExpr': CLOCK,
            'labelOverlap': True,
            'labelFlush': True,
            'tickCount': {'expr': 'max(2, floor(width / 90))'},
        },
    }
    y = {'type': 'quantitative', 'scale': y_scale(widget.yaxis), 'axis': y_axis(widget.yaxis)}
    value, top = {**y, 'field': 'value'}, {**y, 'field': 'top'}
    colour = {
        'field': 'series',
        'type': 'nominal',
        'scale': {'domain': names, 'range': [palette[place % len(palette)] for place in range(len(names))]},
        'legend': legend(names, width, 'line' in displays),
    }
    detail = [{'field': 'series'}, {'field': 'segment'}]
    tooltip: list[dict[str, Any]] = [
        {
            'field': 'time',
            'type': 'temporal',
            'title': 'UTC',
            'format': '%a %-d %b, %H:%M:%S',
            'scale': {'type': 'utc'},
        },
        {'field': 'series', 'type': 'nominal', 'title': 'series'},
        {'field': 'value', 'type': 'quantitative', 'title': 'value', 'format': ',.6~g'},
    ]
    if banded:
        tooltip += [
            {'field': edge, 'type': 'quantitative', 'title': title, 'format': ',.6~g'}
            for edge, title in (('lower', 'expected from'), ('upper', 'to'))
        ]
    layers: list[dict[str, Any]] = []
    if banded:
        layers.append({
            'name': 'band',
            'transform': [{'filter': 'isValid(datum.lower)'}],
            'mark': {'type': 'area', 'color': colours['band'], 'opacity': 0.28, 'line': False},
            'encoding': {'x': x, 'y': {**y, 'field': 'lower'}, 'y2': {'field': 'upper'}, 'detail': detail},
        })  # fmt: skip
    if 'area' in displays:
        layers.append({
            'name': 'areas',
            'transform': [{'filter': "datum.display == 'area'"}],
            'mark': {'type': 'area', 'opacity': 0.55, 'line': {'strokeWidth': 1.2}},
            'encoding': {'x': x, 'y': top, 'y2': {'field': 'base'}, 'color': colour, 'detail': detail},
        })  # fmt: skip
    if 'bars' in displays:
        layers.append({
            'name': 'bars',
            'transform': [{'filter': "datum.display == 'bars'"}],
            'mark': {'type': 'bar', 'tooltip': True},
            'encoding': {
                'x': {**x, 'field': 'from'}, 'x2': {'field': 'to'}, 'y': top, 'y2': {'field': 'base'},
                'color': colour, 'tooltip': tooltip,
                # The bucket is not over yet.
                'opacity': {'condition': {'test': 'datum.partial', 'value': 0.45}, 'value': 1},
            },
        })  # fmt: skip
    for dash, thickness in dict.fromkeys((curve.dash, curve.width) for curve in curves if curve.display == 'line'):
        these = [curve.name for curve in curves if (curve.dash, curve.width) == (dash, thickness)]
        mark = {'type': 'line', 'strokeWidth': WIDTHS.get(thickness, 1.6), 'strokeJoin': 'round', 'strokeCap': 'round'}
        layers.append({
            'name': f'lines {dash} {thickness}',
            'transform': [{'filter': {'field': 'series', 'oneOf': these}}, {'filter': "datum.display == 'line'"}],
            'mark': mark | ({'strokeDash': DASHES[dash]} if dash in DASHES else {}),
            'encoding': {'x': x, 'y': value, 'color': colour, 'detail': detail},
        })  # fmt: skip
    if any(record['alone'] for record in records if record['display'] == 'line'):
        layers.append({
            'name': 'single values',
            'transform': [{'filter': "datum.alone && datum.display == 'line'"}],
            'mark': {'type': 'circle', 'size': 14, 'opacity': 1},
            'encoding': {'x': x, 'y': value, 'color': colour},
        })  # fmt: skip
    if banded:
        red = {'type': 'line', 'strokeWidth': 2, 'color': colours['error'], 'strokeJoin': 'round', 'strokeCap': 'round'}
        layers += [
            {
                'name': 'outside',
                'transform': [{'filter': 'isValid(datum.red)'}],
                'mark': red,
                'encoding': {'x': x, 'y': value, 'detail': [*detail, {'field': 'red'}]},
            },
            {
                'name': 'values outside',
                'transform': [{'filter': 'datum.outside'}],
                'mark': {'type': 'circle', 'size': 22, 'color': colours['error'], 'opacity': 1},
                'encoding': {'x': x, 'y': value},
            },
        ]
    layers += [layer for one in widget.markers for layer in marker_layers(one, colours, first, last)]
    if displays != {'bars'}:
        place = {**y, 'field': 'top' if displays == {'area'} else 'value'}
        layers.append({
            'name': 'hover',
            'params': [{
                'name': 'hover',
                'select': {'type': 'point', 'nearest': True, 'on': 'pointerover', 'clear': 'pointerout'},
            }],
            'transform': [{'filter': "datum.display != 'bars'"}],
            'mark': {'type': 'circle', 'size': 55, 'tooltip': True},
            'encoding': {
                'x': x, 'y': place, 'color': colour, 'tooltip': tooltip,
                'opacity': {'condition': {'param': 'hover', 'empty': False, 'value': 1}, 'value': 0},
            },
        })  # fmt: skip
    return {'data': {'name': 'points', 'values': records}, 'layer': layers, 'resolve': {'scale': {'color': 'shared'}}}


def curve_interval(curves: Sequence[Curve]) -> int:
    return max(curve.line.interval for curve in curves if curve.display == 'bars')


def y_scale(yaxis: Mapping[str, Any]) -> dict[str, Any]:
    """Return the scale of the values: from zero, unless the definition says otherwise."""
    scale: dict[str, Any] = {'zero': yaxis.get('include_zero', True), 'nice': True}
    kind = str(yaxis.get('scale', 'linear'))
    if kind == 'log':
        scale = {'type': 'symlog'}
    elif kind == 'sqrt':
        scale['type'] = 'sqrt'
    scale |= {key: yaxis[edge] for edge, key in (('min', 'domainMin'), ('max', 'domainMax')) if edge in yaxis}
    return scale


def y_axis(yaxis: Mapping[str, Any]) -> dict[str, Any]:
    return {
        'title': yaxis.get('label') or None,
        'labelExpr': NUMBER,
        'tickCount': {'expr': 'max(2, floor(height / 45))'},
        'domain': False,
        'ticks': False,
    }


def legend(names: Sequence[str], width: int | None, lines: bool) -> dict[str, Any] | None:
    """Return the legend where there are several lines; of many, the first ones, in two or three rows."""
    if len(names) < 2:
        return None
    # Where the width is not known yet, labels fit on a telephone, and the browser counts the columns.
    available = (width or 400) - 70
    longest = min(available, 40 + 6.5 * max(map(len, names)))
    columns: Any = max(1, int(available // longest))
    most: Any = max(3 * columns, 4)
    if width is None:
        number = f'max(1, floor(width / {longest:.0f}))'
        columns, most = {'expr': number}, {'expr': f'max(3, 2 * {number})'}
    return {
        'symbolType': 'stroke' if lines else 'square',
        'symbolOpacity': 1,
        'symbolLimit': most,
        'labelLimit': available - 30,
        'columns': columns,
    }


def marker_layers(marker: Marker, colours: Mapping[str, str], first: int, last: int) -> list[dict[str, Any]]:
    """Draw a line across, or a band, with its label."""
    kind = marker.kind if marker.kind in colours else 'info'
    colour = colours[kind]
    edges = [edge for edge in (marker.low, marker.high) if edge is not None]
    layers: list[dict[str, Any]] = []
    if marker.low != marker.high and len(edges) == 2:
        layers.append({
            'data': {'values': [{'low': marker.low, 'high': marker.high}]},
            'mark': {'type': 'rect', 'color': colour, 'opacity': 0.1},
            'encoding': {'y': {'field': 'low', 'type': 'quantitative'}, 'y2': {'field': 'high'}},
        })  # fmt: skip
    dash = {'strokeDash': DASHES[marker.dash]} if marker.dash in DASHES else {}
    width = 2.5 if marker.dash == 'bold' else 1.3
    for edge in dict.fromkeys(edges):
        data = {'values': [{'edge': edge, 'label': marker.label, 'time': last * 1000}]}
        place = {'field': 'edge', 'type': 'quantitative'}
        layers.append({
            'data': data,
            'mark': {'type': 'rule', 'color': colour, 'strokeWidth': width, **dash},
            'encoding': {'y': place},
        })  # fmt: skip
        if marker.label and edge == edges[-1]:
            layers.append({
                'data': data,
                'mark': {'type': 'text', 'align': 'right', 'dy': -6, 'dx': -2, 'fontSize': 11, 'color': colour},
                'encoding': {
                    'x': {'field': 'time', 'type': 'temporal'}, 'y': place,
                    'text': {'field': 'label', 'type': 'nominal'},
                },
            })  # fmt: skip
    return layers


def value_colour(palette: str) -> str:
    """Return which of our colours Datadog's palette means."""
    for name, colour in (('red', 'error'), ('yellow', 'warning'), ('green', 'ok'), ('blue', 'info')):
        if name in palette:
            return colour
    return ''


def toplist(widget: Widget, theme: Theme) -> dict[str, Any]:
    """Return bars across with their values."""
    colours, names = COLOURS[theme], [row.name for row in widget.rows]
    records = [
        {
            'name': row.name,
            'value': row.value,
            'text': f'{row.text} {row.unit}'.strip(),
            'colour': colours.get(value_colour(row.palette), LINES[theme][0]),
        }
        for row in widget.rows
    ]
    y = {
        'field': 'name',
        'type': 'nominal',
        'sort': names,
        'axis': {
            'title': None,
            'domain': False,
            'ticks': False,
            'labelLimit': 220,
            'labelColor': colours['text'],
            'labelFontSize': 12,
        },
    }
    x = {'field': 'value', 'type': 'quantitative', 'axis': None, 'scale': {'padding': 60}}
    return {
        'data': {'name': 'points', 'values': records},
        'encoding': {'x': x, 'y': y},
        'layer': [
            {
                'mark': {'type': 'bar', 'cornerRadiusEnd': 3, 'tooltip': True},
                'encoding': {
                    'color': {'field': 'colour', 'type': 'nominal', 'scale': None},
                    'tooltip': [{'field': 'name', 'title': 'group'}, {'field': 'text', 'title': 'value'}],
                },
            },
            {
                'mark': {'type': 'text', 'align': 'left', 'dx': 6, 'fontSize': 12, 'color': colours['text']},
                'encoding': {'text': {'field': 'text', 'type': 'nominal'}},
            },
        ],
    }


def picture(specification: Mapping[str, Any], scale: float = 2) -> bytes:
    """Return a specification as PNG, drawn on this machine without a network. It needs a width."""
    # Nothing is fetched: the data is in it, and no address is allowed.
    return vl_convert.vegalite_to_png(json.dumps(specification), scale=scale, allowed_base_urls=[])


def png(
    store: Store,
    definition: Mapping[str, Any],
    start: int,
    end: int,
    width: int = 800,
    height: int = 300,
    theme: Theme = 'light',
) -> bytes:
    """Draw the snapshot of a definition: PNG, `width` by `height` pixels. Raises `QueryError`."""
    evaluated = widget(store, definition, {}, start, end)
    if evaluated.failed:
        raise QueryError(evaluated.message)
    return picture(specification(evaluated, theme, width, height), scale=1)
