"""Rate: https://docs.datadoghq.com/dashboards/functions/rate/

Differences are calculated "after applying time aggregation and before space aggregation takes place". That `rate`
"skips non-monotonically increasing values" and that `per_second`, `per_minute`, and `per_hour` are it times 1, 60, and
3,600 says the list of functions by Datadog's founder, https://gist.github.com/alq666/3174101.
"""

from dataclasses import replace

import numpy as np

from datadog_sandbox.query.grid import INTERPOLATION, Grid, previous_columns
from datadog_sandbox.query.registry import function
from datadog_sandbox.times import HOUR, MINUTE


def lookback(interval: int) -> int:
    return max(INTERPOLATION, interval)


def differences(lines: Grid, increasing: bool = False) -> np.ndarray:
    """Return how much each value differs from the one known before it; none where it is less, if so wished."""
    before = previous_columns(lines.values)
    previous = np.take_along_axis(lines.values, np.maximum(before, 0), axis=1)
    change = lines.values - np.where(before >= 0, previous, np.nan)
    return np.where(change < 0, np.nan, change) if increasing else change


def elapsed(lines: Grid) -> np.ndarray:
    """Return the seconds from the value known before each one; no number without one, or without a value."""
    before = previous_columns(lines.values)
    since = (np.arange(lines.values.shape[1]) - before) * float(lines.interval)
    return np.where((before >= 0) & ~np.isnan(lines.values), since, np.nan)


def rates(lines: Grid, seconds: int) -> Grid:
    return replace(lines, values=differences(lines, increasing=True) / elapsed(lines) * seconds)


@function(lookback=lookback, before_space=True, local=True)
def diff(lines: Grid) -> Grid:
    """Return the change from each value to the next."""
    return replace(lines, values=differences(lines))


@function(lookback=lookback, before_space=True, local=True)
def monotonic_diff(lines: Grid) -> Grid:
    """Return the change from each value to the next; decreases are left out."""
    return replace(lines, values=differences(lines, increasing=True))


@function(lookback=lookback, before_space=True, local=True)
def derivative(lines: Grid) -> Grid:
    """Return the change from each value to the next, per second."""
    return replace(lines, values=differences(lines) / elapsed(lines))


@function(lookback=lookback, before_space=True, local=True)
def rate(lines: Grid) -> Grid:
    """Return the change per second from each value to the next; decreases are left out."""
    return rates(lines, 1)


function('per_second', lookback=lookback, before_space=True, local=True)(rate)


@function(lookback=lookback, before_space=True, local=True)
def per_minute(lines: Grid) -> Grid:
    """Return the change per minute from each value to the next; decreases are left out."""
    return rates(lines, MINUTE)


@function(lookback=lookback, before_space=True, local=True)
def per_hour(lines: Grid) -> Grid:
    """Return the change per hour from each value to the next; decreases are left out."""
    return rates(lines, HOUR)


@function(lookback=lookback, local=True, approximated=True)
def dt(lines: Grid) -> Grid:
    """Return the seconds between values, of all groups together, in whole buckets."""
    anywhere = np.where((~np.isnan(lines.values)).any(axis=0), 0.0, np.nan)[None, :]
    line = replace(lines, keys=(), groups=((),), values=anywhere)
    return replace(line, values=elapsed(line)).rows(range(min(1, len(lines.groups))))


@function(local=True)
def throughput(lines: Grid) -> Grid:
    """Divide each value by the seconds of its bucket."""
    return replace(lines, values=lines.values / lines.interval)
