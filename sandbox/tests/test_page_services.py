"""The services with their figures, one of them over time, and the list of traces."""

import json
import re

import pytest
import specimen
from conftest import NOW
from datadog_sandbox.store import Span, Store, TraceStat
from markupsafe import Markup
from reading import read
from starlette.testclient import TestClient

SECOND, MILLISECOND = 1_000_000_000, 1_000_000


def span(number: int, service: str, milliseconds: int, error: int = 0, parent: str = '0', **meta: str) -> Span:
    resource = 'GET /' if service == 'web' else 'SELECT 1'
    return Span(
        str(100 + number // 10), str(number), parent, service, f'{service}.request', resource, 'web',
        (NOW - 30 - number) * SECOND, milliseconds * MILLISECOND, error, 'web-1', 'prod', meta, {},
    )  # fmt: skip


@pytest.fixture
def account(store: Store) -> Store:
    """Two services: web has statistics, and db does not."""
    store.add_trace_stats([
        TraceStat('web', 'web.request', 'GET /', 200, 'web-1', NOW - 60, 30, 0, 600 * MILLISECOND),
        TraceStat('web', 'web.request', 'GET /', 500, 'web-1', NOW - 60, 10, 10, 400 * MILLISECOND),
        TraceStat('web', 'web.request', 'POST /', 200, 'web-1', NOW - 7200, 1, 0, MILLISECOND),
    ])  # fmt: skip
    store.add_spans([
        *(span(number * 10, 'web', number, error=number == 7) for number in range(1, 21)),
        # A part of the first trace: one call from web, and what that does by itself.
        span(11, 'db', 4, parent='10'),
        span(12, 'db', 3, parent='11'),
    ])  # fmt: skip
    return store


def test_services_have_requests_errors_and_percentiles(client: TestClient, account: Store) -> None:
    text = read(client, '/services').text
    # 1 s for 40 requests; of 20 latencies from 1 to 20 ms, the 10th, the 19th, and the last.
    assert 'web web.request 40 10 (25.0 %) 25 ms 10 ms 19 ms 20 ms' in text
    # Without statistics: the call that begins its part counts, and its percentiles are those of both spans.
    assert 'db db.request 1 0 4 ms 3 ms 4 ms 4 ms' in text
    assert 'The trace Agent sent no statistics of db: the spans that are kept are counted.' in text
    assert 'web 2 resources web.request 41 10 (24.4 %)' in read(client, '/services?range=4h').text


def test_services_are_searched_and_the_worst_is_first(client: TestClient, account: Store) -> None:
    def found(**search: str) -> list[str]:
        page = client.get('/services', params=search).text
        return re.findall(r'<td class="lead"><a href="/service/(.*?)">', page)

    assert found() == ['web', 'db']
    assert found(sort='name,asc') == ['db', 'web']
    assert found(sort='p50,asc') == ['db', 'web']
    assert found(q='operation:db.request') == ['db']
    assert found(status='error') == ['web']


def test_a_service_has_its_resources_and_traces(client: TestClient, account: Store) -> None:
    text = read(client, '/service/web').text
    assert '40 requests (0.0111 a second), errors: 10 (25.0 %); p50 10 ms, p95 19 ms, p99 20 ms.' in text
    assert 'GET / web.request 40 10 (25.0 %) 25 ms 10 ms 19 ms 20 ms' in text
    assert 'GET / web, db Wed 18 Nov 11:06:00 3 1 ms OK' not in text
    page = read(client, '/service/db')
    assert 'SELECT 1 db.request 1 0 4 ms' in page.text
    links = [attributes.get('href') for tag, attributes in page.elements if tag == 'a']
    assert '/trace/101' in links and '/service/web' in links
    assert 'There is no' in read(client, '/nothing', 404).text
    assert 'No span and no statistic of a service none is kept here.' in read(client, '/service/none', 404).text
    # It is known, and did nothing in these 15 minutes.
    account.add_trace_stats([TraceStat('once', 'a', 'b', 200, '', NOW - 5000, 1, 0, 1)])
    assert 'Nothing in this time.' in read(client, '/service/once?range=15m').text


def test_a_service_is_drawn_over_time(client: TestClient, account: Store) -> None:
    page = client.get('/service/web?range=15m').text
    drawings = [json.loads(Markup(text)) for text in re.findall(r'data-chart .*?json">(.*?)</script>', page)]
    names = [[block['constants']['series'] for block in drawing['blocks']] for drawing in drawings]
    assert names == [['resource:GET /'], ['resource:GET /'], ['p50', 'p95', 'p99']]
    sums = [sum(filter(None, drawing['blocks'][0]['columns']['value'])) for drawing in drawings[:2]]
    assert sums == [40, 10]


def test_services_and_traces_are_those_of_an_absolute_range(client: TestClient, account: Store) -> None:
    edges = f'from_ts={(NOW - 7300) * 1000}&to_ts={(NOW - 7100) * 1000}'
    assert 'web web.request 1 0 1 ms – – –' in read(client, f'/services?{edges}').text
    assert 'No trace in this time' in read(client, f'/traces?{edges}').text
    page = read(client, f'/service/web?{edges}')
    assert '<option value="fixed" selected>' in client.get(f'/service/web?{edges}').text
    assert '1 request (0.005 a second), errors: 0.' in page.text


def test_traces_are_searched_by_what_any_of_their_spans_has(client: TestClient, account: Store) -> None:
    account.add_spans([span(305, 'web', 5, **{'http.status_code': '500'})])

    def found(**search: str) -> list[str]:
        return re.findall(r'<tr id="trace-(\d+)">', client.get('/traces', params=search).text)

    assert found()[:3] == ['101', '102', '103']
    assert found(q='service:db') == found(service='db') == ['101']
    assert found(status='error') == ['107']
    # A trace in which any span failed has failed.
    account.add_spans([span(35, 'db', 1, error=1, parent='30')])
    assert found(status='error') == ['103', '107'] and '103' not in found(status='ok')
    assert found(q='@http.status_code:500') == ['130']
    # Datadog's own address.
    assert found(query='@http.status_code:500') == ['130']
    assert found(sort='duration,desc')[:2] == ['120', '119']
    assert client.get('/apm/traces?query=a', follow_redirects=False).headers['location'] == '/traces?query=a'


def test_a_trace_is_listed_with_its_services(client: TestClient, account: Store) -> None:
    text = read(client, '/traces').text
    assert 'GET / db, web Wed 18 Nov 11:06:00 3 1 ms OK' in text
    assert 'GET / web Wed 18 Nov 11:05:00 1 7 ms Error' in text
    assert '20 traces' in text


@pytest.mark.parametrize(
    'address',
    ['/apm/service/we%20b/flask.request?env=prod', '/apm/services/we%20b/operations/x', '/apm/entity/service:we%20b'],
)
def test_datadogs_addresses_of_a_service_lead_here(client: TestClient, address: str) -> None:
    assert client.get(address, follow_redirects=False).headers['location'] == '/service/we%20b'


def test_names_of_services_are_only_text(client: TestClient, store: Store) -> None:
    specimen.fill(store, NOW)
    store.add_spans([span(1, specimen.HOSTILE, 5)])
    for path in ('/services', '/traces'):
        page = client.get(path).text
        [link] = {*re.findall(r'href="(/service/%3Cscript.*?)"', page)}
        assert '<script>document' not in page
        assert 'SELECT 1' in read(client, link).text


def test_a_service_has_the_monitors_with_its_tag_scope_or_group(client: TestClient, account: Store) -> None:
    specimen.fill(account, NOW)
    other = 'avg(last_5m):avg:test.wave{service:web-2,x.service:web} > 1'
    named = {
        'by tag': {'tags': ['Service:web']},
        'by scope': {'query': 'avg(last_5m):avg:test.wave{env:prod,service:web} > 1'},
        'by group': {},
        'of another': {'query': other, 'tags': ['service:webs']},
        'without any': {},
    }
    for id_, (name, changes) in enumerate(named.items(), 2):
        account.save('monitor', id_, specimen.MONITOR | {'id': id_, 'name': name, 'tags': []} | changes)
    account.save_states(4, {'service:web': {'status': 'Alert', 'tags': {'service': 'web'}}})
    assert 'Monitors Alert by group New by scope New by tag Latest' in read(client, '/service/web').text
    assert 'No monitor has the tag or the scope service:db, or a group of it.' in read(client, '/service/db').text
