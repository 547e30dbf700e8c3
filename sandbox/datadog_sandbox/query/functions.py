"""The functions of the query language. Another one is another function here, with the decorator."""

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple, get_args, get_origin

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

# How long after a sample a missing value is interpolated, in seconds: "up to five minutes after real samples".
INTERPOLATION = 300


class QueryError(ValueError):
    """A query is wrong, or uses what is not supported. The message is one line, and says what is allowed."""


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
    lead: int = 0
    zero: bool = False
    """Arithmetic takes a missing value for 0, as Datadog aligns counts and rates."""
    interpolates: bool = True
    """Whether interpolation is on: it is for gauges, and not for `as_count()`, `as_rate()`, and `fill(null)`."""
    summary: bool = False
    """Whether the columns are something else than buckets."""
    lower: np.ndarray | None = None
    upper: np.ndarray | None = None


Values = Callable[..., np.ndarray]


class Function(NamedTuple):
    apply: Callable[..., Grid]
    parameters: list[inspect.Parameter]
    """Those after the query."""
    lookback: Callable[..., int]
    """The seconds before the range that are needed: of the interval and the arguments."""
    per_series: Values | None
    """What is done to each series before they are aggregated in space, where the function belongs there."""


FUNCTIONS: dict[str, Function] = {}


def function(
    lookback: Callable[..., int] = lambda interval, *arguments: 0, per_series: Values | None = None
) -> Callable[[Callable[..., Grid]], Callable[..., Grid]]:
    """Add a function to the language: one of a grid and arguments, which are int, float, or a choice of texts."""

    def register(apply: Callable[..., Grid]) -> Callable[..., Grid]:
        parameters = list(inspect.signature(apply).parameters.values())[1:]
        FUNCTIONS[apply.__name__] = Function(apply, parameters, lookback, per_series)
        return apply

    return register


def check_arguments(name: str, arguments: list[Any]) -> None:
    """Raise `QueryError` unless a function exists and takes these arguments, which are those after the query."""
    if name not in FUNCTIONS:
        raise QueryError(f'the function {name}() is not supported: {", ".join(sorted(FUNCTIONS))} are')
    parameters = FUNCTIONS[name].parameters
    usage = f'{name}({", ".join(["query", *(parameter.name for parameter in parameters)])})'
    if len(arguments) != len(parameters):
        number = len(parameters) + 1
        raise QueryError(f'{usage} takes {number} argument{"s" * (number > 1)}, not {len(arguments) + 1}')
    for parameter, value in zip(parameters, arguments, strict=True):
        kind = parameter.annotation
        if get_origin(kind) is Literal:
            allowed, fits = ' or '.join(map(repr, get_args(kind))), value in get_args(kind)
        elif kind is int:
            allowed, fits = 'a whole number above 0', isinstance(value, float) and value >= 1 and value == int(value)
        else:
            allowed, fits = 'a number above 0', isinstance(value, float) and value > 0
        if not fits:
            shown = f'{value:g}' if isinstance(value, float) else repr(value)
            raise QueryError(f'{parameter.name} of {usage} must be {allowed}, not {shown}')


def fill(
    values: np.ndarray, method: str, limit: int, interval: int, where: np.ndarray | Literal[True] = True
) -> np.ndarray:
    """Return the values with gaps filled for up to `limit` seconds after each real one, in the places of `where`.

    `linear` goes straight to the next value; where there is none, the last one is held.
    """
    known = ~np.isnan(values)
    if method == 'null' or known.all():
        return values
    columns = np.arange(values.shape[1])
    before = np.maximum.accumulate(np.where(known, columns, -1), axis=1)
    gap = ~known & (before >= 0) & ((columns - before) * interval <= limit) & where
    row, column = np.nonzero(gap)
    filled = values.copy()
    if method == 'zero':
        filled[row, column] = 0
        return filled
    last = before[row, column]
    filled[row, column] = held = values[row, last]
    if method == 'linear':
        last_column = values.shape[1]
        after = np.minimum.accumulate(np.where(known, columns, last_column)[:, ::-1], axis=1)[:, ::-1][row, column]
        there = after < last_column
        row, column, last, after, held = row[there], column[there], last[there], after[there], held[there]
        filled[row, column] = held + (values[row, after] - held) * (column - last) / (after - last)
    return filled


def known_only(reduce: Values, values: np.ndarray) -> np.ndarray:
    """Reduce the last axis without its nans; nan where nothing else is."""
    known = ~np.isnan(values).all(axis=-1)
    result = np.full(values.shape[:-1], math.nan)
    result[known] = reduce(values[known], axis=-1)
    return result


REDUCTIONS: dict[str, Values] = {
    'avg': lambda values: known_only(np.nanmean, values),
    'sum': lambda values: known_only(np.nansum, values),
    'min': lambda values: known_only(np.nanmin, values),
    'max': lambda values: known_only(np.nanmax, values),
    'count': lambda values: known_only(lambda known, axis: (~np.isnan(known)).sum(axis=axis), values),
}
Method = Literal['avg', 'sum', 'min', 'max', 'count']


@function()
def abs(lines: Grid) -> Grid:
    """Return the absolute values."""
    return replace(lines, values=np.abs(lines.values))


