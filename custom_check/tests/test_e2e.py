"""The check inside a real Agent: `ddev env start --dev custom_check py3.13`, then `ddev env test`."""

from collections.abc import Callable

import pytest

from datadog_checks.base.stubs.aggregator import AggregatorStub
from datadog_checks.dev.utils import get_metadata_metrics

from .common import INSTANCES, ROOT

pytestmark = pytest.mark.e2e

AgentCheck = Callable[..., AggregatorStub]


@pytest.fixture(autouse=True)
def repository(monkeypatch: pytest.MonkeyPatch) -> None:
    # `dd_agent_check` calls ddev from here, and a `.ddev.toml` may name the repository by its working folder.
    monkeypatch.setenv('PWD', str(ROOT.parent))


def test_each_instance_submits_one_integer_with_its_tags(dd_agent_check: AgentCheck) -> None:
    aggregator = dd_agent_check()

    points = aggregator.metrics('my_metric')
    assert len(points) == len(INSTANCES)
    for instance in INSTANCES:
        [point] = [point for point in points if set(instance['tags']) <= set(point.tags)]
        assert point.type == aggregator.METRIC_ENUM_MAP['gauge']
        assert float(point.value).is_integer()
        assert instance.get('minimum', 0) <= point.value <= instance.get('maximum', 1000)

    assert aggregator.metric_names == ['my_metric']
    assert not aggregator.service_check_names
    aggregator.assert_metrics_using_metadata(get_metadata_metrics())


def test_bad_configuration_surfaces_as_our_error(dd_agent_check: AgentCheck) -> None:
    with pytest.raises(Exception, match='`minimum` is 6, but must not be above `maximum`, which is 5'):
        dd_agent_check({'instances': [{'minimum': 6, 'maximum': 5}]})
