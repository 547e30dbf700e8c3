"""free_text, image, and iframe: words, and addresses of what would stand there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from datadog_sandbox.drawing.model import Drawing
from datadog_sandbox.drawing.words import large, paragraph
from datadog_sandbox.widgets.formats import HEXADECIMAL, Paint
from datadog_sandbox.widgets.model import Content, Context
from datadog_sandbox.widgets.variables import fill_in_words

LONGEST = 200
"""Characters of an address that are shown."""


@dataclass(frozen=True)
class FreeText(Content):
    type = 'free_text'
    template = 'free_text.html'

    text: str
    paint: Paint
    size: int
    """Pixels of a letter; 0 where it fits the width."""

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        colour, size = str(definition.get('color') or ''), re.match(r'\d{1,3}', str(definition.get('font_size') or ''))
        text = fill_in_words(str(definition.get('text') or ''), context.variables)
        known = HEXADECIMAL.fullmatch(colour)
        return cls(text, Paint(colour if known else ''), int(size[0]) if size else 0)

    def drawing(self) -> Drawing:
        return large(self.text, self.paint)


@dataclass(frozen=True)
class Address(Content):
    """What the page of the sandbox does not load: it has nothing from elsewhere."""

    template = 'address.html'
    kind = ''

    url: str

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        return cls(fill_in_words(str(definition.get('url') or ''), context.variables))

    @property
    def link(self) -> str:
        return self.url if self.url.lower().startswith(('http://', 'https://')) else ''

    @property
    def address(self) -> str:
        """The address, cut off where it is so long as one that has the picture in it."""
        return self.url if len(self.url) <= LONGEST else f'{self.url[:LONGEST]}…'

    @property
    def words(self) -> str:
        return f'Datadog shows {self.kind} here. A page of the sandbox loads nothing from elsewhere.'

    def drawing(self) -> Drawing:
        return paragraph(f'{self.words}\n{self.address}')


class Image(Address):
    type = 'image'
    kind = 'a picture'


class Frame(Address):
    type = 'iframe'
    kind = 'another page'
