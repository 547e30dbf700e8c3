"""How long the buckets of a query are, and when the first one begins."""

from collections.abc import Sequence
from typing import NamedTuple

from datadog_sandbox.times import DAY, HOUR, WEEK

from .errors import QueryError
from .tree import Node, Query, walk

# Datadog's default intervals: for a range of at most so many seconds, those of lines, and of bars.
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
    bars: bool


def default_interval(seconds: int, bars: bool = False) -> int:
    """Return the interval that Datadog documents for a range of so many seconds, for lines or for bars."""
    interval = next((both for longest, both in INTERVALS.items() if seconds <= longest), LONGER)[bars]
    return within_limit(interval, seconds)


def within_limit(interval: int, seconds: int) -> int:
    """Return the interval or, where a line would have too many points, the shortest multiple of it that is allowed."""
    return interval * max(1, -(-seconds // (interval * MOST_POINTS)))


def buckets(nodes: Sequence[Node], asked: Range) -> tuple[int, int]:
    """Return the interval of a query, and when its first bucket begins."""
    start, end, interval, bars = asked
    if not 0 <= start < end <= LATEST:
        raise QueryError(f'the range must be from 0 to {LATEST}, and end after it starts: {start} to {end}')
    wanted = {node.seconds for _, node in walk(*nodes) if isinstance(node, Query)}
    explicit = wanted - {None}
    if len(wanted) > 1:
        names = ' and '.join(sorted(f'{seconds} s' if seconds else 'the default' for seconds in wanted))
        raise QueryError(f'its queries have different intervals, {names}: give all of them the same .rollup()')
    if explicit:
        [length] = explicit
        assert length
        if interval is None:
            length = within_limit(length, end - start)
        return length, start // length * length
    if interval is not None:
        return interval, start
    length = default_interval(end - start, bars)
    return length, start // length * length
