"""Logs, API v2, read only: they come in by `/api/v2/logs` of the intake."""

from collections.abc import Mapping
from typing import Any

from datadog_sandbox.query import QueryError
from datadog_sandbox.records import logs as source
from datadog_sandbox.store import Log

from .endpoint import Call, Refused, endpoint
from .search_requests import Place, Search, done, of_body, of_query, page_of
from .spans import time_of

PATH = '/api/v2/logs/events'
MILLISECOND = 1_000_000
"""Nanoseconds."""


def list_logs(call: Call) -> Any:
    return _answer(call, of_query(call))


def search_logs(call: Call) -> Any:
    return _answer(call, of_body(call, without_indexes(call.body)))


def without_indexes(body: Any) -> Mapping[str, Any]:
    """Return a request without the indexes and tiers that it names: all logs are in one. Raises `Refused`."""
    body = {} if body is None else body
    if not isinstance(body, Mapping):
        raise Refused('the search must be a JSON object')
    given = body.get('filter')
    if not isinstance(given, Mapping):
        return body
    return {**body, 'filter': {name: value for name, value in given.items() if name not in ('indexes', 'storage_tier')}}


def _answer(call: Call, wanted: Search) -> dict[str, Any]:
    page, more = search_page(call, wanted)
    return {'data': page, **more, 'meta': done(more.get('meta', {}))}


def search_page(call: Call, wanted: Search) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return a page of the logs of a search in the form of the API, and what leads to the next. Raises `Refused`."""
    results = [(Place(log.time, f'{log.id:020}'), log) for log in matching(call, wanted)]
    page, more = page_of(wanted, results, call.base + PATH)
    return [_shape(call, log) for log in page], more


def matching(call: Call, wanted: Search) -> list[Log]:
    """Return the logs that fit a search. Raises `Refused` where not all can be looked at."""
    try:
        kept = source.between(call.store, int(wanted.start * 1000), int(wanted.end * 1000) + 1)
    except QueryError as error:
        raise Refused(str(error)) from error
    return [log for log in kept if wanted.fits(source.document(call.store, log))]


def _shape(call: Call, log: Log) -> dict[str, Any]:
    """Return a log in the form of the API, without what it does not have."""
    own = {'host': log.host, 'service': log.service, 'attributes': log.attributes}
    tags = [f'source:{log.source}'] if log.source else []
    tags += [*log.tags, *(call.store.host_tags(log.host) if log.host else ())]
    return {
        'id': f'{log.id:020}',
        'type': 'log',
        'attributes': {
            'status': log.status,
            'timestamp': time_of(log.time * MILLISECOND),
            'message': log.message,
            'tags': list(dict.fromkeys(tags)),
            **{name: value for name, value in own.items() if value},
        },
    }


routes = [
    endpoint('GET', PATH, list_logs, kind='logs'),
    endpoint('POST', f'{PATH}/search', search_logs, kind='logs'),
]
