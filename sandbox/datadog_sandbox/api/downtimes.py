"""Downtimes, API v2. The errors are texts, as in Datadog's own answers of this endpoint."""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from datadog_api_client.v2.model.downtime_create_request import DowntimeCreateRequest
from datadog_api_client.v2.model.downtime_schedule_one_time_create_update_request import (
    DowntimeScheduleOneTimeCreateUpdateRequest,
)
from datadog_api_client.v2.model.downtime_schedule_recurrences_create_request import (
    DowntimeScheduleRecurrencesCreateRequest,
)
from datadog_api_client.v2.model.downtime_schedule_recurrences_update_request import (
    DowntimeScheduleRecurrencesUpdateRequest,
)
from datadog_api_client.v2.model.downtime_update_request import DowntimeUpdateRequest

from datadog_sandbox import downtimes

from .endpoint import USER, Call, Refused, endpoint, strict

RETAINED = timedelta(days=2)
"""How long a canceled downtime stays in the list."""
LAST_YEAR = 2100
LONGEST = 366 * 86400
"""Seconds of the longest recurring downtime. The bounds are the sandbox's own."""
DEFAULTS: dict[str, Any] = {
    'display_timezone': 'UTC',
    'message': None,
    'mute_first_recovery_notification': False,
    'notify_end_states': ['alert', 'no data', 'warn'],
    'notify_end_types': ['expired'],
    'schedule': {},
    'canceled': None,
}


def list_downtimes(call: Call) -> Any:
    offset, limit = call.number('page[offset]', 0), call.number('page[limit]', 30)
    oldest = datetime.fromtimestamp(call.now, UTC) - RETAINED
    found = [
        downtime
        for downtime in call.store.all('downtime')
        if (canceled := downtime['attributes']['canceled']) is None or datetime.fromisoformat(canceled) > oldest
    ]
    shown = [_shown(downtime, call) for downtime in found]
    if call.flag('current_only'):
        shown = [downtime for downtime in shown if downtime['attributes']['status'] == 'active']
    meta = {'page': {'total_filtered_count': len(shown)}}
    return {'data': shown[offset : offset + limit], 'meta': meta}


def get_downtime(call: Call) -> Any:
    return {'data': _shown(_one(call), call)}


def create_downtime(call: Call) -> Any:
    _check_body(call.body, DowntimeCreateRequest)
    given = _without_nulls(call.body['data']['attributes'])
    return _answer(schedule(given, call), call)


def schedule(given: Mapping[str, Any], call: Call) -> dict[str, Any]:
    """Keep a new downtime with these attributes, tell those whom it mentions, and return it."""
    with call.store.transaction(), _refusing():
        stamp = call.stamp()
        attributes = {**DEFAULTS, **given, 'created': stamp, 'modified': stamp}
        attributes['schedule'] = _schedule(attributes, {}, call)
        _check(attributes, call)
        id_ = str(uuid.uuid4())
        downtime = {'id': id_, 'type': 'downtime', 'attributes': attributes}
        call.store.put('downtime', id_, downtime)
        call.account.downtime_scheduled(downtime, int(call.now))
    return downtime


def update_downtime(call: Call) -> Any:
    _check_id(call)
    _check_body(call.body, DowntimeUpdateRequest)
    if call.body['data']['id'] != call.path['id']:
        raise Refused(f'data.id must be the id in the path, {call.path["id"]}')
    given = call.body['data'].get('attributes') or {}
    with call.store.transaction(), _refusing():
        downtime = _one(call)
        old = downtime['attributes']
        if old['canceled']:
            raise Refused('The downtime is canceled')
        # A null sets a field back.
        back = {name: DEFAULTS[name] for name, value in given.items() if value is None and name in DEFAULTS}
        attributes = {**old, **_without_nulls(given), **back, 'modified': call.stamp()}
        if 'schedule' in given:
            if 'timezone' in (given['schedule'] or {}):
                # As documented, an update may leave out the recurrences.
                attributes['schedule'] = {'recurrences': old['schedule'].get('recurrences'), **given['schedule']}
            attributes['schedule'] = _schedule(attributes, old['schedule'], call)
        _check(attributes, call)
        downtime['attributes'] = attributes
        call.store.put('downtime', downtime['id'], downtime)
    return _answer(downtime, call)


def cancel_downtime(call: Call) -> None:
    with call.store.transaction():
        downtime = call.store.get('downtime', call.path['id'])
        if downtime is None:
            # The documents have no 400 here, not even for an id that is no UUID.
            raise Refused(f'Downtime {call.path["id"]} not found', 404)
        if not downtime['attributes']['canceled']:
            cancel(downtime, call)


def cancel(downtime: dict[str, Any], call: Call) -> None:
    stamp = call.stamp()
    downtime['attributes'] |= {'canceled': stamp, 'modified': stamp}
    call.store.put('downtime', downtime['id'], downtime)


def silences(call: Call) -> list[dict[str, Any]]:
    """Return the active one-time downtimes of single monitors: what `mute` makes, and `silenced` shows."""
    return [
        downtime
        for downtime in call.store.all('downtime')
        if 'monitor_id' in downtime['attributes']['monitor_identifier']
        and not downtime['attributes']['schedule'].get('recurrences')
        and downtimes.status(downtime, int(call.now)) == 'active'
    ]


def _check_id(call: Call) -> None:
    try:
        uuid.UUID(call.path['id'])
    except ValueError:
        raise Refused('Invalid URL param: downtime_id must be an uuid') from None


def _one(call: Call) -> dict[str, Any]:
    _check_id(call)
    found = call.store.get('downtime', call.path['id'])
    if found is None:
        raise Refused('Downtime not found', 404)
    return found


