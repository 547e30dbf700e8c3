"""What the tests in a browser share: Chromium, an account with something of everything, and how its pages open.

`CHROMIUM` names another browser than the one of the distribution.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
import specimen
from addresses import PATIENCE, Open
from conftest import NOW, Clock
from datadog_sandbox.server import create_app, running
from datadog_sandbox.store import Store


@pytest.fixture(scope='module')
def chromium() -> Iterator[Any]:
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get('CHROMIUM', '/usr/bin/chromium'),
            # Chromium's own sandbox does not work for root, as in containers.
            args=['--no-sandbox'] if os.geteuid() == 0 else [],
        )
        yield browser
        browser.close()


@pytest.fixture
def account(store: Store) -> Store:
    specimen.fill(store, NOW)
    return store


@pytest.fixture
def panel() -> specimen.Panel:
    return specimen.Panel()


@pytest.fixture
def address(account: Store, clock: Clock, panel: specimen.Panel) -> Iterator[str]:
    app = create_app(account, clock)
    app.state.panel = panel
    with running(app) as url:
        yield url


@pytest.fixture
def open_page(chromium: Any, address: str) -> Iterator[Open]:
    """Open a page; at the end of the test there must have been no error and no request to elsewhere."""
    problems: list[str] = []
    contexts = []

    def open_(path: str, width: int = 1440, **options: Any) -> Any:
        context = chromium.new_context(base_url=address, viewport={'width': width, 'height': 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on('console', lambda message: problems.extend([message.text] if message.type == 'error' else []))
        page.on('pageerror', lambda error: problems.append(str(error)))
        page.on('request', lambda request: problems.extend([] if request.url.startswith(address) else [request.url]))
        page.goto(path)
        charts = page.locator('[data-chart]').count()
        page.locator('[data-chart] svg.marks').nth(max(charts, 1) - 1).wait_for(timeout=PATIENCE) if charts else None
        return page

    yield open_
    for context in contexts:
        context.close()
    # What a mail wanted to run was stopped, or a form was refused, and Chromium says so.
    expected = 'Blocked script execution', 'status of 422'
    assert [problem for problem in problems if not any(part in problem for part in expected)] == []
