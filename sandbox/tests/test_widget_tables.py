"""Tables: https://docs.datadoghq.com/dashboards/widgets/table/, and `TableWidgetRequest` of the API."""

from typing import Any

import numpy as np
import pytest
from datadog_sandbox.drawing.table import Cell
from datadog_sandbox.drawing.trends import Trend, trend
from datadog_sandbox.store import Series, Store
from datadog_sandbox.widgets.text_formats import formatted
from starlette.testclient import TestClient
from widget_specimen import T, content, evaluate, request

NAN = float('nan')


@pytest.fixture
def account(store: Store) -> Store:
    """`load` of two services: a has 10 in the first half hour and 30 in the second, b has 100."""
    for service, zone, values in (('a_1', 'x', (10.0, 30.0)), ('b', 'y', (100.0, 100.0))):
        series = Series('load', '', (f'service:{service}', f'zone:{zone}'))
        store.add([(series, T, values[0]), (series, T + 1800, values[1])])
    return store


def table(account: Store, **more: Any) -> list[list[Cell]]:
    requests = [request('avg:load{*} by {service,zone}.rollup(avg, 1800)', **more)]
    rows: list[list[Cell]] = content(account, 'query_table', requests=requests).table.rows
    return rows


# Texts


def rule(type_: str, value: str, **more: Any) -> dict[str, Any]:
    return {'match': {'type': type_, 'value': value}} | more


@pytest.mark.parametrize(
    ('type_', 'value', 'fits'),
    [
        ('is', 'web_1', True), ('is', 'web', False), ('is', 'WEB_1', False), ('is_not', 'web', True),
        ('is_not', 'web_1', False), ('contains', 'b_', True), ('contains', 'x', False),
        ('does_not_contain', 'x', True), ('does_not_contain', 'b_', False), ('starts_with', 'we', True),
        ('starts_with', '_1', False), ('ends_with', '_1', True), ('ends_with', 'we', False), ('is', '', False),
    ],
)  # fmt: skip
def test_a_text_is_matched(type_: str, value: str, fits: bool) -> None:
    replaced = {'type': 'all', 'with': 'fits'}
    assert formatted('web_1', [rule(type_, value, replace=replaced)])[0] == ('fits' if fits else 'web_1')


def test_the_first_rule_that_fits_replaces_and_colours() -> None:
    substring = {'type': 'substring', 'substring': '_', 'with': ' '}
    rules = [
        rule('is', 'other', palette='white_on_red'),
        rule('contains', '_', replace=substring, palette='black_on_light_green'),
        rule('contains', '_', replace={'type': 'all', 'with': 'too late'}),
    ]
    text, paint = formatted('a_b_c', rules)
    assert (text, paint.background) == ('a b c', 'ok')
    assert formatted('plain', rules)[0] == 'plain'
    custom = [rule('is', 'x', palette='custom_bg', custom_bg_color='#632ca6')]
    assert formatted('x', custom)[1].background == '#632ca6'


def test_text_formats_are_those_of_the_columns_of_tags_in_their_order(account: Store) -> None:
    replaced = {'type': 'substring', 'substring': '_', 'with': ' '}
    of_service, of_zone = [rule('contains', '_', replace=replaced)], [rule('is', 'y', palette='white_on_red')]
    b, a = table(account, text_formats=[of_service, of_zone])
    assert [(cell.text, cell.background) for cell in a[:2]] == [('a 1', ''), ('x', '')]
    assert [(cell.text, cell.background) for cell in b[:2]] == [('b', ''), ('y', 'error')]
    # Fewer than there are columns.
    assert [row[1].background for row in table(account, text_formats=[of_service])] == ['', '']


def test_an_unknown_match_is_refused_in_one_line(account: Store) -> None:
    requests = [request('avg:load{*} by {service}', text_formats=[[rule('sounds_like', 'a')]])]
    widget = evaluate(account, 'query_table', requests=requests)
    assert widget.message == (
        "text_formats: the match 'sounds_like' is not one of is, is_not, contains, does_not_contain, starts_with, "
        'ends_with'
    )


