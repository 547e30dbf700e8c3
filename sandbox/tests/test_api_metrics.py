"""Metrics, API v1 and v2: the answers to queries, and metadata."""

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


PATH = '/api/v2/metrics'


def rooms(api: Client) -> None:
    """Metrics that were last active now, an hour ago, and 2 hours ago; the first of two hosts."""
    api.store.add_host('a', ('env:lab',), {}, NOW)
    for metric, host, tags, ago in (
        ('room.temperature', 'a', ('room:1',), 0),
        ('room.temperature', 'b', ('room:2',), 60),
        ('room.humidity', 'a', (), 3600),
        ('room.light', 'a', (), 7200),
        ('shop.orders', '', ('service:web-shop',), 10),
    ):
        api.store.add([(Series(metric, host, tags), NOW - ago, 1.0)])
    api.ask('POST', '/api/v1/distribution_points', {'series': [{'metric': 'shop.cart', 'points': [[NOW, [1.0]]]}]}, 202)


@pytest.mark.parametrize(
    ('wanted', 'expected'),
    [
        ({}, ['room.humidity', 'room.temperature', 'shop.cart', 'shop.orders']),
        ({'window[seconds]': 3599}, ['room.temperature', 'shop.cart', 'shop.orders']),
        ({'window[seconds]': 7200}, ['room.humidity', 'room.light', 'room.temperature', 'shop.cart', 'shop.orders']),
        ({'filter[configured]': 'true'}, []),
        ({'filter[configured]': 'false', 'filter[tags]': 'room:1'}, ['room.temperature']),
        ({'filter[tags]': 'env:lab'}, ['room.humidity', 'room.temperature']),
        ({'filter[tags]': 'service:web* OR room:2'}, ['room.temperature', 'shop.orders']),
        ({'filter[tags]': 'room IN (2,3) AND host:b'}, ['room.temperature']),
        ({'filter[tags]': 'room:1 AND host:b'}, []),
        ({'filter[metric_type]': 'distribution'}, ['shop.cart']),
        ({'filter[metric_type]': 'non_distribution', 'filter[tags]': '!env:lab'}, ['room.temperature', 'shop.orders']),
    ],
)
def test_active_metrics_are_listed(api: Client, wanted: dict[str, Any], expected: list[str]) -> None:
    rooms(api)
    answer = api.ask('GET', PATH, **wanted)
    assert answer == {'data': [{'type': 'metrics', 'id': name} for name in expected]}


@pytest.mark.parametrize(
    ('tags', 'expected'),
    [
        ('room:1', ['room.temperature']),
        ('host:a', ['room.humidity', 'room.temperature']),
        ('room:* AND NOT room:1', ['room.temperature']),
        ('service:web* OR env:lab', ['room.humidity', 'room.temperature', 'shop.orders']),
        ('room:3', []),
    ],
)
def test_active_metrics_of_api_v1_are_filtered_by_tags(api: Client, tags: str, expected: list[str]) -> None:
    """It "supports boolean and wildcard expressions", and "cannot be combined with other filters"."""
    rooms(api)
    path, since = '/api/v1/metrics', {'from': NOW - 3600}
    assert api.ask('GET', path, **since, tag_filter=tags)['metrics'] == expected
    assert api.errors('GET', path, **since, tag_filter=tags, host='a') == ['tag_filter cannot be combined with host']
    [said] = api.errors('GET', path, **since, tag_filter='(a')
    assert said.startswith('tag_filter must be a scope such as env:prod')


def test_metrics_that_something_reads_or_that_have_tags_configured(api: Client) -> None:
    rooms(api)
    monitor = {'type': 'metric alert', 'query': 'avg(last_5m):avg:room.humidity{*} > 30', 'name': 'a'}
    api.ask('POST', '/api/v1/monitor', monitor)
    attributes = {'tags': ['room', 'floor'], 'metric_type': 'gauge'}
    new = {'data': {'type': 'manage_tags', 'id': 'room.temperature', 'attributes': attributes}}
    api.ask('POST', f'{PATH}/room.temperature/tags', new, 201)

    def names(**wanted: str) -> list[str]:
        return [each['id'] for each in api.ask('GET', PATH, **wanted)['data']]

    assert names(**{'filter[related_assets]': 'true'}) == ['room.humidity']
    assert names(**{'filter[tags_configured]': 'floor'}) == ['room.temperature']
    assert names(**{'filter[tags_configured]': 'floor,zone'}) == []


def test_how_many_values_the_tags_of_a_metric_have_more_than_an_hour_before(api: Client) -> None:
    """The form is that of MetricTagCardinalitiesResponse."""
    for host, room, ago in (('a', 1, 3700), ('b', 1, 3700), ('a', 1, 60), ('a', 2, 60), ('a', 3, 60)):
        api.store.add([(Series('room.light', host, (f'room:{room}',)), NOW - ago, 1.0)])
    answer = api.ask('GET', f'{PATH}/room.light/tag-cardinalities')
    assert answer['meta'] == {'metric_name': 'room.light'}
    assert [(each['id'], each['attributes']['cardinality_delta']) for each in answer['data']] == [
        ('host', -1), ('room', 2),
    ]  # fmt: skip
    # As `JSONAPIErrorResponse` of Datadog's OpenAPI document.
    assert api.errors('GET', f'{PATH}/new/tag-cardinalities', status=404) == [
        {'status': '404', 'title': 'Not Found', 'detail': 'new not found'}
    ]


