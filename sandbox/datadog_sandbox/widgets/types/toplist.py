"""toplist: groups by their values, as bars."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from datadog_sandbox.drawing.model import Drawing
from datadog_sandbox.drawing.rows import bars_across
from datadog_sandbox.widgets.model import Content, Context
from datadog_sandbox.widgets.values import Value, values

RANKED = re.compile(r'\s*(?:top|bottom)[\w]*\(')
COUNT = 10
"""Rows, unless the definition has another limit."""


@dataclass(frozen=True)
class Toplist(Content):
    type = 'toplist'
    template = 'toplist.html'

    rows: Sequence[Value]

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        request = definition['requests'][0]
        return cls(ordered(values(definition, request, context), request))

    def drawing(self) -> Drawing:
        return bars_across([
            {
                'name': row.name,
                'value': row.value,
                'text': row.with_unit,
                'colour': row.paint.colour or 'text',
                'background': row.paint.background,
            }
            for row in self.rows
        ])  # fmt: skip

    def share(self, row: Value) -> float:
        """Return how long the bar of a row is, in percent of the longest one."""
        longest = max(abs(other.value) for other in self.rows) or 1
        return round(100 * abs(row.value) / longest, 1)

    def label(self) -> str:
        more = f', and {len(self.rows) - 10} more' if len(self.rows) > 10 else ''
        return f'Latest: {", ".join(f"{row.name} {row.with_unit}" for row in self.rows[:10])}{more}'


def ordered(rows: list[Value], request: Mapping[str, Any]) -> list[Value]:
    """Sort and limit rows as a request says."""
    sort = request.get('sort') or {}
    ascending = any(key.get('order') == 'asc' for key in sort.get('order_by') or [])
    # A classic query has its order from top() or one of its old forms; what it leaves open is the greatest first.
    if not RANKED.match(request.get('q', '')):
        rows = sorted(rows, key=lambda row: row.value, reverse=not ascending)
    return rows if 'q' in request else rows[: sort.get('count') or COUNT]
