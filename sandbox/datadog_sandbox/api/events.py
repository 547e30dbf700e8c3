"""Events, API v1."""

from typing import Any

from .endpoint import Call, Refused, checked, endpoint

OLDEST, LATEST = 18 * 3600, 2 * 3600
"""Seconds that `date_happened` may lie back and ahead."""
PAGE = 1000
"""Events in one answer."""


def create_event(call: Call) -> Any:
    body = call.body
    if isinstance(body, dict):
        body = {name: value for name, value in body.items() if value is not None}
        if isinstance(body.get('date_happened'), float):
            body['date_happened'] = int(body['date_happened'])
    checked(body, "v1", "event_create_request", "EventCreateRequest")
    happened = body.get('date_happened', int(call.now))
    if happened < call.now - OLDEST:
        raise Refused('Event too far in the past')
    if happened > call.now + LATEST:
        raise Refused('Event too far in the future')
    with call.store.transaction():
        event = {
            'priority': 'normal',
            'alert_type': 'info',
            'tags': [],
            'source': body.pop('source_type_name', 'My Apps'),
            **body,
            'id': call.store.next('event'),
            'date_happened': happened,
        }
        call.store.put('event', event['id'], event)
        call.account.event_posted(event, int(call.now))
    answer = _shown(event) | {'url': f'{call.base}/event/event?id={event["id"]}', 'handle': None}
    return {'status': 'ok', 'event': answer}


def get_event(call: Call) -> Any:
    found = call.store.get('event', call.path['id'])
    if found is None:
        raise Refused('Event not found', 404)
    return {'status': 'ok', 'event': _shown(found)}


def list_events(call: Call) -> Any:
    """Answer with the events of [start, end], the latest first, that have every one of the tags."""
    start, end = call.number('start'), call.number('end')
    if start > end:
        raise Refused(f'start must not be after end, not {start} after {end}')
    tags, sources, priority = set(call.words('tags')), call.words('sources'), call.query.get('priority')
    if priority not in (None, '', 'normal', 'low'):
        raise Refused(f'priority must be normal or low, not {priority[:100]!r}')
    page = call.number('page', 0)
    found = [
        event
        for event in call.store.all('event')
        if start <= event['date_happened'] <= end
        and (not priority or event['priority'] == priority)
        and (not sources or str(event.get('source')).lower() in [source.lower() for source in sources])
        and tags <= _all_tags(call, event)
    ]
    found.sort(key=lambda event: -event['date_happened'])
    return {'status': 'ok', 'events': [_shown(event) for event in found[page * PAGE :][:PAGE]]}


def _all_tags(call: Call, event: dict[str, Any]) -> set[str]:
    """The tags of an event, and those of its host."""
    host = event.get('host')
    return {*event['tags'], *((f'host:{host}', *call.store.host_tags(host)) if host else ())}


def _shown(event: dict[str, Any]) -> dict[str, Any]:
    id_ = event['id']
    resource = {'id_str': str(id_), 'url': f'/event/event?id={id_}', 'resource': f'/api/v1/events/{id_}'}
    return event | resource | {'is_aggregate': False, 'comments': []}


routes = [
    endpoint('GET', '/api/v1/events', list_events),
    # As documented, an API key is enough to post.
    endpoint('POST', '/api/v1/events', create_event, status=202, app_key=False),
    endpoint('GET', '/api/v1/events/{id:number}', get_event),
]
