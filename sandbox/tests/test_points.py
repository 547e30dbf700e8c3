"""Points in the head and in blocks: whatever comes in whatever order, what is read is what was kept last."""

import threading

import numpy as np
import pytest
from datadog_sandbox.store import Series, Store, points
from datadog_sandbox.store.chunks import SHELF, Chunk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

HOUR = 3600
POSTS = st.lists(
    st.lists(st.tuples(st.integers(0, 2 * SHELF), st.integers(0, 3 * HOUR), st.integers(-9, 9)), max_size=12),
    max_size=12,
)


def series(number: int) -> Series:
    return Series('m', '', (f'n:{number:03}',))


def content(store: Store) -> dict[tuple[str, int], float]:
    """All points, by tag and time. No point is there twice."""
    of = store.series('m')
    rows, times, values = store.points([*of], 0, 10**6)
    tags = [each.tags[0] for each in of.values()]
    pairs = [(tags[row], time) for row, time in zip(rows.tolist(), times.tolist(), strict=True)]
    assert len(pairs) == len(set(pairs))
    return dict(zip(pairs, values.tolist(), strict=True))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(posts=POSTS, most=st.sampled_from([0, 5, 20, 10**6]), on_disk=st.booleans())
def test_the_last_value_of_a_series_and_time_counts(tmp_path_factory, monkeypatch, posts, most, on_disk) -> None:
    monkeypatch.setattr(points, 'MOST_POINTS', most)
    file = tmp_path_factory.mktemp('points') / 'account.db' if on_disk else None
    expected: dict[tuple[str, int], float] = {}
    store = Store(file)
    for post in posts:
        store.add([(series(number), time, float(value)) for number, time, value in post])
        expected |= {(f'n:{number:03}', time): float(value) for number, time, value in post}
    assert content(store) == expected
    last: dict[str, int] = {}
    for tag, time in expected:
        last[tag] = max(time, last.get(tag, 0))
    known = {id_: each.tags[0] for id_, each in store.series('m').items()}
    assert {known[id_]: time for id_, time in store.last_times([*known], 0, 10**6).items()} == last
    if file:
        store.close()
        store = Store(file)
        assert content(store) == expected
        assert {known[id_]: time for id_, time in store.last_times([*known], 0, 10**6).items()} == last
    store.close()


def test_a_grid_is_the_same_from_the_head_and_from_blocks(monkeypatch) -> None:
    draw = np.random.default_rng(0)
    posts = [(series(int(n)), int(t), float(v)) for n, t, v in draw.integers(0, [90, 9000, 50], (5000, 3))]
    head, closed = Store(), Store()
    head.add(posts)
    monkeypatch.setattr(points, 'MOST_POINTS', 700)
    for first in range(0, 5000, 500):
        closed.add(posts[first : first + 500])
    [(count,)] = closed._sql.execute('SELECT count(*) FROM block')
    assert count > 3
    ids = [id_ for id_, _ in sorted(head.series('m').items(), key=lambda pair: pair[1])]
    theirs = [id_ for id_, _ in sorted(closed.series('m').items(), key=lambda pair: pair[1])]
    values = {(series.tags, time): value for series, time, value in posts}
    for method, of in {'avg': np.mean, 'sum': sum, 'min': min, 'max': max, 'count': len}.items():
        grid = head.grid(ids, 100, 8900, 250, method)
        np.testing.assert_allclose(closed.grid(theirs, 100, 8900, 250, method), grid)
        cell = [value for (tags, time), value in values.items() if tags == ('n:007',) and 2600 <= time < 2850]
        assert grid[7, 10] == pytest.approx(of(cell))
    np.testing.assert_array_equal(closed.grid(theirs, 0, 9000, 9000, 'last'), head.grid(ids, 0, 9000, 9000, 'last'))
    head.close()
    closed.close()


def test_the_blocks_of_an_hour_are_joined_when_it_can_have_no_more(monkeypatch) -> None:
    store = Store()
    monkeypatch.setattr(points, 'MOST_POINTS', 0)
    # With the first, numbered 0, an hour has three blocks.
    monkeypatch.setattr(points, 'MOST_PARTS', 2)
    counts = []
    for time in range(5):
        store.add([(series(1), time, float(time))])
        counts += store._sql.execute('SELECT count(*) FROM block')
    assert counts == [(1,), (2,), (3,), (1,), (2,)]
    assert content(store) == {('n:001', time): time for time in range(5)}
    store.close()


def test_points_from_before_what_was_removed_count() -> None:
    """The clock was far ahead, and is corrected."""
    store = Store()
    store.add([(series(1), 900, 1.0)])
    store.prune(900)
    store.add([(series(1), 950, 1.0), (series(2), 100, 2.0)])
    assert sorted(store.last_times([*store.series('m')], 0, 1000).values()) == [100, 950]
    store.close()


def test_a_failed_transaction_brings_back_what_it_closed(monkeypatch) -> None:
    store = Store()
    store.add([(series(1), 10, 1.0)])
    monkeypatch.setattr(points, 'MOST_POINTS', 0)
    with pytest.raises(RuntimeError), store.transaction():
        store.add([(series(1), 5, 2.0), (series(2), 7, 3.0)])
        assert len(content(store)) == 3
        raise RuntimeError
    assert content(store) == {('n:001', 10): 1.0}
    store.add([(series(2), 8, 4.0)])
    assert content(store) == {('n:001', 10): 1.0, ('n:002', 8): 4.0}
    store.close()


def test_readers_see_each_point_once_while_blocks_are_closed(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(points, 'MOST_POINTS', 50)
    store = Store(tmp_path / 'account.db')
    store.add([(series(1), 0, 1.0)])
    [id_] = store.series('m')
    stop, counts = threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            # Content checks that nothing is there twice.
            counts.append(len(content(store)))

    reader = threading.Thread(target=read)
    reader.start()
    for time in range(1, 400):
        store.add([(series(1), time, 1.0)])
    stop.set()
    reader.join()
    assert counts == sorted(counts)
    assert store.grid([id_], 0, 400, 400, 'count').tolist() == [[400]]
    store.close()


def test_a_clock_that_was_far_ahead_hides_nothing_for_ever() -> None:
    store = Store()
    store.add([(series(1), 1000, 1.0)])
    store.prune(10**6)
    assert content(store) == {}
    store.add([(series(1), 1010, 2.0)])
    assert content(store)['n:001', 1010] == 2.0
    store.close()


def test_pruning_drops_whole_blocks_and_hides_the_rest(monkeypatch) -> None:
    monkeypatch.setattr(points, 'MOST_POINTS', 0)
    store = Store()
    store.add([(series(1), time, 1.0) for time in range(0, 3 * HOUR, 60)])
    store.prune(HOUR + 600)
    assert store._sql.execute('SELECT count(*) FROM block').fetchone() == (2,)
    assert min(time for _, time in content(store)) == HOUR + 600
    assert store.metrics() == ['m']
    store.prune(3 * HOUR)
    assert (store.series('m'), store.metrics()) == ({}, [])
    store.close()


def test_points_are_packed_and_unpacked() -> None:
    chunk = Chunk.of(np.array([2, 1, 2]), np.array([5, 9, 5]), np.array([1.0, 2.0, 3.0]))
    assert (chunk.keys.tolist(), chunk.values.tolist()) == ([(1 << 37) + 9, (2 << 37) + 5], [2.0, 3.0])
    again = Chunk.unpack(chunk.pack())
    assert (again.keys.tolist(), again.values.tolist()) == (chunk.keys.tolist(), chunk.values.tolist())
