"""How many values lie where: what a heatmap and a distribution count."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .model import Context
from .requests import answers
from .sources import SOURCES, Period, measured

BINS = 20


def requests_of(definition: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the requests of a definition; one for a histogram has its query apart."""
    return [
        {**request, 'queries': [request['query']], 'formulas': [{'formula': request['query'].get('name') or 'query1'}]}
        if isinstance(request.get('query'), dict) and 'queries' not in request
        else dict(request)
        for request in definition['requests']
    ]


def lines_of(requests: Sequence[Mapping[str, Any]], context: Context, single: bool = False) -> list[Any]:
    return [line for request in requests for answer in answers(request, context, single) for line in answer.lines]


def values_of(requests: Sequence[Mapping[str, Any]], context: Context) -> tuple[np.ndarray, str]:
    """Return the value of each group or, of a histogram of records, of each record; and which of both they are."""
    values: list[float] = []
    noun = 'groups'
    for request in requests:
        query = request.get('query')
        if isinstance(query, dict) and query.get('data_source') in SOURCES:
            values += measured(query, context.variables, Period(context.store, context.start, context.end))
            noun = query['data_source']
        else:
            values += [float(line.values[0]) for line in lines_of([request], context, single=True)]
    return np.array(values), noun


def edges(values: np.ndarray) -> np.ndarray:
    """Return the edges of bins of equal widths that hold all values."""
    low, high = float(values.min()), float(values.max())
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, BINS + 1)
