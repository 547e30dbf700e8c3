"""A scenario: the monitors and downtimes that are rehearsed, the data that comes in, and the expectations."""

import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from . import inputs
from .descriptions import describe
from .fields import (
    Duration,
    Finite,
    Points,
    Range,
    Start,
    State,
    Status,
    Strict,
    Time,
    Zone,
    checked,
    shorthand,
    string,
)
from .records import EventSeries, LogSeries, SpanSeries
from .resources import DowntimeEntry, MonitorEntry

KINDS = ('constant', 'list', 'ramp', 'random', 'none')


class Step(Strict):
    """The values of a series for a while: exactly one of constant, list, ramp, random, and none."""

    model_config = ConfigDict(json_schema_extra={'oneOf': [{'required': [kind]} for kind in KINDS]})

    constant: Finite | None = None
    list: Points | None = None
    """Values in turn, repeated until the step ends; null is a missing point."""
    ramp: Range | None = None
    """From the first value to the second, in a straight line."""
    random: Range | None = None
    """Random values between two bounds, both included; whole numbers if both bounds are whole."""
    seed: int = 0
    """The same seed always gives the same random values."""
    none: Literal[True] | None = None
    """No points."""
    lasts: Duration | None = Field(None, alias='for')
    """How long the step lasts. Only the last step may omit it: it then lasts until the end of the test."""

    @model_validator(mode='after')
    def _exactly_one_kind(self) -> Self:
        kinds = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(kinds) != 1:
            raise ValueError(f'a step has one of {", ".join(KINDS)}, not {" and ".join(kinds) or "none of them"}')
        if self.random and self.random[0] > self.random[1]:
            raise ValueError(f'random goes from the lower bound to the higher one, not from {self.random[0]:g}')
        low, high = self.ramp or self.random or (0, 0)
        if not math.isfinite(high - low):
            raise ValueError(f'from {low:g} to {high:g} is more than a number can hold')
        return self


class Recorded(Strict):
    """Points from a file."""

    file: str
    """Path, relative to the scenario, of a response of Datadog's query API (v1, v2), or of a CSV of times and
    values."""
    move: bool = True
    """Shift the times so that the first point is at the start of the test; false keeps the recorded times."""


def _which_values(value: Any) -> str:
    if isinstance(value, Mapping | Recorded):
        return 'recorded'
    return 'steps' if isinstance(value, list) else 'notation' if isinstance(value, str) else 'number'


def _steps(steps: Sequence[Any]) -> Sequence[Any]:
    if any(step.lasts is None for step in steps[:-1]):
        raise ValueError('only the last step may omit "for"')
    return steps


Values = Annotated[
    Annotated[Finite, Tag('number')]
    | Annotated[str, AfterValidator(checked(inputs.notation)), Tag('notation')]
    | Annotated[list[Step], Field(min_length=1), AfterValidator(_steps), Tag('steps')]
    | Annotated[Recorded, Tag('recorded')],
    Discriminator(_which_values),
]


class InputSeries(Strict):
    """A series, or several, and their points."""

    series: Annotated[str, string(checked(inputs.names))] | None = None
    """Metric and tags, such as my.metric{host:web-1,env:prod}; {1..3} stands for three series, one for each number.
    For recorded points: the metric, if the file does not name it, and tags to add."""
    values: Values
    """A number, promtool's notation such as `5x10 0+2x5 _x3`, a list of steps, or recorded points in a file."""
    interval: Duration | None = None
    """Time between two points; by default, the interval of the test."""
    type: Literal['gauge', 'count', 'rate', 'distribution'] = 'gauge'

    @model_validator(mode='after')
    def _series(self) -> Self:
        recorded = isinstance(self.values, Recorded)
        if self.series is None and not recorded:
            raise ValueError("'series' is missing: it is optional only for recorded points in a file")
        if recorded and self.interval is not None:
            raise ValueError("'interval' is not allowed for recorded points: they have their times")
        if recorded and self.series is not None and len(inputs.names(self.series)) > 1:
            raise ValueError('recorded points allow one metric, and no range of series')
        return self


class CheckStep(Strict):
    """The status of a service check for a while."""

    status: Status
    lasts: Duration | None = Field(None, alias='for')
    """How long the status lasts. Only the last step may omit it: it then lasts until the end of the test."""


def _which_statuses(value: Any) -> str:
    return 'steps' if isinstance(value, list) else 'notation'


class CheckSeries(Strict):
    """The statuses that a service check reports."""

    check: Annotated[str, string(checked(inputs.names))]
    """Name and tags of the check, such as http.can_connect{host:web-1,url:shop}; {1..3} stands for three checks, one
    for each number."""
    values: Annotated[
        Annotated[str, AfterValidator(checked(inputs.statuses)), Tag('notation')]
        | Annotated[list[CheckStep], Field(min_length=1), AfterValidator(_steps), Tag('steps')],
        Discriminator(_which_statuses),
    ]
    """Statuses such as `ok x5 critical x3 _`, or a list of steps. `ok` alone lasts for the whole test."""
    message: str = ''
    """The message of each run, which mails show as {{check_message}}."""
    interval: Duration | None = None
    """Time between two runs; by default, the interval of the test."""


