"""The types of values that the evaluation of monitors shares: states, levels, notices, remarks."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any, Literal, NamedTuple, TypedDict

Monitor = Mapping[str, Any]
"""The body of a monitor as in the API."""
Status = Literal['OK', 'Warn', 'Alert', 'No Data', 'Skipped']
NoticeKind = Literal['alert', 'warn', 'no data', 'recovery', 'renotify', 'downtime end']

TRIGGERED: tuple[Status, ...] = ('Alert', 'Warn', 'No Data')
"""The states that are not OK, from the worst to the mildest."""


class Level(IntEnum):
    """The meaning of a reading by itself; all but the last are states of a group as well."""

    OK = 0
    WARN = 1
    ALERT = 2
    NO_DATA = 3
    """The reading itself is No Data, as that of a composite monitor may be."""
    MISSING = 4
    """There is no value to compare: the state depends on how long data has been missing."""


class Absence(IntEnum):
    """The effect of the time since the last point of a group."""

    NONE = 0
    MISSING = 1
    """The group counts as without data."""
    RESOLVED = 2
    """The group recovers by itself."""
    FORGOTTEN = 3
    """The group is removed."""


STATUSES: tuple[Status, ...] = ('OK', 'Warn', 'Alert', 'No Data')
"""The state of each `Level` but the last."""


class State(TypedDict, total=False):
    """The stored state of a group. Times are moments, in seconds since the epoch."""

    status: Status
    tags: dict[str, str]
    since: int
    value: float | None
    """The value at `since`."""
    renotified: int
    """The number of reminders that were sent in this state."""
    first_data: int
    """While the group is 'Skipped': when its first point came."""
    last_data: int
    """While the window is empty: when the last point came."""
    first_triggered: int
    """When the group left OK; absent while it is OK."""
    last_triggered_ts: int
    last_nodata_ts: int
    last_resolved_ts: int
    last_notified_ts: int


class Notice(NamedTuple):
    """A notification of a group at a moment, which is mailed unless it is muted."""

    group: str
    tags: dict[str, str]
    moment: int
    kind: NoticeKind
    old: str
    """The state before; empty for a new group, and equal to `new` for reminders and ends of downtimes."""
    new: str
    value: float | None
    muted: bool
    """Whether a downtime mutes it, so that it is not mailed."""
    first_triggered: int | None
    """When the group left OK."""
    last_triggered: int | None
    """When it last came into a state that is not OK."""


class Link(str):
    """An address of the account, which a message shows as it is."""


class Remark(NamedTuple):
    """A difference between the evaluation of a monitor here and in Datadog."""

    code: str
    """The kind of difference, such as `option-notify_audit`."""
    message: str
    """One sentence."""
    approximated: bool
    """Whether it changes results; otherwise, something has no effect here."""
