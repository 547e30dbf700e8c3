"""The door: what a server answers before its account is ready, and what it must not load for that."""

import json
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import KEY
from datadog_sandbox import cli, server
from datadog_sandbox.door import Door
from datadog_sandbox.store import Store
from starlette.applications import Starlette

HEAVY = {
    'numpy', 'bottleneck', 'lark', 'jinja2', 'markdown_it', 'google.protobuf', 'vl_convert', 'scipy', 'statsmodels',
    'datadog_api_client', 'dateutil', 'rich', 'datadog_sandbox.store',
}  # fmt: skip


def door_of(load) -> Door:
    return Door(lambda routes, lifespan: server.guarded(routes, lifespan, time.time, ()), load)


class Opening:
    """A server whose account is ready when a test says so."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.ready = threading.Event()

    def load(self) -> Starlette:
        assert self.ready.wait(10)
        return server.create_app(self.store)


@pytest.fixture
def opening(store: Store) -> Iterator[Opening]:
    opening = Opening(store)
    yield opening
    opening.ready.set()


def answer(url: str, headers: dict[str, str] = KEY, body: Any = None) -> tuple[int, bytes, list[str]]:
    """Return status, body, and the names of the headers."""
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=20) as response:
            return response.status, response.read(), response.headers.keys()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), error.headers.keys()


@pytest.mark.parametrize('path', ['/api/v1/validate', '/api/v2/validate', '/_health'])
def test_presence_is_reported_before_the_account_is_ready_and_in_the_same_words_after_it(opening, path: str) -> None:
    with server.running(door_of(opening.load)) as url:
        early = answer(url + path)
        opening.ready.set()
        assert answer(url)[0] == 200
        late = answer(url + path)
    assert early[0] == 200
    assert early == late


@pytest.mark.parametrize('headers', [{}, {**KEY, 'Host': 'elsewhere'}])
def test_the_door_refuses_what_the_account_does(opening, headers: dict[str, str]) -> None:
    with server.running(door_of(opening.load)) as url:
        early = answer(f'{url}/api/v1/validate', headers)
        opening.ready.set()
        assert answer(url)[0] == 200
        late = answer(f'{url}/api/v1/validate', headers)
    assert early[0] == 403
    assert early == late


def test_what_needs_the_account_waits_for_it(opening) -> None:
    answers = []
    body = {'series': [{'metric': 'load', 'points': [[int(time.time()), 1]]}]}
    headers = {**KEY, 'Content-Type': 'application/json'}
    with server.running(door_of(opening.load)) as url:
        post = threading.Thread(target=lambda: answers.append(answer(f'{url}/api/v1/series', headers, body)))
        post.start()
        # The post was sent before: it is still not answered after another one is.
        assert answer(f'{url}/api/v1/validate')[0] == 200
        assert answers == []
        opening.ready.set()
        post.join()
    assert answers[0][0] == 202


def test_an_account_that_cannot_be_opened_ends_the_server_with_its_error(tmp_path: Path) -> None:
    file = tmp_path / 'account.db'
    file.write_text('this is no database')
    result = CliRunner().invoke(cli.main, ['serve', '--port', '0', '--file', str(file)])
    assert (result.exit_code, result.output) == (1, f'Error: --file {file}: file is not a database\n')


def test_a_first_request_is_answered_before_anything_heavy_is_imported() -> None:
    code = (
        'import sys, threading, time, urllib.request\n'
        'from datadog_sandbox import cli, server\n'
        'from datadog_sandbox.door import Door\n'
        'wait = threading.Event()\n'
        'def load():\n'
        '    wait.wait(10)\n'
        '    raise SystemError\n'
        'door = Door(lambda routes, lifespan: server.guarded(routes, lifespan, time.time, ()), load)\n'
        'with server.running(door) as url:\n'
        '    question = urllib.request.Request(f"{url}/api/v1/validate", headers={"DD-API-KEY": "any"})\n'
        '    assert urllib.request.urlopen(question).status == 200\n'
        f'    print(sorted({HEAVY!r} & {{*sys.modules}}))\n'
        '    wait.set()\n'
    )
    run = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert run.stdout == '[]\n', run.stderr


def test_help_imports_no_more_than_the_command_line() -> None:
    code = (
        'import sys; from click.testing import CliRunner; from datadog_sandbox import cli\n'
        'assert CliRunner().invoke(cli.main, ["rehearse", "--help"]).exit_code == 0\n'
        f'print(sorted({HEAVY | {"starlette", "uvicorn", "asyncio"}!r} & {{*sys.modules}}))'
    )
    assert subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True).stdout == '[]\n'
