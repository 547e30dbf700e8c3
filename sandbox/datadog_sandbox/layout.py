"""Where the widgets of a dashboard stand: in the columns and rows of a grid, as their layouts have them.

An ordered dashboard has 12 columns, and a group of it as many as it is wide. Its widgets move up as far as nothing is
in their way. A free one has places in units of its own, up to some 200 of them beside each other:
https://docs.datadoghq.com/dashboards/configure/ and https://docs.datadoghq.com/api/latest/dashboards/.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

COLUMNS, FREE_COLUMNS = 12, 48
"""Columns of an ordered dashboard, and of a free one."""
NARROWEST = 2
"""Columns of the narrowest widget on a free dashboard."""
UNITS = 2
"""How many units of a free dashboard are as high as one of its rows."""
TALLEST = 60
"""Rows of a widget at most."""
ROWS = 120
"""Rows of a band at most; whatever is below takes the next free place."""


class Place(NamedTuple):
    """Columns and rows of a grid, from 0."""

    x: int
    y: int
    width: int
    height: int


Widget = Mapping[str, Any]
"""As the JSON of a dashboard has it, with its `definition` and its `layout`."""


def free(widgets: Sequence[Widget]) -> list[tuple[Widget, Place]]:
    """Return the widgets of a free dashboard in the order of reading, with their places. This is approximated.

    What lies on something else is moved below it.
    """
    edges = [_numbers(widget) for widget in widgets]
    whole = max((x + width for x, _, width, _ in edges), default=0) or 1
    places = []
    for x, y, width, height in edges:
        left = min(round(FREE_COLUMNS * x / whole), FREE_COLUMNS - NARROWEST)
        right = round(FREE_COLUMNS * (x + width) / whole) if width else FREE_COLUMNS
        top, bottom = round(y / UNITS), round((y + height) / UNITS)
        columns = min(max(NARROWEST, right - left), FREE_COLUMNS - left)
        places.append(Place(left, top, columns, min(max(1, bottom - top), TALLEST)))
    return _without_overlaps(widgets, places, moving_up=False)


def ordered(widgets: Sequence[Widget], columns: int = COLUMNS) -> list[tuple[Widget, Place]]:
    """Return the widgets of an ordered dashboard, or of a group, in the order of reading, with their places.

    Where a widget begins a new column, whose rows count from 0 again, it comes below the others: a page has one column.
    Such a widget has `is_column_break`, or it would lie on one before it. One without a layout takes the whole width
    below those before it.
    """
    places: list[Place] = []
    column: list[Place] = []
    top = bottom = 0
    for widget in widgets:
        x, y, width, height = _numbers(widget)
        left = min(max(0, round(x)), columns - 1)
        given = Place(left, round(y), min(max(1, round(width)), columns - left), max(1, round(height)))
        if _layout(widget).get('is_column_break') or (width and any(_overlap(given, other) for other in column)):
            top, column = bottom, []
        column += [given] if width else []
        place = given._replace(y=top + given.y) if width else Place(0, bottom, columns, 1)
        place = place._replace(height=min(max(place.height, _rows_inside(widget)), TALLEST))
        bottom = max(bottom, place.y + place.height)
        places.append(place)
    return _without_overlaps(widgets, places, moving_up=True)


def bands(items: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Cut items with a `place`, in the order of reading, wherever a line across the page would cut none of them.

    The rows of each band count from 0. What becomes higher than its layout says moves only its own band.
    """
    parts: list[list[dict[str, Any]]] = []
    top = bottom = 0
    for item in items:
        place = item['place']
        if place.y >= bottom:
            parts.append([])
            top = place.y
        bottom = max(bottom, place.y + place.height)
        parts[-1].append({**item, 'place': place._replace(y=place.y - top)})
    return parts


@cache
def styles() -> str:
    """Return the style sheet of the places: classes such as `x3 y1 w6 h2`, for screens that are wide enough."""
    columns = range(1, FREE_COLUMNS + 1)
    rules = [
        *(f'.fixed > .x{number} {{ grid-column-start: {number}; }}' for number in columns),
        *(f'.fixed > .w{number} {{ grid-column-end: span {number}; }}' for number in columns),
        *(f'.columns{number} {{ grid-template-columns: repeat({number}, minmax(0, 1fr)); }}' for number in columns),
        *(f'.fixed > .y{number} {{ grid-row-start: {number}; }}' for number in range(1, ROWS + 1)),
        *(f'.fixed > .h{rows} {{ grid-row-end: span {rows}; --rows: {rows}; }}' for rows in range(1, TALLEST + 1)),
    ]  # fmt: skip
    return '@media (min-width: 60rem) {\n' + '\n'.join(rules) + '\n}\n'


def _rows_inside(widget: Widget) -> int:
    """Return the rows of a group with one for its title; 0 for any other widget."""
    definition = widget.get('definition') or {}
    inner = definition.get('widgets')
    if not isinstance(inner, list):
        return 0
    edges = [_numbers(each) for each in inner if isinstance(each, Mapping)]
    return 1 + round(max((y + height for _, y, _, height in edges), default=1))


def _overlap(a: Place, b: Place) -> bool:
    across = a.x < b.x + b.width and b.x < a.x + a.width
    return across and a.y < b.y + b.height and b.y < a.y + a.height


def _without_overlaps(
    widgets: Sequence[Widget], places: Sequence[Place], moving_up: bool
) -> list[tuple[Widget, Place]]:
    """Put each widget, the highest first, below whatever has its columns already."""
    taken = [0] * FREE_COLUMNS
    rows = []
    for widget, place in sorted(zip(widgets, places, strict=True), key=lambda row: (row[1].y, row[1].x)):
        columns = range(place.x, place.x + place.width)
        lowest = max(taken[column] for column in columns)
        y = lowest if moving_up else max(place.y, lowest)
        for column in columns:
            taken[column] = y + place.height
        rows.append((widget, place._replace(y=y)))
    return sorted(rows, key=lambda row: (row[1].y, row[1].x))


def _layout(widget: Widget) -> Mapping[str, Any]:
    layout = widget.get('layout')
    return layout if isinstance(layout, Mapping) else {}


def _numbers(widget: Widget) -> tuple[float, float, float, float]:
    """Return x, y, width, and height of a layout; 0 where it has none."""
    layout = _layout(widget)
    values = [layout.get(name) for name in Place._fields]
    x, y, width, height = (max(0.0, float(value)) if isinstance(value, int | float) else 0.0 for value in values)
    return x, y, width, height
