"""The events of monitors.

When there is one: "Monitors trigger events when they change state", "if a monitor has been silenced [...], then any
transition from RESOLVED to another state does not trigger an event" (https://docs.datadoghq.com/monitors/downtimes/,
2019). Its fields: https://docs.datadoghq.com/api/latest/events/, and "event types" of
https://docs.datadoghq.com/integrations/webhooks/
"""

from typing import Any

import pytest
from calling import NOW, Client
from datadog_sandbox import monitors
from datadog_sandbox.account import Account
from datadog_sandbox.store import Store
from monitoring import MINUTE, SHORT, START, downtime, make, put, send
from reading import read

WATCHER: dict[str, Any] = {
    'id': 2, 'type': 'event-v2 alert', 'name': 'Alerts', 'message': '', 'tags': [],
    'query': 'events("source:alert").rollup("count").by("host").last("5m") > 0', 'options': {'new_group_delay': 0},
}  # fmt: skip


@pytest.fixture
def store():
    store = Store()
    yield store
    store.close()


def run(store: Store, minutes: int, plain: bool = False) -> None:
    account = Account(store, plain=plain)
    account.begin(START)
    account.advance(START + minutes * MINUTE)


def put_monitor(store: Store, **fields: Any) -> None:
    monitor = make(SHORT) | {'tags': ['team:web'], 'name': 'load of {{host.name}}', 'message': 'Look at {{host.name}}'}
    store.save('monitor', 1, monitor | fields)


