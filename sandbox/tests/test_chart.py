"""Widgets evaluated, and what is drawn of them. `T` is midnight UTC."""

import json
import struct
from typing import Any

import pytest
import vl_convert
from datadog_sandbox import chart
from datadog_sandbox.query import QueryError
from datadog_sandbox.store import Series, Store
from datadog_sandbox.widgets import Marker

DAY, HOUR = 86_400, 3600
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


def evaluate(store: Store, definition: dict[str, Any], end: int = HOUR, **variables: list[str]) -> chart.Widget:
    return chart.widget(store, definition, variables, T, T + end)


def points(widget: chart.Widget, *names: str) -> list[tuple[Any, ...]]:
    """Return some fields of the data of the specification."""
    values = chart.specification(widget)['data']['values']
    return [tuple(point.get(name) for name in names) for point in values]


def drawn(specification: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the layers by name."""
    return {layer['name']: layer for layer in specification['layer'] if 'name' in layer}


# Timeseries


def test_a_line_with_a_template_variable(store):
    put(store, 'm', {0: 1, 5: 3, 45: 8})
    put(store, 'm', {0: 100}, host='b')
    widget = evaluate(store, timeseries(request('avg:m{$host}')), host=['host:a'])
    assert (widget.kind, widget.title, widget.message, widget.failed) == ('timeseries', 'A title', '', False)
    assert widget.metrics == ('m',)
    [curve] = widget.curves
    assert (curve.name, curve.display, curve.line.interval) == ('avg:m{host:a}', 'line', 20)
    assert points(widget, 'series', 'time', 'value') == [
        ('avg:m{host:a}', T * 1000, 2),
        ('avg:m{host:a}', (T + 40) * 1000, 8),
    ]


def test_lines_of_groups_are_named_by_their_group_or_also_by_their_alias(store):
    put(store, 'm', {0: 1})
    put(store, 'm', {0: 2}, host='b')
    one = evaluate(store, timeseries(request('avg:m{*} by {host}')))
    assert [curve.name for curve in one.curves] == ['host:a', 'host:b']
    two = request('max:m{*}', formulas=[{'formula': 'query1', 'alias': 'Greatest'}])
    both = evaluate(store, timeseries(request('avg:m{*} by {host}'), two))
    assert [curve.name for curve in both.curves] == ['avg:m{*} host:a', 'avg:m{*} host:b', 'Greatest']
    twice = evaluate(store, timeseries(request('avg:m{*}'), request('avg:m{*}')))
    assert [curve.name for curve in twice.curves] == ['avg:m{*}', 'avg:m{*} (2)']


def test_a_formula_can_have_a_limit(store):
    for name, value in (('a', 1), ('b', 5), ('c', 3)):
        put(store, 'm', {0: value}, host=name)
    formulas = [{'formula': 'query1', 'limit': {'count': 2, 'order': 'desc'}}]
    widget = evaluate(store, timeseries(request('avg:m{*} by {host}', formulas=formulas)))
    assert [curve.name for curve in widget.curves] == ['host:b', 'host:c']


def test_a_classic_request(store):
    put(store, 'm', {0: 1})
    classic = {
        'q': 'avg:m{*}, 2 * avg:m{*}',
        'display_type': 'area',
        'style': {'line_type': 'dashed', 'line_width': 'thick'},
    }
    widget = evaluate(store, timeseries(classic))
    assert [(curve.name, curve.display, curve.dash, curve.width) for curve in widget.curves] == [
        ('avg:m{*}', 'area', 'dashed', 'thick'),
        ('2 * avg:m{*}', 'area', 'dashed', 'thick'),
    ]
    aliased = {'q': 'avg:m{*}', 'metadata': [{'expression': 'avg:m{*}', 'alias_name': 'Mine'}]}
    assert evaluate(store, timeseries(aliased)).curves[0].name == 'Mine'


def test_bars_of_hours_say_which_hour_is_not_over(store):
    put(store, 'm', {0: 1, 3599: 2, 3600: 4})
    widget = evaluate(store, timeseries(request('sum:m{*}.rollup(sum, 3600)', display='bars')), end=HOUR + 600)
    assert points(widget, 'time', 'value', 'base', 'top', 'partial', 'from', 'to') == [
        (T * 1000, 3, 0, 3, False, (T + 216) * 1000, (T + 3384) * 1000),
        ((T + HOUR) * 1000, 4, 0, 4, True, (T + HOUR + 216) * 1000, (T + HOUR + 3384) * 1000),
    ]
    # The bar that is not over has room.
    bars = drawn(chart.specification(widget))['bars']
    assert bars['encoding']['x']['scale']['domain'] == [T * 1000, (T + 2 * HOUR) * 1000]


def test_bars_have_longer_intervals_than_lines(store):
    put(store, 'm', {0: 1})
    for display, interval in (('bars', 60), ('line', 20), ('area', 20)):
        widget = evaluate(store, timeseries(request('avg:m{*}', display=display)))
        assert widget.curves[0].line.interval == interval


def test_bars_of_several_lines_stand_on_each_other(store):
    for name, value in (('a', 1), ('b', -2), ('c', 4), ('d', -8)):
        put(store, 'm', {0: value}, host=name)
    widget = evaluate(store, timeseries(request('avg:m{*} by {host}', display='bars')))
    assert points(widget, 'base', 'top') == [(0, 1), (0, -2), (1, 5), (-2, -10)]


def test_a_line_breaks_where_data_is_missing(store):
    put(store, 'm', dict.fromkeys((0, 40, 80, 120, 380, 440, 741, 1500), 1))
    widget = evaluate(store, timeseries(request('avg:m{*}')))
    # 301 s is too wide, 300 s from 440 to 740 is not; the last value is alone.
    assert points(widget, 'segment', 'alone') == [(0, False)] * 7 + [(1, True)]
    assert 'single values' in drawn(chart.specification(widget))


def test_a_line_of_rare_values_does_not_break_between_them(store):
    put(store, 'm', {600 * n: n for n in range(4)} | {3200: 5})
    widget = evaluate(store, timeseries(request('avg:m{*}')))
    assert points(widget, 'segment') == [(0,)] * 5


def test_what_is_outside_of_the_band_is_red(store):
    values = {20 * n: 5.0 for n in range(180)}
    values |= {2000: 9, 2100: 1, 2140: 9}
    put(store, 'm', values)
    widget = evaluate(store, timeseries(request('avg:m{*}', "anomalies(query1, 'basic', 2)")))
    found = {time // 1000 - T: rest for time, *rest in points(widget, 'time', 'lower', 'upper', 'outside', 'red')}
    assert found[1180] == [None, None, None, None]
    assert found[1200] == [5, 5, False, None]
    assert [time for time, (_, _, outside, _) in found.items() if outside] == [2000, 2100, 2140]
    runs = [(time, red) for time, (*_, red) in found.items() if red is not None]
    # 1980 to 2020 is a red part; 2080 to 2160 is one too, for 2120 lies between two red edges.
    assert [time for time, _ in runs] == [1980, 2000, 2020, 2080, 2100, 2120, 2140, 2160]
    assert len({red for _, red in runs}) == 2
    layers = drawn(chart.specification(widget))
    assert list(layers) == ['band', 'lines solid normal', 'outside', 'values outside', 'hover']
    assert [field['title'] for field in layers['hover']['encoding']['tooltip']] == [
        'UTC',
        'series',
        'value',
        'expected from',
        'to',
    ]


def test_red_parts_with_a_normal_edge_between_them_are_two(store):
    rows: list[dict[str, Any]] = [{'value': value, 'segment': 0} for value in (5, 9, 5, 5, 9, 5)]
    chart.mark_outside(rows, [5] * 6, [5] * 6)
    reds = [row.get('red') for row in rows]
    assert reds[0] == reds[1] == reds[2] != reds[3] == reds[4] == reds[5]


def test_markers_are_drawn_with_their_label(store):
    put(store, 'm', {0: 1})
    markers = [
        {'value': 'y = 800', 'display_type': 'error dashed', 'label': 'alert'},
        {'value': '500 < y < 800', 'display_type': 'warning', 'label': ''},
        {'value': 'y > -1.5', 'display_type': 'ok bold'},
    ]
    widget = evaluate(store, timeseries(request('avg:m{*}'), markers=markers))
    assert widget.markers == (
        Marker(800, 800, 'error', 'dashed', 'alert'),
        Marker(500, 800, 'warning', 'solid', ''),
        Marker(-1.5, None, 'ok', 'bold', ''),
    )
    marks = [layer['mark']['type'] for layer in chart.specification(widget)['layer'] if 'name' not in layer]
    assert marks == ['rule', 'text', 'rect', 'rule', 'rule', 'rule']


def test_the_axis_of_values(store):
    put(store, 'm', {0: 1})

    def scale(yaxis: dict[str, Any]) -> dict[str, Any]:
        widget = evaluate(store, timeseries(request('avg:m{*}'), yaxis=yaxis))
        return drawn(chart.specification(widget))['lines solid normal']['encoding']['y']['scale']

    assert scale({}) == {'zero': True, 'nice': True}
    assert scale({'min': '5', 'max': 'auto', 'include_zero': False}) == {'zero': False, 'nice': True, 'domainMin': 5}
    assert scale({'max': '1e3', 'scale': 'log'}) == {'type': 'symlog', 'domainMax': 1000}
    widget = evaluate(store, timeseries(request('avg:m{*}'), yaxis={'min': 'low'}))
    assert widget.message == "The min of yaxis must be a number or auto, not 'low'"


def test_a_legend_only_where_lines_are_several(store):
    for number in range(30):
        put(store, 'm', {0: number, 20: 1}, host=f'host-{number:02}')
    alone = chart.specification(evaluate(store, timeseries(request('avg:m{*}'))))
    assert drawn(alone)['lines solid normal']['encoding']['color']['legend'] is None
    many = drawn(chart.specification(evaluate(store, timeseries(request('avg:m{*} by {host}'))), width=400))
    legend = many['lines solid normal']['encoding']['color']['legend']
    assert (legend['columns'], legend['symbolLimit']) == (2, 6)


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
        [row] = evaluate(store, definition).rows
        assert row.value == expected


@pytest.mark.parametrize(
    ('value', 'more', 'text', 'unit'),
    [
        (1234.5, {}, '1.23K', ''),
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
    [row] = evaluate(store, scalar('query_value', 'avg:m{*}', **more)).rows
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
        [row] = evaluate(store, definition).rows
        assert (row.value, row.palette) == (value, expected)


def test_a_toplist_is_sorted_and_limited(store):
    for number in range(12):
        put(store, 'm', {0: number, 20: number + 1}, host=f'h{number:02}')
    widget = evaluate(store, scalar('toplist', 'avg:m{*} by {host}'))
    assert [(row.name, row.value) for row in widget.rows[:2]] == [('host:h11', 11.5), ('host:h10', 10.5)]
    assert len(widget.rows) == 10
    definition = scalar('toplist', 'avg:m{*} by {host}')
    definition['requests'][0]['sort'] = {'count': 2, 'order_by': [{'type': 'formula', 'index': 0, 'order': 'asc'}]}
    assert [row.name for row in evaluate(store, definition).rows] == ['host:h00', 'host:h01']
    classic = {'type': 'toplist', 'requests': [{'q': "top(avg:m{*} by {host}, 3, 'min', 'asc')"}]}
    assert [row.name for row in evaluate(store, classic).rows] == ['host:h00', 'host:h01', 'host:h02']
    spec = chart.specification(widget, titled=False)
    assert [(point['name'], point['text']) for point in spec['data']['values']][0] == ('host:h11', '11.50')


# Text, groups, others


def test_a_note_names_the_template_variables(store):
    definition = {'type': 'note', 'content': '# $host and $host.value, not $other; $5'}
    widget = evaluate(store, definition, host=['host:a', 'host:b'])
    assert widget.text == '# host:a, host:b and a, b, not $other; $5'


def test_a_group_has_its_widgets(store):
    put(store, 'm', {0: 1})
    inner = [{'id': 1, 'definition': timeseries(request('avg:m{*}'))}, {'definition': {'type': 'note', 'content': 'x'}}]
    widget = evaluate(store, {'type': 'group', 'title': 'All', 'layout_type': 'ordered', 'widgets': inner})
    assert (widget.kind, widget.title) == ('group', 'All')
    assert [one.kind for one in widget.widgets] == ['timeseries', 'note']


@pytest.mark.parametrize(
    ('definition', 'message'),
    [
        ({'type': 'heatmap', 'requests': []}, 'The sandbox does not draw widgets of the type heatmap'),
        ({'type': 'timeseries'}, "This timeseries is not defined as Datadog does it: KeyError 'requests'"),
        ({'type': 'query_value', 'requests': []}, 'This query_value is not defined as Datadog does it: IndexError'),
        (timeseries({'log_query': {}}), 'The sandbox evaluates metric queries: this request has log_query'),
        (
            timeseries({'queries': [{'data_source': 'logs', 'name': 'a', 'query': 'x'}]}),
            'The sandbox evaluates metrics: the data source logs is not supported',
        ),
        (timeseries({'q': 'avg:m{*'}), 'Query "avg:m{*", column 8: unexpected the end, where'),
        (timeseries(request('avg:m{$host}')), 'column 7: the template variable $host is not defined'),
        (
            timeseries(request('avg:m{*}', display='overlay')),
            'The display type overlay is not drawn: line, area, bars are',
        ),
        (
            timeseries(request('avg:m{*}'), markers=[{'value': 'x = 5'}]),
            'The marker "x = 5" must be such as y = 5, y > 5, y < 5, or 5 < y < 6',
        ),
    ],
)
def test_what_is_not_drawn_says_so(store, definition, message):
    put(store, 'm', {0: 1})
    widget = evaluate(store, definition)
    assert widget.failed
    assert message in widget.message
    assert len(widget.message.splitlines()) == 1


@pytest.mark.parametrize(
    ('query', 'message'),
    [
        ('avg:other{*}', 'There is no metric other yet'),
        ('avg:m{host:b}', 'No series of m matches {host:b}'),
        ('avg:m{host:a}', 'm has no points in this range'),
        ('avg:m{*} + avg:other{*}', 'There is no metric other yet'),
    ],
)
def test_an_empty_widget_says_why(store, query, message):
    put(store, 'm', {-20_000: 1})
    for definition in (timeseries(request(query)), scalar('query_value', query), scalar('toplist', query)):
        widget = evaluate(store, definition)
        assert (widget.message, widget.failed) == (message, False)
        assert widget.metrics[0] == ('other' if query == 'avg:other{*}' else 'm')
    spec = chart.specification(widget)
    assert spec['data']['values'] == [{'text': message}]


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
    assert chart.chosen(dashboard, {}) == {
        'host': ['*'], 'env': ['env:prod', 'env:dev'], 'tag': ['role:db'], 'old': ['*'],
    }  # fmt: skip
    assert chart.chosen(dashboard, {'host': ['a', 'host:b'], 'env': ['*'], 'nothing': ['x']})['host'] == [
        'host:a',
        'host:b',
    ]
    assert chart.chosen({}, {}) == {}


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
    # What the page gets, compiled by Vega-Lite itself.
    vega = vl_convert.vegalite_to_vega(json.dumps(chart.specification(widget, theme)))
    assert 'points' in [data['name'] for data in vega['data']]
    assert size(chart.picture(chart.specification(widget, theme, 500, 250), 2)) == (1000, 500)


def test_both_themes_draw_the_same_values_in_other_colours(store):
    put(store, 'm', {0: 1})
    widget = evaluate(store, DEFINITIONS['line'])
    light, dark = chart.specification(widget, 'light'), chart.specification(widget, 'dark')
    assert light['data'] == dark['data']
    assert light['background'] != dark['background']
    assert light['title']['text'] == 'A title'
    assert 'title' not in chart.specification(widget, titled=False)


def test_names_of_others_stay_text_in_the_specification(store):
    name = '<script>alert(1)</script>"\'\\'
    put(store, 'm', {0: 1}, host=name)
    put(store, 'm', {0: 1})
    widget = evaluate(store, timeseries(request('avg:m{*} by {host}'), title=name))
    spec = chart.specification(widget, width=400)
    assert spec['data']['values'][0]['series'] == f'host:{name}'
    # A name is data and the domain of the colours, and part of no expression.
    assert json.dumps(name)[1:-1] not in json.dumps(expressions(spec))
    assert size(chart.picture(spec, 1)) == (400, 200)


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
    assert size(chart.png(store, definition, T, T + HOUR, 640, 260)) == (640, 260)
    with pytest.raises(QueryError, match='column 7: unexpected the end, where'):
        chart.png(store, {'type': 'timeseries', 'requests': [{'q': 'avg:m{'}]}, T, T + HOUR)
    # Nothing to see is a picture too: it says why.
    assert size(chart.png(store, DEFINITIONS['empty'], T, T + HOUR)) == (800, 300)


def test_a_picture_fetches_nothing(store):
    spec = {'data': {'url': 'http://127.0.0.1:1/data.json'}, 'mark': 'point', 'width': 100, 'encoding': {}}
    with pytest.raises(ValueError, match='External data url not allowed'):
        chart.picture(spec)
