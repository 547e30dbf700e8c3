"""What each function makes of a few points, worked out by hand from Datadog's pages on functions.

https://docs.datadoghq.com/dashboards/functions/, category by category.
"""

import math

import pytest
from datadog_sandbox.query import QueryError, evaluate, evaluate_formulas, parse_monitor
from querying import DAY, T, ask, only_line, put, values

HOUR = 3600


def points(*given: float | None, every: int = 20) -> dict[int, float]:
    return {place * every: value for place, value in enumerate(given) if value is not None}


@pytest.mark.parametrize(
    ('expression', 'expected'),
    [
        # Arithmetic
        ('abs({})', [4, 2, None, 8, 0]),
        ('log2({})', [2, None, None, 3, None]),
        ('log10(25 * {})', [2, None, None, round(math.log10(200), 9), None]),
        ('cumsum({})', [4, 2, None, 10, 10]),
        # 0, -2 · 20, 8 · 40 for the gap, 0 · 20.
        ('integral({})', [0, -40, None, 280, 280]),
        # Exclusion: "do not replace values that are equal to the threshold".
        ('clamp_min({}, 0)', [4, 0, None, 8, 0]),
        ('clamp_max({}, 4)', [4, -2, None, 4, 0]),
        ('cutoff_min({}, 0)', [4, None, None, 8, 0]),
        ('cutoff_max({}, 4)', [4, -2, None, None, 0]),
        ('cutoff_min({}, -2)', [4, -2, None, 8, 0]),
        # Interpolation, for up to five minutes: straight to the next value.
        ('default({}, 7)', [4, -2, 3, 8, 0]),
        ('default({}.fill(null), 7)', [4, -2, 7, 8, 0]),
        ('default({}.fill(null), -0.5)', [4, -2, -0.5, 8, 0]),
        # Rate
        ('diff({})', [None, -6, None, 10, -8]),
        ('monotonic_diff({})', [None, None, None, 10, None]),
        ('derivative({})', [None, -0.3, None, 0.25, -0.4]),
        ('rate({})', [None, None, None, 0.25, None]),
        ('per_second({})', [None, None, None, 0.25, None]),
        ('per_minute({})', [None, None, None, 15, None]),
        ('per_hour({})', [None, None, None, 900, None]),
        ('dt({})', [None, 20, None, 40, 20]),
        ('throughput({})', [0.2, -0.1, None, 0.4, 0]),
        # Count
        ('count_nonzero({})', [1, 1, None, 1, 0]),
        ('count_nonzero_finite({})', [1, 1, None, 1, 0]),
        ('count_not_null({})', [1, 1, None, 1, 1]),
        # Rollup: of 40 seconds each, the first one begins with the range.
        ("rollup({}, 'sum', 40)", [2, None, 8, None, 0]),
        ("rollup({}, 'max', 10)", [4, -2, None, 8, 0]),
        ("rollup({}, 'count', 60)", [2, None, None, 2, None]),
        ("rollup({}, 'p50', 86400)", [2, None, None, None, None]),
        ("rollup({}, 'p100', 86400)", [8, None, None, None, None]),
        ("reduce({}, 'max')", [8] * 5),
        ("reduce({}, 'avg')", [2.5] * 5),
        # Smoothing: of the last three buckets there are 4; 4 and -2; none at the gap; -2 and 8; 8 and 0.
        ('median_3({})', [4, 1, None, 3, 4]),
        ('median_5({})', [4, 1, None, 4, 2]),
        ('median_7({})', [4, 1, None, 4, 2]),
        ('median_9({})', [4, 1, None, 4, 2]),
        ('rollingavg_5({})', [4, 1, None, round(10 / 3, 9), 2.5]),
        # Weights 1, 1/2, 1/4, …, also over the gap: (8 − 2/4 + 4/8) / (1 + 1/4 + 1/8), (0 + 4 − 2/8 + 4/16) / 1.6875.
        ('ewma_3({})', [4, 0, None, round(8 / 1.375, 9), round(4 / 1.6875, 9)]),
    ],
)  # fmt: skip
def test_functions_of_one_line(store, expression, expected):
    put(store, 'm', points(4, -2, None, 8, 0))
    assert only_line(store, expression.format('avg:m{*}'), 100) == expected


