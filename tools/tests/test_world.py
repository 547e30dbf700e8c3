"""The map of the world: https://github.com/topojson/topojson-specification."""

import json
from typing import Any

from tools import world
from tools.world import Codes

CODES = Codes(
    [['AA', 'AAA', '001', ''], ['BB', 'BBB', '002', ''], ['XK', 'XKK', '983', '']],
    {'AA': ['Republic of A', 'A'], 'BB': 'B', 'XK': 'Kosovo'},
)
# Degrees are a tenth of the integers, from -180 and -90 on.
TRANSFORM = {'scale': [0.1, 0.1], 'translate': [-180, -90]}


def topology(arcs: list[Any], *geometries: dict[str, Any]) -> dict[str, Any]:
    return {'transform': TRANSFORM, 'arcs': arcs, 'objects': {'countries': {'geometries': list(geometries)}}}


def square(x: int, y: int, size: int) -> list[list[int]]:
    return [[x, y], [size, 0], [0, size], [-size, 0], [0, -size]]


def shape(name: str, arcs: Any, number: str | None = None, type_: str = 'Polygon') -> dict[str, Any]:
    identity = {'id': number} if number else {}
    return {'type': type_, 'arcs': arcs, 'properties': {'name': name}} | identity


def geometries(coarse: dict[str, Any], fine: dict[str, Any]) -> list[dict[str, Any]]:
    every: list[dict[str, Any]] = world.world(coarse, fine, CODES)['objects']['countries']['geometries']
    return every


def test_a_country_has_its_codes_its_names_and_the_box_of_its_largest_part() -> None:
    coarse = topology(
        [square(0, 0, 10), square(1800, 900, 50)],
        shape('A', [[[0]], [[1]]], '001', 'MultiPolygon'),
        shape('No code', [[0]]),
    )
    first, second = geometries(coarse, topology([]))
    assert (first['id'], first['arcs'], second['arcs']) == ('AA', [[[0]], [[1]]], [[0]])
    assert world.world(coarse, topology([]), CODES)['arcs'] == coarse['arcs']
    assert first['properties'] == {
        'name': 'A', 'codes': ['AA', 'AAA'], 'names': ['Republic of A'], 'box': [0.0, 0.0, 5.0, 5.0],
    }  # fmt: skip
    assert (second['id'], second['properties']) == (
        'No code',
        {'name': 'No code', 'box': [-180.0, -90.0, -179.0, -89.0]},
    )


def test_a_country_without_a_number_is_known_by_its_name() -> None:
    [only] = geometries(topology([square(0, 0, 10)], shape('Kosovo', [[0]])), topology([]))
    assert only['id'] == 'XK'


def test_an_arc_that_is_left_out_is_not_written_and_a_reversed_one_stays_reversed() -> None:
    arcs = [square(0, 0, 10), [[0, 0], [10, 0]], [[10, 0], [0, 10], [-10, -10]]]
    coarse = topology(arcs, shape('Antarctica', [[0]], '010'), shape('B', [[~2, ~1]], '002'))
    written = world.world(coarse, topology([]), CODES)
    # The second and the third, in the order in which they are asked for.
    assert written['arcs'] == [arcs[2], arcs[1]]
    assert written['objects']['countries']['geometries'][0]['arcs'] == [[~0, ~1]]


def test_a_country_across_the_180th_meridian_has_a_box_that_goes_on() -> None:
    # From 170 east to 170 west.
    arc = [[3500, 900], [-3400, 0], [0, 100], [3400, 0], [0, -100]]
    [only] = geometries(topology([arc], shape('A', [[0]], '001')), topology([]))
    assert only['properties']['box'] == [170.0, 0.0, 190.0, 10.0]


def test_what_only_the_finer_map_has_is_a_point_once() -> None:
    coarse = topology([square(0, 0, 10)], shape('A', [[0]], '001'))
    fine = topology(
        [square(0, 0, 10), square(1800, 900, 20)],
        shape('A', [[0]], '001'), shape('Island of A', [[0]], '001'), shape('B', [[1]], '002'),
        shape('Islet of B', [[0]], '002'), shape('Nobody', [[0]]),
    )  # fmt: skip
    _, point = geometries(coarse, fine)
    # From 0 to 2 degrees both ways: the middle is 1, which is 1810 and 910.
    assert point == {
        'type': 'Point', 'id': 'BB', 'coordinates': [1810, 910],
        'properties': {'name': 'B', 'codes': ['BB', 'BBB'], 'names': [], 'box': [0.0, 0.0, 2.0, 2.0]},
    }  # fmt: skip


def test_the_file_of_the_sandbox_names_where_it_comes_from() -> None:
    assert json.loads(world.FILE.read_text())['source'] == world.SOURCE
