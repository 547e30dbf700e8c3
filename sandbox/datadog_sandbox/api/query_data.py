"""Queries of lines and of single values with formulas, API v2."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from datadog_sandbox import query
from datadog_sandbox.query.intervals import within_limit

from .endpoint import LARGEST, Call, Refused, endpoint
from .query_sources import complete_queries, sampled, units_of_query


def query_timeseries(call: Call) -> Any:
    """Answer with the lines of each formula; without formulas, of each query."""
    attributes = _attributes(call.body, 'timeseries_request')
    start, end = _range(attributes)
    queries = complete_queries(attributes)
    formulas = _expressions(attributes, queries)
    interval = attributes.get('interval')
    if interval is not None:
        # Datadog rounds to whole seconds, and gives no more than 1,500 points.
        interval = within_limit(max(1, round(_number(interval, 'interval') / 1000)), end - start)
    with _evaluating(), sampled(call, queries, start, end, interval, single=False) as (texts, others):
        answers = query.evaluate_formulas(call.store, texts, formulas, start, end, interval, others=others)
        units = _units(call, queries, formulas)
    lines = [
        (place, line)
        for place, answer in enumerate(answers)
        for line in _limited(answer, attributes, place, lambda line: float(np.nanmean(line.values)))
    ]
    times = sorted({time for _, line in lines for time in line.times[~np.isnan(line.values)].tolist()})
    return {
        'data': {
            'id': '0',
            'type': 'timeseries_response',
            'attributes': {
                'series': [
                    {'group_tags': _tags(line), 'query_index': place, 'unit': units[place]} for place, line in lines
                ],
                'times': [time * 1000 for time in times],
                'values': [_aligned(line, times) for _, line in lines],
            },
        }
    }  # fmt: skip


def query_scalar(call: Call) -> Any:
    """Answer with a column for each key of the groups, and one for each formula; without formulas, for each query."""
    attributes = _attributes(call.body, 'scalar_request')
    start, end = _range(attributes)
    queries = complete_queries(attributes)
    formulas = _expressions(attributes, queries)
    summaries = {each['name']: each.get('aggregator') or 'avg' for each in queries}
    with _evaluating(), sampled(call, queries, start, end, None, single=True) as (texts, others):
        answers = query.evaluate_formulas(call.store, texts, formulas, start, end, summaries=summaries, others=others)
        units = _units(call, queries, formulas)
    columns = [
        {tuple(line.group.items()): float(line.values[0]) for line in _limited(answer, attributes, place, _value)}
        for place, answer in enumerate(answers)
    ]
    groups = list(dict.fromkeys(group for column in columns for group in column))
    keys = list(dict.fromkeys(key for group in groups for key, _ in group))
    return {
        'data': {
            'id': '0',
            'type': 'scalar_response',
            'attributes': {
                'columns': [
                    *(
                        {'name': key, 'type': 'group', 'values': [[dict(group).get(key, '')] for group in groups]}
                        for key in keys
                    ),
                    *(
                        {
                            'name': formula,
                            'type': 'number',
                            'values': [column.get(group) for group in groups],
                            'meta': {'unit': unit},
                        }
                        for formula, column, unit in zip(formulas, columns, units, strict=True)
                    ),
                ]
            },
        }
    }


def _units(call: Call, queries: Sequence[Mapping[str, Any]], formulas: Sequence[str]) -> list[Any]:
    """Return the units of each formula: those of a query, and none where it calculates."""
    of_queries = {each['name']: units_of_query(each, call.store) for each in queries}
    return [of_queries.get(formula) for formula in formulas]


def _value(line: query.Line) -> float:
    return float(line.values[0])


def _attributes(body: Any, kind: str) -> Mapping[str, Any]:
    data = body.get('data') if isinstance(body, dict) else None
    if not isinstance(data, dict) or not isinstance(attributes := data.get('attributes'), dict):
        raise Refused('API input validation failed: data.attributes is required')
    if data.get('type') != kind:
        raise Refused(f'API input validation failed: Invalid type. Expected "{kind}".')
    return attributes


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e15:
        raise Refused(f'{name} must be a time in milliseconds, not {str(value)[:100]!r}')
    return value


def _range(attributes: Mapping[str, Any]) -> tuple[int, int]:
    """Return the range in seconds."""
    start, end = (int(_number(attributes.get(name), name)) // 1000 for name in ('from', 'to'))
    if start >= end:
        raise Refused(f'from must be before to, not {start * 1000} and {end * 1000}')
    return start, end


def _expressions(attributes: Mapping[str, Any], queries: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the formulas of a request; without any, each query is one."""
    return [str(each.get('formula')) for each in _formulas(attributes)] or [each['name'] for each in queries]


def _formulas(attributes: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    formulas = attributes.get('formulas') or []
    if not isinstance(formulas, list) or not all(isinstance(each, dict) for each in formulas):
        raise Refused('API input validation failed: formulas must be a list of objects')
    for each in formulas:
        if not isinstance(limit := each.get('limit') or {}, dict):
            raise Refused('API input validation failed: the limit of a formula must be an object')
        count, order = limit.get('count', 1), limit.get('order', 'desc')
        if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= LARGEST:
            raise Refused(f'API input validation failed: limit.count must be 1 or more, not {str(count)[:100]!r}')
        if order not in ('asc', 'desc'):
            raise Refused(f'API input validation failed: limit.order must be asc or desc, not {str(order)[:100]!r}')
    return formulas


@contextmanager
def _evaluating() -> Iterator[None]:
    """Refuse a request whose queries cannot be evaluated."""
    try:
        yield
    except query.QueryError as error:
        raise Refused(f'Error parsing query: {error}') from error


def _limited(
    lines: Sequence[query.Line], attributes: Mapping[str, Any], place: int, value: Callable[[query.Line], float]
) -> Sequence[query.Line]:
    """Keep the first lines in the order of their values, where the formula has a limit."""
    formulas = _formulas(attributes)
    limit = formulas[place].get('limit') if place < len(formulas) else None
    if not limit:
        return lines
    ordered = sorted(lines, key=value, reverse=limit.get('order', 'desc') == 'desc')
    return ordered[: limit.get('count', len(ordered))]


def _tags(line: query.Line) -> list[str]:
    return [f'{key}:{value}' for key, value in line.group.items()]


def _aligned(line: query.Line, times: Sequence[int]) -> list[float | None]:
    values = dict(zip(line.times.tolist(), line.values.tolist(), strict=True))
    return [None if (value := values.get(time)) is None or math.isnan(value) else value for time in times]


routes = [
    endpoint('POST', '/api/v2/query/timeseries', query_timeseries),
    endpoint('POST', '/api/v2/query/scalar', query_scalar),
]
