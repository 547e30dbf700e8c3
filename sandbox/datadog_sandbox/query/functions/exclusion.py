"""Exclusion: https://docs.datadoghq.com/dashboards/functions/exclusion/"""

from dataclasses import replace

import numpy as np

from datadog_sandbox.query.grid import Grid
from datadog_sandbox.query.registry import Number, function


@function(single_values=True, local=True)
def exclude_null(lines: Grid) -> Grid:
    """Leave out the groups that have `N/A` for any tag."""
    return lines.rows([row for row, group in enumerate(lines.groups) if 'N/A' not in group])


@function(single_values=True, local=True)
def clamp_min(lines: Grid, threshold: Number) -> Grid:
    """Set values under the threshold to it."""
    return replace(lines, values=np.maximum(lines.values, threshold))


@function(single_values=True, local=True)
def clamp_max(lines: Grid, threshold: Number) -> Grid:
    """Set values over the threshold to it."""
    return replace(lines, values=np.minimum(lines.values, threshold))


@function(single_values=True, local=True)
def cutoff_min(lines: Grid, threshold: Number) -> Grid:
    """Leave out values under the threshold."""
    return replace(lines, values=np.where(lines.values < threshold, np.nan, lines.values))


@function(single_values=True, local=True)
def cutoff_max(lines: Grid, threshold: Number) -> Grid:
    """Leave out values over the threshold."""
    return replace(lines, values=np.where(lines.values > threshold, np.nan, lines.values))
