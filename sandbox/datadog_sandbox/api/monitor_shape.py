"""A monitor as the API shows it: what is kept of it, with its state and what silences it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from datadog_sandbox import downtimes, monitors

from .endpoint import Call, Refused

GROUP_STATES = ('all', 'alert', 'warn', 'no data', 'ok')
FIRST_EVALUATION = 12
"""Seconds after its creation by which Datadog has evaluated a monitor; recorded are 0.4 to 10.5."""
GROUP_FIELDS = ('status', 'last_triggered_ts', 'last_nodata_ts', 'last_notified_ts', 'last_resolved_ts')


def monitor_of(call: Call) -> dict[str, Any]:
    """Return the monitor of the id in the path. Raises `Refused` when there is none."""
    monitor = call.store.get('monitor', call.path['id'])
    if monitor is None:
        raise Refused('Monitor not found', 404)
    return monitor


class Shapes:
    """Shapes monitors for one answer: the downtimes are read once for all of them."""

    def __init__(self, call: Call, states: Sequence[str] = (), downtimes: bool = False) -> None:
        """`states` are those, in lower case, in which groups are shown; `downtimes` shows what silences a monitor."""
        self._call, self._states, self._with_downtimes = call, states, downtimes
        self._moment = int(call.now)
        self._downtimes = call.store.all('downtime')

    def of(self, monitor: Mapping[str, Any]) -> dict[str, Any]:
        """Return a monitor with its state."""
        groups = self._call.store.states(monitor['id'])
        kept = {name: value for name, value in monitor.items() if name not in ('assets', 'creator')}
        state, modified = overall(monitor, groups, self._moment)
        shape = {
            **kept,
            'options': {**monitor['options'], 'silenced': self.silenced(monitor)},
            'created_at': int(datetime.fromisoformat(monitor['created']).timestamp()) * 1000,
            'overall_state_modified': modified,
            'overall_state': state,
            'creator': monitor['creator'],
        }
        if self._with_downtimes:
            shape['matching_downtimes'] = self.matching(monitor)
        if self._states:
            shape['state'] = {
                'groups': {
                    name: _group(name, state)
                    for name, state in groups.items()
                    if 'all' in self._states or state['status'].lower() in self._states
                }
            }
        return shape

    def silenced(self, monitor: Mapping[str, Any]) -> dict[str, int | None]:
        """Return the end of each active one-time downtime of this very monitor, by its scope."""
        return {
            downtime['attributes']['scope']: end and downtimes.epoch(end)
            for downtime in self._one_time
            if downtime['attributes']['monitor_identifier']['monitor_id'] == monitor['id']
            for end in [downtime['attributes']['schedule'].get('end')]
        }

    def matching(self, monitor: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the downtimes that are open, or will be, and cover a monitor, in the form of API v1."""
        return [match for downtime, match in self._matches if downtimes.covers(downtime, monitor)]

    # Both do not depend on the monitor, and are as slow as there are downtimes.

    @cached_property
    def _one_time(self) -> list[dict[str, Any]]:
        return one_time(self._downtimes, self._moment)

    @cached_property
    def _matches(self) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """The downtimes that are open, or will be, each with what it is of the monitors that it covers."""
        statuses = [(downtime, downtimes.status(downtime, self._moment)) for downtime in self._downtimes]
        return [
            (downtime, self._match(downtime, status == 'active'))
            for downtime, status in statuses
            if status in ('active', 'scheduled')
        ]

    def _match(self, downtime: Mapping[str, Any], active: bool) -> dict[str, Any]:
        window = downtimes.current(downtime, self._moment)
        return {
            'id': downtime['number'],
            'active': active,
            'monitor_id': downtime['attributes']['monitor_identifier'].get('monitor_id'),
            'start': window and window.start,
            'end': window.end if window and window.end < downtimes.FOREVER else None,
            'scope': [downtime['attributes']['scope']],
            'groups': [],
        }


def without_creator(shape: Mapping[str, Any]) -> dict[str, Any]:
    """Return a monitor as the answers to a change of it have it."""
    return {name: value for name, value in shape.items() if name != 'creator'}


def one_time(resources: Sequence[dict[str, Any]], moment: int) -> list[dict[str, Any]]:
    """Return the active one-time downtimes of single monitors: what `mute` makes, and `silenced` shows."""
    return [
        downtime
        for downtime in resources
        if downtime['attributes']['monitor_identifier'].get('monitor_id') is not None
        and not downtime['attributes']['schedule'].get('recurrences')
        and downtimes.status(downtime, moment) == 'active'
    ]


def _group(name: str, state: Mapping[str, Any]) -> dict[str, Any]:
    return {'name': name, **{field: state[field] for field in GROUP_FIELDS if state.get(field) is not None}}


def overall(monitor: Mapping[str, Any], groups: Mapping[str, Mapping[str, Any]], moment: int) -> tuple[str, str | None]:
    """Return the state of a monitor, and when it changed last.

    One that never saw data is evaluated within seconds, as recorded.
    """
    first = int(datetime.fromisoformat(monitor['created']).timestamp()) + FIRST_EVALUATION
    state = monitors.overall(monitor, groups, moment >= first)
    if groups:
        times = [group['since'] for group in groups.values() if group.get('since') is not None]
        return state, downtimes.iso(max(times)) if times else None
    return state, downtimes.iso(first) if moment >= first else None
