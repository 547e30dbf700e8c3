"""https://docs.datadoghq.com/api/latest/logs/#search-logs, in the form of test_search_test_logs_returns_ok_response."""

from calling import NOW, Client
from datadog_sandbox.store import Log

PATH = '/api/v1/logs-queries/list'
TIME = {'from': '2026-11-24T11:00:00Z', 'to': '2026-11-24T12:00:00Z', 'timezone': 'Europe/Paris'}


def test_logs_are_searched_page_by_page(api: Client) -> None:
    api.store.add_logs([
        Log(0, (NOW - seconds) * 1000, host, 'web', 'nginx', 'info', f'm{seconds}', ('env:dev',), {'n': seconds})
        for seconds, host in ((10, 'test-a'), (20, 'test-b'), (30, 'other'), (7200, 'test-c'))
    ])  # fmt: skip
    search = {'index': 'main', 'query': 'host:Test*', 'sort': 'asc', 'time': TIME, 'limit': 1}
    first = api.ask('POST', PATH, search)
    assert first['status'] == 'done'
    [log] = first['logs']
    content = log['content']
    assert (content['host'], content['message'], content['attributes']) == ('test-b', 'm20', {'n': 20})
    assert content['tags'] == ['source:nginx', 'env:dev']
    second = api.ask('POST', PATH, search | {'startAt': first['nextLogId']})
    assert [each['content']['host'] for each in second['logs']] == ['test-a']
    assert second['nextLogId'] is None


def test_a_search_without_a_time_is_refused(api: Client) -> None:
    """As `LogsAPIErrorResponse` of Datadog's OpenAPI document, which is for 400 alone."""
    for body, message in (
        ({'query': 'x'}, 'the search must be a JSON object with a time'),
        ({'time': TIME, 'sort': 'up'}, "sort must be asc or desc, not 'up'"),
    ):
        assert api.ask('POST', PATH, body, 400) == {'error': {'message': message}}
    api.headers.clear()
    assert api.errors('POST', PATH, {'time': TIME}, 403) == ['Forbidden']
