"""The account over time: every minute it evaluates all monitors and mails their notices."""

import logging
from collections.abc import Mapping, Sequence
from sqlite3 import Error as StoreError
from typing import Any

from . import monitors, notifications
from .monitors import Notice, RecordChange
from .store import Store
from .times import HOUR, MINUTE

LONGEST_GAP = HOUR
"""Seconds. After a longer gap in evaluation, only the minutes of this last stretch are evaluated."""
STEP_BACK = 5 * MINUTE
"""Seconds. If the clock steps back by at most this much, evaluation waits for it; after more, it goes on at once."""

log = logging.getLogger(__name__)


class Account:
    """Advances an account in time. What happens in it without a request happens here; time is an argument."""

    def __init__(self, store: Store, record_change: RecordChange | None = None, plain: bool = False) -> None:
        """`record_change` is called with each change of the state of a group of a monitor.

        The mails of monitors are `plain` where nobody opens them.
        """
        self.store, self._record_change, self._plain = store, record_change, plain

    def begin(self, moment: int) -> None:
        """Let the evaluation of a new account begin at a minute, instead of where it first advances to."""
        self._save_time(moment // MINUTE * MINUTE - MINUTE)

    def _save_time(self, last_minute: int) -> None:
        self.store.save('evaluated', 'account', {'id': 'account', 'time': last_minute})

    def advance(self, until: int, longest_gap: int = LONGEST_GAP) -> list[tuple[dict[str, Any], Notice]]:
        """Evaluate all monitors at each whole minute after the last one evaluated, up to `until`.

        Return the notices of the monitors, by time. The evaluation of a monitor and its mails are one transaction:
        after a crash nothing is lost or repeated. Posts need not wait meanwhile. An exception of one monitor is
        stored as its error (`monitors.error`), and the others are evaluated.

        The first evaluation of an account is at `until`. After a gap of more than `longest_gap` seconds, such as a
        night in which the machine slept, only the last minutes are evaluated: mails about hours that have passed help
        nobody, and the current states do not depend on them. A downtime that ended in the gap notifies.
        """
        last_minute = until // MINUTE * MINUTE
        with self.store.transaction():
            moments = self._moments(last_minute, longest_gap)
        if not moments:
            return []
        notices = []
        every = monitors.in_order(self._monitors())
        # Nobody looks at the events of a rehearsal, unless a monitor does.
        with_events = not self._plain or any(map(monitors.reads_events, every))
        for monitor in every:
            with self.store.deferred():
                of_monitor = self._evaluate(monitor, moments)
                self._mail(monitor, [notice for notice in of_monitor if not notice.muted], with_events)
            notices += [(monitor, notice) for notice in of_monitor]
        self._save_time(last_minute)
        return sorted(notices, key=lambda pair: pair[1].moment)

    def _moments(self, last_minute: int, longest_gap: int) -> Sequence[int]:
        """Return the minutes to evaluate, with regard to gaps and steps back of the clock."""
        record = self.store.get('evaluated', 'account')
        earliest = last_minute - longest_gap + MINUTE
        if record is None:
            return [last_minute]
        following = record['time'] + MINUTE
        if record['time'] > last_minute + STEP_BACK:
            log.warning('The clock stepped back by %d seconds: evaluation goes on.', following - MINUTE - last_minute)
            for record in self.store.all('evaluated'):
                if record['time'] >= last_minute:
                    self.store.save('evaluated', record['id'], {**record, 'time': last_minute - MINUTE})
            return [last_minute]
        if following < earliest:
            gap = last_minute - record['time']
            log.warning(
                'No monitor was evaluated for %d seconds: only the last %d seconds are evaluated now.', gap, longest_gap
            )
        return range(max(following, earliest), last_minute + 1, MINUTE)

    def _monitors(self) -> list[dict[str, Any]]:
        """Return the monitors, and remove the states of those that were deleted."""
        existing = self.store.all('monitor')
        ids = {monitor['id'] for monitor in existing}
        for record in self.store.all('evaluated'):
            if record['id'] not in ids and record['id'] != 'account':
                self.store.forget_monitor(record['id'])
                self.store.remove('evaluated', record['id'])
        return existing

    def _evaluate(self, monitor: Mapping[str, Any], moments: Sequence[int]) -> list[Notice]:
        try:
            return monitors.evaluate(self.store, monitor, moments, self._record_change)
        except (OSError, StoreError):
            # Not the fault of this monitor: nothing can be stored.
            raise
        except Exception as error:
            monitors.save_error(self.store, monitor, moments[-1], error)
            return []

    def _mail(self, monitor: Mapping[str, Any], notices: Sequence[Notice], with_events: bool) -> None:
        failed = False
        for notice in notices:
            try:
                notifications.monitor_mail(self.store, monitor, notice, self._plain, with_events)
            except (OSError, StoreError):
                raise
            except Exception as error:
                monitors.save_error(self.store, monitor, notice.moment, error, 'notify_error')
                failed = True
        if notices and not failed:
            monitors.clear_error(self.store, monitor, 'notify_error')

    def downtime_scheduled(self, downtime: Mapping[str, Any], moment: int) -> None:
        """Mail the recipients that the message of a new downtime mentions."""
        notifications.downtime_mail(self.store, downtime, moment)

    def event_posted(self, event: Mapping[str, Any], moment: int) -> None:
        """Mail the recipients that the text of an event mentions."""
        notifications.event_mail(self.store, event, moment)
