"""The Agent's MySQL user can do what the MySQL check needs, and nothing else."""

import time
from collections.abc import Callable
from contextlib import ExitStack, closing

import pymysql
import pytest
import yaml
from conftest import Environment

pytestmark = pytest.mark.pipeline

# Error numbers of MySQL.
MAX_USER_CONNECTIONS = 1226
DENIED = (1044, 1142, 1227)

Connect = Callable[[], pymysql.Connection]


@pytest.fixture(scope='module')
def connect(environment: Environment) -> Connect:
    """Return a way to connect to MySQL as the Agent's user."""
    [instance] = yaml.safe_load(environment.compose('exec', '-T', 'mysql', 'cat', '/conf.d/mysql.yaml'))['instances']
    host, port = environment.compose('port', 'mysql', '3306').strip().split(':')
    return lambda: pymysql.connect(
        host=host, port=int(port), user=instance['username'], password=instance['password'], connect_timeout=10
    )


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
def test_it_cannot_write(connect: Connect, statement: str) -> None:
    with closing(connect()) as connection, connection.cursor() as cursor:
        with pytest.raises(pymysql.MySQLError) as error:
            cursor.execute(statement)
    assert error.value.args[0] in DENIED


def test_it_cannot_read_other_schemas(connect: Connect) -> None:
    with closing(connect()) as connection, connection.cursor() as cursor:
        cursor.execute('SHOW DATABASES')
        assert {name for (name,) in cursor.fetchall()} == {'information_schema', 'performance_schema'}
        for statement in ('SELECT * FROM mysql.user', 'SHOW TABLES FROM flask'):
            with pytest.raises(pymysql.MySQLError) as error:
                cursor.execute(statement)
            assert error.value.args[0] in DENIED


def test_it_gets_no_sixth_connection(connect: Connect) -> None:
    # The Agent may hold one of the five just now.
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
