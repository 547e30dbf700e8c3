"""A downtime in the form of API v1, with Unix times, from and to the attributes of API v2."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from datadog_sandbox import downtimes

from .downtime_v1_recurrence import LAST, form_of, rule_of
from .endpoint import ORG, Refused

EVERYTHING, HOST, OTHER = 0, 1, 2
"""What `downtime_type` was seen to be: for the scope `*`, for a single host, and for other scopes."""
KEPT = ('message', 'mute_first_recovery_notification', 'notify_end_states', 'notify_end_types')


def shape(downtime: Mapping[str, Any], moment: int) -> dict[str, Any]:
    """Return a downtime as API v1 shows it."""
    attributes = downtime['attributes']
    schedule, identifier = attributes['schedule'], attributes['monitor_identifier']
    status = downtimes.status(downtime, moment)
    scopes = _scopes(attributes['scope'])
    start, end = _window(downtime, moment)
    return {
        'id': downtime['number'],
        'monitor_id': identifier.get('monitor_id'),
        'org_id': ORG,
        'start': start,
        'end': end,
        'canceled': attributes['canceled'] and downtimes.epoch(attributes['canceled']),
        'created': downtimes.epoch(attributes['created']),
        'modified': downtimes.epoch(attributes['modified']),
        'message': attributes['message'],
        'active': status == 'active',
        'disabled': status == 'canceled',
        'recurrence': _recurrence(schedule),
        'timezone': attributes['display_timezone'],
        'parent_id': None,
        'child_id': None,
        'creator_id': ORG,
        'updater_id': ORG if attributes['modified'] != attributes['created'] else None,
        'downtime_type': _type(scopes),
        'status': status,
        'monitor_tags': identifier.get('monitor_tags') or ['*'],
        'mute_first_recovery_notification': attributes['mute_first_recovery_notification'],
        'notify_end_types': attributes['notify_end_types'],
        'notify_end_states': attributes['notify_end_states'],
        'uuid': downtime['id'],
        'scope': scopes,
    }


def _window(downtime: Mapping[str, Any], moment: int) -> tuple[int, int | None]:
    """Return the start and the end that a downtime shows: those of a recurrence are as sent until its first end."""
    schedule = downtime['attributes']['schedule']
    if not schedule.get('recurrences'):
        return downtimes.epoch(schedule['start']), schedule['end'] and downtimes.epoch(schedule['end'])
    moment = min(moment, downtimes.canceled(downtime))
    start, end = first_window(schedule)
    if moment < end:
        return start, end
    running = {**downtime, 'attributes': {**downtime['attributes'], 'canceled': None}}
    window = downtimes.occurrence(running, moment) or downtimes.current(running, moment)
    return (window.start, window.end) if window else (start, end)


def first_window(schedule: Mapping[str, Any]) -> tuple[int, int]:
    """Return the start of the first recurrence, and when what begins there ends, whether or not its rule fits."""
    recurrence = schedule['recurrences'][0]
    zone = downtimes.zone(schedule['timezone'])
    start = int(datetime.fromisoformat(recurrence['start']).replace(tzinfo=zone).timestamp())
    return start, start + downtimes.seconds(recurrence['duration'])


def _type(scopes: list[str]) -> int:
    if scopes == ['*']:
        return EVERYTHING
    return HOST if len(scopes) == 1 and scopes[0].startswith('host:') else OTHER


def _scopes(scope: str) -> list[str]:
    return [scope] if re.search(r'[()]|\b(OR|NOT)\b', scope) else re.split(r'\s*,\s*|\s+AND\s+', scope)


def _recurrence(schedule: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the first recurrence; API v1 has one."""
    return next((form_of(recurrence['rrule']) for recurrence in schedule.get('recurrences') or []), None)


def attributes_of(given: Mapping[str, Any], old: Mapping[str, Any], now: float) -> dict[str, Any]:
    """Return the attributes of API v2 for a body of API v1. Raises `Refused`."""
    attributes = {name: given[name] for name in KEPT if name in given}
    if 'scope' in given:
        if not given['scope']:
            raise Refused("The parameter 'scope' is required")
        attributes['scope'] = ' AND '.join(f'({part})' if ' OR ' in part else part for part in given['scope'])
    if given.get('monitor_id') is not None:
        attributes['monitor_identifier'] = {'monitor_id': given['monitor_id']}
    elif given.get('monitor_tags'):
        attributes['monitor_identifier'] = {'monitor_tags': given['monitor_tags']}
    timezone = given.get('timezone') or old.get('display_timezone') or 'UTC'
    attributes['display_timezone'] = timezone
    if given.keys() & {'start', 'end', 'recurrence', 'timezone'} or not old:
        attributes['schedule'] = _schedule(given, old.get('schedule') or {}, timezone, now)
    return attributes


def _schedule(given: Mapping[str, Any], old: Mapping[str, Any], timezone: str, now: float) -> dict[str, Any]:
    known = {name: downtimes.epoch(old[name]) for name in ('start', 'end') if old.get(name)}
    if old.get('recurrences'):
        known = dict(zip(('start', 'end'), first_window(old), strict=True))
    times = {name: given[name] if name in given else known.get(name) for name in ('start', 'end')}
    for name, time in times.items():
        if time is not None and not 0 <= time <= LAST:
            raise Refused(f'{name} must be a time in seconds, not {str(time)[:40]}')
    recurrence = given.get('recurrence')
    if not recurrence:
        if 'recurrence' not in given and old.get('recurrences'):
            return {'timezone': timezone, 'recurrences': old['recurrences']}
        start = times['start']
        if start is not None and old.get('start') and start == known['start']:
            text = old['start']
        else:
            text = None if start is None else downtimes.iso(int(start))
        return {'start': text, 'end': None if times['end'] is None else downtimes.iso(int(times['end']))}
    start = int(now) if times['start'] is None else int(times['start'])
    if times['end'] is None or times['end'] <= start:
        raise Refused('A recurring downtime needs an end after its start')
    local = datetime.fromtimestamp(start, downtimes.zone(timezone)).replace(tzinfo=None)
    duration = f'{max(1, round((times["end"] - start) / 60))}m'
    rule = {'rrule': rule_of(recurrence), 'duration': duration, 'start': local.isoformat(timespec='seconds')}
    return {'timezone': timezone, 'recurrences': [rule]}
