"""The two aggregations of a query: the points of each series in time, and the series of each group in space."""

import itertools
import math
from collections.abc import Callable

import numpy as np

from datadog_sandbox.store import Store

from .errors import QueryError
from .grid import INTERPOLATION, previous_columns
from .intervals import Buckets
from .series import Selection
from .tree import Query

# Series times buckets: what fits into memory with room to spare.
MOST_CELLS = 20_000_000


def in_time(store: Store, query: Query, chosen: Selection, buckets: Buckets) -> np.ndarray:
    """Return the value of each series in each bucket: one row for each series, nan where there is no point."""

    def cells(method: str) -> np.ndarray:
        return aggregated(store, chosen.ids, buckets, method)

    if is_count(query, chosen):
        return counted(query, chosen, cells, buckets.interval)
    if query.weighted and chosen.type == 'gauge':
        return weighted(chosen, cells, buckets.interval)
    return cells(query.method or 'avg')


def is_count(query: Query, chosen: Selection) -> bool:
    """Tell whether a query is one of counts or rates: the modifiers have no effect on gauges, as documented."""
    return bool(query.modifier) and chosen.type != 'gauge'


def merged(store: Store, query: Query, chosen: Selection, buckets: Buckets) -> np.ndarray:
    """Return the value of each group of distributions in each bucket.

    "Distributions with percentiles are merged in time and space at the same time", says Datadog; the method of
    `.rollup()` "has no effect".
    """
    groups = [[chosen.ids[row] for row in rows] for rows in np.split(chosen.rows, chosen.firsts[1:])]

    def cells(start: int, end: int, interval: int) -> np.ndarray:
        return store.merged(groups, start, end, interval, query.aggregator)

    values = bucketed(len(chosen.groups), buckets, cells)
    per_second = query.modifier == 'as_rate' and query.aggregator in ('sum', 'count')
    return values / buckets.interval if per_second else values


def aggregated(store: Store, ids: list[int], buckets: Buckets, method: str) -> np.ndarray:
    """Return what a method makes of the points of each series in each bucket."""

    def cells(start: int, end: int, interval: int) -> np.ndarray:
        return store.grid(ids, start, end, interval, method)

    return bucketed(len(ids), buckets, cells)


def bucketed(rows: int, buckets: Buckets, cells: Callable[[int, int, int], np.ndarray]) -> np.ndarray:
    """Return the cells of all buckets, which those of a calendar give one by one."""
    # Counted before there is an array of them.
    columns = -((buckets.start - buckets.end) // buckets.interval)
    if max(1, rows) * columns > MOST_CELLS:
        raise QueryError(
            f'{rows} series with {columns} buckets are too many at once: '
            'narrow the scope or the range, or give .rollup() a longer interval'
        )
    edges = buckets.edges()
    if not rows:
        return np.full((0, len(edges) - 1), math.nan)
    if not buckets.calendar:
        return cells(buckets.start, buckets.end, buckets.interval)
    pairs = itertools.pairwise(edges.tolist())
    return np.hstack([cells(start, min(end, buckets.end), end - start) for start, end in pairs])


def counted(query: Query, chosen: Selection, cells: Callable[[str], np.ndarray], interval: int) -> np.ndarray:
    """Return counts, or counts per second, of a metric of counts or rates.

    A point stands for the time since the one before it. That is its own interval where it came with one, and what is
    seen of the series otherwise. So a rate is the same with buckets that are shorter than this time: "no
    normalization on tiny intervals (when no time aggregation occurs)", says Datadog of its interval of sampling.
    """
    method = query.method or 'sum'
    declared, values = chosen.intervals[:, None], cells(method)
    unknown = declared == 0
    between = np.where(unknown, spacing(values, interval) if unknown.any() else 0, declared)
    # How long the points of a bucket stand for: all of them when they are added up, and else one of them.
    seconds = np.maximum(between, interval) if method == 'sum' else np.where(between > 0, between, interval)
    if chosen.type == 'rate':
        if method != 'sum':
            return values * seconds if query.modifier == 'as_count' else values
        values = values * declared
        if unknown.any():
            values = np.where(unknown, cells('avg') * seconds, values)
    return values / seconds if query.modifier == 'as_rate' else values


def spacing(values: np.ndarray, interval: int) -> np.ndarray:
    """Return the seconds from each value to the one before, or where that is long ago, to the next; 0 if both are."""
    before, columns = previous_columns(values), np.arange(values.shape[1])
    # Turned round, what is before is what comes after.
    after = values.shape[1] - 1 - previous_columns(values[:, ::-1])[:, ::-1]
    since = np.where(before >= 0, columns - before, np.inf) * interval
    until = np.where(after < values.shape[1], after - columns, np.inf) * interval
    nearest = np.where(since <= INTERPOLATION, since, until)
    return np.where(nearest <= INTERPOLATION, nearest, 0)


def weighted(chosen: Selection, cells: Callable[[str], np.ndarray], interval: int) -> np.ndarray:
    """Weigh each value with the share of its bucket that its points stand for.

    Datadog's guide, "How does weighted() work?": 12 sent once in a minute, at an interval of 10 seconds, is 2. Where
    no interval came with a series, it is averaged: Datadog adds the modifier only where there is one.
    """
    per_bucket = np.maximum(interval / np.maximum(chosen.intervals, 1), 1)[:, None]
    return np.where(chosen.intervals[:, None] > 0, cells('sum') / per_bucket, cells('avg'))


def in_space(aggregator: str, values: np.ndarray, chosen: Selection) -> np.ndarray:
    """Aggregate the series of each group; those of distributions are so already."""
    if not len(values) or chosen.type == 'distribution':
        return values
    if aggregator[0] == 'p':
        raise QueryError(f'{aggregator} needs a distribution, and this metric is a {chosen.type}')
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
