"""The latest traces, and one as a waterfall."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from datadog_sandbox.natural import natural
from datadog_sandbox.records import Document
from datadog_sandbox.records import spans as records
from datadog_sandbox.store import Span, Store

from .frame import HEADERS, not_found, query_of, render
from .listing import Column, Listing
from .ranges import shown_range
from .words import NANOSECONDS, severity

SPANS = 5_000
"""Spans that are looked at for the list of traces, the latest."""


class Trace(NamedTuple):
    """The spans of a trace that are kept."""

    id: str
    root: Span
    """The span that all others come of; the earliest, where that is not kept."""
    spans: Sequence[Span]

    @property
    def errors(self) -> int:
        """How many spans failed."""
        return sum(bool(span.error) for span in self.spans)

    @property
    def status(self) -> str:
        return 'Error' if self.errors else 'OK'

    @property
    def services(self) -> list[str]:
        return list(dict.fromkeys(span.service for span in sorted(self.spans, key=lambda span: span.start)))


TRACES = Listing[Trace](
    'trace',
    (
        Column('resource', 'Resource', lambda trace: natural(trace.root.resource)),
        Column('service', 'Services', lambda trace: natural(trace.root.service)),
        Column('started', 'Started', lambda trace: trace.root.start, descending=True),
        Column('spans', 'Spans', lambda trace: len(trace.spans), descending=True, number=True),
        Column('duration', 'Duration', lambda trace: trace.root.duration, descending=True, number=True),
        Column('status', 'Result', lambda trace: (severity(trace.status), -trace.root.start)),
    ),
    lambda trace: _document(trace),
    {'status': 'Result', 'service': 'Service', 'env': 'Environment'},
    '@http.status_code:500',
    # Datadog's own name.
    search='query',
    completed='spans',
    default='started',
)


def _document(trace: Trace) -> Document:
    """Return what a search finds a trace by: what any of its spans has."""
    facets: dict[str, list[str]] = defaultdict(list)
    documents = [records.document(span) for span in trace.spans]
    for document in documents:
        for key, values in document.facets.items():
            facets[key] += values
    facets['status'] = [trace.status.lower()]
    return Document(facets, '\n'.join(document.text for document in documents))


def traces(request: Request) -> Response:
    store: Store = request.app.state.store
    period, range_ = shown_range(request)
    spans = store.spans(period.start * NANOSECONDS, period.end * NANOSECONDS, limit=SPANS)
    page = TRACES.page(latest(spans), request.query_params)
    full = len(spans) == SPANS
    return render(request, 'traces.html', list=page, range=range_, limit=SPANS if full else 0)


def latest(spans: Sequence[Span]) -> list[Trace]:
    """Return the traces of spans that are sorted with the latest first, in the same order.

    Where there are as many spans as one looks at, the oldest trace may lack some, and is left out.
    """
    by_trace = defaultdict(list)
    for span in spans:
        by_trace[span.trace].append(span)
    if len(spans) >= SPANS and len(by_trace) > 1:
        del by_trace[spans[-1].trace]
    every = (
        Trace(id_, min(own, key=lambda span: (span.parent != '0', span.start)), own) for id_, own in by_trace.items()
    )
    return sorted(every, key=lambda trace: trace.root.start, reverse=True)


def trace(request: Request) -> Response:
    id_ = request.path_params['id']
    spans = request.app.state.store.spans(trace=id_)
    if not spans:
        return not_found(request, f'No span of a trace {id_} is kept here.')
    start = min(span.start for span in spans)
    total = max(1, max(span.start + span.duration for span in spans) - start)
    services = sorted({span.service for span in spans})
    rows = [
        {
            'span': span,
            'depth': depth,
            'color': services.index(span.service) % 6,
            'left': round(100 * (span.start - start) / total, 3),
            'width': round(max(0.25, 100 * span.duration / total), 3),
        }
        for depth, span in _tree(spans)
    ]
    return render(request, 'trace.html', id=id_, start=start, total=total, services=services, rows=rows)


def _tree(spans: Sequence[Span]) -> list[tuple[int, Span]]:
    """Return the spans in the order of a waterfall, each below its parent, with its depth.

    A span whose parent is not there begins a tree of its own, and so does one whose parents form a circle.
    """
    children = defaultdict(list)
    ids = {span.id for span in spans}
    for span in sorted(spans, key=lambda span: (span.start, -span.duration), reverse=True):
        children[span.parent if span.parent in ids and span.parent != span.id else ''].append(span)
    rows: list[tuple[int, Span]] = []
    seen: set[str] = set()
    todo = [(0, span) for span in [*spans, *children['']]]
    while todo:
        depth, span = todo.pop()
        if span.id not in seen:
            seen.add(span.id)
            rows.append((depth, span))
            todo += [(depth + 1, child) for child in children[span.id]]
    return rows


routes: list[BaseRoute] = [
    Route('/traces', traces),
    Route('/trace/{id}', trace),
    Route('/apm/traces', lambda request: RedirectResponse(f'/traces{query_of(request)}', 303, HEADERS)),
    Route('/apm/trace/{id}', trace),
]
