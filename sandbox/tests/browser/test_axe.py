"""Every page is accessible, as far as axe-core can tell: https://github.com/dequelabs/axe-core."""

import re
from itertools import product
from typing import Any

import pytest
from browsing import BOARD, PATHS, Open
from conftest import Clock
from datadog_sandbox.pages.frame import MENU
from datadog_sandbox.server import create_app, running
from datadog_sandbox.store import Store

pytestmark = pytest.mark.browser

WIDTHS = 390, 1440
# A mail is somebody else's page, in which no script runs: not axe-core's, either.
OPTIONS = {'resultTypes': ['violations'], 'iframes': False}
MORE = (
    BOARD + '?range=1d&all=1', '/monitors/1?from_ts=1795000000000&to_ts=1795003600000', '/monitors?q=((',
    '/metric/explorer', '/metric/explorer?query=avg:test.wave{*}.nonsense()', '/logs?q=nothing', '/dashboards/import',
)  # fmt: skip


def violations(page: Any) -> list[str]:
    """Return what axe-core finds: the rule, and the parts of the page that break it."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options=OPTIONS).response['violations']
    return [f'{rule["id"]}: {node["html"]}' for rule in found for node in rule['nodes']]


@pytest.mark.parametrize('path', (*PATHS, *MORE))
def test_axe_finds_nothing(open_page: Open, path: str) -> None:
    # Colours on their way from one theme to the other have less contrast.
    page = open_page(path, reduced_motion='reduce')
    for scheme, width in product(('light', 'dark'), WIDTHS):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({'width': width, 'height': 900})
        assert violations(page) == [], (scheme, width)


@pytest.mark.parametrize('path', ['/', '/unknown', *(path for path, *_ in MENU)])
def test_axe_finds_nothing_on_a_page_without_data(chromium: Any, store: Store, clock: Clock, path: str) -> None:
    with running(create_app(store, clock)) as url:
        page = chromium.new_page(viewport={'width': WIDTHS[0], 'height': 900})
        page.goto(f'{url}{path}')
        assert violations(page) == []
        page.close()


def test_axe_finds_nothing_in_forms_that_were_refused(open_page: Open) -> None:
    page = open_page('/monitors/1')
    page.get_by_label('Groups', exact=True).fill('(')
    page.get_by_role('button', name='Mute', exact=True).last.click()
    page.get_by_role('alert').wait_for()
    assert violations(page) == []
    page.goto('/monitors/import')
    page.get_by_label('JSON').fill('{')
    page.get_by_role('button', name='Import').click()
    page.get_by_role('alert').wait_for()
    assert violations(page) == []


def test_axe_is_looking(open_page: Open) -> None:
    page = open_page('/hosts')
    page.locator('label[for=q]').evaluate("label => label.remove()")
    page.locator('#q').evaluate("field => field.removeAttribute('placeholder')")
    [problem] = violations(page)
    assert re.match('label: <input type="search" id="q"', problem)
