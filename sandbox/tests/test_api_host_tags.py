"""Tags of hosts that clients set, and metadata of metrics."""

from conftest import NOW
from datadog_sandbox.store import Store
from starlette.testclient import TestClient

PATH = '/api/v1/tags/hosts'


def test_tags_are_added_replaced_and_removed(client: TestClient, store: Store) -> None:
    store.add_host('a', ('env:lab',), {}, NOW)
    answer = client.post(f'{PATH}/a', json={'tags': ['room:1']})
    assert (answer.status_code, answer.json()) == (201, {'host': 'a', 'tags': ['room:1']})
    assert client.post(f'{PATH}/a', json={'tags': ['room:2', 'room:1']}).json()['tags'] == ['room:1', 'room:2']
    assert client.put(f'{PATH}/a', params={'source': 'chef'}, json={'tags': ['x:1']}).json()['tags'] == ['x:1']
    assert client.get(f'{PATH}/a').json() == {'tags': ['env:lab', 'room:1', 'room:2', 'x:1']}
    assert client.get(f'{PATH}/a', params={'source': 'chef'}).json() == {'tags': ['x:1']}
    assert client.get(PATH).json() == {'tags': {'env:lab': ['a'], 'room:1': ['a'], 'room:2': ['a'], 'x:1': ['a']}}
    assert client.delete(f'{PATH}/a', params={'source': 'chef'}).status_code == 204
    assert client.get(f'{PATH}/a').json() == {'tags': ['env:lab', 'room:1', 'room:2']}
    assert client.delete(f'{PATH}/a').status_code == 204
    assert client.get(f'{PATH}/a').json() == {'tags': ['env:lab']}
    for wrong in (1, ''):
        refused = client.post(f'{PATH}/a', json={'tags': [wrong]})
        assert refused.json() == {'errors': ['tags must be a list of strings that are not empty']}


def test_a_host_that_is_not_there_has_no_tags(client: TestClient, store: Store) -> None:
    """As recorded: TestTagsCreateErrors and the others of datadog-api-client-go."""
    for method, body in ('GET', None), ('POST', {}), ('PUT', {'tags': ['a:1']}), ('DELETE', None):
        answer = client.request(method, f'{PATH}/notahostname1234', json=body)
        assert (answer.status_code, answer.json()) == (404, {'errors': ['No host matches that host_id']})
    store.add_host('a', (), {}, NOW)
    assert client.get(f'{PATH}/a').json() == {'tags': []}


def test_a_metric_is_described(client: TestClient) -> None:
    body = {'description': 'of the room', 'unit': 'degree celsius', 'type': 'gauge'}
    full = body | {'short_name': None, 'per_unit': None, 'statsd_interval': None, 'integration': None}
    assert client.put('/api/v1/metrics/room.temperature', json=body).json() == full
    assert client.get('/api/v1/metrics/room.temperature').json() == full
    # What the points say of a metric is in the answer to a change, too.
    client.post('/api/v1/series', json={'series': [{'metric': 'room.light', 'points': [[NOW, 1]], 'type': 'gauge'}]})
    assert client.put('/api/v1/metrics/room.light', json={'unit': 'lumen'}).json()['type'] == 'gauge'
    # As recorded: TestMetricsMetadataUpdateErrors of datadog-api-client-go.
    unknown = client.put('/api/v1/metrics/room.noise', json={})
    assert (unknown.status_code, unknown.json()) == (404, {'errors': ['metric_name not found']})
    assert client.put('/api/v1/metrics/room.temperature', json={'unit': 5}).json() == {
        'errors': ['body.unit must be a string, not 5']
    }
