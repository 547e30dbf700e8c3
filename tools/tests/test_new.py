"""`make new`, in a copy of the repository: what ddev makes of it is real."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import new
import pytest
import validate
from click.testing import CliRunner, Result


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a copy of what the repository has for all of its integrations, and of ours."""
    root = tmp_path / 'repository'
    for name in ('.ddev', '.github', 'custom_check'):
        ignore = shutil.ignore_patterns('__pycache__', '.*cache', '.hypothesis')
        shutil.copytree(new.ROOT / name, root / name, ignore=ignore)
    for name in ('.ddev.toml', 'pyproject.toml'):
        shutil.copy(new.ROOT / name, root)
    # ddev asks git which files are tracked.
    subprocess.run(['git', 'init', '--quiet', str(root)], check=True)
    return root


def files(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob('*')
        if path.is_file() and '.git' not in path.parts
    }


def run(root: Path, name: str) -> Result:
    return CliRunner().invoke(new.main, ['--root', str(root), '--', name])


def fake_ddev(failing: str = '') -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return what stands for ddev, and makes no more than the manifest and the workflows. One step may fail."""

    def ddev(folder: Path, *arguments: str, **_: object) -> subprocess.CompletedProcess[str]:
        manifest = folder / 'my_check/manifest.json'
        if arguments[0] == 'create':
            manifest.parent.mkdir()
            manifest.write_text('{"app_uuid": "a", "assets": {"integration": {"source_type_id": 1}}}')
        if 'ci' in arguments:
            for file in new.WORKFLOWS:
                (folder / file).write_text('with a job for my_check')
        return subprocess.CompletedProcess(arguments, failing in arguments, 'what ddev says', '')

    return ddev


def test_a_new_integration_passes_every_validation_and_its_own_tests(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files(repository)

    result = run(repository, 'queue_depth')

    assert result.exit_code == 0, result.output
    assert 'make test CHECK=queue_depth' in result.output
    after = files(repository)
    changed = {path for path in before if after[path] != before[path]}
    assert changed == {'.github/CODEOWNERS', '.github/workflows/test-all.yml'}
    assert all(path.startswith('queue_depth/') for path in after.keys() - before.keys())
    # Of the scaffold and of the template, nothing is left to fill in.
    made = {path: content.decode() for path, content in after.items() if path.startswith('queue_depth/')}
    for path, content in made.items():
        assert 'FILL IN' not in content, path
        assert '<< ' not in content, path
        assert 'custom_check' not in content, path

    monkeypatch.setattr(validate, 'ROOT', repository)
    names = [*tomllib.loads((repository / '.ddev/config.toml').read_text())['validations'], *validate.EXTRA]
    assert {name: validate.validate(name, 'queue_depth') for name in names} == dict.fromkeys(names, '')

    # Ruff finds nothing to change.
    for command in (['check'], ['format', '--check']):
        subprocess.run([sys.executable, '-m', 'ruff', *command, 'queue_depth'], cwd=repository, check=True)

    done = subprocess.run(
        [sys.executable, '-m', 'pytest', '--quiet', '-p', 'no:cacheprovider', 'tests'],
        cwd=repository / 'queue_depth',
        env={'PATH': '', 'PYTHONPATH': str(repository / 'queue_depth')},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert '12 passed' in done.stdout

    manifest = json.loads(made['queue_depth/manifest.json'])
    ours = json.loads((repository / 'custom_check/manifest.json').read_text())
    assert manifest['app_uuid'] != ours['app_uuid']
    assert manifest['assets']['integration']['source_type_id'] != ours['assets']['integration']['source_type_id']
    assert 'class QueueDepthCheck(AgentCheck, ConfigMixin):' in made['queue_depth/datadog_checks/queue_depth/check.py']


@pytest.mark.parametrize(
    ('name', 'allowed'),
    [
        ('', 'lowercase words joined by underscores'),
        ('My Check', 'lowercase words joined by underscores'),
        ('my-check', 'lowercase words joined by underscores'),
        ('my_check_', 'lowercase words joined by underscores'),
        ('2_checks', 'lowercase words joined by underscores'),
        ('../my_check', 'lowercase words joined by underscores'),
        ('my_check\n', 'lowercase words joined by underscores'),
        ('class', 'lowercase words joined by underscores'),
        ('x' * 41, 'at most 40 characters'),
        ('datadog_disk', 'a name that does not start with datadog'),
        ('custom_check', 'a new name: '),
        ('base', 'a new name: the package datadog_checks.base is installed'),
    ],
)
def test_a_name_that_is_taken_or_that_ddev_would_refuse_is_refused_in_one_line(
    name: str, allowed: str, repository: Path
) -> None:
    before = files(repository)

    result = run(repository, name)

    assert result.exit_code == 1
    [line] = result.output.splitlines()
    assert line.startswith(f'Error: NAME is {name!r}, but must be ')
    assert allowed in line
    assert files(repository) == before


@pytest.mark.parametrize('step', ['create', 'config', 'models', 'ci'])
def test_a_failure_half_way_leaves_nothing(step: str, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(new, 'ddev', fake_ddev(failing=step))
    before, folders = files(repository), sorted(repository.iterdir())

    result = run(repository, 'my_check')

    assert result.exit_code == 1
    assert f' {step} ' in result.output and 'failed:\nwhat ddev says' in result.output
    assert files(repository) == before
    assert sorted(repository.iterdir()) == folders


@pytest.mark.parametrize('fails', [*(Path(file).name for file in [new.CODEOWNERS, *new.WORKFLOWS]), 'my_check'])
@pytest.mark.parametrize(
    ('error', 'said'),
    [
        (PermissionError(13, 'Permission denied'), 'Error: {}/my_check cannot be made: Permission denied'),
        (KeyboardInterrupt(), 'Aborted!'),
    ],
)
def test_a_move_that_fails_leaves_the_repository_as_it_was_and_the_next_run_succeeds(
    error: BaseException, said: str, fails: str, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(new, 'ddev', fake_ddev())
    before, folders = files(repository), sorted(repository.iterdir())
    moves = {name: getattr(os, name) for name in ('rename', 'replace')}

    def failing(move: Callable[..., None]) -> Callable[..., None]:
        def fail(source: Path, target: Path) -> None:
            if target.name == fails:
                raise error
            move(source, target)

        return fail

    with monkeypatch.context() as patch:
        for name, move in moves.items():
            patch.setattr(new.os, name, failing(move))
        result = run(repository, 'my_check')

    assert result.exit_code == 1
    assert result.output.splitlines()[-1] == said.format(repository)
    assert files(repository) == before
    assert sorted(repository.iterdir()) == folders

    assert run(repository, 'my_check').exit_code == 0
    assert (repository / 'my_check/manifest.json').exists()
    assert (repository / new.CODEOWNERS).read_text().count('/my_check/') == 1


@pytest.mark.parametrize(
    ('name', 'class_name'), [('my_check', 'MyCheck'), ('disk', 'DiskCheck'), ('queue_depth', 'QueueDepthCheck')]
)
def test_the_class_ends_in_one_check(name: str, class_name: str) -> None:
    assert new.class_name(name) == class_name
