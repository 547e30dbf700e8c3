"""A proxy for any HTTP server that records the requests and makes chosen ones go wrong."""

import http.client
import json
import re
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

HOP_BY_HOP = ('connection', 'content-length', 'date', 'server', 'transfer-encoding')
sleep = time.sleep
"""The real one: tests replace `time.sleep`."""


@dataclass
class Request:
    method: str
    path: str
    query: dict[str, str]
    body: Any
    headers: dict[str, str]
    """Their names are in lower case."""


@dataclass
class Fault:
    """What goes wrong with the next requests of one method and path."""

    method: str
    path: str
    """A regular expression that the whole path matches."""
    status: int | None = None
    """The status to answer with; None closes the connection without an answer."""
    after: bool = False
    """Whether the server carries the request out first."""
    headers: dict[str, str] = field(default_factory=dict)
    errors: list[Any] = field(default_factory=lambda: ['injected'])
    body: bytes | None = None
    """What the answer holds, in the place of `errors`."""
    change: Callable[[Any], Any] | None = None
    """Makes the JSON of the server's answer into another one; the status stays the server's."""
    byte_every: float = 0
    """Seconds before each byte of the answer."""
    skip: int = 0
    """How many matching requests go well first."""
    times: int = 1
    unless: dict[str, str] = field(default_factory=dict)
    """Headers, in lower case; a request that has all of them goes well."""
    ignored: str = ''
    """A parameter of the query that the server does not get to see; nothing else goes wrong."""


class FaultProxy:
    """Stands in front of the server at `target`. Use it as a context manager; `url` is where to ask."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.before: Callable[[], None] = lambda: None
        """What to do before each request is passed on."""
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        self.lock = threading.Lock()

    def __enter__(self) -> 'FaultProxy':
        proxy = self

        class Handler(_Handler):
            def setup(self) -> None:
                self.proxy = proxy
                super().setup()

        self._server = _Server(('127.0.0.1', 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=[0.01], daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f'http://127.0.0.1:{self._server.server_port}'

    @property
    def writes(self) -> list[Request]:
        return [request for request in self.requests if request.method != 'GET']

    def calls(self, method: str, path: str) -> list[Request]:
        return [one for one in self.requests if one.method == method and re.fullmatch(path, one.path)]

    def fault(self, request: Request) -> Fault | None:
        """Return what goes wrong with a request, if anything, and count it."""
        for fault in self.faults:
            if fault.unless and fault.unless.items() <= request.headers.items():
                continue
            if re.fullmatch(fault.method, request.method) and re.fullmatch(fault.path, request.path):
                if fault.skip:
                    fault.skip -= 1
                elif fault.times:
                    fault.times -= 1
                    return fault
        return None


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *arguments: Any) -> None:
        # A client that has gone is part of some tests.
        if not isinstance(sys.exception(), OSError):
            super().handle_error(*arguments)


class _Handler(BaseHTTPRequestHandler):
    proxy: FaultProxy
    protocol_version = 'HTTP/1.1'
    # One packet for each answer: in two, the second waits 40 ms for the first to be acknowledged.
    wbufsize = -1
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.upstream = http.client.HTTPConnection(urlsplit(self.proxy.target).netloc, timeout=30)

    def finish(self) -> None:
        self.upstream.close()
        super().finish()

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        raw = self.rfile.read(int(self.headers.get('content-length') or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, parts.path, query, json.loads(raw) if raw else None, headers)
        with self.proxy.lock:
            self.proxy.before()
            self.proxy.requests.append(request)
            fault = self.proxy.fault(request)
        if fault is None:
            return self._answer(*self._forward(raw))
        if fault.ignored:
            self.path = f'{parts.path}?{urlencode({name: it for name, it in query.items() if name != fault.ignored})}'
            return self._answer(*self._forward(raw))
        if fault.change:
            status, kept, data = self._forward(raw)
            return self._answer(status, kept, json.dumps(fault.change(json.loads(data))).encode())
        if fault.after:
            self._forward(raw)
        if fault.status is None:
            # Reset at once, so that the client does not wait for its time-out.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
            self.close_connection = True
            return self.connection.close()
        body = json.dumps({'errors': fault.errors}).encode() if fault.body is None else fault.body
        said = {'Content-Type': 'application/json'} | fault.headers
        self._answer(fault.status, said, b'' if fault.status == 204 else body, fault.byte_every)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def _forward(self, raw: bytes) -> tuple[int, dict[str, str], bytes]:
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        self.upstream.request(self.command, self.path, raw or None, headers)
        answer = self.upstream.getresponse()
        kept = {name: value for name, value in answer.getheaders() if name.lower() not in HOP_BY_HOP}
        return answer.status, kept, answer.read()

    def _answer(self, status: int, headers: dict[str, str], data: bytes, byte_every: float = 0) -> None:
        self.send_response(status)
        for name, value in (headers | {'Content-Length': str(len(data))}).items():
            self.send_header(name, value)
        self.end_headers()
        if not byte_every:
            self.wfile.write(data)
            return
        try:
            for index in range(len(data)):
                sleep(byte_every)
                self.wfile.write(data[index : index + 1])
                self.wfile.flush()
        except OSError:
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Keep the tests' output clean."""
