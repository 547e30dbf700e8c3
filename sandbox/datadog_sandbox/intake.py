"""What an Agent posts: decoded by pure functions, kept in one transaction, answered after the commit.

A decoder takes a body and the times that are allowed, and returns what is to be kept. It raises `Refused` with one
line that says what is wrong; then nothing of the request is kept.
"""

import io
import json
import re
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from gzip import GzipFile
from hashlib import blake2b
from math import isfinite
from typing import Any, NamedTuple

import msgpack
import zstandard
from google.protobuf.message import DecodeError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from . import payload_pb2
from .payload_pb2 import MetricPoints, Traces
from .store import Point, Series, ServiceCheck, Span, Store, TraceStat, Type

MAX_BYTES = 5 * 1024 * 1024
"""Most bytes of a body, as sent and again decompressed: Datadog's limit for decompressed series."""
AHEAD = 600
"""Most seconds that a time may lie ahead of the server's clock, as in Datadog."""
MAX_LENGTH = 200
"""Most characters of a metric's name and of a tag, as in Datadog. The rest is cut off."""


class Refused(ValueError):
    """A request that is not kept: one line that says why, and the status of the answer."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.status = status


class Window(NamedTuple):
    """The times that are kept, in seconds since the epoch: from `oldest` to `AHEAD` after `now`."""

    oldest: int
    now: int

    def check(self, time: float, of: str) -> int:
        """Return a time in whole seconds."""
        latest = self.now + AHEAD
        if not self.oldest <= time <= latest:
            raise Refused(f'the time {time!r} of {of} is not between {self.oldest} and {latest}')
        return int(time)


class Host(NamedTuple):
    """What a host says of itself."""

    name: str
    tags: tuple[str, ...] | None
    """None when the post says nothing about them."""
    meta: dict[str, Any]


class Batch(NamedTuple):
    """What one request brings."""

    points: Sequence[Point] = ()
    checks: Sequence[ServiceCheck] = ()
    hosts: Sequence[Host] = ()
    spans: Sequence[Span] = ()
    stats: Sequence[TraceStat] = ()
    events: Sequence[Mapping[str, Any]] = ()


# Bodies


def decompress(body: bytes, encoding: str) -> bytes:
    """Undo a `Content-Encoding`, and refuse what would grow beyond the limit before it does."""
    try:
        match encoding.strip().lower():
            case '' | 'identity':
                plain = body
            case 'zstd' | 'zstd1':
                plain = _unzstd(body)
            case 'gzip':
                plain = GzipFile(fileobj=io.BytesIO(body)).read(MAX_BYTES + 1)
            case 'deflate':
                inflater = zlib.decompressobj()
                plain = inflater.decompress(body, MAX_BYTES + 1)
                if len(plain) <= MAX_BYTES and (not inflater.eof or inflater.unused_data):
                    raise EOFError
            case other:
                raise Refused(f'Content-Encoding {other[:20]!r} is not one of zstd, gzip, deflate, identity')
    except (zstandard.ZstdError, zlib.error, OSError, EOFError) as error:
        raise Refused(f'the body is not valid {encoding}, or cut off') from error
    if len(plain) > MAX_BYTES:
        raise Refused(f'the body is larger than {MAX_BYTES} bytes decompressed', 413)
    if not plain:
        raise Refused('the body is empty')
    return plain


def _unzstd(body: bytes) -> bytes:
    """Decompress frames, up to the limit and one step more, and raise `EOFError` when the last one is cut off."""
    # Nothing but the size of its input bounds what `decompressobj` returns: this much becomes 16 MiB at most.
    step = 512
    decompressor = zstandard.ZstdDecompressor(max_window_size=2 * MAX_BYTES)
    frame, plain = decompressor.decompressobj(), bytearray()
    for start in range(0, len(body), step):
        rest = body[start : start + step]
        while rest and len(plain) <= MAX_BYTES:
            if frame.eof:
                frame = decompressor.decompressobj()
            plain += frame.decompress(rest)
            rest = frame.unused_data if frame.eof else b''
    if not frame.eof and len(plain) <= MAX_BYTES:
        raise EOFError
    return bytes(plain)


def parse_json(body: bytes) -> Any:
    try:
        value = json.loads(body)
        if b'\\u' in body:
            # Half of a surrogate pair is no text: it could be neither kept nor shown.
            json.dumps(value, ensure_ascii=False).encode()
        return value
    except RecursionError as error:
        raise Refused('the JSON is nested too deeply') from error
    except ValueError as error:
        raise Refused('the body is not valid JSON') from error


def _object(value: Any, of: str, optional: bool = False) -> dict[str, Any]:
    if value is None and optional:
        return {}
    if not isinstance(value, dict):
        raise Refused(f'{of} is not an object')
    return value


def _list(value: Any, of: str, optional: bool = False) -> list[Any]:
    if value is None and optional:
        return []
    if not isinstance(value, list):
        raise Refused(f'{of} is not a list')
    return value


def _text(value: Any, of: str, default: str | None = None) -> str:
    """Return a text, or the default, where there is one, for what is null or missing."""
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        raise Refused(f'{of} is not a text')
    return value


def _number(value: Any, of: str) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = float('inf')
        if isfinite(number):
            return number
    raise Refused(f'{of} is not a finite number')


def _whole(value: Any, of: str, most: int, default: int | None = None) -> int:
    if value is None and default is not None:
        return default
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise Refused(f'{of} is not a whole number from 0 to {most}')
    return value


@lru_cache(maxsize=10_000)
def _name(name: str) -> str:
    return re.sub(r'[^A-Za-z0-9_.]', '_', re.sub(r'^[^A-Za-z]+', '', name))


@lru_cache(maxsize=100_000)
def _tag(tag: str) -> str:
    return re.sub(r'[^\w:./-]', '_', tag.lower())


def metric_name(name: str) -> str:
    """Return the name under which Datadog keeps a metric."""
    normal = _name(name[:MAX_LENGTH])
    if not normal:
        raise Refused(f'the metric name {name[:MAX_LENGTH]!r} has no letter')
    return normal


def normal_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Return tags as Datadog keeps them: in lower case, other characters than letters, digits, and `_-:./` as `_`."""
    return tuple(sorted({_tag(tag[:MAX_LENGTH]) for tag in tags if tag}))


