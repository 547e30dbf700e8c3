"""anomalies(), forecast(), and outliers(), by what Datadog's pages on them say.

https://docs.datadoghq.com/monitors/types/anomaly/, …/forecasts/, and …/outlier/.
"""

import math

import numpy as np
import pytest
from datadog_sandbox.query import evaluate, evaluate_rows, outside
from querying import DAY, T, put, values

HOUR = 3600


def season(length: int, of: int = 8, every: int = 300) -> dict[int, float]:
    """Return a sawtooth from 0 to 110 with a small noise that differs from season to season, for so many seasons."""
    steps = length // every
    return {
        place * every: 10.0 * (place % steps % 12) + ((place // steps) % 3 - 1) for place in range(-of * steps, steps)
    }


def band(store, text, start, end):
    [line] = evaluate(store, text, T + start, T + end, 300)
    assert line.lower is not None and line.upper is not None
    return line


@pytest.mark.parametrize('algorithm', ['agile', 'robust'])
@pytest.mark.parametrize(('name', 'length'), [('hourly', HOUR), ('daily', DAY), ('weekly', 7 * DAY)])
def test_seasons_are_expected_again(store, algorithm, name, length):
    put(store, 'm', season(length))
    line = band(store, f"anomalies(avg:m{{*}}, '{algorithm}', 3, seasonality='{name}')", 0, HOUR)
    # At each time the seasons before had this, one less, and one more, the noise of this season being -1, 0, or 1.
    for place, (value, low, high) in enumerate(zip(values(line), line.lower, line.upper, strict=True)):
        assert abs(value - 10 * (place % 12)) <= 1
        assert low <= value <= high
        # For `agile`, it is at least 2 % of the level, times 3 deviations, on each side.
        assert 1 < high - low < 15


def test_a_season_that_lies_flat_is_anomalous(store):
    put(store, 'm', season(HOUR) | {place * 300: 0 for place in range(12)})
    line = band(store, "anomalies(avg:m{*}, 'robust', 3, seasonality='hourly')", 0, HOUR)
    assert outside(line.values, line.lower, line.upper, 'both').tolist() == [0] + [1] * 11
    assert outside(line.values, line.lower, line.upper, 'below').tolist() == [0] + [1] * 11
    assert outside(line.values, line.lower, line.upper, 'above').tolist() == [0] * 12


@pytest.mark.parametrize('algorithm', ['agile', 'robust'])
def test_three_seasons_of_history_are_required(store, algorithm):
    put(store, 'm', season(HOUR, of=2))
    [line] = evaluate(store, f"anomalies(avg:m{{*}}, '{algorithm}', 3, seasonality='hourly')", T, T + HOUR, 300)
    assert np.isnan(line.upper).all()
    put(store, 'm', season(HOUR, of=3))
    [line] = evaluate(store, f"anomalies(avg:m{{*}}, '{algorithm}', 3, seasonality='hourly')", T, T + HOUR, 300)
    assert not np.isnan(line.upper).any()


def test_agile_adjusts_to_a_new_level_and_robust_does_not(store):
    # Two hours ago all became 500 more.
    points = {time: value + 500 * (time >= -2 * HOUR) for time, value in season(DAY).items()}
    put(store, 'm', points)
    agile = band(store, "anomalies(avg:m{*}, 'agile', 3, seasonality='daily')", 0, HOUR)
    robust = band(store, "anomalies(avg:m{*}, 'robust', 3, seasonality='daily')", 0, HOUR)
    assert outside(agile.values, agile.lower, agile.upper, 'both').tolist() == [0] * 12
    assert outside(robust.values, robust.lower, robust.upper, 'both').tolist() == [1] * 12


def test_agile_depends_on_the_scale_and_robust_does_not(store):
    """ "1000 is added to the same metric, and agile no longer calls out the level-shift as being anomalous"."""
    for name, level in (('low', 0), ('high', 1000)):
        put(store, name, {time: value + level + 15 * (time == 0) for time, value in season(HOUR).items()})
    shares = {}
    for name in ('low', 'high'):
        for algorithm in ('agile', 'robust'):
            line = band(store, f"anomalies(avg:{name}{{*}}, '{algorithm}', 3, seasonality='hourly')", 0, 300)
            shares[name, algorithm] = outside(line.values, line.lower, line.upper, 'both')[0]
    assert shares == {('low', 'agile'): 1, ('low', 'robust'): 1, ('high', 'agile'): 0, ('high', 'robust'): 1}


def test_the_time_of_a_zone_is_expected_again(store):
    # At 9 in Paris there is a peak; on 27 October 2024 the clocks went back, so in UTC it comes an hour later.
    monday = 24 * DAY
    peaks = {day * DAY + 7 * HOUR + (HOUR if day >= 23 else 0) for day in range(14, 26)}
    put(store, 'm', {time: 100.0 * (time in peaks) for time in range(14 * DAY, 25 * DAY, HOUR)})
    for zone, expected in (('Europe/Paris', 0), ('UTC', 1)):
        text = f"anomalies(avg:m{{*}}, 'robust', 2, interval=3600, seasonality='daily', timezone='{zone}')"
        [line] = evaluate(store, text, T + monday + 8 * HOUR, T + monday + 9 * HOUR, 20)
        assert line.interval == 3600
        assert outside(line.values, line.lower, line.upper, 'both').tolist() == [expected]


def test_counts_that_are_not_sent_are_zero_unless_it_is_said(store):
    put(store, 'm', {place * 60: 5 for place in range(-60, 0)}, type='count', interval=60)
    text = "anomalies(sum:m{{*}}.as_count(), 'basic', 2, count_default_zero='{}')"
    [line] = evaluate(store, text.format('true'), T, T + 300, 60)
    assert values(line) == [0] * 5
    assert outside(line.values, line.lower, line.upper, 'below').tolist() == [1] * 5
    assert evaluate(store, text.format('false'), T, T + 300, 60) == []


def test_many_lines_have_the_bands_that_each_has_alone(store, monkeypatch):
    for place, host in enumerate('abc'):
        put(store, 'm', {20 * at: float((place + 1) * (at * 7 % 13)) for at in range(-120, 9)}, f'host:{host}')
    text = "anomalies(avg:m{*} by {host}, 'basic', 2)"
    together = evaluate(store, text, T, T + 180, 20)
    # One line at a time is in memory.
    monkeypatch.setattr('datadog_sandbox.query.bands.CELLS', 1)
    for line, alone in zip(together, evaluate(store, text, T, T + 180, 20), strict=True):
        assert not np.isnan(line.upper).any()
        assert (line.lower.tolist(), line.upper.tolist()) == (alone.lower.tolist(), alone.upper.tolist())
    assert together[0].upper.tolist() != together[1].upper.tolist()


@pytest.mark.parametrize('algorithm', ['basic', 'agile', 'robust'])
def test_a_new_count_was_not_zero_before(store, algorithm):
    """ "robust and agile do not show any bounds during the first few seasons", "basic starts … shortly after"."""
    put(store, 'm', {place * 60: 600 for place in range(180)}, type='count', interval=60)
    text = f"anomalies(sum:m{{*}}.as_count(), '{algorithm}', 2, interval=60, seasonality='hourly')"
    [line] = evaluate(store, text, T, T + 3 * HOUR, 60)
    assert not (outside(line.values, line.lower, line.upper, 'both') == 1).any()
    assert np.isnan(line.upper).all() == (algorithm != 'basic')


def test_no_value_or_no_band_is_neither():
    nothing = math.nan
    row = np.array([[5, nothing, 5]]), np.array([[1, 1, nothing]]), np.array([[4, 4, nothing]])
    assert str(outside(*row, 'both').tolist()) == '[[1.0, nan, nan]]'


# Forecasts


@pytest.mark.parametrize('model', ['default', 'simple', 'reactive'])
def test_a_linear_forecast_goes_on_straight(store, model):
    put(store, 'm', {place * HOUR: 50 + 2 * place for place in range(-72, 0)})
    text = f"forecast(avg:m{{*}}, 'linear', 2, interval='60m', history='3d', model='{model}')"
    [rows] = evaluate_rows(store, text, T - 6 * HOUR, T, 20, ahead=DAY)
    assert ((rows.times - T) / HOUR).tolist() == [*range(-6, 24)]
    assert rows.values[0].tolist() == pytest.approx([50 + 2 * place for place in range(-6, 24)])
    # Without noise the band is as narrow as the line, and it is only ahead.
    assert np.isnan(rows.upper[0, :6]).all()
    assert rows.upper[0, 6:] == pytest.approx(rows.values[0, 6:])


def test_models_differ_in_how_recent_their_trend_is(store):
    # Flat for more than three days, then up by 10 an hour for a day; the last 14 hours flat again.
    points = {}
    for place in range(-120, 0):
        points[place * HOUR] = 0 if place < -38 else min(10 * (place + 38), 240)
    put(store, 'm', points)
    slopes = {}
    for model in ('simple', 'default', 'reactive'):
        text = f"forecast(avg:m{{*}}, 'linear', 1, interval=3600, history='5d', model='{model}')"
        [rows] = evaluate_rows(store, text, T - HOUR, T, 20, ahead=2 * HOUR)
        slopes[model] = rows.values[0, -1] - rows.values[0, -2]
    assert slopes['simple'] < slopes['default']
    assert slopes['reactive'] < slopes['default']


def test_a_spike_moves_a_linear_forecast_little(store):
    points = {place * HOUR: 50 + 2 * place + place % 3 for place in range(-72, 0)}
    put(store, 'm', points | {-10 * HOUR: 5000})
    [rows] = evaluate_rows(
        store, "forecast(avg:m{*}, 'linear', 1, interval=3600, history='3d')", T - HOUR, T, 20, ahead=DAY
    )
    assert rows.values[0, -1] == pytest.approx(50 + 2 * 23 + 1, abs=2)


def test_a_seasonal_forecast_is_like_seasons_before(store):
    put(store, 'm', season(DAY, of=4))
    text = "forecast(avg:m{*}, 'seasonal', 1, interval=300, seasonality='daily')"
    [rows] = evaluate_rows(store, text, T - HOUR, T, 20, ahead=2 * DAY)
    ahead = rows.values[0, 12:]
    assert len(ahead) == 2 * DAY // 300
    assert max(abs(value - 10 * (place % 12)) for place, value in enumerate(ahead.tolist())) <= 1
    assert (rows.lower[0, 12:] < ahead).all() and (rows.upper[0, 12:] > ahead).all()


def test_a_seasonal_forecast_needs_two_seasons(store):
    put(store, 'm', season(DAY, of=1))
    text = "forecast(avg:m{*}, 'seasonal', 1, interval=300, seasonality='daily')"
    [rows] = evaluate_rows(store, text, T - HOUR, T, 20, ahead=DAY)
    assert np.isnan(rows.values[0, 12:]).all()


def test_a_widget_looks_half_its_range_ahead(store):
    put(store, 'm', {place * 300: place for place in range(-40, 0)})
    [line] = evaluate(store, "forecast(avg:m{*}, 'linear', 1)", T - 3000, T, 300)
    assert len(line.times) == len(line.values) == 15


# Outliers


def hosts(store, *lines, **more):
    for place, line in enumerate(lines):
        put(store, 'm', {20 * at: float(value) for at, value in enumerate(line)}, f'host:{"abcdefgh"[place]}')


def marked(store, arguments, end):
    lines = evaluate(store, f'outliers(avg:m{{*}} by {{host}}, {arguments})', T, T + end, 20)
    return ''.join(line.group['host'] for line in lines if line.outlying)


def test_dbscan_marks_what_is_not_in_the_largest_cluster(store):
    # The median line is 2, 2. Distances: √2, 0, √2, √2, √128: their median is √2, and three times it is 4.2.
    hosts(store, (1, 3), (2, 2), (3, 1), (1, 1), (10, 10))
    assert marked(store, "'DBSCAN', 3", 40) == 'e'
    # Nine times it, 12.7, reaches e from b, and all are one cluster.
    assert marked(store, "'DBSCAN', 9", 40) == ''
    # 0.9 of it does not reach from one to the next: the largest cluster is the first one of clusters of one.
    assert marked(store, "'DBSCAN', 0.9", 40) == 'bcde'


def test_a_chain_of_lines_is_one_cluster(store):
    # Each is near the next one, and the last far from all.
    hosts(store, *((place, place) for place in (0, 1, 2, 3, 4, 5, 6)), (60, 60))
    assert marked(store, "'DBSCAN', 1", 40) == 'h'


def test_mad_marks_lines_of_which_many_points_deviate(store):
    # Deviations from the median line 5: sixteen times 1, and 20 at two of four points of e. Their median is 1.
    hosts(store, (4, 6, 4, 6), (6, 4, 6, 4), (5, 5, 5, 5), (4, 6, 4, 6), (6, 4, 25, 25))
    assert marked(store, "'MAD', 3, 40", 80) == 'e'
    assert marked(store, "'MAD', 3, 50", 80) == ''
    assert marked(store, "'MAD', 20, 40", 80) == ''


@pytest.mark.parametrize('algorithm', ['DBSCAN', 'MAD'])
def test_scaled_algorithms_leave_close_lines_together(store, algorithm):
    hosts(store, (1000, 1000), (1000, 1000), (1001, 1001), (1001, 1000), (1020, 1020))
    assert 'e' in marked(store, f"'{algorithm}', 2, 20", 40)
    assert marked(store, f"'scaled{algorithm}', 2, 20", 40) == ''


def test_fewer_than_three_lines_have_no_outlier(store):
    hosts(store, (1, 1), (100, 100))
    assert marked(store, "'DBSCAN', 1", 40) == ''
    assert marked(store, "'MAD', 1, 10", 40) == ''


def test_only_the_range_counts_for_outliers(store):
    for host, value in (('a', 1), ('b', 1), ('c', 1), ('d', 500)):
        put(store, 'm', {-20: value, 0: 1, 20: 1}, f'host:{host}')
    assert marked(store, "'DBSCAN', 1", 40) == ''
