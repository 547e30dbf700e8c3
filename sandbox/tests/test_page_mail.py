"""The list of mails, a mail with its graph and its links, and what else leads from one page to another."""

import email
import re
from email import policy
from typing import Any

import pytest
import specimen
from conftest import NOW
from datadog_sandbox import pictures
from datadog_sandbox.store import Store
from reading import read
from starlette.testclient import TestClient

MINUTE = NOW - 40
TIMES = f'from_ts={MINUTE - 900}000&to_ts={MINUTE + 300}000'


@pytest.fixture
def alert(client: TestClient, account: Store) -> int:
    """The id of the mail of an alert."""
    monitor = specimen.MONITOR | {
        'name': 'Wave is high', 'query': 'avg(last_5m):avg:test.wave{host:web-1} by {host} > 250',
        'message': 'High @you@example.com',
    }  # fmt: skip
    account.save('monitor', 1, monitor)
    client.app.state.account.advance(NOW)  # type: ignore[attr-defined]
    return account.latest_mails(1)[0].id


def links(client: TestClient, path: str) -> dict[str, str]:
    """Return the links of a page by their text."""
    page = client.get(path).text
    found = re.findall(r'<a href="([^"]*)"[^>]*>(.*?)</a>', page, re.DOTALL)
    return {re.sub('<.*?>', '', text).strip(): link.replace('&amp;', '&') for link, text in found}


def test_a_mail_leads_to_its_monitor_group_host_and_dashboard_at_its_time(
    client: TestClient, account: Store, alert: int
) -> None:
    known = links(client, f'/mail/{alert}')
    assert known['Wave is high'] == f'/monitors/1?{TIMES}'
    assert known['host:web-1'] == f'/monitors/1?group=host%3Aweb-1&{TIMES}'
    assert known['web-1'] == '/hosts/web-1'
    [board] = [link for text, link in known.items() if text.startswith('Timeboard')]
    assert board == f'/dashboard/abc-def-ghi?{TIMES}'
    inside = links(client, f'/mail/{alert}/html')
    assert inside['Monitor Status'] == known['host:web-1']
    assert inside['View web-1'] == '/infrastructure?hostname=web-1'
    for link in (*known.values(), *inside.values()):
        assert client.get(link).status_code == 200, link


def test_the_links_of_a_mail_show_its_group_at_its_time(client: TestClient, account: Store, alert: int) -> None:
    text = read(client, f'/monitors/1?group=host%3Aweb-1&{TIMES}').text
    assert 'From and to' in text
    # The quarters of 20 minutes from 10:51.
    assert '10:51 10:56 11:01 11:06 11:11' in text
    assert 'host:web-1 · Show all groups' in text
    assert '1 change in this time Wed 18 Nov 11:06:00 Alert' in text
    assert '0 of' not in text and '1 group' in text
    assert '0 groups' in read(client, f'/monitors/1?group=nothing&{TIMES}').text


def test_a_mail_has_the_graph_of_its_monitor_in_it(client: TestClient, account: Store, alert: int) -> None:
    assert f'<img src="/mail/{alert}/graph.png" alt="Metric Graph"' in client.get(f'/mail/{alert}/html').text
    graph = client.get(f'/mail/{alert}/graph.png')
    assert (graph.headers['content-type'], graph.content[:8]) == ('image/png', b'\x89PNG\r\n\x1a\n')
    # Width and height, as PNG has them.
    assert (int.from_bytes(graph.content[16:20]), int.from_bytes(graph.content[20:24])) == (640, 240)

    message = email.message_from_bytes(client.get(f'/mail/{alert}.eml').content, policy=policy.default)
    [picture] = [part for part in message.walk() if part.get_content_type() == 'image/png']
    assert picture.get_content() == graph.content
    body = message.get_body(('html',))
    assert body and f'<img src="cid:{picture["Content-ID"].strip("<>")}"' in body.get_content()
    assert f'href="http://127.0.0.1/monitors/1?group=host%3Aweb-1&amp;from_ts={MINUTE - 900}000' in body.get_content()


