"""Rank: https://docs.datadoghq.com/dashboards/functions/rank/"""

import itertools
import math
from typing import Literal

import numpy as np

from datadog_sandbox.query.grid import SUMMARIES, Grid
from datadog_sandbox.query.registry import Whole, function

Rank = Literal['max', 'mean', 'min', 'sum', 'last', 'l2norm', 'area']
DIRECTIONS = {'top': 'desc', 'bottom': 'asc'}


@function(single_values=True)
def top(lines: Grid, limit: Whole, by: Rank, direction: Literal['asc', 'desc']) -> Grid:
    """Return the first `limit` lines in the order of the value that `by` computes over the range."""
    return ranked(lines, limit, by, direction)


def ranked(lines: Grid, limit: int, by: str, direction: str) -> Grid:
    ranks = SUMMARIES[by](lines.values[:, lines.lead :])
    order = np.argsort(ranks if direction == 'asc' else -ranks, kind='stable')
    return lines.rows([row for row in order if not math.isnan(ranks[row])][:limit])


def register(name: str, limit: int, by: str, direction: str) -> None:
    def apply(lines: Grid) -> Grid:
        return ranked(lines, limit, by, direction)

    end = 'highest' if name.startswith('top') else 'lowest'
    apply.__doc__ = f'Return the {end} lines; the name says how many and by which value.'
    apply.__module__ = __name__
    function(name, single_values=True)(apply)


for (word, way), limit in itertools.product(DIRECTIONS.items(), (5, 10, 15, 20)):
    # Without a word for it, lines are ranked by their mean.
    register(f'{word}{limit}', limit, 'mean', way)
    for by in ('mean', 'min', 'max', 'last', 'area', 'l2norm'):
        register(f'{word}{limit}_{by}', limit, by, way)
