"""Answers as Datadog gave them at other times: the clock of the account says which.

What is expected is in the recorded answers of datadog-api-client-python, -go, and -java, datadogpy, datadog-sync-cli,
and terraform-provider-datadog.
"""

from datetime import datetime
from typing import Any

import pytest
from calling import Client
from datadog_sandbox.api.history import ABSENT, as_of, before

BOARD: dict[str, Any] = {'title': 'Rooms', 'layout_type': 'ordered', 'widgets': []}
MONITOR: dict[str, Any] = {
    'type': 'metric alert', 'query': 'avg(last_5m):avg:room.temperature{*} > 30', 'name': 'Warm', 'message': 'Open.',
    'assets': [{'category': 'runbook', 'name': 'Rooms', 'url': '/notebooks/1'}],
}  # fmt: skip
MUTE: dict[str, Any] = {'type': 'downtime', 'attributes': {'scope': '*', 'monitor_identifier': {'monitor_tags': ['*']}}}


def at(api: Client, day: str) -> None:
    """Set the clock of the account to noon of a day."""
    api.clock.now = datetime.fromisoformat(f'{day}T12:00:00+00:00').timestamp()


@pytest.mark.parametrize(
    ('day', 'expected', 'when_read'),
    [
        ('2025-04-08', False, False),
        ('2025-04-09', False, ABSENT),
        ('2025-06-29', False, ABSENT),
        ('2025-06-30', ABSENT, ABSENT),
        ('2026-11-24', ABSENT, ABSENT),
    ],
)
def test_a_dashboard_is_read_only_until_june_2025(api: Client, day: str, expected: Any, when_read: Any) -> None:
    at(api, day)
    path = '/api/v1/dashboard'
    created = api.ask('POST', path, BOARD)
    path = f'{path}/{created["id"]}'
    for answer in created, api.ask('PUT', path, BOARD):
        assert answer.get('is_read_only', ABSENT) is expected
    assert api.ask('GET', path).get('is_read_only', ABSENT) is when_read
    # The setting that took its place was never shown beside it.
    restricted = api.ask('PUT', path, BOARD | {'restricted_roles': ['00000000-0000-4000-8000-000000000003']})
    assert 'is_read_only' not in restricted
    assert 'is_read_only' not in api.ask('DELETE', path)


@pytest.mark.parametrize(('day', 'expected'), [('2022-01-09', ABSENT), ('2022-01-10', [])])
def test_a_dashboard_gained_restricted_roles(api: Client, day: str, expected: Any) -> None:
    at(api, day)
    for own in {}, {'is_read_only': False, 'template_variable_presets': []}:
        created = api.ask('POST', '/api/v1/dashboard', BOARD | own)
        for answer in created, api.ask('GET', f'/api/v1/dashboard/{created["id"]}'):
            assert answer.get('restricted_roles', ABSENT) == expected


@pytest.mark.parametrize(('day', 'new'), [('2022-01-16', False), ('2022-01-17', True)])
def test_a_list_of_dashboards_gained_when_they_were_deleted(api: Client, day: str, new: bool) -> None:
    at(api, day)
    api.ask('POST', '/api/v1/dashboard', BOARD)
    [listed] = api.ask('GET', '/api/v1/dashboard')['dashboards']
    assert ('deleted_at' in listed, listed['title']) == (new, 'Rooms')


