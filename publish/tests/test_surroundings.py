"""What the command is started in: no terminal, no input, no space, no folder. One line, and never a traceback."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = [sys.executable, '-m', 'custom_check_publish']


def shell(line: str, folder: Path | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a line of a shell, in which $PUBLISH is the command."""
    environment = {**os.environ, 'PUBLISH': shlex.join(COMMAND), **variables}
    return subprocess.run(['sh', '-c', line], cwd=folder, env=environment, capture_output=True, text=True, timeout=30)


@pytest.mark.parametrize('columns', ['0', '', '00'])
def test_a_width_of_zero_is_no_width(columns: str) -> None:
    done = shell('$PUBLISH plan --site nowhere', COLUMNS=columns)
    assert done.returncode == 2
    assert "'nowhere' is not a Datadog site" in done.stderr


def test_a_closed_input_is_no_terminal() -> None:
    done = shell('$PUBLISH apply --timezone UTC <&-')
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith(
        'without a terminal nobody can be asked: add --yes to go ahead, or run plan to look first.'
    )


@pytest.mark.parametrize('arguments', ['--help', 'plan --help', '--version'])
def test_a_full_disk_is_said_in_one_line(arguments: str) -> None:
    done = shell(f'$PUBLISH {arguments} >/dev/full')
    assert done.returncode == 2
    assert done.stderr == 'Error: This cannot be read or written here: the output: No space left on device.\n'


def test_a_deleted_folder_is_no_bug(tmp_path: Path) -> None:
    folder = tmp_path / 'gone'
    folder.mkdir()
    done = shell(f'rmdir {folder} && $PUBLISH plan --site nowhere', folder)
    assert done.returncode == 2
    assert "'nowhere' is not a Datadog site" in done.stderr
    assert 'Traceback' not in done.stderr
