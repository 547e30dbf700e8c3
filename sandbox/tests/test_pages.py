"""The pages over HTTP: what they say, and that they say it as text."""

import re
from html import unescape

import pytest
import specimen
from conftest import NOW, Clock
from datadog_sandbox import monitors
from datadog_sandbox.pages import traces, words
from datadog_sandbox.store import Log, Series, Span, Store, Transition
from markupsafe import escape
from reading import read
from starlette.testclient import TestClient

PATHS = (
    '/dashboards', '/dashboard/abc-def-ghi', '/monitors', '/monitors/1', '/downtimes', '/mail',
    '/mail/1', '/hosts', '/hosts/web-1', '/traces', '/trace/77', '/received', '/services', '/service/web',
    '/metric/summary', '/metric/summary?metric=test.wave', '/event/explorer', '/logs', '/event/event?id=5',
    '/metric/explorer?query=avg:test.wave{*}+by+{host}&query=x"<b>&formula=a',
    '/monitors/1/json', '/dashboards/abc-def-ghi/json', '/monitors/import', '/dashboards/import',
)  # fmt: skip


@pytest.mark.parametrize('path', PATHS)
def test_a_page_lets_nothing_of_others_become_an_element(client: TestClient, account: Store, path: str) -> None:
    page = read(client, path)
    scripts = [attributes for tag, attributes in page.elements if tag == 'script']
    loaded = [attributes for attributes in scripts if attributes.get('type') != 'application/json']
    assert [attributes['src'].split('?')[0] for attributes in loaded if attributes['src']] == ['/static/live.js']
    images = [attributes['src'] for tag, attributes in page.elements if tag == 'img']
    assert [source.split('?')[0] for source in images if source] == ['/static/icon.svg']
    for tag, attributes in page.elements:
        assert not [name for name in attributes if name.startswith('on') or name == 'style'], (tag, attributes)
        assert not (attributes.get('href') or '').startswith('javascript:')


@pytest.mark.parametrize('path', PATHS)
def test_a_page_may_load_nothing_from_elsewhere(client: TestClient, account: Store, path: str) -> None:
    answer = client.get(path)
    policy = answer.headers['Content-Security-Policy']
    assert "default-src 'self'" in policy
    assert 'unsafe' not in policy
    assert answer.headers['X-Content-Type-Options'] == 'nosniff'
    assert not re.findall(r'(?:src|action)="https?:', answer.text)


@pytest.mark.parametrize('path', PATHS)
def test_a_page_has_one_heading_landmarks_and_a_label_for_each_field(
    client: TestClient, account: Store, path: str
) -> None:
    page = read(client, path)
    tags = [tag for tag, _ in page.elements]
    assert (tags.count('h1'), tags.count('main'), tags.count('header') >= 1) == (1, 1, True)
    levels = [int(tag[1]) for tag in tags if re.fullmatch('h[1-6]', tag)]
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False)), levels
    ids = [attributes['id'] for _, attributes in page.elements if 'id' in attributes]
    assert len(ids) == len(set(ids))
    labelled = {attributes['for'] for tag, attributes in page.elements if tag == 'label'}
    assert {
        attributes['id']
        for tag, attributes in page.elements
        if tag in ('select', 'input', 'textarea') and attributes.get('type') != 'hidden'
    } <= labelled
    current = [attributes for tag, attributes in page.elements if attributes.get('aria-current') == 'page']
    section = path.split('/')[1].rstrip('s')
    assert section in [str(one['href']).split('/')[1].rstrip('s') for one in current]


def test_home_leads_to_the_first_dashboard(client: TestClient, account: Store) -> None:
    answer = client.get('/', follow_redirects=False)
    assert (answer.status_code, answer.headers['location']) == (303, '/dashboard/abc-def-ghi')
    answer = client.get('/?range=15m', follow_redirects=False)
    assert answer.headers['location'] == '/dashboard/abc-def-ghi?range=15m'


