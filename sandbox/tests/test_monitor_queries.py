"""What the forms of the queries of metric monitors read: windows, changes, anomalies, forecasts, outliers."""

import statistics
from datetime import datetime

import numpy as np
import pytest
from datadog_sandbox import monitors
from datadog_sandbox.monitors import evaluate, explain
from datadog_sandbox.monitors.cumulative import Periods
from datadog_sandbox.monitors.readings import is_full
from datadog_sandbox.store import Store
from monitoring import DAY, HOUR, MINUTE, START, brief, history, make, minutes, send


@pytest.fixture
def store():
    store = Store()
    yield store
    store.close()


def value(store, query, minute, **options):
    """Return the value of the one group at a minute."""
    [one] = monitors.values(store, make(query, **options), START + minute * MINUTE).values()
    return one


# Change alerts: https://docs.datadoghq.com/monitors/types/change-alert/


@pytest.mark.parametrize(
    ('query', 'expected'),
    [
        # At minutes 6 to 10 there are 20, 20, 20, 20, 30; at 1 to 5 there are 10 each.
        ('change(avg(last_5m),last_5m):avg:load{*} > 0', 12),
        ('change(max(last_5m),last_5m):avg:load{*} > 0', 20),
        ('change(min(last_5m),last_5m):avg:load{*} > 0', 10),
        ('change(sum(last_5m),last_5m):avg:load{*} > 0', 60),
        ('pct_change(avg(last_5m),last_5m):avg:load{*} > 0', 120),
        ('change(avg(last_1m),last_10m):avg:load{*} > 0', 25),
        # "timeshift: #m_ago (5, 10, 15, or 30), #h_ago (1, 2, or 4), or 1d_ago":
        # https://docs.datadoghq.com/api/latest/monitors/#create-a-monitor
        ('change(avg(last_5m),5m_ago):avg:load{*} > 0', 12),
        ('pct_change(avg(last_5m), 5m_ago):avg:load{*} > 0', 120),
        ('change(avg(last_1m),10m_ago):avg:load{*} > 0', 25),
    ],
)
def test_change(store, query, expected):
    send(store, [5, *[10] * 5, *[20] * 4, 30])
    assert value(store, query, 10) == pytest.approx(expected)


def test_a_change_of_counts_compares_whole_windows(store):
    # "Add as_count() to the query to switch to the count-style evaluation path": 5 of them before, 15 now.
    send(store, [1, None, 4, None, None, 5, None, None, 10, None], start=START + 30, type='count')
    assert value(store, 'pct_change(sum(last_5m),last_5m):sum:load{*}.as_count() > 0', 10) == pytest.approx(200)


def test_counts_in_wide_buckets_are_summed_before_they_are_divided(store):
    send(store, [1] * 10, metric='bad', type='count')
    send(store, [4] * 5 + [1] * 5, metric='all', type='count')
    # 10 of 25: the average of the shares of the buckets, 5 of 20 and 5 of 5, is another value.
    wide = '.as_count().rollup(sum, 300)'
    assert value(store, f'sum(last_10m):sum:bad{{*}}{wide} / sum:all{{*}}{wide} > 1', 10) == pytest.approx(0.4)


def test_a_change_without_a_value_to_compare_with_has_none(store):
    send(store, [20] * 10)
    assert monitors.values(store, make('change(avg(last_1m),last_1h):avg:load{*} > 0'), START + 9 * MINUTE) == {}


@pytest.mark.parametrize(('hits', 'value'), [(15, 0), (16, 100 * 5 / 16)])
def test_a_minimum_of_requests_is_one_for_the_window(store, hits, value):
    """https://docs.datadoghq.com/monitors/guide/add-a-minimum-request-threshold-for-error-rate-alerts/"""
    send(store, [1] * 5, metric='errors', type='count')
    send(store, [3, 3, 3, 3, hits - 12], metric='hits', type='count')
    rate = 'sum:errors{*}.as_count() / sum:hits{*}.as_count() * 100'
    monitor = make(f'sum(last_5m):{rate} * is_greater(sum:hits{{*}}.as_count(), 15) > 40')
    assert monitors.values(store, monitor, START + 4 * MINUTE) == {'*': pytest.approx(value)}


def test_a_change_alert_over_time(store):
    send(store, [10] * 10 + [40] * 10)
    monitor = make('change(avg(last_1m),last_5m):avg:load{*} > 20')
    evaluate(store, monitor, minutes(20))
    assert history(store) == [(5, '*', 'OK'), (10, '*', 'Alert'), (15, '*', 'OK')]
    assert 'the average of the change of the last minute is 0' in explain(store, monitor, '*')


# Cumulative windows: https://docs.datadoghq.com/monitors/configuration/#cumulative-time-windows


def at(text):
    return int(datetime.fromisoformat(f'{text}+00:00').timestamp())


