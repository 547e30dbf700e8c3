"""Widgets evaluated, and what is drawn of them. `T` is midnight UTC."""

import json
import re
import struct
from typing import Any

import pytest
import vl_convert
from datadog_sandbox import drawing, pictures, widgets
from datadog_sandbox.drawing import curves as curves_module
from datadog_sandbox.drawing.markers import Marker
from datadog_sandbox.drawing.words import paragraph
from datadog_sandbox.query import QueryError
from datadog_sandbox.store import Series, Store
from datadog_sandbox.times import DAY, HOUR

T = 20_000 * DAY


def put(store: Store, metric: str, points: dict[int, float], *tags: str, host: str = 'a', type: Any = 'gauge') -> None:
    series = Series(metric, host, tags, type, 10 if type == 'count' else 0)
    store.add((series, T + time, float(value)) for time, value in points.items())


def request(query: str, formula: str = 'query1', display: str = 'line', **more: Any) -> dict[str, Any]:
    """A request as Datadog's editor writes it."""
    return {
        'response_format': 'timeseries',
        'queries': [{'data_source': 'metrics', 'name': 'query1', 'query': query}],
        'formulas': [{'formula': formula}],
        'display_type': display,
        'style': {'palette': 'dog_classic', 'line_type': 'solid', 'line_width': 'normal'},
    } | more


