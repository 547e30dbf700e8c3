"""The time of a run, compared with that of a bare check: `ddev test --bench custom_check`.

Both run in the same process with the same base package. They take turns, so that both meet a machine that slows down.
"""

from collections.abc import Callable
from random import randint

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from datadog_checks.base import AgentCheck
from datadog_checks.base.stubs.aggregator import AggregatorStub
from datadog_checks.base.types import InstanceType
from datadog_checks.custom_check import CustomCheck

ROUNDS = range(9)
# Runs of each benchmark. Garbage collection is off: most garbage is from the aggregator stub, which keeps each point.
RUNS = 1_000
INSTANCES = 1_000


class BareCheck(AgentCheck):
    """A check with the same metric, but without configuration and tags."""

    def check(self, _: InstanceType) -> None:
        self.gauge('my_metric', randint(0, 1000))


def make(check_class: type[AgentCheck], count: int = 1) -> list[AgentCheck]:
    """Return instances that have run once: only the first run reads the configuration."""
    checks = [check_class('custom_check', {}, [{'min_collection_interval': 45}]) for _ in range(count)]
    for check in checks:
        assert not check.run()
    return checks


@pytest.mark.parametrize('check_class', [BareCheck, CustomCheck])
@pytest.mark.parametrize('turn', ROUNDS)
@pytest.mark.benchmark(group='one run of one instance', disable_gc=True)
def test_one_run(
    benchmark: BenchmarkFixture, aggregator: AggregatorStub, check_class: type[AgentCheck], turn: int
) -> None:
    [check] = make(check_class)
    benchmark.pedantic(check.run, setup=aggregator.reset, rounds=RUNS, warmup_rounds=RUNS)


@pytest.mark.parametrize('check_class', [BareCheck, CustomCheck])
@pytest.mark.parametrize('turn', ROUNDS)
@pytest.mark.benchmark(group='one run of each of 1,000 instances', disable_gc=True)
def test_a_thousand_instances(
    benchmark: BenchmarkFixture, aggregator: AggregatorStub, check_class: type[AgentCheck], turn: int
) -> None:
    runs: list[Callable[[], str]] = [check.run for check in make(check_class, INSTANCES)]

    def run_all() -> None:
        for run in runs:
            run()

    benchmark.pedantic(run_all, setup=aggregator.reset, rounds=15, warmup_rounds=2)
    assert len(aggregator.metrics('my_metric')) == INSTANCES
