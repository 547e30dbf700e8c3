"""`make run`, as a person and as a script see it."""

import json
import os
import pty
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from capture import read_terminal
from click.testing import CliRunner
from run import main

RUN = [sys.executable, str(Path(__file__).parents[1] / 'run.py')]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*RUN, *arguments], capture_output=True, text=True, timeout=30)


@pytest.fixture
def config(tmp_path: Path) -> Any:
    def write(text: str) -> str:
        path = tmp_path / 'conf.yaml'
        path.write_text(text)
        return str(path)

    return write


def test_json_is_one_line_for_each_point_and_nothing_else() -> None:
    done = run('--times', '2', '--interval', '0.2', '--json')

    assert (done.returncode, done.stderr) == (0, '')
    points = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(points) == 2
    for point in points:
        assert list(point) == ['metric', 'points', 'type', 'tags', 'host']
        assert point['metric'] == 'my_metric'
        assert point['type'] == 'gauge'
        assert point['tags'] == []
        assert point['host'] == socket.gethostname()
        [[when, value]] = point['points']
        assert abs(when - time.time()) < 30
        assert type(value) is int and 0 <= value <= 1000


def test_a_person_sees_what_runs_and_what_comes_next() -> None:
    done = run('--times', '2', '--interval', '0.2')

    assert (done.returncode, done.stderr) == (0, '')
    lines = done.stdout.splitlines()
    assert lines[0] == f'custom_check 1.0.0 on {socket.gethostname()}'
    assert lines[1].endswith('custom_check/data/conf.yaml.example (1 instance)')
    assert lines[2].split() == ['interval', '0.2', 's']
    assert lines[5].split()[1] == 'my_metric' and lines[5].endswith('next in 0.2 s')
    assert lines[6].endswith('last run')
    assert lines[7] == 'Stopped after 2 points.'
    assert '\x1b' not in done.stdout
    assert max(map(len, lines)) <= 120


def test_the_example_runs_every_45_seconds_until_ctrl_c() -> None:
    with subprocess.Popen(RUN, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        lines = [process.stdout.readline() for _ in range(6)]
        process.send_signal(signal.SIGINT)
        output, error = process.communicate(timeout=10)

    assert lines[2].split() == ['interval', '45', 's']
    assert lines[5].endswith('next in 45 s\n')
    assert (process.returncode, error) == (0, '')
    assert output.strip() == 'Stopped after 1 point.'


def test_each_instance_has_its_own_schedule_tags_and_bounds(config: Any) -> None:
    path = config(
        'instances:\n'
        '  - {tags: [device:slow], min_collection_interval: 0.6, minimum: 600, maximum: 600}\n'
        '  - {tags: [device:fast], min_collection_interval: 0.2, minimum: -3, maximum: -3}\n'
    )
    done = run('--config', path, '--times', '3', '--json')

    points = [json.loads(line) for line in done.stdout.splitlines()]
    order = [(point['tags'], point['points'][0][1]) for point in points]
    slow, fast = (['device:slow'], 600), (['device:fast'], -3)
    assert order == [slow, fast, fast, fast, slow, slow]


def test_a_reader_that_leaves_is_no_error() -> None:
    with subprocess.Popen(
        [*RUN, '--json', '--interval', '0.05'], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ''
        assert process.wait(timeout=10) == 0


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('instances: [{minimum: 5.5}]', 'instance 1: Detected 1 error'),
        ('instances: [{minimum: 5.5}]', '`minimum` is 5.5, but must be an integer from -9007199254740992'),
        ('instances: [{}, {min_collection_interval: 0}]', 'instance 2: Detected 1 error'),
        ('instances: [{tags: 5}]', 'tags\n  Input should be a valid'),
        ('instances: [{metric_patterns: {exclude: ["["]}}]', 'instance 1: unterminated character set'),
        ('instances: [7]', 'instance 1 is 7, but must be a mapping of options'),
        ('instances: [null]', 'instance 1 is None, but must be a mapping of options'),
        ('instances: {}', 'must hold `instances`: a list of at least one instance'),
        ('instances: []', 'must hold `instances`: a list of at least one instance'),
        ('init_config:', 'must hold `instances`: a list of at least one instance'),
        ('', 'must hold `instances`: a list of at least one instance'),
        ('- a', 'must hold `instances`: a list of at least one instance'),
        ('{init_config: 5, instances: [{}]}', '`init_config` is 5, but must be a mapping or empty'),
        ('{init_config: {service: 5}, instances: [{}]}', 'service\n  Input should be a valid string'),
        ('instances: [', 'cannot be read as YAML'),
        ('a: \x00', 'cannot be read as YAML'),
    ],
)
def test_bad_configuration_prints_the_error_and_exits_1(text: str, message: str, config: Any) -> None:
    result = CliRunner().invoke(main, ['--config', config(text), '--times', '1', '--json'])

    assert result.exit_code == 1
    assert result.output.startswith('Error: ')
    assert message in result.output


def test_an_error_goes_to_standard_error_without_a_traceback(config: Any) -> None:
    done = run('--config', config('instances: [{minimum: 5.5}]'), '--times', '1', '--json')

    assert (done.returncode, done.stdout) == (1, '')
    assert done.stderr.startswith('Error: ')
    assert 'Traceback' not in done.stderr


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = run('--config', str(tmp_path / 'missing.yaml'))

    assert done.returncode == 1
    assert f'{tmp_path}/missing.yaml cannot be read' in done.stderr


@pytest.mark.parametrize(
    'arguments', [['--times', '0'], ['--times', 'x'], ['--interval', '0'], ['--interval', '-1'], ['--nonsense']]
)
def test_bad_options_exit_2_and_say_which(arguments: list[str]) -> None:
    result = CliRunner().invoke(main, arguments)

    assert result.exit_code == 2
    assert arguments[0] in result.output


def test_a_misspelt_option_is_pointed_out(config: Any) -> None:
    done = run('--config', config('instances: [{min_collection_intervall: 5}]'), '--times', '1')

    assert done.returncode == 0
    assert '`min_collection_intervall`. Did you mean min_collection_interval?' in done.stderr


def test_colour_on_a_terminal_only() -> None:
    parent, child = pty.openpty()
    environment = {**os.environ, 'TERM': 'xterm'}
    with subprocess.Popen([*RUN, '--times', '1'], stdout=child, env=environment):
        os.close(child)
        output = read_terminal(parent)

    assert b'\x1b[1mcustom_check 1.0.0\x1b[0m' in output
