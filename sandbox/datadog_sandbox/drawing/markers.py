"""Markers: lines across a chart, or bands, with their labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .colours import token

DASHES = {'dashed': [6, 4], 'dotted': [1.5, 3]}
KINDS = 'error', 'warning', 'info', 'ok'
LABEL = 13
"""Pixels of a line of a label."""


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


def marker_layers(markers: Sequence[Marker]) -> list[dict[str, Any]]:
    """Return the layers of markers; labels have the colour of the surface around them, so that no line crosses them."""
    return [layer for place, marker in enumerate(markers) for layer in _layers(marker, place)]


def _layers(marker: Marker, place: int) -> list[dict[str, Any]]:
    colour = token(marker.kind if marker.kind in KINDS else 'info')
    layers: list[dict[str, Any]] = []
    edges = marker.edges
    if len(edges) == 2:
        layers.append({
            'data': {'values': [{'low': marker.low, 'high': marker.high}]},
            'mark': {'type': 'rect', 'color': colour, 'opacity': 0.1},
            'encoding': {'y': {'field': 'low', 'type': 'quantitative'}, 'y2': {'field': 'high'}},
        })  # fmt: skip
    dash = {'strokeDash': DASHES[marker.dash]} if marker.dash in DASHES else {}
    width = 2.5 if marker.dash == 'bold' else 1.3
    for edge in edges:
        rule = {'type': 'rule', 'color': colour, 'strokeWidth': width, **dash}
        layers.append(_across(edge, rule))
    if marker.label and edges:
        layers += _label(marker.label, edges[-1], colour, place)
    return layers


def _across(edge: float, mark: dict[str, Any], **encoding: Any) -> dict[str, Any]:
    y = {'field': 'edge', 'type': 'quantitative'}
    return {'data': {'values': [{'edge': edge}]}, 'mark': mark, 'encoding': {'y': y, **encoding}}


def _label(label: str, edge: float, colour: Any, place: int) -> list[dict[str, Any]]:
    """Return a label at the right edge, twice: as a rim, and as what is read."""
    mark = {'type': 'text', 'align': 'right', 'dy': -LABEL / 2 - 1, 'dx': -2, 'fontSize': 11, 'x': {'expr': 'width'}}
    words = {'text': {'value': label}}
    rim = {'stroke': token('surface'), 'strokeWidth': 4, 'strokeJoin': 'round', 'color': token('surface')}
    return [_across(edge, mark | rim, **words), _across(edge, mark | {'color': colour}, **words)]
