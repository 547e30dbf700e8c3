"""Rollup: https://docs.datadoghq.com/dashboards/functions/rollup/

That page has `.rollup()` and `moving_rollup()`. As functions over a formula, `rollup()` and `reduce()` are in
dashboards that Datadog ships, and on no page: what they do is read from their names, and approximated.
"""

import itertools
from dataclasses import replace
from typing import Annotated, Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from datadog_sandbox.query.errors import QueryError
from datadog_sandbox.query.grid import REDUCTIONS, SUMMARIES, Grid, Reduction, known_only
from datadog_sandbox.query.registry import PERCENTILE, Allowed, Whole, function
from datadog_sandbox.times import WEEK

Method = Literal['avg', 'sum', 'min', 'max', 'count']
AnyMethod = Annotated[
    str,
    Allowed(
        f'{", ".join(map(repr, REDUCTIONS))}, or a percentile such as \'p99\'',
        lambda given: given in REDUCTIONS or bool(PERCENTILE.fullmatch(str(given))),
    ),
]


@function(lookback=lambda interval, seconds, method: min(seconds, WEEK), local=True)
def moving_rollup(lines: Grid, seconds: Whole, method: Method) -> Grid:
    """Combine the values of the last `seconds`, including the current bucket; at most a week."""
    if seconds > WEEK:
        raise QueryError(f'the seconds of moving_rollup() must be at most {WEEK}, a week, not {seconds}')
    size = max(1, -(-seconds // lines.interval))
    padded = np.concatenate([np.full((len(lines.values), size - 1), np.nan), lines.values], axis=1)
    # Row by row, so that the windows of one line at a time are in memory.
    rows = [REDUCTIONS[method](sliding_window_view(row, size)) for row in padded]
    return replace(lines, values=np.array(rows).reshape(lines.values.shape))


@function(approximated=True)
def rollup(lines: Grid, method: AnyMethod, seconds: Whole) -> Grid:
    """Combine the values of each `seconds` since the epoch; the result is at the first of those in the range."""
    values, width = np.full_like(lines.values, np.nan), lines.values.shape[1]
    periods = (lines.start + lines.interval * np.arange(width)) // seconds
    edges = sorted({0, lines.lead, width, *np.flatnonzero(np.diff(periods)) + 1})
    for first, last in itertools.pairwise(edges):
        values[:, first] = reduction_of(method)(lines.values[:, first:last])
    return replace(lines, values=values)


@function(reduces=True, approximated=True)
def reduce(lines: Grid, method: Literal['avg', 'max', 'mean', 'min', 'sum', 'last', 'l2norm', 'area']) -> Grid:
    """Reduce each line to one value."""
    single = SUMMARIES['mean' if method == 'avg' else method](lines.values[:, lines.lead :])
    return replace(lines, values=np.repeat(single[:, None], lines.values.shape[1], axis=1))


def reduction_of(method: str) -> Reduction:
    if method in REDUCTIONS:
        return REDUCTIONS[method]
    share = float(method[1:])
    return lambda values: known_only(lambda known, axis: np.nanpercentile(known, share, axis=axis), values)
