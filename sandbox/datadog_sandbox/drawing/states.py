"""The states of monitors in a chart over time: a strip above the plot, and a tint of the plot."""

from collections.abc import Mapping, Sequence
from typing import Any

from .colours import token

STRIP = -7, -3
"""The edges of the strip, in pixels below the upper edge of the plot."""
COLOURS = {'alert': 'error', 'warn': 'warning', 'no-data': 'muted'}
"""The token of each kind of state that is shown."""


def state_layers(x: Mapping[str, Any], states: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the layers of states: records of the data set `states` with `from`, `to`, `kind`, and `title`."""
    kinds = {state['kind'] for state in states}
    return [
        layer
        for kind in COLOURS
        if kind in kinds
        for layer in (
            _layer(x, kind, 'tint', 0.07, 0, (0, {'expr': 'height'})),
            # The stroke shows a state that has just begun.
            _layer(x, kind, 'strip', 0.9, 2, STRIP),
        )
    ]


def _layer(
    x: Mapping[str, Any], kind: str, name: str, opacity: float, stroke: int, edges: tuple[Any, Any]
) -> dict[str, Any]:
    colour = token(COLOURS[kind])
    return {
        'name': f'{kind} {name}',
        'data': {'name': 'states'},
        'transform': [{'filter': f"datum.kind == '{kind}'"}],
        'mark': {
            'type': 'rect',
            'fill': colour,
            'stroke': colour,
            'strokeWidth': stroke,
            'opacity': opacity,
            'tooltip': True,
        },
        'encoding': {
            'x': {**x, 'field': 'from'},
            'x2': {'field': 'to'},
            'y': {'value': edges[0]},
            'y2': {'value': edges[1]},
            'tooltip': [{'field': 'title', 'type': 'nominal', 'title': 'monitors'}],
        },
    }
