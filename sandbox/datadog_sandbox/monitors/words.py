"""Times and durations in words."""

from datetime import UTC, datetime
from functools import lru_cache

from datadog_sandbox.times import DAY, HOUR, MINUTE


@lru_cache(maxsize=1024)
def clock(moment: int) -> str:
    """Return a moment such as '2026-11-23 00:00:00 UTC'."""
    return datetime.fromtimestamp(moment, UTC).strftime('%Y-%m-%d %H:%M:%S UTC')


def duration(seconds: int) -> str:
    """Return a duration in its largest whole unit, such as 'minute' or '5 minutes'."""
    for name, unit in (('day', DAY), ('hour', HOUR), ('minute', MINUTE)):
        if seconds >= unit and seconds % unit == 0:
            count = seconds // unit
            return f'{count} {name}s' if count > 1 else name
    return f'{seconds} seconds'
