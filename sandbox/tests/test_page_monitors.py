"""The list of monitors, the page of one, and what the panel above a dashboard follows."""

import re
from typing import Any

import pytest
import specimen
from conftest import NOW, Clock
from datadog_sandbox import monitors
from datadog_sandbox.store import Series, Store
from reading import read
from starlette.testclient import TestClient

BOARD = '/dashboard/abc-def-ghi'
# NOW is 11:06:40 UTC, and the last minute that is evaluated begins 40 s before.
MINUTE = NOW - 40


def advance(client: TestClient, until: int) -> None:
    client.app.state.account.advance(until)  # type: ignore[attr-defined]


def watch(store: Store, id_: int = 1, **changes: Any) -> dict[str, Any]:
    monitor = specimen.MONITOR | {'id': id_, 'name': 'Wave', 'tags': []} | changes
    store.save('monitor', id_, monitor)
    return monitor


# The panel


def test_the_panel_says_what_the_monitors_of_its_metric_do(client: TestClient, account: Store) -> None:
    client.app.state.panel = specimen.Panel()  # type: ignore[attr-defined]
    watch(account)
    watch(account, 2, name='Other', query='avg(last_5m):avg:test.other{*} > 1')
    assert 'New Wave first evaluated at Wed 18 Nov 11:07:00 No mail so far' in read(client, BOARD).text
    assert 'Other' not in read(client, BOARD).text
    watch(account, 3, name='Elsewhere', query='avg(last_5m):avg:test.wave{nowhere:*} > 1')
    advance(client, NOW)
    assert 'No Data Elsewhere no group yet: no data matches its query No mail so far' in read(client, BOARD).text
    assert 'OK Wave since Wed 18 Nov 11:06:00 No mail so far' in read(client, BOARD).text


def test_the_panel_leads_to_the_mail_of_an_alert(client: TestClient, account: Store) -> None:
    client.app.state.panel = specimen.Panel()  # type: ignore[attr-defined]
    watch(account, message='@you@example.com', query='avg(last_5m):avg:test.wave{host:web-1} by {host} > 250')
    advance(client, NOW)
    page = read(client, BOARD)
    assert 'Alert Wave since Wed 18 Nov 11:06:00 Mail of Wed 18 Nov 11:06:00: [Triggered on {host:web-1}] Wave' in (
        page.text
    )
    links = [attributes.get('href') for tag, attributes in page.elements if tag == 'a']
    assert {'/monitors/1', '/mail/2'} <= {*links}


def test_the_panel_says_which_downtime_keeps_a_monitor_from_mailing_and_until_when(
    client: TestClient, account: Store, clock: Clock
) -> None:
    client.app.state.panel = specimen.Panel()  # type: ignore[attr-defined]
    watch(account)
    # At 11:36 the second is not open yet; the fourth begins after a quarter in which none is.
    times = ('10:00', '12:00'), ('11:50', '13:15'), ('13:15', '13:30'), ('13:45', '14:00')
    for id_, (start, end) in zip(('d-1', 'd-2', 'd-3', 'd-4'), times, strict=True):
        downtime = specimen.downtime(f'From {start}.', NOW)
        downtime |= {'id': id_}
        schedule = {'start': f'2026-11-18T{start}:00+00:00', 'end': f'2026-11-18T{end}:00+00:00'}
        downtime['attributes'] |= {'scope': '*', 'schedule': schedule}
        account.save('downtime', id_, downtime)
    advance(client, NOW)
    clock.now = NOW + 1800
    # Those that overlap, or touch, are one time without mail.
    assert (
        'OK Wave since Wed 18 Nov 11:06:00 No mail: muted by “From 10:00” until Wed 18 Nov 13:30:00'
        in read(client, BOARD).text
    )


def test_the_panel_counts_down_to_no_data_when_nothing_is_sent(client: TestClient, account: Store) -> None:
    panel = client.app.state.panel = specimen.Panel()  # type: ignore[attr-defined]
    watch(account, options={'notify_no_data': True, 'no_data_timeframe': 10, 'thresholds': {'critical': 800}})
    advance(client, NOW)
    assert 'No data in' not in read(client, BOARD).text
    panel.choose('silent')
    # The last point came at 11:06:40, so 11:07 is the first minute that has seen it.
    assert 'No data in 10 min, at Wed 18 Nov 11:17:00' in read(client, BOARD).text


