"""Rows with their values, each over a bar, as of a toplist."""

from collections.abc import Mapping, Sequence
from typing import Any

from .axes import pixels, share
from .colours import coloured, token
from .model import Drawing

HEIGHT = 26
"""Pixels of a row and the space below it."""
VALUE = 90
"""Pixels that a name leaves for the value beside it."""
WORDS = {'type': 'text', 'fontSize': 12, 'baseline': 'middle'}


def bars_across(rows: Sequence[Mapping[str, Any]]) -> Drawing:
    """Draw records with `name`, `value`, `text`, and tokens, or such as `#ff8800`, as `colour` and `background`.

    A row with a background has it from edge to edge. As many rows are drawn as there is room for.
    """
    longest = max((abs(row['value']) for row in rows), default=0) or 1
    records = [
        {**row, 'share': abs(row['value']) / longest, 'top': HEIGHT * place, 'zero': 0, 'one': 1}
        | {'bottom': HEIGHT * (place + 1) - 3, 'middle': HEIGHT * place + (HEIGHT - 3) / 2}
        for place, row in enumerate(rows)
    ]
    painted, bare = "datum.background != ''", "datum.background == ''"
    specification = {
        'transform': [{'filter': 'datum.bottom <= height'}],
        'layer': [
            _bar('one', painted, {}, 'background', rows),
            _bar('share', bare, {'color': token('line0'), 'opacity': 0.25}, '', rows),
            _words('name', {'align': 'left', 'dx': 6, 'limit': {'expr': f'max(1, width - {VALUE})'}}, 'zero', rows),
            _words('text', {'align': 'right', 'dx': -6, 'fontWeight': 600}, 'one', rows),
        ],
        'view': {'stroke': None},
    }
    return Drawing(specification, {'points': records}, height=HEIGHT * len(rows) + 20)


def _bar(
    right: str, test: str, mark: Mapping[str, Any], colour: str, rows: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    return {
        'transform': [{'filter': test}],
        'mark': {'type': 'rect', **mark},
        'encoding': {
            'x': share('zero'),
            'x2': {'field': right},
            'y': pixels('top'),
            'y2': {'field': 'bottom'},
            **({'color': _colour(colour, rows)} if colour else {}),
        },
    }


def _words(text: str, mark: Mapping[str, Any], edge: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        'mark': {**WORDS, **mark},
        'encoding': {
            'x': share(edge),
            'y': pixels('middle'),
            'text': {'field': text, 'type': 'nominal'},
            'color': _colour('colour', rows),
        },
    }


def _colour(field: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    # The layers share one scale.
    colours = sorted({row[key] for row in rows for key in ('colour', 'background')} - {''})
    scale = {'domain': colours, 'range': [coloured(name) for name in colours]}
    return {'field': field, 'type': 'nominal', 'legend': None, 'scale': scale}
