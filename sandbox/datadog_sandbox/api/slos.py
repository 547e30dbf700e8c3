"""Service level objectives, API v1."""

import secrets
from typing import Any

from .endpoint import USER, Answer, Call, Refused, endpoint
from .slo_fields import fields_of
from .slo_references import alerts_of, uses

LIMIT, MOST = 1000, 1000
THRESHOLDS = ('target_threshold', 'warning_threshold')


def create_slo(call: Call) -> Any:
    fields = fields_of(call.body)
    now = int(call.now)
    creator = {'name': USER['name'], 'handle': USER['handle'], 'email': USER['handle']}
    with call.store.transaction():
        slo = {'id': secrets.token_hex(16), **fields, 'creator': creator, 'created_at': now, 'modified_at': now}
        call.store.save('slo', slo['id'], slo)
    return _answer([_written(slo)])


def list_slos(call: Call) -> Any:
    """Answer with the objectives whose name, tags, and queries have what the parameters say."""
    if call.flag('is_deleted'):
        raise Refused('The sandbox does not support is_deleted: it does not keep deleted objectives')
    ids, tags, name = call.words('ids'), set(call.words('tags_query')), call.query.get('query', '').lower()
    metrics = call.query.get('metrics_query', '')
    matching = [
        slo
        for slo in call.store.all('slo')
        if (not ids or slo['id'] in ids)
        and tags <= set(slo['tags'])
        and name in slo['name'].lower()
        and metrics in ' '.join((slo.get('query') or {}).values())
    ]
    if ids and (missing := [id_ for id_ in ids if all(slo['id'] != id_ for slo in matching)]):
        raise Refused(f'SLO not found: {", ".join(missing)} not found', 404)
    first = call.number('offset', 0)
    page = matching[first : first + call.number('limit', LIMIT, MOST)]
    answer = _answer(page)
    if not ids:
        answer['metadata'] = {'page': {'total_count': len(matching), 'total_filtered_count': len(page)}}
    return answer


def get_slo(call: Call) -> Any:
    slo = slo_of(call)
    alerts = {'configured_alert_ids': [monitor['id'] for monitor in alerts_of(call.store, slo)]}
    return {'data': slo | (alerts if call.flag('with_configured_alert_ids') else {}), 'error': None}


def update_slo(call: Call) -> Any:
    fields = fields_of(call.body)
    with call.store.transaction():
        old = slo_of(call)
        if fields['type'] != old['type']:
            raise Refused(f'The type of an SLO cannot be changed: it is {old["type"]}')
        slo = {
            'id': old['id'], **fields, 'creator': old['creator'], 'created_at': old['created_at'],
            'modified_at': int(call.now),
        }  # fmt: skip
        call.store.save('slo', slo['id'], slo)
    return _answer([_written(slo)])


def _written(slo: dict[str, Any]) -> dict[str, Any]:
    """Return an objective as answers to POST and PUT have it: with its whole thresholds as integers, as recorded."""
    whole = {name: int(slo[name]) for name in THRESHOLDS if name in slo and slo[name].is_integer()}
    return slo | whole


def delete_slo(call: Call) -> Any:
    with call.store.transaction():
        slo = slo_of(call)
        if not call.flag('force') and (used := uses(call.store, slo)):
            return Answer({'data': [], 'errors': {slo['id']: used}}, 409)
        call.store.remove('slo', slo['id'])
    return {'data': [slo['id']], 'error': None}


def can_delete_slos(call: Call) -> Any:
    """Answer with the objectives that can be deleted, and with 409 where something refers to one."""
    ids = call.words('ids')
    if not ids:
        raise Refused('ids is required')
    slos = {id_: call.store.get('slo', id_) for id_ in ids}
    if missing := [id_ for id_, slo in slos.items() if slo is None]:
        # 400, as the documents have no 404 here.
        raise Refused(f'SLO not found: {", ".join(missing)} not found'[:200])
    errors = {id_: used for id_, slo in slos.items() if slo and (used := uses(call.store, slo))}
    # As recorded: TestSLOEventLifecycle of datadog-api-client-go, with null where there are no errors.
    answer = {'data': {'ok': [id_ for id_ in slos if id_ not in errors], 'denied_ids': [*errors]}}
    return Answer(answer | {'errors': errors}, 409) if errors else answer | {'errors': None}


def _answer(slos: list[dict[str, Any]]) -> dict[str, Any]:
    return {'data': slos, 'error': None}


def slo_of(call: Call) -> dict[str, Any]:
    """Return the objective of the id in the path. Raises `Refused` when there is none."""
    id_ = call.path['id']
    slo = call.store.get('slo', id_)
    if slo is None:
        raise Refused(f'SLO not found: {id_} not found', 404)
    return slo


routes = [
    endpoint('POST', '/api/v1/slo', create_slo, kind='slo'),
    endpoint('GET', '/api/v1/slo', list_slos, kind='slo'),
    endpoint('GET', '/api/v1/slo/can_delete', can_delete_slos, kind='slos to delete'),
    endpoint('GET', '/api/v1/slo/{id}', get_slo, kind='slo'),
    endpoint('PUT', '/api/v1/slo/{id}', update_slo, kind='slo'),
    endpoint('DELETE', '/api/v1/slo/{id}', delete_slo),
]
