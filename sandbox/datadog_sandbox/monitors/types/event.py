"""Event monitors: how many events came in a window.

https://docs.datadoghq.com/monitors/types/event/ and the query types of
https://docs.datadoghq.com/api/latest/monitors/#create-a-monitor
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from datadog_sandbox.monitors.model import Remark
from datadog_sandbox.records import Document, Record, events, variables
from datadog_sandbox.store import Store

from .records import RecordMonitor, query_pattern

ALERT = 'alert'
"""The source of the events of monitors."""
ABOUT_ALERTS = re.compile(r'\balert\b|\bmonitor', re.IGNORECASE)


class EventMonitor(RecordMonitor):
    """A monitor such as `events("status:error").rollup("count").by("host").last("5m") > 3`."""

    names = ('event-v2 alert', 'event alert')
    noun, source, prefix, page = 'events', 'events', 'event', '/event/explorer'
    pattern = query_pattern('events', 'rollup|by|last')
    example = 'events("status:error").rollup("count").last("5m") > 3'
    functions = ('count', 'cardinality')
    reads_events = True

    def records(self, store: Store, after: int, until: int) -> Iterable[Record]:
        every = events.read(store, after + 1, until + 1)
        return [record for record in every if isinstance(record.origin, Mapping) and _is_upstream(record.origin)]

    def variables(self, store: Store, record: Record) -> dict[str, str]:
        assert isinstance(record.origin, Mapping)
        return variables.of_event(store, record.origin)

    def remarks(self) -> list[Remark]:
        if not ABOUT_ALERTS.search(self.text):
            return []
        message = 'The alerts of event monitors and of composite monitors are not counted by other monitors here.'
        return [Remark('alerts-of-alerts', message, True)]

    def counts(self, event: Mapping[str, Any], document: Document) -> bool:
        """Return whether the monitor counts an event. `document` is what its search looks at."""
        return _is_upstream(event) and self.matches(document)


def _is_upstream(event: Mapping[str, Any]) -> bool:
    """Return whether an event is not of a monitor that is evaluated with the event monitors, or later: `in_order`."""
    return not event.get('downstream')
