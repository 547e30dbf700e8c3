"""The state of each group of a monitor, and its history."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from datadog_sandbox.times import FOREVER

from .database import Database
from .model import Transition


class States(Database):
    """The states and transitions of monitors."""

    def __init__(self, file: Path | None = None) -> None:
        super().__init__(file)
        self._known_states: dict[int, dict[str, dict[str, Any]]] = {}

    def states(self, monitor: int) -> dict[str, dict[str, Any]]:
        """Return the state of each group of a monitor. Do not change a state: save another."""
        with self._lock:
            if monitor not in self._known_states:
                rows = self._read('SELECT grp, body FROM state WHERE monitor = ?', monitor)
                self._known_states[monitor] = {group: json.loads(body) for group, body in rows}
            return dict(self._known_states[monitor])

    def save_states(self, monitor: int, states: Mapping[str, dict[str, Any] | None]) -> None:
        """Store the states of some groups; None removes a group."""
        with self.transaction():
            gone = [(monitor, group) for group, state in states.items() if state is None]
            self._sql.executemany('DELETE FROM state WHERE monitor = ? AND grp = ?', gone)
            self._sql.executemany(
                'INSERT OR REPLACE INTO state VALUES (?, ?, ?)',
                [(monitor, group, json.dumps(state)) for group, state in states.items() if state is not None],
            )
            known = self._known_states.get(monitor, {})
            for group, state in states.items():
                if state is None:
                    known.pop(group, None)
                else:
                    known[group] = state

    def add_transitions(self, transitions: Iterable[Transition]) -> None:
        """Store changes of state, in the place of those of the same group at the same time."""
        with self.transaction():
            self._sql.executemany('INSERT OR REPLACE INTO transition VALUES (?, ?, ?, ?, ?)', transitions)

    def transitions(self, monitor: int, start: int = 0, end: int = FOREVER) -> list[Transition]:
        """Return the changes of state in [start, end), by time."""
        rows = self._read(
            'SELECT * FROM transition WHERE monitor = ? AND time >= ? AND time < ? ORDER BY time, grp',
            monitor, start, end,
        )  # fmt: skip
        return [Transition(*row) for row in rows]

    def history(self, monitor: int, start: int, end: int) -> list[Transition]:
        """Return the changes of state in [start, end) and, of each group, the last one before; by time."""
        rows = self._read(
            'SELECT monitor, grp, max(time), status, value FROM transition WHERE monitor = ?1 AND time < ?2 '
            'GROUP BY grp UNION ALL '
            'SELECT * FROM transition WHERE monitor = ?1 AND time >= ?2 AND time < ?3 ORDER BY 3, 2',
            monitor, start, end,
        )  # fmt: skip
        return [Transition(*row) for row in rows]

    def forget_monitor(self, monitor: int) -> None:
        """Remove the states and the history of a monitor."""
        with self.transaction():
            for table in ('state', 'transition'):
                self._sql.execute(f'DELETE FROM {table} WHERE monitor = ?', (monitor,))
            self._known_states.pop(monitor, None)
