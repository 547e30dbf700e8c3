"""Small lines of a cell: what a value was over time."""

import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

WIDTH, HEIGHT = 64, 16
"""Pixels; a path has its origin in the middle."""
MOST = 32
"""Places of a trend: more values are averaged."""


class Trend(NamedTuple):
    path: str
    """An SVG path, for a page and for a mark of Vega."""
    filled: bool


def trend(values: np.ndarray, kind: str, low: float, high: float) -> Trend:
    """Draw values, nan where there is none, as `line`, `area`, or `bars`; `low` is the bottom, and `high` the top."""
    with warnings.catch_warnings():
        # A place may have no value.
        warnings.simplefilter('ignore', RuntimeWarning)
        places = np.array([np.nanmean(part) for part in np.array_split(values, min(MOST, len(values)))])
    heights = HEIGHT / 2 - HEIGHT * np.clip((places - low) / ((high - low) or 1), 0, 1)
    if kind == 'bars':
        return Trend(''.join(_bar(place, len(places), height) for place, height in enumerate(heights)), True)
    step = WIDTH / max(1, len(places) - 1)
    points = [(place * step - WIDTH / 2, height) for place, height in enumerate(heights)]
    return Trend(''.join(_piece(piece, kind == 'area') for piece in _pieces(points)), kind == 'area')


def _bar(place: int, count: int, height: float) -> str:
    if np.isnan(height):
        return ''
    width = WIDTH / count
    left = place * width - WIDTH / 2
    return f'M{left:.1f},{HEIGHT / 2:.1f}V{height:.1f}H{left + 0.7 * width:.1f}V{HEIGHT / 2:.1f}Z'


def _pieces(points: Sequence[tuple[float, float]]) -> list[list[tuple[float, float]]]:
    """Return the points up to each gap."""
    pieces: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if np.isnan(point[1]):
            pieces.append([])
        else:
            pieces[-1].append(point)
    return [piece for piece in pieces if piece]


def _piece(piece: Sequence[tuple[float, float]], filled: bool) -> str:
    # A single point is a dot, of no length.
    line = 'L'.join(f'{x:.1f},{y:.1f}' for x, y in (piece if len(piece) > 1 else [*piece, *piece]))
    return f'M{piece[0][0]:.1f},{HEIGHT / 2:.1f}L{line}V{HEIGHT / 2:.1f}Z' if filled else f'M{line}'
