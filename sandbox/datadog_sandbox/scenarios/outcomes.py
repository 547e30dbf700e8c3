"""What happened in a test."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from datadog_sandbox.downtimes import Window


class Change(NamedTuple):
    """A group came into a state; an empty one when it was forgotten."""

    moment: int
    monitor: int
    group: str
    old: str
    new: str
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
    """A group of a monitor as time went on."""

    monitor: int
    group: str
    changes: list[Change] = field(default_factory=list)
    mutes: list[Window] = field(default_factory=list)

    def state(self, moment: int) -> str:
        """Return the last state that the group came into; empty before the first."""
        return next((change.new for change in reversed(self.changes) if change.moment <= moment), '')

    def muted(self, moment: int) -> bool:
        return any(window.start <= moment < window.end for window in self.mutes)


@dataclass
class Outcome:
    """What happened in a test."""

    file: Path
    name: str
    line: int
    start: int
    end: int
    zone: ZoneInfo
    monitors: dict[int, str]
    """The names by their ids."""
    tracks: list[Track]
    mails: list[Mail]
    downtimes: list[tuple[str, Window]]
    """Those that mute a group, by their start."""
    failures: list[Failure]
    expected: int
    """How many expectations there are."""
    branches: set[tuple[int, int]] = field(default_factory=set)
    """The id of a monitor and the number of a branch of its message, of those that a mail showed."""
    notes: list[str] = field(default_factory=list)
    """What of the scenario is not, or only nearly, rehearsed as Datadog does it."""
    subjects: frozenset[int] = frozenset()
    """The ids of the monitors that expectations name."""
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether something is expected, and all is as expected."""
        return not self.failures and self.expected > 0
