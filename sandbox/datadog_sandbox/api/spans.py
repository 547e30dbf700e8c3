"""Spans, API v2, read only."""

import re
from datetime import UTC, datetime
from typing import Any

from datadog_sandbox.store import Span

from .endpoint import Call, Refused, endpoint

FIELDS = {
    'service': 'service',
    'resource_name': 'resource',
    'operation_name': 'name',
    'type': 'type',
    'env': 'env',
    'host': 'host',
    'trace_id': 'trace',
}
"""What a query can ask for: the name that the API has for it, and that of the field of a span."""
TERM = re.compile(r'(\w+):(?:"([^"]*)"|([^\s"()]+))')
PAGE, MOST = 10, 1000
"""Spans in one answer: the documented default, and the most."""


def list_spans(call: Call) -> Any:
    """Answer with the latest spans that match `filter[query]`: terms `field:value`, which must all hold."""
    wanted = _terms(call.query.get('filter[query]') or '*')
    limit = call.number('page[limit]', PAGE, MOST)
    spans = call.store.spans(limit=10 * MOST)
    found = [span for span in spans if all(getattr(span, field) == value for field, value in wanted)]
    return {'data': [_shown(span) for span in found[:limit]]}


def _terms(query: str) -> list[tuple[str, str]]:
    if query.strip() == '*':
        return []
    terms = [(field, quoted or plain) for field, quoted, plain in TERM.findall(query)]
    unknown = [field for field, _ in terms if field not in FIELDS]
    if unknown or TERM.sub('', query).strip():
        allowed = ', '.join(FIELDS)
        raise Refused(f'filter[query] takes terms such as service:web, of {allowed}, and not {query[:100]!r}')
    return [(FIELDS[field], value) for field, value in terms]


def _shown(span: Span) -> dict[str, Any]:
    return {
        'id': span.id,
        'type': 'spans',
        'attributes': {
            'service': span.service,
            'resource_name': span.resource,
            'type': span.type,
            'env': span.env,
            'host': span.host,
            'trace_id': span.trace,
            'span_id': span.id,
            'parent_id': span.parent,
            'start_timestamp': _time(span.start),
            'end_timestamp': _time(span.start + span.duration),
            'custom': {**span.meta, **span.metrics, 'operation_name': span.name, 'error': span.error},
        },
    }


def _time(nanoseconds: int) -> str:
    return datetime.fromtimestamp(nanoseconds / 1e9, UTC).isoformat(timespec='milliseconds')


UNSUPPORTED = ('filter[from]', 'filter[to]', 'sort', 'page[cursor]')

routes = [endpoint('GET', '/api/v2/spans/events', list_spans, unsupported=UNSUPPORTED)]
