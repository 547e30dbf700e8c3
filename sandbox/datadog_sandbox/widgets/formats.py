"""How values are written, with their units, and the colours that conditional formats give them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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
LETTERS = '', 'k', 'M', 'G', 'T'
COLOURS = (('red', 'error'), ('yellow', 'warning'), ('green', 'ok'), ('blue', 'info'), ('gray', 'muted'))
HEXADECIMAL = re.compile(r'#(?:[0-9a-fA-F]{3}){1,2}')


@dataclass(frozen=True)
class Paint:
    """The colours of a value: tokens of a theme, `inverse` among them, or `#ff8800`; empty for the usual ones."""

    colour: str = ''
    background: str = ''


def written(value: float, precision: int | str | None = 2, scaled: bool = True) -> str:
    """Write a value with so many decimals; scaled, large ones get k, M, G, or T, and extreme ones are exponential.

    https://docs.datadoghq.com/metrics/units/: exponential notation comes "after T", "is also used for tiny numbers",
    and has no decimals. Tiny is here what the decimals would leave nothing of.
    """
    digits = max(0, min(precision, 10)) if isinstance(precision, int) else 10
    if not scaled:
        return _decimal(value, precision)
    if digits and 0 < abs(value) < 10.0**-digits:
        return _exponential(value)
    for power, letter in enumerate(LETTERS):
        shown = value / 1000.0**power
        if round(abs(shown), digits) < 1000:
            return _decimal(shown, precision) + letter
    return _exponential(value)


def _decimal(value: float, precision: int | str | None) -> str:
    if not isinstance(precision, int):
        return f'{value:g}'
    text = f'{value:.{max(0, min(precision, 10))}f}'
    return text.rstrip('0').rstrip('.') if '.' in text and not round(value, 9) % 1 else text


def _exponential(value: float) -> str:
    digit, _, exponent = f'{value:.0e}'.partition('e')
    return f'{digit}e{int(exponent)}'


def conditional(value: float, formats: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the first conditional format that holds, or an empty one."""
    for rule in formats:
        compare = COMPARATORS.get(rule.get('comparator', ''))
        if compare and compare(value, float(rule.get('value', 0))):
            return rule
    return {}


def paint(rule: Mapping[str, Any]) -> Paint:
    """Return the colours that a conditional format means.

    Palettes are those of https://docs.datadoghq.com/dashboards/guide/context-links/ and of the API: `white_on_red`,
    `red_on_white`, `black_on_light_red`, `custom_text`, `custom_bg`.
    """
    palette = str(rule.get('palette') or '')
    if palette in ('custom_text', 'custom_bg', 'custom_image'):
        colour, background = (_hexadecimal(rule.get(key)) for key in ('custom_fg_color', 'custom_bg_color'))
        if palette == 'custom_text':
            return Paint(colour)
        return Paint(colour or _legible(background), background)
    first, _, second = palette.partition('_on_')
    front, back = (next((ours for name, ours in COLOURS if name in part), '') for part in (first, second))
    return Paint(front or ('inverse' if back else ''), back)


def _legible(background: str) -> str:
    """Return the colour of letters on a background: light or dark, by the relative luminance of WCAG 2.2."""
    if not background:
        return ''
    digits = background[1:] if len(background) == 7 else ''.join(digit * 2 for digit in background[1:])
    shares = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    # Where both have the same contrast.
    return '#10151d' if luminance > 0.19 else '#ffffff'


def _hexadecimal(colour: Any) -> str:
    return colour if isinstance(colour, str) and HEXADECIMAL.fullmatch(colour) else ''
