"""Downtimes of API v2: when they are open, and which groups of which monitors they mute.

A downtime is a resource as in the API: `{'id': …, 'attributes': {…}}`. Times are whole seconds since the epoch.
"""

import re
import threading
from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping
from datetime import MAXYEAR, UTC, datetime
from functools import lru_cache
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr

from .downtime_scope import DowntimeError, scope
from .times import DAY, FOREVER, UNITS

Downtime = Mapping[str, Any]
Status = Literal['scheduled', 'active', 'canceled', 'ended']

DURATION = re.compile(r'([1-9]\d{0,5})([mhdw])')
FREQUENCIES = ('HOURLY', 'DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY')
RULE_PARTS = (
    'FREQ', 'INTERVAL', 'COUNT', 'UNTIL', 'WKST', 'BYDAY', 'BYMONTH', 'BYMONTHDAY', 'BYYEARDAY', 'BYWEEKNO', 'BYHOUR',
    'BYMINUTE', 'BYSETPOS',
)  # fmt: skip
# An hourly rule with one of these may take minutes to find that it never occurs.
NOT_HOURLY = ('BYMONTH', 'BYMONTHDAY', 'BYYEARDAY', 'BYWEEKNO', 'BYSETPOS')
BOUNDS = {
    'BYMONTH': (1, 12), 'BYMONTHDAY': (1, 31), 'BYYEARDAY': (1, 366), 'BYWEEKNO': (1, 53), 'BYHOUR': (0, 23),
    'BYMINUTE': (0, 59), 'BYSETPOS': (1, 366),
}  # fmt: skip
"""What the numbers of a part may be, as in RFC 5545."""
SIGNED = ('BYMONTHDAY', 'BYYEARDAY', 'BYWEEKNO', 'BYSETPOS')
"""Parts whose numbers may count from the end."""
MOST_A_DAY = 24
"""How often a rule may occur in a day: all its occurrences from its start on are worked out."""
CYCLE = 40
"""Years in which all 14 kinds of years come: a rule that does not occur in them does not occur at all."""
FIRST_YEAR = 1900
"""The first year in which a recurrence may start."""
WEEKDAY = '([-+]?([1-9]|[1-4][0-9]|5[0-3]))?(MO|TU|WE|TH|FR|SA|SU)'
MAX_RECURRENCES = 5
LAST_YEAR = 2037
"""The last year in which zones change their clocks."""
LONGEST_MERGED = 256 * DAY
"""Seconds around a moment in which windows that touch are merged."""


class Window(NamedTuple):
    """A time in which a downtime is open: from `start` until just before `end`."""

    start: int
    end: int
    """`FOREVER` where the downtime has no end."""


def check(attributes: Mapping[str, Any]) -> None:
    """Raise `DowntimeError` if a downtime cannot be scheduled."""
    schedule = attributes.get('schedule') or {}
    zone(schedule.get('timezone') or 'UTC')
    recurrences = schedule.get('recurrences') or []
    if len(recurrences) > MAX_RECURRENCES:
        raise DowntimeError(f'schedule.recurrences holds {len(recurrences)}; at most {MAX_RECURRENCES} are allowed.')
    for recurrence in recurrences:
        seconds(recurrence['duration'])
        start = _local(recurrence.get('start')) or datetime(2000, 1, 1)
        _check_occurs(recurrence['rrule'], start, schedule.get('timezone') or 'UTC')
    if not recurrences and schedule.get('end'):
        begin = schedule.get('start') or attributes.get('created')
        if begin and epoch(begin) >= epoch(schedule['end']):
            raise DowntimeError(f'schedule.end {schedule["end"]} is not after its start {begin}.')
    scope(attributes.get('scope') or '*')


