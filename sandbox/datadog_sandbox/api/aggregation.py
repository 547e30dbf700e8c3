"""Counts, sums, averages, and percentiles of records by facets and over time, API v2."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from datadog_sandbox.records import Record

from .aggregate_requests import Aggregation, Compute, Grouping, cursor_after

MOST_PAGED = 1000
"""Groups that pages can be asked for, as documented."""


Named = tuple[Any, Sequence[Record]]
"""A value of a facet, and the records that have it."""
Group = tuple[dict[str, Any], Sequence[Record]]
"""A value of each facet, and the records that have all of them."""


class Bucket(NamedTuple):
    by: Mapping[str, Any]
    computes: Mapping[str, Any]


def buckets_of(records: Sequence[Record], asked: Aggregation) -> tuple[list[Bucket], str | None]:
    """Return the buckets of a page, and the cursor of the next page where there is one."""
    groups, cursor = _page(records, asked)
    return [Bucket(by, _computed(some, asked)) for by, some in groups], cursor


def _page(records: Sequence[Record], asked: Aggregation) -> tuple[list[Group], str | None]:
    if not asked.groupings:
        return [({}, records)], None
    first, *others = asked.groupings
    ordered = [(name, some) for name, some in _ordered(records, first) if str(name) not in asked.seen]
    groups = _with_total(ordered, first, records)
    seen = [*asked.seen, *(str(name) for name, _ in ordered[: first.limit])]
    more = len(ordered) > first.limit and len(seen) < MOST_PAGED
    return _inside(groups, first, others), cursor_after(first.facet, seen) if more else None


def _nested(records: Sequence[Record], groupings: Sequence[Grouping]) -> list[Group]:
    """Return the groups by the values of the facets, those of each facet in its order and up to its limit."""
    if not groupings:
        return [({}, records)]
    first, *others = groupings
    return _inside(_with_total(_ordered(records, first), first, records), first, others)


def _with_total(ordered: Sequence[Named], grouping: Grouping, records: Sequence[Record]) -> list[Named]:
    total = [] if grouping.total is None else [(grouping.total, records)]
    return [*ordered[: grouping.limit], *total]


def _inside(groups: Sequence[Named], grouping: Grouping, others: Sequence[Grouping]) -> list[Group]:
    return [({grouping.facet: name} | by, inner) for name, some in groups for by, inner in _nested(some, others)]


def _ordered(records: Sequence[Record], grouping: Grouping) -> list[Named]:
    """Return the groups of a facet in their order; those without the measure that they are ordered by are left out."""
    groups: dict[Any, list[Record]] = {}
    for record in records:
        for name in grouping.groups(record):
            groups.setdefault(name, []).append(record)
    ranks = {name: 0.0 if grouping.by is None else _value(grouping.by, some) for name, some in groups.items()}
    known = [(rank, isinstance(name, str), name) for name, rank in ranks.items() if rank is not None]
    return [(name, groups[name]) for _, _, name in sorted(known, reverse=not grouping.ascending)]


def _computed(records: Sequence[Record], asked: Aggregation) -> dict[str, Any]:
    return {
        f'c{number}': _series(compute, records, asked.offset) if compute.interval else _value(compute, records)
        for number, compute in enumerate(asked.computes)
    }


def _series(compute: Compute, records: Sequence[Record], offset: int) -> list[dict[str, Any]]:
    """Return the points of the buckets with records, which begin at multiples of the interval in the zone asked for."""
    buckets: dict[int, list[Record]] = {}
    for record in records:
        second = int(record.time) + offset
        buckets.setdefault(second // compute.interval * compute.interval - offset, []).append(record)
    return [{'time': _time(second), 'value': _value(compute, some)} for second, some in sorted(buckets.items())]


def _value(compute: Compute, records: Sequence[Record]) -> float | None:
    if compute.measure.function == 'count':
        return len(records)
    total = compute.measure.total([value for record in records for value in compute.measure.values(record.document)])
    return int(total) if compute.measure.function == 'cardinality' and total is not None else total


def _time(second: int) -> str:
    return f'{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}.000Z'
