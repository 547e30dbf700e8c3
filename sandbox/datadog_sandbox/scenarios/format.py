"""The format of a scenario: its models, its JSON Schema, and the lines of what is wrong in a file."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self
from zoneinfo import ZoneInfo

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from datadog_sandbox.downtimes import DowntimeError, zone

from . import inputs, times

LARGEST = 2**31 - 1
Path_ = tuple[str | int, ...]
"""Where something is in a file: keys and positions."""


class Problem(NamedTuple):
    file: Path
    line: int | None
    message: str

    def __str__(self) -> str:
        return f'{self.file}:{self.line}: {self.message}' if self.line else f'{self.file}: {self.message}'


class ScenarioError(Exception):
    """What is wrong with a scenario, all of it, in the order of the lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems, key=lambda problem: (str(problem.file), problem.line or 0))
        super().__init__('\n'.join(map(str, self.problems)))


# Single values


def _text(read: Callable[[str], Any]) -> BeforeValidator:
    """Read a value from a text, and refuse everything else with the words in which `read` refuses."""
    return BeforeValidator(lambda value: read(value if isinstance(value, str) else json.dumps(value, default=str)))


def _checked(check: Callable[[str], Any]) -> Callable[[str], str]:
    def same(value: str) -> str:
        check(value)
        return value

    return same


def _zone(name: str) -> str:
    try:
        zone(name)
    except DowntimeError as error:
        raise ValueError(str(error).removesuffix('.')) from None
    return name


def _at_least_a_second(text: str) -> int:
    seconds = times.duration(text)
    if not seconds:
        raise ValueError(f'{text!r} is not longer than 0s')
    return seconds


