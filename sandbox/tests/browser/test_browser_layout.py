"""Dashboards in Chromium: widgets stand where their layouts say, and what they show fits into them."""

from typing import Any

import pytest
from browsing import PATIENCE, Open, chart
from conftest import NOW
from datadog_sandbox.store import Series, ServiceCheck, Store
from specimen import request, scalar

pytestmark = pytest.mark.browser

# Pixels of a row of an ordered dashboard, and of the gap below it.
ROW, GAP = 104, 16
LONG = 'a-name-that-is-much-longer-than-any-card-of-this-dashboard-is-wide-' * 2


def widget(definition: dict[str, Any], *edges: int) -> dict[str, Any]:
    return {'definition': definition, 'layout': dict(zip(('x', 'y', 'width', 'height'), edges, strict=True))}


def save(store: Store, widgets: list[dict[str, Any]], **more: Any) -> str:
    numbered = [{'id': number, **each} for number, each in enumerate(widgets, 1)]
    body = {'id': 'lay', 'title': 'T', 'layout_type': 'ordered', 'reflow_type': 'fixed', 'widgets': numbered}
    store.save('dashboard', 'lay', body | more)
    return '/dashboard/lay'


def boxes(page: Any) -> dict[str, tuple[int, int, int, int]]:
    """Return left, top, width, and height of each card by its title, the first one at 0, 0."""
    rows = page.evaluate(
        """[...document.querySelectorAll('.widget')].map(card => { const box = card.getBoundingClientRect()
        return [card.querySelector('h2, h3').textContent, box.left, box.top, box.width, box.height] })"""
    )
    left, top = min(row[1] for row in rows), min(row[2] for row in rows)
    return {name: (round(x - left), round(y - top), round(width), round(height)) for name, x, y, width, height in rows}


def test_widgets_stand_where_their_layout_says_on_a_wide_screen_and_below_each_other_on_a_narrow_one(
    open_page: Open, account: Store
) -> None:
    wave = {'type': 'timeseries', 'requests': [request('avg:test.wave{*}')]}
    value = {'type': 'query_value', 'requests': [scalar('avg:test.wave{*}')]}
    path = save(account, [
        widget({**wave, 'title': 'right'}, 4, 0, 8, 4),
        widget({**value, 'title': 'left'}, 0, 0, 4, 2),
        widget({**value, 'title': 'below it'}, 0, 2, 2, 1),
    ])  # fmt: skip
    page = open_page(path, 1440)
    width = page.locator('.fixed').bounding_box()['width']
    column = (width - 11 * GAP) / 12
    two, four, eight = (round(count * column + (count - 1) * GAP) for count in (2, 4, 8))
    assert boxes(page) == {
        'left': (0, 0, four, 2 * ROW + GAP),
        'right': (four + GAP, 0, eight, 4 * ROW + 3 * GAP),
        'below it': (0, 2 * (ROW + GAP), two, ROW),
    }
    # The plot has what the card has left.
    assert page.locator('svg.marks').bounding_box()['height'] == pytest.approx(4 * ROW + 3 * GAP - 66, abs=4)
    narrow = boxes(open_page(path, 390))
    assert [place[0] for place in narrow.values()] == [0, 0, 0]
    assert len({place[2] for place in narrow.values()}) == 1
    assert sorted(narrow, key=lambda name: narrow[name][1]) == ['left', 'right', 'below it']


