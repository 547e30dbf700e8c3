"""Spans, API v2, read only."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from datadog_sandbox.records import spans as source
from datadog_sandbox.store import Span

from .endpoint import Call, Refused, endpoint
from .search_requests import Backwards, Place, Search, done, of_body, of_query, page_of

PATH = '/api/v2/spans/events'
MEDIA_TYPE = 'application/vnd.api+json'
REASONS = {'-3': 'rule', '-4': 'manual'}
"""Why a span was ingested, by what the tracer says of its decision; `auto` for others."""


def list_spans(call: Call) -> Any:
    with _unprocessable():
        return _answer(call, of_query(call))


def search_spans(call: Call) -> Any:
    with _unprocessable():
        return _answer(call, of_body(call, attributes_of(call.body, 'search_request')))


@contextmanager
def _unprocessable() -> Iterator[None]:
    """Refuse a time that ends before it begins as recorded of lists of spans, and only of these."""
    try:
        yield
    except Backwards as error:
        raise Refused(str(error), 422) from error


def attributes_of(body: Any, kind: str) -> Any:
    """Return the attributes of a request of one type. Raises `Refused`."""
    data = body.get('data') if isinstance(body, Mapping) else None
    if not isinstance(data, Mapping) or data.get('type', kind) != kind:
        raise Refused(f'data must be an object of the type {kind}')
    return data.get('attributes') or {}


def _answer(call: Call, wanted: Search) -> dict[str, Any]:
    results = [(Place(span.start, f'{span.trace}:{span.id}'), span) for span in matching(call, wanted)]
    page, more = page_of(wanted, results, call.base + PATH)
    return {'data': [_shape(call, span) for span in page], **more, 'meta': done(more.get('meta', {}))}


def matching(call: Call, wanted: Search, complete: bool = False) -> list[Span]:
    """Return the spans that fit a search. Raises `Refused` where not all can be looked at, and more than the latest are
    needed, as they are when it is to be `complete`.
    """
    start, end = (int(time * source.NANOSECONDS) for time in (wanted.start, wanted.end))
    if wanted.after is not None:
        start, end = (max(start, wanted.after.time), end) if wanted.ascending else (start, min(end, wanted.after.time))
    spans = call.store.spans(start, end + 1, limit=source.MOST)
    if len(spans) == source.MOST and (complete or wanted.ascending):
        raise Refused(f'There are more than {source.MOST} spans in this time: ask for a shorter one')
    return [span for span in spans if wanted.fits(source.document(span))]


def _shape(call: Call, span: Span) -> dict[str, Any]:
    own = {'operation_name': span.name, 'error': span.error, 'duration': span.duration}
    tags = {'env': span.env, 'service': span.service, 'version': span.meta.get('version'), 'host': span.host}
    return {
        'id': span.id,
        'type': 'spans',
        'attributes': {
            'service': span.service,
            'resource_name': span.resource,
            'resource_hash': blake2b(span.resource.encode(), digest_size=8).hexdigest(),
            'type': span.type,
            'env': span.env,
            'host': span.host,
            'trace_id': span.trace,
            'span_id': span.id,
            'parent_id': span.parent,
            'start_timestamp': time_of(span.start),
            'end_timestamp': time_of(span.start + span.duration),
            'single_span': False,
            'ingestion_reason': REASONS.get(span.meta.get('_dd.p.dm', ''), 'auto'),
            # The sandbox keeps all spans.
            'retained_by': 'retention_filter',
            'tags': [
                *(f'{key}:{value}' for key, value in tags.items() if value),
                *(call.store.host_tags(span.host) if span.host else ()),
            ],
            'custom': _nested({**span.meta, **{name: _number(value) for name, value in span.metrics.items()}}) | own,
        },
    }


def _nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Return attributes such as `http.method` as objects in each other, except those below one with a value."""
    nested: dict[str, Any] = {}
    for name, value in sorted(flat.items()):
        place, (*parts, last) = nested, name.split('.')
        for part in parts:
            inner = place.setdefault(part, {})
            if not isinstance(inner, dict):
                place, last = nested, name
                break
            place = inner
        place[last] = value
    return nested


def _number(value: float) -> float:
    return int(value) if value.is_integer() else value


def time_of(nanoseconds: int) -> str:
    """Return a time as the API writes it: in milliseconds, without zeros at the end."""
    text = datetime.fromtimestamp(nanoseconds // 1_000_000 / 1000, UTC).isoformat(timespec='milliseconds')[:-6]
    return f'{text.rstrip("0").rstrip(".")}Z' if '.' in text else f'{text}Z'


routes = [
    endpoint('GET', PATH, list_spans, media_type=MEDIA_TYPE),
    endpoint('POST', f'{PATH}/search', search_spans, media_type=MEDIA_TYPE),
]