# What comes by itself


def test_the_next_evaluation_is_at_a_whole_minute_or_as_the_window_and_the_schedule_say() -> None:
    monitor = specimen.MONITOR
    assert monitors.next_evaluation(monitor, NOW) == MINUTE + 60
    # From a day on, every ten minutes.
    long = monitor | {'query': 'avg(last_1d):avg:test.wave{*} > 800'}
    assert monitors.next_evaluation(long, NOW) == MINUTE + 240
    recurrence = {'rrule': 'FREQ=DAILY', 'start': '2026-11-01T14:30:00', 'timezone': 'UTC'}
    schedule = {'custom_schedule': {'recurrences': [recurrence]}}
    scheduled = monitor | {'options': {'scheduling_options': schedule}}
    # 14:30 is 3 h 24 min after 11:06.
    assert monitors.next_evaluation(scheduled, NOW) == MINUTE + 204 * 60
    ended = {'custom_schedule': {'recurrences': [recurrence | {'rrule': 'FREQ=DAILY;COUNT=1'}]}}
    assert monitors.next_evaluation(monitor | {'options': {'scheduling_options': ended}}, NOW) is None
    assert monitors.next_evaluation(monitor | {'type': 'rum alert'}, NOW) is None


def test_data_is_missing_a_timeframe_after_the_last_point_and_once_only(client: TestClient, store: Store) -> None:
    monitor = watch(store, options={'notify_no_data': True, 'no_data_timeframe': 10, 'new_group_delay': 0})
    store.add((Series('test.wave', host, ()), time, 1.0) for host, time in (('a', MINUTE), ('b', MINUTE - 240)))
    advance(client, MINUTE)
    assert monitors.missing_at(store, monitor, MINUTE) == {'host:a': MINUTE + 600, 'host:b': MINUTE + 360}
    for minute in range(1, 7):
        advance(client, MINUTE + 60 * minute)
    assert {name: state['status'] for name, state in store.states(1).items()} == {'host:a': 'OK', 'host:b': 'No Data'}
    assert monitors.missing_at(store, monitor, MINUTE + 360) == {'host:a': MINUTE + 600}
    # Nothing is done about it where nobody asked.
    assert monitors.missing_at(store, monitor | {'options': {}}, MINUTE) == {}


def test_a_new_monitor_and_a_new_group_say_what_is_so_and_when_it_changes(
    client: TestClient, account: Store, clock: Clock
) -> None:
    watch(account, options={})
    assert (
        'This monitor is new: its first evaluation is at 2026-11-18 11:07:00 UTC.' in read(client, '/monitors/1').text
    )
    assert 'Wave avg(last_5m):avg:test.wave{*} by {host} > 800 New none' in read(client, '/monitors').text
    advance(client, NOW)
    account.add([(Series('test.wave', 'late', ()), NOW + 10, 1.0)])
    advance(client, NOW + 60)
    assert (
        'Skipped Mute host:late New: its first point came at 2026-11-18 11:07:00 UTC, and its evaluation begins at '
        '2026-11-18 11:08:00 UTC. Evaluated at 2026-11-18 11:07:00 UTC.'
    ) in read(client, '/monitors/1').text
    watch(account, 2, query='avg(last_5m):avg:test.later{*} by {host} > 800')
    advance(client, NOW + 120)
    clock.now = NOW + 120
    assert (
        'No group yet: the evaluation at 2026-11-18 11:08:00 UTC saw no point of test.later in its scope. A group '
        'appears once there is some. The next evaluation is at 2026-11-18 11:09:00 UTC.'
    ) in read(client, '/monitors/2').text


# Groups


