"""What a query makes of a store: SQL aggregates each series in time, numpy the series in space."""

import itertools
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple, cast
from weakref import WeakKeyDictionary

import numpy as np

from datadog_sandbox.store import Method, Series, Store, Type

from .functions import FUNCTIONS, INTERPOLATION, RANKS, Grid, QueryError, fill
from .language import (
    Both,
    Call,
    Either,
    Inside,
    Name,
    Negated,
    Node,
    Number,
    OneOf,
    Operation,
    Query,
    Scope,
    Tag,
    parse,
    shorten,
    walk,
)

HOUR, DAY = 3600, 86_400
# Datadog's default intervals: for a range of at most so many seconds, those of lines, and of bars.
INTERVALS = {
    HOUR: (20, 60),
    4 * HOUR: (60, 120),
    DAY: (300, 1200),
    2 * DAY: (600, 1800),
    7 * DAY: (HOUR, 2 * HOUR),
    31 * DAY: (4 * HOUR, 12 * HOUR),
    92 * DAY: (12 * HOUR, DAY),
}
LONGER = DAY, 2 * DAY
# "A series can have up to 1500 points."
MOST_POINTS = 1500
# Seconds since the epoch: some time in the year 5138.
LATEST = 10**11
# Series times buckets: what fits into memory with room to spare.
MOST_CELLS = 60_000_000

# What makes no sense of single values.
SERIES_ONLY = 'moving_rollup', 'anomalies'

Reduce = Callable[[np.ndarray], np.ndarray]


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


def default_interval(seconds: int, bars: bool = False) -> int:
    """Return the interval that Datadog documents for a range of so many seconds, for lines or for bars."""
    interval = next((both for longest, both in INTERVALS.items() if seconds <= longest), LONGER)[bars]
    return within_limit(interval, seconds)


