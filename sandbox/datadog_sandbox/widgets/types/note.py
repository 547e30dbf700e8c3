"""note: Markdown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from datadog_sandbox.drawing.model import Drawing
from datadog_sandbox.drawing.words import paragraph
from datadog_sandbox.widgets.model import Content, Context
from datadog_sandbox.widgets.variables import fill_in_words


@dataclass(frozen=True)
class Note(Content):
    type = 'note'
    template = 'note.html'

    text: str
    """Markdown."""

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        return cls(fill_in_words(str(definition.get('content') or ''), context.variables))

    def drawing(self) -> Drawing:
        return paragraph(self.text)
