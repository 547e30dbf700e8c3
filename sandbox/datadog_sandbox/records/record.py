"""A record: when it was, and what a search sees of it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from datadog_sandbox.store import Log, Span

from .document import Document


class Record(NamedTuple):
    time: float
    """Seconds since the epoch."""
    document: Document
    origin: Log | Span | Mapping[str, Any] | None = None
    """The log, the span, or the body of the event; None where nobody asks for more than the document."""
