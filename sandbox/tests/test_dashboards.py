"""Dashboards as their pages want them."""

from datadog_sandbox.dashboards import in_columns


def place(title, **layout):
    return {'definition': {'type': 'note', 'content': title}, 'layout': layout}


def test_a_free_dashboard_is_read_in_rows_with_widths_in_twelfths():
    placed = [
        place('below', x=0, y=20, width=100, height=10),
        place('right', x=80, y=0, width=40, height=19),
        place('left', x=0, y=0, width=80, height=19),
        place('narrow', x=100, y=20, width=3, height=10),
    ]
    # 120 units are 12 columns: 80 are 8, 40 are 4, 100 are 10, and 3 would be none.
    assert [(each['definition']['content'], each['layout']['width']) for each in in_columns(placed)] == [
        ('left', 8), ('right', 4), ('below', 10), ('narrow', 2),
    ]  # fmt: skip


def test_a_widget_without_a_place_comes_first_and_is_as_wide_as_the_page():
    placed = [place('placed', x=0, y=5, width=47.5, height=1), {'definition': {'type': 'note', 'content': 'lost'}}]
    assert [(each['definition']['content'], each['layout']['width']) for each in in_columns(placed)] == [
        ('lost', 12), ('placed', 12),
    ]  # fmt: skip
    assert in_columns([]) == []
