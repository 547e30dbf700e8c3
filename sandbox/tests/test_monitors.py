"""The states of monitors as time goes on, and what they tell."""

import itertools

import numpy as np
import pytest
from datadog_sandbox import monitors
from datadog_sandbox.account import Account
from datadog_sandbox.downtimes import iso
from datadog_sandbox.monitors import evaluate, explain, overall
from datadog_sandbox.monitors.model import STATUSES, Absence, Level
from datadog_sandbox.monitors.options import settings_of
from datadog_sandbox.monitors.readings import Readings
from datadog_sandbox.monitors.states import Codes, steady, walk
from datadog_sandbox.store import Store
from monitoring import HOUR, MINUTE, SHORT, START, brief, downtime, history, mailed, make, minutes, put, send


@pytest.fixture
def store():
    store = Store()
    yield store
    store.close()


# Thresholds


# At each minute: the value, and the state it makes.
ABOVE = {'critical': 10, 'warning': 5}
BELOW = {'critical': 10, 'warning': 20}


@pytest.mark.parametrize(
    ('operator', 'thresholds', 'values'),
    [
        ('>', ABOVE, [(5, 'OK'), (5.1, 'Warn'), (10, 'Warn'), (10.1, 'Alert'), (10, 'Warn'), (5, 'OK')]),
        ('>=', ABOVE, [(4.9, 'OK'), (5, 'Warn'), (9.9, 'Warn'), (10, 'Alert'), (9.9, 'Warn'), (4.9, 'OK')]),
        ('<', BELOW, [(20, 'OK'), (19.9, 'Warn'), (10, 'Warn'), (9.9, 'Alert'), (10, 'Warn'), (20, 'OK')]),
        ('<=', BELOW, [(20.1, 'OK'), (20, 'Warn'), (10.1, 'Warn'), (10, 'Alert'), (10.1, 'Warn'), (20.1, 'OK')]),
    ],
)
def test_thresholds(store, operator, thresholds, values):
    send(store, [value for value, _ in values])
    monitor = make(f'avg(last_1m):avg:load{{*}} by {{host}} {operator} 10', thresholds)
    for minute, (_, state) in enumerate(values):
        evaluate(store, monitor, minutes(1, minute))
        assert store.states(1)['host:a']['status'] == state, minute


def test_recovery_thresholds_hold_a_state_until_they_are_passed(store):
    send(store, [6, 11, 9, 8, 7, 5, 4, 3, 2, 4])
    monitor = make(
        'avg(last_1m):avg:load{*} by {host} > 10',
        {'critical': 10, 'critical_recovery': 7, 'warning': 5, 'warning_recovery': 2},
    )
    evaluate(store, monitor, minutes(10))
    # Alert ends at 7, which is still a warning; the warning ends at 2; 4 is then no new one.
    assert history(store) == [
        (0, 'host:a', 'Warn'), (1, 'host:a', 'Alert'), (4, 'host:a', 'Warn'), (8, 'host:a', 'OK'),
    ]  # fmt: skip


def test_recovery_of_a_threshold_below(store):
    send(store, [20, 9, 11, 14, 15])
    monitor = make('avg(last_1m):avg:load{*} by {host} < 10', {'critical': 10, 'critical_recovery': 15})
    evaluate(store, monitor, minutes(5))
    assert history(store) == [(0, 'host:a', 'OK'), (1, 'host:a', 'Alert'), (4, 'host:a', 'OK')]


@pytest.mark.parametrize(('aggregator', 'value'), [('avg', 4.0), ('sum', 20.0), ('min', 2.0), ('max', 6.0)])
def test_aggregators_of_the_window(store, aggregator, value):
    send(store, [100, 2, 3, 4, 5, 6])
    monitor = make(f'{aggregator}(last_5m):avg:load{{*}} by {{host}} > 1000')
    assert monitors.values(store, monitor, START + 5 * MINUTE) == {'host:a': value}


def test_the_window_ends_with_the_moment_and_leaves_out_its_first_second(store):
    send(store, [1], start=START)
    monitor = make('max(last_5m):max:load{*} by {host} > 0')
    seen = [second for second in range(-2, 303) if monitors.values(store, monitor, START + second)]
    assert (seen[0], seen[-1], len(seen)) == (0, 299, 300)


def test_each_group_has_a_state_of_its_own(store):
    send(store, [11] * 6, host='a')
    send(store, [9] * 6, host='b')
    notices = evaluate(store, make(), minutes(6))
    assert [(notice.group, notice.tags, notice.new, notice.value) for notice in notices] == [
        ('host:a', {'host': 'a'}, 'Alert', 11.0)
    ]
    assert {group: state['status'] for group, state in store.states(1).items()} == {'host:a': 'Alert', 'host:b': 'OK'}
    assert overall(make(), store.states(1)) == 'Alert'


