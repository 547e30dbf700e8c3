"""Downtimes in API v1, the form in which `dog`, dogapi, and older clients ask for them."""

from typing import Any

import pytest
from conftest import NOW, Clock
from starlette.testclient import TestClient

HOUR = 3600
WEEKS = {'type': 'weeks', 'period': 1}


def create(client: TestClient, status: int = 200, **body: Any) -> Any:
    answer = client.post('/api/v1/downtime', json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_a_downtime_is_created_read_changed_and_canceled(client: TestClient, clock: Clock) -> None:
    created = create(client, scope=['env:lab', 'team:a'], start=NOW + HOUR, end=NOW + 2 * HOUR, message='quiet')
    assert created == {
        'id': 1, 'monitor_id': None, 'org_id': 1, 'start': NOW + HOUR, 'end': NOW + 2 * HOUR, 'canceled': None,
        'created': NOW, 'modified': NOW, 'message': 'quiet', 'active': False, 'disabled': False, 'recurrence': None,
        'timezone': 'UTC', 'parent_id': None, 'child_id': None, 'creator_id': 1, 'updater_id': None,
        'downtime_type': 2, 'status': 'scheduled', 'monitor_tags': ['*'], 'mute_first_recovery_notification': False,
        'notify_end_types': ['expired'], 'notify_end_states': ['alert', 'no data', 'warn'], 'uuid': created['uuid'],
        'scope': ['env:lab', 'team:a'],
    }  # fmt: skip
    assert client.get('/api/v1/downtime/1').json() == created
    assert client.get('/api/v1/downtime').json() == [created]
    # It is the downtime of API v2.
    same = client.get(f'/api/v2/downtime/{created["uuid"]}').json()['data']['attributes']
    assert (same['scope'], same['schedule']['end']) == ('env:lab AND team:a', '2026-11-18T13:06:40+00:00')
    clock.now += HOUR
    changed = client.put('/api/v1/downtime/1', json={'message': 'still', 'end': None, 'scope': ['env:lab']}).json()
    assert (changed['active'], changed['message'], changed['start'], changed['end'], changed['scope']) == (
        True, 'still', NOW + HOUR, None, ['env:lab'],
    )  # fmt: skip
    assert client.get('/api/v1/downtime', params={'current_only': 'true'}).json() == [changed]
    assert client.delete('/api/v1/downtime/1').status_code == 204
    canceled = client.get('/api/v1/downtime/1').json()
    assert (canceled['status'], canceled['disabled'], canceled['canceled']) == ('canceled', True, NOW + HOUR)
    assert client.get('/api/v1/downtime', params={'current_only': 'true'}).json() == []


def test_a_downtime_may_begin_a_second_before_the_request(client: TestClient) -> None:
    created = create(client, scope='*', monitor_tags=['team:a'], start=NOW - 1)
    # As recorded: test_schedule_a_downtime_once_a_year of datadog-api-client-python.
    assert (created['start'], created['end'], created['active'], created['downtime_type']) == (NOW - 1, None, True, 0)
    assert created['monitor_tags'] == ['team:a']


def test_a_recurrence_shows_the_times_of_the_request_until_they_are_over(client: TestClient, clock: Clock) -> None:
    # As recorded by the Terraform provider: TestAccDatadogDowntime_WeekDayRecurring. 18 November 2026 is a Wednesday.
    recurrence = {'type': 'weeks', 'period': 1, 'week_days': ['Sat', 'Sun']}
    times = {'start': NOW - 1, 'end': NOW - 1 + 24 * HOUR}
    created = create(client, scope=['*'], recurrence=recurrence, timezone='UTC', **times)
    assert (created['start'], created['end'], created['active']) == (NOW - 1, NOW - 1 + 24 * HOUR, False)
    changed = client.put('/api/v1/downtime/1', json={'recurrence': recurrence | {'period': 2}, 'message': 'b'}).json()
    assert (changed['start'], changed['end'], changed['recurrence']['period']) == (*times.values(), 2)
    # As recorded: TestAccDatadogDowntime_Updated.
    assert changed['uuid'] is None
    assert client.get('/api/v1/downtime/1').json()['uuid'] == created['uuid']
    clock.now += 24 * HOUR
    weekend = NOW - 1 + 3 * 24 * HOUR
    following = client.get('/api/v1/downtime/1').json()
    assert (following['start'], following['end']) == (weekend, weekend + 24 * HOUR)
    client.delete('/api/v1/downtime/1')
    canceled = client.get('/api/v1/downtime/1').json()
    assert (canceled['status'], canceled['start'], canceled['end']) == ('canceled', weekend, weekend + 24 * HOUR)


def test_a_recurrence_that_is_over_shows_its_last_times(client: TestClient, clock: Clock) -> None:
    recurrence = {'type': 'days', 'period': 1, 'until_occurrences': 3}
    create(client, scope=['*'], recurrence=recurrence, timezone='UTC', start=NOW, end=NOW + HOUR)
    clock.now += 10 * 24 * HOUR
    over = client.get('/api/v1/downtime/1').json()
    assert (over['start'], over['end']) == (NOW + 48 * HOUR, NOW + 49 * HOUR)


@pytest.mark.parametrize(
    ('scope', 'type_'),
    [(['*'], 0), (['host:a'], 1), (['host:a', 'host:b'], 2), (['env:lab'], 2), (['env:lab', 'host:a'], 2)],
)
def test_the_type_of_a_downtime_says_what_its_scope_is(client: TestClient, scope: list[str], type_: int) -> None:
    # As recorded by the Terraform provider: TestAccDatadogDowntime_BasicNoRecurrence, BasicMultiScope.
    assert create(client, scope=scope)['downtime_type'] == type_


@pytest.mark.parametrize(
    ('recurrence', 'rule'),
    [
        ({'type': 'days', 'period': 2}, 'FREQ=DAILY;INTERVAL=2'),
        ({'type': 'weeks', 'period': 1, 'week_days': ['Mon', 'Fri']}, 'FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,FR'),
        ({'type': 'months', 'until_occurrences': 3}, 'FREQ=MONTHLY;INTERVAL=1;COUNT=3'),
        ({'type': 'years', 'until_date': NOW + 86400}, 'FREQ=YEARLY;INTERVAL=1;UNTIL=20261119T110640Z'),
        ({'type': 'rrule', 'rrule': 'FREQ=HOURLY;INTERVAL=6'}, 'FREQ=HOURLY;INTERVAL=6'),
    ],
)
def test_a_recurrence_becomes_a_rule_and_is_shown_as_sent(
    client: TestClient, recurrence: dict[str, Any], rule: str
) -> None:
    created = create(client, scope=['*'], start=NOW, end=NOW + 2 * HOUR, timezone='Europe/Paris', recurrence=recurrence)
    empty = dict.fromkeys(('week_days', 'until_occurrences', 'until_date'))
    assert created['recurrence'] == (recurrence if 'rrule' in recurrence else empty | {'period': 1} | recurrence)
    assert created['timezone'] == 'Europe/Paris'
    schedule = client.get(f'/api/v2/downtime/{created["uuid"]}').json()['data']['attributes']['schedule']
    assert schedule['recurrences'] == [{'rrule': rule, 'duration': '120m', 'start': '2026-11-18T12:06:40'}]


@pytest.mark.parametrize(
    ('body', 'error'),
    [
        ({}, "The parameter 'scope' is required"),
        ({'scope': []}, "The parameter 'scope' is required"),
        ({'scope': ['lab']}, 'scope "lab" is not understood'),
        ({'scope': ['*'], 'start': NOW - HOUR}, 'Scheduled downtime start cannot be in the past'),
        ({'scope': ['*'], 'start': 10**30}, 'start must be a time in seconds, not 1'),
        ({'scope': ['*'], 'start': 'soon'}, 'body.start must be a number, not "soon"'),
        ({'scope': ['*'], 'monitor_id': 7}, 'Monitor with id 7 not found'),
        ({'scope': ['*'], 'timezone': 'Mars/Olympus'}, 'timezone "Mars/Olympus" is unknown'),
        ({'scope': ['*'], 'recurrence': {'type': 'days'}}, 'A recurring downtime needs an end after its start'),
        ({'scope': ['*'], 'end': NOW + 9, 'recurrence': {'type': 'hours'}}, 'Invalid recurrence type'),
        # https://github.com/ansible-collections/community.general/pull/6810
        ({'scope': ['*'], 'end': NOW + 9, 'recurrence': {'rrule': 'FREQ=DAILY'}}, 'Invalid recurrence type'),
        # As recorded: test_schedule_a_downtime_with_invalid_weekdays of datadog-api-client-python, and its like.
        ({'scope': ['*'], 'end': NOW + 9, 'recurrence': WEEKS | {'week_days': ['mon']}}, 'Invalid set of days in week'),
        (
            {'scope': ['*'], 'end': NOW + 9, 'recurrence': WEEKS | {'until_date': NOW + 99, 'until_occurrences': 3}},
            'You must provide only provide one of (until_occurrences, until_date)',
        ),
        (
            {'scope': ['*'], 'timezone': 'Mars/Base', 'start': NOW, 'end': NOW + 3600, 'recurrence': {'type': 'days'}},
            'timezone "Mars/Base" is unknown; a name such as Europe/Paris is allowed.',
        ),
    ],
)
def test_a_downtime_that_cannot_be_scheduled_is_refused(client: TestClient, body: dict[str, Any], error: str) -> None:
    [message] = create(client, 400, **body)['errors']
    assert message.startswith(error)
    assert client.get('/api/v1/downtime').json() == []


@pytest.mark.parametrize(('id_', 'status'), [('9', 404), ('9' * 19, 404), ('9' * 400, 404), ('9' * 5000, 414)])
def test_a_downtime_that_is_not_there_is_refused(client: TestClient, id_: str, status: int) -> None:
    for method in ('GET', 'PUT', 'DELETE'):
        assert client.request(method, f'/api/v1/downtime/{id_}', json={'message': 'a'}).status_code == status


def test_the_words_for_a_downtime_that_is_not_there_are_as_recorded(client: TestClient) -> None:
    assert client.get('/api/v1/downtime/0').json() == {'errors': ['Downtime not found']}
    assert client.delete('/api/v1/downtime/0').json() == {'errors': ['Downtime 0 not found']}


def test_downtimes_are_canceled_by_their_scope(client: TestClient) -> None:
    first = create(client, scope=['env:lab', 'team:a'])
    create(client, scope=['env:lab'])
    answer = client.post('/api/v1/downtime/cancel/by_scope', json={'scope': 'team:a,env:lab'})
    assert answer.json() == {'cancelled_ids': [first['id']]}
    assert [each['status'] for each in client.get('/api/v1/downtime').json()] == ['canceled', 'active']
    missing = client.post('/api/v1/downtime/cancel/by_scope', json={'scope': 'team:b'})
    assert (missing.status_code, missing.json()) == (404, {'errors': ['No downtimes found']})


def test_a_list_names_creators_if_asked(client: TestClient) -> None:
    """As recorded: test_get_all_downtimes_returns_ok_response of datadog-api-client-python."""
    created = create(client, scope=['env:a'])
    assert client.get('/api/v1/downtime').json() == [created]
    creator = {'id': 1, 'email': 'owner@sandbox.invalid', 'handle': 'owner@sandbox.invalid', 'name': 'Sandbox'}
    listed = client.get('/api/v1/downtime', params={'with_creator': 'true'}).json()
    assert listed == [created | {'creator': creator}]


def test_everything_is_muted_and_unmuted(client: TestClient) -> None:
    muted = client.post('/api/v1/monitor/mute_all').json()
    assert (muted['id'], muted['scope'], muted['monitor_tags'], muted['end'], muted['active']) == (
        1, ['*'], ['*'], None, True,
    )  # fmt: skip
    assert client.post('/api/v1/monitor/mute_all').json()['id'] == 1
    create(client, scope=['env:lab'])
    answer = client.post('/api/v1/monitor/unmute_all')
    assert (answer.status_code, answer.content) == (204, b'')
    assert [each['status'] for each in client.get('/api/v1/downtime').json()] == ['canceled', 'active']
    # As recorded in the suite of datadogpy, TestDogshell.test_monitors.
    again = client.post('/api/v1/monitor/unmute_all')
    assert (again.status_code, again.json()) == (400, {'errors': ['Monitoring is not currently globally muted']})


def test_the_principals_of_a_downtime_are_refused(client: TestClient) -> None:
    uuid = create(client, scope='env:lab')['uuid']
    assert client.get(f'/api/v2/downtime/{uuid}', params={'with_run_as': 'false'}).status_code == 200
    refused = client.get(f'/api/v2/downtime/{uuid}', params={'with_run_as': 'true'})
    assert refused.json() == {'errors': ['The sandbox does not support with_run_as: it has one user']}
