"""The search for monitors and groups, and duplicates."""

import tracemalloc

import pytest
from conftest import NOW, Clock
from datadog_sandbox.store import Store
from starlette.testclient import TestClient

QUERY = 'avg(last_5m):avg:room.temperature{room:1} by {host} > 30'


@pytest.fixture
def monitors(client: TestClient, store: Store) -> TestClient:
    for name, tags in (('Warm room', ['team:a']), ('Cold room', ['team:b', 'env:lab']), ('Disk', [])):
        body = {'type': 'query alert', 'query': QUERY, 'name': name, 'tags': tags}
        if name == 'Disk':
            body |= {'priority': 2, 'message': 'Full: @owner@sandbox.invalid @slack-ops'}
        assert client.post('/api/v1/monitor', json=body).status_code == 200
    store.save_states(1, {'host:a': {'status': 'Alert', 'tags': {'host': 'a'}}, 'host:b': {'status': 'OK'}})
    return client


@pytest.mark.parametrize(
    ('query', 'ids'),
    [
        ('', [2, 3, 1]),
        ('room', [2, 1]),
        ('"cold room"', [2]),
        ('-room', [3]),
        ('status:alert', [1]),
        ('status:"no data"', [2, 3]),
        ('tag:"team:b"', [2]),
        ('team:a', [1]),
        ('team:*', [2, 1]),
        ('-team:a room', [2]),
        ('id:3', [3]),
        ('metric:room.*', [2, 3, 1]),
        ('scope:room:1 title:disk', [3]),
        ('colour:red', []),
        ('team:a OR team:b', [2, 1]),
        ('status:(alert OR "no data") AND -team:a', [2, 3]),
        ('room NOT env:lab', [1]),
        ('type:metric team:a', [1]),
        ('type:"query alert" title:"warm room"', [1]),
        ('title:(warm OR disk)', [3, 1]),
        ('type:log', []),
        ('priority:p2', [3]),
        ('notification:owner@sandbox.invalid', [3]),
        ('notification:slack-ops', [3]),
        ('creator:Sandbox muted:false disk', [3]),
    ],
)
def test_monitors_match_all_terms(monitors: TestClient, query: str, ids: list[int]) -> None:
    answer = monitors.get('/api/v1/monitor/search', params={'query': query}).json()
    assert [monitor['id'] for monitor in answer['monitors']] == ids
    assert answer['metadata'] == {
        'page': 0, 'page_count': 1 if ids else 0, 'per_page': 30, 'total_count': len(ids),
    }  # fmt: skip


def test_the_answer_counts_and_pages(monitors: TestClient) -> None:
    answer = monitors.get('/api/v1/monitor/search', params={'per_page': 2, 'page': 1, 'sort': 'name,desc'}).json()
    assert [monitor['name'] for monitor in answer['monitors']] == ['Cold room']
    assert answer['counts']['status'] == [{'name': 'No Data', 'count': 2}, {'name': 'Alert', 'count': 1}]
    assert answer['metadata'] == {'page': 1, 'page_count': 2, 'per_page': 2, 'total_count': 3}
    wrong = monitors.get('/api/v1/monitor/search', params={'sort': 'colour,asc'})
    assert wrong.json() == {'errors': ["sort must be one of name, status, tags, and asc or desc, not 'colour,asc'"]}


def test_groups_are_searched(monitors: TestClient) -> None:
    answer = monitors.get('/api/v1/monitor/groups/search', params={'query': 'status:alert'}).json()
    [group] = answer['groups']
    assert (group['group'], group['monitor_id'], group['group_tags']) == ('host:a', 1, ['host:a'])
    assert answer['counts']['status'] == [{'name': 'Alert', 'count': 1}]
    assert answer['counts']['type'] == [{'name': 'metric', 'count': 1}]


def test_a_duplicate_is_refused(client: TestClient) -> None:
    """In the words that people report: https://github.com/DataDog/datadog-operator/issues/671"""
    body = {'type': 'query alert', 'query': QUERY, 'name': 'Warm'}
    assert client.post('/api/v1/monitor', json=body).json()['id'] == 1
    twin = client.post('/api/v1/monitor', json=body)
    error = {'errors': ['Duplicate of an existing monitor_id:1 org_id:1']}
    assert (twin.status_code, twin.json()) == (400, error)
    # It is valid, and it is no duplicate of itself.
    assert client.post('/api/v1/monitor/validate', json=body).json() == {}
    assert client.put('/api/v1/monitor/1', json=body).status_code == 200
    assert client.post('/api/v1/monitor', json=body | {'message': 'other'}).status_code == 200
    second = [monitor['id'] for monitor in client.get('/api/v1/monitor').json()][1]
    changed = client.put(f'/api/v1/monitor/{second}', json={'message': ''})
    assert (changed.status_code, changed.json()) == (400, error)
    client.delete('/api/v1/monitor/1')
    assert client.post('/api/v1/monitor', json=body).status_code == 200


