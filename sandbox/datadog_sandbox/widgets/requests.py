"""Requests of a widget, in the form of today (queries and formulas) or the classic one (`q`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from datadog_sandbox.query import (
    Line,
    QueryError,
    capitals,
    evaluate_formulas,
    evaluate_rows,
    fill_in,
    group_name,
    has_series,
    parse,
    queried,
    shorten,
    summarizer,
)
from datadog_sandbox.query.tree import Query
from datadog_sandbox.store import Store

from .model import Context
from .named_queries import modern, named_queries
from .sources import NOUNS, unit
from .units import has_sign


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
    request = modern(request)
    with named_queries(request, context, single) as (queries, others):
        formulas = request.get('formulas') or [{'formula': name} for name in queries]
        lines = evaluate_formulas(
            context.store,
            queries,
            [formula['formula'] for formula in formulas],
            context.start,
            context.end,
            summaries=_summaries(request) if single else None,
            bars=request.get('display_type') == 'bars',
            others=others,
        )
    units = {query['name']: _format(unit(query)) for query in request['queries']}
    units |= {name: _of_metric(text, context) for name, text in queries.items() if not units[name]}
    return [
        Answer(formula.get('alias') or '', _limited(of_formula, formula.get('limit')), _with_unit(formula, units))
        for formula, of_formula in zip(formulas, lines, strict=True)
    ]


def _with_unit(formula: Mapping[str, Any], units: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return a formula with the unit that the values of its query have by themselves, unless it has one of its own."""
    own = units.get(formula['formula'])
    return {**formula, 'number_format': own} if own and not formula.get('number_format') else formula


def _format(name: str, per: str | None = None) -> dict[str, Any]:
    """Return the `number_format` of a unit; an empty one without it."""
    return {'unit': {'type': 'canonical_unit', 'unit_name': name, 'per_unit_name': per}} if name else {}


def _of_metric(query: str, context: Context) -> dict[str, Any]:
    """Return the format of the unit in the metadata of a metric, where a query is nothing but its values.

    https://docs.datadoghq.com/metrics/units/: units are displayed "on timeseries graphs, query value widgets, and top
    lists".
    """
    metadata = metadata_of(query, context.store)
    return _format(metadata['unit'], metadata.get('per_unit')) if has_sign(str(metadata.get('unit'))) else {}


def metadata_of(query: str, store: Store) -> Mapping[str, Any]:
    """Return the metadata of a metric, where a query is nothing but its values; else nothing. Raises `QueryError`."""
    nodes = parse(query)
    node = nodes[0] if len(nodes) == 1 else None
    # A number of series, or of values in a second, has another unit.
    if not isinstance(node, Query) or node.aggregator == 'count' or node.modifier == 'as_rate':
        return {}
    return store.get('metric metadata', node.metric) or {}


def _summaries(request: Mapping[str, Any]) -> dict[str, str]:
    """Return what makes one value of each query."""
    return {query['name']: _aggregator(query) for query in request['queries']}


def _aggregator(query: Mapping[str, Any]) -> str:
    given = query.get('aggregator') or 'avg'
    # `notes` says that it is approximated.
    return 'avg' if given == 'percentile' else str(given)


def _classic(request: Mapping[str, Any], context: Context, single: bool) -> list[Answer]:
    """Evaluate a request whose `q` may be several queries, separated by commas, each with an alias of its own."""
    query = fill_in(request['q'], context.variables)
    rows = evaluate_rows(context.store, query, context.start, context.end, bars=request.get('display_type') == 'bars')
    aliases = [(_nodes(alias.get('expression'), context), alias) for alias in request.get('metadata') or []]
    every = []
    for node, of_query in zip(parse(query), rows, strict=True):
        lines = of_query.lines()
        if single:
            reduce = summarizer(_aggregator(request))
            lines = [line._replace(values=reduce(line.values[None, :])[0], times=line.times[:1]) for line in lines]
        alias = next((alias.get('alias_name') for nodes, alias in aliases if nodes == (node,)), None)
        own = _of_metric(str(query), context) if len(rows) == 1 else {}
        every.append(Answer(alias or '', lines, {'number_format': own} if own else {}))
    return [answer for answer in every if answer.lines] or every[:1]


def _nodes(query: Any, context: Context) -> tuple[Any, ...]:
    """Return the trees of a query; none of one that cannot be read."""
    try:
        return parse(fill_in(str(query), context.variables))
    except QueryError:
        return ()


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
    queries = [query for request in requests for query in queries_over_metrics(request, context)]
    for query in queries:
        known = context.store.series(query.metric)
        if not known and (noun := NOUNS.get(query.metric.split('.')[0])):
            return f'There are no {noun} in this range'
        if not known:
            return f'There is no metric {query.metric} yet'
        if not has_series(context.store, query):
            case = ': tags are kept in lower case' if capitals(query.scope) else ''
            return f'No series of {query.metric} matches {{{shorten(str(query.scope))}}}{case}'
    metrics = ' and '.join(dict.fromkeys(query.metric for query in queries))
    return f'{metrics or "This widget"} has no points in this range'


def queries_over_metrics(request: Mapping[str, Any], context: Context) -> list[Query]:
    """Return the queries over metrics of a request. Raises `QueryError`."""
    if 'q' in request:
        return queried(fill_in(request['q'], context.variables))
    request = modern(request)
    with named_queries(request, context, False) as (queries, _):
        formulas = request.get('formulas') or [{'formula': name} for name in queries]
        return [query for formula in formulas for query in queried(formula['formula'], queries)]
