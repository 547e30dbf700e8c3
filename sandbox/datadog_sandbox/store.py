"""What the account holds, in SQLite. All SQL is here, and nothing here knows what the rows mean to Datadog.

Times are whole seconds since the epoch. Nothing here looks at a clock.
"""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

SCHEMA = """
CREATE TABLE IF NOT EXISTS series (
    id INTEGER PRIMARY KEY, metric TEXT NOT NULL, host TEXT NOT NULL, tags TEXT NOT NULL,
    type TEXT NOT NULL, interval INTEGER NOT NULL, UNIQUE (metric, host, tags)
);
-- Clustered by (series, time): the points of a series lie side by side.
CREATE TABLE IF NOT EXISTS point (
    series INTEGER NOT NULL, time INTEGER NOT NULL, value REAL NOT NULL, PRIMARY KEY (series, time)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS host (
    name TEXT PRIMARY KEY, tags TEXT NOT NULL, meta TEXT NOT NULL, last_seen INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS service_check (
    name TEXT NOT NULL, host TEXT NOT NULL, tags TEXT NOT NULL,
    time INTEGER NOT NULL, status INTEGER NOT NULL, message TEXT NOT NULL, PRIMARY KEY (name, host, tags, time)
) WITHOUT ROWID;
-- Times and durations of spans are nanoseconds; ids are unsigned 64-bit numbers, as text.
CREATE TABLE IF NOT EXISTS span (
    trace TEXT NOT NULL, id TEXT NOT NULL, parent TEXT NOT NULL, service TEXT NOT NULL, name TEXT NOT NULL,
    resource TEXT NOT NULL, type TEXT NOT NULL, start INTEGER NOT NULL, duration INTEGER NOT NULL,
    error INTEGER NOT NULL, host TEXT NOT NULL, env TEXT NOT NULL, meta TEXT NOT NULL, metrics TEXT NOT NULL,
    PRIMARY KEY (trace, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS span_start ON span (start);
CREATE TABLE IF NOT EXISTS trace_stat (
    service TEXT NOT NULL, name TEXT NOT NULL, resource TEXT NOT NULL, status INTEGER NOT NULL,
    host TEXT NOT NULL, time INTEGER NOT NULL, hits INTEGER NOT NULL, errors INTEGER NOT NULL,
    duration INTEGER NOT NULL, PRIMARY KEY (service, name, resource, status, host, time)
) WITHOUT ROWID;
-- Dashboards, monitors, downtimes, events: JSON as the API has it, in the order of creation.
CREATE TABLE IF NOT EXISTS resource (
    position INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (kind, id)
);
-- The state of each group of a monitor now, and each change of it.
CREATE TABLE IF NOT EXISTS state (
    monitor INTEGER NOT NULL, grp TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (monitor, grp)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS transition (
    monitor INTEGER NOT NULL, grp TEXT NOT NULL, time INTEGER NOT NULL, status TEXT NOT NULL, value REAL,
    PRIMARY KEY (monitor, grp, time)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mail (
    id INTEGER PRIMARY KEY, time INTEGER NOT NULL, sent INTEGER NOT NULL, body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS picture (id TEXT PRIMARY KEY, time INTEGER NOT NULL, png BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS received (
    method TEXT NOT NULL, path TEXT NOT NULL, kept INTEGER NOT NULL, requests INTEGER NOT NULL,
    bytes INTEGER NOT NULL, items INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (method, path, kept)
) WITHOUT ROWID;
"""

Type = Literal['count', 'rate', 'gauge']
Method = Literal['avg', 'sum', 'min', 'max', 'count', 'last']

# What each method makes of the values of a bucket. SQLite gives `last` the row that holds the greatest time.
AGGREGATES = {
    'avg': 'avg(point.value)',
    'sum': 'sum(point.value)',
    'min': 'min(point.value)',
    'max': 'max(point.value)',
    'count': 'count(*)',
    'last': 'point.value, max(time)',
}


