"""The wheel contains the check, its models, and its example, and depends only on the base package."""

import re
import shutil
import subprocess
import sys
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

import pytest

from datadog_checks.custom_check import __version__

ROOT = Path(__file__).parents[1]


def build(project: Path, folder: Path) -> ZipFile:
    """Build the wheel of a project into an empty folder."""
    subprocess.run(
        [sys.executable, '-m', 'hatchling', 'build', '-t', 'wheel', '-d', str(folder)],
        cwd=project,
        check=True,
        capture_output=True,
    )
    [path] = folder.iterdir()
    return ZipFile(path)


@pytest.fixture(scope='module')
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    built = build(ROOT / 'custom_check', tmp_path_factory.mktemp('wheel'))
    assert Path(str(built.filename)).name == f'datadog_custom_check-{__version__}-py3-none-any.whl'
    return built


def test_wheel_contains_only_the_check(wheel: ZipFile) -> None:
    package = 'datadog_checks/custom_check'
    files = {name for name in wheel.namelist() if '.dist-info/' not in name}

    assert files == {
        f'{package}/{name}'
        for name in (
            '__about__.py',
            '__init__.py',
            'check.py',
            'config_models/__init__.py',
            'config_models/defaults.py',
            'config_models/instance.py',
            'config_models/shared.py',
            'config_models/validators.py',
            'data/conf.yaml.example',
        )
    }


def test_wheel_depends_on_the_base_package_without_an_extra(wheel: ZipFile) -> None:
    [name] = [name for name in wheel.namelist() if name.endswith('.dist-info/METADATA')]
    metadata = Parser().parsestr(wheel.read(name).decode())

    assert metadata['Name'] == 'datadog-custom-check'
    assert metadata['Version'] == __version__
    assert metadata['Requires-Python'] == '>=3.12'
    required = [line for line in metadata.get_all('Requires-Dist') if 'extra ==' not in line]
    assert required == ['datadog-checks-base>=36.13.0']


@pytest.mark.parametrize(
    ('urls', 'link'),
    [
        ('', 'compares their states and mails with what you expect: unit tests for monitors. '),
        (
            '[project.urls]\nRepository = "https://git.example.com/x/y"\n',
            ': [unit tests for monitors](https://git.example.com/x/y/blob/HEAD/docs/rehearse.md). ',
        ),
    ],
)
def test_the_readme_in_the_wheel_of_the_sandbox_has_no_relative_link(urls: str, link: str, tmp_path: Path) -> None:
    project = tmp_path / 'sandbox'
    (project / 'datadog_sandbox').mkdir(parents=True)
    (project / 'datadog_sandbox/__init__.py').touch()
    for name in ('README.md', 'hatch_build.py', 'pyproject.toml'):
        shutil.copy(ROOT / 'sandbox' / name, project)
    with (project / 'pyproject.toml').open('a') as file:
        file.write(urls)
    built = build(project, tmp_path / 'dist')
    [name] = [name for name in built.namelist() if name.endswith('.dist-info/METADATA')]
    text = built.read(name).decode()
    assert link in text
    assert re.findall(r'\]\((?!https?://|#)[^)]*\)', text) == []
