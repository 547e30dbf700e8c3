"""Service level objectives, API v1."""

import math
import re
import secrets
from collections.abc import Mapping
from typing import Any

from datadog_sandbox import objectives, query

from .endpoint import USER, Call, Refused, endpoint, typed

TYPES = {'monitor': 0, 'metric': 1, 'time_slice': 2}
TIMEFRAMES = {'7d': 7, '30d': 30, '90d': 90, 'custom': 0}
DAY = 86_400
FIELDS = ('monitor_ids', 'groups', 'sli_specification')
LIMIT, MOST = 1000, 1000


def create_slo(call: Call) -> Any:
    fields = _fields(call.body)
    now = int(call.now)
    creator = {'name': USER['name'], 'handle': USER['handle'], 'email': USER['handle']}
    with call.store.transaction():
        slo = {'id': secrets.token_hex(16), **fields, 'creator': creator, 'created_at': now, 'modified_at': now}
        call.store.put('slo', slo['id'], slo)
    return _answer([slo])


def list_slos(call: Call) -> Any:
    ids, tags, name = call.words('ids'), set(call.words('tags_query')), call.query.get('query', '').lower()
    matching = [
        slo
        for slo in call.store.all('slo')
        if (not ids or slo['id'] in ids) and tags <= set(slo['tags']) and name in slo['name'].lower()
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
        fields = _fields(call.body)
        if fields['type'] != old['type']:
            raise Refused(f'The type of an SLO cannot be changed: it is {old["type"]}')
        slo = {
            'id': old['id'], **fields, 'creator': old['creator'], 'created_at': old['created_at'],
            'modified_at': int(call.now),
        }  # fmt: skip
        call.store.put('slo', slo['id'], slo)
    return _answer([slo])


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


def _fields(body: Any) -> dict[str, Any]:
    """Return what a request sets of an objective, in the form in which it is kept."""
    if not isinstance(body, dict):
        raise Refused('body must be a JSON object')
    typed(body, 'v1', 'service_level_objective_request', 'ServiceLevelObjectiveRequest')
    kind, name = body.get('type'), body.get('name')
    if kind not in TYPES:
        raise Refused(f'Invalid payload: type must be one of {", ".join(TYPES)}, not {str(kind)[:100]!r}')
    if not isinstance(name, str) or not name.strip():
        raise Refused('Invalid payload: must specify a name')
    thresholds = _thresholds(body.get('thresholds'))
    fields: dict[str, Any] = {
        'name': name, 'tags': body.get('tags') or [], 'monitor_tags': [], 'thresholds': thresholds, 'type': kind,
        'type_id': TYPES[kind], 'description': body.get('description') or '',
        'timeframe': body.get('timeframe') or thresholds[0]['timeframe'],
        'target_threshold': float(body.get('target_threshold') or thresholds[0]['target']),
    }  # fmt: skip
    warning = body.get('warning_threshold') or thresholds[0].get('warning')
    if warning is not None:
        fields['warning_threshold'] = float(warning)
    if kind == 'metric':
        fields['query'] = _query(body)
    fields |= {field: body[field] for field in FIELDS if body.get(field)}
    _complete(kind, fields)
    if kind == 'metric' and not fields['query']:
        fields['query'] = _written_out(*objectives.formulas(fields))
    return fields


def _written_out(queries: Mapping[str, str], *formulas: str) -> dict[str, str]:
    """Return the formulas of good and of all events with the queries in the place of their names."""
    good, total = (re.sub(r'[A-Za-z_]\w*', lambda name: queries.get(name[0], name[0]), text) for text in formulas)
    return {'numerator': good, 'denominator': total}


def _complete(kind: str, fields: Mapping[str, Any]) -> None:
    """Refuse an objective whose type needs what is not there."""
    if kind == 'monitor':
        ids = fields.get('monitor_ids')
        if not ids or not all(isinstance(id_, int) for id_ in ids):
            raise Refused('Invalid payload: must specify monitor_ids')
    try:
        if kind == 'metric':
            queries, *formulas = objectives.formulas(fields)
            for formula in formulas:
                query.queried(formula, queries)
        elif kind == 'time_slice':
            time_slice = fields['sli_specification']['time_slice']
            queries = {each['name']: each['query'] for each in time_slice['query']['queries']}
            query.queried(time_slice['query']['formulas'][0]['formula'], queries)
            if time_slice['comparator'] not in ('>', '>=', '<', '<='):
                raise Refused('Invalid payload: the comparator must be >, >=, <, or <=')
            float(time_slice['threshold'])
    except query.QueryError as error:
        raise Refused(f'Invalid payload: {error}') from error
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise Refused(f'Invalid payload: the sli_specification is not complete ({error})') from error


def _query(body: Mapping[str, Any]) -> dict[str, str]:
    both = body.get('query')
    if isinstance(both, dict) and all(isinstance(both.get(part), str) for part in ('numerator', 'denominator')):
        return {'denominator': both['denominator'], 'numerator': both['numerator']}
    if not (body.get('sli_specification') or {}).get('count'):
        raise Refused('Invalid payload: must specify the query for count types')
    return {}


def _thresholds(given: Any) -> list[dict[str, Any]]:
    if not isinstance(given, list) or not given or not all(isinstance(each, dict) for each in given):
        raise Refused('Invalid payload: must specify thresholds')
    return [_threshold(each) for each in given]


def _threshold(given: Mapping[str, Any]) -> dict[str, Any]:
    timeframe = given.get('timeframe')
    if timeframe not in TIMEFRAMES:
        allowed = ', '.join(TIMEFRAMES)
        raise Refused(f'Invalid payload: timeframe must be one of {allowed}, not {str(timeframe)[:100]!r}')
    threshold: dict[str, Any] = {'timeframe': timeframe}
    for name in ('target', 'warning'):
        number = given.get(name)
        if number is None and name == 'warning':
            continue
        if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number <= 100:
            raise Refused(f'Invalid payload: {name} must be a percentage from 0 to 100, not {str(number)[:100]!r}')
        # As Datadog writes it: 95 is "95.".
        threshold |= {name: float(number), f'{name}_display': str(float(number)).removesuffix('0')}
    return threshold


routes = [
    endpoint('POST', '/api/v1/slo', create_slo),
    endpoint('GET', '/api/v1/slo', list_slos, unsupported=('metrics_query',)),
    endpoint('GET', '/api/v1/slo/can_delete', can_delete_slos),
    endpoint('GET', '/api/v1/slo/{id}', get_slo),
    endpoint('PUT', '/api/v1/slo/{id}', update_slo),
    endpoint('DELETE', '/api/v1/slo/{id}', delete_slo),
    endpoint('GET', '/api/v1/slo/{id}/history', get_history),
]