@function(lookback=lambda interval: INTERPOLATION)
def default_zero(lines: Grid) -> Grid:
    """Interpolate, where that is on, and put 0 where a value is still missing."""
    values = lines.values
    if lines.interpolates:
        values = fill(values, 'linear', INTERPOLATION, lines.interval)
    return replace(lines, values=np.nan_to_num(values, nan=0.0), zero=True)


def deltas(values: np.ndarray) -> np.ndarray:
    """Return how much each value differs from the one known before it."""
    columns = np.arange(values.shape[1])
    before = np.maximum.accumulate(np.where(np.isnan(values), -1, columns), axis=1)
    before = np.concatenate([np.full((len(values), 1), -1), before[:, :-1]], axis=1)
    previous = np.take_along_axis(values, np.maximum(before, 0), axis=1)
    return values - np.where(before >= 0, previous, math.nan)


@function(lookback=lambda interval: max(INTERPOLATION, interval), per_series=deltas)
def diff(lines: Grid) -> Grid:
    """Return the change from each value to the next; of series before they are aggregated in space, as documented."""
    return replace(lines, values=deltas(lines.values))


@function(lookback=lambda interval, seconds, method: seconds)
def moving_rollup(lines: Grid, seconds: int, method: Method) -> Grid:
    """Combine the values of the last `seconds`, the bucket itself included; at most a week."""
    if seconds > 7 * 86_400:
        raise QueryError(f'the seconds of moving_rollup() must be at most 604800, a week, not {seconds}')
    size = max(1, math.ceil(seconds / lines.interval))
    padded = np.concatenate([np.full((len(lines.values), size - 1), math.nan), lines.values], axis=1)
    # Row by row, so that the windows of one line at a time are in memory.
    rows = [REDUCTIONS[method](sliding_window_view(row, size)) for row in padded]
    return replace(lines, values=np.array(rows).reshape(lines.values.shape))


def newest(values: np.ndarray) -> np.ndarray:
    """Return the last known value of each row."""
    return fill(values, 'last', values.shape[1], 1)[:, -1]


RANKS: dict[str, Values] = {
    'max': REDUCTIONS['max'],
    'mean': REDUCTIONS['avg'],
    'min': REDUCTIONS['min'],
    'sum': REDUCTIONS['sum'],
    'last': newest,
    'l2norm': lambda values: np.sqrt(REDUCTIONS['sum'](values**2)),
    # The interval is the same for all, so it changes no order.
    'area': REDUCTIONS['sum'],
}


@function()
def top(
    lines: Grid,
    limit: int,
    by: Literal['max', 'mean', 'min', 'sum', 'last', 'l2norm', 'area'],
    direction: Literal['asc', 'desc'],
) -> Grid:
    """Return the `limit` first lines in the order of what `by` makes of the values in the range."""
    ranks = RANKS[by](lines.values[:, lines.lead :])
    order = np.argsort(ranks if direction == 'asc' else -ranks, kind='stable')
    chosen = [row for row in order if not math.isnan(ranks[row])][:limit]
    return replace(lines, values=lines.values[chosen], groups=tuple(lines.groups[row] for row in chosen))


def band_lookback(interval: int, algorithm: str, bounds: float) -> int:
    """Half an hour, or 30 buckets where these are longer."""
    return max(1800, 30 * interval)


@function(lookback=band_lookback)
def anomalies(lines: Grid, algorithm: Literal['basic'], bounds: float) -> Grid:
    """Add the band of values expected at each time, from the values before it.

    Datadog's documents call `basic` "a simple lagging rolling quantile computation", and its bounds something like
    standard deviations, and publish no more. So this is ours: over the half hour before (30 buckets, where that is
    more), the median, and from there `bounds` times the distance to the 16th and the 84th percentile, which lie one
    standard deviation away if all is normal. A burst moves it little while it fills less than 16 % of that time. It
    begins once two thirds of that time and 10 values are known.
    """
    size = math.ceil(band_lookback(lines.interval, algorithm, bounds) / lines.interval)
    lower, upper = np.full_like(lines.values, math.nan), np.full_like(lines.values, math.nan)
    for row, values in enumerate(lines.values):
        padded = np.concatenate([np.full(size, math.nan), values[:-1]])
        windows = sliding_window_view(padded, size)
        known = ~np.isnan(windows)
        count = known.sum(axis=1)
        old_enough = known[:, : size - math.ceil(size * 2 / 3) + 1].any(axis=1)
        warm = np.nonzero((count >= 10) & old_enough & ~np.isnan(values))[0]
        # nan is sorted to the end.
        ordered, last = np.sort(windows[warm], axis=1), count[warm] - 1

        def percentile(share: float, ordered: np.ndarray = ordered, last: np.ndarray = last) -> np.ndarray:
            position = share * last
            below = np.floor(position).astype(int)
            above = np.minimum(below + 1, last)
            lines = np.arange(len(ordered))
            return ordered[lines, below] + (ordered[lines, above] - ordered[lines, below]) * (position - below)

        low, median, high = percentile(0.16), percentile(0.5), percentile(0.84)
        lower[row, warm], upper[row, warm] = median - bounds * (median - low), median + bounds * (high - median)
    return replace(lines, lower=lower, upper=upper)
