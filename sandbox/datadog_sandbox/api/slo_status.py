"""How a service level objective does in a time, API v2."""

from typing import Any

from datadog_sandbox import objectives, query

from .endpoint import Call, endpoint
from .slo_history import times_of
from .slo_search import state_of
from .slos import slo_of


def get_status(call: Call) -> Any:
    """Answer with the value of an objective; approximated: with nulls where there is none."""
    slo = slo_of(call)
    start, end = times_of(call)
    correct, target = not call.flag('disable_corrections'), slo['target_threshold']
    value, unit, whole = None, 'seconds', float(end - start)
    try:
        value = objectives.value(call.store, slo, start, end, correct)
        if slo['type'] == 'metric':
            unit, whole = 'requests', objectives.events(call.store, slo, start, end, correct)[1]
    except (objectives.ObjectiveError, query.QueryError):
        pass
    left = None if value is None or target >= 100 else objectives.budget_left(value, target)
    # A part of the events, or of the time, may be bad: what is left of that.
    raw = None if left is None else {'unit': unit, 'value': left / 100 * (100 - target) / 100 * whole}
    attributes = {
        'sli': value,
        'state': state_of(value, target, slo.get('warning_threshold')),
        'error_budget_remaining': left,
        'raw_error_budget_remaining': raw,
        'span_precision': objectives.PRECISION,
    }
    return {'data': {'id': slo['id'], 'type': 'slo_status', 'attributes': attributes}}


routes = [endpoint('GET', '/api/v2/slo/{id}/status', get_status)]
