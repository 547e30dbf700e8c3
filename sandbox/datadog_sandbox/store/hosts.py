"""Hosts, and the statuses of service checks."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .catalogue import Catalogue
from .model import Host, ServiceCheck


class Hosts(Catalogue):
    """What hosts say of themselves, and when something last came from each."""

    _host_tags: dict[str, tuple[str, ...]] | None = None

    def add_host(self, name: str, tags: tuple[str, ...], meta: Mapping[str, Any], time: int) -> None:
        """Keep what a host says of itself, in the place of what it said before."""
        with self.transaction():
            self._sql.execute(
                'INSERT OR REPLACE INTO host (name, tags, meta, last_seen) VALUES (?, ?, ?, ?)',
                (name, json.dumps(tags), json.dumps(meta), time),
            )
            if self.host_tags(name) != tags:
                self._host_tags = None
                self.version += 1

    def host_tags(self, name: str) -> tuple[str, ...]:
        """Return the tags that the metadata of a host gives to everything that comes from it."""
        with self._lock:
            if self._host_tags is None:
                self._host_tags = {host.name: host.tags for host in self.hosts()}
            return self._host_tags.get(name, ())

    def touch_hosts(self, names: Iterable[str], time: int) -> None:
        """Remember that something came from hosts, which need not have sent metadata."""
        with self.transaction():
            self._sql.executemany(
                "INSERT INTO host (name, tags, meta, last_seen) VALUES (?, '[]', '{}', ?) "
                'ON CONFLICT DO UPDATE SET last_seen = excluded.last_seen',
                [(name, time) for name in names],
            )

    def hosts(self, name: str | None = None) -> list[Host]:
        """Return the hosts from which something came, by name; only the one that is named, if so asked."""
        sql = 'SELECT name, tags, meta, last_seen FROM host WHERE ?1 IS NULL OR name = ?1 ORDER BY name'
        return [
            Host(name, tuple(json.loads(tags)), json.loads(meta), last)
            for name, tags, meta, last in self._read(sql, name)
        ]

    def host(self, name: str) -> Host | None:
        return next(iter(self.hosts(name)), None)


class ServiceChecks(Catalogue):
    """The statuses of service checks, each with its time."""

    def add_service_checks(self, checks: Iterable[ServiceCheck]) -> None:
        """Keep statuses of checks. The same check at the same time replaces."""
        with self.transaction():
            self._sql.executemany(
                'INSERT OR REPLACE INTO service_check (name, host, tags, status, time, message) '
                'VALUES (?, ?, ?, ?, ?, ?)',
                [(*check[:2], json.dumps(check.tags), *check[3:]) for check in checks],
            )

    def service_checks(self) -> list[ServiceCheck]:
        """Return the latest status of each check."""
        # SQLite gives the other columns of the row that holds the greatest time.
        sql = 'SELECT name, host, tags, status, max(time), message FROM service_check GROUP BY name, host, tags'
        return [_service_check(row) for row in self._read(sql + ' ORDER BY name, host, tags')]

    def check_statuses(self, name: str, start: int, end: int) -> list[ServiceCheck]:
        """Return the statuses of all checks of a name in [start, end), ordered by time, host, and tags."""
        sql = (
            'SELECT name, host, tags, status, time, message FROM service_check '
            'WHERE name = ? AND time >= ? AND time < ? ORDER BY time, host, tags'
        )
        return [_service_check(row) for row in self._read(sql, name, start, end)]


def _service_check(row: Sequence[Any]) -> ServiceCheck:
    name, host, tags, status, time, message = row
    return ServiceCheck(name, host, tuple(json.loads(tags)), status, time, message)
