"""The metrics summary and the metrics explorer."""

import json
import re
from time import perf_counter

import pytest
import specimen
from conftest import NOW
from datadog_sandbox.pages.explorer import rounded_up
from datadog_sandbox.pages.explorer_queries import asked
from datadog_sandbox.store import Series, Store, sketch_of
from markupsafe import Markup
from reading import read
from starlette.datastructures import QueryParams
from starlette.testclient import TestClient


@pytest.fixture
def account(store: Store) -> Store:
    specimen.fill(store, NOW)
    store.add_host('db-1', ('env:dev',), {}, NOW)
    store.add([
        (Series('app.jobs', 'web-1', ('queue:mail',), 'count', 10), NOW - 120, 4.0),
        (Series('app.jobs', 'db-1', ('queue:mail', 'queue:sms'), 'count', 10), NOW - 60, 2.5),
        (Series('app.jobs', 'db-1', ('queue:mail', 'queue:sms'), 'count', 10), NOW - 90, 7.0),
    ])  # fmt: skip
    return store


def test_the_summary_has_type_tags_hosts_points_and_the_last_value(client: TestClient, account: Store) -> None:
    account.save('metric metadata', 'app.jobs', {'unit': 'job', 'per_unit': 'second', 'description': 'Jobs & mails'})
    text = read(client, '/metric/summary').text
    # The keys are queue and env, and what the metadata of web-1 has besides; the last of three points is that of db-1.
    assert 'app.jobs Jobs & mails count job per second 3 tag keys of app.jobs 2 2 3 2.5 1 min ago' in text
    # 7,200 s at one point each 15 s, both ends included, of two hosts.
    assert '2 2 962' in text
    assert '2 metrics' in text


def test_a_distribution_has_the_average_of_its_last_values(client: TestClient, account: Store) -> None:
    series = Series('app.latency', 'web-1', (), 'distribution', 10)
    account.add_sketches([sketch_of(series, NOW - 20, [1.0, 2.0, 6.0]), sketch_of(series, NOW - 40, [5.0])])
    text = read(client, '/metric/summary?q=latency').text
    assert 'app.latency distribution – 2 tag keys of app.latency 1 1 2 3 20 s ago' in text


def test_the_summary_is_searched_by_name_tag_host_and_type(client: TestClient, account: Store) -> None:
    def found(**search: str) -> list[str]:
        page = client.get('/metric/summary', params=search).text
        return re.findall(r'<td class="lead"><a href="[^"]*"><bdi>(.*?)</bdi>', page)

    assert found() == ['app.jobs', 'test.wave']
    assert found(q='jobs') == found(q='queue:sms') == found(q='host:db-1') == found(type='count') == ['app.jobs']
    assert found(q='env:dev') == ['app.jobs'] and found(q='env:prod') == ['app.jobs', 'test.wave']
    # Datadog's own address.
    assert found(filter='wave') == ['test.wave']
    assert found(sort='points,desc') == ['app.jobs', 'test.wave']
    assert found(sort='series,asc') == ['app.jobs', 'test.wave'] and found(sort='last,asc') == ['app.jobs', 'test.wave']


def test_a_metric_opens_with_its_tags_and_their_values(client: TestClient, account: Store) -> None:
    page = read(client, '/metric/summary?metric=app.jobs')
    assert 'Kept 3 points of 2 series Query avg:app.jobs{*} Hosts db-1, web-1' in page.text
    assert 'env devprod host db-1web-1 queue mailsms' in page.text
    links = [attributes['href'] for tag, attributes in page.elements if tag == 'a' and 'tag' == attributes.get('class')]
    assert '/metric/explorer?query=avg%3Aapp.jobs%7Bqueue%3Asms%7D' in links
    assert 'There is no metric app.none.' in read(client, '/metric/summary?metric=app.none', 404).text


def test_two_thousand_metrics_come_in_pages_and_in_time(client: TestClient, store: Store) -> None:
    hosts = [f'web-{n}' for n in range(5)]
    for host in hosts:
        store.add_host(host, ('env:prod', f'name:{host}'), {}, NOW)
    store.add([
        (Series(f'app.m{n}', host, (f'shard:{n % 7}',)), NOW - n % 50, float(n)) for n in range(2000) for host in hosts
    ])  # fmt: skip
    assert '1 to 50 of 2,000 metrics' in read(client, '/metric/summary').text
    begin = perf_counter()
    page = client.get('/metric/summary?page=40&sort=name,asc')
    # A second is allowed; a machine with much else to do has some more.
    assert perf_counter() - begin < 2
    assert 'app.m1999' in page.text and 'app.m1949' not in page.text
    assert len(page.content) < 100_000


