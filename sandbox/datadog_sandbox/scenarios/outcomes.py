"""The outcome of a test: changes of groups, mails, downtimes, and failures."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from datadog_sandbox.downtimes import Window


class Change(NamedTuple):
    """A group changed its state."""

    moment: int
    monitor: int
    group: str
    old: str
    new: str
    """Empty when the group was forgotten."""
    value: float | None


class Mail(NamedTuple):
    moment: int
    monitor: int | None
    to: tuple[str, ...]
    title: str
    text: str


class Failure(NamedTuple):
    """An expectation that was not met."""

    moment: int
    line: int
    message: str


@dataclass
class Track:
    """The history of a group of a monitor."""

    monitor: int
    group: str
    changes: list[Change] = field(default_factory=list)
    mutes: list[Window] = field(default_factory=list)

    def state(self, moment: int) -> str:
        """Return the state at a moment; empty before the first change."""
        return next((change.new for change in reversed(self.changes) if change.moment <= moment), '')

    def muted(self, moment: int) -> bool:
        return any(window.start <= moment < window.end for window in self.mutes)


@dataclass
class Outcome:
    """What happened in a test, and which expectations were not met."""

    file: Path
    name: str
    line: int
    start: int
    end: int
    zone: ZoneInfo
    monitors: dict[int, str]
    """Names by id."""
    tracks: list[Track]
    mails: list[Mail]
    downtimes: list[tuple[str, Window]]
    """Names and windows of the downtimes that cover a monitor, by their start."""
    failures: list[Failure]
    expected: int
    """How many expectations there are."""
    branches: set[tuple[int, int]] = field(default_factory=set)
    """The branches of messages that mails showed: the id of a monitor, and the number of a branch of its message."""
    notes: list[str] = field(default_factory=list)
    """Where the rehearsal differs from Datadog."""
    not_due: dict[int, str] = field(default_factory=dict)
    """Why monitors were never evaluated, by their ids."""
    subjects: frozenset[int] = frozenset()
    """The ids of the monitors that expectations name."""
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether something is expected, and all is as expected."""
        return not self.failures and self.expected > 0
