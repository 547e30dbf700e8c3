"""What refers to a monitor, and the downtimes that are about one."""

from typing import Any

from calling import NOW, Client

WARM: dict[str, Any] = {
    'type': 'metric alert', 'query': 'avg(last_5m):avg:room.temperature{*} by {host} > 30', 'name': 'Warm',
    'tags': ['team:rooms'],
}  # fmt: skip
OBJECTIVE = {'type': 'monitor', 'name': 'Cool', 'monitor_ids': [1], 'thresholds': [{'timeframe': '7d', 'target': 90}]}


def downtime(api: Client, **attributes: Any) -> dict[str, Any]:
    given = {'scope': 'host:a', 'monitor_identifier': {'monitor_id': 1}} | attributes
    body = {'data': {'type': 'downtime', 'attributes': given}}
    created = api.ask('POST', '/api/v2/downtime', body)['data']
    assert isinstance(created, dict)
    return created


def test_a_monitor_in_an_objective_cannot_be_deleted(api: Client) -> None:
    """The answers are those that datadogpy recorded in `test_monitor_can_delete`."""
    api.ask('POST', '/api/v1/monitor', WARM)
    api.ask('POST', '/api/v1/monitor', WARM | {'name': 'Other'})
    assert api.ask('GET', '/api/v1/monitor/can_delete', monitor_ids='1') == {'data': {'ok': [1]}, 'errors': None}
    slo = api.ask('POST', '/api/v1/slo', OBJECTIVE)['data'][0]['id']
    line = f'monitor [1,Warm] is referenced in slos: [{slo},Cool]'
    answer = api.ask('GET', '/api/v1/monitor/can_delete', None, 409, monitor_ids='1,2')
    assert answer == {'data': {'ok': [2]}, 'errors': {'1': [line]}}
    assert api.errors('DELETE', '/api/v1/monitor/1') == [line]
    assert api.ask('DELETE', '/api/v1/monitor/1', force='true') == {'deleted_monitor_id': 1}


def test_a_monitor_in_a_composite_cannot_be_deleted(api: Client) -> None:
    """https://github.com/DataDog/terraform-provider-datadog/issues/519"""
    for name in ('a', 'b', 'c'):
        api.ask('POST', '/api/v1/monitor', WARM | {'name': name})
    api.ask('POST', '/api/v1/monitor', {'type': 'composite', 'query': '1 && !2', 'name': 'both'})
    line = 'monitor [2,b] is referenced in composite monitors: [4,both]'
    answer = api.ask('GET', '/api/v1/monitor/can_delete', None, 409, monitor_ids='2,3')
    assert answer == {'data': {'ok': [3]}, 'errors': {'2': [line]}}
    assert api.errors('DELETE', '/api/v1/monitor/2') == [line]
    for id_ in (4, 2):
        assert api.ask('DELETE', f'/api/v1/monitor/{id_}') == {'deleted_monitor_id': id_}


def test_the_active_downtimes_of_a_monitor(api: Client) -> None:
    """The form is that recorded in `test_get_active_downtimes_for_a_monitor` of datadog-api-client-python."""
    api.ask('POST', '/api/v1/monitor', WARM)
    ids = [
        downtime(api)['id'],
        downtime(api, scope='*', monitor_identifier={'monitor_tags': ['team:rooms']})['id'],
    ]
    downtime(api, monitor_identifier={'monitor_tags': ['team:others']})
    downtime(api, schedule={'start': '2026-11-24T13:00:00+00:00'})
    api.ask('DELETE', f'/api/v2/downtime/{downtime(api)["id"]}', status=204)
    answer = api.ask('GET', '/api/v2/monitor/1/downtime_matches')
    assert [match['id'] for match in answer['data']] == ids
    assert answer['meta'] == {'page': {'total_filtered_count': 2}}
    start = api.ask('GET', f'/api/v2/downtime/{ids[0]}')['data']['attributes']['schedule']['start']
    assert answer['data'][0] == {
        'type': 'downtime_match', 'id': ids[0],
        'attributes': {'groups': ['host:a'], 'scope': 'host:a', 'start': start, 'end': None},
    }  # fmt: skip
    page = api.ask('GET', '/api/v2/monitor/1/downtime_matches', **{'page[offset]': 1, 'page[limit]': 1})
    assert ([match['id'] for match in page['data']], page['meta']['page']['total_filtered_count']) == ([ids[1]], 2)
    assert [each['uuid'] for each in api.ask('GET', '/api/v1/monitor/1/downtimes')] == ids
    for path in ('/api/v2/monitor/9/downtime_matches', '/api/v1/monitor/9/downtimes'):
        assert api.errors('GET', path, None, 404) == ['Monitor with id 9 not found']


def test_a_recurring_downtime_matches_with_the_window_that_is_open(api: Client) -> None:
    api.ask('POST', '/api/v1/monitor', WARM)
    recurrence = {'rrule': 'FREQ=DAILY', 'duration': '2h', 'start': '2026-11-24T12:00'}
    downtime(api, schedule={'timezone': 'UTC', 'recurrences': [recurrence]})
    api.clock.now = NOW + 86_400 + 3600
    [match] = api.ask('GET', '/api/v2/monitor/1/downtime_matches')['data']
    assert match['attributes']['start'] == '2026-11-25T12:00:00+00:00'
    assert match['attributes']['end'] == '2026-11-25T14:00:00+00:00'
    api.clock.now = NOW + 86_400 + 7200
    assert api.ask('GET', '/api/v2/monitor/1/downtime_matches')['data'] == []
