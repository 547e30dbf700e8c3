"""Algorithms: https://docs.datadoghq.com/dashboards/functions/algorithms/"""

import math
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from datadog_sandbox.query.grid import Grid
from datadog_sandbox.query.registry import Positive, function


def band_lookback(interval: int, algorithm: str, bounds: float) -> int:
    """Half an hour, or 30 buckets where these are longer."""
    return max(1800, 30 * interval)


@function(lookback=band_lookback, outermost=True, approximated=True)
def anomalies(lines: Grid, algorithm: Literal['basic'], bounds: Positive) -> Grid:
    """Add the band of values expected at each time, from the values before it.

    Datadog's documents call `basic` "a simple lagging rolling quantile computation", and its bounds something like
    standard deviations, and publish no more. So this is ours: over the half hour before (30 buckets, where that is
    more), the median, and from there `bounds` times the distance to the 16th and the 84th percentile, which lie one
    standard deviation away if all is normal. A burst moves it little while it fills less than 16 % of that time. It
    begins once two thirds of that time and 10 values are known.
    """
    size = math.ceil(band_lookback(lines.interval, algorithm, bounds) / lines.interval)
    lower, upper = np.full_like(lines.values, math.nan), np.full_like(lines.values, math.nan)
    for row, values in enumerate(lines.values):
        padded = np.concatenate([np.full(size, math.nan), values[:-1]])
        windows = sliding_window_view(padded, size)
        known = ~np.isnan(windows)
        count = known.sum(axis=1)
        old_enough = known[:, : size - math.ceil(size * 2 / 3) + 1].any(axis=1)
        warm = np.nonzero((count >= 10) & old_enough & ~np.isnan(values))[0]
        low, median, high = percentiles(windows[warm], count[warm])
        lower[row, warm], upper[row, warm] = median - bounds * (median - low), median + bounds * (high - median)
    return replace(lines, lower=lower, upper=upper)


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
