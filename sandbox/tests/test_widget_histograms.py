"""What shows values themselves: heatmaps and distributions of distributions, point plots, and heatgrids.

Source: https://docs.datadoghq.com/api/latest/dashboards/ (`WidgetHistogramRequestType`, `PointPlotWidgetDefinition`,
`HeatgridWidgetDefinition`).
"""

from typing import Any

import pytest
from datadog_sandbox import widgets
from datadog_sandbox.store import Series, Store, sketch_of
from widget_specimen import HOUR, T, content, evaluate, fill, request


@pytest.fixture
def account(store: Store) -> Store:
    """Latencies: at 60 s three times 1 and once 5 of host a, at 600 s twice 5 of host b; and those of the specimen."""
    fill(store)
    a, b = (Series('latency', host, ('env:x',), 'distribution', 10) for host in ('a', 'b'))
    store.add_sketches([sketch_of(a, T + 60, [1.0, 1.0, 1.0, 5.0]), sketch_of(b, T + 600, [5.0, 5.0])])
    return store


def of(query: str) -> list[dict[str, Any]]:
    return [{'request_type': 'histogram', 'query': {'data_source': 'metrics', 'name': 'q', 'query': query}}]


# Distributions


def test_a_distribution_counts_each_value(account: Store) -> None:
    shown = content(account, 'distribution', requests=of('histogram:latency{*}'))
    assert [(each['low'], each['high'], each['count']) for each in shown.bins if each['count']] == [
        (1.0, pytest.approx(1.2, rel=0.01), 3), (pytest.approx(4.8, rel=0.01), 5.0, 3),
    ]  # fmt: skip
    assert shown.noun == 'values'
    only = content(account, 'distribution', requests=of('histogram:latency{host:b}'))
    assert sum(each['count'] for each in only.bins) == 2
    classic = content(account, 'distribution', requests=[{'q': 'histogram:latency{host:a}'}])
    assert sum(each['count'] for each in classic.bins) == 4


def test_a_distribution_has_the_axis_of_its_definition(account: Store) -> None:
    """`DistributionWidgetXAxis` of Datadog's OpenAPI document."""
    account.add([(Series('v', str(number), ()), T, float(number)) for number in range(1, 11)])

    def bins(**xaxis: Any) -> list[tuple[float, float, int]]:
        shown = content(account, 'distribution', requests=[{'q': 'avg:v{*} by {host}'}], xaxis=xaxis)
        return [(each['low'], each['high'], each['count']) for each in shown.bins]

    assert bins(num_buckets=3) == [(1, 4, 3), (4, 7, 3), (7, 10, 4)]
    assert bins(num_buckets=2, min='2', max='6') == [(2, 4, 2), (4, 6, 3)]
    assert bins(num_buckets=1, min='auto', max='p90') == [(1, 9, 9)]
    message = evaluate(account, 'distribution', requests=[{'q': 'avg:v{*} by {host}'}], xaxis={'min': '11'}).message
    assert message == 'No value is between the min and the max of xaxis'
    marked = content(account, 'distribution', markers=[{'display_type': 'percentile', 'value': '50'}])
    assert list(marked.remarks()) == ['Its markers are not shown']
    message = evaluate(account, 'distribution', xaxis={'num_buckets': 0.5}).message
    assert message == "num_buckets of xaxis must be from 1 to 500, not '0.5'"


