"""Corrections of service level objectives, API v1."""

import uuid
from collections.abc import Mapping
from typing import Any

from datadog_sandbox import corrections, downtimes
from datadog_sandbox.times import DAY

from .endpoint import USER, Call, Refused, checked, endpoint

PATH = '/api/v1/slo/correction'
FIELDS = ('slo_id', 'start', 'end', 'description', 'category', 'timezone', 'rrule', 'duration', 'slo_query')
LIMIT = 25
"""Corrections of an answer without a limit, as documented."""
PAGE = 10
"""Those of one objective, as recorded: test_get_corrections_for_an_slo_returns_ok_response."""
YEAR = 366 * DAY
FARTHEST = 5 * YEAR
"""Seconds between now and a time of a correction: the sandbox's own bound, as all occurrences are worked out."""
_PERSON: dict[str, Any] = {
    'data': {
        'type': 'users', 'id': USER['id'],
        'attributes': {
            'uuid': USER['id'], 'handle': USER['handle'], 'email': USER['handle'], 'name': USER['name'], 'icon': '',
        },
    }
}  # fmt: skip


def create_correction(call: Call) -> Any:
    given = _attributes(call, 'create')
    with call.store.transaction():
        if not given.get('slo_query'):
            _known_slo(call, str(given.get('slo_id')))
        kept = dict.fromkeys(FIELDS) | {'timezone': 'UTC', 'description': ''} | given
        _check(kept, call.now)
        id_ = str(uuid.uuid4())
        correction = {'id': id_, 'created_at': int(call.now), 'modified_at': int(call.now), 'modifier': None, **kept}
        call.store.save(corrections.KIND, id_, correction)
    # As recorded, the answer to a POST has no times yet.
    return {'data': _shape(correction | {'created_at': None, 'modified_at': None})}


def list_corrections(call: Call) -> Any:
    every = call.store.all(corrections.KIND)
    offset, limit = call.number('offset', 0), call.number('limit', LIMIT)
    page = every[offset : offset + limit]
    counts = {'total_count': len(every), 'total_filtered_count': len(page)}
    return {'data': [_shape(correction) for correction in page], 'meta': {'page': counts}}


def list_corrections_of(call: Call) -> Any:
    slo = _known_slo(call, call.path['id'])
    found = [each for each in call.store.all(corrections.KIND) if corrections.applies(each, slo)]
    offset, limit = call.number('page[offset]', 0), call.number('page[limit]', PAGE) or PAGE
    before, after = max(0, offset - limit), offset + limit
    path = f'{call.base}/api/v1/slo/{slo["id"]}/corrections'

    def link(place: int) -> str:
        return f'{path}?page[offset]={place}&page[limit]={limit}'

    # As recorded, there is a next page after the last one, and no link to that.
    return {
        'data': [_shape(each) for each in found[offset:after]],
        'meta': {
            'pagination': {
                'offset': offset, 'first_offset': 0, 'prev_offset': before, 'next_offset': after,
                'last_offset': max(0, len(found) - 1) // limit * limit, 'limit': limit, 'type': 'offset_limit',
                'total': len(found),
            },
        },
        'links': {
            'self': link(offset) if call.query else path, 'last': None, 'next': link(after),
            'prev': link(before) if offset else None, 'first': link(0),
        },
    }  # fmt: skip


def get_correction(call: Call) -> Any:
    return {'data': _shape(_correction(call))}


def update_correction(call: Call) -> Any:
    given = _attributes(call, 'update')
    with call.store.transaction():
        changed = _correction(call) | given | {'modified_at': int(call.now), 'modifier': _PERSON}
        _check(changed, call.now)
        call.store.save(corrections.KIND, changed['id'], changed)
    return {'data': _shape(changed)}


def delete_correction(call: Call) -> None:
    with call.store.transaction():
        call.store.remove(corrections.KIND, _correction(call)['id'])


def _attributes(call: Call, verb: str) -> dict[str, Any]:
    data = call.body.get('data') if isinstance(call.body, Mapping) else None
    if not isinstance(data, Mapping) or data.get('type') != 'correction':
        raise Refused('data must be an object of the type correction')
    name = f'SLOCorrection{verb.title()}RequestAttributes'
    given = checked(data.get('attributes'), 'v1', f'slo_correction_{verb}_request_attributes', name)
    return {field: given[field] for field in FIELDS if field in given}


def _check(correction: Mapping[str, Any], now: float) -> None:
    """Refuse a correction that has no end, ends before it starts, or has an invalid rule or time zone."""
    start, end, rule, duration = (correction[name] for name in ('start', 'end', 'rrule', 'duration'))
    if rule is None and (end is None or end <= start):
        raise Refused(f'end must be after start, unless there is an rrule, not {end} after {start}')
    if rule is not None and (not isinstance(duration, int) or duration <= 0):
        raise Refused('duration is required with an rrule, in seconds')
    for name, time in (('start', start), ('end', end)):
        if time is not None and abs(time - now) > FARTHEST:
            raise Refused(f'{name} must be less than {FARTHEST // YEAR} years away, not {time}')
    try:
        downtimes.zone(correction['timezone'])
        corrections.windows(correction, start, start + 1)
    except (downtimes.DowntimeError, ValueError, OverflowError) as error:
        raise Refused(str(error)) from error


def _known_slo(call: Call, id_: str) -> dict[str, Any]:
    slo = call.store.get('slo', id_)
    if slo is None:
        raise Refused(f'SLO not found: {id_[:100]} not found', 404)
    return slo


def _correction(call: Call) -> dict[str, Any]:
    correction = call.store.get(corrections.KIND, call.path['id'])
    if correction is None:
        raise Refused(f'slo correction public id {call.path["id"][:100]} not found', 404)
    return correction


def _shape(correction: Mapping[str, Any]) -> dict[str, Any]:
    attributes = {name: correction[name] for name in (*FIELDS, 'created_at', 'modified_at')}
    if attributes['slo_query'] is None:
        del attributes['slo_query']
    attributes |= {'creator': _PERSON, 'modifier': correction.get('modifier')}
    return {'type': 'correction', 'id': correction['id'], 'attributes': attributes}


routes = [
    endpoint('GET', PATH, list_corrections),
    endpoint('POST', PATH, create_correction),
    endpoint('GET', f'{PATH}/{{id}}', get_correction),
    endpoint('PATCH', f'{PATH}/{{id}}', update_correction),
    endpoint('DELETE', f'{PATH}/{{id}}', delete_correction),
    endpoint('GET', '/api/v1/slo/{id}/corrections', list_corrections_of),
]
