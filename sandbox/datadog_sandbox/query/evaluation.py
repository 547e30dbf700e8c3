"""What a query makes of a store: the store aggregates each series in time, numpy the series in space."""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from time import monotonic
from types import MappingProxyType
from typing import Literal, NamedTuple

import numpy as np

from datadog_sandbox.store import Store

from .aggregation import in_space, in_time, is_count, merged
from .arithmetic import combine
from .errors import QueryError, shorten
from .formulas import Summary, formula_tree, summarized
from .grid import INTERPOLATION, Grid, Reduction, fill
from .intervals import Buckets, Range, buckets, explicit_intervals
from .language import parse
from .registry import Function, find
from .series import select
from .tree import Call, Name, Node, Number, Operation, Query, walk

MOST_SECONDS = 20

BeforeSpace = Callable[[Grid], Grid]
Constant = Literal['error', 'line', 'value']


class Line(NamedTuple):
    """One line of an answer."""

    expression: str
    """What was evaluated, without the groups: `avg:my.metric{*}`."""
    group: dict[str, str]
    """The tags of `by {…}`; empty when there are none."""
    times: np.ndarray
    """When each bucket begins, in seconds since the epoch. The lines of one expression share them."""
    values: np.ndarray
    """nan where there is no value."""
    lower: np.ndarray | None = None
    """The band of `anomalies()` and `forecast()`."""
    upper: np.ndarray | None = None
    interval: int = 0
    """The length of a bucket, in seconds."""
    outlying: bool = False
    """Whether `outliers()` marks it."""


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
    outlying: np.ndarray | None = None

    def lines(self) -> list[Line]:
        edges = [itertools.repeat(None) if edge is None else edge for edge in (self.lower, self.upper)]
        marks = itertools.repeat(False) if self.outlying is None else self.outlying.tolist()
        return [
            Line(self.expression, group, self.times, values, lower, upper, self.interval, outlying)
            for group, values, lower, upper, outlying in zip(self.groups, self.values, *edges, marks, strict=False)
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
    ahead: int = 0,
) -> list[Rows]:
    """Return what `evaluate` does, in one piece for each query that a comma separates.

    `reduction` makes other columns of what is between the operators of arithmetic, before that is done: it takes values
    by row and bucket, and returns values by row and anything. The times are then 0, 1, 2, …
    `ahead` says for how many seconds `forecast()` goes on; without it, for half the range.
    """
    nodes = parse(query)
    for _, node in walk(*nodes):
        if isinstance(node, Name):
            raise QueryError(f'Query "{shorten(query)}": {node} is not a query: write avg:{node}{{*}}')
    asked = Range(start, end, interval, bars, ahead)
    if reduction:
        nodes = tuple(summarized(node, reduction) for node in nodes)
    return [rows(store, query, node, asked) for node in nodes]


def evaluate_formulas(
    store: Store,
    queries: Mapping[str, str],
    formulas: Sequence[str],
    start: int,
    end: int,
    interval: int | None = None,
    summaries: Mapping[str, str] | None = None,
    bars: bool = False,
    others: Mapping[str, Store] = MappingProxyType({}),
) -> list[list[Line]]:
    """Return the lines of each formula over named queries, as `evaluate` does. The formulas' buckets may differ.

    `summaries` names for each query what makes one value of it (avg, sum, min, max, last, area, l2norm) before the
    formulas are calculated, as a query value does. The lines then have one value. A formula of numbers alone is one
    level line. `others` has the stores of the metrics that are in another one.
    """
    answers = []
    for formula in formulas:
        methods = None if summaries is None else tuple((name, summaries.get(name, 'avg')) for name in queries)
        node = formula_tree(formula, tuple(queries.items()), methods)
        number: Constant = 'line' if summaries is None else 'value'
        answers.append(rows(store, formula, node, Range(start, end, interval, bars), number, others).lines())
    return answers


