"""Distributions: their values are "merged in time and space at the same time".

https://docs.datadoghq.com/metrics/distributions/ and, on rollups of them,
https://docs.datadoghq.com/metrics/faq/rollup-for-distributions-with-percentiles/.
"""

import pytest
from datadog_sandbox.query import QueryError, parse
from datadog_sandbox.store import Series, Store
from datadog_sandbox.store.sketches import sketch_of
from querying import T, ask, only_line, put


def keep(store: Store, points: dict[int, list[float]], *tags: str) -> None:
    series = Series('d', '', tags, 'distribution', 10)
    store.add_sketches(sketch_of(series, T + time, values) for time, values in points.items())


@pytest.fixture
def latencies(store):
    """1 to 100 from one service, half of them a minute later, and 1,000 from another."""
    keep(store, {0: [*range(1, 51)], 60: [*range(51, 101)]}, 'service:a')
    keep(store, {0: [1000] * 100}, 'service:b')
    return store


def near(value: float) -> object:
    """DDSketch's error is relative: 1 %."""
    return pytest.approx(value, rel=0.01)


def test_percentiles_are_of_all_values_of_a_group(latencies):
    assert ask(latencies, 'p95:d{*} by {service}', 120, 120) == {'service:a': [near(95)], 'service:b': [near(1000)]}
    # Of 200 values the 25th percentile is the 50th: the mean of the percentiles, 25 and 1,000, is none.
    assert only_line(latencies, 'p25:d{*}', 120, 120) == [near(50)]
    # Of 100 values the one at 0.999 · 99, rounded down, as DDSketch has it.
    assert only_line(latencies, 'p99.9:d{service:a}', 120, 120) == [near(99)]
    assert only_line(latencies, 'p50:d{service:a}', 120, 60) == [near(25), near(75)]


@pytest.mark.parametrize(
    ('aggregator', 'expected'),
    [
        ('count', [150, 50]),
        ('sum', [101_275, 3775]),
        ('min', [1, 51]),
        ('max', [1000, 100]),
        ('avg', [675.166666667, 75.5]),
    ],
)
def test_the_other_aggregators_are_exact(latencies, aggregator, expected):
    assert only_line(latencies, f'{aggregator}:d{{*}}', 120, 60) == expected


def test_the_method_of_a_rollup_has_no_effect(latencies):
    expected = only_line(latencies, 'p99:d{service:a}.rollup(60)', 120, 20)
    assert expected == [near(49), near(99)]
    for method in ('avg', 'sum', 'max'):
        assert only_line(latencies, f'p99:d{{service:a}}.rollup({method}, 60)', 120, 20) == expected
    assert only_line(latencies, 'avg:d{service:a}.rollup(max, 120)', 120, 20) == [50.5]


def test_counts_of_distributions_add_up(latencies):
    assert only_line(latencies, 'count:d{*}.as_count()', 120, 60) == [150, 50]
    assert only_line(latencies, 'count:d{*}.as_rate()', 120, 60) == [2.5, round(50 / 60, 9)]
    assert only_line(latencies, 'count:d{service:b}.as_count() / count:d{*}.as_count()', 120, 60) == [
        round(100 / 150, 9),
        0,
    ]


def test_distributions_are_not_interpolated(latencies):
    assert only_line(latencies, 'avg:d{*}', 120, 30) == [near(675.17), None, 75.5, None]
    assert only_line(latencies, 'max:d{*}.fill(last, 30)', 120, 30) == [1000, 1000, 100, 100]


def test_functions_go_over_percentiles(latencies):
    assert only_line(latencies, 'diff(p100:d{service:a})', 120, 60) == [None, near(50)]
    assert ask(latencies, 'clamp_max(p50:d{*} by {service}, 60)', 60, 60) == {
        'service:a': [near(25)],
        'service:b': [60],
    }


def test_days_of_the_calendar_merge_all_their_values(latencies):
    assert only_line(latencies, "p50:d{service:a}.rollup(avg, daily, 'UTC')", 120) == [near(50)]


def test_a_percentile_needs_a_distribution(store):
    put(store, 'm', {0: 1})
    with pytest.raises(QueryError, match='p95 needs a distribution, and this metric is a gauge'):
        ask(store, 'p95:m{*}', 20)
    assert ask(store, 'p95:unknown{*}', 20) == {}


@pytest.mark.parametrize('aggregator', ['p101', 'p', 'p1.234', 'p-1', 'stddev'])
def test_other_percentiles_are_refused(aggregator):
    with pytest.raises(QueryError):
        parse(f'{aggregator}:d{{*}}')


def test_counts_over_a_threshold_say_that_they_are_not_supported():
    with pytest.raises(QueryError, match=r'counts of the values over a threshold, count\(v: v>=…\), are not supported'):
        parse('count(v: v<=0.1):d{*} by {service}.as_count()')
