"""What an Agent posts: each endpoint in each encoding, what is kept of it, and everything that is refused."""

import asyncio
import gc
import gzip
import json
import math
import sqlite3
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import msgpack
import pytest
import zstandard
from conftest import KEY, NOW
from datadog_sandbox import intake
from datadog_sandbox.http import MAX_BYTES, Refused
from datadog_sandbox.intake import Batch, Window, service_checks
from datadog_sandbox.intake import metrics as metrics_module
from datadog_sandbox.intake.fields import metric_name, normal_tags
from datadog_sandbox.payload_pb2 import Metrics, Traces
from datadog_sandbox.server import RETENTION, create_app
from datadog_sandbox.store import Series, ServiceCheck, Span, Store, TraceStat
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from starlette.routing import Route
from starlette.testclient import TestClient

WINDOW = Window(NOW - RETENTION, NOW)
AT = NOW - 30
PROTOBUF = {'Content-Type': 'application/x-protobuf'}
JSON = {'Content-Type': 'application/json'}


def metrics(value: float = 421.0, time: int = AT, **fields: Any) -> bytes:
    """One series as an Agent sends it: host and device are resources."""
    payload = Metrics()
    series = payload.series.add(**{'metric': 'room.load', 'tags': ['env:dev', 'wing:b'], 'type': 3, **fields})
    series.resources.add(type='host', name='host-a')
    series.resources.add(type='device', name='band-1')
    series.points.add(value=value, timestamp=time)
    return payload.SerializeToString()


def metrics_v2(value: Any = 421.0, time: Any = AT) -> dict[str, Any]:
    return {
        'series': [
            {
                'metric': 'room.load',
                'type': 3,
                'interval': 0,
                'points': [{'timestamp': time, 'value': value}],
                'resources': [{'type': 'host', 'name': 'host-a'}, {'type': 'device', 'name': 'band-1'}],
                'tags': ['wing:b', 'env:dev'],
                'unit': 'beat',
            }
        ]
    }


def metrics_v1(value: Any = 421.0, time: Any = AT) -> dict[str, Any]:
    return {
        'series': [
            {
                'metric': 'room.load',
                'type': 'gauge',
                'interval': None,
                'points': [[time, value]],
                'host': 'host-a',
                'tags': ['wing:b', 'env:dev', 'device:band-1'],
            }
        ]
    }


def check_run(time: Any = AT) -> list[dict[str, Any]]:
    return [
        {'check': 'room.up', 'host_name': 'host-a', 'timestamp': time, 'status': 2, 'message': 'dark', 'tags': ['a:b']}
    ]


def host_metadata() -> dict[str, Any]:
    return {
        'apiKey': 'secret-in-the-body',
        'agentVersion': '7.82.1',
        'internalHostname': 'host-a',
        'os': 'linux',
        'meta': {'timezones': ['UTC']},
        'host-tags': {'system': ['Env:Dev', 'team:blue'], 'google cloud platform': ['zone:x']},
        'gohai': json.dumps({'network': {'ipaddress': '192.0.2.2'}}),
        'resources': {'processes': {}},
        'agent_checks': None,
    }


def event_post(time: Any = AT) -> dict[str, Any]:
    event = {'msg_title': 'Title', 'msg_text': 'Text', 'timestamp': time, 'tags': ['a:b'], 'alert_type': 'warning'}
    return {'internalHostname': 'host-a', 'events': {'api': [event]}}


def traces(start: int = AT * 1_000_000_000, **fields: Any) -> bytes:
    payload = Traces(hostname='host-a', env='none')
    span = {
        'service': 'shop', 'name': 'web.request', 'resource': 'GET /', 'type': 'web', 'trace_id': 2**64 - 1,
        'span_id': 2, 'start': start, 'duration': 12_000_000, 'error': 1, 'meta': {'http.status_code': '500'},
        'metrics': {'_top_level': 1.0},
    }  # fmt: skip
    payload.tracers.add(env='dev').chunks.add().spans.add(**span | fields)
    return payload.SerializeToString()


def stats(start: Any = AT * 1_000_000_000, hits: Any = 3) -> dict[str, Any]:
    group = {'Service': 'shop', 'Name': 'web.request', 'Resource': 'GET /', 'HTTPStatusCode': 200}
    groups = [
        {**group, 'Hits': hits, 'Errors': 1, 'Duration': 36, 'SpanKind': 'server', 'OkSummary': b'\x00\xff'},
        {**group, 'Hits': 2, 'Errors': 0, 'Duration': 4, 'SpanKind': 'client'},
    ]
    client = {'Hostname': 'host-a', 'Stats': [{'Start': start, 'Duration': 10_000_000_000, 'Stats': groups}]}
    return {'AgentHostname': 'agent', 'Stats': [client]}