def events(store: Store) -> list[tuple[int, str, str]]:
    every = store.events(START, START + 3600)
    return [((event['date_happened'] - START) // MINUTE, event['title'], event['alert_type']) for event in every]


@pytest.mark.parametrize(('tags', 'expected'), [(None, []), (['team:web', 'monitor'], ['team:web'])])
def test_an_alert_event_has_the_tags_of_its_monitor_and_group_once(store, tags, expected):
    send(store, [11])
    put_monitor(store, tags=tags)
    run(store, 1)
    [event] = store.events(START, START + 3600)
    assert event['tags'] == ['monitor', *expected, 'host:a']


def test_each_change_of_a_monitor_is_an_event(store):
    send(store, [1, 11, 11, 1])
    put_monitor(store)
    run(store, 4)
    assert events(store) == [
        (1, '[Triggered on {host:a}] load of a', 'error'), (3, '[Recovered on {host:a}] load of a', 'success'),
    ]  # fmt: skip


def test_a_warning_and_missing_data_are_events_too(store):
    send(store, [1, 7])
    put_monitor(
        store, options=make(SHORT, {'critical': 10, 'warning': 5}, notify_no_data=True, no_data_timeframe=2)['options']
    )
    run(store, 5)
    assert events(store) == [
        (1, '[Warn on {host:a}] load of a', 'warning'), (3, '[No Data on {host:a}] load of a', 'error'),
    ]  # fmt: skip


def test_a_muted_change_is_no_event(store):
    send(store, [1, 11, 11, 1])
    put_monitor(store)
    put(store, downtime(0, 60))
    run(store, 4)
    assert events(store) == []
    assert [change.status for change in store.transitions(1)] == ['OK', 'Alert', 'OK']


def test_a_reminder_is_an_event(store):
    send(store, [11] * 30)
    put_monitor(store, options=make(SHORT, renotify_interval=10)['options'])
    run(store, 12)
    assert [title for _, title, _ in events(store)] == [
        '[Triggered on {host:a}] load of a', '[Re-Triggered on {host:a}] load of a',
    ]  # fmt: skip


def test_an_event_has_what_is_known_of_its_monitor(store):
    send(store, [11])
    put_monitor(store)
    run(store, 0)
    [event] = store.events(START, START + 1)
    assert event['monitor'] == {
        'id': 1, 'query': SHORT, 'type': 'query alert', 'tags': ['team:web'], 'message': 'Look at {{host.name}}',
        'name': 'load of a', 'templated_name': 'load of {{host.name}}', 'groups': ['host:a'],
    }  # fmt: skip
    assert event['text'] == (f'%%%\nLook at a\n\n- State: new → Alert\n- Value: 11\n- Query: {SHORT}\n%%%')
    assert event['tags'] == ['monitor', 'team:web', 'host:a']
    assert (event['host'], event['source'], event['priority']) == ('a', 'alert', 'normal')
    assert (event['monitor_id'], event['monitor_groups'], event['evt']['type']) == (
        1,
        ['host:a'],
        'query_alert_monitor',
    )


def test_a_client_reads_no_more_text_than_the_api_has(store):
    send(store, [11])
    put_monitor(store, message='x' * 9000)
    run(store, 0)
    [event] = store.events(START, START + 1)
    assert len(event['text']) == 4000
    assert event['text'].endswith('x\n%%%')


def test_an_event_monitor_counts_the_alerts_of_others(store):
    send(store, [1, 11, 1], host='a')
    send(store, [1, 1, 1], host='b')
    # It is evaluated after the others, though it is older.
    store.save('monitor', 2, WATCHER)
    put_monitor(store)
    run(store, 9)
    # Of (1, 6] the alert is out at 6, and of (2, 7] the recovery at 7.
    assert [(change.group, change.status, (change.time - START) // MINUTE) for change in store.transitions(2)] == [
        ('host:a', 'Alert', 1), ('host:a', 'OK', 7),
    ]  # fmt: skip


@pytest.mark.parametrize('minute_by_minute', [False, True])
def test_no_event_monitor_counts_its_own_alerts(store, minute_by_minute):
    store.save('event', 9, {'id': 9, 'date_happened': START, 'title': 'x', 'alert_type': 'error', 'tags': []})
    store.save('monitor', 2, WATCHER | {'query': 'events("status:error").rollup("count").last("2m") > 0'})
    account = Account(store)
    account.begin(START)
    for minute in range(8) if minute_by_minute else [7]:
        account.advance(START + minute * MINUTE)
    assert [(change.status, (change.time - START) // MINUTE) for change in store.transitions(2)] == [
        ('Alert', 0), ('OK', 2),
    ]  # fmt: skip


@pytest.mark.parametrize(('search', 'remarks'), [('source:alert', 1), ('@monitor.id:1', 1), ('source:deploy', 0)])
def test_a_monitor_of_alerts_has_a_remark(search, remarks):
    monitor = WATCHER | {'query': f'events("{search}").rollup("count").last("5m") > 0'}
    assert len(monitors.remarks(monitor)) == remarks


@pytest.mark.parametrize(('watched', 'expected'), [(False, 0), (True, 2)])
def test_a_rehearsal_has_events_where_a_monitor_counts_them(store, watched, expected):
    send(store, [1, 11, 1])
    put_monitor(store)
    if watched:
        store.save('monitor', 2, WATCHER)
    run(store, 3, plain=True)
    assert len([event for event in store.events(START, START + 3600) if event['monitor_id'] == 1]) == expected


@pytest.fixture
def alerted(api: Client) -> Client:
    """An account with an alert at NOW, of a monitor that looks at one host."""
    send(api.store, [11], start=NOW, host='a')
    put_monitor(api.store)
    api.store.save('event', 900, {
        'id': 900, 'date_happened': NOW, 'title': 'other', 'text': '', 'source': 'deploy', 'priority': 'normal',
        'alert_type': 'info', 'tags': ['monitor:x'],
    })  # fmt: skip
    Account(api.store).advance(NOW)
    return api


def test_the_first_api_has_the_monitor_of_an_event(alerted: Client):
    found = alerted.ask('GET', '/api/v1/events', start=NOW, end=NOW, sources='alert', tags='team:web')['events']
    [event] = found
    assert (event['monitor_id'], event['monitor_groups'], event['alert_type']) == (1, ['host:a'], 'error')
    assert event['title'] == '[Triggered on {host:a}] load of a'
    assert event['tags'] == ['host:a', 'monitor', 'source:alert', 'team:web']


@pytest.mark.parametrize(
    ('search', 'events'),
    [
        ('source:alert', 1), ('sources:alert', 1), ('@monitor.id:1', 1), ('@monitor.id:2', 0), ('@monitor_id:1', 1),
        ('@monitor.tags:team\\:web', 1), ('@monitor_groups:"host:a"', 1), ('@evt.type:query_alert_monitor', 1),
        ('@monitor.type:"query alert"', 1), ('source:alert status:error team:web host:a', 1),
        ('source:alert status:success', 0), ('@monitor.name:*', 1), ('source:deploy', 1), ('*', 2),
    ],
)  # fmt: skip
def test_the_second_api_finds_an_event_by_its_monitor(alerted: Client, search: str, events: int):
    answer = alerted.ask('GET', '/api/v2/events', **{'filter[query]': search})
    assert len(answer['data']) == events


def test_the_second_api_has_the_monitor_of_an_event(alerted: Client):
    [event] = alerted.ask('GET', '/api/v2/events', **{'filter[query]': 'source:alert'})['data']
    own = event['attributes']['attributes']
    assert own['monitor']['query'] == SHORT
    assert (own['monitor_id'], own['monitor_groups'], own['status']) == (1, ['host:a'], 'error')
    assert own['evt'] == {'id': event['id'], 'name': own['title'], 'type': 'query_alert_monitor'}
    assert event['attributes']['tags'] == ['monitor', 'team:web', 'host:a', 'source:alert']


def links(client: Client, path: str) -> list[str]:
    return [str(own['href']) for _, own in read(client, path).elements if own.get('href')]


def test_pages_lead_from_a_monitor_to_its_events_and_back(alerted: Client):
    [link] = [link for link in links(alerted, '/monitors/1') if '%40monitor.id%3A1' in link]
    listed = read(alerted, link)
    assert '1 of 2 events' in listed.text
    [page] = {link for link in links(alerted, link) if link.startswith('/event/event')}
    event = read(alerted, page)
    assert 'Monitor load of a Group host:a' in event.text
    assert '/monitors/1?group=host%3Aa' in links(alerted, page)
