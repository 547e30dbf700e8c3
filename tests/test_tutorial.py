"""The tutorial, followed word for word in a copy of the repository: each file is written, each command is run."""

import os
import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
VENV = ROOT / '.venv'
# The port that the tutorial names. The tests take a free one.
PORT = '47613'
IN_DOCKER = '## In an Agent'
BLOCK = re.compile(r'^```(\w+)(?: (\S+))?\n(.*?)^```$', re.MULTILINE | re.DOTALL)


def matches(expected: str, output: str) -> bool:
    """Tell whether an output is as expected, where `…` stands for anything."""
    pattern = '.*'.join(map(re.escape, expected.strip().split('…')))
    return re.fullmatch(pattern, output.strip(), re.DOTALL) is not None


def run(command: str, folder: Path) -> tuple[int, str]:
    """Run a command and return its exit code and all of its output. What it leaves in the background goes on."""
    # Not a pipe, which a server in the background would keep open.
    with (folder / '.output').open('w+') as output:
        # Make would hand its own variables to the commands.
        environment = {name: value for name, value in os.environ.items() if not name.startswith(('MAKE', 'MFLAGS'))}
        done = subprocess.run(
            ['bash', '-c', command], cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT, timeout=300
        )
        output.seek(0)
        return done.returncode, output.read()


def copy_of_the_repository(folder: Path) -> None:
    names = subprocess.run(['git', 'ls-files', '-z'], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, names.split('\0')):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        # With its time, so that make finds .venv up to date and installs nothing from here.
        shutil.copy2(ROOT / name, folder / name)
    (folder / '.venv').symlink_to(VENV)
    # ddev asks git for the files of a repository.
    subprocess.run(['git', 'init', '--quiet', str(folder)], check=True)
    subprocess.run(['git', '-C', str(folder), 'add', '.'], check=True)


def stop(folder: Path) -> None:
    """Stop what was started in a folder and still runs there."""
    for process in Path('/proc').glob('[0-9]*'):
        try:
            if (process / 'cwd').resolve() == folder and int(process.name) != os.getpid():
                os.kill(int(process.name), signal.SIGTERM)
        except OSError:
            continue


def write(name: str, text: str, folder: Path) -> None:
    """Write a file, or replace the text of one section of it: `README.md#Overview`."""
    name, _, heading = name.partition('#')
    file = folder / name
    if heading:
        text, count = re.subn(
            rf'(?<=^## {heading}\n\n).*?(?=\n## )', lambda _: text, file.read_text(), flags=re.MULTILINE | re.DOTALL
        )
        assert count == 1, f'{name} has {count} sections {heading}'
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


@pytest.mark.parametrize('with_docker', [False, pytest.param(True, marks=pytest.mark.integration)])
def test_every_file_and_every_command_of_the_tutorial(with_docker: bool, tmp_path: Path) -> None:
    folder = tmp_path / 'repository'
    folder.mkdir()
    copy_of_the_repository(folder)
    tutorial = (ROOT / 'docs/tutorial.md').read_text()
    assert PORT in tutorial and IN_DOCKER in tutorial
    if not with_docker:
        tutorial, _, _ = tutorial.partition(IN_DOCKER)
    with socket.create_server(('127.0.0.1', 0)) as free:
        tutorial = tutorial.replace(PORT, str(free.getsockname()[1]))

    blocks = BLOCK.findall(tutorial)
    assert len(blocks) == tutorial.count('```') / 2 > 0

    try:
        for language, name, text in blocks:
            if language == 'console':
                for part in re.split(r'^\$ ', text, flags=re.MULTILINE)[1:]:
                    command, _, expected = part.partition('\n')
                    code, output = run(command, folder)
                    assert code == 0, f'{command}\n{output}'
                    assert matches(expected, output), f'{command}\nprinted:\n{output}\nand not:\n{expected}'
            elif name:
                write(name, text, folder)
            else:
                # What needs a host with an Agent.
                assert language == 'shell' and 'datadog-agent' in text
    finally:
        stop(folder)


def test_output_is_compared_in_full_but_for_ellipses() -> None:
    assert matches('a\n…\nd', 'a\nb\nc\nd\n')
    assert not matches('a', 'ab')
    assert not matches('a…c', 'acb')
