"""What is found in a conf.yaml, and that nothing in one can bring the reader down."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from tools.check_config import collapsed
from tools.configuration import AGENT_INTERVAL, load
from tools.package import load_check

EXAMPLE = load_check().example
INTEGER = 'must be an integer from -9007199254740992 to 9007199254740992'
Find = Callable[[str | bytes], list[str]]


@pytest.fixture
def find(tmp_path: Path) -> Find:
    """Return the findings of a text, each after its file name."""

    def find(text: str | bytes) -> list[str]:
        path = tmp_path / 'conf.yaml'
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        configuration = load(path)
        lines = [str(finding).removeprefix(str(path)).removeprefix(':') for finding in configuration.findings]
        assert configuration.is_valid == all('warning: ' in line for line in lines)
        for line in lines:
            assert '\n' not in line and line.isprintable() and len(line) < 400
        return lines

    return find


def test_the_example_is_valid_and_runs_every_45_seconds() -> None:
    configuration = load(EXAMPLE)

    assert configuration.findings == []
    [instance] = configuration.instances
    assert (instance.number, instance.interval, instance.service, instance.has_host) == (1, 45, '', True)


def test_options_of_the_agent_are_read_as_it_reads_them(tmp_path: Path) -> None:
    path = tmp_path / 'conf.yaml'
    path.write_text(
        'init_config: {service: shared}\n'
        'instances:\n'
        '  - {tags: ["env:prod"], min_collection_interval: 20, service: own}\n'
        '  - {min_collection_interval: 30, empty_default_hostname: true, loader: python}\n'
        '  -\n'
    )
    configuration = load(path)

    assert [str(finding) for finding in configuration.findings] == [
        f'{path}:5: warning: instance 3: `min_collection_interval` is missing: an Agent runs this every 15 s'
    ]
    read = [(instance.interval, instance.service, instance.has_host) for instance in configuration.instances]
    assert read == [(20, 'own', True), (30, 'shared', False), (AGENT_INTERVAL, 'shared', True)]


def test_everything_wrong_is_found_at_once_in_order_of_its_line(find: Find) -> None:
    lines = find(
        'init_config: {service: 5}\n'
        'instances:\n'
        '  - minimum: "5"\n'
        '    maximum: 1e9\n'
        '    tags: [env:prod, 2024, {device: x}, "a\\eb", null]\n'
        '  - minimum: 5\n'
        '    maximum: 3\n'
        '  - 7\n'
        '  - tags: env:prod\n'
        '    service: [a]\n'
        '    metric_patterns: {include: ["("], exclude: a}\n'
        '    empty_default_hostname: "true"\n'
        '    minimum: .nan\n'
        '    maximum: null\n'
        '    minimun: 3\n'
    )

    assert lines == [
        '1: init_config: `service` is 5, but must be a string: put it in quotes',
        f'3: instance 1: `minimum` is "5", but {INTEGER}, without quotes',
        f'4: instance 1: `maximum` is "1e9", but {INTEGER}: this is text in YAML, write 1000000000',
        '5: instance 1: entry 2 of `tags` is 2024, but must be a string: put it in quotes',
        '5: instance 1: entry 3 of `tags` is {device: x}, but must be a string: '
        'write `key:value` without a space, or put it in quotes',
        '5: instance 1: entry 4 of `tags` is "a\\u001bb", but must be a string without control characters',
        '5: instance 1: entry 5 of `tags` is empty, but must be a string',
        '6: instance 2: `minimum` is 5, but must not be above `maximum`, which is 3',
        '8: instance 3 is 7, but must be a mapping of options',
        '9: instance 4: `tags` is "env:prod", but must be a list of strings',
        '10: instance 4: `service` is [a], but must be a string',
        '11: instance 4: entry 1 of `metric_patterns.include` is "(", but must be a regular expression: '
        'missing ), unterminated subpattern at position 0',
        '11: instance 4: `metric_patterns.exclude` is "a", but must be a list of strings',
        '12: instance 4: `empty_default_hostname` is "true", but must be true or false, without quotes',
        f'13: instance 4: `minimum` is .nan, but {INTEGER}',
        f'14: instance 4: `maximum` is empty, but {INTEGER}',
        '15: warning: instance 4: an Agent ignores `minimun` in an instance: did you mean `minimum`?',
    ]


@pytest.mark.parametrize(
    ('options', 'warning'),
    [
        ('minimun: 5', 'an Agent ignores `minimun` in an instance: did you mean `minimum`?'),
        ('Minimum: 5', 'an Agent ignores `Minimum` in an instance: did you mean `minimum`?'),
        ('empty-default-hostname: true', '`empty-default-hostname` in an instance: did you mean'),
        ('instances: []', 'an Agent ignores `instances` in an instance: it belongs at the top level'),
        ('nonsense: 5', 'an Agent ignores `nonsense` in an instance'),
        ('5: 5', 'an Agent ignores `5` in an instance'),
        ('metric_patterns: {inclde: [a]}', 'an Agent ignores `inclde` in `metric_patterns`: did you mean `include`?'),
        ('metric_patterns: {exclude: ["^my_"]}', '`metric_patterns` drop my_metric: nothing is submitted'),
        ('metric_patterns: {include: [other]}', '`metric_patterns` drop my_metric: nothing is submitted'),
    ],
)
def test_what_an_agent_ignores_is_a_warning(options: str, warning: str, find: Find) -> None:
    [line] = find(f'instances:\n  - min_collection_interval: 45\n    {options}\n')

    assert line.startswith('3: warning: instance 1: ') and warning in line


def test_a_file_may_have_a_mebibyte(find: Find) -> None:
    text = 'instances: [{min_collection_interval: 45}]\n'
    assert find(text + '#' * (2**20 - len(text))) == []


def test_what_resembles_only_an_option_of_another_section_is_no_misspelling(find: Find) -> None:
    """Such as `logs`, at the top level."""
    [line] = find('instances:\n  - min_collection_interval: 45\n    bogus: 1\n')
    assert line == '3: warning: instance 1: an Agent ignores `bogus` in an instance'


def test_misplaced_options_are_sent_to_their_place(find: Find) -> None:
    assert find(
        'minimum: 3\ninit_config:\n  Maximum: 5\ninstance: 1\ninstances: [{min_collection_interval: 45}]\n'
    ) == [
        '1: warning: an Agent ignores `minimum` at the top level: it belongs in an instance',
        '3: warning: an Agent ignores `Maximum` in `init_config`: did you mean `maximum` in an instance?',
        '4: warning: an Agent ignores `instance` at the top level: did you mean `instances`?',
    ]


@pytest.mark.parametrize('pattern', ['my_.*', 'metric$', ''])
def test_patterns_that_keep_the_metric_are_no_warning(pattern: str, find: Find) -> None:
    text = f'instances: [{{min_collection_interval: 45, metric_patterns: {{include: ["{pattern}"]}}}}]'
    assert find(text) == []


@pytest.mark.parametrize(
    ('value', 'shown'),
    [
        ('5.5', '5.5'),
        ('2024-01-01', '2024-01-01'),
        ('.nan', '.nan'),
        ('text', '"text"'),
        ('"a\\nb\\e[31m"', '"a\\nb\\u001b[31m"'),
        ('"\\u202etxt"', '"\\u202etxt"'),
        ('"' + 'a' * 100_000 + '"', f'"{"a" * 78}…'),
        (f'[{"a" * 50}, {"b" * 50}]', f'[{"a" * 50}, {"b" * 26}…'),
        ('{a: [1, null]}', '{a: [1, null]}'),
        ('!!set {a, b}', '!!set {a: null, b: null}'),
        ('!!binary aGVsbG8=', '!!binary |\\n  aGVsbG8='),
    ],
)
def test_a_value_is_shown_as_yaml_on_one_line_of_at_most_80_characters(value: str, shown: str, find: Find) -> None:
    [line] = find(f'instances: [{{min_collection_interval: 45, empty_default_hostname: {value}}}]')

    assert line == f'1: instance 1: `empty_default_hostname` is {shown}, but must be true or false, without quotes'


@pytest.mark.parametrize(
    'interval', ['0', '0.5', '45.5', '-1', '86401', '"45"', '.nan', '.inf', 'null', 'x', '[45]', 'true', '1e300']
)
def test_an_interval_that_an_agent_does_not_keep_is_refused(interval: str, find: Find) -> None:
    [line] = find(f'instances: [{{min_collection_interval: {interval}}}]')

    assert line.startswith('1: instance 1: `min_collection_interval` is ')
    assert ', but must be an integer from 1 to 86400' in line


@pytest.mark.parametrize(
    ('text', 'error'),
    [
        ('', '1: must be a mapping that holds `instances`, a list of at least one instance'),
        ('- a', '1: must be a mapping that holds `instances`, a list of at least one instance'),
        ('init_config:\n', '1: `instances` is missing: it must be a list of at least one instance'),
        ('\ninstances: []', '2: `instances` is [], but must be a list of at least one instance'),
        ('instances: {}', '1: `instances` is {}, but must be a list of at least one instance'),
        ('init_config: 5\ninstances: [{min_collection_interval: 45}]', '1: `init_config` is 5, but must be a mapping'),
        (
            'init_config:\n  service: 5\ninstances: [{min_collection_interval: 45}]',
            '2: init_config: `service` is 5, but',
        ),
        ('instances:\n  - minimum: 5\n    minimum: a', '3: instance 1: `minimum` is "a", but must be an integer'),
        ('instances: [', '1: not valid YAML: while parsing a flow node, did not find expected node content'),
        ('instances:\n  - minimum: 5: 6\n', '2: not valid YAML: mapping values are not allowed in this context'),
        ('instances:\n\t- {}\n', '2: not valid YAML: while scanning for the next token, found character that'),
        ('instances: [{}]\n---\na: 1\n', '2: not valid YAML: expected a single document'),
        ('instances: *a', '1: not valid YAML: found undefined alias'),
        ('instances:\n  - {[1]: 2}', '2: not valid YAML: while constructing a mapping, found unhashable key'),
        ('instances:\n  - a: \x00', '2: not valid YAML: the character U+0000 is not allowed'),
        ('instances:\n  - tags: [2024-13-45]', '2: not valid YAML: "2024-13-45" is no timestamp'),
        ('instances:\n  - {a: !!int foo}', '2: not valid YAML: "foo" is no int'),
        ('instances:\n  - {a: !!python/object:os.system x}', '2: not valid YAML: could not determine a constructor'),
        (b'instances:\n  - {tags: ["\xe9"]}', '2: is not UTF-8 text'),
        ('instances: &a [*a]', '1: the alias *a stands inside what it stands for'),
        ('\ninstances: ' + '[' * 5000, '2: values are nested more than 32 levels deep'),
        ('instances: [{minimum: ' + '9' * 5000 + '}]', '1: a number has more than 400 digits'),
        ('#' * 2**21, ' is larger than 1,048,576 bytes'),
        ('a: &a {x: y}\nb: &b {<<: *a}\ninstances: [{<<: *b, minimum: a}]', '3: instance 1: `minimum` is "a", but'),
        ('instances: [{debug_metrics: 5}]', "1: instance 1 cannot be loaded: 'int' object is not iterable"),
        ('instances: [{metric_patterns: }]', '1: instance 1: `metric_patterns` is empty, but must be a mapping'),
        ('instances: [{metric_patterns: {include: ["' + '(' * 9000 + '"]}}]', '1: instance 1: entry 1 of'),
    ],
    ids=lambda value: repr(value[:24]),
)
def test_a_broken_file_is_one_line_with_its_place(text: str | bytes, error: str, find: Find) -> None:
    [line] = [line for line in find(text) if 'warning' not in line]

    assert line.startswith(error)


def test_32_levels_are_read_and_33_are_not(find: Find) -> None:
    # The mapping and the value are two of them.
    assert find('instances: ' + '[' * 30 + 'x' + ']' * 30) == ['1: instance 1 is ' + '[' * 29 + 'x' + ']' * 29 + _END]
    assert find('instances: ' + '[' * 31 + 'x' + ']' * 31) == ['1: values are nested more than 32 levels deep']


_END = ', but must be a mapping of options'


# Of the anchors: 1, 11, 111, 1,111 and 11,111 values, and as many again where they are defined.
@pytest.mark.parametrize(('anchor', 'count', 'is_refused'), [('a3', 60, False), ('a3', 90, True), ('a4', 8, True)])
def test_an_alias_counts_as_what_it_stands_for(anchor: str, count: int, is_refused: bool, find: Find) -> None:
    text = 'a0: &a0 x\n' + ''.join(f'a{i}: &a{i} [{", ".join([f"*a{i - 1}"] * 10)}]\n' for i in range(1, 5))
    text += f'instances:\n  - [{", ".join([f"*{anchor}"] * count)}]'

    too_many = '7: more than 100,000 values, each alias counted as what it stands for'
    assert (find(text) == [too_many]) is is_refused


def test_a_few_aliases_are_read(find: Find) -> None:
    text = 'tags: &tags [env:prod]\ninstances:\n' + '  - {tags: *tags, min_collection_interval: 45}\n' * 50
    assert find(text) == ['1: warning: an Agent ignores `tags` at the top level: it belongs in an instance']


def test_a_long_chain_of_merges_is_refused_before_it_is_built(find: Find) -> None:
    text = 'a0: &a0 {x: y}\n' + ''.join(f'a{i}: &a{i} {{<<: *a{i - 1}}}\n' for i in range(1, 3000))
    assert find(text) == ['31: values are nested more than 32 levels deep']


@pytest.mark.parametrize(('path', 'reason'), [('missing.yaml', 'No such file or directory'), ('', 'Is a directory')])
def test_a_file_that_cannot_be_read_is_named(path: str, reason: str, tmp_path: Path) -> None:
    [finding] = load(tmp_path / path).findings

    assert str(finding) == f'{tmp_path / path}: cannot be read: {reason}'


def test_the_command_prints_what_is_wrong_and_exits_1(tmp_path: Path) -> None:
    path = tmp_path / "it's.yaml"
    path.write_text('instances:\n  - minimun: 5\n    min_collection_interval: 45\n    maximum: x\n')
    command = [sys.executable, '-m', 'tools.check_config']
    done = subprocess.run([*command, path], capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (1, '')
    assert done.stdout.splitlines() == [
        f'{path}:2: warning: instance 1: an Agent ignores `minimun` in an instance: did you mean `minimum`?',
        f'{path}:4: instance 1: `maximum` is "x", but {INTEGER}',
    ]
    done = subprocess.run([*command, EXAMPLE], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, 'No problems: 1 instance.\n', '')


def test_what_many_instances_have_in_common_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / 'conf.yaml'
    wrong = ''.join(f'  - tags: [device:{number}]\n' for number in range(999))
    path.write_text(f'instances:\n{wrong}  - minimun: 5\n    min_collection_interval: 45\n')

    assert list(collapsed(load(path).findings)) == [
        f'{path}:2: warning: instance 1: `min_collection_interval` is missing: an Agent runs this every 15 s'
        '; the same of 998 more instances, down to line 1000',
        f'{path}:1001: warning: instance 1000: an Agent ignores `minimun` in an instance: did you mean `minimum`?',
    ]


@pytest.mark.parametrize('count', [3, 4])
def test_a_few_alike_are_reported_one_by_one(count: int, tmp_path: Path) -> None:
    path = tmp_path / 'conf.yaml'
    path.write_text('instances:\n' + '  - tags: [a]\n' * count)

    assert len(list(collapsed(load(path).findings))) == (3 if count == 3 else 1)


@pytest.mark.parametrize('name', ['nope', '../custom_check', '', 'tools', 'custom_check/'])
def test_a_check_that_is_no_integration_is_refused(name: str) -> None:
    with pytest.raises(click.ClickException, match='CHECK is ".*", but must be the folder of an integration'):
        load_check(name)


def test_our_check_knows_its_class_its_metric_and_its_version() -> None:
    package = load_check('custom_check')

    assert package.check_class.__name__ == 'CustomCheck'
    assert package.metrics == ('my_metric',)
    assert re.fullmatch(r'\d+\.\d+\.\d+', package.version)
