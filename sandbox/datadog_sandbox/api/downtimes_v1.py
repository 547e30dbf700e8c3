"""Downtimes, API v1: what `dog`, dogapi, and older clients ask for. They are the same downtimes as in API v2."""

from typing import Any

from datadog_sandbox import downtimes

from .downtime_v1_shape import attributes_of, shape
from .downtimes import cancel, change, is_listed, refusing, schedule
from .endpoint import ORG, USER, Call, Refused, checked, endpoint

CREATOR = {'id': ORG, 'email': USER['handle'], 'handle': USER['handle'], 'name': USER['name']}


def list_downtimes(call: Call) -> Any:
    listed = [downtime for downtime in call.store.all('downtime') if is_listed(downtime, call)]
    if call.flag('current_only'):
        listed = [downtime for downtime in listed if downtimes.status(downtime, int(call.now)) == 'active']
    creator = {'creator': CREATOR} if call.flag('with_creator') else {}
    return [shape(downtime, int(call.now)) | creator for downtime in listed]


def get_downtime(call: Call) -> Any:
    return shape(_downtime(call), int(call.now))


def create_downtime(call: Call) -> Any:
    given = _body(call)
    if 'scope' not in given:
        raise Refused("The parameter 'scope' is required")
    with refusing():
        attributes = {name: value for name, value in attributes_of(given, {}, call.now).items() if value is not None}
    attributes.setdefault('monitor_identifier', {'monitor_tags': ['*']})
    return shape(schedule(attributes, call), int(call.now))


def update_downtime(call: Call) -> Any:
    with call.store.transaction():
        downtime = _downtime(call)
        with refusing():
            given = attributes_of(_body(call), downtime['attributes'], call.now)
        answer = shape(change(downtime, given, call), int(call.now))
    # As recorded, the answer to a change of a recurring downtime has no uuid.
    return answer | ({'uuid': None} if answer['recurrence'] else {})


def cancel_downtime(call: Call) -> None:
    with call.store.transaction():
        if not any(downtime['number'] == call.path['id'] for downtime in call.store.all('downtime')):
            raise Refused(f'Downtime {call.path["id"]} not found', 404)
        cancel(_downtime(call), call)


def cancel_by_scope(call: Call) -> Any:
    """Cancel the downtimes whose scope is exactly the one of the body."""
    body = call.body if isinstance(call.body, dict) else {}
    scope = body.get('scope')
    if not isinstance(scope, str) or not scope:
        raise Refused("The parameter 'scope' is required")
    with call.store.transaction():
        matching = [
            downtime
            for downtime in call.store.all('downtime')
            if _scopes(downtime['attributes']['scope']) == _scopes(scope) and not downtime['attributes']['canceled']
        ]
        for downtime in matching:
            cancel(downtime, call)
    if not matching:
        raise Refused('No downtimes found', 404)
    return {'cancelled_ids': [downtime['number'] for downtime in matching]}


def _scopes(text: str) -> set[str]:
    return {part.strip() for part in text.replace(' AND ', ',').split(',')}


def _body(call: Call) -> dict[str, Any]:
    body = dict(call.body) if isinstance(call.body, dict) else call.body
    if isinstance(body, dict) and isinstance(body.get('scope'), str):
        # As older clients send it.
        body['scope'] = [body['scope']]
    if isinstance(body, dict):
        for name in ('start', 'end'):
            if isinstance(body.get(name), str) and body[name].isdecimal() and len(body[name]) < 12:
                body[name] = int(body[name])
    return checked(body, 'v1', 'downtime', 'Downtime') | ({'end': None} if (body or {}).get('end', 0) is None else {})


def _downtime(call: Call) -> dict[str, Any]:
    number = call.path['id']
    for downtime in call.store.all('downtime'):
        if downtime['number'] == number:
            return downtime
    raise Refused('Downtime not found', 404)


routes = [
    endpoint('GET', '/api/v1/downtime', list_downtimes, kind='downtime v1'),
    endpoint('POST', '/api/v1/downtime', create_downtime, kind='downtime v1'),
    endpoint('POST', '/api/v1/downtime/cancel/by_scope', cancel_by_scope),
    endpoint('GET', '/api/v1/downtime/{id:number}', get_downtime, kind='downtime v1'),
    endpoint('PUT', '/api/v1/downtime/{id:number}', update_downtime, kind='downtime v1'),
    endpoint('DELETE', '/api/v1/downtime/{id:number}', cancel_downtime),
]
