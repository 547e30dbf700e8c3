"""`make run` in Chromium: what a newcomer does in the first minute."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

pytestmark = pytest.mark.browser

RUN = [sys.executable, '-m', 'tools.run']
SECONDS_TO_AN_ALERT = 60


@pytest.fixture
def address() -> Iterator[str]:
    with subprocess.Popen([*RUN, '--speed', '60'], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield process.stdout.readline().removeprefix('Open ').strip()
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        process.stdout.read()
        assert process.wait() == 0
        assert time.monotonic() - began < 2


@pytest.fixture
def page() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get('CHROMIUM', '/usr/bin/chromium'),
            args=['--no-sandbox'] if os.geteuid() == 0 else [],
        )
        # Wide enough for the whole menu.
        yield browser.new_page(viewport={'width': 1440, 'height': 900})
        browser.close()


def test_hold_at_900_turns_the_monitor_red_and_a_mail_appears(address: str, page: Any) -> None:
    from playwright.sync_api import expect

    expect.set_options(timeout=SECONDS_TO_AN_ALERT * 1000)
    errors: list[str] = []
    page.on('pageerror', lambda error: errors.append(str(error)))

    page.goto(address)
    expect(page.get_by_text('Clock at 60× speed')).to_be_visible()
    expect(page.get_by_text('make start runs both in Docker')).to_be_visible()
    page.get_by_role('button', name='Hold at 900').click()
    expect(page.locator('#panel-status')).to_contain_text('The 5-minute average passes 800 (alert)')

    page.get_by_role('link', name=re.compile('^Monitors')).click()
    row = page.get_by_role('row').filter(has_text='my_metric on')
    expect(row).to_contain_text('Alert')
    page.get_by_role('link', name=re.compile('^Mail')).click()
    page.get_by_role('link', name=re.compile('Triggered on')).first.click()
    expect(page.frame_locator('iframe').locator('body')).to_contain_text('it averaged')
    assert errors == []
