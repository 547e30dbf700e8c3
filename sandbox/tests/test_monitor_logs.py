"""Log monitors: https://docs.datadoghq.com/monitors/types/log/"""

import monitoring
import pytest
from datadog_sandbox import monitors
from datadog_sandbox.monitors import evaluate, explain
from datadog_sandbox.query import QueryError
from datadog_sandbox.store import Log, Store
from monitoring import MINUTE, START, brief, history, minutes


@pytest.fixture
def store():
    store = Store()
    yield store
    store.close()


def write(store, *at, status='error', service='web', **attributes):
    """Keep a log at each of some minutes."""
    store.add_logs(
        Log(
            0,
            int((START + minute * MINUTE) * 1000),
            'a',
            service,
            'nginx',
            status,
            'slow answer',
            ('env:prod',),
            attributes,
        )
        for minute in at
    )


def make(query, thresholds=None, **options):
    return monitoring.make(query, thresholds, 'log alert', **options)


def test_a_number_of_logs_in_a_window(store):
    write(store, 2, 4)
    write(store, 3, status='info')
    write(store, 3, service='db')
    monitor = make('logs("status:error service:web").index("*").rollup("count").last("5m") > 1')
    notices = evaluate(store, monitor, minutes(12))
    # Both are there at 4, and the first is out of (2, 7] at 7.
    assert brief(notices) == [(4, 'alert', 'OK', 'Alert'), (7, 'recovery', 'Alert', 'OK')]
    assert explain(store, monitor, '*').startswith(
        'OK since 2026-11-23 00:07:00 UTC: the number of logs in the last 5 minutes is 0, not > 1.'
    )


def test_a_log_between_minutes_is_seen_at_the_next_one_and_leaves_with_its_millisecond(store):
    write(store, 1.001, 2)
    monitor = make('logs("slow").index("main").rollup("count").last("1m") > 0')
    evaluate(store, monitor, minutes(5))
    # (1, 2] holds both; (2, 3] holds neither, as 2 is not after 2.
    assert history(store) == [(0, '*', 'OK'), (2, '*', 'Alert'), (3, '*', 'OK')]


def test_a_group_without_logs_is_below_only_when_all_groups_are(store):
    """https://docs.datadoghq.com/monitors/types/log/#no-data-and-below-alerts"""
    write(store, 1, 2, 3, service='backend')
    write(store, *range(1, 20, 2), service='web')
    one = make('logs("service:backend").index("*").rollup("count").last("5m") < 1')
    assert brief(evaluate(store, one, minutes(30))) == [
        (0, 'alert', '', 'Alert'),
        (1, 'recovery', 'Alert', 'OK'),
        (8, 'alert', 'OK', 'Alert'),
    ]
    each = make('logs("*").index("*").rollup("count").by("service").last("5m") < 1') | {'id': 2}
    at_once = evaluate(store, each, minutes(30))
    # The last log of all comes at 19: at 24, none is in (19, 24].
    assert {(notice.group, *one) for notice, one in zip(at_once, brief(at_once), strict=True)} == {
        ('service:backend', 24, 'alert', 'OK', 'Alert'), ('service:web', 24, 'alert', 'OK', 'Alert'),
    }  # fmt: skip
    store.save_states(2, dict.fromkeys(store.states(2)))
    store.remove('evaluated', 2)
    assert [notice for moment in minutes(30) for notice in evaluate(store, each, [moment])] == at_once


def test_a_group_with_few_logs_is_below(store):
    write(store, 1, 2, 3, 4, 5, service='web')
    write(store, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, service='db')
    query = 'logs("*").index("*").rollup("count").by("service").last("5m") < 3'
    evaluate(store, make(query), minutes(12, first=5))
    # At 8 there are two of the web in (3, 8]. At 10 there is none, which changes nothing while the database has some.
    assert [change for change in history(store) if change[1] == 'service:web'] == [
        (5, 'service:web', 'OK'), (8, 'service:web', 'Alert'),
    ]  # fmt: skip


def test_a_measure_by_group(store):
    write(store, 1, 2, duration=10)
    write(store, 2, duration=40)
    write(store, 2, service='db', duration=7, user='x')
    monitor = make('logs("*").index("*").rollup("avg", "@duration").by("service").last("5m") > 15')
    assert monitors.values(store, monitor, START + 2 * MINUTE) == {'service:web': 20.0, 'service:db': 7.0}
    largest = make('logs("env:prod").index("*").rollup("pc50", "@duration").by("service").last("5m") > 15')
    assert monitors.values(store, largest, START + 2 * MINUTE) == {'service:web': 10.0, 'service:db': 7.0}
    users = make('logs("*").index("*").rollup("cardinality", "@user").last("5m") > 15')
    assert monitors.values(store, users, START + 2 * MINUTE) == {'*': 1.0}


def test_an_index_of_its_own_is_remarked():
    remarks = monitors.remarks(make('logs("*").index("main,audit").rollup("count").last("5m") > 1'))
    assert [(remark.code, remark.message, remark.approximated) for remark in remarks] == [
        ('log-index', 'All logs are in one index here: audit are not separate.', True)
    ]
    assert monitors.remarks(make('logs("*").index("*").rollup("count").last("5m") > 1')) == []


@pytest.mark.parametrize(
    ('query', 'message'),
    [
        ('logs("*").index("*").rollup("count").last("3d") > 1', '.last() takes 1m to 48h, in m, h, or d'),
        (
            'logs("*").rollup("count", "@x").last("5m") > 1',
            '.rollup("count") and .rollup("avg", "facet") are evaluated',
        ),
        ('logs("*").index("a").index("b").last("5m") > 1', '.index() is given twice'),
        ('logs("*").rollup("mode", "@x").last("5m") > 1', 'The aggregation mode is not one of count, cardinality, sum'),
        ('events("*").rollup("count").last("5m") > 1', 'it must be like logs("status:error")'),
    ],
)
def test_what_is_not_evaluated_says_so(query, message):
    with pytest.raises(QueryError) as error:
        monitors.parse(make(query))
    assert message in str(error.value)


@pytest.mark.parametrize(
    ('search', 'expected'),
    [
        (r'"service:web \"slow answer\""', 2),
        (r'"\"answer slow\""', 0),
        (r"""'service:\'web\' "slow answer"'""", 0),
        (r'"@url:\"/a b\""', 1),
        (r'"@url:(\"/a b\" OR \"/c\")"', 2),
        (r'"@url:\\/c"', 1),
        (r'"@url:\/c"', 1),
    ],
)
def test_quotes_in_a_search_are_escaped(store, search, expected):
    # As `"query": "logs(\"service:web \\\"slow answer\\\"\")…"` of the API, once its JSON is read.
    write(store, 1, url='/a b')
    write(store, 1, url='/c')
    monitor = make(f'logs({search}).index("*").rollup("count").last("5m") > 3')
    assert monitors.values(store, monitor, START + MINUTE) == {'*': float(expected)}
