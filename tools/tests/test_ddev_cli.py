import json
import os
from pathlib import Path

import pytest
from tools import ddev_cli

ROOT = Path(__file__).parents[2]


def test_ddev_runs_in_the_folder_with_the_variables_and_reports_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('OURS', 'kept')
    show = 'import json, os, sys; print(json.dumps(dict(os.environ))); sys.exit(3)'
    (tmp_path / 'ddev.py').write_text(show)

    done = ddev_cli.ddev(tmp_path, variables={'THEIRS': 'added', 'PWD': '/elsewhere'}, capture_output=True)

    assert done.returncode == 3
    assert isinstance(done.stdout, str)
    environment = json.loads(done.stdout)
    assert (environment['OURS'], environment['THEIRS']) == ('kept', 'added')
    assert environment['PWD'] == str(tmp_path)
    assert 'THEIRS' not in os.environ


@pytest.mark.parametrize('arguments', [('--version',), ('validate', 'metadata', 'nowhere')])
def test_quick_ddev_does_what_ddev_does(arguments: tuple[str, ...]) -> None:
    done = ddev_cli.ddev(ROOT, *arguments, capture_output=True)
    quick = ddev_cli.quick_ddev(ROOT, *arguments)

    assert (quick.returncode, quick.stdout) == (done.returncode, done.stdout + done.stderr)
    assert quick.stdout


def test_quick_ddev_has_the_variables_and_reports_a_bug_of_ddev(tmp_path: Path) -> None:
    config = tmp_path / 'config.toml'
    config.write_bytes(b'\xff')

    done = ddev_cli.quick_ddev(tmp_path, 'config', 'show', variables={'DDEV_CONFIG': str(config)})

    assert done.returncode == 1
    assert done.stderr.startswith('Traceback') and 'UnicodeDecodeError' in done.stderr


@pytest.mark.parametrize(
    ('name', 'arguments'),
    [
        ('metadata', ['validate', 'metadata', 'custom_check']),
        ('ci', ['validate', 'ci']),
        ('codeowners', ['validate', 'codeowners']),
        ('dep', ['validate', 'dep']),
    ],
)
def test_a_validation_names_the_integration_unless_it_is_of_the_repository(name: str, arguments: list[str]) -> None:
    assert ddev_cli.validation(name) == arguments