@pytest.mark.parametrize(
    ('unit', 'window', 'moment', 'start'),
    [
        ('h', {}, '2026-11-23 10:30', '2026-11-23 10:00'),
        # The window that is over ends where the next one begins.
        ('h', {}, '2026-11-23 10:00', '2026-11-23 09:00'),
        ('h', {'hour_starts': 30}, '2026-11-23 10:15', '2026-11-23 09:30'),
        ('h', {'hour_starts': 30}, '2026-11-23 10:31', '2026-11-23 10:30'),
        ('d', {}, '2026-11-23 00:00', '2026-11-22 00:00'),
        ('d', {'day_starts': '14:00'}, '2026-11-23 13:59', '2026-11-22 14:00'),
        ('d', {'day_starts': '14:00'}, '2026-11-23 14:01', '2026-11-23 14:00'),
        # Midnight in New York is 05:00 UTC.
        ('d', {'timezone': 'America/New_York'}, '2026-11-23 06:00', '2026-11-23 05:00'),
        ('d', {'timezone': 'America/New_York'}, '2026-11-23 05:00', '2026-11-22 05:00'),
        ('w', {}, '2026-11-26 10:00', '2026-11-23 00:00'),
        ('w', {'day_starts': '04:00'}, '2026-11-23 03:00', '2026-11-16 04:00'),
        ('mo', {}, '2026-11-23 10:00', '2026-11-01 00:00'),
        ('mo', {'day_starts': '04:00', 'month_starts': 1}, '2026-11-01 03:00', '2026-10-01 04:00'),
        ('mo', {'month_starts': 15}, '2026-11-23 10:00', '2026-11-15 00:00'),
        ('mo', {'month_starts': 31}, '2026-11-23 10:00', '2026-10-31 00:00'),
        ('mo', {'month_starts': 31}, '2026-03-05 10:00', '2026-02-28 00:00'),
    ],
)
def test_when_a_cumulative_window_begins(unit, window, moment, start):
    periods = Periods.of(unit, {'scheduling_options': {'evaluation_window': window}})
    assert periods.start(at(moment)) == at(start)


def test_a_cumulative_window_starts_anew(store):
    send(store, [1] * 200, start=START + 30, type='count')
    query = 'sum(current_1h):sum:load{*}.as_count() > 1000'
    assert [value(store, query, minute) for minute in (1, 59, 60, 61, 120, 130)] == [1, 59, 60, 1, 60, 10]
    late = {'evaluation_window': {'hour_starts': 30}}
    assert [value(store, query, minute, scheduling_options=late) for minute in (30, 31, 90, 91)] == [30, 1, 60, 1]


