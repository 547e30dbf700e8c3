"""What pictures of widgets show where: measured in the SVG that Vega makes of them."""

import json
import re

import pytest
import vl_convert
from datadog_sandbox import drawing
from datadog_sandbox.drawing.rows import bars_across
from datadog_sandbox.drawing.table import Cell, Table
from datadog_sandbox.store import Series, Store
from widget_specimen import T, content, fill


def svg(drawn: drawing.Drawing, width: int = 500, height: int = 250) -> str:
    spec = drawing.specification(drawn, 'light', width, height)
    convert = vl_convert.vega_to_svg if drawn.mode == 'vega' else vl_convert.vegalite_to_svg
    return convert(json.dumps(spec))


def texts(drawn: drawing.Drawing, width: int = 500) -> list[str]:
    return re.findall(r'<text [^>]*>([^<]*)</text>', svg(drawn, width))


def test_a_cell_is_cut_where_its_column_ends_and_not_before() -> None:
    long, short = 'a-very-long-name-of-a-region-' * 3, 'eu'
    table = Table(['region', 'host', 'value'], [[Cell(long), Cell('h' * 60), Cell('1', True)], [Cell(short)] * 3])
    [region] = [text for text in texts(table.drawing()) if text.startswith('a-very')]
    assert region.endswith('…')
    [more] = [text for text in texts(table.drawing(), 1000) if text.startswith('a-very')]
    assert len(more) > 1.5 * len(region)
    assert short in texts(table.drawing())


def test_a_treemap_fills_its_picture_whatever_its_names_are(store: Store) -> None:
    fill(store)
    for number in range(6):
        host = f'host-{number}-with-a-long-name.example.internal'
        store.add([(Series('visits', host, (f'country:c{number}',)), T + 60, float(10**number))])
    rectangles = re.findall(r'<path d="M([\d.]+),[\d.]+h([\d.]+)', svg(content(store, 'treemap').drawing()))
    # 8 pixels are free on the left, and 14 on the right.
    assert max(float(x) + float(width) for x, width in rectangles) == pytest.approx(500 - 8 - 14, abs=2)


def test_the_value_of_the_longest_bar_stands_in_the_picture() -> None:
    rows = [{'name': name, 'value': value, 'text': '', 'colour': 'line0'} for name, value in (('a', 9), ('b', 3))]
    picture = svg(bars_across(rows))
    long, short = (float(width) for width in re.findall(r'"bar" d="M0,[\d.]+h([\d.]+)', picture))
    [whole] = re.findall(r'class="background" aria-hidden="true" d="M0,0h(\d+)v232', picture)
    # 70 pixels are left for values.
    assert (long, short) == (float(whole) - 70, pytest.approx(long / 3))
