"""What reads a metric, and how many series it would have: API v2, in the forms that datadog-api-client-python recorded.

`test_list_active_tags_and_aggregations_returns_success_response`, `test_related_assets_to_a_metric_returns_success_
response`, `test_tag_configuration_cardinality_estimator_returns_success_response`.
"""

import pytest
from calling import NOW, Client
from datadog_sandbox.store import Series

NAME = 'room.temperature'
PATH = f'/api/v2/metrics/{NAME}'


@pytest.fixture
def rooms(api: Client) -> Client:
    api.store.add(
        [
            (Series(NAME, host, (f'room:{room}',)), NOW - ago, 20.0)
            for host, room, ago in (('a', 1, 0), ('a', 2, 60), ('b', 2, 3700), ('c', 3, 90_000))
        ]
    )
    return api


def test_a_metric_that_nothing_reads(rooms: Client) -> None:
    assert rooms.ask('GET', f'{PATH}/active-configurations')['data'] == {
        'type': 'actively_queried_configurations',
        'id': NAME,
        'attributes': {'active_tags': [], 'active_aggregations': []},
    }
    assert rooms.ask('GET', f'{PATH}/assets') == {
        'data': {'id': NAME, 'type': 'metrics', 'relationships': {}}, 'included': [],
    }  # fmt: skip


def test_the_dashboards_monitors_and_objectives_that_read_a_metric(rooms: Client) -> None:
    widgets = [
        {'definition': {'type': 'timeseries', 'requests': [{'q': f'max:{NAME}{{$floor,room:1}} by {{host}}'}]}},
        {'definition': {'type': 'timeseries', 'requests': [{'q': 'avg:other{env:prod} by {zone}'}]}},
    ]
    variables = [{'name': 'floor', 'prefix': 'floor', 'default': '*'}]
    board = {'title': 'Rooms', 'layout_type': 'ordered', 'widgets': widgets, 'template_variables': variables}
    id_ = rooms.ask('POST', '/api/v1/dashboard', board)['id']
    monitor = {'name': 'Warm', 'type': 'metric alert', 'query': f'avg(last_5m):avg:{NAME}{{*}} by {{room}} > 30'}
    rooms.ask('POST', '/api/v1/monitor', monitor)
    log = {'name': 'Logs', 'type': 'log alert', 'query': f'logs("{NAME}").index("*").rollup("count").last("5m") > 30'}
    rooms.ask('POST', '/api/v1/monitor', log)
    ratio = {'numerator': f'sum:{NAME}{{a:b}}.as_count()', 'denominator': 'sum:all{*}.as_count()'}
    thresholds = [{'timeframe': '7d', 'target': 99}]
    objective = {'name': 'Warm enough', 'type': 'metric', 'query': ratio, 'thresholds': thresholds}
    slo = rooms.ask('POST', '/api/v1/slo', objective)['data'][0]['id']
    assets = rooms.ask('GET', f'{PATH}/assets')
    assert assets['data']['relationships'] == {
        'dashboards': {'data': [{'id': id_, 'type': 'dashboards'}]},
        'monitors': {'data': [{'id': '1', 'type': 'monitors'}]},
        'slos': {'data': [{'id': slo, 'type': 'slos'}]},
    }
    assert [(each['id'], each['attributes']['title']) for each in assets['included']] == [
        (id_, 'Rooms'), ('1', 'Warm'), (slo, 'Warm enough'),
    ]  # fmt: skip
    assert rooms.ask('GET', f'{PATH}/active-configurations')['data']['attributes'] == {
        'active_tags': ['host', 'room'],
        'active_aggregations': [{'space': 'avg', 'time': 'avg'}, {'space': 'max', 'time': 'avg'}],
    }


@pytest.mark.parametrize(
    ('wanted', 'series'),
    # a, 1; a, 2; b, 2 of the last day
    [
        ({}, 3),
        ({'filter[groups]': 'room'}, 2),
        ({'filter[groups]': 'host,room'}, 3),
        ({'filter[groups]': 'x'}, 1),
        ({'filter[groups]': 'room', 'filter[exclude_tags_mode]': 'true'}, 2),
        ({'filter[groups]': 'host,room', 'filter[exclude_tags_mode]': 'true'}, 1),
        ({'filter[groups]': 'x', 'filter[exclude_tags_mode]': 'true'}, 3),
    ],
)
def test_the_estimate_of_a_gauge_is_its_groups_of_a_day(rooms: Client, wanted: dict[str, str], series: int) -> None:
    assert rooms.ask('GET', f'{PATH}/estimate', **wanted, **{'filter[pct]': 'true'})['data'] == {
        'type': 'metric_cardinality_estimate',
        'id': NAME,
        'attributes': {
            'estimated_output_series': series,
            'estimate_type': 'count_or_gauge',
            'estimated_at': '2026-11-24T12:00:00.000000Z',
        },
    }


def test_the_estimate_of_a_distribution(api: Client) -> None:
    """Five metrics of each group, and ten with percentiles, as Datadog's billing of custom metrics has it."""
    points = {'metric': 'took', 'points': [[NOW, [1.0, 2.0]]], 'host': 'a', 'tags': ['env:prod']}
    api.ask('POST', '/api/v1/distribution_points', {'series': [points]}, 202)
    attributes = api.ask('GET', '/api/v2/metrics/took/estimate')['data']['attributes']
    assert (attributes['estimate_type'], attributes['estimated_output_series']) == ('distribution', 5)
    attributes = api.ask('GET', '/api/v2/metrics/took/estimate', **{'filter[pct]': 'true'})['data']['attributes']
    assert (attributes['estimate_type'], attributes['estimated_output_series']) == ('percentile', 10)


@pytest.mark.parametrize('place', ['active-configurations', 'assets', 'estimate'])
def test_a_metric_without_points_is_not_found(api: Client, place: str) -> None:
    assert api.errors('GET', f'/api/v2/metrics/new/{place}', status=404) == ['new not found']


def test_parameters_without_effect_are_refused(rooms: Client) -> None:
    for path, name in ((f'{PATH}/estimate', 'filter[hours_ago]'), (f'{PATH}/active-configurations', 'window[seconds]')):
        assert rooms.errors('GET', path, **{name: '60'}) == [f'The sandbox does not support the parameter {name}']