@pytest.mark.parametrize(
    ('type_', 'query'),
    [
        ('log alert', 'logs("*").index("*").rollup("count").by("service").last("5m") > 0'),
        ('service check', '"test.connect".over("*").by("host").last(1).count_by_status()'),
    ],
)  # fmt: skip
def test_a_mail_of_another_type_has_a_graph_too(client: TestClient, account: Store, type_: str, query: str) -> None:
    monitor = specimen.MONITOR | {'type': type_, 'query': query, 'message': 'High @you@example.com'}
    account.save('monitor', 1, monitor | {'options': {'new_group_delay': 0}})
    client.app.state.account.advance(NOW + 60)  # type: ignore[attr-defined]
    mail = account.latest_mails(1)[0].id
    assert f'<img src="/mail/{mail}/graph.png"' in client.get(f'/mail/{mail}/html').text
    assert client.get(f'/mail/{mail}/graph.png').content.startswith(b'\x89PNG')


def test_no_graph_is_drawn_before_somebody_wants_it_and_only_once(
    client: TestClient, account: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Any] = []

    def draw(specification: Any, **_: Any) -> bytes:
        drawn.append(specification)
        return b'picture'

    monkeypatch.setattr(pictures, 'png', draw)
    query = 'avg(last_5m):avg:test.wave{*} by {host} > 250'
    account.save('monitor', 1, specimen.MONITOR | {'query': query, 'message': '@you@example.com'})
    client.app.state.account.advance(NOW)  # type: ignore[attr-defined]
    [alert] = [mail.id for mail in account.mails() if mail.body['group'] == 'host:web-1']
    assert drawn == []
    assert client.get(f'/mail/{alert}/graph.png').content == b'picture'
    client.get(f'/mail/{alert}.eml')
    [specification] = drawn
    points = specification['datasets']['points']
    assert {point['series'].partition(' host:')[2] for point in points} == {'web-1'}
    # From 15 minutes before the alert up to it: what came later is no matter of the mail.
    times = [point['time'] / 1000 - MINUTE for point in points]
    assert (min(times), max(times)) == (-900, 0)


