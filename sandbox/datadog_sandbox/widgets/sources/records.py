"""Sources of records, events and spans, and how a query over them becomes one over series."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from datadog_sandbox.query import QueryError
from datadog_sandbox.store import Series, Sketch, Store, sketch_of
from datadog_sandbox.widgets.search import Document, search
from datadog_sandbox.widgets.variables import fill_in_search

from . import events, spans

AGGREGATIONS = 'count', 'sum', 'avg', 'min', 'max', 'median', 'pc75', 'pc90', 'pc95', 'pc98', 'pc99', 'cardinality'
"""Those of `EventsAggregation` in Datadog's OpenAPI document, without `earliest`, `latest`, and `most_frequent`."""
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
    groups = _groups(query.get('group_by') or [])
    keys = [str(group['facet']).lower().removeprefix('@') for group in groups]
    rows = [(record, _tags(record, keys)) for record in found]
    for group, key in zip(groups, keys, strict=True):
        rows = _largest(rows, key, group)
    metric, measure = f'{source}.{query["name"]}', str(compute.get('metric') or '').removeprefix('@')
    by = f' by {{{",".join(keys)}}}' if keys else ''
    if aggregation == 'cardinality':
        if not single:
            raise QueryError('The aggregation cardinality over time is not evaluated: over single values it is')
        rows = _distinct(rows, measure.lower())
    if aggregation in ('count', 'cardinality'):
        records.add(_counts(metric, rows))
        return f'sum:{metric}{{*}}{by}.as_count()'
    if aggregation == 'median' or aggregation.startswith('pc'):
        records.add_sketches(_sketches(metric, rows, measure))
        return f'p{50 if aggregation == "median" else aggregation[2:]}:{metric}{{*}}{by}'
    records.add(_measured(metric, rows, measure))
    return f'{aggregation}:{metric}{{*}}{by}'


Row = tuple[Record, tuple[str, ...]]


def _groups(given: Any) -> Sequence[Mapping[str, Any]]:
    """Return the facets of `group_by`, which may also be one limit of several fields."""
    return [{**given, 'facet': field} for field in given['fields']] if isinstance(given, dict) else given


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


def _distinct(rows: Sequence[Row], facet: str) -> list[Row]:
    """Keep one record for each value of a facet in each group."""
    seen: dict[tuple[str, ...], Row] = {}
    for record, tags in rows:
        for value in record.document.facets.get(facet) or ():
            seen.setdefault((*tags, value), (record, tags))
    return [*seen.values()]


def _counts(metric: str, rows: Sequence[Row]) -> list[tuple[Series, int, float]]:
    counts = Counter((tags, record.time) for record, tags in rows)
    return [(Series(metric, '', tags, 'count', 0), time, float(number)) for (tags, time), number in counts.items()]


def _measured(metric: str, rows: Sequence[Row], measure: str) -> list[tuple[Series, int, float]]:
    # One series for each record: two of the same second are two values.
    return [
        (Series(metric, '', tuple(sorted((*tags, f'record:{number}')))), record.time, record.measures[measure])
        for number, (record, tags) in enumerate(rows)
        if measure in record.measures
    ]


def _sketches(metric: str, rows: Sequence[Row], measure: str) -> list[Sketch]:
    values: dict[tuple[tuple[str, ...], int], list[float]] = defaultdict(list)
    for record, tags in rows:
        if measure in record.measures:
            values[tags, record.time].append(record.measures[measure])
    return [
        sketch_of(Series(metric, '', tags, 'distribution'), time, listed) for (tags, time), listed in values.items()
    ]
