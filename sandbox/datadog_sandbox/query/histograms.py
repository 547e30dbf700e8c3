"""Histograms of distributions: `histogram:my.distribution{*}`, the values themselves instead of one of a bucket."""

from typing import NamedTuple

import numpy as np

from datadog_sandbox.store import Store

from .errors import QueryError, shorten
from .formulas import single
from .series import select
from .tree import Query

HISTOGRAM = 'histogram:'


class Histogram(NamedTuple):
    """How many values there are, and where; one entry for each bin of a sketch."""

    times: np.ndarray
    """Seconds since the epoch."""
    values: np.ndarray
    """Within the error of a sketch."""
    counts: np.ndarray


def histogram(store: Store, query: str, start: int, end: int) -> Histogram:
    """Return the values of a distribution in [start, end). Raises `QueryError`, also for a metric that is none."""
    node = single(f'sum:{query.removeprefix(HISTOGRAM)}')
    if not isinstance(node, Query) or node.by or node.modifier or node.fill or node.method:
        raise QueryError(f'Query "{shorten(query)}": a histogram is of a metric and its scope alone')
    chosen = select(store, node)
    if chosen.ids and chosen.type != 'distribution':
        raise QueryError(f'Query "{shorten(query)}": a histogram is of a distribution, not of a {chosen.type}')
    return Histogram(*store.sketch_bins(chosen.ids, start, end))
