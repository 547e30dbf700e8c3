"""Metrics, API v1: queries over a time, the list of names, and metadata."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from datadog_sandbox import query

from .endpoint import Call, Refused, checked, endpoint
from .metrics_v2 import active_series, fits_of, tags_of
from .units import units_of

METADATA = 'metric metadata'
FIELDS = ('description', 'short_name', 'type', 'unit', 'per_unit', 'statsd_interval')
SIMPLE = re.compile(r'(?:(avg|sum|min|max|count|last):)?([A-Za-z][\w.]*)\{([^{}]*)\}')
"""An expression that is one metric and no arithmetic: aggregator, name, scope."""


def query_metrics(call: Call) -> Any:
    start, end, text = call.number('from'), call.number('to'), call.query.get('query', '')
    if not text.strip():
        raise Refused('query is required')
    if start >= end:
        raise Refused(f'from must be before to, not {start} and {end}')
    try:
        lines = query.evaluate(call.store, text, start, end)
    except query.QueryError as error:
        raise Refused(f'Error parsing query: {error}') from error
    # A query may be several, separated by commas.
    expressions = [str(node) for node in query.parse(text)]
    return {
        'status': 'ok',
        'res_type': 'time_series',
        'resp_version': 1,
        'query': text,
        'from_date': start * 1000,
        'to_date': end * 1000,
        'series': [_series(call, line, expressions, text) for line in lines],
        'group_by': list(lines[0].group) if lines else [],
        'message': '',
        'times': [],
        'values': [],
    }


def _series(call: Call, line: query.Line, expressions: Sequence[str], text: str) -> dict[str, Any]:
    """One line as Datadog writes it: times in milliseconds, points without a value left out.

    As recorded, a query without an aggregator has none in the answer.
    """
    known = ~np.isnan(line.values)
    points = np.column_stack((line.times[known] * 1000.0, line.values[known])).tolist()
    simple = SIMPLE.fullmatch(line.expression)
    tags = [f'{key}:{value}' for key, value in line.group.items()]
    implied = simple is not None and f'{simple[1]}:{simple[2]}' not in text
    scope = ','.join(tags) or (simple[3] if simple else '*')
    return {
        'metric': simple[2] if simple else line.expression,
        'display_name': simple[2] if simple else line.expression,
        'aggr': simple[1] if simple and not implied else None,
        'expression': line.expression.removeprefix('avg:') if implied else line.expression,
        'scope': scope,
        'tag_set': tags,
        'interval': line.interval,
        'start': int(points[0][0]),
        # The last second of the last bucket.
        'end': int(points[-1][0]) + (line.interval - 1) * 1000,
        'length': len(points),
        'pointlist': points,
        'unit': units_of(call.store.get(METADATA, simple[2])) if simple else None,
        'query_index': expressions.index(line.expression),
        'attributes': {},
    }


def list_metrics(call: Call) -> Any:
    since, host = call.number('from'), call.query.get('host', '')
    names, scope = call.store.metrics(since), call.query.get('tag_filter', '')
    if host and scope:
        # "Cannot be combined with other filters": https://docs.datadoghq.com/api/latest/metrics/#get-active-metrics-list
        raise Refused('tag_filter cannot be combined with host')
    if host:
        names = [name for name in names if any(each.host == host for each in active_series(call, name, since))]
    if scope:
        names = _tagged(call, names, scope, since)
    return {'from': str(since), 'metrics': names}


def _tagged(call: Call, names: list[str], scope: str, since: int) -> list[str]:
    """Return the metrics that a series with some tags was sent of."""
    fits = fits_of(scope, 'tag_filter')
    return [name for name in names if any(fits(tags_of(call, each)) for each in active_series(call, name, since))]


def get_metadata(call: Call) -> Any:
    """Answer with what a client said of a metric, and else with what its points say."""
    series = [*call.store.series(call.path['name']).values()]
    metadata = call.store.get(METADATA, call.path['name'])
    if not series and metadata is None:
        raise Refused('metric_name not found', 404)
    own = {'type': series[-1].type, 'statsd_interval': series[-1].interval or None} if series else {}
    return dict.fromkeys(FIELDS) | own | {'integration': None} | (metadata or {})


def update_metadata(call: Call) -> Any:
    """Keep what a client says of a metric, which need not have points yet where the client says anything."""
    body = checked(call.body, 'v1', 'metric_metadata', 'MetricMetadata')
    changes = {name: value for name, value in body.items() if name in FIELDS}
    with call.store.transaction():
        if changes:
            metadata = (call.store.get(METADATA, call.path['name']) or {}) | changes
            call.store.save(METADATA, call.path['name'], metadata)
        return get_metadata(call)


routes = [
    endpoint('GET', '/api/v1/query', query_metrics, kind='query'),
    endpoint('GET', '/api/v1/metrics', list_metrics),
    endpoint('GET', '/api/v1/metrics/{name}', get_metadata),
    endpoint('PUT', '/api/v1/metrics/{name}', update_metadata),
]
