"""Counts of the requests of Agents and clients."""

from .database import Database
from .model import Received


class ReceivedCounts(Database):
    """Requests by method and path."""

    def count_received(self, method: str, path: str, kept: bool, size: int, items: int, time: int) -> None:
        """Count a request of `size` bytes, of which `items` were stored."""
        with self.transaction():
            self._sql.execute(
                'INSERT INTO received VALUES (?, ?, ?, 1, ?, ?, ?) ON CONFLICT DO UPDATE SET requests = requests + 1, '
                'bytes = bytes + excluded.bytes, items = items + excluded.items, last = excluded.last',
                (method, path, kept, size, items, time),
            )

    def received(self) -> list[Received]:
        """Return what was counted, by path and method."""
        rows = self._read('SELECT * FROM received ORDER BY path, method, kept')
        return [Received(method, path, bool(kept), *rest) for method, path, kept, *rest in rows]
