"""Requests through a real proxy, and answers without an end."""

import base64
import http.server
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from custom_check_publish.http import Http, TooLarge, pool_for
from urllib3 import ProxyManager


class Proxy(http.server.BaseHTTPRequestHandler):
    """Answers every request itself, with what it was asked for."""

    def do_GET(self) -> None:
        body = f'{self.path} {self.headers.get("proxy-authorization")}'.encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def proxy() -> Iterator[str]:
    """The address of a proxy, without its scheme."""
    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), Proxy) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield f'127.0.0.1:{server.server_port}'
        server.shutdown()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ('HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY'):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def get(url: str) -> str:
    return Http(url).send('GET', url, {}, None).data.decode()


def test_the_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv('http_proxy', f'http://{proxy}')
    assert get('http://api.example/x?y=1') == 'http://api.example/x?y=1 None'


def test_a_proxy_gets_the_name_and_password_of_its_address(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv('http_proxy', f'http://me:a%40b@{proxy}')
    credentials = base64.b64encode(b'me:a@b').decode()
    assert get('http://api.example/') == f'http://api.example/ Basic {credentials}'


@pytest.mark.parametrize(
    ('url', 'is_asked'),
    [
        ('https://api.datadoghq.com', True),
        ('https://api.internal', False),
        # It says nothing of http.
        ('http://api.example', False),
        ('https://localhost:4500', False),
        ('https://127.0.0.1', False),
        ('https://[::1]:1', False),
    ],
)
def test_what_goes_through_the_proxy(monkeypatch: pytest.MonkeyPatch, url: str, is_asked: bool) -> None:
    monkeypatch.setenv('HTTPS_PROXY', 'proxy.example:3128')
    monkeypatch.setenv('NO_PROXY', 'api.internal')
    assert isinstance(pool_for(url), ProxyManager) == is_asked


def test_an_answer_is_read_up_to_a_limit(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setattr('custom_check_publish.http.MOST_BYTES', 9)
    assert get(f'http://{proxy}/123') == '/123 None'
    with pytest.raises(TooLarge):
        get(f'http://{proxy}/1234')
