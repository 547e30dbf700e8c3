"""alert_graph: what a monitor compares with its thresholds, over time."""

from collections.abc import Mapping
from typing import Any, Self

from datadog_sandbox import monitors
from datadog_sandbox.drawing.curves import Curves
from datadog_sandbox.drawing.markers import Marker
from datadog_sandbox.numerals import numeral
from datadog_sandbox.query import QueryError, default_interval
from datadog_sandbox.widgets.model import Context, Empty
from datadog_sandbox.widgets.requests import why_empty

from .timeseries import MOST_CURVES, Timeseries, curves_of

UNITS = ((86_400, 'd'), (3_600, 'h'), (60, 'min'))


class AlertGraph(Timeseries):
    """With one group the query itself is there as well; of many groups, those that are nearest to the threshold."""

    type = 'alert_graph'

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        monitor = find(definition, context)
        parsed = monitors.parse(monitor)
        if not isinstance(parsed, monitors.MetricMonitor):
            raise QueryError(f'The query of a monitor of the type {monitor.get("type")} is not drawn over time here')
        # The graph in a mail is about one group.
        group = definition.get('group')
        try:
            groups = 1 if group else len(context.store.states(monitor['id']))
            requests = _requests(parsed, groups, context.end - context.start)
            curves = curves_of(requests, context)
        except QueryError:
            # Such as a query with top(), around which there can be no other function.
            requests = [{'q': parsed.query}]
            curves = curves_of(requests, context)
        if group:
            curves = [curve for curve in curves if curve.name.endswith(group)] or curves
        if not curves:
            raise Empty(why_empty(requests, context))
        highest = max(float(abs(curve.known).max(initial=0)) for curve in curves)
        markers = threshold_markers(parsed, monitor, 100 * max(highest, 1))
        # What was not evaluated yet has no state.
        known = min(context.end, (monitors.evaluated(context.store, monitor) or context.end) + 1)
        states = monitors.spells(context.store, [monitor], context.start, known, group=group)
        return cls(Curves(curves[:MOST_CURVES], context.start, context.end, markers, states=states), len(curves))


def find(definition: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Return the monitor of a definition with `alert_id`. Raises `Empty` where the account has none of this id."""
    id_ = str(definition['alert_id'])
    monitor = context.store.get('monitor', int(id_)) if id_.isdecimal() and len(id_) < 19 else None
    if monitor is None:
        raise Empty(f'There is no monitor {id_} here')
    return monitor


def _requests(parsed: monitors.MetricMonitor, groups: int, seconds: int) -> list[dict[str, Any]]:
    compared = parsed.query
    requests: list[dict[str, Any]] = []
    if parsed.window > default_interval(seconds):
        compared = f"moving_rollup({compared}, {parsed.window}, '{parsed.aggregator}')"
        if groups == 1:
            requests.append({'q': parsed.query, 'style': {'line_type': 'dotted', 'line_width': 'thin'}})
    if groups > MOST_CURVES:
        rank = "'min', 'asc'" if parsed.operator.startswith('<') else "'max', 'desc'"
        compared = f'top({compared}, {MOST_CURVES}, {rank})'
    size, unit = next((unit for unit in UNITS if parsed.window % unit[0] == 0), (1, 's'))
    alias = f'{parsed.aggregator} of the last {parsed.window // size} {unit}'
    return [*requests, {'q': compared, 'metadata': [{'expression': compared, 'alias_name': alias}]}]


def threshold_markers(parsed: monitors.MetricMonitor, monitor: Mapping[str, Any], most: float) -> list[Marker]:
    """Return the thresholds that are values of the query; none above `most`, which would make a flat line of it."""
    if not parsed.compares_values:
        return []
    thresholds = {'critical': parsed.threshold, **((monitor.get('options') or {}).get('thresholds') or {})}
    return [
        Marker(value, value, kind, 'dashed', f'{word} {parsed.operator} {numeral(value)}')
        for name, kind, word in (('warning', 'warning', 'warning'), ('critical', 'error', 'alert'))
        if (value := thresholds.get(name)) is not None and abs(value) <= most
    ]
