"""`make new`, in a copy of the repository: what ddev makes of it is real."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from custom_check_publish.api import Api
from custom_check_publish.kinds import DASHBOARD, DOWNTIME, MONITOR
from custom_check_publish.transport import Transport
from tools import new, package, scratch, validate
from tools.configuration import load
from tools.pipeline import KEY, opened
from tools.scheduler import Clock
from tools.submit import CODEOWNERS


@dataclass(frozen=True)
class Made:
    """The files before and after a run of `make new`."""

    root: Path
    before: dict[str, bytes]
    result: Result
    after: dict[str, bytes]


def copy_repository(root: Path) -> Path:
    """Copy what the repository has for all of its integrations, and ours."""
    for name in ('.ddev', '.github', 'custom_check'):
        ignore = shutil.ignore_patterns('__pycache__', '.*cache', '.hypothesis')
        shutil.copytree(new.ROOT / name, root / name, ignore=ignore)
    for name in ('.ddev.toml', 'pyproject.toml'):
        shutil.copy(new.ROOT / name, root)
    # ddev asks git which files are tracked.
    subprocess.run(['git', 'init', '--quiet', str(root)], check=True)
    return root


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return copy_repository(tmp_path / 'repository')


@pytest.fixture(scope='module')
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Return a copy of the repository in which `make new NAME=queue_depth` has run."""
    root = copy_repository(tmp_path_factory.mktemp('made') / 'repository')
    return Made(root, files(root), run(root, 'queue_depth'), files(root))


def files(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob('*')
        if path.is_file() and '.git' not in path.parts
    }


def run(root: Path, name: str, *options: str) -> Result:
    return CliRunner().invoke(new.main, ['--root', str(root), *options, '--', name])