class Series(NamedTuple):
    """What tells a series from the others, and what its points mean."""

    metric: str
    host: str
    """Empty where the points have none."""
    tags: tuple[str, ...]
    """Sorted, without those of the host. A `device:` tag is among them."""
    type: Type = 'gauge'
    interval: int = 0
    """Seconds that a point of a count or rate stands for; 0 where the sender names none."""


Point = tuple[Series, int, float]
"""A value of a series at a time."""


class Host(NamedTuple):
    name: str
    tags: tuple[str, ...]
    meta: dict[str, Any]
    last_seen: int


class ServiceCheck(NamedTuple):
    name: str
    host: str
    tags: tuple[str, ...]
    status: int
    """0 OK, 1 warning, 2 critical, 3 unknown."""
    time: int
    message: str


class Span(NamedTuple):
    trace: str
    id: str
    parent: str
    """'0' in the root span."""
    service: str
    name: str
    resource: str
    type: str
    start: int
    """Nanoseconds since the epoch."""
    duration: int
    """Nanoseconds."""
    error: int
    host: str
    env: str
    meta: dict[str, str]
    metrics: dict[str, float]


class TraceStat(NamedTuple):
    """What a service did for one resource, in the bucket of some seconds that begins at `time`."""

    service: str
    name: str
    resource: str
    status: int
    host: str
    time: int
    hits: int
    errors: int
    duration: int
    """Nanoseconds, of all hits together."""


class Transition(NamedTuple):
    """A group of a monitor came into a state."""

    monitor: int
    group: str
    time: int
    status: str
    value: float | None


class Mail(NamedTuple):
    id: int
    time: int
    sent: bool
    """Whether an SMTP server took it."""
    body: dict[str, Any]
    """`to` (a list), `subject`, `text`, `html`, and what the sender wants to remember."""


class Received(NamedTuple):
    method: str
    path: str
    kept: bool
    requests: int
    bytes: int
    items: int
    """Points, checks, hosts, spans, or statistics, of what was kept."""
    last: int


class _Catalog(NamedTuple):
    """All series that the store knows."""

    ids: dict[Series, int]
    metrics: dict[str, dict[int, Series]]


def _service_check(row: Sequence[Any]) -> ServiceCheck:
    name, host, tags, status, time, message = row
    return ServiceCheck(name, host, tuple(json.loads(tags)), status, time, message)


SCHEMA_VERSION = 2
"""Grows with every change of the tables."""


def _prepare(sql: sqlite3.Connection, file: Path | None) -> None:
    """Make the tables in a new file. Raises `sqlite3.DatabaseError` for a file of another version or program."""
    [(version,)] = sql.execute('PRAGMA user_version')
    [(tables,)] = sql.execute('SELECT count(*) FROM sqlite_schema')
    if tables and version != SCHEMA_VERSION:
        raise sqlite3.DatabaseError(
            f'{file} is not of this version of the sandbox (schema {version}, not {SCHEMA_VERSION}): '
            'name another file, or remove this one'
        )
    sql.executescript(f'BEGIN; {SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT')


