"""Lines that share their buckets, and what is calculated along them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

# How long after a sample a missing value is interpolated, in seconds: "up to five minutes after real samples".
INTERPOLATION = 300

Reduction = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Grid:
    """Lines that share their buckets: one row for each group, one column for each bucket, nan where there is no value.

    The first `lead` columns lie before the range that was asked for.
    """

    keys: tuple[str, ...]
    """The tag keys of `by {…}`."""
    groups: tuple[tuple[str, ...], ...]
    """The values of these keys, for each row."""
    values: np.ndarray
    interval: int
    """Seconds."""
    start: int = 0
    """When the first column begins, in seconds since the epoch."""
    lead: int = 0
    gaps_are_zero: bool = False
    """Arithmetic takes a missing value for 0, as Datadog aligns counts and rates."""
    interpolates: bool = True
    """Whether interpolation is on: it is for gauges, and not for `as_count()`, `as_rate()`, and `fill(null)`."""
    summary: bool = False
    """Whether the columns are something else than buckets."""
    lower: np.ndarray | None = None
    upper: np.ndarray | None = None
    """The band of `anomalies()` and `forecast()`."""
    outlying: np.ndarray | None = None
    """Of each row, whether `outliers()` marks it."""
    ahead: int = 0
    """How many buckets `forecast()` goes on for; 0 for half the range."""

    def rows(self, chosen: Sequence[int] | np.ndarray) -> 'Grid':
        """Return these rows alone, in this order."""
        places = np.array(chosen, dtype=np.int64)
        lower, upper, outlying = (
            None if each is None else each[places] for each in (self.lower, self.upper, self.outlying)
        )
        groups = tuple(self.groups[row] for row in places)
        return replace(self, groups=groups, values=self.values[places], lower=lower, upper=upper, outlying=outlying)

    def without(self, columns: int) -> 'Grid':
        """Leave out the first columns."""
        if not columns:
            return self
        lower, upper = (None if edge is None else edge[:, columns:] for edge in (self.lower, self.upper))
        start, lead = self.start + columns * self.interval, self.lead - columns
        return replace(self, values=self.values[:, columns:], start=start, lead=lead, lower=lower, upper=upper)


def fill(
    values: np.ndarray, method: str, limit: int, interval: int, where: np.ndarray | Literal[True] = True
) -> np.ndarray:
    """Return the values with gaps filled for up to `limit` seconds after each real one, in the places of `where`.

    `linear` goes straight to the next value; where there is none, the last one is held.
    """
    known, width = ~np.isnan(values), values.shape[1]
    if method == 'null' or known.all():
        return values
    # Of all rows, one after the other: where the known values are, and of each gap, how many of these come before it.
    places = np.concatenate([[-1], np.flatnonzero(known), [values.size]])
    gaps = np.flatnonzero(~known & where)
    number = np.cumsum(known)[gaps]
    before, begin = places[number], gaps - gaps % width
    fillable = (before >= begin) & (gaps - before <= limit // interval)
    gaps, number, before, begin = gaps[fillable], number[fillable], before[fillable], begin[fillable]
    filled = values.copy(order='C')
    line = filled.reshape(-1)
    if method == 'zero':
        line[gaps] = 0
        return filled
    after, previous = places[number + 1], line[before]
    inside = after < begin + width if method == 'linear' else np.zeros(len(gaps), dtype=bool)
    line[gaps[~inside]] = previous[~inside]
    gaps, before, after, previous = gaps[inside], before[inside], after[inside], previous[inside]
    line[gaps] = previous + (line[after] - previous) * (gaps - before) / (after - before)
    return filled


def last_known(known: np.ndarray) -> np.ndarray:
    """Return for each place the column of the last known value up to there; -1 where there is none."""
    return np.maximum.accumulate(np.where(known, np.arange(known.shape[1]), -1), axis=1)


def previous_columns(values: np.ndarray) -> np.ndarray:
    """Return the column of the last known value before each place; -1 where there is none."""
    before = last_known(~np.isnan(values))
    return np.concatenate([np.full((len(values), 1), -1), before[:, :-1]], axis=1)


def known_only(reduction: Callable[..., Any], values: np.ndarray) -> np.ndarray:
    """Reduce the last axis without its nans; nan where nothing else is."""
    known = ~np.isnan(values).all(axis=-1)
    result = np.full(values.shape[:-1], np.nan)
    result[known] = reduction(values[known], axis=-1)
    return result


def newest(values: np.ndarray) -> np.ndarray:
    """Return the last known value of each row."""
    return fill(values, 'last', values.shape[1], 1)[:, -1]


REDUCTIONS: dict[str, Reduction] = {
    'avg': lambda values: known_only(np.nanmean, values),
    'sum': lambda values: known_only(np.nansum, values),
    'min': lambda values: known_only(np.nanmin, values),
    'max': lambda values: known_only(np.nanmax, values),
    'count': lambda values: known_only(lambda known, axis: (~np.isnan(known)).sum(axis=axis), values),
}
# What one value of a line is, for ranks and single values.
SUMMARIES: dict[str, Reduction] = {
    'max': REDUCTIONS['max'],
    'mean': REDUCTIONS['avg'],
    'min': REDUCTIONS['min'],
    'sum': REDUCTIONS['sum'],
    'last': newest,
    'l2norm': lambda values: np.sqrt(REDUCTIONS['sum'](values**2)),
    # The interval is the same for all, so it changes no order.
    'area': REDUCTIONS['sum'],
}
