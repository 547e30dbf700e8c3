"""Service level objectives, API v1."""

import math
import secrets
from collections.abc import Mapping
from typing import Any

from datadog_sandbox import objectives, query

from .endpoint import USER, Call, Refused, endpoint
from .slo_fields import fields_of

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
    return {'data': _slo(call), 'error': None}


def update_slo(call: Call) -> Any:
    with call.store.transaction():
        old = _slo(call)
        fields = fields_of(call.body)
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
        slo = _slo(call)
        call.store.remove('slo', slo['id'])
    return {'data': [slo['id']], 'error': None}


def can_delete_slos(call: Call) -> Any:
    """Answer that every SLO can be deleted: nothing in this account refers to one."""
    ids = call.words('ids')
    if not ids:
        raise Refused('ids is required')
    return {'data': {'ok': ids}, 'errors': {}}


def get_history(call: Call) -> Any:
    """Answer with what the account holds of an objective in a time."""
    slo = _slo(call)
    start, end = call.number('from_ts'), call.number('to_ts')
    if start >= end:
        raise Refused(f'from_ts must be before to_ts, not {start} and {end}')
    data: dict[str, Any] = {
        'thresholds': {each['timeframe']: each for each in slo['thresholds']},
        'from_ts': start, 'to_ts': end, 'type': slo['type'], 'type_id': slo['type_id'], 'slo': slo, 'group_by': [],
    }  # fmt: skip
    errors: list[dict[str, Any]] = []
    percentage = None
    try:
        if slo['type'] == 'metric':
            data['series'] = _series(slo, objectives.counts(call.store, slo, start, end), start, end)
        percentage = objectives.value(call.store, slo, start, end)
    except (objectives.ObjectiveError, query.QueryError) as error:
        errors.append({'error_type': 'sli_value', 'error_message': str(error)})
    data['overall'] = {
        'name': slo['name'], 'preview': True, 'monitor_type': None, 'group': 'overall',
        'sli_value': percentage, 'span_precision': objectives.PRECISION,
        'precision': {each['timeframe']: objectives.PRECISION for each in slo['thresholds']},
        'error_budget_remaining': _budgets(slo, percentage), 'errors': errors,
    }  # fmt: skip
    return {'data': data, 'errors': errors or None}


def _budgets(slo: Mapping[str, Any], percentage: float | None) -> dict[str, float | None]:
    if percentage is None:
        return {}
    left = {each['timeframe']: objectives.budget_left(percentage, each['target']) for each in slo['thresholds']}
    return {timeframe: part if math.isfinite(part) else None for timeframe, part in left.items()}


def _series(slo: Mapping[str, Any], counts: objectives.Counts, start: int, end: int) -> dict[str, Any]:
    """Return the events of each bucket as Datadog writes them."""
    return {
        'res_type': 'time_series', 'resp_version': 2, 'from_date': start * 1000, 'to_date': end * 1000, 'message': '',
        'query': ', '.join(f'default_zero({slo["query"][part]})' for part in ('numerator', 'denominator')),
        'interval': counts.interval, 'times': [time * 1000.0 for time in counts.times],
        'numerator': {'values': counts.good, 'sum': sum(counts.good), 'count': len(counts.good)},
        'denominator': {'values': counts.total, 'sum': sum(counts.total), 'count': len(counts.total)},
    }  # fmt: skip


def _answer(slos: list[dict[str, Any]]) -> dict[str, Any]:
    return {'data': slos, 'error': None}


def _slo(call: Call) -> dict[str, Any]:
    id_ = call.path['id']
    slo = call.store.get('slo', id_)
    if slo is None:
        raise Refused(f'SLO not found: {id_} not found', 404)
    return slo


routes = [
    endpoint('POST', '/api/v1/slo', create_slo, kind='slo'),
    endpoint('GET', '/api/v1/slo', list_slos, kind='slo'),
    endpoint('GET', '/api/v1/slo/can_delete', can_delete_slos),
    endpoint('GET', '/api/v1/slo/{id}', get_slo, kind='slo'),
    endpoint('PUT', '/api/v1/slo/{id}', update_slo, kind='slo'),
    endpoint('DELETE', '/api/v1/slo/{id}', delete_slo),
    endpoint('GET', '/api/v1/slo/{id}/history', get_history),
]
