"""What the account holds, as plain values. Times are whole seconds since the epoch, where nothing else is said."""

from typing import Any, Literal, NamedTuple

Type = Literal['count', 'rate', 'gauge', 'distribution']
AGGREGATES = 'avg', 'sum', 'min', 'max', 'count', 'last'
Method = Literal['avg', 'sum', 'min', 'max', 'count', 'last'] | str
"""What becomes of the points of a bucket: one of `AGGREGATES` or, for distributions, a percentile from p0 to p100."""


class Series(NamedTuple):
    """What tells a series from the others, and what its points mean."""

    metric: str
    host: str
    """Empty where the points have none."""
    tags: tuple[str, ...]
    """Sorted, without those of the host. A `device:` tag is among them."""
    type: Type = 'gauge'
    interval: int = 0
    """Seconds that a point of a count or rate stands for; 0 where the sender names none."""


Point = tuple[Series, int, float]
"""A value of a series at a time."""


class Sketch(NamedTuple):
    """The values of a distribution at a time, as an Agent counts them in bins: see `sketches`."""

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
    """What a service did for one resource, in the bucket of some seconds that begins at `time`."""

    service: str
    name: str
    resource: str
    status: int
    host: str
    time: int
    hits: int
    errors: int
    duration: int
    """Nanoseconds, of all hits together."""


class Transition(NamedTuple):
    """A group of a monitor came into a state."""

    monitor: int
    group: str
    time: int
    status: str
    value: float | None


class Mail(NamedTuple):
    id: int
    time: int
    sent: bool
    """Whether an SMTP server took it."""
    body: dict[str, Any]
    """`to` (a list), `subject`, `text`, `html`, and what the sender wants to remember."""


class Received(NamedTuple):
    method: str
    path: str
    kept: bool
    requests: int
    bytes: int
    items: int
    """Points, checks, hosts, spans, statistics, or logs, of what was kept."""
    last: int
