"""Event monitors: https://docs.datadoghq.com/monitors/types/event/ and the syntax of the Events Explorer."""

import monitoring
import pytest
from datadog_sandbox import monitors
from datadog_sandbox.monitors import evaluate, explain
from datadog_sandbox.query import QueryError
from datadog_sandbox.records import search as parse_search
from datadog_sandbox.records.events import document
from datadog_sandbox.store import Store
from monitoring import MINUTE, START, brief, history, minutes


@pytest.fixture
def store():
    store = Store()
    yield store
    store.close()


def post(store, *at, **fields):
    """Post an event at each of some minutes."""
    for minute in at:
        id_ = store.next_number('event')
        event = {
            'title': 'Deployed', 'text': 'version 2', 'tags': [], 'source': 'My Apps', 'priority': 'normal',
            'alert_type': 'info', **fields, 'id': id_, 'date_happened': START + int(minute * MINUTE),
        }  # fmt: skip
        store.save('event', id_, event)


def make(query='events("status:error").rollup("count").last("5m") > 1', thresholds=None, **options):
    return monitoring.make(query, thresholds, 'event-v2 alert', **options)


def test_a_number_of_events_in_a_window(store):
    post(store, 2, 4, alert_type='error')
    post(store, 3, alert_type='info')
    notices = evaluate(store, make(), minutes(12))
    # Both are there at 4, and the first one is out of (2, 7] at 7.
    assert brief(notices) == [(4, 'alert', 'OK', 'Alert'), (7, 'recovery', 'Alert', 'OK')]
    assert [notice.value for notice in notices] == [2.0, 1.0]
    assert explain(store, make(), '*') == (
        'OK since 2026-11-23 00:07:00 UTC: the number of events in the last 5 minutes is 0, not > 1. '
        'Evaluated at 2026-11-23 00:11:00 UTC.'
    )


def test_no_event_is_zero(store):
    evaluate(store, make('events("backup").rollup("count").last("1h") < 1'), minutes(1))
    assert history(store) == [(0, '*', 'Alert')]


@pytest.mark.parametrize(
    ('options', 'expected'),
    [
        ({}, [(0, 'OK'), (2, 'Alert'), (7, 'OK')]),
        ({'on_missing_data': 'default'}, [(0, 'OK'), (2, 'Alert'), (7, 'OK')]),
        ({'on_missing_data': 'show_no_data'}, [(2, 'Alert'), (7, 'No Data')]),
        ({'on_missing_data': 'resolve'}, [(2, 'Alert'), (7, 'OK')]),
        ({'notify_no_data': True, 'no_data_timeframe': 8}, [(2, 'Alert'), (10, 'No Data')]),
    ],
)
def test_missing_data(store, options, expected):
    post(store, 2, 2, alert_type='error')
    evaluate(store, make(**options), minutes(20))
    assert [(minute, status) for minute, _, status in history(store)] == expected


def test_groups_and_their_retention(store):
    store.add_host('a', ('rack:1',), {}, START)
    post(store, 1, 2, host='a', tags=['env:prod'], alert_type='error')
    post(store, 2, host='b', tags=['env:prod', 'rack:2'], alert_type='error')
    post(store, 2, tags=['env:prod'], alert_type='error')
    query = 'events("status:error").rollup("count").by("rack,env").last("5m") > 1'
    evaluate(store, make(query, group_retention_duration='1h'), minutes(70))
    assert history(store) == [
        (1, 'rack:1,env:prod', 'OK'), (2, 'rack:1,env:prod', 'Alert'), (2, 'rack:2,env:prod', 'OK'),
        (6, 'rack:1,env:prod', 'OK'), (62, 'rack:1,env:prod', ''), (62, 'rack:2,env:prod', ''),
    ]  # fmt: skip


def test_distinct_values(store):
    for user in ('a', 'b', 'a'):
        post(store, 1, tags=[f'user:{user}'])
    query = 'events("*").rollup("cardinality", "@user").last("5m") >= 2'
    assert monitors.values(store, make(query), START + 2 * MINUTE) == {'*': 2.0}
    assert 'the number of distinct values of user' in monitors.parse(make(query)).describe(2)


