"""Values at the same time of past hours, days, or weeks."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import bottleneck
import numpy as np

from datadog_sandbox.times import DAY, HOUR, WEEK

SEASONS = {'hourly': HOUR, 'daily': DAY, 'weekly': WEEK}
# "May use up to six weeks of historical data", "uses up to six seasons".
MOST_SEASONS = 6


def past_seasons(values: np.ndarray, times: np.ndarray, at: np.ndarray, season: int, timezone: str) -> np.ndarray:
    """Return what was at the same local time one to six seasons before: a season, a line, and a moment each.

    `values` are those of `times`, which are evenly spaced; `at` are the moments that are asked about, and may lie
    behind them.
    """
    interval = int(times[1] - times[0]) if len(times) > 1 else season
    past = np.full((MOST_SEASONS, len(values), len(at)), np.nan)
    for number in range(1, MOST_SEASONS + 1):
        before = at - number * season
        # A day of 23 or 25 hours moves what is at the same time by the clock.
        before = before + offsets(at, timezone) - offsets(before, timezone) if season >= DAY else before
        columns = (before - times[0]) // interval
        there = (columns >= 0) & (columns < len(times))
        past[number - 1][:, there] = values[:, columns[there]]
    return past


def offsets(times: np.ndarray, timezone: str) -> np.ndarray:
    """Return the seconds that a time zone is ahead of UTC at each time; it changes on a quarter of an hour."""
    if timezone.upper() == 'UTC':
        return np.zeros(len(times), dtype=np.int64)
    zone = ZoneInfo(timezone)
    quarters, place = np.unique(times // 900, return_inverse=True)
    ahead = [datetime.fromtimestamp(int(quarter) * 900, UTC).astimezone(zone).utcoffset() for quarter in quarters]
    return np.array([int(offset.total_seconds()) if offset else 0 for offset in ahead], dtype=np.int64)[place]


def typical(past: np.ndarray, least: int) -> np.ndarray:
    """Return the median over the seasons, where at least this many are known."""
    known = (~np.isnan(past)).sum(axis=0) >= least
    return np.where(known, bottleneck.nanmedian(past, axis=0), np.nan) if past.size else past[0]
