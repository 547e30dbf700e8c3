"""toplist: groups by their values, as bars."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from datadog_sandbox.drawing.model import Drawing
from datadog_sandbox.drawing.rows import bars_across
from datadog_sandbox.widgets.formats import written
from datadog_sandbox.widgets.model import Content, Context
from datadog_sandbox.widgets.values import Value, ordered, values

RANKED = re.compile(r'\s*(?:top|bottom)[\w]*\(')
COUNT = 10
"""Rows, unless the definition has another limit."""


@dataclass(frozen=True)
class Toplist(Content):
    type = 'toplist'
    template = 'toplist.html'

    rows: Sequence[Value]
    flat: bool = False
    """Whether Datadog would stack the groups of the first tag."""

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        request = definition['requests'][0]
        every, style = values(definition, request, context), definition.get('style') or {}
        if style.get('scaling') == 'relative':
            every = shares(every, definition.get('precision', 2))
        # A classic query has its order from top() or one of its old forms, and no other limit.
        ranked, most = RANKED.match(request.get('q', '')), None if 'q' in request else COUNT
        rows = every if ranked else ordered(every, request, most)
        stacked = (style.get('display') or {}).get('type', 'stacked') == 'stacked' and 'q' not in request
        return cls(rows, stacked and any(len(row.group) > 1 for row in rows))

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

    def remarks(self) -> Sequence[str]:
        return ['Its groups are listed one by one: those of the first tag are not stacked'] if self.flat else []


def shares(rows: Sequence[Value], precision: int | str | None) -> list[Value]:
    """Return values that are written as shares of their sum."""
    total = sum(row.value for row in rows)
    return [
        replace(row, text=written(100 * row.value / total if total else 0.0, precision, False), unit='%')
        for row in rows
    ]