def test_groups_are_in_the_order_in_which_one_counts_with_the_worst_first_in_pages(
    client: TestClient, store: Store
) -> None:
    points = ((Series('test.wave', '', (f'w:w-{n}',)), NOW - 60, 900.0 if n == 500 else 1.0) for n in range(1001))
    store.add(points)
    watch(store, query='avg(last_5m):avg:test.wave{*} by {w} > 800')
    advance(client, NOW)

    def groups(**parameters: Any) -> list[str]:
        return re.findall(r'<h3><bdi>(.*?)</bdi>', client.get('/monitors/1', params=parameters).text)

    assert groups() == ['w:w-500', *(f'w:w-{n}' for n in range(49))]
    assert groups(group_page=21) == ['w:w-1000']
    assert groups(group_q='w:w-50*') == ['w:w-500', 'w:w-50', *(f'w:w-{n}' for n in range(501, 510))]
    assert groups(group_status='alert') == ['w:w-500']
    assert '1 to 50 of 1,001 groups' in read(client, '/monitors/1').text


def test_a_threshold_of_many_digits_is_written_in_full(client: TestClient, account: Store) -> None:
    watch(account, query='min(last_5m):min:test.wave{*} by {host} < -9007199254740992', options={'new_group_delay': 0})
    advance(client, NOW)
    text = read(client, '/monitors/1').text
    assert 'not < -9007199254740992. Evaluated at' in text
    assert 'e+15' not in text


# The list


def test_the_worst_monitor_is_first_and_one_finds_by_words_state_tag_and_metric(
    client: TestClient, account: Store
) -> None:
    watch(account, 1, name='Low', query='avg(last_5m):avg:test.wave{*} > 800', tags=['team:web'], options={})
    watch(
        account, 2, name='High', query='avg(last_5m):avg:test.wave{*} > 250', tags=['team:db', 'env:prod'], options={}
    )
    watch(account, 3, name='Logs', type='rum alert', query='rum("*").last("5m") > 1')
    advance(client, NOW)
    watch(account, 4, name='Fresh', query='avg(last_5m):avg:test.other{*} > 250')

    def found(**parameters: str) -> list[str]:
        page = client.get('/monitors', params=parameters).text
        return re.findall(r'<td class="lead"><a href="/monitors/\d+"><bdi>(.*?)</bdi>', page)

    assert found() == ['High', 'Logs', 'Low', 'Fresh']
    assert found(sort='name') == ['Fresh', 'High', 'Logs', 'Low']
    assert found(q='team:web') == found(tag='team:web') == ['Low']
    assert found(q='status:ok') == found(status='ok') == ['Low']
    assert found(q='metric:test.wave') == ['High', 'Low']
    assert found(q='logs') == ['Logs']
    assert found(q='nothing') == []
    assert '1 Alert, 1 Not evaluated, 1 OK, 1 New' in read(client, '/monitors').text
    assert 'No monitor matches. Show all 4' in read(client, '/monitors?q=nothing').text


# An unknown address


def test_an_unknown_address_is_a_page_for_a_browser_and_json_for_others(client: TestClient) -> None:
    browser = {'Accept': 'text/html,application/xhtml+xml'}
    answer = client.get('/nothing/<b>', headers=browser)
    assert (answer.status_code, answer.headers['content-type']) == (404, 'text/html; charset=utf-8')
    assert 'There is no page /nothing/&lt;b&gt;.' in answer.text
    assert '<nav aria-label="Main" id="menu" popover>' in answer.text
    assert client.get('/nothing').json() == {'errors': ['There is no /nothing here']}
    api = client.get('/api/v1/nothing', headers=browser)
    assert (api.status_code, api.json()) == (404, {'errors': ['GET /api/v1/nothing is not served by the sandbox']})


