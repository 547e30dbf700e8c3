"""What pictures of widgets show where: measured in the SVG that Vega makes of them."""

import json
import re

import numpy as np
import pytest
import vl_convert
from datadog_sandbox import drawing
from datadog_sandbox.drawing.curves import Curve, Curves
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


def test_the_longest_bar_is_as_wide_as_the_picture_and_names_and_values_stand_on_the_bars() -> None:
    rows = [
        {'name': name, 'value': value, 'text': f'{value} s', 'colour': text, 'background': background}
        for name, value, background, text in (
            (f'a-{"long-" * 30}', 9, '', 'text'),
            ('b', 3, '', 'text'),
            ('c', 2, 'error', 'inverse'),
        )  # fmt: skip
    ]
    picture = svg(bars_across(rows))
    red, long, short = re.findall(r'<path [^>]*d="M0,([\d.]+)h([\d.]+)v23h[^"]*" fill="([^"]*)"', picture)
    # The padding of 8 and 14 pixels is left; a row that has a background has it from edge to edge.
    assert (red, long) == (('52', '478', '#d3232b'), ('0', '478', '#2f6fde'))
    assert (short[0], float(short[1])) == ('26', pytest.approx(478 / 3, abs=0.01))
    fills = dict(re.findall(r'<text [^>]*fill="([^"]*)">([^<]*)', picture))
    assert fills.keys() == {'#18202c', '#ffffff'}
    name, *others = texts(bars_across(rows))
    assert name.startswith('a-long') and name.endswith('…')
    assert others == ['b', 'c', '9 s', '3 s', '2 s']
    # Each row has 26 pixels: of a hundred, nine fit into the 232 of a picture.
    assert len(texts(bars_across(rows[1:2] * 100))) == 2 * 9


def test_a_note_is_drawn_without_the_marks_of_markdown_from_the_top(store: Store) -> None:
    text = '## Read this\n\n- **One** [link](https://a.example/x_y)\n- `code` ![logo](https://a.example/l.png)'
    assert texts(content(store, 'note', content=text).drawing()) == ['Read this', '• One link', '• code logo']
    # 18 pixels for each of the lines: 12 fit into 232.
    assert len(texts(content(store, 'note', content='\n'.join('abcdefghijklmnopqrstuvwxyz')).drawing())) == 12


def test_a_forecast_ends_with_the_axis_and_not_beside_it() -> None:
    times = np.arange(T, T + 7200, 600)
    ahead = Curve('ahead', 'line', times, np.ones(12), 600)
    drawn = Curves([ahead], T, T + 3600).drawing()
    path = re.search(r'"line mark" d="M0,[^"]*L([\d.]+),', svg(drawn))
    whole = re.search(r'class="background" aria-hidden="true" d="M0,0h([\d.]+)v', svg(drawn))
    assert path and whole
    # The last value is where the plot ends.
    assert float(path[1]) == float(whole[1])
