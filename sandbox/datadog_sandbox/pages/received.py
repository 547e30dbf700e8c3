"""What came in, and what of it was kept."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from datadog_sandbox.natural import natural
from datadog_sandbox.store import Received

from .frame import render
from .listing import Column, Listing, document


def outcome(row: Received) -> str:
    return 'Kept' if row.kept else 'Not kept'


RECEIVED = Listing[Received](
    'path',
    (
        Column('path', 'Path', lambda row: (natural(row.path), row.method)),
        Column('outcome', 'Outcome', lambda row: (row.kept, natural(row.path))),
        Column('requests', 'Requests', lambda row: row.requests, descending=True, number=True),
        Column('items', 'Items kept', lambda row: row.items if row.kept else -1, descending=True, number=True),
        Column('size', 'Size', lambda row: row.bytes, descending=True, number=True),
        Column('latest', 'Latest', lambda row: row.last, descending=True),
    ),
    lambda row: document([f'{row.method} {row.path}'], outcome=[outcome(row)]),
    {'outcome': 'Outcome'},
    'series outcome:kept',
)


def received(request: Request) -> Response:
    page = RECEIVED.page(request.app.state.store.received(), request.query_params)
    return render(request, 'received.html', list=page, rows=[(row, outcome(row)) for row in page.rows])


routes: list[BaseRoute] = [
    Route('/received', received),
]
