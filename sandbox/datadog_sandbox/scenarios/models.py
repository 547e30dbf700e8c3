"""A scenario: what is rehearsed, the points that come in, and what is expected."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from . import inputs
from .fields import (
    Duration,
    Finite,
    Points,
    Range,
    Start,
    State,
    Strict,
    Time,
    Zone,
    checked,
    shorthand,
    string,
)
from .resources import DowntimeEntry, MonitorEntry

KINDS = ('constant', 'list', 'ramp', 'random', 'none')


class Step(Strict):
    """The values of a series for some time: one of constant, list, ramp, random, and none."""

    model_config = ConfigDict(json_schema_extra={'oneOf': [{'required': [kind]} for kind in KINDS]})

    constant: Finite | None = None
    list: Points | None = None
    """Values in turn, repeated until the step ends; null is a missing point."""
    ramp: Range | None = None
    """From the first value to the second, in a straight line."""
    random: Range | None = None
    """Between two bounds, both included; whole numbers where both bounds are whole."""
    seed: int = 0
    """The same seed always gives the same random values."""
    none: Literal[True] | None = None
    """No points."""
    lasts: Duration | None = Field(None, alias='for')
    """How long; the last step may leave it out: it lasts until the end of the test."""

    @model_validator(mode='after')
    def _one_kind(self) -> Self:
        given = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ValueError(f'a step has one of {", ".join(KINDS)}, not {" and ".join(given) or "none of them"}')
        if self.random and self.random[0] > self.random[1]:
            raise ValueError(f'random goes from the lower bound to the higher, not from {self.random[0]:g}')
        return self


def _which_values(value: Any) -> str:
    return 'steps' if isinstance(value, list) else 'notation' if isinstance(value, str) else 'number'


def _steps(steps: Sequence[Step]) -> Sequence[Step]:
    if any(step.lasts is None for step in steps[:-1]):
        raise ValueError('only the last step may leave out "for"')
    return steps


Values = Annotated[
    Annotated[Finite, Tag('number')]
    | Annotated[str, AfterValidator(checked(inputs.notation)), Tag('notation')]
    | Annotated[list[Step], Field(min_length=1), AfterValidator(_steps), Tag('steps')],
    Discriminator(_which_values),
]


class InputSeries(Strict):
    """A series, or several, and their points."""

    series: Annotated[str, string(checked(inputs.names))]
    """Metric and tags, such as my.metric{host:web-1,env:prod}; {1..3} makes a series of each number."""
    values: Values
    """A number, promtool's notation such as `5x10 0+2x5 _x3`, or a list of steps."""
    interval: Duration | None = None
    """Time from one point to the next; by default, that of the test."""
    type: Literal['gauge', 'count', 'rate'] = 'gauge'


class Host(Strict):
    """The metadata of a host."""

    tags: list[str] = []
    """Tags that all series of the host inherit."""
    ip: str | None = None
    """The address that messages show as {{host.ip}}."""


# What is expected


class Group(Strict):
    """The expected state of a group, whether it is muted, or both."""

    state: State | None = None
    """`Skipped`: new, and not evaluated yet. `absent`: there is no such group."""
    muted: bool | None = None
    """Whether a downtime mutes the group."""

    @model_validator(mode='after')
    def _something(self) -> Self:
        if self.state is None and self.muted is None:
            raise ValueError('state, or muted, or both are needed')
        return self


class MonitorTest(Strict):
    """The expected states of groups of a monitor at a time."""

    eval_time: Time
    monitor: str | None = None
    """The name of the monitor, or of its file without .json; not needed where there is only one."""
    exp_groups: Annotated[
        dict[str, Annotated[Group, shorthand('state', Group, State)]],
        Field(min_length=1),
    ]
    """Groups, such as `host:web-1`, and their states; `*` stands for anything in a name, and for the only group."""


class MailTest(Strict):
    """How many mails are expected between two times."""

    start: Time | None = None
    """By default, the start of the test."""
    until: Time | None = None
    """Mails before this time count; by default, those until the end of the test."""
    monitor: str | None = None
    """Only mails of this monitor."""
    to: str | None = None
    """Only mails to this address, or handle such as @slack-ops."""
    title: str | None = None
    """Only mails whose title contains this."""
    text: str | None = None
    """Only mails whose text contains this."""
    exp_count: Annotated[int, Field(ge=0)] | None = None
    """How many such mails there must be; by default, one or more."""


class Test(Strict):
    """A test: points that come in, and what is expected of the monitors."""

    name: str
    start: Start
    """Local date and time, such as 2026-11-23T09:00."""
    duration: Duration | None = None
    """How long the test lasts; by default, until the last time in its expectations."""
    interval: Duration = 60
    """Time from one point of a series to the next."""
    input_series: list[InputSeries] = []
    monitor_test: list[MonitorTest] = []
    mail_test: list[MailTest] = []


class Scenario(Strict):
    """Monitors and downtimes, and tests of them."""

    monitors: Annotated[list[MonitorEntry], Field(min_length=1)]
    """Paths, relative to this file, of Datadog's JSON; or monitors themselves."""
    downtimes: list[DowntimeEntry] = []
    """Paths, relative to this file, of Datadog's JSON; or downtimes themselves."""
    timezone: Zone = 'UTC'
    """The time zone of all times in this file, such as Europe/Paris."""
    hosts: dict[str, Host] = {}
    """Hosts by name: the tags that their series inherit, and their addresses."""
    tests: Annotated[list[Test], Field(min_length=1)]


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a scenario, for editors."""
    return {
        '$schema': 'https://json-schema.org/draft/2020-12/schema',
        'title': 'Scenario of datadog-sandbox rehearse',
        **{key: value for key, value in Scenario.model_json_schema().items() if key != 'title'},
    }
