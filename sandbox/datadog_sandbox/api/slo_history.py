"""What an account holds of a service level objective in a time, API v1."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from datadog_sandbox import objectives, query
from datadog_sandbox.query.tree import Query

from .endpoint import Call, Refused, endpoint
from .slo_fields import threshold_of
from .slo_search import state_of
from .slos import slo_of

ERRORS = {objectives.NO_EVENTS: 'ZERO_VALUED_DENOMINATOR'}
"""Types of the errors for which one was recorded, by their words."""
OTHER_ERROR = 'NO_RESULTS'


def get_history(call: Call) -> Any:
    """Answer with the value of an objective in a time, and with the events of each bucket of one of metrics.

    As recorded, what is wrong with the value is an error of the value, and not of the answer.
    """
    slo = kept = slo_of(call)
    start, end = times_of(call)
    if target := call.query.get('target'):
        slo = slo | {'thresholds': [*slo['thresholds'], _custom(target)]}
    data: dict[str, Any] = {
        'thresholds': {each['timeframe']: each for each in slo['thresholds']},
        'from_ts': start, 'to_ts': end, 'type': slo['type'], 'type_id': slo['type_id'], 'slo': kept, 'group_by': [],
    }  # fmt: skip
    errors: list[dict[str, Any]] = []
    value = None
    try:
        if slo['type'] == 'metric':
            data['series'] = _series(slo, objectives.counts(call.store, slo, start, end), start, end)
        value = objectives.value(call.store, slo, start, end, call.flag('apply_correction', True))
    except (objectives.ObjectiveError, query.QueryError) as error:
        errors.append({'error_type': ERRORS.get(str(error), OTHER_ERROR), 'error_message': str(error)})
    return {'data': data | {'overall': _overall(slo, value, errors)}, 'errors': None}


def times_of(call: Call) -> tuple[int, int]:
    """Return the times of the query, in seconds. Raises `Refused`."""
    start, end = call.number('from_ts'), call.number('to_ts')
    if start >= end:
        raise Refused(f'from_ts must be before to_ts, not {start} and {end}')
    return start, end


def _custom(text: str) -> dict[str, Any]:
    """Return the threshold that a request asks for: as documented, its timeframe is `custom`."""
    if not re.fullmatch(r'\d{1,2}(\.\d{1,15})?', text) or float(text) == 0:
        raise Refused(f'target must be a percentage above 0 and below 100, not {text[:100]!r}')
    return threshold_of({'timeframe': 'custom', 'target': float(text)})


def _overall(slo: Mapping[str, Any], value: float | None, errors: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        'sli_value': value, 'span_precision': objectives.PRECISION, 'uptime': value,
        'precision': {each['timeframe']: objectives.PRECISION for each in slo['thresholds']},
        'state': state_of(value, slo['target_threshold'], slo.get('warning_threshold')), 'errors': errors,
        **({} if value is None else {'error_budget_remaining': _budgets(slo, value)}),
    }  # fmt: skip


def _budgets(slo: Mapping[str, Any], value: float) -> dict[str, float | None]:
    left = {each['timeframe']: objectives.budget_left(value, each['target']) for each in slo['thresholds']}
    return {timeframe: part if math.isfinite(part) else None for timeframe, part in left.items()}


def _series(slo: Mapping[str, Any], counts: objectives.Counts, start: int, end: int) -> dict[str, Any]:
    """Return the events of each bucket as Datadog writes them."""
    parts = slo['query']['numerator'], slo['query']['denominator']
    good, total = (f'default_zero({part})' for part in parts)
    return {
        'res_type': 'time_series', 'resp_version': 2, 'from_date': start * 1000, 'to_date': end * 1000, 'message': '',
        'query': f'{good}, {total}', 'graph_query': f'{good}, {total} - {good}', 'numerator_query': good,
        'denominator_query': total, 'bad_series_query': f'{total} - {good}',
        'interval': counts.interval, 'times': [time * 1000.0 for time in counts.times],
        'numerator': _events(parts[0], 0, counts.good), 'denominator': _events(parts[1], 1, counts.total),
    }  # fmt: skip


def _events(text: str, index: int, values: Sequence[float]) -> dict[str, Any]:
    """Return the events of one query, with what Datadog says of a query that is one metric."""
    [node] = query.parse(text)
    of_metric: dict[str, Any] = {'aggr': None, 'metric': f'default_zero({text})', 'scope': '*'}
    if isinstance(node, Query):
        of_metric = {'aggr': node.aggregator, 'metric': f'default_zero({node.metric})', 'scope': str(node.scope)}
    metadata = {'unit': None, 'query_index': index, 'tag_set': [], 'expression': f'default_zero({text})', **of_metric}
    return {'values': values, 'metadata': metadata, 'sum': sum(values), 'count': len(values)}


routes = [endpoint('GET', '/api/v1/slo/{id}/history', get_history, kind='slo history')]
