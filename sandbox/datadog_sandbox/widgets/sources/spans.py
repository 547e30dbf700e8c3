"""Spans, as a source of records."""

from collections.abc import Mapping

from datadog_sandbox.store import Span, Store
from datadog_sandbox.widgets.search import Document

NANOSECONDS = 1_000_000_000
MOST = 100_000
"""Spans that a query looks at, the latest."""


def read(store: Store, start: int, end: int) -> list[tuple[int, Document, Mapping[str, float]]]:
    """Return the spans that start in [start, end)."""
    spans = store.spans(start * NANOSECONDS, end * NANOSECONDS, limit=MOST)
    return [(span.start // NANOSECONDS, document(span), measures(span)) for span in spans]


def document(span: Span) -> Document:
    """Return what a search for spans looks at."""
    own = {
        'service': span.service,
        'operation_name': span.name,
        'resource_name': span.resource,
        'type': span.type,
        'env': span.env,
        'host': span.host,
        'trace_id': span.trace,
        'status': 'error' if span.error else 'ok',
    }
    facets = {key.lower(): [str(value).lower()] for key, value in {**span.meta, **own}.items()}
    return Document(facets, f'{span.service} {span.name} {span.resource}'.lower())


def measures(span: Span) -> dict[str, float]:
    return {**span.metrics, 'duration': float(span.duration)}
