"""What widgets read besides metrics, and which product the rest needs.

A source becomes series of an account of its own, so that groups, formulas, and functions work as with metrics.
"""

from .products import needs, sentence
from .records import SOURCES, Period, as_query, measured

__all__ = ['SOURCES', 'Period', 'as_query', 'measured', 'needs', 'sentence']
