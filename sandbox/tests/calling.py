"""A client of the API in this process, with a clock that stands where a test puts it."""

from collections.abc import Iterator
from typing import Any

import pytest
from datadog_sandbox.server import create_app
from datadog_sandbox.store import Store
from starlette.testclient import TestClient

KEYS = {'DD-API-KEY': 'one', 'DD-APPLICATION-KEY': 'two'}
NOW = 1_795_521_600
"""2026-11-24T12:00:00Z, a Tuesday."""


class Clock:
    now: float = NOW

    def __call__(self) -> float:
        return self.now


class Client(TestClient):
    """Sends both keys, and says what came back when it is not what a test expects."""

    store: Store
    clock: Clock

    def ask(self, method: str, path: str, body: Any = None, status: int = 200, **query: Any) -> Any:
        answer = self.request(method, path, json=body, params=query)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def errors(self, method: str, path: str, body: Any = None, status: int = 400, **query: Any) -> list[Any]:
        answer = self.ask(method, path, body, status, **query)
        assert list(answer) == ['errors']
        return list(answer['errors'])


@pytest.fixture
def api() -> Iterator[Client]:
    store, clock = Store(), Clock()
    client = Client(create_app(store, clock), 'http://127.0.0.1:8080', headers=KEYS)
    client.store, client.clock = store, clock
    yield client
    store.close()
