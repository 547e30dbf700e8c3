"""Distributions: values counted in bins, which are merged for percentiles.

The bins are those of the Agent (`pkg/util/quantile` of DataDog/datadog-agent, whose sketches are DDSketches): key 0 is
zero; key k > 0 the values within a factor of sqrt(GAMMA) around GAMMA ** (k - BIAS); -k their negatives. A percentile
is within 0.8 % of a value of the distribution; Datadog documents a relative error of 1 %.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from .database import Database
from .model import Method, Series, Sketch

GAMMA = 1 + 2 / 128
SMALLEST = 1e-9
"""Values closer to zero count as zero."""
BIAS = 1 - math.floor(math.log(SMALLEST) / math.log(GAMMA))
MOST_KEY = 2**15 - 1
PERCENTILE = re.compile(r'p(\d{1,3}(?:\.\d{1,4})?)')


def is_percentile(method: str) -> bool:
    """Tell whether a method is a percentile from p0 to p100."""
    match = PERCENTILE.fullmatch(method)
    return match is not None and float(match[1]) <= 100


def sketch_of(series: Series, time: int, values: Sequence[float]) -> Sketch:
    """Return the sketch of one or more finite values."""
    bins = sorted(Counter(key_of(value) for value in values).items())
    keys, counts = zip(*bins, strict=True)
    return Sketch(series, time, len(values), min(values), max(values), sum(values), keys, counts)


def key_of(value: float) -> int:
    """Return the key of the bin of a value."""
    if abs(value) < SMALLEST:
        return 0
    # Halves go to the even key, as in the Agent.
    key = min(round(math.log(abs(value)) / math.log(GAMMA)) + BIAS, MOST_KEY)
    return int(math.copysign(max(key, 1), value))


def values_of(keys: np.ndarray) -> np.ndarray:
    """Return the value in the middle of each bin."""
    return np.where(keys == 0, 0.0, np.sign(keys) * np.exp((np.abs(keys) - BIAS) * math.log(GAMMA)))


class Sketches(Database):
    """The sketches of the series of distributions."""

    def _save_sketches(self, sketches: Iterable[tuple[int, Sketch]]) -> None:
        self._sql.executemany(
            'INSERT OR REPLACE INTO sketch (series, time, count, min, max, sum, keys, counts) '
            'VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
            [
                (id_, *sketch[1:6], np.array(sketch.keys, np.int16).tobytes(), np.array(sketch.counts).tobytes())
                for id_, sketch in sketches
            ],
        )

    def merged(
        self, groups: Sequence[Sequence[int]], start: int, end: int, interval: int, method: Method
    ) -> np.ndarray:
        """Return the value of each group of distributions in each bucket of [start, end), as `grid` does for series.

        The series of a group are merged into one distribution. `last` is the average of its last sketch.
        """
        shape = len(groups), -(-(end - start) // interval)
        owners = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
        rows = self._sketches([id_ for group in groups for id_ in group], start, end)
        if not rows:
            return np.full(shape, np.nan)
        position, times, counts, low, high, sums, keys, bins = zip(*rows, strict=True)
        cells = owners[list(position)] * shape[1] + (np.array(times) - start) // interval
        if method == 'last':
            answer = np.full(shape[0] * shape[1], np.nan)
            answer[cells] = np.array(sums) / np.array(counts)
            return answer.reshape(shape)
        count, total = (np.bincount(cells, weights, shape[0] * shape[1]) for weights in (counts, sums))
        minimum, maximum = np.full(len(count), np.inf), np.full(len(count), -np.inf)
        np.minimum.at(minimum, cells, low)
        np.maximum.at(maximum, cells, high)
        if is_percentile(method):
            answer = percentiles(float(method[1:]) / 100, cells, keys, bins, len(count))
            answer = np.clip(answer, minimum, maximum)
        else:
            with np.errstate(invalid='ignore', divide='ignore'):
                answer = {'count': count, 'sum': total, 'min': minimum, 'max': maximum, 'avg': total / count}[method]
        return np.where(count > 0, answer, np.nan).reshape(shape)

    def sketch_bins(self, ids: Sequence[int], start: int, end: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return time, value, and count of each bin of the sketches in [start, end), as arrays of equal lengths."""
        rows = self._sketches(ids, start, end)
        if not rows:
            return np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64)
        _, times, _, low, high, _, keys, counts = zip(*rows, strict=True)
        lengths = [len(bins) // 2 for bins in keys]
        values = values_of(np.frombuffer(b''.join(keys), np.int16).astype(np.int64))
        values = np.clip(values, np.repeat(low, lengths), np.repeat(high, lengths))
        return np.repeat(times, lengths), values, np.frombuffer(b''.join(counts), np.int64)

    def _sketches(self, ids: Sequence[int], start: int, end: int) -> list[tuple[object, ...]]:
        """Return the sketches of series, with the positions of these, by time."""
        sql = """
            SELECT chosen.key, time, count, min, max, sum, keys, counts FROM json_each(?1) AS chosen
            CROSS JOIN sketch ON series = chosen.value AND time >= ?2 AND time < ?3 ORDER BY time
        """
        return self._read(sql, json.dumps([int(id_) for id_ in ids]), start, end)


def percentiles(
    quantile: float, cells: np.ndarray, keys: Sequence[bytes], counts: Sequence[bytes], size: int
) -> np.ndarray:
    """Return a quantile of the merged sketches of each cell."""
    lengths = [len(bins) // 2 for bins in keys]
    cells = np.repeat(cells, lengths)
    key, count = np.frombuffer(b''.join(keys), np.int16), np.frombuffer(b''.join(counts), np.int64)
    order = np.lexsort((key, cells))
    cells, key, running = cells[order], key[order], np.cumsum(count[order])
    distinct, firsts = np.unique(cells, return_index=True)
    before = np.where(firsts > 0, running[firsts - 1], 0)
    totals = np.append(before[1:], running[-1]) - before
    # As in DDSketch: the bin of the value with this rank, counted from 0.
    rank = np.floor(quantile * (totals - 1))
    answer = np.full(size, np.nan)
    answer[distinct] = values_of(key[np.searchsorted(running, before + rank, side='right')].astype(np.int64))
    return answer