def test_home_says_how_to_send_something(client: TestClient, store: Store) -> None:
    text = read(client, '/').text
    assert 'DD_DD_URL=http://127.0.0.1 DD_APM_DD_URL=http://127.0.0.1 DD_API_KEY=any' in text
    assert 'curl http://127.0.0.1/api/v2/series' in text
    store.add([(Series('test.wave', 'web-1', ()), NOW, 1.0)])
    assert 'It has 1 metric and no dashboard' in read(client, '/').text


@pytest.mark.parametrize(
    'path', ['/dashboards', '/monitors', '/downtimes', '/mail', '/hosts', '/services', '/traces', '/received']
)
def test_an_empty_page_says_so(client: TestClient, path: str) -> None:
    assert re.search(r'\b(No|Nothing)\b', read(client, path).text)


@pytest.mark.parametrize(
    'path',
    [
        '/dashboard/none',
        '/monitors/9',
        '/mail/9',
        '/mail/9.eml',
        '/mail/9/html',
        '/trace/9',
        '/hosts/none',
        '/monitors/9/json',
        '/dashboards/none/json',
    ],
)
def test_what_is_not_there_is_404_and_says_so(client: TestClient, path: str) -> None:
    assert re.search(r'There is no|No span', read(client, path, 404).text)


def test_a_dashboard_shows_each_kind_of_widget(client: TestClient, account: Store) -> None:
    text = read(client, '/dashboard/abc-def-ghi/timeboard').text
    assert f'By host {specimen.HOSTILE}' in text
    assert 'Note <script>document.title' in text
    assert 'There is no metric test.missing yet' in text
    assert '.nonsense() is not supported' in text
    assert 'This widget needs Real User Monitoring' in text
    assert 'Group Area' in text


