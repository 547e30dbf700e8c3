"""The account as a web application: routes, middleware, error responses, and the work in the background.

Only this module, the command line, and `testing` read a clock.
"""

import logging
import re
import socket
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Lifespan, Message, Receive, Scope, Send

from .http import JSON_API, Keyless, Refused, answer_of, has_key
from .times import DAY

# The endpoints are imported when an application is created: a server listens before that.
if TYPE_CHECKING:
    from .store import Store

log = logging.getLogger(__name__)

HOST = '127.0.0.1'
RETENTION = 8 * DAY
"""Seconds for which points, spans, mails, and the like are kept, by default."""
PRUNE_EVERY = 300
"""Seconds of real time between two removals of old data."""
RETRY_AFTER = 10
"""Seconds of real time after which background work that failed is tried again."""
LONGEST_PATH = 4000
"""Characters."""
LOCAL = ('localhost', '127.0.0.1', '[::1]')

Clock = Callable[[], float]
Work = tuple[str, float, Callable[[], Any]]
"""Work in the background: what it is, for the log; seconds of real time between two runs; and a function."""


def create_app(
    store: 'Store',
    clock: Clock = time.time,
    *,
    allowed_hosts: Iterable[str] = (),
    smtp: tuple[str, int] | None = None,
    retention: int = RETENTION,
    address: str = '',
) -> Starlette:
    """Return the account as an application.

    `clock` returns seconds since the epoch, and may run faster than real time. `allowed_hosts` are the host names,
    without a port, that requests may name besides those of this machine. With `smtp`, mails are sent to that server.
    `retention` is in seconds. The links in these mails lead to `address`, such as 'http://127.0.0.1:8080'.
    """
    from . import api, intake, pages
    from .account import Account
    from .notifications.smtp import send

    background: list[Work] = [
        ('Evaluating the monitors', 1, lambda: app.state.account.advance(int(clock()))),
        ('Removing old data', PRUNE_EVERY, lambda: store.prune(int(clock()) - retention)),
    ]
    if smtp:
        background.append((f'Sending mail through {smtp[0]}:{smtp[1]}', 2, lambda: send(store, *smtp, address)))
    routes = [*intake.routes, *api.routes, *pages.routes, Route('/{path:path}', unknown, methods=METHODS)]
    app = guarded(routes, _background(background), clock, allowed_hosts)
    app.state.store, app.state.retention = store, retention
    app.state.account = Account(store)
    return app


def guarded(
    routes: Sequence[BaseRoute], lifespan: Lifespan[Starlette], clock: Clock, allowed_hosts: Iterable[str]
) -> Starlette:
    """Return an application of routes, with dated responses, and with refusals of forbidden requests."""
    app = Starlette(
        routes=routes,
        middleware=[Middleware(Dated, clock=clock), Middleware(Guard, allowed_hosts={*LOCAL, *allowed_hosts})],
        exception_handlers={
            Refused: _refused,
            sqlite3.OperationalError: _unavailable,
            HTTPException: _http_error,
            ClientDisconnect: _gone,
            Exception: _failed,
        },
        lifespan=lifespan,
    )
    app.state.clock = clock
    return app


