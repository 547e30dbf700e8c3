"""Records: the events, spans, and logs of an account, as what is searched, grouped, and counted.

Monitors, widgets, and the API read them here, each kind from a module of its own.
"""

from .completion import complete
from .compute import Compute, facet
from .document import Document
from .record import Record
from .search import Search, search
from .terms import numbers, written

__all__ = ['Compute', 'Document', 'Record', 'Search', 'complete', 'facet', 'numbers', 'search', 'written']
