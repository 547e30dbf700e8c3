"""Many files are read and run in several processes, and answer as if they were read and run in one."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from datadog_sandbox import cli
from datadog_sandbox.query import aggregation
from datadog_sandbox.scenarios import running, shares
from datadog_sandbox.scenarios.planning import prepare

SCENARIO = """
monitors: [{{name: load, type: query alert, query: 'avg(last_5m):avg:load{{*}} > 10', options: {{new_group_delay: 0}}}}]
tests:
  - name: high {number}
    start: 2026-11-16T00:00
    duration: 10m
    input_series: [{{series: load, values: 50}}]
    monitor_test: [{{eval_time: 9m, exp_groups: {{'*': {expected}}}}}]
  - name: low {number}
    start: 2026-11-16T00:00
    duration: 10m
    input_series: [{{series: load, values: 5}}]
    monitor_test: [{{eval_time: 9m, exp_groups: {{'*': OK}}}}]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of as few files as are shared; of the fourth and the last, a test fails."""
    monkeypatch.setattr(running, 'processors', lambda: 3)
    monkeypatch.setattr(shares, 'processors', lambda: 3)
    for number in range(shares.MANY):
        expected = 'Warn' if number in (3, shares.MANY - 1) else 'Alert'
        (tmp_path / f'{number:02}.yaml').write_text(SCENARIO.format(number=number, expected=expected))
    return tmp_path


def rehearse(*arguments: object) -> Result:
    return CliRunner().invoke(cli.main, ['rehearse', *map(str, arguments)])


def nothing(done: int, total: int) -> None:
    """Report no progress."""


def test_the_outcomes_are_those_of_one_process_in_the_same_order(folder: Path) -> None:
    paths = sorted(folder.iterdir())
    files: list[Path] = []
    progress: list[tuple[int, int]] = []
    shared = list(shares.run(paths, files, running.Selection(), lambda *done: progress.append(done)))
    alone = list(running.run([prepare(path) for path in paths], running.Selection(), True, nothing))
    alone += running.run([prepare(path) for path in paths[4:]], running.Selection('low'), False, nothing)
    for outcome in (*alone, *shared):
        outcome.seconds = 0
    # In one process, up to the first that fails.
    assert shared[:7] == alone[:7] and not shared[6].passed
    assert [outcome for outcome in shared[8:] if outcome.name.startswith('low')] == alone[7:]
    assert [outcome.name for outcome in shared] == [f'{word} {n}' for n in range(16) for word in ('high', 'low')]
    assert progress == [(done, 32) for done in range(32)]
    assert files == [file for path in paths for file in prepare(path).files]


@pytest.mark.parametrize(('options', 'shared'), [((), True), (('-x',), False), (('--coverage',), False)])
def test_many_files_are_shared(
    folder: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], shared: bool
) -> None:
    calls: list[Any] = []
    run = shares.run

    def counted(*arguments: Any) -> Any:
        calls.append(arguments)
        return run(*arguments)

    monkeypatch.setattr(shares, 'run', counted)
    assert rehearse(folder, *options).exit_code == 1
    assert bool(calls) is shared
    calls.clear()
    (folder / '00.yaml').unlink()
    assert rehearse(folder, *options).exit_code == 1
    assert not calls


def test_a_selection_and_the_counts(folder: Path) -> None:
    assert rehearse('-q', folder).stdout.splitlines()[-1].startswith('2 failed, 30 passed in ')
    result = rehearse('--json', '--run', '(high|low) (3|12)$', folder)
    tests = json.loads(result.stdout)['tests']
    assert [test['name'] for test in tests] == ['high 3', 'low 3', 'high 12', 'low 12']
    assert rehearse('-k', 'nothing', folder).exit_code == 5


def test_the_problems_of_all_files_are_shown_and_nothing_runs(folder: Path) -> None:
    for number in (14, 2):
        path = folder / f'{number:02}.yaml'
        path.write_text(path.read_text().replace('duration:', 'lasts:', 1))
    result = rehearse(folder)
    assert result.exit_code == 2 and not result.stdout
    first, second = result.stderr.splitlines()
    assert first.startswith(f"{folder / '02.yaml'}:6: tests[0]: unknown key 'lasts'")
    assert second.startswith(f"{folder / '14.yaml'}:6: tests[0]: unknown key 'lasts'")


def test_a_monitor_that_cannot_be_evaluated_is_a_problem(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aggregation, 'MOST_CELLS', 1)
    result = rehearse(folder)
    assert result.exit_code == 2
    assert result.stderr.startswith(f'{folder / "00.yaml"}:4: ')
    assert result.stderr == rehearse(folder / '00.yaml').stderr
