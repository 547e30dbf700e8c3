"""Event monitors: how many events came in a window.

https://docs.datadoghq.com/monitors/types/event/ and the query types of
https://docs.datadoghq.com/api/latest/monitors/#create-a-monitor
"""

from collections.abc import Iterable, Mapping

from datadog_sandbox.records import Record, events, variables
from datadog_sandbox.store import Store

from .records import RecordMonitor, query_pattern


class EventMonitor(RecordMonitor):
    """A monitor such as `events("status:error").rollup("count").by("host").last("5m") > 3`."""

    names = ('event-v2 alert', 'event alert')
    noun, source, prefix, page = 'events', 'events', 'event', '/event/explorer'
    pattern = query_pattern('events', 'rollup|by|last')
    example = 'events("status:error").rollup("count").last("5m") > 3'
    functions = ('count', 'cardinality')

    def records(self, store: Store, after: int, until: int) -> Iterable[Record]:
        return events.read(store, after + 1, until + 1)

    def variables(self, store: Store, record: Record) -> dict[str, str]:
        assert isinstance(record.origin, Mapping)
        return variables.of_event(store, record.origin)
