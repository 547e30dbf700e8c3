"""Events, as records."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from datadog_sandbox.store import Store

from .document import Document
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
    facets: dict[str, list[str]] = defaultdict(list)
    for tag in (*(event.get('tags') or ()), *(store.host_tags(host) if host else ())):
        key, _, value = str(tag).lower().partition(':')
        facets[key].append(value)
    own = {
        'source': event.get('source'),
        'status': event.get('alert_type'),
        'alert_type': event.get('alert_type'),
        'priority': event.get('priority'),
        'host': host,
        'title': event.get('title'),
        'aggregation_key': event.get('aggregation_key'),
    }
    for name, given in own.items():
        if given and str(given).lower() not in facets[name]:
            facets[name].append(str(given).lower())
    words = (event.get('title'), event.get('text'), *(event.get('tags') or ()))
    return Document(facets, '\n'.join(str(word) for word in words if word))
