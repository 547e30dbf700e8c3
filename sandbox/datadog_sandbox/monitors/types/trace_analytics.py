"""Trace analytics monitors: how many spans started in a window, or what a measure of theirs was.

https://docs.datadoghq.com/monitors/types/apm/?tab=traceanalytics and the query types of
https://docs.datadoghq.com/api/latest/monitors/#create-a-monitor
"""

from collections.abc import Iterable

from datadog_sandbox.monitors.model import Remark
from datadog_sandbox.records import Record, spans, variables
from datadog_sandbox.store import Span, Store

from .records import RecordMonitor, query_pattern


class TraceAnalyticsMonitor(RecordMonitor):
    """A monitor such as `trace-analytics("service:web").rollup("avg", "@duration").by("env").last("5m") > 3`."""

    names = ('trace-analytics alert',)
    noun, source, prefix, page = 'spans', 'spans', 'span', '/traces'
    pattern = query_pattern('trace-analytics', 'index|rollup|by|last')
    example = 'trace-analytics("service:web status:error").rollup("count").by("resource_name").last("5m") > 3'

    def records(self, store: Store, after: int, until: int) -> Iterable[Record]:
        start, end = after * spans.NANOSECONDS + 1, until * spans.NANOSECONDS + 1
        return reversed(spans.read_nanoseconds(store, start, end))

    def variables(self, store: Store, record: Record) -> dict[str, str]:
        assert isinstance(record.origin, Span)
        return variables.of_span(store, record.origin)

    def remarks(self) -> list[Remark]:
        return [
            Remark(
                'all-spans',
                'All spans that came in are counted here; Datadog counts those that its filters retain.',
                True,
            )
        ]