class Host(Strict):
    """The metadata of a host."""

    tags: list[str] = []
    """Tags that all series of the host inherit."""
    ip: str | None = None
    """The IP address, which messages show as {{host.ip}}."""


# What is expected


class Group(Strict):
    """The expected state of a group, whether it is muted, or both."""

    state: State | None = None
    """`Skipped`: the group is new and not evaluated yet. `absent`: the group does not exist."""
    muted: bool | None = None
    """Whether a downtime mutes the group."""

    @model_validator(mode='after')
    def _state_or_muted(self) -> Self:
        if self.state is None and self.muted is None:
            raise ValueError('state, muted, or both are needed')
        return self


class MonitorTest(Strict):
    """The expected states of groups of a monitor at a time."""

    eval_time: Time
    """When, such as 5m (from the start), 09:00, Mon 09:00, or 2026-11-23T09:00."""
    monitor: str | None = None
    """The name of the monitor, or of its file without .json; optional if the scenario has only one monitor."""
    exp_groups: Annotated[
        dict[str, Annotated[Group, shorthand('state', Group, State)]],
        Field(min_length=1),
    ]
    """Expected states by group, such as `host:web-1`. `*` matches any characters, and is also the name of the only
    group of a monitor without groups."""


class QueryTest(Strict):
    """The expected values of a query at a time."""

    query: str
    """A query such as `avg:my.metric{*} by {host}`, whose last value in the 5 minutes up to the time counts; or the
    query of a monitor without its comparison, such as `avg(last_5m):avg:my.metric{*} by {host}`."""
    eval_time: Time
    """When, such as 5m (from the start), 09:00, Mon 09:00, or 2026-11-23T09:00."""
    exp_values: Annotated[dict[str, Finite | None], Field(min_length=1)]
    """Expected values by group; null: the group has no value. `*` matches any characters, and is also the name of the
    only group of a query without groups."""
    tolerance: Annotated[Finite, Field(ge=0)] = 1e-9
    """The largest allowed difference of a value."""


class MailTest(Strict):
    """How many mails are expected between two times."""

    start: Time | None = None
    """Mails from this time on count; by default, from the start of the test."""
    until: Time | None = None
    """Mails before this time count; by default, up to the end of the test."""
    monitor: str | None = None
    """Only mails of this monitor."""
    to: str | None = None
    """Only mails to this address, or to this handle, such as @slack-ops."""
    title: str | None = None
    """Only mails whose title contains this."""
    text: str | None = None
    """Only mails whose rendered text contains this."""
    not_text: str | None = None
    """Only mails whose rendered text does not contain this."""
    exp_count: Annotated[int, Field(ge=0)] | None = None
    """How many such mails there must be; by default, one or more."""


class Test(Strict):
    """A test: the data that comes in, and what is expected of the monitors."""

    name: str
    start: Start
    """Local date and time, such as 2026-11-23T09:00."""
    duration: Duration | None = None
    """How long the test lasts; by default, until the last time in its expectations."""
    interval: Duration = 60
    """Time between two points of a series."""
    input_series: list[InputSeries] = []
    """Metrics that are sent."""
    check_series: list[CheckSeries] = []
    """Service checks that report."""
    event_series: list[EventSeries] = []
    """Events that are posted."""
    log_series: list[LogSeries] = []
    """Logs that are collected."""
    span_series: list[SpanSeries] = []
    """Spans of traces."""
    monitor_test: list[MonitorTest] = []
    """Expected states of groups."""
    query_test: list[QueryTest] = []
    """Expected values of queries."""
    mail_test: list[MailTest] = []
    """Expected mails."""


class Scenario(Strict):
    """Monitors and downtimes, and tests of them."""

    monitors: Annotated[list[MonitorEntry], Field(min_length=1)]
    """Monitors: paths, relative to this file, of files that hold them, or the monitors themselves."""
    downtimes: list[DowntimeEntry] = []
    """Downtimes: paths, relative to this file, of files that hold them, or the downtimes themselves."""
    timezone: Zone = 'UTC'
    """The time zone of all times in this file, such as Europe/Paris."""
    hosts: dict[str, Host] = {}
    """Hosts by name: the tags that their series inherit, and their IP addresses."""
    tests: Annotated[list[Test], Field(min_length=1)]


@cache
def schema() -> dict[str, Any]:
    """Return the JSON Schema of a scenario, for editors."""
    describe(Strict)
    return {
        '$schema': 'https://json-schema.org/draft/2020-12/schema',
        'title': 'Scenario of datadog-sandbox rehearse',
        **{key: value for key, value in Scenario.model_json_schema().items() if key != 'title'},
    }
