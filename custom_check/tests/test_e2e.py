"""The check in a real Agent, next to the Agent's MySQL check: `ddev env start --dev custom_check py3.13`, then
`ddev env test custom_check py3.13`, with `.venv/bin` in PATH.
"""

import json
import os
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from datadog_checks.base.stubs.aggregator import AggregatorStub
from datadog_checks.dev._env import E2E_PARENT_PYTHON, e2e_testing
from datadog_checks.dev.utils import get_metadata_metrics

from .common import HOST_TAGS, INSTANCES, ROOT

pytestmark = pytest.mark.e2e

AgentCheck = Callable[..., AggregatorStub]


@pytest.fixture(autouse=True)
def environment() -> None:
    if not e2e_testing():
        pytest.skip('needs `ddev env test`')


def agent(*command: str) -> Any:
    """Run a command of the Agent and return its JSON output."""
    environment = os.environ['HATCH_ENV_ACTIVE']
    ddev = [os.environ[E2E_PARENT_PYTHON], '-m', 'ddev', 'env', 'agent', ROOT.name, environment]
    output = subprocess.run([*ddev, *command, '--json'], capture_output=True, text=True, check=True).stdout
    return json.loads(output[min(output.index(opening) for opening in '[{' if opening in output) :])


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
