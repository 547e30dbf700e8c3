"""What the searches of API v2 share: a query in a time, in pages, from the query of a GET or the body of a POST."""

import base64
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from datadog_sandbox import query, records
from datadog_sandbox.times import DAY, HOUR, MINUTE, WEEK

from .endpoint import Call, Refused

PAGE, MOST = 10, 1000
"""Results of one answer: the documented default, and the most."""
LATELY = 'now-15m'
"""The documented start of a search without one."""
MATH = re.compile(r'now(?:\s?([+-])\s?(\d{1,6})(s|m|h|d|w))?')
SECONDS = {'s': 1, 'm': MINUTE, 'h': HOUR, 'd': DAY, 'w': WEEK}
LATEST = 9e9
"""Seconds: later times have too many nanoseconds for the database, and nothing is kept of them."""
ORDERS = ('timestamp', '-timestamp')


class Backwards(Refused):
    """The time of a search ends before it begins."""


class Place(NamedTuple):
    """Where a result is in the order of all: its time, and what tells it from others of the same time."""

    time: int
    id: str


class Search(NamedTuple):
    fits: records.Search
    start: float
    """Seconds since the epoch, included."""
    end: float
    """Included."""
    limit: int
    ascending: bool
    after: Place | None
    """The last result of the page before."""
    asked: Mapping[str, str]
    """The parameters of the request, as those of a GET."""


def of_query(call: Call) -> Search:
    """Read a search from the parameters of a GET. Raises `Refused`."""
    names = ('filter[query]', 'filter[from]', 'filter[to]', 'sort', 'page[cursor]', 'page[limit]')
    return _search(call, {name: call.query[name] for name in names if call.query.get(name)})


def of_body(call: Call, attributes: Any) -> Search:
    """Read a search from the body of a POST. Raises `Refused`."""
    if not isinstance(attributes, Mapping):
        raise Refused('the search must be a JSON object')
    asked: dict[str, str] = {}
    for part in ('filter', 'page'):
        fields = {} if attributes.get(part) is None else attributes[part]
        if not isinstance(fields, Mapping) or not all(isinstance(value, str | int) for value in fields.values()):
            raise Refused(f'{part} must be an object of strings and numbers')
        asked |= {f'{part}[{name}]': str(value) for name, value in fields.items()}
    if attributes.get('sort') is not None:
        asked['sort'] = str(attributes['sort'])
    return _search(call, asked)


def _search(call: Call, asked: Mapping[str, str]) -> Search:
    start, end = time_range(asked.get('filter[from]'), asked.get('filter[to]'), call.now)
    limit = asked.get('page[limit]', str(PAGE))
    if not re.fullmatch(r'\d{1,4}', limit) or not 1 <= int(limit) <= MOST:
        raise Refused(f'page.limit must be a whole number from 1 to {MOST}, not {limit[:100]!r}')
    order = asked.get('sort', '-timestamp')
    if order not in ORDERS:
        raise Refused(f'sort must be {" or ".join(ORDERS)}, not {order[:100]!r}')
    fits = compiled(asked.get('filter[query]'))
    return Search(fits, start, end, int(limit), order == 'timestamp', _place(asked.get('page[cursor]')), asked)


def compiled(text: str | None) -> records.Search:
    """Return what tells whether a document fits a query; none fits all. Raises `Refused`."""
    text = '' if text is None or text.strip() == '*' else text
    try:
        return records.search(text)
    except query.QueryError as error:
        raise Refused(str(error)) from error


def time_range(first: str | None, last: str | None, now: float) -> tuple[float, float]:
    """Return a time in seconds, from its documented forms. Raises `Refused`."""
    start, end = _moment(first or LATELY, 'from', now), _moment(last or 'now', 'to', now)
    start, end = max(0.0, start), min(LATEST, end)
    if start >= end:
        raise Backwards("invalid_argument(Field 'filter.from,to' is invalid: 'from' should be anterior to 'to')")
    return start, end


def _moment(text: str, name: str, now: float) -> float:
    """Return the seconds of `now-15m`, of milliseconds, or of an ISO 8601 time, which is in UTC without an offset."""
    if match := MATH.fullmatch(text):
        return now + (int(f'{match[1]}{match[2]}') * SECONDS[match[3]] if match[1] else 0)
    if re.fullmatch(r'\d{1,15}', text):
        return int(text) / 1000
    try:
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        allowed = 'a time such as now-15m, 2026-11-24T12:00:00Z, or milliseconds'
        raise Refused(f'filter.{name} must be {allowed}, not {text[:100]!r}') from None


def seconds_of(interval: Any, name: str) -> int:
    """Return the seconds of an interval such as `5m`. Raises `Refused`."""
    match = re.fullmatch(r'([1-9]\d{0,5})(s|m|h|d|w)', interval) if isinstance(interval, str) else None
    if match is None:
        raise Refused(f'{name} must be a time such as 5m, not {str(interval)[:100]!r}')
    return int(match[1]) * SECONDS[match[2]]


def _place(cursor: str | None) -> Place | None:
    if not cursor:
        return None
    try:
        time, id_ = json.loads(base64.urlsafe_b64decode(cursor))
        if not 0 <= int(time) <= LATEST * 1e9:
            raise ValueError
        return Place(int(time), str(id_))
    except (ValueError, TypeError, OverflowError):
        raise Refused("input_validation_error(Field 'page' is invalid: invalid cursor)") from None


def page_of[T](wanted: Search, results: Sequence[tuple[Place, T]], address: str) -> tuple[list[T], dict[str, Any]]:
    """Return the page of a search, and the `meta` and `links` of its answer where another page follows."""
    ordered = sorted(results, key=lambda result: result[0], reverse=not wanted.ascending)
    if wanted.after is not None:
        after = wanted.after
        ordered = [each for each in ordered if (each[0] > after if wanted.ascending else each[0] < after)]
    page = ordered[: wanted.limit]
    if len(ordered) <= wanted.limit:
        return [result for _, result in page], {}
    cursor = base64.urlsafe_b64encode(json.dumps(page[-1][0]).encode()).decode()
    following = urlencode({**wanted.asked, 'page[cursor]': cursor})
    more = {'links': {'next': f'{address}?{following}'}, 'meta': {'page': {'after': cursor}}}
    return [result for _, result in page], more


def done(meta: Mapping[str, Any]) -> dict[str, Any]:
    """Return the `meta` of an answer that is complete, with what else belongs to it."""
    return {'elapsed': 0, 'request_id': str(uuid.uuid4()), 'status': 'done', **meta}
