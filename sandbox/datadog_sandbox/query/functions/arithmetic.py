"""Arithmetic: https://docs.datadoghq.com/dashboards/functions/arithmetic/"""

from dataclasses import replace

import numpy as np

from datadog_sandbox.query.grid import Grid
from datadog_sandbox.query.registry import function


@function('abs', single_values=True)
def absolute(lines: Grid) -> Grid:
    """Return the absolute values."""
    return replace(lines, values=np.abs(lines.values))