def fake_ddev(failing: str = '') -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return what stands for ddev, and makes no more than the manifest and the workflows. One step may fail."""

    def ddev(folder: Path, *arguments: str, **_: object) -> subprocess.CompletedProcess[str]:
        manifest = folder / 'my_check/manifest.json'
        if arguments[0] == 'create':
            manifest.parent.mkdir()
            manifest.write_text('{"app_uuid": "a", "assets": {"integration": {"source_type_id": 1}}}')
        if 'ci' in arguments:
            for file in scratch.SHARED[1:]:
                (folder / file).write_text('with a job for my_check')
        return subprocess.CompletedProcess(arguments, failing in arguments, 'what ddev says', '')

    return ddev


def test_a_new_integration_is_complete_and_changes_nothing_else(made: Made) -> None:
    assert made.result.exit_code == 0, made.result.output
    assert 'make test CHECK=queue_depth' in made.result.output
    *_, changes, undo, last = made.result.output.splitlines()
    assert changes == 'Its owner and its tests were added to .github/CODEOWNERS and .github/workflows/test-all.yml.'
    assert undo == 'To take all of it back: make new NAME=queue_depth ARGS=--undo'
    assert last.startswith('docs/tutorial.md shows ')
    changed = {path for path in made.before if made.after[path] != made.before[path]}
    assert changed == {'.github/CODEOWNERS', '.github/workflows/test-all.yml'}
    new_files = made.after.keys() - made.before.keys()
    assert {path for path in new_files if not path.startswith('queue_depth/')} == {'.venv/new/queue_depth.json'}
    # Of the scaffold and of the template, nothing is left to fill in.
    texts = {path: content.decode() for path, content in made.after.items() if path.startswith('queue_depth/')}
    for path, text in texts.items():
        assert 'FILL IN' not in text, path
        assert '<< ' not in text, path
        assert 'custom_check' not in text, path

    manifest = json.loads(texts['queue_depth/manifest.json'])
    ours = json.loads(made.after['custom_check/manifest.json'])
    assert manifest['app_uuid'] != ours['app_uuid']
    assert manifest['assets']['integration']['source_type_id'] != ours['assets']['integration']['source_type_id']
    assert 'class QueueDepthCheck(AgentCheck, ConfigMixin):' in texts['queue_depth/datadog_checks/queue_depth/check.py']


def test_a_new_integration_runs_without_a_warning(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, 'ROOT', made.root)
    check = package.load_check('queue_depth')
    assert load(check.example, check).findings == []


def test_a_new_integration_passes_every_validation(
    made: Made, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(validate, 'ROOT', made.root)
    with pytest.raises(SystemExit) as exit:
        validate.main('queue_depth')

    names = [*tomllib.loads((made.root / '.ddev/config.toml').read_text())['validations'], *validate.EXTRA]
    assert capsys.readouterr().out.splitlines() == [
        *(f'ok    ddev validate {name}' for name in names),
        f'{len(names)} of {len(names)} validations passed',
    ]
    assert exit.value.code == 0

    # Ruff finds nothing to change.
    for command in (['check'], ['format', '--check']):
        subprocess.run([sys.executable, '-m', 'ruff', *command, 'queue_depth'], cwd=made.root, check=True)


def test_a_new_integration_passes_its_own_tests_that_need_no_agent(made: Made) -> None:
    done = subprocess.run(
        [sys.executable, '-m', 'pytest', '--quiet', '-p', 'no:cacheprovider', 'tests'],
        cwd=made.root / 'queue_depth',
        env={'PATH': '', 'PYTHONPATH': str(made.root / 'queue_depth')},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert '12 passed, 2 skipped' in done.stdout


def test_a_new_integration_is_published_in_its_own_name_beside_ours(made: Made) -> None:
    with opened(None, Clock(1), 'web-1', None) as pipeline:
        api = Api(Transport(pipeline.url, KEY, KEY, note=lambda _: None))
        for name in ('custom_check', 'queue_depth', 'custom_check'):
            address = pipeline.publish(made.root / name)
            [(_, board)] = api.owned(DASHBOARD, name)
            assert address == f'{pipeline.url}/dashboard/{board["id"]}'

        for name, monitors in (('custom_check', 2), ('queue_depth', 1)):
            tags = [f'integration:{name}', 'managed_by:custom-check-publish', f'custom_check_name:{name}']
            owned = [monitor for _, monitor in api.owned(MONITOR, name)]
            assert [monitor['tags'][:3] for monitor in owned] == [tags] * monitors
            downtimes = [downtime for _, downtime in api.owned(DOWNTIME, name)]
            assert [one['monitor_identifier'] for one in downtimes] == [{'monitor_tags': tags}] * 2
            assert all(one['message'].startswith(f'{name} is muted on week') for one in downtimes)


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
        ('disk', 'a new name: an Agent has a check of that name'),
        ('mysql', 'a new name: an Agent has a check of that name'),
        ('json', 'a new name: json is a module of Python'),
        ('requests', 'a new name: requests is a module of Python or of a package'),
        ('yaml', 'a new name: yaml is a module of Python or of a package'),
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
    monkeypatch.setattr(scratch, 'quick_ddev', fake_ddev(failing=step))
    before, folders = files(repository), sorted(repository.iterdir())

    result = run(repository, 'my_check')

    assert result.exit_code == 1
    assert f' {step} ' in result.output and 'failed:\nwhat ddev says' in result.output
    assert files(repository) == before
    assert sorted(repository.iterdir()) == folders


@pytest.mark.parametrize('fails', [*(Path(file).name for file in scratch.SHARED), 'my_check'])
@pytest.mark.parametrize(
    ('error', 'said'),
    [
        (PermissionError(13, 'Permission denied'), 'Error: {}/my_check cannot be made: Permission denied'),
        (KeyboardInterrupt(), 'Aborted!'),
    ],
    ids=['error', 'Ctrl-C'],
)
def test_a_move_that_fails_leaves_the_repository_as_it_was_and_the_next_run_succeeds(
    error: BaseException, said: str, fails: str, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scratch, 'quick_ddev', fake_ddev())
    before, folders = files(repository), sorted(repository.iterdir())
    replace = os.replace

    def failing(source: Path, target: Path) -> None:
        if target.name == fails:
            raise error
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, 'replace', failing)
        result = run(repository, 'my_check')

    assert result.exit_code == 1
    assert result.output.splitlines()[-1] == said.format(repository)
    assert files(repository) == before
    assert sorted(repository.iterdir()) == folders

    assert run(repository, 'my_check').exit_code == 0
    assert (repository / 'my_check/manifest.json').exists()
    assert (repository / CODEOWNERS).read_text().count('/my_check/') == 1


@pytest.mark.parametrize(
    ('name', 'class_name'), [('my_check', 'MyCheck'), ('disk', 'DiskCheck'), ('queue_depth', 'QueueDepthCheck')]
)
def test_the_class_ends_in_one_check(name: str, class_name: str) -> None:
    assert new.class_name(name) == class_name


def status(root: Path) -> str:
    return subprocess.run(['git', 'status', '--porcelain'], cwd=root, check=True, capture_output=True, text=True).stdout


def test_what_was_made_is_taken_back_to_the_last_byte(repository: Path) -> None:
    (repository / '.gitignore').write_text('.venv/\n')
    identity = ['-c', 'user.name=me', '-c', 'user.email=me@example.com']
    for command in (['add', '.'], [*identity, 'commit', '--quiet', '--message', 'Begin']):
        subprocess.run(['git', *command], cwd=repository, check=True)
    assert run(repository, 'line_length').exit_code == 0
    assert status(repository).splitlines() == [
        ' M .github/CODEOWNERS',
        ' M .github/workflows/test-all.yml',
        '?? line_length/',
    ]
    # As a run of its tests leaves behind.
    (repository / 'line_length/.pytest_cache').mkdir()
    (repository / 'line_length/.pytest_cache/x').touch()

    result = run(repository, 'line_length', '--undo')

    assert (result.exit_code, result.output) == (0, 'Removed line_length/, and its lines in .github/.\n')
    assert status(repository) == ''
    assert not (repository / 'line_length').exists()


def test_what_was_edited_is_taken_back_only_by_force(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, 'quick_ddev', fake_ddev())
    before = files(repository)
    assert run(repository, 'my_check').exit_code == 0
    (repository / 'my_check/metadata.csv').write_text('mine')
    (repository / 'my_check/notes.md').write_text('mine')
    edited = files(repository)

    result = run(repository, 'my_check', '--undo')
    assert (result.exit_code, result.output) == (
        1,
        'Error: my_check/ was edited since it was made: metadata.csv, notes.md. '
        'To remove it all the same: make new NAME=my_check ARGS="--undo --force"\n',
    )
    assert files(repository) == edited

    assert run(repository, 'my_check', '--undo', '--force').exit_code == 0
    assert files(repository).keys() == before.keys()
    assert files(repository)[CODEOWNERS] == before[CODEOWNERS]


@pytest.mark.parametrize(
    ('name', 'options', 'code', 'said'),
    [
        ('custom_check', ['--undo'], 1, "NAME is 'custom_check', but must be an integration that make new made here"),
        ('..', ['--undo'], 1, "NAME is '..', but must be an integration that make new made"),
        ('no_such', ['--undo', '--force'], 1, "NAME is 'no_such', but must be an integration that make new made"),
        ('my_check', ['--force'], 2, '--force has no effect without --undo.'),
    ],
)
def test_what_cannot_be_taken_back_is_refused(
    name: str, options: list[str], code: int, said: str, repository: Path
) -> None:
    before = files(repository)
    result = run(repository, name, *options)
    assert result.exit_code == code
    assert result.output.splitlines()[-1] == f'Error: {said}'
    assert files(repository) == before