def test_a_heatmap_counts_each_value_in_its_column(account: Store) -> None:
    shown = content(account, 'heatmap', requests=of('histogram:latency{*}'))
    # Columns of a minute, as bars of an hour have.
    assert [((each['time'] // 1000) - T, each['until'] - each['time'], each['count']) for each in shown.cells] == [
        (60, 60_000, 3), (60, 60_000, 1), (600, 60_000, 2),
    ]  # fmt: skip
    wide = content(account, 'heatmap', requests=of('histogram:latency{*}'), xaxis={'num_buckets': 4})
    # Four columns of 15 minutes: all are in the first one.
    assert [((each['time'] // 1000) - T, each['count']) for each in wide.cells] == [(0, 3), (0, 3)]


@pytest.mark.parametrize('type_', ['heatmap', 'distribution'])
def test_a_histogram_of_what_is_none_says_so(account: Store, type_: str) -> None:
    def message(query: str) -> str:
        return evaluate(account, type_, requests=of(query)).message

    assert message('histogram:cpu{*}').endswith('a histogram is of a distribution, not of a gauge')
    assert message('histogram:none{*}') == 'There is no metric none yet'
    assert message('histogram:latency{host:z}') == 'No series of latency matches {host:z}'
    assert message('histogram:latency{*} by {host}').endswith('a histogram is of a metric and its scope alone')
    later = {'type': type_, 'requests': of('histogram:latency{*}')}
    assert widgets.evaluate(account, later, {}, T + HOUR, T + 2 * HOUR).message == 'latency has no points in this range'


def test_its_metric_is_one_of_the_definition() -> None:
    assert widgets.metrics({'requests': of('histogram:latency{*}')}) == {'latency'}


def test_a_heatmap_of_records_counts_their_measure(account: Store) -> None:
    query = {
        'data_source': 'logs', 'name': 'q', 'search': {'query': 'service:web'},
        'compute': {'aggregation': 'avg', 'metric': '@duration'},
    }  # fmt: skip
    shown = content(account, 'heatmap', requests=[{'request_type': 'histogram', 'query': query}])
    # 10 and 20 at one minute, 60 at three.
    assert [((each['time'] // 1000) - T, each['low'], each['count']) for each in shown.cells] == [
        (60, 10.0, 1), (60, 20.0, 1), (180, 57.5, 1),
    ]  # fmt: skip


# Point plots


def plot(account: Store, source: str = 'logs', query: str = 'service:web', **more: Any) -> Any:
    dimensions = [{'column': column, 'dimension': dimension} for dimension, column in more.pop('columns').items()]
    requests = [{'request_type': 'data_projection', 'query': {'data_source': source, 'query_string': query},
                 'projection': {'type': 'point_plot', 'dimensions': dimensions}} | more]  # fmt: skip
    return content(account, 'point_plot', requests=requests)


def test_a_point_plot_has_a_point_for_each_record(account: Store) -> None:
    columns = {'time': 'timestamp', 'y': '@duration', 'group': '@http.path', 'radius': '@http.status_code'}
    shown = plot(account, columns=columns)
    points = [(point['time'] - T * 1000, point['y'], point['group'], point['radius']) for point in shown.points]
    assert points[0] == (180_250, 60.0, '/a', 200.0)
    assert sorted(points[1:]) == [(60_250, 10.0, '/a', 200.0), (60_250, 20.0, '/b', 500.0)]


def test_a_point_plot_of_spans_needs_no_sign_before_an_attribute(account: Store) -> None:
    shown = plot(account, 'spans', '*', columns={'y': 'duration'})
    assert sorted(point['y'] for point in shown.points) == [20e6, 40e6]


def test_a_point_plot_is_limited_and_says_so(account: Store) -> None:
    shown = plot(account, columns={'y': 'duration'}, limit=1)
    assert [point['y'] for point in shown.points] == [60.0]
    assert list(shown.remarks()) == ['The latest 1 of 3 points']


def test_a_point_plot_says_what_it_lacks(account: Store) -> None:
    def message(source: str, dimension: str) -> str:
        projection = {'type': 'point_plot', 'dimensions': [{'column': 'x', 'dimension': dimension}]}
        query = {'data_source': source, 'query_string': '*'}
        return evaluate(account, 'point_plot', requests=[{'query': query, 'projection': projection}]).message

    assert message('logs', 'time') == 'A point_plot needs a column with the dimension y'
    assert message('logs', 'y') == 'There are no records of this search with such a column in this range'
    assert message('rum', 'y').startswith('This widget needs Real User Monitoring')


# Heatgrids


def grid(account: Store, **more: Any) -> Any:
    requests = [request('avg:cpu{*} by {host}', response_format='timeseries')]
    return content(account, 'heatgrid', requests=requests, **more)


def sort(**by: str) -> dict[str, Any]:
    return {'sort': {'nesting_display': 'flat', 'sort_by': by}}


def test_a_heatgrid_has_a_row_for_each_group_and_a_cell_for_each_bucket(account: Store) -> None:
    shown = grid(account)
    assert list(shown.rows) == ['host:b', 'host:a']
    first = [cell for cell in shown.cells if cell['time'] == T * 1000]
    assert [(cell['name'], cell['value'], cell['until'] - cell['time']) for cell in first] == [
        ('host:b', 30.0, 60_000), ('host:a', 10.0, 60_000),
    ]  # fmt: skip
    assert len(shown.cells) == 2 * 60


def test_a_heatgrid_is_sorted_by_value_or_label(account: Store) -> None:
    assert list(grid(account, **sort(property='value', order='asc', aggregation='max')).rows) == ['host:a', 'host:b']
    assert list(grid(account, **sort(property='label', order='asc')).rows) == ['host:a', 'host:b']
    assert list(grid(account, **sort(property='label', order='desc')).rows) == ['host:b', 'host:a']


def test_the_colours_of_a_heatgrid(account: Store) -> None:
    stops = [{'position': 0, 'color': '#000000'}, {'position': 25, 'color': ['#ff0000', '#00ff00']}]
    custom = {'mode': 'gradient', 'source': 'custom', 'stops': stops}
    # From 10 to 30.
    assert grid(account, color=custom).scale == {'domain': [10.0, 15.0], 'range': ['#000000', '#ff0000']}
    bins = [{'color': '#000000'}, {'color': '#ffffff', 'lower_bound': 20}]
    discrete = {'mode': 'discrete', 'source': 'custom', 'bins': bins}
    assert grid(account, color=discrete).scale == {
        'type': 'threshold', 'domain': [20.0], 'range': ['#000000', '#ffffff'],
    }  # fmt: skip
    named = {'mode': 'gradient', 'source': 'preset', 'preset_name': 'rainbow'}
    assert list(grid(account, color=named).remarks()) == ['The palette rainbow is unknown here: hostmap_blues is used']
    wrong = grid(account, color=custom | {'stops': [stops[0], {'position': 9, 'color': 'vivid_blue'}]})
    assert list(wrong.remarks()) == ['Its colours are not all hexadecimal: these are those of hostmap_blues']
