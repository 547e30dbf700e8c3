"""The notices of a group: of its changes, of ends of downtimes, and reminders."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

import numpy as np

from datadog_sandbox import query
from datadog_sandbox.downtimes import Downtime

from .model import TRIGGERED, Notice, NoticeKind, State, Status
from .muting import Muting
from .options import Settings
from .states import Change

KINDS: dict[Status, NoticeKind] = {'Alert': 'alert', 'Warn': 'warn', 'No Data': 'no data', 'OK': 'recovery'}
END_STATES, END_TYPES = ('alert', 'no data', 'warn'), ('expired',)
"""The states and types of ends that notify by default when a downtime ends."""


class NoticeBuilder:
    """Follows a group through its changes, and collects its notices."""

    def __init__(
        self, settings: Settings, moments: Sequence[int], previous: int, values: np.ndarray, muting: Muting
    ) -> None:
        self._settings, self._moments, self._previous = settings, moments, previous
        self._values, self._muting = values, muting
        self.notices: list[Notice] = []

    def follow(self, tags: dict[str, str], state: State, changes: Sequence[Change]) -> State:
        """Return the state afterwards; empty when the group is forgotten."""
        self._group, self._tags, self._state = query.group_name(tags), tags, state.copy()
        # At the same moment, a change precedes the end of a downtime.
        events: list[tuple[int, int, Any]] = [(change.at, 0, change) for change in changes]
        events += [(end[0], 1, end) for end in self._muting.ends]
        if self._settings.schedule:
            events += [(index, 2, None) for index in range(len(self._moments))]
        for index, _, event in sorted(events, key=lambda event: event[:2]):
            self._remind(index)
            if isinstance(event, Change):
                self._change(event)
            elif event is None:
                self._scheduled(index)
            else:
                self._end(*event)
        self._remind(len(self._moments))
        return self._state

    def _notify(self, index: int, kind: NoticeKind, old: str, value: float | None, muted: bool) -> None:
        state, moment = self._state, self._moments[index]
        if not muted:
            state['last_notified_ts'] = moment
        first, last = state.get('first_triggered'), state.get('last_triggered_ts')
        self.notices.append(
            Notice(self._group, self._tags, moment, kind, old, state['status'], value, muted, first, last)
        )

    def _change(self, change: Change) -> None:
        index, old, new, value, first = change
        moment, state = self._moments[index], self._state
        if new is None:
            self._state = {}
            return
        if old in (None, 'Skipped'):
            state.pop('first_data', None)
        state |= State(status=new, tags=self._tags, since=moment, value=value, renotified=0)
        if new == 'Skipped':
            state['first_data'] = first
            return
        if new in TRIGGERED:
            state['last_triggered_ts'] = moment
            if old not in TRIGGERED:
                state['first_triggered'] = moment
        if new == 'No Data':
            state['last_nodata_ts'] = moment
        if new == 'OK' and old in TRIGGERED:
            state['last_resolved_ts'] = moment
        # As documented, a custom schedule notifies when a result is not OK.
        triggers = new in TRIGGERED or (old in TRIGGERED and not self._settings.schedule)
        if triggers and (self._settings.missing_notifies or 'No Data' not in (new, old)):
            muted = self._muting.at(moment)
            if muted and new == 'OK' and self._muting.first_recovery(moment):
                # The recovery notifies only if the alert did.
                muted = state.get('last_notified_ts', 0) < state['first_triggered']
            self._notify(index, KINDS[new], '' if old in (None, 'Skipped') else str(old), value, muted)
        if new == 'OK':
            state.pop('first_triggered', None)

    def _scheduled(self, index: int) -> None:
        """Notify of the state at an evaluation of a custom schedule, even if it did not change."""
        status, moment = self._state.get('status'), self._moments[index]
        if status in TRIGGERED and self._state['since'] != moment:
            if self._settings.missing_notifies or status != 'No Data':
                self._notify(index, KINDS[status], status, self._value(index), self._muting.at(moment))

    def _end(self, index: int, downtime: Downtime, end_type: str) -> None:
        """Notify of the state at the end of a downtime, if the downtime has it among its end states."""
        attributes, status, moment = downtime['attributes'], self._state.get('status', ''), self._moments[index]
        states, types = attributes.get('notify_end_states'), attributes.get('notify_end_types')
        if status.lower() not in (END_STATES if states is None else states):
            return
        if end_type not in (END_TYPES if types is None else types) or self._muting.at(moment):
            return
        if self._state.get('last_notified_ts') != moment:
            self._notify(index, 'downtime end', status, self._value(index), False)

    def _remind(self, before: int) -> None:
        """Add the reminders that are due before the moment at an index."""
        settings, state, every = self._settings, self._state, self._settings.renotify
        if not every or state.get('status', '').lower() not in settings.renotify_states:
            return
        end = state.get('first_triggered', state['since']) + settings.renotify_until
        while settings.renotify_times is None or state['renotified'] < settings.renotify_times:
            notified = max(state['since'], state.get('last_notified_ts') or 0)
            # Reminders that fall into a downtime are skipped, not postponed.
            missed = max(0, (self._previous - notified) // every)
            while True:
                missed += 1
                index = bisect_left(self._moments, notified + missed * every)
                if index >= before or self._moments[index] > end:
                    return
                if not self._muting.at(self._moments[index]):
                    break
            state['renotified'] += 1
            self._notify(index, 'renotify', state['status'], self._value(index), False)

    def _value(self, index: int) -> float | None:
        value = float(self._values[index])
        return None if np.isnan(value) else value
