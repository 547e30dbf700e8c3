import os
import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from datadog_checks.custom_check import CustomCheck
from datadog_checks.dev import TempDir, docker_run
from datadog_checks.dev._env import get_state, save_state
from datadog_checks.dev.docker import ComposeFileDown, ComposeFileLogs
from datadog_checks.dev.utils import find_free_port

from .common import COMPOSE_FILE, HOST_TAGS, INSTANCES, MYSQL_INSTANCE

LOOPBACK = '127.0.0.1'
FLASK_PORT = 5050

# RFC 2606 reserves this name so that it never resolves: an Agent without an account reports nowhere.
NO_SITE = 'no-account.invalid'


@pytest.fixture
def make_check() -> Callable[..., CustomCheck]:
    """Return a function that makes a check of one instance with the given options."""
    return lambda **options: CustomCheck('custom_check', {}, [options])


@pytest.fixture(scope='session')
def dd_environment() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Start MySQL and the Flask app, and yield the configuration and the metadata of the Agent that watches them."""
    variables = compose_variables()
    with compose(variables), TempDir('agent') as folder:
        yield {'instances': INSTANCES}, agent(variables, Path(folder))


def compose_variables() -> dict[str, str]:
    """Return the variables of docker-compose.yaml: new ones for each start, and the same ones until the stop."""
    if not (variables := get_state('compose_variables')):
        environment = os.environ.get('HATCH_ENV_ACTIVE', 'default')
        variables = {
            # Compose allows no dots. The random part lets two checkouts run at once.
            'COMPOSE_PROJECT_NAME': f'custom_check_{environment.replace(".", "")}_{secrets.token_hex(3)}',
            'AGENT_HOST': f'dd_custom_check_{environment}',
            'FLASK_PORT': str(flask_port()),
            'MYSQL_PORT': str(find_free_port(LOOPBACK)),
            **{f'MYSQL_{user}_PASSWORD': secrets.token_urlsafe(16) for user in ('ROOT', 'FLASK', 'DATADOG')},
        }
        save_state('compose_variables', variables)
    return variables


def flask_port() -> int:
    with socket.socket() as probe:
        # As Docker does: a port counts as free while a closed connection lingers on it.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, FLASK_PORT))
            return FLASK_PORT
        except OSError:
            port = find_free_port(LOOPBACK)
            print(f'Port {FLASK_PORT} is taken: the Flask app will be at http://{LOOPBACK}:{port}')
            return port


@contextmanager
def compose(variables: dict[str, str], service: str | None = None) -> Iterator[None]:
    """Start all services, or one of them. `ddev env stop` or the end of the tests stops them."""
    file = str(COMPOSE_FILE)

    def clean_up(error: BaseException) -> None:
        # An environment that did not start is never stopped otherwise.
        ComposeFileLogs(file, check=False)(error)
        ComposeFileDown(file)()

    with docker_run(file, build=service is None, service_name=service, env_vars=variables, on_error=clean_up):
        yield


def agent(variables: dict[str, str], folder: Path) -> dict[str, Any]:
    """Return the metadata of an Agent with the host tags, a trace receiver, and its own MySQL check.

    It reports to the account of `DD_API_KEY` at `DD_SITE` (default: datadoghq.com), or nowhere without a key.
    """
    secret(
        folder / 'mysql.yaml',
        yaml.safe_dump({'instances': [{**MYSQL_INSTANCE, 'password': variables['MYSQL_DATADOG_PASSWORD']}]}),
    )
    volumes = [f'{folder}/mysql.yaml:/etc/datadog-agent/conf.d/mysql.d/conf.yaml:ro']
    env_vars = {
        'DD_TAGS': ' '.join(HOST_TAGS),
        'DD_APM_ENABLED': 'true',
        'DD_APM_NON_LOCAL_TRAFFIC': 'true',
        'DD_SITE': NO_SITE,
    }
    if key := os.environ.get('DD_API_KEY'):
        # In a file, since ddev passes each variable on a command line.
        secret(folder / 'api_key', key)
        volumes.append(f'{folder}/api_key:/run/secrets/api_key:ro')
        env_vars |= {
            'DD_API_KEY': 'ENC[file@/run/secrets/api_key]',
            'DD_SECRET_BACKEND_COMMAND': '/readsecret_multiple_providers.sh',
            'DD_SITE': os.environ.get('DD_SITE', 'datadoghq.com'),
        }
    return {
        'docker_network': f'{variables["COMPOSE_PROJECT_NAME"]}_default',
        'docker_volumes': volumes,
        'env_vars': env_vars,
    }


def secret(path: Path, text: str) -> None:
    """Write a file that only the owner can read."""
    path.touch(mode=0o600)
    path.write_text(text)
