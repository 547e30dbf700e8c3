"""What belongs together: monitors and the dashboards that show their metrics."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from datadog_sandbox import monitors, widgets
from datadog_sandbox.store import Store

from .listing import natural
from .monitor_states import ORDER, problem_of, state_of
from .words import monitor_name

WATCHERS = 3
"""Monitors below a widget: the worst."""


class Watching:
    """The monitors that watch what the widgets of a dashboard show, read once for all of these."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._monitors = [(monitor, monitors.metrics(monitor)) for monitor in store.all('monitor')]

    def __call__(self, definition: Mapping[str, Any]) -> list[dict[str, str]]:
        """Return state, name, and address of the monitors of a definition; of many, the worst, and where all are."""
        metrics, own = widgets.metrics(definition), str(definition.get('alert_id') or '')
        rows = []
        for monitor, read in self._monitors:
            if metrics & read or str(monitor['id']) == own:
                state = state_of(self._store, monitor, problem_of(self._store, monitor))
                link = f'/monitors/{monitor["id"]}'
                rows.append({'state': state, 'name': monitor_name(monitor), 'link': link})
        rows.sort(key=lambda row: (ORDER.index(row['state']), natural(row['name'])))
        if len(rows) <= WATCHERS:
            return rows
        search = ' OR '.join(f'metric:{metric}' for metric in sorted(metrics))
        rest = {'state': '', 'name': f'{len(rows) - WATCHERS} more', 'link': f'/monitors?{urlencode({"q": search})}'}
        return [*rows[:WATCHERS], rest]


def dashboards_of(store: Store, monitor: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the dashboards that show a metric of a monitor."""
    metrics = monitors.metrics(monitor)
    if not metrics:
        return []
    return [board for board in store.all('dashboard') if metrics & widgets.metrics(board.get('widgets') or [])]


def dashboard_link(dashboard: Mapping[str, Any], times: tuple[int, int] | None = None) -> str:
    """Return the address of a dashboard, at a time from and to which it is shown, in seconds."""
    return f'/dashboard/{quote(str(dashboard["id"]))}{between(times)}'


def between(times: tuple[int, int] | None, **parameters: str) -> str:
    """Return the query of an address that shows a time, as Datadog's do."""
    if times:
        parameters |= {'from_ts': str(times[0] * 1000), 'to_ts': str(times[1] * 1000)}
    return f'?{urlencode(parameters)}' if parameters else ''
