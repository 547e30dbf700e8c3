"""alert_graph: what a monitor compares with its thresholds, over time."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from datadog_sandbox import monitors
from datadog_sandbox.drawing.curves import Curve, Curves
from datadog_sandbox.drawing.markers import Marker
from datadog_sandbox.natural import natural
from datadog_sandbox.numerals import numeral
from datadog_sandbox.query import QueryError, default_interval, group_name
from datadog_sandbox.times import DAY, HOUR, MINUTE
from datadog_sandbox.widgets.alerts import monitor_of
from datadog_sandbox.widgets.model import Content, Context, Empty
from datadog_sandbox.widgets.requests import why_empty
from datadog_sandbox.widgets.timelines import Timeline

from .timeseries import MOST_CURVES, Timeseries, curves_of

UNITS = ((DAY, 'd'), (HOUR, 'h'), (MINUTE, 'min'))


class AlertGraph(Timeseries):
    """Of many groups, those that are nearest to the threshold.

    With one group of a metric monitor, the query itself is there as well. What compares no value shows its states.
    """

    type = 'alert_graph'

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Content:
        monitor = monitor_of(definition, context)
        parsed = monitors.parse(monitor)
        # The graph in a mail is about one group.
        group = definition.get('group')
        groups = 1 if group else len(context.store.states(monitor['id']))
        if not parsed.operator:
            return Timeline.evaluate(definition, context)
        if isinstance(parsed, monitors.MetricMonitor):
            curves = _of_metric(parsed, groups, group, context)
        else:
            curves = _compared(parsed, monitor, group, context)
        highest = max(float(abs(curve.known).max(initial=0)) for curve in curves)
        markers = threshold_markers(parsed, monitor, 100 * max(highest, 1))
        # What was not evaluated yet has no state.
        known = min(context.end, (monitors.evaluated(context.store, monitor) or context.end) + 1)
        states = monitors.spells(context.store, [monitor], context.start, known, group=group)
        every = max(len(curves), groups)
        if every > MOST_CURVES:
            sign = 1 if parsed.operator.startswith('<') else -1
            curves.sort(key=lambda curve: float((sign * curve.known).min(initial=math.inf)))
        chart = Curves(curves[:MOST_CURVES], context.start, context.end, markers, states=states)
        return cls(chart, every, _noted(parsed, curves[0].interval))

    def remarks(self) -> Sequence[str]:
        drawn = len(self.chart.curves)
        if not MOST_CURVES <= drawn < self.all_curves:
            return self.noted
        return [f'The {drawn} of {self.all_curves} groups that are nearest to the threshold', *self.noted]


def _of_metric(parsed: monitors.MetricMonitor, groups: int, group: str | None, context: Context) -> list[Curve]:
    """Return the query of a monitor, aggregated over its window. Raises `Empty`."""
    try:
        requests = _requests(parsed, groups, context.end - context.start)
        curves = curves_of(requests, context)
    except QueryError:
        # Such as a query with top(), around which there can be no other function.
        requests = [{'q': parsed.query}]
        curves = curves_of(requests, context)
    if not curves:
        raise Empty(why_empty(requests, context))
    return [curve for curve in curves if group and curve.name.endswith(group)] or curves


def _compared(
    parsed: monitors.MonitorType, monitor: Mapping[str, Any], group: str | None, context: Context
) -> list[Curve]:
    """Return what any other monitor compares with its thresholds. Raises `Empty`."""
    times, step, lines = monitors.lines(context.store, monitor, context.start, context.end)
    curves = [
        Curve(group_name(line.tags) if line.tags else parsed.measure, 'line', times, line.values, step)
        for line in lines
        if group in (None, group_name(line.tags))
    ]
    curves = sorted((curve for curve in curves if len(curve.known)), key=lambda curve: natural(curve.name))
    if not curves:
        raise Empty(f'There is no value in this range: {parsed.measure}')
    return curves


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


def _noted(parsed: monitors.MonitorType, bucket: int) -> list[str]:
    """Say what stands for several values, as windows are shorter than the buckets of a chart."""
    if isinstance(parsed, monitors.MetricMonitor) or parsed.window >= bucket:
        return []
    return [f'Of every {monitors.duration(bucket)}, the value that is nearest to an alert (approximated)']


def threshold_markers(parsed: monitors.MonitorType, monitor: Mapping[str, Any], most: float) -> list[Marker]:
    """Return the thresholds that are values of the query; none above `most`, which would make a flat line of it."""
    if not parsed.compares_values:
        return []
    thresholds = {'critical': parsed.threshold, **((monitor.get('options') or {}).get('thresholds') or {})}
    return [
        Marker(value, value, kind, 'dashed', f'{word} {parsed.operator} {numeral(value)}')
        for name, kind, word in (('warning', 'warning', 'warning'), ('critical', 'error', 'alert'))
        if (value := thresholds.get(name)) is not None and abs(value) <= most
    ]
