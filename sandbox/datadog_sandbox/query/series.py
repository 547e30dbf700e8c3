"""The series of a query, and the groups they are in."""

import itertools
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from datadog_sandbox import wildcards
from datadog_sandbox.store import Series, Store, Type

from .scopes import matcher
from .tree import Query


class Selection(NamedTuple):
    """The series of a query, and what they are grouped into."""

    ids: list[int]
    """Sorted."""
    type: Type
    intervals: np.ndarray
    """How many seconds lie between the points of each series, as it was sent; 0 where nothing was said."""
    rows: np.ndarray
    """The series of each group, one group after the other, as positions in `ids`."""
    firsts: np.ndarray
    """Where each group begins in `rows`."""
    sizes: np.ndarray
    keys: tuple[str, ...]
    """Those of `by {…}`."""
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
    """Return the series of a query as they are now."""
    series, fits = store.series(query.metric), matcher(query.scope)
    tagged = [(id_, each, tags_of(store, each)) for id_, each in series.items()]
    chosen = [(id_, each, tags) for id_, each, tags in tagged if fits(tags)]
    keys = expanded(query.by, [tags for _, _, tags in chosen])
    members: dict[tuple[str, ...], list[int]] = {}
    for row, (_, _, tags) in enumerate(chosen):
        for group in groups_of(tags, keys):
            members.setdefault(group, []).append(row)
    groups = tuple(sorted(members))
    sizes = np.array([len(members[group]) for group in groups], dtype=np.int64)
    return Selection(
        [id_ for id_, _, _ in chosen],
        # A metric has one type in Datadog: here, that of its newest series.
        [*series.values()][-1].type if series else 'gauge',
        np.array([each.interval for _, each, _ in chosen], dtype=float),
        np.array([row for group in groups for row in members[group]], dtype=np.int64),
        np.cumsum(sizes) - sizes,
        sizes,
        keys,
        groups,
        bool((sizes > 1).any()),
    )


def expanded(keys: tuple[str, ...], tags: list[frozenset[str]]) -> tuple[str, ...]:
    """Return the keys of `by {…}` with those that fit in the place of wildcards."""
    if not any('*' in key for key in keys):
        return keys
    known = sorted({tag.partition(':')[0] for each in tags for tag in each if ':' in tag})
    fitting = [[name for name in known if wildcards.matches(key, name)] if '*' in key else [key] for key in keys]
    return tuple(dict.fromkeys(itertools.chain.from_iterable(fitting)))


def tags_of(store: Store, series: Series) -> frozenset[str]:
    """Return the tags of a series: its own, its host, and those of the host."""
    host = (f'host:{series.host}', *store.host_tags(series.host)) if series.host else ()
    return frozenset((*series.tags, *host))


def values_by_key(tags: Iterable[str]) -> dict[str, set[str]]:
    """Return the values of each key of tags; any other key has none."""
    values: dict[str, set[str]] = defaultdict(set)
    for tag in tags:
        key, _, value = tag.partition(':')
        values[key].add(value)
    return values


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
