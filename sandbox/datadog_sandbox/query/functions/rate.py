"""Rate: https://docs.datadoghq.com/dashboards/functions/rate/

Differences are calculated "after applying time aggregation and before space aggregation takes place".
"""

from dataclasses import replace

import numpy as np

from datadog_sandbox.query.grid import INTERPOLATION, Grid, last_known
from datadog_sandbox.query.registry import function


def lookback(interval: int) -> int:
    return max(INTERPOLATION, interval)


def previous_columns(values: np.ndarray) -> np.ndarray:
    """Return the column of the last known value before each one; -1 where there is none."""
    before = last_known(~np.isnan(values))
    return np.concatenate([np.full((len(values), 1), -1), before[:, :-1]], axis=1)


def differences(values: np.ndarray) -> np.ndarray:
    """Return how much each value differs from the one known before it."""
    before = previous_columns(values)
    previous = np.take_along_axis(values, np.maximum(before, 0), axis=1)
    return values - np.where(before >= 0, previous, np.nan)


@function(lookback=lookback, before_space=True)
def diff(lines: Grid) -> Grid:
    """Return the change from each value to the next."""
    return replace(lines, values=differences(lines.values))
