"""The content of a post, and the times that are accepted."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from datadog_sandbox.http import Refused
from datadog_sandbox.store import Log, Point, ServiceCheck, Sketch, Span, TraceStat

AHEAD = 600
"""Most seconds that a time may be ahead of the clock of the server, as in Datadog."""


class Window(NamedTuple):
    """The times that are accepted, in seconds since the epoch: from `oldest` to `AHEAD` after `now`."""

    oldest: int
    now: int

    def check(self, time: float, of: str) -> int:
        """Return a time in whole seconds. Raises `Refused` if it is not accepted."""
        latest = self.now + AHEAD
        if not self.oldest <= time <= latest:
            raise Refused(f'the time {time!r} of {of} is not between {self.oldest} and {latest}')
        return int(time)


class HostMetadata(NamedTuple):
    """The metadata that a host posts."""

    name: str
    tags: tuple[str, ...] | None
    """None if the post does not mention tags."""
    meta: dict[str, Any]


class Batch(NamedTuple):
    """The decoded content of a request."""

    points: Sequence[Point] = ()
    checks: Sequence[ServiceCheck] = ()
    hosts: Sequence[HostMetadata] = ()
    spans: Sequence[Span] = ()
    stats: Sequence[TraceStat] = ()
    events: Sequence[Mapping[str, Any]] = ()
    sketches: Sequence[Sketch] = ()
    logs: Sequence[Log] = ()
