"""Smoothing: https://docs.datadoghq.com/dashboards/functions/smoothing/, and rolling averages, which are in beta:
https://docs.datadoghq.com/dashboards/functions/beta/
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import bottleneck
import numpy as np

from datadog_sandbox.query.grid import Grid
from datadog_sandbox.query.registry import function

# So many spans back, a value weighs less than a thousandth.
EWMA_SPANS = 4


def exponential(lines: Grid, span: int) -> Grid:
    """Average with exponentially falling weights, 2 / (span + 1) of it the newest value, 3 to 20 being the span."""
    keep = 1 - 2 / (span + 1)
    known = ~np.isnan(lines.values)
    total, weight, smooth = np.zeros(len(lines.values)), np.zeros(len(lines.values)), np.full_like(lines.values, np.nan)
    for column, present in enumerate(known.T):
        total = keep * total + np.where(present, lines.values[:, column], 0)
        weight = keep * weight + present
        smooth[present, column] = total[present] / weight[present]
    return replace(lines, values=smooth)


def rolling(lines: Grid, span: int, move: Callable[..., np.ndarray]) -> Grid:
    """Combine each value with those of the buckets before it, as many as the span says."""
    if lines.values.size:
        size = min(span, lines.values.shape[1])
        lines = replace(lines, values=np.where(np.isnan(lines.values), np.nan, move(lines.values, size, min_count=1)))
    return lines


def register(name: str, summary: str, span: int, smooth: Callable[[Grid], Grid], approximated: bool = False) -> None:
    def apply(lines: Grid) -> Grid:
        return smooth(lines)

    apply.__doc__, apply.__module__ = summary, __name__
    # The first values of an exponential average weigh a little, however long ago they were.
    function(name, lookback=lambda interval: span * interval, local=not approximated, approximated=approximated)(apply)


for size in (3, 5, 7, 10, 20):
    summary = (
        'Average with exponentially falling weights, 2 / (span + 1) for the newest value; the span is in the name.'
    )
    register(f'ewma_{size}', summary, EWMA_SPANS * size, partial(exponential, span=size), approximated=True)
for size in (3, 5, 7, 9):
    summary = 'Return the median of as many buckets as the name says, including the current bucket.'
    register(f'median_{size}', summary, size, partial(rolling, span=size, move=bottleneck.move_median))
for size in (5, 13, 21, 29):
    summary = 'Average as many buckets as the name says, including the current bucket.'
    register(f'rollingavg_{size}', summary, size, partial(rolling, span=size, move=bottleneck.move_mean))


@function(monitors=False, approximated=True)
def autosmooth(lines: Grid) -> Grid:
    """Average over the span that smooths most without flattening peaks; all groups share it.

    After ASAP (http://futuredata.stanford.edu/asap), as Datadog says: the least standard deviation of the differences
    between neighbours of which the kurtosis is not less than that of the values themselves. Spans of up to a tenth of
    the range are tried.
    """
    spans = range(2, max(2, lines.values.shape[1] // 10) + 1)
    best, roughness = lines, rough(lines)
    pointed = kurtosis(lines)
    for span in spans:
        smooth = rolling(lines, span, bottleneck.move_mean)
        if kurtosis(smooth) >= pointed and (less := rough(smooth)) < roughness:
            best, roughness = smooth, less
    return best


def rough(lines: Grid) -> float:
    """Return the mean, over all lines, of the standard deviation of the differences between neighbours."""
    changes = np.diff(lines.values, axis=1)
    several = (~np.isnan(changes)).sum(axis=1) > 1
    return float(np.nanstd(changes[several], axis=1).mean()) if several.any() else 0.0


def kurtosis(lines: Grid) -> float:
    """Return the mean, over all lines, of the fourth standardized moment."""
    moments = []
    for values in lines.values:
        known = values[~np.isnan(values)]
        if len(known) > 1 and (deviation := known.std()) > 0:
            moments.append((((known - known.mean()) / deviation) ** 4).mean())
    return float(np.mean(moments)) if moments else 0.0
