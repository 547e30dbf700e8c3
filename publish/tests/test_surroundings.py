"""What the command is started in: no terminal, no input, no space, no folder. One line, and never a traceback."""

import os
import shlex
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

COMMAND = [sys.executable, '-m', 'custom_check_publish']


def shell(line: str, folder: Path | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a line of a shell, in which $PUBLISH is the command."""
    environment = {**os.environ, 'PUBLISH': shlex.join(COMMAND), **variables}
    return subprocess.run(['sh', '-c', line], cwd=folder, env=environment, capture_output=True, text=True, timeout=30)


@contextmanager
def endless(encoding: str) -> Iterator[str]:
    """Serve an answer that goes on until its reader leaves, at the address that is given."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = b' ' * 2**20

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header('Content-Encoding', encoding)
            self.end_headers()
            with suppress(OSError):
                while True:
                    packed = packer.compress(block) + packer.flush(zlib.Z_SYNC_FLUSH)
                    self.wfile.write(packed if encoding == 'gzip' else block)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(('127.0.0.1', 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield f'http://127.0.0.1:{server.server_port}'
        server.shutdown()


@pytest.mark.parametrize(
    'proxy',
    ['socks5://proxy.example:1080', 'http://[::1', 'http://me:secret@proxy.example:port', 'ftp://proxy.example'],
)
def test_a_proxy_that_cannot_be_any_is_refused_without_its_password(proxy: str) -> None:
    done = shell('$PUBLISH plan --timezone UTC', HTTPS_PROXY=proxy, DD_SITE='datadoghq.com')
    assert done.returncode == 2
    expected = 'HTTPS_PROXY is not the address of a proxy, such as http://proxy.example:3128.'
    assert done.stderr == f'Error: {expected}\n'


@pytest.mark.parametrize('encoding', ['identity', 'gzip'])
def test_an_answer_without_an_end_is_not_kept(encoding: str) -> None:
    with endless(encoding) as url:
        done = shell(f'ulimit -v 1500000; $PUBLISH plan --timezone UTC --api-url {url}')
    assert done.returncode == 1
    assert 'the answer has more than 64 MB.' in done.stderr
    assert 'Traceback' not in done.stderr


@pytest.mark.parametrize('columns', ['0', '', '00'])
def test_a_width_of_zero_is_no_width(columns: str) -> None:
    done = shell('$PUBLISH plan --site nowhere', COLUMNS=columns)
    assert done.returncode == 2
    assert "'nowhere' is not a Datadog site" in done.stderr


def test_a_closed_input_is_no_terminal() -> None:
    done = shell('$PUBLISH apply --timezone UTC <&-')
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith(
        'without a terminal no question can be asked: add --yes, or run plan to see the changes.'
    )


@pytest.mark.parametrize('arguments', ['--help', 'plan --help', '--version'])
def test_a_full_disk_is_said_in_one_line(arguments: str) -> None:
    done = shell(f'$PUBLISH {arguments} >/dev/full')
    assert done.returncode == 2
    assert done.stderr == 'Error: This cannot be read or written here: the output: No space left on device.\n'


@pytest.mark.parametrize('arguments', ['--help', 'plan --timezone UTC', 'apply --yes --timezone UTC'])
def test_a_closed_output_is_an_error_before_anything_is_done(arguments: str) -> None:
    # The address would be refused next.
    done = shell(f'$PUBLISH {arguments} >&-', DD_SITE='nowhere')
    assert (done.returncode, done.stderr) == (2, 'Error: the standard output is closed: nothing could be shown.\n')


def test_a_deleted_folder_is_no_bug(tmp_path: Path) -> None:
    folder = tmp_path / 'gone'
    folder.mkdir()
    done = shell(f'rmdir {folder} && $PUBLISH plan --site nowhere', folder)
    assert done.returncode == 2
    assert "'nowhere' is not a Datadog site" in done.stderr
    assert 'Traceback' not in done.stderr
