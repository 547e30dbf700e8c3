"""Rollup: https://docs.datadoghq.com/dashboards/functions/rollup/"""

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from datadog_sandbox.query.errors import QueryError
from datadog_sandbox.query.grid import REDUCTIONS, Grid
from datadog_sandbox.query.registry import Whole, function
from datadog_sandbox.times import WEEK

Method = Literal['avg', 'sum', 'min', 'max', 'count']


@function(lookback=lambda interval, seconds, method: seconds)
def moving_rollup(lines: Grid, seconds: Whole, method: Method) -> Grid:
    """Combine the values of the last `seconds`, the bucket itself included; at most a week."""
    if seconds > WEEK:
        raise QueryError(f'the seconds of moving_rollup() must be at most {WEEK}, a week, not {seconds}')
    size = max(1, -(-seconds // lines.interval))
    padded = np.concatenate([np.full((len(lines.values), size - 1), np.nan), lines.values], axis=1)
    # Row by row, so that the windows of one line at a time are in memory.
    rows = [REDUCTIONS[method](sliding_window_view(row, size)) for row in padded]
    return replace(lines, values=np.array(rows).reshape(lines.values.shape))
