"""JSON of monitors and dashboards on pages, what is made of pasted JSON, and the button that mutes a monitor."""

import json
from typing import Any

import pytest
import specimen
from conftest import NOW, Clock
from datadog_sandbox import downtimes
from datadog_sandbox.store import Store
from markupsafe import escape
from reading import read
from starlette.testclient import TestClient

MONITOR = {
    'name': 'High',
    'type': 'query alert',
    'query': 'avg(last_5m):avg:test.wave{*} by {host} > 800',
    'message': 'é <b>@you@example.com',
    'tags': ['team:web'],
    'options': {'thresholds': {'critical': 800}},
}
BOARD = {
    'title': 'Board',
    'layout_type': 'ordered',
    'widgets': [{'id': 7, 'definition': {'type': 'note', 'content': specimen.HOSTILE}}],
}


def shown(client: TestClient, path: str) -> Any:
    """Return the JSON of a page, as who copies it has it."""
    text = client.get(path).text.partition('aria-label="JSON">')[2].partition('</pre>')[0]
    # Nothing of others turns around a line of the page.
    assert '\u202e' not in text
    for entity, character in (('&#34;', '"'), ('&#39;', "'"), ('&lt;', '<'), ('&gt;', '>'), ('&amp;', '&')):
        text = text.replace(entity, character)
    return json.loads(text)


def test_the_json_of_a_monitor_makes_the_same_monitor_elsewhere(client: TestClient, store: Store) -> None:
    answer = client.post('/monitors/import', data={'json': json.dumps(MONITOR)}, follow_redirects=False)
    assert (answer.status_code, answer.headers['location']) == (303, '/monitors/1')
    kept = store.get('monitor', 1)
    assert kept and {name: kept[name] for name in ('name', 'query', 'message', 'tags')} == {
        name: MONITOR[name] for name in ('name', 'query', 'message', 'tags')
    }
    exported = shown(client, '/monitors/1/json')
    assert 'id' not in exported and 'created' not in exported
    store.remove('monitor', 1)
    client.post('/monitors/import', data={'json': json.dumps(exported)})
    assert shown(client, '/monitors/2/json') == exported


def test_the_json_of_a_dashboard_makes_the_same_dashboard_elsewhere(client: TestClient, store: Store) -> None:
    answer = client.post('/dashboards/import', data={'json': json.dumps(BOARD)}, follow_redirects=False)
    id_ = answer.headers['location'].removeprefix('/dashboard/')
    exported = shown(client, f'/dashboards/{id_}/json')
    assert exported['widgets'] == BOARD['widgets']
    assert {'id', 'url', 'author_handle', 'created_at'} & exported.keys() == set()
    client.post('/dashboards/import', data={'json': json.dumps(exported)})
    ids = [dashboard['id'] for dashboard in store.all('dashboard')]
    assert len(ids) == 2
    assert shown(client, f'/dashboards/{ids[1]}/json') == exported


@pytest.mark.parametrize(
    ('path', 'pasted', 'reason'),
    [
        ('/monitors/import', '{"name": "<b>",\n "type" 1}', "Expecting ':' delimiter in line 2, column 9"),
        ('/monitors/import', '[' * 300 + ']' * 300, 'the JSON is nested too deeply'),
        ('/monitors/import', ' \n', 'Nothing was pasted'),
        ('/monitors/import', json.dumps(MONITOR | {'query': 'avg(last_5m):'}), 'query'),
        ('/dashboards/import', '[1]', 'body'),
        ('/dashboards/import', json.dumps(BOARD | {'layout_type': '<i>'}), 'layout_type'),
    ],
)  # fmt: skip
def test_what_cannot_be_imported_stays_in_the_form_beside_the_reason(
    client: TestClient, store: Store, path: str, pasted: str, reason: str
) -> None:
    answer = client.post(path, data={'json': pasted})
    assert answer.status_code == 422
    alert = answer.text.partition('role="alert"')[2].partition('</p>')[0]
    assert str(escape(reason)) in alert
    assert str(escape(pasted)) in answer.text
    assert (store.all('monitor'), store.all('dashboard')) == ([], [])


def test_a_twin_is_refused_as_by_the_api(client: TestClient) -> None:
    client.post('/monitors/import', data={'json': json.dumps(MONITOR)})
    answer = client.post('/monitors/import', data={'json': json.dumps(MONITOR)})
    assert answer.status_code == 422
    assert 'Duplicate of an existing monitor_id:1' in answer.text


