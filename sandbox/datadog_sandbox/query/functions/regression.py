"""Regression: https://docs.datadoghq.com/dashboards/functions/regression/"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from datadog_sandbox.query.grid import Grid
from datadog_sandbox.query.lines import constant_pieces, least_squares_line, robust_line
from datadog_sandbox.query.registry import function

Fit = Callable[[np.ndarray, np.ndarray], np.ndarray]


@function()
def trend_line(lines: Grid) -> Grid:
    """Return the straight line that fits the values of the range by least squares."""
    return fitted(lines, lambda at, values: np.polyval(least_squares_line(at, values), np.arange(at.max() + 1)))


@function(approximated=True)
def robust_trend(lines: Grid) -> Grid:
    """Return the straight line that fits the values of the range by Huber loss, which outliers move little."""
    return fitted(lines, lambda at, values: np.polyval(robust_line(at, values), np.arange(at.max() + 1)))


@function(approximated=True)
def piecewise_constant(lines: Grid) -> Grid:
    """Cut the range where the level changes, and return the mean of each segment."""
    return fitted(lines, lambda at, values: np.interp(np.arange(at.max() + 1), at, constant_pieces(values)))


def fitted(lines: Grid, fit: Fit) -> Grid:
    """Return what a fit says from the first value of each line in the range to its last one."""
    result = np.full_like(lines.values, np.nan)
    for row, values in enumerate(lines.values[:, lines.lead :]):
        at = np.flatnonzero(~np.isnan(values))
        if len(at) > 1:
            line = fit(at, values[at])
            result[row, lines.lead + at[0] : lines.lead + at[-1] + 1] = line[at[0] : at[-1] + 1]
    return replace(lines, values=result)
