"""Anomaly monitors: the share of a window in which a metric is outside of the band of expected values.

https://docs.datadoghq.com/monitors/types/anomaly/ says how they trigger and recover; the band is approximated.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from datadog_sandbox import query as language
from datadog_sandbox.monitors.model import Level, Remark
from datadog_sandbox.monitors.numbers import numbers
from datadog_sandbox.monitors.readings import Readings, no_readings
from datadog_sandbox.monitors.words import duration
from datadog_sandbox.numerals import numeral
from datadog_sandbox.query import QueryError
from datadog_sandbox.query.monitor import window_of
from datadog_sandbox.store import Store
from datadog_sandbox.times import HOUR, MINUTE

from .aligned import complete_groups, ended_before, last_points, sums
from .base import Chunk
from .metric import CHUNK, MetricMonitor

RECOVERY = 0.0
"""The share at or below which a group recovers, by default."""


class AnomalyMonitor(MetricMonitor):
    """A monitor such as `avg(last_4h):anomalies(avg:m{*}, 'basic', 2, alert_window='last_15m') >= 1`."""

    names = ()
    algorithm = 'anomalies'
    compares_values = False

    def __init__(self, parsed: language.MonitorQuery, options: Mapping[str, Any]) -> None:
        super().__init__(parsed, options)
        windows = options.get('threshold_windows') or {}
        path = 'options.threshold_windows'
        self._trigger = _window(windows, 'trigger_window', path) or parsed.options['alert_window'] or parsed.window
        self._recovery = _window(windows, 'recovery_window', path) or self._trigger
        names = ('warning', 'critical_recovery', 'warning_recovery')
        self._thresholds = numbers(options.get('thresholds') or {}, names, 'options.thresholds')
        self._direction = parsed.options['direction']
        self._interval = parsed.options['interval'] or (20 if self._trigger <= HOUR else MINUTE)
        self.window = self._trigger

    def describe(self, value: float) -> str:
        where = {'both': 'outside of', 'above': 'above', 'below': 'below'}[self._direction]
        share = f'{100 * value:.3g} % of the last {duration(self._trigger)}'
        return f'{share} are {where} the expected values: {numeral(value)}'

    def remarks(self) -> list[Remark]:
        if self._recovery <= self._trigger:
            return super().remarks()
        message = (
            'options.threshold_windows.recovery_window is longer than the trigger window, the longest that Datadog '
            'documents: it is evaluated as it is written.'
        )
        return [*super().remarks(), Remark('recovery-window', message, True)]

    def read(self, store: Store, moments: Sequence[int], delay: int) -> Iterator[Chunk]:
        for index in range(0, len(moments), CHUNK):
            chunk = moments[index : index + CHUNK]
            yield chunk, self._shares(store, np.array(chunk, dtype=np.int64) - delay)

    def _shares(self, store: Store, ends: np.ndarray) -> Readings:
        longest = max(self._trigger, self._recovery)
        start = (int(ends[0]) - longest) // self._interval * self._interval
        [rows] = language.evaluate_rows(store, self.query, start, int(ends[-1]) + 1, self._interval)
        groups, complete = complete_groups(rows)
        if not groups:
            return no_readings(len(ends))
        assert rows.lower is not None and rows.upper is not None
        cells, lower, upper = rows.values[complete], rows.lower[complete], rows.upper[complete]
        above, below = cells > upper, cells < lower
        outside = {'both': above | below, 'above': above, 'below': below}[self._direction]
        last, first = last_points(rows, cells, ends)
        stops = ended_before(rows, ends)

        def share(window: int) -> np.ndarray:
            starts = np.minimum(np.searchsorted(rows.times, ends - window), stops)
            count = sums(~np.isnan(cells), starts, stops)
            return np.where(count > 0, sums(outside, starts, stops) / np.maximum(count, 1), np.nan)

        values = share(self._trigger)
        levels, sustained = self._levels(values, share(self._recovery))
        full = np.ones(values.shape, dtype=bool)
        return Readings(groups, values, last, first, full, levels, sustained)

    def _levels(self, trigger: np.ndarray, recovery: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the level of each share outside, and the level that the recovery window sustains."""
        beyond, thresholds = language.COMPARE[self.operator], self._thresholds
        level = np.where(beyond(trigger, self.parsed.threshold), Level.ALERT, Level.OK)
        # nan, an empty recovery window, is no recovery.
        sustained = np.where(recovery <= thresholds.get('critical_recovery', RECOVERY), Level.OK, Level.ALERT)
        if 'warning' in thresholds:
            level = np.where((level == Level.OK) & beyond(trigger, thresholds['warning']), Level.WARN, level)
            stays = ~(recovery <= thresholds.get('warning_recovery', RECOVERY))
            sustained = np.where((sustained == Level.OK) & stays, Level.WARN, sustained)
        return np.where(np.isnan(trigger), Level.MISSING, level), sustained


def _window(windows: Mapping[str, Any], name: str, path: str) -> int:
    """Return the seconds of a window such as last_15m; 0 if it is not set. Raises `QueryError`."""
    if not windows.get(name):
        return 0
    try:
        return window_of(str(windows[name])).seconds
    except QueryError as error:
        raise QueryError(f'{path}.{name}: {error}') from None