def test_a_chart_that_cannot_be_drawn_leaves_the_others(
    client: TestClient, account: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(chart: object) -> None:
        raise ValueError('math domain error')

    monkeypatch.setattr('datadog_sandbox.widgets.types.timeseries.Timeseries.drawing', fail)
    page = client.get('/dashboard/abc-def-ghi')
    assert page.status_code == 200
    assert 'This timeseries cannot be drawn: ValueError math domain error' in page.text
    assert page.text.count('<script type="application/json"') > 0


def test_values_at_the_edges_of_a_double_are_drawn(client: TestClient, store: Store) -> None:
    # A denormal value left the scale without an end, and the page without an answer.
    for value in (5e-324, 1.7976931348623157e308, -1.7976931348623157e308):
        store.add([(Series('edge', '', ()), NOW - 60, value)])
        answer = client.get('/metric/summary?metric=edge')
        assert (answer.status_code, 'cannot be drawn' in answer.text) == (200, False)


def test_notes_render_markdown_without_html_pictures_or_unsafe_links(client: TestClient, account: Store) -> None:
    page = client.get('/dashboard/abc-def-ghi').text
    assert '<strong>Note</strong> &lt;script&gt;' in page
    assert '<a href="https://example.com">safe</a>' in page
    assert '[unsafe](javascript:alert(1))' in page
    assert '<img src="https' not in page


def test_a_template_variable_offers_the_values_that_exist(client: TestClient, account: Store) -> None:
    page = read(client, '/dashboard/abc-def-ghi?tpl_var_host=web-1')
    names = [attributes['name'] for tag, attributes in page.elements if tag == 'select' and 'name' in attributes]
    assert names == ['tpl_var_host', 'range']
    # The first two are UTC and local time.
    options = [attributes for tag, attributes in page.elements if tag == 'option'][2:]
    assert [one['value'] for one in options[:3]] == ['*', specimen.HOSTILE, 'web-1']
    assert [one['value'] for one in options if 'selected' in one] == ['web-1', '1h']


def test_a_template_variable_takes_a_value_that_cannot_be_queried_without_failing(
    client: TestClient, account: Store
) -> None:
    page = client.get('/dashboard/abc-def-ghi', params={'tpl_var_host': specimen.HOSTILE})
    assert page.status_code == 200
    assert str(escape('The template variable $host cannot be')) in page.text


@pytest.mark.parametrize(('name', 'seconds'), [('15m', 900), ('1w', 604_800), ('nonsense', 3600)])
def test_ranges_go_from_minutes_to_a_week(client: TestClient, account: Store, name: str, seconds: int) -> None:
    page = client.get('/dashboard/abc-def-ghi', params={'range': name}).text
    [start, end] = re.search(r'"domain":\[(\d+),(\d+)\]', page).groups()  # type: ignore[union-attr]
    # The first bucket may begin before the range.
    assert 0 <= int(end) / 1000 - int(start) / 1000 - seconds <= seconds / 100


def test_a_chart_of_very_many_lines_shows_the_highest(client: TestClient, account: Store) -> None:
    account.add((Series('test.many', '', (f'n:{n:03}',)), NOW - 60, float(n)) for n in range(120))
    definition = {'type': 'timeseries', 'title': 'Many', 'requests': [specimen.request('avg:test.many{*} by {n}')]}
    account.save('dashboard', 'many', specimen.TIMEBOARD | {'id': 'many', 'widgets': [{'definition': definition}]})
    page = client.get('/dashboard/many').text
    assert 'The 50 highest of 120 lines' in page
    assert {int(n) for n in re.findall(r'"series":"n:(\d+)"', page)} == set(range(70, 120))


def test_the_panel_is_a_form_above_the_dashboard(client: TestClient, account: Store) -> None:
    panel = specimen.Panel()
    client.app.state.panel = panel  # type: ignore[attr-defined]
    text = read(client, '/dashboard/abc-def-ghi').text
    assert 'Rehearsal Random Hold at 900 Any value Set The value is random.' in text
    assert 'There is no metric test.missing yet It comes with another sender.' in text
    answer = client.post('/dashboard/abc-def-ghi?range=15m', data={'value': '900'}, follow_redirects=False)
    assert (answer.status_code, answer.headers['location']) == (303, '/dashboard/abc-def-ghi?range=15m')
    assert panel.value == '900'
    assert 'The value is 900.' in read(client, '/dashboard/abc-def-ghi').text


def test_the_panel_says_what_is_wrong_with_a_value(client: TestClient, account: Store) -> None:
    panel = client.app.state.panel = specimen.Panel()  # type: ignore[attr-defined]
    answer = client.post('/dashboard/abc-def-ghi', data={'value': '<b>'})
    assert answer.status_code == 422
    assert str(escape('the value "<b>" is not random or a number')) in answer.text
    assert panel.value == 'random'


def test_a_page_of_another_site_cannot_use_the_panel(client: TestClient, account: Store) -> None:
    panel = client.app.state.panel = specimen.Panel()  # type: ignore[attr-defined]
    headers = {'Origin': 'https://example.com'}
    assert client.post('/dashboard/abc-def-ghi', data={'value': '900'}, headers=headers).status_code == 403
    assert panel.value == 'random'


def test_without_a_panel_nothing_can_be_chosen(client: TestClient, account: Store) -> None:
    assert 'Rehearsal' not in read(client, '/dashboard/abc-def-ghi').text
    assert client.post('/dashboard/abc-def-ghi', data={'value': '900'}).status_code == 405


def test_the_page_shows_the_clock_and_how_fast_it_runs(client: TestClient, account: Store) -> None:
    assert 'Wed 18 Nov 11:06:40 UTC' in read(client, '/hosts').text
    assert 'speed' not in read(client, '/hosts').text
    client.app.state.speed = 60  # type: ignore[attr-defined]
    assert 'Clock at 60× speed' in read(client, '/hosts').text


def test_a_monitor_shows_its_groups_and_their_past(client: TestClient, account: Store) -> None:
    client.app.state.account.advance(NOW)  # type: ignore[attr-defined]
    account.add_transitions([Transition(1, 'host:web-1', NOW - 1800, 'Alert', 900.0)])
    text = read(client, '/monitors/1').text
    assert '2 of 2 in OK' in text
    assert 'the average of the last 5 minutes is' in text
    page = client.get('/monitors/1').text
    assert 'Alert from 10:36:40 to 11:06:00' in page
    assert re.search(r'<rect class="alert" x="50.0%" width="48.889%"', page)
    assert '"value":"alert \\u003e 800"' in page
    assert '2 OK' in read(client, '/monitors').text


def test_a_monitor_says_what_mutes_its_groups(client: TestClient, account: Store, clock: Clock) -> None:
    client.app.state.account.advance(NOW)  # type: ignore[attr-defined]
    silent = specimen.downtime('Silent.', NOW)
    silent['attributes']['scope'] = 'host:web-1'
    account.save('downtime', 'd-1', silent)
    assert 'Muted by' not in read(client, '/monitors/1').text
    clock.now = NOW + 8 * 3600
    # 19:00 to 09:00 of the next day in Paris.
    assert read(client, '/monitors/1').text.count('Muted by “Silent” until Thu 19 Nov 08:00:00') == 1


def test_a_threshold_that_is_far_away_is_not_drawn(client: TestClient, account: Store) -> None:
    query = 'min(last_5m):min:test.wave{*} by {host} < -9007199254740992'
    account.save('monitor', 1, specimen.MONITOR | {'query': query, 'options': {}})
    page = client.get('/monitors/1').text
    assert '"blocks":[{' in page
    assert '"value":"alert' not in page


def test_a_monitor_that_is_not_evaluated_says_why(client: TestClient, account: Store) -> None:
    account.save('monitor', 1, specimen.MONITOR | {'type': 'rum alert', 'query': 'rum("*").last("5m") > 1'})
    assert (
        'Not evaluated. A monitor of the type "rum alert" needs the events of Real User Monitoring'
        in read(client, '/monitors/1').text
    )


def test_a_downtime_shows_the_coming_week_in_its_zone(client: TestClient, account: Store) -> None:
    text = read(client, '/downtimes').text
    # It is 12:06 on Wednesday in Paris.
    assert 'Next Wed 18 Nov 19:00 to Thu 19 Nov 09:00 Time zone Europe/Paris' in text
    assert (
        'Wed 18 Nov 00:00–09:00, 19:00–24:00 Thu 19 Nov 00:00–09:00, 19:00–24:00 Fri 20 Nov 00:00–09:00, 19:00–24:00 '
        'Sat 21 Nov 00:00–09:00 Sun 22 Nov – Mon 23 Nov 19:00–24:00 Tue 24 Nov 00:00–09:00, 19:00–24:00'
    ) in text
    page = client.get('/downtimes').text
    assert page.count('<rect class="silent" x="79.167%" width="20.833%"') == 5


def test_a_downtime_names_the_first_20_monitors_that_it_covers(client: TestClient, account: Store) -> None:
    covering = specimen.downtime('Everything', NOW)
    covering['attributes']['monitor_identifier'] = {'monitor_tags': ['team:many']}
    account.save('downtime', covering['id'], covering)
    for id_ in range(100, 122):
        account.save('monitor', id_, specimen.MONITOR | {'id': id_, 'name': f'Room {id_}', 'tags': ['team:many']})
    text = read(client, '/downtimes').text
    assert [id_ for id_ in range(100, 122) if f'Room {id_}' in text] == [*range(100, 120)]
    assert 'and 2 more' in text


def test_many_dashboards_are_pages_of_a_list_with_a_search(client: TestClient, store: Store) -> None:
    for number in range(1, 53):
        body = {'id': f'b{number}', 'title': f'Room {number}', 'widgets': [{}] * number, 'layout_type': 'ordered'}
        store.save('dashboard', f'b{number}', body | ({'tags': ['team:web']} if number == 9 else {}))

    def boards(address: str) -> list[str]:
        return re.findall(r'id="dashboard-(.*?)"', client.get(address).text)

    assert boards('/dashboards') == [f'b{number}' for number in range(1, 51)]
    assert boards('/dashboards?page=2') == ['b51', 'b52']
    assert boards('/dashboards?q="room 7"') == ['b7']
    assert boards('/dashboards?q=team:web') == boards('/dashboards?tag=team:web') == ['b9']
    assert boards('/dashboards?sort=widgets')[:2] == ['b52', 'b51']
    assert 'No dashboard matches' in read(client, '/dashboards?q=nothing').text


def test_many_downtimes_are_pages_of_a_list_with_a_search_and_links_lead_to_the_right_one(
    client: TestClient, account: Store
) -> None:
    for number in range(2, 26):
        account.save('downtime', f'd-{number}', specimen.downtime(f'Night {number}', NOW) | {'id': f'd-{number}'})
    canceled = specimen.downtime('Old night', NOW) | {'id': 'd-26'}
    canceled['attributes']['canceled'] = '2026-11-17T12:00:00+00:00'
    account.save('downtime', 'd-26', canceled)

    def titles(address: str) -> list[str]:
        return re.findall(r'id="downtime-(.*?)"', client.get(address).text)

    # In the order in which one counts; what is over comes last.
    assert titles('/downtimes') == [f'd-{number}' for number in range(2, 22)]
    assert titles('/downtimes?page=2') == ['d-22', 'd-23', 'd-24', 'd-25', 'd-1', 'd-26']
    assert '21 to 26 of 26 downtimes' in read(client, '/downtimes?page=2').text
    assert (
        titles('/downtimes?q=old') == titles('/downtimes?status=canceled') == titles('/downtimes?q=id:d-26') == ['d-26']
    )
    assert titles('/downtimes?q=id:d-2') == ['d-2']
    assert 'No downtime matches' in read(client, '/downtimes?q=nothing').text
    assert 'href="/downtimes?q=id:d-2"' in client.get('/monitors/1').text
    answer = client.post('/downtimes?page=2', data={'cancel': 'd-25'}, follow_redirects=False)
    assert (answer.status_code, answer.headers['location']) == (303, '/downtimes?page=2')


def test_recurrences_that_overlap_are_one_window(client: TestClient, account: Store) -> None:
    downtime = specimen.downtime('Weekends: all of Saturday and Sunday.', NOW)
    downtime['attributes']['schedule']['recurrences'] = [
        {'rrule': 'FREQ=WEEKLY;BYDAY=SA', 'duration': '38h', 'start': '2026-11-21T00:00'},
        {'rrule': 'FREQ=WEEKLY;BYDAY=SU', 'duration': '12h', 'start': '2026-11-22T12:00'},
    ]
    account.save('downtime', 'd-1', downtime)
    text = read(client, '/downtimes').text
    assert 'Next Sat 21 Nov 00:00 to Mon 23 Nov 00:00' in text
    assert 'Weekends: all of Saturday and Sunday Scheduled' in text


def test_mail_is_shown_as_sent(client: TestClient, account: Store) -> None:
    text = read(client, '/mail/1').text
    assert f'[Triggered] {specimen.HOSTILE}' in text
    assert f'As text {specimen.SCRIPT}' in text
    html = client.get('/mail/1/html')
    assert html.text.startswith('<base target="_top"><p>As <b>HTML</b><script>')
    assert "default-src 'none'" in html.headers['Content-Security-Policy']
    assert 'sandbox' in html.headers['Content-Security-Policy']
    assert 'allow-scripts' not in html.headers['Content-Security-Policy']
    file = client.get('/mail/1.eml')
    assert file.headers['Content-Disposition'] == 'attachment; filename="mail-1.eml"'
    assert file.headers['Content-Type'] == 'message/rfc822'
    assert b'To: you@example.com' in file.content


def test_the_mail_of_a_downtime_leads_to_it(client: TestClient, account: Store) -> None:
    account.save('downtime', 'd-1', specimen.downtime('Silent.', NOW) | {'id': 'd-1'})
    id_ = account.add_mail(NOW, {'to': ['a@b.co'], 'subject': 's', 'text': 't', 'downtime': 'd-1'})
    links = [attributes.get('href') for tag, attributes in read(client, f'/mail/{id_}').elements if tag == 'a']
    assert '/downtimes?q=id:d-1' in links


def test_a_span_without_a_duration_is_shown(client: TestClient, store: Store) -> None:
    store.add_spans([Span('7', '1', '0', 'web', 'web.request', 'GET /', 'web', NOW * 10**9, 0, 0, 'a', '', {}, {})])
    assert 'GET /' in read(client, '/trace/7').text


def test_the_menu_says_where_one_is(client: TestClient, account: Store) -> None:
    answer = client.get('/monitors/downtimes')
    # Datadog's address of the downtimes is below that of the monitors.
    assert answer.url.path == '/downtimes'
    assert re.findall(r'<a href="(.*?)" aria-current="page">', answer.text) == ['/downtimes']


def test_the_menu_counts_the_mails_that_nobody_has_opened(client: TestClient, account: Store) -> None:
    account.add_mail(NOW, {'to': ['you@example.com'], 'subject': 'Second', 'text': '', 'html': ''})
    assert 'Mail 2 unread' in read(client, '/hosts').text
    assert 'Mail 1 unread' in read(client, '/mail/1').text
    client.get('/mail/2')
    assert 'unread' not in read(client, '/hosts').text


def test_a_trace_is_a_waterfall(client: TestClient, account: Store) -> None:
    page = client.get('/trace/77').text
    assert re.findall(r'class="s\d" x="([\d.]+)%" width="([\d.]+)%"', page) == [('0.0', '100.0'), ('25.0', '50.0')]


def test_a_waterfall_of_orphans_and_circles_shows_every_span_once() -> None:
    def span(id_: str, parent: str, start: int) -> Span:
        return Span('1', id_, parent, 's', 'n', 'r', '', start, 1, 0, '', '', {}, {})

    spans = [span('1', '0', 0), span('3', '2', 7), span('2', '1', 5), span('4', '99', 3), span('5', '6', 8)]
    spans += [span('6', '5', 9), span('7', '7', 4)]
    rows = traces._tree(spans)
    assert [(depth, one.id) for depth, one in rows[:5]] == [(0, '1'), (1, '2'), (2, '3'), (0, '4'), (0, '7')]
    assert sorted(one.id for _, one in rows) == ['1', '2', '3', '4', '5', '6', '7']


def test_received_says_what_was_kept(client: TestClient, account: Store) -> None:
    text = read(client, '/received').text
    assert 'POST /api/v2/series Kept 1 30 2 KB 5 s ago' in text
    assert f'POST /api/{specimen.SCRIPT} Not kept 1 – 10 B 5 s ago' in text
    assert 'series' not in read(client, '/received?outcome=not kept').text
    page = client.get('/received?sort=size,asc').text
    assert page.index('Not kept</span>') < page.index('/api/v2/series')


def test_files_may_be_kept_for_ever_and_no_others_are_served(client: TestClient) -> None:
    for name, kind in (('style.css', 'text/css'), ('live.js', 'text/javascript'), ('icon.svg', 'image/svg+xml')):
        answer = client.get(f'/static/{name}')
        assert answer.headers['Content-Type'].startswith(kind)
        assert 'immutable' in answer.headers['Cache-Control']
    for name in ('../pages.py', '..%2fpages.py', 'nothing.js'):
        assert client.get(f'/static/{name}').status_code in (404, 501)


@pytest.mark.parametrize(
    ('seconds', 'text'),
    [(0, '0 s'), (59, '59 s'), (60, '1 min'), (3725, '1 h 2 min'), (90_000, '1 d 1 h'), (-5, '0 s')],
)
def test_lengths_of_time_are_in_at_most_two_units(seconds: int, text: str) -> None:
    assert words.duration(seconds) == text


@pytest.mark.parametrize(
    ('nanoseconds', 'text'), [(0, '0 ns'), (1500, '1.5 µs'), (48_000_000, '48 ms'), (2_500_000_000, '2.5 s')]
)
def test_durations_of_spans_are_in_their_unit(nanoseconds: int, text: str) -> None:
    assert words.nanoseconds(nanoseconds) == text


def test_a_monitor_whose_data_is_not_kept_says_why_once_and_has_no_state(client: TestClient, account: Store) -> None:
    account.save('monitor', 7, specimen.MONITOR | {'id': 7, 'type': 'rum alert', 'query': 'rum("*").last("5m") > 1'})
    why = 'A monitor of the type "rum alert" needs the events of Real User Monitoring, which the sandbox does not keep.'
    listed, page = read(client, '/monitors').text, read(client, '/monitors/7').text
    assert listed.count(why) == 1
    assert '1 Not evaluated' in listed
    assert page.count(why) == 1
    assert 'No Data' not in page


def test_an_error_of_a_monitor_and_its_remarks_are_on_its_page(client: TestClient, account: Store) -> None:
    monitor = specimen.MONITOR | {'id': 7, 'options': {'notify_audit': True}}
    account.save('monitor', 7, monitor)
    monitors.save_error(account, monitor, NOW, ValueError('<b>broken</b>'))
    page = read(client, '/monitors/7').text
    assert 'Not evaluated. ValueError: <b>broken</b>' in page
    assert 'options.notify_audit notifies of changes of the monitor, which the sandbox does not.' in page


def test_the_page_of_a_monitor_with_a_new_group(client: TestClient, account: Store) -> None:
    # Skipped, and without any transition yet.
    state = {'status': 'Skipped', 'tags': {'host': 'n'}, 'since': NOW, 'first_data': NOW}
    account.save_states(1, {'host:n': state})
    assert 'host:n' in read(client, '/monitors/1').text


# Tabs


@pytest.mark.parametrize(
    ('query', 'titles', 'current'),
    [
        # The third widget is in no tab.
        ('', ['One', 'Three'], 'Overview'),
        ('?tab=b', ['Two', 'Four'], 'Details & more'),
        ('?tab=nonsense&range=4h', ['One', 'Three'], 'Overview'),
    ],
)
def test_a_tab_has_its_widgets(client: TestClient, store: Store, query: str, titles: list[str], current: str) -> None:
    notes = [
        {'id': 10 + number, 'definition': {'type': 'free_text', 'title': title, 'text': ''}}
        for number, title in enumerate(('One', 'Two', 'Three', 'Four'))
    ]
    tabs = [
        {'id': 'a', 'name': 'Overview', 'widget_ids': ['@1']},
        {'id': 'b', 'name': 'Details & more', 'widget_ids': [11, '@4']},
    ]
    body = {'id': 'tabs', 'title': 'T', 'layout_type': 'ordered', 'widgets': notes, 'tabs': tabs}
    store.save('dashboard', 'tabs', body)
    page = client.get(f'/dashboard/tabs{query}').text
    assert re.findall(r'<h2[^>]*><bdi>(One|Two|Three|Four)</bdi></h2>', page) == titles
    [shown] = re.findall(r'<a href="\?([^"]*)" aria-current="page"><bdi>([^<]*)</bdi>', page)
    assert unescape(shown[1]) == current
    assert ('range=4h' in shown[0]) == ('range' in query)
    # Another range is of the same tab.
    assert f'name="tab" value="{"b" if current.startswith("Details") else "a"}"' in page


def test_logs_are_listed_with_what_a_search_finds(client: TestClient, account: Store) -> None:
    account.add_logs([
        Log(0, (NOW - 20) * 1000, 'web-1', 'shop', 'nginx', 'warn', 'Slow', ('env:prod',), {'duration': 7}),
        Log(0, (NOW - 10) * 1000, 'web-1', 'shop', 'nginx', 'emergency', 'Crashed', (), {}),
    ])  # fmt: skip
    page = client.get('/logs').text
    assert 'Failed' in page
    assert '3 logs' in page
    found = client.get('/logs?query=service:shop+@duration:>5').text
    assert '1 of 3 logs' in found
    assert ('Slow' in found, 'Crashed' in found) == (True, False)
    assert '&#34;duration&#34;: 7' in found
    worst = client.get('/logs?sort=status,asc').text
    assert worst.index('Crashed') < worst.index('Failed') < worst.index('Slow')
    assert 'lacks a )' in client.get('/logs?query=(').text
    assert client.get('/logs/livetail?query=a', follow_redirects=False).headers['Location'] == '/logs?query=a'
