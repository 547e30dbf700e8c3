"""Sources of records, such as events, and how a query over them becomes one over series."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

from datadog_sandbox.query import QueryError
from datadog_sandbox.records import Compute, Record, events, facet, logs, search, spans, written
from datadog_sandbox.store import Store
from datadog_sandbox.widgets.variables import fill_in_search

from .sampling import Period, Sampling

MISSING = 'N/A'
LIMIT, MOST_GROUPS = 10, 1000
"""Groups of a facet without a limit, and the most of one."""

Read = Callable[[Store, int, int], Sequence[Record]]
SOURCES: dict[str, Read] = {'events': events.read, 'spans': spans.read, 'logs': logs.read}


class Row(NamedTuple):
    """A record in one of the groups that it belongs to."""

    record: Record
    group: tuple[str, ...]


class Grouping(NamedTuple):
    """One facet of `group_by`, and which of its values are kept."""

    facet: str
    limit: int
    by: Compute
    ascending: bool
    without_missing: bool

    @classmethod
    def of(cls, group: Mapping[str, Any]) -> 'Grouping':
        sort = group.get('sort') or {}
        # Datadog writes {"metric": "count"} for the number of records.
        by = Compute.checked(sort.get('aggregation') or 'count', sort.get('metric') or sort.get('facet'))
        limit = min(int(group.get('limit') or LIMIT), MOST_GROUPS)
        without_missing = bool(group.get('should_exclude_missing'))
        if not group.get('facet'):
            raise QueryError('A group_by has no facet: write one such as service')
        return cls(str(group['facet']), limit, by, sort.get('order') == 'asc', without_missing)

    def values(self, record: Record) -> list[str]:
        """Return the values by which a record is grouped, each once."""
        values = list(dict.fromkeys(written(value) for value in facet(record.document, self.facet)))
        return values or ([] if self.without_missing else [MISSING])


def matching(query: Mapping[str, Any], variables: Mapping[str, Sequence[str]], period: Period) -> list[Record]:
    """Return the records that a query finds. Raises `QueryError`."""
    fits = search(fill_in_search(str((query.get('search') or {}).get('query') or ''), variables))
    return [record for record in SOURCES[query['data_source']](*period) if fits(record.document)]


def compute_of(query: Mapping[str, Any]) -> Compute:
    given: Mapping[str, Any] = query.get('compute') or {}
    return Compute.checked(given.get('aggregation') or 'count', given.get('metric') or given.get('facet'))


def measured(
    query: Mapping[str, Any], variables: Mapping[str, Sequence[str]], period: Period
) -> list[tuple[float, float]]:
    """Return time and measure of each record that a query finds, for a histogram. Raises `QueryError`."""
    compute = compute_of(query)._replace(function='avg')
    found = matching(query, variables, period)
    return [(record.time, number) for record in found for number in compute.values(record.document)]


def as_query(query: Mapping[str, Any], sampling: Sampling) -> str:
    """Add what a query makes of the records of a period as series to an account; return the query over these.

    For `single` values there is one bucket, whose value is that of the whole period. Raises `QueryError`.
    """
    compute = compute_of(query)
    groupings = [Grouping.of(group) for group in _facets(query.get('group_by') or [])]
    interval = sampling.interval((query.get('compute') or {}).get('interval'))
    # What else may be in the path of an attribute has a meaning in a query.
    keys = [re.sub(r'[^\w./-]', '_', grouping.facet.removeprefix('@').lower()) for grouping in groupings]
    buckets: dict[tuple[tuple[str, ...], int], list[Any]] = defaultdict(list)
    for record, group in _rows(matching(query, sampling.variables, sampling.read()), groupings, sampling.period.start):
        buckets[group, sampling.bucket(record.time, interval)] += compute.values(record.document)
    values = [
        (group, time, total)
        for (group, time), measured in buckets.items()
        if (total := compute.total(measured)) is not None
    ]
    metric = f'{query["data_source"]}.{query["name"]}'
    return sampling.series(metric, keys, values, interval, compute.function == 'count')


def _facets(given: Any) -> Sequence[Mapping[str, Any]]:
    """Return the facets of `group_by`, which may also be one limit of several fields."""
    return [{**given, 'facet': field} for field in given['fields']] if isinstance(given, dict) else given


def _rows(records: Iterable[Record], groupings: Sequence[Grouping], start: int) -> list[Row]:
    """Return the records in their groups, those of each facet up to its limit, as counted from `start` on."""
    rows = [
        Row(record, group)
        for record in records
        for group in product(*(grouping.values(record) for grouping in groupings))
    ]
    for place, grouping in enumerate(groupings):
        values: dict[str, list[Any]] = defaultdict(list)
        for row in rows:
            if row.record.time >= start:
                values[row.group[place]] += grouping.by.values(row.record.document)
        totals = {name: grouping.by.total(some) for name, some in values.items()}
        known = {name: total for name, total in totals.items() if total is not None}
        ordered = sorted(known, key=lambda name: (known[name] if grouping.ascending else -known[name], name))
        kept = {*ordered[: grouping.limit]}
        rows = [row for row in rows if row.group[place] in kept]
    return rows
