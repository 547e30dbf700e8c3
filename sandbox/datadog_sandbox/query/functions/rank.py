"""Rank: https://docs.datadoghq.com/dashboards/functions/rank/"""

import math
from typing import Literal

import numpy as np

from datadog_sandbox.query.grid import SUMMARIES, Grid
from datadog_sandbox.query.registry import Whole, function

Rank = Literal['max', 'mean', 'min', 'sum', 'last', 'l2norm', 'area']


@function(single_values=True)
def top(lines: Grid, limit: Whole, by: Rank, direction: Literal['asc', 'desc']) -> Grid:
    """Return the `limit` first lines in the order of what `by` makes of the values in the range."""
    ranks = SUMMARIES[by](lines.values[:, lines.lead :])
    order = np.argsort(ranks if direction == 'asc' else -ranks, kind='stable')
    return lines.rows([row for row in order if not math.isnan(ranks[row])][:limit])
