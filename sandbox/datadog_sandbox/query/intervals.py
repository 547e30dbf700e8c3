"""How long the buckets of a query are, and when the first one begins."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from datadog_sandbox.times import DAY, HOUR, WEEK

from .calendars import Calendar
from .errors import QueryError
from .tree import Call, Node, Query, walk

# Datadog's default intervals: by the greatest range, in seconds: those of lines, and of bars.
INTERVALS = {
    HOUR: (20, 60),
    4 * HOUR: (60, 120),
    DAY: (300, 1200),
    2 * DAY: (600, 1800),
    WEEK: (HOUR, 2 * HOUR),
    31 * DAY: (4 * HOUR, 12 * HOUR),
    92 * DAY: (12 * HOUR, DAY),
}
LONGER = DAY, 2 * DAY
# "A series can have up to 1500 points."
MOST_POINTS = 1500
# Seconds since the epoch: some time in the year 5138.
LATEST = 10**11


class Range(NamedTuple):
    """What a query is asked for."""

    start: int
    end: int
    interval: int | None
    bars: bool = False
    ahead: int = 0
    """How many seconds `forecast()` looks ahead; 0 for half the range."""


def default_interval(seconds: int, bars: bool = False) -> int:
    """Return the interval that Datadog documents for a range of this many seconds, for lines or for bars."""
    interval = next((both for longest, both in INTERVALS.items() if seconds <= longest), LONGER)[bars]
    return within_limit(interval, seconds)


def within_limit(interval: int, seconds: int) -> int:
    """Return the interval or, where a line would have too many points, the shortest multiple of it that is allowed."""
    return interval * max(1, -(-seconds // (interval * MOST_POINTS)))


class Buckets(NamedTuple):
    """The buckets of an expression: equally long from `start` on, or those of a calendar."""

    start: int
    end: int
    interval: int
    """Seconds; the usual length of a bucket of the calendar."""
    calendar: Calendar | None = None

    def before(self, lead: int) -> 'Buckets':
        """Return the buckets with `lead` ones before."""
        if self.calendar and lead:
            return self._replace(start=int(self.edges(lead)[0]))
        return self._replace(start=self.start - lead * self.interval)

    def shifted(self, seconds: int) -> 'Buckets':
        """Return as many buckets as these, this many seconds later."""
        return self._replace(start=self.start + seconds, end=self.end + seconds)

    def edges(self, lead: int = 0) -> np.ndarray:
        """Return when the buckets begin, with `lead` ones before, and where the last one ends."""
        if self.calendar:
            return np.fromiter(self.calendar.beginnings(self.start, self.end, lead), np.int64)
        return self.start + self.interval * np.arange(-lead, -((self.start - self.end) // self.interval) + 1)

    @property
    def times(self) -> np.ndarray:
        """When each bucket begins."""
        return self.edges()[:-1]


def explicit_intervals(nodes: Sequence[Node]) -> set[int]:
    """Return the intervals in trees: those of `.rollup()`, and those that functions have as an argument."""
    parts = [each for _, each in walk(*nodes)]
    rollups = {each.seconds for each in parts if isinstance(each, Query) and each.seconds}
    return rollups | {each.argument('interval') or 0 for each in parts if isinstance(each, Call)} - {0}


def buckets(nodes: Sequence[Node], asked: Range) -> Buckets:
    """Return the buckets of an expression: the longest of those that its queries want.

    Buckets of a calendar or of `.rollup()` begin at their multiples, others at the start, or at a multiple of the
    default interval.
    """
    start, end, interval, bars, _ = asked
    if not 0 <= start < end <= LATEST:
        raise QueryError(f'the range must be from 0 to {LATEST}, and end after it starts: {start} to {end}')
    queries = [node for _, node in walk(*nodes) if isinstance(node, Query)]
    calendars = {query.calendar for query in queries if query.calendar}
    explicit = explicit_intervals(nodes)
    if calendars:
        if len(calendars) > 1 or explicit:
            raise QueryError('its queries have different calendar rollups: all must have the same')
        calendar = calendars.pop()
        return Buckets(start, end, calendar.seconds, calendar)._replace(start=next(calendar.beginnings(start, end, 0)))
    if explicit:
        length = max(explicit) if interval is not None else within_limit(max(explicit), end - start)
    elif interval is not None:
        return Buckets(start, end, interval)
    else:
        length = default_interval(end - start, bars)
    return Buckets(start // length * length, end, length)
