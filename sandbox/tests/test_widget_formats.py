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
        ({}, HOUR, ''),
        ({'live_span': 'alert'}, HOUR, ''),
    ],
)
def test_a_widget_may_have_a_time_of_its_own(account: Store, time: dict[str, Any], seconds: int, words: str) -> None:
    widget = evaluate(account, 'timeseries', time=time)
    assert (widget.end - widget.start, widget.own_range) == (seconds, words)


def test_a_time_that_is_none_is_named(account: Store) -> None:
    widget = evaluate(account, 'timeseries', time={'live_span': '5x'})
    assert widget.failed
    assert "The live_span '5x' of this widget is not a time span of Datadog" in widget.message


@pytest.mark.parametrize(
    ('value', 'unit', 'shown'),
    [
        (1536, {'unit_name': 'byte'}, '1.50 KiB'),
        (3 * 1024**3, {'unit_name': 'byte', 'per_unit_name': 'second'}, '3 GiB/s'),
        (2_500_000, {'unit_name': 'nanosecond'}, '2.50 ms'),
        (90, {'unit_name': 'second'}, '1.50 min'),
        (0.425, {'unit_name': 'fraction'}, '42.50 %'),
        (7, {'unit_name': 'request'}, '7 request'),
        (7, {'type': 'custom_unit_label', 'label': 'apples'}, '7 apples'),
    ],
)
def test_values_have_the_unit_of_their_formula(account: Store, value: float, unit: dict[str, str], shown: str) -> None:
    account.add([(Series('v', '', ()), T, float(value))])
    formulas = [{'formula': 'a', 'number_format': {'unit': unit}}]
    [row] = content(account, 'toplist', requests=[request('avg:v{*}', formulas=formulas)]).rows
    assert row.with_unit == shown.replace('/s', '/second')


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
