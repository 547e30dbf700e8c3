"""The types of monitors: a module for each, whose class is registered under the names that the API has for the type."""

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules

from datadog_sandbox.monitors.model import Monitor
from datadog_sandbox.monitors.products import unkept
from datadog_sandbox.query import QueryError

from .base import MonitorType
from .formula import FormulaMonitor
from .records import RecordMonitor

__all__ = ['TYPES', 'MonitorType', 'metrics', 'parse', 'scoped_tags']

TYPES: dict[str, type[MonitorType]] = {}
"""The classes by the `type` of monitors."""

for _module in iter_modules(__path__):
    for _class in vars(import_module(f'{__name__}.{_module.name}')).values():
        if isinstance(_class, type) and issubclass(_class, MonitorType):
            TYPES |= dict.fromkeys(_class.names, _class)


def parse(monitor: Monitor) -> MonitorType:
    """Return the monitor, parsed by its type. Raises `query.QueryError` when it is not evaluated."""
    options = json.dumps(monitor.get('options') or {}, sort_keys=True)
    parsed = _attempt(monitor.get('type'), monitor.get('query') or '', options)
    if isinstance(parsed, str):
        raise QueryError(parsed)
    return parsed


def metrics(monitor: Monitor) -> set[str]:
    """Return the metrics that a monitor reads; none if it is not evaluated."""
    try:
        return parse(monitor).metrics()
    except QueryError:
        return set()


def scoped_tags(monitor: Monitor, group: Mapping[str, str]) -> dict[str, str]:
    """Return the tags of a group with those by which the query filters: what the scope of a downtime is compared with.

    "Because all the monitor's groups (by host) belong to service:web-store, the result is that all hosts are muted":
    https://docs.datadoghq.com/monitors/guide/scoping_downtimes/
    """
    try:
        return {**parse(monitor).fixed_tags, **group}
    except QueryError:
        return dict(group)


@lru_cache(maxsize=4096)
def _attempt(name: str | None, query: str, options: str) -> MonitorType | str:
    """Return a parsed monitor, or why it is not evaluated."""
    reason = unkept(name)
    if reason is not None:
        return reason
    if name not in TYPES:
        return f'Monitors of the type "{name}" are not evaluated here: {", ".join(TYPES)} are.'
    kind = TYPES[name]
    if issubclass(kind, RecordMonitor) and query.lstrip().startswith('formula('):
        kind = FormulaMonitor
    try:
        return kind.parse(query, json.loads(options))
    except QueryError as error:
        return str(error)
    except RecursionError:
        return 'The query is nested too deeply.'