@pytest.mark.parametrize(
    ('day', 'absent'),
    [
        ('2021-10-13', {'assets', 'draft_status', 'priority', 'restriction_policy'}),
        ('2021-10-14', {'assets', 'draft_status', 'restriction_policy'}),
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


@pytest.mark.parametrize(
    ('day', 'absent'),
    [
        ('2022-01-05', {'id_str', 'monitor_groups', 'monitor_id'}),
        ('2022-01-06', {'monitor_groups', 'monitor_id'}),
        ('2022-07-25', set()),
    ],
)
def test_an_event_gained_fields(api: Client, day: str, absent: set[str]) -> None:
    at(api, day)
    now = int(api.clock.now)
    posted = api.ask('POST', '/api/v1/events', {'title': 'Deployed', 'text': ''}, 202)['event']
    assert ('id' in posted, 'id_str' in posted) == (True, 'id_str' not in absent)
    event = api.ask('GET', '/api/v1/events/1')['event']
    [listed] = api.ask('GET', '/api/v1/events', start=now, end=now)['events']
    for answer in event, listed:
        assert {'id', 'id_str', 'monitor_groups', 'monitor_id'} - answer.keys() == absent
    assert ('monitor_group_status' in listed) == (not absent)
    assert event['tags'] == listed['tags'] == ([] if absent else ['source:my_apps'])
    assert event['url'] == listed['url'] == ('/event/event?id=1' if absent else '/event/event?event_id=1')


@pytest.mark.parametrize(
    ('day', 'tags', 'lists'),
    [
        ('2021-04-11', False, False),
        ('2021-04-12', True, False),
        ('2022-01-05', True, False),
        ('2022-01-06', True, True),
    ],
)
def test_a_query_gained_fields(api: Client, day: str, tags: bool, lists: bool) -> None:
    at(api, day)
    now = int(api.clock.now)
    api.ask('POST', '/api/v1/series', {'series': [{'metric': 'room.temperature', 'points': [[now, 21]]}]}, 202)
    query = {'from': now - 60, 'to': now + 60, 'query': 'avg:room.temperature{*}'}
    answer = api.ask('GET', '/api/v1/query', **query)
    [series] = answer['series']
    assert ('times' in answer, 'values' in answer, 'tag_set' in series) == (lists, lists, tags)
    assert series['pointlist'][0][1] == 21


@pytest.mark.parametrize(
    ('day', 'field', 'new'),
    [
        ('2025-12-10', 'last_login_time', False),
        ('2025-12-11', 'last_login_time', True),
        ('2026-07-13', 'uuid', False),
        ('2026-07-14', 'uuid', True),
    ],
)
def test_the_author_of_a_downtime_gained_fields(api: Client, day: str, field: str, new: bool) -> None:
    at(api, day)
    [user] = api.ask('POST', '/api/v2/downtime', {'data': MUTE})['included']
    assert (field in user['attributes'], user['attributes']['status']) == (new, 'Active')


@pytest.mark.parametrize(
    ('day', 'title', 'absent'),
    [
        ('2024-01-08', None, {'last_login_time', 'max_page_size', 'managed', 'mfa_enabled', 'uuid'}),
        ('2024-01-09', '', {'last_login_time', 'managed', 'uuid'}),
        ('2025-04-15', '', {'last_login_time', 'uuid'}),
        ('2025-11-26', '', {'uuid'}),
        ('2026-05-19', '', set()),
    ],
)
def test_a_list_of_users_gained_fields(api: Client, day: str, title: str | None, absent: set[str]) -> None:
    at(api, day)
    answer = api.ask('GET', '/api/v2/users')
    assert answer['meta']['page']['total_count'] == 1
    [user] = answer['data']
    role, permission = (included['attributes'] for included in answer['included'])
    assert (user['attributes']['status'], user['attributes']['title'], permission['name']) == ('Active', title, 'admin')
    fields = {*user['attributes'], *role, *answer['meta']['page']}
    assert {'last_login_time', 'max_page_size', 'managed', 'mfa_enabled', 'uuid'} - fields == absent


@pytest.mark.parametrize(('day', 'new'), [('2026-07-02', False), ('2026-07-03', True)])
def test_the_current_user_gained_roles_in_teams(api: Client, day: str, new: bool) -> None:
    at(api, day)
    user = api.ask('GET', '/api/v2/current_user')['data']
    assert ('team_roles' in user['relationships'], 'uuid' in user['attributes']) == (new, True)


@pytest.mark.parametrize(
    ('day', 'absent'),
    [
        ('2021-04-11', {
            'child_id', 'created', 'modified', 'mute_first_recovery_notification', 'notify_end_states',
            'notify_end_types', 'status', 'uuid',
        }),
        ('2021-04-12', {
            'created', 'modified', 'mute_first_recovery_notification', 'notify_end_states', 'notify_end_types',
            'status', 'uuid',
        }),
        ('2021-10-19', {
            'mute_first_recovery_notification', 'notify_end_states', 'notify_end_types', 'status', 'uuid',
        }),
        ('2022-04-07', {'notify_end_states', 'notify_end_types', 'status', 'uuid'}),
        ('2023-03-02', {'uuid'}),
        ('2023-03-22', set()),
    ],
)  # fmt: skip
def test_a_downtime_of_api_v1_gained_fields(api: Client, day: str, absent: set[str]) -> None:
    at(api, '2026-11-24')
    today = api.ask('POST', '/api/v1/downtime', {'scope': ['env:lab']})
    at(api, day)
    created = api.ask('POST', '/api/v1/downtime', {'scope': ['env:a']})
    path = f'/api/v1/downtime/{created["id"]}'
    for answer in created, api.ask('GET', path), api.ask('PUT', path, {'message': 'b'}):
        assert today.keys() - answer.keys() == absent
    assert today.keys() - api.ask('POST', '/api/v1/monitor/mute_all').keys() == absent


SLO: dict[str, Any] = {
    'type': 'metric', 'name': 'Good', 'thresholds': [{'timeframe': '7d', 'target': 99, 'warning': 99.5}],
    'query': {'numerator': 'sum:a{b:c}.as_count()', 'denominator': 'sum:a{*}.as_count()'},
}  # fmt: skip


@pytest.mark.parametrize(
    ('day', 'absent'),
    [
        ('2023-02-13', {'sli_specification', 'target_threshold', 'timeframe', 'warning_threshold'}),
        ('2023-02-14', {'sli_specification'}),
        ('2026-02-25', set()),
    ],
)
def test_an_objective_gained_fields(api: Client, day: str, absent: set[str]) -> None:
    at(api, day)
    [created] = api.ask('POST', '/api/v1/slo', SLO)['data']
    read = api.ask('GET', f'/api/v1/slo/{created["id"]}')['data']
    for answer in created, read:
        assert {'sli_specification', 'target_threshold', 'timeframe', 'warning_threshold'} - answer.keys() == absent
    assert read['query'] == SLO['query']


@pytest.mark.parametrize(('day', 'new'), [('2024-01-02', False), ('2024-01-03', True)])
def test_the_history_of_an_objective_gained_a_state(api: Client, day: str, new: bool) -> None:
    at(api, day)
    [created] = api.ask('POST', '/api/v1/slo', SLO)['data']
    now = int(api.clock.now)
    data = api.ask('GET', f'/api/v1/slo/{created["id"]}/history', from_ts=now - 60, to_ts=now)['data']
    assert ('state' in data['overall'], 'errors' in data['overall']) == (new, True)
    assert 'sli_specification' not in data['slo']


def test_an_objective_of_time_slices_always_had_its_specification(api: Client) -> None:
    at(api, '2024-01-03')
    queries = [{'data_source': 'metrics', 'name': 'a', 'query': 'avg:a{*}'}]
    time_slice = {'query': {'formulas': [{'formula': 'a'}], 'queries': queries}, 'comparator': '>', 'threshold': 5}
    body = SLO | {'type': 'time_slice', 'query': None, 'sli_specification': {'time_slice': time_slice}}
    [created] = api.ask('POST', '/api/v1/slo', body)['data']
    assert created['sli_specification'] == {'time_slice': time_slice | {'query_interval_seconds': 300}}


@pytest.mark.parametrize(('day', 'new'), [('2026-01-08', False), ('2026-01-09', True)])
def test_the_dashboards_of_a_list_gained_tags(api: Client, day: str, new: bool) -> None:
    at(api, day)
    number = api.ask('POST', '/api/v1/dashboard/lists/manual', {'name': 'Rooms'})['id']
    boards = [api.ask('POST', '/api/v1/dashboard', BOARD | sent) for sent in ({}, {'tags': []}, {'tags': ['team:a']})]
    path = f'/api/v2/dashboard/lists/manual/{number}/dashboards'
    items = [{'type': 'custom_timeboard', 'id': board['id']} for board in boards]
    api.ask('POST', path, {'dashboards': items})
    listed = {item['id']: item.get('tags', ABSENT) for item in api.ask('GET', path)['dashboards']}
    expected = [None, [], ['team:a']] if new else [ABSENT] * 3
    assert [listed[board['id']] for board in boards] == expected


@pytest.mark.parametrize(
    ('day', 'absent'),
    [('2024-11-05', {'managed', 'team_count'}), ('2024-11-06', {'team_count'}), ('2025-02-26', set())],
)
def test_a_role_gained_fields(api: Client, day: str, absent: set[str]) -> None:
    at(api, day)
    [listed] = api.ask('GET', '/api/v2/roles')['data']
    read = api.ask('GET', f'/api/v2/roles/{listed["id"]}')['data']
    for role in listed, read:
        assert {'managed', 'name', 'team_count', 'user_count'} - role['attributes'].keys() == absent


@pytest.mark.parametrize(('day', 'new'), [('2026-03-26', False), ('2026-03-27', True)])
def test_a_permission_gained_other_names(api: Client, day: str, new: bool) -> None:
    at(api, day)
    [role] = api.ask('GET', '/api/v2/roles')['data']
    for path in '/api/v2/permissions', f'/api/v2/roles/{role["id"]}/permissions':
        [permission] = api.ask('GET', path)['data']
        assert permission['attributes'].get('name_aliases', ABSENT) == ([] if new else ABSENT)


@pytest.mark.parametrize(('day', 'new'), [('2023-04-16', False), ('2023-04-17', True)])
def test_the_answer_of_what_may_be_deleted_gained_what_may_not(api: Client, day: str, new: bool) -> None:
    at(api, day)
    [created] = api.ask('POST', '/api/v1/slo', SLO)['data']
    answer = api.ask('GET', '/api/v1/slo/can_delete', ids=created['id'])
    assert answer == {'data': {'ok': [created['id']]} | ({'denied_ids': []} if new else {}), 'errors': None}


@pytest.mark.parametrize(('day', 'new'), [('2024-09-30', False), ('2024-10-01', True)])
def test_a_search_for_logs_gained_how_it_went(api: Client, day: str, new: bool) -> None:
    at(api, day)
    for answer in api.ask('GET', '/api/v2/logs/events'), api.ask('POST', '/api/v2/logs/events/search', {}):
        assert (answer['data'], set(answer.get('meta', ()))) == (
            [],
            {'elapsed', 'request_id', 'status'} if new else set(),
        )


@pytest.mark.parametrize(
    'path', ['/api/v1/dashboard', '/api/v1/validate', '/api/v2/dashboard/lists/manual/1/dashboards']
)
def test_a_refusal_without_keys_once_named_where_to_ask(api: Client, path: str) -> None:
    """As recorded from 2020 to 2022: the refusals in the suites of datadog-api-client-go and -java."""
    full = {
        'status': 'error', 'code': 403, 'errors': ['Forbidden'], 'statuspage': 'http://status.datadoghq.com',
        'twitter': 'http://twitter.com/datadogops', 'email': 'support@datadoghq.com',
    }  # fmt: skip
    del api.headers['DD-API-KEY']
    at(api, '2022-01-05')
    assert api.ask('GET', path, status=403) == full
    own = 'API key required' if path == '/api/v1/validate' else 'Forbidden'
    at(api, '2022-01-06')
    assert api.ask('GET', path, status=403) == ({'errors': [own]} if own != 'Forbidden' else full)
    at(api, '2023-12-22')
    assert api.ask('GET', path, status=403) == {'errors': [own]}


def test_a_refusal_without_an_application_key_once_named_where_to_ask(api: Client) -> None:
    del api.headers['DD-APPLICATION-KEY']
    at(api, '2023-12-21')
    assert api.ask('GET', '/api/v1/dashboard', status=403)['code'] == 403
    at(api, '2023-12-22')
    assert api.errors('GET', '/api/v1/dashboard', status=403) == ['Forbidden']


def test_a_change_is_of_a_day_in_utc() -> None:
    midnight = datetime.fromisoformat('2025-06-30T00:00:00+00:00').timestamp()
    assert [before('2025-06-30', midnight + ahead) for ahead in (-1, 0, 1)] == [True, False, False]


def test_an_answer_is_not_changed_in_place() -> None:
    answer: dict[str, Any] = {'series': [{'tag_set': []}, {'tag_set': ['room:a']}], 'times': []}
    assert as_of(0, 'query', answer) == {'series': [{}, {}]}
    assert answer == {'series': [{'tag_set': []}, {'tag_set': ['room:a']}], 'times': []}
    assert as_of(0, '', answer) is answer
