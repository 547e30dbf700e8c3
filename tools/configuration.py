"""Read a `conf.yaml` as an Agent would, and find everything that is wrong with it."""

import difflib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from datadog_checks.base import AgentCheck
from tools.package import SECTIONS, Package, load_check
from tools.text import one_line, show

# Seconds between two runs of an instance that sets no `min_collection_interval`.
# https://docs.datadoghq.com/developers/custom_checks/write_agent_check/#collection-interval
AGENT_INTERVAL = 15

# Bounds on what is read, checked before anything is built from it: an alias can multiply what it stands for.
MAX_BYTES = 2**20
MAX_VALUES = 100_000
MAX_DEPTH = 32
MAX_DIGITS = 400

TEXTS = {'service', 'name', 'namespace'}
FLAGS = {'empty_default_hostname', 'disable_generic_tags', 'enable_legacy_tags_normalization', 'no_index'}


@dataclass(frozen=True)
class Instance:
    """An instance that an Agent would run.

    The interval is in seconds. The service becomes a tag of every point; without a host, points carry no host name.
    """

    number: int
    check: AgentCheck
    interval: float
    service: str
    has_host: bool


@dataclass(frozen=True)
class Finding:
    """Something that is wrong with a file, or, as a warning, something that does not do what it seems to."""

    path: Path
    line: int | None
    text: str
    is_warning: bool = False

    def __str__(self) -> str:
        place = one_line(str(self.path), 4096) + (f':{self.line}' if self.line else '')
        return f'{place}: {"warning: " if self.is_warning else ""}{self.text}'


@dataclass
class Configuration:
    """The valid instances of a file, and what was found in it, by line."""

    path: Path
    package: Package
    instances: list[Instance] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_valid(self) -> bool:
        """Whether nothing was found but warnings."""
        return all(finding.is_warning for finding in self.findings)

    def error(self, line: int | None, text: str) -> None:
        self.findings.append(Finding(self.path, line, text))

    def warn(self, line: int, text: str) -> None:
        self.findings.append(Finding(self.path, line, text, is_warning=True))


class Unreadable(Exception):
    """A file that cannot be read at all, with the line where reading ended."""

    def __init__(self, line: int | None, text: str) -> None:
        super().__init__(text)
        self.line = line


