"""Lists of dashboards, and dashboards that are deleted and restored."""

from typing import Any

import pytest
from starlette.testclient import TestClient

NOTE = {'definition': {'type': 'note', 'content': 'a'}}
LISTS = '/api/v1/dashboard/lists/manual'


def dashboard(client: TestClient, title: str, **fields: Any) -> Any:
    body = {'title': title, 'layout_type': 'ordered', 'widgets': [NOTE]}
    return client.post('/api/v1/dashboard', json=body | fields).json()


def test_a_list_holds_dashboards(client: TestClient) -> None:
    created = client.post(LISTS, json={'name': 'Rooms'}).json()
    assert {name: created[name] for name in ('id', 'name', 'dashboard_count', 'type', 'dashboards')} == {
        'id': 1, 'name': 'Rooms', 'dashboard_count': 0, 'type': 'manual_dashboard_list', 'dashboards': None,
    }  # fmt: skip
    items = [{'type': 'custom_timeboard', 'id': dashboard(client, title)['id']} for title in 'ab']
    path = '/api/v2/dashboard/lists/manual/1/dashboards'
    assert client.post(path, json={'dashboards': items}).json() == {'added_dashboards_to_list': items}
    assert client.post(path, json={'dashboards': items}).json() == {'added_dashboards_to_list': []}
    answer = client.get(path).json()
    assert (answer['total'], [item['title'] for item in answer['dashboards']]) == (2, ['a', 'b'])
    assert client.get(f'{LISTS}/1').json()['dashboard_count'] == 2
    removed = client.request('DELETE', path, json={'dashboards': items[:1]}).json()
    assert removed == {'deleted_dashboards_from_list': items[:1]}
    assert [item['id'] for item in client.get(path).json()['dashboards']] == [items[1]['id']]
    assert client.put(path, json={'dashboards': items[:1]}).json() == {'dashboards': items[:1]}
    assert client.put(f'{LISTS}/1', json={'name': 'Other'}).json()['name'] == 'Other'
    assert [each['name'] for each in client.get(LISTS).json()['dashboard_lists']] == ['Other']
    assert client.delete(f'{LISTS}/1').json() == {'deleted_dashboard_list_id': 1}
    missing = client.get(f'{LISTS}/1')
    assert (missing.status_code, missing.json()) == (404, {'errors': ['Manual Dashboard List with id 1 not found']})


@pytest.mark.parametrize('body', [{}, {'dashboards': 'a'}, {'dashboards': [{'id': 'a', 'type': 'odd'}]}, []])
def test_a_wrong_body_is_refused(client: TestClient, body: Any) -> None:
    client.post(LISTS, json={'name': 'Rooms'})
    assert client.post('/api/v2/dashboard/lists/manual/1/dashboards', json=body).status_code == 400
    assert client.post(LISTS, json=body).json() == {'errors': ['name must be a string that is not empty']}


@pytest.mark.parametrize('method', ['POST', 'PUT', 'DELETE'])
def test_a_list_that_is_not_there_is_missed_before_the_body_is_read(client: TestClient, method: str) -> None:
    """As recorded: TestDashboardListItemsCRUDErrors of datadog-api-client-go."""
    answer = client.request(method, '/api/v2/dashboard/lists/manual/0/dashboards', json={})
    assert (answer.status_code, answer.json()) == (404, {'errors': ['Manual Dashboard List with id 0 not found']})


def test_deleted_dashboards_are_listed_and_restored(client: TestClient) -> None:
    kept, first, second = (dashboard(client, title) for title in 'abc')
    bulk = {'data': [{'type': 'dashboard', 'id': each['id']} for each in (first, second)]}
    wrong = {'data': [*bulk['data'], {'type': 'dashboard', 'id': 'no'}]}
    # Nothing changes when one of them is not there.
    assert client.request('DELETE', '/api/v1/dashboard', json=wrong).status_code == 404
    assert len(client.get('/api/v1/dashboard').json()['dashboards']) == 3
    assert client.request('DELETE', '/api/v1/dashboard', json=bulk).status_code == 204
    listed = client.get('/api/v1/dashboard', params={'filter[deleted]': 'true'}).json()['dashboards']
    assert [each['title'] for each in listed] == ['b', 'c']
    assert all(each['deleted_at'].startswith('2026-11-18T11:06:40') for each in listed)
    assert [each['title'] for each in client.get('/api/v1/dashboard').json()['dashboards']] == ['a']
    assert client.patch('/api/v1/dashboard', json={'data': bulk['data'][:1]}).status_code == 204
    restored = client.get(f'/api/v1/dashboard/{first["id"]}').json()
    assert 'deleted_at' not in restored
    assert client.get(f'/api/v1/dashboard/{second["id"]}').status_code == 404
    assert client.patch('/api/v1/dashboard', json={'data': [{'id': kept['id']}]}).status_code == 404


def test_a_tab_names_widgets_by_their_number(client: TestClient) -> None:
    """As Terraform sends it, and as Datadog answered (recorded: TestAccDatadogDashboardJSONTab)."""
    created = dashboard(client, 'a', tabs=[{'name': 'first', 'widget_ids': ['@1']}])
    assert created['tabs'][0]['widget_ids'] == [created['widgets'][0]['id']]


def test_those_to_notify_are_sorted(client: TestClient) -> None:
    assert dashboard(client, 'a', notify_list=['b@example.com', 'a@example.com'])['notify_list'] == [
        'a@example.com', 'b@example.com',
    ]  # fmt: skip
