from collections.abc import Callable, Iterator
from typing import Any

import pytest

from datadog_checks.custom_check import CustomCheck

from .common import HOST_TAGS, INSTANCES


@pytest.fixture(scope='session')
def dd_environment() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    yield {'instances': INSTANCES}, {'env_vars': {'DD_TAGS': ' '.join(HOST_TAGS)}}


@pytest.fixture
def make_check() -> Callable[..., CustomCheck]:
    """Return a check of one instance with the given options."""
    return lambda **options: CustomCheck('custom_check', {}, [options])
