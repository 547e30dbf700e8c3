"""Logs over HTTP: posted as an Agent does, and searched."""

import json

import pytest
from calling import NOW

INNER = {'message': 'second', 'duration': 7, 'http': {'status_code': 500}}
LOGS = [
    {
        'message': 'first', 'ddsource': 'nginx', 'ddtags': 'env:prod', 'hostname': 'a', 'service': 'web',
        'status': 'error', 'timestamp': NOW * 1000 - 3000,
    },
    {'message': json.dumps(INNER), 'service': 'web', 'timestamp': NOW * 1000 - 2000},
    {'message': 'third', 'service': 'db', 'timestamp': NOW * 1000 - 1000},
]  # fmt: skip


@pytest.fixture
def logs(api):
    assert api.ask('POST', '/api/v2/logs', LOGS, status=202) == {}
    return api


def search(api, query='', **more):
    return api.ask('POST', '/api/v2/logs/events/search', {'filter': {'query': query, 'indexes': ['main']}, **more})


def test_a_log_has_the_form_of_the_api(logs):
    """As recorded: test_search_logs_returns_ok_response_with_pagination of datadog-api-client-python."""
    [log] = search(logs, 'status:error')['data']
    assert (log['type'], log['attributes']) == (
        'log',
        {
            'status': 'error', 'timestamp': log['attributes']['timestamp'], 'message': 'first', 'host': 'a',
            'service': 'web', 'tags': ['source:nginx', 'env:prod'],
        },
    )  # fmt: skip
    [log] = search(logs, '@http.status_code:>=500')['data']
    assert (log['attributes']['message'], log['attributes']['attributes']) == (
        'second', {'duration': 7, 'http': {'status_code': 500}},
    )  # fmt: skip


def test_logs_are_searched_in_pages(logs):
    first = search(logs, sort='timestamp', page={'limit': 2})
    assert [log['attributes']['message'] for log in first['data']] == ['first', 'second']
    second = search(logs, sort='timestamp', page={'limit': 2, 'cursor': first['meta']['page']['after']})
    assert [log['attributes']['message'] for log in second['data']] == ['third']
    assert 'links' not in second
    listed = logs.ask('GET', '/api/v2/logs/events', **{'filter[query]': 'service:web'})
    assert [log['attributes']['message'] for log in listed['data']] == ['second', 'first']


@pytest.mark.parametrize('path', ['/api/v2/logs/events', '/api/v2/events'])
def test_a_time_that_ends_before_it_begins_is_refused(logs, path):
    """422 is documented for spans alone: https://docs.datadoghq.com/api/latest/logs/#search-logs-get."""
    reason = "invalid_argument(Field 'filter.from,to' is invalid: 'from' should be anterior to 'to')"
    assert logs.errors('GET', path, **{'filter[from]': 'now', 'filter[to]': 'now-1m'}) == [reason]
    body = {'filter': {'from': 'now', 'to': 'now-1m'}}
    assert logs.errors('POST', f'{path}/search', body) == [reason]


def test_the_older_intake_refuses_in_a_form_of_its_own(logs):
    """https://docs.datadoghq.com/api/v1/logs/#send-logs: `code` and `message`."""
    answer = logs.request('POST', '/v1/input', content=b'{', headers={'Content-Type': 'application/json'})
    assert (answer.status_code, answer.json()) == (400, {'code': 400, 'message': 'the body is not valid JSON'})


def test_what_cannot_be_searched_is_refused(logs):
    answer = logs.ask('POST', '/api/v2/logs/events/search', {'filter': {'query': '(a'}}, status=400)
    assert answer == {'errors': ['The search "(a" lacks a )']}
    logs.ask('POST', '/api/v2/logs/events/search', [1], status=400)


def test_a_tag_that_a_log_shares_with_its_host_is_shown_once(logs):
    logs.store.add_host('a', ('env:prod', 'role:web'), {}, NOW)
    [log] = search(logs, 'status:error')['data']
    assert log['attributes']['tags'] == ['source:nginx', 'env:prod', 'role:web']