def test_points_are_counted_also_where_they_are_in_blocks(store: Store) -> None:
    store.add((Series('a', f'h{n}', ()), NOW - s * 15, 1.0) for n in range(70) for s in range(4000))
    store.add([(Series('b', '', ()), NOW, 1.0), (Series('a', 'h0', ()), NOW + 15, 1.0)])
    assert store.point_counts(['a', 'b', 'none']) == {'a': 280_001, 'b': 1, 'none': 0}


def test_the_explorer_draws_the_query_that_is_typed(client: TestClient, account: Store) -> None:
    page = client.get('/metric/explorer', params={'query': 'avg:app.jobs{*} by {host}', 'range': '15m'}).text
    drawing = json.loads(Markup(re.findall(r'data-chart .*?json">(.*?)</script>', page)[0]))
    assert [block['constants']['series'] for block in drawing['blocks']] == ['host:db-1', 'host:web-1']
    assert 'value="avg:app.jobs{*} by {host}"' in page
    # A field for another one.
    assert re.findall(r'<label for="query-(\w)">', page) == ['a', 'b']


def test_a_formula_is_drawn_over_the_queries_at_their_places(client: TestClient, account: Store) -> None:
    parameters = {'query': ['', 'max:app.jobs{*}', 'min:app.jobs{*}'], 'formula': 'b + c * 2', 'display': 'bars'}
    page = client.get('/metric/explorer', params=parameters).text
    widget = json.loads(Markup(re.findall(r'id="widget-json".*?>(.*?)</pre>', page, re.S)[0]).unescape())
    assert widget == {
        'definition': {
            'title': '',
            'type': 'timeseries',
            'requests': [
                {
                    'response_format': 'timeseries',
                    'queries': [
                        {'data_source': 'metrics', 'name': 'b', 'query': 'max:app.jobs{*}'},
                        {'data_source': 'metrics', 'name': 'c', 'query': 'min:app.jobs{*}'},
                    ],
                    'formulas': [{'formula': 'b + c * 2'}],
                    'display_type': 'bars',
                }
            ],
        }
    }
    monitor = json.loads(Markup(re.findall(r'id="monitor-json".*?>(.*?)</pre>', page, re.S)[0]).unescape())
    # At its highest, 7, while the other host still has 4: 7 + 2 * 4.
    assert monitor['query'] == 'avg(last_5m):max:app.jobs{*} + min:app.jobs{*} * 2 > 15'
    assert monitor['options'] == {'thresholds': {'critical': 15}}


QUERIES = ['avg:test.wave{*} + 1', 'avg:test.wave{env:prod} by {host}']


def test_what_is_copied_can_be_created(client: TestClient, account: Store) -> None:
    page = client.get('/metric/explorer', params={'query': QUERIES, 'formula': 'abs(b) / a'}).text
    widget, monitor = (
        json.loads(Markup(re.findall(rf'id="{kind}-json".*?>(.*?)</pre>', page, re.S)[0]).unescape())
        for kind in ('widget', 'monitor')
    )
    assert monitor['query'].startswith(
        'avg(last_5m):abs(avg:test.wave{env:prod} by {host}) / (avg:test.wave{*} + 1) > '
    )
    assert client.post('/api/v1/monitor', json=monitor).status_code == 200
    board = {'title': 'Copied', 'layout_type': 'ordered', 'widgets': [widget]}
    assert client.post('/api/v1/dashboard', json=board).status_code == 200
    # Pasted where a dashboard belongs, the widget is one by itself.
    answer = client.post('/dashboards/import', data={'json': json.dumps(widget)}, follow_redirects=False)
    assert answer.status_code == 303
    assert account.all('dashboard')[-1]['widgets'][0]['definition'] == widget['definition']


def test_a_monitor_and_a_dashboard_are_created_from_it(client: TestClient, account: Store) -> None:
    page = client.get('/metric/explorer?query=avg:app.jobs{*}').text
    forms = re.findall(r'action="(/\w+/import)"><input type="hidden" name="json" value="([^"]*)">', page)
    assert [action for action, _ in forms] == ['/dashboards/import', '/monitors/import']
    for action, body in forms:
        answer = client.post(action, data={'json': Markup(body).unescape()}, follow_redirects=False)
        assert answer.status_code == 303, answer.text
    assert account.all('monitor')[-1]['query'] == 'avg(last_5m):avg:app.jobs{*} > 5.5'
    [widget] = account.all('dashboard')[-1]['widgets']
    assert widget['definition']['requests'][0]['queries'][0]['query'] == 'avg:app.jobs{*}'


