"""Sources of records, events and spans, and how a query over them becomes one over series."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from datadog_sandbox.query import QueryError
from datadog_sandbox.store import Series, Store
from datadog_sandbox.widgets.search import Document, search
from datadog_sandbox.widgets.variables import fill_in_search

from . import events, spans

AGGREGATIONS = 'count', 'sum', 'avg', 'min', 'max'
MISSING = 'N/A'


class Record(NamedTuple):
    """An event, or a span."""

    time: int
    """Seconds since the epoch."""
    document: Document
    measures: Mapping[str, float]
    """What an aggregation may be of, such as `duration`."""


class Period(NamedTuple):
    """Which records are read: those in [start, end)."""

    store: Store
    start: int
    end: int


Read = Callable[[Store, int, int], list[tuple[int, Document, Mapping[str, float]]]]
SOURCES: dict[str, Read] = {'events': events.read, 'spans': spans.read}


def as_query(
    query: Mapping[str, Any], variables: Mapping[str, Sequence[str]], records: Store, period: Period, single: bool
) -> str:
    """Add the records that a query finds in a period as series to an account; return the query over these.

    For `single` values all records are put into one bucket, so that its value is that of the whole period. Raises
    `QueryError`.
    """
    source = query['data_source']
    compute = query.get('compute') or {}
    aggregation = compute.get('aggregation', 'count')
    if aggregation not in AGGREGATIONS:
        allowed = ', '.join(AGGREGATIONS)
        raise QueryError(f'The aggregation {aggregation} of {source} is not evaluated: {allowed} are')
    fits = search(fill_in_search(str((query.get('search') or {}).get('query') or ''), variables))
    every = [Record(*record) for record in SOURCES[source](*period)]
    found = [record._replace(time=period.start) if single else record for record in every if fits(record.document)]
    keys = [str(group['facet']).lower().removeprefix('@') for group in query.get('group_by') or []]
    rows = [(record, _tags(record, keys)) for record in found]
    for group, key in zip(query.get('group_by') or [], keys, strict=True):
        rows = _largest(rows, key, group)
    metric = f'{source}.{query["name"]}'
    records.add(_points(metric, rows, aggregation, str(compute.get('metric') or '').removeprefix('@')))
    by = f' by {{{",".join(keys)}}}' if keys else ''
    return f'sum:{metric}{{*}}{by}.as_count()' if aggregation == 'count' else f'{aggregation}:{metric}{{*}}{by}'


Row = tuple[Record, tuple[str, ...]]


def _tags(record: Record, keys: Sequence[str]) -> tuple[str, ...]:
    return tuple(f'{key}:{(record.document.facets.get(key) or [MISSING])[0]}' for key in keys)


def _largest(rows: Sequence[Row], key: str, group: Mapping[str, Any]) -> list[Row]:
    """Keep the groups with the most records, up to the limit of a facet."""
    place = next((number for _, tags in rows[:1] for number, tag in enumerate(tags) if tag.startswith(f'{key}:')), 0)
    counts = Counter(tags[place] for _, tags in rows)
    if group.get('should_exclude_missing'):
        counts.pop(f'{key}:{MISSING}', None)
    ascending = (group.get('sort') or {}).get('order') == 'asc'
    ordered = sorted(counts, key=lambda tag: (counts[tag] if ascending else -counts[tag], tag))
    kept = set(ordered[: group.get('limit') or 10])
    return [row for row in rows if row[1][place] in kept]


def _points(metric: str, rows: Sequence[Row], aggregation: str, measure: str) -> list[tuple[Series, int, float]]:
    if aggregation == 'count':
        counts = Counter((tags, record.time) for record, tags in rows)
        return [(Series(metric, '', tags, 'count', 0), time, float(n)) for (tags, time), n in counts.items()]
    # One series for each record: two of the same second are two values.
    return [
        (Series(metric, '', tuple(sorted((*tags, f'record:{number}')))), record.time, record.measures[measure])
        for number, (record, tags) in enumerate(rows)
        if measure in record.measures
    ]
