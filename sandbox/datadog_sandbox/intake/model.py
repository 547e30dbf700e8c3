"""What a post brings, and the times that are taken."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from datadog_sandbox.http import Refused
from datadog_sandbox.store import Log, Point, ServiceCheck, Sketch, Span, TraceStat

AHEAD = 600
"""Most seconds that a time may lie ahead of the server's clock, as in Datadog."""


class Window(NamedTuple):
    """The times that are kept, in seconds since the epoch: from `oldest` to `AHEAD` after `now`."""

    oldest: int
    now: int

    def check(self, time: float, of: str) -> int:
        """Return a time in whole seconds."""
        latest = self.now + AHEAD
        if not self.oldest <= time <= latest:
            raise Refused(f'the time {time!r} of {of} is not between {self.oldest} and {latest}')
        return int(time)


class Host(NamedTuple):
    """What a host says of itself."""

    name: str
    tags: tuple[str, ...] | None
    """None when the post says nothing about them."""
    meta: dict[str, Any]


class Batch(NamedTuple):
    """What one request brings."""

    points: Sequence[Point] = ()
    checks: Sequence[ServiceCheck] = ()
    hosts: Sequence[Host] = ()
    spans: Sequence[Span] = ()
    stats: Sequence[TraceStat] = ()
    events: Sequence[Mapping[str, Any]] = ()
    sketches: Sequence[Sketch] = ()
    logs: Sequence[Log] = ()
