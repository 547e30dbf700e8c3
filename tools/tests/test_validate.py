"""`make validate`: two real validations of a copy of the repository, and stand-ins for the others."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tools import validate


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the repository that validations run in."""
    for name in ('.ddev', '.github', 'custom_check'):
        ignore = shutil.ignore_patterns('__pycache__', '.*cache', '.hypothesis')
        shutil.copytree(validate.ROOT / name, tmp_path / name, ignore=ignore)
    for name in ('.ddev.toml', 'pyproject.toml'):
        shutil.copy(validate.ROOT / name, tmp_path)
    # ddev asks git which files are tracked.
    subprocess.run(['git', 'init', '--quiet', str(tmp_path)], check=True)
    monkeypatch.setattr(validate, 'ROOT', tmp_path)
    return tmp_path


def test_a_validation_that_fails_returns_the_output_of_ddev(repository: Path) -> None:
    assert validate.validate('metadata') == ''

    metadata = repository / 'custom_check/metadata.csv'
    metadata.write_text(metadata.read_text().replace('gauge', 'gage'))
    assert '`gage` is an invalid metric_type' in validate.validate('metadata')


def test_a_typo_fails(repository: Path) -> None:
    assert validate.validate('typos') == ''

    with (repository / 'custom_check/README.md').open('a') as readme:
        readme.write('It recieves nothing.\n')
    assert 'recieves ==> receives' in validate.validate('typos')


def ended(returncode: int, stdout: str = '', stderr: str = '') -> Any:
    return lambda *_, **__: subprocess.CompletedProcess([], returncode, stdout, stderr)


@pytest.mark.parametrize(
    ('done', 'problem'),
    [
        (ended(0, 'All valid!'), ''),
        (ended(0, 'All valid, with 1 Warning'), 'All valid, with 1 Warning'),
        (ended(0, stderr='warning: old'), 'warning: old'),
        (ended(1, 'out', 'err'), 'outerr'),
        (ended(1), 'no output'),
    ],
)
def test_a_warning_and_a_silent_failure_count_as_failures(
    done: Any, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validate, 'quick_ddev', done)

    assert validate.validate('models') == problem


def test_integration_style_is_asked_for_its_warnings(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[str, ...]] = []

    def ddev(folder: Path, *arguments: str, **_: Any) -> subprocess.CompletedProcess[str]:
        calls.append(arguments)
        return subprocess.CompletedProcess([], 0, '', '')

    monkeypatch.setattr(validate, 'quick_ddev', ddev)
    validate.validate('integration-style')
    validate.validate('models')

    assert calls == [
        ('validate', 'integration-style', 'custom_check', '--verbose'),
        ('validate', 'models', 'custom_check'),
    ]


@pytest.mark.parametrize(('failing', 'code'), [(set(), 0), ({'typos'}, 1), ({'ci', 'models'}, 1)])
def test_every_validation_is_listed_and_one_that_fails_is_explained(
    failing: set[str], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(validate, 'validate', lambda name, check: f'why {name} fails' if name in failing else '')

    with pytest.raises(SystemExit) as exit:
        validate.main()

    lines = capsys.readouterr().out.splitlines()
    assert exit.value.code == code
    assert {line.split()[-1] for line in lines if line.startswith('FAIL')} == failing
    assert {line.split()[1] for line in lines if line.startswith('why')} == failing
    passed = [line.split()[-1] for line in lines if line.startswith('ok ')]
    assert {'metadata', 'models', 'dashboards', 'service-checks'} - failing <= set(passed)
    assert lines[-1] == f'{len(passed)} of {len(passed) + len(failing)} validations passed'


def test_bytecode_of_a_conftest_is_no_integration(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bytecode = repository / '__pycache__/conftest.cpython-313-pytest-9.0.3.pyc'
    bytecode.parent.mkdir()
    bytecode.touch()
    assert '__pycache__ does not have a valid `CODEOWNERS` entry' in validate.validate('codeowners')

    answers = {'codeowners': validate.validate}
    monkeypatch.setattr(validate, 'validate', lambda name, check: answers.get(name, lambda *_: '')(name, check))
    with pytest.raises(SystemExit) as exit:
        validate.main()
    assert exit.value.code == 0 and not bytecode.exists()