def _check_body(body: Any, model: type) -> None:
    """Check the schedule on its own: client 2.20 takes a recurring one for a one-time one too, and so for neither."""
    schedule = None
    try:
        attributes = body['data']['attributes']
        schedule = attributes.get('schedule')
        rest = {name: value for name, value in attributes.items() if name != 'schedule'}
        body = body | {'data': body['data'] | {'attributes': rest}}
    except (TypeError, KeyError, AttributeError):
        # Not of this shape: the model says what is wrong.
        pass
    strict(body, model)
    if schedule is not None:
        one: type = DowntimeScheduleOneTimeCreateUpdateRequest
        if isinstance(schedule, dict) and 'recurrences' in schedule:
            one = DowntimeScheduleRecurrencesCreateRequest
        elif isinstance(schedule, dict) and 'timezone' in schedule and model is DowntimeUpdateRequest:
            one = DowntimeScheduleRecurrencesUpdateRequest
        strict(schedule, one, 'body.data.attributes.schedule')


def _schedule(attributes: Mapping[str, Any], old: Mapping[str, Any], call: Call) -> dict[str, Any]:
    """Return the schedule with its defaults. A start that is not in the `old` one must not be in the past."""
    given = attributes['schedule'] or {}
    if 'recurrences' not in given:
        begin, end = (_utc(given[name], name) if given.get(name) else None for name in ('start', 'end'))
        if begin is None:
            return {'start': downtimes.iso(int(call.now)), 'end': end}
        if begin != old.get('start') and downtimes.epoch(begin) < int(call.now):
            raise Refused(f'schedule.start must not be in the past, as {begin} is')
        return {'start': begin, 'end': end}
    if not given['recurrences']:
        raise Refused('schedule.recurrences must hold at least one recurrence')
    timezone = given.get('timezone') or 'UTC'
    local = datetime.fromtimestamp(int(call.now), downtimes.zone(timezone)).replace(tzinfo=None)
    known = [recurrence['start'] for recurrence in old.get('recurrences') or []]
    recurrences = []
    for recurrence in given['recurrences']:
        text = recurrence.get('start') or local.isoformat()
        start = _time(text, 'recurrences.start')
        if start.tzinfo is not None:
            raise Refused(f'recurrences.start must not include a UTC offset, as {text!r} does')
        if downtimes.seconds(recurrence['duration']) > LONGEST:
            raise Refused(f'duration {recurrence["duration"]} is longer than 366d')
        text = start.isoformat(timespec='seconds')
        if start < local and text not in known:
            raise Refused(f'recurrences.start must not be in the past, as {text} is in {timezone}')
        recurrences.append({**recurrence, 'start': text})
    return {'timezone': timezone, 'recurrences': recurrences}


def _time(text: str, name: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(f'{name} must be an ISO 8601 time, not {text[:100]!r}') from None
    if time.year > LAST_YEAR:
        raise Refused(f'{name} must not be after the year {LAST_YEAR}, as {text[:100]!r} is')
    return time


def _utc(text: str, name: str) -> str:
    time = _time(text, f'schedule.{name}')
    if time.utcoffset() != timedelta(0):
        raise Refused(f'schedule.{name} must include a UTC offset of zero, unlike {text[:100]!r}')
    return time.isoformat()


@contextmanager
def _refusing() -> Iterator[None]:
    """Turn what the rules of downtimes say against an attribute into a refusal."""
    try:
        yield
    except downtimes.DowntimeError as error:
        raise Refused(str(error)) from error


def _check(attributes: Mapping[str, Any], call: Call) -> None:
    """Check what the models cannot."""
    display = attributes['display_timezone']
    downtimes.zone(display)
    timezone = attributes['schedule'].get('timezone', display)
    if timezone != display:
        raise Refused(f'schedule.timezone {timezone} must match display_timezone {display}')
    downtimes.check(attributes)
    monitor = attributes['monitor_identifier'].get('monitor_id')
    if monitor is not None and call.store.get('monitor', monitor) is None:
        raise Refused(f'Monitor with id {monitor} not found')


def _without_nulls(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if value is not None}


def _shown(downtime: Mapping[str, Any], call: Call) -> dict[str, Any]:
    """A downtime with what depends on the time: its status, and which occurrence is the current one."""
    moment = int(call.now)
    attributes = {**downtime['attributes'], 'status': downtimes.status(downtime, moment)}
    if attributes['schedule'].get('recurrences') and (window := downtimes.current(downtime, moment)):
        current = {'start': downtimes.iso(window.start), 'end': downtimes.iso(window.end)}
        attributes['schedule'] = {**attributes['schedule'], 'current_downtime': current}
    monitor = attributes['monitor_identifier'].get('monitor_id')
    relationships = {
        'created_by': {'data': {'type': 'users', 'id': USER['id']}},
        'monitor': {'data': None if monitor is None else {'type': 'monitors', 'id': str(monitor)}},
    }
    return {**downtime, 'attributes': attributes, 'relationships': relationships}


def _answer(downtime: Mapping[str, Any], call: Call) -> dict[str, Any]:
    user = {'name': USER['name'], 'handle': USER['handle'], 'email': USER['handle']}
    return {'data': _shown(downtime, call), 'included': [{'type': 'users', 'id': USER['id'], 'attributes': user}]}


routes = [
    endpoint('GET', '/api/v2/downtime', list_downtimes, unsupported=('include',)),
    endpoint('POST', '/api/v2/downtime', create_downtime),
    endpoint('GET', '/api/v2/downtime/{id}', get_downtime, unsupported=('include', 'with_run_as')),
    endpoint('PATCH', '/api/v2/downtime/{id}', update_downtime),
    endpoint('DELETE', '/api/v2/downtime/{id}', cancel_downtime),
]
