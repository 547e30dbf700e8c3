"""The series of a query, the groups they are in, and how those of a group become one line."""

import itertools
import math
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from datadog_sandbox.store import Method, Series, Store, Type

from .scopes import matcher
from .tree import Query


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
