"""The list of hosts, and the page of one."""

import re

import specimen
from conftest import NOW, Clock
from datadog_sandbox.store import Series, ServiceCheck, Store
from reading import read
from starlette.testclient import TestClient


def test_hosts_are_listed_with_the_worst_first(client: TestClient, account: Store) -> None:
    account.add_host('web-2', (), {}, NOW - 7200)
    account.add_service_checks([ServiceCheck('test.up', 'web-2', (), 0, NOW - 7200, '')])
    text = read(client, '/hosts').text
    assert 'web-1 Critical 1 Critical, 1 OK 7.82.1 env:prod' in text
    assert 'web-2 OK 1 OK unknown none 2 h ago' in text
    assert 'No check none yet 7.82.1 env:"quoted" 12 s ago' in text
    names = re.findall(r'<td class="lead"><a href="/hosts/(.*?)">', client.get('/hosts').text)
    assert (names[0], names[2]) == ('web-1', 'web-2')


def test_a_host_is_found_by_name_tag_and_state(client: TestClient, account: Store) -> None:
    def found(**search: str) -> list[str]:
        page = client.get('/hosts', params=search).text
        return re.findall(r'<td class="lead"><a href="/hosts/(.*?)">', page)

    assert found(q='web') == ['web-1']
    assert found(q='env:prod') == ['web-1']
    assert found(q='-state:critical') == [name for name in found() if name != 'web-1']
    assert found(state='critical') == ['web-1']
    assert 'No host matches. Show all 2' in read(client, '/hosts?q=nothing').text
    assert 'lacks a )' in read(client, '/hosts?q=(').text


def test_many_hosts_come_in_pages(client: TestClient, store: Store) -> None:
    for number in range(120):
        store.add_host(f'w-{number}', (), {}, NOW)
    page = read(client, '/hosts?page=3')
    assert '101 to 120 of 120 hosts' in page.text
    assert 'w-100' in page.text and 'w-99' not in page.text
    assert [attributes['href'] for _, attributes in page.elements if attributes.get('rel') == 'prev'] == ['?page=2']


def test_a_host_shows_its_agent_and_its_checks(client: TestClient, account: Store) -> None:
    text = read(client, '/hosts/web-1').text
    assert 'Critical 2 checks: 1 Critical, 1 OK Agent last seen 12 s ago Version 7.82.1 Tags env:prod' in text
    assert f'test.connect Critical none {specimen.HOSTILE} 9 s ago test.up OK port:1 – 9 s ago' in text
    only = read(client, '/hosts/web-1?check_status=ok').text
    assert 'test.up OK' in only and 'test.connect' not in only


def test_a_host_shows_the_groups_of_monitors_that_watch_it(client: TestClient, account: Store) -> None:
    client.app.state.account.advance(NOW)  # type: ignore[attr-defined]
    text = read(client, '/hosts/web-1').text
    assert f'Wave {specimen.HOSTILE} host:web-1 OK 40 s ago' in text
    account.add_host('web-3', (), {}, NOW)
    assert 'No monitor has a group for this host.' in read(client, '/hosts/web-3').text


def test_a_host_shows_its_metrics_and_traces(client: TestClient, account: Store) -> None:
    account.add([
        (Series('app.jobs', 'web-1', ('queue:a',)), NOW - 120, 4.0), (Series('app.jobs', 'web-1', ()), NOW - 60, 2.5),
        (Series('app.jobs', 'web-2', ()), NOW, 9.0), (Series('app.other', 'web-2', ()), NOW, 9.0),
    ])  # fmt: skip
    page = read(client, '/hosts/web-1')
    assert '2 metrics' in page.text and 'app.other' not in page.text
    assert 'app.jobs 2 2.5 1 min ago' in page.text
    links = [attributes.get('href') for tag, attributes in page.elements if tag == 'a']
    assert '/metric/explorer?query=avg%3Aapp.jobs%7Bhost%3Aweb-1%7D' in links
    assert '/trace/77' in links and '/service/web' in links
    account.add_host('quiet', (), {}, NOW)
    quiet = read(client, '/hosts/quiet').text
    assert 'No point was received from this host.' in quiet and 'Latest traces' not in quiet


def test_a_host_without_checks_says_what_is_so_and_when_that_changes(
    client: TestClient, account: Store, clock: Clock
) -> None:
    account.add_host('new', (), {'agentVersion': '7.82.1'}, NOW - 10)
    assert (
        'No check has reported yet. An Agent runs each check every 15 seconds by default, and sends its '
        'status with the next flush: within 2 min of its start there should be the first one.'
    ) in read(client, '/hosts/new').text
    clock.now = NOW + 3590
    assert 'No check has reported, and nothing has come from this host for 1 h' in read(client, '/hosts/new').text
    account.touch_hosts(['by-api'], NOW + 3590)
    assert 'Metrics come from this host, and no status of a check' in read(client, '/hosts/by-api').text


def test_datadogs_addresses_of_hosts_lead_here(client: TestClient, account: Store) -> None:
    for address, path in (
        ('/infrastructure', '/hosts'),
        ('/infrastructure?hostname=web-1', '/hosts/web-1'),
        ('/infrastructure?hostname=a/b%3F', '/hosts/a%2Fb%3F'),
    ):
        assert client.get(address, follow_redirects=False).headers['location'] == path
    account.add_host('a/b?', (), {'agentVersion': '1'}, NOW)
    assert 'a/b?' in read(client, '/hosts/a%2Fb%3F').text


def test_a_page_with_13_hosts_is_small(client: TestClient, store: Store) -> None:
    for number in range(13):
        store.add_host(f'web-{number}', ('env:prod', 'team:web', 'region:eu-west-1'), {'agentVersion': '7.82.1'}, NOW)
        store.add_service_checks(
            ServiceCheck(f'check.{name}', f'web-{number}', ('port:3306', 'env:prod'), 0, NOW, '') for name in range(20)
        )
    assert len(client.get('/hosts').content) < 100_000
    assert len(client.get('/hosts/web-1').content) < 100_000


def test_a_host_has_the_instances_that_its_agent_runs(client: TestClient, account: Store) -> None:
    rows = [
        ['disk', 'disk', 'disk:67cc', 'OK', '', ''],
        ['mysql', 'mysql', 'mysql:91ab', 'ERROR', f'refused {specimen.SCRIPT}', ''],
        ['ntp', 'ntp', 'ntp:3c42', 'WARNING', ['late', 'by 5 s'], ''],
        # What no Agent writes is left out.
        ['short'], 'disk', None,
    ]  # fmt: skip
    client.post('/intake/', json={'internalHostname': 'web-1', 'meta': {}, 'agent_checks': rows})
    page = read(client, '/hosts/web-1')
    assert (
        f'mysql mysql:91ab ERROR refused {specimen.SCRIPT} ntp ntp:3c42 WARNING late; by 5 s disk disk:67cc OK –'
        in page.text
    )
    client.post('/intake/', json={'internalHostname': 'web-1', 'meta': {}, 'agent_checks': 'none'})
    assert 'Instances of the Agent' not in read(client, '/hosts/web-1').text
