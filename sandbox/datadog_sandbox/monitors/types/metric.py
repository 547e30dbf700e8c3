"""Metric monitors: an aggregate of a metric query over a window, compared with thresholds.

https://docs.datadoghq.com/monitors/types/metric/
"""

import bisect
import functools
import operator
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from datadog_sandbox import query as language
from datadog_sandbox.monitors.cumulative import Periods
from datadog_sandbox.monitors.model import Remark
from datadog_sandbox.monitors.readings import CELLS, Readings, growing_windows, is_full, no_readings, windows
from datadog_sandbox.monitors.words import duration
from datadog_sandbox.numerals import numeral
from datadog_sandbox.store import Store
from datadog_sandbox.times import HOUR, MINUTE

from .aligned import complete_groups
from .base import Chunk, MonitorType

CHUNK = 1440
"""How many moments are read at once: bounds the memory of a long evaluation."""
WORDS = {'avg': 'average', 'sum': 'sum', 'min': 'minimum', 'max': 'maximum', 'percentile': 'percentile'}
CHANGES = {'': '', 'change': ' of the change', 'pct_change': ' of the change in percent'}


class MetricMonitor(MonitorType):
    """A monitor such as `avg(last_5m):avg:system.load.1{*} by {host} > 4`."""

    names: ClassVar[tuple[str, ...]] = ('metric alert', 'query alert')
    algorithm: ClassVar[str] = ''
    """The outermost function of the queries of a class, such as `anomalies`."""

    def __init__(self, parsed: language.MonitorQuery, options: Mapping[str, Any]) -> None:
        self.parsed, self.query, self.aggregator = parsed, parsed.query, parsed.aggregator
        self.window, self.group_by = parsed.window, parsed.group_by
        self.operator, self.threshold = parsed.operator, parsed.threshold
        # "This option is available for monitors using Count queries without the default_zero() function."
        counts = '.as_count()' in parsed.query and not language.inside(parsed.query, 'default_zero')
        self.empty_is_zero = options.get('on_missing_data') == 'default' and counts
        required = [language.required(part.scope).items() for part in language.queried(parsed.query)]
        self.fixed_tags = dict(functools.reduce(operator.and_, required))
        self.needs_full_window = bool(options.get('require_full_window'))
        self._filled = language.arguments(parsed.query, 'default_zero')
        self._periods = Periods.of(parsed.unit, options) if parsed.span == 'current' else None
        # Other windows are read one by one: the buckets of a rollup, for example, do not move with the window.
        self._movable = parsed.local and parsed.aggregator != 'percentile'

    @classmethod
    def parse(cls, query: str, options: Mapping[str, Any]) -> 'MetricMonitor':
        if query.lstrip().startswith('formula('):
            sources = {str(variable.get('data_source')) for variable in options.get('variables') or []}
            raise language.QueryError(
                f'A monitor of a formula over {", ".join(sorted(sources)) or "variables"} needs data that the sandbox '
                'does not keep: only queries such as avg(last_5m):avg:system.load.1{*} > 4 are evaluated.'
            )
        parsed = language.parse_monitor(query)
        kinds = {kind.algorithm: kind for kind in (cls, *cls.__subclasses__())}
        return kinds[parsed.algorithm](parsed, options)

    def describe(self, value: float) -> str:
        which = 'current' if self._periods else 'last'
        aggregate = f'{WORDS[self.aggregator]}{CHANGES[self.parsed.change]}'
        return f'the {aggregate} of the {which} {duration(self.window)} is {numeral(value)}'

    def metrics(self) -> set[str]:
        return {part.metric for part in language.queried(self.query)}

    def remarks(self) -> list[Remark]:
        remarks = [
            Remark('approximated-function', f'{name}() is approximated: Datadog publishes part of its algorithm.', True)
            for name in language.approximations(self.query)
        ]
        counts = '.as_count()' in self.query
        if self.aggregator != 'sum' and counts and not self.parsed.algorithm:
            message = f'{self.aggregator}() of .as_count() depends on the length of the buckets: sum() is meant.'
            remarks.append(Remark('aggregator-of-count', message, True))
        if self.aggregator == 'sum' and not (counts or '.as_rate()' in self.query):
            message = 'sum() over a window of a gauge adds the average of each bucket: it depends on their length.'
            remarks.append(Remark('sum-of-gauge', message, True))
        if self.aggregator == 'sum' and re.search(r'\bmoving_rollup\s*\(', self.query):
            message = 'sum() over a window of moving_rollup() adds a value for each bucket: it depends on their length.'
            remarks.append(Remark('sum-of-rollup', message, True))
        if re.search(r'\bcumsum\s*\(', self.query):
            message = 'cumsum() sums from the start of the window: Datadog advises against it in monitors.'
            remarks.append(Remark('cumsum', message, True))
        scopes = [part.scope for part in language.queried(self.query)]
        for tag in dict.fromkeys(tag for scope in scopes for tag in language.capitals(scope)):
            message = f'{{{language.shorten(tag)}}} matches no series: tags are kept in lower case.'
            remarks.append(Remark('capitals-in-scope', message, True))
        return remarks

    def read(self, store: Store, moments: Sequence[int], delay: int) -> Iterator[Chunk]:
        step = moments[1] - moments[0] if len(moments) > 1 else MINUTE
        even = step % MINUTE == 0 and all(
            after - before == step for before, after in zip(moments, moments[1:], strict=False)
        )
        together = self._movable and even and step <= self.window
        size = min(CHUNK, max(1, CELLS // (self.window // self._bucket))) if together else 1
        for period in self._by_period(moments, delay):
            for index in range(0, len(period), size):
                chunk = period[index : index + size]
                yield chunk, self._read(store, np.array(chunk, dtype=np.int64) - delay, step)

    def _by_period(self, moments: Sequence[int], delay: int) -> Iterator[Sequence[int]]:
        """Yield the moments whose cumulative windows begin together; all of them for other windows."""
        if self._periods is None:
            yield moments
            return
        periods = self._periods

        def start(moment: int) -> int:
            return periods.start(moment - delay)

        while moments:
            count = bisect.bisect_right(moments, start(moments[0]), key=start)
            yield moments[:count]
            moments = moments[count:]

    @property
    def _bucket(self) -> int:
        """Seconds of the buckets that a window is read in."""
        return 20 if self.window <= HOUR else 60

    def _windows(self, cells: np.ndarray, width: int, step: int) -> np.ndarray:
        aggregate = windows if self._periods is None else growing_windows
        return aggregate(cells, width, step, self.aggregator)

    def _read(self, store: Store, ends: np.ndarray, step: int) -> Readings:
        """Return the readings of windows whose ends are `step` seconds apart."""
        # A cumulative window is shorter at first, and all of a chunk begin together.
        used = self.window if self._periods is None else int(ends[0]) - self._periods.start(int(ends[0]))
        window = max(self.window // MINUTE * MINUTE, used)
        start, end = int(ends[0]) + 1 - window, int(ends[-1]) + 1
        interval = self._bucket
        [rows] = language.evaluate_rows(store, self.query, start, end, interval)
        groups, complete = complete_groups(rows)
        if not groups:
            return no_readings(len(ends))
        cells = rows.values[complete]
        if self.parsed.counts_first or self.aggregator == 'percentile':
            values = self._aggregated_first(store, groups, int(ends[0]) + 1 - used, end, used, step)
        elif rows.interval == interval:
            skipped = (window - used) // interval
            values = self._windows(cells[:, skipped:], used // interval, step // interval)
        else:
            chosen = cells[:, rows.times + rows.interval > end - used]
            values = windows(chosen, chosen.shape[1], 1, self.aggregator)
        fresh = _fresh(rows, cells, start, end)
        full = np.ones((len(groups), len(ends)), dtype=bool)
        # The minute before which, counted from `start`, each moment is.
        after = window // MINUTE + np.arange(len(ends)) * (step // MINUTE)
        if self.needs_full_window:
            full = is_full(fresh, after - window // MINUTE, window, self.parsed.unit)
        values = self._values(values, rows, complete)
        for seen in self._seen(store, groups, start, end):
            fresh = fresh & seen
            points = np.pad(seen.cumsum(axis=1), ((0, 0), (1, 0)))
            values = np.where(points[:, after] > points[:, after - used // MINUTE], values, np.nan)
        latest = np.maximum.accumulate(np.where(fresh, np.arange(fresh.shape[1]), -1), axis=1)[:, after - 1]
        last = np.where(latest >= 0, start - 1 + MINUTE * (latest + 1), -1)
        first = start - 1 + MINUTE * (fresh.argmax(axis=1) + 1)
        return Readings(groups, values, last, first, full)

    def _seen(self, store: Store, groups: Sequence[dict[str, str]], start: int, end: int) -> Iterator[np.ndarray]:
        """Yield for each default_zero() whether what it fills has a point, by group (rows) and minute (columns).

        "If the evaluation window does not contain any data points, default_zero() has no effect":
        https://docs.datadoghq.com/dashboards/functions/interpolation/
        """
        for text in self._filled:
            [rows] = language.evaluate_rows(store, text, start, end, self._bucket)
            minutes = dict(zip(map(_key, rows.groups), _fresh(rows, rows.values, start, end), strict=True))
            keys, nothing = [*rows.groups[0]] if rows.groups else [], np.zeros((end - start) // MINUTE, dtype=bool)
            yield np.stack([minutes.get(tuple(group.get(key) for key in keys), nothing) for group in groups])

    def _values(self, values: np.ndarray, rows: language.Rows, complete: Sequence[bool]) -> np.ndarray:
        """Return the values to compare with the thresholds, from the aggregates of the windows."""
        return values

    def _aggregated_first(
        self, store: Store, groups: Sequence[dict[str, str]], start: int, end: int, used: int, step: int
    ) -> np.ndarray:
        """Return values for which each query is aggregated over the window before the arithmetic between queries."""
        interval, width = self._bucket, used // self._bucket

        def reduce(cells: np.ndarray) -> np.ndarray:
            if cells.shape[1] < width or not self._movable:
                return windows(cells, cells.shape[1], 1, self.aggregator)
            return self._windows(cells, width, step // interval)

        if self.aggregator == 'percentile':
            [rows] = language.evaluate_rows(store, self.query, start, end, end - start)
        else:
            [rows] = language.evaluate_rows(store, self.query, start, end, interval, reduce)
        by_name = {language.group_name(group): values for group, values in zip(rows.groups, rows.values, strict=True)}
        nothing = np.full(rows.values.shape[1], np.nan)
        return np.stack([by_name.get(language.group_name(group), nothing) for group in groups])


def _key(group: Mapping[str, str]) -> tuple[str | None, ...]:
    return tuple(group.values())


def _fresh(rows: language.Rows, cells: np.ndarray, start: int, end: int) -> np.ndarray:
    """Return whether each group (rows) has a point in each minute (columns) from `start` to `end`."""
    seen, minutes = ~np.isnan(cells), (end - start) // MINUTE
    if MINUTE % rows.interval == 0 and rows.times[0] == start:
        return np.asarray(seen.reshape(len(cells), minutes, MINUTE // rows.interval).any(axis=2))
    # A bucket counts for the minute in which it ends.
    fresh = np.zeros((len(cells), minutes), dtype=bool)
    ended = np.minimum((rows.times + rows.interval - 1 - start) // MINUTE, minutes - 1)
    for column, minute in enumerate(ended):
        fresh[:, minute] |= seen[:, column]
    return fresh
