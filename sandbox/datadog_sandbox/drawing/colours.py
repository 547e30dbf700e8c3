"""Colours by name, for a light and a dark surface, and which series has which."""

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

Theme = Literal['light', 'dark']

LINES = 24
"""Colours of series. They are the tokens `line0` to `line23`."""
DISTINCT = 8
"""How many of them, the first, are far from each other."""
_LIGHT = (
    '#2f6fde', '#d9682b', '#139483', '#8a55c7', '#b98a00', '#c43d78', '#4c8f2f', '#1f8fc4', '#93623f', '#5d6b80',
    '#c0392b', '#00796b', '#6a4fb3', '#a05a00', '#2e7d32', '#ad3f9f', '#3f7f93', '#7a7a1f', '#d14f68', '#4656a8',
    '#8d4e5d', '#3d8a66', '#b06a9a', '#6b7f3a',
)  # fmt: skip
_DARK = (
    '#6ea2ff', '#ff9a5c', '#45cdb9', '#bb92f2', '#e3bd4a', '#f57fae', '#8fcc6c', '#5fc3f0', '#d1a37c', '#a3b0c4',
    '#ff8a80', '#4db6ac', '#a692ee', '#f0b060', '#7fc784', '#e392db', '#85c1d4', '#cbcb6a', '#ff9fb0', '#94a3f2',
    '#d99aa8', '#7dcfa9', '#e0a6ce', '#b3c77d',
)  # fmt: skip
THEMES: dict[Theme, dict[str, str]] = {
    'light': {
        'surface': '#ffffff', 'text': '#18202c', 'muted': '#546072', 'grid': '#e6eaf0', 'axis': '#c3cbd6',
        'band': '#8f9bad', 'error': '#d3232b', 'warning': '#b87400', 'ok': '#1a7a48', 'info': '#3451c7',
        'low': '#dbe6fb', 'high': '#123a8c', 'inverse': '#ffffff', 'sunken': '#eef1f5',
    } | {f'line{number}': colour for number, colour in enumerate(_LIGHT)},
    'dark': {
        'surface': '#181e28', 'text': '#e6ebf2', 'muted': '#9eabbd', 'grid': '#28303d', 'axis': '#3d4859',
        'band': '#8593a8', 'error': '#ff6468', 'warning': '#f2b93f', 'ok': '#52c98d', 'info': '#93a9ff',
        'low': '#22345c', 'high': '#a9c5ff', 'inverse': '#10151d', 'sunken': '#10151d',
    } | {f'line{number}': colour for number, colour in enumerate(_DARK)},
}  # fmt: skip


def token(name: str) -> dict[str, str]:
    """Return what stands for a colour in a specification; no string of others can look like it."""
    return {'token': name}


def coloured(name: str) -> str | dict[str, str]:
    """Return what a specification has for a token, or for a colour such as `#ff8800`."""
    return name if name.startswith('#') else token(name)


def series_scale(names: Sequence[str]) -> dict[str, Any]:
    """Return the scale of the colours of series."""
    return {'domain': names, 'range': [token(colour) for colour in series_colours(names)]}


def themed(node: Any, colours: Mapping[str, str]) -> Any:
    """Put the colours of a theme in the place of their tokens."""
    if isinstance(node, dict):
        if node.keys() == {'token'}:
            return colours[node['token']]
        return {key: themed(part, colours) for key, part in node.items()}
    return [themed(part, colours) for part in node] if isinstance(node, list) else node


def series_colours(names: Iterable[str]) -> list[str]:
    """Return the token of each series: the same for a name in every chart, unless another one there has it.

    As long as they suffice, the first colours are taken: they differ most.
    """
    names = list(names)
    if len(names) == 1:
        return ['line0']
    taken: set[int] = set()
    places = {}
    for name in sorted(names):
        place = next(_free(zlib.crc32(name.encode()), taken), zlib.crc32(name.encode()) % LINES)
        taken.add(place)
        places[name] = place
    return [f'line{places[name]}' for name in names]


def _free(start: int, taken: set[int]) -> Iterator[int]:
    """Yield the places that are not taken, from one of the first on; those of the others last."""
    for first, count in ((0, DISTINCT), (DISTINCT, LINES - DISTINCT)):
        yield from (place for step in range(count) if (place := first + (start + step) % count) not in taken)
