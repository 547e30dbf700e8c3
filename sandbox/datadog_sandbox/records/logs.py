"""Logs, as records."""

from datetime import UTC, datetime

from datadog_sandbox.query import QueryError
from datadog_sandbox.store import Log, Store

from .document import Document, by_tag
from .record import Record

MOST = 100_000
"""Logs of a range that a query looks at: with more of them, its answer would lack some."""


def read(store: Store, start: int, end: int) -> list[Record]:
    """Return the logs of [start, end), in seconds, in the order of time. Raises `QueryError` where they are many."""
    return read_milliseconds(store, start * 1000, end * 1000)


def read_milliseconds(store: Store, start: int, end: int) -> list[Record]:
    """Return the logs of [start, end), in milliseconds, in the order of time. Raises `QueryError` for too many."""
    return [Record(log.time / 1000, document(store, log), log) for log in reversed(between(store, start, end))]


def between(store: Store, start: int, end: int) -> list[Log]:
    """Return the logs of [start, end), in milliseconds, the latest first. Raises `QueryError` where they are many."""
    logs = store.logs(start, end, MOST + 1)
    if len(logs) > MOST:
        raise QueryError(f'There are more than {MOST:,} logs in this range: the most that a query reads')
    return logs


def document(store: Store, log: Log) -> Document:
    """Return what a search for logs looks at: tags, those of the host, reserved attributes, and the others."""
    facets = by_tag((*log.tags, *(store.host_tags(log.host) if log.host else ())))
    for name in ('host', 'service', 'source', 'status'):
        if value := str(getattr(log, name)).lower():
            facets[name] = [value]
    return Document(facets, log.message, log.attributes)


def moment(log: Log) -> str:
    """Return the time of a log as lists show it, in UTC."""
    return f'{datetime.fromtimestamp(log.time // 1000, UTC):%-d %b %H:%M:%S}.{log.time % 1000:03}'