@pytest.mark.parametrize(
    'options',
    [
        {},
        {'require_full_window': True, 'new_group_delay': 60},
        {'notify_no_data': True, 'no_data_timeframe': 1, 'new_group_delay': 150},
    ],
)
def test_minute_by_minute_is_the_same(store, options):
    for minute in range(0, 90, 7):
        post(store, minute, minute + 0.5, minute + 1, tags=[f'env:{"ab"[minute % 2]}'], alert_type='error')
    monitor = make(
        'events("status:error").rollup("count").by("env").last("3m") > 2', {'critical': 2, 'warning': 1}, **options
    )
    at_once = evaluate(store, monitor, minutes(100))
    states = store.states(1)
    store.forget_monitor(1)
    store.remove('evaluated', 1)
    assert [notice for moment in minutes(100) for notice in evaluate(store, monitor, [moment])] == at_once
    assert store.states(1) == states
    assert {notice.kind for notice in at_once} > {'alert', 'recovery'}


EVENT = {
    'title': 'Disk is full', 'text': 'on "db-1": UnregisterNetDevice', 'tags': ['env:prod', 'team:db', 'host:db-1'],
    'source': 'nagios', 'priority': 'normal', 'alert_type': 'error', 'host': 'db-1',
}  # fmt: skip


@pytest.mark.parametrize(
    ('search', 'matching'),
    [
        ('', True),
        ('*', True),
        ('disk', True),
        ('"Disk is full"', True),
        ('"Disk full"', False),
        ('Disk full', True),
        ('Disk empty', False),
        ('status:error', True),
        ('status:warn', False),
        ('status:(warn OR error)', True),
        ('source:nagios', True),
        ('source:Nagios', True),
        ('priority:low', False),
        ('host:db-1', True),
        ('host:db-*', True),
        ('env:prod', True),
        ('env:(dev OR prod)', True),
        ('env:p*d', True),
        ('env:prod team:web', False),
        ('env:prod AND team:db', True),
        ('env:dev OR team:db', True),
        ('-env:prod', False),
        ('NOT env:dev', True),
        ('-(env:dev OR team:web)', True),
        ('-(env:prod AND team:db)', False),
        ('env:dev OR env:prod AND team:web', False),
        ('(env:dev OR env:prod) AND team:db', True),
        ('@env:prod', True),
        ('title:"disk is full"', True),
        # The lists of old queries.
        ('sources:nagios,github status:error,warning priority:normal', True),
        ('sources:github,chef', False),
        ('tags:env:prod', True),
        ('tags:env:dev,team:db', True),
        ('excluded_tags:env:prod', False),
        ('sources:nagios env:prod "UnregisterNetDevice"', True),
    ],
)
def test_search(store, search, matching):
    assert parse_search(search)(document(store, EVENT)) is matching


@pytest.mark.parametrize('search', ['(', 'env:(a', 'a OR', ')', '"open', '(' * 101 + 'a' + ')' * 101, 'a' * 10_001])
def test_a_search_that_is_not_understood_is_refused(search):
    with pytest.raises(QueryError):
        parse_search(search)


@pytest.mark.parametrize(
    ('query', 'words'),
    [
        ('events("a").last("5m")', 'it must be like events('),
        ('events("a").rollup("avg", "@x").last("5m") > 1', '.rollup("count") and .rollup("cardinality", "facet")'),
        ('events("a").rollup("count").last("3d") > 1', '.last() takes 1m to 48h'),
        ('events("a").rollup("count").last("5s") > 1', '.last() takes 1m to 48h'),
        ('events("a").last("5m").last("5m") > 1', '.last() is given twice'),
        ('logs("a").last("5m") > 1', 'it must be like events('),
    ],
)
def test_what_is_no_event_monitor_is_refused(query, words):
    assert words in monitors.refusal(make(query))


@pytest.mark.parametrize('quote', ["'", '"'])
def test_the_search_may_have_quotes(store, quote):
    post(store, 1, title='Say "hello"')
    query = f'events({quote}source:"My Apps" "Say"{quote}).rollup({quote}count{quote}).last({quote}5m{quote}) >= 1'
    evaluate(store, make(query) | {'type': 'event alert'}, minutes(2))
    assert history(store) == [(0, '*', 'OK'), (1, '*', 'Alert')]
