"""Algorithms: https://docs.datadoghq.com/dashboards/functions/algorithms/

`bands`, `predictions`, and `outlying` say what Datadog publishes of each, and what is approximated.
"""

import math
from dataclasses import replace
from typing import Literal

import numpy as np

from datadog_sandbox.query import bands, predictions
from datadog_sandbox.query.grid import Grid
from datadog_sandbox.query.outlying import outliers as outlying
from datadog_sandbox.query.registry import Duration, Flag, Positive, Zone, function
from datadog_sandbox.query.seasons import MOST_SEASONS, SEASONS
from datadog_sandbox.times import DAY, HOUR, WEEK

Seasonality = Literal['hourly', 'daily', 'weekly']
# How much history a linear forecast looks at by default.
HISTORY = WEEK
UNSTEADY = frozenset({'cumsum', 'integral', 'piecewise_constant', 'robust_trend', 'trend_line'})
"""Functions whose values depend on where the range begins: the page on anomaly monitors lists them."""


def past_of_band(interval: int, algorithm: str, *arguments: object) -> int:
    if algorithm == 'basic':
        return bands.basic_size(interval) * interval
    seasonality = str(arguments[5])
    # A day that is an hour longer, by the clock, begins an hour before.
    return MOST_SEASONS * SEASONS[seasonality] + (HOUR if SEASONS[seasonality] >= DAY else 0)


@function(lookback=past_of_band, outermost=True, excludes=UNSTEADY, approximated=True)
def anomalies(
    lines: Grid,
    algorithm: Literal['basic', 'agile', 'robust'],
    bounds: Positive,
    direction: Literal['both', 'above', 'below'] = 'both',
    alert_window: Duration = 0,
    interval: Duration = 0,
    count_default_zero: Flag = True,
    seasonality: Seasonality = 'weekly',
    timezone: Zone = 'UTC',
) -> Grid:
    """Add the band of values expected at each time, from the values before it."""
    values = lines.values
    if lines.gaps_are_zero and count_default_zero:
        # Before its first point, a metric was not there.
        begun = np.logical_or.accumulate(~np.isnan(values), axis=1)
        values = np.where(begun, np.nan_to_num(values), np.nan)
    if algorithm == 'basic':
        lower, upper = bands.basic(values, lines.lead, lines.interval, bounds)
    else:
        times = lines.start + lines.interval * np.arange(values.shape[1])
        follows = algorithm == 'agile'
        season = SEASONS[seasonality]
        lower, upper = bands.seasonal(values, times, lines.lead, bounds, season, timezone, follows)
    return replace(lines, values=values, lower=lower, upper=upper)


def past_of_forecast(interval: int, algorithm: str, *arguments: object) -> int:
    _, _, history, _, seasonality, _ = arguments
    if algorithm == 'linear':
        return int(str(history)) or HISTORY
    return MOST_SEASONS * SEASONS[str(seasonality)] + HOUR


@function(lookback=past_of_forecast, outermost=True, approximated=True)
def forecast(
    lines: Grid,
    algorithm: Literal['linear', 'seasonal'],
    deviations: Positive,
    interval: Duration = 0,
    history: Duration = 0,
    model: Literal['default', 'simple', 'reactive'] = 'default',
    seasonality: Seasonality = 'weekly',
    timezone: Zone = 'UTC',
) -> Grid:
    """Extend each line into the future, with a band of this many deviations around it."""
    values = lines.values
    ahead = lines.ahead or math.ceil((values.shape[1] - lines.lead) / 2)
    if algorithm == 'linear':
        predicted, width = predictions.linear(values, ahead, model)
    else:
        times = lines.start + lines.interval * np.arange(values.shape[1])
        predicted, width = predictions.seasonal(values, times, ahead, SEASONS[seasonality], timezone)
    past = np.full_like(values, np.nan)
    lower, upper = (np.hstack([past, predicted + sign * deviations * width]) for sign in (-1, 1))
    return replace(lines, values=np.hstack([values, predicted]), lower=lower, upper=upper)


@function(outermost=True, approximated=True)
def outliers(
    lines: Grid,
    algorithm: Literal['DBSCAN', 'MAD', 'scaledDBSCAN', 'scaledMAD'],
    tolerance: Positive,
    percentage: Positive = 0.0,
) -> Grid:
    """Mark the lines that behave unlike the others in the range."""
    return replace(lines, outlying=outlying(lines.values[:, lines.lead :], algorithm, tolerance, percentage))
