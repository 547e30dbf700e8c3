"""Downtimes, API v2. The errors are strings, as in Datadog's own answers of this endpoint."""

import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from datadog_sandbox import downtimes, validation

from .downtime_schedule import schedule_of
from .endpoint import Call, Refused, endpoint
from .users import USER_ID, user_resource

RETAINED = timedelta(days=2)
"""How long a canceled downtime stays in the list."""
DEFAULTS: dict[str, Any] = {
    'display_timezone': 'UTC',
    'message': None,
    'mute_first_recovery_notification': False,
    'notify_end_states': ['alert', 'no data', 'warn'],
    'notify_end_types': ['expired'],
    'schedule': {},
    'canceled': None,
}
INCLUDED = ('created_by', 'monitor')


def list_downtimes(call: Call) -> Any:
    offset, limit = call.number('page[offset]', 0), call.number('page[limit]', 30)
    wanted = _included(call)
    moment = int(call.now)
    listed = [downtime for downtime in call.store.all('downtime') if is_listed(downtime, call)]
    if call.flag('current_only'):
        listed = [downtime for downtime in listed if downtimes.status(downtime, moment) == 'active']
    page = listed[offset : offset + limit]
    answer: dict[str, Any] = {'data': [_shape(downtime, call, wanted) for downtime in page]}
    if wanted:
        answer['included'] = list(
            {str(part): part for downtime in page for part in _parts(downtime, call, wanted)}.values()
        )
    return answer | {'meta': {'page': {'total_filtered_count': len(listed)}}}


def is_listed(downtime: Mapping[str, Any], call: Call) -> bool:
    """Return whether a downtime is in lists: a canceled one leaves them after two days."""
    canceled = downtime['attributes']['canceled']
    oldest = datetime.fromtimestamp(call.now, UTC) - RETAINED
    return canceled is None or datetime.fromisoformat(canceled) > oldest


def get_downtime(call: Call) -> Any:
    wanted, downtime = _included(call), _downtime(call)
    if call.flag('with_run_as'):
        raise Refused('The sandbox does not support with_run_as: it has one user')
    answer = {'data': _shape(downtime, call, wanted)}
    return answer | ({'included': _parts(downtime, call, wanted)} if wanted else {})


def create_downtime(call: Call) -> Any:
    attributes = validation.downtime(_data(call.body).get('attributes'))
    return _answer(schedule({name: value for name, value in attributes.items() if value is not None}, call), call)


def end_of(value: Any, name: str) -> int | None:
    """Return the end that API v1 names in seconds. Raises `Refused` where the parameter called `name` is no time."""
    if value is None:
        return None
    if not (isinstance(value, int | str) and re.fullmatch(r'\d{1,11}', str(value))):
        raise Refused(f'{name} must be a time in seconds, not {str(value)[:100]!r}')
    return int(value)


def schedule(given: Mapping[str, Any], call: Call) -> dict[str, Any]:
    """Keep a new downtime with these attributes, mail those whom it mentions, and return it."""
    stamp = call.stamp()
    attributes = {**DEFAULTS, **given, 'created': stamp, 'modified': stamp}
    attributes['display_timezone'] = attributes['display_timezone'] or 'UTC'
    with refusing():
        attributes['schedule'] = schedule_of(attributes['schedule'] or {}, {}, call.now, stamp)
        # Outside of the transaction: a rule that never occurs is not found at once.
        _check(attributes, call)
    id_ = str(uuid.uuid4())
    with call.store.transaction():
        number = call.store.next_number('downtime')
        downtime = {'id': id_, 'number': number, 'type': 'downtime', 'attributes': attributes}
        call.store.save('downtime', id_, downtime)
        call.account.downtime_scheduled(downtime, int(call.now))
    return downtime


def update_downtime(call: Call) -> Any:
    _check_id(call)
    data = _data(call.body)
    # Terraform sends an empty id.
    if data.get('id') not in ('', call.path['id']):
        raise Refused(f'data.id must be the id in the path, {call.path["id"]}')
    downtime = _downtime(call)
    given = validation.downtime(data.get('attributes') or {}, update=True)
    return _answer(change(downtime, given, call), call)


def change(downtime: dict[str, Any], given: Mapping[str, Any], call: Call) -> dict[str, Any]:
    """Keep new attributes of a downtime, and return it. A null sets an attribute back."""
    with refusing():
        old = downtime['attributes']
        if old['canceled']:
            raise Refused('The downtime is canceled')
        back = {name: DEFAULTS[name] for name, value in given.items() if value is None and name in DEFAULTS}
        sent = {name: value for name, value in given.items() if value is not None}
        stamp = call.stamp()
        attributes = {**old, **sent, **back, 'modified': stamp}
        attributes['display_timezone'] = attributes['display_timezone'] or 'UTC'
        if 'schedule' in given:
            new = attributes['schedule'] or {}
            if 'timezone' in new:
                # As documented, an update may leave out the recurrences.
                new = {'recurrences': old['schedule'].get('recurrences'), **new}
            attributes['schedule'] = schedule_of(new, old['schedule'], call.now, stamp)
        _check(attributes, call)
    changed = downtime | {'attributes': attributes}
    call.store.save('downtime', downtime['id'], changed)
    return changed