class Loader(yaml.CSafeLoader):
    """A safe loader that names the line of a value that Python cannot hold, such as the date 2024-13-45."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, LookupError, TypeError, AttributeError, OverflowError):
            problem = f'{show(node.value)} is no {node.tag.rpartition(":")[2]}'
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark) from None


def load(path: Path, package: Package | None = None) -> Configuration:
    """Read a file for a check, by default ours. What is wrong with the file is not raised, but in the findings."""
    configuration = Configuration(path, package or load_check())
    try:
        root, data = _parse(path)
    except Unreadable as error:
        configuration.error(error.line, str(error))
        return configuration

    instances, init_config = data.get('instances'), data.get('init_config')
    _warn_of_unknown(configuration, root, data, 'at the top level')
    if not isinstance(instances, list) or not instances:
        is_there = f'is {show(instances)}, but' if 'instances' in data else 'is missing: it'
        configuration.error(_line(root, 'instances'), f'`instances` {is_there} must be a list of at least one instance')
        instances = []
    if not isinstance(init_config, dict | None):
        message = f'`init_config` is {show(init_config)}, but must be a mapping of options, or empty'
        configuration.error(_line(root, 'init_config'), message)
        init_config = None

    init_config = init_config or {}
    _warn_of_unknown(configuration, root, init_config, 'in `init_config`', 'init_config')
    if problems := list(_problems(init_config, configuration.package.shared_model)):
        for where, text in problems:
            configuration.error(_line(root, 'init_config', *where), f'init_config: {text}')
        # Reported once, and not again for each instance.
        init_config = {}
    for number, options in enumerate(instances, 1):
        _add_instance(configuration, root, number, init_config, options)

    configuration.findings.sort(key=lambda finding: finding.line or 0)
    return configuration


def _add_instance(
    configuration: Configuration, root: yaml.Node, number: int, init_config: dict[str, Any], options: Any
) -> None:
    where = ('instances', number - 1)
    if not isinstance(options, dict | None):
        message = f'instance {number} is {show(options)}, but must be a mapping of options'
        configuration.error(_line(root, *where), message)
        return

    # An Agent runs an empty instance with the default of each option.
    options = options or {}
    _warn_of_unknown(configuration, root, options, 'in an instance', *where)
    if isinstance(patterns := options.get('metric_patterns'), dict):
        _warn_of_unknown(configuration, root, patterns, 'in `metric_patterns`', *where, 'metric_patterns')
    if problems := list(_problems(options, configuration.package.instance_model)):
        for place, text in problems:
            configuration.error(_line(root, *where, *place), f'instance {number}: {text}')
        return

    try:
        check = configuration.package.check_class(configuration.package.name, init_config, [options])
        check.load_configuration_models()
    # The base package has rules of its own, each with its own kind of error.
    except Exception as error:
        configuration.error(_line(root, *where), f'instance {number} cannot be loaded: {one_line(str(error), 200)}')
        return

    _warn_of_surprises(configuration, root, number, options, check)
    configuration.instances.append(
        Instance(
            number,
            check,
            interval=options.get('min_collection_interval', AGENT_INTERVAL),
            service=options.get('service') or init_config.get('service') or '',
            has_host=not options.get('empty_default_hostname'),
        )
    )


def _warn_of_surprises(
    configuration: Configuration, root: yaml.Node, number: int, options: dict[str, Any], check: AgentCheck
) -> None:
    """Warn of what an Agent takes, but of which nobody may think."""
    where = ('instances', number - 1)
    # An integration may have service checks only.
    if (metrics := configuration.package.metrics) and not any(map(check.should_send_metric, metrics)):
        message = f'instance {number}: `metric_patterns` drop {", ".join(metrics)}: nothing is submitted'
        configuration.warn(_line(root, *where, 'metric_patterns'), message)
    if 'min_collection_interval' not in options:
        message = f'`min_collection_interval` is missing: an Agent runs this every {AGENT_INTERVAL} s'
        configuration.warn(_line(root, *where), f'instance {number}: {message}')


def _parse(path: Path) -> tuple[yaml.Node, dict[Any, Any]]:
    """Return the nodes of a file, which know their lines, and what they hold."""
    try:
        with path.open('rb') as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Unreadable(None, f'cannot be read: {error.strerror}') from None
    if len(raw) > MAX_BYTES:
        raise Unreadable(None, f'is larger than {MAX_BYTES:,} bytes')
    try:
        text = raw.decode('utf-8-sig')
    except UnicodeDecodeError as error:
        raise Unreadable(raw.count(b'\n', 0, error.start) + 1, 'is not UTF-8 text') from None

    try:
        _bound(text)
        loader = Loader(text)
        root = loader.get_single_node()
        data = loader.construct_document(root) if root else None
    except yaml.reader.ReaderError as error:
        line = raw.count(b'\n', 0, error.position) + 1
        raise Unreadable(line, f'not valid YAML: the character U+{error.character:04X} is not allowed') from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        # The end of a file is after its last line.
        line = min(mark.line + 1, len(text.splitlines())) if mark else 1
        problem = ', '.join(part for part in (error.context, error.problem) if part)
        raise Unreadable(line, f'not valid YAML: {one_line(problem, 200)}') from None

    if root is None or not isinstance(data, dict):
        line = _line(root) if root else 1
        raise Unreadable(line, 'must be a mapping that holds `instances`, a list of at least one instance')
    return root, data


def _bound(text: str) -> None:
    """Raise `Unreadable` for what would take much memory, or many calls inside each other, to build."""
    values = 0
    anchors: dict[str, tuple[int, int]] = {}
    # Of each collection that is open: its anchor, how many values it holds, and how deep it goes.
    stack: list[tuple[str | None, int, int]] = [(None, 0, 0)]

    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        line = _line(event)
        match event:
            case yaml.CollectionStartEvent():
                stack.append((event.anchor, 1, 1))
                size, depth = 1, 0
            case yaml.CollectionEndEvent():
                anchor, size, depth = stack.pop()
                if anchor:
                    anchors[anchor] = size, depth
                values -= size
            case yaml.AliasEvent(anchor=str() as alias):
                if any(anchor == alias for anchor, *_ in stack):
                    raise Unreadable(line, f'the alias *{one_line(alias)} stands inside what it stands for')
                size, depth = anchors.get(alias, (1, 1))
            case yaml.ScalarEvent():
                if len(event.value) > MAX_DIGITS and re.fullmatch(r'[-+]?[0-9][0-9a-fA-FxX_:]*', event.value):
                    raise Unreadable(line, f'a number has more than {MAX_DIGITS} digits')
                size, depth = 1, 1
                if event.anchor:
                    anchors[event.anchor] = size, depth
            case _:
                continue

        values += size
        if len(stack) - 1 + depth > MAX_DEPTH:
            raise Unreadable(line, f'values are nested more than {MAX_DEPTH} levels deep')
        if values > MAX_VALUES:
            raise Unreadable(line, f'more than {MAX_VALUES:,} values, each alias counted as what it stands for')
        if not isinstance(event, yaml.CollectionStartEvent):
            anchor, size_before, depth_before = stack[-1]
            stack[-1] = anchor, size_before + size, max(depth_before, depth + 1)


def _line(node: Any, *path: Any) -> int:
    """Return the line of what a path of keys and positions leads to, or of the nearest that holds it."""
    line = node.start_mark.line
    for step in path:
        if isinstance(node, yaml.MappingNode):
            # The last one: where a key is there twice, it is the one that counts.
            pairs = [(key, value) for key, value in node.value if key.value == str(step)]
            if not pairs:
                break
            key, node = pairs[-1]
            line = key.start_mark.line
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            node = node.value[step]
            line = node.start_mark.line
        else:
            break

    return int(line) + 1


def _warn_of_unknown(
    configuration: Configuration, root: yaml.Node, options: dict[Any, Any], section: str, *path: Any
) -> None:
    """Warn of each option of a section that an Agent ignores there, and name the one that may have been meant."""
    prefix = f'instance {path[1] + 1}: ' if len(path) > 1 else ''
    others = [other for other in SECTIONS if other not in (section, 'in `metric_patterns`')]
    for option in options:
        if option in configuration.package.options(section) or not configuration.package.knows(section):
            continue
        name = one_line(str(option))
        hint = ''
        for candidate in (section, *others):
            known = configuration.package.options(candidate)
            # Of another section, only what is hardly misspelled: its options are many and short.
            cutoff = 0.6 if candidate == section else 0.8
            if nearest := difflib.get_close_matches(name.lower().replace('-', '_'), known, 1, cutoff):
                inside = '' if candidate == section else f' {candidate}'
                hint = f': it belongs{inside}' if nearest == [option] else f': did you mean `{nearest[0]}`{inside}?'
                break
        configuration.warn(_line(root, *path, option), f'{prefix}an Agent ignores `{name}` {section}{hint}')


def _problems(options: dict[str, Any], model: type[BaseModel]) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Yield where each wrong value of a section is, and what is wrong with it."""
    wrong = set()
    for option, value in options.items():
        for place, text in _problems_of_type(option, value):
            wrong.add(option)
            yield place, text

    try:
        model.model_validate(options, context={'configured_fields': frozenset(options)})
    except ValidationError as errors:
        for error in errors.errors():
            message = str(error.get('ctx', {}).get('error', error['msg']))
            option = str(error['loc'][0]) if error['loc'] else message.split('`')[1]
            if option not in wrong:
                yield (option,), one_line(message, 300)


