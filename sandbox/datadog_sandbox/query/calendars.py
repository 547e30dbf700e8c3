"""Buckets of the calendar, for `.rollup(sum, weekly, monday, 'America/New_York')`: days, weeks, months, and years."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from dateutil.relativedelta import relativedelta

from datadog_sandbox.times import DAY, WEEK

from .errors import QueryError

# Their usual length, for what needs one number: limits, look-backs, and rates.
UNITS = {'daily': DAY, 'weekly': WEEK, 'monthly': 30 * DAY, 'yearly': 365 * DAY}
STEPS = {
    'daily': relativedelta(days=1),
    'weekly': relativedelta(weeks=1),
    'monthly': relativedelta(months=1),
    'yearly': relativedelta(years=1),
}
DAYS = 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'
MONTHS = (
    'january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october', 'november',
    'december',
)  # fmt: skip
HOURS = tuple(f'{hour % 12 or 12}{"am" if hour < 12 else "pm"}' for hour in range(24))
ORDINALS = tuple(
    f'{day}{"th" if 10 < day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")}' for day in range(1, 32)
)
# What begins a bucket: an hour of the day, a day of the week or of the month, a month of the year.
BEGINNINGS = {'daily': HOURS, 'weekly': DAYS, 'monthly': ORDINALS, 'yearly': MONTHS}


@lru_cache(maxsize=1)
def zones() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones()}


def known_zone(name: str) -> bool:
    return name.lower() in zones()


def time_zone(name: str) -> str:
    """Return the name of a time zone as the tz database has it. Raises `QueryError`."""
    if not known_zone(name):
        raise QueryError(f'{name!r} is not a time zone of the tz database, such as UTC or Europe/Paris')
    return zones()[name.lower()]


@dataclass(frozen=True)
class Calendar:
    unit: str
    beginning: str
    zone: str

    @property
    def seconds(self) -> int:
        return UNITS[self.unit]

    def __str__(self) -> str:
        return f"{self.unit}, {self.beginning}, '{self.zone}'"

    def first(self, moment: datetime) -> datetime:
        """Return when the bucket of a moment begins, in local time."""
        midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        place = BEGINNINGS[self.unit].index(self.beginning)
        match self.unit:
            case 'daily':
                begins = midnight.replace(hour=place)
            case 'weekly':
                begins = midnight - timedelta(days=(midnight.weekday() - place) % 7)
            case 'monthly':
                # In a month without that day, its last one begins the bucket.
                begins = midnight + relativedelta(day=place + 1)
            case _:
                begins = midnight.replace(month=place + 1, day=1)
        return begins if begins <= moment else self.step(begins, -1)

    def step(self, begins: datetime, number: int) -> datetime:
        moved = begins + number * STEPS[self.unit]
        return moved + relativedelta(day=ORDINALS.index(self.beginning) + 1) if self.unit == 'monthly' else moved

    def beginnings(self, start: int, end: int, lead: int) -> Iterator[int]:
        """Yield when the buckets between two times begin, with `lead` ones before, and where the last one ends."""
        zone = ZoneInfo(self.zone)
        # Without its zone: a day of 23 or 25 hours is still one day.
        local = datetime.fromtimestamp(start, UTC).astimezone(zone).replace(tzinfo=None)
        begins, number = self.first(local), -lead
        while True:
            moment = int(self.step(begins, number).replace(tzinfo=zone).timestamp())
            yield moment
            if moment >= end:
                return
            number += 1


def calendar(unit: str, *rest: str) -> Calendar:
    """Return the calendar of a rollup: a unit, what begins a bucket, and a time zone, the last two optional.

    Without them, a bucket begins at midnight, on Monday, on the 1st, or in January, in UTC. Raises `QueryError`.
    """
    beginnings: Any = BEGINNINGS[unit]
    beginning, zone = beginnings[0], 'UTC'
    given = list(rest)
    if given and given[0].lower() in beginnings:
        beginning = given.pop(0).lower()
    if given:
        zone = time_zone(given.pop(0))
    if given:
        raise QueryError(f'.rollup() has {given[0]!r} after the time zone, which is the last argument')
    return Calendar(unit, beginning, zone)
