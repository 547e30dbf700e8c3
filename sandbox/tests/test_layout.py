"""Where widgets stand: as their layouts have them, without overlaps, in bands that are cut where nothing is.

Layouts are those of https://docs.datadoghq.com/api/latest/dashboards/: `x`, `y`, `width`, `height`, `is_column_break`.
"""

import pytest
from datadog_sandbox import layout
from datadog_sandbox.layout import Place


def widget(content, *edges, **more):
    places = {'layout': {**dict(zip(Place._fields, edges, strict=True)), **more}} if edges else {}
    return {'definition': {'type': 'note', 'content': content}, **places}


def group(content, inner, *edges):
    outer = widget(content, *edges)
    return {**outer, 'definition': {'type': 'group', 'title': content, 'widgets': inner}}


def named(places):
    def name(each):
        return each['definition'].get('content') or each['definition']['title']

    return [(name(each), *place) for each, place in places]


def test_an_ordered_dashboard_is_read_in_rows():
    placed = [widget('right', 6, 0, 6, 2), widget('below', 0, 2, 4, 3), widget('left', 0, 0, 6, 2)]
    assert named(layout.ordered(placed)) == [('left', 0, 0, 6, 2), ('right', 6, 0, 6, 2), ('below', 0, 2, 4, 3)]


def test_a_widget_moves_up_as_far_as_nothing_is_in_its_way():
    placed = [widget('top', 0, 0, 6, 2), widget('under it', 0, 7, 4, 1), widget('beside it', 6, 5, 6, 1)]
    assert named(layout.ordered(placed)) == [('top', 0, 0, 6, 2), ('beside it', 6, 0, 6, 1), ('under it', 0, 2, 4, 1)]


def test_widgets_that_overlap_stand_below_each_other():
    placed = [widget('a', 0, 0, 8, 2), widget('b', 4, 1, 8, 2), widget('c', 0, 2, 4, 1)]
    assert named(layout.ordered(placed)) == [('a', 0, 0, 8, 2), ('c', 0, 2, 4, 1), ('b', 4, 2, 8, 2)]


def test_rows_that_count_from_0_again_go_on_below_without_a_column_break():
    # As Datadog exports what has two columns on a wide screen.
    placed = [widget('a', 0, 0, 12, 3), widget('b', 0, 3, 12, 4), widget('c', 0, 0, 6, 5), widget('d', 6, 0, 6, 5)]
    assert named(layout.ordered(placed)) == [
        ('a', 0, 0, 12, 3),
        ('b', 0, 3, 12, 4),
        ('c', 0, 7, 6, 5),
        ('d', 6, 7, 6, 5),
    ]


def test_a_group_is_as_high_as_what_is_in_it_and_its_title():
    # Its layout says 1, as in dashboards whose group was closed when they were saved; 4 + 2 rows and the title are 7.
    inner = [widget('a', 0, 0, 4, 4), widget('b', 0, 4, 4, 2)]
    placed = [group('left', inner, 0, 0, 4, 1), widget('below', 0, 1, 4, 1), widget('right', 4, 0, 8, 9)]
    assert named(layout.ordered(placed)) == [('left', 0, 0, 4, 7), ('right', 4, 0, 8, 9), ('below', 0, 7, 4, 1)]


def test_a_column_break_goes_on_below_and_a_widget_without_a_layout_has_the_whole_width():
    placed = [
        widget('first', 0, 0, 12, 3),
        widget('lost'),
        widget('second column', 0, 0, 6, 2, is_column_break=True),
        widget('beside it', 6, 0, 6, 2),
    ]
    assert named(layout.ordered(placed)) == [
        ('first', 0, 0, 12, 3), ('lost', 0, 3, 12, 1), ('second column', 0, 4, 6, 2), ('beside it', 6, 4, 6, 2),
    ]  # fmt: skip


def test_a_group_has_as_many_columns_as_it_is_wide():
    placed = [widget('wide', 0, 0, 12, 1), widget('outside', 7, 1, 2, 1)]
    assert named(layout.ordered(placed, 4)) == [('wide', 0, 0, 4, 1), ('outside', 3, 1, 1, 1)]


def test_a_free_dashboard_has_48_columns_and_a_row_for_two_units():
    placed = [
        widget('below', 0, 20, 100, 10),
        widget('right', 80, 0, 40, 19),
        widget('left', 0, 0, 80, 19),
        widget('narrow', 100, 20, 3, 10),
    ]
    # 120 units are 48 columns: 80 are 32, 100 are 40, and 3 would be one. 19 units are 9.5 rows, and 10 are 5.
    assert named(layout.free(placed)) == [
        ('left', 0, 0, 32, 10), ('right', 32, 0, 16, 10), ('below', 0, 10, 40, 5), ('narrow', 40, 10, 2, 5),
    ]  # fmt: skip


def test_what_lies_on_something_else_on_a_free_dashboard_stands_below_it_and_holes_stay():
    placed = [widget('background', 0, 0, 48, 10), widget('on it', 10, 2, 10, 4), widget('far below', 0, 40, 48, 2)]
    assert named(layout.free(placed)) == [
        ('background', 0, 0, 48, 5), ('on it', 10, 5, 10, 2), ('far below', 0, 20, 48, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    'broken', [{'x': 'left'}, {'x': -5, 'y': -1, 'width': 99, 'height': 0}, {'x': 10**6, 'width': 1}, {}, None, 7]
)
def test_a_layout_that_is_none_fits_the_page(broken):
    for places in (layout.ordered, layout.free):
        [(_, place)] = places([{'definition': {'type': 'note'}, 'layout': broken}])
        assert 0 <= place.x < place.x + place.width <= layout.FREE_COLUMNS
        assert (place.y, place.height >= 1) == (0, True)


def test_bands_are_cut_where_no_widget_is_and_count_from_0():
    places = [Place(0, 2, 6, 2), Place(6, 2, 6, 3), Place(0, 4, 6, 2), Place(0, 8, 12, 1)]
    bands = layout.bands([{'place': place} for place in places])
    assert [[item['place'] for item in band] for band in bands] == [
        [Place(0, 0, 6, 2), Place(6, 0, 6, 3), Place(0, 2, 6, 2)],
        [Place(0, 0, 12, 1)],
    ]
    assert layout.bands([]) == []


def test_the_style_sheet_has_all_places_that_a_layout_can_have():
    styles = layout.styles()
    for name in ('x1', 'x48', 'w48', f'h{layout.TALLEST}', f'y{layout.ROWS}'):
        assert f'.fixed > .{name} {{' in styles
    assert '.columns7 { grid-template-columns: repeat(7, minmax(0, 1fr)); }' in styles
