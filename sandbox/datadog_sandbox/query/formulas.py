"""Formulas over named queries, and what makes one value of a line."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple, cast

from .errors import QueryError, shorten
from .grid import SUMMARIES, Reduction
from .language import parse
from .names import disguise, revealed
from .registry import Function, find
from .tree import Call, Name, Node, Number, Operation, Query, children, walk


@dataclass(frozen=True)
class Summary:
    """What becomes other columns before arithmetic goes on with it."""

    query: Node
    reduction: Reduction

    def __str__(self) -> str:
        return str(self.query)


def summarizer(method: str) -> Reduction:
    """Return what makes one value of each line."""
    reduction = SUMMARIES.get('mean' if method == 'avg' else method)
    if reduction is None:
        allowed = ', '.join(['avg', *SUMMARIES])
        raise QueryError(f'the aggregator {method} is not supported for a single value: {allowed} are')
    return lambda values: reduction(values)[:, None]


def summarized(node: Node, reduction: Reduction) -> Node:
    """Summarize what is between the operators, and what is remapped: a minimum is one for all of a window."""
    match node:
        case Number():
            return node
        case Call() if find(node.function).category == 'remap':
            return replace(node, query=summarized(node.query, reduction))
        case Operation():
            left, right = (summarized(side, reduction) for side in (node.left, node.right))
            return replace(node, left=left, right=right)
    return cast(Node, Summary(node, reduction))


@lru_cache(maxsize=1024)
def formula_tree(
    formula: str, queries: tuple[tuple[str, str], ...], summaries: tuple[tuple[str, str], ...] | None = None
) -> Node:
    """Return the tree of a formula with the queries, or their summaries, in the place of their names."""
    known = dict(queries)
    tree = _Formula(shorten(formula), known, dict(summaries or ()))
    return tree.resolved(single(formula, known), over_values=summaries is not None)


class _Formula(NamedTuple):
    """Puts the queries of a formula in the place of their names."""

    string: str
    """The formula, as an error shows it."""
    queries: Mapping[str, str]
    summaries: Mapping[str, str]
    """What makes one value of each query."""

    def resolved(self, node: Node, over_values: bool) -> Node:
        """Return a node with lines in it, or with single values."""
        match node:
            case Name(name):
                return self._query(name, over_values)
            case Call():
                function = find(node.function)
                if over_values and function.reduces:
                    lines = replace(node, query=self.resolved(node.query, over_values=False))
                    return cast(Node, Summary(lines, summarizer('last')))
                if over_values and not function.single_values:
                    return self._over_time(node, function)
                return replace(node, query=self.resolved(node.query, over_values))
            case Operation():
                left, right = (self.resolved(side, over_values) for side in (node.left, node.right))
                return replace(node, left=left, right=right)
            case Query():
                name = next(iter(self.queries), 'query1')
                raise self._error(f'write the name of a query, such as {name}, not {node}')
        return node

    def _query(self, name: str, over_values: bool) -> Node:
        if name not in self.queries:
            names = ', '.join(self.queries) or 'there are none'
            raise self._error(f'{name} is not a query of this request: {names}')
        query = single(self.queries[name])
        return cast(Node, Summary(query, summarizer(self.summaries[name]))) if over_values else query

    def _over_time(self, call: Call, function: Function) -> Node:
        """Return the single values of what a function that needs time makes of lines."""
        if function.category == 'algorithms':
            raise self._error(f'{call.function}() is not supported over single values: its band needs a line')
        names = [node.name for _, node in walk(call) if isinstance(node, Name)]
        aggregators = {self.summaries[name] for name in names if name in self.summaries}
        if len(aggregators) > 1:
            raise self._error(
                f'{call.function}() is of lines, and its queries have different aggregators for their single values: '
                f'{", ".join(sorted(aggregators))}'
            )
        return cast(Node, Summary(self.resolved(call, over_values=False), summarizer(*aggregators or ['avg'])))

    def _error(self, message: str) -> QueryError:
        return QueryError(f'Formula "{self.string}": {message}')


def single(string: str, names: Iterable[str] = ()) -> Node:
    """Return the tree of what has to be one query, or a formula over named ones. Raises `QueryError`."""
    try:
        nodes = parse(disguise(string, names))
    except QueryError as error:
        raise QueryError(revealed(str(error))) from None
    if len(nodes) != 1:
        raise QueryError(f'"{shorten(string)}": {len(nodes)} queries separated by commas: one is allowed')
    return nodes[0]


def reach(formula: str, names: Iterable[str], start: int, interval: int | None) -> int:
    """Return how many seconds before a range a formula over named queries may look, at most. Raises `QueryError`.

    Without an interval, of single values, only a shift of the range counts.
    """
    seconds = 0
    for _, node in walk(single(formula, names)):
        if isinstance(node, Call):
            function = find(node.function)
            if function.shifts:
                seconds += function.apply(start, *node.values)
            elif interval is not None:
                seconds += function.lookback(interval, *node.values)
    return max(0, seconds)


def queried(query: str, queries: Mapping[str, str] | None = None) -> list[Query]:
    """Return the metric queries in a query, or in a formula over named ones. Raises `QueryError`."""
    return [node for _, node in walk(*trees(query, queries)) if isinstance(node, Query)]


def approximations(query: str, queries: Mapping[str, str] | None = None) -> list[str]:
    """Name the functions in a query, or in a formula over named ones, whose values are approximated.

    `.rollup()` is among them where it gives the queries of one expression different intervals. Raises `QueryError`.
    """
    names: dict[str, None] = {}
    for tree in trees(query, queries):
        nodes = [node for _, node in walk(tree)]
        calls = [node.function for node in nodes if isinstance(node, Call)]
        names |= dict.fromkeys(name for name in calls if find(name).approximated)
        if len({(node.seconds, node.calendar) for node in nodes if isinstance(node, Query)}) > 1:
            names['.rollup()'] = None
    return [*names]


def arguments(query: str, function: str) -> list[str]:
    """Return what a query calls a function of one argument with, as it is written; the innermost of nested calls."""
    texts = []
    for rest in re.split(rf'\b{function}\s*\(', query)[1:]:
        depth = 1
        for position, character in enumerate(rest):
            depth += (character == '(') - (character == ')')
            if not depth:
                texts.append(rest[:position])
                break
    return texts


def inside(query: str, function: str) -> bool:
    """Return whether every metric of a query is in a call of a function. Raises `QueryError`."""
    nodes = [*trees(query, None)]
    while nodes:
        node = nodes.pop()
        if isinstance(node, Query):
            return False
        if not (isinstance(node, Call) and node.function == function):
            nodes += children(node)
    return True


def trees(query: str, queries: Mapping[str, str] | None) -> tuple[Node, ...]:
    return parse(query) if queries is None else (formula_tree(query, tuple(queries.items())),)
