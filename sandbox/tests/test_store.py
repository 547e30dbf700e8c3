"""The store: what is kept, what is read back, and what is removed."""

import sqlite3
import threading
from contextlib import closing

import numpy as np
import pytest
from datadog_sandbox.store import Series, ServiceCheck, Span, Store, TraceStat, Transition

NAN = float("nan")
LOAD = Series('load', 'a', ('disk:1', 'env:dev'))
GAUGE = [(LOAD, 100, 1.0), (LOAD, 145, 2.0)]
SPAN = Span('7', '1', '0', 'shop', 'web', 'GET /', 'web', 5_000_000_000, 12, 0, 'a', 'dev', {'k': 'v'}, {'n': 1.5})


def ids(store: Store, metric: str = 'load') -> list[int]:
    return [*store.series(metric)]


def buckets(
    store: Store, series: list[int], start: int, end: int, interval: int, method: str
) -> list[tuple[int, int, float]]:
    """The cells of a grid that have a value, by series and bucket."""
    grid = store.grid(series, start, end, interval, method)
    return sorted((series[row], column, grid[row, column]) for row, column in np.argwhere(~np.isnan(grid)).tolist())


def test_points_come_back_by_series_and_bucket(store: Store) -> None:
    assert store.add([*GAUGE, (LOAD._replace(host='b'), 119, 5.0)]) == 3
    first, second = ids(store)
    assert buckets(store, [second, first], 100, 160, 20, 'avg') == [(first, 0, 1.0), (first, 2, 2.0), (second, 0, 5.0)]
    assert store.series('load') == {first: LOAD, second: LOAD._replace(host='b')}
    assert store.series('other') == {}


@pytest.mark.parametrize(
    ('method', 'value'), [('avg', 4.0), ('sum', 12.0), ('min', 1.0), ('max', 6.0), ('count', 3), ('last', 5.0)]
)
def test_each_method_of_a_bucket(store: Store, method, value: float) -> None:
    points = [(110, 6.0), (100, 1.0), (119, 5.0), (120, 100.0), (99, 100.0)]
    store.add((LOAD, *point) for point in points)
    assert buckets(store, ids(store), 100, 120, 20, method) == [(ids(store)[0], 0, value)]


def test_the_same_series_and_time_replaces(store: Store) -> None:
    store.add(GAUGE)
    store.add([(LOAD, 100, 9.0)])
    assert buckets(store, ids(store), 0, 200, 1, 'sum') == [(ids(store)[0], 100, 9.0), (ids(store)[0], 145, 2.0)]


def test_a_new_type_changes_the_series_and_not_its_id(store: Store) -> None:
    store.add(GAUGE)
    [before] = ids(store)
    version = store.version
    store.add(GAUGE)
    assert store.version == version
    count = LOAD._replace(type='count', interval=10)
    store.add([(count, 200, 3.0)])
    assert store.series('load') == {before: count}
    assert store.version > version


def test_states_are_saved_and_forgotten_with_their_transaction(store: Store) -> None:
    store.save_states(1, {'host:a': {'status': 'OK'}, 'host:b': {'status': 'Warn'}})
    assert store.states(1) == {'host:a': {'status': 'OK'}, 'host:b': {'status': 'Warn'}}
    with pytest.raises(RuntimeError), store.transaction():
        store.save_states(1, {'host:a': None, 'host:b': {'status': 'Alert'}, 'host:c': {'status': 'OK'}})
        assert store.states(1) == {'host:b': {'status': 'Alert'}, 'host:c': {'status': 'OK'}}
        raise RuntimeError
    assert store.states(1) == {'host:a': {'status': 'OK'}, 'host:b': {'status': 'Warn'}}
    store.forget_monitor(1)
    assert store.states(1) == {}


def test_metrics_and_last_times(store: Store) -> None:
    store.add([*GAUGE, (LOAD._replace(metric='old'), 10, 1.0)])
    assert store.metrics() == ['load', 'old']
    assert store.metrics(since=145) == ['load']
    [load] = ids(store)
    assert store.last_times([load, 99], 0, 145) == {load: 100}
    assert store.last_times([load], 146, 200) == {}


def test_a_transaction_that_fails_leaves_nothing_behind(store: Store) -> None:
    version = store.version
    with pytest.raises(RuntimeError), store.transaction():
        store.add(GAUGE)
        store.touch_hosts(['a'], 100)
        raise RuntimeError
    assert (store.series('load'), store.hosts()) == ({}, [])
    assert store.version > version
    store.add(GAUGE)
    assert len(buckets(store, ids(store), 0, 200, 1, 'sum')) == 2


