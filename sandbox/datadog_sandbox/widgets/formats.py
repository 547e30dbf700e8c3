"""How values are written, and the colours that conditional formats give them."""

from collections.abc import Iterable, Mapping
from typing import Any

COMPARATORS = {
    '>': float.__gt__,
    '>=': float.__ge__,
    '<': float.__lt__,
    '<=': float.__le__,
    '=': float.__eq__,
    '==': float.__eq__,
    '!=': float.__ne__,
}
PLAIN = ((1e12, 'T'), (1e9, 'G'), (1e6, 'M'), (1e3, 'K'))


def written(value: float, precision: int | str | None = 2, scaled: bool = True) -> str:
    """Write a value with so many decimals; large ones with K, M, G, or T, where they are scaled."""
    letter = ''
    if scaled:
        for size, name in PLAIN:
            if abs(value) >= size:
                value, letter = value / size, name
                break
    if not isinstance(precision, int):
        return f'{value:g}{letter}'
    text = f'{value:.{max(0, min(precision, 10))}f}'
    return f'{text.rstrip("0").rstrip(".") if "." in text and not value % 1 else text}{letter}'


def conditional(value: float, formats: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the first conditional format that holds, or an empty one."""
    for rule in formats:
        compare = COMPARATORS.get(rule.get('comparator', ''))
        if compare and compare(value, float(rule.get('value', 0))):
            return rule
    return {}


def palette_colour(palette: str) -> str:
    """Return which of our colours Datadog's palette means; an empty string for none of them."""
    for name, colour in (('red', 'error'), ('yellow', 'warning'), ('green', 'ok'), ('blue', 'info')):
        if name in palette:
            return colour
    return ''
