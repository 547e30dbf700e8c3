"""`make bench`: how the figures are made from measurements; the measurements themselves are no tests."""

import json
import os
import platform
import re
import subprocess
import sys
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from datadog_sandbox.http import decompress
from datadog_sandbox.intake import Window, metrics_v1, metrics_v2_protobuf
from datadog_sandbox.server import create_app, running
from datadog_sandbox.store import Series, Store
from tools import bench, bench_rehearsal, bench_sandbox

LONGEST = 'Time of one run of each of 1,000 instances'
ROWS = [
    (LONGEST, '18,995.4 µs', '17,616.7 µs', '2.000', 'scaffolded check'),
    ('Memory', '4 KiB', '2 KiB', '2.0', 'a | b'),
]


@pytest.fixture
def few_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, 'ROUNDS', 2)


def test_the_least_of_the_tries_counts_and_the_first_round_does_not(few_rounds: None, tmp_path: Path) -> None:
    (tmp_path / 'counter.py').write_text(
        'import pathlib\n'
        'def take(name):\n'
        f'    file = pathlib.Path({str(tmp_path)!r}) / name\n'
        '    first, *rest = file.read_text().split()\n'
        '    file.write_text(" ".join(rest))\n'
        '    print(first)\n'
    )
    (tmp_path / 'a').write_text('0.5 3 1 2 9 8 7')
    (tmp_path / 'b').write_text('0.5 10 20 30 60 50 40')

    scripts = {name: f'import counter; counter.take({name!r})' for name in 'ab'}

    assert bench.in_turn(scripts, [tmp_path], tries=3) == {'a': [1, 7], 'b': [10, 40]}


def test_a_script_that_fails_is_an_error(few_rounds: None) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        bench.in_turn({'a': 'raise SystemExit(1)'}, [])


def test_a_row_has_two_medians_and_the_median_of_the_ratios() -> None:
    row = bench.compare('Time', [1.0, 2.0, 30.0], [1.0, 4.0, 10.0], 'bare check', 1e3, 'ms')

    assert row == ('Time', '2,000.0 ms', '4,000.0 ms', '1.000', 'bare check')


def test_rounds_that_do_not_match_are_an_error() -> None:
    with pytest.raises(ValueError):
        bench.compare('Time', [1.0], [1.0, 2.0], 'bare check', 1, 's')


def test_runs_are_compared_round_by_round(monkeypatch: pytest.MonkeyPatch) -> None:
    def ddev(folder: Path, *arguments: str, **_: Any) -> subprocess.CompletedProcess[str]:
        assert arguments[:4] == ('test', '--bench', 'custom_check', '--')
        benchmarks = [
            {'name': f'test_one_run[{turn}-{check}]', 'group': 'one run', 'stats': {'median': median * turn}}
            for turn in (1, 2, 3)
            for check, median in (('BareCheck', 2e-6), ('CustomCheck', 3e-6))
        ]
        Path(arguments[4].removeprefix('--benchmark-json=')).write_text(json.dumps({'benchmarks': benchmarks}))
        return subprocess.CompletedProcess(arguments, 0, '', '')

    monkeypatch.setattr(bench, 'ddev', ddev)

    assert bench.runs() == [('Time of one run', '6.0 µs', '4.0 µs', '1.500', 'bare check')]


def test_a_ddev_that_fails_shows_its_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, 'ddev', lambda *_, **__: subprocess.CompletedProcess([], 1, 'out\n', 'err\n'))

    with pytest.raises(click.ClickException, match='ddev test custom_check failed:\nout\nerr'):
        bench.call(bench.ROOT, 'test', 'custom_check')


