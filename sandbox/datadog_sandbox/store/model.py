"""The data of an account as plain values. Times are whole seconds since the epoch unless noted."""

from typing import Any, Literal, NamedTuple

Type = Literal['count', 'rate', 'gauge', 'distribution']
# `last` is not documented, but taken.
AGGREGATES = 'avg', 'sum', 'min', 'max', 'count', 'last'
Method = Literal['avg', 'sum', 'min', 'max', 'count', 'last'] | str
"""How the points of a bucket are aggregated: one of `AGGREGATES`; for distributions, also a percentile (p0 to p100)."""


class Series(NamedTuple):
    """A series: metric, host, and tags distinguish it from others; type and interval say what its points mean."""

    metric: str
    host: str
    """Empty for points without a host."""
    tags: tuple[str, ...]
    """Sorted, including `device:`, without the tags of the host."""
    type: Type = 'gauge'
    interval: int = 0
    """Seconds that a point of a count or rate covers; 0 if the sender did not say."""


Point = tuple[Series, int, float]
"""A value of a series at a time."""


class Sketch(NamedTuple):
    """The values of a distribution at a time, counted in bins as by an Agent: see `sketches`."""

    series: Series
    time: int
    size: int
    """How many values there are."""
    min: float
    max: float
    sum: float
    keys: tuple[int, ...]
    counts: tuple[int, ...]


class Host(NamedTuple):
    name: str
    tags: tuple[str, ...]
    meta: dict[str, Any]
    last_seen: int


class ServiceCheck(NamedTuple):
    name: str
    host: str
    tags: tuple[str, ...]
    status: int
    """0 OK, 1 warning, 2 critical, 3 unknown."""
    time: int
    message: str


class Span(NamedTuple):
    trace: str
    id: str
    parent: str
    """'0' in the root span."""
    service: str
    name: str
    resource: str
    type: str
    start: int
    """Nanoseconds since the epoch."""
    duration: int
    """Nanoseconds."""
    error: int
    host: str
    env: str
    meta: dict[str, str]
    metrics: dict[str, float]


class Log(NamedTuple):
    id: int
    """Given by the account; 0 before."""
    time: int
    """Milliseconds since the epoch."""
    host: str
    service: str
    source: str
    status: str
    message: str
    tags: tuple[str, ...]
    attributes: dict[str, Any]
    """Nested, as they were sent."""


class TraceStat(NamedTuple):
    """Statistics of a service for a resource, in the bucket that begins at `time`."""

    service: str
    name: str
    resource: str
    status: int
    host: str
    time: int
    hits: int
    errors: int
    duration: int
    """Nanoseconds, the sum over all hits."""


class Transition(NamedTuple):
    """A change of the state of a group of a monitor."""

    monitor: int
    group: str
    time: int
    status: str
    value: float | None


class Mail(NamedTuple):
    id: int
    time: int
    sent: bool
    """Whether an SMTP server accepted it."""
    body: dict[str, Any]
    """`to` (a list), `subject`, `text`, `html`, and keys that say what the mail is about, such as `monitor`."""


class Received(NamedTuple):
    """Counts of requests with the same method and path."""

    method: str
    path: str
    kept: bool
    requests: int
    bytes: int
    items: int
    """How many points, checks, hosts, spans, statistics, or logs were stored."""
    last: int
