"""`notify_by`: the groups that share the values of some tags notify together, with the worst of their states.

https://docs.datadoghq.com/monitors/configuration/#notification-grouping
"""

from collections.abc import Mapping, Sequence

import numpy as np

from datadog_sandbox import query

from .model import TRIGGERED, Notice, State, Status
from .muting import Mutings
from .notices import NoticeBuilder
from .options import Settings
from .states import Change


class Member:
    """A group that notifies together with others, over some moments."""

    def __init__(self, name: str, status: Status | None, changes: Sequence[Change], values: np.ndarray) -> None:
        self.name, self.status, self.values = name, status, values
        self.changes = {change.at: change for change in changes}

    def move(self, index: int) -> None:
        """Apply the change at a moment, if there is one."""
        if index in self.changes:
            self.status = self.changes[index].new

    @property
    def severity(self) -> int:
        """The severity of its state: 0 for OK, -1 without one."""
        if self.status is None or self.status == 'Skipped':
            return -1
        return len(TRIGGERED) - TRIGGERED.index(self.status) if self.status in TRIGGERED else 0


class Grouping:
    """Collects the changes of the groups of a monitor, and builds the notices of those that notify together."""

    def __init__(self, settings: Settings, keys: tuple[str, ...]) -> None:
        self._settings, self._keys = settings, keys
        self._members: dict[str, tuple[dict[str, str], list[Member]]] = {}

    def add(self, tags: Mapping[str, str], member: Member) -> None:
        """Add a group by its tags."""
        shared = {key: tags[key] for key in self._keys}
        self._members.setdefault(query.group_name(shared), (shared, []))[1].append(member)

    def notices(
        self, moments: Sequence[int], previous: int, mutings: Mutings, states: dict[str, State]
    ) -> list[Notice]:
        """Return the notices, and update `states`, the last state that each of them notified of."""
        notices: list[Notice] = []
        for name, (tags, members) in self._members.items():
            changes, values = _together(sorted(members, key=lambda member: member.name))
            builder = NoticeBuilder(self._settings, moments, previous, values, mutings.of(tags))
            state = builder.follow(tags, states.get(name, {}), changes)
            notices += builder.notices
            if state:
                states[name] = state
            else:
                states.pop(name, None)
        return notices


def _together(members: Sequence[Member]) -> tuple[list[Change], np.ndarray]:
    """Return how the worst state changes, and the value of the group in it at each moment."""
    changes: list[Change] = []
    worst = max(members, key=lambda member: member.severity)
    values = np.array(worst.values)
    old = worst.status if worst.severity >= 0 else None
    for index in sorted({index for member in members for index in member.changes}):
        for member in members:
            member.move(index)
        worst = max(members, key=lambda member: member.severity)
        values[index:] = worst.values[index:]
        new = worst.status if worst.severity >= 0 else None
        if new != old:
            value = float(values[index])
            changes.append(Change(index, old, new, None if np.isnan(value) else value, 0))
            old = new
    return changes, values
