"""Trace analytics monitors: https://docs.datadoghq.com/monitors/types/apm/?tab=traceanalytics"""

import monitoring
import pytest
from datadog_sandbox import monitors
from datadog_sandbox.monitors import evaluate
from datadog_sandbox.query import QueryError
from datadog_sandbox.store import Span, Store
from monitoring import MINUTE, START, history, minutes

SECOND = 1_000_000_000


@pytest.fixture
def store():
    store = Store()
    yield store
    store.close()


def write(store, *at, service='web', duration=1, error=0, resource='GET /'):
    """Keep a span that starts at each of some minutes, and takes some seconds."""
    store.add_spans(
        Span(
            't', f'{service}{minute}', '0', service, 'http', resource, 'web', int((START + minute * MINUTE) * SECOND),
            duration * SECOND, error, 'a', 'prod', {'http.status_code': '500'}, {},
        )
        for minute in at
    )  # fmt: skip


def make(query, **options):
    return monitoring.make(query, type_='trace-analytics alert', **options)


def test_a_number_of_spans_in_a_window(store):
    write(store, 2, 4, error=1)
    write(store, 3)
    query = 'trace-analytics("env:prod status:error @http.status_code:500").rollup("count").by("*").last("5m") > 1'
    evaluate(store, make(query), minutes(12))
    # Both are there at 4, and the first is out of (2, 7] at 7.
    assert history(store) == [(0, '*', 'OK'), (4, '*', 'Alert'), (7, '*', 'OK')]


def test_a_span_between_minutes_is_seen_at_the_next_one_and_leaves_with_its_nanosecond(store):
    write(store, 1.001, 2)
    evaluate(store, make('trace-analytics("http").rollup("count").last("1m") > 0'), minutes(5))
    # (1, 2] holds both; (2, 3] holds neither, as 2 is not after 2.
    assert history(store) == [(0, '*', 'OK'), (2, '*', 'Alert'), (3, '*', 'OK')]


def test_a_measure_by_group_and_an_index(store):
    write(store, 1, 2, duration=1)
    write(store, 3, duration=4)
    write(store, 2, service='db', duration=7)
    query = (
        'trace-analytics("*").index("trace-search", "djm-search").rollup("avg", "@duration").by("service").last("5m")'
    )
    # In nanoseconds, as spans have it.
    assert monitors.values(store, make(f'{query} > 1'), START + 3 * MINUTE) == {
        'service:web': 2e9,
        'service:db': 7e9,
    }
    slowest = make('trace-analytics("service:web").rollup("max", "duration").last("5m") > 1')
    assert monitors.values(store, slowest, START + 3 * MINUTE) == {'*': 4e9}


def test_what_datadog_would_not_count_is_remarked():
    remarks = monitors.remarks(make('trace-analytics("*").rollup("count").last("5m") > 1'))
    assert [(remark.code, remark.approximated) for remark in remarks] == [('all-spans', True)]


def test_another_query_is_refused_with_one_that_fits():
    with pytest.raises(QueryError, match=r'it must be like trace-analytics\("service:web status:error"\)'):
        monitors.parse(make('logs("*").rollup("count").last("5m") > 1'))