def test_a_mail_comes_without_a_graph_when_that_takes_too_long(
    client: TestClient, account: Store, alert: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def draw(*_: Any, seconds: float, **__: Any) -> bytes:
        raise pictures.PictureError(f'not within {seconds} seconds')

    monkeypatch.setattr(pictures, 'png', draw)
    file = client.get(f'/mail/{alert}.eml')
    assert file.status_code == 200
    assert b'image/png' not in file.content and b'<img' not in file.content
    assert client.get(f'/mail/{alert}/graph.png').status_code == 404
    # Another time it may be drawn.
    monkeypatch.setattr(pictures, 'png', lambda *_, **__: b'picture')
    assert client.get(f'/mail/{alert}/graph.png').content == b'picture'


def test_a_mail_without_a_query_over_time_or_without_its_monitor_has_no_graph(
    client: TestClient, account: Store, alert: int
) -> None:
    assert client.get('/mail/1/graph.png').status_code == 404
    account.remove('monitor', 1)
    assert '<img' not in client.get(f'/mail/{alert}/html').text
    assert client.get(f'/mail/{alert}/graph.png').status_code == 404
    assert read(client, f'/mail/{alert}').text.count('[Triggered on {host:web-1}] Wave is high') >= 2


def test_what_was_opened_is_no_longer_marked_as_unread(client: TestClient, account: Store, alert: int) -> None:
    def unread(path: str = '/mail') -> list[str]:
        return re.findall(r'<li id="mail-(\d+)"><a [^>]*class="[^"]*\bunread\b', client.get(path).text)

    assert unread() == [str(alert), '1']
    client.get(f'/mail/{alert}')
    assert unread() == ['1']
    assert unread(f'/mail/{alert}') == ['1']
    # What only looks at its parts does not read it.
    client.get('/mail/1/html')
    client.head('/mail/1')
    assert unread('/mail?read=unread') == ['1']


def test_mails_are_found_by_words_state_and_what_wrote_them(client: TestClient, account: Store, alert: int) -> None:
    account.add_mail(NOW, {'to': ['ops@example.com'], 'subject': 'Down', 'text': '', 'html': '', 'downtime': 'd-1'})

    def found(query: str) -> list[str]:
        return re.findall(r'<li id="mail-(\d+)">', client.get(f'/mail?{query}').text)

    assert found('') == [str(alert + 1), str(alert), '1']
    assert found('q=high') == found('q=host:web-1') == found('q=monitor:1') == [str(alert)]
    assert found('status=alert') == [str(alert), '1']
    assert found('kind=downtime') == found('q=to:ops@example.com') == [str(alert + 1)]
    # The list beside an opened mail stays as one has asked for it.
    assert f'href="/mail/{alert}?q=high"' in client.get('/mail?q=high').text
    assert 'class="alert unread"' in client.get('/mail').text


def test_a_monitor_leads_to_its_dashboards_downtimes_mails_and_events(
    client: TestClient, account: Store, alert: int
) -> None:
    text = read(client, '/monitors/1').text
    assert f'Dashboards Timeboard {specimen.HOSTILE}' in text
    assert f'Downtimes Scheduled Silent at night {specimen.HOSTILE}' in text
    assert 'Mails Alert [Triggered on {host:web-1}] Wave is high Events its alerts those of its hosts' in text
    known = links(client, '/monitors/1')
    assert known['[Triggered on {host:web-1}] Wave is high'] == f'/mail/{alert}'
    for number in range(6):
        account.add_mail(NOW, {'to': ['a'], 'subject': f'Mail {number}', 'text': '', 'html': '', 'monitor': 1})
    assert links(client, '/monitors/1')['all mails of this monitor'] == '/mail?q=monitor:1'


def test_a_widget_says_which_monitors_watch_it_and_their_state(client: TestClient, account: Store, alert: int) -> None:
    page = client.get('/dashboard/abc-def-ghi').text
    # Wave, its groups, its bars, its average, its top list, and its area: all that read the metric.
    assert page.count('class="links watchers"') == 6
    assert 'Monitors: Alert Wave is high' in read(client, '/dashboard/abc-def-ghi').text
    for number in range(2, 6):
        other = specimen.MONITOR | {
            'id': number,
            'name': f'Other {number}',
            'query': 'avg(last_5m):avg:test.wave{*} > 9',
        }
        account.save('monitor', number, other)
    text = read(client, '/dashboard/abc-def-ghi').text
    assert 'Monitors: Alert Wave is high New Other 2 New Other 3 2 more' in text
    assert 'href="/monitors?q=metric%3Atest.wave"' in client.get('/dashboard/abc-def-ghi').text


def test_a_group_that_is_hostile_stays_a_string_in_its_mail_and_around_it(client: TestClient, account: Store) -> None:
    query = 'avg(last_5m):avg:test.wave{*} by {host} > 250'
    account.save('monitor', 1, specimen.MONITOR | {'query': query, 'message': '{{host.name}} @you@example.com'})
    client.app.state.account.advance(NOW)  # type: ignore[attr-defined]
    [hostile] = [
        mail for mail in account.mails() if mail.body.get('group') == f'host:{specimen.HOSTILE}' and mail.id > 1
    ]
    for path in (f'/mail/{hostile.id}', f'/mail/{hostile.id}/html', '/monitors/1', '/monitors/1?group=<b>', '/mail'):
        page = read(client, path)
        assert not [tag for tag, attributes in page.elements if any(name.startswith('on') for name in attributes)]
        assert 'document.title' not in ''.join(str(attributes.get('src')) for _, attributes in page.elements)
    # Each leads to where it says, in spite of quotes and angle brackets.
    known = links(client, f'/mail/{hostile.id}')
    host = next(link for link in known.values() if link.startswith('/hosts/'))
    assert client.get(host).status_code == 200
    assert '1 group' in read(client, next(link for link in known.values() if 'group=' in link)).text


def test_the_events_of_a_monitor_are_those_that_it_counts_or_those_of_its_hosts(
    client: TestClient, account: Store, alert: int
) -> None:
    known = links(client, '/monitors/1')
    assert known['those of its hosts'].startswith('/event/explorer?query=host%3A%22web-1%22')
    query = 'events("source:deploy status:error").rollup("count").last("5m") > 1'
    account.save('monitor', 2, specimen.MONITOR | {'id': 2, 'type': 'event-v2 alert', 'query': query})
    assert (
        links(client, '/monitors/2')['those that it counts'] == '/event/explorer?query=source%3Adeploy+status%3Aerror'
    )
