"""Resources: the JSON objects that clients create, and others by kind and id."""

import json
from collections.abc import Mapping
from typing import Any

from .database import Database


class Resources(Database):
    """Objects such as dashboards, monitors, downtimes, and events, by kind and id."""

    def save(self, kind: str, id_: str | int, body: Mapping[str, Any]) -> None:
        """Store a resource, in the place of one with the same kind and id."""
        with self.transaction():
            self._sql.execute(
                'INSERT INTO resource (kind, id, body) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body',
                (kind, str(id_), json.dumps(body)),
            )

    def get(self, kind: str, id_: str | int) -> dict[str, Any] | None:
        """Return a resource; None where there is none of the kind with the id."""
        rows = self._read('SELECT body FROM resource WHERE kind = ? AND id = ?', kind, str(id_))
        return json.loads(rows[0][0]) if rows else None

    def all(self, kind: str) -> list[dict[str, Any]]:
        """Return the resources of a kind in the order of creation."""
        rows = self._read('SELECT body FROM resource WHERE kind = ? ORDER BY position', kind)
        return [json.loads(body) for (body,) in rows]

    def events(self, start: int, end: int) -> list[dict[str, Any]]:
        """Return the events that happened in [start, end), as in the API, by time."""
        # It takes the index of these times rather than that of all kinds.
        sql = """
            SELECT body FROM resource WHERE likely(kind = 'event') AND json_extract(body, '$.date_happened') >= ?
            AND json_extract(body, '$.date_happened') < ? ORDER BY json_extract(body, '$.date_happened'), position
        """
        return [json.loads(body) for (body,) in self._read(sql, start, end)]

    def next_number(self, name: str, least: int = 1) -> int:
        """Return the next number of a sequence: at least `least`, and greater than all before."""
        with self.transaction():
            number = max(least, (self.get('sequence', name) or {'last': 0})['last'] + 1)
            self.save('sequence', name, {'last': number})
        return number

    def remove(self, kind: str, id_: str | int) -> bool:
        """Remove a resource, and return whether it existed."""
        with self.transaction():
            return self._sql.execute('DELETE FROM resource WHERE kind = ? AND id = ?', (kind, str(id_))).rowcount > 0