def test_the_volume_of_another_time_is_refused(api: Client) -> None:
    rooms(api)
    path = f'{PATH}/room.temperature/volumes'
    assert api.ask('GET', path, **{'window[seconds]': 3600}) == api.ask('GET', path)
    assert api.errors('GET', path, **{'window[seconds]': 7200}) == [
        'The sandbox supports only 3600 as window[seconds], not 7200'
    ]


def test_metrics_are_listed_in_pages(api: Client) -> None:
    """The form is that recorded in `test_get_a_list_of_metrics_returns_success_response_with_pagination`."""
    rooms(api)
    first = api.ask('GET', PATH, **{'page[size]': 3})
    assert [metric['id'] for metric in first['data']] == ['room.humidity', 'room.temperature', 'shop.cart']
    cursor = first['meta']['pagination'].pop('next_cursor')
    assert first['meta'] == {'pagination': {'cursor': None, 'limit': 3, 'type': 'cursor_limit'}}
    assert (first['links']['prev'], first['links']['last']) == (None, None)
    assert first['links']['self'] == first['links']['first'] == f'http://127.0.0.1:8080{PATH}?page%5Bsize%5D=3'
    # A metric that comes in between does not move what follows.
    api.store.add([(Series('a.first', 'a', ()), NOW, 1.0)])
    second = api.get(first['links']['next']).json()
    assert second == api.ask('GET', PATH, **{'page[size]': 3, 'page[cursor]': cursor})
    assert [metric['id'] for metric in second['data']] == ['shop.orders']
    assert (second['meta']['pagination']['next_cursor'], second['links']['next']) == (None, None)


@pytest.mark.parametrize(
    ('query', 'error'),
    [
        ({'filter[metric_type]': 'count'}, "filter[metric_type] must be distribution or non_distribution, not 'count'"),
        ({'filter[tags]': '(a'}, 'filter[tags] must be a scope such as env:prod AND service:web*, not '),
        ({'filter[tags]': '*}, avg:b{*'}, 'filter[tags] must be a scope such as env:prod AND service:web*, not '),
        ({'filter[tags]': '*} by {host'}, 'filter[tags] must be a scope such as env:prod AND service:web*, not '),
        ({'page[cursor]': '*'}, "page[cursor] must be a cursor of an answer, not '*'"),
        ({'page[size]': 10_001}, 'page[size] must be a whole number from 1 to 10000'),
        ({'page[size]': 0}, 'page[size] must be a whole number from 1 to 10000'),
        ({'filter[configured]': 'maybe'}, "filter[configured] must be true or false, not 'maybe'"),
        ({'window[seconds]': 0}, 'window[seconds] must be a whole number from 1 to 2592000'),
        ({'filter[queried]': 'true'}, 'The sandbox does not support the parameter filter[queried]'),
    ],
)
def test_a_list_of_metrics_that_is_not_understood_is_refused(api: Client, query: dict[str, Any], error: str) -> None:
    [said] = api.errors('GET', PATH, **query)
    assert said.startswith(error)


@pytest.mark.parametrize(
    ('wanted', 'expected'),
    [
        ({}, ['env:lab', 'host:a', 'host:b', 'room:1', 'room:2']),
        ({'filter[tags]': 'room:1'}, ['env:lab', 'host:a', 'room:1']),
        ({'filter[match]': 'oom'}, ['room:1', 'room:2']),
        ({'filter[include_tag_values]': 'false'}, ['env', 'host', 'room']),
        ({'page[limit]': 2}, ['env:lab', 'host:a']),
    ],
)
def test_the_tags_of_a_metric(api: Client, wanted: dict[str, Any], expected: list[str]) -> None:
    rooms(api)
    answer = api.ask('GET', f'{PATH}/room.temperature/all-tags', **wanted)
    assert answer == {'data': {'type': 'metrics', 'id': 'room.temperature', 'attributes': {'tags': expected}}}


def test_tags_are_those_of_the_last_four_hours_at_least(api: Client) -> None:
    api.store.add(
        [(Series('a.b', '', ('x:old',)), NOW - 14_401, 1.0), (Series('a.b', '', ('x:new',)), NOW - 14_400, 1.0)]
    )
    assert api.ask('GET', f'{PATH}/a.b/all-tags')['data']['attributes']['tags'] == ['x:new']
    answer = api.ask('GET', f'{PATH}/a.b/all-tags', **{'window[seconds]': 20_000})
    assert answer['data']['attributes']['tags'] == ['x:new', 'x:old']
    assert api.errors('GET', f'{PATH}/none/all-tags', status=404) == ['Metric not found']
