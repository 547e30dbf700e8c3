"""Carry out ddev commands, each in a fork of this process: importing ddev takes longer than most of its commands.

`ddev_cli.quick_ddev` starts it with the Python of ddev: `python ddev_server.py SOCKET`. It ends with its stdin.
"""

import json
import os
import select
import socketserver
import sys
import traceback
from typing import Any

from click.testing import CliRunner
from ddev.cli import ddev


class Command(socketserver.StreamRequestHandler):
    """One command: a line of JSON with its folder, arguments, and environment; the answer is an object of JSON."""

    def handle(self) -> None:
        self.wfile.write(json.dumps(invoke(**json.loads(self.rfile.readline()))).encode())


class Server(socketserver.ForkingMixIn, socketserver.UnixStreamServer):
    """Forks for each command."""


def invoke(folder: str, arguments: list[str], environment: dict[str, str]) -> dict[str, Any]:
    """Return the exit code, the output, and the traceback of a command, which is empty unless ddev has a bug."""
    os.chdir(folder)
    result = CliRunner(env=environment).invoke(ddev, arguments, prog_name='ddev')
    is_bug = result.exception and not isinstance(result.exception, SystemExit)
    error = ''.join(traceback.format_exception(result.exception)) if is_bug else ''
    return {'returncode': result.exit_code, 'stdout': result.output, 'stderr': error}


if __name__ == '__main__':
    with Server(sys.argv[1], Command) as server:
        print('ready', flush=True)
        # Standard input becomes readable when the process at its other end is gone.
        while sys.stdin not in select.select([server, sys.stdin], [], [])[0]:
            server.handle_request()