@pytest.mark.parametrize(
    ('name', 'weight'), [('ewma_5', 1 / 3), ('ewma_7', 1 / 4), ('ewma_10', 2 / 11), ('ewma_20', 2 / 21)]
)
def test_the_newest_value_weighs_two_by_span_and_one(store, name, weight):
    # After a long time at 0, one value of 1 is as much as it weighs.
    put(store, 'm', {-20 * place: 0 for place in range(1, 200)} | {0: 1})
    assert only_line(store, f'{name}(avg:m{{*}})', 20) == [pytest.approx(weight, rel=1e-3)]


@pytest.mark.parametrize('name', ['rollingavg_13', 'rollingavg_21', 'rollingavg_29'])
def test_rolling_averages_look_back_over_their_span(store, name):
    span = int(name.rpartition('_')[2])
    put(store, 'm', {20 * (place - span): float(place == 1) for place in range(span + 1)})
    # The 1 is the first of so many values that end at the last one, and no longer in the one after.
    assert only_line(store, f'{name}(avg:m{{*}})', 20) == [pytest.approx(1 / span)]


def test_differences_come_before_aggregation_in_space(store):
    # Of sums, the second counter's start at 1,000 would be a step; "before space aggregation takes place".
    put(store, 'm', points(10, 20, 30), 'host:a')
    put(store, 'm', points(None, 1000, 1006), 'host:b')
    assert only_line(store, 'per_second(sum:m{*})', 60) == [None, 0.5, 0.8]
    assert only_line(store, 'monotonic_diff(sum:m{*})', 60) == [None, 10, 16]
    assert only_line(store, 'derivative(sum:m{*})', 60) == [None, 0.5, 0.8]


def test_a_counter_that_starts_again_does_not_go_back(store):
    put(store, 'm', points(100, 160, 10, 40))
    assert only_line(store, 'per_minute(avg:m{*})', 80) == [None, 180, None, 90]
    assert only_line(store, 'diff(avg:m{*})', 80) == [None, 60, -150, 30]


def test_cumulative_functions_start_with_the_range(store):
    put(store, 'm', points(1, 2, 3, 4))
    assert only_line(store, 'cumsum(avg:m{*})', 80, start=40) == [3, 7]
    assert only_line(store, 'integral(avg:m{*})', 80, start=40) == [0, 80]
    assert only_line(store, 'ewma_3(cumsum(avg:m{*}))', 80, start=40) == [3, round((7 + 3 / 2) / 1.5, 9)]


def test_the_older_page_tells_how_default_works(store):
    """One point, held for five minutes; before and behind, the default."""
    put(store, 'm', {900: 60})
    line = only_line(store, 'default(avg:m{*}, 5)', 1800, 60)
    assert line == [5] * 15 + [60] * 6 + [5] * 9
    assert only_line(store, 'default(sum:m{*}.as_count(), 5)', 1800, 60) == line


def test_default_makes_arithmetic_with_sparse_gauges(store):
    put(store, 'errors', {0: 3})
    put(store, 'hits', {0: 10, 600: 20, 1200: 5})
    ratio = 'default(avg:errors{*}, 0) / default(avg:hits{*}, 1)'
    assert only_line(store, ratio, 1800, 600) == [0.3, 0, 0]


def test_exclude_null_leaves_out_groups_with_any_missing_tag(store):
    put(store, 'm', {0: 1}, 'account:prod', 'region:eu')
    put(store, 'm', {0: 2}, 'account:prod')
    put(store, 'm', {0: 3}, 'region:eu')
    assert set(ask(store, 'avg:m{*} by {account,region}', 20)) == {
        'account:prod,region:eu', 'account:prod,region:N/A', 'account:N/A,region:eu',
    }  # fmt: skip
    assert ask(store, 'exclude_null(avg:m{*} by {account,region})', 20) == {'account:prod,region:eu': [1]}


