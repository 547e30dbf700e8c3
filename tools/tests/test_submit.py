"""`make submit`, on a small repository that looks like integrations-extras, which is too large to clone here."""

import os
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from tools import submit

AUTHOR = ['-c', 'user.name=a', '-c', 'user.email=a@b.invalid']


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
    git(folder, *AUTHOR, 'commit', '--quiet', '--message', 'Start')
    return folder


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Replace the checks, which take a minute, and return the clones in which they would have run."""
    clones: list[Path] = []
    monkeypatch.setattr(submit, 'run_checks', clones.append)
    return clones


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(['git', '-C', str(folder), *arguments], check=True, capture_output=True, text=True).stdout


def run(*arguments: object) -> Result:
    return CliRunner().invoke(submit.main, [str(argument) for argument in arguments])


def test_a_clone_gets_the_folder_the_owner_and_a_branch(extras: Path, checked: list[Path]) -> None:
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
    assert checked == [extras]
    assert 'What is left to do' in result.output
    assert f'git -C {extras} status' in result.output


def test_a_second_run_changes_nothing(extras: Path, checked: list[Path]) -> None:
    run(extras)
    before = git(extras, 'status', '--porcelain'), (extras / submit.CODEOWNERS).read_text()

    assert run(extras).exit_code == 0
    assert (git(extras, 'status', '--porcelain'), (extras / submit.CODEOWNERS).read_text()) == before
    assert checked == [extras, extras]


def test_a_folder_that_differs_is_replaced_only_when_asked(extras: Path, checked: list[Path]) -> None:
    run(extras)
    manifest = extras / 'custom_check/manifest.json'
    manifest.write_text('{}')
    (extras / 'custom_check/notes.txt').write_text('mine')

    refused = run(extras)
    assert refused.exit_code == 1
    assert (
        'exists and differs in custom_check/manifest.json, custom_check/notes.txt; to replace it, add --replace'
        in refused.output
    )
    assert manifest.read_text() == '{}'

    assert run(extras, '--replace').exit_code == 0
    assert manifest.read_bytes() == (submit.ROOT / 'custom_check/manifest.json').read_bytes()
    assert not (extras / 'custom_check/notes.txt').exists()


def test_a_file_of_the_same_size_and_time_differs_by_its_content(extras: Path, checked: list[Path]) -> None:
    run(extras)
    name = 'custom_check/metadata.csv'
    ours = submit.ROOT / name
    (extras / name).write_bytes(ours.read_bytes().swapcase())
    os.utime(extras / name, ns=(ours.stat().st_atime_ns, ours.stat().st_mtime_ns))

    assert f'exists and differs in {name}; to replace it' in run(extras).output


def test_a_clone_with_changes_of_its_own_is_refused_untouched(extras: Path, checked: list[Path]) -> None:
    (extras / 'pyproject.toml').write_text('[tool.ddev]\nrepo = "extras"\n# mine\n')
    (extras / 'todo.txt').write_text('')

    result = run(extras)

    assert result.exit_code == 1
    assert 'has changes of its own; commit or stash them first:\n M pyproject.toml\n?? todo.txt' in result.output
    assert not (extras / 'custom_check').exists()
    assert git(extras, 'branch', '--show-current') == 'master\n'
    assert checked == []


@pytest.mark.parametrize('pyproject', [None, '', '[tool.ruff]\n', '[tool.ddev]\nrepo = "core"\n'])
def test_a_folder_that_is_no_clone_is_refused(tmp_path: Path, checked: list[Path], pyproject: str | None) -> None:
    files = [] if pyproject is None else [tmp_path / 'pyproject.toml']
    for file in files:
        file.write_text(pyproject or '')

    result = run(tmp_path)

    assert result.exit_code == 1
    assert f'EXTRAS is {tmp_path}, but must be the root of a clone of integrations-extras' in result.output
    assert list(tmp_path.iterdir()) == files


def test_a_path_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / 'file').write_text('')

    for name, problem in ('file', 'is a file'), ('missing', 'does not exist'):
        result = run(tmp_path / name)
        assert (result.exit_code, problem in result.output) == (2, True)


@pytest.mark.parametrize(
    'change',
    [
        lambda extras: (extras / 'pyproject.toml').unlink(),
        lambda extras: (extras / 'pyproject.toml').write_text('[tool.ddev]\nrepo = "core"\n'),
        lambda extras: (extras / 'pyproject.toml').write_text('[tool]\n'),
        lambda extras: (extras / '.git').rename(extras / 'git'),
        lambda extras: (extras / submit.CODEOWNERS).unlink(),
    ],
)
def test_a_clone_of_something_else_is_refused(
    change: Callable[[Path], object], extras: Path, checked: list[Path]
) -> None:
    change(extras)
    result = run(extras)

    assert result.exit_code == 1
    assert 'must be the root of a clone of integrations-extras' in result.output
    assert not (extras / 'custom_check').exists()
    assert checked == []


def test_an_existing_branch_is_used_again(extras: Path, checked: list[Path]) -> None:
    run(extras)
    git(extras, 'add', '.')
    git(extras, *AUTHOR, 'commit', '--quiet', '--message', 'Add')
    git(extras, 'switch', '--quiet', 'master')

    assert run(extras).exit_code == 0
    assert git(extras, 'branch', '--show-current') == 'add-custom_check\n'
    assert git(extras, 'status', '--porcelain') == ''


def test_an_existing_owner_stays(extras: Path) -> None:
    owners = '/ably/  @ably\n/custom_check/  @somebody\n'
    (extras / submit.CODEOWNERS).write_text(owners)

    submit.add_code_owner(extras)

    assert (extras / submit.CODEOWNERS).read_text() == owners


def test_the_first_name_of_all_goes_to_the_end(extras: Path) -> None:
    (extras / submit.CODEOWNERS).write_text('* @everyone\n/zabbix/  @zabbix\n')

    submit.add_code_owner(extras)

    *before, ours = (extras / submit.CODEOWNERS).read_text().splitlines()
    assert before == ['* @everyone', '/zabbix/  @zabbix']
    assert ours == '/custom_check/                           @custom-check-maintainers'


def test_a_long_list_of_differences_is_cut(extras: Path, checked: list[Path]) -> None:
    run(extras)
    for number in range(6):
        (extras / f'custom_check/{number}.txt').write_text('')
    assert ', custom_check/4.txt ...; to replace it, add --replace' in run(extras).output

    (extras / 'custom_check/5.txt').unlink()
    assert ', custom_check/4.txt; to replace it, add --replace' in run(extras).output


def test_a_git_that_fails_shows_its_error(tmp_path: Path) -> None:
    with pytest.raises(click.ClickException, match=f'git status in {tmp_path}: fatal: not a git repository'):
        submit.git(tmp_path, 'status')


def test_the_checks_are_those_of_the_workflows_and_stop_at_the_first_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls: list[tuple[str, ...]] = []
    failing: list[tuple[str, ...]] = []

    def ddev(folder: Path, *arguments: str, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
        config = tomllib.loads(Path(variables['DDEV_CONFIG']).read_text())
        assert (folder, config) == (tmp_path, {'repo': 'extras', 'repos': {'extras': str(tmp_path)}})
        calls.append(arguments)
        return subprocess.CompletedProcess(arguments, int(arguments in failing))

    monkeypatch.setattr(submit, 'ddev', ddev)
    submit.run_checks(tmp_path)

    # Writing the workflows comes first, since the validation of them would fail without.
    assert calls[0] == ('validate', 'ci', '--sync')
    assert calls[1:-1] == [tuple(submit.validation(name)) for name in submit.VALIDATIONS]
    assert calls[-1] == ('test', 'custom_check')
    assert capsys.readouterr().out.splitlines() == [f'ddev {" ".join(call)}' for call in calls]

    failing.append(('validate', 'metadata', 'custom_check'))
    calls.clear()
    with pytest.raises(click.ClickException, match='`ddev validate metadata custom_check` failed in'):
        submit.run_checks(tmp_path)
    assert calls[-1] == failing[0]


def test_the_validations_are_known_to_ddev() -> None:
    listing = subprocess.run(['ddev', 'validate', '--help'], check=True, capture_output=True, text=True).stdout

    assert set(submit.VALIDATIONS) <= {line.split()[0] for line in listing.splitlines() if line.startswith('  ')}
