from collections.abc import Callable, Iterator
from typing import Any

import pytest

from datadog_checks.custom_check import CustomCheck
from datadog_checks.dev import docker_run

from .common import COMPOSE_FILE, HOST_TAGS, INSTANCES, PROJECT


@pytest.fixture
def make_check() -> Callable[..., CustomCheck]:
    """Return a function that makes a check of one instance with the given options."""
    return lambda **options: CustomCheck('custom_check', {}, [options])


@pytest.fixture(scope='session')
def dd_environment() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Start MySQL, and describe the Agent that runs this check and its own MySQL check."""
    with docker_run(str(COMPOSE_FILE), env_vars={'COMPOSE_PROJECT_NAME': PROJECT}):
        yield (
            {'instances': INSTANCES},
            {
                'docker_network': f'{PROJECT}_default',
                'docker_volumes': [f'{PROJECT}_agent_conf:/conf.d:ro'],
                # RFC 2606 reserves the domain: an Agent without an account has nowhere to report to.
                'env_vars': {'DD_TAGS': ' '.join(HOST_TAGS), 'DD_SITE': 'no-account.invalid'},
            },
        )
