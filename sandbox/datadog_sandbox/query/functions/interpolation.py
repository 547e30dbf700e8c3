"""Interpolation: https://docs.datadoghq.com/dashboards/functions/interpolation/"""

from dataclasses import replace

import numpy as np

from datadog_sandbox.query.grid import INTERPOLATION, Grid, fill
from datadog_sandbox.query.registry import function


@function(single_values=True, lookback=lambda interval: INTERPOLATION)
def default_zero(lines: Grid) -> Grid:
    """Interpolate, where that is on, and put 0 where a value is still missing."""
    values = lines.values
    if lines.interpolates and not lines.summary:
        values = fill(values, 'linear', INTERPOLATION, lines.interval)
    return replace(lines, values=np.nan_to_num(values, nan=0.0), zero=True)
