"""Times, units, colours, and links of widgets."""

import json
from typing import Any

import pytest
from datadog_sandbox import drawing, widgets
from datadog_sandbox.store import Series, Store
from datadog_sandbox.times import DAY, HOUR
from widget_specimen import T, content, evaluate, fill, request


@pytest.fixture
def account(store: Store) -> Store:
    return fill(store)


# Times, formats, links


@pytest.mark.parametrize(
    ('time', 'seconds', 'words'),
    [
        ({'live_span': '4h'}, 4 * HOUR, 'Past 4 hours'),
        ({'live_span': '1w', 'hide_incomplete_cost_data': True}, 7 * DAY, 'Past week'),
        # September has 30 days.
        ({'live_span': '1mo'}, 30 * DAY, 'Past month'),
        ({'type': 'live', 'unit': 'minute', 'value': 17}, 17 * 60, 'Past 17 minutes'),
        ({'type': 'fixed', 'from': T - 100, 'to': T}, 100, '3 Oct 2024 23:58 to 4 Oct 2024 00:00 UTC'),
        # "Start time in milliseconds since epoch", as documented of WidgetNewFixedSpan.
        (
            {'type': 'fixed', 'from': (T - 100) * 1000, 'to': T * 1000},
            100,
            '3 Oct 2024 23:58 to 4 Oct 2024 00:00 UTC',
        ),
        ({'live_span': 'week_to_date'}, 4 * DAY + HOUR, 'Week to date'),
        # `WidgetCalendarAlignedSpan` of Datadog's OpenAPI document. Now is 01:00 on Friday, 4 October.
        ({'type': 'daily', 'offset': 0}, HOUR, 'Day to date'),
        ({'type': 'weekly', 'offset': 0}, 4 * DAY + HOUR, 'Week to date'),
        ({'type': 'monthly', 'offset': 1}, 30 * DAY, 'Previous month'),
        ({'type': 'monthly', 'offset': 2}, 31 * DAY, '2 months before'),
        ({'type': 'yearly', 'offset': 1}, 365 * DAY, 'Previous year'),
        # There it is 21:00 of the day before.
        ({'type': 'daily', 'offset': 0, 'timezone': 'America/New_York'}, 21 * HOUR, 'Day to date'),
        ({}, HOUR, ''),
        ({'live_span': 'alert'}, HOUR, ''),
    ],
)
def test_a_widget_may_have_a_time_of_its_own(account: Store, time: dict[str, Any], seconds: int, words: str) -> None:
    widget = evaluate(account, 'timeseries', time=time)
    assert (widget.end - widget.start, widget.own_range) == (seconds, words)


def test_a_period_of_the_calendar_ends_where_the_next_begins(account: Store) -> None:
    widget = evaluate(account, 'timeseries', time={'type': 'weekly', 'offset': 1, 'timezone': 'Europe/Paris'})
    # From Monday, 23 September, to Monday, 30 September, two hours before UTC.
    assert (widget.start, widget.end) == (T - 11 * DAY - 2 * HOUR, T - 4 * DAY - 2 * HOUR)


@pytest.mark.parametrize(
    ('time', 'message'),
    [
        ({'type': 'daily', 'offset': -1}, 'The offset of the time of this widget must be from 0 to 999, not -1'),
        (
            {'type': 'daily', 'timezone': 'Moon'},
            "The time zone of this widget, 'Moon', is not one such as Europe/Paris",
        ),
        (
            {'type': 'daily', 'timezone': '../x'},
            "The time zone of this widget, '../x', is not one such as Europe/Paris",
        ),
    ],
)
def test_a_period_that_is_none_is_named(account: Store, time: dict[str, Any], message: str) -> None:
    assert evaluate(account, 'timeseries', time=time).message == message