def _json_tags(value: Any, of: str) -> tuple[str, ...]:
    """Tags may be null or missing."""
    return normal_tags(_text(tag, f'a tag of {of}') for tag in _list(value, f'tags of {of}', optional=True))


# Metrics

TYPES: tuple[Type, ...] = ('gauge', 'count', 'rate', 'gauge')
"""By the number of API v2, where 0 is unspecified."""
MAX_INTERVAL = 2**31
MAX_KNOWN = 1024
"""Most bytes of a series, without its points, that is remembered once it was decoded: bounds the memory."""


def metrics_v2_protobuf(body: bytes, window: Window) -> Batch:
    """Decode `POST /api/v2/series` as an Agent sends it. The host and the `device` tag come as resources."""
    points: list[Point] = []
    oldest, latest = window.oldest, window.now + AHEAD
    try:
        # The one loop that must be fast: an Agent sends thousands of series at once.
        for posted in MetricPoints.FromString(body).series:
            # A slice, because protobuf is slow to iterate. It keeps the points when the series is rid of them.
            posted_points = posted.points[:]
            posted.ClearField('points')
            rest = posted.SerializeToString()
            series = (_series if len(rest) <= MAX_KNOWN else _series.__wrapped__)(rest)
            for point in posted_points:
                time, value = point.timestamp, point.value
                if not oldest <= time <= latest:
                    window.check(time, f'metric {series.metric}')
                if not isfinite(value):
                    raise Refused(f'a value of metric {series.metric} is not a finite number')
                points.append((series, time, value))
    except DecodeError as error:
        raise Refused('the body is not valid protobuf') from error
    return Batch(points=points)


@lru_cache(maxsize=50_000)
def _series(message: bytes) -> Series:
    """Decode a series without its points. An Agent repeats it in every post, so what was decoded is kept."""
    posted = payload_pb2.Series.FromString(message)
    metric, host, tags = metric_name(posted.metric), '', list(posted.tags)
    for resource in posted.resources:
        if resource.type == 'host':
            host = resource.name
        elif resource.name:
            tags.append(f'{resource.type}:{resource.name}')
    if not 0 <= posted.type < len(TYPES):
        raise Refused(f'the type {posted.type} of metric {metric} is not one of 0, 1, 2, 3')
    if not 0 <= posted.interval <= MAX_INTERVAL:
        raise Refused(f'the interval {posted.interval} of metric {metric} is not from 0 to {MAX_INTERVAL} seconds')
    return Series(metric, host, normal_tags(tags), TYPES[posted.type], posted.interval)


