"""What the aggregations of API v2 share: which numbers a request asks for, and by which facets."""

import base64
import binascii
import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from datadog_sandbox import records
from datadog_sandbox.query import QueryError
from datadog_sandbox.query.calendars import time_zone

from .endpoint import LARGEST, Refused
from .search_requests import Search, seconds_of

POINTS = 150
"""Buckets of a series without an interval, as documented."""
GROUPS, MOST_GROUPS = 10, 10_000
"""Groups of a facet without a limit, and the most of all facets together, as documented."""
MOST_BINS = 100
"""Bins of a histogram, as documented."""
OFFSET = re.compile(r'(?:UTC|GMT)(?:([+-])(\d{1,2})(?::?(\d\d))?)?')


class Compute(NamedTuple):
    measure: records.Compute
    interval: int
    """Seconds of the buckets of a series; 0 for one number."""


COUNT = Compute(records.Compute('count'), 0)


class Histogram(NamedTuple):
    interval: float
    least: float
    most: float
    """Included, as the least is."""

    def bins(self, values: Sequence[Any]) -> list[float]:
        """Return the lower bounds of the bins that values are in, each once."""
        inside = [value for value in records.numbers(values) if self.least <= value <= self.most]
        bounds = [self.least + (value - self.least) // self.interval * self.interval for value in inside]
        return list(dict.fromkeys(bounds))


class Grouping(NamedTuple):
    facet: str
    limit: int
    by: Compute | None
    """What the groups are in the order of; of their names where it is None."""
    ascending: bool
    missing: str | float | None
    """The group of the records that lack the facet, which are in none where it is None."""
    total: str | float | None
    """The group of all records, if there is to be one."""
    histogram: Histogram | None

    def groups(self, record: records.Record) -> Sequence[Any]:
        """Return the groups that a record is in."""
        values = records.facet(record.document, self.facet)
        if self.histogram is not None:
            return self.histogram.bins(values)
        names = list(dict.fromkeys(records.written(value) for value in values if value != ''))
        return names or ([] if self.missing is None else [self.missing])


class Aggregation(NamedTuple):
    computes: Sequence[Compute]
    groupings: Sequence[Grouping]
    offset: int
    """Seconds that the zone in which buckets begin is ahead of UTC at the start of the request."""
    seen: frozenset[str]
    """The groups of the first facet that earlier pages had."""


def aggregation_of(attributes: Mapping[str, Any], wanted: Search) -> Aggregation:
    """Read what is asked of the records of a search. Raises `Refused`."""
    computes = [_compute(each, wanted) for each in _objects(attributes, 'compute')] or [COUNT]
    groupings = [_grouping(each, wanted) for each in _objects(attributes, 'group_by')]
    if math.prod(grouping.limit for grouping in groupings) > MOST_GROUPS:
        raise Refused(f'the product of the limits of group_by must be at most {MOST_GROUPS}')
    return Aggregation(computes, groupings, _offset(attributes.get('options'), wanted), _seen(attributes, groupings))


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
    limit = GROUPS if limit is None else limit
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= MOST_GROUPS:
        raise Refused(f'group_by.limit must be a whole number from 1 to {MOST_GROUPS}, not {str(limit)[:100]!r}')
    by, ascending = _order(given.get('sort') or {'type': 'measure'}, wanted)
    missing, total = (_group_name(given, name) for name in ('missing', 'total'))
    return Grouping(facet, limit, by, ascending, missing, total, _histogram(given.get('histogram')))


def _group_name(given: Mapping[str, Any], name: str) -> str | float | None:
    value = given.get(name)
    if value is None or value is False:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        # How Datadog names the group of `"total": true` is not documented.
        raise Refused(f'group_by.{name} must be the name of a group, a string or a number, not {str(value)[:100]}')
    return value


def _histogram(given: Any) -> Histogram | None:
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise Refused('group_by.histogram must be an object')
    interval, least, most = (_number(given, name) for name in ('interval', 'min', 'max'))
    if interval <= 0 or least > most or (most - least) / interval > MOST_BINS:
        raise Refused(f'group_by.histogram must have from 1 to {MOST_BINS} bins between its min and its max')
    return Histogram(interval, least, most)


def _number(histogram: Mapping[str, Any], name: str) -> float:
    value = histogram.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > LARGEST:
        raise Refused(f'group_by.histogram.{name} must be a number, not {str(value)[:100]!r}')
    return float(value)


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


def _offset(options: Any, wanted: Search) -> int:
    """Return the seconds of `timezone`, as `UTC+1` or a name of the tz database, or of `timeOffset`."""
    options = options or {}
    zone, seconds = (options.get('timezone'), options.get('timeOffset')) if isinstance(options, Mapping) else (0, 0)
    if zone and seconds is not None:
        raise Refused('options must have a timezone or a timeOffset, not both')
    if zone is None:
        if isinstance(seconds, int) and not isinstance(seconds, bool) and abs(seconds) <= 86_400:
            return seconds
        if seconds is None:
            return 0
    elif isinstance(zone, str):
        if match := OFFSET.fullmatch(zone.upper()):
            minutes = int(match[2] or 0) * 60 + int(match[3] or 0)
            return -minutes * 60 if match[1] == '-' else minutes * 60
        return _offset_of(zone, wanted.start)
    raise Refused('options must have a timezone such as UTC+1 or Europe/Paris, or seconds as timeOffset')


def _offset_of(zone: str, start: float) -> int:
    try:
        away = datetime.fromtimestamp(start, ZoneInfo(time_zone(zone[:100]))).utcoffset()
    except QueryError as error:
        raise Refused(f'options.timezone: {error}') from error
    return int(away.total_seconds()) if away else 0


def _seen(attributes: Mapping[str, Any], groupings: Sequence[Grouping]) -> frozenset[str]:
    page = attributes.get('page') or {}
    cursor = page.get('cursor') if isinstance(page, Mapping) else page
    if cursor is None or cursor == '':
        return frozenset()
    try:
        [names] = json.loads(base64.urlsafe_b64decode(f'{cursor}=='))['after'].values()
        return frozenset(map(str, names)) if groupings else frozenset()
    except (ValueError, TypeError, KeyError, AttributeError, binascii.Error):
        raise Refused("input_validation_error(Field 'page' is invalid: invalid cursor)") from None


def cursor_after(facet: str, names: Sequence[str]) -> str:
    """Return the cursor of the page after these groups: as recorded, it names them."""
    return base64.urlsafe_b64encode(json.dumps({'after': {facet: names}}).encode()).decode().rstrip('=')
