"""Forecast monitors: whether the bounds of a prediction cross the threshold.

"An alert is triggered when any part of the bounds crosses the configured threshold":
https://docs.datadoghq.com/monitors/types/forecasts/. The prediction is approximated.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np

from datadog_sandbox import query as language
from datadog_sandbox.monitors.readings import Readings, no_readings
from datadog_sandbox.monitors.words import duration
from datadog_sandbox.numerals import numeral
from datadog_sandbox.store import Store
from datadog_sandbox.times import HOUR

from .aligned import complete_groups, last_points
from .base import Chunk
from .metric import WORDS, MetricMonitor

INTERVAL = HOUR
"""Seconds of a bucket, by default."""

AGGREGATES: Mapping[str, Any] = {'avg': np.nanmean, 'sum': np.nansum, 'min': np.nanmin, 'max': np.nanmax}


class ForecastMonitor(MetricMonitor):
    """A monitor such as `max(next_1w):forecast(avg:disk{*}, 'linear', 1, interval='60m', history='1w') >= 80`."""

    names = ()
    algorithm = 'forecast'

    def __init__(self, parsed: language.MonitorQuery, options: Mapping[str, Any]) -> None:
        super().__init__(parsed, options)
        self._interval = parsed.options['interval'] or INTERVAL
        self._ahead = parsed.window
        # It looks back at the last bucket that has ended.
        self.window = 2 * self._interval

    def describe(self, value: float) -> str:
        edge = 'upper' if self.operator.startswith('>') else 'lower'
        return (
            f'the {WORDS[self.aggregator]} of the {edge} bound predicted for the next {duration(self._ahead)} is '
            f'{numeral(value)}'
        )

    def read(self, store: Store, moments: Sequence[int], delay: int) -> Iterator[Chunk]:
        # The prediction changes only when a bucket ends.
        for _, chunk in groupby(moments, lambda moment: (moment - delay) // self._interval):
            same = list(chunk)
            yield same, self._predicted(store, np.array(same, dtype=np.int64) - delay)

    def _predicted(self, store: Store, ends: np.ndarray) -> Readings:
        end = int(ends[0]) // self._interval * self._interval
        [rows] = language.evaluate_rows(store, self.query, end - self.window, end, self._interval, ahead=self._ahead)
        groups, complete = complete_groups(rows)
        if not groups:
            return no_readings(len(ends))
        assert rows.lower is not None and rows.upper is not None
        future = rows.times >= end
        edge = (rows.upper if self.operator.startswith('>') else rows.lower)[complete][:, future]
        values = np.full(len(groups), np.nan)
        known = ~np.isnan(edge).all(axis=1)
        values[known] = AGGREGATES[self.aggregator](edge[known], axis=1)
        cells = np.where(future, np.nan, rows.values[complete])
        # A bucket of a rollup may end later: it counts as soon as it has a point.
        known_by = rows._replace(times=np.minimum(rows.times, end - rows.interval))
        last, first = last_points(known_by, cells, ends)
        shape = len(groups), len(ends)
        repeated = np.broadcast_to(values[:, None], shape)
        return Readings(groups, repeated, last, first, np.ones(shape, dtype=bool))
