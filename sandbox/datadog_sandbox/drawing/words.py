"""Words in the middle of a picture: a value, a message, a note."""

import textwrap
from dataclasses import replace
from typing import Any, Protocol

from .axes import pixels
from .colours import coloured, token
from .model import Drawing

WIDTH = 70
"""Letters in a line of a long text."""
MOST_LINES, MOST = 14, 60
"""Lines of what is in the middle, and of what begins at the top."""
LINE = 18
"""Pixels of a line from the top."""


class Paint(Protocol):
    @property
    def colour(self) -> str: ...

    @property
    def background(self) -> str: ...


def large(text: str, paint: Paint) -> Drawing:
    """Draw a value as large as its room allows, in its colours: tokens, or such as `#ff8800`."""
    colour, background = (coloured(name) for name in (paint.colour or 'text', paint.background))
    size = {'expr': f'min(64, height / 3, width / {max(4, 0.6 * len(text)):.1f})'}
    drawing = _words([{'text': text}], {'fontSize': size, 'fontWeight': 600, 'color': colour})
    if not paint.background:
        return drawing
    view = {'stroke': None, 'fill': background}
    return replace(drawing, specification={**drawing.specification, 'view': view})


def page(text: str) -> Drawing:
    """Draw lines from the top, folded, as many as there is room for."""
    lines = [part for line in text.splitlines() for part in textwrap.wrap(line, WIDTH) or ['']]
    records = [{'text': line, 'y': LINE * place + LINE / 2} for place, line in enumerate(lines[:MOST])]
    specification = {
        'transform': [{'filter': f'datum.y + {LINE // 2} <= height'}],
        'mark': {
            'type': 'text',
            'align': 'left',
            'baseline': 'middle',
            'fontSize': 13,
            'color': token('text'),
            'limit': {'expr': 'width - 16'},
        },
        'encoding': {
            'x': {'value': 8},
            'y': pixels('y'),
            'text': {'field': 'text', 'type': 'nominal'},
        },
        'view': {'stroke': None},
    }
    return Drawing(specification, {'points': records}, height=160)


def paragraph(text: str) -> Drawing:
    """Draw a string, folded, up to the lines that a picture has room for."""
    lines = [part for line in text.splitlines() or [''] for part in textwrap.wrap(line, WIDTH) or ['']]
    shown = [*lines[:MOST_LINES], '…'] if len(lines) > MOST_LINES else lines
    mark = {'fontSize': 13, 'color': token('muted'), 'limit': {'expr': 'width - 10'}, 'lineBreak': '\n'}
    return _words([{'text': '\n'.join(shown)}], mark | {'baseline': 'middle', 'dy': -8 * (len(shown) - 1)})


def _words(records: list[dict[str, Any]], mark: dict[str, Any]) -> Drawing:
    specification = {
        'mark': {'type': 'text', **mark},
        'encoding': {'text': {'field': 'text', 'type': 'nominal'}},
        'view': {'stroke': None},
    }
    return Drawing(specification, {'points': records}, height=160)
