"""Records: the events, spans, and logs of an account, as what is searched, grouped, and counted.

Monitors, widgets, and the API read them here, each kind from a module of its own.
"""

from .completion import complete
from .compute import Compute, facet
from .document import Document, by_tag
from .record import Record
from .search import Search, search
from .terms import numbers, quoted, written

__all__ = [
    'Compute', 'Document', 'Record', 'Search', 'by_tag', 'complete', 'facet', 'numbers', 'quoted', 'search', 'written',
]  # fmt: skip
