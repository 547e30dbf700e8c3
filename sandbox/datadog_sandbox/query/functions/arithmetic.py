"""Arithmetic: https://docs.datadoghq.com/dashboards/functions/arithmetic/"""

from dataclasses import replace

import numpy as np

from datadog_sandbox.query.grid import Grid, previous_columns
from datadog_sandbox.query.registry import function


@function('abs', single_values=True, local=True)
def absolute(lines: Grid) -> Grid:
    """Return the absolute values."""
    return replace(lines, values=np.abs(lines.values))


@function(single_values=True, local=True)
def log2(lines: Grid) -> Grid:
    """Return the logarithm to the base 2; without a value where that is not above 0."""
    return replace(lines, values=np.log2(lines.values, where=lines.values > 0, out=np.full_like(lines.values, np.nan)))


@function(single_values=True, local=True)
def log10(lines: Grid) -> Grid:
    """Return the logarithm to the base 10; without a value where that is not above 0."""
    return replace(lines, values=np.log10(lines.values, where=lines.values > 0, out=np.full_like(lines.values, np.nan)))


@function()
def cumsum(lines: Grid) -> Grid:
    """Sum the values from the start of the range."""
    return replace(lines, values=running_total(lines, lines.values))


@function(approximated=True)
def integral(lines: Grid) -> Grid:
    """Sum each value times the seconds since the previous value, from the start of the range.

    Datadog's page calls it "[time delta] x [value delta]"; its founder's list of functions, where integral is defined
    beside derivative (https://gist.github.com/alq666/3174101), "sum(value * dt)", which is what turns a rate back
    into a number.
    """
    values = lines.values.copy()
    values[:, : lines.lead] = np.nan
    before = previous_columns(values)
    elapsed = np.where(before >= 0, np.arange(values.shape[1]) - before, 0) * lines.interval
    return replace(lines, values=running_total(lines, lines.values * elapsed))


def running_total(lines: Grid, values: np.ndarray) -> np.ndarray:
    """Return sums from the start of the range on, where there is a value."""
    visible = np.where(np.arange(values.shape[1]) >= lines.lead, values, np.nan)
    return np.where(np.isnan(visible), np.nan, np.nancumsum(visible, axis=1))
