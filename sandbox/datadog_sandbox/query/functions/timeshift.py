"""Timeshift: https://docs.datadoghq.com/dashboards/functions/timeshift/"""

import re
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from datadog_sandbox.query.registry import Allowed, Zone, is_number, time_shift
from datadog_sandbox.times import DAY, HOUR, WEEK

LONGEST = 10 * 366 * DAY
PERIOD = re.compile(r'-([1-9]\d{0,2})(d|w|mo|y)')
UNITS = {'d': 'days', 'w': 'weeks', 'mo': 'months', 'y': 'years'}

Shift = Annotated[
    int,
    Allowed(
        'a whole number of seconds, such as -3600',
        lambda given: is_number(given) and given == int(given) and abs(given) <= LONGEST,
        int,
    ),
]
Period = Annotated[str, Allowed("such as '-1d', '-1w', or '-1mo'", lambda given: bool(PERIOD.fullmatch(str(given))))]


@time_shift()
def hour_before(start: int) -> int:
    """Return the values of an hour before."""
    return HOUR


@time_shift()
def day_before(start: int) -> int:
    """Return the values of a day before."""
    return DAY


@time_shift()
def week_before(start: int) -> int:
    """Return the values of a week before."""
    return WEEK


@time_shift()
def month_before(start: int) -> int:
    """Return the values of a month, which is 28 days, before."""
    return 4 * WEEK


@time_shift()
def timeshift(start: int, seconds: Shift) -> int:
    """Return the values of this many seconds later: -3600 is an hour before."""
    return -seconds


@time_shift(local=False)
def calendar_shift(start: int, period: Period, timezone: Zone = 'UTC') -> int:
    """Return the values of days, weeks, months, or years of the calendar before, by the time at the start."""
    match = PERIOD.fullmatch(period)
    assert match
    zone = ZoneInfo(timezone)
    local = datetime.fromtimestamp(start, UTC).astimezone(zone).replace(tzinfo=None)
    before = local - relativedelta(**{UNITS[match[2]]: int(match[1])})  # type: ignore[arg-type]
    return start - int(before.replace(tzinfo=zone).timestamp())