def zone(name: str) -> ZoneInfo:
    """Return the time zone with a name. Raises `DowntimeError` if it is unknown."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise DowntimeError(f'timezone "{name}" is unknown; a name such as Europe/Paris is allowed.') from None


def seconds(duration: str) -> int:
    """Return the length of a duration such as '14h', in seconds. Raises `DowntimeError`.

    A duration is elapsed time: 14h from 19:00 end at 10:00 in the night in which the clock goes forward an hour, and at
    08:00 in the night in which it goes back.
    """
    match = DURATION.fullmatch(duration)
    if match is None:
        raise DowntimeError(f'duration "{duration}" is not a whole number above 0 and one of m, h, d, w, such as 14h.')
    return int(match[1]) * UNITS[match[2]]


def epoch(text: str) -> int:
    """Return the moment of an ISO 8601 time; one without an offset is in UTC. Raises `DowntimeError`."""
    try:
        time = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise DowntimeError(f'"{text}" is not an ISO 8601 time such as 2026-11-27T19:00:00+00:00.') from None
    return int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp())


def iso(moment: int) -> str:
    """Return a moment as the API writes times."""
    return datetime.fromtimestamp(moment, UTC).isoformat()


def _local(text: str | None) -> datetime | None:
    """Return the start of a recurrence, a local time. Raises `DowntimeError`."""
    try:
        time = datetime.fromisoformat(text) if text else None
    except ValueError:
        raise DowntimeError(f'start "{text}" is not a local time such as 2026-11-27T19:00.') from None
    if time is not None and time.tzinfo is not None:
        raise DowntimeError(
            f'start "{text}" has an offset; a recurrence starts at a local time, such as {time:%Y-%m-%dT%H:%M}.'
        )
    if time is not None and time.year < FIRST_YEAR:
        raise DowntimeError(f'start "{text}" is before the year {FIRST_YEAR}.')
    return time


def _check_occurs(text: str, start: datetime, timezone: str) -> None:
    """Raise `DowntimeError` if a rule is invalid, or never occurs."""
    rule, parts = _rule(text, start, timezone)
    # An hourly rule repeats after a week.
    years = (1 if parts['FREQ'] == 'HOURLY' else CYCLE) * int(parts.get('INTERVAL', 1))
    cycle = start.replace(year=min(start.year + years, MAXYEAR), day=min(start.day, 28))
    if int(parts.get('UNTIL', str(MAXYEAR))[:4]) > cycle.year:
        rule = rule.replace(count=None, until=cycle)
    if next(iter(rule), None) is None:
        raise DowntimeError(f'rrule "{text}" never occurs.')


def _check_numbers(text: str, parts: Mapping[str, str]) -> None:
    """Raise `DowntimeError` if a number of a rule is out of bounds, or the rule occurs too often."""
    for name, (least, most) in BOUNDS.items():
        sign = '-?' if name in SIGNED else ''
        for number in parts.get(name, str(least)).split(','):
            if not re.fullmatch(rf'\+?{sign}\d{{1,3}}', number) or not least <= abs(int(number)) <= most:
                allowed = f'from {least} to {most}' + (f', or from -{most} to -{least}' if sign else '')
                raise DowntimeError(f'rrule "{text}": {name} must be numbers {allowed}, separated by commas.')
    if not re.fullmatch(rf'{WEEKDAY}(,{WEEKDAY})*', parts.get('BYDAY', 'MO')):
        raise DowntimeError(f'rrule "{text}": BYDAY must be days such as MO or -1FR, separated by commas.')
    hours = MOST_A_DAY if parts['FREQ'] == 'HOURLY' else len(set(parts.get('BYHOUR', '0').split(',')))
    if hours * len(set(parts.get('BYMINUTE', '0').split(','))) > MOST_A_DAY:
        raise DowntimeError(f'rrule "{text}" occurs more than {MOST_A_DAY} times a day.')


def _rule(text: str, start: datetime, timezone: str) -> tuple[rrule, dict[str, str]]:
    """Return the rule of the occurrences, as local times, and its parts. Raises `DowntimeError`."""
    text = text.upper().removeprefix('RRULE:')
    parts = dict(part.partition('=')[::2] for part in text.split(';') if part)
    for name in parts:
        if name not in RULE_PARTS:
            raise DowntimeError(f'rrule "{text}": {name} is not supported; allowed are {", ".join(RULE_PARTS)}.')
    if parts.get('FREQ') not in FREQUENCIES:
        raise DowntimeError(f'rrule "{text}": FREQ must be one of {", ".join(FREQUENCIES)}.')
    for name in ('INTERVAL', 'COUNT'):
        # dateutil would look for the next occurrence of INTERVAL=0 for ever.
        if name in parts and not re.fullmatch(r'[1-9]\d{0,4}', parts[name]):
            raise DowntimeError(f'rrule "{text}": {name} must be a whole number from 1 to 99999.')
    if parts['FREQ'] == 'HOURLY' and (clash := [name for name in NOT_HOURLY if name in parts]):
        raise DowntimeError(f'rrule "{text}": FREQ=HOURLY allows no {clash[0]}.')
    _check_numbers(text, parts)
    if re.search(r'\d', parts.get('BYDAY', '')) and parts['FREQ'] not in ('MONTHLY', 'YEARLY'):
        # RFC 5545 has no such rule, but Datadog documents one, as the second Tuesday of a month:
        # https://docs.datadoghq.com/monitors/downtimes/examples/#recurring-downtime-on-the-nth-weekday-of-the-month
        if parts['FREQ'] != 'DAILY' or parts.get('INTERVAL', '1') != '1':
            raise DowntimeError(f'rrule "{text}": a number in BYDAY needs FREQ=MONTHLY or FREQ=YEARLY.')
        parts['FREQ'] = 'MONTHLY'
    if not re.fullmatch(r'\d{8}(T\d{6}Z?)?', parts.get('UNTIL', '20271231')):
        raise DowntimeError(f'rrule "{text}": UNTIL must be a time such as 20271231T230000Z.')
    try:
        if parts.get('UNTIL', '').endswith('Z'):
            until = datetime.strptime(parts['UNTIL'], '%Y%m%dT%H%M%SZ').replace(tzinfo=UTC)
            # The occurrences are local times, so the end must be one too.
            parts['UNTIL'] = until.astimezone(zone(timezone)).strftime('%Y%m%dT%H%M%S')
        rule = rrulestr(';'.join(f'{name}={value}' for name, value in parts.items()), dtstart=start)
    except (ValueError, TypeError, OverflowError) as error:
        raise DowntimeError(f'rrule "{text}": {error}.') from None
    assert isinstance(rule, rrule)
    return rule, parts


class _Occurrences:
    """The starts of a recurrence, calculated as far as needed, and cached."""

    def __init__(self, rule: str, start: datetime, timezone: str) -> None:
        self._lock = threading.Lock()
        self._zone = zone(timezone)
        self._rest = iter(_rule(rule, start, timezone)[0])
        self._starts: list[int] = []
        self._known = -FOREVER
        """All starts up to this time are in the list."""

    def _next(self) -> bool:
        local = next(self._rest, None)
        if local is None:
            self._known = FOREVER
            return False
        # As in RFC 5545, and with `fold=0`: a local time that does not exist has the offset before the gap, so that
        # 02:30 is 03:30; one that exists twice is the first.
        moment = int(local.replace(tzinfo=UTC).timestamp() - self._offset(local))
        insort(self._starts, moment)
        # Around a change of the clock, moments are not in the order of local times.
        self._known = max(self._known, moment - DAY)
        return True

    def _offset(self, local: datetime) -> float:
        """Return the seconds from UTC to a local time. As recorded, Datadog's zones keep the last offset of 2037."""
        known = local if local.year <= LAST_YEAR else local.replace(year=LAST_YEAR, month=12, day=31)
        offset = known.replace(tzinfo=self._zone).utcoffset()
        return offset.total_seconds() if offset else 0.0

    def between(self, after: int, before: int) -> list[int]:
        """Return the starts in (after, before)."""
        with self._lock:
            while self._known < before and self._next():
                pass
            return [start for start in self._starts[bisect_right(self._starts, after) :] if start < before]

    def following(self, moment: int) -> int | None:
        """Return the first start after a moment."""
        with self._lock:
            while True:
                index = bisect_right(self._starts, moment)
                if index < len(self._starts) and (self._known >= self._starts[index] or not self._next()):
                    return self._starts[index]
                if index == len(self._starts) and not self._next():
                    return None