# Cells


def test_a_bar_is_as_long_as_its_share_of_the_greatest_value(account: Store) -> None:
    rows = table(account, formulas=[{'formula': 'a', 'cell_display_mode': 'bar'}])
    # 20 of 100.
    assert [row[2].share for row in rows] == [1.0, 0.2]
    assert [row[2].share for row in table(account, cell_display_mode=['bar'])] == [1.0, 0.2]
    assert [row[2].share for row in table(account)] == [None, None]


def test_a_line_goes_from_the_bottom_to_the_top() -> None:
    # 64 by 16 pixels around the origin: the bottom is 8, the top -8.
    assert trend(np.array([10.0, 30.0, 20.0]), 'line', 10, 30) == Trend('M-32.0,8.0L0.0,-8.0L32.0,0.0', False)


def test_a_gap_breaks_a_line_and_a_single_value_is_a_dot() -> None:
    assert trend(np.array([10.0, NAN, 30.0]), 'line', 10, 30).path == 'M-32.0,8.0L-32.0,8.0M32.0,-8.0L32.0,-8.0'
    assert trend(np.array([10.0]), 'line', 10, 10).path == 'M-32.0,8.0L-32.0,8.0'


def test_areas_and_bars_stand_on_the_bottom() -> None:
    assert trend(np.array([0.0, 20.0]), 'area', 0, 20) == Trend('M-32.0,8.0L-32.0,8.0L32.0,-8.0V8.0Z', True)
    # Two bars, each 0.7 of half the width; one without a value is none.
    assert trend(np.array([10.0, NAN]), 'bars', 0, 20) == Trend('M-32.0,8.0V0.0H-9.6V8.0Z', True)


def test_many_values_are_averaged_to_as_many_as_there_is_room_for() -> None:
    path = trend(np.repeat([0.0, 10.0], 500), 'line', 0, 10).path
    assert path.count('L') == 31


def test_trends_have_one_scale_or_each_its_own(account: Store) -> None:
    options: dict[str, Any] = {'trend_type': 'line', 'y_scale': 'independent'}
    formula = {'formula': 'a', 'cell_display_mode': 'trend', 'cell_display_mode_options': options}
    b, a = table(account, formulas=[formula])
    assert [cell.trend for cell in a] == [None, None, Trend('M-32.0,8.0L32.0,-8.0', False)]
    assert (a[2].text, b[2].text) == ('20', '100')
    b, a = table(account, formulas=[formula | {'cell_display_mode_options': options | {'y_scale': 'shared'}}])
    # From 10 to 100: 30 is 2 / 9 of the height, 100 is all of it.
    assert a[2].trend == Trend('M-32.0,8.0L32.0,4.4', False)
    assert b[2].trend == Trend('M-32.0,-8.0L32.0,-8.0', False)


def test_only_the_column_that_asks_has_trends(account: Store) -> None:
    formulas = [{'formula': 'a'}, {'formula': 'a * 2', 'cell_display_mode': 'trend'}]
    _, a = table(account, formulas=formulas)
    assert a[2].trend is None and a[3].trend


def test_an_unknown_mode_is_said(account: Store) -> None:
    requests = [request('avg:load{*} by {service}', formulas=[{'formula': 'a', 'cell_display_mode': 'pie'}])]
    shown = content(account, 'query_table', requests=requests)
    assert list(shown.remarks()) == ['The cell_display_mode pie is not one of number, bar, trend']


def test_a_page_draws_trends(client: TestClient, account: Store) -> None:
    formula = {'formula': 'a', 'cell_display_mode': 'trend'}
    definition = {'type': 'query_table', 'requests': [request('avg:load{*} by {service}', formulas=[formula])]}
    widgets = [{'id': 1, 'definition': definition}]
    account.save('dashboard', 'd', {'id': 'd', 'title': '', 'layout_type': 'ordered', 'widgets': widgets})
    page = client.get(f'/dashboard/d?all=1&from_ts={T * 1000}&to_ts={(T + 3600) * 1000}')
    assert page.text.count('<svg class="trend"') == 2
