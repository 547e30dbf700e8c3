"""What the address of the metrics explorer asks: queries, each with the name of its field, and a formula over them."""

import re
from collections.abc import Sequence

from starlette.datastructures import QueryParams

from datadog_sandbox import query

NAMES = 'abcdefgh'
"""The names of the queries, as in Datadog; there are at most this many."""


def asked(address: QueryParams) -> tuple[list[str], str]:
    """Return the queries at the places of their fields, and the formula.

    A metric query that is written in the formula becomes a query of its own. Datadog's `exp_metric` is understood.
    """
    queries = [text.strip() for text in address.getlist('query')]
    for metric in filter(None, address.get('exp_metric', '').split(',')):
        group = address.get('exp_group', '')
        by = f' by {{{group}}}' if group else ''
        queries.append(f'{address.get("exp_agg") or "avg"}:{metric}{{{address.get("exp_scope") or "*"}}}{by}')
    return _over_names(queries[: len(NAMES)], address.get('formula', '').strip())


def named(queries: Sequence[str]) -> dict[str, str]:
    """Return the queries by the names of their fields."""
    return {name: text.strip() for name, text in zip(NAMES, queries, strict=False) if text.strip()}


def _over_names(queries: Sequence[str], formula: str) -> tuple[list[str], str]:
    """Move the metric queries of a formula to fields that are free, and return all queries, and the formula."""
    fields = [*queries, *[''] * (len(NAMES) - len(queries))]
    rest = query.name_queries(formula, lambda _: '')
    free = [place for place, text in enumerate(fields) if not text and not re.search(rf'\b{NAMES[place]}\b', rest)]

    def name(text: str) -> str:
        if text not in fields:
            if not free:
                return text
            fields[free.pop(0)] = text
        return NAMES[fields.index(text)]

    formula = query.name_queries(formula, name)
    while fields and not fields[-1]:
        fields.pop()
    return fields, formula