def test_a_monitor_without_groups_has_one(store):
    send(store, [11] * 6)
    evaluate(store, make('avg(last_5m):avg:load{*} > 10'), minutes(6))
    assert set(store.states(1)) == {'*'}


def test_a_group_without_all_of_the_tags_is_not_seen(store):
    send(store, [11] * 6, tags=('env:dev',))
    send(store, [11] * 6, host='b')
    evaluate(store, make('avg(last_5m):avg:load{*} by {env} > 10'), minutes(6))
    assert set(store.states(1)) == {'env:dev'}


def test_minute_by_minute_and_all_at_once_is_the_same(store):
    values = [index * 7 % 23 if index % 11 < 8 else None for index in range(300)]
    send(store, values, every=45)
    send(store, values[::-1], every=45, host='b')
    put(store, downtime(30, 60), downtime(60, 75), downtime(100, 130, notify_end_types=[]), downtime(150, 171))
    monitor = make(
        thresholds={'critical': 10, 'warning': 8, 'critical_recovery': 9}, notify_no_data=True, no_data_timeframe=2,
        renotify_interval=7, renotify_statuses=['alert', 'warn'], new_group_delay=120,
    )  # fmt: skip
    at_once = evaluate(store, monitor, minutes(240))
    states, changes = store.states(1), store.transitions(1)
    store.forget_monitor(1)
    store.remove('evaluated', 1)
    one_by_one = [notice for moment in minutes(240) for notice in evaluate(store, monitor, [moment])]
    assert {notice.kind for notice in at_once} == {'alert', 'warn', 'no data', 'recovery', 'renotify', 'downtime end'}
    assert {notice.muted for notice in at_once} == {True, False}
    assert one_by_one == at_once
    assert (store.states(1), store.transitions(1)) == (states, changes)


