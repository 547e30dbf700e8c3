"""How many values lie where: what a heatmap and a distribution count."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from datadog_sandbox.query import HISTOGRAM, Line, fill_in, histogram

from .model import Context
from .requests import answers, why_empty
from .sources import MEASURED, Period, measured, of_services

BINS = 20


class Samples(NamedTuple):
    """Values, and how many of each there are."""

    times: np.ndarray
    """Seconds since the epoch."""
    values: np.ndarray
    counts: np.ndarray
    noun: str
    """What is counted, in the plural."""

    def histogram(self, bins: int = BINS) -> tuple[np.ndarray, np.ndarray]:
        """Return how many values each bin has, and the edges of the bins."""
        bounds = edges(self.values, bins)
        return np.histogram(self.values, bounds, weights=self.counts)[0], bounds

    def percentile(self, percent: float) -> float:
        """Return the least value up to which there are so many percent of all."""
        order = np.argsort(self.values)
        upto = np.cumsum(self.counts[order])
        place = np.searchsorted(upto, percent / 100 * upto[-1])
        return float(self.values[order][min(place, len(order) - 1)])

    def within(self, low: float, high: float) -> 'Samples':
        """Return the values from `low` to `high`."""
        inside = (self.values >= low) & (self.values <= high)
        return self._replace(times=self.times[inside], values=self.values[inside], counts=self.counts[inside])


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


def lines_of(requests: Sequence[Mapping[str, Any]], context: Context, single: bool = False) -> list[Line]:
    return [line for request in requests for answer in answers(request, context, single) for line in answer.lines]


def samples_of(requests: Sequence[Mapping[str, Any]], context: Context) -> Samples | None:
    """Return the values that requests for histograms find; None where a request is for lines. Raises `QueryError`."""
    parts = [_samples(request.get('query') or request.get('q'), context) for request in requests]
    if not parts or any(part is None for part in parts):
        return None
    times, values, counts, nouns = zip(*(part for part in parts if part), strict=True)
    return Samples(np.concatenate(times), np.concatenate(values), np.concatenate(counts), nouns[-1])


def _samples(query: Any, context: Context) -> Samples | None:
    """Return what a query for a histogram finds: values of a distribution, or the measure of each record."""
    text = query.get('query') if isinstance(query, dict) else query
    if isinstance(text, str) and text.startswith(HISTOGRAM):
        found = histogram(context.store, fill_in(text, context.variables), context.start, context.end)
        return Samples(*found, 'values')
    if not isinstance(query, dict) or query.get('data_source') not in MEASURED:
        return None
    pairs = measured(query, context.variables, Period(context.store, context.start, context.end))
    times, values = np.array(pairs, dtype=float).reshape(-1, 2).T
    return Samples(times, values, np.ones(len(values), np.int64), _noun(query))


def _noun(query: Mapping[str, Any]) -> str:
    return 'spans' if query['data_source'].startswith('apm_') else str(query['data_source'])


def groups_of(requests: Sequence[Mapping[str, Any]], context: Context) -> Samples:
    """Return the value of each group."""
    values = np.array([float(line.values[0]) for line in lines_of(requests, context, single=True)])
    return Samples(np.full(len(values), context.start), values, np.ones(len(values), np.int64), 'groups')


def edges(values: np.ndarray, bins: int = BINS) -> np.ndarray:
    """Return the edges of bins of equal widths that hold all values."""
    low, high = float(values.min()), float(values.max())
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, bins + 1)


def why_empty_of(requests: Sequence[Mapping[str, Any]], context: Context) -> str:
    """Say why requests have no values; a distribution is looked for as any metric."""
    for query in (request.get('query') for request in requests):
        if isinstance(query, dict) and query.get('data_source') in MEASURED:
            return f'There are no {_noun(query)} that match this search in this range'
    return why_empty([_without_histogram(request) for request in requests], context)


def _without_histogram(request: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **request,
        **({'q': _of_metric(request['q'])} if 'q' in request else {}),
        **({'queries': [_of_query(query) for query in request['queries']]} if 'queries' in request else {}),
    }


def _of_query(query: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**query, 'query': _of_metric(query['query'])} if 'query' in query else query


def _of_metric(query: str) -> str:
    return query.replace(HISTOGRAM, 'sum:', 1) if query.startswith(HISTOGRAM) else query
