from collections.abc import Iterator

import pytest
from browsing import account as account
from browsing import chromium as chromium
from browsing import open_page as open_page
from browsing import panel as panel
from browsing import site as site
from calling import api as api
from datadog_sandbox.server import create_app, running
from datadog_sandbox.store import Store
from starlette.testclient import TestClient

NOW = 1_795_000_000  # Wednesday 18 November 2026, 12:06:40 in Paris.
KEY = {'DD-API-KEY': 'any', 'DD-APPLICATION-KEY': 'any'}


class Clock:
    """A clock that stands still until a test sets it."""

    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store() -> Iterator[Store]:
    store = Store()
    yield store
    store.close()


@pytest.fixture
def client(store: Store, clock: Clock) -> TestClient:
    """A client of the application, with keys. Nothing runs in the background: a test advances the account itself."""
    return TestClient(create_app(store, clock), base_url='http://127.0.0.1', headers=KEY)


@pytest.fixture
def url(store: Store, clock: Clock) -> Iterator[str]:
    """The address of a real server."""
    with running(create_app(store, clock)) as url:
        yield url
