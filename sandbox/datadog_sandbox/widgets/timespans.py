"""The time of its own that a widget may have."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from datadog_sandbox.query import QueryError

UNITS = {'m': 'minute', 'h': 'hour', 'd': 'day', 'w': 'week', 'mo': 'month', 'y': 'year'}
CALENDAR = {'daily': 'day', 'weekly': 'week', 'monthly': 'month', 'yearly': 'year'}
MOST_PERIODS = 1000
WORDS = *UNITS.values(), 'second'


def own_range(time: Mapping[str, Any], now: int) -> tuple[int, int, str] | None:
    """Return start, end, and words of a widget's `time`; None where it has the page's. Raises `QueryError`.

    The forms are those of https://docs.datadoghq.com/api/latest/dashboards/: `live_span`, and `type` live, fixed, or
    one of the calendar.
    """
    span = time.get('live_span')
    if time.get('type') == 'fixed' or ('from' in time and 'to' in time):
        return _fixed(time)
    if time.get('type') == 'live':
        return _live(time.get('value'), str(time.get('unit')), now)
    if time.get('type') in CALENDAR:
        return _aligned(time, now)
    if not span or span == 'alert':
        return None
    if match := re.fullmatch(r'(week|month|quarter|year)_to_date', span):
        start = _beginning(match[1], now)
        return start, now, f'{match[1]} to date'.capitalize()
    if match := re.fullmatch(r'(\d+)(m|h|d|w|mo|y)', span):
        return _live(int(match[1]), UNITS[match[2]], now)
    raise QueryError(f'The live_span {span!r} of this widget is not a time span of Datadog, such as 1h, 1d, or 1mo')


def _fixed(time: Mapping[str, Any]) -> tuple[int, int, str]:
    start, end = (_seconds(time.get(edge)) for edge in ('from', 'to'))
    if start is None or end is None or not 0 <= start < end:
        given = f'{time.get("from")!r} and {time.get("to")!r}'
        raise QueryError(f'The fixed time of this widget needs from before to, in seconds or milliseconds, not {given}')
    words = ' to '.join(f'{datetime.fromtimestamp(edge, UTC):%-d %b %Y %H:%M}' for edge in (start, end))
    return int(start), int(end), f'{words} UTC'


def _seconds(edge: Any) -> float | None:
    """Return an edge in seconds. The API documents milliseconds, and takes seconds, as in its own example."""
    if isinstance(edge, bool) or not isinstance(edge, int | float) or not abs(edge) < 10**14:
        return None
    return edge / 1000 if abs(edge) >= 10**11 else edge


def _live(value: Any, unit: str, now: int) -> tuple[int, int, str]:
    if not isinstance(value, int) or not 0 < value < 100_000 or unit not in WORDS:
        raise QueryError(f'The live time of this widget needs a value and a unit, not {value!r} and {unit!r}')
    try:
        start = datetime.fromtimestamp(now, UTC) - relativedelta(**{f'{unit}s': value})  # type: ignore[arg-type]
    except (ValueError, OverflowError):
        raise QueryError(f'The live time of this widget, {value} {unit}s, is too long') from None
    return max(0, int(start.timestamp())), now, f'Past {unit}' if value == 1 else f'Past {value} {unit}s'


def _aligned(time: Mapping[str, Any], now: int) -> tuple[int, int, str]:
    """Return a period of the calendar: the current one until now, or whole ones before it.

    `WidgetCalendarAlignedSpan` of Datadog's OpenAPI document: `offset` is the "number of completed periods before the
    current period".
    """
    unit, offset, zone = CALENDAR[time['type']], time.get('offset', 0), str(time.get('timezone') or 'UTC')
    if isinstance(offset, bool) or not isinstance(offset, int) or not 0 <= offset < MOST_PERIODS:
        raise QueryError(f'The offset of the time of this widget must be from 0 to {MOST_PERIODS - 1}, not {offset!r}')
    try:
        local = datetime.fromtimestamp(now, ZoneInfo(zone))
    except (ValueError, OSError, KeyError):
        raise QueryError(f'The time zone of this widget, {zone[:40]!r}, is not one such as Europe/Paris') from None
    first = _first(unit, local)
    period = {
        'day': relativedelta(days=1),
        'week': relativedelta(weeks=1),
        'month': relativedelta(months=1),
        'year': relativedelta(years=1),
    }[unit]
    start, end = (_moment(first - period * count) for count in (offset, max(offset - 1, 0)))
    words = f'{unit} to date' if not offset else f'previous {unit}' if offset == 1 else f'{offset} {unit}s before'
    return start, end if offset else max(now, start + 60), words.capitalize()


def _moment(local: datetime) -> int:
    return max(0, int(local.timestamp()))


def _first(unit: str, local: datetime) -> datetime:
    """Return when a period of the calendar began; weeks begin on Monday."""
    today = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if unit == 'week':
        return today - relativedelta(days=today.weekday())
    if unit == 'quarter':
        return today.replace(day=1, month=3 * ((today.month - 1) // 3) + 1)
    if unit == 'year':
        return today.replace(day=1, month=1)
    return today.replace(day=1) if unit == 'month' else today


def _beginning(unit: str, now: int) -> int:
    # A range needs a length, also at midnight.
    return min(_moment(_first(unit, datetime.fromtimestamp(now, UTC))), now - 60)