PATTERN = f'^{times.DURATION}$'
Duration = Annotated[int, _text(_at_least_a_second), WithJsonSchema({'type': 'string', 'pattern': PATTERN})]
Time = Annotated[str, _text(times.check)]
Start = Annotated[str, _text(_checked(lambda text: times.local(text, ZoneInfo('UTC'))))]
Zone = Annotated[str, AfterValidator(_zone)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Several = Annotated[list[Finite | None], Field(min_length=1)]
Two = Annotated[list[Finite], Field(min_length=2, max_length=2)]
State = Literal['OK', 'Warn', 'Alert', 'No Data', 'Skipped', 'absent']
Count = Annotated[int, Field(ge=0, le=LARGEST)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra='forbid', strict=True, frozen=True, use_attribute_docstrings=True)


class _Open(_Strict):
    """What Datadog made: it may hold more than is read here."""

    model_config = ConfigDict(extra='allow')


# What is rehearsed


class AssetFile(_Strict):
    """Monitors or downtimes in files."""

    file: str
    """Path of a JSON file, relative to the scenario; `*` stands for anything in a name."""


class MonitorFile(AssetFile):
    """Monitors in files, with what is added to each of them."""

    notify: list[str] = []
    """Addresses or handles to add to the message, such as you@example.com or @slack-ops."""
    tags: list[str] = []
    """Tags to add to the monitor, such as team:web."""


class Thresholds(_Open):
    critical: Finite | None = None
    warning: Finite | None = None
    critical_recovery: Finite | None = None
    warning_recovery: Finite | None = None


class Options(_Open):
    KNOWN: ClassVar = {
        'aggregation', 'device_ids', 'enable_logs_sample', 'enable_samples', 'group_retention_duration',
        'groupby_simple_monitor', 'locked', 'min_failure_duration', 'min_location_failed', 'new_host_delay',
        'notification_preset_name', 'notify_audit', 'notify_by', 'scheduling_options', 'silenced',
        'synthetics_check_id', 'threshold_windows', 'variables', 'avalanche_window', 'queue_config',
    }  # fmt: skip

    thresholds: Thresholds | None = None
    notify_no_data: bool | None = None
    no_data_timeframe: Count | None = None
    on_missing_data: Literal['default', 'show_no_data', 'show_and_notify_no_data', 'resolve'] | None = None
    timeout_h: Count | None = None
    new_group_delay: Count | None = None
    evaluation_delay: Count | None = None
    require_full_window: bool | None = None
    renotify_interval: Count | None = None
    renotify_occurrences: Count | None = None
    renotify_statuses: list[Literal['alert', 'warn', 'no data']] | None = None
    escalation_message: str | None = None
    include_tags: bool | None = None


class Monitor(_Open):
    """A monitor as Datadog's API has it."""

    KNOWN: ClassVar = {
        'assets', 'created', 'created_at', 'creator', 'deleted', 'draft_status', 'matching_downtimes', 'modified',
        'multi', 'org_id', 'overall_state', 'overall_state_modified', 'restricted_roles', 'restriction_policy', 'state',
    }  # fmt: skip

    name: str
    type: str
    query: str
    id: Annotated[int, Field(ge=1, le=2**53)] | None = None
    message: str | None = None
    tags: list[str] | None = None
    priority: Annotated[int, Field(ge=1, le=5)] | None = None
    options: Options | None = None


class Recurrence(_Open):
    KNOWN: ClassVar[set[str]] = set()

    rrule: str
    duration: str
    start: str | None = None
    """A local time such as 2026-11-23T19:00; without one, the recurrence begins before the test."""
    time: str | None = None
    """The time of the day instead of a start, such as 19:00."""


class Schedule(_Open):
    KNOWN: ClassVar = {'current_downtime'}

    timezone: Zone | None = None
    recurrences: list[Recurrence] | None = None
    start: str | None = None
    end: str | None = None


class Identifier(_Open):
    KNOWN: ClassVar[set[str]] = set()

    monitor_id: int | None = None
    monitor_tags: list[str] | None = None


class Downtime(_Open):
    """A downtime: the attributes that API v2 has, or `title`, `message`, and `recurrences` alone."""

    model_config = ConfigDict(
        json_schema_extra={'not': {'anyOf': [{'required': [key]} for key in ('file', 'attributes', 'data')]}}
    )
    KNOWN: ClassVar = {'display_timezone', 'modified', 'run_as', 'status'}

    title: str | None = None
    message: str | None = None
    recurrences: list[Recurrence] | None = None
    """In the place of a schedule: recurrences in the time zone of the scenario."""
    schedule: Schedule | None = None
    scope: str | None = None
    monitor_identifier: Identifier | None = None
    """By default, all monitors."""
    mute_first_recovery_notification: bool | None = None
    notify_end_states: list[Literal['alert', 'no data', 'warn']] | None = None
    notify_end_types: list[Literal['canceled', 'expired']] | None = None
    created: str | None = None
    canceled: str | None = None


class DowntimeResource(_Open):
    """A downtime as API v2 takes and gives it."""

    KNOWN: ClassVar = {'type', 'id', 'relationships'}

    attributes: Downtime


class DowntimeBody(_Open):
    """A request or an answer of API v2."""

    KNOWN: ClassVar = {'included', 'meta'}

    data: DowntimeResource


def _which_monitor(value: Any) -> str:
    return 'MonitorFile' if isinstance(value, str | MonitorFile) or _has(value, 'file') else 'Monitor'


def _which_downtime(value: Any) -> str:
    if isinstance(value, str | AssetFile) or _has(value, 'file'):
        return 'AssetFile'
    return 'DowntimeBody' if _has(value, 'data') else 'DowntimeResource' if _has(value, 'attributes') else 'Downtime'


def _has(value: Any, key: str) -> bool:
    return isinstance(value, Mapping) and key in value


def _short[T](key: str, or_: type[T], of: Any = str) -> BeforeValidator:
    """Let a text stand for a mapping with one key."""
    return BeforeValidator(
        lambda value: {key: value} if isinstance(value, str) else value, json_schema_input_type=of | or_
    )


MonitorEntry = Annotated[
    Annotated[MonitorFile, _short('file', MonitorFile), Tag('MonitorFile')] | Annotated[Monitor, Tag('Monitor')],
    Discriminator(_which_monitor),
]
DowntimeEntry = Annotated[
    Annotated[AssetFile, _short('file', AssetFile), Tag('AssetFile')]
    | Annotated[Downtime, Tag('Downtime')]
    | Annotated[DowntimeResource, Tag('DowntimeResource')]
    | Annotated[DowntimeBody, Tag('DowntimeBody')],
    Discriminator(_which_downtime),
]

# What comes in


KINDS = ('constant', 'list', 'ramp', 'random', 'none')


class Step(_Strict):
    """What the points of a series are for some time: one of constant, list, ramp, random, and none."""

    model_config = ConfigDict(json_schema_extra={'oneOf': [{'required': [kind]} for kind in KINDS]})

    constant: Finite | None = None
    list: Several | None = None
    """One value after the other, again and again; null is a point that does not come."""
    ramp: Two | None = None
    """From the first value to the second, in a straight line."""
    random: Two | None = None
    """Between two bounds, both included; whole numbers where both bounds are whole."""
    seed: int = 0
    """Another seed gives other random values; the same seed always gives the same."""
    none: Literal[True] | None = None
    """No points."""
    lasts: Duration | None = Field(None, alias='for')
    """How long; only the last step may do without: it lasts until the end."""

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
        raise ValueError('only the last step may do without "for"')
    return steps


Values = Annotated[
    Annotated[Finite, Tag('number')]
    | Annotated[str, AfterValidator(_checked(inputs.notation)), Tag('notation')]
    | Annotated[list[Step], Field(min_length=1), AfterValidator(_steps), Tag('steps')],
    Discriminator(_which_values),
]


class InputSeries(_Strict):
    """A series, or several, and their points."""

    series: Annotated[str, _text(_checked(inputs.names))]
    """Metric and tags, such as my.metric{host:web-1,env:prod}; {1..3} makes a series of each number."""
    values: Values
    """A number, promtool's notation such as `5x10 0+2x5 _x3`, or a list of steps."""
    interval: Duration | None = None
    """Time from one point to the next; by default, that of the test."""
    type: Literal['gauge', 'count', 'rate'] = 'gauge'


class Host(_Strict):
    """What a host says of itself."""

    tags: list[str] = []
    """Tags that all series of the host have."""
    ip: str | None = None
    """The address that messages show as {{host.ip}}."""


# What is expected


class Group(_Strict):
    """What is expected of a group."""

    state: State | None = None
    """`Skipped`: new, and not evaluated yet. `absent`: there is no such group."""
    muted: bool | None = None
    """Whether a downtime mutes the group."""

    @model_validator(mode='after')
    def _something(self) -> Self:
        if self.state is None and self.muted is None:
            raise ValueError('state, or muted, or both are needed')
        return self


class MonitorTest(_Strict):
    """What is expected of groups of a monitor at a time."""

    eval_time: Time
    monitor: str | None = None
    """The name of the monitor, or of its file without .json; not needed where there is only one."""
    exp_groups: Annotated[
        dict[str, Annotated[Group, _short('state', Group, State)]],
        Field(min_length=1),
    ]
    """Groups, such as `host:web-1`, and their states; `*` stands for anything in a name, and for the only group."""


class MailTest(_Strict):
    """What mails are expected between two times."""

    start: Time | None = None
    """By default, the start of the test."""
    until: Time | None = None
    """The first time that does not count; by default, the end of the test."""
    monitor: str | None = None
    """Only mails of this monitor."""
    to: str | None = None
    """Only mails to this address, or handle such as @slack-ops."""
    title: str | None = None
    """Only mails whose title contains this."""
    text: str | None = None
    """Only mails whose text contains this."""
    exp_count: Annotated[int, Field(ge=0)] | None = None
    """How many there are; by default, one or more."""


class Test(_Strict):
    """A rehearsal."""

    name: str
    start: Start
    """Local date and time, such as 2026-11-23T09:00."""
    duration: Duration | None = None
    """By default, until the last time that is named in what is expected."""
    interval: Duration = 60
    """Time from one point of a series to the next."""
    input_series: list[InputSeries] = []
    monitor_test: list[MonitorTest] = []
    mail_test: list[MailTest] = []


class Scenario(_Strict):
    """Monitors and downtimes, and tests of them."""

    monitors: Annotated[list[MonitorEntry], Field(min_length=1)]
    """Paths, relative to this file, of Datadog's JSON; or monitors themselves."""
    downtimes: list[DowntimeEntry] = []
    """Paths, relative to this file, of Datadog's JSON; or downtimes themselves."""
    timezone: Zone = 'UTC'
    """That of the times in this file."""
    hosts: dict[str, Host] = {}
    """What hosts say of themselves."""
    tests: Annotated[list[Test], Field(min_length=1)]


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a scenario, for editors."""
    return {
        '$schema': 'https://json-schema.org/draft/2020-12/schema',
        'title': 'Scenario of datadog-sandbox rehearse',
        **{key: value for key, value in Scenario.model_json_schema().items() if key != 'title'},
    }


# Files


class _Loader(getattr(yaml, 'CSafeLoader', yaml.SafeLoader)):  # type: ignore[misc]
    """Reads scalars as YAML 1.2 does: 19:00 is no number in base 60, `no` is no false, and a date is a text."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag.rpartition(':')[2] in ('null', 'merge')]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_Loader.add_implicit_resolver('tag:yaml.org,2002:bool', re.compile(r'^(?:true|false)$'), list('tf'))
_Loader.add_implicit_resolver('tag:yaml.org,2002:int', re.compile(r'^[-+]?\d+$'), list('-+0123456789'))
_Loader.add_implicit_resolver(
    'tag:yaml.org,2002:float',
    re.compile(r'^[-+]?(?:\d+\.\d*|\.\d+|\d+(?=e))(?:e[-+]?\d+)?$'),
    list('-+.0123456789'),
)


DEEPEST = 50
"""Levels of lists and mappings inside each other."""

# In YAML 1.1, 010 is 8 and 09 is an error.
_Loader.add_constructor('tag:yaml.org,2002:int', lambda loader, node: int(node.value))


class Source(NamedTuple):
    """A scenario and the file that it was read from."""

    path: Path
    root: yaml.Node
    scenario: Scenario

    def problem(self, where: Path_, message: str) -> Problem:
        return Problem(self.path, _line(self.root, where), f'{words(where)}: {message}')

    def line(self, where: Path_) -> int:
        return _line(self.root, where)


def read(path: Path) -> Source:
    """Read a scenario. Raises `ScenarioError` with all that is wrong."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ScenarioError([Problem(path, None, error.strerror or str(error))]) from error
    try:
        if line := _too_deep(raw):
            raise ScenarioError([Problem(path, line, f'more than {DEEPEST} levels inside each other')])
        loader = _Loader(raw)
        root = loader.get_single_node()
        data = loader.construct_document(root) if root else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        raise ScenarioError([Problem(path, line, f'this is not YAML: {error.problem or error.context}')]) from error
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise ScenarioError([Problem(path, None, f'this is not YAML: {" ".join(str(error).split())}')]) from error
    if root is None:
        raise ScenarioError([Problem(path, None, 'the file is empty')])
    problems = [
        Problem(path, line, f'{key!r} is there twice, first in line {first}') for key, line, first in _twice(root)
    ]
    try:
        scenario = Scenario.model_validate(data)
    except ValidationError as error:
        problems += [_problem(path, root, found) for found in error.errors(include_url=False)]
    if problems:
        raise ScenarioError(problems)
    return Source(path, root, scenario)


def _too_deep(raw: bytes) -> int | None:
    """Return the line in which more levels begin than the loader may be given: it calls itself for each, in C."""
    depth = 0
    for event in yaml.parse(raw, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                mark = event.start_mark
                return mark.line + 1 if mark else 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return None


def _twice(root: yaml.Node) -> Iterator[tuple[str, int, int]]:
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if id(node) in seen or isinstance(node, yaml.ScalarNode):
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting += node.value
            continue
        lines: dict[str, int] = {}
        for key, value in node.value:
            waiting.append(value)
            if isinstance(key, yaml.ScalarNode):
                line = key.start_mark.line + 1
                if key.value in lines and lines[key.value] != line:
                    yield key.value, line, lines[key.value]
                lines.setdefault(key.value, line)


def _line(root: yaml.Node, where: Path_) -> int:
    """Return the line of the deepest part of a path that is in the file."""
    node, line = root, root.start_mark.line
    for part in where:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == str(part):
                    node, line = value, key.start_mark.line
                    break
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line
    return line + 1


def words(where: Path_) -> str:
    """Write a path as people do: `tests[0].input_series[1].series`."""
    # The names of alternatives are no part of the file.
    text = ''.join(f'[{part}]' if isinstance(part, int) else f'.{part}' for part in where if part not in ALTERNATIVES)
    return text.removeprefix('.') or 'scenario'


def _problem(path: Path, root: yaml.Node, error: Any) -> Problem:
    where = tuple(part for part in error['loc'] if part not in ALTERNATIVES)
    owner = where[:-1] if error['type'] in ('extra_forbidden', 'missing') else where
    return Problem(path, _line(root, where), f'{words(owner)}: {message(error)}')


def message(error: Any) -> str:
    """Return in words what is wrong."""
    kind, context = error['type'], error.get('ctx') or {}
    if kind == 'extra_forbidden':
        return f'unknown key {error["loc"][-1]!r}; allowed are {_allowed(error["loc"])}'
    if kind == 'missing':
        return f'{error["loc"][-1]!r} is missing'
    if kind == 'value_error':
        return str(context['error'])
    said = MESSAGES[kind].format(**context) if kind in MESSAGES else f'{error["msg"][0].lower()}{error["msg"][1:]}'
    return f'{said}, not {_given(error["input"])}'


ALTERNATIVES = {
    'MonitorFile', 'Monitor', 'AssetFile', 'Downtime', 'DowntimeResource', 'DowntimeBody',
    'number', 'notation', 'steps',
}  # fmt: skip
MESSAGES = {
    'string_type': 'must be a text',
    'int_type': 'must be a whole number',
    'float_type': 'must be a number',
    'bool_type': 'must be true or false',
    'list_type': 'must be a list',
    'dict_type': 'must be a mapping',
    'model_type': 'must be a mapping',
    'literal_error': 'must be one of {expected}',
    'too_short': 'must have {min_length} or more',
    'too_long': 'must have at most {max_length}',
    'greater_than_equal': 'must be {ge} or more',
    'less_than_equal': 'must be {le} or less',
    'finite_number': 'must be a finite number',
}


def _given(value: Any) -> str:
    if isinstance(value, Mapping):
        return f'a mapping of {len(value)}'
    if isinstance(value, list):
        return f'a list of {len(value)}'
    return str(json.dumps(value, default=str, ensure_ascii=False))[:80]


def _allowed(where: Path_) -> str:
    """Return the keys that are allowed beside one that is not."""
    root = schema()
    here: Any = root
    for part in where[:-1]:
        if part in root['$defs']:
            here = root['$defs'][part]
            continue
        for one in (here, *here.get('anyOf', ()), *here.get('oneOf', ())):
            if '$ref' in one:
                one = root['$defs'][one['$ref'].rpartition('/')[2]]
            inner = one.get('items') if isinstance(part, int) else one.get('properties', {}).get(part)
            inner = inner or (one.get('additionalProperties') if isinstance(part, str) else None)
            if inner:
                here = inner
                break
    found = [here, *here.get('anyOf', ())]
    found += [root['$defs'][one['$ref'].rpartition('/')[2]] for one in found if '$ref' in one]
    return ', '.join(dict.fromkeys(key for one in found for key in one.get('properties', ())))


def unknown(body: BaseModel, where: Path_ = ()) -> Iterator[tuple[Path_, str]]:
    """Yield the keys of something written by hand in Datadog's format that Datadog does not have."""
    known = {*type(body).model_fields, *getattr(type(body), 'KNOWN', ())}
    for key in body.model_extra or {}:
        if key not in known:
            near = get_close_matches(key, known, 1)
            yield (*where, key), f'Datadog has no {key!r} here{f"; did you mean {near[0]!r}?" if near else ""}'
    for field in type(body).model_fields:
        value = getattr(body, field)
        for place, part in [(place, part) for place, part in _parts(field, value) if isinstance(part, BaseModel)]:
            yield from unknown(part, (*where, *place))


def _parts(field: str, value: Any) -> list[tuple[Path_, Any]]:
    return (
        [((field, index), part) for index, part in enumerate(value)] if isinstance(value, list) else [((field,), value)]
    )
