"""How many values lie where: what a heatmap and a distribution count."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .model import Context
from .requests import answers
from .sources import MEASURED, Period, measured, of_services

BINS = 20


def requests_of(definition: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the requests of a definition; one for a histogram has its query apart."""
    return [_request(request) for request in definition['requests']]


def _request(request: Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(request.get('apm_stats_query'), dict):
        # Of the latencies, which each of its queries has to find.
        request = {'query': of_services(request['apm_stats_query'])['queries'][0]}
    query = request.get('query')
    if isinstance(query, dict) and 'queries' not in request:
        return {**request, 'queries': [query], 'formulas': [{'formula': query.get('name') or 'query1'}]}
    return dict(request)


def lines_of(requests: Sequence[Mapping[str, Any]], context: Context, single: bool = False) -> list[Any]:
    return [line for request in requests for answer in answers(request, context, single) for line in answer.lines]


def values_of(requests: Sequence[Mapping[str, Any]], context: Context) -> tuple[np.ndarray, str]:
    """Return the value of each group or, of a histogram of records, of each record; and which of both they are."""
    values: list[float] = []
    noun = 'groups'
    for request in requests:
        query = request.get('query')
        if isinstance(query, dict) and query.get('data_source') in MEASURED:
            values += measured(query, context.variables, Period(context.store, context.start, context.end))
            noun = 'spans' if query['data_source'].startswith('apm_') else query['data_source']
        else:
            values += [float(line.values[0]) for line in lines_of([request], context, single=True)]
    return np.array(values), noun


def edges(values: np.ndarray) -> np.ndarray:
    """Return the edges of bins of equal widths that hold all values."""
    low, high = float(values.min()), float(values.max())
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, BINS + 1)
