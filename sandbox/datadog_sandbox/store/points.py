"""Points. New ones are in the head: sorted chunks in memory, and in the file a row for each post; later, in blocks."""

import json
import math
import threading
from collections.abc import Iterable, Sequence

import numpy as np

from datadog_sandbox.times import FOREVER, HOUR

from .catalogue import Catalogue
from .chunks import (
    HOUR_BITS,
    LATEST,
    MOST_PARTS,
    PART_BITS,
    SHELF,
    TIME_BITS,
    Block,
    Chunk,
    Selected,
    aggregate,
    block_id,
    blocks,
    chunk_of,
    select,
)
from .database import Database
from .model import Method, Point, Series, Sketch
from .sketches import Sketches, is_percentile

PASS = 250_000
"""About how many points are aggregated at once."""
MOST_POINTS = 200_000
"""Most points of the head; when there are more, it becomes blocks."""


def _shelves(ids: np.ndarray) -> list[int]:
    """Return the shelves that ids are on, in order."""
    # Not numpy.unique: its first call imports numpy.ma, which takes 20 ms.
    return sorted({*((ids - 1) // SHELF).tolist()})


class Points(Catalogue, Sketches, Database):
    """The points of all series."""

    def _load(self) -> None:
        """Read the head of a file."""
        self._chunks: tuple[Chunk, ...] = ()
        """The head, in the order of arrival; each chunk has more than twice as many points as the next."""
        self._overlaps = False
        """Whether the head may have points that are not later than all earlier ones of their series."""
        self._turn = 0
        """Odd while the head becomes blocks."""
        self._last = np.full(1024, -1, dtype=np.int64)
        """The time of the last point of each series, by id; -1 without points."""
        [(oldest,)] = self._sql.execute('SELECT ifnull(max(time), 0) FROM oldest')
        self._oldest: int = oldest
        for shelf, body in self._sql.execute('SELECT id, last FROM shelf'):
            first = shelf * SHELF + 1
            self._room(first + SHELF)
            self._last[first : first + SHELF] = np.frombuffer(body, np.int64)
        posts = [Chunk.unpack(body) for (body,) in self._sql.execute('SELECT body FROM head ORDER BY id')]
        if posts:
            self._append(Chunk.sorted(*(np.concatenate(arrays) for arrays in zip(*posts, strict=True))))
            self._oldest = oldest

    def add(self, points: Iterable[Point]) -> int:
        """Store points, and return how many. A point replaces one with the same series and time."""
        with self.transaction():
            listed = points if isinstance(points, list | tuple) else list(points)
            if not listed:
                return 0
            series, times, values = zip(*listed, strict=True)
            self._add(np.array(self._ids(series)), np.array(times), np.array(values, dtype=np.float64))
        return len(listed)

    def add_series(self, series: Series, times: np.ndarray, values: np.ndarray) -> None:
        """Store points of one series. A point replaces one with the same time."""
        if len(times):
            with self.transaction():
                [id_] = self._ids([series])
                self._add(np.full(len(times), id_), times, values)

    def _add(self, ids: np.ndarray, times: np.ndarray, values: np.ndarray) -> None:
        chunk = Chunk.of(ids, times, values)
        if self._file:
            self._sql.execute('INSERT INTO head (body) VALUES (?)', (chunk.pack(),))
        self._append(chunk)
        if sum(len(chunk.keys) for chunk in self._chunks) > MOST_POINTS:
            self._close_head()

    def add_sketches(self, sketches: Iterable[Sketch]) -> int:
        """Store sketches of distributions, and return how many. One replaces one with the same series and time."""
        with self.transaction():
            listed = list(sketches)
            self.add([(sketch.series, sketch.time, sketch.sum / sketch.size) for sketch in listed])
            self._save_sketches(zip(self._ids(sketch.series for sketch in listed), listed, strict=True))
        return len(listed)

    def _append(self, chunk: Chunk) -> None:
        """Add points to the head."""
        before, overlaps, oldest = self._chunks, self._overlaps, self._oldest
        ids, times = chunk.keys >> TIME_BITS, chunk.keys & LATEST
        firsts = np.flatnonzero(np.diff(ids, prepend=-1))
        distinct = ids[firsts]
        self._room(int(distinct[-1]) + 1)
        last = self._last[distinct]

        def undo() -> None:
            self._chunks, self._overlaps, self._oldest = before, overlaps, oldest
            self._last[distinct] = last

        self._undo.append(undo)
        # After a clock that was far ahead is corrected, new points must not count as too old.
        self._oldest = min(oldest, int(times.min()))
        self._overlaps = overlaps or bool((times[firsts] <= last).any())
        self._last[distinct] = np.maximum(last, times[np.append(firsts[1:], len(times)) - 1])
        chunks = list(before)
        while chunks and len(chunks[-1].keys) <= 2 * len(chunk.keys):
            chunk = chunks.pop().joined(chunk)
        self._chunks = (*chunks, chunk)

    def _room(self, size: int) -> None:
        if size > len(self._last):
            more = np.full(max(size, 2 * len(self._last)) - len(self._last), -1, dtype=np.int64)
            self._last = np.concatenate([self._last, more])

    def _close_head(self) -> None:
        """Turn the head into blocks."""
        chunks, overlaps = self._chunks, self._overlaps
        if not chunks:
            return
        whole = chunks[-1]
        for chunk in reversed(chunks[:-1]):
            whole = chunk.joined(whole)

        def undo() -> None:
            self._chunks, self._overlaps = chunks, overlaps
            self._turn += 1

        self._turn += 1
        self._undo.append(undo)
        written = [self._as_part(block, overlaps) for block in blocks(whole)]
        self._sql.executemany('INSERT INTO block VALUES (?, ?, ?, ?)', written)
        self._sql.execute('DELETE FROM head')
        shelves = {block.id >> PART_BITS >> HOUR_BITS for block in written}
        self._save_last(shelves)
        self._chunks, self._overlaps = (), False
        self._committed.append(self._end_turn)

    def _end_turn(self) -> None:
        self._turn += 1

    def _save_last(self, shelves: Iterable[int]) -> None:
        rows = []
        for shelf in shelves:
            self._room((shelf + 1) * SHELF + 1)
            rows.append((shelf, self._last[shelf * SHELF + 1 : (shelf + 1) * SHELF + 1].tobytes()))
        self._sql.executemany('INSERT OR REPLACE INTO shelf VALUES (?, ?)', rows)
        self._sql.execute('INSERT OR REPLACE INTO oldest VALUES (1, ?)', (self._oldest,))

    def _as_part(self, block: Block, overlaps: bool) -> Block:
        """Return a block with the number of its part; with `overlaps`, joined with the other parts of its hour."""
        sql = 'SELECT * FROM block WHERE id BETWEEN ? AND ? ORDER BY id'
        if not overlaps:
            [(last,)] = self._sql.execute(
                'SELECT max(id) FROM block WHERE id BETWEEN ? AND ?', (block.id, block.id + MOST_PARTS)
            )
            if last is None:
                return block
            if last < block.id + MOST_PARTS:
                return block._replace(id=last + 1)
        others = [Block(*row) for row in self._sql.execute(sql, (block.id, block.id + MOST_PARTS))]
        if not others:
            return block
        self._sql.execute('DELETE FROM block WHERE id BETWEEN ? AND ?', (block.id, block.id + MOST_PARTS))
        [whole] = blocks(chunk_of([*others, block._replace(id=block.id + MOST_PARTS)]))
        return whole

    def points(self, series: Sequence[int], start: int, end: int) -> Selected:
        """Return the points of series in [start, end)."""
        ids = np.asarray(series, dtype=np.int64)
        start, end = max(start, self._oldest), min(end, LATEST)
        if not len(ids) or start >= end:
            return Selected.joined([])
        while True:
            turn, chunks, overlaps = self._turn, self._chunks, self._overlaps
            if turn % 2 and self._writer != threading.get_ident():
                # The transaction that moves the points has this lock.
                with self._lock:
                    continue
            stored = self._blocks(ids, start, end)
            if turn == self._turn:
                break
        parts = [select(stored, ids, start, end), *(chunk.select(ids, start, end) for chunk in chunks)]
        whole = Selected.joined([part for part in parts if len(part.rows)])
        return whole.distinct() if overlaps else whole

    def _blocks(self, ids: np.ndarray, start: int, end: int) -> list[Block]:
        shelves = _shelves(ids)
        sql = """
            SELECT block.* FROM json_each(?1) AS shelf
            CROSS JOIN block ON block.id BETWEEN shelf.value + ?2 AND shelf.value + ?3
        """
        hours = block_id(0, start // HOUR), block_id(0, (end - 1) // HOUR, MOST_PARTS)
        return [Block(*row) for row in self._read(sql, json.dumps([block_id(shelf, 0) for shelf in shelves]), *hours)]

    def grid(self, series: Sequence[int], start: int, end: int, interval: int, method: Method) -> np.ndarray:
        """Return the value of each series in each bucket of [start, end).

        There is a row for each series, in the given order, and a column for each bucket of `interval` seconds from
        `start` on; the last may be shorter. nan is an empty bucket. For distributions, all values in a bucket are
        merged, and `method` may be a percentile such as p95; other series have no percentiles: nan.
        """
        shape = len(series), -(-(end - start) // interval)
        distributions = self._distributions(series)
        if len(distributions) < len(series) and not is_percentile(method):
            values = self._aggregated(series, shape, start, end, interval, method)
        else:
            values = np.full(shape, np.nan)
        if len(distributions):
            merged = self.merged([[series[row]] for row in distributions], start, end, interval, method)
            values[distributions] = merged
        return values

    def _aggregated(
        self, series: Sequence[int], shape: tuple[int, int], start: int, end: int, interval: int, method: Method
    ) -> np.ndarray:
        """Aggregate series in parts of about `PASS` points, which fit into the cache of a processor."""
        size = max(SHELF, PASS // max(1, (end - start) // 15))
        if len(series) <= size:
            return aggregate(self.points(series, start, end), shape, start, interval, method)
        parts = [series[first : first + size] for first in range(0, len(series), size)]
        return np.vstack([
            aggregate(self.points(part, start, end), (len(part), shape[1]), start, interval, method) for part in parts
        ])  # fmt: skip

    def last_times(self, series: Sequence[int], start: int = 0, end: int = FOREVER) -> dict[int, int]:
        """Return the time of the last point of each series in [start, end), for those that have one."""
        last = {id_: int(self._last[id_]) if id_ < len(self._last) else -1 for id_ in series}
        answer = {id_: time for id_, time in last.items() if max(start, self._oldest) <= time < end}
        if later := [id_ for id_, time in last.items() if time >= end]:
            rows, times, _ = self.points(later, start, end)
            newest = np.full(len(later), -1, dtype=np.int64)
            np.maximum.at(newest, rows, times)
            answer |= {id_: time for id_, time in zip(later, newest.tolist(), strict=True) if time >= 0}
        return answer

    def metrics(self, since: int = 0) -> list[str]:
        """Return the names of the metrics that have a point at or after a time, sorted."""
        with self._lock:
            by_metric = {metric: [*series] for metric, series in self._series_index().metrics.items()}
        oldest = max(since, self._oldest)
        return sorted(metric for metric, ids in by_metric.items() if (self._last[ids] >= oldest).any())

    def value_at(self, series: int, time: int) -> float:
        """Return the value of a series at a time, of a distribution the average; nan where there is no point."""
        values = self.points([series], time, time + 1).values
        return float(values[-1]) if len(values) else math.nan

    def point_counts(self, metrics: Iterable[str]) -> dict[str, int]:
        """Return how many points of each metric are kept. A point that came twice may be counted twice."""
        with self._lock:
            by_metric = {
                metric: np.array([*self._series_index().metrics.get(metric, {})], np.int64) for metric in metrics
            }
        counts = {}
        for metric, ids in by_metric.items():
            shelves = [block_id(shelf, 0) for shelf in _shelves(ids)]
            [(stored,)] = self._read(
                'SELECT ifnull(sum(block.points), 0) FROM json_each(?1) AS shelf '
                'CROSS JOIN block ON block.id BETWEEN shelf.value + ?2 AND shelf.value + ?3',
                json.dumps(shelves), block_id(0, self._oldest // HOUR), block_id(1, 0) - 1,
            )  # fmt: skip
            counts[metric] = stored + sum(chunk.count(ids) for chunk in self._chunks)
        return counts

    def _prune_points(self, before: int) -> int:
        """Remove points before a time, and series without later points. Return how many series were removed."""
        self._oldest = before
        if any(int((chunk.keys & LATEST).min()) < before for chunk in self._chunks):
            self._close_head()
        shelves = [shelf for (shelf,) in self._sql.execute('SELECT id FROM shelf')]
        hours = block_id(0, max(before, 0) // HOUR) - 1
        self._sql.executemany(
            'DELETE FROM block WHERE id BETWEEN ? AND ?',
            [(block_id(shelf, 0), block_id(shelf, 0) + hours) for shelf in shelves],
        )
        self._save_last([])
        ids = np.fromiter(self._series_index().ids.values(), np.int64)
        gone = ids[self._last[ids] < before]
        self._sql.executemany('DELETE FROM series WHERE id = ?', [(id_,) for id_ in gone.tolist()])
        return len(gone)
