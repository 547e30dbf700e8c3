"""`make run`, as a person and as a script see it."""

import fcntl
import json
import os
import pty
import re
import signal
import socket
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tools import runner
from tools.capture import read_terminal
from tools.collector import RunError, collect
from tools.run import main

RUN = [sys.executable, '-m', 'tools.run']
Config = Callable[[str], str]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*RUN, *arguments], capture_output=True, text=True, timeout=30)


@pytest.fixture
def config(tmp_path: Path) -> Config:
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


def test_a_person_sees_what_runs_and_what_comes_next(config: Config) -> None:
    done = run('--config', config('instances: [{minimum: 5, maximum: 5}]'), '--times', '2', '--interval', '0.2')

    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0] == f'custom_check 1.0.0 on {socket.gethostname()}'
    assert lines[1].startswith('config    ') and lines[1].endswith('conf.yaml (1 instance)')
    assert lines[2:5] == ['interval  0.2 s', 'stop      Ctrl-C', '']
    assert [line.split('  ', 1)[1] for line in lines[5:7]] == [
        'my_metric      5  next in 0.2 s',
        'my_metric      5  last run',
    ]
    assert lines[7:] == ['Stopped after 2 points: minimum 5, mean 5.0, maximum 5.']
    assert '\x1b' not in done.stdout


def test_the_example_runs_every_45_seconds_until_ctrl_c() -> None:
    with subprocess.Popen(RUN, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        lines = [process.stdout.readline() for _ in range(9)]
        process.send_signal(signal.SIGINT)
        output, error = process.communicate(timeout=10)

    assert re.fullmatch(r'Open http://127\.0\.0\.1:\d+/dashboard/[a-z0-9-]+\n', lines[0])
    assert lines[4].split() == ['interval', '45', 's']
    assert lines[5] == 'values    100 for two minutes: the threshold monitor begins as OK; then random\n'
    assert lines[8].endswith('my_metric    100  next in 45 s\n')
    assert (process.returncode, error) == (0, '')
    assert output.startswith('Stopped after 1 point: minimum ')


def test_without_an_interval_an_instance_runs_every_15_seconds_and_this_is_said(config: Config) -> None:
    path = config('instances:\n  - minimum: 3\n')
    done = run('--config', path, '--times', '1')

    assert done.returncode == 0
    assert 'interval  15 s\n' in done.stdout
    assert done.stderr == (
        f'{path}:2: warning: instance 1: `min_collection_interval` is missing: an Agent runs this every 15 s\n'
    )


def test_each_instance_has_its_own_schedule_tags_and_bounds(config: Config) -> None:
    path = config(
        'instances:\n'
        '  - {tags: [device:slow, env:prod], min_collection_interval: 2, minimum: 600, maximum: 600}\n'
        '  - {tags: [device:fast, env:prod], min_collection_interval: 1, minimum: -3, maximum: -3}\n'
    )
    done = run('--config', path, '--times', '2', '--json')

    assert done.stderr == ''
    points = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(point['device'], point['tags'], point['points'][0][1]) for point in points] == [
        ('slow', ['env:prod'], 600),
        ('fast', ['env:prod'], -3),
        ('fast', ['env:prod'], -3),
        ('slow', ['env:prod'], 600),
    ]


def test_the_summary_is_of_all_points(config: Config) -> None:
    path = config(
        'instances:\n'
        + ''.join(f'  - {{minimum: {n}, maximum: {n}, min_collection_interval: 9}}\n' for n in (-3, 600, 7))
    )

    last = run('--config', path, '--times', '1').stdout.splitlines()[-1]
    assert last == 'Stopped after 3 points: minimum -3, mean 201.3, maximum 600.'


@pytest.mark.parametrize(
    ('tags', 'is_numbered'), [(('a', 'b'), False), (('a', 'a'), True), (('a', 'b', 'b'), True), (('a',), False)]
)
def test_instances_are_numbered_where_tags_do_not_tell_them_apart(
    tags: tuple[str, ...], is_numbered: bool, config: Config
) -> None:
    path = config('instances:\n' + ''.join(f'  - {{tags: [{tag}], min_collection_interval: 9}}\n' for tag in tags))
    lines = run('--config', path, '--times', '1').stdout.splitlines()[5:-1]

    numbers = [f'instance {number}  ' if is_numbered else '' for number in range(1, len(tags) + 1)]
    assert [re.sub('.*my_metric +[0-9]+  ', '', line) for line in lines] == [
        f'{number}{tag}  last run' for number, tag in zip(numbers, tags, strict=True)
    ]


