"""The search of events, spans, and logs: https://docs.datadoghq.com/logs/explorer/search_syntax/."""

import time

import pytest
from datadog_sandbox.query import QueryError
from datadog_sandbox.records import Document, search

LOG = Document(
    {'service': ['web-1'], 'env': ['prod'], 'status': ['error'], 'source': ['nginx'], 'host': ['h']},
    'Connection to db-1 failed: org.pool.Timeout type=LOGIN_ERROR, 3 retries left_over',
    {
        'http': {'status_code': 404, 'url_details': {'path': '/api/v1/test'}, 'method': 'GET', 'slow': True},
        'usr.id': 'Ann B', 'duration': 12.5, 'size': '2048', 'network': {'client': {'ip': '13.7.0.9'}},
        'names': ['Peter', 'Zoe'], 'data': [{'name': 'Sid'}, {'name': 'Ida'}], 'nothing': None, 'like': 'a*b?c:d',
        'url': 'http://b',
    },
)  # fmt: skip


@pytest.mark.parametrize(
    ('query', 'expected'),
    [
        ('', True),
        ('*', True),
        # Words are whole, in any case; a sequence has them side by side, whatever is between them.
        ('connection', True),
        ('connect', False),
        ('connect*', True),
        ('*nect', False),
        ('*nection', True),
        ('*nect*', True),
        ('c*n', True),
        ('c*x', False),
        ('"to db-1 failed"', True),
        ('"to failed"', False),
        ('to failed', True),
        ('type=LOGIN_ERROR', True),
        ('left', False),
        ('left_over', True),
        ('"org.pool"', True),
        ('"*failed*"', True),
        ('message:timeout', True),
        ('message:timeou', False),
        # So are words with a sign between them, where there is no wildcard.
        ('org.poo*', True),
        ('rg.pool*', False),
        ('*rg.pool', True),
        ('*rg.poo', False),
        ('*rg.poo*', True),
        ('404', False),
        ('*:404', True),
        ('*:peter', True),
        ('*:pet*', True),
        ('*:"ann b"', True),
        # Tags and reserved attributes are in lower case, attributes are not.
        ('service:WEB-1', True),
        ('service:web', False),
        ('service:web*', True),
        ('service:(api OR web-1) env:prod', True),
        ('* (status:ok OR status:error)', True),
        ('failed (db-2 OR db-1)', True),
        ('failed (db-2 OR db-3)', False),
        ('@service:web-1', False),
        ('http.method:GET', False),
        ('@http.method:GET', True),
        ('@http.method:get', False),
        ('@http.method:(HEAD OR GET)', True),
        ('@url:(http://a OR http://b)', True),
        ('@url:(http://a OR http://c)', False),
        ('@http.status_code:404', True),
        ('@http.status_code:4*', True),
        ('@http.status_code:4**', True),
        ('@http.slow:true', True),
        ('@http.url_details.path:"/api/v1/test"', True),
        ('@http.url_details.path:/api/v1/*', True),
        (r'@http.url_details.path:/api\/v1/test', True),
        ('@usr.id:"Ann B"', True),
        (r'@usr.id:Ann\ B', True),
        ('@usr.id:Ann?B', True),
        ('@usr.id:A?n*', False),
        ('@usr.id:*?B', True),
        (r'@like:a\*b\?c\:d', True),
        (r'@like:a\*x*', False),
        ('@like:"a*b?c:d"', True),
        ('@like:"a*"', False),
        # A list has each of its values, and those of its objects.
        ('@names:Zoe', True),
        ('@names:Pe', False),
        ('@data.name:Ida', True),
        ('@http.status_code:*', True),
        ('@http:*', False),
        ('@nothing:*', False),
        ('-@http.referer:*', True),
        # Numbers, also those in strings.
        ('@duration:>12.5', False),
        ('@duration:>=12.5', True),
        ('@duration:<13', True),
        ('@duration:<=12', False),
        ('@http.status_code:>=400 @http.status_code:<500', True),
        ('@http.status_code:[400 TO 404]', True),
        ('@http.status_code:[400 TO 404}', False),
        ('@http.status_code:{404 TO 500]', False),
        ('@http.status_code:[* TO 403]', False),
        ('@http.status_code:[404 TO *]', True),
        ('@http.status_code:([100 TO 199] OR [400 TO 499])', True),
        ('@size:>2000', True),
        ('@http.method:>5', False),
        ('CIDR(@network.client.ip, 13.0.0.0/8)', True),
        ('CIDR(@network.client.ip,15.0.0.0/8, 13.7.0.0/16)', True),
        ('NOT(CIDR(@network.client.ip, 13.0.0.0/8))', False),
        # AND binds more tightly than OR.
        ('env:dev OR env:prod AND status:error', True),
        ('(env:prod OR env:dev) AND -status:error', False),
        ('-(env:dev OR status:info)', True),
        ('!env:dev', True),
        ('NOT env:prod', False),
        ('env:prod -"pool timeout"', False),
        ('env: prod', True),
        ('offset:-5', False),
        ('(*) env:prod', True),
        ('(' * 50 + 'connection' + ')' * 50, True),
        ('-' * 49 + 'connection', False),
        ('-' * 50 + 'connection', True),
    ],
)
def test_a_search(query: str, expected: bool) -> None:
    assert search(query)(LOG) is expected


