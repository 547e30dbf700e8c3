"""Count: https://docs.datadoghq.com/dashboards/functions/count/"""

from dataclasses import replace

import numpy as np

from datadog_sandbox.query.grid import Grid
from datadog_sandbox.query.registry import function


@function(single_values=True, local=True)
def count_nonzero(lines: Grid) -> Grid:
    """Count the groups with a value other than 0; without a value where no group has one."""
    return counted(lines, ~np.isnan(lines.values) & (lines.values != 0))


function('count_nonzero_finite', single_values=True, local=True)(count_nonzero)


@function(single_values=True, local=True)
def count_not_null(lines: Grid) -> Grid:
    """Count the groups with a value; without a value where no group has one."""
    return counted(lines, ~np.isnan(lines.values))


def counted(lines: Grid, counts: np.ndarray) -> Grid:
    anywhere = (~np.isnan(lines.values)).any(axis=0)
    values = np.where(anywhere, counts.sum(axis=0), np.nan)[None, :]
    # Without a series there is no line.
    values = values if lines.groups else values[:0]
    return replace(lines, keys=(), groups=((),) * len(values), values=values)