POINT = (Series('room.load', 'host-a', ('device:band-1', 'env:dev', 'wing:b')), AT, 421.0)
CHECK = ServiceCheck('room.up', 'host-a', ('a:b',), 2, AT, 'dark')
SPAN = Span(
    '18446744073709551615', '2', '0', 'shop', 'web.request', 'GET /', 'web', AT * 1_000_000_000, 12_000_000, 1,
    'host-a', 'dev', {'http.status_code': '500'}, {'_top_level': 1.0},
)  # fmt: skip
STAT = TraceStat('shop', 'web.request', 'GET /', 200, 'host-a', AT, 5, 1, 40)

# One good post for each endpoint: path, headers, body.
GOOD: dict[str, tuple[str, dict[str, str], bytes]] = {
    'metrics, protobuf': ('/api/v2/series', PROTOBUF, metrics()),
    'metrics, JSON v2': ('/api/v2/series', JSON, json.dumps(metrics_v2()).encode()),
    'metrics, JSON v1': ('/api/v1/series', JSON, json.dumps(metrics_v1()).encode()),
    'checks': ('/api/v1/check_run', JSON, json.dumps(check_run()).encode()),
    'host': ('/intake/', JSON, json.dumps(host_metadata()).encode()),
    'event': ('/intake/', JSON, json.dumps(event_post()).encode()),
    'traces': ('/api/v0.2/traces', PROTOBUF, traces()),
    'stats': ('/api/v0.2/stats', {'Content-Type': 'application/msgpack'}, msgpack.packb(stats())),
}
ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    '': bytes,
    'identity': bytes,
    'zstd': zstandard.ZstdCompressor().compress,
    'zstd1': lambda body: zstandard.ZstdCompressor(write_content_size=False).compress(body),
    'gzip': gzip.compress,
    'deflate': zlib.compress,
}


def kept(store: Store) -> dict[str, Any]:
    """Everything that posts can bring, as the store has it."""
    found = {
        'points': [
            (series, time, value)
            for metric in store.metrics()
            for id_, series in store.series(metric).items()
            for time, value in zip(*(column.tolist() for column in store.points([id_], 0, 2**40)[1:]), strict=True)
        ],
        'checks': store.service_checks(),
        'hosts': store.hosts(),
        'spans': store.spans(),
        'stats': store.trace_stats(0, 2**40),
        'events': store.all('event'),
    }
    return {what: rows for what, rows in found.items() if rows}


SEEN = ('host-a', (), {}, NOW)
KEPT: dict[str, tuple[int, dict[str, Any], dict[str, Any]]] = {
    'metrics, protobuf': (1, {'points': [POINT], 'hosts': [SEEN]}, {'errors': []}),
    'metrics, JSON v2': (1, {'points': [POINT], 'hosts': [SEEN]}, {'errors': []}),
    'metrics, JSON v1': (1, {'points': [POINT], 'hosts': [SEEN]}, {'status': 'ok'}),
    'checks': (1, {'checks': [CHECK], 'hosts': [SEEN]}, {'status': 'ok'}),
    'host': (
        1,
        {
            'hosts': [
                (
                    'host-a',
                    ('env:dev', 'team:blue', 'zone:x'),
                    {
                        'agentVersion': '7.82.1',
                        'os': 'linux',
                        'meta': {'timezones': ['UTC']},
                        'gohai': {'network': {'ipaddress': '192.0.2.2'}},
                    },
                    NOW,
                )
            ]
        },
        {'status': 'ok'},
    ),
    'event': (
        1,
        {
            'events': [
                {
                    'id': 166356780315091, 'title': 'Title', 'text': 'Text', 'date_happened': AT,
                    'priority': 'normal', 'alert_type': 'warning', 'host': 'host-a', 'source': 'api', 'tags': ['a:b'],
                }
            ]
        },
        {'status': 'ok'},
    ),
    'traces': (1, {'spans': [SPAN], 'hosts': [SEEN]}, {}),
    'stats': (1, {'stats': [STAT]}, {}),
}  # fmt: skip


@pytest.mark.parametrize('encoding', ENCODERS)
@pytest.mark.parametrize('what', GOOD)
def test_each_endpoint_in_each_encoding(client: TestClient, store: Store, what: str, encoding: str) -> None:
    path, headers, body = GOOD[what]
    items, rows, answer = KEPT[what]
    sent = ENCODERS[encoding](body)
    # Twice: an Agent that sends the same again doubles nothing.
    for _ in range(2):
        response = client.post(path, content=sent, headers={**headers, 'Content-Encoding': encoding})
        assert (response.status_code, response.json()) == (202, answer)
    assert kept(store) == rows
    assert store.received() == [('POST', path, True, 2, 2 * len(sent), 2 * items, NOW)]


@pytest.mark.parametrize(
    ('what', 'type_'), [('metrics, JSON v1', 'text'), ('checks', 'text'), ('metrics, JSON v2', 'application')]
)
def test_an_answer_has_the_type_of_its_path(client: TestClient, what: str, type_: str) -> None:
    path, headers, body = GOOD[what]
    for status, post in (
        (202, {'content': body, 'headers': headers}),
        (202, {'content': '{}', 'headers': {**headers, 'X-Requested-With': 'datadog-agent-diagnose'}}),
        (400, {'content': 'x', 'headers': headers}),
        (403, {'content': body, 'headers': {**headers, 'DD-API-KEY': ''}}),
    ):
        response = client.post(path, **post)
        assert (response.status_code, response.headers['content-type']) == (status, f'{type_}/json')


