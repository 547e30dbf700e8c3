"""What may stand at the cursor of a query, a formula, or a search."""

import pytest
import specimen
from calling import Client
from conftest import NOW
from datadog_sandbox.records import Document, complete, search
from datadog_sandbox.store import Log, Series, Span, Store
from starlette.testclient import TestClient

SECOND = 1_000_000_000


@pytest.fixture
def account(store: Store) -> Store:
    store.add_host('web-1', ('env:prod',), {}, NOW)
    store.add_host('db-1', ('env:dev',), {}, NOW)
    store.add([
        (Series('app.jobs', 'web-1', ('queue:mail',)), NOW, 4.0),
        (Series('app.jobs', 'db-1', ('queue:sms',)), NOW, 2.5),
        (Series('test.wave', '', ()), NOW, 1.0),
    ])  # fmt: skip
    return store


def offered(client: TestClient, kind: str, text: str, **fields: str | list[str]) -> tuple[int, list[str]]:
    """Return where the word begins, and the options; `|` in the text is the cursor."""
    parameters = {'text': text.replace('|', ''), 'cursor': text.index('|'), **fields}
    answer = client.get(f'/completion/{kind}', params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()['start'], [option['text'] for option in answer.json()['options']]


# Queries and formulas


@pytest.mark.parametrize(
    ('text', 'start', 'options'),
    [
        ('app|', 0, ['avg:app.jobs{*}']),
        ('jobs|', 0, ['avg:app.jobs{*}']),
        ('sum:te|', 4, ['test.wave{*}']),
        ('sum:|', 4, ['app.jobs{*}', 'test.wave{*}']),
        ('avg:x{*} / su|', 11, ['sum:', 'sum(', 'cumsum(']),
        ('per_s|', 0, ['per_second(']),
        ('abs(app|', 4, ['avg:app.jobs{*}']),
        (
            'avg:app.jobs{|', 13, ['env:', 'host:', 'queue:', 'env:dev', 'env:prod', 'host:db-1', 'host:web-1',
                                   'queue:mail', 'queue:sms'],
        ),
        ('avg:app.jobs{queue:|}', 13, ['queue:mail', 'queue:sms']),
        ('avg:app.jobs{env:prod AND !qu|', 27, ['queue:', 'queue:mail', 'queue:sms']),
        ('avg:app.jobs{env:prod,host:w|', 22, ['host:web-1']),
        ('avg:app.jobs{*} by {|}', 20, ['env', 'host', 'queue']),
        ('avg:app.jobs{*} by {host, q|', 26, ['queue']),
        ('avg:app.jobs{*} by {host|', 20, []),
        ('avg:app.jobs{*}.ro|', 16, ['rollup(']),
        ('avg:app.jobs{*}.rollup(sum, 60).as_|', 32, ['as_count()', 'as_rate()']),
        ('avg:none{|', 9, []),
        ('avg:app.jobs{*}|', 15, []),
    ],
)  # fmt: skip
def test_a_query_is_completed(client: TestClient, account: Store, text: str, start: int, options: list[str]) -> None:
    # A formula may have queries of its own, which are completed alike.
    assert offered(client, 'query', text) == offered(client, 'formula', text) == (start, options)


@pytest.mark.parametrize(
    'text, start, options',
    [
        ('a / ewma_|', 4, ['ewma_10(', 'ewma_20(', 'ewma_3(', 'ewma_5(', 'ewma_7(']),
        ('timesh|', 0, ['timeshift(']),
        # A number and a string are no beginning of a word.
        ('a / 5|', 5, []),
        ("top(a, 10, 'mea|", 15, []),
    ],
)
def test_numbers_and_strings_are_not_completed(
    client: TestClient, account: Store, text: str, start: int, options: list[str]
) -> None:
    for kind in ('query', 'formula'):
        begun, every = offered(client, kind, text)
        assert (begun, sorted(every)) == (start, options)


def test_a_query_begins_with_metrics_and_a_formula_with_names(client: TestClient, account: Store) -> None:
    start, options = offered(client, 'query', '|')
    assert (start, options[:3], len(options)) == (0, ['avg:app.jobs{*}', 'avg:test.wave{*}', 'avg:'], 50)
    queries = ['avg:test.wave{*}', '', 'max:app.jobs{*}']
    assert offered(client, 'formula', '1 - |', query=queries)[1][:3] == ['a', 'c', 'avg:app.jobs{*}']
    answer = client.get('/completion/formula', params={'text': '', 'query': queries}).json()
    assert answer['options'][1] == {'text': 'c', 'detail': 'max:app.jobs{*}'}


# Searches


@pytest.fixture
def logs(account: Store) -> Store:
    attributes = {
        'http': {'status': 500, 'url path': '/a b'},
        'Team': 'Web "A"',
        'stack': 'x' * 101,
        'list': ['p', 'q'],
    }
    account.add_logs([
        Log(0, (NOW - 60) * 1000, 'web-1', 'web', 'nginx', 'error', 'Bad', ('team:a b', 'single'), attributes),
        Log(0, (NOW - 50) * 1000, 'web-1', 'web', 'nginx', 'info', 'Good', (), {'http': {'status': 200}}),
        Log(0, (NOW - 7200) * 1000, 'db-1', 'postgres', '', 'info', 'Old', (), {}),
    ])  # fmt: skip
    return account


@pytest.mark.parametrize(
    'text, start, options',
    [
        ('serv|', 0, ['service:', 'service:web']),
        ('-ho|', 1, ['host:', 'host:web-1']),
        ('env:prod (sta|', 10, ['status:', 'status:error', 'status:info', '@http.status:', '@http.status:200',
                                '@http.status:500']),
        ('err|', 0, ['status:error']),
        ('status:|', 7, ['error', 'info']),
        ('status:e|rror', 7, ['error']),
        ('status:error|', 7, []),
        ('service:(web OR |', 16, ['web']),
        ('status:(error OR in| )', 17, ['info']),
        (f'status:({"warn OR " * 100}in|', 808, ['info']),
        ('@ht|', 0, ['@http.status:', r'@http.url\ path:', '@http.status:200', '@http.status:500',
                     r'@http.url\ path:"/a b"']),
        ('@http.status:|', 13, ['200', '500']),
        (r'@http.url\ path:|', 16, ['"/a b"']),
        ('@list:|', 6, ['p', 'q']),
        # As it was sent, in quotes where a search would read it otherwise.
        ('@Team:|', 6, [r'"Web \"A\""']),
        ('team:"a |', 5, ['"a b"']),
        # A key without values, one that nothing has, a value that is too long, and the words of a phrase.
        ('single:|', 7, []),
        ('nothing:|', 8, []),
        ('@stack:|', 7, []),
        ('"a phrase of serv|', 17, []),
        ('postgres|', 0, []),
    ],
)  # fmt: skip
def test_a_search_of_logs_is_completed(
    client: TestClient, logs: Store, text: str, start: int, options: list[str]
) -> None:
    begun, every = offered(client, 'logs', text)
    assert sorted(every) == sorted(options)
    # What is equally likely has no order.
    assert begun == start and every[:1] == options[:1]


def test_what_is_offered_is_in_the_range_that_the_page_shows(client: TestClient, logs: Store) -> None:
    assert offered(client, 'logs', 'service:|') == (8, ['web'])
    assert offered(client, 'logs', 'service:|', range='4h') == (8, ['web', 'postgres'])
    edges = {'from_ts': str((NOW - 8000) * 1000), 'to_ts': str((NOW - 7000) * 1000)}
    assert offered(client, 'logs', 'service:|', **edges) == (8, ['postgres'])


def test_events_are_completed_with_tags_and_those_of_their_hosts(client: TestClient, account: Store) -> None:
    for number, source in enumerate(['deploy', 'deploy', 'My Apps']):
        event = {'id': number, 'date_happened': NOW - number, 'source': source, 'tags': ['team:a'], 'host': 'web-1'}
        account.save('event', str(number), event)
    assert offered(client, 'events', 'source:|') == (7, ['deploy', '"my apps"'])
    assert offered(client, 'events', 'env:|') == (4, ['prod'])
    assert offered(client, 'events', 'te|') == (0, ['team:', 'team:a'])


def test_spans_are_completed_with_reserved_attributes_and_others(client: TestClient, account: Store) -> None:
    span = Span('1', '2', '0', 'Web', 'http.request', 'GET /', 'web', (NOW - 5) * SECOND, 7, 1, 'web-1', 'prod', {}, {})
    account.add_spans([span._replace(meta={'http.method': 'GET'}, metrics={'size': 5.0})])
    assert offered(client, 'spans', 'service:|') == (8, ['Web'])
    assert offered(client, 'spans', 'resource_name:|') == (14, ['"GET /"'])
    assert offered(client, 'spans', '@http|') == (0, ['@http.method:', '@http.method:GET'])
    # A search of spans finds it without the sign, too.
    assert offered(client, 'spans', 'http.method:|') == (12, ['GET'])
    assert offered(client, 'spans', 'status:|') == (7, ['error'])


@pytest.mark.parametrize(
    'value',
    ['a', 'a b', 'a"b', 'a\\b', '*', 'a*', 'a?', '>5', '<x', '[1 to 2]', '(x)', 'a,b', '-a', 'a:b', ':a', 'x[0]'],
)
@pytest.mark.parametrize('key', ['k', '@k', '@a b', '@a:b', '@a(b)', '@x[0]'])
def test_a_search_with_an_option_finds_what_has_the_value_and_nothing_else(key: str, value: str) -> None:
    def document(value: str) -> Document:
        return Document({}, '', {key[1:]: value}) if key.startswith('@') else Document({key: [value]}, '')

    [whole] = [
        option.text for option in complete([document(value)], None, key[:2], 2).options if option.detail == 'value'
    ]
    assert search(whole)(document(value))
    assert not search(whole)(document('a second value'))


@pytest.mark.parametrize(
    'kind, path, keys',
    [
        ('events', '/event/explorer', {'source', 'status', 'env'}),
        ('hosts', '/hosts', {'host', 'state', 'agent', 'env', 'tag'}),
        ('logs', '/logs', {'service', 'status', '@key'}),
        ('mails', '/mail', {'status', 'kind', 'host', 'read'}),
        ('metrics', '/metric/summary', {'metric', 'type', 'host', 'env', 'tag'}),
        ('monitors', '/monitors', {'status', 'type', 'team', 'muted'}),
        ('services', '/services', {'service', 'operation', 'status'}),
        ('spans', '/traces', {'service', 'resource_name', 'status'}),
    ],
)
def test_each_option_of_a_list_finds_something_there(
    client: TestClient, store: Store, kind: str, path: str, keys: set[str]
) -> None:
    specimen.fill(store, NOW)
    offers = [option.removesuffix(':') for option in offered(client, kind, '|')[1]]
    assert {*offers} >= keys
    assert f'data-complete="completions" data-kind="{kind}"' in client.get(path).text
    searches = [f'{key}:{value}' for key in offers for value in offered(client, kind, f'{key}:|')[1][:3]]
    assert len(searches) >= len(keys)
    for search_for in searches:
        page = client.get(path, params={'q': search_for}).text
        assert ' matches. <a' not in page and 'class="failed"' not in page, search_for
        assert 'cannot be read' not in page, search_for


@pytest.mark.parametrize('kind', ['query', 'formula', 'events', 'logs', 'spans', 'hosts', 'monitors'])
def test_a_completion_takes_any_text(api: Client, kind: str) -> None:
    api.store.add_logs([Log(0, (int(api.clock()) - 5) * 1000, '', 'web', '', 'info', 'x', (), {})])
    texts = (
        '',
        '{' * 5000,
        'a' * 19_000,
        '\x00',
        'a{' + ' ' * 19_000,
        'a{b}by{' + ',' * 9000,
        'a:(' * 5000,
        'a:"' * 5000,
        ' a:"' * 4000,
        'a:(' + ' b' * 9000,
        'a:(' + '" b' * 6000,
        '\\ a:(' * 3000,
    )
    for text in (*texts, 'a:( ' * 5000, '\\' * 9000, 'a.a:' * 5000):
        for cursor in ('x', '-1', '999999', '3'):
            answer = api.get(f'/completion/{kind}', params={'text': text, 'cursor': cursor})
            assert answer.status_code == 200
            assert 0 <= answer.json()['start'] <= len(text)
            assert answer.elapsed.total_seconds() < 1


def test_what_is_not_completed_is_named(client: TestClient) -> None:
    answer = client.get('/completion/rum')
    assert answer.status_code == 404
    assert 'What is completed is one of query, formula, events, logs, spans, hosts, mails, ' in answer.text
