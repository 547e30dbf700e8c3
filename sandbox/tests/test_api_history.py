"""Answers as Datadog gave them at other times: the clock of the account says which.

What is expected is in the recorded answers of datadog-api-client-python, datadogpy, and terraform-provider-datadog.
"""

from datetime import datetime
from typing import Any

import pytest
from calling import Client
from datadog_sandbox.api.history import ABSENT, as_of

BOARD: dict[str, Any] = {'title': 'Rooms', 'layout_type': 'ordered', 'widgets': []}
MONITOR: dict[str, Any] = {
    'type': 'metric alert', 'query': 'avg(last_5m):avg:room.temperature{*} > 30', 'name': 'Warm', 'message': 'Open.',
    'assets': [{'category': 'runbook', 'name': 'Rooms', 'url': '/notebooks/1'}],
}  # fmt: skip
MUTE: dict[str, Any] = {'type': 'downtime', 'attributes': {'scope': '*', 'monitor_identifier': {'monitor_tags': ['*']}}}


def at(api: Client, day: str) -> None:
    """Set the clock of the account to noon of a day."""
    api.clock.now = datetime.fromisoformat(f'{day}T12:00:00+00:00').timestamp()


@pytest.mark.parametrize(('day', 'expected'), [('2025-06-29', False), ('2025-06-30', ABSENT), ('2026-11-24', ABSENT)])
def test_a_dashboard_is_read_only_until_june_2025(api: Client, day: str, expected: Any) -> None:
    at(api, day)
    path = '/api/v1/dashboard'
    created = api.ask('POST', path, BOARD)
    path = f'{path}/{created["id"]}'
    for answer in created, api.ask('GET', path), api.ask('PUT', path, BOARD):
        assert answer.get('is_read_only', ABSENT) is expected
    # The setting that took its place was never shown beside it.
    restricted = api.ask('PUT', path, BOARD | {'restricted_roles': ['00000000-0000-4000-8000-000000000003']})
    assert 'is_read_only' not in restricted
    assert 'is_read_only' not in api.ask('DELETE', path)


@pytest.mark.parametrize(
    ('day', 'absent'),
    [
        ('2022-01-05', {'assets', 'draft_status', 'priority', 'restriction_policy'}),
        ('2022-01-06', {'assets', 'draft_status', 'restriction_policy'}),
        ('2024-10-10', {'assets', 'draft_status'}),
        ('2025-05-14', {'assets'}),
        ('2025-11-21', set()),
        ('2026-11-24', set()),
    ],
)
def test_a_monitor_gained_fields(api: Client, day: str, absent: set[str]) -> None:
    at(api, day)
    fields = {'assets', 'draft_status', 'priority', 'restriction_policy'}
    created = api.ask('POST', '/api/v1/monitor', MONITOR)
    changed = api.ask('PUT', '/api/v1/monitor/1', {'message': 'Close.'})
    assert fields - created.keys() == fields - changed.keys() == absent
    muted = api.ask('POST', '/api/v1/monitor/1/mute')
    [listed] = api.ask('GET', '/api/v1/monitor')
    assert ('priority' in muted, 'priority' in listed) == ('priority' not in absent,) * 2
    assert ('draft_status' in muted, 'draft_status' in listed) == ('draft_status' not in absent,) * 2


@pytest.mark.parametrize(
    ('day', 'assets'), [('2025-11-20', ABSENT), ('2025-11-21', []), ('2026-02-08', []), ('2026-02-09', ABSENT)]
)
def test_a_monitor_that_is_read_had_empty_assets_for_some_weeks(api: Client, day: str, assets: Any) -> None:
    at(api, day)
    api.ask('POST', '/api/v1/monitor', MONITOR)
    monitor = api.ask('GET', '/api/v1/monitor/1')
    [listed] = api.ask('GET', '/api/v1/monitor')
    for answer in monitor, listed:
        assert answer.get('assets', ABSENT) == assets
    if day >= '2025-11-21':
        [asset] = api.ask('GET', '/api/v1/monitor/1', with_assets='true')['assets']
        assert asset['url'] == '/notebooks/1'


@pytest.mark.parametrize(
    ('day', 'sent', 'expected'),
    [('2022-03-21', {}, False), ('2022-03-21', {'locked': True}, True), ('2022-03-22', {}, ABSENT)],
)
def test_the_options_of_a_monitor_had_locked(api: Client, day: str, sent: dict[str, Any], expected: Any) -> None:
    at(api, day)
    created = api.ask('POST', '/api/v1/monitor', MONITOR | {'options': sent})
    assert created['options'].get('locked', ABSENT) is expected


@pytest.mark.parametrize(('day', 'new'), [('2022-01-05', False), ('2022-01-06', True)])
def test_an_event_gained_its_id_as_a_string(api: Client, day: str, new: bool) -> None:
    at(api, day)
    event = api.ask('POST', '/api/v1/events', {'title': 'Deployed', 'text': ''}, 202)['event']
    assert ('id' in event, 'id_str' in event) == (True, new)


@pytest.mark.parametrize(('day', 'new'), [('2022-01-05', False), ('2022-01-06', True)])
def test_a_query_gained_fields(api: Client, day: str, new: bool) -> None:
    at(api, day)
    now = int(api.clock.now)
    api.ask('POST', '/api/v1/series', {'series': [{'metric': 'room.temperature', 'points': [[now, 21]]}]}, 202)
    query = {'from': now - 60, 'to': now + 60, 'query': 'avg:room.temperature{*}'}
    answer = api.ask('GET', '/api/v1/query', **query)
    [series] = answer['series']
    assert ('times' in answer, 'values' in answer, 'tag_set' in series) == (new,) * 3
    assert series['pointlist'][0][1] == 21


@pytest.mark.parametrize(('day', 'new'), [('2025-12-10', False), ('2025-12-11', True)])
def test_the_author_of_a_downtime_gained_a_field(api: Client, day: str, new: bool) -> None:
    at(api, day)
    [user] = api.ask('POST', '/api/v2/downtime', {'data': MUTE})['included']
    assert ('last_login_time' in user['attributes'], user['attributes']['status']) == (new, 'Active')


@pytest.mark.parametrize(('day', 'new'), [('2024-01-08', False), ('2024-01-09', True)])
def test_a_list_of_users_gained_its_largest_page(api: Client, day: str, new: bool) -> None:
    at(api, day)
    page = api.ask('GET', '/api/v2/users')['meta']['page']
    assert ('max_page_size' in page, page['total_count']) == (new, 1)


def test_an_answer_is_not_changed_in_place() -> None:
    answer: dict[str, Any] = {'series': [{'tag_set': []}, {'tag_set': ['room:a']}], 'times': []}
    assert as_of(0, 'query', answer) == {'series': [{}, {}]}
    assert answer == {'series': [{'tag_set': []}, {'tag_set': ['room:a']}], 'times': []}
    assert as_of(0, '', answer) is answer
