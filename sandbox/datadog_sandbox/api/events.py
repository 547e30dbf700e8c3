"""Events, API v1."""

from collections.abc import Mapping
from typing import Any

from datadog_sandbox.times import HOUR

from .endpoint import Call, Refused, checked, endpoint
from .history import EVENT_SOURCES, before

OLDEST, LATEST = 18 * HOUR, 2 * HOUR
"""Seconds that `date_happened` may lie back and ahead."""
PAGE = 1000
"""Events in one answer."""
SHOWN = ('date_happened', 'alert_type', 'title', 'text', 'priority')


def create_event(call: Call) -> Any:
    body = call.body
    if isinstance(body, dict) and isinstance(body.get('date_happened'), float):
        body = body | {'date_happened': int(body['date_happened'])}
    body = checked(body, 'v1', 'event_create_request', 'EventCreateRequest')
    fields = {'source': body.get('source_type_name', 'My Apps')} | {
        name: value for name, value in body.items() if name != 'source_type_name'
    }
    event = keep(call, fields, body.get('date_happened', int(call.now)))
    return {'status': 'ok', 'event': _posted(event, body, call)}


def keep(call: Call, fields: dict[str, Any], happened: int) -> dict[str, Any]:
    """Keep a new event, mail those whom it mentions, and return it. Raises `Refused` when it is too old or too new."""
    if happened < call.now - OLDEST:
        raise Refused('Event too far in the past')
    if happened > call.now + LATEST:
        raise Refused('Event too far in the future')
    with call.store.transaction():
        event: dict[str, Any] = {
            'priority': 'normal',
            'alert_type': 'info',
            'tags': [],
            **fields,
            'id': call.store.next_number('event'),
            'date_happened': happened,
        }
        call.store.save('event', event['id'], event)
        call.account.event_posted(event, int(call.now))
    return event


def _posted(event: dict[str, Any], body: dict[str, Any], call: Call) -> dict[str, Any]:
    """Return the answer to a post: only what was sent, and what the account adds."""
    return {
        'id': event['id'],
        'id_str': str(event['id']),
        'title': event['title'],
        'text': event['text'],
        'date_happened': event['date_happened'],
        'handle': None,
        'priority': body.get('priority'),
        'related_event_id': body.get('related_event_id'),
        'tags': body.get('tags'),
        'url': f'{call.base}/event/event?id={event["id"]}',
    }


def get_event(call: Call) -> Any:
    return {'event': _shape(event_of(call), call)}


def event_of(call: Call) -> dict[str, Any]:
    """Return the event that the path names. Raises `Refused` where there is none."""
    event = call.store.get('event', call.path['id'])
    if event is None:
        raise Refused('No event matches that event_id.', 404)
    return event


def list_events(call: Call) -> Any:
    """Answer with the events of [start, end], the latest first, that have every one of the tags."""
    start, end = call.number('start'), call.number('end')
    if start > end:
        raise Refused(f'start must not be after end, not {start} after {end}')
    tags, sources, priority = set(call.words('tags')), call.words('sources'), call.query.get('priority')
    if priority not in (None, '', 'normal', 'low'):
        raise Refused(f'priority must be normal or low, not {priority[:100]!r}')
    page = call.number('page', 0)
    events = [
        event
        for event in call.store.events(start, end + 1)
        if (not priority or event['priority'] == priority)
        and (not sources or str(event.get('source')).lower() in [source.lower() for source in sources])
        and tags <= _all_tags(call, event)
    ]
    events.sort(key=lambda event: -event['date_happened'])
    own = {'is_aggregate': False, 'comments': [], 'monitor_group_status': None}
    page_of_events = events[page * PAGE :][:PAGE]
    return {'events': [_shape(event, call) | own | {'source': event.get('source')} for event in page_of_events]}


def _all_tags(call: Call, event: dict[str, Any]) -> set[str]:
    """The tags of an event, that of its source, and those of its host."""
    host = event.get('host')
    return {*event['tags'], *source_tags(event), *((f'host:{host}', *call.store.host_tags(host)) if host else ())}


def source_tags(event: Mapping[str, Any]) -> list[str]:
    """Return the tag that says where an event comes from: for "My Apps", it is `source:my_apps`."""
    source = event.get('source')
    return [f'source:{source.lower().replace(" ", "_")}'] if source else []


def _shape(event: dict[str, Any], call: Call) -> dict[str, Any]:
    id_ = event['id']
    source, parameter = ([], 'id') if before(EVENT_SOURCES, call.now) else (source_tags(event), 'event_id')
    return {
        **{name: event.get(name) for name in SHOWN},
        'id': id_,
        'id_str': str(id_),
        'tags': sorted({*event['tags'], *source}),
        'monitor_id': event.get('monitor_id'),
        'monitor_groups': event.get('monitor_groups') or [],
        'host': event.get('host'),
        'device_name': event.get('device_name'),
        'url': f'/event/event?{parameter}={id_}',
        'resource': f'/api/v1/events/{id_}',
    }


routes = [
    endpoint('GET', '/api/v1/events', list_events, kind='event'),
    # As documented, an API key is enough to post.
    endpoint('POST', '/api/v1/events', create_event, status=202, app_key=False, kind='event'),
    endpoint('GET', '/api/v1/events/{id:number}', get_event, kind='event'),
]
