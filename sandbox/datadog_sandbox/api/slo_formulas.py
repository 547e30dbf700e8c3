"""The queries of a metric objective as formulas of named queries, as Datadog has them since 2026."""

from collections.abc import Mapping
from typing import Any

from datadog_sandbox import query
from datadog_sandbox.query.tree import Node, Operation


def count_of(both: Mapping[str, str]) -> dict[str, Any]:
    """Return the numerator and the denominator of an objective as formulas over queries, each of them once."""
    names: dict[str, str] = {}

    def formula(text: str) -> dict[str, str]:
        over_names = query.name_queries(text, lambda each: names.setdefault(each, f'query{len(names) + 1}'))
        [node] = query.parse(over_names)
        return {'formula': _written(node)}

    good, total = formula(both['numerator']), formula(both['denominator'])
    queries = [{'data_source': 'metrics', 'name': name, 'query': text} for text, name in names.items()]
    return {'queries': queries, 'good_events_formula': good, 'total_events_formula': total}


def _written(node: Node) -> str:
    """Return a formula with parentheses around each operation."""
    if isinstance(node, Operation):
        return f'({_written(node.left)} {node.operator} {_written(node.right)})'
    return str(node)
