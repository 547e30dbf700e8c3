"""The traced Flask app in its own process. Its spans go to Datadog's APM test agent, so no Agent is needed."""

import os
import shutil
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

from datadog_checks.dev.utils import find_free_port, find_free_ports

from .common import COMPOSE_FILE, FLASK_APP
from .conftest import LOOPBACK, compose, compose_variables

BIN = Path(sys.executable).parent
SERVICE = yaml.safe_load(COMPOSE_FILE.read_text())['services']['flask_app']

Span = dict[str, Any]


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
    port, http, grpc = find_free_ports(LOOPBACK, 3)
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

    def run(mysql_port: int, password: str = '') -> App:
        port = find_free_port(LOOPBACK)
        environment = {
            **os.environ,
            **SERVICE['environment'],
            'DD_TRACE_AGENT_URL': test_agent,
            'DD_TRACE_WRITER_INTERVAL_SECONDS': '0.1',
            'DD_INSTRUMENTATION_TELEMETRY_ENABLED': 'false',
            'MYSQL_HOST': LOOPBACK,
            'MYSQL_PORT': str(mysql_port),
            'MYSQL_PASSWORD': password,
            'PATH': f'{BIN}{os.pathsep}{os.environ["PATH"]}',
        }
        log = tmp_path_factory.mktemp('app') / 'log'
        with log.open('wb') as output:
            process = subprocess.Popen(
                [BIN / 'ddtrace-run', 'gunicorn', f'--bind={LOOPBACK}:{port}', '--no-control-socket', 'app:app'],
                cwd=FLASK_APP,
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
    """Start an app that finds no MySQL at its port."""
    return run_app(find_free_port(LOOPBACK))


@pytest.fixture(scope='module')
def mysql() -> Iterator[dict[str, str]]:
    """Start only MySQL, and return the variables of its environment."""
    if not shutil.which('docker') or subprocess.run(['docker', 'info'], capture_output=True).returncode:
        pytest.skip('needs a running Docker engine')
    variables = compose_variables()
    with compose(variables, 'mysql'):
        yield variables


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


@pytest.mark.integration
def test_a_query_is_a_child_span_of_its_request(run_app: Callable[..., App], mysql: dict[str, str]) -> None:
    app = run_app(int(mysql['MYSQL_PORT']), mysql['MYSQL_FLASK_PASSWORD'])
    response = app.get('/api/apm')
    assert (response.status_code, response.text) == (200, 'Getting APM Started')

    spans = {span['span_id']: span for span in app.trace()}
    [root] = [span for span in spans.values() if not span['parent_id']]
    assert (root['service'], root['resource'], root['error']) == ('flask', 'GET /api/apm', 0)
    assert root['meta']['http.status_code'] == '200'

    [query] = [span for span in spans.values() if span['name'] == 'pymysql.query']
    assert (query['service'], query['resource'], query['type']) == ('pymysql', 'SELECT VERSION()', 'sql')
    assert (query['error'], query['meta']['span.kind'], query['meta']['db.name']) == (0, 'client', 'flask')
    ancestor = query
    while ancestor['parent_id']:
        ancestor = spans[ancestor['parent_id']]
    assert ancestor is root
