"""The mails of an account, and the pictures in them."""

import json
from collections.abc import Mapping
from typing import Any

from datadog_sandbox.times import FOREVER

from .database import Database
from .model import Mail


class Mails(Database):
    """Mails, sent or not, and the pictures in them."""

    def add_mail(self, time: int, body: Mapping[str, Any]) -> int:
        """Store a mail, which is not sent yet, and return its id."""
        with self.transaction():
            return (
                self._sql.execute(
                    'INSERT INTO mail (time, sent, body) VALUES (?, 0, ?)', (time, json.dumps(body))
                ).lastrowid
                or 0
            )

    def mails(self, start: int = 0, end: int = FOREVER, unsent: bool = False) -> list[Mail]:
        """Return the mails of [start, end), by time; with `unsent`, only those that no SMTP server has accepted."""
        rows = self._read(
            'SELECT * FROM mail WHERE time >= ? AND time < ? AND NOT (? AND sent) ORDER BY time, id', start, end, unsent
        )
        return [_mail(*row) for row in rows]

    def latest_mails(self, limit: int, monitor: int | None = None) -> list[Mail]:
        """Return the latest mails, the latest first; those of a monitor, if one is given."""
        rows = self._read(
            "SELECT * FROM mail WHERE ?2 IS NULL OR json_extract(body, '$.monitor') = ?2 "
            'ORDER BY time DESC, id DESC LIMIT ?1',
            limit, monitor,
        )  # fmt: skip
        return [_mail(*row) for row in rows]

    def mail_heads(self, limit: int) -> list[Mail]:
        """Return the latest mails without their text and HTML, the latest first."""
        body = "json_remove(body, '$.text', '$.html')"
        rows = self._read(f'SELECT id, time, sent, {body} FROM mail ORDER BY time DESC, id DESC LIMIT ?', limit)
        return [_mail(*row) for row in rows]

    def count_mails(self) -> int:
        """Return how many mails are kept."""
        [(count,)] = self._read('SELECT count(*) FROM mail')
        return int(count)

    def count_unread_mails(self) -> int:
        """Return how many mails nobody has opened on their page."""
        [(count,)] = self._read("SELECT count(*) FROM mail WHERE json_extract(body, '$.read') IS NULL")
        return int(count)

    def mail(self, id_: int) -> Mail | None:
        """Return a mail; None where there is none with the id."""
        rows = self._read('SELECT * FROM mail WHERE id = ?', id_)
        return _mail(*rows[0]) if rows else None

    def mark_read(self, id_: int) -> None:
        """Note in the body of a mail that somebody opened it."""
        with self.transaction():
            self._sql.execute("UPDATE mail SET body = json_set(body, '$.read', json('true')) WHERE id = ?", (id_,))

    def mark_sent(self, id_: int) -> None:
        """Note that an SMTP server has accepted a mail."""
        with self.transaction():
            self._sql.execute('UPDATE mail SET sent = 1 WHERE id = ?', (id_,))

    def add_picture(self, id_: str, time: int, png: bytes) -> None:
        """Store a picture under an id that its address has, in the place of an earlier one."""
        with self.transaction():
            self._sql.execute('INSERT OR REPLACE INTO picture VALUES (?, ?, ?)', (id_, time, png))

    def picture(self, id_: str) -> bytes | None:
        """Return a picture as PNG; None where there is none with the id."""
        rows = self._read('SELECT png FROM picture WHERE id = ?', id_)
        return rows[0][0] if rows else None


def _mail(id_: int, time: int, sent: int, body: str) -> Mail:
    return Mail(id_, time, bool(sent), json.loads(body))