class Store:
    """The account's data, in a file or, without one, in memory. Safe to share among threads."""

    def __init__(self, file: Path | None = None) -> None:
        """Open the file, or make it. Raises `sqlite3.Error` when it is no database, or cannot be written."""
        self._lock = threading.RLock()
        self._depth = 0
        self._sql = sqlite3.connect(file or ':memory:', isolation_level=None, check_same_thread=False, timeout=5)
        try:
            self._sql.execute('PRAGMA auto_vacuum = INCREMENTAL')
            self._sql.execute('PRAGMA journal_mode = WAL')
            # What was committed survives the end of this process, however it ends; a power cut may take the last of it.
            self._sql.execute('PRAGMA synchronous = NORMAL')
            _prepare(self._sql, file)
        except sqlite3.Error:
            self._sql.close()
            raise
        self.version = 0
        """Grows whenever a series, or a tag of a host, is new: what was derived from them is then out of date."""
        self._forget()

    def close(self) -> None:
        with self._lock:
            self._sql.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything inside happen or, when it raises, nothing of it."""
        with self._lock:
            if self._depth:
                # Part of the one that is open.
                yield
                return
            self._sql.execute('BEGIN IMMEDIATE')
            self._depth = 1
            try:
                yield
                self._sql.execute('COMMIT')
            except BaseException:
                if self._sql.in_transaction:
                    self._sql.execute('ROLLBACK')
                self._forget()
                raise
            finally:
                self._depth = 0

    def _forget(self) -> None:
        """Read what is kept in memory of series and hosts again when it is next needed."""
        self._catalog: _Catalog | None = None
        self._host_tags: dict[str, tuple[str, ...]] | None = None
        self._states: dict[int, dict[str, dict[str, Any]]] = {}
        self.version += 1

    def _read(self, sql: str, *values: Any) -> list[Any]:
        with self._lock:
            return self._sql.execute(sql, values).fetchall()

    # Metrics

    def add(self, points: Iterable[Point]) -> int:
        """Keep points, and return how many. A point of the same series and time replaces the one that is there."""
        with self.transaction():
            ids = self._known().ids
            rows = [(ids.get(series) or self._learn(series), time, value) for series, time, value in points]
            self._sql.executemany('INSERT OR REPLACE INTO point VALUES (?, ?, ?)', rows)
        return len(rows)

    def _learn(self, series: Series) -> int:
        """Keep a series that is new, or whose type or interval is, and return its id."""
        metric, host, tags, type_, interval = series
        [(id_,)] = self._sql.execute(
            'INSERT INTO series (metric, host, tags, type, interval) VALUES (?, ?, ?, ?, ?) '
            'ON CONFLICT DO UPDATE SET type = excluded.type, interval = excluded.interval RETURNING id',
            (metric, host, json.dumps(tags), type_, interval),
        ).fetchall()
        known = self._known()
        of_metric = known.metrics.setdefault(metric, {})
        if id_ in of_metric:
            del known.ids[of_metric[id_]]
        of_metric[id_], known.ids[series] = series, id_
        self.version += 1
        return id_

    def _known(self) -> _Catalog:
        if self._catalog is None:
            self._catalog = _Catalog({}, {})
            for id_, metric, host, tags, *meaning in self._sql.execute('SELECT * FROM series'):
                series = Series(metric, host, tuple(json.loads(tags)), *meaning)
                self._catalog.ids[series] = id_
                self._catalog.metrics.setdefault(metric, {})[id_] = series
        return self._catalog

    def series(self, metric: str) -> dict[int, Series]:
        """Return the series of a metric by their ids, in the order of these: that in which they first came."""
        with self._lock:
            return dict(self._known().metrics.get(metric, {}))

    def metrics(self, since: int = 0) -> list[str]:
        """Return the names of the metrics that have a point at or after a time, sorted."""
        with self._lock:
            names = [
                metric
                for metric, series in self._known().metrics.items()
                if any(self._last(id_) >= since for id_ in series)
            ]
        return sorted(names)

    def _last(self, series: int) -> int:
        [(time,)] = self._sql.execute('SELECT max(time) FROM point WHERE series = ?', (series,))
        return -1 if time is None else time

    def last_times(self, series: Sequence[int], start: int, end: int) -> dict[int, int]:
        """Return the time of the last point of each series in [start, end); a series without one is left out."""
        sql = """
            SELECT chosen.value, (
                SELECT max(time) FROM point WHERE series = chosen.value AND time >= ?2 AND time < ?3
            ) AS last FROM json_each(?1) AS chosen WHERE last IS NOT NULL
        """
        return dict(self._read(sql, json.dumps(series), start, end))

    def buckets(
        self, series: Sequence[int], start: int, end: int, interval: int, method: Method
    ) -> list[tuple[int, int, float]]:
        """Return (series, number of the bucket, value) in their order, for the points in [start, end).

        Buckets are `interval` seconds long, and the first one, number 0, begins at `start`. Empty ones are left out.
        """
        sql = f"""
            SELECT series, (time - ?2) / ?4 AS bucket, {AGGREGATES[method]}
            FROM json_each(?1) AS chosen
            CROSS JOIN point ON series = chosen.value AND time >= ?2 AND time < ?3
            GROUP BY series, bucket
        """
        rows = self._read(sql, json.dumps(sorted(series)), start, end, interval)
        return [row[:3] for row in rows] if method == 'last' else rows

    def grid(self, series: Sequence[int], start: int, end: int, interval: int, method: Method) -> np.ndarray:
        """Return the value of each series, in the order asked for, in each bucket of [start, end).

        One row for each series, one column for each bucket of `interval` seconds from `start` on; the last may be
        shorter. nan where a bucket has no point.
        """
        values = np.full((len(series), -(-(end - start) // interval)), np.nan)
        rows = {id_: row for row, id_ in enumerate(series)}
        for id_, bucket, value in self.buckets(series, start, end, interval, method):
            values[rows[id_], bucket] = value
        return values

    # Hosts and checks

    def add_host(self, name: str, tags: tuple[str, ...], meta: Mapping[str, Any], time: int) -> None:
        """Keep what a host says of itself, in the place of what it said before."""
        with self.transaction():
            self._sql.execute(
                'INSERT OR REPLACE INTO host VALUES (?, ?, ?, ?)', (name, json.dumps(tags), json.dumps(meta), time)
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

    def see_hosts(self, names: Iterable[str], time: int) -> None:
        """Remember that something came from hosts, which need not have sent metadata."""
        with self.transaction():
            self._sql.executemany(
                "INSERT INTO host VALUES (?, '[]', '{}', ?) ON CONFLICT DO UPDATE SET last_seen = excluded.last_seen",
                [(name, time) for name in names],
            )

    def hosts(self, name: str | None = None) -> list[Host]:
        """Return the hosts from which something came, by name; only the one that is named, if so asked."""
        rows = self._read('SELECT * FROM host WHERE ?1 IS NULL OR name = ?1 ORDER BY name', name)
        return [Host(name, tuple(json.loads(tags)), json.loads(meta), last) for name, tags, meta, last in rows]

    def host(self, name: str) -> Host | None:
        return next(iter(self.hosts(name)), None)

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

    # Traces

    def add_spans(self, spans: Iterable[Span]) -> None:
        with self.transaction():
            self._sql.executemany(
                f'INSERT OR REPLACE INTO span VALUES ({", ".join("?" * 14)})',
                [(*span[:12], json.dumps(span.meta), json.dumps(span.metrics)) for span in spans],
            )

    def spans(self, start: int = 0, end: int = 2**62, trace: str | None = None, limit: int = 10_000) -> list[Span]:
        """Return spans that start in [start, end), in nanoseconds, the latest first; of one trace where it is named."""
        rows = self._read(
            'SELECT * FROM span WHERE start >= ?1 AND start < ?2 AND (?3 IS NULL OR trace = ?3) '
            'ORDER BY start DESC LIMIT ?4',
            start, end, trace, limit,
        )  # fmt: skip
        return [Span._make((*row, json.loads(meta), json.loads(metrics))) for *row, meta, metrics in rows]

    def add_trace_stats(self, stats: Iterable[TraceStat]) -> None:
        with self.transaction():
            self._sql.executemany(f'INSERT OR REPLACE INTO trace_stat VALUES ({", ".join("?" * 9)})', stats)

    def trace_stats(self, start: int, end: int) -> list[TraceStat]:
        """Return the statistics of the buckets that begin in [start, end)."""
        rows = self._read('SELECT * FROM trace_stat WHERE time >= ? AND time < ? ORDER BY time', start, end)
        return [TraceStat(*row) for row in rows]

    # Resources: what clients make

    def put(self, kind: str, id_: str | int, body: Mapping[str, Any]) -> None:
        """Keep a resource, in the place of one with the same kind and id."""
        with self.transaction():
            self._sql.execute(
                'INSERT INTO resource (kind, id, body) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body',
                (kind, str(id_), json.dumps(body)),
            )

    def get(self, kind: str, id_: str | int) -> dict[str, Any] | None:
        rows = self._read('SELECT body FROM resource WHERE kind = ? AND id = ?', kind, str(id_))
        return json.loads(rows[0][0]) if rows else None

    def all(self, kind: str) -> list[dict[str, Any]]:
        """Return the resources of a kind in the order of creation."""
        rows = self._read('SELECT body FROM resource WHERE kind = ? ORDER BY position', kind)
        return [json.loads(body) for (body,) in rows]

    def events(self, start: int, end: int) -> list[dict[str, Any]]:
        """Return the events that happened in [start, end), as the API has them, in the order of time."""
        sql = """
            SELECT body FROM resource WHERE kind = 'event' AND json_extract(body, '$.date_happened') >= ?
            AND json_extract(body, '$.date_happened') < ? ORDER BY json_extract(body, '$.date_happened'), position
        """
        return [json.loads(body) for (body,) in self._read(sql, start, end)]

    def next(self, name: str, least: int = 1) -> int:
        """Return a number that is greater than all that this name has given before, and at least `least`."""
        with self.transaction():
            number = max(least, (self.get('sequence', name) or {'last': 0})['last'] + 1)
            self.put('sequence', name, {'last': number})
        return number

    def remove(self, kind: str, id_: str | int) -> bool:
        """Remove a resource, and return whether it was there."""
        with self.transaction():
            return self._sql.execute('DELETE FROM resource WHERE kind = ? AND id = ?', (kind, str(id_))).rowcount > 0

    # Monitors: the state of each group, and its history

    def states(self, monitor: int) -> dict[str, dict[str, Any]]:
        """Return what is known of each group of a monitor. The states are shared: to change one, save another."""
        with self._lock:
            if monitor not in self._states:
                rows = self._read('SELECT grp, body FROM state WHERE monitor = ?', monitor)
                self._states[monitor] = {group: json.loads(body) for group, body in rows}
            return dict(self._states[monitor])

    def save_states(self, monitor: int, states: Mapping[str, dict[str, Any] | None]) -> None:
        """Replace what is known of some groups; None forgets one."""
        with self.transaction():
            gone = [(monitor, group) for group, state in states.items() if state is None]
            self._sql.executemany('DELETE FROM state WHERE monitor = ? AND grp = ?', gone)
            self._sql.executemany(
                'INSERT OR REPLACE INTO state VALUES (?, ?, ?)',
                [(monitor, group, json.dumps(state)) for group, state in states.items() if state is not None],
            )
            known = self._states.get(monitor, {})
            for group, state in states.items():
                if state is None:
                    known.pop(group, None)
                else:
                    known[group] = state

    def add_transitions(self, transitions: Iterable[Transition]) -> None:
        with self.transaction():
            self._sql.executemany('INSERT OR REPLACE INTO transition VALUES (?, ?, ?, ?, ?)', transitions)

    def transitions(self, monitor: int, start: int = 0, end: int = 2**62) -> list[Transition]:
        """Return the changes of state in [start, end), in the order of time."""
        rows = self._read(
            'SELECT * FROM transition WHERE monitor = ? AND time >= ? AND time < ? ORDER BY time, grp',
            monitor, start, end,
        )  # fmt: skip
        return [Transition(*row) for row in rows]

    def forget_monitor(self, monitor: int) -> None:
        """Remove the states and the history of a monitor."""
        with self.transaction():
            for table in ('state', 'transition'):
                self._sql.execute(f'DELETE FROM {table} WHERE monitor = ?', (monitor,))
            self._states.pop(monitor, None)

    # Mails and pictures

    def add_mail(self, time: int, body: Mapping[str, Any]) -> int:
        """Keep a mail, not sent yet, and return its id."""
        with self.transaction():
            return (
                self._sql.execute(
                    'INSERT INTO mail (time, sent, body) VALUES (?, 0, ?)', (time, json.dumps(body))
                ).lastrowid
                or 0
            )

    def mails(self, start: int = 0, end: int = 2**62, unsent: bool = False) -> list[Mail]:
        """Return the mails of [start, end) in their order; only those that no server has taken, if so asked."""
        rows = self._read(
            'SELECT * FROM mail WHERE time >= ? AND time < ? AND NOT (? AND sent) ORDER BY time, id', start, end, unsent
        )
        return [Mail(id_, time, bool(sent), json.loads(body)) for id_, time, sent, body in rows]

    def latest_mails(self, limit: int) -> list[Mail]:
        """Return the latest mails, the latest first."""
        rows = self._read('SELECT * FROM mail ORDER BY time DESC, id DESC LIMIT ?', limit)
        return [Mail(id_, time, bool(sent), json.loads(body)) for id_, time, sent, body in rows]

    def count_mails(self) -> int:
        [(count,)] = self._read('SELECT count(*) FROM mail')
        return int(count)

    def mail(self, id_: int) -> Mail | None:
        rows = self._read('SELECT * FROM mail WHERE id = ?', id_)
        return Mail(rows[0][0], rows[0][1], bool(rows[0][2]), json.loads(rows[0][3])) if rows else None

    def mark_sent(self, id_: int) -> None:
        with self.transaction():
            self._sql.execute('UPDATE mail SET sent = 1 WHERE id = ?', (id_,))

    def add_picture(self, id_: str, time: int, png: bytes) -> None:
        with self.transaction():
            self._sql.execute('INSERT OR REPLACE INTO picture VALUES (?, ?, ?)', (id_, time, png))

    def picture(self, id_: str) -> bytes | None:
        rows = self._read('SELECT png FROM picture WHERE id = ?', id_)
        return rows[0][0] if rows else None

    # What came in, and what is kept for how long

    def count_received(self, method: str, path: str, kept: bool, size: int, items: int, time: int) -> None:
        """Count a request of `size` bytes, from which `items` were kept."""
        with self.transaction():
            self._sql.execute(
                'INSERT INTO received VALUES (?, ?, ?, 1, ?, ?, ?) ON CONFLICT DO UPDATE SET requests = requests + 1, '
                'bytes = bytes + excluded.bytes, items = items + excluded.items, last = excluded.last',
                (method, path, kept, size, items, time),
            )

    def received(self) -> list[Received]:
        rows = self._read('SELECT * FROM received ORDER BY path, method, kept')
        return [Received(method, path, bool(kept), *rest) for method, path, kept, *rest in rows]

    def prune(self, before: int) -> None:
        """Remove what is older than a time, and give the space back to the file system."""
        with self.transaction():
            # One series after another, each by its key: a look at all points would be slow.
            series = [(id_, before) for (id_,) in self._sql.execute('SELECT id FROM series')]
            self._sql.executemany('DELETE FROM point WHERE series = ? AND time < ?', series)
            self._sql.execute('DELETE FROM series WHERE NOT EXISTS (SELECT 1 FROM point WHERE series = series.id)')
            self._sql.execute('DELETE FROM span WHERE start < ?', (before * 1_000_000_000,))
            self._sql.execute('DELETE FROM host WHERE last_seen < ?', (before,))
            self._sql.execute('DELETE FROM received WHERE last < ?', (before,))
            # Of the resources, only events grow with time.
            self._sql.execute(
                "DELETE FROM resource WHERE kind = 'event' AND json_extract(body, '$.date_happened') < ?", (before,)
            )
            for table in ('service_check', 'trace_stat', 'transition', 'mail', 'picture'):
                self._sql.execute(f'DELETE FROM {table} WHERE time < ?', (before,))
            self._forget()
        with self._lock:
            self._sql.execute('PRAGMA incremental_vacuum').fetchall()
            self._sql.execute('PRAGMA wal_checkpoint(TRUNCATE)').fetchall()
