"""`make bench`: how the figures are made from measurements; the measurements themselves are no tests."""

import json
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import bench
import click
import pytest
from click.testing import CliRunner

ROWS = [('Time to import', '2.0 ms', '1.0 ms', '2.000', 'bare check'), ('Memory', '4 KiB', '2 KiB', '2.0', 'a | b')]


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


def test_memory_is_that_of_one_more_instance(few_rounds: None) -> None:
    [(what, ours, theirs, ratio, called)] = bench.memory()

    assert (what, called) == ('Memory of a further instance', 'bare check')
    # An instance of the base package alone takes more than 1 KiB; 1,000 of them more than 1,000.
    for figure in (ours, theirs):
        size, unit = figure.split()
        assert unit == 'KiB' and 1 < float(size) < 100
    assert float(ratio) > 1


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


def test_the_table_is_printed_and_the_readme_stays(measured: None, tmp_path: Path) -> None:
    before = bench.README.read_bytes()
    result = CliRunner().invoke(bench.main)

    assert result.exit_code == 0, result.output
    table, _, method = result.output.partition('\n\n')
    assert [line.split() for line in table.splitlines()] == [
        ['custom_check', 'compared', 'with', 'ratio'],
        ['Time', 'to', 'import', '2.0', 'ms', '1.0', 'ms', '(bare', 'check)', '2.000'],
        ['Memory', '4', 'KiB', '2', 'KiB', '(a', '|', 'b)', '2.0'],
    ]
    assert method.startswith(f'datadog-checks-base {version("datadog-checks-base")}, Python 3.')
    assert 'Medians of 9 rounds' in method
    assert bench.README.read_bytes() == before


def test_write_replaces_what_is_between_the_marks(
    measured: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = tmp_path / 'README.md'
    monkeypatch.setattr(bench, 'README', readme)
    monkeypatch.setattr(bench, 'machine', lambda: r'On a \1 machine.')
    start, end = bench.MARKS
    readme.write_text(f'before\n{start}old\n{end}after\n')

    result = CliRunner().invoke(bench.main, ['--write'])

    assert result.exit_code == 0, result.output
    assert readme.read_text() == (
        f'before\n{start}'
        '|  | custom_check | compared with | ratio |\n'
        '| --- | ---: | --- | ---: |\n'
        '| Time to import | 2.0 ms | 1.0 ms (bare check) | 2.000 |\n'
        '| Memory | 4 KiB | 2 KiB (a | b) | 2.0 |\n'
        '\nOn a \\1 machine.\n'
        f'{end}after\n'
    )


def test_write_without_marks_is_an_error_and_changes_nothing(
    measured: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = tmp_path / 'README.md'
    monkeypatch.setattr(bench, 'README', readme)
    readme.write_text(bench.MARKS[0])

    result = CliRunner().invoke(bench.main, ['--write'])

    assert result.exit_code == 1
    assert f'{readme} has no lines' in result.output
    assert readme.read_text() == bench.MARKS[0]
