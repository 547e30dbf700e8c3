"""When the downtimes that are published here leave alerts alone: on weekdays from 09:00 to 19:00."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import tzlocal

BEGIN = time(9)
"""When weeknights, which begin at 19:00 and last 14 hours, end."""


def zone_name() -> str:
    """Return the IANA name of the zone of this machine, or UTC where it has none."""
    try:
        return tzlocal.get_localzone_name()
    except Exception:
        return 'UTC'


def last_begin(now: float, zone: str) -> float:
    """Return when the last working day began that has begun, both in seconds since 1970."""
    local = datetime.fromtimestamp(now, ZoneInfo(zone))
    for days in range(4):
        begin = datetime.combine(local.date() - timedelta(days=days), BEGIN, local.tzinfo)
        if begin <= local and begin.weekday() < 5:
            return begin.timestamp()
    raise AssertionError('unreachable: of four days in a row, two or more are weekdays')