def test_an_explicit_rollup_is_evaluated_at_each_moment(store):
    send(store, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    monitor = make('max(last_5m):sum:load{*} by {host}.rollup(sum, 300) > 20')
    evaluate(store, monitor, minutes(10))
    # The bucket from minute 5 holds 6 + 7 + 8 at minute 7.
    assert history(store) == [(0, 'host:a', 'OK'), (7, 'host:a', 'Alert')]


def test_arithmetic_with_groups(store):
    send(store, [1, 1, 5, 5], metric='errors')
    send(store, [10, 10, 10, 10], metric='hits')
    monitor = make('avg(last_1m):avg:errors{*} by {host} / avg:hits{*} by {host} > 0.2')
    evaluate(store, monitor, minutes(4))
    assert history(store) == [(0, 'host:a', 'OK'), (2, 'host:a', 'Alert')]


def test_a_window_of_a_day_is_evaluated_every_10_minutes(store):
    send(store, [11] * 60)
    evaluate(store, make('avg(last_1d):avg:load{*} by {host} > 10'), minutes(60, 1))
    assert history(store) == [(10, 'host:a', 'Alert')]


@pytest.mark.parametrize(
    ('window', 'every'),
    # "window < 24 hours: 1 minute; 24 hours <= window < 48 hours: 10 minutes; window >= 48 hours: 30 minutes"
    [('23h', 1), ('24h', 10), ('47h', 10), ('48h', 30), ('2d', 30), ('1w', 30)],
)
def test_how_often_a_monitor_is_evaluated(store, window, every):
    send(store, [11] * 3)
    evaluate(store, make(f'avg(last_{window}):avg:load{{*}} > 10'), minutes(90, 1))
    assert history(store) == [(every, '*', 'Alert')]


@pytest.mark.parametrize(('window', 'expected'), [('1h', 10.0), ('61m', 5.0)])
def test_buckets_are_20_seconds_up_to_an_hour_and_then_a_minute(store, window, expected):
    # In 20 seconds each: 0, 30 and 0; in a minute: 10 and 0.
    send(store, [0, 0], start=START + 1, every=1)
    send(store, [30], start=START + 30)
    send(store, [0], start=START + 3599)
    assert monitors.values(store, make(f'avg(last_{window}):avg:load{{*}} > 10'), START + HOUR) == {'*': expected}


# New groups


def test_a_new_group_that_is_ok_says_nothing(store):
    send(store, [1] * 6)
    assert evaluate(store, make(), minutes(6)) == []
    assert history(store) == [(0, 'host:a', 'OK')]


def test_new_group_delay_skips_the_first_evaluations(store):
    send(store, [11] * 6, start=START + 30)
    monitor = make(new_group_delay=120)
    assert evaluate(store, monitor, minutes(3)) == []
    assert store.states(1)['host:a']['status'] == 'Skipped'
    assert overall(monitor, store.states(1)) == 'OK'
    # Its first point is seen at minute 1.
    assert brief(evaluate(store, monitor, minutes(3, 3))) == [(3, 'alert', '', 'Alert')]


@pytest.mark.parametrize('together', [True, False])
def test_a_new_group_that_is_silent_already_is_missing_a_minute_after_its_first_evaluation(store, together):
    send(store, [1])
    monitor = make(notify_no_data=True, no_data_timeframe=1, new_group_delay=180)
    for moments in [minutes(6)] if together else [[moment] for moment in minutes(6)]:
        evaluate(store, monitor, moments)
    assert history(store) == [(3, 'host:a', 'OK'), (4, 'host:a', 'No Data')]


def test_the_default_delay_is_a_minute_and_only_for_groups(store):
    send(store, [11] * 6, start=START + 30)
    grouped, simple = make(), make('avg(last_5m):avg:load{*} > 10') | {'id': 2}
    for monitor in (grouped, simple):
        del monitor['options']['new_group_delay']
        evaluate(store, monitor, minutes(6))
    assert history(store) == [(2, 'host:a', 'Alert')]
    assert [(change.time - START) // MINUTE for change in store.transitions(2)] == [1]


def test_a_group_that_was_there_before_the_monitor_is_evaluated_at_once(store):
    send(store, [11] * 10)
    assert brief(evaluate(store, make(new_group_delay=120), minutes(1, 8))) == [(8, 'alert', '', 'Alert')]


def test_require_full_window_waits_for_one(store):
    send(store, [11] * 10)
    assert brief(evaluate(store, make(require_full_window=True), minutes(10))) == [(4, 'alert', '', 'Alert')]


def test_evaluation_delay_looks_back(store):
    send(store, [1, 1, 11, 1])
    monitor = make('avg(last_1m):avg:load{*} by {host} > 10', evaluation_delay=300)
    evaluate(store, monitor, minutes(12))
    assert history(store) == [(5, 'host:a', 'OK'), (7, 'host:a', 'Alert'), (8, 'host:a', 'OK')]


# Missing data


@pytest.mark.parametrize('second', [0, 1, 19, 20, 21, 40, 59])
def test_no_data_exactly_the_timeframe_after_the_last_point(store, second):
    send(store, [1, 1], start=START + second - MINUTE)
    # From the first minute that sees the point.
    seen = 1 if second else 0
    notices = evaluate(store, make(notify_no_data=True, no_data_timeframe=10), minutes(30))
    assert brief(notices) == [(seen + 10, 'no data', 'OK', 'No Data')]
    assert notices[0].value is None
    assert store.states(1)['host:a']['last_nodata_ts'] == notices[0].moment


def test_without_a_timeframe_it_is_twice_the_window(store):
    send(store, [1])
    assert brief(evaluate(store, make(notify_no_data=True), minutes(30))) == [(10, 'no data', 'OK', 'No Data')]


def test_a_timeframe_shorter_than_the_window(store):
    send(store, [1])
    monitor = make('avg(last_1h):avg:load{*} by {host} > 10', notify_no_data=True, no_data_timeframe=5)
    assert brief(evaluate(store, monitor, minutes(30))) == [(5, 'no data', 'OK', 'No Data')]


def test_no_data_comes_as_much_later_as_evaluation_is_delayed(store):
    send(store, [1])
    monitor = make(notify_no_data=True, no_data_timeframe=10, evaluation_delay=300)
    assert brief(evaluate(store, monitor, minutes(30))) == [(15, 'no data', 'OK', 'No Data')]


def test_data_that_comes_back(store):
    send(store, [1, *[None] * 14, 1, *[None] * 14, 11])
    notices = evaluate(store, make(notify_no_data=True, no_data_timeframe=10), minutes(35))
    assert brief(notices) == [
        (10, 'no data', 'OK', 'No Data'),
        (15, 'recovery', 'No Data', 'OK'),
        (25, 'no data', 'OK', 'No Data'),
        (30, 'alert', 'No Data', 'Alert'),
    ]


def test_each_silence_counts_from_its_own_last_point(store):
    send(store, [1, *[None] * 6, 1])
    monitor = make(notify_no_data=True, no_data_timeframe=10)
    notices = [notice for moment in minutes(30) for notice in evaluate(store, monitor, [moment])]
    assert brief(notices) == [(17, 'no data', 'OK', 'No Data')]


def test_a_group_that_never_came_is_not_known(store):
    assert evaluate(store, make(notify_no_data=True, no_data_timeframe=10), minutes(60)) == []
    assert store.states(1) == {}
    assert overall(make(), {}) == 'No Data'


def test_not_to_notify_keeps_the_last_state(store):
    send(store, [11])
    evaluate(store, make(), minutes(60))
    assert history(store) == [(0, 'host:a', 'Alert')]


@pytest.mark.parametrize(
    ('option', 'expected'),
    [
        # As soon as the window is empty.
        ('show_and_notify_no_data', [(0, 'alert', '', 'Alert'), (5, 'no data', 'Alert', 'No Data')]),
        ('show_no_data', [(0, 'alert', '', 'Alert')]),
        ('resolve', [(0, 'alert', '', 'Alert'), (5, 'recovery', 'Alert', 'OK')]),
        ('default', [(0, 'alert', '', 'Alert')]),
    ],
)
def test_on_missing_data(store, option, expected):
    send(store, [11])
    assert brief(evaluate(store, make(on_missing_data=option), minutes(30))) == expected
    status = {'show_no_data': 'No Data', 'show_and_notify_no_data': 'No Data', 'resolve': 'OK', 'default': 'Alert'}
    assert store.states(1)['host:a']['status'] == status[option]


def test_missing_counts_are_zero(store):
    send(store, [11], type='count')
    monitor = make('sum(last_5m):sum:load{*} by {host}.as_count() > 10', on_missing_data='default')
    assert brief(evaluate(store, monitor, minutes(30))) == [(0, 'alert', '', 'Alert'), (5, 'recovery', 'Alert', 'OK')]


def test_missing_counts_with_default_zero_keep_the_state(store):
    """https://docs.datadoghq.com/monitors/configuration/#no-data: "as well as for Count queries with default_zero()".

    The function has no effect in a window without data: https://github.com/DataDog/documentation/pull/14329
    """
    send(store, [11], type='count')
    query = 'sum(last_5m):default_zero(sum:load{*} by {host}.as_count()) > 10'
    notices = evaluate(store, make(query, on_missing_data='default'), minutes(30))
    assert brief(notices) == [(0, 'alert', '', 'Alert')]


@pytest.mark.parametrize(
    ('query', 'expected'),
    [
        # Points at minutes 0 and 1; the window of minute 6 has none.
        ('avg(last_5m):default_zero(avg:load{*} by {host}) < 1', [0, 1, 2, 3, 4, 5]),
        ('avg(last_5m):default_zero(avg:load{*}) < 1', [0, 1, 2, 3, 4, 5]),
        ('sum(last_5m):default_zero( default_zero(sum:load{*}.as_count()) ) < 1', [0, 1, 2, 3, 4, 5]),
        ('max(last_5m):100 * default_zero(avg:load{*} by {host}) / avg:all{*} by {host} < 1', [0, 1, 2, 3, 4, 5]),
        ('max(last_5m):default_zero(avg:load{*}) + default_zero(avg:all{*}) < 1', [0, 1, 2, 3, 4, 5]),
        ('max(last_5m):default_zero(avg:all{*} by {host}) < 1', [*range(20)]),
        ('avg(last_1m):default_zero(avg:load{*} by {host}) < 1', [0, 1]),
    ],
)
def test_default_zero_has_no_effect_in_a_window_without_points(store, query, expected):
    """https://docs.datadoghq.com/dashboards/functions/interpolation/, https://github.com/DataDog/documentation/pull/14329"""
    kind = 'count' if 'as_count' in query else 'gauge'
    send(store, [4, 4], type=kind)
    send(store, [2] * 20, metric='all')
    monitor = make(query, thresholds={})
    assert [minute for minute in range(20) if monitors.values(store, monitor, START + MINUTE * minute)] == expected


def test_a_silent_group_of_default_zero_becomes_no_data(store):
    send(store, [4, 4])
    monitor = make('avg(last_5m):default_zero(avg:load{*} by {host}) > 10', notify_no_data=True, no_data_timeframe=10)
    assert brief(evaluate(store, monitor, minutes(30))) == [(11, 'no data', 'OK', 'No Data')]


def test_timeout_h_resolves_a_group_without_data(store):
    send(store, [11, *[None] * 299, 11])
    notices = evaluate(store, make(timeout_h=2), minutes(302))
    assert brief(notices) == [
        (0, 'alert', '', 'Alert'),
        (120, 'recovery', 'Alert', 'OK'),
        (300, 'alert', 'OK', 'Alert'),
    ]


def test_a_group_is_forgotten_after_a_day_without_data(store):
    send(store, [11])
    monitor = make(notify_no_data=True, no_data_timeframe=10)
    evaluate(store, monitor, minutes(24 * 60))
    assert set(store.states(1)) == {'host:a'}
    assert evaluate(store, monitor, minutes(1, 24 * 60)) == []
    assert store.states(1) == {}


@pytest.mark.parametrize(
    ('options', 'hours'),
    [
        ({'notify_no_data': True, 'no_data_timeframe': 25 * 60}, 26),
        ({'notify_no_data': True, 'no_data_timeframe': 22 * 60}, 24),
        ({'timeout_h': 24}, 25),
        ({'timeout_h': 23}, 24),
    ],
)
def test_a_group_is_known_for_an_hour_after_what_missing_data_does(store, options, hours):
    send(store, [11])
    evaluate(store, make(**options), minutes(27 * 60))
    assert history(store)[-1] == (hours * 60, 'host:a', '')
    state = {'No Data'} if 'notify_no_data' in options else {'OK'}
    assert state < {status for _, _, status in history(store)}


def test_no_data_with_a_rollup_counts_from_the_end_of_the_last_bucket(store):
    send(store, [1] * 8)
    monitor = make(
        'avg(last_10m):avg:load{*} by {host}.rollup(avg,300) > 10', notify_no_data=True, no_data_timeframe=20
    )
    notices = [notice for moment in minutes(60) for notice in evaluate(store, monitor, [moment])]
    # The last bucket ends with minute 10, and the first minute that saw it whole is that.
    assert brief(notices) == [(30, 'no data', 'OK', 'No Data')]


def test_the_one_group_of_a_simple_monitor_is_not_forgotten(store):
    send(store, [11])
    monitor = make('avg(last_5m):avg:load{*} > 10', notify_no_data=True, no_data_timeframe=10)
    evaluate(store, monitor, minutes(26 * 60))
    assert store.states(1)['*']['status'] == 'No Data'


# Reminders


def test_reminders_come_at_the_interval_and_so_often(store):
    send(store, [11] * 60)
    monitor = make(renotify_interval=10, renotify_occurrences=3)
    assert brief(evaluate(store, monitor, minutes(60))) == [
        (0, 'alert', '', 'Alert'), *((minute, 'renotify', 'Alert', 'Alert') for minute in (10, 20, 30)),
    ]  # fmt: skip


def test_a_new_state_counts_anew_and_only_some_states_are_repeated(store):
    send(store, [11] * 15 + [6] * 30 + [11] * 15)
    monitor = make('avg(last_1m):avg:load{*} by {host} > 10', {'critical': 10, 'warning': 5}, renotify_interval=10)
    assert brief(evaluate(store, monitor, minutes(60))) == [
        (0, 'alert', '', 'Alert'), (10, 'renotify', 'Alert', 'Alert'), (15, 'warn', 'Alert', 'Warn'),
        (45, 'alert', 'Warn', 'Alert'), (55, 'renotify', 'Alert', 'Alert'),
    ]  # fmt: skip


def test_reminders_count_from_the_state_where_it_did_not_notify(store):
    # The alert at 15 is muted: the reminder counts from there, and not from the recovery at 3.
    send(store, [11, 11, 11] + [1] * 12 + [11] * 30)
    put(store, downtime(10, 20, notify_end_types=[]))
    monitor = make(SHORT, renotify_interval=10)
    assert mailed(evaluate(store, monitor, minutes(40))) == [
        (0, 'alert', '', 'Alert'), (3, 'recovery', 'Alert', 'OK'), (25, 'renotify', 'Alert', 'Alert'),
        (35, 'renotify', 'Alert', 'Alert'),
    ]  # fmt: skip


# Downtimes


def test_a_muted_group_changes_state_and_the_end_of_the_downtime_tells(store):
    send(store, [1] * 10 + [11] * 30)
    put(store, downtime(5, 20))
    notices = evaluate(store, make(SHORT), minutes(40))
    assert brief(notices) == [(10, 'alert', 'OK', 'Alert'), (20, 'downtime end', 'Alert', 'Alert')]
    assert mailed(notices) == [(20, 'downtime end', 'Alert', 'Alert')]
    assert notices[1].value == 11.0
    assert history(store) == [(0, 'host:a', 'OK'), (10, 'host:a', 'Alert')]


def test_the_end_tells_of_an_alert_from_before_too(store):
    send(store, [11] * 40)
    put(store, downtime(5, 20))
    assert mailed(evaluate(store, make(SHORT), minutes(40))) == [
        (0, 'alert', '', 'Alert'), (20, 'downtime end', 'Alert', 'Alert'),
    ]  # fmt: skip


@pytest.mark.parametrize(
    'attributes', [{'notify_end_states': ['no data']}, {'notify_end_types': []}, {'notify_end_types': ['canceled']}]
)
def test_an_end_that_is_not_to_be_reported(store, attributes):
    send(store, [1] * 10 + [11] * 30)
    put(store, downtime(5, 20, **attributes))
    assert mailed(evaluate(store, make(SHORT), minutes(40))) == []


@pytest.mark.parametrize(
    ('types', 'expected'), [(['canceled'], [15]), (['expired'], []), (['expired', 'canceled'], [15])]
)
def test_a_cancellation_is_an_end_of_another_kind(store, types, expected):
    send(store, [1] * 10 + [11] * 30)
    canceled = iso(START + 14 * MINUTE + 30)
    put(store, downtime(5, 20, canceled=canceled, notify_end_types=types))
    assert [minute for minute, *_ in mailed(evaluate(store, make(SHORT), minutes(40)))] == expected


def test_another_downtime_that_is_still_open_keeps_quiet(store):
    send(store, [1] * 10 + [11] * 30)
    # The second begins as the first ends, the third while the second is open.
    put(store, downtime(5, 20), downtime(20, 25), downtime(24, 30))
    assert mailed(evaluate(store, make(SHORT), minutes(40))) == [(30, 'downtime end', 'Alert', 'Alert')]


def test_a_change_at_the_end_of_a_downtime_is_reported_once(store):
    send(store, [1] * 20 + [11] * 20)
    put(store, downtime(5, 20))
    assert mailed(evaluate(store, make(SHORT), minutes(40))) == [(20, 'alert', 'OK', 'Alert')]


def test_the_first_recovery_of_an_earlier_alert_is_reported(store):
    send(store, [11] * 10 + [1] * 5 + [11] * 5 + [1] * 20)
    put(store, downtime(5, 30))
    assert mailed(evaluate(store, make(SHORT), minutes(40))) == [
        (0, 'alert', '', 'Alert'), (10, 'recovery', 'Alert', 'OK'),
    ]  # fmt: skip


def test_unless_a_downtime_mutes_it(store):
    send(store, [11] * 10 + [1] * 30)
    put(store, downtime(5, 30), downtime(6, 12, mute_first_recovery_notification=True))
    assert mailed(evaluate(store, make(SHORT), minutes(40))) == [(0, 'alert', '', 'Alert')]


def test_a_scope_mutes_only_its_groups(store):
    send(store, [11] * 10, host='a')
    send(store, [11] * 10, host='b')
    put(store, downtime(0, 60, scope='host:a'))
    assert [(notice.group, notice.muted) for notice in evaluate(store, make(SHORT), minutes(10))] == [
        ('host:a', True), ('host:b', False),
    ]  # fmt: skip


def test_reminders_are_left_out_in_a_downtime_and_not_made_up_for(store):
    send(store, [11] * 60)
    put(store, downtime(5, 35, notify_end_types=[]))
    assert mailed(evaluate(store, make(SHORT, renotify_interval=10, renotify_occurrences=2), minutes(60))) == [
        (0, 'alert', '', 'Alert'), (40, 'renotify', 'Alert', 'Alert'), (50, 'renotify', 'Alert', 'Alert'),
    ]  # fmt: skip


def test_reminders_in_a_downtime_are_left_out_minute_by_minute_too(store):
    send(store, [11] * 60)
    put(store, downtime(5, 35, notify_end_types=[]))
    monitor = make(SHORT, renotify_interval=10)
    notices = [notice for moment in minutes(60) for notice in evaluate(store, monitor, [moment])]
    assert [minute for minute, *_ in mailed(notices)] == [0, 40, 50]


def test_the_silenced_option_mutes(store):
    send(store, [11] * 10, host='a')
    send(store, [11] * 10, host='b')
    monitor = make(SHORT, silenced={'host:a': None, 'host:b': START + 5 * MINUTE})
    assert mailed(evaluate(store, monitor, minutes(10))) == []


@pytest.mark.parametrize(
    ('query', 'scope', 'is_muted'),
    [
        # "Because all the monitor's groups (by host) belong to service:web-store, the result is that all hosts are
        # muted": https://docs.datadoghq.com/monitors/guide/scoping_downtimes/
        ('avg:load{service:web} by {host}', 'service:web', True),
        ('avg:load{service:web} by {host}', 'service:web AND host:a', True),
        ('avg:load{service:web} by {host}', 'service:web AND host:b', False),
        ('avg:load{service:web} by {host}', '-service:web', False),
        ('avg:load{service:web} by {host}', '-service:db', True),
        ('avg:load{service:web}', 'service:web', True),
        ('avg:load{host:a AND (service:web)}', 'service:web', True),
        ('avg:load{service IN (web)}', 'service:web', True),
        # Not all that such a scope has is of the service.
        ('avg:load{service:web OR service:db}', 'service:web', False),
        ('avg:load{service IN (web,db)}', 'service:web', False),
        ('avg:load{service:w*}', 'service:web', False),
        ('avg:load{!service:db}', 'service:db', False),
        ('avg:load{*}', 'service:web', False),
        ('avg:load{service:web} + avg:load{*}', 'service:web', False),
        ('avg:load{service:web} + avg:load{service:web,host:a}', 'service:web', True),
        ('avg:load{service:web} + avg:load{service:web,host:a}', 'host:a', False),
    ],
)
def test_the_scope_of_a_downtime_is_compared_with_the_filter_of_the_query_too(store, query, scope, is_muted):
    send(store, [11] * 10, host='a', tags=('service:web',))
    put(store, downtime(0, 20, scope=scope))
    notices = evaluate(store, make(f'avg(last_1m):{query} > 10'), minutes(10))
    assert [notice.muted for notice in notices] == [is_muted]


# What is kept, and said


def test_a_moment_is_evaluated_once(store):
    send(store, [11] * 10)
    assert len(evaluate(store, make(SHORT), minutes(5))) == 1
    assert evaluate(store, make(SHORT), minutes(5)) == []


def test_only_what_changes_is_written(store, monkeypatch):
    send(store, [11] * 20)
    evaluate(store, make(SHORT), minutes(5))
    written = []
    monkeypatch.setattr(store, 'save_states', lambda monitor, states: written.append(states))
    evaluate(store, make(SHORT), minutes(5, 5))
    assert written == [{}]


def test_another_query_forgets_the_groups_of_the_old_one(store):
    send(store, [11] * 20)
    evaluate(store, make(SHORT, notify_no_data=True), minutes(5))
    evaluate(store, make('avg(last_1m):avg:load{*} > 10'), minutes(5, 5))
    assert set(store.states(1)) == {'*'}


@pytest.mark.parametrize(
    ('change', 'reason'),
    [
        ({'type': 'rum alert'}, 'needs the events of Real User Monitoring, which the sandbox does not keep'),
        ({'query': 'rate(avg(last_5m),last_1h):avg:load{*} > 1'}, 'rate'),
        ({'query': 'avg(last_5m):avg:load{* > 1'}, 'load{*'),
    ],
)
def test_what_is_not_evaluated_says_why(store, change, reason):
    send(store, [11] * 20)
    monitor = make() | change
    assert reason in (monitors.refusal(monitor) or '')
    assert evaluate(store, monitor, minutes(5)) == []
    assert store.states(1) == {}
    assert reason in explain(store, monitor, '*')


def test_in_words(store):
    monitor = make(SHORT, {'critical': 10, 'warning': 5, 'critical_recovery': 8}, notify_no_data=True)
    assert explain(store, monitor, 'host:a') == 'Not evaluated yet.'
    send(store, [1, 6, 11, 9])
    said = []
    for minute in range(4):
        evaluate(store, monitor, minutes(1, minute))
        said.append(explain(store, monitor, 'host:a'))
    assert said == [
        'OK since 2026-11-23 00:00:00 UTC: the average of the last minute is 1, not > 5. '
        'Evaluated at 2026-11-23 00:00:00 UTC.',
        'Warn since 2026-11-23 00:01:00 UTC: the average of the last minute is 6, > 5. '
        'Evaluated at 2026-11-23 00:01:00 UTC.',
        'Alert since 2026-11-23 00:02:00 UTC: the average of the last minute is 11, > 10. '
        'Evaluated at 2026-11-23 00:02:00 UTC.',
        'Alert since 2026-11-23 00:02:00 UTC: the average of the last minute is 9, not > 10, and still > the recovery '
        'threshold 8. Evaluated at 2026-11-23 00:03:00 UTC.',
    ]
    evaluate(store, monitor, minutes(2, 4))
    assert explain(store, monitor, 'host:a') == (
        'No Data since 2026-11-23 00:05:00 UTC: the last point came at 2026-11-23 00:03:00 UTC. '
        'Evaluated at 2026-11-23 00:05:00 UTC.'
    )
    assert explain(store, monitor, 'host:b') == (
        'Unknown: no point of this group came in the last minute. Evaluated at 2026-11-23 00:05:00 UTC.'
    )


# The account


def test_the_account_evaluates_each_whole_minute_once(store):
    send(store, [1] * 5 + [11] * 10)
    store.save('monitor', 1, make(SHORT) | {'message': '@ops@example.com'})
    account = Account(store)
    account.advance(START + 7)
    account.advance(START + 7 * MINUTE + 59)
    account.advance(START + 7 * MINUTE + 59)
    account.advance(START + 3 * MINUTE)
    assert [((mail.time - START) // MINUTE, mail.body['to']) for mail in store.mails()] == [(5, ['ops@example.com'])]
    assert monitors.evaluated(store, make()) == START + 7 * MINUTE


def test_of_a_long_gap_only_the_last_hour_is_made_up_for(store):
    send(store, [1] + [11] * 200 + [1] * 200)
    store.save('monitor', 1, make(SHORT) | {'message': '@ops@example.com'})
    account = Account(store)
    account.advance(START)
    account.advance(START + 400 * MINUTE)
    assert store.mails() == []
    assert monitors.evaluated(store, make()) == START + 400 * MINUTE


@pytest.mark.parametrize(('at', 'mails', 'status'), [('mail', 0, 'OK'), ('account', 1, 'Alert')])
def test_a_crash_neither_loses_nor_doubles_mails(store, monkeypatch, at, mails, status):
    send(store, [1] * 5 + [11] * 10)
    store.save('monitor', 1, make(SHORT) | {'message': '@ops@example.com'})
    account = Account(store)
    account.advance(START)
    with monkeypatch.context() as patch, pytest.raises(OSError, match='disk full'):
        save, add_mail = store.save, store.add_mail

        def fail_save(kind, id_, body):
            if id_ == at:
                raise OSError('disk full')
            save(kind, id_, body)

        def fail_mail(*arguments):
            if at == 'mail':
                raise OSError('disk full')
            return add_mail(*arguments)

        patch.setattr(store, 'save', fail_save)
        patch.setattr(store, 'add_mail', fail_mail)
        account.advance(START + 9 * MINUTE)
    assert (len(store.mails()), store.states(1)['host:a']['status']) == (mails, status)
    account.advance(START + 9 * MINUTE)
    assert len(store.mails()) == 1


def test_a_monitor_that_is_gone_is_forgotten_and_the_others_go_on(store):
    send(store, [11] * 10)
    store.save('monitor', 1, make(SHORT))
    store.save('monitor', 2, make('avg(last_5m):avg:load{*} by {host} > 10') | {'id': 2, 'type': 'rum alert'})
    store.save('monitor', 3, make(SHORT) | {'id': 3})
    account = Account(store)
    account.advance(START)
    store.remove('monitor', 1)
    account.advance(START + MINUTE)
    assert (store.states(1), store.transitions(1), store.get('evaluated', 1)) == ({}, [], None)
    assert store.states(2) == {}
    assert store.states(3)['host:a']['status'] == 'Alert'


# What ties the rules


@pytest.mark.parametrize('options', [{}, {'on_missing_data': 'resolve'}, {'notify_no_data': True}])
def test_a_group_is_steady_exactly_where_a_walk_changes_nothing(options):
    # Every combination of a status with the codes of one moment.
    plan = settings_of(make(**options))
    for status, level, kept, absence, full in itertools.product(
        (*STATUSES, 'Skipped', None), Level, (0, 1, 2, 3), Absence, (True, False)
    ):
        state = {} if status is None else {'status': status, 'first_data': START, 'last_data': START}
        value = np.array([[np.nan if level == Level.MISSING else 1.0]])
        readings = Readings([{'host': 'a'}], value, np.array([[START]]), np.array([START]), np.array([[full]]))
        codes = Codes(*(np.array([[code]]) for code in (level, kept, absence, full)))
        [stretches] = codes.stretches(codes.changes(), np.array([0]))
        changes = walk(plan, 0, np.array([START]), readings, stretches, state)
        last_data = np.array([state.get('last_data', -1)])
        [is_steady] = steady(plan, [state], codes, codes.changes(), last_data)
        [other_time] = steady(plan, [state], codes, codes.changes(), last_data + 60)
        assert not other_time
        assert is_steady == (status in STATUSES and not changes), (status, level, kept, absence, full)


def test_a_huge_value_is_gone_with_its_window(store):
    # A running sum would go on with 1e300 + 5 - 1e300, which is 0.
    send(store, [1e300, 5, 3])
    evaluate(store, make('avg(last_1m):avg:load{*} by {host} > 4'), minutes(3))
    assert history(store) == [(0, 'host:a', 'Alert'), (2, 'host:a', 'OK')]
