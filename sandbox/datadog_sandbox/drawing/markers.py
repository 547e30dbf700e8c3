"""Markers: lines across a chart, or bands, with their labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from .colours import token

DASHES = {'dashed': [6, 4], 'dotted': [1.5, 3]}
KINDS = 'error', 'warning', 'info', 'ok'
LABEL = 13
"""Pixels of a line of a label."""
LETTER = 7
"""Pixels of one of its letters."""
NEAR = 0.1
"""How far from each other two lines with room for a label between them are, as a share of the highest."""


@dataclass(frozen=True)
class Marker:
    """A horizontal line, or a band where it has two edges."""

    low: float | None
    high: float | None
    kind: str
    """error, warning, info, or ok."""
    dash: str
    label: str

    @property
    def edges(self) -> list[float]:
        return list(dict.fromkeys(edge for edge in (self.low, self.high) if edge is not None))


def marker_layers(markers: Sequence[Marker], top: float) -> list[dict[str, Any]]:
    """Return the layers of markers: all lines, and then the labels, each with a rim that keeps it readable.

    `top` is the value at the upper edge of the plot.
    """
    places = _places(markers, top)
    labels = [layer for marker, place in zip(markers, places, strict=True) for layer in _label(marker, place)]
    return [layer for marker in markers for layer in _lines(marker)] + labels


class Place(NamedTuple):
    """Where a label stands."""

    shift: int
    """Pixels from the right edge."""
    below: bool
    """Whether it is below its line, where another line or the edge of the plot is just above."""


def _places(markers: Sequence[Marker], top: float) -> list[Place]:
    """Return the place of each label: beside those at about the same height."""
    highest = max((abs(edge) for marker in markers for edge in marker.edges), default=0)
    near = NEAR * highest
    places: list[Place] = []
    middles: list[float] = []
    for marker in markers:
        height = marker.edges[-1] if marker.edges else 0.0
        others = [edge for other in markers if other is not marker for edge in other.edges]
        crossed = any(0 < edge - height < near for edge in others) or top - near < height <= top
        below, shift = crossed and height > near, 2
        middle = height + (-near if below else near) / 2
        for other, place, beside in zip(markers, places, middles, strict=False):
            if marker.label and other.label and other.edges and abs(middle - beside) < near:
                shift = max(shift, place.shift + LETTER * len(other.label) + 8)
        places.append(Place(shift, below))
        middles.append(middle)
    return places


def _lines(marker: Marker) -> list[dict[str, Any]]:
    colour = _colour(marker)
    layers: list[dict[str, Any]] = []
    edges = marker.edges
    if len(edges) == 2:
        layers.append({
            'data': {'values': [{'low': marker.low, 'high': marker.high}]},
            'mark': {'type': 'rect', 'color': colour, 'opacity': 0.1, 'clip': True},
            'encoding': {'y': {'field': 'low', 'type': 'quantitative'}, 'y2': {'field': 'high'}},
        })  # fmt: skip
    dash = {'strokeDash': DASHES[marker.dash]} if marker.dash in DASHES else {}
    width = 2.5 if marker.dash == 'bold' else 1.3
    for edge in edges:
        layers.append(_across(edge, {'type': 'rule', 'color': colour, 'strokeWidth': width, 'clip': True, **dash}))
    return layers


def _colour(marker: Marker) -> Any:
    return token(marker.kind if marker.kind in KINDS else 'info')


def _across(edge: float, mark: dict[str, Any], **encoding: Any) -> dict[str, Any]:
    y = {'field': 'edge', 'type': 'quantitative'}
    return {'data': {'values': [{'edge': edge}]}, 'mark': mark, 'encoding': {'y': y, **encoding}}


def _label(marker: Marker, place: Place) -> list[dict[str, Any]]:
    """Return the label of a marker at the right edge, twice: as a rim, and as what is read."""
    if not marker.label or not marker.edges:
        return []
    edge, away = marker.edges[-1], LABEL / 2 + 2
    mark = {'type': 'text', 'align': 'right', 'dy': away if place.below else -away, 'dx': -place.shift, 'fontSize': 11}
    mark |= {'clip': True, 'x': {'expr': 'width'}}
    words = {'text': {'value': marker.label}}
    # Wide enough that no curve shows between two words.
    rim = {'stroke': token('surface'), 'strokeWidth': 7, 'strokeJoin': 'round', 'color': token('surface')}
    return [_across(edge, mark | rim, **words), _across(edge, mark | {'color': _colour(marker)}, **words)]
