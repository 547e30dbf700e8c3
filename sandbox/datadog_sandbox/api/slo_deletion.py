"""Service level objectives, API v1: timeframes of several of them deleted at once."""

from typing import Any

from .endpoint import Call, Refused, endpoint
from .slo_fields import check_timeframe


def delete_timeframes(call: Call) -> Any:
    """Remove timeframes, given by the id of the objective; one without any left is deleted."""
    asked = call.body
    if not isinstance(asked, dict) or not all(map(_are_strings, asked.values())):
        raise Refused('The body must be an object: the id of each SLO, with a list of timeframes')
    for timeframe in (each for timeframes in asked.values() for each in timeframes):
        check_timeframe(timeframe)
    changed: dict[str, list[str]] = {'deleted': [], 'updated': []}
    errors = []
    with call.store.transaction():
        for id_, timeframes in asked.items():
            slo = call.store.get('slo', id_)
            known = {each['timeframe'] for each in slo['thresholds']} if slo else set()
            unknown = [timeframe for timeframe in timeframes if timeframe not in known]
            message = 'SLO has no such timeframe' if slo else 'SLO not found'
            errors += [{'id': id_, 'message': message, 'timeframe': timeframe} for timeframe in unknown]
            if slo and known.intersection(timeframes):
                changed[_remove(call, slo, timeframes)].append(id_)
    # As recorded, `updated` is null when there are none; monitors are deleted with no objective here.
    data = {'deleted': changed['deleted'], 'updated': changed['updated'] or None, 'deleted_monitors': []}
    return {'data': data, 'errors': errors}


def _are_strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _remove(call: Call, slo: dict[str, Any], timeframes: list[str]) -> str:
    left = [each for each in slo['thresholds'] if each['timeframe'] not in timeframes]
    if not left:
        call.store.remove('slo', slo['id'])
        return 'deleted'
    call.store.save('slo', slo['id'], slo | {'thresholds': left, 'modified_at': int(call.now)})
    return 'updated'


routes = [endpoint('POST', '/api/v1/slo/bulk_delete', delete_timeframes)]
