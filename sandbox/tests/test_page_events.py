"""The events explorer, and the page of an event."""

import re
from typing import Any

import pytest
import specimen
from conftest import NOW
from datadog_sandbox.store import Store
from reading import read
from starlette.testclient import TestClient

DEPLOY: dict[str, Any] = {
    'id': 5, 'date_happened': NOW - 60, 'title': 'Deployed 1.2', 'text': '%%% \nBy **ci**\n %%%',
    'alert_type': 'success', 'priority': 'normal', 'source': 'deploy', 'tags': ['env:prod', 'version:1.2'],
    'host': 'web-1',
}  # fmt: skip


@pytest.fixture
def account(store: Store) -> Store:
    store.add_host('web-1', ('team:web',), {}, NOW)
    store.save('event', 5, DEPLOY)
    other = {'id': 6, 'date_happened': NOW - 30, 'title': 'Disk full', 'text': '', 'alert_type': 'error', 'tags': []}
    store.save('event', 6, other | {'priority': 'low', 'source': 'My Apps'})
    store.save(
        'event', 7, DEPLOY | {'id': 7, 'date_happened': NOW - 7200, 'title': 'Deployed 1.1', 'tags': ['version:1.1']}
    )
    return store


def found(client: TestClient, **search: str) -> list[str]:
    page = client.get('/event/explorer', params=search).text
    return re.findall(r'href="/event/event\?id=(\d+)"', page)


def test_an_event_is_listed_with_all_that_it_has(client: TestClient, account: Store) -> None:
    text = read(client, '/event/explorer').text
    assert '2 events' in text
    assert 'Wed 18 Nov 11:05:40 OK deploy web-1 Deployed 1.2 By ci env:prodversion:1.2' in text
    assert 'Wed 18 Nov 11:06:10 Error low priority My Apps – Disk full' in text


def test_the_latest_is_first_and_the_worst_where_one_asks(client: TestClient, account: Store) -> None:
    assert found(client) == ['6', '5']
    assert found(client, range='4h') == ['6', '5', '7']
    assert found(client, range='4h', sort='status,asc') == ['6', '5', '7']
    assert found(client, range='4h', sort='time,asc') == ['7', '5', '6']


@pytest.mark.parametrize(
    ('search', 'ids'),
    [
        ('deployed', ['5', '7']),
        ('source:deploy version:1.2', ['5']),
        ('source:my_apps', ['6']),
        ('status:error OR version:1.1', ['6', '7']),
        ('priority:low', ['6']),
        # The tag of the host.
        ('team:web -version:1.1', ['5']),
        ('host:web-1 "1.1"', ['7']),
        ('nothing', []),
    ],
)
def test_a_search_is_that_of_event_monitors(client: TestClient, account: Store, search: str, ids: list[str]) -> None:
    assert found(client, q=search, range='4h') == ids
    # Datadog's own name.
    assert found(client, query=search, range='4h') == ids


def test_a_range_is_absolute_as_in_datadogs_address(client: TestClient, account: Store) -> None:
    address = {'from_ts': str((NOW - 8000) * 1000), 'to_ts': str((NOW - 7000) * 1000)}
    assert found(client, **address) == ['7']


def test_filters_offer_what_is_there(client: TestClient, account: Store) -> None:
    page = read(client, '/event/explorer')
    offered = [attributes['value'] for tag, attributes in page.elements if tag == 'option']
    # The first two are UTC and local time.
    assert offered[2:9] == ['', 'error', 'success', '', 'deploy', 'my apps', '']
    assert found(client, status='error') == ['6']
    assert 'lacks a )' in read(client, '/event/explorer?q=(').text


def test_an_event_has_a_page(client: TestClient, account: Store) -> None:
    for path in ('/event/event?id=5', '/event/event?event_id=5', '/event/event?uid=5', '/event/5'):
        page = read(client, path)
        assert 'Deployed 1.2 OK Wed 18 Nov 11:05:40 By ci Host web-1 Source deploy' in page.text
        assert '/hosts/web-1' in [attributes.get('href') for _, attributes in page.elements]
    assert 'There is no event 9.' in read(client, '/event/event?id=9', 404).text


def test_an_event_leads_to_the_monitors_that_find_it(client: TestClient, account: Store) -> None:
    for id_, search in ((1, 'source:deploy team:web'), (2, 'source:chef'), (3, '(')):
        query = f'events("{search}").rollup("count").last("5m") > 1'
        account.save('monitor', id_, specimen.MONITOR | {
            'id': id_, 'name': f'Events {id_}', 'type': 'event-v2 alert', 'query': query, 'options': {},
        })  # fmt: skip
    account.save('monitor', 4, specimen.MONITOR | {'id': 4})
    page = read(client, '/event/event?id=5')
    assert 'Counted by Events 1 Id 5' in page.text
    assert '/monitors/1' in [attributes.get('href') for _, attributes in page.elements]
    assert 'Counted by no monitor' in read(client, '/event/event?id=6').text


def test_former_addresses_lead_to_the_explorer(client: TestClient, account: Store) -> None:
    answer = client.get('/event/stream?query=a+b&page=2&incident=1', follow_redirects=False)
    assert answer.headers['location'] == '/event/explorer?query=a+b&page=2'
    assert client.get('/events', follow_redirects=False).headers['location'] == '/event/explorer'


def test_markdown_of_an_event_does_nothing(client: TestClient, account: Store) -> None:
    text = f'{specimen.SCRIPT} ![x](https://example.com/x.png) [bad](javascript:alert(1)) [good](https://example.com)'
    account.save('event', 8, DEPLOY | {'id': 8, 'title': specimen.HOSTILE, 'text': text, 'tags': [specimen.HOSTILE]})
    for path in ('/event/explorer', '/event/event?id=8'):
        page = client.get(path).text
        assert '&lt;script&gt;' in page and '<script>document' not in page
        assert '<img src="https' not in page and 'href="javascript' not in page
        assert '<a href="https://example.com">good</a>' in page


def test_without_events_the_page_says_how_to_post_one(client: TestClient) -> None:
    assert (
        'No event in this time. A client posts them to http://127.0.0.1/api/v1/events'
        in read(client, '/event/explorer').text
    )
