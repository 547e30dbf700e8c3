"""The data of an account. All SQL is here; nothing here knows the rules of Datadog, or reads a clock.

Each module has the tables for one kind of data; `Store` combines them. Points are in `points`, in the format of
`chunks`.
"""

from pathlib import Path

from .hosts import Hosts, ServiceChecks
from .logs import Logs
from .mails import Mails
from .model import (
    AGGREGATES,
    Host,
    Log,
    Mail,
    Method,
    Point,
    Received,
    Series,
    ServiceCheck,
    Sketch,
    Span,
    TraceStat,
    Transition,
    Type,
)
from .points import Points
from .received import ReceivedCounts
from .resources import Resources
from .sketches import is_percentile, sketch_of
from .states import States
from .traces import Traces

__all__ = [
    'AGGREGATES', 'Host', 'Log', 'Mail', 'Method', 'Point', 'Received', 'Series', 'ServiceCheck', 'Sketch', 'Span',
    'Store', 'TraceStat', 'Transition', 'Type', 'is_percentile', 'sketch_of',
]  # fmt: skip

TIMED = 'sketch', 'service_check', 'trace_stat', 'transition', 'mail', 'picture'


class Store(Points, Hosts, ServiceChecks, Traces, Logs, Resources, States, Mails, ReceivedCounts):
    """The data of an account, in a file or, without one, in memory. Safe to share among threads."""

    def __init__(self, file: Path | None = None) -> None:
        """Open the file, or create it.

        Raises `sqlite3.Error` when it is not a database, cannot be written, is in use, or is of another version.
        """
        super().__init__(file)
        self._load()
        self._undo.clear()

    def _forget(self) -> None:
        self._catalogue, self._host_tags, self._known_states = None, None, {}
        self.version += 1

    def prune(self, before: int) -> None:
        """Remove data older than a time, and return its space to the file system."""
        with self.transaction():
            gone = self._prune_points(before)
            for table, column, oldest in (
                ('span', 'start', before * 1_000_000_000),
                ('log', 'time', before * 1000),
                ('received', 'last', before),
                *((table, 'time', before) for table in TIMED),
            ):
                self._sql.execute(f'DELETE FROM {table} WHERE {column} < ?', (oldest,))
            gone += self._sql.execute('DELETE FROM host WHERE last_seen < ?', (before,)).rowcount
            # Of the resources, only events are removed by age.
            self._sql.execute(
                "DELETE FROM resource WHERE kind = 'event' AND json_extract(body, '$.date_happened') < ?", (before,)
            )
            if gone:
                self._forget()
        with self._lock:
            self._sql.execute('PRAGMA incremental_vacuum').fetchall()
            self._sql.execute('PRAGMA wal_checkpoint(TRUNCATE)').fetchall()
