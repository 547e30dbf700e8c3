"""What is read from files: monitors, dashboards, and downtimes."""

from typing import Any, Literal, NamedTuple

Kind = Literal['monitor', 'dashboard', 'downtime']


class Export(NamedTuple):
    """A resource in a file, as Datadog's API takes it."""

    kind: Kind
    name: str
    """For people: its name or title, or what else the file calls it."""
    body: Any
    """The body of the API; of a downtime, its attributes. Not checked."""
    aliases: tuple[str, ...] = ()
    """What else it may be called by: its id, its address in Terraform, its key in a catalogue."""
    problem: str = ''
    """Why the file does not say what the resource is; empty when it does."""


class ExportError(ValueError):
    """Says in one line why a file cannot be read, or holds nothing of Datadog's: then it is `empty`."""

    def __init__(self, message: str, empty: bool = False) -> None:
        super().__init__(message)
        self.empty = empty
