"""Outlier monitors: 1 for a group that behaves unlike the others in the window, 0 for the others.

https://docs.datadoghq.com/monitors/types/outlier/
"""

from collections.abc import Sequence

import numpy as np

from datadog_sandbox.query import Rows

from .metric import MetricMonitor


class OutlierMonitor(MetricMonitor):
    """A monitor such as `avg(last_30m):outliers(avg:system.cpu.user{*} by {host}, 'DBSCAN', 3) > 0`."""

    names = ()
    algorithm = 'outliers'
    compares_values = False

    def describe(self, value: float) -> str:
        return 'it is an outlier, 1' if value else 'it is no outlier, 0'

    def _values(self, values: np.ndarray, rows: Rows, complete: Sequence[bool]) -> np.ndarray:
        assert rows.outlying is not None
        outlying = rows.outlying[np.array(complete)].astype(float)[:, None]
        return np.where(np.isnan(values), np.nan, outlying)