def test_a_time_that_begins_now_lasts_a_minute(account: Store) -> None:
    # Monday at midnight.
    week = {'type': 'timeseries', 'requests': [request('avg:cpu{*}')], 'time': {'live_span': 'week_to_date'}}
    widget = widgets.evaluate(account, week, {}, T + 3 * DAY - HOUR, T + 3 * DAY)
    assert (widget.start, widget.end) == (T + 3 * DAY - 60, T + 3 * DAY)


def test_a_time_that_is_none_is_named(account: Store) -> None:
    widget = evaluate(account, 'timeseries', time={'live_span': '5x'})
    assert widget.failed
    assert "The live_span '5x' of this widget is not a time span of Datadog" in widget.message


@pytest.mark.parametrize(
    ('value', 'unit', 'shown'),
    [
        # The examples of https://docs.datadoghq.com/metrics/units/, with a space before each unit.
        (1, {'unit_name': 'byte'}, '1 B'),
        (1234235, {'unit_name': 'kibibyte'}, '1.18 GiB'),
        (45457878236741230000, {'unit_name': 'kibibyte'}, '40374.71 EiB'),
        (6345223, {'unit_name': 'hertz'}, '6.35 MHz'),
        (1337, {'unit_name': 'cent'}, '13.37 $'),
        (0, {'unit_name': 'nanosecond'}, '0 s'),
        (0.03212, {'unit_name': 'second'}, '32.12 ms'),
        (0.00012345, {'unit_name': 'second'}, '123.45 µs'),
        (1.2345e-9, {'unit_name': 'second'}, '1.23 ns'),
        (95, {'unit_name': 'second'}, '1m 35s'),
        (3671, {'unit_name': 'second'}, '1h 1m'),
        (86390, {'unit_name': 'second'}, '1d'),
        (96400, {'unit_name': 'second'}, '1d 3h'),
        (52596400, {'unit_name': 'second'}, '608.75 days'),
        # Others.
        (-95_000, {'unit_name': 'millisecond'}, '-1m 35s'),
        (0.25, {'unit_name': 'nanosecond'}, '0.25 ns'),
        (1536, {'unit_name': 'byte'}, '1.50 KiB'),
        (3 * 1024**3, {'unit_name': 'byte', 'per_unit_name': 'second'}, '3 GiB/s'),
        (3_000_000_000, {'unit_name': 'byte_in_decimal_bytes_family'}, '3 GB'),
        (3 * 1024**3, {'unit_name': 'byte_in_binary_bytes_family'}, '3 GiB'),
        (16_000, {'unit_name': 'bit_in_decimal_bytes_family'}, '2 KB'),
        (1500, {'unit_name': 'gigabyte'}, '1.50 TB'),
        (250, {'unit_name': 'millicore'}, '250 mcores'),
        (15_000, {'unit_name': 'dollar'}, '15k $'),
        (0.5, {'unit_name': 'dollar'}, '0.50 $'),
        (2_500_000, {'unit_name': 'nanosecond'}, '2.50 ms'),
        (0.425, {'unit_name': 'fraction'}, '42.50 %'),
        (0.85, {'unit_name': 'apdex'}, '0.85'),
        (1500, {'unit_name': 'operation', 'per_unit_name': 'second'}, '1.50k op/s'),
        (7, {'unit_name': 'request'}, '7 req'),
        (7, {'type': 'custom_unit_label', 'label': 'apples'}, '7 apples'),
    ],
)
def test_values_have_the_unit_of_their_formula(account: Store, value: float, unit: dict[str, str], shown: str) -> None:
    assert of_unit(account, value, {'unit': unit}) == shown


def of_unit(account: Store, value: float, number_format: dict[str, Any]) -> str:
    account.add([(Series('v', '', ()), T, float(value))])
    formulas = [{'formula': 'a', 'number_format': number_format}]
    [row] = content(account, 'toplist', requests=[request('avg:v{*}', formulas=formulas)]).rows
    return str(row.with_unit)


