"""Sums, averages, and percentiles of spans by service, resource, and the like, API v2."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from datadog_sandbox import records
from datadog_sandbox.query import QueryError
from datadog_sandbox.records import spans as source
from datadog_sandbox.store import Span

from .endpoint import Call, Refused, endpoint
from .search_requests import Search, of_body, seconds_of
from .spans import attributes_of, matching, time_of

FACETS: dict[str, Callable[[Span], Any]] = {
    'service': lambda span: span.service,
    'resource_name': lambda span: span.resource,
    'operation_name': lambda span: span.name,
    'type': lambda span: span.type,
    'env': lambda span: span.env,
    'host': lambda span: span.host,
    'trace_id': lambda span: span.trace,
    'status': lambda span: 'error' if span.error else 'ok',
}
"""What spans can be grouped by, besides their attributes, such as `@http.method`."""
POINTS = 150
"""Buckets of a series without an interval, as documented."""
GROUPS, MOST_GROUPS = 10, 1000
"""Groups of a facet without a limit, and the most."""


class Compute(NamedTuple):
    measure: records.Compute
    interval: int
    """Seconds of the buckets of a series; 0 for one number."""


COUNT = Compute(records.Compute('count'), 0)


class Grouping(NamedTuple):
    facet: str
    limit: int
    by: Compute | None
    """What the groups are in the order of; of their names where it is None."""
    ascending: bool


def aggregate_spans(call: Call) -> Any:
    attributes = attributes_of(call.body, 'aggregate_request')
    if not isinstance(attributes, Mapping):
        raise Refused('data.attributes must be a JSON object')
    wanted = of_body(call, {'filter': attributes.get('filter')})
    computes = [_compute(each, wanted) for each in _objects(attributes, 'compute')] or [COUNT]
    groupings = [_grouping(each, wanted) for each in _objects(attributes, 'group_by')]
    buckets = _groups(matching(call, wanted, complete=True), groupings)
    return {
        'data': [_bucket(by, spans, computes) for by, spans in buckets if spans or not groupings],
        'meta': {'elapsed': 0, 'request_id': str(uuid.uuid4()), 'status': 'done'},
    }


def _bucket(by: Mapping[str, str], spans: Sequence[Span], computes: Sequence[Compute]) -> dict[str, Any]:
    values = {f'c{number}': _computed(compute, spans) for number, compute in enumerate(computes)}
    return {'type': 'bucket', 'id': str(uuid.uuid4()), 'attributes': {'by': by, 'compute': values}}


def _computed(compute: Compute, spans: Sequence[Span]) -> Any:
    if not compute.interval:
        return _value(compute, spans)
    buckets: dict[int, list[Span]] = {}
    for span in spans:
        second = span.start // source.NANOSECONDS
        buckets.setdefault(second // compute.interval * compute.interval, []).append(span)
    return [
        {'time': time_of(time * source.NANOSECONDS), 'value': _value(compute, some)}
        for time, some in sorted(buckets.items())
    ]


def _value(compute: Compute, spans: Sequence[Span]) -> float | None:
    if compute.measure.function == 'count':
        return len(spans)
    return compute.measure.total([value for span in spans for value in compute.measure.values(source.document(span))])


def _groups(spans: Sequence[Span], groupings: Sequence[Grouping]) -> list[tuple[dict[str, str], Sequence[Span]]]:
    """Return the groups by the values of the facets, those of each facet in its order and up to its limit."""
    if not groupings:
        return [({}, spans)]
    first, *others = groupings
    groups: dict[str, list[Span]] = {}
    for span in spans:
        if (value := _facet(span, first.facet)) is not None:
            groups.setdefault(value, []).append(span)
    ranks = {value: 0.0 if first.by is None else _value(first.by, some) for value, some in groups.items()}
    ranked = [(rank, value) for value, rank in ranks.items() if rank is not None]
    ordered = [value for _, value in sorted(ranked, reverse=not first.ascending)]
    return [
        ({first.facet: value} | by, inner)
        for value in ordered[: first.limit]
        for by, inner in _groups(groups[value], others)
    ]


def _facet(span: Span, facet: str) -> str | None:
    """Return the value of a facet as a string; None where a span has none."""
    if facet in FACETS:
        return str(FACETS[facet](span)) or None
    name = facet.removeprefix('@')
    value = span.meta.get(name, span.metrics.get(name))
    return None if value is None else str(value)


def _objects(attributes: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    some = attributes.get(name) or []
    if not isinstance(some, list) or not all(isinstance(each, Mapping) for each in some):
        raise Refused(f'{name} must be a list of objects')
    return some


def _compute(given: Mapping[str, Any], wanted: Search) -> Compute:
    kind = given.get('type') or 'total'
    try:
        measure = records.Compute.checked(given.get('aggregation'), given.get('metric'))
    except QueryError as error:
        raise Refused(str(error)) from error
    if kind not in ('total', 'timeseries'):
        raise Refused(f'compute.type must be total or timeseries, not {str(kind)[:100]!r}')
    if kind == 'total':
        return Compute(measure, 0)
    interval = given.get('interval')
    if interval is None:
        return Compute(measure, max(1, round((wanted.end - wanted.start) / POINTS)))
    return Compute(measure, seconds_of(interval, 'compute.interval'))


def _grouping(given: Mapping[str, Any], wanted: Search) -> Grouping:
    facet, limit = given.get('facet'), given.get('limit')
    if not isinstance(facet, str) or not facet:
        raise Refused('group_by.facet is required, such as service')
    for name in ('histogram', 'missing', 'total'):
        if given.get(name):
            raise Refused(f'The sandbox does not support group_by.{name}')
    limit = GROUPS if limit is None else limit
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= MOST_GROUPS:
        raise Refused(f'group_by.limit must be a whole number from 1 to {MOST_GROUPS}, not {str(limit)[:100]!r}')
    return Grouping(facet, limit, *_order(given.get('sort') or {'type': 'measure'}, wanted))


def _order(sort: Any, wanted: Search) -> tuple[Compute | None, bool]:
    """Return what groups are in the order of, None for their names, and whether the smallest comes first."""
    if not isinstance(sort, Mapping):
        raise Refused('group_by.sort must be an object')
    kind = sort.get('type') or ('measure' if 'aggregation' in sort else 'alphabetical')
    order = sort.get('order') or ('desc' if kind == 'measure' else 'asc')
    if order not in ('asc', 'desc') or kind not in ('measure', 'alphabetical'):
        raise Refused(
            'group_by.sort must be of the type measure or alphabetical, in the order asc or desc, not '
            f'{str(sort)[:100]}'
        )
    if kind == 'alphabetical':
        return None, order == 'asc'
    measure = {'aggregation': sort.get('aggregation') or 'count', 'metric': sort.get('metric')}
    return _compute(measure, wanted), order == 'asc'


routes = [endpoint('POST', '/api/v2/spans/analytics/aggregate', aggregate_spans)]
