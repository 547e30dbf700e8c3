"""Spans, and statistics of services, from trace Agents."""

from math import isfinite

import msgpack
from google.protobuf.message import DecodeError

from datadog_sandbox.http import Refused
from datadog_sandbox.payload_pb2 import Traces
from datadog_sandbox.store import Span, TraceStat

from .fields import list_of, object_of, string_of, whole_of
from .model import Batch, Window


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
    """Decode `POST /api/v0.2/stats`. Groups are summed that differ only in fields not stored, such as the span kind."""
    try:
        payload = msgpack.unpackb(body)
    except (ValueError, TypeError, msgpack.exceptions.UnpackException) as error:
        raise Refused('the body is not valid MessagePack') from error
    most = 2**63 - 1
    sums: dict[tuple[str, str, str, int, str, int], list[int]] = {}
    payload = object_of(payload, 'the body')
    for client in list_of(payload.get('Stats'), 'Stats', optional=True):
        host = string_of(object_of(client, 'a client').get('Hostname') or payload.get('AgentHostname'), 'Hostname', '')
        for bucket in list_of(client.get('Stats'), 'Stats of a client', optional=True):
            start = whole_of(object_of(bucket, 'a bucket').get('Start'), 'Start of a bucket', most)
            time = window.check(start // 1_000_000_000, 'a bucket')
            for group in list_of(bucket.get('Stats'), 'Stats of a bucket', optional=True):
                service, name, resource = (
                    string_of(object_of(group, 'a group').get(key), key) for key in ('Service', 'Name', 'Resource')
                )
                status = whole_of(group.get('HTTPStatusCode'), 'HTTPStatusCode', most, 0)
                total = sums.setdefault((service, name, resource, status, host, time), [0, 0, 0])
                for position, key in enumerate(('Hits', 'Errors', 'Duration')):
                    total[position] = whole_of(total[position] + whole_of(group.get(key), key, most, 0), key, most)
    return Batch(stats=[TraceStat(*key, *total) for key, total in sums.items()])
