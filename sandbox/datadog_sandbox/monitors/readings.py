"""What a monitor reads at each moment, and how values are aggregated over moving windows."""

from typing import NamedTuple

import bottleneck
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from datadog_sandbox.times import HOUR, MINUTE

from .model import Level

BUCKETS = {'m': MINUTE, 'h': 10 * MINUTE, 'd': HOUR, 'w': HOUR, 'mo': 4 * HOUR}
"""The parts of a window that must not all be empty, by the unit of the window."""
MOST_EMPTY = 3
"""Parts of a full window without a point."""
CELLS = 4_000_000
"""How many values of windows are worked on at once: bounds the memory of a long run."""


class Readings(NamedTuple):
    """Of each group (rows) at each moment (columns)."""

    groups: list[dict[str, str]]
    values: np.ndarray
    """nan where the window holds no point."""
    last: np.ndarray
    """When the last point came, as the first moment that saw it; -1 where what was read holds none so far."""
    first: np.ndarray
    """When the first point came, in the same way: one number for each group."""
    full: np.ndarray
    """Whether there are points in the first minute of the window."""
    levels: np.ndarray | None = None
    """The `Level` of each value, where the type of monitor works it out; else the thresholds of the monitor do."""
    kept: np.ndarray | None = None
    """With `levels`: up to which of them a group that is there already stays there."""
    empty: np.ndarray | None = None
    """Whether the window holds no point, where a value does not say so by being nan."""
    notes: list[str] | None = None
    """Of each group in words: what the last reading is, where values and thresholds do not say it."""

    @property
    def is_empty(self) -> np.ndarray:
        """Whether the window of each group holds no point at each moment."""
        return np.isnan(self.values) if self.empty is None else self.empty

    def with_absent(self, groups: list[dict[str, str]]) -> 'Readings':
        """Add groups of which nothing was read."""
        if not groups:
            return self
        shape = len(groups), self.values.shape[1]

        def extended(known: np.ndarray | None, value: float) -> np.ndarray | None:
            return None if known is None else np.concatenate([known, np.full(shape, value, known.dtype)])

        return Readings(
            [*self.groups, *groups],
            np.concatenate([self.values, np.full(shape, np.nan)]),
            np.concatenate([self.last, np.full(shape, -1)]),
            np.concatenate([self.first, np.zeros(shape[0], dtype=np.int64)]),
            np.concatenate([self.full, np.zeros(shape, dtype=bool)]),
            extended(self.levels, Level.MISSING),
            extended(self.kept, Level.OK),
            extended(self.empty, True),
            None if self.notes is None else [*self.notes, *[''] * len(groups)],
        )


def no_readings(moments: int) -> Readings:
    """Return the readings of no group."""
    none = np.empty((0, moments))
    return Readings([], none, none.astype(np.int64), np.empty(0, dtype=np.int64), none.astype(bool))


def is_full(fresh: np.ndarray, firsts: np.ndarray, window: int, unit: str) -> np.ndarray:
    """Return whether windows are full, of whether each group has a point in each minute.

    The windows begin at the minutes `firsts`. As documented (https://docs.datadoghq.com/monitors/types/metric/), a
    window is split into buckets, whose length follows from the unit it is written in: it is full when its first bucket
    has a point, and at most three of all have none.
    """
    size = min(BUCKETS[unit], window) // MINUTE
    points = np.concatenate([np.zeros((len(fresh), 1), dtype=np.int64), fresh.cumsum(axis=1)], axis=1)
    empty = np.zeros((len(fresh), len(firsts)), dtype=np.int64)
    for offset in range(0, window // MINUTE, size):
        stop = min(offset + size, window // MINUTE)
        is_empty = points[:, firsts + stop] == points[:, firsts + offset]
        empty += is_empty * (MOST_EMPTY + 1 if offset == 0 else 1)
    return empty <= MOST_EMPTY


def windows(cells: np.ndarray, width: int, step: int, aggregator: str) -> np.ndarray:
    """Aggregate windows of `width` columns, `step` columns apart, by avg, sum, min or max; nan for an empty window."""
    if aggregator in ('min', 'max'):
        move = bottleneck.move_min if aggregator == 'min' else bottleneck.move_max
        return np.asarray(move(cells, width, min_count=1, axis=1)[:, width - 1 :: step])
    rows = cells.shape[0]
    columns = (cells.shape[1] - width) // step + 1
    result = np.empty((rows, columns))
    at_once = max(1, CELLS // (columns * width))
    for top in range(0, rows, at_once):
        # Not move_sum and move_mean: after one huge value, a running sum no longer knows the small ones.
        view = sliding_window_view(cells[top : top + at_once], width, axis=1)[:, ::step]
        known = ~np.isnan(view)
        count = known.sum(axis=2)
        total = np.where(known, view, 0.0).sum(axis=2)
        if aggregator == 'avg':
            total /= np.maximum(count, 1)
        result[top : top + at_once] = np.where(count > 0, total, np.nan)
    return result