def test_counts_are_of_groups_at_each_point(store):
    put(store, 'm', points(1, 0, None, None), 'host:a')
    put(store, 'm', points(2, 5, None, 0), 'host:b')
    put(store, 'm', points(None, 5, None, None), 'host:c')
    query = 'avg:m{*} by {host}'
    assert ask(store, f'count_nonzero({query})', 80) == {'*': [2, 2, None, 0]}
    assert ask(store, f'count_not_null({query})', 80) == {'*': [2, 3, None, 1]}
    # One line, which goes with each group of another query.
    assert ask(store, f'{query} / count_not_null({query})', 20) == {'host:a': [0.5], 'host:b': [1]}
    assert ask(store, 'count_not_null(avg:unknown{*} by {host})', 80) == {}


def test_dt_is_one_line_of_all_groups(store):
    put(store, 'm', points(1, None, None, 4), 'host:a')
    put(store, 'm', points(None, 2, None, None), 'host:b')
    assert ask(store, 'dt(avg:m{*} by {host})', 80) == {'*': [None, 20, None, 40]}


HOSTS = {'a': (1, 9), 'b': (4, 4), 'c': (-7, 3), 'd': (5, 5), 'e': (0, 1), 'f': (6, 8)}


@pytest.mark.parametrize(
    ('name', 'expected'),
    [
        # Means 5, 4, -2, 5, 0.5, 7: without the lowest.
        ('top5', 'fadbe'),
        ('top5_mean', 'fadbe'),
        ('bottom5', 'cebad'),
        ('top5_max', 'afdbc'),
        ('top5_min', 'fdbae'),
        ('top5_last', 'afdbc'),
        ('bottom5_last', 'ecbdf'),
        # Roots of 82, 32, 58, 50, 1, 100.
        ('top5_l2norm', 'facdb'),
        ('bottom5_area', 'cebad'),
        ('bottom10_min', 'ceabdf'),
        ('top15_max', 'afdbce'),
        ('top20_mean', 'fadbec'),
    ],
)
def test_old_forms_of_top(store, name, expected):
    for host, pair in HOSTS.items():
        put(store, 'm', points(*pair), f'host:{host}')
    assert ''.join(key[-1] for key in ask(store, f'{name}(avg:m{{*}} by {{host}})', 40)) == expected


# Timeshift


@pytest.mark.parametrize(
    ('expression', 'before'),
    [
        ('hour_before({})', HOUR),
        ('day_before({})', DAY),
        ('week_before({})', 7 * DAY),
        # "A month (28 days / 4 weeks)".
        ('month_before({})', 28 * DAY),
        ('timeshift({}, -1209600)', 14 * DAY),
        ('timeshift({}, 40)', -40),
        ("calendar_shift({}, '-1d', 'UTC')", DAY),
        ("calendar_shift({}, '-1w')", 7 * DAY),
        # T is in October 2024: September has 30 days.
        ("calendar_shift({}, '-1mo', 'UTC')", 30 * DAY),
    ],
)
def test_time_shifts_ask_for_another_range(store, expression, before):
    put(store, 'm', {-before: 3, 20 - before: 5, 40 - before: 70} | {900 * DAY: 1})
    assert only_line(store, expression.format('avg:m{*}'), 40) == [3, 5]
    assert only_line(store, f'100 * {expression.format("avg:m{*}")} / 10', 40) == [30, 50]


def test_a_day_of_the_calendar_has_25_hours_where_clocks_go_back(store):
    # Clocks went back in Paris on 27 October 2024. T is 4 October: 24 days later it is Monday, 28 October, 00:00 UTC.
    monday = 24 * DAY
    put(store, 'm', {monday - DAY: 24, monday - DAY - HOUR: 25})
    line = "calendar_shift(avg:m{{*}}, '-1d', '{}')"
    assert only_line(store, line.format('UTC'), monday + 20, start=monday) == [24]
    # At 01:00 in Paris it was 01:00 a day before, while UTC+2 held: 25 hours ago.
    assert only_line(store, line.format('Europe/Paris'), monday + 20, start=monday) == [25]


def test_shifts_of_shifts_and_of_other_functions(store):
    put(store, 'm', {-2 * HOUR - 20: 1, -2 * HOUR: 5})
    assert only_line(store, 'hour_before(hour_before(diff(avg:m{*})))', 20) == [4]
    assert only_line(store, 'diff(hour_before(hour_before(avg:m{*})))', 20) == [4]
    assert only_line(store, 'diff(timeshift(avg:m{*}, -7200))', 20) == [4]


