"""The traced Flask app as a process of its own, which sends its spans to Datadog's APM test agent."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

LOOPBACK = '127.0.0.1'
FOLDER = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
SERVICE = yaml.safe_load((FOLDER / 'docker-compose.yaml').read_text())['services']['flask_app']

Span = dict[str, Any]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]


class App:
    """A running app and the traces that it sent."""

    def __init__(self, url: str, test_agent: str, log: Path) -> None:
        self.url = url
        self.test_agent = test_agent
        self.log = log

    def get(self, path: str) -> requests.Response:
        return requests.get(f'{self.url}{path}', timeout=10)

    def trace(self) -> list[Span]:
        """Return the spans of the only trace that the app sent."""
        deadline = time.monotonic() + 20
        while not (traces := requests.get(f'{self.test_agent}/test/traces', timeout=5).json()):
            assert time.monotonic() < deadline, 'no trace in 20 seconds'
            time.sleep(0.1)
        [trace] = traces
        return trace


def wait_until_it_listens(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            return socket.create_connection((LOOPBACK, port), timeout=1).close()
        except OSError:
            assert process.poll() is None, f'{process.args} ended with {process.returncode}'
            assert time.monotonic() < deadline, f'{process.args} does not listen on {port}'
            time.sleep(0.1)


@pytest.fixture(scope='module')
def test_agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port, http, grpc = free_port(), free_port(), free_port()
    command = [str(BIN / 'ddapm-test-agent'), f'--port={port}', f'--otlp-http-port={http}', f'--otlp-grpc-port={grpc}']
    log = tmp_path_factory.mktemp('test_agent') / 'log'
    with log.open('wb') as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        wait_until_it_listens(port, process)
        yield f'http://{LOOPBACK}:{port}'
        process.terminate()


@pytest.fixture(scope='module')
def run_app(test_agent: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., App]]:
    """Return a function that starts the app as its container does, with MySQL at a given port."""
    processes = []

    def run(mysql_port: int) -> App:
        port = free_port()
        password = tmp_path_factory.mktemp('secret') / 'password'
        password.write_text('secret')
        environment = {
            **os.environ,
            **SERVICE['environment'],
            'DD_TRACE_AGENT_URL': test_agent,
            'DD_TRACE_WRITER_INTERVAL_SECONDS': '0.1',
            'DD_INSTRUMENTATION_TELEMETRY_ENABLED': 'false',
            'MYSQL_HOST': LOOPBACK,
            'MYSQL_PORT': str(mysql_port),
            'MYSQL_PASSWORD_FILE': str(password),
            'PATH': f'{BIN}{os.pathsep}{os.environ["PATH"]}',
        }
        log = tmp_path_factory.mktemp('app') / 'log'
        with log.open('wb') as output:
            process = subprocess.Popen(
                [BIN / 'ddtrace-run', 'gunicorn', f'--bind={LOOPBACK}:{port}', '--no-control-socket', 'app:app'],
                cwd=FOLDER / 'flask_app',
                env=environment,
                stdout=output,
            )
        processes.append(process)
        wait_until_it_listens(port, process)
        return App(f'http://{LOOPBACK}:{port}', test_agent, log)

    yield run
    for process in processes:
        process.terminate()
    for process in processes:
        process.wait(timeout=20)


@pytest.fixture(autouse=True)
def no_traces_yet(test_agent: str) -> None:
    requests.get(f'{test_agent}/test/session/clear', timeout=5).raise_for_status()


@pytest.fixture(scope='module')
def app_without_mysql(run_app: Callable[..., App]) -> App:
    """Return an app whose MySQL is at a port on which nothing listens."""
    return run_app(free_port())


@pytest.mark.parametrize(('path', 'text'), [('/', 'Entrypoint to the Application'), ('/api/trace', 'Posting Traces')])
def test_a_request_gets_its_text_and_is_one_trace(app_without_mysql: App, path: str, text: str) -> None:
    response = app_without_mysql.get(path)
    assert (response.status_code, response.text) == (200, text)

    [root] = [span for span in app_without_mysql.trace() if not span['parent_id']]
    assert (root['name'], root['service'], root['resource']) == ('flask.request', 'flask', f'GET {path}')
    assert (root['type'], root['error']) == ('web', 0)
    assert root['meta']['http.status_code'] == '200'
    assert (root['meta']['env'], root['meta']['version']) == ('dev', '1.0.0')


def test_a_log_line_names_its_trace(app_without_mysql: App) -> None:
    app = app_without_mysql
    app.get('/')
    [root] = [span for span in app.trace() if not span['parent_id']]

    trace_id = f'{root["meta"]["_dd.p.tid"]}{root["trace_id"]:016x}'
    line = app.log.read_text().splitlines()[-1]
    assert line.endswith('] GET / 200')
    assert f'[dd.service=flask dd.env=dev dd.version=1.0.0 dd.trace_id={trace_id} dd.span_id=' in line


def test_mysql_that_is_down_gives_503_and_an_error_span(app_without_mysql: App) -> None:
    response = app_without_mysql.get('/api/apm')
    assert (response.status_code, response.text) == (503, 'MySQL does not answer')

    [root] = [span for span in app_without_mysql.trace() if not span['parent_id']]
    assert (root['service'], root['resource'], root['error']) == ('flask', 'GET /api/apm', 1)
    assert root['meta']['http.status_code'] == '503'


def test_mysql_that_does_not_answer_gives_503(run_app: Callable[..., App]) -> None:
    with socket.create_server((LOOPBACK, 0)) as silent:
        app = run_app(silent.getsockname()[1])
        response = app.get('/api/apm')

    assert (response.status_code, response.text) == (503, 'MySQL does not answer')
