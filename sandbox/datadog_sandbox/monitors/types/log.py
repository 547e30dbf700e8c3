"""Log monitors: how many logs came in a window, or what a measure of theirs was.

https://docs.datadoghq.com/monitors/types/log/
"""

from collections.abc import Iterable

from datadog_sandbox.monitors.model import Remark
from datadog_sandbox.records import Record, logs, variables
from datadog_sandbox.store import Log, Store

from .records import RecordMonitor, query_pattern

INDEXES = ('*', 'main')
"""What all logs of the account are in."""


class LogMonitor(RecordMonitor):
    """A monitor such as `logs("status:error").index("*").rollup("count").by("service").last("5m") > 3`."""

    names = ('log alert',)
    noun, source, prefix, page = 'logs', 'logs', 'log', '/logs'
    pattern = query_pattern('logs', 'index|rollup|by|last')
    # "The alert is triggered if and only if there are logs for a given group, and the count is below the threshold—or
    # if there are no logs for all of the groups."
    below_needs_records = True
    example = 'logs("status:error").index("*").rollup("count").by("service").last("5m") > 3'

    def records(self, store: Store, after: int, until: int) -> Iterable[Record]:
        return logs.read_milliseconds(store, after * 1000 + 1, until * 1000 + 1)

    def variables(self, store: Store, record: Record) -> dict[str, str]:
        assert isinstance(record.origin, Log)
        return variables.of_log(store, record.origin)

    def remarks(self) -> list[Remark]:
        others = [index for index in self.indexes if index not in INDEXES]
        if not others:
            return []
        return [Remark('log-index', f'All logs are in one index here: {", ".join(others)} are not separate.', True)]
