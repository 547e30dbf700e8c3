"""Tag configurations of metrics, API v2, in the forms recorded by datadog-api-client-python and by the Terraform
provider: `test_update_a_tag_configuration_returns_ok_response`, `TestAccDatadogMetricTagConfiguration_*`.
"""

from typing import Any

import pytest
from calling import NOW, Client
from datadog_sandbox.store import Series

NAME = 'room.temperature'
PATH = f'/api/v2/metrics/{NAME}/tags'


@pytest.fixture
def rooms(api: Client) -> Client:
    api.store.add(
        [(Series(NAME, host, ('room:1',)), NOW - ago, 20.0) for host, ago in (('a', 0), ('b', 60), ('c', 3700))]
    )
    return api


def body(name: str = NAME, **attributes: Any) -> Any:
    return {'data': {'type': 'manage_tags', 'id': name, 'attributes': attributes}}


def test_a_configuration_is_created_changed_and_deleted(rooms: Client) -> None:
    created = rooms.ask('POST', PATH, body(metric_type='gauge', tags=['app', 'datacenter']), 201)
    attributes = created['data']['attributes']
    stamp = attributes['created_at']
    assert created['data'] == {
        'type': 'manage_tags',
        'id': NAME,
        'attributes': {
            'tags': ['app', 'datacenter'], 'created_at': stamp, 'modified_at': stamp, 'metric_type': 'gauge',
            'aggregations': [{'space': 'avg', 'time': 'avg'}],
        },
    }  # fmt: skip
    assert stamp == '2026-11-24T12:00:00.000000+00:00'
    assert rooms.ask('GET', PATH) == created
    rooms.clock.now = NOW + 1
    changed = rooms.ask('PATCH', PATH, body(tags=['app'], exclude_tags_mode=True))['data']['attributes']
    assert changed == attributes | {
        'tags': ['app'], 'exclude_tags_mode': True, 'modified_at': '2026-11-24T12:00:01.000000+00:00',
    }  # fmt: skip
    assert rooms.ask('DELETE', PATH, status=204) is None
    for method in ('GET', 'DELETE'):
        assert rooms.errors(method, PATH, status=404) == [f'{NAME} not found']


@pytest.mark.parametrize(
    ('attributes', 'own'),
    [
        ({'metric_type': 'count'}, {'aggregations': [{'space': 'sum', 'time': 'sum'}]}),
        ({'metric_type': 'gauge', 'aggregations': [{'space': 'max', 'time': 'avg'}]},
         {'aggregations': [{'space': 'max', 'time': 'avg'}]}),
        ({'metric_type': 'distribution'}, {'include_percentiles': False}),
        ({'metric_type': 'distribution', 'include_percentiles': True}, {'include_percentiles': True}),
    ],
)  # fmt: skip
def test_what_a_configuration_has_depends_on_its_type(rooms: Client, attributes: Any, own: Any) -> None:
    answer = rooms.ask('POST', PATH, body(tags=[], **attributes), 201)['data']['attributes']
    assert {name: answer[name] for name in answer if name in ('aggregations', 'include_percentiles')} == own


def test_configured_metrics_are_listed_as_such(rooms: Client) -> None:
    rooms.store.add([(Series('room.light', 'a', ()), NOW, 1.0)])
    configuration = rooms.ask('POST', PATH, body(metric_type='gauge', tags=[]), 201)['data']
    light = {'type': 'metrics', 'id': 'room.light'}
    assert rooms.ask('GET', '/api/v2/metrics')['data'] == [light, configuration]
    assert rooms.ask('GET', '/api/v2/metrics', **{'filter[configured]': 'false'})['data'] == [light]
    rooms.clock.now = NOW + 86_400
    assert rooms.ask('GET', '/api/v2/metrics', **{'filter[configured]': 'true'})['data'] == [configuration]


@pytest.mark.parametrize(
    ('method', 'request_body', 'status', 'error'),
    [
        ('POST', body('other', metric_type='gauge', tags=[]), 400, f'data.id must be {NAME}, the metric of the path'),
        ('POST', {'data': {'type': 'manage_tags', 'id': 5}}, 400,
         f'data.id must be {NAME}, the metric of the path, not 5'),
        ('POST', body(metric_type='gauge', tags='app'), 400, 'body.data.attributes.tags must be a list'),
        ('POST', body(metric_type='counter', tags=[]), 400, 'body.data.attributes.metric_type must be one of'),
        ('POST', body(metric_type='gauge', tags=[], include_percentiles=True), 400,
         'include_percentiles must be of a distribution, not of a gauge'),
        ('POST', None, 400, 'body is required'),
        # Datadog's OpenAPI document has 422 for this method alone, and no 404.
        ('PATCH', body(tags=[]), 422, f'{NAME} not found'),
    ],
)  # fmt: skip
def test_a_wrong_configuration_is_refused(
    rooms: Client, method: str, request_body: Any, status: int, error: str
) -> None:
    [said] = rooms.errors(method, PATH, request_body, status)
    assert said.startswith(error)


SUMS = [{'space': 'sum', 'time': 'sum'}]


@pytest.mark.parametrize(('kind', 'aggregations'), [('gauge', SUMS), ('count', SUMS), ('distribution', None)])
def test_a_metric_is_configured_before_its_first_point(api: Client, kind: str, aggregations: Any) -> None:
    """As recorded: TestAccDatadogMetricTagConfiguration_GaugeBasic, _CountBasic, _DistributionBasic."""
    path = '/api/v2/metrics/new/tags'
    created = api.ask('POST', path, body('new', metric_type=kind, tags=['env'], exclude_tags_mode=False), 201)
    attributes = created['data']['attributes']
    assert (attributes['tags'], attributes['exclude_tags_mode']) == (['env'], False)
    assert attributes.get('aggregations') == aggregations
    assert api.ask('GET', path) == created
    changed = api.ask('PATCH', path, body('new', tags=['env', 'region']))['data']['attributes']
    assert (changed['tags'], changed.get('aggregations')) == (['env', 'region'], aggregations)


def test_a_metric_has_one_configuration(rooms: Client) -> None:
    again = body(metric_type='gauge', tags=[])
    rooms.ask('POST', PATH, again, 201)
    assert rooms.errors('POST', PATH, again, 409) == [f'A tag configuration of {NAME} exists']


def test_the_volume_of_a_metric_is_its_series_of_an_hour(rooms: Client) -> None:
    """As recorded: test_list_distinct_metric_volumes_by_metric_name_returns_success_response."""
    assert rooms.ask('GET', f'/api/v2/metrics/{NAME}/volumes')['data'] == {
        'type': 'metric_volumes', 'id': NAME, 'attributes': {'indexed_volume': 2, 'ingested_volume': 2},
    }  # fmt: skip
    rooms.errors('GET', '/api/v2/metrics/new/volumes', status=404)