def _background(background: Sequence[Work]) -> Lifespan[Starlette]:
    """Return a lifespan in which threads do work in the background."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        stop = threading.Event()
        # Daemons, so that a mail server that does not answer cannot delay the end of the process.
        threads = [threading.Thread(target=_repeat, args=(stop, *work), daemon=True) for work in background]
        for thread in threads:
            thread.start()
        yield
        stop.set()
        deadline = time.monotonic() + 0.3
        for thread in threads:
            thread.join(max(0, deadline - time.monotonic()))

    return lifespan


def _repeat(stop: threading.Event, name: str, seconds: float, work: Callable[[], Any]) -> None:
    """Do work at intervals until `stop` is set. A failure is logged, and the work tried again a little later."""
    pause = 0.0
    while not stop.wait(pause):
        pause = seconds
        try:
            work()
        except Exception as error:
            if stop.is_set():
                return
            # A mail server that is away, or a full disk, may be back the next time.
            expected = isinstance(error, OSError | sqlite3.OperationalError)
            log.warning('%s failed: %s', name, error, exc_info=not expected)
            pause = max(seconds, RETRY_AFTER)


# Responses

METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']
AGENTS = ('datadog-agent', 'datadog trace agent', 'go-http-client')
"""How the `User-Agent` of the parts of an Agent begins, in lower case."""


API_KEY_REQUIRED = '2022-01-06'
"""The day from which on `validate` says so of a request without a key."""
INPUT = '/v1/input'
"""Where logs were posted before API v2."""


async def unknown(request: Request) -> Response:
    """Accept and count any other post of an Agent, or of a tracer through it; respond with 404 to other requests."""
    from . import intake, pages

    path, headers = request.url.path, request.headers
    is_agent = headers.get('user-agent', '').lower().startswith(AGENTS) or 'trace-agent' in headers.get('via', '')
    if is_agent and request.method in ('POST', 'HEAD'):
        return await intake.not_kept(request)
    if path.startswith('/api/'):
        return errors(request, 404, f'{request.method} {path[:200]} is not served by the sandbox')
    if 'text/html' in headers.get('accept', ''):
        return await run_in_threadpool(pages.not_found, request, f'There is no page {path[:200]}.')
    return errors(request, 404, f'There is no {path} here')


TITLED = re.compile(
    r'[A-Z]+ /api/v2/logs|POST /api/v2/events|GET /api/v2/(metrics/[^/]+/tag-cardinalities|slo/[^/]+/status)'
)
"""Requests whose errors are documented as objects and not as strings."""
ROLES = '/api/v2/roles'
SEARCH = '/api/v1/logs-queries/list'
"""The path whose refusals are documented as one error, `LogsAPIErrorResponse`."""


def errors(request: HTTPConnection, status: int, *lines: str) -> Response:
    """Return an error response, in the form that Datadog documents for a path."""
    path, method = request.url.path, request.scope['method']
    if path == INPUT or path.startswith(f'{INPUT}/'):
        return answer_of(path, {'code': status, 'message': ' '.join(lines)}, status)
    if path == SEARCH and status == 400:
        return answer_of(path, {'error': {'message': ' '.join(lines)}}, status)
    details: Sequence[Any] = lines
    if TITLED.fullmatch(f'{method} {path}') or path.startswith(JSON_API):
        titled = {'status': str(status), 'title': HTTPStatus(status).phrase}
        # As recorded for 422 and for roles, and as documented for others.
        generic = status == 422 or path.startswith(ROLES)
        details = [({'title': 'Generic Error'} if generic else titled) | {'detail': line} for line in lines]
    return answer_of(path, {'errors': details}, status)


def _no_key(request: HTTPConnection) -> Response:
    """Refuse a request without keys, as Datadog did at the time of the account."""
    from .api.history import FULL_REFUSAL, SHORT_REFUSALS, before

    path, now = request.url.path, request.app.state.clock()
    if path == '/api/v1/validate' and not before(API_KEY_REQUIRED, now):
        return errors(request, 403, 'API key required')
    if before(SHORT_REFUSALS, now):
        return answer_of(path, FULL_REFUSAL, 403)
    if path.startswith(ROLES):
        # Objects were recorded for 404 alone: for 403, the OpenAPI document has strings.
        return JSONResponse({'errors': ['Forbidden']}, 403)
    return errors(request, 403, 'Forbidden')


def _refused(request: Request, error: Exception) -> Response:
    if isinstance(error, Keyless):
        return _no_key(request)
    return errors(request, getattr(error, 'status', 400), str(error))


def _unavailable(request: Request, error: Exception) -> Response:
    # With a 503, an Agent keeps its data and tries again.
    return errors(request, 503, f'the account cannot be written now: {error}')


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = f'{error.detail}: {request.method[:20]} {request.url.path[:200]}'
    return JSONResponse({'errors': [detail]}, error.status_code, error.headers)


def _gone(request: Request, error: Exception) -> Response:
    return errors(request, 400, 'the body ended early')


def _failed(request: Request, error: Exception) -> Response:
    return errors(request, 500, 'the sandbox failed: see its log')


class Dated:
    """Sets the `Date` of every response by the clock of the account, which clients may need to know."""

    def __init__(self, app: ASGIApp, clock: Clock) -> None:
        self.app = app
        self.clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_dated(message: Message) -> None:
            if message['type'] == 'http.response.start':
                MutableHeaders(scope=message)['Date'] = formatdate(self.clock(), usegmt=True)
            await send(message)

        await self.app(scope, receive, send_dated)


class Guard:
    """Refuses requests that another site makes a browser send, and requests to the API without a key."""

    def __init__(self, app: ASGIApp, allowed_hosts: set[str]) -> None:
        self.app = app
        self.allowed_hosts = {host.lower() for host in allowed_hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refuse(scope) if scope['type'] == 'http' else None
        if scope['type'] == 'http' and scope['path'].startswith('/api/'):
            # As Datadog's own collection for Postman writes paths: `/api/v1/dashboard/?api_key=…`.
            scope = {**scope, 'path': scope['path'].rstrip('/')}
        await (refusal or self.app)(scope, receive, send)

    def _refuse(self, scope: Scope) -> Response | None:
        request = HTTPConnection(scope)
        headers, path = request.headers, scope['path']
        if len(path) > LONGEST_PATH:
            return errors(request, 414, f'the path is longer than {LONGEST_PATH} characters')
        host = headers.get('host', '').lower()
        if re.sub(r':\d*$', '', host) not in self.allowed_hosts:
            return errors(request, 403, f'Host {host[:200]!r} is not allowed; the option --allowed-host adds one')
        origin = headers.get('origin')
        if origin is not None and origin.lower() not in (f'http://{host}', f'https://{host}'):
            return errors(request, 403, f'Origin {origin[:200]!r} is not this server')
        is_api = path.startswith(('/api/', '/intake', INPUT))
        site = headers.get('sec-fetch-site', '')
        # Other sites may link to pages, but not change or read data.
        if site in ('cross-site', 'same-site') and (is_api or scope['method'] not in ('GET', 'HEAD')):
            return errors(request, 403, f'Sec-Fetch-Site {site} is not this server')
        if is_api and not path.startswith(('/api/sandbox/', f'{INPUT}/')):
            if not has_key(headers, request.query_params):
                return _no_key(request)
        return None


# Running


def listen(host: str = HOST, port: int = 0, *, next_free: bool = False) -> socket.socket:
    """Return a listening socket. Port 0 is any free one; with `next_free`, a later one may replace one in use.

    Raises `OSError` when no port is free.
    """
    family = socket.AF_INET6 if ':' in host else socket.AF_INET
    last = 65_535 if next_free and port else port
    for candidate in range(port, last + 1):
        # Only if the protocol is named does asyncio turn off Nagle's algorithm, which costs 40 ms a request.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, candidate))
            listener.listen(128)
            return listener
        except OSError:
            listener.close()
            if candidate == last:
                raise
    raise AssertionError('unreachable')


def url_of(listener: socket.socket) -> str:
    """Return the URL at which this machine reaches a listening socket."""
    host, port = listener.getsockname()[:2]
    host = {'0.0.0.0': '127.0.0.1', '::': '::1'}.get(host, host)
    return f'http://[{host}]:{port}' if ':' in host else f'http://{host}:{port}'


def server_of(app: ASGIApp) -> uvicorn.Server:
    """Return a server for an application: it stops within a second, and does not log requests."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            access_log=False,
            log_level='warning',
            timeout_graceful_shutdown=1,
            server_header=False,
            # The application dates its answers.
            date_header=False,
        )
    )


@contextmanager
def running(app: ASGIApp, listener: socket.socket | None = None) -> Iterator[str]:
    """Serve an application in a thread until the end of the block, and yield its URL."""
    listener = listener or listen()
    server = server_of(app)
    thread = threading.Thread(target=server.run, kwargs={'sockets': [listener]}, name='sandbox', daemon=True)
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError('the server did not start: see its log')
            time.sleep(0.005)
        yield url_of(listener)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
