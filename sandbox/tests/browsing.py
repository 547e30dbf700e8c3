"""Chromium with a page of an account that has something of everything in it: fixtures for the tests in browser/."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import specimen
from datadog_sandbox.server import create_app, running
from datadog_sandbox.store import Store

# Bundling Vega takes some seconds on a slow machine, once.
PATIENCE = 60_000
PATHS = (
    '/', '/dashboards', '/monitors', '/monitors/1', '/downtimes', '/mail', '/mail/1', '/hosts', '/hosts/web-1',
    '/traces', '/services', '/service/web', '/trace/77', '/received', '/monitors/1/json',
    '/dashboards/abc-def-ghi/json',
    '/monitors/import', '/metric/summary', '/metric/summary?metric=test.wave', '/event/explorer', '/logs',
    '/event/event?id=5', '/metric/explorer?query=avg:test.wave{*}+by+{host}&events=*',
)  # fmt: skip
BOARD = '/dashboard/abc-def-ghi'
Open = Callable[..., Any]


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
    """An account with something of each kind, in the hour before `NOW`."""
    from conftest import NOW

    specimen.fill(store, NOW)
    return store


@pytest.fixture
def panel() -> specimen.Panel:
    return specimen.Panel()


@pytest.fixture
def site(account: Store, clock: Callable[[], float], panel: specimen.Panel) -> Iterator[str]:
    app = create_app(account, clock)
    app.state.panel = panel
    with running(app) as address:
        yield address


@pytest.fixture
def open_page(chromium: Any, site: str) -> Iterator[Open]:
    """Open a page; at the end of the test there must have been no error and no request to elsewhere."""
    problems: list[str] = []
    contexts = []

    def open_(path: str, width: int = 1440, **options: Any) -> Any:
        context = chromium.new_context(base_url=site, viewport={'width': width, 'height': 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on('console', lambda message: problems.extend([message.text] if message.type == 'error' else []))
        page.on('pageerror', lambda error: problems.append(str(error)))
        page.on('request', lambda request: problems.extend([] if request.url.startswith(site) else [request.url]))
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


def chart(page: Any, title: str) -> Any:
    return page.locator('article', has=page.get_by_role('heading', name=title, exact=True)).locator('[data-chart]')