def test_a_chunked_body_over_a_real_connection(url: str, store: Store) -> None:
    import http.client

    connection = http.client.HTTPConnection(url.removeprefix('http://'))
    path, headers, body = GOOD['metrics, protobuf']
    connection.request('POST', path, iter([body[:7], body[7:]]), {**headers, **KEY}, encode_chunked=True)
    assert connection.getresponse().status == 202
    connection.close()
    assert kept(store)['points'] == [POINT]


@pytest.mark.parametrize('interval', [True, 1.0])
def test_an_interval_that_equals_a_cached_one_is_still_checked(interval: object) -> None:
    def post(value: object) -> bytes:
        return json.dumps({'series': [{**metrics_v1()['series'][0], 'interval': value}]}).encode()

    [(series, _, _)] = intake.metrics_v1(post(1), WINDOW).points
    assert series.interval == 1
    with pytest.raises(Refused, match='the interval of metric room.load is not a whole number from 0 to 2147483648'):
        intake.metrics_v1(post(interval), WINDOW)


@pytest.mark.parametrize(('body', 'status'), [(b'{"series": []}', 202), (b'[', 400)])
def test_the_collector_pauses_only_while_a_post_is_decoded(store: Store, body: bytes, status: int) -> None:
    """With it, a post of 10,000 series takes a quarter longer."""
    paused = []

    def decode(content: bytes, window: Window) -> Batch:
        paused.append(not gc.isenabled())
        return intake.metrics_v1(content, window)

    app = create_app(store, lambda: NOW)
    app.router.routes.insert(0, Route('/decoded', intake.receiving(lambda _: decode, {}), methods=['POST']))
    client = TestClient(app, 'http://127.0.0.1', headers=KEY)
    assert client.post('/decoded', content=body).status_code == status
    assert paused == [True]
    assert gc.isenabled()


def test_types_and_intervals_of_protobuf() -> None:
    for number, word in ((0, 'gauge'), (1, 'count'), (2, 'rate'), (3, 'gauge')):
        [(series, _, _)] = intake.metrics_v2_protobuf(metrics(type=number, interval=10), WINDOW).points
        assert (series.type, series.interval) == (word, 10)


def test_a_large_series_is_not_remembered() -> None:
    def remembered(tag: str) -> int:
        before = metrics_module._series.cache_info().currsize
        [(series, _, _)] = intake.metrics_v2_protobuf(metrics(tags=[tag]), WINDOW).points
        assert tag[:200] in series.tags
        return metrics_module._series.cache_info().currsize - before

    assert (remembered('new:tag'), remembered('new:tag'), remembered('large:' + 'a' * 1024)) == (1, 0, 0)


def test_fields_that_clients_leave_out() -> None:
    body = json.dumps({'series': [{'metric': 'm', 'points': [{'timestamp': AT, 'value': 3}]}]}).encode()
    assert intake.metrics_v2_json(body, WINDOW).points == [(Series('m', '', ()), AT, 3.0)]
    body = json.dumps({'series': [{'metric': 'm', 'points': [[AT + 0.9, 3]], 'device': 'd'}]}).encode()
    assert intake.metrics_v1(body, WINDOW).points == [(Series('m', '', ('device:d',)), AT, 3.0)]
    body = json.dumps({'check': 'up', 'status': 0}).encode()
    assert service_checks(body, WINDOW).checks == [ServiceCheck('up', '', (), 0, NOW, '')]


def test_names_and_tags_become_what_datadog_keeps() -> None:
    assert metric_name('1 room-load/é.b_2') == 'room_load__.b_2'
    assert metric_name('m' * 300) == 'm' * 200
    tags = ['Env:Dev', 'a b<c>:é/x-y.z_1', '', 'env:dev', 'long:' + 'x' * 300]
    assert normal_tags(tags) == ('a_b_c_:é/x-y.z_1', 'env:dev', 'long:' + 'x' * 195)


def test_a_later_post_of_a_host_changes_only_what_it_says(client: TestClient, store: Store, clock) -> None:
    client.post('/intake/', json=host_metadata())
    clock.now += 60
    client.post('/intake/', json={'internalHostname': 'host-a', 'meta': {'timezones': ['CET']}, 'agent_checks': [1]})
    [host] = store.hosts()
    assert host.tags == ('env:dev', 'team:blue', 'zone:x')
    assert (host.meta['agentVersion'], host.meta['meta']) == ('7.82.1', {'timezones': ['CET']})
    assert (host.meta['agent_checks'], host.last_seen) == ([1], NOW + 60)
    client.post('/intake/', json={**host_metadata(), 'host-tags': {'system': ['team:red']}})
    assert store.host_tags('host-a') == ('team:red',)
    # What comes from a host shows that it is there, and leaves its metadata alone.
    clock.now += 60
    client.post('/api/v2/series', content=metrics(), headers=PROTOBUF)
    [host] = store.hosts()
    assert (host.tags, host.meta['agentVersion'], host.last_seen) == (('team:red',), '7.82.1', NOW + 120)