def test_imports_are_compared_with_a_scaffolded_check_and_the_base_package(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[str, ...]] = []

    def ddev(folder: Path, *arguments: str, capture_output: bool) -> subprocess.CompletedProcess[str]:
        assert capture_output and '"${PWD}"' in (folder / '.ddev.toml').read_text()
        calls.append(arguments)
        return subprocess.CompletedProcess(arguments, 0, '', '')

    def in_turn(scripts: dict[str, str], path: list[Path], tries: int) -> dict[str, list[float]]:
        assert 'import datadog_checks.custom_check;' in scripts['ours']
        assert 'import datadog_checks.scaffold;' in scripts['scaffold']
        assert [folder.name for folder in path] == ['scaffold', 'custom_check']
        assert tries == bench.TRIES
        return {'ours': [0.2, 0.2], 'scaffold': [0.1, 0.1], 'base': [0.05, 0.05]}

    monkeypatch.setattr(bench, 'ddev', ddev)
    monkeypatch.setattr(bench, 'in_turn', in_turn)

    assert bench.imports() == [
        ('Time to import', '200.0 ms', '100.0 ms', '2.000', 'scaffolded check'),
        ('Time to import', '200.0 ms', '50.0 ms', '4.000', 'base package alone'),
    ]
    assert calls == [
        ('create', 'check', 'Scaffold'),
        ('validate', 'config', 'scaffold', '--sync'),
        ('validate', 'models', 'scaffold', '--sync'),
    ]


def test_the_processor_is_named() -> None:
    cpuinfo = Path('/proc/cpuinfo')
    models = re.findall(r'^model name\s*: (.+)$', cpuinfo.read_text(), re.MULTILINE) if cpuinfo.exists() else []

    assert f'{os.cpu_count()} cores ({[*models, platform.machine()][0]})' in bench.machine()


def test_memory_is_that_of_one_more_instance(few_rounds: None) -> None:
    [(what, ours, theirs, ratio, called)] = bench.memory()

    assert (what, called) == ('Memory of a further instance', 'bare check')
    # An instance of the base package alone takes more than 1 KiB; 1,000 of them more than 1,000.
    for figure in (ours, theirs):
        size, unit = figure.split()
        assert unit == 'KiB' and 1 < float(size) < 100
    assert float(ratio) > 1


def test_memory_is_counted_in_kibibytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, 'in_turn', lambda *_: {'ours': [1024 * 3000.0], 'bare': [1024 * 1500.0]})

    assert bench.memory() == [('Memory of a further instance', '3,000.0 KiB', '1,500.0 KiB', '2.000', 'bare check')]


def test_what_alternates_is_timed_in_turn_and_the_first_round_does_not_count(few_rounds: None) -> None:
    calls: list[tuple[str, int]] = []

    ours, theirs = bench.alternate(lambda turn: calls.append(('a', turn)), lambda turn: calls.append(('b', turn)))

    assert calls == [('a', 0), ('b', 0), ('a', 1), ('b', 1), ('a', 2), ('b', 2)]
    assert len(ours) == len(theirs) == 2


def test_of_what_is_tried_more_than_once_the_fastest_counts(few_rounds: None, monkeypatch: pytest.MonkeyPatch) -> None:
    # Seconds of both sides, by turn: the first round warms up.
    monkeypatch.setattr(bench, 'seconds_of', lambda work, turn: work(turn))

    figures = bench.alternate([9, 9, 3, 2, 4, 5].__getitem__, [9, 9, 6, 7, 9, 8].__getitem__, tries=2)

    assert figures == ([2, 4], [6, 8])


def test_the_posts_of_both_sides_say_the_same() -> None:
    window = Window(0, 100)
    batch = metrics_v2_protobuf(decompress(bench_sandbox.post_of_an_agent(100, 20), 'zstd'), window)

    assert len(batch.points) == 20
    series = Series('taken', 'host-1', ('device:wristband-11', 'env:test', 'team:web', 'zone:2'))
    assert batch.points[11] == (series, 100, 11)
    assert metrics_v1(bench_sandbox.post_of_a_client(100, 20), window).points == batch.points


def test_without_victoria_metrics_the_sandbox_is_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench_sandbox.shutil, 'which', lambda command: None)

    assert bench.sandbox() == []
    assert capsys.readouterr().err == 'victoria-metrics is not installed: the sandbox is not compared with it.\n'


def test_other_values_differ() -> None:
    ours = json.dumps({'series': [{'pointlist': [[0.0, 1.5], [300000.0, 2.0]]}]}).encode()

    def theirs(*values: str) -> bytes:
        return json.dumps({'data': {'result': [{'values': [[299, value] for value in values]}]}}).encode()

    assert not bench_sandbox.differ(ours, theirs('1.5', '2'))
    assert bench_sandbox.differ(ours, theirs('1.5', '2.1'))
    assert bench_sandbox.differ(ours, theirs('1.5'))