@pytest.mark.parametrize('path', ['search', 'groups/search'])
def test_a_status_that_there_is_not_is_refused(monitors: TestClient, path: str) -> None:
    """As recorded: test_monitors_search_returns_bad_request_response of datadog-api-client-python."""
    answer = monitors.get(f'/api/v1/monitor/{path}', params={'query': 'status:notastatus'})
    assert answer.status_code == 400
    assert answer.json() == {'errors': ["Query parsing error: 'notastatus' is not a valid monitor status"]}


def test_what_is_muted_is_counted_and_searched(monitors: TestClient) -> None:
    # As recorded: test_monitors_search_returns_ok_response of datadog-api-client-python.
    assert monitors.post('/api/v1/monitor/1/mute', json={'end': NOW + 60}).status_code == 200
    # A mute of a part does not mute a monitor.
    for id_ in 2, 3:
        assert monitors.post(f'/api/v1/monitor/{id_}/mute', json={'scope': 'host:a'}).status_code == 200
    assert monitors.post('/api/v1/downtime', json={'scope': ['*'], 'monitor_tags': ['env:lab']}).status_code == 200
    assert monitors.put('/api/v1/monitor/3', json={'priority': 4, 'restricted_roles': ['r']}).status_code == 200
    answer = monitors.get('/api/v1/monitor/search').json()
    assert answer['counts']['muted'] == [{'name': True, 'count': 2}, {'name': False, 'count': 1}]
    rows = {row['id']: row for row in answer['monitors']}
    assert {id_: row['muted_until_ts'] for id_, row in rows.items()} == {1: NOW + 60, 2: None, 3: None}
    assert [rows[3][name] for name in ('priority', 'restricted_roles')] == [4, ['r']]
    assert [rows[1][name] for name in ('priority', 'restricted_roles', 'overall_state_modified')] == [None, [], None]
    for query, ids in ('muted:true', [2, 1]), ('muted:false', [3]), ('-muted:true room', []):
        listed = monitors.get('/api/v1/monitor/search', params={'query': query}).json()['monitors']
        assert [row['id'] for row in listed] == ids
    groups = monitors.get('/api/v1/monitor/groups/search', params={'query': 'muted:true'}).json()
    assert ([group['group'] for group in groups['groups']], groups['counts']['muted']) == (
        ['host:a', 'host:b'], [{'name': True, 'count': 2}],
    )  # fmt: skip


def test_a_search_shows_when_a_state_changed(monitors: TestClient, clock: Clock) -> None:
    clock.now += 60
    [disk] = monitors.get('/api/v1/monitor/search', params={'query': 'disk'}).json()['monitors']
    assert (disk['status'], disk['overall_state_modified']) == ('No Data', NOW + 12)


def test_a_name_of_many_words_costs_a_search_little(monitors: TestClient) -> None:
    body = {'type': 'query alert', 'query': QUERY.replace('30', '31'), 'name': 'a ' * 30_000}
    assert monitors.post('/api/v1/monitor', json=body).status_code == 200
    tracemalloc.start()
    answer = monitors.get('/api/v1/monitor/search', params={'query': 'title:"cold room"'}).json()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [monitor['id'] for monitor in answer['monitors']] == [2]
    assert most < 10_000_000


def test_the_type_is_counted_by_its_class_as_documented(monitors: TestClient) -> None:
    """https://docs.datadoghq.com/api/latest/monitors/#monitors-search: "type:metric status:alert", and the example."""
    answer = monitors.get('/api/v1/monitor/search', params={'query': 'type:metric disk'}).json()
    assert answer['counts']['type'] == [{'name': 'metric', 'count': 1}]
    [found] = answer['monitors']
    assert (found['classification'], found['type']) == ('metric', 'query alert')
    assert [each['handle'] for each in found['notifications']] == ['owner@sandbox.invalid', 'slack-ops']


@pytest.mark.parametrize(
    ('query', 'problem'),
    [
        ('status:(alert OR broken)', "'broken' is not a valid monitor status"),
        ('team:a OR', 'has nothing after OR'),
        ('(team:a', 'lacks a )'),
        ('status:' + 'a*' * 2000, 'is not a valid monitor status'),
    ],
)
def test_a_search_that_cannot_be_read_is_refused(monitors: TestClient, query: str, problem: str) -> None:
    answer = monitors.get('/api/v1/monitor/search', params={'query': query})
    assert answer.status_code == 400
    [error] = answer.json()['errors']
    assert error.startswith('Query parsing error: ') and problem in error
