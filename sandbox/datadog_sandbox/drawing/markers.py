"""Markers: lines across a chart, or bands, with their labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .colours import token

DASHES = {'dashed': [6, 4], 'dotted': [1.5, 3]}
KINDS = 'error', 'warning', 'info', 'ok'
LABEL = 13
"""Pixels of a line of a label."""
LETTER = 7
"""Pixels of one of its letters."""


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
    """Return the layers of markers; a label has a rim of the surface's colour, so that no line crosses it."""
    return [layer for marker, shift in zip(markers, _shifts(markers), strict=True) for layer in _layers(marker, shift)]


def _shifts(markers: Sequence[Marker]) -> list[int]:
    """Return how far each label stands from the right edge, in pixels: beside those of about the same height."""
    highest = max((abs(edge) for marker in markers for edge in marker.edges), default=0)
    shifts: list[int] = []
    for place, marker in enumerate(markers):
        shift = 2
        for other, taken in zip(markers[:place], shifts, strict=True):
            near = marker.edges and other.edges and abs(marker.edges[-1] - other.edges[-1]) < 0.06 * highest
            if marker.label and other.label and near:
                shift = max(shift, taken + LETTER * len(other.label) + 8)
        shifts.append(shift)
    return shifts


def _layers(marker: Marker, shift: int) -> list[dict[str, Any]]:
    colour = token(marker.kind if marker.kind in KINDS else 'info')
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
    if marker.label and edges:
        layers += _label(marker.label, edges[-1], colour, shift)
    return layers


def _across(edge: float, mark: dict[str, Any], **encoding: Any) -> dict[str, Any]:
    y = {'field': 'edge', 'type': 'quantitative'}
    return {'data': {'values': [{'edge': edge}]}, 'mark': mark, 'encoding': {'y': y, **encoding}}


def _label(label: str, edge: float, colour: Any, shift: int) -> list[dict[str, Any]]:
    """Return a label at the right edge, twice: as a rim, and as what is read."""
    mark = {'type': 'text', 'align': 'right', 'dy': -LABEL / 2 - 1, 'dx': -shift, 'fontSize': 11, 'clip': True}
    mark['x'] = {'expr': 'width'}
    words = {'text': {'value': label}}
    rim = {'stroke': token('surface'), 'strokeWidth': 4, 'strokeJoin': 'round', 'color': token('surface')}
    return [_across(edge, mark | rim, **words), _across(edge, mark | {'color': colour}, **words)]
