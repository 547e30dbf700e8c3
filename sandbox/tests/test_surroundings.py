"""What the command is started in."""

import os
import re
import subprocess
import sys

import pytest

RUN = 'from datadog_sandbox.cli import main; main()'


@pytest.mark.parametrize('columns', ['0', '', '00'])
def test_a_width_of_zero_is_no_width(columns: str) -> None:
    command = [sys.executable, '-c', RUN, 'rehearse', 'scenarios/my_metric.yaml']
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, 'COLUMNS': columns})
    assert done.returncode == 0
    assert 'passed' in done.stdout


@pytest.mark.parametrize('arguments', [['--help'], ['rehearse', '--help'], ['rehearse', 'scenarios/my_metric.yaml']])
def test_a_full_disk_is_one_line(arguments: list[str]) -> None:
    with open('/dev/full', 'w') as full:
        done = subprocess.run([sys.executable, '-c', RUN, *arguments], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2
    # A slow machine also reports its progress there.
    *progress, error = done.stderr.splitlines()
    assert error == 'Error: the output cannot be read or written: No space left on device.'
    assert all(re.fullmatch(r'\d+ of \d+ tests', line) for line in progress)


def test_a_closed_output_is_one_line() -> None:
    command = f'{sys.executable} -c "{RUN}" rehearse scenarios/my_metric.yaml >&-'
    done = subprocess.run(command, shell=True, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (2, 'Error: the standard output is closed: nothing could be shown.\n')
