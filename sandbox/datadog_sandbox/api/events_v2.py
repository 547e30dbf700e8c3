"""Events, API v2: list, search, read, and post. They are the same events as in API v1."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from datadog_sandbox.records.events import document

from .endpoint import Call, Refused, checked, endpoint
from .events import event_of, keep, source_tags
from .search_requests import Place, Search, of_body, of_query, page_of

PATH = '/api/v2/events'
CATEGORIES = ('alert', 'change')
STATUSES = {'ok': 'success', 'warn': 'warning', 'error': 'error'}
"""The `alert_type` that the status of an alert has in API v1."""


def list_events(call: Call) -> Any:
    return _answer(call, of_query(call), PATH)


def search_events(call: Call) -> Any:
    body = {} if call.body is None else call.body
    return _answer(call, of_body(call, body), f'{PATH}/search')


def get_event(call: Call) -> Any:
    return {'data': _shape(event_of(call))}


def create_event(call: Call) -> Any:
    """Keep an alert or a change, as clients post them."""
    data = call.body.get('data') if isinstance(call.body, Mapping) else None
    given = data.get('attributes') if isinstance(data, Mapping) else None
    if isinstance(given, Mapping) and given.get('category') not in CATEGORIES:
        raise Refused(
            'JSON validation failed at $.data.attributes.category: value must be one of: ["alert", "change"].'
        )
    attributes = checked(given, 'v2', 'event_payload', 'EventPayload')
    own = attributes.get('attributes') or {}
    event = keep(
        call,
        {
            'title': attributes['title'],
            'text': attributes.get('message', ''),
            'tags': attributes.get('tags', []),
            'alert_type': STATUSES.get(str(own.get('status')), 'info'),
            'priority': 'low' if own.get('priority') in ('4', '5') else 'normal',
            'source': attributes.get('integration_id', attributes['category']),
            **({'host': attributes['host']} if 'host' in attributes else {}),
            **({'aggregation_key': attributes['aggregation_key']} if 'aggregation_key' in attributes else {}),
        },
        _happened(attributes.get('timestamp'), call.now),
    )
    uid = str(event['id'])
    answer = {'type': 'event', 'id': '_', 'attributes': {'attributes': {'evt': {'id': uid, 'uid': uid}}}}
    return {'data': answer, 'links': {'self': f'{call.base}/event/event?uid={uid}'}}


def _happened(text: str | None, now: float) -> int:
    if text is None:
        return int(now)
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(f'timestamp must be an ISO 8601 time, not {text[:100]!r}') from None
    return int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp())


def _answer(call: Call, wanted: Search, path: str) -> dict[str, Any]:
    """Answer with the events of a time that fit a search, as events of API v1 are searched."""
    events = [
        (Place(event['date_happened'], f'{event["id"]:020}'), event)
        for event in call.store.events(int(wanted.start), int(wanted.end) + 1)
        if wanted.fits(document(call.store, event))
    ]
    page, more = page_of(wanted, events, call.base + path)
    return {'data': [_shape(event) for event in page], **more}


def _shape(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event in the form of API v2, without what it does not have."""
    time = datetime.fromtimestamp(event['date_happened'], UTC)
    own = {
        'status': event.get('alert_type'),
        'title': event.get('title'),
        'timestamp': event['date_happened'] * 1000,
        'hostname': event.get('host'),
        'priority': event.get('priority'),
        'aggregation_key': event.get('aggregation_key'),
        'sourcecategory': event.get('source'),
        'evt': {'id': str(event['id']), **(event.get('evt') or {})},
        'monitor': event.get('monitor'),
        'monitor_id': event.get('monitor_id'),
        'monitor_groups': event.get('monitor_groups'),
    }
    return {
        'type': 'event',
        'id': str(event['id']),
        'attributes': {
            'attributes': {name: value for name, value in own.items() if value is not None},
            'message': event.get('text') or '',
            'tags': [*(event.get('tags') or []), *source_tags(event)],
            'timestamp': f'{time:%Y-%m-%dT%H:%M:%S}Z',
        },
    }


routes = [
    endpoint('GET', PATH, list_events),
    endpoint('POST', PATH, create_event, status=202, app_key=False),
    endpoint('POST', f'{PATH}/search', search_events),
    endpoint('GET', f'{PATH}/{{id:number}}', get_event),
]
