"""The events explorer."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from datadog_sandbox import monitors
from datadog_sandbox.monitors.types.event import EventMonitor
from datadog_sandbox.records import events as source
from datadog_sandbox.store import Store

from .frame import HEADERS, not_found, render
from .listing import Column, Listing
from .ranges import shown_range
from .words import severity

Event = Mapping[str, Any]
STATUSES = {'error': 'Error', 'warning': 'Warning', 'success': 'OK', 'info': 'Info'}
"""How the status of an event is shown, by its `alert_type`."""
PARAMETERS = ('q', 'query', 'status', 'source', 'host', 'priority', 'sort', 'page', 'range', 'from_ts', 'to_ts', 'live')


def status_of(event: Event) -> str:
    """Return the status of an event as it is shown."""
    given = str(event.get('alert_type') or 'info')
    return STATUSES.get(given, given.capitalize())


def _listing(store: Store) -> Listing[Event]:
    """Return the list of events; what a search finds an event by are also the tags that its host has now."""
    return Listing[Event](
        'event',
        (
            Column('time', 'Time', lambda event: (event['date_happened'], event['id']), descending=True),
            Column('status', 'Status', lambda event: (severity(status_of(event)), -event['date_happened'])),
            Column('source', 'Source', lambda event: (str(event.get('source') or '').lower(), -event['date_happened'])),
            Column('host', 'Host', lambda event: (str(event.get('host') or ''), -event['date_happened'])),
        ),
        lambda event: source.document(store, event),
        {'status': 'Status', 'source': 'Source', 'host': 'Host', 'priority': 'Priority'},
        'source:deploy -status:error',
        # Datadog's own name.
        search='query',
        completed='events',
    )


def explorer(request: Request) -> Response:
    store: Store = request.app.state.store
    period, range_ = shown_range(request)
    page = _listing(store).page(source.between(store, period.start, period.end), request.query_params)
    return render(
        request,
        'events.html',
        list=page,
        events=[(event, status_of(event)) for event in page.rows],
        range=range_,
    )


def event_page(request: Request) -> Response:
    # Answers of the API have addresses with each of these names.
    asked = request.query_params
    id_ = asked.get('id') or asked.get('event_id') or asked.get('uid') or request.path_params.get('id', '')
    event = request.app.state.store.get('event', id_)
    if event is None:
        return not_found(request, f'There is no event {id_}.')
    watching = _watching(request.app.state.store, event)
    return render(request, 'event.html', event=event, state=status_of(event), monitors=watching)


def _watching(store: Store, event: Event) -> Sequence[Mapping[str, Any]]:
    """Return the event monitors whose search finds an event."""
    document = source.document(store, event)
    evaluated = [monitor for monitor in store.all('monitor') if monitors.refusal(monitor) is None]
    parsed = [(monitor, monitors.parse(monitor)) for monitor in evaluated]
    return [monitor for monitor, type_ in parsed if isinstance(type_, EventMonitor) and type_.counts(event, document)]


def stream(request: Request) -> Response:
    """Lead from Datadog's former addresses to the explorer, with what they ask for."""
    kept = [pair for pair in request.query_params.multi_items() if pair[0] in PARAMETERS]
    return RedirectResponse('/event/explorer' + (f'?{urlencode(kept)}' if kept else ''), 303, HEADERS)


routes: list[BaseRoute] = [
    Route('/events', stream),
    Route('/event/stream', stream),
    Route('/event/explorer', explorer),
    Route('/event/event', event_page),
    Route('/event/{id:int}', event_page),
]
