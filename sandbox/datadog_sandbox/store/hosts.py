"""Hosts, and the statuses of service checks."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .catalogue import Catalogue
from .model import Host, ServiceCheck
from .resources import Resources

USER_TAGS = 'host tags'
"""The kind of the resources that are the tags that clients add to hosts."""


class Hosts(Catalogue, Resources):
    """The metadata of hosts, and when each last sent data."""

    _host_tags: dict[str, tuple[str, ...]] | None = None

    def add_host(self, name: str, tags: tuple[str, ...], meta: Mapping[str, Any], time: int) -> None:
        """Store the metadata of a host, in the place of any earlier one."""
        with self.transaction():
            known = self.host(name)
            self._sql.execute(
                'INSERT OR REPLACE INTO host (name, tags, meta, last_seen) VALUES (?, ?, ?, ?)',
                (name, json.dumps(tags), json.dumps(meta), time),
            )
            if known is None or known.tags != tags:
                self._forget_host_tags()

    def host_tags(self, name: str) -> tuple[str, ...]:
        """Return the tags that all data of a host inherits: those of its metadata, then those that clients added."""
        with self._lock:
            if self._host_tags is None:
                tags = {host.name: [*host.tags] for host in self.hosts()}
                for added in self.all(USER_TAGS):
                    of_sources = added['sources'].values()
                    tags.setdefault(added['host'], []).extend(tag for of_source in of_sources for tag in of_source)
                self._host_tags = {host: tuple(dict.fromkeys(of_host)) for host, of_host in tags.items()}
            return self._host_tags.get(name, ())

    def user_tags(self, name: str) -> dict[str, list[str]]:
        """Return the tags that clients added to a host, by source."""
        return dict((self.get(USER_TAGS, name) or {'sources': {}})['sources'])

    def save_user_tags(self, name: str, sources: Mapping[str, Sequence[str]]) -> None:
        """Store the tags that clients add to a host, which need not exist yet."""
        with self.transaction():
            self.save(
                USER_TAGS, name, {'host': name, 'sources': {source: tags for source, tags in sources.items() if tags}}
            )
            self._forget_host_tags()

    def _forget_host_tags(self) -> None:
        self._host_tags = None
        self.version += 1

    def touch_hosts(self, names: Iterable[str], time: int) -> None:
        """Record that hosts sent data, even if they never sent metadata."""
        with self.transaction():
            self._sql.executemany(
                "INSERT INTO host (name, tags, meta, last_seen) VALUES (?, '[]', '{}', ?) "
                'ON CONFLICT DO UPDATE SET last_seen = excluded.last_seen',
                [(name, time) for name in names],
            )

    def hosts(self, name: str | None = None) -> list[Host]:
        """Return the hosts that sent data, by name, or only the host with a name."""
        sql = 'SELECT name, tags, meta, last_seen FROM host WHERE ?1 IS NULL OR name = ?1 ORDER BY name'
        return [
            Host(name, tuple(json.loads(tags)), json.loads(meta), last)
            for name, tags, meta, last in self._read(sql, name)
        ]

    def host(self, name: str) -> Host | None:
        """Return a host that sent data; None where there is none of the name."""
        return next(iter(self.hosts(name)), None)


class ServiceChecks(Catalogue):
    """The statuses of service checks, each with its time."""

    def add_service_checks(self, checks: Iterable[ServiceCheck]) -> None:
        """Store statuses of checks, in the place of those of the same check at the same time."""
        with self.transaction():
            self._sql.executemany(
                'INSERT OR REPLACE INTO service_check (name, host, tags, status, time, message) '
                'VALUES (?, ?, ?, ?, ?, ?)',
                [(*check[:2], json.dumps(check.tags), *check[3:]) for check in checks],
            )

    def service_checks(self) -> list[ServiceCheck]:
        """Return the latest status of each check."""
        # SQLite takes the other columns from the row with the greatest time.
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
