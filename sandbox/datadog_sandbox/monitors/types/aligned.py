"""What anomaly and forecast monitors share: they read whole buckets, which begin at multiples of their length."""

import itertools
from collections.abc import Sequence

import numpy as np

from datadog_sandbox.query import Rows
from datadog_sandbox.times import MINUTE


def complete_groups(rows: Rows) -> tuple[list[dict[str, str]], list[bool]]:
    """Return the groups that have all tags of a monitor, and which of the rows these are."""
    complete = ['N/A' not in group.values() for group in rows.groups]
    return list(itertools.compress(rows.groups, complete)), complete


def ended_before(rows: Rows, ends: np.ndarray) -> np.ndarray:
    """Return how many buckets are over at each time."""
    return np.searchsorted(rows.times + rows.interval, ends, 'right')


def last_points(rows: Rows, cells: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return when the last point of each group came at each time, and when its first one did.

    Both are rounded up to the minutes in which the times are; -1 stands for no point so far.
    """
    seen = ~np.isnan(cells)
    known = np.maximum.accumulate(np.where(seen, np.arange(cells.shape[1]), -1), axis=1)
    known = np.concatenate([np.full((len(cells), 1), -1), known], axis=1)[:, ended_before(rows, ends)]
    over = rows.times + rows.interval
    over = ends[0] - (ends[0] - over) // MINUTE * MINUTE
    last = np.where(known >= 0, over[np.maximum(known, 0)], -1)
    return last, over[seen.argmax(axis=1)]


def sums(flags: np.ndarray, starts: Sequence[int] | np.ndarray, stops: Sequence[int] | np.ndarray) -> np.ndarray:
    """Return how many flags of each row are set in each range of columns."""
    total = np.concatenate([np.zeros((len(flags), 1), dtype=np.int64), flags.cumsum(axis=1)], axis=1)
    return np.asarray(total[:, stops] - total[:, starts])
