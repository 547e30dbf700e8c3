"""What records are counted, or their measures added up, to."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple, Self

import numpy as np

from datadog_sandbox.query import QueryError

from .document import Document
from .terms import numbers, written

TOTALS: dict[str, Callable[[np.ndarray], Any]] = {
    'sum': np.sum, 'avg': np.mean, 'min': np.min, 'max': np.max, 'median': np.median,
}  # fmt: skip
PERCENTILE = re.compile(r'(?:pc|p)(\d{1,2}(?:\.\d{1,3})?)')


def facet(document: Document, key: str) -> Sequence[Any]:
    """Return the values by which a document is grouped or measured; an attribute may be asked for without its @."""
    return document.values(key) or document.values(f'@{key}')


class Compute(NamedTuple):
    """A number of records, of distinct values, or what becomes of the numbers that a measure has."""

    function: str
    key: str = ''
    """A facet or measure, such as `@duration`; not looked at by `count`."""

    @classmethod
    def checked(cls, function: Any, key: Any) -> Self:
        """Return what has such names in widgets, monitors, and the API. Raises `QueryError`."""
        if function not in ('count', 'cardinality', *TOTALS) and not PERCENTILE.fullmatch(str(function)):
            allowed = ', '.join(('count', 'cardinality', *TOTALS, 'pc95'))
            raise QueryError(f'The aggregation {str(function)[:100]} is not one of {allowed}')
        if function == 'count':
            return cls('count')
        if not isinstance(key, str) or not key:
            raise QueryError(f'The aggregation {function} needs a facet or measure, such as @duration')
        return cls(str(function), key)

    def values(self, document: Document) -> Sequence[Any]:
        """Return what one document contributes."""
        if self.function == 'count':
            return (1,)
        given = facet(document, self.key)
        return [written(value) for value in given] if self.function == 'cardinality' else numbers(given)

    def total(self, values: Sequence[Any]) -> float | None:
        """Return what the values of all documents come to; None where a measure has none."""
        if self.function == 'count':
            return float(len(values))
        if self.function == 'cardinality':
            return float(len(set(values)))
        return float(self._reduction(np.array(values, dtype=float))) if values else None

    @property
    def _reduction(self) -> Callable[[np.ndarray], Any]:
        match = PERCENTILE.fullmatch(self.function)
        return partial(np.percentile, q=float(match[1])) if match else TOTALS[self.function]

    @property
    def words(self) -> str:
        """What it is of, such as `the number of logs` without the noun."""
        key = self.key.removeprefix('@')
        match self.function:
            case 'count':
                return 'the number of'
            case 'cardinality':
                return f'the number of distinct values of {key} of'
        return f'the {self.function} of {key} of'