@pytest.mark.parametrize(('timeout', 'state'), [(0, 'No Data'), (2, 'OK')])
def test_pages_and_the_api_have_the_same_state_of_a_monitor_that_never_saw_data(
    client: TestClient, timeout: int, state: str
) -> None:
    body = {
        'name': 'Wave', 'type': 'metric alert', 'query': 'avg(last_5m):avg:test.wave{*} > 1', 'message': '',
        'options': {'timeout_h': timeout},
    }  # fmt: skip
    id_ = client.post('/api/v1/monitor', json=body).json()['id']
    assert client.get('/monitors').text.count('>New<') == 1
    advance(client, NOW + 60)
    other = 'No Data' if state == 'OK' else 'OK'
    for path in ('/monitors', f'/monitors/{id_}'):
        html = client.get(path).text
        assert f'>{state}<' in html and f'>{other}<' not in html
    widget = {'type': 'manage_status', 'query': '', 'display_format': 'counts'}
    board = {'title': 'Board', 'layout_type': 'ordered', 'widgets': [{'definition': widget}]}
    board_id = client.post('/api/v1/dashboard', json=board).json()['id']
    assert f'{state} 1' in read(client, f'/dashboard/{board_id}').text


# The chart


@pytest.mark.parametrize(
    ('type_', 'query', 'said'),
    [
        ('log alert', 'logs("*").index("*").rollup("count").last("5m") > 3', 'Latest: the number of logs in the last'),
        ('event-v2 alert', 'events("*").rollup("count").last("5m") > 3', 'Latest: the number of events in the last'),
        ('trace-analytics alert', 'trace-analytics("*").rollup("count").last("5m") > 3', 'Latest: the number of spans'),
        ('service check', '"test.connect".over("*").by("host").last(2).count_by_status()', 'host:web-1 CRITICAL'),
        ('composite', '1', 'Latest: '),
    ],
)  # fmt: skip
def test_monitors_of_every_type_have_a_chart(
    client: TestClient, account: Store, type_: str, query: str, said: str
) -> None:
    watch(account)
    watch(account, 2, type=type_, query=query, options={})
    advance(client, NOW)
    labels = [attributes.get('aria-label') or '' for _, attributes in read(client, '/monitors/2').elements]
    [label] = [label for label in labels if label.startswith('What this monitor evaluates, over time.')]
    assert said in label


def test_a_chart_that_cannot_be_drawn_says_why(client: TestClient, account: Store) -> None:
    query = '"none".over("*").by("host").last(2).count_by_status()'
    watch(account, type='service check', query=query, options={})
    assert 'No check none in the scope of this monitor ran in this range' in read(client, '/monitors/1').text
    watch(account, type='rum alert', query='rum("*").rollup("count").last("5m") > 3')
    assert 'A monitor that is not evaluated has no chart.' in read(client, '/monitors/1').text


def test_a_monitor_leads_to_the_dashboards_that_show_it(client: TestClient, account: Store) -> None:
    watch(account, 4, type='log alert', query='logs("*").index("*").rollup("count").last("5m") > 3', options={})
    for id_, alert in (('own', '4'), ('other', '44')):
        shown = {'id': 1, 'definition': {'type': 'alert_value', 'alert_id': alert}}
        widget = {'id': 2, 'definition': {'type': 'group', 'layout_type': 'ordered', 'widgets': [shown]}}
        account.save('dashboard', id_, specimen.TIMEBOARD | {'id': id_, 'title': id_, 'widgets': [widget]})
    links = [attributes.get('href') for tag, attributes in read(client, '/monitors/4').elements if tag == 'a']
    assert '/dashboard/own' in links and '/dashboard/other' not in links


@pytest.mark.parametrize(
    ('search', 'found'),
    [
        ('type:log', [2]),
        ('type:"log alert"', [2]),
        ('type:metric', [1, 4]),
        ('type:custom', [3]),
        ('-type:metric', [2, 3]),
    ],
)
def test_a_search_for_a_type_takes_the_names_that_the_search_of_the_api_has(
    client: TestClient, account: Store, search: str, found: list[int]
) -> None:
    types = {1: 'query alert', 2: 'log alert', 3: 'service check', 4: 'metric alert'}
    for id_, type_ in types.items():
        watch(account, id_, type=type_)
    rows = [attributes.get('id') for tag, attributes in read(client, f'/monitors?q={search}').elements if tag == 'tr']
    assert sorted(row for row in rows if row) == [f'monitor-{id_}' for id_ in found]
