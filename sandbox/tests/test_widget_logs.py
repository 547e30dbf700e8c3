"""Logs in widgets: values worked out by hand from the four logs of the specimen."""

from collections.abc import Iterator
from typing import Any

import pytest
from datadog_sandbox import records, widgets
from datadog_sandbox.records import logs
from datadog_sandbox.store import Log, Store
from datadog_sandbox.times import HOUR
from widget_specimen import DEFINITIONS, T, cells, content, evaluate, fill


@pytest.fixture
def account() -> Iterator[Store]:
    store = fill(Store())
    yield store
    store.close()


def query(compute: str = 'count', metric: str = '', search: str = '*', name: str = 'a', **more: Any) -> dict[str, Any]:
    return {
        'data_source': 'logs', 'name': name, 'search': {'query': search}, 'indexes': ['*'],
        'compute': {'aggregation': compute, **({'metric': metric} if metric else {})}, **more,
    }  # fmt: skip


def scalar(*queries: dict[str, Any], formula: str = 'a') -> dict[str, Any]:
    return {'queries': [*queries], 'formulas': [{'formula': formula}], 'response_format': 'scalar'}


def value(account: Store, *queries: dict[str, Any], formula: str = 'a') -> float:
    return float(content(account, 'query_value', requests=[scalar(*queries, formula=formula)]).value.value)


@pytest.mark.parametrize(
    ('compute', 'metric', 'search', 'expected'),
    [
        ('count', '', '*', 4),
        ('count', '', 'service:web -status:error', 2),
        ('count', '', '@http.status_code:[400 TO 599]', 2),
        ('count', '', 'env:dev', 2),
        ('count', '', 'get', 4),
        ('cardinality', '@usr.id', '*', 2),
        ('cardinality', 'service', '*', 2),
        ('sum', '@duration', 'service:web', 90),
        ('avg', '@duration', 'service:web', 30),
        ('min', '@duration', 'service:web', 10),
        ('max', '@duration', 'service:web', 60),
        ('median', '@duration', 'service:web', 20),
        # Of 10, 20, 60: a quarter of the way from 10 to 20 lies at 12.5 %, and 60 is at 100 %.
        ('pc25', '@duration', 'service:web', 15),
        ('pc75', '@duration', 'service:web', 40),
    ],
)
def test_one_value(account: Store, compute: str, metric: str, search: str, expected: float) -> None:
    assert value(account, query(compute, metric, search)) == pytest.approx(expected)


def test_a_formula_of_two_queries(account: Store) -> None:
    errors, every = query(search='status:error', name='a'), query(name='b')
    assert value(account, errors, every, formula='a / b * 100') == 25


def test_buckets_of_a_timeseries(account: Store) -> None:
    each = query(compute='avg', metric='@duration', search='service:web')
    each['compute']['interval'] = 120_000
    [curve] = content(account, 'timeseries', requests=[scalar(each)]).chart.curves
    known = [(int(time) - T, count) for time, count in zip(curve.times, curve.values, strict=True) if count == count]
    # Two minutes each: 10 and 20 of the 1st minute, 60 of the 3rd.
    assert known == [(0, 15), (120, 60)]
    # A day: the average of 10, 20, and 60. The least is a second.
    for milliseconds, times in ((86_400_000, [0]), (1, [60, 180])):
        each['compute']['interval'] = milliseconds
        [curve] = content(account, 'timeseries', requests=[scalar(each)]).chart.curves
        assert [int(time) - T for time, count in zip(curve.times, curve.values, strict=True) if count > 0] == times
    [bars] = content(account, 'timeseries', requests=[{**scalar(query()), 'display_type': 'bars'}]).chart.curves
    assert [(int(time) - T, count) for time, count in zip(bars.times, bars.values, strict=True) if count > 0] == [
        (60, 2), (180, 1), (300, 1),
    ]  # fmt: skip


def test_groups_by_attributes_their_order_and_their_limit(account: Store) -> None:
    by_path = {'facet': '@http.path', 'limit': 2, 'sort': {'aggregation': 'max', 'metric': '@duration', 'order': 'asc'}}
    rows = content(account, 'toplist', requests=[scalar(query(group_by=[by_path]))]).rows
    # Their greatest durations: /c 5, /b 20, /a 60.
    assert sorted((row.name, row.value) for row in rows) == [('http.path:/b', 1), ('http.path:/c', 1)]
    by_code = {'facet': '@http.status_code', 'limit': 10, 'sort': {'aggregation': 'count', 'order': 'desc'}}
    rows = content(account, 'toplist', requests=[scalar(query(group_by=[by_code]))]).rows
    assert [(row.name, row.value) for row in rows][0] == ('http.status_code:200', 2)
    by_user = {'facet': '@usr.id', 'limit': 10}
    table = cells(account, 'query_table', requests=[scalar(query(group_by=[by_user]))])
    assert table == [['ann', '2'], ['N/A', '1'], ['bob', '1']]
    without = cells(
        account, 'query_table', requests=[scalar(query(group_by=[by_user | {'should_exclude_missing': True}]))]
    )
    assert without == [['ann', '2'], ['bob', '1']]


def test_a_key_of_any_characters_groups(account: Store) -> None:
    account.add_logs([Log(0, T * 1000, '', 'x', '', 'info', '', (), {'#odd, {key}': 'v'})])
    rows = content(
        account, 'toplist', requests=[scalar(query(search='service:x', group_by=[{'facet': '@#odd, {key}'}]))]
    )
    assert [row.name for row in rows.rows] == ['_odd___key_:v']