@pytest.mark.parametrize('width', [390, 1440])
def test_what_is_long_stays_in_its_card_and_can_be_reached(open_page: Open, account: Store, width: int) -> None:
    account.add([(Series('long', f'{number}', (f'group:{LONG}{number}',)), NOW - 20, 1.0) for number in range(20)])
    account.add_service_checks([ServiceCheck('up', f'h{n}', (), n % 4, NOW, '') for n in range(9)])
    many = 'avg:long{*} by {group}'
    path = save(account, [
        widget({'type': 'timeseries', 'title': f'Lines {LONG}', 'requests': [request(many)]}, 0, 0, 2, 2),
        widget({'type': 'toplist', 'title': f'Top {LONG}', 'requests': [scalar(many)]}, 2, 0, 2, 2),
        widget({'type': 'query_table', 'title': f'Table {LONG}', 'requests': [scalar(many)]}, 4, 0, 2, 2),
        widget({'type': 'check_status', 'title': f'Check {LONG}', 'check': 'up', 'grouping': 'cluster'}, 6, 0, 1, 1),
        widget({'type': 'query_value', 'title': f'Value {LONG}', 'requests': [scalar('sum:long{*} * 1234.5678')],
                'autoscale': False, 'custom_unit': 'requests', 'precision': 4}, 8, 0, 2, 1),
    ])  # fmt: skip
    page = open_page(path, width)
    page.locator('.keys button').first.wait_for(timeout=PATIENCE)
    assert page.evaluate('document.documentElement.scrollWidth') <= width
    outside = page.evaluate(
        """[...document.querySelectorAll('.widget, .big')].filter(part => part.scrollWidth > part.clientWidth + 1)
        .map(part => part.className)"""
    )
    assert outside == []
    # What is scrolled takes the focus; each word of a status is whole.
    unreachable = page.evaluate(
        """[...document.querySelectorAll('.widget .body, .widget .body *')].filter(part =>
        part.scrollHeight > part.clientHeight + 1 && getComputedStyle(part).overflowY === 'auto'
        && part.tabIndex < 0 && !part.querySelector('a, button')).map(part => part.className)"""
    )
    assert unreachable == []
    lines = page.evaluate("[...document.querySelectorAll('.counts span')].map(part => part.getClientRects().length)")
    assert lines == [1, 1, 1, 1]


def test_a_legend_that_is_hidden_opens(open_page: Open, account: Store) -> None:
    from playwright.sync_api import expect

    wave = {'type': 'timeseries', 'title': 'Hidden', 'show_legend': False}
    path = save(account, [widget({**wave, 'requests': [request('avg:test.wave{*} by {host}')]}, 0, 0, 6, 3)])
    page = open_page(path, 1440)
    button = page.get_by_role('button', name='Legend: 2 series')
    expect(button).to_have_attribute('aria-expanded', 'false')
    button.focus()
    page.keyboard.press('Enter')
    expect(page.get_by_role('button', name='host:web-1')).to_be_visible()
    page.get_by_role('button', name='Hide the legend').click()
    expect(page.get_by_role('button', name='host:web-1')).to_have_count(0)


@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_letters_have_contrast_on_every_background(open_page: Open, account: Store, scheme: str) -> None:
    hues = ('blue', 'purple', 'pink', 'orange', 'yellow', 'green', 'gray')
    notes = [
        {'type': 'note', 'background_color': f'{kind}{hue}', 'content': f'## {hue}\n\nWords, `code`, [link](/mail)'}
        for kind in ('', 'vivid_')
        for hue in hues
    ]
    page = open_page(
        save(account, [{'definition': note} for note in notes], reflow_type='auto') + '?all=1', color_scheme=scheme
    )
    assert page.locator('.tint, .vivid').count() == 14
    ratios = page.evaluate(CONTRAST)
    assert len(ratios) >= 4 * 14
    assert min(ratios) >= 4.5


CONTRAST = """(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  const light = (colour) => {
    canvas.fillStyle = colour
    canvas.fillRect(0, 0, 1, 1)
    const parts = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map(part => part / 255)
    const [r, g, b] = parts.map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const clear = (colour) => colour === 'rgba(0, 0, 0, 0)' || colour === 'transparent'
  return [...document.querySelectorAll('.note :is(h2, h3, p, code, a)')].map(part => {
    let behind = part
    while (clear(getComputedStyle(behind).backgroundColor)) behind = behind.parentElement
    const [a, b] = [light(getComputedStyle(part).color), light(getComputedStyle(behind).backgroundColor)]
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
  })
})()"""
"""The contrast of each text with what is behind it, as WCAG 2.2 has it."""


def test_the_line_at_the_pointer_is_as_high_as_the_plot_and_at_its_time(open_page: Open) -> None:
    page = open_page('/dashboard/abc-def-ghi')
    one = chart(page, 'Wave')
    box = one.locator('svg.marks').bounding_box()
    page.mouse.move(box['x'] + box['width'] / 2, box['y'] + box['height'] / 2)
    line = one.locator('.cross').bounding_box()
    # Vega draws the surface of the plot: its first background.
    plot = one.locator('svg.marks .background').first.bounding_box()
    assert line['y'] == pytest.approx(plot['y'], abs=1)
    assert line['height'] == pytest.approx(plot['height'], abs=1)
    # The pointer is where the line is.
    assert line['x'] == pytest.approx(box['x'] + box['width'] / 2, abs=1)