def test_other_posts_to_intake_keep_nothing(client: TestClient, store: Store) -> None:
    post = {'resources': {'meta': {'host': 'host-a'}, 'processes': {'snaps': []}}}
    assert client.post('/intake/', json=post).status_code == 202
    assert kept(store) == {}


@pytest.mark.parametrize('path', ['/api/v2/series', '/api/v1/check_run', '/intake/', '/api/v0.2/stats'])
def test_a_diagnosis_keeps_nothing(client: TestClient, store: Store, path: str) -> None:
    headers = {**JSON, 'X-Requested-With': 'datadog-agent-diagnose'}
    assert client.post(path, content='{}', headers=headers).status_code == 202
    check = '[{"check": "test", "status": 0}]'
    assert client.post(path, content=check, headers=headers).status_code == 202
    assert kept(store) == {}
    assert store.received() == [('POST', path, False, 2, 2 + len(check), 0, NOW)]


@pytest.mark.parametrize(
    'headers',
    [
        {'User-Agent': 'datadog-agent/7.82.1'},
        {'User-Agent': 'Datadog Trace Agent/7.82.1/dd7ddd63'},
        {'User-Agent': 'some-tracer/1', 'Via': 'trace-agent 7.82.1'},
    ],
)
def test_what_an_agent_posts_elsewhere_is_counted(client: TestClient, headers: dict[str, str]) -> None:
    for path in ('/api/v1/discovery', '/v1/diskless', '/api/v2/apmtelemetry'):
        response = client.post(path, content=b'12345', headers=headers)
        assert (response.status_code, response.json()) == (202, {'errors': []})
    answer = client.get('/api/sandbox/received').json()
    assert answer['received'][1] == {
        'method': 'POST', 'path': '/api/v2/apmtelemetry', 'kept': False, 'requests': 1, 'bytes': 5, 'items': 0,
        'last': NOW,
    }  # fmt: skip
    assert [row['path'] for row in answer['received']] == ['/api/v1/discovery', '/api/v2/apmtelemetry', '/v1/diskless']


def test_validation_of_a_key(client: TestClient) -> None:
    assert (client.get('/api/v1/validate').status_code, client.get('/api/v1/validate').json()) == (200, {'valid': True})
    data = client.get('/api/v2/validate').json()['data']
    assert (data['type'], data['attributes']['valid']) == ('validate_v2', True)
    assert client.get('/_health').status_code == 200


def v2(**fields: Any) -> bytes:
    return json.dumps(metrics_v2(**fields)).encode()


def series(**fields: Any) -> bytes:
    return json.dumps({'series': [{**metrics_v2()['series'][0], **fields}]}).encode()


def series_v1(**fields: Any) -> bytes:
    return json.dumps({'series': [{**metrics_v1()['series'][0], **fields}]}).encode()