def _problems_of_type(option: str, value: Any) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Yield what is wrong with an option that is the same for every check."""
    if option == 'metric_patterns':
        if not isinstance(value, dict):
            yield (option,), _must(f'`{option}`', value, 'a mapping with `include` or `exclude`')
            return
        for kind in ('include', 'exclude'):
            if kind in value:
                for place, text in _problems_of_list(f'{option}.{kind}', value[kind], is_pattern=True):
                    yield (option, kind, *place), text
    elif value is None:
        # As if it were not there; what needs a value has a validator, which says so.
        return
    elif option == 'tags':
        for place, text in _problems_of_list(option, value):
            yield (option, *place), text
    elif option in TEXTS:
        if problem := _problem_of_text(f'`{option}`', value):
            yield (option,), problem
    elif option in FLAGS and not isinstance(value, bool):
        yield (option,), _must(f'`{option}`', value, 'true or false, without quotes')


def _problems_of_list(name: str, value: Any, is_pattern: bool = False) -> Iterator[tuple[tuple[int, ...], str]]:
    if not isinstance(value, list):
        yield (), _must(f'`{name}`', value, 'a list of strings')
        return
    for index, entry in enumerate(value):
        label = f'entry {index + 1} of `{name}`'
        if problem := _problem_of_text(label, entry):
            yield (index,), problem
        elif is_pattern:
            try:
                re.compile(entry)
            except (re.error, RecursionError, OverflowError) as error:
                reason = one_line(str(error))
                yield (index,), f'{_must(label, entry, "a regular expression")}: {reason}'


def _problem_of_text(label: str, value: Any) -> str | None:
    if isinstance(value, str):
        if any(unicodedata.category(character) == 'Cc' for character in value):
            return _must(label, value, 'a string without control characters')
        return None

    text = _must(label, value, 'a string')
    match value:
        case bool() | int() | float():
            return f'{text}: put it in quotes'
        case dict() if len(value) == 1:
            return f'{text}: write `key:value` without a space, or put it in quotes'
    return text


def _must(label: str, value: Any, allowed: str) -> str:
    return f'{label} is {show(value)}, but must be {allowed}'
