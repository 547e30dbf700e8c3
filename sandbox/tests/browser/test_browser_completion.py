"""Queries, formulas, and searches are completed while one types, with the keyboard and with a pointer."""

import pytest
from browsing import PATIENCE, Open
from conftest import NOW
from datadog_sandbox.store import Log, Store

pytestmark = pytest.mark.browser


def test_a_query_is_completed_and_drawn_while_one_types(open_page: Open) -> None:
    from playwright.sync_api import expect

    page = open_page('/metric/explorer')
    page.evaluate('window.same = true')
    field, options = page.get_by_label('Query a', exact=True), page.locator('#completions-a [role=option]')
    field.press_sequentially('wave')
    expect(options).to_have_text(['avg:test.wave{*}metric'])
    expect(field).to_have_attribute('aria-expanded', 'true')
    field.press('ArrowDown')
    expect(field).to_have_attribute('aria-activedescendant', 'completions-a-0')
    field.press('Enter')
    expect(field).to_have_value('avg:test.wave{*}')
    expect(options).to_have_count(0)
    page.locator('[data-chart] svg.marks').wait_for(timeout=PATIENCE)
    page.wait_for_url('**query=avg%3Atest.wave%7B*%7D&**')
    expect(page.get_by_label('Query b', exact=True)).to_be_visible()
    field.press_sequentially(' by {ho')
    expect(options).to_have_text(['hosttag'])
    options.first.click()
    expect(field).to_have_value('avg:test.wave{*} by {host')
    field.press('Escape')
    field.press_sequentially('}')
    field.press('Enter')
    expect(page.locator('.keys button')).to_have_count(2)
    page.locator('summary', has_text='As a widget').click()
    expect(page.locator('#widget-json')).to_contain_text('avg:test.wave{*} by {host}')
    assert page.evaluate("window.same && document.activeElement.tagName") == 'SUMMARY'


@pytest.mark.parametrize(
    'width, path, typed, key, value, wanted',
    [
        (390, '/event/explorer', '-sou', 'source:facet', 'deployvalue', '-source:deploy'),
        (1440, '/logs', 'env:prod ser', 'service:facet', 'webvalue', 'env:prod service:web'),
        (390, '/traces', 'serv', 'service:facet', 'webvalue', 'service:web'),
    ],
)
def test_a_search_is_completed_with_the_keyboard_alone(
    open_page: Open, account: Store, width: int, path: str, typed: str, key: str, value: str, wanted: str
) -> None:
    from playwright.sync_api import expect

    event = {'id': 900, 'date_happened': NOW - 5, 'source': 'deploy', 'title': 'x', 'text': '', 'priority': 'normal'}
    account.save('event', '900', {**event, 'alert_type': 'info', 'tags': []})
    account.add_logs([Log(0, (NOW - 5) * 1000, 'web-1', 'web', '', 'info', 'x', (), {})])
    page = open_page(path, width)
    field, options = page.get_by_label('Search'), page.locator('#completions [role=option]')
    field.press_sequentially(typed)
    expect(options.first).to_have_text(key)
    expect(field).to_have_role('combobox')
    field.press('ArrowDown')
    expect(field).to_have_attribute('aria-activedescendant', 'completions-0')
    field.press('Enter')
    # The values of a key come at once.
    expect(options.filter(has_text=value).first).to_be_visible()
    assert page.evaluate('document.documentElement.scrollWidth') <= width
    field.press(value[0])
    expect(options.first).to_have_text(value)
    field.press('ArrowDown')
    field.press('Enter')
    expect(field).to_have_value(wanted)
    expect(options).to_have_count(0)
    # Nothing has been searched until now.
    assert 'q=' not in page.url
    field.press('Enter')
    page.wait_for_url('**q=**')


def test_a_formula_is_completed_with_names_and_queries(open_page: Open) -> None:
    from playwright.sync_api import expect

    page = open_page('/metric/explorer?query=avg:test.wave{*}')
    field, options = page.get_by_label('Formula', exact=True), page.locator('#completions-formula [role=option]')
    field.press('ArrowDown')
    expect(options.first).to_have_text('aavg:test.wave{*}')
    field.press('ArrowDown')
    field.press('Enter')
    field.press_sequentially(' / max:wav')
    expect(options).to_have_text(['test.wave{*}metric'])
    field.press('ArrowDown')
    field.press('Tab')
    # A query of the formula is drawn at once, as one of the queries.
    expect(field).to_have_value('a / b')
    expect(page.get_by_label('Query b', exact=True)).to_have_value('max:test.wave{*}')
    page.locator('[data-chart] svg.marks').wait_for(timeout=PATIENCE)
