"""Events, as records."""

from collections.abc import Mapping
from typing import Any

from datadog_sandbox.store import Store

from .document import Document, by_tag
from .record import Record


def read(store: Store, start: int, end: int) -> list[Record]:
    """Return the events of [start, end)."""
    return [Record(event['date_happened'], document(store, event), event) for event in store.events(start, end)]


def between(store: Store, start: int, end: int) -> list[dict[str, Any]]:
    """Return the bodies of the events of [start, end), the latest first."""
    return sorted(store.events(start, end), key=lambda event: -event['date_happened'])


def document(store: Store, event: Mapping[str, Any]) -> Document:
    """Return what a search for events looks at."""
    host = event.get('host')
    facets = by_tag((*(event.get('tags') or ()), *(store.host_tags(host) if host else ())))
    own = {
        'source': event.get('source'),
        'status': event.get('alert_type'),
        'alert_type': event.get('alert_type'),
        'priority': event.get('priority'),
        'host': host,
        'title': event.get('title'),
        'aggregation_key': event.get('aggregation_key'),
        **_of_monitor(event),
    }
    for name, given in own.items():
        for value in given if isinstance(given, list) else [given]:
            if value and str(value).lower() not in facets[name]:
                facets[name].append(str(value).lower())
    words = (event.get('title'), event.get('text'), *(event.get('tags') or ()))
    return Document(facets, '\n'.join(str(word) for word in words if word))


def _of_monitor(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of the event of a monitor by their paths, such as `monitor.id`; none of another event."""
    within = {f'{name}.{key}': value for name in ('monitor', 'evt') for key, value in (event.get(name) or {}).items()}
    return within | {name: event.get(name) for name in ('monitor_id', 'monitor_groups')}