def test_host_tags_change_the_version_only_when_they_change(store: Store) -> None:
    store.touch_hosts(['a'], 50)
    assert store.host('a') == ('a', (), {}, 50)
    assert store.host_tags('a') == ()
    version = store.version
    store.add_host('a', ('env:dev',), {'os': 'linux'}, 60)
    assert store.host_tags('a') == ('env:dev',)
    assert store.version > version
    version = store.version
    store.add_host('a', ('env:dev',), {'os': 'linux'}, 70)
    store.touch_hosts(['a', 'b'], 80)
    assert store.version == version
    assert store.hosts() == [('a', ('env:dev',), {'os': 'linux'}, 80), ('b', (), {}, 80)]
    assert store.host('c') is None


def test_a_service_check_keeps_the_latest_status(store: Store) -> None:
    check = ServiceCheck('up', 'a', ('x:1',), 2, 100, 'down')
    store.add_service_checks([check])
    store.add_service_checks([check._replace(status=0, time=99)])
    assert store.service_checks() == [check]
    store.add_service_checks([check._replace(status=1, time=100, message='')])
    assert store.service_checks() == [check._replace(status=1, message='')]


def test_spans_and_statistics(store: Store) -> None:
    later = SPAN._replace(id='2', parent='1', start=6_000_000_000)
    store.add_spans([SPAN, later])
    store.add_spans([SPAN])
    assert store.spans() == [later, SPAN]
    assert store.spans(end=6_000_000_000) == [SPAN]
    assert store.spans(trace='8') == []
    assert store.spans(limit=1) == [later]
    stat = TraceStat('shop', 'web.request', 'GET /', 200, 'a', 100, 3, 1, 36)
    store.add_trace_stats([stat])
    assert (store.trace_stats(100, 101), store.trace_stats(101, 200)) == ([stat], [])


def test_resources_keep_their_place(store: Store) -> None:
    for id_ in (2, 1):
        store.save('monitor', id_, {'id': id_})
    store.save('monitor', 2, {'id': 2, 'name': 'new'})
    assert store.all('monitor') == [{'id': 2, 'name': 'new'}, {'id': 1}]
    assert store.get('monitor', 1) == {'id': 1}
    assert store.get('dashboard', 1) is None
    assert (store.remove('monitor', 1), store.remove('monitor', 1)) == (True, False)


def test_states_and_transitions(store: Store) -> None:
    store.save_states(1, {'host:a': {'status': 'Alert'}, 'host:b': {'status': 'OK'}})
    store.save_states(1, {'host:b': None})
    assert store.states(1) == {'host:a': {'status': 'Alert'}}
    first, second = Transition(1, 'host:b', 60, 'Alert', 900.0), Transition(1, 'host:a', 120, 'No Data', None)
    store.add_transitions([second, first])
    assert store.transitions(1) == [first, second]
    assert store.transitions(1, 61, 120) == []
    store.forget_monitor(1)
    assert (store.states(1), store.transitions(1)) == ({}, [])


def test_mails_and_pictures(store: Store) -> None:
    first, second = store.add_mail(100, {'subject': 'one'}), store.add_mail(200, {'subject': 'two'})
    store.mark_sent(first)
    assert [mail.id for mail in store.mails()] == [first, second]
    assert store.mails(unsent=True) == [(second, 200, False, {'subject': 'two'})]
    assert store.mail(first) == (first, 100, True, {'subject': 'one'})
    assert store.mail(99) is None
    store.add_picture('x', 100, b'png')
    assert (store.picture('x'), store.picture('y')) == (b'png', None)


def test_pruning_removes_what_is_older(store: Store) -> None:
    store.add([*GAUGE, (LOAD._replace(metric='old'), 10, 1.0)])
    store.add_spans([SPAN, SPAN._replace(id='2', start=200_000_000_000)])
    store.touch_hosts(['old'], 10)
    store.touch_hosts(['new'], 200)
    store.add_mail(10, {})
    store.save('event', 1, {'date_happened': 10})
    store.save('event', 2, {'date_happened': 145})
    store.save('dashboard', 'a', {})
    store.count_received('POST', '/old', False, 1, 0, 10)
    store.prune(145)
    assert store.metrics() == ['load']
    assert buckets(store, ids(store), 0, 200, 1, 'sum') == [(ids(store)[0], 145, 2.0)]
    assert [span.id for span in store.spans()] == ['2']
    assert [host.name for host in store.hosts()] == ['new']
    assert (store.mails(), store.received()) == ([], [])
    assert store.all('event') == [{'date_happened': 145}]
    assert store.all('dashboard') == [{}]


def test_pruning_gives_the_space_back(tmp_path) -> None:
    store = Store(tmp_path / 'account.db')
    series = [LOAD._replace(tags=(f'n:{number}',)) for number in range(100)]
    store.add((each, time, 0.5) for each in series for time in range(0, 400 * 3600, 36 * 4))
    store.prune(0)
    sizes = [file.stat().st_size for file in sorted(tmp_path.iterdir())]
    assert sizes[0] > 8_000_000
    store.prune(396 * 3600)
    assert (tmp_path / 'account.db').stat().st_size < sizes[0] / 10
    assert (tmp_path / 'account.db-wal').stat().st_size == 0
    assert buckets(store, ids(store)[:1], 0, 400 * 3600, 400 * 3600, 'count') == [(ids(store)[0], 0, 100)]
    store.close()


