"""Logs."""

from collections.abc import Iterable

import orjson

from datadog_sandbox.times import FOREVER

from .database import Database
from .model import Log


class Logs(Database):
    """Logs, by time."""

    def add_logs(self, logs: Iterable[Log]) -> None:
        """Keep logs under new ids."""
        with self.transaction():
            self._sql.executemany(
                'INSERT INTO log (time, host, service, source, status, message, tags, attributes) '
                'VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
                [(*log[1:7], orjson.dumps(log.tags).decode(), orjson.dumps(log.attributes).decode()) for log in logs],
            )

    def logs(self, start: int = 0, end: int = FOREVER, limit: int = 10_000) -> list[Log]:
        """Return logs of [start, end), in milliseconds, the latest first."""
        rows = self._read(
            'SELECT id, time, host, service, source, status, message, tags, attributes FROM log '
            'WHERE time >= ? AND time < ? ORDER BY time DESC, id DESC LIMIT ?',
            start, end, limit,
        )  # fmt: skip
        return [
            Log._make((*row, tuple(orjson.loads(tags)), orjson.loads(attributes))) for *row, tags, attributes in rows
        ]
