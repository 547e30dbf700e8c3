"""Lengths of time, in seconds, and the end of what has none."""

import re

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY
FOREVER = 2**62
"""Seconds since the epoch, and as many milliseconds or nanoseconds: later than all that is kept."""
UNITS = {'m': MINUTE, 'h': HOUR, 'd': DAY, 'w': WEEK}


def length(text: str) -> int | None:
    """Return the seconds of a length such as 90m, 2h, or 3d; None where the string is no length."""
    match = re.fullmatch(r'([1-9]\d{0,3})([mhd])', text)
    return int(match[1]) * UNITS[match[2]] if match else None
