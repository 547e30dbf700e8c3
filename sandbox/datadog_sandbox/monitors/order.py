"""The order in which monitors are evaluated: after those that they depend on."""

from collections.abc import Iterable, Mapping
from typing import Any

from datadog_sandbox.query import QueryError
from datadog_sandbox.store import Store

from .types import MonitorType, parse


def in_order(monitors: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return monitors in an order in which each comes after those whose states it reads."""
    # One level of composites is enough: see `check_dependencies`. Event monitors count the alerts of those before them.
    return sorted(monitors, key=lambda monitor: (bool(dependencies(monitor)), reads_events(monitor)))


def check_dependencies(store: Store, parsed: MonitorType) -> None:
    """Raise `QueryError` if a monitor depends on one that does not exist, is a composite, or is not evaluated."""
    for id_ in parsed.dependencies:
        monitor = store.get('monitor', id_)
        if monitor is None:
            raise QueryError(f'There is no monitor {id_}, which this one needs')
        if dependencies(monitor):
            raise QueryError(f'Monitor {id_} is a composite monitor, which cannot be part of another')
        try:
            parse(monitor)
        except QueryError as error:
            raise QueryError(f'Monitor {id_}, which this one needs, is not evaluated: {error}') from None


def dependencies(monitor: Mapping[str, Any]) -> tuple[int, ...]:
    """Return the ids of the monitors whose states a monitor reads."""
    try:
        return parse(monitor).dependencies
    except QueryError:
        return ()


def reads_events(monitor: Mapping[str, Any]) -> bool:
    """Return whether a monitor counts events."""
    try:
        return parse(monitor).reads_events
    except QueryError:
        return False
