"""Tables, drawn: what a page has as HTML is a picture of the same cells."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .axes import pixels, share
from .colours import THEMES, coloured, token
from .model import Drawing
from .trends import WIDTH, Trend

ROW = 24
"""Pixels of a row."""
LETTERS = 300
"""Letters of a cell that are kept: no column has room for more."""


@dataclass(frozen=True)
class Cell:
    text: str
    number: bool = False
    colour: str = ''
    """A token, or a colour such as `#ff8800`."""
    background: str = ''
    share: float | None = None
    """How long a bar behind it is, from 0 to 1."""
    trend: Trend | None = None
    link: str = ''
    """An address, http or https, or one of this server."""


@dataclass(frozen=True)
class Table:
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]

    def drawing(self) -> Drawing:
        """Return the rows that the picture has room for."""
        widths = _widths(self)
        lefts = [sum(widths[:number]) for number in range(len(widths))]
        header = [Cell(column, self._is_number(number), 'muted') for number, column in enumerate(self.columns)]
        records = [
            _record(cell, place, column, lefts[column], widths[column])
            for place, row in enumerate([header, *self.rows])
            for column, cell in enumerate(row)
        ]
        colours = sorted({record[key] for record in records for key in ('colour', 'background')} - {''})
        scale = {'domain': colours, 'range': [coloured(colour) for colour in colours]}
        specification = {
            'transform': [{'filter': 'datum.top < height'}],
            'layer': [
                _backgrounds(scale),
                _bars(),
                _trends(),
                *(_texts(scale, *column) for column in enumerate(widths)),
            ],
            'view': {'stroke': None},
            'resolve': {'scale': {'color': 'shared'}},
        }
        return Drawing(specification, {'points': records}, height=ROW * (len(self.rows) + 1) + 10)

    def _is_number(self, column: int) -> bool:
        return any(row[column].number for row in self.rows)


def _widths(table: Table) -> list[float]:
    """Return the share of the width that each column has: by its longest text."""
    longest = [
        min(60, max([len(column), *(_length(row[number]) for row in table.rows)])) + 3
        for number, column in enumerate(table.columns)
    ]
    return [length / sum(longest) for length in longest]


def _length(cell: Cell) -> int:
    """Return how many letters a cell has room for; its trend is as wide as some."""
    return len(cell.text) + (12 if cell.trend else 0)


def _record(cell: Cell, place: int, column: int, left: float, width: float) -> dict[str, Any]:
    known = cell.colour.startswith('#') or cell.colour in THEMES['light']
    return {
        'text': cell.text[:LETTERS],
        'column': column,
        'number': cell.number,
        'colour': cell.colour if known else 'text',
        'background': cell.background,
        'top': place * ROW,
        'bottom': (place + 1) * ROW,
        'middle': place * ROW + ROW / 2,
        'left': left,
        'right': left + width,
        'trend': cell.trend.path if cell.trend else None,
        'filled': bool(cell.trend and cell.trend.filled),
        'bar': None if cell.share is None else left + width * max(0.0, min(1.0, cell.share)),
    }


def _rectangle(right: str) -> dict[str, Any]:
    return {'x': share('left'), 'x2': {'field': right}, 'y': pixels('top'), 'y2': {'field': 'bottom'}}


def _colour(field: str, scale: dict[str, Any]) -> dict[str, Any]:
    return {'field': field, 'type': 'nominal', 'legend': None, 'scale': scale}


def _backgrounds(scale: dict[str, Any]) -> dict[str, Any]:
    return {
        'transform': [{'filter': "datum.background != ''"}],
        'mark': {'type': 'rect'},
        'encoding': _rectangle('right') | {'color': _colour('background', scale)},
    }


def _bars() -> dict[str, Any]:
    return {
        'transform': [{'filter': 'isValid(datum.bar)'}],
        'mark': {'type': 'rect', 'color': token('info'), 'opacity': 0.2},
        'encoding': _rectangle('bar'),
    }


def _trends() -> dict[str, Any]:
    """Return the layer of the trends, at the left of their cells."""
    size = {'size': 4, 'xOffset': WIDTH / 2 + 4}
    return {
        'transform': [{'filter': 'isValid(datum.trend)'}],
        'mark': {'type': 'point', 'stroke': token('info'), 'fill': token('info'), 'strokeWidth': 1, **size},
        'encoding': {
            'x': share('left'),
            'y': pixels('middle'),
            # Of this size, a pixel of a shape is one of the picture.
            'shape': {'field': 'trend', 'type': 'nominal', 'scale': None},
            'fillOpacity': {'condition': {'test': 'datum.filled', 'value': 0.4}, 'value': 0},
        },
    }


def _texts(scale: dict[str, Any], column: int, width: float) -> dict[str, Any]:
    """Return the layers of the texts of a column, those of numbers to the right, cut where the column ends."""
    limit = {'expr': f'max(1, {width:.4f} * width - 12)'}
    layers = []
    for number, edge, align, dx in ((False, 'left', 'left', 4), (True, 'right', 'right', -8)):
        layers.append({
            'transform': [{'filter': f'datum.column == {column} && {"" if number else "!"}datum.number'}],
            'mark': {'type': 'text', 'fontSize': 12, 'align': align, 'dx': dx, 'baseline': 'middle', 'limit': limit},
            'encoding': {
                'x': share(edge),
                'y': pixels('middle'),
                'text': {'field': 'text', 'type': 'nominal'},
                'color': _colour('colour', scale),
            },
        })  # fmt: skip
    return {'layer': layers}