def cancel_downtime(call: Call) -> None:
    with call.store.transaction():
        downtime = call.store.get('downtime', call.path['id'])
        if downtime is None:
            # The documents have no 400 here, not even for an id that is no UUID.
            raise Refused(f'Downtime {call.path["id"]} not found', 404)
        cancel(downtime, call)


def cancel(downtime: dict[str, Any], call: Call) -> None:
    """End a downtime; nothing changes when it is canceled already."""
    if not downtime['attributes']['canceled']:
        stamp = call.stamp()
        downtime['attributes'] |= {'canceled': stamp, 'modified': stamp}
        call.store.save('downtime', downtime['id'], downtime)


def _data(body: Any) -> dict[str, Any]:
    data = body.get('data') if isinstance(body, dict) else None
    if not isinstance(body, dict):
        raise Refused('body is required, as a JSON object')
    if not isinstance(data, dict):
        raise Refused('body.data is required, as a JSON object')
    if data.get('type') != 'downtime':
        raise Refused(f'body.data.type must be downtime, not {str(data.get("type"))[:100]!r}')
    return data


def _check_id(call: Call) -> None:
    try:
        uuid.UUID(call.path['id'])
    except ValueError:
        raise Refused('Invalid URL param: downtime_id must be an uuid') from None


def _downtime(call: Call) -> dict[str, Any]:
    _check_id(call)
    downtime = call.store.get('downtime', call.path['id'])
    if downtime is None:
        raise Refused('Downtime not found', 404)
    return downtime


@contextmanager
def refusing() -> Iterator[None]:
    """Turn what the rules of downtimes say against an attribute into a refusal."""
    try:
        yield
    except downtimes.DowntimeError as error:
        raise Refused(str(error)) from error


def _check(attributes: Mapping[str, Any], call: Call) -> None:
    """Check what needs the whole downtime, or the account."""
    display = attributes['display_timezone']
    downtimes.zone(display)
    if attributes['schedule'].get('timezone', display) != display:
        # In Datadog's words: https://github.com/DataDog/terraform-provider-datadog/issues/2567
        raise Refused('timezone must match display_timezone')
    downtimes.check(attributes)
    monitor = attributes['monitor_identifier'].get('monitor_id')
    if monitor is not None and call.store.get('monitor', monitor) is None:
        raise Refused(f'Monitor with id {monitor} not found')


def _shape(downtime: Mapping[str, Any], call: Call, related: Sequence[str]) -> dict[str, Any]:
    """Return a downtime with its status, its current occurrence, and what it is related to of what is asked for."""
    moment = int(call.now)
    attributes = {**downtime['attributes'], 'status': downtimes.status(downtime, moment)}
    if window := downtimes.occurrence(downtime, moment):
        current = {'start': downtimes.iso(window.start), 'end': downtimes.iso(window.end)}
        attributes['schedule'] = {**attributes['schedule'], 'current_downtime': current}
    shape = {'id': downtime['id'], 'type': 'downtime', 'attributes': attributes}
    if related:
        monitor = attributes['monitor_identifier'].get('monitor_id')
        relationships = {
            'created_by': {'data': {'type': 'users', 'id': USER_ID}},
            'monitor': {'data': None if monitor is None else {'type': 'monitor', 'id': str(monitor)}},
        }
        shape['relationships'] = {name: value for name, value in relationships.items() if name in related}
    return shape


def _included(call: Call) -> list[str]:
    wanted = call.words('include')
    if not set(wanted) <= set(INCLUDED):
        raise Refused(f'include must be of {", ".join(INCLUDED)}, not {call.query["include"][:100]!r}')
    return wanted


def _parts(downtime: Mapping[str, Any], call: Call, wanted: list[str]) -> list[dict[str, Any]]:
    """Return the resources to which a downtime is related."""
    parts = [user_resource()] if 'created_by' in wanted else []
    id_ = downtime['attributes']['monitor_identifier'].get('monitor_id')
    monitor = call.store.get('monitor', id_) if id_ is not None and 'monitor' in wanted else None
    if monitor is not None:
        parts.append({'type': 'monitor', 'attributes': {'name': monitor['name']}, 'id': monitor['id']})
    return parts


def _answer(downtime: Mapping[str, Any], call: Call) -> dict[str, Any]:
    return {'data': _shape(downtime, call, INCLUDED), 'included': _parts(downtime, call, list(INCLUDED))}


routes = [
    endpoint('GET', '/api/v2/downtime', list_downtimes, kind='downtime'),
    endpoint('POST', '/api/v2/downtime', create_downtime, kind='downtime'),
    endpoint('GET', '/api/v2/downtime/{id}', get_downtime, kind='downtime'),
    endpoint('PATCH', '/api/v2/downtime/{id}', update_downtime, kind='downtime'),
    endpoint('DELETE', '/api/v2/downtime/{id}', cancel_downtime),
]
