"""SLO alerts: https://docs.datadoghq.com/service_management/service_level_objectives/burn_rate/ and …/error_budget/"""

import pytest
from datadog_sandbox import monitors, notifications
from datadog_sandbox.account import Account
from datadog_sandbox.monitors import evaluate
from datadog_sandbox.query import QueryError
from datadog_sandbox.store import Store
from monitoring import HOUR, MINUTE, START, history, minutes, send

BURN = 'burn_rate("s1").over("7d").long_window("1h").short_window("5m") > 14.4'


@pytest.fixture
def store():
    store = Store()
    body = {'id': 's1', 'name': 'x', 'type': 'metric', 'thresholds': [{'timeframe': '7d', 'target': 99.0}]}
    counts = {'numerator': 'sum:good{*}.as_count()', 'denominator': 'sum:all{*}.as_count()'}
    store.save('slo', 's1', body | {'query': counts})
    yield store
    store.close()


def make(query, **options):
    options = {'thresholds': {}, **options}
    return {'id': 1, 'type': 'slo alert', 'name': 'x', 'message': '', 'query': query, 'options': options}


def count(store, good, total=10, start=START):
    for metric, values in (('good', good), ('all', [total] * len(good))):
        send(store, values, metric=metric, type='count', start=start)


def test_an_error_budget_that_is_used_up(store):
    # 200 events, of which 1 fails: half of the 1 % that may fail.
    count(store, [10] * 10 + [9] + [10] * 9)
    monitor = make('error_budget("s1").over("7d") > 40')
    assert monitors.values(store, monitor, START + 20 * MINUTE) == {'*': pytest.approx(50)}
    # After 13 minutes, 1 of 130: 76.9 %.
    assert monitors.values(store, monitor, START + 13 * MINUTE) == {'*': pytest.approx(100 / 1.3)}
    late = make('error_budget("s1").over("7d") > 40', evaluation_delay=7 * MINUTE)
    assert monitors.values(store, late, START + 20 * MINUTE) == {'*': pytest.approx(100 / 1.3)}


def test_a_burn_rate_needs_both_windows(store):
    # For 10 minutes, 4 of 10 fail.
    count(store, [10] * 60 + [6] * 10 + [10] * 20)
    monitor = make(BURN)
    # The last hour: 16 of 600 have failed, 2.67 times the 1 %. The last five minutes: 16 of 50, 32 times.
    assert monitors.values(store, monitor, START + 64 * MINUTE) == {'*': pytest.approx(16 / 6)}
    low = make(BURN.replace('14.4', '5'))
    evaluate(store, low, minutes(90, first=50))
    # After 8 failing minutes, 32 of 600 in the hour: 5.33. Once the last of five minutes is well, the alert ends.
    assert history(store) == [(50, '*', 'OK'), (68, '*', 'Alert'), (75, '*', 'OK')]


def test_an_alert_stays_when_no_event_comes_any_more(store):
    count(store, [10] * 60 + [0] * 10)
    # After 9 failing minutes, 90 of 600 in the hour: 15. Windows without events have no burn rate, and not 0.
    evaluate(store, make(BURN), minutes(190, first=50))
    assert history(store) == [(50, '*', 'OK'), (69, '*', 'Alert')]


def test_an_objective_without_events_has_no_group(store):
    assert monitors.values(store, make(BURN), START + HOUR) == {}


def test_what_an_account_lacks_is_named(store):
    with pytest.raises(QueryError, match='There is no service level objective other'):
        monitors.values(store, make('error_budget("other").over("7d") > 40'), START)
    with pytest.raises(QueryError, match='The service level objective s1 has no target over 30d'):
        monitors.values(store, make('error_budget("s1").over("30d") > 40'), START)


@pytest.mark.parametrize(
    ('query', 'message'),
    [
        ('error_budget("s1").over("5d") > 40', 'it must be like error_budget("id").over("7d") > 75'),
        ('burn_rate("s1").over("7d") > 40', 'it must be like error_budget'),
        (BURN.replace('1h', '3d'), 'the long window is 1h to 48h, and the short one shorter, at most 2h'),
        (BURN.replace('5m', '1h'), 'the long window is 1h to 48h, and the short one shorter'),
        (BURN.replace('error_budget', 'x').replace('> 14.4', ''), 'it must be like'),
    ],
)
def test_another_query_is_refused(query, message):
    with pytest.raises(QueryError) as error:
        monitors.parse(make(query))
    assert message in str(error.value)


def test_that_one_value_stands_for_two_windows_is_remarked():
    assert [remark.code for remark in monitors.remarks(make(BURN))] == ['burn-rate']
    assert monitors.remarks(make('error_budget("s1").over("7d") > 40')) == []


@pytest.mark.parametrize(
    ('query', 'evaluations', 'shown'),
    [
        # After 8 failing minutes, 32 of 600 in the hour and 20 of 50 in 5 minutes, of the 1 % that may fail.
        (BURN.replace('14.4', '5'), 9, '7d|5.333|40|5.333'),
        # Evaluated each half hour: 40 of 700 since the start, 5.71429 times what may fail.
        ('error_budget("s1").over("7d") > 400', 31, '7d|||571.429'),
    ],
)
def test_variables_of_messages(store, query, evaluations, shown):
    """https://docs.datadoghq.com/monitors/types/slo/ ("Notifications")"""
    count(store, [10] * 60 + [6] * 10)
    message = '{{timeframe}}|{{long_window_burn_rate}}|{{short_window_burn_rate}}|{{value}} @a@b.co'
    monitor = make(query) | {'message': message}
    store.save('monitor', 1, monitor)
    assert [each for each in notifications.remarks(monitor) if each.code == 'message'] == []
    account = Account(store)
    for moment in minutes(evaluations, first=60):
        account.advance(moment)
    [mail] = store.mails()
    assert mail.body['text'].startswith(f'{shown} @a@b.co')