@pytest.mark.parametrize(
    'headers', [{'Origin': 'https://example.com'}, {'Sec-Fetch-Site': 'cross-site'}, {'Sec-Fetch-Site': 'same-site'}]
)
def test_no_form_is_for_a_page_of_another_site(client: TestClient, account: Store, headers: dict[str, str]) -> None:
    for path, data in (
        ('/monitors/import', {'json': json.dumps(MONITOR)}),
        ('/dashboards/import', {'json': json.dumps(BOARD)}),
        ('/monitors/1', {'do': 'mute', 'scope': '*', 'for': '3600'}),
    ):
        assert client.post(path, data=data, headers=headers).status_code == 403
    assert [len(account.all(kind)) for kind in ('monitor', 'dashboard', 'downtime')] == [1, 1, 1]


# Mute


def windows(store: Store) -> list[tuple[str, str, int, int]]:
    """Return scope, status, start, and end of the downtimes that were made."""
    now = [(each, downtimes.current(each, NOW + 1)) for each in store.all('downtime') if each['id'] != 'd-1']
    return [
        (each['attributes']['scope'], downtimes.status(each, NOW + 1), window.start, window.end)
        for each, window in now
        if window
    ]


def test_mute_makes_a_downtime_and_unmute_cancels_it(client: TestClient, account: Store, clock: Clock) -> None:
    client.app.state.account.advance(NOW)  # type: ignore[attr-defined]
    answer = client.post(
        '/monitors/1?range=4h', data={'do': 'mute', 'scope': 'host:web-1', 'for': '3600'}, follow_redirects=False
    )
    assert (answer.status_code, answer.headers['location']) == (303, '/monitors/1?range=4h')
    assert windows(account) == [('host:web-1', 'active', NOW, NOW + 3600)]
    text = read(client, '/monitors/1').text
    assert 'host:web-1 until Wed 18 Nov 12:06:40 Unmute' in text
    assert 'Muted by “Downtime of host:web-1” until Wed 18 Nov 12:06:40' in text

    clock.now = NOW + 1
    client.post('/monitors/1', data={'do': 'unmute', 'scope': 'host:web-1'})
    assert [status for _, status, _, _ in windows(account)] == ['canceled']
    assert 'Unmute' not in read(client, '/monitors/1').text


def test_a_group_is_muted_by_its_own_button_for_the_time_that_is_chosen(client: TestClient, account: Store) -> None:
    client.post('/monitors/1', data={'scope': '*', 'for': '0', 'group': 'host:web-1 AND device:a'})
    assert windows(account) == [('host:web-1 AND device:a', 'active', NOW, downtimes.FOREVER)]
    assert 'host:web-1 AND device:a without an end Unmute' in read(client, '/monitors/1').text


@pytest.mark.parametrize(
    ('form', 'reason'),
    [
        ({'scope': '(<b>', 'for': '3600'}, '(<b>'),
        ({'scope': '*', 'for': '7'}, "'7' is none of the times for which a monitor is muted"),
        ({'scope': '*'}, "'' is none of the times"),
    ],
)
def test_a_mute_that_is_refused_says_why_and_keeps_what_was_typed(
    client: TestClient, account: Store, form: dict[str, str], reason: str
) -> None:
    answer = client.post('/monitors/1', data={'do': 'mute', **form})
    assert answer.status_code == 422
    assert str(escape(reason)) in answer.text.partition('role="alert"')[2].partition('</p>')[0]
    assert f'name="scope" value="{escape(form["scope"])}"' in answer.text
    assert windows(account) == []


def test_a_downtime_is_canceled_by_its_button(client: TestClient, account: Store) -> None:
    assert 'Scheduled Cancel' in read(client, '/downtimes').text
    answer = client.post('/downtimes', data={'cancel': 'd-1'}, follow_redirects=False)
    assert (answer.status_code, answer.headers['location']) == (303, '/downtimes')
    [downtime] = account.all('downtime')
    # The moment of the cancellation, to the microsecond.
    assert downtimes.canceled(downtime) == NOW
    assert 'Canceled Last' in read(client, '/downtimes').text
    assert client.post('/downtimes', data={'cancel': 'd-9'}).status_code == 404
    foreign = client.post('/downtimes', data={'cancel': 'd-1'}, headers={'Origin': 'https://example.com'})
    assert foreign.status_code == 403


def test_a_form_of_too_many_fields_and_a_monitor_that_is_not_there_are_refused(
    client: TestClient, account: Store
) -> None:
    assert client.post('/monitors/1', data={f'f{n}': '1' for n in range(21)}).status_code == 413
    assert client.post('/monitors/9', data={'do': 'mute', 'for': '0'}).status_code == 404
