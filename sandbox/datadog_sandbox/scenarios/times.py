"""The notation of durations and times in scenarios."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from datadog_sandbox.times import DAY, HOUR, MINUTE, WEEK

DURATION = r'(?=\d)(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?'
UNITS = (WEEK, DAY, HOUR, MINUTE, 1)
DAYS = ('Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun')
CLOCK = rf'(?:({"|".join(DAYS)}) )?([01]\d|2[0-3]):([0-5]\d)'
LOCAL = r'\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)?'
YEARS = range(1971, 5001)
"""In which times may be: a test looks back from its start, and queries end before the year 5138."""
LONGEST = 366 * DAY
"""Seconds that a test may last."""


def duration(text: str) -> int:
    """Return the seconds of a duration such as `90s`, `1h30m`, or `2d`. Raises `ValueError`."""
    match = re.fullmatch(DURATION, text, re.ASCII)
    if match is None:
        raise ValueError(f'{text!r} is not a duration such as 90s, 5m, 1h30m, or 2d')
    seconds = sum(int(number or 0) * unit for number, unit in zip(match.groups(), UNITS, strict=True))
    if seconds > LONGEST:
        raise ValueError(f'{text!r} is longer than {LONGEST // DAY} days')
    return seconds


def local(text: str, zone: ZoneInfo) -> int:
    """Return the moment of `2026-11-23T09:00` on the clock of a zone. Raises `ValueError`.

    A time that the clock shows twice is the first of the two, unless it is written with an offset.
    """
    try:
        if not re.fullmatch(LOCAL, text, re.ASCII):
            raise ValueError
        time = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f'{text!r} is not a date and time such as 2026-11-23T09:00') from None
    if time.year not in YEARS:
        raise ValueError(f'{text!r} is not in the years {YEARS[0]} to {YEARS[-1]}')
    return _moment(time if time.tzinfo else time.replace(tzinfo=zone), text)


def check(text: str) -> str:
    """Return a time of a test unchanged. Raises `ValueError` for other strings."""
    if re.fullmatch(CLOCK, text, re.ASCII):
        return text
    if re.match(r'\d{4}-', text):
        local(text, ZoneInfo('UTC'))
        return text
    try:
        duration(text)
    except ValueError:
        raise ValueError(
            f'{text!r} is not a time such as 5m (from the start), Mon 09:00, 09:00, or 2026-11-23T09:00'
        ) from None
    return text


def moment(text: str, start: int, zone: ZoneInfo) -> int:
    """Return the moment of a time within a test that begins at `start`. Raises `ValueError`.

    `Mon 09:00` and `09:00` are the first such time on the clock that is not before the start.
    """
    match = re.fullmatch(CLOCK, text, re.ASCII)
    if match is None:
        return local(text, zone) if re.match(r'\d{4}-', text) else start + duration(text)
    begin = datetime.fromtimestamp(start, zone)
    time = begin.replace(hour=int(match[2]), minute=int(match[3]), second=0, fold=0)
    step = 7 if match[1] else 1
    if match[1]:
        time += timedelta(days=(DAYS.index(match[1]) - begin.weekday()) % 7)
    if time.timestamp() < start:
        time += timedelta(days=step)
    return _moment(time, text)


def _moment(time: datetime, text: str) -> int:
    zone = time.tzinfo
    seconds = int(time.timestamp())
    if datetime.fromtimestamp(seconds, zone).replace(tzinfo=None) != time.replace(tzinfo=None):
        raise ValueError(f'{text!r} does not exist in {zone}: the clock goes forward over it')
    return seconds
