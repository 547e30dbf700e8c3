"""A monitor, dashboard, or downtime that was read from a file."""

from typing import Any, Literal, NamedTuple

Kind = Literal['monitor', 'dashboard', 'downtime']


class Export(NamedTuple):
    """A resource in a file, as Datadog's API takes it."""

    kind: Kind
    name: str
    """The name or title, to show; without one, another name that the file has for it."""
    body: Any
    """The body as in the API, not validated; of a downtime, the attributes."""
    aliases: tuple[str, ...] = ()
    """Other names: its id, its address in Terraform, its key in a catalogue."""
    problem: str = ''
    """Why the file does not define the resource completely; empty if it does."""


class ExportError(ValueError):
    """Says in one line why a file cannot be read, or, with `empty`, that it holds no resource."""

    def __init__(self, message: str, empty: bool = False) -> None:
        super().__init__(message)
        self.empty = empty
