"""Remapping to 1 and 0: https://docs.datadoghq.com/metrics/nested_queries/#boolean-threshold-remapping-functions"""

from dataclasses import replace

import numpy as np

from datadog_sandbox.query.grid import Grid
from datadog_sandbox.query.registry import Number, function


@function(single_values=True, local=True)
def is_greater(lines: Grid, threshold: Number) -> Grid:
    """Return 1 where a value is greater than the threshold, and 0 where it is not."""
    return _flags(lines, lines.values > threshold)


@function(single_values=True, local=True)
def is_less(lines: Grid, threshold: Number) -> Grid:
    """Return 1 where a value is less than the threshold, and 0 where it is not."""
    return _flags(lines, lines.values < threshold)


@function(single_values=True, local=True)
def is_between(lines: Grid, lower: Number, upper: Number) -> Grid:
    """Return 1 where a value lies between the thresholds, which do not count, and 0 where it does not."""
    return _flags(lines, (lines.values > lower) & (lines.values < upper))


def _flags(lines: Grid, flags: np.ndarray) -> Grid:
    return replace(lines, values=np.where(np.isnan(lines.values), np.nan, flags.astype(float)))