@pytest.mark.parametrize(
    ('aggregator', 'aggregate'), [('avg', statistics.fmean), ('sum', sum), ('min', min), ('max', max)]
)
def test_cumulative_windows_that_are_read_together(store, aggregator, aggregate):
    values = [minute * 7 % 11 for minute in range(150)]
    send(store, values, start=START + 30)
    monitor = monitors.parse(make(f'{aggregator}(current_1h):avg:load{{*}} > 1000'))
    moments = minutes(145, 1)
    readings = [reading for _, chunk in monitor.read(store, moments, 0) for reading in chunk.values[0].tolist()]
    # At minute 60 the window still is that of the first hour.
    assert readings == pytest.approx([aggregate(values[(minute - 1) // 60 * 60 : minute]) for minute in range(1, 146)])
    assert len(list(monitor.read(store, moments, 0))) == 3


def test_a_cumulative_window_that_is_empty_keeps_the_state_until_data_is_missing(store):
    send(store, [11] * 59)
    monitor = make('max(current_1h):avg:load{*} > 10', notify_no_data=True, no_data_timeframe=30)
    # The last point came at minute 58: at 61, the new hour is empty, and at 88 half an hour is over.
    assert brief(evaluate(store, monitor, minutes(100))) == [
        (0, 'alert', '', 'Alert'),
        (88, 'no data', 'Alert', 'No Data'),
    ]


@pytest.mark.parametrize(
    ('window', 'words'),
    [
        ({'day_starts': '4:00'}, "day_starts must be a time such as 04:00, not '4:00'"),
        ({'hour_starts': 60}, 'hour_starts must be from 0 to 59'),
        ({'month_starts': 1.5}, 'month_starts from 1 to 31'),
        ({'timezone': 'Mars/Olympus'}, 'timezone "Mars/Olympus" is unknown'),
    ],
)
def test_a_cumulative_window_that_is_not_understood_is_refused(window, words):
    monitor = make('avg(current_1h):avg:load{*} > 1', scheduling_options={'evaluation_window': window})
    assert words in monitors.refusal(monitor)


# Full windows: https://docs.datadoghq.com/monitors/types/metric/#data-window


@pytest.mark.parametrize(
    ('missing', 'full'),
    # The four cases of the document: which of the 12 buckets of 10 minutes of last_2h have no data.
    [
        ((), True),
        ((0,), False),
        ((2, 3, 4), True),
        ((1, 2, 3, 8, 9), False),
        ((9, 10, 11), True),
        ((8, 9, 10, 11), False),
    ],
)
def test_a_full_window(store, missing, full):
    send(store, [None if index // 10 in missing else 11 for index in range(120)])
    monitor = make('avg(last_2h):avg:load{*} by {host} > 10', require_full_window=True)
    evaluate(store, monitor, minutes(1, 119))
    assert store.states(1)['host:a']['status'] == ('Alert' if full else 'Skipped')


@pytest.mark.parametrize(('present', 'full'), [((0, 44), True), ((0, 39), True), ((0,), False), ((44,), False)])
def test_the_last_bucket_of_a_window_may_be_shorter(present, full):
    # Four buckets of 10 minutes, and one of 5: three may be empty, and the first may not.
    fresh = np.array([[minute in present for minute in range(45)]])
    assert is_full(fresh, np.array([0]), 45 * MINUTE, 'h').tolist() == [[full]]


def test_a_window_in_minutes_is_full_by_the_minute(store):
    # Of the last 5 minutes, 3 may be empty and the first one not.
    send(store, [11, None, None, None, 11, *[None] * 8, 11, None, None, None, 11])
    monitor = make(require_full_window=True, new_group_delay=0)
    evaluate(store, monitor, minutes(30))
    assert history(store) == [(4, 'host:a', 'Alert')]


# Anomalies: https://docs.datadoghq.com/monitors/types/anomaly/


ANOMALY = (
    "avg(last_4h):anomalies(avg:load{*}, 'basic', 2, direction='DIRECTION', interval=60, "
    "alert_window='last_15m') >= 0.3"
)


def anomaly(direction='both', **options):
    windows = {'trigger_window': 'last_15m', 'recovery_window': 'last_15m'}
    thresholds = {'critical': 0.3, 'critical_recovery': 0}
    return make(ANOMALY.replace('DIRECTION', direction), thresholds, threshold_windows=windows, **options)


def flat(count):
    """A load around 10, from 9 to 11."""
    return [9 + index % 3 for index in range(count)]


@pytest.mark.parametrize(
    ('direction', 'burst', 'alerts'),
    [('both', 100, True), ('above', 100, True), ('below', 100, False), ('below', -100, True), ('above', -100, False)],
)
def test_an_anomaly_alerts_when_enough_of_the_window_is_outside_of_the_band(store, direction, burst, alerts):
    # The band follows after a while: the burst is short enough for all of it to be outside.
    send(store, flat(120) + [burst] * 5 + flat(60))
    notices = evaluate(store, anomaly(direction), minutes(196))
    # 5 of 15 minutes, of which the first is from 120 to 121; the last one leaves the window at 140.
    wanted = [(125, 'alert', 'OK', 'Alert'), (140, 'recovery', 'Alert', 'OK')]
    assert [one for one in brief(notices) if one[1] in ('alert', 'recovery')] == (wanted if alerts else [])


def test_the_share_of_an_anomaly(store):
    send(store, flat(120) + [100] * 6 + flat(9))
    # 6 of the last 15 minutes.
    assert monitors.values(store, anomaly(), START + 135 * MINUTE) == {'*': 0.4}
    evaluate(store, anomaly(), minutes(1, 135))
    assert '40 % of the last 15 minutes are outside of the expected values: 0.4, >= 0.3' in explain(
        store, anomaly(), '*'
    )


@pytest.mark.parametrize(('recovery', 'codes'), [('last_15m', []), ('last_16m', ['recovery-window'])])
def test_a_recovery_window_beyond_the_documented_range_is_remarked(recovery, codes):
    """The "range of accepted values" ends with the trigger window, but monitors in integrations-extras go beyond."""
    monitor = anomaly()
    monitor['options']['threshold_windows']['recovery_window'] = recovery
    assert [remark.code for remark in monitors.remarks(monitor)] == ['approximated-function', *codes]


def test_a_shorter_recovery_window(store):
    send(store, flat(120) + [100] * 5 + flat(60))
    monitor = anomaly()
    monitor['options']['threshold_windows'] = {'trigger_window': 'last_15m', 'recovery_window': 'last_5m'}
    assert brief(evaluate(store, monitor, minutes(196))) == [
        (125, 'alert', 'OK', 'Alert'),
        # The last 5 minutes are clear at 130, and the share of the trigger window falls below 0.3 at 136.
        (136, 'recovery', 'Alert', 'OK'),
    ]


def test_an_anomaly_warns_and_recovers_at_the_shares_of_its_thresholds(store):
    send(store, flat(120) + [100] * 5 + flat(60))
    monitor = anomaly()
    monitor['options']['thresholds'] |= {'critical_recovery': 3 / 15, 'warning': 2 / 15, 'warning_recovery': 1 / 15}
    evaluate(store, monitor, minutes(60, 110))
    # From 121 to 125, one more of the last 15 minutes is outside; from 136 to 140, one fewer.
    assert history(store) == [
        (110, '*', 'OK'), (122, '*', 'Warn'), (125, '*', 'Alert'), (137, '*', 'Warn'), (139, '*', 'OK'),
    ]  # fmt: skip


def test_an_anomaly_minute_by_minute_is_the_same(store):
    send(store, flat(100) + [*[50] * 5, None, *flat(14)] * 3 + flat(20))
    monitor = anomaly(notify_no_data=True, no_data_timeframe=20)
    at_once = evaluate(store, monitor, minutes(220))
    store.forget_monitor(1)
    store.remove('evaluated', 1)
    assert [notice for moment in minutes(220) for notice in evaluate(store, monitor, [moment])] == at_once
    assert {notice.kind for notice in at_once} == {'alert', 'recovery', 'no data'}


def test_windows_of_an_anomaly_that_are_not_understood_are_refused():
    monitor = anomaly()
    monitor['options']['threshold_windows'] = {'trigger_window': '15 minutes'}
    assert 'options.threshold_windows.trigger_window: the window 15 minutes must be' in monitors.refusal(monitor)


# Forecasts and outliers


def test_a_forecast_alerts_before_the_threshold_is_reached(store):
    # 1 more every hour, from 0: 80 is reached 80 hours after the start, and 48 hours before that it alerts.
    send(store, list(range(60)), every=HOUR)
    query = "max(next_2d):forecast(avg:load{*}, 'linear', 1, interval='60m', history='1d') >= 80"
    evaluate(store, make(query), [START + hour * HOUR for hour in range(10, 60)])
    assert [(minute / 60, status) for minute, _, status in history(store)] == [(10, 'OK'), (33, 'Alert')]
    assert 'the maximum of the upper bound predicted for the next 2 days is' in explain(store, make(query), '*')


def test_a_forecast_of_nothing_has_no_group(store):
    query = "max(next_2d):forecast(avg:load{*}, 'linear', 1, interval='60m', history='1d') >= 80"
    assert monitors.values(store, make(query), START) == {}


def test_a_bucket_of_a_rollup_has_data_until_it_ends(store):
    # The last point comes in minute 7, and its bucket ends with minute 9.
    send(store, [1] * 8)
    query = 'avg(last_10m):avg:load{*} by {host}.rollup(avg, 300) > 10'
    evaluate(store, make(query, notify_no_data=True, no_data_timeframe=5), minutes(60))
    assert history(store) == [(0, 'host:a', 'OK'), (15, 'host:a', 'No Data')]


def test_a_forecast_below_is_the_lower_bound(store):
    send(store, [100 - index for index in range(60)], every=HOUR)
    query = "min(next_1d):forecast(avg:load{*}, 'linear', 1, interval='60m', history='1d') <= 20"
    evaluate(store, make(query), [START + hour * HOUR for hour in range(10, 60, 1)])
    assert [(minute / 60, status) for minute, _, status in history(store)] == [(10, 'OK'), (57, 'Alert')]


def test_a_forecast_of_a_rollup_has_data_before_its_bucket_ends(store):
    # A point each hour, in buckets of a day: at 02:00, that of the day has not ended, but has points.
    send(store, [1] * 60, every=HOUR)
    query = "max(next_1w):forecast(sum:load{*}.rollup(sum, 86400), 'linear', 1, interval='60m', history='1w') >= 500"
    evaluate(store, make(query, on_missing_data='show_no_data'), [START + hour * HOUR for hour in range(24, 60)])
    assert {status for *_, status in history(store)} == {'OK'}


def test_an_outlier(store):
    for host in 'abcd':
        send(store, [10] * 60 if host != 'd' else [10] * 30 + [90] * 30, host=host)
    query = "avg(last_10m):outliers(avg:load{*} by {host}, 'MAD', 3, 50) > 0"
    evaluate(store, make(query), minutes(60))
    assert {group: state['status'] for group, state in store.states(1).items()} == {
        'host:a': 'OK', 'host:b': 'OK', 'host:c': 'OK', 'host:d': 'Alert',
    }  # fmt: skip
    assert 'it is an outlier, 1, > 0' in explain(store, make(query), 'host:d')


# Windows of a month


def test_a_window_of_a_month(store):
    send(store, [4] * 24 * 30, every=HOUR)
    query = 'sum(last_1mo):sum:load{*} > 10'
    evaluate(store, make(query), [START + 30 * DAY - 30 * MINUTE])
    assert store.states(1)['*']['status'] == 'Alert'
