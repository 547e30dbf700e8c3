"""The pages in Chromium: live, drawn from the same values as the API gives, and deaf to what others write into them.

Run by `pytest -m browser`. `CHROMIUM` names another browser than the one of the distribution.
"""

import re
from typing import Any

import httpx2 as httpx
import pytest
import specimen
from browsing import BOARD, PATHS, Open, chart
from conftest import KEY, NOW, Clock
from datadog_sandbox import pictures
from datadog_sandbox.server import create_app, running
from datadog_sandbox.store import Series, Store

pytestmark = pytest.mark.browser


def drawn(page: Any, title: str) -> list[tuple[float, float]]:
    """Return time and value of what the view of a chart holds."""
    rows = chart(page, title).evaluate("chart => chart.view.data('points').map(row => [row.time, row.value])")
    return [(float(time), value) for time, value in rows]


def queried(url: str, query: str, start: int, end: int) -> list[tuple[float, float]]:
    parameters: dict[str, Any] = {'from': start, 'to': end, 'query': query}
    answer = httpx.get(f'{url}/api/v1/query', params=parameters, headers=KEY).raise_for_status().json()
    return [
        (time, value) for [series] in [answer['series']] for time, value in series['pointlist'] if value is not None
    ]


def rounded(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    return [(time, float(f'{value:.7g}')) for time, value in points]


@pytest.mark.parametrize('scheme', ['light', 'dark'])
@pytest.mark.parametrize('path', PATHS)
def test_a_page_opens_without_errors_and_lets_no_script_of_others_run(open_page: Open, path: str, scheme: str) -> None:
    page = open_page(path, color_scheme=scheme)
    assert page.title() != 'owned'
    assert page.title().endswith('Sandbox')
    assert page.locator('main img').count() == 0


@pytest.mark.parametrize('width', [360, 2560])
@pytest.mark.parametrize('path', PATHS)
def test_a_page_fits_the_width(open_page: Open, path: str, width: int) -> None:
    page = open_page(path, width)
    assert page.evaluate('document.documentElement.scrollWidth') <= width


def test_a_chart_holds_the_values_that_the_api_has(open_page: Open, site: str) -> None:
    page = open_page(BOARD)
    from_page = drawn(page, 'Wave')
    # The page's hour ends with the next four seconds: the pixel of a chart.
    end = NOW // 4 * 4 + 4
    assert len(from_page) > 170
    # Values travel with seven digits.
    assert from_page == rounded(queried(site, 'avg:test.wave{*}', end - 3600, end))
    domain = chart(page, 'Wave').evaluate("chart => chart.view.scale('x').domain().map(Number)")
    assert domain == [(end - 3600) // 20 * 20_000, end * 1000]
    assert drawn(page, 'Bars') == rounded(queried(site, 'sum:test.wave{*}.rollup(sum, 600)', end - 3600, end))


def test_a_template_variable_narrows_the_charts_without_loading_the_page(open_page: Open, site: str) -> None:
    page = open_page(BOARD)
    page.evaluate('window.same = true')
    page.get_by_label('$host').select_option('web-1')
    page.get_by_label('Time range').focus()
    page.get_by_label('Time range').select_option('15m')
    page.wait_for_url('**/abc-def-ghi?tpl_var_host=web-1&range=15m')
    end = NOW + 1
    expected = rounded(queried(site, 'avg:test.wave{host:web-1}', end - 900, end))
    for _ in range(50):
        if drawn(page, 'Wave') == expected:
            break
        page.wait_for_timeout(200)
    assert drawn(page, 'Wave') == expected
    assert page.evaluate('window.same && document.activeElement.id') == 'range'
    assert page.get_by_label('$host').input_value() == 'web-1'


def test_new_points_are_drawn_without_loading_the_page(open_page: Open, account: Store, clock: Clock) -> None:
    page = open_page(BOARD)
    page.evaluate('window.same = true')
    assert drawn(page, 'Wave')[-1][1] < 800
    clock.now = NOW + 20
    account.add([(Series('test.wave', 'web-1', ('device:new',)), NOW + 20, 90_000.0)])
    for _ in range(50):
        if drawn(page, 'Wave')[-1][1] > 800:
            break
        page.wait_for_timeout(200)
    assert drawn(page, 'Wave')[-1][1] > 800
    assert page.evaluate('window.same') is True


def test_a_point_has_a_tooltip_that_stays_while_the_page_goes_on(open_page: Open, account: Store, clock: Clock) -> None:
    from playwright.sync_api import expect

    page = open_page(BOARD)
    box = chart(page, 'Wave').bounding_box()
    page.mouse.move(box['x'] + box['width'] / 2, box['y'] + box['height'] / 2)
    tooltip = page.locator('#tooltip')
    expect(tooltip).to_contain_text('avg:test.wave{*}')
    text = tooltip.inner_text()
    assert re.search(r'Wed 18 Nov 1\d:\d\d:\d\d UTC\s+avg:test.wave\{\*\}\s+\d', text)
    clock.now = NOW + 20
    expect(page.locator('#clock')).to_contain_text('11:07:00')
    assert tooltip.inner_text() == text
    expect(tooltip).to_be_visible()


def test_a_tooltip_has_the_unit_of_a_formula(open_page: Open, account: Store) -> None:
    from playwright.sync_api import expect

    request = {
        'queries': [{'data_source': 'metrics', 'name': 'a', 'query': 'avg:test.wave{*}'}],
        'formulas': [{'formula': '1024 * a / a', 'number_format': {'unit': {'unit_name': 'byte'}}}],
    }
    widgets = [{'id': 1, 'definition': {'type': 'timeseries', 'title': 'Bytes', 'requests': [request]}}]
    account.save('dashboard', 'unit', {'id': 'unit', 'title': '', 'layout_type': 'ordered', 'widgets': widgets})
    page = open_page('/dashboard/unit')
    box = chart(page, 'Bytes').locator('svg.marks').bounding_box()
    page.mouse.move(box['x'] + box['width'] / 2, box['y'] + box['height'] / 2)
    expect(page.locator('#tooltip b')).to_have_text('1 KiB')
    expect(chart(page, 'Bytes').locator('svg.marks')).to_contain_text('1 KiB')


def test_the_tooltip_has_all_series_and_a_line_goes_through_all_charts(open_page: Open) -> None:
    from playwright.sync_api import expect

    page = open_page(BOARD)
    box = chart(page, f'By host {specimen.HOSTILE}').locator('svg.marks').bounding_box()
    page.mouse.move(box['x'] + box['width'] / 2, box['y'] + box['height'] / 2)
    rows = page.locator('#tooltip li')
    expect(rows).to_have_count(2)
    assert page.locator('#tooltip li.closest').count() == 1
    values = [float(text) for text in page.locator('#tooltip b').all_inner_texts()]
    assert values == sorted(values, reverse=True)
    lines = page.locator('.cross:visible')
    assert lines.count() == 4
    # The same moment in two charts of the same range: as far from the left edge of the plot.
    places = [
        chart(page, title).evaluate(
            "c => Number(c.view.scale('x').invert(parseFloat(c.cross.style.left) - c.view.origin()[0]))"
        )
        for title in ('Wave', f'By host {specimen.HOSTILE}')
    ]
    assert abs(places[0] - places[1]) < 20_000


def test_the_legend_switches_lines_off_and_on(open_page: Open) -> None:
    from playwright.sync_api import expect

    page = open_page(BOARD)
    one = chart(page, f'By host {specimen.HOSTILE}')
    series = "c => [...new Set(c.view.data('points').map(row => row.series))]"
    assert len(one.evaluate(series)) == 2
    button = one.get_by_role('button', name='host:web-1')
    button.focus()
    page.keyboard.press('Enter')
    expect(one.get_by_role('button', name='host:web-1')).to_have_attribute('aria-pressed', 'false')
    assert one.evaluate(series) == [f'host:{specimen.HOSTILE}']
    expect(one.get_by_role('button', name='host:web-1')).to_be_focused()
    page.keyboard.press('Enter')
    expect(one.get_by_role('button', name='host:web-1')).to_have_attribute('aria-pressed', 'true')
    assert len(one.evaluate(series)) == 2


def test_who_drags_across_a_chart_gets_this_range(open_page: Open) -> None:
    page = open_page(BOARD)
    plot = chart(page, 'Wave').evaluate(
        """c => { const svg = c.querySelector('svg.marks').getBoundingClientRect(); const [x, y] = c.view.origin()
        const { left, top } = c.view.padding()
        return [svg.left + left + x, svg.top + top + y, c.view.width()] }"""
    )
    left, top, width = plot
    page.mouse.move(left + width / 4, top + 50)
    page.mouse.down()
    page.mouse.move(left + width / 2, top + 60)
    page.mouse.up()
    page.wait_for_url('**from_ts=*')
    start, end = (int(re.search(rf'{name}=(\d+)', page.url)[1]) / 1000 for name in ('from_ts', 'to_ts'))  # type: ignore[index]
    # A quarter of an hour, a quarter of an hour after the start.
    assert abs(start - (NOW - 2700)) < 30
    assert abs(end - start - 900) < 30
    for _ in range(50):
        times = [time for time, _ in drawn(page, 'Wave')]
        if len(times) < 60:
            break
        page.wait_for_timeout(200)
    assert start * 1000 - 20_000 <= times[0] and times[-1] < end * 1000
    assert page.locator('#from').input_value().startswith('2026-11-18T10:')
    page.go_back()
    page.wait_for_url(lambda url: 'from_ts' not in url)


def test_widgets_come_when_they_are_in_view_and_again_only_when_they_have_changed(
    open_page: Open, account: Store, clock: Clock
) -> None:
    from playwright.sync_api import expect

    definition = {'type': 'query_value', 'requests': [specimen.scalar('max:test.wave{*}')]}
    many = [{'id': n, 'definition': definition | {'title': f'Value {n}'}} for n in range(120)]
    account.save('dashboard', 'many', specimen.TIMEBOARD | {'id': 'many', 'widgets': many})
    page = open_page('/dashboard/many')
    answers: list[str] = []
    page.on('response', lambda answer: answers.append(answer.text()) if '/dashboard/' in answer.url else None)
    last = page.locator('#widget-119')
    expect(last).to_contain_text('Loading')
    last.scroll_into_view_if_needed()
    expect(last.locator('.big')).to_be_visible()
    expect(page.locator('#widget-60')).to_contain_text('Loading')
    # As cards are filled they become lower, and a row more comes near, until all that is near is filled.
    for second in range(3, 20):
        clock.now = NOW + second
        expect(page.locator('#clock')).to_contain_text(f'11:06:{40 + second}')
        if 'class="big' not in answers[-1]:
            break
    # The widget in view is the same: it is named, and not sent.
    assert re.search(r'<article [^>]*id="widget-119"[^>]* data-same>\s*</article>', answers[-1])
    assert 'class="big' not in answers[-1]


def test_a_list_is_searched_and_turned_without_loading_the_page(open_page: Open, account: Store) -> None:
    from playwright.sync_api import expect

    for number in range(60):
        account.add_host(f'w-{number}', ('env:dev',), {}, NOW)
    page = open_page('/hosts')
    page.evaluate('window.same = true')
    expect(page.locator('#summary')).to_have_text('1 to 50 of 62 hosts')
    page.get_by_role('link', name='Next').click()
    expect(page.locator('#summary')).to_have_text('51 to 62 of 62 hosts')
    page.get_by_label('Search').fill('w-1 -w-11')
    page.get_by_label('Search').press('Enter')
    expect(page.locator('#summary')).to_have_text('10 of 62 hosts')
    page.get_by_role('link', name='Host', exact=True).click()
    expect(page.locator('th[aria-sort=ascending]')).to_have_text('Host')
    page.go_back()
    page.go_back()
    expect(page.locator('#summary')).to_have_text('51 to 62 of 62 hosts')
    expect(page.get_by_label('Search')).to_have_value('')
    assert page.evaluate('window.same') is True


def test_three_filters_stand_in_a_row_where_there_is_little_room(open_page: Open) -> None:
    page = open_page('/event/explorer', 390)
    fields = [page.get_by_role('searchbox'), page.get_by_role('button', name='Search')]
    fields += [page.get_by_label(label) for label in ('Status', 'Source', 'Host', 'Priority', 'Order', 'Time range')]
    boxes = [field.bounding_box() for field in fields]
    bottoms = [round(box['y'] + box['height']) for box in boxes]
    assert [bottoms.count(bottom) for bottom in sorted(set(bottoms))] == [2, 3, 3]
    assert all(box['x'] >= 0 and box['x'] + box['width'] <= 390 for box in boxes)


def test_a_monitor_turns_red_and_its_mail_comes_in_without_loading_the_page(
    open_page: Open, account: Store, clock: Clock
) -> None:
    from playwright.sync_api import expect

    page = open_page('/monitors')
    page.evaluate('window.same = true')
    clock.now = NOW + 60
    expect(page.get_by_role('row', name='Wave').locator('td').nth(1)).to_have_text('OK')
    series = Series('test.wave', 'web-1', (f'device:{specimen.HOSTILE}',))
    account.add((series, time, 900.0) for time in range(NOW + 60, NOW + 420, 15))
    clock.now = NOW + 420
    expect(page.get_by_role('row', name='Wave').locator('td').nth(1)).to_have_text('Alert')
    expect(page.get_by_role('status').filter(has_text='Alert')).to_have_text('1 Alert')
    expect(page.locator('nav').get_by_text('Mail')).to_contain_text(re.compile('[23]'))
    assert page.evaluate('window.same') is True
    page.get_by_role('link', name=re.compile('^Mail')).click()
    page.get_by_role('link', name=re.compile(r'Triggered on \{host:web-1\}')).first.click()
    message = page.frame_locator('iframe')
    expect(message.locator('body')).to_contain_text('High: 8')
    expect(message.locator('body')).to_contain_text('<script>')
    assert page.title() != 'owned'


def test_a_mail_shows_its_picture_and_its_links_open_in_the_window(open_page: Open, account: Store, site: str) -> None:
    account.add_picture('graph', NOW, pictures.png({'width': 20, 'height': 20, 'mark': 'bar', 'data': {}}))
    html = f'<p><img src="{site}/snapshot/view/graph.png"></p><p><a href="{site}/monitors/1">See it</a></p>'
    id_ = account.add_mail(NOW, {'to': ['you@example.com'], 'subject': 'Graph', 'text': '', 'html': html})
    page = open_page(f'/mail/{id_}')
    picture = page.frame_locator('iframe').locator('img')
    picture.wait_for()
    assert picture.evaluate('picture => picture.decode().then(() => picture.naturalWidth)') > 0
    page.frame_locator('iframe').get_by_role('link', name='See it').click()
    page.wait_for_url('**/monitors/1')


def test_the_panel_works_by_keyboard(open_page: Open, panel: specimen.Panel) -> None:
    from playwright.sync_api import expect

    page = open_page(BOARD)
    page.get_by_role('button', name='Hold at 900').focus()
    page.keyboard.press('Enter')
    expect(page.locator('#panel-status')).to_contain_text('The value is 900.')
    expect(page.get_by_role('button', name='Hold at 900')).to_have_attribute('aria-pressed', 'true')
    expect(page.get_by_role('button', name='Hold at 900')).to_be_focused()
    page.keyboard.press('Tab')
    page.keyboard.type('250')
    page.keyboard.press('Enter')
    expect(page.locator('#panel-status')).to_contain_text('The value is 250.')
    assert panel.value == '250'


def test_the_panel_and_the_ranges_work_without_javascript(open_page: Open, chromium: Any, site: str) -> None:
    context = chromium.new_context(base_url=site, java_script_enabled=False)
    page = context.new_page()
    page.goto(f'{BOARD}?range=15m')
    page.get_by_role('button', name='Hold at 900').click()
    assert page.locator('#panel-status').inner_text().startswith('The value is 900.')
    assert page.url.endswith('?range=15m')
    page.get_by_label('Time range').select_option('1d')
    page.get_by_role('button', name='Show').click()
    assert page.url.endswith('range=1d')
    context.close()


def test_every_control_can_be_reached_by_keyboard_and_shows_it(open_page: Open) -> None:
    page = open_page(BOARD)
    page.keyboard.press('Tab')
    assert page.evaluate('document.activeElement.textContent') == 'Skip to the content'
    reached = set()
    for _ in range(40):
        page.keyboard.press('Tab')
        name, outline = page.evaluate(FOCUSED)
        if not name:
            # The end of the page.
            break
        assert outline != 'none', name
        reached.add(name)
    assert {'Dashboards', 'Received', 'variable-1', 'range', 'Random', 'panel-other', 'Set'} <= reached


def test_the_menu_is_one_line_on_a_narrow_screen_and_opens_without_javascript(chromium: Any, site: str) -> None:
    context = chromium.new_context(base_url=site, java_script_enabled=False, viewport={'width': 360, 'height': 700})
    page = context.new_page()
    page.goto('/hosts')
    assert page.locator('.top').bounding_box()['height'] < 60
    assert page.get_by_role('link', name='Received').count() == 0
    page.get_by_role('button', name='Menu').press('Enter')
    page.get_by_role('link', name='Received').click()
    assert page.url.endswith('/received')
    assert page.get_by_role('link', name='Received').count() == 0
    context.close()


def test_a_span_opens_by_keyboard_and_stays_open(open_page: Open, clock: Clock) -> None:
    from playwright.sync_api import expect

    page = open_page('/trace/77')
    page.locator('summary').first.focus()
    page.keyboard.press('Enter')
    expect(page.get_by_text('http.url')).to_be_visible()
    clock.now = NOW + 30
    expect(page.locator('#clock')).to_contain_text('11:07:10')
    expect(page.get_by_text('http.url')).to_be_visible()
    expect(page.locator('summary').first).to_be_focused()


def test_a_page_says_when_the_server_is_gone(chromium: Any, account: Store, clock: Clock) -> None:
    from playwright.sync_api import expect

    with running(create_app(account, clock)) as url:
        page = chromium.new_page()
        page.goto(f'{url}/hosts')
    expect(page.locator('#stale')).to_have_text(
        'The sandbox does not answer. What you see is as of Wed 18 Nov 11:06:40 UTC'
    )
    page.close()


@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_text_has_contrast(open_page: Open, scheme: str) -> None:
    """WCAG AA: 4.5 to 1, for every text of the pages with the most kinds of it."""
    for path in (BOARD, '/monitors/1', '/hosts', '/received', '/metric/summary', '/event/explorer', '/service/web'):
        weak = open_page(path, color_scheme=scheme).evaluate(CONTRAST)
        assert weak == [], path


FOCUSED = """() => {
  const one = document.activeElement
  const name = one === document.body ? '' : one.id || one.textContent.trim()
  return [name, getComputedStyle(one).outlineStyle]
}"""
CONTRAST = """() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  const parts = (color) => {
    canvas.clearRect(0, 0, 1, 1)
    canvas.fillStyle = color
    canvas.fillRect(0, 0, 1, 1)
    return [...canvas.getImageData(0, 0, 1, 1).data]
  }
  const light = (color) => {
    const linear = (c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
    const [r, g, b] = color.map((part) => linear(part / 255))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const weak = []
  for (const one of document.querySelectorAll('body *')) {
    const text = [...one.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim()).join('')
    if (!text || !one.checkVisibility() || one.closest('svg, script, option, .hidden, .skip')) continue
    let behind = one
    while (behind && parts(getComputedStyle(behind).backgroundColor)[3] < 255) behind = behind.parentElement
    const [a, b] = [getComputedStyle(one).color, getComputedStyle(behind).backgroundColor].map((c) => light(parts(c)))
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
    if (contrast < 4.5) weak.push([text.slice(0, 40), contrast.toFixed(2)])
  }
  return weak
}"""


def test_one_switch_shows_the_times_of_all_pages_in_the_zone_of_the_browser(
    open_page: Open, account: Store, clock: Clock
) -> None:
    from playwright.sync_api import expect

    # Five and a half hours ahead of UTC, and on the next day from 18:30 on.
    page = open_page('/monitors/1', timezone_id='Asia/Kolkata')
    clock.now = NOW + 60
    expect(page.locator('.watched').first).to_contain_text('Evaluated at 2026-11-18 11:07:00 UTC', timeout=20_000)
    page.get_by_label('Times in', exact=True).select_option('local')
    expect(page.locator('.watched').first).to_contain_text('Evaluated at Wed 18 Nov 16:37:00')
    expect(page.locator('#clock')).to_contain_text('Wed 18 Nov 16:37:40')
    expect(page.locator('.watched .scale').first).to_contain_text('16:37')
    expect(page.locator('#zone-note')).to_contain_text('Times are those of Asia/')
    assert 'UTC' not in page.locator('.watched').first.inner_text()
    assert (
        page.locator('.watched rect title').first.evaluate('title => title.textContent')
        == 'OK from Wed 18 Nov 16:36:00'
    )
    # It holds on other pages, and after the page has been fetched again.
    page.goto('/mail/1')
    expect(page.locator('.letter .facts')).to_contain_text('Wed 18 Nov 16:35:40')
    clock.now = NOW + 63
    expect(page.locator('#clock')).to_contain_text('16:37:43')
    expect(page.locator('.letter .facts')).to_contain_text('Wed 18 Nov 16:35:40')
    page.get_by_label('Times in', exact=True).select_option('utc')
    expect(page.locator('.letter .facts')).to_contain_text('Wed 18 Nov 11:05:40')
    expect(page.locator('#zone-note')).to_contain_text('Times are UTC')


def test_a_monitor_is_muted_by_its_button_and_unmuted_without_loading_the_page(open_page: Open, account: Store) -> None:
    from playwright.sync_api import expect

    page = open_page('/monitors/1')
    page.evaluate('window.same = true')
    page.get_by_label('For', exact=True).select_option(label='4 hours')
    page.get_by_role('button', name='Mute', exact=True).last.click()
    expect(page.locator('#mutes')).to_contain_text('* until Wed 18 Nov 15:06:40')
    page.get_by_role('button', name='Unmute').click()
    expect(page.locator('#mutes')).to_have_count(0)
    assert page.evaluate('window.same') is True
    page.get_by_label('Groups', exact=True).fill('(')
    page.get_by_role('button', name='Mute', exact=True).last.click()
    expect(page.get_by_role('alert')).to_be_visible()
    # It is there for longer than until the page is next up to date.
    page.wait_for_timeout(4000)
    expect(page.get_by_role('alert')).to_be_visible()


def test_json_is_copied_and_what_cannot_be_imported_stays_in_the_form(open_page: Open, account: Store) -> None:
    from playwright.sync_api import expect

    page = open_page('/monitors/1/json', permissions=['clipboard-read', 'clipboard-write'])
    page.get_by_role('button', name='Copy').click()
    expect(page.get_by_role('button', name='Copied')).to_be_visible()
    copied = page.evaluate('navigator.clipboard.readText()')
    assert copied.startswith('{\n  "name": "Wave ')
    page.goto('/monitors/import')
    page.get_by_label('JSON').fill(copied + '}')
    page.get_by_role('button', name='Import').click()
    page.wait_for_timeout(4000)
    expect(page.get_by_role('alert')).to_contain_text('This is not JSON')
    page.get_by_label('JSON').fill(page.get_by_label('JSON').input_value().rstrip('}') + '}')
    page.get_by_role('button', name='Import').click()
    page.wait_for_url(re.compile(r'/monitors/\d+$'))


def test_a_geomap_fetches_its_shapes_from_the_server_and_names_countries(account: Store, open_page: Open) -> None:
    account.add(
        [(Series('visits', '', (f'country:{code}',)), NOW - 60, value) for code, value in (('ca', 7), ('br', 3))]
    )
    query = {'data_source': 'metrics', 'name': 'a', 'query': 'avg:visits{*} by {country}', 'aggregator': 'avg'}
    requests = [{'response_format': 'scalar', 'queries': [query], 'formulas': [{'formula': 'a'}]}]
    definition = {'type': 'geomap', 'title': 'Visits', 'requests': requests, 'view': {'focus': 'WORLD'}}
    board = {'id': 'geo', 'title': '', 'layout_type': 'ordered', 'widgets': [{'id': 1, 'definition': definition}]}
    account.save('dashboard', 'geo', board)
    page = open_page('/dashboard/geo')
    shapes = chart(page, 'Visits').evaluate("chart => [...chart.querySelectorAll('.mark-shape path')].length")
    # Those of the coarser map; points are only where there is a value.
    assert shapes == 176
    labels = chart(page, 'Visits').evaluate(
        "chart => [...chart.querySelectorAll('.mark-shape path')].map((path) => path.__data__.datum)"
        ".filter(({ value }) => value).map(({ properties, value }) => [properties.name, value])"
    )
    assert sorted(labels) == [['Brazil', 3], ['Canada', 7]]