@pytest.mark.parametrize('as_json', [False, True])
def test_an_instance_that_fails_is_reported_and_the_others_go_on(
    as_json: bool, config: Config, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail_the_second(instance: Any, host: str, at: float) -> Any:
        if instance.number == 2:
            raise RunError('no such luck')
        return collect(instance, host, at)

    monkeypatch.setattr(runner, 'collect', fail_the_second)
    path = config('instances:\n' + ''.join(f'  - {{tags: [{t}], min_collection_interval: 9}}\n' for t in 'abc'))
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    with pytest.raises(SystemExit) as end:
        main.main(['--config', path, '--times', '1', *(['--json'] if as_json else [])], standalone_mode=False)
    for number, handler in handlers.items():
        signal.signal(number, handler)

    output, error = capfd.readouterr()
    assert end.value.code == 1
    if as_json:
        assert [json.loads(line)['tags'] for line in output.splitlines()] == [['a'], ['c']]
        assert error == 'instance 2 failed: no such luck\n'
    else:
        lines = output.splitlines()
        assert len(lines) == 9
        assert lines[6].endswith('  failed  instance 2: no such luck  last run')
        assert lines[8].startswith('Stopped after 2 points: ') and lines[8].endswith('; 1 run failed.')


@pytest.mark.parametrize('arguments', [['--json', '--interval', '0.05'], ['--interval', '0.05'], []])
def test_a_reader_that_leaves_ends_the_run_at_once_and_is_no_error(arguments: list[str]) -> None:
    with subprocess.Popen([*RUN, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        for _ in range(6 if '--json' not in arguments else 1):
            process.stdout.readline()
        process.stdout.close()
        assert process.wait(timeout=5) == 0
        assert process.stderr.read() == ''


@pytest.mark.skipif(not Path('/dev/full').exists(), reason='no /dev/full, which is a full disk, on this system')
@pytest.mark.parametrize('arguments', [['--json'], []])
def test_output_that_cannot_be_written_is_one_line(arguments: list[str]) -> None:
    with open('/dev/full', 'w') as full:
        done = subprocess.run([*RUN, '--times', '1', *arguments], stdout=full, stderr=subprocess.PIPE, text=True)

    assert (done.returncode, done.stderr) == (1, 'Error: the output cannot be written: No space left on device\n')


@pytest.mark.parametrize('columns', ['0', '', '00'])
def test_a_width_of_zero_is_no_width(columns: str) -> None:
    environment = {**os.environ, 'COLUMNS': columns}
    done = subprocess.run([*RUN, '--times', '1'], capture_output=True, text=True, env=environment)

    assert (done.returncode, done.stderr) == (0, '')
    assert 'Stopped after 1 point: ' in done.stdout


def test_output_to_a_file_is_complete(tmp_path: Path) -> None:
    with (tmp_path / 'out').open('w') as file:
        subprocess.run([*RUN, '--times', '3', '--interval', '0.3', '--json'], stdout=file, check=True)

    assert len((tmp_path / 'out').read_text().splitlines()) == 3


def test_nothing_runs_and_all_errors_are_reported_when_a_file_is_wrong(config: Config) -> None:
    path = config('instances:\n  - minimum: 5.5\n    min_collection_interval: 45\n  - 7\n')
    done = run('--config', path, '--times', '1', '--json')

    assert (done.returncode, done.stdout) == (1, '')
    assert done.stderr.splitlines() == [
        f'{path}:2: instance 1: `minimum` is 5.5, but must be an integer from -9007199254740992 to 9007199254740992',
        f'{path}:4: instance 2 is 7, but must be a mapping of options',
    ]


@pytest.mark.parametrize(
    'arguments',
    [
        ['--times', '0'],
        ['--times', 'x'],
        ['--interval', '0'],
        ['--interval', '-1'],
        ['--interval', 'nan'],
        ['--interval', 'inf'],
        ['--nonsense'],
    ],
)
def test_bad_options_exit_2_and_name_the_option_and_the_way_to_help(arguments: list[str]) -> None:
    done = run(*arguments)

    assert (done.returncode, done.stdout) == (2, '')
    error, hint = done.stderr.splitlines()
    assert error.startswith('Error: ') and arguments[0] in error
    assert hint == 'Try: make run ARGS=--help'


def test_a_file_that_no_sandbox_wrote_is_refused_in_one_line_and_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / 'notes.txt'
    file.write_text('notes ' * 100)
    done = run('--file', str(file))

    assert (done.returncode, done.stdout) == (1, '')
    assert done.stderr == f"Error: --file is '{file}', but must be a file of an earlier run: file is not a database.\n"
    assert file.read_text() == 'notes ' * 100


def test_the_help_shows_the_make_command() -> None:
    done = run('--help')

    assert (done.returncode, done.stderr) == (0, '')
    assert done.stdout.startswith('Usage: make run ARGS="[OPTIONS]"\n')


def test_a_terminal_shows_colour_wrapped_lines_indented_and_a_sign_of_life_until_ctrl_c(config: Config) -> None:
    path = config(f'instances:\n  - {{tags: [env:prod, "long:{"a" * 60}", "team:b"], minimun: 3}}\n')
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 80, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ('COLUMNS', 'NO_COLOR')}
    with subprocess.Popen(
        [*RUN, '--config', path],
        stdin=child,
        stdout=child,
        stderr=child,
        env={**environment, 'TERM': 'xterm'},
        start_new_session=True,
    ) as process:
        os.close(child)
        output = b''
        while b'waiting 14 s' not in output:
            output += os.read(parent, 4096)
        process.send_signal(signal.SIGINT)
        sent = time.monotonic()
        output += read_terminal(parent)
        assert process.wait(timeout=5) == 0
        # A second, and what a busy machine adds; the next value is 14 s away.
        assert time.monotonic() - sent < 5

    assert b'\x1b[1mcustom_check 1.0.0\x1b[0m' in output
    lines = re.sub('\x1b\\[[0-9;?]*[a-zA-Z]', '', output.decode()).replace('\r\n', '\n').split('\n')
    # But for a word that is longer.
    assert max(len(line) for line in lines if 'waiting' not in line and ' ' in line.strip()) <= 80
    wrapped = next(index for index, line in enumerate(lines) if 'my_metric' in line)
    assert lines[wrapped].split()[3:] == ['next', 'in', '15', 's']
    assert [line.strip('\r').rstrip() for line in lines[wrapped + 1 : wrapped + 4]] == [
        f'{"":10}env:prod,',
        f'{"":10}long:{"a" * 60},',
        f'{"":10}team:b',
    ]
    header = lines.index(f'custom_check 1.0.0 on {socket.gethostname()}')
    assert [line[:2] for line in lines[:header]].count('  ') >= 2
    assert ': did you mean `minimum`?' in ' '.join(line.strip() for line in lines[:header])
    assert 'Traceback' not in output.decode()
    # The sign of life is erased, and the summary stands in its place.
    assert re.search(rb'\x1b\[2KStopped after 1 point: ', output)


@pytest.mark.parametrize('how', [['--times', '1'], ['--json']])
@pytest.mark.parametrize('option', [['--port', '0'], ['--open'], ['--file', 'new.db']])
def test_an_option_of_the_page_is_refused_where_there_is_none(how: list[str], option: list[str]) -> None:
    done = run(*how, *option)

    assert (done.returncode, done.stdout) == (2, '')
    assert done.stderr.endswith(f'Error: {option[0]} has no effect with {how[0]}, which serves no page.\n')
    assert not Path('new.db').exists()


def test_the_page_opens_in_a_browser_at_the_port_that_was_asked_for(tmp_path: Path) -> None:
    opened = tmp_path / 'opened'
    browser = tmp_path / 'browser'
    browser.write_text(f'#!/bin/sh\necho "$1" >{opened}\n')
    browser.chmod(0o755)
    with socket.create_server(('127.0.0.1', 0)) as free:
        port = free.getsockname()[1]
    command = [*RUN, '--port', str(port), '--open']
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, 'BROWSER': str(browser)}
    ) as it:
        assert it.stdout is not None
        address = it.stdout.readline().removeprefix('Open ')
        for _ in range(100):
            if opened.exists() and opened.read_text():
                break
            time.sleep(0.05)
        it.send_signal(signal.SIGINT)
        it.stdout.read()

    assert address.startswith(f'http://127.0.0.1:{port}/dashboard/')
    assert opened.read_text() == address


def test_a_port_that_is_taken_is_refused() -> None:
    with socket.create_server(('127.0.0.1', 0)) as taken:
        port = taken.getsockname()[1]
        done = run('--port', str(port))

    assert (done.returncode, done.stdout) == (1, '')
    assert done.stderr == f'Error: --port is {port}, but must be a port that is free: Address already in use.\n'


def test_a_fast_clock_starts_with_a_working_day_and_says_so() -> None:
    with subprocess.Popen([*RUN, '--speed', '2'], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(10)]
        process.send_signal(signal.SIGINT)
        process.stdout.read()

    assert re.fullmatch('speed     2 times real time, from [A-Z][a-z]+day 09:00, when alerts mail\n', lines[6])
    assert lines[9].startswith('09:00:')