@pytest.mark.parametrize('type_', ['sunburst', 'treemap', 'geomap', 'heatmap', 'change', 'distribution'])
def test_other_types_draw_logs(account: Store, type_: str) -> None:
    request = scalar(query(group_by=[{'facet': 'service'}]))
    assert content(account, type_, requests=[request]).drawing()


def test_a_histogram_is_of_each_log(account: Store) -> None:
    histogram = {'query': query('avg', '@duration', 'service:web'), 'request_type': 'histogram'}
    shown = content(account, 'distribution', requests=[histogram])
    assert shown.noun == 'logs'
    assert [(bar['low'], bar['high'], bar['count']) for bar in shown.bins if bar['count']] == [
        (10, 12.5, 1), (20, 22.5, 1), (57.5, 60, 1),
    ]  # fmt: skip


def test_the_classic_form_of_a_query(account: Store) -> None:
    classic = {
        'index': 'main', 'search': {'query': 'service:web'}, 'compute': {'aggregation': 'max', 'facet': '@duration'},
        'group_by': [{'facet': 'host', 'limit': 5, 'sort': {'aggregation': 'max', 'facet': '@duration'}}],
    }  # fmt: skip
    rows = content(account, 'toplist', requests=[{'log_query': classic}]).rows
    assert [(row.name, row.value) for row in rows] == [('host:b', 60), ('host:a', 20)]
    several = {key: part for key, part in classic.items() if key != 'compute'}
    several['multi_compute'] = [{'aggregation': 'count'}, {'aggregation': 'sum', 'facet': '@duration'}]
    assert cells(account, 'query_table', requests=[{'log_query': several}]) == [['a', '2', '30'], ['b', '1', '60']]


def test_a_list_of_logs_is_the_latest_first(account: Store) -> None:
    assert cells(account, 'log_stream', query='service:web', columns=['core_host', '@http.status_code']) == [
        ['4 Oct 00:03:00.250', 'b', '200', 'GET /a'],
        ['4 Oct 00:01:00.250', 'a', '500', 'GET /b'],
        ['4 Oct 00:01:00.250', 'a', '200', 'GET /a'],
    ]
    bare = {'show_date_column': False, 'show_message_column': False, 'sort': {'column': 'time', 'order': 'asc'}}
    assert cells(account, 'log_stream', query='*', columns=['service'], **bare) == [['web'], ['web'], ['web'], ['db']]
    listed = {'data_source': 'logs_stream', 'query_string': 'status:(error OR warn)', 'indexes': []}
    columns = [{'field': 'status_line', 'width': 'auto'}, {'field': '@usr.id'}, {'field': 'content'}]
    assert cells(account, 'list_stream', requests=[{'query': listed, 'columns': columns}]) == [
        ['warn', '', 'GET /c'], ['error', 'bob', 'GET /b'],
    ]  # fmt: skip


def test_a_template_variable_is_filled_in(account: Store) -> None:
    definition = {'type': 'query_value', 'requests': [scalar(query(search='$path $service'))]}
    variables = {'path': ['@http.path:/a'], 'service': ['*']}
    shown = widgets.evaluate(account, definition, variables, T, T + HOUR).content
    assert shown
    assert shown.value.value == 2  # type: ignore[attr-defined]
    variables = {'path': ['@usr.id:Ann (B) "C"'], 'service': ['*']}
    account.add_logs([Log(0, T * 1000, '', '', '', 'info', '', (), {'usr': {'id': 'Ann (B) "C"'}})])
    shown = widgets.evaluate(account, definition, variables, T, T + HOUR).content
    assert shown
    assert shown.value.value == 1  # type: ignore[attr-defined]
    variables = {'path': ['@http.path:/a', '@http.path:/c'], 'service': ['service:db']}
    shown = widgets.evaluate(account, definition, variables, T, T + HOUR).content
    assert shown
    assert shown.value.value == 1  # type: ignore[attr-defined]


def test_another_index_is_not_looked_at_and_that_is_said(account: Store) -> None:
    said = 'The account has only one index of logs: the index of this widget has no effect'
    for index, remarks in ((['main'], []), (['*'], []), (['days-3'], [said])):
        widget = evaluate(account, 'query_value', requests=[scalar(query() | {'indexes': index})])
        assert [*widget.remarks] == remarks


@pytest.mark.parametrize(
    ('given', 'words'),
    [
        (query('avg'), 'The aggregation avg needs a facet or measure, such as @duration'),
        (query('mode', '@a'), 'The aggregation mode is not one of count, cardinality, sum'),
        (query(search='lower(@a)'), 'has lower(: quote it'),
        (query() | {'compute': {'aggregation': 'count', 'interval': 'x'}}, 'must be a number of milliseconds'),
    ],
)
def test_what_is_not_evaluated_says_why(account: Store, given: dict[str, Any], words: str) -> None:
    widget = evaluate(account, 'timeseries', requests=[scalar(given)])
    assert widget.failed
    assert words in widget.message


def test_no_log_is_not_a_fault(account: Store) -> None:
    for type_, definition in (('log_stream', {'query': 'x'}), ('toplist', {'requests': [scalar(query(search='x'))]})):
        widget = evaluate(account, type_, **definition)
        assert (widget.failed, widget.message) == (False, 'There are no logs that match this search in this range')
    assert widgets.refusal({'type': 'log_stream', **DEFINITIONS['log_stream']}) is None


def test_more_logs_than_are_looked_at_are_refused(account: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records.logs, 'MOST', 3)
    assert logs.MOST == 3
    widget = evaluate(account, 'log_stream')
    assert widget.failed
    assert 'There are more than 3 logs in this range' in widget.message
