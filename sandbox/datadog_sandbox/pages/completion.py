"""What may stand at the cursor of a field in which one types a query, a formula, or a search."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from datadog_sandbox import query
from datadog_sandbox.completion import Completion
from datadog_sandbox.records import complete, events, logs, spans
from datadog_sandbox.store import Store

from . import hosts, mail, metrics, monitors, services
from .explorer_queries import named
from .frame import HEADERS, not_found
from .listing import Listing
from .ranges import shown_range

LONGEST = 20_000
"""Characters that are completed."""
RECORDS = 5_000
"""Records whose facets are offered: the latest of the range that the page shows."""

Answer = Callable[[Request, str, int], Completion]


def of_query(request: Request, text: str, cursor: int) -> Completion:
    return query.complete(request.app.state.store, text, cursor)


def of_formula(request: Request, text: str, cursor: int) -> Completion:
    queries = named(request.query_params.getlist('query'))
    return query.complete_formula(request.app.state.store, text, cursor, queries)


def of_events(request: Request, text: str, cursor: int) -> Completion:
    store, start, end = _read(request)
    latest = events.between(store, start, end)[:RECORDS]
    return complete((events.document(store, event) for event in latest), None, text, cursor)


def of_logs(request: Request, text: str, cursor: int) -> Completion:
    store, start, end = _read(request)
    latest = store.logs(start * 1000, end * 1000, RECORDS)
    return complete((logs.document(store, log) for log in latest), None, text, cursor)


def of_spans(request: Request, text: str, cursor: int) -> Completion:
    store, start, end = _read(request)
    latest = store.spans(start * spans.NANOSECONDS, end * spans.NANOSECONDS, limit=RECORDS)
    # As the page says, a trace is one of errors where any of its spans is.
    failed = {span.trace for span in latest if span.error}
    documents = (spans.as_sent(span._replace(error=int(span.trace in failed))) for span in latest)
    return complete(documents, spans.RESERVED, text, cursor)


def _read(request: Request) -> tuple[Store, int, int]:
    """Return the account, and the range that the page shows."""
    period, _ = shown_range(request)
    return request.app.state.store, period.start, period.end


def of_list(
    listing: Listing[Any], rows: Callable[[Request], Iterable[Any]], request: Request, text: str, cursor: int
) -> Completion:
    return complete(map(listing.document, rows(request)), None, text, cursor)


LISTS: dict[str, tuple[Listing[Any], Callable[[Request], Iterable[Any]]]] = {
    'hosts': (hosts.HOSTS, hosts.rows),
    'mails': (mail.LETTERS, mail.rows),
    'metrics': (metrics.METRICS, metrics.rows),
    'monitors': (monitors.MONITORS, monitors.rows),
    'services': (services.SERVICES, services.rows),
}
ANSWERS: dict[str, Answer] = {
    'query': of_query, 'formula': of_formula, 'events': of_events, 'logs': of_logs, 'spans': of_spans,
    **{name: partial(of_list, *of) for name, of in LISTS.items()},
}  # fmt: skip


def completion(request: Request) -> Response:
    answer = ANSWERS.get(request.path_params['kind'])
    if answer is None:
        return not_found(request, f'What is completed is one of {", ".join(ANSWERS)}.')
    text, cursor = request.query_params.get('text', '')[:LONGEST], request.query_params.get('cursor', '')
    place = int(cursor) if cursor.isascii() and cursor.isdecimal() and len(cursor) < 7 else len(text)
    start, options = answer(request, text, min(place, len(text)))
    return JSONResponse({'start': start, 'options': [option._asdict() for option in options]}, headers=HEADERS)


routes: list[BaseRoute] = [Route('/completion/{kind}', completion)]
