"""change: https://docs.datadoghq.com/dashboards/widgets/change/, and `ChangeWidgetRequest` of the API."""

from typing import Any

import pytest
from datadog_sandbox.store import Series, Store
from datadog_sandbox.times import DAY, HOUR, WEEK
from widget_specimen import T, cells, content, evaluate

BEFORE = {'hour_before': HOUR, 'day_before': DAY, 'week_before': WEEK, 'month_before': 30 * DAY}


@pytest.fixture
def account(store: Store) -> Store:
    """Load, now and before: of a 100 and 10, of b 5 and 5, of c 4 and 8, of d only 7."""
    for service, now, before in (('a', 100, 10), ('b', 5, 5), ('c', 4, 8), ('d', 7, None)):
        series = Series('load', '', (f'service:{service}',))
        points = {T + 60: now, T + 60 - HOUR: before}
        store.add([(series, time, float(value)) for time, value in points.items() if value is not None])
    return store


def rows(account: Store, **more: Any) -> list[list[str]]:
    return cells(account, 'change', requests=[{'q': 'avg:load{*} by {service}', **more}])


def test_changes_are_those_since_an_hour_before_the_largest_first(account: Store) -> None:
    assert rows(account) == [
        ['service:a', '▲ 90'], ['service:b', '0'], ['service:c', '▼ -4'], ['service:d', 'no value before'],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ('given', 'order'),
    [
        ({'order_by': 'change', 'order_dir': 'asc'}, 'cba'),
        ({'order_by': 'present'}, 'abc'),
        ({'order_by': 'past', 'order_dir': 'asc'}, 'bca'),
        ({'order_by': 'name'}, 'cba'),
    ],
)
def test_the_order_of_changes(account: Store, given: dict[str, Any], order: str) -> None:
    assert [row[0] for row in rows(account, **given)] == [f'service:{name}' for name in (*order, 'd')]


@pytest.mark.parametrize('good', [False, True])
def test_relative_changes_beside_the_value_now(account: Store, good: bool) -> None:
    request = {'q': 'avg:load{*} by {service}', 'change_type': 'relative', 'show_present': True, 'increase_good': good}
    table = content(account, 'change', requests=[request]).table
    assert [[cell.text for cell in row[1:]] for row in table.rows] == [
        ['▲ 900 %', '100'], ['0 %', '5'], ['▼ -50 %', '4'], ['no value before', '7'],
    ]  # fmt: skip
    up, down = ('ok', 'error') if good else ('error', 'ok')
    assert [row[1].colour for row in table.rows] == [up, '', down, 'muted']


@pytest.mark.parametrize(('name', 'seconds'), BEFORE.items())
def test_what_a_change_is_compared_to(store: Store, name: str, seconds: int) -> None:
    # The value of each time is how long ago it was, in hours.
    ago = (0, *BEFORE.values())
    store.add((Series('load', '', ()), T + 60 - before, float(before // HOUR)) for before in ago)
    widget: Any = evaluate(store, 'change', requests=[{'q': 'sum:load{*}', 'compare_to': name}])
    assert widget.content.table.rows[0][1].text == f'▼ -{seconds // HOUR}'
    assert list(widget.remarks) == ['month_before is 30 days here (approximated)'] * (name == 'month_before')


def test_another_time_to_compare_to_is_refused(account: Store) -> None:
    requests = [{'q': 'avg:load{*}', 'compare_to': 'year_before'}]
    assert evaluate(account, 'change', requests=requests).message == (
        'A change is compared to hour_before, day_before, week_before, month_before, not to year_before'
    )


def test_a_formula_of_the_time_before_is_what_the_other_is_compared_to(account: Store) -> None:
    query = {'data_source': 'metrics', 'name': 'q', 'query': 'avg:load{service:a}', 'aggregator': 'avg'}
    request = {'response_format': 'scalar', 'queries': [query]}
    for formulas, change in (
        (['hour_before(q)', 'q'], '▲ 90'),
        (['q', 'hour_before(q)'], '▲ 90'),
        (['q'], '▲ 90'),
        (['q * 2'], '▲ 180'),
    ):
        [[_, cell]] = cells(account, 'change', requests=[request | {'formulas': [{'formula': f} for f in formulas]}])
        assert cell == change, formulas


@pytest.mark.parametrize('formulas', [['q', 'q * 2'], ['q', 'hour_before(q)', 'q * 2']])
def test_other_formulas_are_refused(account: Store, formulas: list[str]) -> None:
    query = {'data_source': 'metrics', 'name': 'q', 'query': 'avg:load{service:a}', 'aggregator': 'avg'}
    request = {'response_format': 'scalar', 'queries': [query], 'formulas': [{'formula': f} for f in formulas]}
    assert evaluate(account, 'change', requests=[request]).message == (
        'A change has one formula, or a second one such as hour_before(query1) to compare it to'
    )