def timeseries(*requests: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {'type': 'timeseries', 'title': 'A title', 'requests': list(requests)} | more


def scalar(kind: str, query: str, aggregator: str = 'avg', formula: str = 'a', **more: Any) -> dict[str, Any]:
    queries = [{'data_source': 'metrics', 'name': 'a', 'query': query, 'aggregator': aggregator}]
    one = {'response_format': 'scalar', 'queries': queries, 'formulas': [{'formula': formula}]}
    return {'type': kind, 'requests': [one]} | more


def evaluate(store: Store, definition: dict[str, Any], end: int = HOUR, **variables: list[str]) -> widgets.Widget:
    return widgets.evaluate(store, definition, variables, T, T + end)


def content(store: Store, definition: dict[str, Any], end: int = HOUR, **variables: list[str]) -> Any:
    """Return the content of a widget that has some."""
    widget = evaluate(store, definition, end, **variables)
    assert widget.content, widget.message
    return widget.content


def curves(widget: Any) -> Any:
    return widget.chart.curves


def points(widget: Any, *names: str) -> list[tuple[Any, ...]]:
    """Return some fields of the data of the drawing."""
    return [tuple(point.get(name) for name in names) for point in widget.drawing().sets()['points']]


def layers(widget: Any) -> dict[str, dict[str, Any]]:
    """Return the layers of a timeseries by name."""
    sides = widget.drawing().specification['layer']
    return {layer['name']: layer for side in sides for layer in side['layer'] if 'name' in layer}


# Timeseries


def test_a_line_with_a_template_variable(store):
    put(store, 'm', {0: 1, 5: 3, 45: 8})
    put(store, 'm', {0: 100}, host='b')
    widget = evaluate(store, timeseries(request('avg:m{$host}')), host=['host:a'])
    assert (widget.type, widget.title, widget.message, widget.failed) == ('timeseries', 'A title', '', False)
    [curve] = curves(widget.content)
    assert (curve.name, curve.display, curve.interval) == ('avg:m{host:a}', 'line', 20)
    assert points(widget.content, 'series', 'time', 'value') == [
        ('avg:m{host:a}', T * 1000, 2),
        ('avg:m{host:a}', (T + 40) * 1000, 8),
    ]


def test_lines_of_groups_are_named_by_their_group_or_also_by_their_alias(store):
    put(store, 'm', {0: 1})
    put(store, 'm', {0: 2}, host='b')
    one = content(store, timeseries(request('avg:m{*} by {host}')))
    assert [curve.name for curve in curves(one)] == ['host:a', 'host:b']
    two = request('max:m{*}', formulas=[{'formula': 'query1', 'alias': 'Greatest'}])
    both = content(store, timeseries(request('avg:m{*} by {host}'), two))
    assert [curve.name for curve in curves(both)] == ['avg:m{*} host:a', 'avg:m{*} host:b', 'Greatest']
    twice = content(store, timeseries(request('avg:m{*}'), request('avg:m{*}')))
    assert [curve.name for curve in curves(twice)] == ['avg:m{*}', 'avg:m{*} (2)']


def test_a_formula_can_have_a_limit(store):
    for name, value in (('a', 1), ('b', 5), ('c', 3)):
        put(store, 'm', {0: value}, host=name)
    formulas = [{'formula': 'query1', 'limit': {'count': 2, 'order': 'desc'}}]
    widget = content(store, timeseries(request('avg:m{*} by {host}', formulas=formulas)))
    assert [curve.name for curve in curves(widget)] == ['host:b', 'host:c']


def test_a_classic_request(store):
    put(store, 'm', {0: 1})
    classic = {
        'q': 'avg:m{*}, 2 * avg:m{*}',
        'display_type': 'area',
        'style': {'line_type': 'dashed', 'line_width': 'thick'},
    }
    widget = content(store, timeseries(classic))
    assert [(curve.name, curve.display, curve.dash, curve.width) for curve in curves(widget)] == [
        ('avg:m{*}', 'area', 'dashed', 'thick'),
        ('2 * avg:m{*}', 'area', 'dashed', 'thick'),
    ]
    aliased = {'q': 'avg:m{*}', 'metadata': [{'expression': 'avg:m{*}', 'alias_name': 'Mine'}]}
    assert curves(content(store, timeseries(aliased)))[0].name == 'Mine'


def test_each_query_of_a_classic_request_has_its_alias(store):
    """`metadata`: "Used to define expression aliases", of https://docs.datadoghq.com/api/latest/dashboards/."""
    for host, value in (('a', 1), ('b', 3)):
        put(store, 'm', {0: value}, host=host)
    aliases = {'max:m{*} by {host}': 'Each', 'avg:m{*}, min:m{*}': '?', 'avg:m{*': '?', 'avg:m{ $all }': 'Mean'}
    metadata = [{'expression': expression, 'alias_name': name} for expression, name in aliases.items()]
    classic = {'q': 'max:m{*} by {host}, avg:m{$all},min:m{*}', 'metadata': metadata}
    chart = content(store, timeseries(classic), all=['*'])
    assert [(curve.name, curve.values[0]) for curve in curves(chart)] == [
        ('Each host:a', 1), ('Each host:b', 3), ('Mean', 2), ('min:m{*}', 1),
    ]  # fmt: skip
    table = content(store, {'type': 'query_table', 'requests': [classic | {'q': 'avg:m{$all}, min:m{*}'}]}, all=['*'])
    assert table.table.columns == ['Mean', 'min:m{*}']
    assert [[cell.text for cell in row] for row in table.table.rows] == [['2', '1']]


def test_bars_of_hours_say_which_hour_is_not_over(store):
    put(store, 'm', {0: 1, 3599: 2, 3600: 4})
    widget = content(store, timeseries(request('sum:m{*}.rollup(sum, 3600)', display='bars')), end=HOUR + 600)
    assert points(widget, 'time', 'value', 'interval') == [(T * 1000, 3, HOUR), ((T + HOUR) * 1000, 4, HOUR)]
    # A bar leaves 6 % of its hour free on either side.
    bars = layers(widget)['bars']
    assert [step.get('calculate') for step in bars['transform']] == [
        'datum.time + datum.interval * 60',
        'datum.time + datum.interval * 940',
        f'datum.time + datum.interval * 1000 > {(T + HOUR + 600) * 1000}',
    ]
    # The bar that is not over has room, and is paler.
    assert bars['encoding']['x']['scale']['domain'] == [T * 1000, (T + 2 * HOUR) * 1000]
    assert [opacity for opacity, _ in bars_in(widget)] == [1, 0.45]


def bars_in(widget: Any) -> list[tuple[float, tuple[float, float]]]:
    """Return the opacity of each bar that Vega draws, and the values from which and to which it goes."""
    spec = drawing.specification(widget.drawing(), 'light', 400, 300)
    svg = vl_convert.vegalite_to_svg(json.dumps(spec))
    bars = re.findall(
        r'aria-roledescription="bar" d="M[-\d.]+,([-\d.]+)h[-\d.]+v([-\d.]+)h[^"]*" [^>]*?opacity="([\d.]+)"', svg
    )
    ticks = [float(y) for y in re.findall(r'translate\(0,([-\d.]+)\)', svg)]
    return [(float(opacity), (float(y), float(y) + float(height))) for y, height, opacity in bars if ticks]


def test_bars_have_longer_intervals_than_lines(store):
    put(store, 'm', {0: 1})
    for display, interval in (('bars', 60), ('line', 20), ('area', 20)):
        widget = content(store, timeseries(request('avg:m{*}', display=display)))
        assert curves(widget)[0].interval == interval


def test_bars_of_several_lines_stand_on_each_other(store):
    for name, value in (('a', 1), ('b', -2), ('c', 4), ('d', -8)):
        put(store, 'm', {0: value}, host=name)
    widget = content(store, timeseries(request('avg:m{*} by {host}', display='bars')))
    places = [place for _, place in bars_in(widget)]
    assert len(places) == 4
    unit = places[0][1] - places[0][0]
    zero = places[0][1]
    # From 0 to 1, from 0 to -2, from 1 to 5, and from -2 to -10; pixels go down.
    spans = [(round((zero - low) / unit, 1), round((zero - high) / unit, 1)) for high, low in places]
    assert spans == [(0, 1), (-2, 0), (1, 5), (-10, -2)]


def test_a_line_breaks_where_data_is_missing(store):
    put(store, 'm', dict.fromkeys((0, 40, 80, 120, 380, 440, 741, 1500), 1))
    widget = content(store, timeseries(request('avg:m{*}')))
    # 301 s is too wide, 300 s from 440 to 740 is not; the last value is alone.
    assert points(widget, 'value') == [(1,)] * 7 + [(None,), (1,)]
    assert [record['time'] for record in widget.drawing().data['single']] == [(T + 1500) * 1000]
    assert 'single values' in layers(widget)


def test_a_line_of_rare_values_does_not_break_between_them(store):
    put(store, 'm', {600 * n: n for n in range(4)} | {3200: 5})
    widget = content(store, timeseries(request('avg:m{*}')))
    assert points(widget, 'value') == [(0,), (1,), (2,), (3,), (5,)]


def test_what_is_outside_of_the_band_is_red(store):
    values = {20 * n: 5.0 for n in range(180)}
    values |= {2000: 9, 2100: 1, 2140: 9}
    put(store, 'm', values)
    widget = content(store, timeseries(request('avg:m{*}', "anomalies(query1, 'basic', 2)")))
    edges = {time // 1000 - T: rest for time, *rest in points(widget, 'time', 'lower', 'upper')}
    assert edges[1180] == [None, None]
    assert edges[1200] == [5, 5]
    outside = widget.drawing().data['outside']
    assert [row['time'] // 1000 - T for row in outside if row['outside']] == [2000, 2100, 2140]
    # 1980 to 2020 is a red part; 2080 to 2160 is one too, for 2120 lies between two red edges.
    assert [(row['time'] // 1000 - T, row['run']) for row in outside] == [
        (1980, 1), (2000, 1), (2020, 1), (2080, 2), (2100, 2), (2120, 2), (2140, 2), (2160, 2),
    ]  # fmt: skip
    assert list(layers(widget)) == ['band', 'lines solid normal', 'single values', 'outside', 'values outside']


def test_red_parts_with_a_normal_edge_between_them_are_two():
    beyond = [False, True, False, False, True, False]
    rows = curves_module.outside_runs('m', range(6), [5, 9, 5, 5, 9, 5], beyond)
    assert [(row['time'], row['run']) for row in rows] == [
        (0, 1),
        (1000, 1),
        (2000, 1),
        (3000, 2),
        (4000, 2),
        (5000, 2),
    ]


def test_markers_are_drawn_with_their_label(store):
    put(store, 'm', {0: 1})
    markers = [
        {'value': 'y = 800', 'display_type': 'error dashed', 'label': 'alert'},
        {'value': '500 < y < 800', 'display_type': 'warning', 'label': ''},
        {'value': 'y > -1.5', 'display_type': 'ok bold'},
    ]
    widget = content(store, timeseries(request('avg:m{*}'), markers=markers))
    assert widget.chart.markers == [
        Marker(800, 800, 'error', 'dashed', 'alert'),
        Marker(500, 800, 'warning', 'solid', ''),
        Marker(-1.5, None, 'ok', 'bold', ''),
    ]
    [side] = widget.drawing().specification['layer']
    marks = [layer['mark']['type'] for layer in side['layer'] if 'name' not in layer]
    # A label stands on a rim of the surface's colour.
    assert marks == ['rule', 'rect', 'rule', 'rule', 'rule', 'text', 'text']


def test_the_axis_of_values(store):
    put(store, 'm', {0: 1})

    def scale(yaxis: dict[str, Any]) -> dict[str, Any]:
        widget = content(store, timeseries(request('avg:m{*}'), yaxis=yaxis))
        return layers(widget)['lines solid normal']['encoding']['y']['scale']

    assert scale({}) == {'zero': True, 'nice': True}
    assert scale({'min': '0.5', 'max': 'auto', 'include_zero': False}) == {
        'zero': False,
        'nice': True,
        'domainMin': 0.5,
    }
    # All values are beyond the only edge: with it alone, the scale would stand on its head.
    assert scale({'min': '5'}) == {'zero': True, 'nice': True, 'domainMin': 5, 'domainMax': 6}
    assert scale({'max': '0.5'}) == {'zero': True, 'nice': True, 'domainMin': -0.5, 'domainMax': 0.5}
    assert scale({'max': '1e3', 'scale': 'log'}) == {'type': 'symlog', 'domainMax': 1000}
    widget = evaluate(store, timeseries(request('avg:m{*}'), yaxis={'min': 'low'}))
    assert widget.message == "The min of yaxis must be a number or auto, not 'low'"


def test_a_legend_only_where_lines_are_several(store):
    for number in range(30):
        put(store, 'm', {0: number, 20: 1}, host=f'host-{number:02}')
    alone = layers(content(store, timeseries(request('avg:m{*}'))))
    assert alone['lines solid normal']['encoding']['color']['legend'] is None
    many = layers(content(store, timeseries(request('avg:m{*} by {host}'))))
    legend = many['lines solid normal']['encoding']['color']['legend']
    # 12 letters and their line take 118 pixels.
    columns = 'max(1, floor((width + 10) / min(118, width)))'
    assert legend['columns'] == {'expr': columns}
    assert legend['symbolLimit'] == {'expr': f'max(4, 3 * {columns})'}


# Single values


@pytest.mark.parametrize(
    ('aggregator', 'expected'),
    [('avg', 4), ('sum', 12), ('min', 1), ('max', 8), ('last', 3)],
)
def test_a_query_value_has_each_aggregator(store, aggregator, expected):
    put(store, 'm', {0: 1, 20: 8, 40: 3})
    for definition in (
        scalar('query_value', 'avg:m{*}', aggregator),
        {'type': 'query_value', 'requests': [{'q': 'avg:m{*}', 'aggregator': aggregator}]},
    ):
        row = content(store, definition).value
        assert row.value == expected


@pytest.mark.parametrize(
    ('value', 'more', 'text', 'unit'),
    [
        (1234.5, {}, '1.23k', ''),
        (1234.5, {'autoscale': False}, '1234.50', ''),
        (1234.5, {'autoscale': False, 'precision': 0}, '1234', ''),
        (1234.5, {'custom_unit': 'ms', 'precision': 1}, '1234.5', 'ms'),
        (7, {}, '7', ''),
        (-2.5e9, {}, '-2.50G', ''),
        (0.000123, {'precision': 6}, '0.000123', ''),
    ],
)
def test_a_query_value_is_written_as_defined(store, value, more, text, unit):
    put(store, 'm', {0: value})
    row = content(store, scalar('query_value', 'avg:m{*}', **more)).value
    assert (row.text, row.unit) == (text, unit)


def test_a_query_value_of_a_formula_and_its_conditional_format(store):
    put(store, 'm', {0: 30, 20: 50})
    formats = [
        {'comparator': '>', 'value': 90, 'palette': 'white_on_red'},
        {'comparator': '>=', 'value': 80, 'palette': 'white_on_yellow'},
        {'comparator': '<', 'value': 80, 'palette': 'white_on_green'},
    ]
    definition = scalar('query_value', 'avg:m{*}', 'sum', 'a + 0')
    for value, expected in ((80, 'white_on_yellow'), (91, 'white_on_red'), (79, 'white_on_green')):
        definition['requests'][0] |= {'formulas': [{'formula': f'a + {value - 80}'}], 'conditional_formats': formats}
        row = content(store, definition).value
        assert (row.value, row.palette) == (value, expected)


def test_a_toplist_is_sorted_and_limited(store):
    for number in range(12):
        put(store, 'm', {0: number, 20: number + 1}, host=f'h{number:02}')
    widget = content(store, scalar('toplist', 'avg:m{*} by {host}'))
    assert [(row.name, row.value) for row in widget.rows[:2]] == [('host:h11', 11.5), ('host:h10', 10.5)]
    assert len(widget.rows) == 10
    definition = scalar('toplist', 'avg:m{*} by {host}')
    definition['requests'][0]['sort'] = {'count': 2, 'order_by': [{'type': 'formula', 'index': 0, 'order': 'asc'}]}
    assert [row.name for row in content(store, definition).rows] == ['host:h00', 'host:h01']
    classic = {'type': 'toplist', 'requests': [{'q': "top(avg:m{*} by {host}, 3, 'min', 'asc')"}]}
    assert [row.name for row in content(store, classic).rows] == ['host:h00', 'host:h01', 'host:h02']
    assert points(widget, 'name', 'text')[0] == ('host:h11', '11.50')


@pytest.mark.parametrize(
    ('more', 'names'),
    [
        # Of the twelve hosts, the limit of the formula counts, and not the ten rows of a toplist without a limit.
        ({'formulas': [{'formula': 'a', 'limit': {'count': 11}}]}, [f'h{n:02}' for n in range(11, 0, -1)]),
        ({'formulas': [{'formula': 'a', 'limit': {'count': 2, 'order': 'asc'}}]}, ['h00', 'h01']),
        ({'formulas': [{'formula': 'a', 'limit': {'order': 'asc'}}]}, [f'h{n:02}' for n in range(10)]),
        ({'sort': {'count': 2, 'order_by': [{'type': 'group', 'name': 'host', 'order': 'asc'}]}}, ['h00', 'h01']),
        (
            {'sort': {'count': 2, 'order_by': [{'type': 'group', 'name': 'zone', 'order': 'asc'},
                                               {'type': 'formula', 'index': 0, 'order': 'desc'}]}},
            ['h00', 'h01'],
        ),
    ],
)  # fmt: skip
def test_a_toplist_has_the_order_and_the_limit_of_its_definition(store, more, names):
    for number in range(12):
        put(store, 'm', {0: 12 - number if 'sort' in more and number < 2 else number}, host=f'h{number:02}')
    definition = scalar('toplist', 'avg:m{*} by {host}')
    definition['requests'][0].update(more)
    assert [row.group['host'] for row in content(store, definition).rows] == names


def test_a_toplist_may_show_shares_of_all_its_groups(store):
    """`scaling`: https://docs.datadoghq.com/dashboards/widgets/top_list/ shows "values as a percent of the total"."""
    for host, value in (('a', 6), ('b', 1), ('c', 1)):
        put(store, 'm', {0: value}, host=host)
    definition = scalar('toplist', 'avg:m{*} by {host}') | {'style': {'scaling': 'relative'}}
    definition['requests'][0]['sort'] = {'count': 2, 'order_by': [{'type': 'formula', 'index': 0, 'order': 'desc'}]}
    assert [row.with_unit for row in content(store, definition).rows] == ['75 %', '12.50 %']


@pytest.mark.parametrize(
    ('style', 'names'),
    [
        ({}, ['host:a', 'host:b', 'host:c']),
        ({'order_by': 'tags', 'order_reverse': True}, ['host:c', 'host:b', 'host:a']),
        # By the values now, and not by their sums.
        ({'order_by': 'values'}, ['host:b', 'host:c', 'host:a']),
        ({'order_by': 'values', 'order_reverse': True}, ['host:a', 'host:c', 'host:b']),
    ],
)
def test_series_are_stacked_by_their_tags_or_by_their_values(store, style, names):
    """`WidgetStyleOrderBy` of Datadog's OpenAPI document."""
    for host, values in (('a', {0: 99, 20: 1}), ('b', {0: 1, 20: 3}), ('c', {20: 2})):
        put(store, 'm', values, host=host)
    lines = content(store, timeseries(request('avg:m{*} by {host}', display='area') | {'style': style}))
    assert [curve.name for curve in lines.chart.curves] == names


# Text, groups, others


def test_a_note_names_the_template_variables(store):
    definition = {'type': 'note', 'content': '# $host and $host.value, not $other; $5'}
    widget = content(store, definition, host=['host:a', 'host:b'])
    assert widget.text == '# host:a, host:b and a, b, not $other; $5'


def test_a_group_has_its_widgets(store):
    put(store, 'm', {0: 1})
    inner = [{'id': 1, 'definition': timeseries(request('avg:m{*}'))}, {'definition': {'type': 'note', 'content': 'x'}}]
    widget = content(store, {'type': 'group', 'title': 'All', 'layout_type': 'ordered', 'widgets': inner})
    assert (widget.title, widget.fixed) == ('All', False)
    assert [one['definition']['type'] for one in widget.widgets] == ['timeseries', 'note']


@pytest.mark.parametrize(
    ('definition', 'message'),
    [
        ({'type': 'nonsense', 'requests': []}, 'The sandbox does not draw widgets of the type nonsense'),
        ({'type': 'timeseries'}, "This timeseries is not valid: KeyError 'requests'"),
        ({'type': 'query_value', 'requests': []}, 'This query_value is not valid: IndexError'),
        (
            timeseries({'rum_query': {}}),
            'This widget needs Real User Monitoring (data source rum), whose data the sandbox does not keep',
        ),
        (
            timeseries({'queries': [{'data_source': 'rum', 'name': 'a', 'query': 'x'}]}),
            'This widget needs Real User Monitoring (data source rum), whose data the sandbox does not keep',
        ),
        (timeseries({'q': 'avg:m{*'}), 'Query "avg:m{*", column 8: unexpected the end, where'),
        (timeseries(request('avg:m{$host}')), 'column 7: the template variable $host is not defined'),
        (
            timeseries(request('avg:m{*}', display='dots')),
            'The display type dots is not drawn: line, area, bars, overlay are',
        ),
    ],
)
def test_what_is_not_drawn_says_so(store, definition, message):
    put(store, 'm', {0: 1})
    widget = evaluate(store, definition)
    assert widget.failed
    assert message in widget.message
    assert len(widget.message.splitlines()) == 1


def test_a_chart_is_drawn_without_a_marker_that_is_none(store):
    put(store, 'm', {0: 1})
    widget = evaluate(store, timeseries(request('avg:m{*}'), markers=[{'value': '0.4'}, {'value': 'y = 5'}]))
    assert [marker.low for marker in widget.content.chart.markers] == [5]
    assert list(widget.remarks) == ['The marker "0.4" is not drawn: write y = 5, y > 5, y < 5, or 5 < y < 6']


@pytest.mark.parametrize(
    ('query', 'message'),
    [
        ('avg:other{*}', 'There is no metric other yet'),
        ('avg:m{host:b}', 'No series of m matches {host:b}'),
        ('avg:m{env:Prod}', 'No series of m matches {env:Prod}: tags are kept in lower case'),
        ('avg:m{host:a}', 'm has no points in this range'),
        ('avg:m{*} + avg:other{*}', 'There is no metric other yet'),
    ],
)
def test_an_empty_widget_says_why(store, query, message):
    put(store, 'm', {-20_000: 1})
    for definition in (timeseries(request(query)), scalar('query_value', query), scalar('toplist', query)):
        widget = evaluate(store, definition)
        assert (widget.message, widget.failed) == (message, False)


# Template variables of a dashboard


def test_chosen_values_of_template_variables():
    dashboard = {
        'template_variables': [
            {'name': 'host', 'prefix': 'host', 'defaults': ['*']},
            {'name': 'env', 'prefix': 'env', 'defaults': ['prod', 'dev']},
            {'name': 'tag', 'prefix': None, 'default': 'role:db'},
            {'name': 'old'},
        ]
    }
    assert widgets.chosen(dashboard, {}) == {
        'host': ['*'], 'env': ['env:prod', 'env:dev'], 'tag': ['role:db'], 'old': ['*'],
    }  # fmt: skip
    assert widgets.chosen(dashboard, {'host': ['a', 'host:b'], 'env': ['*'], 'nothing': ['x']})['host'] == [
        'host:a',
        'host:b',
    ]
    assert widgets.chosen({}, {}) == {}


# Pictures

PNG = b'\x89PNG\r\n\x1a\n'


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(PNG)
    return struct.unpack('>II', png[16:24])


DEFINITIONS = {
    'line': timeseries(request('avg:m{*}')),
    'groups': timeseries(request('avg:m{*} by {host}')),
    'area': timeseries(request('avg:m{*} by {host}', display='area')),
    'bars': timeseries(request('sum:m{*} by {host}', display='bars')),
    'band': timeseries(request('avg:m{*}', "anomalies(query1, 'basic', 2)")),
    'markers': timeseries(request('avg:m{*}'), markers=[{'value': '1 < y < 2', 'label': 'x'}]),
    'value': scalar('query_value', 'avg:m{*}'),
    'toplist': scalar('toplist', 'avg:m{*} by {host}'),
    'note': {'type': 'note', 'content': 'Some text'},
    'empty': timeseries(request('avg:other{*}')),
}


@pytest.mark.parametrize('theme', ['light', 'dark'])
@pytest.mark.parametrize('name', DEFINITIONS)
def test_every_widget_is_valid_and_can_be_drawn(store, name, theme):
    for host in ('a', 'b'):
        put(store, 'm', {20 * n: n % 7 for n in range(180)}, host=host)
    widget = evaluate(store, DEFINITIONS[name])
    drawn = widget.content.drawing() if widget.content else paragraph(widget.message)
    spec = drawing.specification(drawn, theme, 500, 250)
    vega = vl_convert.vegalite_to_vega(json.dumps(spec))
    assert 'points' in [data['name'] for data in vega['data']]
    assert size(pictures.png(spec, 2)) == (1000, 500)


def test_both_themes_draw_the_same_values_in_other_colours(store):
    put(store, 'm', {0: 1})
    drawn = content(store, DEFINITIONS['line']).drawing()
    light, dark = (drawing.specification(drawn, theme, 500, 250, 'A title') for theme in drawing.THEMES)
    assert light['datasets'] == dark['datasets']
    assert light['background'] != dark['background']
    assert light['title']['text'] == 'A title'
    assert 'token' not in json.dumps(light)


def test_names_of_others_stay_text_in_the_specification(store):
    name = '<script>alert(1)</script>"\'\\'
    put(store, 'm', {0: 1}, host=name)
    put(store, 'm', {0: 1})
    widget = evaluate(store, timeseries(request('avg:m{*} by {host}'), title=name))
    assert widget.content
    spec = drawing.specification(widget.content.drawing(), 'light', 400, 200, widget.title)
    assert spec['datasets']['points'][0]['series'] == f'host:{name}'
    # A name is data and the domain of the colours, and part of no expression.
    assert json.dumps(name)[1:-1] not in json.dumps(expressions(spec))
    assert size(pictures.png(spec, 1)) == (400, 200)


def expressions(node: Any) -> list[str]:
    """Return all that Vega evaluates in a specification."""
    if isinstance(node, list):
        return [found for one in node for found in expressions(one)]
    if not isinstance(node, dict):
        return []
    keys = 'expr', 'filter', 'labelExpr', 'test', 'calculate'
    own = [node[key] for key in keys if isinstance(node.get(key), str)]
    return own + [found for one in node.values() for found in expressions(one)]


def test_a_snapshot_has_the_size_that_was_asked_for(store):
    put(store, 'm', {20 * n: n for n in range(100)})
    definition = {'type': 'timeseries', 'title': 'Mine', 'requests': [{'q': 'avg:m{*}'}]}
    assert size(pictures.snapshot(store, definition, T, T + HOUR, 640, 260)) == (640, 260)
    with pytest.raises(QueryError, match='column 7: unexpected the end, where'):
        pictures.snapshot(store, {'type': 'timeseries', 'requests': [{'q': 'avg:m{'}]}, T, T + HOUR)
    # Nothing to see is a picture too: it says why.
    assert size(pictures.snapshot(store, DEFINITIONS['empty'], T, T + HOUR)) == (800, 300)


def test_a_picture_fetches_nothing():
    spec = {'data': {'url': 'http://127.0.0.1:1/data.json'}, 'mark': 'point', 'width': 100, 'encoding': {}}
    with pytest.raises(ValueError, match='External data url not allowed'):
        pictures.png(spec)
