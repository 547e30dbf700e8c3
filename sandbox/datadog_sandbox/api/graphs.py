"""Snapshots of graphs, API v1: the picture is drawn at once, kept, and served without a key."""

import json
import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from datadog_sandbox import pictures, query
from datadog_sandbox.records import search

from .endpoint import Call, Refused, endpoint

WIDTH, HEIGHT, MOST = 800, 300, 4000
"""Pixels of a picture without a size, and the most of one side."""
WITHOUT_REQUESTS = (
    'content',
    'text',
    'url',
    'check',
    'query',
    'alert_id',
    'service',
    'source_widget_definition',
    'slo_id',
)
"""Fields of the widgets that have no requests."""


def take_snapshot(call: Call) -> Any:
    metric_query, text = call.query.get('metric_query', ''), call.query.get('graph_def', '')
    if not metric_query and not text:
        raise Refused('metric_query or graph_def param required')
    if metric_query and text:
        raise Refused('metric_query and graph_def cannot both be given')
    start, end = call.number('start'), call.number('end')
    if start >= end:
        raise Refused(f'start must be before end, not {start} and {end}')
    given = _graph(text) if text else {'requests': [{'q': metric_query}]}
    graph = {'viz': 'timeseries', **given}
    event_query = call.query.get('event_query', '')
    if event_query:
        graph['events'] = [*(graph.get('events') or []), _event_search(event_query, graph['viz'])]
    size = call.number('width', WIDTH, MOST) or WIDTH, call.number('height', HEIGHT, MOST) or HEIGHT
    definition = {'title': call.query.get('title', ''), **graph, 'type': graph['viz']}
    try:
        picture = pictures.snapshot(call.store, definition, start, end, *size)
    except query.QueryError as error:
        raise Refused(f'Error parsing query: {error}') from error
    except pictures.PictureError as error:
        raise Refused(str(error)) from error
    id_ = secrets.token_hex(20)
    call.store.add_picture(id_, int(call.now), picture)
    answer = {'graph_def': text or json.dumps(given), 'snapshot_url': f'{call.base}/snapshot/view/{id_}.png'}
    asked = {'metric_query': metric_query, 'event_query': event_query}
    return answer | {name: text for name, text in asked.items() if text}


def _event_search(text: str, viz: str) -> dict[str, str]:
    if viz != 'timeseries':
        raise Refused(f'event_query is for graphs of the viz timeseries, not {viz[:100]!r}')
    try:
        search(text)
    except query.QueryError as error:
        raise Refused(f'Error parsing event_query: {error}') from error
    return {'q': text}


def _graph(text: str) -> dict[str, Any]:
    try:
        graph = json.loads(text)
    except (ValueError, RecursionError):
        raise Refused('graph_def is not valid JSON') from None
    if not isinstance(graph, dict) or not isinstance(graph.get('viz', 'timeseries'), str):
        raise Refused('graph_def must be an object whose viz is a string')
    requests = graph.get('requests')
    wanted = not any(key in graph for key in WITHOUT_REQUESTS)
    listed = [*requests.values()] if isinstance(requests, dict) else requests
    if wanted and not (listed and isinstance(listed, list) and all(isinstance(request, dict) for request in listed)):
        raise Refused('graph_def needs requests, a list of objects')
    return graph


def snapshot_status(call: Call) -> Any:
    id_ = call.path['id'].rpartition('/')[2]
    return {'status_code': 404 if call.store.picture(id_) is None else 200}


def view_snapshot(request: Request) -> Response:
    png = request.app.state.store.picture(request.path_params['id'])
    if png is None:
        raise Refused('There is no such picture', 404)
    return Response(png, media_type='image/png', headers={'Cache-Control': 'max-age=86400'})


routes = [
    endpoint('GET', '/api/v1/graph/snapshot', take_snapshot),
    endpoint('GET', '/api/v1/graph/snapshot_status/{id:path}', snapshot_status),
    # Reads the database: a plain function, so that it runs in the thread pool.
    Route('/snapshot/view/{id}.png', view_snapshot),
]
