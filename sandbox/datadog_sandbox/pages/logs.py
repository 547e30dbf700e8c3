"""The logs explorer."""

import json

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from datadog_sandbox.query import QueryError
from datadog_sandbox.records import logs as source
from datadog_sandbox.store import Log, Store

from .frame import HEADERS, query_of, render
from .listing import Column, Listing
from .ranges import shown_range

SEVERITIES = 'emergency', 'alert', 'critical', 'error', 'warn', 'notice', 'info', 'debug', 'ok'
"""The statuses of logs, from the worst to the best."""


def _listing(store: Store) -> Listing[Log]:
    return Listing[Log](
        'log',
        (
            Column('time', 'Time', lambda log: (log.time, log.id), descending=True),
            Column('status', 'Status', lambda log: (SEVERITIES.index(log.status), -log.time)),
            Column('service', 'Service', lambda log: (log.service.lower(), -log.time)),
            Column('host', 'Host', lambda log: (log.host, -log.time)),
        ),
        lambda log: source.document(store, log),
        {'status': 'Status', 'service': 'Service', 'host': 'Host', 'source': 'Source'},
        '@http.status_code:>=500',
        # Datadog's own name.
        search='query',
        completed='logs',
    )


def explorer(request: Request) -> Response:
    store: Store = request.app.state.store
    period, range_ = shown_range(request)
    error = ''
    try:
        kept = source.between(store, period.start * 1000, period.end * 1000)
    except QueryError as refusal:
        kept, error = [], str(refusal)
    page = _listing(store).page(kept, request.query_params)
    return render(
        request,
        'logs.html',
        list=page,
        logs=[(log, _attributes(log)) for log in page.rows],
        error=error,
        range=range_,
    )


def _attributes(log: Log) -> str:
    """Return the attributes of a log as JSON to look at; empty where it has none."""
    return json.dumps(log.attributes, indent=2, ensure_ascii=False) if log.attributes else ''


def livetail(request: Request) -> Response:
    """Lead from Datadog's address of the newest logs to the list, which follows them by itself."""
    return RedirectResponse(f'/logs{query_of(request)}', 303, HEADERS)


routes: list[BaseRoute] = [
    Route('/logs', explorer),
    Route('/logs/livetail', livetail),
]
