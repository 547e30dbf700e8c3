"""The services and the latest traces, and one trace as a waterfall."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from datadog_sandbox.store import Span, Store

from .frame import not_found, render
from .ranges import chosen_range
from .words import NANOSECONDS

TRACES, SPANS = 30, 3_000
"""Traces in the list, the latest, and the most spans that are looked at for them."""


def traces(request: Request) -> Response:
    store: Store = request.app.state.store
    chosen = chosen_range(request)
    end = int(request.app.state.clock()) + 1
    start = end - chosen.seconds
    totals: dict[tuple[str, str, str], dict[str, Any]] = {}
    for stat in store.trace_stats(start, end):
        key = (stat.service, stat.resource, stat.name)
        row = totals.setdefault(
            key, {'resource': stat.resource, 'name': stat.name, 'hits': 0, 'errors': 0, 'duration': 0}
        )
        row['hits'] += stat.hits
        row['errors'] += stat.errors
        row['duration'] += stat.duration
    services = [
        (service, [totals[key] for key in keys if totals[key]['hits']])
        for service, keys in groupby(sorted(totals), key=lambda key: key[0])
    ]
    return render(
        request,
        'traces.html',
        range=chosen.name,
        services=services,
        traces=_latest(store.spans(start * NANOSECONDS, end * NANOSECONDS, limit=SPANS)),
    )


def _latest(spans: Sequence[Span]) -> list[dict[str, Any]]:
    """Return the latest traces: each with its first span, how many it has, and how many of them failed."""
    by_trace = defaultdict(list)
    for span in spans:
        by_trace[span.trace].append(span)
    if len(spans) == SPANS and len(by_trace) > 1:
        # The oldest may lack spans.
        del by_trace[spans[-1].trace]
    found: list[dict[str, Any]] = [
        {
            'id': id_,
            'root': min(own, key=lambda span: (span.parent != '0', span.start)),
            'count': len(own),
            'errors': sum(map(bool, (span.error for span in own))),
        }
        for id_, own in by_trace.items()
    ]
    return sorted(found, key=lambda row: row['root'].start, reverse=True)[:TRACES]


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
]
