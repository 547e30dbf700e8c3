"""The check, MySQL, and the Flask app, with an Agent: `ddev env start custom_check py3.13`, then `ddev env test`."""

import json
import os
import random
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from typing import Any

import pymysql
import pytest
import requests

from datadog_checks.base.stubs.aggregator import AggregatorStub
from datadog_checks.dev._env import E2E_PARENT_PYTHON, e2e_testing
from datadog_checks.dev.utils import get_metadata_metrics

from .common import HOST_TAGS, INSTANCES, ROOT
from .conftest import LOOPBACK

pytestmark = pytest.mark.e2e

AgentCheck = Callable[..., AggregatorStub]

# The longest delay of the figures of the trace receiver, which are those of the previous minute.
RECEIVER_DELAY_SECONDS = 150

ROUTES = {
    '/': 'Entrypoint to the Application',
    '/api/apm': 'Getting APM Started',
    '/api/trace': 'Posting Traces',
}

# Error codes of MySQL.
MAX_USER_CONNECTIONS = 1226
DENIED = (1044, 1142, 1227)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    if not e2e_testing():
        pytest.skip('needs `ddev env test`')
    # `dd_agent_check` runs ddev in this process's folder, and `.ddev.toml` may refer to `${PWD}`.
    monkeypatch.setenv('PWD', str(ROOT.parent))


@pytest.fixture
def variables(dd_get_state: Callable[[str], dict[str, str]]) -> dict[str, str]:
    """Return the ports and passwords of the running environment."""
    return dd_get_state('compose_variables')


@pytest.fixture
def connect(variables: dict[str, str]) -> Callable[[], pymysql.Connection]:
    """Return a function that connects to MySQL as the user of the Agent."""
    return lambda: pymysql.connect(
        host=LOOPBACK,
        port=int(variables['MYSQL_PORT']),
        user='datadog',
        password=variables['MYSQL_DATADOG_PASSWORD'],
        connect_timeout=10,
    )


def agent(*command: str) -> Any:
    """Run a command of the Agent and return its JSON output."""
    environment = os.environ['HATCH_ENV_ACTIVE']
    ddev = [os.environ[E2E_PARENT_PYTHON], '-m', 'ddev', 'env', 'agent', ROOT.name, environment]
    output = subprocess.run([*ddev, *command, '--json'], capture_output=True, text=True, check=True).stdout
    return json.loads(output[min(output.index(opening) for opening in '[{' if opening in output) :])


def traces_received() -> int:
    """Return how many traces of the Flask app the Agent received in the previous minute."""
    receiver = agent('status')['apmStats']['receiver']
    return sum(client['TracesReceived'] for client in receiver if client['Service'] == 'flask')


def test_each_instance_submits_one_integer_with_its_tags(dd_agent_check: AgentCheck) -> None:
    aggregator = dd_agent_check()

    points = aggregator.metrics('my_metric')
    assert len(points) == len(INSTANCES)
    for instance in INSTANCES:
        # The Agent takes the tag `device` out of the others.
        [point] = [p for p in points if set(instance['tags']) <= {*p.tags, f'device:{p.device}'}]
        assert point.type == aggregator.METRIC_ENUM_MAP['gauge']
        assert float(point.value).is_integer()
        assert instance.get('minimum', 0) <= point.value <= instance.get('maximum', 1000)

    assert aggregator.metric_names == ['my_metric']
    assert not aggregator.service_check_names
    aggregator.assert_metrics_using_metadata(get_metadata_metrics())


def test_agent_reports_the_error_of_a_bad_configuration(dd_agent_check: AgentCheck) -> None:
    with pytest.raises(Exception, match='`minimum` is 6, but must not be above `maximum`, which is 5'):
        dd_agent_check({'instances': [{'minimum': 6, 'maximum': 5}]})


def test_agent_has_the_host_tags() -> None:
    assert set(HOST_TAGS) <= set(agent('status')['hostTags'])


def test_agent_collects_mysql_open_files() -> None:
    [report] = agent('check', 'mysql')
    assert not report['runner']['LastError']

    [metric] = [
        metric for metric in report['aggregator']['metrics'] if metric['metric'] == 'mysql.performance.open_files'
    ]
    [[_, value]] = metric['points']
    assert metric['type'] == 'gauge'
    assert value >= 0 and float(value).is_integer()


@pytest.mark.parametrize(
    'statement',
    [
        'CREATE DATABASE datadog',
        'CREATE TABLE flask.visits (id INT)',
        'DROP DATABASE flask',
        "UPDATE performance_schema.setup_instruments SET enabled = 'NO'",
        'SET GLOBAL max_connections = 1',
        "CREATE USER 'intruder'@'%'",
    ],
)
def test_the_agents_mysql_user_cannot_write(connect: Callable[[], pymysql.Connection], statement: str) -> None:
    with closing(connect()) as connection, connection.cursor() as cursor:
        with pytest.raises(pymysql.MySQLError) as error:
            cursor.execute(statement)
    assert error.value.args[0] in DENIED


def test_the_agents_mysql_user_cannot_read_other_schemas(connect: Callable[[], pymysql.Connection]) -> None:
    with closing(connect()) as connection, connection.cursor() as cursor:
        cursor.execute('SHOW DATABASES')
        assert {name for (name,) in cursor.fetchall()} == {'information_schema', 'performance_schema'}
        for statement in ('SELECT * FROM mysql.user', 'SHOW TABLES FROM flask'):
            with pytest.raises(pymysql.MySQLError) as error:
                cursor.execute(statement)
            assert error.value.args[0] in DENIED


def test_the_agents_mysql_user_gets_no_sixth_connection(connect: Callable[[], pymysql.Connection]) -> None:
    # The Agent may be using one of the five.
    for _ in range(20):
        opened: list[pymysql.Connection] = []
        with ExitStack() as connections:
            with pytest.raises(pymysql.MySQLError) as error:
                while len(opened) < 6:
                    opened.append(connections.enter_context(closing(connect())))
            assert error.value.args[0] == MAX_USER_CONNECTIONS
        if len(opened) == 5:
            return
        time.sleep(0.5)
    pytest.fail(f'MySQL refused the connection after {len(opened)}')


def test_each_request_to_the_flask_app_arrives_as_a_trace(variables: dict[str, str]) -> None:
    # A random number of requests, so that a stale figure cannot match. A burst across two minutes is sent again.
    rounds = random.randint(20, 60)
    for _ in range(3):
        for path, text in list(ROUTES.items()) * rounds:
            response = requests.get(f'http://{LOOPBACK}:{variables["FLASK_PORT"]}{path}', timeout=10)
            assert (response.status_code, response.text) == (200, text)
        deadline = time.monotonic() + RECEIVER_DELAY_SECONDS
        while time.monotonic() < deadline:
            if (received := traces_received()) == len(ROUTES) * rounds:
                return
            time.sleep(2)
    pytest.fail(f'the Agent received {received} traces of {len(ROUTES) * rounds} in a minute')
