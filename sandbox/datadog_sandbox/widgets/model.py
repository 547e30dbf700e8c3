"""What every widget type implements, and a widget once it is evaluated."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from datadog_sandbox.drawing import Drawing
from datadog_sandbox.store import Store


class Context(NamedTuple):
    """What a widget is evaluated for."""

    store: Store
    variables: Mapping[str, Sequence[str]]
    """The tags that each template variable stands for."""
    start: int
    """Seconds since the epoch; the range is [start, end)."""
    end: int


class Empty(Exception):
    """There is nothing to show; the message, one line, says why."""


class Content(ABC):
    """What a widget shows. Each type is a subclass in a module of its own in `types/`, and is found there."""

    type: ClassVar[str]
    """Datadog's name of the widget type."""
    template: ClassVar[str]
    """The file in templates/widgets that draws it in a page, with itself as `content`."""

    @classmethod
    @abstractmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> 'Content':
        """Evaluate a definition. Raises `QueryError` where it cannot be, and `Empty` where nothing is to be seen."""

    @abstractmethod
    def drawing(self) -> Drawing:
        """Return it as a picture, and as the chart of its template where that has one."""

    def label(self) -> str:
        """Say what it shows to those who do not see it."""
        return ''

    def remarks(self) -> Sequence[str]:
        """Return what it leaves out, or shows otherwise than Datadog, a sentence each."""
        return ()


@dataclass(frozen=True)
class Widget:
    """A widget, evaluated."""

    type: str
    title: str
    start: int
    end: int
    content: Content | None = None
    message: str = ''
    """Why there is no content: why it is empty, what is wrong with a query, or what is not drawn."""
    failed: bool = False
    """Whether the message is about something that is wrong or not supported."""
    own_range: str = ''
    """The time range that it has of its own, in words."""
    links: Sequence[tuple[str, str]] = ()
    """Label and address of its custom links; no address where that needs a value of the chart."""
    remarks: Sequence[str] = ()
    """What is left out, approximated, or otherwise than in Datadog, a sentence each."""