def metrics_v2_json(body: bytes, window: Window) -> Batch:
    """Decode `POST /api/v2/series` as clients send it."""
    points: list[Point] = []
    for series in _list(_object(parse_json(body), 'the body').get('series'), 'series'):
        metric = metric_name(_text(_object(series, 'a series').get('metric'), 'metric'))
        of = f'metric {metric}'
        host, tags = '', list(_json_tags(series.get('tags'), of))
        for resource in _list(series.get('resources'), f'resources of {of}', optional=True):
            kind = _text(_object(resource, f'a resource of {of}').get('type'), f'a resource type of {of}')
            name = _text(resource.get('name'), f'a resource name of {of}')
            if kind == 'host':
                host = name
            elif name:
                tags.append(f'{kind}:{name}')
        type_ = TYPES[_whole(series.get('type'), f'the type of {of}', len(TYPES) - 1, 0)]
        interval = _whole(series.get('interval'), f'the interval of {of}', MAX_INTERVAL, 0)
        known = Series(metric, host, normal_tags(tags), type_, interval)
        points += [
            (
                known,
                window.check(_number(_object(point, f'a point of {of}').get('timestamp'), f'a time of {of}'), of),
                _number(point.get('value'), f'a value of {of}'),
            )
            for point in _list(series.get('points'), f'points of {of}')
        ]
    return Batch(points=points)


def metrics_v1(body: bytes, window: Window) -> Batch:
    """Decode `POST /api/v1/series`: points are pairs, the type is a word."""
    points: list[Point] = []
    for series in _list(_object(parse_json(body), 'the body').get('series'), 'series'):
        metric = metric_name(_text(_object(series, 'a series').get('metric'), 'metric'))
        of = f'metric {metric}'
        tags = _json_tags(series.get('tags'), of)
        if device := series.get('device'):
            tags = normal_tags([*tags, f'device:{_text(device, f"device of {of}")}'])
        word = series.get('type') or 'gauge'
        if word not in TYPES:
            raise Refused(f'the type of {of} is not one of gauge, count, rate')
        type_: Type = word
        host = _text(series.get('host'), f'host of {of}', '')
        interval = _whole(series.get('interval'), f'the interval of {of}', MAX_INTERVAL, 0)
        known = Series(metric, host, tags, type_, interval)
        for pair in _list(series.get('points'), f'points of {of}'):
            if not isinstance(pair, list) or len(pair) != 2:
                raise Refused(f'a point of {of} is not a pair of time and value')
            time, value = _number(pair[0], f'a time of {of}'), _number(pair[1], f'a value of {of}')
            points.append((known, window.check(time, of), value))
    return Batch(points=points)


# Checks, hosts, events


def service_checks(body: bytes, window: Window) -> Batch:
    """Decode `POST /api/v1/check_run`: one check or a list. A check without a time was run now."""
    runs = parse_json(body)
    checks = []
    for run in runs if isinstance(runs, list) else [runs]:
        name = _text(_object(run, 'a check').get('check'), 'check')
        of = f'check {name}'
        host = _text(run.get('host_name'), f'host_name of {of}', '')
        status = _whole(run.get('status'), f'the status of {of}', 3)
        time = run.get('timestamp')
        time = window.now if time is None else window.check(_number(time, f'the time of {of}'), of)
        message = _text(run.get('message'), f'message of {of}', '')
        checks.append(ServiceCheck(name, host, _json_tags(run.get('tags'), of), status, time, message))
    return Batch(checks=checks)


# What is kept of a host's metadata. The rest, the API key among it, is not.
HOST_FIELDS = ('agentVersion', 'os', 'python', 'systemStats', 'meta', 'gohai', 'agent_checks')