def test_single_values_of_another_range(store):
    put(store, 'm', {0: 8, 20: 10, -7 * DAY: 4, 20 - 7 * DAY: 5})
    [[line]] = evaluate_formulas(store, {'q': 'avg:m{*}'}, ['q / week_before(q)'], T, T + 40, 20, {'q': 'max'})
    assert values(line) == [2]


# Regression


def test_a_trend_line_has_the_least_squares(store):
    # Slope (−1.5·0 − 0.5·1 + 0.5·5 + 1.5·4) / 5 = 1.6, through the mean 2.5.
    put(store, 'm', points(0, 1, 5, 4))
    assert only_line(store, 'trend_line(avg:m{*})', 80) == [0.1, 1.7, 3.3, 4.9]


def test_a_robust_trend_is_not_moved_by_a_spike(store):
    line = [2 * place + 0.1 * (-1) ** place for place in range(40)]
    line[30] = 500
    put(store, 'm', points(*line))
    robust = only_line(store, 'robust_trend(avg:m{*})', 800)
    assert max(abs(value - 2 * place) for place, value in enumerate(robust)) < 0.3
    ordinary = only_line(store, 'trend_line(avg:m{*})', 800)
    assert abs(ordinary[0]) > 3


def test_a_line_of_two_values_goes_through_both(store):
    put(store, 'm', points(3, None, 7))
    for name in ('trend_line', 'robust_trend'):
        assert only_line(store, f'{name}(avg:m{{*}})', 80) == [3, 5, 7, None]


def test_a_line_of_one_value_is_none(store):
    put(store, 'm', points(3))
    assert ask(store, 'trend_line(avg:m{*})', 80) == {}
    assert ask(store, 'robust_trend(avg:m{*})', 80) == {}


def test_steps_are_cut_where_the_level_changes(store):
    put(store, 'm', points(1, 2, 1, 2, 1, 2, 1, 2, 11, 12, 11, 12, 11, 12))
    assert only_line(store, 'piecewise_constant(avg:m{*})', 280) == [1.5] * 8 + [11.5] * 6
    put(store, 'noise', points(*(1, 2) * 20))
    assert only_line(store, 'piecewise_constant(avg:noise{*})', 800) == [1.5] * 40
    put(store, 'still', points(*[3] * 10))
    assert only_line(store, 'piecewise_constant(avg:still{*})', 200) == [3] * 10


# Smoothing


def test_autosmooth_keeps_a_trend_and_takes_away_noise(store):
    put(store, 'm', points(*((place % 2) * 8 + (100 if place >= 100 else 0) for place in range(200))))
    smooth = [value for value in only_line(store, 'autosmooth(avg:m{*})', 4000) if value is not None]
    # Two neighbours in the mean: 4, and 104 after the step.
    assert smooth[60] == pytest.approx(4, abs=1)
    assert smooth[160] == pytest.approx(104, abs=1)


def test_autosmooth_cannot_be_used_in_monitors():
    with pytest.raises(QueryError, match=r'autosmooth\(\) cannot be used in monitors'):
        parse_monitor('avg(last_5m):autosmooth(avg:m{*}) > 3')


@pytest.mark.parametrize(
    ('formula', 'aggregator', 'value'),
    [
        ('cumsum(q)', 'max', 14),
        ('diff(q)', 'sum', 11),
        ('rate(q)', 'avg', 0.275),
        ('per_second(q) * 60', 'max', 24),
        ('rate(q) + rate(q)', 'avg', 0.55),
        ('abs(diff(q)) + 1', 'min', 4),
        ('diff(q) / q', 'sum', 11 / 14),
        ("moving_rollup(q, 40, 'max')", 'sum', 14),
        ('median_3(q)', 'last', 3),
        ('rate(q - 1)', 'avg', 0.275),
    ],
)
def test_what_needs_time_is_made_of_lines_and_then_single_values(store, formula, aggregator, value):
    # As a query value of Datadog's with `per_minute(query1)`: the aggregator "to apply to the timeseries" comes last.
    # In the range are 0, 3, and 11: the differences are 3 and 8, each in 20 seconds.
    put(store, 'm', points(0, 3, 11, -3))
    [[line]] = evaluate_formulas(store, {'q': 'avg:m{*}'}, [formula], T, T + 60, 20, {'q': aggregator})
    assert line.values.tolist() == [pytest.approx(value)]


