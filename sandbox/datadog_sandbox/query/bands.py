"""The band that a value is expected in, for anomalies().

Datadog publishes what its algorithms are like and not what they are: `basic` is "a simple lagging rolling quantile
computation", `agile` "a robust version of the SARIMA algorithm" that "incorporates the immediate past", `robust` "a
seasonal-trend decomposition" of which the "predictions remain constant even through long-lasting anomalies". So these
bands are ours, and approximated. See https://docs.datadoghq.com/monitors/types/anomaly/.
"""

import math

import bottleneck
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from datadog_sandbox.times import MINUTE

from .lines import NORMAL
from .seasons import past_seasons, typical

# "Machine learning algorithms require at least three times as much historical data time as the chosen seasonality".
LEAST_SEASONS = 3
# What `agile` sees of the immediate past, and how many buckets of it at least.
RECENT, LEAST_RECENT = 30 * MINUTE, 5
# `agile` is not insensitive to scale: with a higher level, its band is wider.
SHARE_OF_LEVEL = 0.02

# So many values of windows are in memory at once.
CELLS = 2_000_000

Band = tuple[np.ndarray, np.ndarray]


def basic_size(interval: int) -> int:
    """Return the buckets that `basic` looks back: half an hour, or 30 where that is longer."""
    return max(30, math.ceil(30 * MINUTE / interval))


def basic(values: np.ndarray, first: int, interval: int, bounds: float) -> Band:
    """Return the band from the quantiles of the half hour before (30 buckets, where that is more).

    It is the median, and from there `bounds` times the distance to the 16th and the 84th percentile, which lie one
    standard deviation away if all is normal. A burst moves it little while it fills less than 16 % of that time. It
    begins once two thirds of that time and 10 values are known, in the column `first` or later.
    """
    size = basic_size(interval)
    lower, upper = np.full_like(values, math.nan), np.full_like(values, math.nan)
    padded = np.hstack([np.full((len(values), size), math.nan), values[:, :-1]])
    windows = sliding_window_view(padded, size, axis=1)[:, first:]
    at_once = max(1, CELLS // max(1, windows.shape[1] * size))
    for top in range(0, len(values), at_once):
        window = windows[top : top + at_once]
        known = ~np.isnan(window)
        count = known.sum(axis=2)
        old_enough = known[:, :, : size - math.ceil(size * 2 / 3) + 1].any(axis=2)
        warm = np.nonzero((count >= 10) & old_enough & ~np.isnan(values[top : top + at_once, first:]))
        low, median, high = percentiles(window[warm], count[warm])
        place = warm[0] + top, warm[1] + first
        lower[place], upper[place] = median - bounds * (median - low), median + bounds * (high - median)
    return lower, upper


def percentiles(windows: np.ndarray, count: np.ndarray) -> list[np.ndarray]:
    """Return the 16th, 50th, and 84th percentile of the known values of each window."""
    # nan is sorted to the end.
    ordered, last, row = np.sort(windows, axis=1), count - 1, np.arange(len(windows))

    def percentile(share: float) -> np.ndarray:
        position = share * last
        below = np.floor(position).astype(int)
        low, high = ordered[row, below], ordered[row, np.minimum(below + 1, last)]
        return low + (high - low) * (position - below)

    return [percentile(share) for share in (0.16, 0.5, 0.84)]


def seasonal(
    values: np.ndarray, times: np.ndarray, first: int, bounds: float, season: int, timezone: str, follows_level: bool
) -> Band:
    """Return the band around what was at the same time of up to six seasons before, where three are known.

    It is their median, plus and minus `bounds` standard deviations: those of the past seasons from the median, over
    the last season, as their median absolute deviation tells them. With `follows_level`, the median of how far the
    values of the last half hour lay from theirs is added. It is there from the column `first` on.
    """
    interval = int(times[1] - times[0]) if len(times) > 1 else season
    length = season // interval
    begin = max(0, first - length)
    past = past_seasons(values, times, times[begin:], season, timezone)
    expected = typical(past, LEAST_SEASONS)
    width = NORMAL * moving_median(typical(np.abs(past - expected), LEAST_SEASONS), length)
    if follows_level:
        recent = moving_median(values[:, begin:] - expected, max(LEAST_RECENT, RECENT // interval))
        # A value is not expected because of itself.
        expected = expected + np.nan_to_num(np.hstack([np.zeros((len(recent), 1)), recent[:, :-1]]))
        width = np.maximum(width, SHARE_OF_LEVEL * np.abs(expected))
    before = np.full((len(values), begin), np.nan)
    lower, upper = (np.hstack([before, expected + sign * bounds * width]) for sign in (-1, 1))
    return lower, upper


def moving_median(values: np.ndarray, size: int) -> np.ndarray:
    """Return the median of the last values, of as many as there are."""
    if not values.size:
        return values
    return np.asarray(bottleneck.move_median(values, max(1, min(size, values.shape[1])), min_count=1))


def outside(values: np.ndarray, lower: np.ndarray, upper: np.ndarray, direction: str) -> np.ndarray:
    """Return 1 where a value is anomalous, 0 where it is not, and nan where it or its band is not known."""
    above, below = values > upper, values < lower
    anomalous = {'above': above, 'below': below}.get(direction, above | below)
    return np.where(np.isnan(values) | np.isnan(upper), np.nan, anomalous)
