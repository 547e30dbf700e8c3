"""Widgets of service level objectives, and the figures that they show, worked out by hand."""

import pytest
from datadog_sandbox.store import Store, Transition
from datadog_sandbox.times import DAY, HOUR
from datadog_sandbox.widgets import Context
from datadog_sandbox.widgets.types.slo import period
from widget_specimen import T, cells, content, evaluate, fill


@pytest.fixture
def account(store: Store) -> Store:
    return fill(store)


def test_status_target_and_error_budget_of_each_window(account: Store) -> None:
    # 97 % leaves 2 of the 5 % that may fail; 90 % is 5 % too many, as much again as the budget.
    assert cells(account, 'slo') == [['7d', '97 %', '95 %', '40 %'], ['previous week', '90 %', '95 %', '-100 %']]
    week, before = content(account, 'slo').table.rows
    assert [row[1].colour for row in (week, before)] == ['warning', 'error']
    assert content(account, 'slo', show_error_budget=False).table.columns == ['time', 'status', 'target']


def test_a_window_of_the_page_has_a_target_of_its_own(account: Store) -> None:
    # Of this hour: 97 of 100.
    more = {'time_windows': ['global_time'], 'global_time_target': '99'}
    assert cells(account, 'slo', **more) == [['global time', '97 %', '99 %', '-200 %']]


def test_an_objective_without_events_says_so(account: Store) -> None:
    assert cells(account, 'slo', time_windows=['90d', '7d'])[0] == ['90d', '93.5 %', '95 %', '-30 %']
    nothing = {'numerator': 'sum:no{*}', 'denominator': 'sum:no{*}'}
    account.save('slo', 's1', account.get('slo', 's1') | {'query': nothing})
    assert cells(account, 'slo', time_windows=['7d']) == [['7d', 'The denominator is zero valued', '95 %', '-']]


def test_an_objective_of_a_monitor_is_the_time_without_alerts(account: Store) -> None:
    body = {'id': 's2', 'name': 'Up', 'type': 'monitor', 'monitor_ids': [7], 'tags': []}
    account.save('slo', 's2', body | {'thresholds': [{'timeframe': '7d', 'target': 90.0}]})
    changes = ((T - DAY, 'Alert'), (T - DAY + 8 * HOUR, 'OK'))
    account.add_transitions(Transition(7, 'host:a', time, status, 1.0) for time, status in changes)
    # 160 of 168 hours.
    assert cells(account, 'slo', slo_id='s2', time_windows=['7d']) == [['7d', '95.238 %', '90 %', '52.381 %']]


def test_an_objective_that_is_not_here_is_named(account: Store) -> None:
    widget = evaluate(account, 'slo', slo_id='other')
    assert (widget.message, widget.failed) == ('There is no service level objective other here', False)
    wrong = evaluate(account, 'slo', time_windows=['5d'])
    assert wrong.failed
    assert wrong.message.startswith("The time window '5d' of this widget is not one of 7d, 30d, 90d, week_to_date")


def test_a_list_has_the_objectives_of_its_search(account: Store) -> None:
    assert cells(account, 'slo_list') == [['Answers', '7d', '97 %', '95 %', '40 %']]
    body = {'id': 's3', 'name': 'All', 'type': 'metric', 'tags': ['team:web']}
    query = {'numerator': 'sum:hits{*}', 'denominator': 'sum:hits{*}'}
    account.save('slo', 's3', body | {'query': query, 'thresholds': [{'timeframe': '7d', 'target': 50.0}]})
    assert [row[0] for row in cells(account, 'slo_list')] == ['All', 'Answers']
    narrow = {'query_string': 'team:web AND answers', 'limit': 5}
    assert [row[0] for row in cells(account, 'slo_list', requests=[{'query': narrow}])] == ['Answers']
    nothing = evaluate(account, 'slo_list', requests=[{'query': {'query_string': 'team:other'}}])
    assert nothing.message == 'No service level objective matches this search'


@pytest.mark.parametrize(
    ('window', 'start', 'end'),
    [
        # T is a Friday, 4 October 2024, at midnight; the range ends an hour later.
        ('30d', -30 * DAY + HOUR, HOUR),
        ('week_to_date', -4 * DAY, HOUR),
        ('previous_week', -11 * DAY, -4 * DAY),
        ('month_to_date', -3 * DAY, HOUR),
        ('previous_month', -33 * DAY, -3 * DAY),
        ('global_time', 0, HOUR),
    ],
)
def test_windows_are_of_the_calendar(store: Store, window: str, start: int, end: int) -> None:
    assert period(window, Context(store, {}, T, T + HOUR)) == (T + start, T + end)


@pytest.mark.parametrize(('window', 'days'), [('week_to_date', -4), ('month_to_date', -3)])
def test_a_window_that_begins_now_lasts_a_minute(store: Store, window: str, days: int) -> None:
    begin = T + days * DAY
    assert period(window, Context(store, {}, begin - HOUR, begin)) == (begin, begin + 60)