def test_a_function_of_lines_needs_one_aggregator(store):
    put(store, 'm', points(1, 2))
    queries = {'a': 'avg:m{*}', 'b': 'sum:m{*}'}
    with pytest.raises(
        QueryError, match=r'diff\(\) is of lines, and its queries have different aggregators .* max, min'
    ):
        evaluate_formulas(store, queries, ['diff(a + b)'], T, T + 40, 20, {'a': 'max', 'b': 'min'})
    [[line]] = evaluate_formulas(store, queries, ['diff(a) - diff(b)'], T, T + 40, 20, {'a': 'max', 'b': 'min'})
    assert line.values.tolist() == [0]


def test_a_band_is_refused_over_single_values(store):
    with pytest.raises(QueryError, match='is not supported over single values'):
        evaluate_formulas(store, {'q': 'avg:m{*}'}, ["anomalies(q, 'basic', 2)"], T, T + 40, 20, {'q': 'avg'})


@pytest.mark.parametrize(
    ('formula', 'expected'),
    [
        ('clamp_min(q, 20)', [20]),
        ('cutoff_min(q, 20)', []),
        ('log2(q + 1)', [4]),
        ('default(q, 3)', [15]),
        ('count_nonzero(q)', [1]),
        ("top(q, 1, 'max', 'desc')", [15]),
        ('exclude_null(q)', [15]),
    ],
)
def test_what_needs_no_time_goes_over_single_values(store, formula, expected):
    put(store, 'm', points(10, 20))
    [lines] = evaluate_formulas(store, {'q': 'avg:m{*}'}, [formula], T, T + 40, 20, {'q': 'avg'})
    assert [value for line in lines for value in values(line)] == expected


def test_a_period_that_began_before_the_range_counts_from_there_on(store):
    put(store, 'm', points(100, 100, 3, 5, 7))
    assert only_line(store, "rollup(avg:m{*}, 'sum', 3600)", 100, start=40) == [15, None, None]
    assert only_line(store, "diff(rollup(avg:m{*}, 'sum', 40))", 100, start=40) == [-192, None, -1]


def test_a_formula_of_numbers_is_a_level_line(store):
    [[line]] = evaluate_formulas(store, {}, ['2 * 3.5'], T, T + 60, 20)
    assert (line.group, values(line), line.times.tolist()) == ({}, [7, 7, 7], [T, T + 20, T + 40])
    [[line]] = evaluate_formulas(store, {'q': 'avg:m{*}'}, ['-4'], T, T + 60, 20, {'q': 'avg'})
    assert values(line) == [-4]


def test_reduce_takes_lines_also_over_single_values(store):
    put(store, 'm', points(1, 5, 2, 8, 3, 3))
    # The highest of the means of 40 seconds, 3, 5, and 3.
    formula = "reduce(rollup(rollup(q, 'max', 10), 'avg', 40), 'max') + q"
    [[line]] = evaluate_formulas(store, {'q': 'avg:m{*}'}, [formula], T, T + 120, 20, {'q': 'last'})
    assert values(line) == [8]


def test_more_columns_before_the_range_are_not_shown(store):
    put(store, 'm', points(1, 2, 3, 4, 5, 6))
    [line] = evaluate(store, 'median_3(ewma_3(diff(avg:m{*})))', T + 80, T + 120, 20)
    assert values(line) == [1, 1]
    assert line.times.tolist() == [T + 80, T + 100]


@pytest.mark.parametrize('expression', ['sum:m{*}', 'cumsum(max:m{*})', 'max:m{*} * 10'])
def test_what_is_too_large_for_a_number_is_no_value(store, expression):
    for host in 'ab':
        put(store, 'm', points(1, 1.7e308, 1.7e308), f'host:{host}')
    line = only_line(store, expression, 60)
    assert all(value is None or math.isfinite(value) for value in line)
    assert None in line