@pytest.mark.parametrize('query', ['avg:test.wave', 'avg:test.wave{*}.nonsense()', 'avg:test.wave{*', '"', 'a' * 300])
def test_an_error_is_the_one_of_the_api(client: TestClient, account: Store, query: str) -> None:
    answer = client.get('/api/v1/query', params={'from': NOW - 60, 'to': NOW, 'query': query})
    [error] = answer.json()['errors']
    page = Markup(client.get('/metric/explorer', params={'query': query}).text).unescape()
    assert error in page
    assert 'As a widget' not in page


def test_what_a_chart_does_not_tell_of_a_monitor_is_said(client: TestClient, account: Store) -> None:
    query = "anomalies(avg:test.wave{*}, 'basic', 2)"
    text = read(client, f'/metric/explorer?query={query}').text
    assert 'It cannot be a monitor: A monitor on anomalies() has a window and options of its own' in text


def test_datadogs_former_address_is_understood(client: TestClient, account: Store) -> None:
    address = '/metric/explorer?exp_metric=test.wave,app.jobs&exp_scope=env:prod&exp_agg=max&exp_group=host'
    page = client.get(address).text
    assert 'value="max:test.wave{env:prod} by {host}"' in page
    assert 'value="max:app.jobs{env:prod} by {host}"' in page


def test_without_a_query_nothing_is_drawn(client: TestClient, account: Store) -> None:
    assert 'data-chart ' not in client.get('/metric/explorer?query=&formula=a').text
    assert len(re.findall('name="query"', client.get('/metric/explorer?' + 'query=1&' * 50).text)) == 8


@pytest.mark.parametrize(
    ('value', 'threshold'),
    [
        (0, 0), (21, 21), (21.2, 22), (987, 990), (0.0123, 0.013), (-5.55, -5.5), (1e12, 1e12),
        (5e-324, 5e-324), (-1e308, -1e308),
    ],
)  # fmt: skip
def test_a_threshold_has_two_digits_and_is_not_less(value: float, threshold: float) -> None:
    assert rounded_up(value) == threshold


@pytest.mark.parametrize(
    'fields, typed, queries, formula',
    [
        (['avg:x{*}'], 'sum:y{a:b} by {host}.as_count() / a', ['avg:x{*}', 'sum:y{a:b} by {host}.as_count()'], 'b / a'),
        # The same query is one, and a free field before others is used.
        (['x{*}', '', 'z{*}'], 'avg:y{*} - avg:y{*} + c', ['x{*}', 'avg:y{*}', 'z{*}'], 'b - b + c'),
        ([], 'avg:x{*}', ['avg:x{*}'], 'a'),
        # A name in the formula is not given to another query.
        ([], 'a / avg:x{*}', ['', 'avg:x{*}'], 'a / b'),
        ([*'12345678'], 'a / avg:x{*}', [*'12345678'], 'a / avg:x{*}'),
    ],
)  # fmt: skip
def test_queries_in_a_formula_become_queries(fields: list[str], typed: str, queries: list[str], formula: str) -> None:
    pairs = [*(('query', each) for each in fields), ('formula', typed)]
    assert asked(QueryParams(pairs)) == (queries, formula)


def test_a_monitor_of_several_queries_says_which_it_watches(client: TestClient, account: Store) -> None:
    note = 'It watches query a alone: a formula joins several.'
    several = '/metric/explorer?query=avg:test.wave{*}&query=avg:app.jobs{*}'
    assert note in read(client, several).text
    for address in (f'{several}&formula=a/b', '/metric/explorer?query=avg:test.wave{*}'):
        assert note not in read(client, address).text


def test_a_formula_with_queries_is_drawn_and_copied(client: TestClient, account: Store) -> None:
    parameters = {'query': 'avg:test.wave{*}', 'formula': 'abs(avg:app.jobs{*}) / a'}
    page = Markup(client.get('/metric/explorer', params=parameters).text).unescape()
    assert 'id="query-b" name="query" value="avg:app.jobs{*}"' in page
    assert 'name="formula" value="abs(b) / a"' in page
    assert '"query": "avg(last_5m):abs(avg:app.jobs{*}) / avg:test.wave{*} > ' in page
