"""Legends of pictures, and of charts whose page makes none: as wide as there is room, and a few lines high."""

from collections.abc import Sequence
from typing import Any

LETTER = 6.5
"""Pixels of a letter of a name."""


def fitted(names: Sequence[str]) -> dict[str, Any]:
    """Return a legend with as many names beside each other as there is room for."""
    longest = 30 + LETTER * max(map(len, names))
    columns = f'max(1, floor(width / min({longest:.0f}, width)))'
    return {
        'title': None,
        'symbolLimit': {'expr': f'max(3, floor(height / 45)) * {columns}'},
        'labelLimit': {'expr': 'max(40, width - 30)'},
        'columns': {'expr': columns},
    }
