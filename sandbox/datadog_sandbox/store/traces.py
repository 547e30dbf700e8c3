"""Spans, and statistics of services."""

import json
from collections.abc import Iterable

from datadog_sandbox.times import FOREVER

from .database import Database
from .model import Span, TraceStat


class Traces(Database):
    """Spans and statistics of traces."""

    def add_spans(self, spans: Iterable[Span]) -> None:
        """Store spans, in the place of those with the same ids."""
        with self.transaction():
            self._sql.executemany(
                f'INSERT OR REPLACE INTO span VALUES ({", ".join("?" * 14)})',
                [(*span[:12], json.dumps(span.meta), json.dumps(span.metrics)) for span in spans],
            )

    def spans(self, start: int = 0, end: int = FOREVER, trace: str | None = None, limit: int = 10_000) -> list[Span]:
        """Return spans that start in [start, end), in nanoseconds, the latest first; of one trace, if given."""
        rows = self._read(
            'SELECT * FROM span WHERE start >= ?1 AND start < ?2 AND (?3 IS NULL OR trace = ?3) '
            'ORDER BY start DESC LIMIT ?4',
            start, end, trace, limit,
        )  # fmt: skip
        return [Span._make((*row, json.loads(meta), json.loads(metrics))) for *row, meta, metrics in rows]

    def add_trace_stats(self, stats: Iterable[TraceStat]) -> None:
        """Store statistics of traces, in the place of those with the same bucket and the same keys."""
        with self.transaction():
            self._sql.executemany(f'INSERT OR REPLACE INTO trace_stat VALUES ({", ".join("?" * 9)})', stats)

    def trace_stats(self, start: int = 0, end: int = FOREVER) -> list[TraceStat]:
        """Return the statistics of the buckets that begin in [start, end)."""
        rows = self._read('SELECT * FROM trace_stat WHERE time >= ? AND time < ? ORDER BY time', start, end)
        return [TraceStat(*row) for row in rows]