OUTSIDE = f'is not between {NOW - RETENTION} and {NOW + 600}'
REFUSED: list[tuple[str, dict[str, str], bytes, str]] = [
    ('/api/v2/series', PROTOBUF, b'\x00', 'the body is not valid protobuf'),
    ('/api/v2/series', PROTOBUF, metrics()[:-1], 'the body is not valid protobuf'),
    ('/api/v2/series', PROTOBUF, b'', 'the body is empty'),
    ('/api/v2/series', PROTOBUF, metrics(metric=''), "the metric name '' has no letter"),
    ('/api/v2/series', PROTOBUF, metrics(type=4), 'the type 4 of metric room.load is not one of 0, 1, 2, 3'),
    ('/api/v2/series', PROTOBUF, metrics(interval=-1), 'the interval -1 of metric room.load is not from 0 to'),
    ('/api/v2/series', PROTOBUF, metrics(math.nan), 'a value of metric room.load is not a finite number'),
    ('/api/v2/series', PROTOBUF, metrics(-math.inf), 'a value of metric room.load is not a finite number'),
    ('/api/v2/series', PROTOBUF, metrics(time=NOW - RETENTION - 1), OUTSIDE),
    ('/api/v2/series', PROTOBUF, metrics(time=NOW + 601), OUTSIDE),
    ('/api/v2/series', PROTOBUF, metrics(time=AT * 1000), f'the time {AT * 1000} of metric room.load {OUTSIDE}'),
    ('/api/v2/series', JSON, b'{', 'the body is not valid JSON'),
    ('/api/v2/series', JSON, b'[' * 100_000, 'the JSON is nested too deeply'),
    ('/api/v2/series', JSON, b'\xff', 'the body is not valid JSON'),
    ('/api/v2/series', JSON, b'[]', 'the body is not an object'),
    ('/api/v2/series', JSON, b'{}', 'series is not a list'),
    ('/api/v2/series', JSON, series(metric=7), 'metric is not a string'),
    ('/api/v2/series', JSON, series(metric='\ud800'), 'the body is not valid JSON'),
    ('/api/v2/series', JSON, series(tags='a:b'), 'tags of metric room.load is not a list'),
    ('/api/v2/series', JSON, series(tags=[1]), 'a tag of metric room.load is not a string'),
    ('/api/v2/series', JSON, series(type='gauge'), 'the type of metric room.load is not a whole number from 0 to 3'),
    ('/api/v2/series', JSON, series(points=None), 'points of metric room.load is not a list'),
    ('/api/v2/series', JSON, v2(value='7'), 'a value of metric room.load is not a finite'),
    ('/api/v2/series', JSON, v2(value=True), 'a value of metric room.load is not a finite'),
    ('/api/v2/series', JSON, v2(value=10**400), 'the JSON has a number that is too large'),
    ('/api/v2/series', JSON, v2(value=math.nan), 'the body is not valid JSON'),
    ('/api/v2/series', JSON, v2(time=NOW + 601), OUTSIDE),
    ('/api/v1/series', JSON, series_v1(type='histogram'), 'type of metric room.load is not one of gauge, count, rate'),
    ('/api/v1/series', JSON, series_v1(type=['gauge']), 'type of metric room.load is not one of gauge, count, rate'),
    ('/api/v1/series', JSON, series_v1(points=[[AT]]), 'a point of metric room.load is not a pair of time and value'),
    ('/api/v1/series', JSON, series_v1(host={}), 'host of metric room.load is not a string'),
    ('/api/v1/series', JSON, series_v1(points=[[math.inf, 1]]), 'the body is not valid JSON'),
    ('/api/v1/check_run', JSON, json.dumps([{'check': 'up', 'status': 4}]).encode(), 'a whole number from 0 to 3'),
    ('/api/v1/check_run', JSON, json.dumps(check_run(NOW - RETENTION - 1)).encode(), OUTSIDE),
    ('/api/v1/check_run', JSON, b'[7]', 'a check is not an object'),
    ('/intake/', JSON, b'7', 'the body is not an object'),
    ('/intake/', JSON, b'{"internalHostname": "h", "host-tags": []}', 'host-tags is not an object'),
    ('/intake/', JSON, b'{"internalHostname": "h", "gohai": "{"}', 'the body is not valid JSON'),
    ('/intake/', JSON, json.dumps(event_post(None)).encode(), 'the time of an event is not a finite number'),
    ('/api/v0.2/traces', PROTOBUF, traces(start=0), f'the time 0 of a span {OUTSIDE}'),
    ('/api/v0.2/traces', PROTOBUF, traces(duration=-1), 'the duration of a span is negative'),
    ('/api/v1/series', JSON, b'{"series": [{"metric": "m", "host": "\xed\xa0\x80", "points": []}]}', 'valid JSON'),
    ('/api/v1/series', JSON, '{"series": []}'.encode('utf-16'), 'the body is not valid JSON'),
    ('/intake/', JSON, b'{"internalHostname": "a", "meta": {"x": NaN}}', 'the body is not valid JSON'),
    ('/intake/', JSON, b'{"internalHostname": "a", "meta": ' + b'[' * 999 + b']' * 999 + b'}', 'nested too deeply'),
    ('/intake/', JSON, b'{"internalHostname": "a", "gohai": "{\\"x\\": Infinity}"}', 'the body is not valid JSON'),
    ('/api/v0.2/stats', {}, b'\x81\x81\xa1a\x01\x02', 'the body is not valid MessagePack'),
    ('/api/v0.2/stats', {}, b'\x81\xa5Stats\xa3\xed\xa0\x80', 'the body is not valid MessagePack'),
    ('/api/v0.2/traces', PROTOBUF, traces(metrics={'x': math.nan}), 'a metric of a span is not a finite number'),
    ('/api/v0.2/stats', {}, b'\xc1', 'the body is not valid MessagePack'),
    ('/api/v0.2/stats', {}, msgpack.packb(stats())[:-1], 'the body is not valid MessagePack'),
    ('/api/v0.2/stats', {}, b'\x91' * 100_000, 'the body is not valid MessagePack'),
    ('/api/v0.2/stats', {}, msgpack.packb([]), 'the body is not an object'),
    ('/api/v0.2/stats', {}, msgpack.packb(stats(hits=-1)), 'Hits is not a whole number'),
    ('/api/v0.2/stats', {}, msgpack.packb(stats(hits=2**63)), 'Hits is not a whole number'),
    ('/api/v0.2/stats', {}, msgpack.packb(stats(start=2**62)), 'is not between'),
    ('/api/v0.2/stats', {}, msgpack.packb({'Stats': [{'Stats': [{'Start': b'x'}]}]}), 'Start of a bucket is not a'),
]  # fmt: skip


