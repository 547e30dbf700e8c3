"""The readings of a monitor at moments, and the aggregation of values over moving windows."""

import math
from typing import NamedTuple

import bottleneck
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from datadog_sandbox.times import HOUR, MINUTE

from .model import Level

BUCKETS = {'m': MINUTE, 'h': 10 * MINUTE, 'd': HOUR, 'w': HOUR, 'mo': 4 * HOUR}
"""Seconds of the buckets that show whether a window is full, by the unit of the window."""
MOST_EMPTY = 3
"""Most buckets without a point in a full window."""
CELLS = 4_000_000
"""How many values of windows are aggregated at once: bounds the time and memory of a chunk."""


class Readings(NamedTuple):
    """The readings of each group (rows) at each moment (columns)."""

    groups: list[dict[str, str]]
    values: np.ndarray
    """The values to compare; nan for an empty window."""
    last: np.ndarray
    """When the last point came, as the first moment that saw it; -1 if no point was read so far."""
    first: np.ndarray
    """When the first point of each group came, as the first moment that saw it."""
    full: np.ndarray
    """Whether the window is full."""
    levels: np.ndarray | None = None
    """The `Level` of each reading, if the type of monitor has no thresholds to compare values with."""
    sustained: np.ndarray | None = None
    """With `levels`: the highest level at which a group stays that has reached it (the recovery thresholds)."""
    empty: np.ndarray | None = None
    """Whether the window is empty, if nan does not mean that."""
    notes: list[str] | None = None
    """The last reading of each group in words, if values and thresholds do not explain it."""

    @property
    def is_empty(self) -> np.ndarray:
        """Whether the window of each group holds no point at each moment."""
        return np.isnan(self.values) if self.empty is None else self.empty

    def with_absent(self, groups: list[dict[str, str]]) -> 'Readings':
        """Return the readings with more groups, whose windows are empty."""
        if not groups:
            return self
        shape = len(groups), self.values.shape[1]

        def extended(array: np.ndarray | None, value: float) -> np.ndarray | None:
            return None if array is None else np.concatenate([array, np.full(shape, value, array.dtype)])

        return Readings(
            [*self.groups, *groups],
            np.concatenate([self.values, np.full(shape, np.nan)]),
            np.concatenate([self.last, np.full(shape, -1)]),
            np.concatenate([self.first, np.zeros(shape[0], dtype=np.int64)]),
            np.concatenate([self.full, np.zeros(shape, dtype=bool)]),
            extended(self.levels, Level.MISSING),
            extended(self.sustained, Level.OK),
            extended(self.empty, True),
            None if self.notes is None else [*self.notes, *[''] * len(groups)],
        )


def no_readings(moments: int) -> Readings:
    """Return readings without groups."""
    empty = np.empty((0, moments))
    return Readings([], empty, empty.astype(np.int64), np.empty(0, dtype=np.int64), empty.astype(bool))


def is_full(fresh: np.ndarray, firsts: np.ndarray, window: int, unit: str) -> np.ndarray:
    """Return whether windows are full, from whether each group (rows) has a point in each minute (columns).

    The windows begin at the columns `firsts`. As documented (https://docs.datadoghq.com/monitors/types/metric/), a
    window is split into buckets, whose length depends on the unit of the window: it is full when its first bucket has a
    point, and at most three buckets have none.
    """
    length, size = window // MINUTE, min(BUCKETS[unit], window) // MINUTE
    points = np.concatenate([np.zeros((len(fresh), 1), dtype=np.int64), fresh.cumsum(axis=1)], axis=1)
    # For each minute, whether the bucket that begins there has no point.
    is_empty = points[:, size:] == points[:, :-size]
    buckets = sliding_window_view(is_empty, length - size + 1, axis=1)[:, :, ::size]
    empty = buckets[:, firsts].sum(axis=2)
    if length % size:
        # The last bucket is shorter.
        empty += points[:, firsts + length] == points[:, firsts + length // size * size]
    return np.asarray((empty <= MOST_EMPTY) & ~is_empty[:, firsts])


@np.errstate(over='ignore', invalid='ignore')
def windows(cells: np.ndarray, width: int, step: int, aggregator: str) -> np.ndarray:
    """Aggregate windows of `width` columns, `step` columns apart, by avg, sum, min or max.

    The value is nan for an empty window and, as in queries, for a sum that is too large for a number.
    """
    if aggregator in ('min', 'max'):
        move = bottleneck.move_min if aggregator == 'min' else bottleneck.move_max
        return np.asarray(move(cells, width, min_count=1, axis=1)[:, width - 1 :: step])
    # All windows begin and end between blocks: each block is added up once.
    block = math.gcd(width, step)
    used = (cells.shape[1] - width) // block * block + width
    present = ~np.isnan(cells[:, :used])
    counts = _moving_sums(_blocks(present, block), width // block, step // block)
    totals = _moving_sums(_blocks(np.where(present, cells[:, :used], 0.0), block), width // block, step // block)
    if aggregator == 'avg':
        totals /= np.maximum(counts, 1)
    return np.where((counts > 0) & np.isfinite(totals), totals, np.nan)


def _blocks(cells: np.ndarray, block: int) -> np.ndarray:
    """Return the sums of each `block` columns."""
    return cells.reshape(len(cells), -1, block).sum(axis=2, dtype=np.float64)


def _moving_sums(cells: np.ndarray, width: int, step: int) -> np.ndarray:
    """Return the sums of windows of `width` columns, `step` columns apart."""
    views = sliding_window_view(cells, width, axis=1)[:, ::step]
    # Not move_sum: after a huge value, a running sum has lost the small ones.
    return views.sum(axis=2)


@np.errstate(over='ignore', invalid='ignore')
def growing_windows(cells: np.ndarray, width: int, step: int, aggregator: str) -> np.ndarray:
    """Aggregate windows that begin at the first column: of `width` columns, `width + step`, and so on to the last."""
    firsts = np.concatenate([[0], np.arange(width, cells.shape[1], step)])
    if aggregator in ('min', 'max'):
        extreme = np.fmin if aggregator == 'min' else np.fmax
        return np.asarray(extreme.accumulate(extreme.reduceat(cells, firsts, axis=1), axis=1))
    present = ~np.isnan(cells)
    counts = np.add.reduceat(present, firsts, axis=1, dtype=np.int64).cumsum(axis=1)
    sums = np.add.reduceat(np.where(present, cells, 0.0), firsts, axis=1).cumsum(axis=1)
    if aggregator == 'avg':
        sums /= np.maximum(counts, 1)
    return np.where((counts > 0) & np.isfinite(sums), sums, np.nan)
