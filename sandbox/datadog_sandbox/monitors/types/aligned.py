"""Buckets for anomaly and forecast monitors: whole ones, which begin at multiples of their length."""

import itertools
from collections.abc import Sequence

import numpy as np

from datadog_sandbox.query import Rows
from datadog_sandbox.times import MINUTE


def complete_groups(rows: Rows) -> tuple[list[dict[str, str]], list[bool]]:
    """Return the groups that have all tags of a monitor, and whether each row is such a group.

    As documented, a monitor sees no others.
    """
    complete = ['N/A' not in group.values() for group in rows.groups]
    return list(itertools.compress(rows.groups, complete)), complete


def ended_before(rows: Rows, ends: np.ndarray) -> np.ndarray:
    """Return how many buckets have ended at each time."""
    return np.searchsorted(rows.times + rows.interval, ends, 'right')


def last_points(rows: Rows, cells: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return when the last point of each group came, at each time, and when its first point came.

    A point counts from the end of its bucket, rounded up to one of the times, which are minutes apart; -1: no point.
    """
    present = ~np.isnan(cells)
    latest = np.maximum.accumulate(np.where(present, np.arange(cells.shape[1]), -1), axis=1)
    latest = np.concatenate([np.full((len(cells), 1), -1), latest], axis=1)[:, ended_before(rows, ends)]
    bucket_ends = rows.times + rows.interval
    bucket_ends = ends[0] - (ends[0] - bucket_ends) // MINUTE * MINUTE
    last = np.where(latest >= 0, bucket_ends[np.maximum(latest, 0)], -1)
    return last, bucket_ends[present.argmax(axis=1)]


def sums(flags: np.ndarray, starts: Sequence[int] | np.ndarray, stops: Sequence[int] | np.ndarray) -> np.ndarray:
    """Return the number of flags of each row that are set in each range of columns."""
    total = np.concatenate([np.zeros((len(flags), 1), dtype=np.int64), flags.cumsum(axis=1)], axis=1)
    return np.asarray(total[:, stops] - total[:, starts])
