"""Spans, as records."""

from datadog_sandbox.store import Span, Store

from .document import Document
from .record import Record

NANOSECONDS = 1_000_000_000
MOST = 100_000
"""Spans that a query looks at, the latest."""


def read(store: Store, start: int, end: int) -> list[Record]:
    """Return the spans that start in [start, end), in seconds, the latest first."""
    return read_nanoseconds(store, start * NANOSECONDS, end * NANOSECONDS)


def read_nanoseconds(store: Store, start: int, end: int) -> list[Record]:
    """Return the spans that start in [start, end), in nanoseconds, the latest first."""
    spans = store.spans(start, end, limit=MOST)
    return [Record(span.start / NANOSECONDS, document(span), span) for span in spans]


RESERVED = 'service', 'operation_name', 'resource_name', 'type', 'env', 'host', 'trace_id', 'status'
"""What a search has without `@`."""


def document(span: Span) -> Document:
    """Return what a search for spans looks at."""
    sent = as_sent(span)
    facets = {key: [value.lower() for value in values] for key, values in sent.facets.items()}
    return sent._replace(facets=facets)


def as_sent(span: Span) -> Document:
    """Return a span with the values that it was sent with, for groups and their names."""
    status = 'error' if span.error else 'ok'
    values = span.service, span.name, span.resource, span.type, span.env, span.host, span.trace, status
    own = dict(zip(RESERVED, values, strict=True))
    facets = {key.lower(): [str(value)] for key, value in {**measures(span), **span.meta, **own}.items()}
    return Document(facets, f'{span.service} {span.name} {span.resource}')


def measures(span: Span) -> dict[str, float]:
    return {**span.metrics, 'duration': float(span.duration)}
