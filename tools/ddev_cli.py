"""Run ddev from the tools. It has an environment of its own, since it pins packages that the sandbox needs newer."""

import json
import os
import socket
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

PYTHON = Path(sys.prefix) / 'ddev' / 'bin' / 'python'
"""The Python of ddev's environment, which the Makefile makes inside that of the tools."""
SERVER = Path(__file__).parent / 'ddev_server.py'

# Validations that take no integration as their argument.
REPOSITORY_VALIDATIONS = {'ci', 'codeowners', 'dep'}

_starting = Lock()


def ddev(
    folder: Path, *arguments: str, variables: dict[str, str] | None = None, **options: Any
) -> subprocess.CompletedProcess[str]:
    """Run ddev in a folder and return the completed process.

    `variables` are added to the environment. The options are those of `subprocess.run`.
    """
    command = [str(PYTHON), '-m', 'ddev', *arguments]
    return subprocess.run(command, cwd=folder, env=_environment(folder, variables), text=True, **options)


def quick_ddev(
    folder: Path, *arguments: str, variables: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Do what `ddev` does, in a new process that begins with ddev imported. The output is captured."""
    request = {'folder': str(folder), 'arguments': arguments, 'environment': _environment(folder, variables)}
    with _starting:
        _, sockets = _server()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(f'{sockets.name}/socket')
        connection.sendall(f'{json.dumps(request)}\n'.encode())
        with connection.makefile() as answer:
            return subprocess.CompletedProcess(arguments, **json.load(answer))


def _environment(folder: Path, variables: dict[str, str] | None) -> dict[str, str]:
    # `.ddev.toml` may refer to `${PWD}`, which nothing else sets.
    return {**os.environ, **(variables or {}), 'PWD': str(folder)}


@cache
def _server() -> tuple[subprocess.Popen[str], tempfile.TemporaryDirectory[str]]:
    """Start the server of this process, which ends with it, and return it with the folder of its socket."""
    folder = tempfile.TemporaryDirectory(prefix='ddev-')
    command = [str(PYTHON), str(SERVER), f'{folder.name}/socket']
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout and process.stdout.readline() == 'ready\n', 'ddev cannot be imported'
    return process, folder


def validation(name: str, check: str = 'custom_check') -> list[str]:
    """Return the arguments of ddev that run a validation of an integration."""
    return ['validate', name] if name in REPOSITORY_VALIDATIONS else ['validate', name, check]
