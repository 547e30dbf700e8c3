"""Requests of a widget, in the form of today (queries and formulas) or the classic one (`q`)."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from datadog_sandbox.query import (
    Line,
    QueryError,
    evaluate,
    evaluate_formulas,
    fill_in,
    group_name,
    has_series,
    queried,
    shorten,
    summarizer,
)
from datadog_sandbox.store import Store

from .model import Context
from .sources import SOURCES, Period, as_query, needs

CLASSIC = {'event_query': 'events', 'log_query': 'logs'}
"""Sources of records, by the name that their one query has in the classic form."""


@dataclass(frozen=True)
class Answer:
    """The lines of one formula, or of one classic query."""

    alias: str
    lines: Sequence[Line]
    formula: Mapping[str, Any] = field(default_factory=dict)
    """Its definition; empty for a classic query."""

    def name(self, line: Line) -> str:
        """Return what a line is a line of."""
        return self.alias or line.expression


def answers(request: Mapping[str, Any], context: Context, single: bool = False) -> list[Answer]:
    """Evaluate a request to `single` values, or to lines. Raises `QueryError`."""
    if 'q' in request:
        return _classic(request, context, single)
    request = _modern(request)
    with _named_queries(request, context, single) as (store, queries):
        formulas = request.get('formulas') or [{'formula': name} for name in queries]
        lines = evaluate_formulas(
            store,
            queries,
            [formula['formula'] for formula in formulas],
            context.start,
            context.end,
            summaries=_summaries(request) if single else None,
            bars=request.get('display_type') == 'bars',
        )
    return [
        Answer(formula.get('alias') or '', _limited(of_formula, formula.get('limit')), formula)
        for formula, of_formula in zip(formulas, lines, strict=True)
    ]


def _modern(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a request whose one query of events or logs has its classic form in the form of today."""
    for key, source in CLASSIC.items():
        query = request.get(key)
        if 'queries' not in request and isinstance(query, dict):
            computes = query.get('multi_compute') or [query.get('compute')]
            return {
                **request,
                'queries': [
                    {'data_source': source, 'name': f'query{number}', **query, 'compute': compute}
                    for number, compute in enumerate(computes, 1)
                ],
            }
    return request


def _summaries(request: Mapping[str, Any]) -> dict[str, str]:
    """Return what makes one value of each query."""
    return {query['name']: _aggregator(query) for query in request['queries']}


def _aggregator(query: Mapping[str, Any]) -> str:
    given = query.get('aggregator') or 'avg'
    # `notes` says that it is approximated.
    return 'avg' if given == 'percentile' else str(given)


def _classic(request: Mapping[str, Any], context: Context, single: bool) -> list[Answer]:
    query = fill_in(request['q'], context.variables)
    lines = evaluate(context.store, query, context.start, context.end, bars=request.get('display_type') == 'bars')
    if single:
        reduce = summarizer(_aggregator(request))
        lines = [line._replace(values=reduce(line.values[None, :])[0], times=line.times[:1]) for line in lines]
    aliases = {alias.get('expression'): alias.get('alias_name') for alias in request.get('metadata') or []}
    return [Answer(aliases.get(request['q']) or '', lines)]


@contextmanager
def _named_queries(
    request: Mapping[str, Any], context: Context, single: bool
) -> Iterator[tuple[Store, dict[str, str]]]:
    """Return the queries of a request by their names, and the account that has their series.

    Metrics are those of the account; records of other sources become series of one of their own. Raises `QueryError`.
    """
    if 'queries' not in request:
        kinds = sorted(key for key in request if key.endswith('_query'))
        raise QueryError(_not_kept(kinds[0].removesuffix('_query')) if kinds else 'This request has no query')
    queries = request['queries']
    sources = {str(query.get('data_source') or 'metrics') for query in queries}
    for source in sorted(sources - {'metrics', *SOURCES}):
        raise QueryError(_not_kept(source))
    if sources == {'metrics'} or not sources:
        yield context.store, {query['name']: fill_in(query['query'], context.variables) for query in queries}
        return
    if 'metrics' in sources:
        raise QueryError(f'A request over {" and ".join(sorted(sources))} at once is not evaluated')
    with closing(Store()) as records:
        period = Period(context.store, context.start, context.end)
        bars = request.get('display_type') == 'bars'
        yield (
            records,
            {query['name']: as_query(query, context.variables, records, period, single, bars) for query in queries},
        )


def _not_kept(source: str) -> str:
    return f'This widget needs {needs(source)} (data source {source}), whose data the sandbox does not keep'


def _limited(lines: Sequence[Line], limit: Mapping[str, Any] | None) -> Sequence[Line]:
    """Keep the first lines in the order of their averages, where a formula has a limit."""
    if not limit:
        return lines
    ordered = sorted(lines, key=lambda line: np.nanmean(line.values), reverse=limit.get('order', 'desc') == 'desc')
    return ordered[: limit.get('count', len(lines))]


def label(name: str, group: Mapping[str, str], several: bool) -> str:
    """Name a line: by its group where all lines have the same expression."""
    if not group:
        return name
    return f'{name} {group_name(group)}' if several else group_name(group)


def why_empty(requests: Sequence[Mapping[str, Any]], context: Context) -> str:
    """Say why requests have no points."""
    queries = [query for request in requests for query in _metric_queries(request, context)]
    for query in queries:
        if query.metric.split('.')[0] in SOURCES and not context.store.series(query.metric):
            return f'There are no {query.metric.split(".")[0]} of this search in this range'
        if not context.store.series(query.metric):
            return f'There is no metric {query.metric} yet'
        if not has_series(context.store, query):
            return f'No series of {query.metric} matches {{{shorten(str(query.scope))}}}'
    metrics = ' and '.join(dict.fromkeys(query.metric for query in queries))
    return f'{metrics or "This widget"} has no points in this range'


def _metric_queries(request: Mapping[str, Any], context: Context) -> list[Any]:
    if 'q' in request:
        return queried(fill_in(request['q'], context.variables))
    request = _modern(request)
    with _named_queries(request, context, True) as (_, queries):
        formulas = request.get('formulas') or [{'formula': name} for name in queries]
        return [query for formula in formulas for query in queried(formula['formula'], queries)]
