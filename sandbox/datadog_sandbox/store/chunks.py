"""Points of many series as arrays: sorted, joined, and in the format of the file, which only this module knows.

Ids of series are grouped into shelves: shelf n has the `SHELF` ids from n * SHELF + 1 on. A shelf has series of one
metric only, so that the points of a query are close together.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from datadog_sandbox.times import HOUR

SHELF = 64
TIME_BITS = 37
LATEST = 2**TIME_BITS - 1
"""The latest time that a point may have, in seconds."""
HOUR_BITS, PART_BITS = 26, 12
MOST_PARTS = 2**PART_BITS - 1


class Chunk(NamedTuple):
    """Points sorted by series and time, of which no two have the same series and time."""

    keys: np.ndarray
    """The series in the upper bits, the time in the lower `TIME_BITS`."""
    values: np.ndarray

    @classmethod
    def of(cls, ids: np.ndarray, times: np.ndarray, values: np.ndarray) -> 'Chunk':
        """Sort points. Of points with the same series and time, the last replaces the others."""
        return cls.sorted(ids << TIME_BITS | times, values)

    @classmethod
    def sorted(cls, keys: np.ndarray, values: np.ndarray) -> 'Chunk':
        """Sort points by their keys. Of points with the same key, the last replaces the others."""
        if len(keys) > 1 and not (keys[1:] > keys[:-1]).all():
            order = np.argsort(keys, kind='stable')
            keys, values = keys[order], values[order]
            last = np.append(keys[1:] != keys[:-1], True)
            if not last.all():
                keys, values = keys[last], values[last]
        return cls(keys, values)

    def joined(self, later: 'Chunk') -> 'Chunk':
        """Return the points of both; those of `later` replace those with the same series and time."""
        return Chunk.sorted(np.concatenate([self.keys, later.keys]), np.concatenate([self.values, later.values]))

    def select(self, ids: np.ndarray, start: int, end: int) -> 'Selected':
        """Return the points of some series in [start, end)."""
        low = np.searchsorted(self.keys, ids << TIME_BITS | start)
        counts = np.searchsorted(self.keys, ids << TIME_BITS | end) - low
        before = np.cumsum(counts) - counts
        where = np.arange(counts.sum()) + np.repeat(low - before, counts)
        return Selected(np.repeat(np.arange(len(ids)), counts), self.keys[where] & LATEST, self.values[where])

    def count(self, ids: np.ndarray) -> int:
        """Return how many points some series have."""
        return int(
            (np.searchsorted(self.keys, (ids + 1) << TIME_BITS) - np.searchsorted(self.keys, ids << TIME_BITS)).sum()
        )

    def pack(self) -> bytes:
        """Return what `unpack` reads."""
        return self.keys.tobytes() + self.values.tobytes()

    @classmethod
    def unpack(cls, body: bytes) -> 'Chunk':
        half = len(body) // 16
        return cls(np.frombuffer(body, np.int64, half), np.frombuffer(body, np.float64, half, half * 8))


class Selected(NamedTuple):
    """Selected points, by series and time unless some came late."""

    rows: np.ndarray
    """For each point, the position of its series among the selected ones."""
    times: np.ndarray
    values: np.ndarray

    @classmethod
    def joined(cls, parts: Sequence['Selected']) -> 'Selected':
        """Return the points of several parts of one selection, one part after the other."""
        if len(parts) == 1:
            return parts[0]
        if not parts:
            return cls(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
        return cls(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))

    def distinct(self) -> 'Selected':
        """Return the points by series and time. Of points with the same ones, the last replaces the others."""
        chunk = Chunk.of(self.rows, self.times, self.values)
        return Selected(chunk.keys >> TIME_BITS, chunk.keys & LATEST, chunk.values)


class Block(NamedTuple):
    """The points of a shelf in an hour, in the format of the file."""

    id: int
    """Shelf, hour, and part: points that come later for the same hour are another part."""
    series: int
    """How many series there are."""
    points: int
    """How many points there are."""
    body: bytes
    """Four arrays: the values, the ids of series, the number of points of each series, the seconds within the hour."""


def block_id(shelf: int, hour: int, part: int = 0) -> int:
    return (shelf << HOUR_BITS | hour) << PART_BITS | part


def blocks(chunk: Chunk) -> list[Block]:
    """Return the points as blocks, each the first part of its shelf and hour."""
    ids, times = chunk.keys >> TIME_BITS, chunk.keys & LATEST
    cells = (ids - 1) // SHELF << HOUR_BITS | times // HOUR
    order = np.argsort(cells, kind='stable')
    cells, ids, values = cells[order], ids[order], chunk.values[order]
    seconds = (times[order] % HOUR).astype(np.uint16)
    edges = np.append(np.flatnonzero(np.diff(cells, prepend=-1)), len(cells)).tolist()
    result = []
    for first, end in zip(edges, edges[1:], strict=False):
        distinct, counts = np.unique(ids[first:end], return_counts=True)
        arrays = values[first:end], distinct.astype(np.int32), counts.astype(np.uint16), seconds[first:end]
        body = b''.join(array.tobytes() for array in arrays)
        result.append(Block(int(cells[first]) << PART_BITS, len(distinct), end - first, body))
    return result


def select(stored: Iterable[Block], ids: np.ndarray, start: int, end: int) -> Selected:
    """Return the points of some series in [start, end) from blocks in the order of their ids."""
    parts, hours = [], []
    for block in stored:
        body, series, points = block.body, block.series, block.points
        parts.append((
            np.frombuffer(body, np.float64, points),
            np.frombuffer(body, np.int32, series, points * 8),
            np.frombuffer(body, np.uint16, series, points * 8 + series * 4),
            np.frombuffer(body, np.uint16, points, points * 8 + series * 6),
        ))  # fmt: skip
        hours.append((block.id >> PART_BITS) & (2**HOUR_BITS - 1))
    if not parts:
        return Selected.joined([])
    values, series_ids, counts, seconds = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    sizes = [len(part[0]) for part in parts]
    times = np.repeat(np.array(hours, dtype=np.int64) * HOUR, sizes) + seconds
    row_by_id = np.full(max(int(series_ids.max()), int(ids.max())) + 1, -1, dtype=np.int64)
    row_by_id[ids] = np.arange(len(ids))
    rows = np.repeat(row_by_id[series_ids], counts)
    wanted = (rows >= 0) & (times >= start) & (times < end)
    return Selected(rows, times, values) if wanted.all() else Selected(rows[wanted], times[wanted], values[wanted])


def chunk_of(stored: Iterable[Block]) -> Chunk:
    """Return the points of blocks of a shelf; those of a later part replace earlier ones."""
    listed = list(stored)
    shelf = listed[0].id >> PART_BITS >> HOUR_BITS
    ids = np.arange(shelf * SHELF + 1, (shelf + 1) * SHELF + 1)
    rows, times, values = select(listed, ids, 0, LATEST)
    return Chunk.of(rows + ids[0], times, values)


def aggregate(points: Selected, shape: tuple[int, int], start: int, interval: int, method: str) -> np.ndarray:
    """Return the aggregate of the points of each row and bucket; nan for an empty bucket."""
    rows, times, values = points
    size = shape[0] * shape[1]
    cells = rows * shape[1] + (times - start) // interval
    if method in ('min', 'max'):
        answer = np.full(size, np.inf if method == 'min' else -np.inf)
        (np.minimum if method == 'min' else np.maximum).at(answer, cells, values)
        answer[np.isinf(answer)] = np.nan
    elif method == 'last':
        answer = np.full(size, np.nan)
        answer[cells] = values
    else:
        counts = np.bincount(cells, minlength=size)
        sums = counts if method == 'count' else np.bincount(cells, values, minlength=size)
        with np.errstate(invalid='ignore', divide='ignore', over='ignore'):
            answer = sums / counts if method == 'avg' else np.where(counts > 0, sums, np.nan)
    return answer.reshape(shape)
