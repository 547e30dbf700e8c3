"""Palettes of values: from the colour of the least to that of the greatest."""

from collections.abc import Mapping
from typing import Any, NamedTuple

PALETTES = {
    'green_to_orange': ('ok', 'warning'),
    'yellow_to_green': ('warning', 'ok'),
    'YlOrRd': ('warning', 'error'),
    'hostmap_blues': ('low', 'high'),
}


class Palette(NamedTuple):
    first: str
    """The token of the least value."""
    last: str
    remarks: tuple[str, ...] = ()

    @classmethod
    def of(cls, definition: Mapping[str, Any], default: str) -> 'Palette':
        """Return the palette of a widget's `style`, or the default one where it has none, or an unknown one."""
        style = definition.get('style') or {}
        name = str(style.get('palette') or default)
        first, last = PALETTES.get(name, PALETTES[default])
        remarks = () if name in PALETTES else (f'The palette {name[:40]} is unknown here: {default} is used',)
        return cls(last, first, remarks) if style.get('palette_flip') else cls(first, last, remarks)