@pytest.mark.parametrize(
    ('unit', 'axis', 'label'),
    [
        # The curves of 10 and 30, times 1024.
        ({'unit_name': 'byte'}, ('KiB', 1 / 1024), '30 KiB'),
        ({'unit_name': 'second', 'per_unit_name': 'request'}, ('hr/req', 1 / 3600), '8.53 hr/req'),
        ({'unit_name': 'fraction'}, ('%', 100), '3.07M %'),
        ({'type': 'custom_unit_label', 'label': 'ap"ples'}, ('ap"ples', 1), '30.72k ap"ples'),
        ({}, ('', 1), '30.72k'),
    ],
)
def test_a_chart_has_the_unit_of_its_formula(account: Store, unit: Any, axis: tuple[str, float], label: str) -> None:
    """`number_format` of a timeseries "controls the y-axis unit label", says a handbook for widgets by Datadog."""
    formulas = [{'formula': '1024 * a', 'number_format': {'unit': unit}}]
    chart = content(account, 'timeseries', requests=[request('avg:cpu{*} by {host}', formulas=formulas)])
    assert [(curve.unit, curve.factor) for curve in chart.chart.curves] == [axis, axis]
    assert chart.label().endswith(f'host:b {label}')
    drawn = chart.drawing()
    assert {(block.constants['unit'], block.constants['factor']) for block in drawn.blocks} == {axis}
    [side] = drawn.specification['layer']
    labels = {layer['encoding']['y']['axis']['labelExpr'] for layer in side['layer']}
    assert all(expression.endswith(f' + {json.dumps(" " + axis[0])}') == bool(axis[0]) for expression in labels)
    assert all((f'datum.value * {axis[1]!r}' in expression) == (axis[1] != 1) for expression in labels)


@pytest.mark.parametrize(
    ('query', 'more', 'shown'),
    [
        ('max:v{*}', {}, '1.50 KiB/s'),
        ('max:v{*}.as_count()', {}, '1.50 KiB/s'),
        ('max:v{*}', {'custom_unit': 'B'}, '1536 B'),
        # What else a query makes of the values may have another unit.
        ('2 * max:v{*}', {}, '3.07k'),
        ('count:v{*}', {}, '1'),
        ('max:v{*}.as_rate()', {}, '1.54k'),
        ('max:w{*}', {}, '1.54k'),
    ],
)
def test_values_of_a_metric_have_the_unit_of_its_metadata(account: Store, query: str, more: Any, shown: str) -> None:
    """https://docs.datadoghq.com/metrics/units/: "on timeseries graphs, query value widgets, and top lists"."""
    account.add([(Series(name, '', ()), T, 1536.0) for name in ('v', 'w')])
    account.save('metric metadata', 'v', {'unit': 'byte', 'per_unit': 'second'})
    account.save('metric metadata', 'w', {'unit': 'parsec'})
    value = content(account, 'query_value', requests=[{'q': query}], **more).value
    assert value.with_unit == shown
    if query[0] == 'm':
        named = content(account, 'toplist', requests=[request(query)], **more)
        assert [row.with_unit for row in named.rows] == [value.with_unit]
        chart = content(account, 'timeseries', requests=[request(query)]).chart
        assert [curve.unit for curve in chart.curves] == ['KiB/s' if 'KiB' in shown or more else '']


def test_a_formula_comes_before_the_metadata(account: Store) -> None:
    account.save('metric metadata', 'cpu', {'unit': 'byte'})
    other = [{'formula': 'a', 'number_format': {'unit': {'unit_name': 'percent'}}}, {'formula': 'a + a'}]
    table = content(account, 'query_table', requests=[request('max:cpu{*}', formulas=[*other, {'formula': 'a'}])])
    assert [cell.text for cell in table.table.rows[0]] == ['30 %', '60', '30 B']


