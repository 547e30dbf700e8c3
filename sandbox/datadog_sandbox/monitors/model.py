"""What the evaluation of monitors is about: states, levels, notices, remarks."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any, Literal, NamedTuple, TypedDict

Monitor = Mapping[str, Any]
"""The body of a monitor as the API keeps it."""
Status = Literal['OK', 'Warn', 'Alert', 'No Data', 'Skipped']
Kind = Literal['alert', 'warn', 'no data', 'recovery', 'renotify', 'downtime end']

TRIGGERED: tuple[Status, ...] = ('Alert', 'Warn', 'No Data')
"""From the worst to the best."""


class Level(IntEnum):
    """What the reading of a group at a moment means by itself; all but the last are states of a group as well."""

    OK = 0
    WARN = 1
    ALERT = 2
    NO_DATA = 3
    """The reading itself says that data is missing, such as that of a composite monitor."""
    MISSING = 4
    """There is nothing to compare with a threshold: what follows depends on how long that lasts."""


class Silence(IntEnum):
    """What the time without data means for a group."""

    NONE = 0
    MISSING = 1
    """Long enough for what the monitor does about missing data."""
    RESOLVED = 2
    """So long that the group recovers by itself."""
    FORGOTTEN = 3
    """So long that the group is dropped."""


STATUSES: tuple[Status, ...] = ('OK', 'Warn', 'Alert', 'No Data')
"""The state that each `Level` stands for."""


class State(TypedDict, total=False):
    """What is kept of a group. Times are moments, in seconds since the epoch."""

    status: Status
    tags: dict[str, str]
    since: int
    value: float | None
    """At `since`."""
    renotified: int
    """How many reminders of this state were sent."""
    first_data: int
    """While the group is 'Skipped': when its first point came."""
    last_data: int
    """While the window is empty: when the last point came."""
    first_triggered: int
    """When the group left OK; not there while it is OK."""
    last_triggered_ts: int
    last_nodata_ts: int
    last_resolved_ts: int
    last_notified_ts: int


class Notice(NamedTuple):
    """Something to notify of, for a group at a moment."""

    group: str
    tags: dict[str, str]
    moment: int
    kind: Kind
    old: str
    """The state before; empty for a group that had none, and the same as `new` where nothing changed."""
    new: str
    value: float | None
    muted: bool
    """By a downtime: it is not mailed."""
    first_triggered: int | None
    """When the group left OK."""
    last_triggered: int | None
    """When it last came into a state that is not OK."""


class Remark(NamedTuple):
    """Something of a monitor that is not, or only nearly, evaluated as Datadog does."""

    code: str
    """Names the kind of remark, such as `option-notify_audit`."""
    message: str
    """One sentence."""
    approximated: bool