@pytest.mark.parametrize(('path', 'headers', 'body', 'reason'), REFUSED)
def test_a_malformed_post_is_refused(
    client: TestClient, store: Store, path: str, headers: dict[str, str], body: bytes, reason: str
) -> None:
    response = client.post(path, content=body, headers=headers)
    [line] = response.json()['errors']
    assert response.status_code == 400
    assert reason in line
    assert '\n' not in line
    assert (kept(store), store.received()) == ({}, [])


def test_one_bad_series_refuses_all_of_a_post(client: TestClient, store: Store) -> None:
    assert client.post('/api/v2/series', content=metrics() + metrics(math.nan), headers=PROTOBUF).status_code == 400
    assert kept(store) == {}


@pytest.mark.parametrize('encoding', ['zstd', 'gzip', 'deflate'])
def test_a_compressed_body_that_is_cut_off_or_something_else(client: TestClient, store: Store, encoding: str) -> None:
    path, headers, body = GOOD['metrics, protobuf']
    sent = ENCODERS[encoding](body)
    for wrong in (sent[:-1], sent[: len(sent) // 2], sent[:1], b'', body, sent + b'more'):
        response = client.post(path, content=wrong, headers={**headers, 'Content-Encoding': encoding})
        assert response.status_code == 400, wrong
        assert response.json()['errors'][0] in (f'the body is not valid {encoding}, or is cut off', 'the body is empty')
    assert kept(store) == {}


@pytest.mark.parametrize('encoding', ['zstd', 'gzip'])
def test_a_body_of_many_compressed_parts(client: TestClient, store: Store, encoding: str) -> None:
    path, headers, body = GOOD['metrics, protobuf']
    headers = {**headers, 'Content-Encoding': encoding}
    part, empty = ENCODERS[encoding](body), ENCODERS[encoding](b'')
    assert client.post(path, content=part + empty * 99, headers=headers).status_code == 202
    # A hundred thousand empty ones took a second.
    answer = client.post(path, content=part + empty * 100, headers=headers)
    assert (answer.status_code, answer.json()) == (400, {'errors': ['the body has more than 100 compressed parts']})


def test_an_encoding_that_is_not_known(client: TestClient) -> None:
    response = client.post('/api/v2/series', content=metrics(), headers={**PROTOBUF, 'Content-Encoding': 'br'})
    assert response.status_code == 400
    assert response.json() == {'errors': ["Content-Encoding 'br' is not one of zstd, gzip, deflate, identity"]}


@pytest.mark.parametrize('encoding', ['zstd', 'gzip', 'deflate'])
def test_a_body_that_grows_beyond_the_limit(client: TestClient, store: Store, encoding: str) -> None:
    bomb = ENCODERS[encoding](bytes(200 * 1024 * 1024))
    assert len(bomb) < 300_000
    tracemalloc.start()
    response = client.post('/api/v2/series', content=bomb, headers={**PROTOBUF, 'Content-Encoding': encoding})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert response.status_code == 413
    assert response.json() == {'errors': ['the body is larger than 5242880 bytes decompressed']}
    assert peak < 64 * 1024 * 1024
    assert kept(store) == {}


def test_a_body_at_the_limit_and_one_byte_above(client: TestClient) -> None:
    spaces = MAX_BYTES - len(GOOD['checks'][2])
    for encoding, status in (('', 413), ('gzip', 413)):
        body = GOOD['checks'][2] + b' ' * spaces
        headers = {**JSON, 'Content-Encoding': encoding}
        assert client.post('/api/v1/check_run', content=ENCODERS[encoding](body), headers=headers).status_code == 202
        body += b' '
        response = client.post('/api/v1/check_run', content=ENCODERS[encoding](body), headers=headers)
        assert response.status_code == status


def test_a_store_that_is_locked_or_full_asks_the_agent_to_try_again(tmp_path, clock) -> None:
    store = Store(tmp_path / 'account.db')
    client = TestClient(create_app(store, clock), base_url='http://127.0.0.1', headers={**KEY, **PROTOBUF})
    other = sqlite3.connect(tmp_path / 'account.db', isolation_level=None)
    store._sql.execute('PRAGMA busy_timeout = 0')
    other.execute('BEGIN IMMEDIATE')
    response = client.post('/api/v2/series', content=metrics())
    assert response.status_code == 503
    assert response.json() == {'errors': ['the account cannot be written now: database is locked']}
    other.execute('ROLLBACK')
    other.close()
    assert kept(store) == {}

    [(pages,)] = store._sql.execute('PRAGMA page_count')
    store._sql.execute(f'PRAGMA max_page_count = {pages}')
    large = Metrics()
    for number in range(2000):
        large.series.add(metric=f'm{number}', tags=['x' * 100]).points.add(timestamp=AT, value=1)
    response = client.post('/api/v2/series', content=large.SerializeToString())
    assert response.status_code == 503
    assert response.json() == {'errors': ['the account cannot be written now: database or disk is full']}
    assert kept(store) == {}
    store._sql.execute('PRAGMA max_page_count = 100000')
    assert client.post('/api/v2/series', content=large.SerializeToString()).status_code == 202
    assert len(kept(store)['points']) == 2000
    store.close()


@pytest.mark.parametrize('what', GOOD)
def test_a_failure_half_way_keeps_nothing(client: TestClient, store: Store, monkeypatch, what: str) -> None:
    def fail(*arguments: Any) -> None:
        raise sqlite3.OperationalError('disk I/O error')

    path, headers, body = GOOD[what]
    with monkeypatch.context() as patch:
        patch.setattr(store, 'count_received', fail)
        assert client.post(path, content=body, headers=headers).status_code == 503
        assert kept(store) == {}
    assert client.post(path, content=body, headers=headers).status_code == 202
    assert kept(store) == KEPT[what][1]


# 10,000 malformed posts


def wrong_for(kind: str) -> st.SearchStrategy[Any]:
    """Values of another type. None is left out: it stands for a field that is missing."""
    values: dict[str, st.SearchStrategy[Any]] = {
        'text': st.text(min_size=1, max_size=5),
        'number': st.integers(2, 2**63) | st.floats(min_value=0.5),
        'list': st.lists(st.integers(0, 9), min_size=1, max_size=2),
        'object': st.just({}) | st.just({'series': 1}),
        'true': st.booleans(),
    }
    return st.one_of(*(strategy for name, strategy in values.items() if name != kind))


def replaced(tree: Any, path: tuple[str | int, ...], value: Any) -> Any:
    if not path:
        return value
    first, *rest = path
    copy = dict(tree) if isinstance(tree, dict) else list(tree)
    copy[first] = replaced(copy[first], tuple(rest), value)
    return copy


# Of each JSON or MessagePack post, where something of a type must be.
PLACES: list[tuple[str, Any, tuple[str | int, ...], str]] = [
    ('metrics, JSON v2', metrics_v2(), (), 'object'),
    ('metrics, JSON v2', metrics_v2(), ('series',), 'list'),
    ('metrics, JSON v2', metrics_v2(), ('series', 0), 'object'),
    ('metrics, JSON v2', metrics_v2(), ('series', 0, 'metric'), 'text'),
    ('metrics, JSON v2', metrics_v2(), ('series', 0, 'points', 0), 'object'),
    ('metrics, JSON v2', metrics_v2(), ('series', 0, 'points', 0, 'value'), 'number'),
    ('metrics, JSON v2', metrics_v2(), ('series', 0, 'resources', 0, 'name'), 'text'),
    ('metrics, JSON v2', metrics_v2(), ('series', 0, 'tags', 1), 'text'),
    ('metrics, JSON v1', metrics_v1(), ('series', 0, 'points', 0, 0), 'number'),
    ('metrics, JSON v1', metrics_v1(), ('series', 0, 'points'), 'list'),
    ('metrics, JSON v1', metrics_v1(), ('series', 0, 'host'), 'text'),
    ('checks', check_run(), (0, 'check'), 'text'),
    ('checks', check_run(), (0, 'timestamp'), 'number'),
    ('checks', check_run(), (0, 'tags'), 'list'),
    ('host', host_metadata(), ('internalHostname',), 'text'),
    ('host', host_metadata(), ('host-tags',), 'object'),
    ('event', event_post(), ('events', 'api', 0, 'timestamp'), 'number'),
    ('event', event_post(), ('events', 'api', 0, 'msg_title'), 'text'),
    ('stats', stats(), ('Stats',), 'list'),
    ('stats', stats(), ('Stats', 0, 'Stats', 0, 'Stats', 0, 'Service'), 'text'),
    ('stats', stats(), ('Stats', 0, 'Stats', 0, 'Start'), 'number'),
]

Post = tuple[str, dict[str, str], bytes]


@st.composite
def wrong_types(draw: st.DrawFn) -> Post:
    what, tree, place, kind = draw(st.sampled_from(PLACES))
    value = draw(wrong_for(kind))
    path, headers, _ = GOOD[what]
    body = replaced(tree, place, value)
    return path, headers, msgpack.packb(body) if what == 'stats' else json.dumps(body).encode()


@st.composite
def cut_off(draw: st.DrawFn) -> Post:
    """The first bytes of a post. Protobuf that is cut between two fields is valid, and brings nothing here."""
    path, headers, body = GOOD[draw(st.sampled_from(sorted(GOOD)))]
    encoding = draw(st.sampled_from(sorted(ENCODERS)))
    sent = ENCODERS[encoding](body)
    return path, {**headers, 'Content-Encoding': encoding}, sent[: draw(st.integers(0, len(sent) - 1))]


NOT_FINITE = st.sampled_from([math.nan, math.inf, -math.inf])


@st.composite
def not_finite(draw: st.DrawFn) -> Post:
    value = draw(NOT_FINITE)
    build = draw(st.sampled_from([metrics, metrics_v2, metrics_v1]))
    if build is metrics:
        return '/api/v2/series', PROTOBUF, metrics(value, draw(st.integers(NOW - RETENTION, NOW)))
    path = '/api/v1/series' if build is metrics_v1 else '/api/v2/series'
    return path, JSON, json.dumps(build(value)).encode()


@st.composite
def far_times(draw: st.DrawFn) -> Post:
    time = draw(st.integers(-(2**62), NOW - RETENTION - 1) | st.integers(NOW + 601, 2**62))
    path, headers, _ = GOOD[what := draw(st.sampled_from(sorted(set(GOOD) - {'host'})))]
    nanoseconds = max(-(2**63), min(2**63 - 1, time * 1_000_000_000))
    bodies: dict[str, Callable[[], bytes]] = {
        'metrics, protobuf': lambda: metrics(time=time),
        'metrics, JSON v2': lambda: json.dumps(metrics_v2(time=time)).encode(),
        'metrics, JSON v1': lambda: json.dumps(metrics_v1(time=time)).encode(),
        'checks': lambda: json.dumps(check_run(time)).encode(),
        'event': lambda: json.dumps(event_post(time)).encode(),
        'traces': lambda: traces(start=nanoseconds),
        'stats': lambda: msgpack.packb(stats(start=nanoseconds)),
    }
    return path, headers, bodies[what]()


words = st.sampled_from(['', 'series', 'Stats', 'events', 'check', 'metric', '\ud800', '\x00', 'é'])
scalars = st.none() | st.booleans() | st.integers() | st.floats() | words
any_json = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=5,
)
pack_anything = partial(msgpack.packb, unicode_errors='surrogatepass')


@st.composite
def anything(draw: st.DrawFn) -> Post:
    """Bytes, JSON, or MessagePack of any kind. Some of it is a valid post, which brings nothing."""
    path, headers, _ = GOOD[draw(st.sampled_from(sorted(GOOD)))]
    encoding = draw(st.sampled_from(sorted(ENCODERS)))
    body = draw(
        st.binary(min_size=1)
        | any_json.map(lambda tree: json.dumps(tree).encode())
        | st.dictionaries(words, st.integers(-(2**63), 2**64 - 1), max_size=3).map(pack_anything)
    )
    if draw(st.booleans()):
        body = ENCODERS[encoding](body)
    return path, {**headers, 'Content-Encoding': encoding}, body


@st.composite
def flipped(draw: st.DrawFn) -> Post:
    """A compressed post with one byte changed, which the checksum tells unless it decompresses to the same."""
    path, headers, body = GOOD[draw(st.sampled_from(sorted(GOOD)))]
    # The header of gzip has a time and flags, which need not change what it decompresses to.
    encoding, wbits, header = draw(st.sampled_from([('gzip', 31, 10), ('deflate', 15, 0)]))
    sent = bytearray(ENCODERS[encoding](body))
    sent[draw(st.integers(header, len(sent) - 1))] ^= draw(st.integers(1, 255))
    with suppress(zlib.error):
        assume(zlib.decompress(sent, wbits) != body)
    return path, {**headers, 'Content-Encoding': encoding}, bytes(sent)


class Direct:
    """Posts to the application without a server or a client between, for thousands of requests."""

    def __init__(self, store: Store) -> None:
        self.app = create_app(store, lambda: NOW)

    async def post(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        sent: list[Any] = []
        names = {'host': '127.0.0.1', 'dd-api-key': 'any', **headers}
        scope = {
            'type': 'http', 'http_version': '1.1', 'method': 'POST', 'path': path, 'raw_path': path.encode(),
            'query_string': b'', 'scheme': 'http', 'root_path': '', 'client': None, 'server': None,
            'headers': [(name.lower().encode(), value.encode()) for name, value in names.items()],
        }  # fmt: skip

        async def receive() -> dict[str, Any]:
            return {'type': 'http.request', 'body': body, 'more_body': False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        return sent[0]['status'], b''.join(message.get('body', b'') for message in sent[1:])


@pytest.mark.parametrize(
    ('posts', 'count', 'may_be_valid'),
    [
        (wrong_types(), 2500, False),
        (cut_off(), 2500, True),
        (not_finite(), 500, False),
        (far_times(), 2000, False),
        (flipped(), 1500, False),
        (anything(), 1000, True),
    ],
    ids=['wrong types', 'cut off', 'not finite', 'far times', 'flipped', 'anything'],
)
def test_malformed_posts_keep_nothing(store: Store, posts, count: int, may_be_valid: bool) -> None:
    direct = Direct(store)
    with asyncio.Runner() as runner:

        @settings(max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(posts)
        def check(post: Post) -> None:
            status, answer = runner.run(direct.post(*post))
            if may_be_valid and status == 202:
                assert all(row.items == 0 for row in store.received())
            else:
                assert status in (400, 413), answer
                [line] = json.loads(answer)['errors']
                assert line
                assert '\n' not in line

        check()
        assert kept(store) == {}
        assert runner.run(direct.post(*GOOD['metrics, protobuf'])) == (202, b'{"errors":[]}')
    assert kept(store)['points'] == [POINT]
