"""Distributions: the sketches of an Agent, values of a client, and what is merged of them."""

import math

import numpy as np
import pytest
from conftest import NOW
from datadog_sandbox.payload_pb2 import Sketches
from datadog_sandbox.store import Series, Store, sketch_of
from datadog_sandbox.store.sketches import BIAS, GAMMA, key_of, values_of
from starlette.testclient import TestClient

AT = NOW - 30
WEB = Series('web.time', 'a', ('env:dev',), 'distribution')
PROTOBUF = {'Content-Type': 'application/x-protobuf'}


def sketches(ts: int = AT, cnt: int = 3, k: tuple[int, ...] = (0, 1338, 1383), n: tuple[int, ...] = (1, 1, 1)) -> bytes:
    payload = Sketches()
    sketch = payload.sketches.add(metric='web.time', host='a', tags=['Env:Dev'])
    sketch.dogsketches.add(ts=ts, cnt=cnt, min=0, max=2, avg=1, sum=3, k=k, n=n)
    return payload.SerializeToString()


def test_keys_are_those_of_the_agent() -> None:
    # pkg/util/quantile: gamma is 1 + 2 / 128, and 1e-9 has the first key; so 1 has key 1338.
    assert (GAMMA, BIAS) == (1.015625, 1338)
    assert [key_of(value) for value in (0, 1e-10, 1, -1, 1.015625, 2, 1e300)] == [0, 0, 1338, -1338, 1339, 1383, 32767]
    np.testing.assert_allclose(values_of(np.array([0, 1338, -1339])), [0, 1, -1.015625])


def test_sketches_of_an_agent_are_kept(client: TestClient, store: Store) -> None:
    assert client.post('/api/beta/sketches', content=sketches(), headers=PROTOBUF).status_code == 202
    [(id_, series)] = store.series('web.time').items()
    assert series == WEB
    expected = {'avg': 1, 'sum': 3, 'min': 0, 'max': 2, 'count': 3, 'p0': 0, 'p50': 1, 'p100': 2, 'p99': 1, 'last': 1}
    answers = {method: store.grid([id_], AT, AT + 20, 20, method)[0, 0] for method in expected}
    assert answers == pytest.approx(expected)
    assert store.last_times([id_], 0, NOW) == {id_: AT}
    assert [host.name for host in store.hosts()] == ['a']
    assert store.received()[0].items == 1


def test_values_of_a_client_are_within_the_documented_error(client: TestClient, store: Store) -> None:
    # "DDSketch … relative error guarantees": Datadog documents 1 %, the bins of the Agent have half of 1.5625 %.
    draw = np.random.default_rng(1)
    hosts = {host: draw.lognormal(3, 2, 500).tolist() for host in 'abc'}
    series = [
        {'metric': 'web.time', 'host': host, 'points': [[AT, values[:300]], [AT + 1, values[300:]]]}
        for host, values in hosts.items()
    ]
    answer = client.post('/api/v1/distribution_points', json={'series': series})
    assert (answer.status_code, answer.json(), answer.headers['content-type']) == (202, {'status': 'ok'}, 'text/json')
    ids = [*store.series('web.time')]
    everything = np.sort([value for values in hosts.values() for value in values])
    for percentile in (1, 50, 75, 95, 99, 99.9):
        [[merged]] = store.merged([ids], AT, AT + 60, 60, f'p{percentile}')
        assert merged == pytest.approx(everything[math.floor(percentile / 100 * 1499)], rel=0.0079)
        of_each = store.grid(ids, AT, AT + 60, 60, f'p{percentile}')
        for row, values in zip(of_each, hosts.values(), strict=True):
            assert row[0] == pytest.approx(np.sort(values)[math.floor(percentile / 100 * 499)], rel=0.0079)
    figures = {'count': 1500, 'sum': everything.sum(), 'avg': everything.mean(), 'min': everything[0]}
    for method, value in figures.items():
        assert store.merged([ids], AT, AT + 60, 60, method)[0, 0] == pytest.approx(value)


def test_buckets_and_groups_are_apart(store: Store) -> None:
    other = WEB._replace(host='b')
    store.add_sketches([sketch_of(WEB, 100, [1.0]), sketch_of(WEB, 120, [-5.0, -5.0]), sketch_of(other, 139, [7.0])])
    first, second = store.series('web.time')
    grid = store.grid([second, first], 100, 160, 20, 'p50')
    np.testing.assert_allclose(grid, [[np.nan, 7, np.nan], [1, -5, np.nan]], rtol=0.008)
    np.testing.assert_array_equal(
        store.merged([[first, second], [second]], 100, 160, 20, 'count'), [[1, 3, np.nan], [np.nan, 1, np.nan]]
    )
    store.add_sketches([sketch_of(WEB, 120, [9.0])])
    assert store.grid([first], 120, 140, 20, 'max').tolist() == [[9.0]]
    store.prune(121)
    assert np.isnan(store.grid([second], 100, 120, 20, 'sum')).all()
    assert store.series('web.time') == {second: other}


def test_other_series_have_no_percentiles(store: Store) -> None:
    store.add([(Series('load', 'a', ()), 100, 1.0)])
    store.add_sketches([sketch_of(WEB, 100, [2.0])])
    ids = [*store.series('load'), *store.series('web.time')]
    np.testing.assert_allclose(store.grid(ids, 100, 120, 20, 'p95'), [[np.nan], [2]])
    np.testing.assert_array_equal(store.grid(ids, 100, 120, 20, 'sum'), [[1], [2]])


@pytest.mark.parametrize(
    ('body', 'reason'),
    [
        (sketches(ts=0), 'the time 0 of distribution web.time is not between'),
        (sketches(cnt=4), 'the count of distribution web.time is not the sum of those of its bins'),
        (sketches(k=(1, 2)), 'the bins of distribution web.time are not sorted keys with as many counts'),
        (sketches(k=(2, 1, 3)), 'the bins of distribution web.time are not sorted keys with as many counts'),
        (b'12345', 'the body is not valid protobuf'),
    ],
)
def test_a_malformed_sketch_is_refused(client: TestClient, store: Store, body: bytes, reason: str) -> None:
    answer = client.post('/api/beta/sketches', content=body, headers=PROTOBUF)
    assert answer.status_code == 400
    assert reason in answer.json()['errors'][0]
    assert store.metrics() == []


@pytest.mark.parametrize(
    ('points', 'reason'),
    [
        ([[AT, 5]], 'values of distribution m is not a list'),
        ([[AT, ['x']]], 'a value of distribution m is not a finite number'),
        ([[AT]], 'is not a pair of time and values'),
        ([[AT, [1]], [AT + 10, [1e308, 1e308]]], 'the sum of distribution m is too large'),
    ],
)
def test_malformed_values_are_refused(client: TestClient, store: Store, points: object, reason: str) -> None:
    answer = client.post('/api/v1/distribution_points', json={'series': [{'metric': 'm', 'points': points}]})
    assert (answer.status_code, store.metrics()) == (400, [])
    assert reason in answer.json()['errors'][0]
