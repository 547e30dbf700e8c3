"""When each instance runs: all at once at first, then each at its own interval."""

import heapq
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

# Counts the time that a laptop sleeps, too, and is never set back.
_SOURCE = getattr(time, 'CLOCK_BOOTTIME', time.CLOCK_MONOTONIC)
# How long, in seconds, `stop` can take to end a wait.
_PIECE = 0.2


class Clock:
    """A clock that runs `speed` times as fast as real time, with waits that `stop` ends.

    It starts at the real time, or at a moment, in seconds since 1970.
    """

    def __init__(self, speed: float = 1, start: float | None = None) -> None:
        self.speed = speed
        self.is_stopped = False
        self._start = time.time() if start is None else start
        self._source_start = time.clock_gettime(_SOURCE)

    def now(self) -> float:
        """Return the seconds since 1970."""
        return self._start + (time.clock_gettime(_SOURCE) - self._source_start) * self.speed

    def wait_until(self, moment: float) -> bool:
        """Wait until a moment, in seconds since 1970, and return True; or False as soon as the clock is stopped."""
        # In pieces and without a lock: a signal handler may call `stop` at any point of this.
        while not self.is_stopped and (seconds := (moment - self.now()) / self.speed) > 0:
            time.sleep(min(seconds, _PIECE))
        return not self.is_stopped

    def stop(self) -> None:
        """End every wait, now and later. Safe to call from a signal handler and from another thread."""
        self.is_stopped = True


class Run(NamedTuple):
    """A run that is due now: the position of its interval, and the moment of the next run, or None after the last."""

    position: int
    next_at: float | None


def schedule(intervals: Sequence[float], clock: Clock, times: int | None = None) -> Iterator[Run]:
    """Yield runs as they become due, `times` for each interval (seconds), until the clock is stopped.

    A run that is late moves the later ones: no run is repeated, as in the Agent.
    """
    start = clock.now()
    queue = [(start, position, 1) for position in range(len(intervals))]
    while queue:
        due, position, count = heapq.heappop(queue)
        if not clock.wait_until(due):
            return
        if count == times:
            yield Run(position, None)
            continue
        next_at = due + intervals[position]
        if next_at <= clock.now():
            next_at = clock.now() + intervals[position]
        heapq.heappush(queue, (next_at, position, count + 1))
        yield Run(position, next_at)
