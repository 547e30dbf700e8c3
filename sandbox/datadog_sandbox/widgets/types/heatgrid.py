"""heatgrid: the values of each group over time, as colours.

Source: `HeatgridWidgetDefinition` of https://docs.datadoghq.com/api/latest/dashboards/
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from datadog_sandbox.drawing.axes import time_axis
from datadog_sandbox.drawing.colours import token
from datadog_sandbox.drawing.model import Drawing
from datadog_sandbox.natural import natural
from datadog_sandbox.query import Line
from datadog_sandbox.widgets.formats import HEXADECIMAL
from datadog_sandbox.widgets.model import Content, Context, Empty
from datadog_sandbox.widgets.palettes import PALETTES
from datadog_sandbox.widgets.requests import Answer, answers, label, why_empty
from datadog_sandbox.widgets.values import write

ROW, MOST_ROWS = 22, 50
"""Pixels of a row, and how many there are."""
Reduce = Callable[[np.ndarray], Any]
ORDERS: dict[str, Reduce] = {'avg': np.nanmean, 'min': np.nanmin, 'max': np.nanmax, 'sum': np.nansum}
DEFAULT = 'hostmap_blues'


@dataclass(frozen=True)
class Heatgrid(Content):
    type = 'heatgrid'
    template = 'chart.html'

    cells: Sequence[Mapping[str, Any]]
    """Records with the `name` of their row, `time` and `until` in milliseconds, `value`, and `text`."""
    rows: Sequence[str]
    """The first one above."""
    start: int
    end: int
    scale: Mapping[str, Any]
    """Of the colours."""
    notes: Sequence[str]

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        requests = definition['requests']
        # As wide as bars: a column of 20 seconds would be a pixel or two.
        every = [
            (answer, line)
            for answer in answers({**requests[0], 'display_type': 'bars'}, context)
            for line in answer.lines
        ]
        if not every:
            raise Empty(why_empty(requests, context))
        ordered = _ordered(every, (definition.get('sort') or {}).get('sort_by') or {})
        cells = [cell for answer, line in ordered[:MOST_ROWS] for cell in _cells(answer, line, definition)]
        values = [cell['value'] for cell in cells]
        scale, notes = _scale(definition.get('color') or {}, min(values), max(values))
        if len(ordered) > MOST_ROWS:
            notes.append(f'The first {MOST_ROWS} of {len(ordered)} rows')
        return cls(cells, list(dict.fromkeys(cell['name'] for cell in cells)), context.start, context.end, scale, notes)

    def drawing(self) -> Drawing:
        y_axis = {'title': None, 'domain': False, 'ticks': False, 'labelLimit': 160}
        encoding = {
            'x': time_axis(self.start, self.end),
            'x2': {'field': 'until'},
            'y': {'field': 'name', 'type': 'nominal', 'sort': self.rows, 'axis': y_axis},
            'color': {
                'field': 'value',
                'type': 'quantitative',
                'scale': self.scale,
                'legend': {'title': None, 'gradientLength': 160, 'gradientThickness': 10},
            },
            'tooltip': [
                {'field': 'name', 'type': 'nominal', 'title': 'group'},
                {'field': 'text', 'type': 'nominal', 'title': 'value'},
            ],
        }
        mark = {'type': 'rect', 'stroke': token('surface'), 'strokeWidth': 0.5, 'tooltip': True, 'clip': True}
        height = ROW * len(self.rows) + 70
        return Drawing({'mark': mark, 'encoding': encoding}, {'points': self.cells}, height=height)

    def label(self) -> str:
        return f'The values over time of {len(self.rows)} groups: {", ".join(self.rows[:10])}'

    def remarks(self) -> Sequence[str]:
        return self.notes


def _name(answer: Answer, line: Line) -> str:
    return label(answer.name(line), line.group, False)


def _ordered(every: list[tuple[Answer, Line]], sort: Mapping[str, Any]) -> list[tuple[Answer, Line]]:
    """Return lines by their values, or by the names of their groups."""
    descending = sort.get('order', 'desc') == 'desc'
    if sort.get('property') == 'label':
        return sorted(every, key=lambda each: natural(_name(*each)), reverse=descending)
    reduce = ORDERS[sort.get('aggregation') or 'avg']
    return sorted(every, key=lambda each: float(reduce(each[1].values)), reverse=descending)


def _cells(answer: Answer, line: Line, definition: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    name = _name(answer, line)
    format_ = answer.formula.get('number_format')
    return [
        {
            'name': name, 'time': time * 1000, 'until': (time + line.interval) * 1000, 'value': value,
            'text': ' '.join(write(value, definition, format_)).strip(),
        }
        for time, value in zip(line.times.tolist(), line.values.tolist(), strict=True)
        if value == value
    ]  # fmt: skip


def _scale(colour: Mapping[str, Any], low: float, high: float) -> tuple[dict[str, Any], list[str]]:
    """Return the scale of the colours of values from `low` to `high`, and the notes on it."""
    if colour.get('source') == 'custom':
        key = 'bins' if colour.get('mode') == 'discrete' else 'stops'
        colours = [_hexadecimal(part['color']) for part in colour[key]]
        if all(colours):
            if key == 'stops':
                places = [low + (high - low) * float(part['position']) / 100 for part in colour['stops']]
                return {'domain': places, 'range': colours}, []
            bounds = [float(part['lower_bound']) for part in colour['bins'][1:]]
            return {'type': 'threshold', 'domain': bounds, 'range': colours}, []
        return _preset(DEFAULT), ['Its colours are not all hexadecimal: these are those of hostmap_blues']
    name = str(colour.get('preset_name') or DEFAULT)
    unknown = [] if name in PALETTES else [f'The palette {name[:40]} is unknown here: {DEFAULT} is used']
    return _preset(name if name in PALETTES else DEFAULT), unknown


def _preset(name: str) -> dict[str, Any]:
    return {'range': [token(colour) for colour in PALETTES[name]]}


def _hexadecimal(colour: Any) -> str:
    """Return a colour, of two that of the light theme; empty where it is none."""
    first = colour[0] if isinstance(colour, list) and colour else colour
    return first if isinstance(first, str) and HEXADECIMAL.fullmatch(first) else ''