def host_metadata(body: bytes, window: Window) -> Batch:
    """Decode `POST /intake/`: metadata of a host, and events."""
    post = _object(parse_json(body), 'the body')
    name = _text(post.get('internalHostname'), 'internalHostname', '')
    hosts = []
    if name and any(field in post for field in ('host-tags', 'meta', 'gohai')):
        tags = None
        if 'host-tags' in post:
            sources = _object(post['host-tags'], 'host-tags').values()
            tags = normal_tags(tag for some in sources for tag in _json_tags(some, 'host-tags'))
        meta = {field: post[field] for field in HOST_FIELDS if post.get(field) is not None}
        if isinstance(meta.get('gohai'), str):
            # The Agent sends it as JSON in a text.
            meta['gohai'] = parse_json(meta['gohai'].encode())
        hosts.append(Host(name, tags, meta))
    by_source = _object(post.get('events'), 'events', optional=True)
    events = [
        _event(_object(event, 'an event'), source, name, window)
        for source, some in by_source.items()
        for event in _list(some, 'events')
    ]
    return Batch(hosts=hosts, events=events)


def _event(event: dict[str, Any], source: str, host: str, window: Window) -> dict[str, Any]:
    """An event of an Agent, with the fields of API v1."""
    body = {
        'title': _text(event.get('msg_title'), 'msg_title', ''),
        'text': _text(event.get('msg_text'), 'msg_text', ''),
        'date_happened': window.check(_number(event.get('timestamp'), 'the time of an event'), 'an event'),
        'priority': _text(event.get('priority'), 'priority', 'normal'),
        'alert_type': _text(event.get('alert_type'), 'alert_type', 'info'),
        'host': _text(event.get('host') or host, 'host of an event'),
        'source': _text(event.get('source_type_name') or source, 'source_type_name'),
        'tags': list(_json_tags(event.get('tags'), 'an event')),
    }
    # The same event again has the same id, and takes the place of the first.
    digest = blake2b(json.dumps(body).encode(), digest_size=6).digest()
    return {'id': int.from_bytes(digest), **body}


# Traces


