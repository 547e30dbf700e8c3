"""A record: when it was, and what a search sees of it."""

from typing import NamedTuple

from .document import Document


class Record(NamedTuple):
    time: float
    """Seconds since the epoch."""
    document: Document