@lru_cache(maxsize=1024)
def _occurrences(rule: str, start: datetime, timezone: str) -> _Occurrences:
    _check_occurs(rule, start, timezone)
    return _Occurrences(rule, start, timezone)


def _recurrences(attributes: Mapping[str, Any]) -> Iterator[tuple[_Occurrences, int]]:
    """Yield the starts of each recurrence, and its duration in seconds; nothing for a one-time downtime."""
    schedule = attributes.get('schedule') or {}
    timezone = schedule.get('timezone') or 'UTC'
    for recurrence in schedule.get('recurrences') or []:
        start = _local(recurrence.get('start'))
        if start is None:
            created = datetime.fromtimestamp(epoch(attributes['created']), zone(timezone))
            start = created.replace(tzinfo=None, microsecond=0)
        yield _occurrences(recurrence['rrule'], start, timezone), seconds(recurrence['duration'])


def occurrences(rule: str, start: str | None, timezone: str) -> '_Occurrences':
    """Return the occurrences of a rule from a local time, or from 2000 on. Raises `DowntimeError`."""
    return _occurrences(rule, _local(start) or datetime(2000, 1, 1), timezone)


def _one_time(attributes: Mapping[str, Any]) -> Window | None:
    schedule = attributes.get('schedule') or {}
    if schedule.get('recurrences'):
        return None
    start, end = schedule.get('start') or attributes['created'], schedule.get('end')
    return Window(epoch(start), epoch(end) if end else FOREVER)


def canceled(downtime: Downtime) -> int:
    """Return when a downtime was canceled; `FOREVER` if it was not."""
    at = downtime['attributes'].get('canceled')
    return epoch(at) if at else FOREVER


