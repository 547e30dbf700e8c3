"""What came in, and what of it was kept."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from .frame import render


def received(request: Request) -> Response:
    return render(request, 'received.html', received=request.app.state.store.received())


routes: list[BaseRoute] = [
    Route('/received', received),
]
