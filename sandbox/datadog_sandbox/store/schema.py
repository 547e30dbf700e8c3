"""The tables of an account, and its file."""

import fcntl
import os
import sqlite3
import stat
from functools import cache
from pathlib import Path
from typing import IO

VERSION = 4
"""Grows with every change of the tables."""
TABLES = """
-- The ids of the series of a metric are on shelves: see `chunks`.
CREATE TABLE series (
    id INTEGER PRIMARY KEY, metric TEXT NOT NULL, host TEXT NOT NULL, tags TEXT NOT NULL,
    type TEXT NOT NULL, interval INTEGER NOT NULL, UNIQUE (metric, host, tags)
);
-- The time of the last point of each series of a shelf; the time before which points are removed.
CREATE TABLE shelf (id INTEGER PRIMARY KEY, last BLOB NOT NULL);
CREATE TABLE oldest (id INTEGER PRIMARY KEY, time INTEGER NOT NULL);
-- New points, a row for each post; later, the points of a shelf in an hour.
CREATE TABLE head (id INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE block (id INTEGER PRIMARY KEY, series INTEGER NOT NULL, points INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE sketch (
    series INTEGER NOT NULL, time INTEGER NOT NULL, count INTEGER NOT NULL, min REAL NOT NULL, max REAL NOT NULL,
    sum REAL NOT NULL, keys BLOB NOT NULL, counts BLOB NOT NULL, PRIMARY KEY (series, time)
) WITHOUT ROWID;
CREATE TABLE host (
    name TEXT PRIMARY KEY, tags TEXT NOT NULL, meta TEXT NOT NULL, last_seen INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE service_check (
    name TEXT NOT NULL, host TEXT NOT NULL, tags TEXT NOT NULL,
    time INTEGER NOT NULL, status INTEGER NOT NULL, message TEXT NOT NULL, PRIMARY KEY (name, host, tags, time)
) WITHOUT ROWID;
-- Times and durations of spans are nanoseconds; ids are unsigned 64-bit numbers, as strings.
CREATE TABLE span (
    trace TEXT NOT NULL, id TEXT NOT NULL, parent TEXT NOT NULL, service TEXT NOT NULL, name TEXT NOT NULL,
    resource TEXT NOT NULL, type TEXT NOT NULL, start INTEGER NOT NULL, duration INTEGER NOT NULL,
    error INTEGER NOT NULL, host TEXT NOT NULL, env TEXT NOT NULL, meta TEXT NOT NULL, metrics TEXT NOT NULL,
    PRIMARY KEY (trace, id)
) WITHOUT ROWID;
CREATE INDEX span_start ON span (start);
CREATE TABLE trace_stat (
    service TEXT NOT NULL, name TEXT NOT NULL, resource TEXT NOT NULL, status INTEGER NOT NULL,
    host TEXT NOT NULL, time INTEGER NOT NULL, hits INTEGER NOT NULL, errors INTEGER NOT NULL,
    duration INTEGER NOT NULL, PRIMARY KEY (service, name, resource, status, host, time)
) WITHOUT ROWID;
-- Times of logs are milliseconds; their attributes are nested JSON.
CREATE TABLE log (
    id INTEGER PRIMARY KEY, time INTEGER NOT NULL, host TEXT NOT NULL, service TEXT NOT NULL, source TEXT NOT NULL,
    status TEXT NOT NULL, message TEXT NOT NULL, tags TEXT NOT NULL, attributes TEXT NOT NULL
);
CREATE INDEX log_time ON log (time);
-- Dashboards, monitors, downtimes, events: JSON as in the API, in the order of creation.
CREATE TABLE resource (
    position INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (kind, id)
);
CREATE INDEX event_time ON resource (json_extract(body, '$.date_happened')) WHERE kind = 'event';
-- The current state of each group of a monitor, and each change of state.
CREATE TABLE state (
    monitor INTEGER NOT NULL, grp TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (monitor, grp)
) WITHOUT ROWID;
CREATE TABLE transition (
    monitor INTEGER NOT NULL, grp TEXT NOT NULL, time INTEGER NOT NULL, status TEXT NOT NULL, value REAL,
    PRIMARY KEY (monitor, grp, time)
) WITHOUT ROWID;
CREATE TABLE mail (
    id INTEGER PRIMARY KEY, time INTEGER NOT NULL, sent INTEGER NOT NULL, body TEXT NOT NULL
);
CREATE INDEX mail_unread ON mail (id) WHERE json_extract(body, '$.read') IS NULL;
CREATE TABLE picture (id TEXT PRIMARY KEY, time INTEGER NOT NULL, png BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE received (
    method TEXT NOT NULL, path TEXT NOT NULL, kept INTEGER NOT NULL, requests INTEGER NOT NULL,
    bytes INTEGER NOT NULL, items INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (method, path, kept)
) WITHOUT ROWID;
"""