def windows(downtime: Downtime, start: int, end: int) -> list[Window]:
    """Return the windows that overlap [start, end), whole, in their order.

    Windows of one downtime that touch or overlap are one window. A cancellation ends the window that is open, and all
    after it are gone.
    """
    attributes = downtime['attributes']
    once, recurrences, stop = _one_time(attributes), list(_recurrences(attributes)), canceled(downtime)
    longest = max((length for _, length in recurrences), default=0)
    margin = DAY
    while True:
        first, last = start - longest - margin, end + margin
        opened = [once] if once else []
        opened += [
            Window(moment, moment + length)
            for occurrences, length in recurrences
            for moment in occurrences.between(first, last)
        ]
        merged = [window for window in merge(opened) if window.start < end and window.end > start]
        # A merged window at the edge may continue beyond it.
        whole = not merged or (merged[0].start - longest > first and merged[-1].end < last)
        if not recurrences or whole or margin >= LONGEST_MERGED:
            break
        margin *= 4
    cut = [Window(window.start, min(window.end, stop)) for window in merged if window.start < stop]
    return [window for window in cut if window.end > start]


def merge(windows: Iterable[Window]) -> list[Window]:
    """Merge windows that touch or overlap, and return them in order."""
    merged: list[Window] = []
    for window in sorted(windows):
        if merged and window.start <= merged[-1].end:
            merged[-1] = Window(merged[-1].start, max(merged[-1].end, window.end))
        else:
            merged.append(window)
    return merged


def current(downtime: Downtime, moment: int) -> Window | None:
    """Return the window that is open, else the next one, else the last one."""
    if canceled(downtime) > moment:
        open_ = windows(downtime, moment, moment + 1)
        if open_:
            return open_[0]
        coming = _following(downtime, moment)
        if coming is not None:
            return next((window for window in windows(downtime, coming, coming + 1)), None)
    past = windows(downtime, -FOREVER // 2, moment)
    return past[-1] if past else None


def occurrence(downtime: Downtime, moment: int) -> Window | None:
    """Return the open occurrence of a recurring downtime, else the next one, not merged with others that overlap."""
    if canceled(downtime) <= moment:
        return None
    nearest = []
    for occurrences, length in _recurrences(downtime['attributes']):
        started, following = occurrences.between(moment - length, moment + 1), occurrences.following(moment)
        nearest += [Window(start, start + length) for start in [*started, following][:1] if start is not None]
    return min(nearest, default=None)


def _following(downtime: Downtime, moment: int) -> int | None:
    attributes = downtime['attributes']
    once = _one_time(attributes)
    starts = [once.start] if once and once.start > moment else []
    following = (occurrences.following(moment) for occurrences, _ in _recurrences(attributes))
    return min([*starts, *(start for start in following if start is not None)], default=None)


def status(downtime: Downtime, moment: int) -> Status:
    """Return the status of a downtime as in the API; one that will open again is scheduled."""
    if canceled(downtime) <= moment:
        return 'canceled'
    if windows(downtime, moment, moment + 1):
        return 'active'
    return 'ended' if _following(downtime, moment) is None else 'scheduled'


# What a downtime mutes


def covers(downtime: Downtime, monitor: Mapping[str, Any]) -> bool:
    """Return whether a downtime applies to a monitor: to its id, or to tags, all of which it has."""
    identifier = downtime['attributes'].get('monitor_identifier') or {}
    if identifier.get('monitor_id') is not None:
        return bool(identifier['monitor_id'] == monitor.get('id'))
    tags = set(monitor.get('tags') or [])
    return all(tag == '*' or tag in tags for tag in identifier.get('monitor_tags') or [])


def mutes(downtime: Downtime, monitor: Mapping[str, Any], group: Mapping[str, str]) -> bool:
    """Return whether a downtime, while it is open, mutes a group of a monitor."""
    return covers(downtime, monitor) and matches(downtime, group)


def matches(downtime: Downtime, group: Mapping[str, str]) -> bool:
    """Return whether the tags of a group are in the scope of a downtime."""
    try:
        return scope(downtime['attributes'].get('scope') or '*')(group)
    except DowntimeError:
        # Stored before scopes were checked: an invalid one matches no group.
        return False


MOST_WINDOWS = 100
"""How many windows of several downtimes are joined, as two may alternate without end."""


def open_until(downtimes: Iterable[Downtime], moment: int) -> int:
    """Return until when at least one of several downtimes stays open from a moment on; the moment itself if none is."""
    downtimes = list(downtimes)
    for _ in range(MOST_WINDOWS):
        ends = [window.end for downtime in downtimes for window in windows(downtime, moment, moment + 1)]
        if not ends or moment == FOREVER:
            break
        moment = max(ends)
    return moment


def muting(
    downtimes: Iterable[Downtime], monitor: Mapping[str, Any], group: Mapping[str, str], moment: int
) -> list[Downtime]:
    """Return the downtimes that mute a group of a monitor at a moment."""
    return [
        downtime for downtime in downtimes if mutes(downtime, monitor, group) and windows(downtime, moment, moment + 1)
    ]
