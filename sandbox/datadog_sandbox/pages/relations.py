"""What belongs together: monitors and the dashboards that show their metrics."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from datadog_sandbox import monitors, widgets
from datadog_sandbox.natural import natural
from datadog_sandbox.store import Store

from .monitor_states import ORDER, problem_of, state_of
from .overlays import overlaid
from .words import monitor_name

WATCHERS = 3
"""Monitors below a widget: the worst."""


class Watching:
    """The monitors that watch what the widgets of a dashboard show, read once for all of these."""

    def __init__(self, store: Store, variables: Mapping[str, Sequence[str]], now: int) -> None:
        self._store, self._variables, self._now = store, variables, now
        self._monitors = [(monitor, monitors.metrics(monitor)) for monitor in store.all('monitor')]

    def __call__(
        self, widget: widgets.Widget, definition: Mapping[str, Any]
    ) -> tuple[widgets.Widget, list[dict[str, str]]]:
        """Return a widget with the monitors of its definition in its chart, and state, name, and address of these.

        Of many, it is the worst, and where all are.
        """
        metrics, own = widgets.metrics(definition), str(definition.get('alert_id') or '')
        watching = [monitor for monitor, read in self._monitors if metrics & read or str(monitor['id']) == own]
        rows = self._rows(watching, metrics)
        shown = {row['link'] for row in rows}
        return overlaid(
            self._store,
            widget,
            definition,
            [monitor for monitor in watching if _link(monitor) in shown],
            self._variables,
            self._now,
        ), rows

    def _rows(self, watching: Sequence[Mapping[str, Any]], metrics: Iterable[str]) -> list[dict[str, str]]:
        rows = _states(self._store, watching)
        if len(rows) <= WATCHERS:
            return rows
        search = ' OR '.join(f'metric:{metric}' for metric in sorted(metrics))
        rest = {'state': '', 'name': f'{len(rows) - WATCHERS} more', 'link': f'/monitors?{urlencode({"q": search})}'}
        return [*rows[:WATCHERS], rest]


def _states(store: Store, every: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return state, name, and address of monitors, the worst first."""
    rows = [
        {
            'state': state_of(store, monitor, problem_of(store, monitor)),
            'name': monitor_name(monitor),
            'link': _link(monitor),
        }
        for monitor in every
    ]
    return sorted(rows, key=lambda row: (ORDER.index(row['state']), natural(row['name'])))


def _link(monitor: Mapping[str, Any]) -> str:
    return f'/monitors/{monitor["id"]}'


def monitors_of_service(store: Store, service: str) -> list[dict[str, str]]:
    """Return state, name, and address of the monitors of a service, the worst first.

    As in Datadog, these have the tag `service:NAME`, or such a scope, or a group of it:
    https://docs.datadoghq.com/tracing/services/service_page/
    """
    tag = f'service:{service}'.lower()
    scope = re.compile(rf'(?<![\w.@/-]){re.escape(tag)}(?![\w.:/*-])')
    own = [
        monitor
        for monitor in store.all('monitor')
        if tag in {str(each).lower() for each in monitor.get('tags') or ()}
        or scope.search(monitor['query'].lower())
        or any((state.get('tags') or {}).get('service') == service for state in store.states(monitor['id']).values())
    ]
    return _states(store, own)


def dashboards_of(store: Store, monitor: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the dashboards that show a monitor, or one of its metrics."""
    metrics, id_ = monitors.metrics(monitor), str(monitor['id'])
    return [
        board
        for board in store.all('dashboard')
        if (metrics and metrics & widgets.metrics(board.get('widgets') or []))
        or id_ in widgets.ids(board.get('widgets') or [], 'alert_id')
    ]


def dashboard_link(dashboard: Mapping[str, Any], times: tuple[int, int] | None = None) -> str:
    """Return the address of a dashboard, at a time from and to which it is shown, in seconds."""
    return f'/dashboard/{quote(str(dashboard["id"]))}{between(times)}'


def between(times: tuple[int, int] | None, **parameters: str) -> str:
    """Return the query of an address that shows a time, as Datadog's do."""
    if times:
        parameters |= {'from_ts': str(times[0] * 1000), 'to_ts': str(times[1] * 1000)}
    return f'?{urlencode(parameters)}' if parameters else ''