def connect(file: Path | None) -> sqlite3.Connection:
    """Connect to a file, or to a new database in memory. Raises `sqlite3.Error`."""
    return sqlite3.connect(file or ':memory:', isolation_level=None, check_same_thread=False, timeout=5)


def claim(file: Path) -> IO[str]:
    """Lock a file against other sandboxes, or create it. Closing the result unlocks it.

    Raises `sqlite3.Error`, and has then changed nothing.
    """
    try:
        _look_at(file)
        lock = open(os.open(f'{file}-lock', os.O_CREAT | os.O_RDWR, 0o600), 'r+')
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError:
            lock.close()
            raise
    except BlockingIOError as error:
        raise sqlite3.OperationalError('another sandbox keeps its account in this file') from error
    except OSError as error:
        raise sqlite3.OperationalError(f'unable to open database file: {error.strerror}') from error
    return lock


def _look_at(file: Path) -> None:
    """Raise `sqlite3.Error` for a file that is surely none of ours: it is neither locked nor given another mode."""
    try:
        is_file = stat.S_ISREG(file.stat().st_mode)
    except FileNotFoundError:
        return
    if not is_file:
        raise sqlite3.OperationalError('this is not a regular file')
    with open(file, 'rb') as opened:
        header = opened.read(100)
    # https://www.sqlite.org/fileformat.html#the_database_header
    if header and not header.startswith(b'SQLite format 3\0'):
        raise sqlite3.DatabaseError('file is not a database')
    pages, version = (int.from_bytes(header[at : at + 4]) for at in (28, 60))
    # With a log, or without a table yet, the header may be older than the file.
    if pages > 1 and not Path(f'{file}-wal').exists():
        _check_version(version)


def _check_version(version: int) -> None:
    if version != VERSION:
        raise sqlite3.DatabaseError(
            f'it was not written by this version of the sandbox (schema {version}, not {VERSION}): '
            'name another file, or remove this one'
        )


def prepare(sql: sqlite3.Connection, file: Path | None) -> None:
    """Create the tables of a new account, and make its files readable by their owner only.

    Raises `sqlite3.DatabaseError` for a file of another version or program.
    """
    [(version,)] = sql.execute('PRAGMA user_version')
    [(tables,)] = sql.execute('SELECT count(*) FROM sqlite_schema')
    if tables:
        _check_version(version)
    # SQLite creates the files beside it with the same mode.
    for path in (file, Path(f'{file}-wal'), Path(f'{file}-shm')) if file else ():
        if path.exists():
            path.chmod(0o600)
    # Commits survive a crash of this process, and all but the last of them a power cut.
    sql.execute('PRAGMA synchronous = NORMAL')
    sql.execute('PRAGMA journal_mode = WAL')
    if not tables:
        _new_account().backup(sql)


@cache
def _new_account() -> sqlite3.Connection:
    """Return an account without data: to copy it takes a fraction of the time to create the tables."""
    sql = connect(None)
    sql.executescript(f'PRAGMA auto_vacuum = INCREMENTAL; {TABLES} PRAGMA user_version = {VERSION}')
    return sql