def test_a_record_without_attributes_has_its_facets_for_both() -> None:
    event = LOG._replace(attributes=None)
    assert search('@env:PROD')(event)
    assert not search('@http.status_code:404')(event)


def test_a_list_is_searched_inside_of_words() -> None:
    assert search('"nnection to"', inside_words=True)(LOG)
    assert search('nec*db-', inside_words=True)(LOG)
    assert not search('db-2', inside_words=True)(LOG)


@pytest.mark.parametrize(
    ('query', 'words'),
    [
        ('(a', 'lacks a )'),
        ('a)', 'has a ) too many'),
        ('a OR', 'has nothing after OR'),
        ('a OR OR b', 'has nothing after OR'),
        ('NOT', 'has nothing after NOT'),
        ('"open', 'cannot be read from ""open" on'),
        ('@x:>ten', '"ten" is not a number to compare with'),
        ('@x:[a TO b]', '"a" is not a number to compare with'),
        ('@x:[1,2]', 'a range is like [400 TO 499], not [1,2]'),
        ('CIDR(@ip)', 'must be like CIDR(@network.client.ip, 13.0.0.0/8)'),
        ('CIDR(@ip, home)', 'must be like CIDR('),
        ('lower(@x)', 'has lower(: quote it'),
        ('(' * 51 + 'a' + ')' * 51, 'more than 50 nested parentheses and negations'),
        ('-' * 51 + 'a', 'more than 50 nested parentheses and negations'),
        ('(' * 3000 + 'a', 'more than 50 nested parentheses and negations'),
        ('-' * 3000 + 'a', 'more than 50 nested parentheses and negations'),
        ('a' * 10_001, 'at most 10000 are allowed'),
        ('@x:' + 'a' * 200 + '?', 'has a ? and more than 100 characters'),
    ],
)
def test_what_is_not_understood_is_refused_in_a_line(query: str, words: str) -> None:
    with pytest.raises(QueryError) as refusal:
        search(query)
    assert words in str(refusal.value)
    assert '\n' not in str(refusal.value)


@pytest.mark.parametrize('query', ['*a' * 2000 + 'b', '@x:' + '*a' * 2000 + 'b', '@x:' + '*a?' * 30 + 'b', '"a a b"'])
def test_no_search_takes_long(query: str) -> None:
    long = Document({}, 'a ' * 100_000, {'x': 'a-' * 100_000})
    begun = time.process_time()
    assert not search(query)(long)
    assert time.process_time() - begun < 1
