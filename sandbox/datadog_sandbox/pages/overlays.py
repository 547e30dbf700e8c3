"""What monitors make of what a chart of a dashboard shows: their thresholds, and when they were not OK."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from datadog_sandbox import monitors, widgets
from datadog_sandbox.drawing.markers import Marker
from datadog_sandbox.query import QueryError
from datadog_sandbox.store import Store
from datadog_sandbox.widgets.types.alert_graph import threshold_markers
from datadog_sandbox.widgets.types.timeseries import Timeseries

FAR = 10
"""A threshold that is more than this many times the highest value would make a flat line of the others."""
SCOPES = re.compile(r'\{[^{}]*\}|\bby\b|\s')


def overlaid(
    store: Store,
    widget: widgets.Widget,
    definition: Mapping[str, Any],
    watching: Sequence[Mapping[str, Any]],
    variables: Mapping[str, Sequence[str]],
    now: int,
) -> widgets.Widget:
    """Return a widget with the states of monitors in its chart, and the thresholds of those on a query that it draws.

    Groups that the template variables leave out do not count.
    """
    content = widget.content
    if not watching or not isinstance(content, Timeseries):
        return widget
    tags = frozenset(tag for values in variables.values() for tag in values)
    states = monitors.spells(store, watching, widget.start, min(widget.end, now), tags)
    markers = [*content.chart.markers, *_thresholds(content, definition, watching)]
    return replace(widget, content=replace(content, chart=replace(content.chart, states=states, markers=markers)))


def _thresholds(
    content: Timeseries, definition: Mapping[str, Any], watching: Sequence[Mapping[str, Any]]
) -> list[Marker]:
    """Return the thresholds of the monitors on a query that is drawn, each value once."""
    drawn = {SCOPES.sub('', query) for query in _drawn(definition)}
    highest = max(float(abs(curve.known).max(initial=0)) for curve in content.chart.curves)
    there = {edge for marker in content.chart.markers for edge in marker.edges}
    markers = []
    for monitor in watching:
        try:
            parsed = monitors.parse(monitor)
        except QueryError:
            continue
        if isinstance(parsed, monitors.MetricMonitor) and SCOPES.sub('', parsed.query) in drawn:
            for marker in threshold_markers(parsed, monitor, FAR * highest):
                if marker.low not in there:
                    there.add(marker.edges[0])
                    markers.append(marker)
    return markers


def _drawn(definition: Mapping[str, Any]) -> Iterator[str]:
    """Yield the queries whose values the left axis has as they are: those of formulas that change nothing."""
    for request in definition.get('requests') or []:
        if request.get('on_right_yaxis'):
            continue
        if isinstance(request.get('q'), str):
            yield request['q']
        formulas = {str(formula.get('formula')).strip() for formula in request.get('formulas') or []}
        for query in request.get('queries') or []:
            if str(query.get('name')) in formulas and isinstance(query.get('query'), str):
                yield query['query']
