"""group: widgets under a title."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from datadog_sandbox.drawing.model import Drawing
from datadog_sandbox.drawing.words import paragraph
from datadog_sandbox.widgets.model import Content, Context
from datadog_sandbox.widgets.surfaces import surface


@dataclass(frozen=True)
class Group(Content):
    """Its widgets are evaluated one by one by whoever shows them."""

    type = 'group'
    template = 'group.html'

    title: str
    widgets: Sequence[Mapping[str, Any]]
    """As they are defined, with their layout."""
    fixed: bool
    """Whether they have a layout."""
    look: str = ''
    """Classes of the background of its title."""
    titled: bool = True
    """Whether its title is shown."""

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        every = definition.get('widgets') or []
        widgets = [
            widget for widget in every if isinstance(widget, dict) and isinstance(widget.get('definition'), dict)
        ]
        fixed = any(widget.get('layout') for widget in widgets)
        look, titled = surface(definition.get('background_color')), definition.get('show_title') is not False
        return cls(str(definition.get('title') or ''), widgets, fixed, look, titled)

    def drawing(self) -> Drawing:
        titles = [str(widget['definition'].get('title') or '') for widget in self.widgets]
        return paragraph('\n'.join([*([self.title] if self.titled else []), *titles]))