def test_curves_of_different_units_share_an_axis_without_one(account: Store) -> None:
    formats = [{'unit': {'unit_name': 'percent'}}, {'unit': {'unit_name': 'byte'}}]
    formulas = [{'formula': 'a', 'alias': str(number), 'number_format': each} for number, each in enumerate(formats)]
    chart = content(account, 'timeseries', requests=[request('max:cpu{*}', formulas=formulas)])
    assert [curve.unit for curve in chart.chart.curves] == ['%', 'B']
    [side] = chart.drawing().specification['layer']
    assert '%' not in side['layer'][0]['encoding']['y']['axis']['labelExpr']


@pytest.mark.parametrize(
    ('value', 'unit', 'scale', 'shown'),
    [
        (7200, 'second', {'unit_name': 'minute'}, '120 min'),
        (2_500_000_000, 'byte', {'unit_name': 'gigabyte'}, '2.50 GB'),
        (250, 'dollar', {'unit_name': 'cent'}, '25000 ¢'),
        (0.25, 'fraction', {'unit_name': 'apdex'}, '0.25'),
        # "Disable unit scaling", a handbook for widgets by Datadog calls a scale that is null.
        (2_500_000, 'nanosecond', None, '2500000 ns'),
    ],
)
def test_a_scale_is_the_unit_that_is_shown(account: Store, value: float, unit: str, scale: Any, shown: str) -> None:
    assert of_unit(account, value, {'unit': {'unit_name': unit}, 'unit_scale': scale}) == shown


@pytest.mark.parametrize(
    ('value', 'shown'),
    [
        # The examples of https://docs.datadoghq.com/metrics/units/, whose text has k for thousands.
        (1, '1'),
        (2.7182818284, '2.72'),
        (1337, '1.34k'),
        (31536000, '31.54M'),
        (4294967296, '4.29G'),
        (18446744073709552000, '2e19'),
        (0.001, '1e-3'),
        (2.3283064365386963e-10, '2e-10'),
        # Rounding carries over, and what floats lose is no decimal.
        (903.0000000000001, '903'),
        (999.999, '1.00k'),
        (-999_999, '-1.00M'),
    ],
)
def test_values_without_a_unit_are_short(account: Store, value: float, shown: str) -> None:
    assert of_unit(account, value, {}) == shown


def test_a_value_is_not_scaled_where_the_widget_says_so(account: Store) -> None:
    account.add([(Series('v', '', ()), T, 0.0004), (Series('w', '', ()), T, 15_000.0)])
    dollars = [{'formula': 'a', 'number_format': {'unit': {'unit_name': 'dollar'}}}]

    def shown(name: str, **more: Any) -> str:
        requests = [request(f'avg:{name}{{*}}', formulas=dollars)]
        return str(content(account, 'query_value', requests=requests, **more).value.with_unit)

    assert (shown('v'), shown('v', precision=4)) == ('4e-4 $', '0.0004 $')
    assert (shown('w', autoscale=False), shown('v', autoscale=False)) == ('15000 $', '0.00 $')


@pytest.mark.parametrize(
    ('comparator', 'limit', 'holds'),
    [('>', 30, False), ('>=', 30, True), ('<', 30, False), ('<=', 30, True), ('=', 30, True), ('!=', 30, False)],
)
def test_conditional_formats_have_all_comparators(account: Store, comparator: str, limit: float, holds: bool) -> None:
    rule = {'comparator': comparator, 'value': limit, 'palette': 'custom_bg', 'custom_bg_color': '#123456'}
    values = request('max:cpu{*}', formulas=[{'formula': 'a', 'conditional_formats': [rule]}])
    paint = content(account, 'query_value', requests=[values]).value.paint
    assert paint.background == ('#123456' if holds else '')


