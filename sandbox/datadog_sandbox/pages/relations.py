"""What belongs together: monitors and the dashboards that show their metrics."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from datadog_sandbox import monitors, widgets
from datadog_sandbox.store import Store


def monitors_of(store: Store, metrics: set[str]) -> list[dict[str, Any]]:
    """Return the monitors that read one of some metrics."""
    return [monitor for monitor in store.all('monitor') if metrics & monitors.metrics(monitor)] if metrics else []


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
