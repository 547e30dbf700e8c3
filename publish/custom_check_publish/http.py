"""One request over HTTP: through the proxy of the environment, within a time, and read up to a limit."""

import ipaddress
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3

CONNECT_TIMEOUT, READ_TIMEOUT = 10.0, 30.0
"""Seconds, for the connection and for each part of an answer."""
TIME_LIMIT = 60.0
"""Seconds for a whole request, however steadily its answer drips."""
MOST_BYTES = 64 * 2**20
"""Bytes of an answer, unpacked: a page of a thousand monitors has some five million."""
PIECE = 2**14
"""Bytes of an answer, as sent, that are read at a time."""

T = TypeVar('T')


class TooLarge(urllib3.exceptions.HTTPError):
    """An answer of more than `MOST_BYTES`."""


class InvalidProxy(ValueError):
    """A proxy in the environment that cannot be any."""


@dataclass(frozen=True)
class Answer:
    """What a server answered."""

    status: int
    reason: str | None
    headers: Mapping[str, str]
    data: bytes


class Http:
    """Sends to one server. Nothing is resent, and no redirect is followed: the keys would go with it."""

    def __init__(self, url: str) -> None:
        self._pool = pool_for(url)

    def send(self, method: str, url: str, headers: Mapping[str, str], body: str | None) -> Answer:
        """Raises `urllib3.exceptions.HTTPError`, or `TimeoutError` after `TIME_LIMIT`."""
        return within(TIME_LIMIT, lambda: self._send(method, url, headers, body))

    def _send(self, method: str, url: str, headers: Mapping[str, str], body: str | None) -> Answer:
        answer = self._pool.request(
            method,
            url,
            headers=headers,
            body=body,
            retries=False,
            timeout=urllib3.Timeout(connect=CONNECT_TIMEOUT, read=READ_TIMEOUT),
            preload_content=False,
        )
        data = bytearray()
        # In pieces: one of a packed answer can be a thousand times as long once it is unpacked.
        for piece in answer.stream(PIECE):
            data += piece
            if len(data) > MOST_BYTES:
                answer.close()
                raise TooLarge(f'the answer has more than {MOST_BYTES // 2**20} MB')
        answer.release_conn()
        return Answer(answer.status, answer.reason, answer.headers, bytes(data))


def pool_for(url: str) -> urllib3.PoolManager:
    """Return a pool for a server, through the proxy of the environment: `HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`.

    What is on this machine is never asked for through a proxy. Raises `InvalidProxy`.
    """
    parts = urlsplit(url)
    proxy = getproxies().get(parts.scheme)
    if not proxy or _is_here(parts.hostname or '') or proxy_bypass(parts.netloc):
        return urllib3.PoolManager()
    try:
        server = urlsplit(proxy if '://' in proxy else f'http://{proxy}')
        who = f'{unquote(server.username)}:{unquote(server.password or "")}' if server.username else None
        headers = urllib3.make_headers(proxy_basic_auth=who) if who else None
        return urllib3.ProxyManager(f'{server.scheme}://{server.netloc.rpartition("@")[2]}', proxy_headers=headers)
    except (ValueError, urllib3.exceptions.HTTPError):
        # Without its address, which may hold a password.
        name = f'{parts.scheme.upper()}_PROXY'
        raise InvalidProxy(f'{name} is not the address of a proxy, such as http://proxy.example:3128') from None


def _is_here(host: str) -> bool:
    try:
        return host == 'localhost' or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def within(seconds: float, do: Callable[[], T]) -> T:
    """Return what `do` returns; raise `TimeoutError` when that takes longer, and leave it behind."""
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(do())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not results:
        raise TimeoutError(f'it took longer than {seconds:.0f} s')
    return results[0]
