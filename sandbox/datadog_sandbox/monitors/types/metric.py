"""Metric monitors: an aggregate of a metric query over a moving window, compared with thresholds."""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np

from datadog_sandbox import query as language
from datadog_sandbox.monitors.readings import Readings, no_readings, windows
from datadog_sandbox.monitors.spans import span
from datadog_sandbox.store import Store
from datadog_sandbox.times import HOUR, MINUTE

from .base import Chunk, MonitorType

CHUNK = 1440
"""How many moments are read at once: bounds the memory of a long run."""
WORDS = {'avg': 'average', 'sum': 'sum', 'min': 'minimum', 'max': 'maximum'}


class MetricMonitor(MonitorType):
    """A monitor such as `avg(last_5m):avg:system.load.1{*} by {host} > 4`."""

    names = ('metric alert', 'query alert')

    def __init__(self, parsed: language.MonitorQuery) -> None:
        self.query, self.aggregator, self.window = parsed.query, parsed.aggregator, parsed.window
        self.group_by, self.operator, self.threshold = parsed.group_by, parsed.operator, parsed.threshold
        self.counts = '.as_count()' in parsed.query
        self._counts_first = parsed.counts_first
        # An explicit rollup has its own buckets, which move against the window from one moment to the next.
        self._rollup = re.search(r'\.\s*rollup\s*\(', parsed.query) is not None

    @classmethod
    def parse(cls, query: str, options: Mapping[str, Any]) -> Self:
        parsed = language.parse_monitor(query)
        if parsed.algorithm or parsed.span != 'last' or parsed.aggregator == 'percentile':
            kind = f'{parsed.algorithm or parsed.aggregator}() over a window such as {parsed.span}_1{parsed.unit}'
            raise language.QueryError(f'Monitor query "{language.shorten(query)}": {kind} is not evaluated')
        return cls(parsed)

    def describe(self, value: float) -> str:
        return f'the {WORDS[self.aggregator]} of the last {span(self.window)} is {value:.10g}'

    def read(self, store: Store, moments: Sequence[int], delay: int) -> Iterator[Chunk]:
        step = moments[1] - moments[0] if len(moments) > 1 else MINUTE
        even = step % MINUTE == 0 and all(
            after - before == step for before, after in zip(moments, moments[1:], strict=False)
        )
        size = CHUNK if even and not self._rollup else 1
        for index in range(0, len(moments), size):
            chunk = moments[index : index + size]
            yield chunk, self._read(store, np.array(chunk, dtype=np.int64) - delay, step)

    def _read(self, store: Store, ends: np.ndarray, step: int) -> Readings:
        """Return the readings of windows that end at times that are `step` seconds apart."""
        start, end = int(ends[0]) + 1 - self.window, int(ends[-1]) + 1
        interval = 20 if self.window <= HOUR else 60
        [rows] = language.evaluate_rows(store, self.query, start, end, interval)
        # As documented: a monitor sees only what has all of its tags.
        complete = ['N/A' not in group.values() for group in rows.groups]
        groups, cells = list(itertools.compress(rows.groups, complete)), rows.values[complete]
        if not groups:
            return no_readings(len(ends))
        minutes = (end - start) // MINUTE
        seen = ~np.isnan(cells)
        if rows.interval == interval:
            values = windows(cells, self.window // interval, step // interval, self.aggregator)
            fresh = seen.reshape(len(groups), minutes, MINUTE // interval).any(axis=2)
        else:
            # One moment with an explicit rollup: a bucket counts for the minute in which it ends.
            values = windows(cells, cells.shape[1], 1, self.aggregator)
            fresh = np.zeros((len(groups), minutes), dtype=bool)
            ended = np.clip((rows.times + rows.interval - 1 - start) // MINUTE, 0, minutes - 1)
            for column, minute in enumerate(ended):
                fresh[:, minute] |= seen[:, column]
        if self._counts_first:
            values = self._aggregated_first(store, groups, start, end, interval, step, values.shape[1])
        # The minute before which, counted from `start`, each moment is.
        after = self.window // MINUTE + np.arange(len(ends)) * (step // MINUTE)
        latest = np.maximum.accumulate(np.where(fresh, np.arange(minutes), -1), axis=1)[:, after - 1]
        last = np.where(latest >= 0, ends[0] - self.window + MINUTE * (latest + 1), -1)
        first = ends[0] - self.window + MINUTE * (fresh.argmax(axis=1) + 1)
        return Readings(groups, values, last, first, fresh[:, after - self.window // MINUTE])

    def _aggregated_first(
        self,
        store: Store,
        groups: Sequence[dict[str, str]],
        start: int,
        end: int,
        interval: int,
        step: int,
        columns: int,
    ) -> np.ndarray:
        """Return the values of arithmetic with counts: each query over the whole window, then the arithmetic."""
        width = self.window // interval

        def reduce(cells: np.ndarray) -> np.ndarray:
            if cells.shape[1] < width:
                return windows(cells, cells.shape[1], 1, self.aggregator)
            return windows(cells, width, step // interval, self.aggregator)

        [rows] = language.evaluate_rows(store, self.query, start, end, interval, reduce)
        by_name = {language.group_name(group): values for group, values in zip(rows.groups, rows.values, strict=True)}
        nothing = np.full(columns, np.nan)
        return np.stack([by_name.get(language.group_name(group), nothing) for group in groups])