@pytest.mark.parametrize(
    ('rule', 'colours'),
    [
        ({'palette': 'white_on_green'}, ('inverse', 'ok')),
        ({'palette': 'red_on_white'}, ('error', '')),
        ({'palette': 'black_on_light_yellow'}, ('inverse', 'warning')),
        ({'palette': 'custom_text', 'custom_fg_color': '#abc'}, ('#abc', '')),
        ({'palette': 'custom_text', 'custom_fg_color': 'red;}'}, ('', '')),
        # A background of its own has the text with more contrast: 2.4 and 7.7 to 1, 12.6 and 1.5, 21 and 1.
        ({'palette': 'custom_bg', 'custom_bg_color': '#74a7ff'}, ('#10151d', '#74a7ff')),
        ({'palette': 'custom_bg', 'custom_bg_color': '#123456'}, ('#ffffff', '#123456')),
        ({'palette': 'custom_bg', 'custom_bg_color': '#fff'}, ('#10151d', '#fff')),
        ({'palette': 'custom_bg', 'custom_bg_color': '#fff', 'custom_fg_color': '#eee'}, ('#eee', '#fff')),
    ],
)
def test_palettes_are_colours(rule: dict[str, str], colours: tuple[str, str]) -> None:
    from datadog_sandbox.widgets.formats import paint

    assert (paint(rule).colour, paint(rule).background) == colours


def test_custom_links_are_filled_in_or_not_linked(account: Store) -> None:
    links = [
        {'label': 'Env', 'link': 'https://example.com/?env={{$env.value}}&from={{timestamp_start}}'},
        {'label': 'Host', 'link': 'https://example.com/{{host.name}}'},
        {'label': 'Bad', 'link': 'javascript:alert(1)'},
        {'label': 'Hidden', 'link': 'https://example.com/', 'is_hidden': True},
    ]
    definition = {'type': 'note', 'content': '', 'custom_links': links}
    widget = widgets.evaluate(account, definition, {'env': ['env:prod']}, T, T + HOUR)
    assert widget.links == [('Env', f'https://example.com/?env=prod&from={T * 1000}'), ('Host', ''), ('Bad', '')]


def test_a_colour_belongs_to_a_name_in_every_chart(account: Store) -> None:
    many = [f'host:{number}' for number in range(40)]
    first = drawing.series_colours(many[:2])
    assert drawing.series_colours(['zone:x', *many[:2]])[1:] == first
    assert len(set(drawing.series_colours(many))) == drawing.LINES


def test_few_lines_have_colours_that_are_far_from_each_other() -> None:
    for count in (2, 5, 8):
        colours = drawing.series_colours(f'kube_namespace:{number}' for number in range(count))
        assert {int(colour.removeprefix('line')) for colour in colours} <= set(range(8))
        assert len({*colours}) == count
    more = drawing.series_colours(f'kube_namespace:{number}' for number in range(20))
    assert len({*more}) == 20


def test_values_travel_once_as_numbers(account: Store) -> None:
    compact = content(account, 'timeseries').drawing().compact()
    assert [block['columns'] for block in compact['blocks']] == [{'value': [10] * 180}, {'value': [30] * 180}]
    assert compact['blocks'][0]['times'] == {'first': T, 'step': 20, 'count': 180}
    assert len(json.dumps(compact)) < 7_000


def test_records_travel_as_columns(account: Store) -> None:
    rows = [{'id': 0, 'parent': None}, {'id': 1, 'parent': 0, 'size': 1 / 3, 'time': 1_795_000_000_001}]
    assert drawing.columns(rows) == {
        'id': [0, 1], 'parent': [None, 0], 'size': [None, 0.3333333], 'time': [None, 1_795_000_000_001],
    }  # fmt: skip
    assert drawing.columns([]) == {}


def test_a_chart_of_lines_of_one_kind_asks_nothing_of_each_value(account: Store) -> None:
    def filters(*displays: str) -> list[Any]:
        requests = [{'q': 'avg:cpu{*} by {host}', 'display_type': display} for display in displays]
        [side] = content(account, 'timeseries', requests=requests).drawing().specification['layer']
        return [step for layer in side['layer'] for step in layer.get('transform', [])]

    assert filters('line') == []
    assert filters('line', 'area') == [
        {'filter': "datum.display == 'area' && datum.right == false"},
        {'filter': "datum.display == 'line' && datum.right == false && datum.style == 'solid normal'"},
    ]
