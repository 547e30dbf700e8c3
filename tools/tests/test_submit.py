"""`make submit`, on a repository with the marks of integrations-extras; the real one is a download of its own."""

import subprocess
from pathlib import Path

import pytest
import submit
from click.testing import CliRunner, Result


@pytest.fixture
def extras(tmp_path: Path) -> Path:
    folder = tmp_path / 'extras'
    (folder / '.github').mkdir(parents=True)
    (folder / 'pyproject.toml').write_text('[tool.ddev]\nrepo = "extras"\n')
    (folder / submit.CODEOWNERS).write_text(
        '*  @everyone\n\n# Partners\n/ably/  @ably\n/cortex/  @cortex\n/zabbix/  @zabbix\n'
        '\n# Logs, last\n/ably/assets/logs/  @logs\n'
    )
    git(folder, 'init', '--quiet', '--initial-branch', 'master')
    git(folder, 'add', '.')
    git(folder, '-c', 'user.name=a', '-c', 'user.email=a@b.invalid', 'commit', '--quiet', '--message', 'Start')
    return folder


@pytest.fixture
def proven(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return the clones that the validations and tests of ddev, which take a minute, would have run in."""
    clones: list[Path] = []
    monkeypatch.setattr(submit, 'prove', clones.append)
    return clones


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(['git', '-C', str(folder), *arguments], check=True, capture_output=True, text=True).stdout


def run(*arguments: object) -> Result:
    return CliRunner().invoke(submit.main, [str(argument) for argument in arguments])


def test_a_clone_gets_the_folder_the_owner_and_a_branch(extras: Path, proven: list[Path]) -> None:
    result = run(extras)

    assert result.exit_code == 0, result.output
    assert git(extras, 'branch', '--show-current') == 'add-custom_check\n'
    ours = git(submit.ROOT, 'ls-files', 'custom_check')
    assert git(extras, 'ls-files', '--others', 'custom_check') == ours
    assert 'custom_check/manifest.json' in ours
    lines = (extras / submit.CODEOWNERS).read_text().splitlines()
    assert lines[4].split() == ['/cortex/', '@cortex']
    assert lines[5].split() == ['/custom_check/', '@custom-check-maintainers']
    assert lines[6].split() == ['/zabbix/', '@zabbix']
    assert proven == [extras]
    assert 'What is left for you' in result.output


def test_a_second_run_changes_nothing(extras: Path, proven: list[Path]) -> None:
    run(extras)
    before = git(extras, 'status', '--porcelain'), (extras / submit.CODEOWNERS).read_text()

    assert run(extras).exit_code == 0
    assert (git(extras, 'status', '--porcelain'), (extras / submit.CODEOWNERS).read_text()) == before
    assert proven == [extras, extras]


def test_a_folder_that_differs_is_replaced_only_when_told(extras: Path, proven: list[Path]) -> None:
    run(extras)
    manifest = extras / 'custom_check/manifest.json'
    manifest.write_text('{}')
    (extras / 'custom_check/notes.txt').write_text('mine')

    refused = run(extras)
    assert refused.exit_code == 1
    assert 'exists and differs in custom_check/manifest.json, custom_check/notes.txt' in refused.output
    assert manifest.read_text() == '{}'

    assert run(extras, '--replace').exit_code == 0
    assert manifest.read_bytes() == (submit.ROOT / 'custom_check/manifest.json').read_bytes()
    assert not (extras / 'custom_check/notes.txt').exists()


def test_a_clone_with_changes_of_its_own_is_refused_untouched(extras: Path, proven: list[Path]) -> None:
    (extras / 'pyproject.toml').write_text('[tool.ddev]\nrepo = "extras"\n# mine\n')
    (extras / 'todo.txt').write_text('')

    result = run(extras)

    assert result.exit_code == 1
    assert 'has changes of its own; commit or stash them first:\n M pyproject.toml\n?? todo.txt' in result.output
    assert not (extras / 'custom_check').exists()
    assert git(extras, 'branch', '--show-current') == 'master\n'
    assert proven == []


def test_a_folder_that_is_no_clone_is_refused(tmp_path: Path, proven: list[Path]) -> None:
    result = run(tmp_path)

    assert result.exit_code == 1
    assert f'EXTRAS is {tmp_path}, but must be the root of a clone of integrations-extras' in result.output
    assert list(tmp_path.iterdir()) == []


def test_the_validations_are_those_that_ddev_has(extras: Path) -> None:
    listing = subprocess.run(['ddev', 'validate', '--help'], check=True, capture_output=True, text=True).stdout

    assert set(submit.VALIDATIONS) <= {line.split()[0] for line in listing.splitlines() if line.startswith('  ')}
    assert len(submit.VALIDATIONS) == 11
