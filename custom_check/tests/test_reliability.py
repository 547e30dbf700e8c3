"""The check over many runs, with many instances, and with any configuration."""

import gc
import json
import os
import tracemalloc
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from datadog_checks.base import ConfigurationError
from datadog_checks.base.stubs import aggregator
from datadog_checks.custom_check import CustomCheck

# The number of checks that an Agent runs at the same time (`check_runners`).
RUNNERS = 4

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)
# The base package, not this check, refuses `metric_patterns` that are no regular expressions.
patterns = st.dictionaries(st.sampled_from(['include', 'exclude']), st.lists(st.text('abc_.', max_size=9)) | scalars)


def options(**known: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return mappings of some known options, with a valid value or with anything, and of unknown options."""
    fitting_or_not = {name: values | anything for name, values in known.items()}
    unknown = st.dictionaries(st.text(max_size=8), anything, max_size=2)
    return st.builds(lambda a, b: {**a, **b}, unknown, st.fixed_dictionaries({}, optional=fitting_or_not))


integers = st.integers(-(2**54), 2**54) | st.integers(-1000, 2000)
instances = st.builds(
    lambda instance, pattern: {**instance, **({'metric_patterns': pattern} if pattern else {})},
    options(
        minimum=integers,
        maximum=integers,
        min_collection_interval=st.integers(1, 86_400) | st.integers(),
        tags=st.lists(st.text(max_size=20), max_size=5),
        service=st.text(max_size=20),
        empty_default_hostname=st.booleans(),
    ),
    patterns,
)


def test_a_hundred_thousand_runs_leak_nothing(make_check: Callable[..., CustomCheck]) -> None:
    check = make_check(tags=['device:a'])

    def run(times: int) -> tuple[int, int]:
        for _ in range(times // 1_000):
            for _ in range(1_000):
                assert not check.run()
            # The aggregator stub keeps each point until it is reset.
            aggregator.reset()
        gc.collect()
        return tracemalloc.get_traced_memory()[0], len(os.listdir('/dev/fd'))

    tracemalloc.start()
    try:
        memory, descriptors = run(1_000)
        memory_later, descriptors_later = run(100_000)
    finally:
        tracemalloc.stop()

    # One byte for each run would be 100,000 bytes.
    assert memory_later - memory < 10_000
    assert descriptors_later == descriptors


def test_two_hundred_instances_report_from_four_threads(make_check: Callable[..., CustomCheck]) -> None:
    checks = [make_check(tags=[f'device:{number}'], minimum=number, maximum=number) for number in range(200)]
    aggregator.reset()

    with ThreadPoolExecutor(RUNNERS) as runners:
        # In rounds, since an Agent never runs an instance that is still running.
        for _ in range(5):
            assert set(runners.map(lambda check: check.run(), checks)) == {''}

    points = Counter((tuple(point.tags), point.value) for point in aggregator.metrics('my_metric'))
    assert points == {((f'device:{number}',), number): 5 for number in range(200)}


@given(instance=instances, init_config=st.none() | options(service=st.text(max_size=20)))
@example(instance={'minimum': 0, 'maximum': 0, 'min_collection_interval': 86_400}, init_config=None)
@example(instance={'minimum': None}, init_config={'service': 5})
@example(instance={'metric_patterns': 5}, init_config=None)
def test_any_configuration_works_or_is_a_configuration_error(
    instance: dict[str, Any], init_config: dict[str, Any] | None
) -> None:
    config = yaml.safe_load(yaml.safe_dump({'init_config': init_config, 'instances': [instance]}, allow_unicode=True))
    [instance] = config['instances']
    aggregator.reset()

    try:
        check = CustomCheck('custom_check', config['init_config'] or {}, [instance])
    except ConfigurationError:
        return
    error = check.run()

    points = aggregator.metrics('my_metric')
    if error:
        [report] = json.loads(error)
        assert 'datadog_checks.base.errors.ConfigurationError: Detected ' in report['traceback']
        assert points == []
    elif not instance.get('metric_patterns'):
        [point] = points
        assert instance.get('minimum', 0) <= point.value <= instance.get('maximum', 1000)
        assert point.value.is_integer()