def test_everything_is_there_when_the_file_is_opened_again(tmp_path) -> None:
    store = Store(tmp_path / 'account.db')
    store.add(GAUGE)
    store.add_host('a', ('env:dev',), {}, 100)
    store.close()
    again = Store(tmp_path / 'account.db')
    assert buckets(again, ids(again), 0, 200, 100, 'sum') == [(ids(again)[0], 1, 3.0)]
    assert again.host_tags('a') == ('env:dev',)
    again.close()


def test_a_file_that_is_no_database_is_an_error(tmp_path) -> None:
    (tmp_path / 'text').write_text('not a database, but long enough to be looked at as one' * 20)
    with pytest.raises(sqlite3.DatabaseError, match='file is not a database'):
        Store(tmp_path / 'text')
    with pytest.raises(sqlite3.OperationalError, match='unable to open database file'):
        Store(tmp_path / 'none' / 'account.db')


def test_threads_share_a_store(store: Store) -> None:
    def write(number: int) -> None:
        for time in range(50):
            store.add([(LOAD._replace(tags=(f'n:{number}',)), time, 1.0)])

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(value for _, _, value in buckets(store, ids(store), 0, 50, 50, 'sum')) == 400


def test_a_grid_has_a_row_for_each_series_as_asked_and_nan_where_nothing_is(store: Store) -> None:
    store.add([*GAUGE, (LOAD._replace(host='b'), 119, 5.0)])
    first, second = ids(store)
    grid = store.grid([second, 99, first], 100, 150, 20, 'avg')
    np.testing.assert_array_equal(grid, [[5.0, NAN, NAN], [NAN, NAN, NAN], [1.0, NAN, 2.0]])
    assert store.grid([], 100, 160, 20, 'avg').shape == (0, 3)


def test_the_history_of_a_service_check_is_kept(store: Store) -> None:
    check = ServiceCheck('up', 'a', ('x:1',), 2, 100, 'down')
    later, other = check._replace(time=160, status=0, message=''), check._replace(name='down')
    store.add_service_checks([later, check, other, check._replace(host='b')])
    store.add_service_checks([check._replace(status=1)])
    assert store.check_statuses('up', 100, 160) == [check._replace(status=1), check._replace(host='b')]
    assert store.check_statuses('up', 101, 161) == [later]
    assert store.service_checks() == [other, later, check._replace(host='b')]


def test_events_come_by_time(store: Store) -> None:
    for id_, time in ((1, 30), (2, 10), (3, 20), (4, 20)):
        store.save('event', id_, {'id': id_, 'date_happened': time})
    assert [event['id'] for event in store.events(10, 30)] == [2, 3, 4]
    assert [event['id'] for event in store.events(11, 31)] == [3, 4, 1]


def test_a_file_of_another_version_is_refused_and_left_as_it_is(tmp_path) -> None:
    file = tmp_path / 'old.db'
    with closing(sqlite3.connect(file)) as sql:
        sql.execute('CREATE TABLE host (name TEXT PRIMARY KEY, tags TEXT NOT NULL, last_seen INTEGER NOT NULL)')
    with pytest.raises(sqlite3.DatabaseError, match='not written by this version .* name another'):
        Store(file)
    with closing(sqlite3.connect(file)) as sql:
        assert sql.execute('SELECT name FROM sqlite_schema WHERE type = \'table\'').fetchall() == [('host',)]


def test_a_deferred_transaction_begins_with_the_first_write_and_is_one(store: Store) -> None:
    with pytest.raises(RuntimeError), store.deferred():
        with store.deferred():
            assert store.get('monitor', 1) is None
            assert store._writer is None
            store.save('monitor', 1, {})
        assert store._writer == threading.get_ident()
        store.add(GAUGE)
        raise RuntimeError
    assert (store.all('monitor'), store.series('load'), store._writer) == ([], {}, None)
    assert store.last_times([1], 0, 1000) == {}
    with store.deferred():
        store.save('monitor', 1, {'id': 1})
    assert store.all('monitor') == [{'id': 1}]
    with pytest.raises(RuntimeError), store.deferred():
        raise RuntimeError
    store.add(GAUGE)
    assert store.last_times([1], 0, 1000) == {1: 145}


def test_a_type_that_comes_back_is_the_series_again(store: Store) -> None:
    for type_ in ('gauge', 'count', 'gauge'):
        store.add([(LOAD._replace(type=type_), 100, 1.0)])
    assert [*store.series('load').values()] == [LOAD]


def test_the_last_time_may_be_the_first_second_and_not_the_end(store: Store) -> None:
    store.add(GAUGE)
    [load] = ids(store)
    assert store.last_times([load], 145, 146) == {load: 145}
    assert store.last_times([load], 100, 145) == {load: 100}
    assert store.last_times([load], 101, 145) == {}
