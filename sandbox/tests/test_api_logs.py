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


def test_what_cannot_be_searched_is_refused(logs):
    answer = logs.ask('POST', '/api/v2/logs/events/search', {'filter': {'query': '(a'}}, status=400)
    assert answer == {'errors': ['The search "(a" lacks a )']}
    logs.ask('POST', '/api/v2/logs/events/search', [1], status=400)