def rows(
    store: Store,
    string: str,
    node: Node,
    asked: Range,
    number: Constant = 'error',
    others: Mapping[str, Store] = MappingProxyType({}),
) -> Rows:
    """Return the lines of one of the trees that a query consists of; `number` says what one without a query is."""
    try:
        chosen = buckets((node,), asked)
        ahead = -(-asked.ahead // chosen.interval)
        # What is too large for a number becomes no value below.
        with np.errstate(all='ignore'):
            deadline = monotonic() + MOST_SECONDS
            grid = Evaluation(store, chosen, stretch(node, chosen), ahead, deadline, others).run(node, 0)
    except QueryError as error:
        raise QueryError(f'Query "{shorten(string)}": {error}') from None
    if not isinstance(grid, Grid):
        if number == 'error':
            raise QueryError(f'Query "{shorten(string)}": it contains no metric')
        columns = 1 if number == 'value' else len(chosen.times)
        values = np.full((1, columns), grid)
        grid = Grid((), ((),), values, chosen.interval, chosen.start, summary=number == 'value')
    times = np.arange(grid.values.shape[1]) if grid.summary else chosen.times
    # A forecast goes on behind the range.
    later = grid.values.shape[1] - len(times)
    times = np.concatenate([times, times[-1:] + chosen.interval * np.arange(1, later + 1)])
    grid = finite(grid)
    valued = (~np.isnan(grid.values)).any(axis=1)
    if not valued.all():
        grid = grid.rows(np.flatnonzero(valued))
    groups = [dict(zip(grid.keys, group, strict=True)) for group in grid.groups]
    return Rows(str(node), groups, times, grid.values, grid.lower, grid.upper, chosen.interval, grid.outlying)


def finite(grid: Grid) -> Grid:
    """Leave out what is infinite: an answer has numbers."""
    if not np.isinf(grid.values).any() and grid.lower is None:
        return grid
    values, lower, upper = (
        each if each is None else np.where(np.isfinite(each), each, np.nan)
        for each in (grid.values, grid.lower, grid.upper)
    )
    assert values is not None
    return replace(grid, values=values, lower=lower, upper=upper)


def stretch(node: Node, chosen: Buckets) -> int:
    explicit = explicit_intervals([node])
    return max(1, chosen.interval // max(explicit)) if explicit else 1


class Evaluation(NamedTuple):
    """The evaluation of a tree: all of its queries have the same buckets, and as many more before as a node needs."""

    store: Store
    buckets: Buckets
    stretched: int
    """How many times as long as asked for the buckets of `.rollup()` are, to stay within the limit of points."""
    ahead: int
    """How many buckets `forecast()` goes on for; 0 for half the range."""
    deadline: float
    """When it has taken too long, by the monotonic clock."""
    others: Mapping[str, Store]
    """The stores of the metrics that are in another one."""

    def run(self, node: Node, lead: int, before_space: BeforeSpace | None = None) -> Grid | float:
        """Evaluate a node, with `lead` buckets before the first one."""
        if monotonic() > self.deadline:
            raise QueryError(
                f'it takes more than {MOST_SECONDS} seconds: narrow the scope or the range, or give .rollup() a longer '
                'interval'
            )
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
        raise QueryError(f'{node} is not a query')

    def call(self, call: Call, function: Function, lead: int) -> Grid:
        """Apply a function, after aggregation in space or, where it belongs there, before."""
        if function.shifts:
            return self.shifted(call, -function.apply(self.buckets.start, *call.values), lead)
        interval = self.buckets.interval
        more = math.ceil(function.lookback(interval, *call.values) / interval)
        before_space = function.before_space and isinstance(call.query, Query)

        def apply(grid: Grid) -> Grid:
            return function.apply(grid, *call.values)

        grid = self.run(call.query, lead + more, apply if before_space else None)
        if not isinstance(grid, Grid):
            raise QueryError(f'{call.function}() takes a query, not the number {grid:g}')
        if not before_space:
            grid = apply(grid)
        # A summary has no columns before the range.
        return grid if grid.summary else grid.without(more)

    def shifted(self, call: Call, seconds: int, lead: int) -> Grid:
        """Evaluate what a function takes for a range this many seconds later, as if it were of this one."""
        if self.buckets.start + seconds < 0:
            raise QueryError(f'{call.function}() asks for a time before 1970')
        grid = self._replace(buckets=self.buckets.shifted(seconds)).run(call.query, lead)
        if not isinstance(grid, Grid):
            raise QueryError(f'{call.function}() takes a query, not the number {grid:g}')
        if grid.summary:
            return grid
        # A month of the calendar before may have a day more or less: the ends of both come together.
        columns = len(self.buckets.times) + lead
        values = np.hstack([np.full((len(grid.values), columns), np.nan), grid.values])[:, -columns:]
        return replace(grid, values=values, start=int(self.buckets.before(lead).start))

    def query(self, query: Query, lead: int, before_space: BeforeSpace | None) -> Grid:
        """Aggregate each series in time, align them, and aggregate those of each group in space."""
        if query.seconds and query.seconds * self.stretched < self.buckets.interval:
            return self.finer(query, query.seconds * self.stretched, lead, before_space)
        store = self.others.get(query.metric, self.store)
        chosen, interval = select(store, query), self.buckets.interval
        counts, distribution = is_count(query, chosen), chosen.type == 'distribution'
        # Only series that share a group have to be aligned; values from before the range do that too.
        alignable = not counts and not query.weighted and query.fill is None
        aligned = alignable and not distribution and chosen.shared and interval <= INTERPOLATION
        limit = query.fill[1] if query.fill else INTERPOLATION if aligned or query.modifier == 'as_rate' else 0
        more = lead + math.ceil(limit / interval)
        buckets = self.buckets.before(more)
        if distribution:
            values = merged(store, query, chosen, buckets)
        else:
            values = in_time(store, query, chosen, buckets)[chosen.rows]
        if query.fill:
            values = fill(values, query.fill[0], query.fill[1], interval)
        elif aligned:
            anywhere = np.logical_or.reduceat(~np.isnan(values), chosen.firsts, axis=0)
            where = np.repeat(anywhere, chosen.sizes, axis=0)
            values = fill(values, 'linear', INTERPOLATION, interval, where)
        interpolates = not counts and (query.fill is None or query.fill[0] != 'null')
        grid = Grid((), ((),) * len(values), values, interval, buckets.start, more, counts, interpolates)
        grid = replace(grid, ahead=self.ahead)
        if before_space:
            grid = before_space(grid)
        values = in_space(query.aggregator, grid.values, chosen)
        return replace(grid, keys=chosen.keys, groups=chosen.groups, values=values).without(more - lead)

    def finer(self, query: Query, seconds: int, lead: int, before_space: BeforeSpace | None) -> Grid:
        """Evaluate a query with shorter buckets than the others have, and average what falls into each of theirs."""
        interval, whole = self.buckets.interval, self.buckets.before(lead)
        start = whole.start // seconds * seconds
        own = self._replace(buckets=Buckets(start, whole.end, seconds))
        grid = own.query(query, 0, before_space)
        columns = np.maximum(start + seconds * np.arange(grid.values.shape[1]) - whole.start, 0) // interval
        firsts = np.flatnonzero(np.diff(columns, prepend=-1))
        known = ~np.isnan(grid.values)
        counts = np.add.reduceat(known, firsts, axis=1, dtype=np.int64)
        sums = np.add.reduceat(np.where(known, grid.values, 0.0), firsts, axis=1)
        values = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
        return replace(grid, values=values, interval=interval, start=whole.start, lead=lead)