def test_an_answer_that_is_an_error_ends_the_measuring(few_rounds: None) -> None:
    with closing(Store()) as store, running(create_app(store)) as url:
        server = bench_sandbox.Server(url.removeprefix('http://'))
        with pytest.raises(click.ClickException, match='POST /api/v2/series was answered 400: .*not valid zstd'):
            server.ask('POST', '/api/v2/series', b'nonsense', bench_sandbox.AGENT)
        server.close()


def test_rehearsals_are_compared_with_promtool_in_whole_processes(
    few_rounds: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    promtool = tmp_path / 'promtool'
    promtool.write_text('#!/bin/sh\n[ "$1 $2" = "test rules" ] && grep -q "alertname: Load" "$3"\n')
    promtool.chmod(0o755)
    monkeypatch.setenv('PATH', str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(bench_rehearsal, 'FILES', 2)

    assert [(what, called) for what, _, _, _, called in bench.rehearsals()] == [
        ('Rehearsal: a week of 10 groups, a point each 45 seconds', 'promtool'),
        ('Rehearsal: 2 files, each with 3 hours of 3 groups', 'promtool'),
    ]


def test_without_promtool_nothing_is_compared_with_it(
    few_rounds: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench_rehearsal, 'PROMTOOL', 'no-such-command')

    assert bench.rehearsals() == []
    assert capsys.readouterr().err == 'no-such-command is not installed: rehearsals are not compared with it.\n'


def test_a_rehearsal_that_fails_ends_the_measuring(tmp_path: Path) -> None:
    with pytest.raises(click.ClickException, match='rehearse .*failed'):
        bench_rehearsal.command(
            str(Path(sys.executable).with_name('datadog-sandbox')), 'rehearse', tmp_path / 'x.yaml'
        )(0)


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the measurements by fixed figures."""

    def runs() -> list[bench.Row]:
        return ROWS

    def nothing() -> list[bench.Row]:
        return []

    monkeypatch.setattr(bench, 'runs', runs)
    monkeypatch.setattr(bench, 'imports', nothing)
    monkeypatch.setattr(bench, 'memory', nothing)
    monkeypatch.setattr(bench, 'sandbox', nothing)
    monkeypatch.setattr(bench, 'rehearsals', nothing)


def test_the_table_is_printed_and_the_readme_stays(measured: None) -> None:
    before = bench.PAGE.read_bytes()
    result = CliRunner().invoke(bench.main)

    assert result.exit_code == 0, result.output
    table, _, method = result.output.partition('\n\n')
    assert [line.split() for line in table.splitlines()] == [
        ['ours', 'compared', 'with', 'ratio'],
        [*LONGEST.split(), '18,995.4', 'µs', '17,616.7', 'µs', '(scaffolded', 'check)', '2.000'],
        ['Memory', '4', 'KiB', '2', 'KiB', '(a', '|', 'b)', '2.0'],
    ]
    assert method.startswith(f'datadog-checks-base {version("datadog-checks-base")}, Python 3.')
    assert 'Medians of 15 rounds' in method
    assert bench.PAGE.read_bytes() == before


def test_write_replaces_what_is_between_the_marks(
    measured: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / 'costs.md'
    monkeypatch.setattr(bench, 'PAGE', page)
    monkeypatch.setattr(bench, 'machine', lambda: r'On a \1 machine.')
    start, end = bench.MARKS
    page.write_text(f'before\n{start}old\n{end}after\n')

    result = CliRunner().invoke(bench.main, ['--write'])

    assert result.exit_code == 0, result.output
    assert page.read_text() == (
        f'before\n{start}'
        '|  | ours | compared with | ratio |\n'
        '| --- | ---: | --- | ---: |\n'
        f'| {LONGEST} | 18,995.4 µs | 17,616.7 µs (scaffolded check) | 2.000 |\n'
        '| Memory | 4 KiB | 2 KiB (a | b) | 2.0 |\n'
        '\nOn a \\1 machine.\n'
        f'{end}after\n'
    )


def test_write_without_marks_is_an_error_and_changes_nothing(
    measured: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / 'costs.md'
    monkeypatch.setattr(bench, 'PAGE', page)
    page.write_text(bench.MARKS[0])

    result = CliRunner().invoke(bench.main, ['--write'])

    assert result.exit_code == 1
    assert f'{page} has no lines' in result.output
    assert page.read_text() == bench.MARKS[0]
