"""What a query makes of a store: the store aggregates each series in time, numpy the series in space."""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from datadog_sandbox.store import Method, Store

from .arithmetic import combine
from .errors import QueryError, shorten
from .formulas import Summary, formula_tree, summarized
from .grid import INTERPOLATION, Grid, Reduction, fill
from .intervals import Range, buckets
from .language import parse
from .registry import Function, find
from .series import Selection, in_space, select
from .tree import Call, Name, Node, Number, Operation, Query, walk

# Series times buckets: what fits into memory with room to spare.
MOST_CELLS = 60_000_000

BeforeSpace = Callable[[Grid], Grid]


class Line(NamedTuple):
    """One line of an answer."""

    expression: str
    """What was evaluated, without the groups: `avg:my.metric{*}`."""
    group: dict[str, str]
    """The tags of `by {…}`; empty when there are none."""
    times: np.ndarray
    """When each bucket begins, in seconds since the epoch. The lines of an answer share them."""
    values: np.ndarray
    """nan where there is no value."""
    lower: np.ndarray | None = None
    """The band of `anomalies()`."""
    upper: np.ndarray | None = None
    interval: int = 0
    """The length of a bucket, in seconds."""


class Rows(NamedTuple):
    """All lines of one query."""

    expression: str
    groups: list[dict[str, str]]
    times: np.ndarray
    values: np.ndarray
    """One row for each group, none without any value; one column for each bucket."""
    lower: np.ndarray | None
    upper: np.ndarray | None
    interval: int

    def lines(self) -> list[Line]:
        edges = [itertools.repeat(None) if edge is None else edge for edge in (self.lower, self.upper)]
        return [
            Line(self.expression, group, self.times, values, lower, upper, self.interval)
            for group, values, lower, upper in zip(self.groups, self.values, *edges, strict=False)
        ]


def group_name(group: Mapping[str, str]) -> str:
    """Return the name of a group: `host:a,device:b` in the order of `by {…}`, or `*` when there are none."""
    return ','.join(map(':'.join, group.items())) or '*'


def evaluate(
    store: Store,
    query: str,
    start: int,
    end: int,
    interval: int | None = None,
    bars: bool = False,
) -> list[Line]:
    """Return the lines of a query for the points in [start, end), without those that have no value at all.

    Buckets begin at `start`; without an interval, it is the default for the range, of lines or of bars, and the start
    goes down to a multiple of it. An interval in `.rollup()` comes first, with buckets at its multiples since the
    epoch; without an `interval`, it becomes longer where the line would have more than 1,500 points.

    Raises `QueryError`.
    """
    return [line for rows in evaluate_rows(store, query, start, end, interval, bars=bars) for line in rows.lines()]


def evaluate_rows(
    store: Store,
    query: str,
    start: int,
    end: int,
    interval: int | None = None,
    reduction: Reduction | None = None,
    bars: bool = False,
) -> list[Rows]:
    """Return what `evaluate` does, in one piece for each query that a comma separates.

    `reduction` makes other columns of what is between the operators of arithmetic, before that is done: it takes values
    by row and bucket, and returns values by row and anything. The times are then 0, 1, 2, …
    """
    nodes = parse(query)
    for _, node in walk(*nodes):
        if isinstance(node, Name):
            raise QueryError(f'Query "{shorten(query)}": {node} is no query: write avg:{node}{{*}}')
    asked = Range(start, end, interval, bars)
    if reduction:
        nodes = tuple(summarized(node, reduction) for node in nodes)
    return [rows(store, query, nodes, node, asked) for node in nodes]


def evaluate_formulas(
    store: Store,
    queries: Mapping[str, str],
    formulas: Sequence[str],
    start: int,
    end: int,
    interval: int | None = None,
    summaries: Mapping[str, str] | None = None,
    bars: bool = False,
) -> list[list[Line]]:
    """Return the lines of each formula over named queries, as `evaluate` does. The formulas' buckets may differ.

    `summaries` names for each query what makes one value of it (avg, sum, min, max, last, area, l2norm) before the
    formulas are calculated, as a query value does. The lines then have one value.
    """
    answers = []
    for formula in formulas:
        methods = None if summaries is None else tuple((name, summaries.get(name, 'avg')) for name in queries)
        node = formula_tree(formula, tuple(queries.items()), methods)
        answers.append(rows(store, formula, (node,), node, Range(start, end, interval, bars)).lines())
    return answers


