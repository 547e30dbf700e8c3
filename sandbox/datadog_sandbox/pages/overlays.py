"""What monitors make of what a chart of a dashboard shows: their thresholds, and when they were not OK."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from datadog_sandbox import monitors, widgets
from datadog_sandbox.drawing.markers import Marker
from datadog_sandbox.query import QueryError
from datadog_sandbox.store import Store, Transition
from datadog_sandbox.widgets.types.alert_graph import threshold_markers
from datadog_sandbox.widgets.types.timeseries import Timeseries

from .words import monitor_name, severity, state_class

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
    tags = {tag for values in variables.values() for tag in values}
    end = min(widget.end, now)
    changes = [change for each in watching for change in _changes(store, each, tags, widget.start, end)]
    names = {each['id']: monitor_name(each) for each in watching}
    states = _spells(sorted(changes, key=lambda change: change.time), names, widget.start, end)
    markers = [*content.chart.markers, *_thresholds(content, definition, watching)]
    return replace(widget, content=replace(content, chart=replace(content.chart, states=states, markers=markers)))


def _changes(store: Store, monitor: Mapping[str, Any], chosen: set[str], start: int, end: int) -> Iterator[Transition]:
    """Yield the changes of the groups of a monitor that have no other value of a key that is chosen."""
    keys = {tag.partition(':')[0] for tag in chosen if ':' in tag and '*' not in tag}
    states = store.states(monitor['id'])
    for change in store.history(monitor['id'], start, end):
        tags = (states.get(change.group) or {}).get('tags') or {}
        if all(f'{key}:{tags[key]}' in chosen for key in keys & tags.keys()):
            yield change


def _spells(changes: Sequence[Transition], names: Mapping[int, str], start: int, end: int) -> list[dict[str, Any]]:
    """Return when the worst state was not OK, as records: edges in milliseconds, and the monitors in that state."""
    spells: list[dict[str, Any]] = []
    current: dict[tuple[int, str], str] = {}
    counts: Counter[tuple[str, int]] = Counter()
    for change, following in zip_longest(changes, changes[1:]):
        key = change.monitor, change.group
        counts[current.get(key, ''), change.monitor] -= 1
        counts[change.status, change.monitor] += 1
        current[key] = change.status
        begin, stop = max(start, change.time), min(end, following.time if following else end)
        held = [pair for pair, groups in counts.items() if pair[0] and groups > 0]
        worst = min((status for status, _ in held), key=severity, default='OK')
        if begin >= stop or state_class(worst) == 'ok':
            continue
        title = f'{worst}: {", ".join(names[monitor] for status, monitor in held if status == worst)}'
        if spells and spells[-1]['to'] == begin * 1000 and spells[-1]['title'] == title:
            spells[-1]['to'] = stop * 1000
        else:
            spells.append({'from': begin * 1000, 'to': stop * 1000, 'kind': state_class(worst), 'title': title})
    return spells


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
