"""note: Markdown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from datadog_sandbox.drawing.model import Drawing
from datadog_sandbox.drawing.words import page
from datadog_sandbox.widgets.model import Content, Context
from datadog_sandbox.widgets.plain import plain
from datadog_sandbox.widgets.surfaces import surface
from datadog_sandbox.widgets.variables import fill_in_words

USUAL = '14'


@dataclass(frozen=True)
class Note(Content):
    type = 'note'
    template = 'note.html'

    text: str
    """Markdown."""
    look: str = ''
    """Classes of its background and of how its lines stand."""
    size: int = 0
    """Pixels of a letter; 0 for those of the page."""

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        text = fill_in_words(str(definition.get('content') or ''), context.variables)
        side, size = definition.get('text_align'), str(definition.get('font_size') or '')
        look = surface(definition.get('background_color'))
        look += f' align-{side}' if side in ('center', 'right') else ''
        look += ' middle' if definition.get('vertical_align') == 'center' else ''
        # The usual size, which the API writes into every note.
        known = size.isascii() and size.isdecimal() and len(size) < 4 and size != USUAL
        return cls(text, look, int(size) if known else 0)

    def drawing(self) -> Drawing:
        return page(plain(self.text))
