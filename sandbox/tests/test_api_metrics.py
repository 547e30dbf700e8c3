"""Metrics, API v1 and v2: what queries answer with, and what is said of metrics."""

from typing import Any

import pytest
from calling import NOW, Client
from datadog_sandbox.store import Series


def series_of(api: Client, query: str) -> dict[str, Any]:
    api.store.add([(Series('disk.used', 'a', ('device:sda',)), NOW - 60, 5.0)])
    [series] = api.ask('GET', '/api/v1/query', query=query, **{'from': NOW - 600, 'to': NOW})['series']
    assert isinstance(series, dict)
    return series


@pytest.mark.parametrize(
    ('query', 'aggregator', 'expression'),
    [
        ('disk.used{*}', None, 'disk.used{*}'),
        ('avg:disk.used{*}', 'avg', 'avg:disk.used{*}'),
        ('max:disk.used{host:a}', 'max', 'max:disk.used{host:a}'),
    ],
)
def test_a_query_without_an_aggregator_has_none_in_the_answer(
    api: Client, query: str, aggregator: str | None, expression: str
) -> None:
    """As recorded by datadogpy, `test_metrics_simple`."""
    series = series_of(api, query)
    assert (series['aggr'], series['expression']) == (aggregator, expression)


BYTE = {'family': 'bytes', 'scale_factor': 1.0, 'name': 'byte', 'short_name': 'B', 'plural': 'bytes'}
MEBIBYTE = BYTE | {'scale_factor': 1048576.0, 'name': 'mebibyte', 'short_name': 'MiB', 'plural': 'mebibytes'}
SECOND = {'family': 'time', 'scale_factor': 1.0, 'name': 'second', 'short_name': 's', 'plural': 'seconds'}
MILLISECOND = SECOND | {'scale_factor': 0.001, 'name': 'millisecond', 'short_name': 'ms', 'plural': 'milliseconds'}
PERCENT = {'family': 'percentage', 'scale_factor': 1.0, 'name': 'percent', 'short_name': '%', 'plural': 'percent'}


@pytest.mark.parametrize(
    ('metadata', 'unit'),
    [
        ({}, None),
        ({'unit': 'byte'}, [BYTE, None]),
        ({'unit': 'byte', 'per_unit': 'second'}, [BYTE, SECOND]),
        ({'unit': 'mebibyte'}, [MEBIBYTE, None]),
        ({'unit': 'millisecond'}, [MILLISECOND, None]),
        ({'unit': 'percent'}, [PERCENT, None]),
        ({'unit': 'request'}, [{'name': 'request', 'plural': 'requests'}, None]),
    ],
)
def test_the_unit_of_a_query_is_that_of_the_metadata(api: Client, metadata: dict[str, str], unit: Any) -> None:
    """The form is that of a recorded answer for `system.cpu.idle`; units: https://docs.datadoghq.com/metrics/units/."""
    if metadata:
        api.ask('PUT', '/api/v1/metrics/disk.used', metadata)
    assert series_of(api, 'avg:disk.used{*}')['unit'] == unit
    assert series_of(api, 'avg:disk.used{*} * 2')['unit'] is None
