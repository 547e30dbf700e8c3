"""The account as time goes on: every minute all monitors are evaluated, and what they tell is mailed."""

from collections.abc import Mapping, Sequence
from typing import Any

from . import monitors, notifications
from .monitors import Notice
from .query import QueryError
from .store import Store

MINUTE = 60
LONGEST_GAP = 3600
"""Seconds. After a longer time in which nothing was evaluated, only the minutes of this much are made up for."""


class Account:
    """Moves an account on in time. Everything that happens by itself happens here; nothing here looks at a clock."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def advance(self, until: int, longest_gap: int = LONGEST_GAP) -> list[tuple[dict[str, Any], Notice]]:
        """Evaluate all monitors at each whole minute after the last one evaluated, up to `until`.

        Return what the monitors tell, by time. All is one transaction: after a crash nothing is lost or doubled.

        The first time begins at `until`. After a gap of more than `longest_gap` seconds, such as a night in which the
        machine slept, only the last minutes are evaluated: mails about hours that are gone help nobody, and the state
        of now comes of them all the same. A downtime that ended in the gap is told of.
        """
        last_minute = until // MINUTE * MINUTE
        with self.store.transaction():
            done = self.store.get('evaluated', 'account')
            first = last_minute if done is None else done['time'] + MINUTE
            moments = range(max(first, last_minute - longest_gap + MINUTE), last_minute + 1, MINUTE)
            if not moments:
                return []
            told = [(monitor, notice) for monitor in self._monitors() for notice in self._evaluate(monitor, moments)]
            told.sort(key=lambda pair: pair[1].moment)
            for monitor, notice in told:
                if not notice.muted:
                    notifications.monitor_mail(self.store, monitor, notice)
            self.store.put('evaluated', 'account', {'id': 'account', 'time': last_minute})
        return told

    def _monitors(self) -> list[dict[str, Any]]:
        """Return the monitors, and forget what is known of those that are gone."""
        found = self.store.all('monitor')
        ids = {monitor['id'] for monitor in found}
        for record in self.store.all('evaluated'):
            if record['id'] not in ids and record['id'] != 'account':
                self.store.forget_monitor(record['id'])
                self.store.remove('evaluated', record['id'])
        return found

    def _evaluate(self, monitor: Mapping[str, Any], moments: Sequence[int]) -> list[Notice]:
        try:
            return monitors.evaluate(self.store, monitor, moments)
        except QueryError:
            # The page of the monitor says why; the others go on.
            return []

    def downtime_scheduled(self, downtime: Mapping[str, Any], moment: int) -> None:
        """Mail those whom the message of a new downtime mentions."""
        notifications.downtime_mail(self.store, downtime, moment)

    def event_posted(self, event: Mapping[str, Any], moment: int) -> None:
        """Mail those whom the text of an event mentions."""
        notifications.event_mail(self.store, event, moment)