def traces(body: bytes, window: Window) -> Batch:
    """Decode `POST /api/v0.2/traces`."""
    try:
        payload = Traces.FromString(body)
    except DecodeError as error:
        raise Refused('the body is not valid protobuf') from error
    spans = []
    for tracer in payload.tracers:
        host, env = tracer.hostname or payload.hostname, tracer.env or payload.env
        for chunk in tracer.chunks:
            for span in chunk.spans:
                window.check(span.start // 1_000_000_000, 'a span')
                if span.duration < 0:
                    raise Refused('the duration of a span is negative')
                metrics = dict(span.metrics)
                if not all(map(isfinite, metrics.values())):
                    raise Refused('a metric of a span is not a finite number')
                spans.append(
                    Span(
                        str(span.trace_id), str(span.span_id), str(span.parent_id), span.service, span.name,
                        span.resource, span.type, span.start, span.duration, span.error, host,
                        span.meta.get('env', env), dict(span.meta), metrics,
                    )
                )  # fmt: skip
    return Batch(spans=spans)


def trace_stats(body: bytes, window: Window) -> Batch:
    """Decode `POST /api/v0.2/stats`. What differs only in what is not kept, like the kind of span, is added up."""
    try:
        payload = msgpack.unpackb(body, strict_map_key=False)
    except (ValueError, msgpack.exceptions.UnpackException) as error:
        raise Refused('the body is not valid MessagePack') from error
    most = 2**63 - 1
    sums: dict[tuple[str, str, str, int, str, int], list[int]] = {}
    payload = _object(payload, 'the body')
    for client in _list(payload.get('Stats'), 'Stats', optional=True):
        host = _text(_object(client, 'a client').get('Hostname') or payload.get('AgentHostname'), 'Hostname', '')
        for bucket in _list(client.get('Stats'), 'Stats of a client', optional=True):
            start = _whole(_object(bucket, 'a bucket').get('Start'), 'Start of a bucket', most)
            time = window.check(start // 1_000_000_000, 'a bucket')
            for group in _list(bucket.get('Stats'), 'Stats of a bucket', optional=True):
                texts = [_text(_object(group, 'a group').get(key), key) for key in ('Service', 'Name', 'Resource')]
                status = _whole(group.get('HTTPStatusCode'), 'HTTPStatusCode', most, 0)
                total = sums.setdefault((texts[0], texts[1], texts[2], status, host, time), [0, 0, 0])
                for position, key in enumerate(('Hits', 'Errors', 'Duration')):
                    total[position] = _whole(total[position] + _whole(group.get(key), key, most, 0), key, most)
    return Batch(stats=[TraceStat(*key, *total) for key, total in sums.items()])


# Requests

Decoder = Callable[[bytes, Window], Batch]


async def read_body(request: Request) -> bytes:
    """Return the body as it was sent, chunked or not, and refuse it where it grows beyond the limit."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BYTES:
            raise Refused(f'the body is larger than {MAX_BYTES} bytes', 413)
        chunks.append(chunk)
    return b''.join(chunks)


def keep(store: Store, batch: Batch, path: str, size: int, now: int) -> None:
    """Keep everything that a post of some bytes to a path brings, or nothing."""
    with store.transaction():
        items = store.add(batch.points) + sum(map(len, batch[1:]))
        hosts = {series.host for series, _, _ in batch.points}
        hosts |= {row.host for rows in (batch.checks, batch.spans) for row in rows}
        store.touch_hosts(hosts - {''}, now)
        for name, tags, meta in batch.hosts:
            known = store.host(name)
            if known:
                tags, meta = known.tags if tags is None else tags, {**known.meta, **meta}
            store.add_host(name, tags or (), meta, now)
        store.add_service_checks(batch.checks)
        store.add_spans(batch.spans)
        store.add_trace_stats(batch.stats)
        for event in batch.events:
            store.put('event', event['id'], event)
        store.count_received('POST', path, True, size, items, now)


def _receiver(decode: Decoder, answer: Mapping[str, Any], decode_protobuf: Decoder | None = None) -> Any:
    """Return the endpoint that decodes a post, keeps it, and answers."""

    async def receive(request: Request) -> Response:
        if request.headers.get('x-requested-with') == 'datadog-agent-diagnose':
            return await not_kept(request)
        body = await read_body(request)

        def work() -> None:
            state, headers = request.app.state, request.headers
            now = int(state.clock())
            is_protobuf = 'protobuf' in headers.get('content-type', '')
            decoder = decode_protobuf if decode_protobuf and is_protobuf else decode
            plain = decompress(body, headers.get('content-encoding', ''))
            keep(state.store, decoder(plain, Window(now - state.retention, now)), request.url.path, len(body), now)

        await run_in_threadpool(work)
        return answer_of(request.url.path, answer, 202)

    return receive


TEXT_JSON = ('/api/v1/series', '/api/v1/check_run')
"""Paths whose answers have the type `text/json` in Datadog's documents."""


def answer_of(path: str, body: Mapping[str, Any], status: int) -> Response:
    """Return an answer, in the type that a path has."""
    return JSONResponse(body, status, {'Content-Type': 'text/json'} if path in TEXT_JSON else None)


async def not_kept(request: Request) -> Response:
    """Take what an Agent posts and the account has no use for: counted, so that one can see which."""
    size = len(await read_body(request))
    state, path = request.app.state, request.url.path[:MAX_LENGTH]
    await run_in_threadpool(state.store.count_received, request.method, path, False, size, 0, int(state.clock()))
    return answer_of(path, {'errors': []}, 202)


def received(request: Request) -> Response:
    """What came in, by method and path, and whether it was kept."""
    rows = request.app.state.store.received()
    return JSONResponse({'received': [row._asdict() for row in rows]})


def _answer(body: Mapping[str, Any]) -> Callable[[Request], Response]:
    return lambda request: JSONResponse(body)


ok = {'status': 'ok'}
valid_v2 = {
    'data': {
        'type': 'validate_v2',
        # The trace Agent wants to know the organization.
        'id': '00000000-0000-0000-0000-000000000001',
        'attributes': {
            'api_key_id': '00000000-0000-0000-0000-000000000002',
            'api_key_scopes': [],
            'valid': True,
        },
    }
}
routes: list[BaseRoute] = [
    Route('/api/v2/series', _receiver(metrics_v2_json, {'errors': []}, metrics_v2_protobuf), methods=['POST']),
    Route('/api/v1/series', _receiver(metrics_v1, ok), methods=['POST']),
    Route('/api/v1/check_run', _receiver(service_checks, ok), methods=['POST']),
    Route('/intake/', _receiver(host_metadata, ok), methods=['POST']),
    Route('/api/v0.2/traces', _receiver(traces, {}), methods=['POST']),
    Route('/api/v0.2/stats', _receiver(trace_stats, {}), methods=['POST']),
    Route('/api/v1/validate', _answer({'valid': True})),
    Route('/api/v2/validate', _answer(valid_v2)),
    Route('/_health', _answer(ok)),
    Route('/api/sandbox/received', received),
]