def within_limit(interval: int, seconds: int) -> int:
    """Return the interval or, where a line would have too many points, the shortest multiple of it that is allowed."""
    return interval * max(1, -(-seconds // (interval * MOST_POINTS)))


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
    reduce: Reduce | None = None,
    bars: bool = False,
) -> list[Rows]:
    """Return what `evaluate` does, in one piece for each query that a comma separates.

    `reduce` makes other columns of what is between the operators of arithmetic, before that is done: it takes values
    by row and bucket, and returns values by row and anything. The times are then 0, 1, 2, …
    """
    nodes = parse(query)
    for _, node in walk(*nodes):
        if isinstance(node, Name):
            raise QueryError(f'Query "{shorten(query)}": {node} is no query: write avg:{node}{{*}}')
    span = Span(start, end, interval, bars)
    if reduce:
        nodes = tuple(reduced(node, reduce) for node in nodes)
    return [rows_of(store, query, nodes, node, span) for node in nodes]


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
        chosen = None if summaries is None else tuple((name, summaries.get(name, 'avg')) for name in queries)
        node = named(formula, tuple(queries.items()), chosen)
        answers.append(rows_of(store, formula, (node,), node, Span(start, end, interval, bars)).lines())
    return answers


def queried(query: str, queries: Mapping[str, str] | None = None) -> list[Query]:
    """Return the metric queries in a query, or in a formula over named ones. Raises `QueryError`."""
    nodes = parse(query) if queries is None else (named(query, tuple(queries.items())),)
    return [node for _, node in walk(*nodes) if isinstance(node, Query)]


@dataclass(frozen=True)
class Summary:
    """What becomes other columns before arithmetic goes on with it."""

    query: Node
    reduce: Reduce

    def __str__(self) -> str:
        return str(self.query)


def reduced(node: Node, reduce: Reduce) -> Node:
    """Summarize what is between the operators."""
    match node:
        case Number():
            return node
        case Operation():
            return replace(node, left=reduced(node.left, reduce), right=reduced(node.right, reduce))
    return cast(Node, Summary(node, reduce))


@lru_cache(maxsize=1024)
def named(
    formula: str, queries: tuple[tuple[str, str], ...], summaries: tuple[tuple[str, str], ...] | None = None
) -> Node:
    """Return a formula with the queries in the place of their names."""
    known, summary = dict(queries), dict(summaries or ())

    def put(node: Node) -> Node:
        match node:
            case Name(name):
                if name not in known:
                    names = ', '.join(known) or 'there are none'
                    raise QueryError(f'Formula "{shorten(formula)}": {name} is no query of this request: {names}')
                found = single(known[name])
                return cast(Node, Summary(found, summarizer(summary[name]))) if summaries is not None else found
            case Call():
                if summaries is not None and (FUNCTIONS[node.function].per_series or node.function in SERIES_ONLY):
                    raise QueryError(
                        f'Formula "{shorten(formula)}": {node.function}() is not supported over single values: '
                        'put it into the query'
                    )
                return replace(node, query=put(node.query))
            case Operation():
                return replace(node, left=put(node.left), right=put(node.right))
            case Query():
                name = next(iter(known), 'query1')
                raise QueryError(f'Formula "{shorten(formula)}": write the name of a query, such as {name}, not {node}')
        return node

    def single(text: str) -> Node:
        nodes = parse(text)
        if len(nodes) != 1:
            raise QueryError(f'"{shorten(text)}": {len(nodes)} queries separated by commas: one is allowed')
        return nodes[0]

    return put(single(formula))


def summarizer(method: str) -> Reduce:
    """Return what makes one value of each line."""
    reduction = RANKS.get('mean' if method == 'avg' else method)
    if reduction is None:
        allowed = ', '.join(['avg', *RANKS])
        raise QueryError(f'the aggregator {method} is not supported for a single value: {allowed} are')
    return lambda values: reduction(values)[:, None]


class Span(NamedTuple):
    """What a query is asked for."""

    start: int
    end: int
    interval: int | None
    bars: bool


def rows_of(store: Store, text: str, nodes: Sequence[Node], node: Node, span: Span) -> Rows:
    try:
        length, first = buckets_of(nodes, span)
        answer = Run(store, first, span.end, length).run(node, 0)
    except QueryError as error:
        raise QueryError(f'Query "{shorten(text)}": {error}') from None
    if not isinstance(answer, Grid):
        raise QueryError(f'Query "{shorten(text)}": there is no metric in it')
    columns = np.arange(answer.values.shape[1], dtype=np.int64)
    times = columns if answer.summary else first + columns * length
    known = (~np.isnan(answer.values)).any(axis=1)
    groups = [dict(zip(answer.keys, answer.groups[row], strict=True)) for row in np.flatnonzero(known)]
    lower, upper = (None if edge is None else edge[known] for edge in (answer.lower, answer.upper))
    return Rows(str(node), groups, times, answer.values[known], lower, upper, length)


def buckets_of(nodes: Sequence[Node], span: Span) -> tuple[int, int]:
    """Return the interval of a query, and when its first bucket begins."""
    start, end, interval, bars = span
    if not 0 <= start < end <= LATEST:
        raise QueryError(f'the range must be from 0 to {LATEST}, and end after it starts: {start} to {end}')
    wanted = {node.seconds for _, node in walk(*nodes) if isinstance(node, Query)}
    explicit = wanted - {None}
    if len(wanted) > 1:
        names = ' and '.join(sorted(f'{seconds} s' if seconds else 'the default' for seconds in wanted))
        raise QueryError(f'its queries have different intervals, {names}: give all of them the same .rollup()')
    if explicit:
        [length] = explicit
        assert length
        if interval is None:
            length = within_limit(length, end - start)
        return length, start // length * length
    if interval is not None:
        return interval, start
    length = default_interval(end - start, bars)
    return length, start // length * length


class Run(NamedTuple):
    """The evaluation of a tree: all of its queries have the same buckets, and as many more before as a node needs."""

    store: Store
    start: int
    end: int
    interval: int

    def run(self, node: Node, lead: int, per_series: Reduce | None = None) -> Grid | float:
        """Evaluate a node, with `lead` buckets before the first one."""
        match node:
            case Number(value):
                return value
            case Summary(inner, reduce):
                grid = self.run(inner, 0)
                assert isinstance(grid, Grid)
                return replace(grid, values=reduce(grid.values), summary=True)
            case Query():
                return self.query(node, lead, per_series)
            case Call(name, inner, arguments):
                return self.call(name, inner, arguments, lead)
            case Operation(operator, left, right):
                return combine(operator, self.run(left, lead), self.run(right, lead))
        raise QueryError(f'{node} is no query')

    def call(self, name: str, inner: Node, arguments: tuple[Any, ...], lead: int) -> Grid | float:
        function = FUNCTIONS[name]
        # Numbers come as floats; those that must be whole are.
        given = [
            int(value) if parameter.annotation is int else value
            for parameter, value in zip(function.parameters, arguments, strict=True)
        ]
        more = math.ceil(function.lookback(self.interval, *given) / self.interval)
        if function.per_series and isinstance(inner, Query):
            result = self.run(inner, lead + more, function.per_series)
        else:
            grid = self.run(inner, lead + more)
            if not isinstance(grid, Grid):
                raise QueryError(f'{name}() takes a query, not the number {grid:g}')
            result = function.apply(grid, *given)
        assert isinstance(result, Grid)
        # A summary has no columns before the range.
        return result if result.summary else cut(result, more)

    def query(self, query: Query, lead: int, per_series: Reduce | None) -> Grid:
        """Aggregate each series in time, align them, and aggregate those of each group in space."""
        chosen = select(self.store, query)
        counts = bool(query.modifier) and chosen.type != 'gauge'
        interpolates = not counts and query.fill is None
        # Only series that share a group have to be aligned; values from before the range do that too.
        aligned = interpolates and chosen.shared and self.interval <= INTERPOLATION
        limit = query.fill[1] if query.fill else INTERPOLATION if aligned else 0
        more = lead + math.ceil(limit / self.interval)
        start = self.start - more * self.interval
        columns = -(-(self.end - start) // self.interval)
        if max(1, len(chosen.ids)) * columns > MOST_CELLS:
            raise QueryError(
                f'{len(chosen.ids)} series with {columns} buckets are too many at once: '
                'narrow the scope or the range, or give .rollup() a longer interval'
            )
        method: Method = 'sum' if counts else query.method or 'avg'
        values = np.full((len(chosen.ids), columns), math.nan)
        rows = self.store.buckets(chosen.ids, start, self.end, self.interval, method) if chosen.ids else []
        if rows:
            # Faster than np.array for a list of tuples.
            found = np.fromiter(itertools.chain.from_iterable(rows), float, 3 * len(rows)).reshape(-1, 3)
            values[np.searchsorted(chosen.ids, found[:, 0]), found[:, 1].astype(np.int64)] = found[:, 2]
        if counts:
            # The points of a rate are per second; those of a count are not.
            values *= chosen.seconds[:, None]
            if query.modifier == 'as_rate':
                values /= self.interval
        values = values[chosen.rows]
        if query.fill:
            values = fill(values, query.fill[0], query.fill[1], self.interval)
        elif aligned:
            anywhere = np.logical_or.reduceat(~np.isnan(values), chosen.firsts, axis=0)
            where = np.repeat(anywhere, chosen.sizes, axis=0)
            values = fill(values, 'linear', INTERPOLATION, self.interval, where)
        if per_series:
            values = per_series(values)
        values = in_space(query.aggregator, values, chosen)
        values = values[:, more - lead :]
        on = not counts and (query.fill is None or query.fill[0] != 'null')
        return Grid(query.by, chosen.groups, values, self.interval, lead, counts, on)


def cut(grid: Grid, columns: int) -> Grid:
    """Leave out the first columns."""
    if not columns:
        return grid
    lower, upper = (None if edge is None else edge[:, columns:] for edge in (grid.lower, grid.upper))
    return replace(grid, values=grid.values[:, columns:], lead=grid.lead - columns, lower=lower, upper=upper)


# Arithmetic

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    '+': np.add,
    '-': np.subtract,
    '*': np.multiply,
    '/': np.divide,
}


def combine(operator: str, left: Grid | float, right: Grid | float) -> Grid | float:
    """Calculate with numbers and lines. Lines with groups match by these; a line without groups goes with each."""
    if isinstance(left, Grid) and isinstance(right, Grid):
        left, right = matched(left, right)
        if left.zero or right.zero:
            known = ~np.isnan(left.values) | ~np.isnan(right.values)
            left, right = (
                replace(side, values=np.where(known & np.isnan(side.values), 0.0, side.values)) if side.zero else side
                for side in (left, right)
            )
    a, b = (side.values if isinstance(side, Grid) else side for side in (left, right))
    with np.errstate(all='ignore'):
        result = OPERATORS[operator](a, b)
    grids = [side for side in (left, right) if isinstance(side, Grid)]
    if not grids:
        return float(result)
    # Datadog has no value where something is divided by zero.
    result = np.where(np.isfinite(result), result, math.nan)
    return replace(
        grids[0], values=result, zero=all(g.zero for g in grids), interpolates=all(g.interpolates for g in grids)
    )


def matched(left: Grid, right: Grid) -> tuple[Grid, Grid]:
    """Return two grids with the same rows: those of groups that both have."""
    if not left.keys or not right.keys:
        return widened(left, right), widened(right, left)
    if set(left.keys) != set(right.keys):
        both = ' and by '.join(f'{{{",".join(grid.keys)}}}' for grid in (left, right))
        raise QueryError(f'queries grouped by {both} do not match: group them by the same tags, or one of them by none')
    order = [right.keys.index(key) for key in left.keys]
    rows = {tuple(group[place] for place in order): row for row, group in enumerate(right.groups)}
    pairs = [(row, rows[group]) for row, group in enumerate(left.groups) if group in rows]
    groups = tuple(left.groups[row] for row, _ in pairs)
    return (
        replace(left, groups=groups, values=left.values[[row for row, _ in pairs]]),
        replace(right, keys=left.keys, groups=groups, values=right.values[[row for _, row in pairs]]),
    )


def widened(grid: Grid, other: Grid) -> Grid:
    """Repeat the one line of a grid without groups for each group of the other one."""
    if grid.keys:
        return grid if other.groups else replace(grid, groups=(), values=grid.values[:0])
    if not grid.groups or not other.groups:
        return replace(grid, keys=other.keys, groups=(), values=grid.values[:0])
    values = np.repeat(grid.values, len(other.groups), axis=0)
    return replace(grid, keys=other.keys, groups=other.groups, values=values)


# Series and their groups


class Selection(NamedTuple):
    """The series of a query, and what they are grouped into."""

    ids: list[int]
    """Sorted."""
    type: Type
    seconds: np.ndarray
    """What a point of each series is multiplied with to be a count."""
    rows: np.ndarray
    """The series of each group, one group after the other, as positions in `ids`."""
    firsts: np.ndarray
    """Where each group begins in `rows`."""
    sizes: np.ndarray
    groups: tuple[tuple[str, ...], ...]
    shared: bool
    """Whether a group has more than one series."""


_selections: 'WeakKeyDictionary[Store, tuple[int, dict[Any, Selection]]]' = WeakKeyDictionary()


def select(store: Store, query: Query) -> Selection:
    """Return the series of a query; what was found is kept until a series or a tag is new."""
    version, known = _selections.get(store, (-1, {}))
    if version != store.version or len(known) > 1000:
        version, known = store.version, {}
        _selections[store] = version, known
    key = query.metric, query.scope, query.by
    if key not in known:
        known[key] = selection(store, query)
    return known[key]


def has_series(store: Store, query: Query) -> bool:
    """Tell whether any series, with or without points, is in the scope of a query."""
    return bool(select(store, query).ids)


def selection(store: Store, query: Query) -> Selection:
    series, fits = store.series(query.metric), matcher(query.scope)
    with_tags = [(id_, one, tags_of(store, one)) for id_, one in series.items()]
    chosen = [(id_, one, tags) for id_, one, tags in with_tags if fits(tags)]
    members: dict[tuple[str, ...], list[int]] = {}
    for row, (_, _, tags) in enumerate(chosen):
        for group in groups_of(tags, query.by):
            members.setdefault(group, []).append(row)
    groups = tuple(sorted(members))
    sizes = np.array([len(members[group]) for group in groups], dtype=np.int64)
    return Selection(
        [id_ for id_, _, _ in chosen],
        # A metric has one type in Datadog: here, that of its newest series.
        [*series.values()][-1].type if series else 'gauge',
        np.array([one.interval or 1 if one.type == 'rate' else 1 for _, one, _ in chosen], dtype=float),
        np.array([row for group in groups for row in members[group]], dtype=np.int64),
        np.cumsum(sizes) - sizes,
        sizes,
        groups,
        bool((sizes > 1).any()),
    )


def tags_of(store: Store, series: Series) -> frozenset[str]:
    """Return the tags of a series: its own, its host, and those of the host."""
    host = (f'host:{series.host}', *store.host_tags(series.host)) if series.host else ()
    return frozenset((*series.tags, *host))


def groups_of(tags: frozenset[str], by: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return the groups of a series: with two values of a tag it is in two, without the tag in `N/A`."""
    if not by:
        return [()]
    values: dict[str, list[str]] = {key: [] for key in by}
    for tag in tags:
        key, _, value = tag.partition(':')
        if key in values:
            values[key].append(value)
    return list(itertools.product(*(sorted(values[key]) or ['N/A'] for key in by)))


@lru_cache(maxsize=1024)
def matcher(scope: Scope) -> Callable[[frozenset[str]], bool]:
    """Return what tells whether the tags of a series are in a scope."""
    match scope:
        case Tag('*'):
            return lambda tags: True
        case Tag(text) if scope.wild:
            fits = re.compile('.*'.join(map(re.escape, text.split('*'))), re.DOTALL).fullmatch
            return lambda tags: any(fits(tag) for tag in tags)
        case Tag(text):
            return lambda tags: text in tags
        case Inside(inner):
            return matcher(inner)
        case Negated(inner):
            not_ = matcher(inner)
            return lambda tags: not not_(tags)
        case OneOf(_, values):
            several = [matcher(value) for value in values]
            return lambda tags: any(fits(tags) for fits in several)
        case Both(left, right):
            a, b = matcher(left), matcher(right)
            return lambda tags: a(tags) and b(tags)
        case Either(left, right):
            a, b = matcher(left), matcher(right)
            return lambda tags: a(tags) or b(tags)


def in_space(aggregator: Method, values: np.ndarray, chosen: Selection) -> np.ndarray:
    """Aggregate the series of each group."""
    if not len(values):
        return values
    if not chosen.shared:
        return np.where(np.isnan(values), math.nan, 1.0) if aggregator == 'count' else values
    if aggregator in ('min', 'max'):
        return (np.fmin if aggregator == 'min' else np.fmax).reduceat(values, chosen.firsts, axis=0)
    known = ~np.isnan(values)
    counts = np.add.reduceat(known, chosen.firsts, axis=0, dtype=np.int64)
    if aggregator == 'last':
        # Of the series that have a value, the one that the account has known for the shortest time.
        place = np.where(known, np.arange(len(values))[:, None], -1)
        newest = np.maximum.reduceat(place, chosen.firsts, axis=0)
        picked = np.take_along_axis(values, np.maximum(newest, 0), axis=0)
        return np.where(newest >= 0, picked, math.nan)
    if aggregator == 'count':
        return np.where(counts > 0, counts, math.nan)
    sums = np.add.reduceat(np.where(known, values, 0.0), chosen.firsts, axis=0)
    with np.errstate(all='ignore'):
        return np.where(counts > 0, sums / counts if aggregator == 'avg' else sums, math.nan)
