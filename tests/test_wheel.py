"""The wheel contains the check, its models, and its example, and depends only on the base package."""

import subprocess
import sys
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

import pytest

from datadog_checks.custom_check import __version__

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope='module')
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    folder = tmp_path_factory.mktemp('wheel')
    subprocess.run(
        [sys.executable, '-m', 'hatchling', 'build', '-t', 'wheel', '-d', str(folder)],
        cwd=ROOT / 'custom_check',
        check=True,
        capture_output=True,
    )
    [path] = folder.iterdir()
    assert path.name == f'datadog_custom_check-{__version__}-py3-none-any.whl'
    return ZipFile(path)


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
