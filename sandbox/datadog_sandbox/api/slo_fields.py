"""What a request sets of a service level objective, API v1."""

from collections.abc import Mapping
from typing import Any

from datadog_sandbox import objectives, query

from .endpoint import Refused, typed
from .slo_formulas import count_of

TYPES = {'monitor': 0, 'metric': 1, 'time_slice': 2}
TIMEFRAMES = ('7d', '30d', '90d')
"""As documented, `custom` is none that an objective can have."""
FIELDS = ('monitor_ids', 'groups', 'sli_specification')
SLICE = 300
"""Seconds of a time slice without a length."""


def fields_of(body: Any) -> dict[str, Any]:
    """Return what a request sets of an objective, in the form in which it is kept."""
    if not isinstance(body, dict):
        raise Refused('body must be a JSON object')
    typed(body, 'v1', 'service_level_objective_request', 'ServiceLevelObjectiveRequest')
    if body.get('timeframe') is not None:
        check_timeframe(body['timeframe'])
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
    return fields | _both_forms(kind, fields)


def _both_forms(kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what Datadog says of an objective in both of its forms, whichever was sent, as recorded in 2026."""
    if kind == 'time_slice':
        time_slice = fields['sli_specification']['time_slice']
        return {'sli_specification': {'time_slice': {'query_interval_seconds': SLICE, **time_slice}}}
    if kind == 'monitor':
        return {}
    if not fields['query']:
        queries, good, total = objectives.formulas(fields)
        both = {'numerator': good, 'denominator': total}
        return {'query': {name: query.substitute(formula, queries) for name, formula in both.items()}}
    if 'sli_specification' in fields:
        return {}
    return {'sli_specification': {'count': count_of(fields['query'])}}


def _complete(kind: str, fields: Mapping[str, Any]) -> None:
    """Refuse an objective whose type needs what is not there."""
    if kind == 'monitor':
        ids = fields.get('monitor_ids')
        if not ids or not all(isinstance(id_, int) for id_ in ids):
            raise Refused('Invalid payload: must specify monitor_ids')
    try:
        if kind == 'metric':
            queries, good, total = objectives.formulas(fields)
            for text in (good, total):
                query.queried(text, queries)
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
    for each in given:
        check_timeframe(each.get('timeframe'))
    return [threshold_of(each) for each in given]


def check_timeframe(timeframe: Any) -> None:
    if timeframe not in TIMEFRAMES:
        allowed = ', '.join(TIMEFRAMES)
        raise Refused(f'Invalid payload: timeframe must be one of {allowed}, not {str(timeframe)[:100]!r}')


def threshold_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a threshold in the form in which it is kept. Raises `Refused`.

    "0 and 100 is not valid target value": https://github.com/DataDog/terraform-provider-datadog/pull/1704
    """
    threshold: dict[str, Any] = {'timeframe': given.get('timeframe')}
    for name in ('target', 'warning'):
        number = given.get(name)
        if number is None and name == 'warning':
            continue
        # Configurations write a warning of 0 for none: https://github.com/DataDog/terraform-provider-datadog/issues/2227
        is_none = name == 'warning' and number == 0
        if isinstance(number, bool) or not isinstance(number, int | float) or not (is_none or 0 < number < 100):
            raise Refused(
                f'Invalid payload: {name} must be a percentage above 0 and below 100, not {str(number)[:100]!r}'
            )
        # As Datadog writes it: 95 is "95.".
        threshold |= {name: float(number), f'{name}_display': str(float(number)).removesuffix('0')}
    if 0 < threshold.get('warning', 0) <= threshold['target']:
        raise Refused(
            f'Invalid payload: warning must be greater than the target of {threshold["target"]:g}, '
            f'not {threshold["warning"]:g}'
        )
    return threshold
