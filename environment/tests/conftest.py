"""The running environment, seen from outside: through the sandbox's API, the app's port, and Compose."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

FOLDER = Path(__file__).parents[1]
KEYS = {'DD-API-KEY': 'tests', 'DD-APPLICATION-KEY': 'tests'}


class Environment:
    """The environment that `make start` started."""

    def __init__(self) -> None:
        lines = (FOLDER / '.env').read_text().splitlines()
        self.settings = dict(line.split('=', 1) for line in lines)
        # With a name server that prints what the Agent asks for.
        self.files = os.pathsep.join([self.settings['COMPOSE_FILE'], 'tests/resolver.yaml'])
        self.sandbox = f'http://127.0.0.1:{self.settings["SANDBOX_PORT"]}'
        self.app = f'http://127.0.0.1:{self.settings["FLASK_PORT"]}'

    def compose(self, *command: str, **variables: str) -> str:
        """Return what a Compose command prints. The variables replace the defaults of docker-compose.yaml."""
        done = subprocess.run(
            ['docker', 'compose', *command],
            cwd=FOLDER,
            env={**os.environ, 'COMPOSE_FILE': self.files, **variables},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def get(self, path: str, **parameters: Any) -> Any:
        """Return the answer of the sandbox's API."""
        answer = requests.get(f'{self.sandbox}{path}', params=parameters, headers=KEYS, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def query(self, query: str, start: float, end: float) -> list[dict[str, Any]]:
        """Return the series that a metric query has between two times."""
        return self.get('/api/v1/query', query=query, **{'from': int(start), 'to': int(end)})['series']

    def points(self, scope: str, start: float, end: float) -> list[tuple[int, float]]:
        """Return the points of `my_metric` in a scope, each with its own second."""
        [series] = self.query(f'avg:my_metric{{{scope}}}.rollup(last, 1)', start, end) or [{'pointlist': []}]
        return [(int(at / 1000), value) for at, value in series['pointlist'] if value is not None]

    def monitor(self, part_of_name: str) -> dict[str, Any]:
        """Return the monitor that has this in its name, with the state of each group."""
        monitors = self.get('/api/v1/monitor', group_states='all')
        [monitor] = [one for one in monitors if part_of_name in one['name']]
        return monitor

    def mails(self) -> list[dict[str, Any]]:
        return self.get('/api/sandbox/mails')['mails']


def wait_for(what: str, condition: Callable[[], Any], seconds: float, every: float = 2) -> Any:
    """Return what the condition returns once that is true. Fails when it is not within so many seconds."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f'{what}: not within {seconds:g} s'
        time.sleep(every)
    return found


@pytest.fixture(scope='session')
def environment() -> Environment:
    if not (FOLDER / '.env').exists():
        pytest.skip('needs `make start`')
    return Environment()
