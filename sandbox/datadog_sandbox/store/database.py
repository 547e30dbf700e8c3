"""SQLite for many threads: one writes at a time, and readers of a file never wait."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from . import schema


class Database:
    """Transactions and reads. When a transaction fails, its changes to data in memory are undone too."""

    def __init__(self, file: Path | None = None) -> None:
        """Open the file, or create it; without one, everything is in memory.

        Raises `sqlite3.Error` when it is not a database, cannot be written, is in use, or is of another version.
        """
        self._file = file
        self._lock = threading.RLock()
        self._writer: int | None = None
        """The thread whose transaction is open."""
        self._undo: list[Callable[[], None]] = []
        """Undo changes to data in memory, when the transaction fails."""
        self._committed: list[Callable[[], None]] = []
        """Called after the transaction."""
        self._local = threading.local()
        self._readers: list[sqlite3.Connection] = []
        """Connections that no thread uses now."""
        self._claim: IO[str] | None = schema.claim(file) if file else None
        try:
            self._sql = schema.connect(file)
            try:
                schema.prepare(self._sql, file)
            except sqlite3.Error:
                self._sql.close()
                raise
        except sqlite3.Error:
            if self._claim:
                self._claim.close()
            raise

    def close(self) -> None:
        """Close the file, which another process may then use."""
        with self._lock:
            for sql in (*self._readers, self._sql):
                sql.close()
            if self._claim:
                self._claim.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit the writes of the block together or, if it raises, none of them."""
        with self._lock:
            if self._writer is not None:
                # Part of the one that is open.
                yield
                return
            deferred: ExitStack | None = getattr(self._local, 'deferred', None)
            if deferred is not None:
                self._local.deferred = None
                deferred.enter_context(self.transaction())
                yield
                return
            self._sql.execute('BEGIN IMMEDIATE')
            self._writer = threading.get_ident()
            try:
                yield
                self._sql.execute('COMMIT')
                for after in self._committed:
                    after()
            except BaseException:
                if self._sql.in_transaction:
                    self._sql.execute('ROLLBACK')
                for undo in reversed(self._undo):
                    undo()
                self._forget()
                raise
            finally:
                self._undo.clear()
                self._committed.clear()
                self._writer = None

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Begin a transaction at the first write of the block, so that others may write before that."""
        if self._writer == threading.get_ident() or getattr(self._local, 'deferred', None):
            # Part of the one that is open, or will be.
            yield
            return
        with ExitStack() as stack:
            self._local.deferred = stack
            try:
                yield
            finally:
                self._local.deferred = None

    def _forget(self) -> None:
        """Discard data in memory after a failed transaction: it is read again when needed."""

    def _read(self, sql: str, *values: Any) -> list[Any]:
        if self._file is None or self._writer == threading.get_ident():
            with self._lock:
                return self._sql.execute(sql, values).fetchall()
        try:
            reader = self._readers.pop()
        except IndexError:
            reader = schema.connect(self._file)
            reader.execute('PRAGMA query_only = ON')
        try:
            return reader.execute(sql, values).fetchall()
        finally:
            self._readers.append(reader)
