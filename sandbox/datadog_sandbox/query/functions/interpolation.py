"""Interpolation: https://docs.datadoghq.com/dashboards/functions/interpolation/

`default` is on an older page, https://docs.datadoghq.com/graphing/miscellaneous/functions/: it "first fills all empty
values within the interpolation time limit with interpolated values. It then adds points with the specified default
value to every interval in the query's span that doesn't already have a value."
"""

from dataclasses import replace

import numpy as np

from datadog_sandbox.query.grid import INTERPOLATION, Grid, fill
from datadog_sandbox.query.registry import Number, function


@function(single_values=True, local=True, lookback=lambda interval: INTERPOLATION)
def default_zero(lines: Grid) -> Grid:
    """Interpolate, if that is enabled, and fill what is still missing with 0."""
    return defaulted(lines, 0.0)


@function(single_values=True, local=True, lookback=lambda interval, value: INTERPOLATION)
def default(lines: Grid, value: Number) -> Grid:
    """Interpolate, if that is enabled, and fill what is still missing with a value."""
    return defaulted(lines, value)


def defaulted(lines: Grid, value: float) -> Grid:
    values = lines.values
    if lines.interpolates and not lines.summary:
        values = fill(values, 'linear', INTERPOLATION, lines.interval)
    return replace(lines, values=np.nan_to_num(values, nan=value), gaps_are_zero=True)
