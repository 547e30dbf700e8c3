import random
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from datadog_checks.base import AgentCheck
from datadog_checks.base.stubs.aggregator import AggregatorStub
from datadog_checks.custom_check import CustomCheck
from datadog_checks.dev.utils import get_metadata_metrics

from .common import ROOT

LIMIT = 2**53
AN_INTEGER = 'must be an integer from -9007199254740992 to 9007199254740992'
SECONDS = 'must be an integer from 1 to 86400'

MakeCheck = Callable[..., CustomCheck]
RunCheck = Callable[..., str]


def collect(check: CustomCheck, run_check: RunCheck, aggregator: AggregatorStub, runs: int) -> list[float]:
    aggregator.reset()
    for _ in range(runs):
        run_check(check)
    return [point.value for point in aggregator.metrics('my_metric')]


def test_one_gauge_with_the_tags_of_the_instance(
    make_check: MakeCheck, dd_run_check: RunCheck, aggregator: AggregatorStub
) -> None:
    dd_run_check(make_check(minimum=7, maximum=7, tags=['device:a', 'owner:b']))

    aggregator.assert_metric(
        'my_metric', value=7, tags=['device:a', 'owner:b'], metric_type=AggregatorStub.METRIC_ENUM_MAP['gauge'], count=1
    )
    aggregator.assert_all_metrics_covered()
    aggregator.assert_metrics_using_metadata(get_metadata_metrics())
    assert not aggregator.service_check_names
    assert not aggregator.events


def test_no_options_give_integers_from_0_to_1000(
    make_check: MakeCheck, dd_run_check: RunCheck, aggregator: AggregatorStub
) -> None:
    values = collect(make_check(), dd_run_check, aggregator, runs=1_000)

    assert len(values) == 1_000
    assert all(value.is_integer() and 0 <= value <= 1000 for value in values)
    assert len(set(values)) > 500
    assert all(point.tags == [] for point in aggregator.metrics('my_metric'))


def test_every_value_is_equally_likely_bounds_included(
    make_check: MakeCheck, dd_run_check: RunCheck, aggregator: AggregatorStub
) -> None:
    random.seed(45)
    counts = Counter(collect(make_check(minimum=-1, maximum=2), dd_run_check, aggregator, runs=4_000))

    assert set(counts) == {-1, 0, 1, 2}
    # Five standard deviations of a binomial with n = 4000 and p = 1/4.
    assert all(abs(count - 1_000) < 137 for count in counts.values())


@pytest.mark.parametrize('value', [600, 900, 0, -5, LIMIT, -LIMIT])
def test_equal_bounds_hold_the_value_exactly(
    value: int, make_check: MakeCheck, dd_run_check: RunCheck, aggregator: AggregatorStub
) -> None:
    values = collect(make_check(minimum=value, maximum=value), dd_run_check, aggregator, runs=3)

    assert [int(value) for value in values] == [value] * 3


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        *(
            ({option: value}, f'`{option}` is {shown}, but {allowed}')
            for option, allowed in (
                ('minimum', AN_INTEGER),
                ('maximum', AN_INTEGER),
                ('min_collection_interval', SECONDS),
            )
            for value, shown in (
                (True, 'true'),
                (0.5, '0.5'),
                (float('nan'), '.nan'),
                (float('-inf'), '-.inf'),
                ('', '""'),
                ('a\nb', r'"a\nb"'),
                ('x' * 99, f'"{"x" * 76}...'),
                (None, 'empty'),
                ([5], 'a list'),
                ({'a': 5}, 'a mapping'),
                (LIMIT + 1, '9007199254740993'),
                (-LIMIT - 1, '-9007199254740993'),
                (10**79, f'1{"0" * 79}'),
                (10**80, f'1{"0" * 76}...'),
                (10**5000, 'a very large number'),
            )
        ),
        *(
            ({'min_collection_interval': value}, f'`min_collection_interval` is {value}, but {SECONDS}')
            for value in (0, -1, 86_401)
        ),
        *(
            (
                {'min_collection_interval': f'{value}'},
                f'`min_collection_interval` is "{value}", but {SECONDS}{advice}',
            )
            for value, advice in ((0, ''), (1, ', without quotes'), (86_400, ', without quotes'), (86_401, ''))
        ),
        ({'maximum': '-5'}, f'`maximum` is "-5", but {AN_INTEGER}, without quotes'),
        ({'maximum': '1e9'}, f'`maximum` is "1e9", but {AN_INTEGER}: this is text in YAML, write 1000000000'),
        ({'maximum': 600.0}, f'`maximum` is 600.0, but {AN_INTEGER}: write 600'),
        ({'minimum': 6, 'maximum': 5}, '`minimum` is 6, but must not be above `maximum`, which is 5'),
        ({'minimum': 1001}, '`minimum` is 1001, but must not be above `maximum`, which is 1000'),
        ({'maximum': -1}, '`minimum` is 0, but must not be above `maximum`, which is -1'),
    ],
)
def test_invalid_option_is_one_configuration_error(
    options: dict[str, Any],
    message: str,
    make_check: MakeCheck,
    dd_run_check: RunCheck,
    aggregator: AggregatorStub,
) -> None:
    check = make_check(**options)

    for _ in range(2):
        with pytest.raises(Exception, match=re.escape(message)) as error:
            dd_run_check(check, extract_message=True)
        first, option, said = str(error.value).splitlines()
        assert first == 'Detected 1 error while loading configuration model `InstanceConfig`:'
        assert said.endswith(message)
    assert not aggregator.metric_names


def test_all_invalid_options_are_reported_at_once(make_check: MakeCheck, dd_run_check: RunCheck) -> None:
    with pytest.raises(Exception, match='Detected 3 errors') as error:
        dd_run_check(make_check(minimum='a', maximum='b', min_collection_interval=0), extract_message=True)

    for option in ('`minimum` is', '`maximum` is', '`min_collection_interval` is'):
        assert option in str(error.value)


@pytest.mark.parametrize(
    ('options', 'seconds'),
    [
        ({'min_collection_interval': 1}, 1),
        ({'min_collection_interval': 86_400}, 86_400),
        # The default of the Agent.
        ({}, 15),
    ],
)
def test_collection_interval_is_from_one_second_to_one_day(
    options: dict[str, int], seconds: int, make_check: MakeCheck, dd_run_check: RunCheck
) -> None:
    check = make_check(**options)
    dd_run_check(check)

    assert check.config.min_collection_interval == seconds


@pytest.mark.parametrize('value', ['86401', '1e9', 86_401.0, -1.0, 'nan'])
def test_advice_never_names_a_value_that_is_not_allowed(
    value: Any, make_check: MakeCheck, dd_run_check: RunCheck
) -> None:
    with pytest.raises(Exception, match=f'{SECONDS}$'):
        dd_run_check(make_check(min_collection_interval=value), extract_message=True)


def test_unchanged_example_collects_every_45_seconds(dd_run_check: RunCheck, aggregator: AggregatorStub) -> None:
    example = ROOT / 'datadog_checks/custom_check/data/conf.yaml.example'
    config = yaml.safe_load(example.read_text())
    assert config == {'init_config': None, 'instances': [{'min_collection_interval': 45}]}

    check = CustomCheck('custom_check', {}, config['instances'])
    dd_run_check(check)

    assert isinstance(check, AgentCheck)
    assert check.config.min_collection_interval == 45
    aggregator.assert_metric('my_metric', count=1)
