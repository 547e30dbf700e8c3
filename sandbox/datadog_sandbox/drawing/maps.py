"""A map of the world, its countries coloured by values."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from .colours import coloured, token
from .model import Drawing
from .world import FILE, Box

HEIGHT, LOWER = 300, 230
"""Pixels; the world is wider than high."""
# https://observablehq.com/@d3/equal-earth: its width, and its height from 58° south to 84° north, in its own units.
WORLD = {'type': 'equalEarth', 'width': 5.42, 'height': 2.37, 'rotate': -11.0, 'centre': 6.1}
MARGIN = 1.1
SMALLEST = 4.0
"""Degrees that a map shows at least: of a city as a country, what is around it."""


def world_map(records: Sequence[Mapping[str, Any]], palette: tuple[str, str], box: Box | None = None) -> Drawing:
    """Draw countries by their `id`, an ISO 3166-1 code of two letters, with `value`, `text`, and a `colour`, if any.

    The palette has the tokens of the least and the greatest value; a colour is a token, or such as `#ff8800`. The map
    shows a box, or the whole world.
    """
    own = sorted({record['colour'] for record in records} - {''})
    conditions = [{'test': '!isValid(datum.value)', 'value': token('sunken')}, *map(_in_colour, own)]
    scale = {'range': [token(name) for name in palette]}
    by_value = any(not record['colour'] for record in records)
    legend = {'title': None, 'gradientLength': 160, 'gradientThickness': 10} if by_value else None
    fill = {'field': 'value', 'type': 'quantitative', 'scale': scale, 'legend': legend, 'condition': conditions}
    specification = {
        'data': {'name': 'world', 'format': {'type': 'topojson', 'feature': 'countries'}},
        'transform': [
            {'lookup': 'id', 'from': {'data': {'name': 'points'}, 'key': 'id', 'fields': ['value', 'text', 'colour']}},
            # Where a country is too small for a shape, it is a point as soon as it has a value.
            {'filter': "datum.geometry.type !== 'Point' || isValid(datum.value)"},
        ],
        'projection': _projection(box),
        'mark': {
            'type': 'geoshape',
            'stroke': token('axis'),
            'strokeWidth': 0.6,
            'clip': True,
            'tooltip': True,
            'invalid': None,
        },
        'encoding': {
            'color': fill,
            'tooltip': [
                {'field': 'properties.name', 'type': 'nominal', 'title': 'country'},
                {'field': 'text', 'type': 'nominal', 'title': 'value'},
            ],
        },
        'view': {'stroke': None},
    }
    return Drawing(specification, {'points': records}, files={'world': FILE}, height=HEIGHT if box else LOWER)


def _in_colour(colour: str) -> dict[str, Any]:
    return {'test': f"datum.colour === '{colour}'", 'value': coloured(colour)}


def _projection(box: Box | None) -> dict[str, Any]:
    """Return a projection that has the world, or a box, in its middle and as large as there is room for."""
    shape = WORLD if box is None else _mercator(box)
    return {
        'type': shape['type'],
        'rotate': [shape['rotate'], 0, 0],
        'center': [0, shape['centre']],
        'scale': {'expr': f'min(width / {shape["width"]:.5f}, height / {shape["height"]:.5f})'},
        'translate': {'expr': '[width / 2, height / 2]'},
        'pointRadius': 4,
    }


def _mercator(box: Box) -> dict[str, Any]:
    west, south, east, north = box
    wider = max(0.0, SMALLEST - max(east - west, north - south)) / 2
    west, south, east, north = west - wider, south - wider, east + wider, north + wider
    bottom, top = (math.asinh(math.tan(math.radians(edge))) for edge in (south, north))
    return {
        'type': 'mercator',
        'width': MARGIN * math.radians(east - west),
        'height': MARGIN * (top - bottom),
        'rotate': -(west + east) / 2,
        'centre': math.degrees(math.atan(math.sinh((top + bottom) / 2))),
    }