def rows(store: Store, string: str, nodes: Sequence[Node], node: Node, asked: Range) -> Rows:
    """Return the lines of one of the trees that a query consists of: all of them have the same buckets."""
    try:
        interval, start = buckets(nodes, asked)
        grid = Evaluation(store, start, asked.end, interval).run(node, 0)
    except QueryError as error:
        raise QueryError(f'Query "{shorten(string)}": {error}') from None
    if not isinstance(grid, Grid):
        raise QueryError(f'Query "{shorten(string)}": there is no metric in it')
    columns = np.arange(grid.values.shape[1], dtype=np.int64)
    times = columns if grid.summary else start + columns * interval
    grid = grid.rows(np.flatnonzero((~np.isnan(grid.values)).any(axis=1)))
    groups = [dict(zip(grid.keys, group, strict=True)) for group in grid.groups]
    return Rows(str(node), groups, times, grid.values, grid.lower, grid.upper, interval)


class Evaluation(NamedTuple):
    """The evaluation of a tree: all of its queries have the same buckets, and as many more before as a node needs."""

    store: Store
    start: int
    end: int
    interval: int

    def run(self, node: Node, lead: int, before_space: BeforeSpace | None = None) -> Grid | float:
        """Evaluate a node, with `lead` buckets before the first one."""
        match node:
            case Number(value):
                return value
            case Summary(inner, reduction):
                grid = self.run(inner, 0)
                assert isinstance(grid, Grid)
                return replace(grid, values=reduction(grid.values), summary=True)
            case Query():
                return self.query(node, lead, before_space)
            case Call():
                return self.call(node, find(node.function), lead)
            case Operation(operator, left, right):
                return combine(operator, self.run(left, lead), self.run(right, lead))
        raise QueryError(f'{node} is no query')

    def call(self, call: Call, function: Function, lead: int) -> Grid:
        """Apply a function, after aggregation in space or, where it belongs there, before."""
        more = math.ceil(function.lookback(self.interval, *call.bound) / self.interval)
        before_space = function.before_space and isinstance(call.query, Query)

        def apply(grid: Grid) -> Grid:
            return function.apply(grid, *call.bound)

        grid = self.run(call.query, lead + more, apply if before_space else None)
        if not isinstance(grid, Grid):
            raise QueryError(f'{call.function}() takes a query, not the number {grid:g}')
        if not before_space:
            grid = apply(grid)
        # A summary has no columns before the range.
        return grid if grid.summary else grid.without(more)

    def query(self, query: Query, lead: int, before_space: BeforeSpace | None) -> Grid:
        """Aggregate each series in time, align them, and aggregate those of each group in space."""
        chosen = select(self.store, query)
        counts = bool(query.modifier) and chosen.type != 'gauge'
        # Only series that share a group have to be aligned; values from before the range do that too.
        aligned = not counts and query.fill is None and chosen.shared and self.interval <= INTERPOLATION
        limit = query.fill[1] if query.fill else INTERPOLATION if aligned else 0
        more = lead + math.ceil(limit / self.interval)
        start = self.start - more * self.interval
        values = self.in_time(query, chosen, start, counts)[chosen.rows]
        if query.fill:
            values = fill(values, query.fill[0], query.fill[1], self.interval)
        elif aligned:
            anywhere = np.logical_or.reduceat(~np.isnan(values), chosen.firsts, axis=0)
            where = np.repeat(anywhere, chosen.sizes, axis=0)
            values = fill(values, 'linear', INTERPOLATION, self.interval, where)
        interpolates = not counts and (query.fill is None or query.fill[0] != 'null')
        grid = Grid((), ((),) * len(values), values, self.interval, start, more, counts, interpolates)
        if before_space:
            grid = before_space(grid)
        grid = replace(
            grid, keys=query.by, groups=chosen.groups, values=in_space(query.aggregator, grid.values, chosen)
        )
        return grid.without(more - lead)

    def in_time(self, query: Query, chosen: Selection, start: int, counts: bool) -> np.ndarray:
        """Return the value of each series in each bucket from `start` on."""
        columns = -(-(self.end - start) // self.interval)
        if max(1, len(chosen.ids)) * columns > MOST_CELLS:
            raise QueryError(
                f'{len(chosen.ids)} series with {columns} buckets are too many at once: '
                'narrow the scope or the range, or give .rollup() a longer interval'
            )
        method: Method = 'sum' if counts else query.method or 'avg'
        values = np.full((len(chosen.ids), columns), math.nan)
        cells = self.store.buckets(chosen.ids, start, self.end, self.interval, method) if chosen.ids else []
        if cells:
            # Faster than np.array for a list of tuples.
            table = np.fromiter(itertools.chain.from_iterable(cells), float, 3 * len(cells)).reshape(-1, 3)
            values[np.searchsorted(chosen.ids, table[:, 0]), table[:, 1].astype(np.int64)] = table[:, 2]
        if counts:
            # The points of a rate are per second; those of a count are not.
            values *= chosen.seconds[:, None]
            if query.modifier == 'as_rate':
                values /= self.interval
        return values
