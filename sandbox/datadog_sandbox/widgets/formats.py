"""How values are written, with their units, and the colours that conditional formats give them."""

import re
from collections.abc import Iterable, Mapping, Sequence
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
PLAIN = ((1e12, 'T'), (1e9, 'G'), (1e6, 'M'), (1e3, 'k'))
# https://docs.datadoghq.com/metrics/units/: each family from its largest unit to its smallest, in the smallest.
FAMILIES: Sequence[Sequence[tuple[str, str, float]]] = (
    tuple((name, short, 1024.0**power) for power, (name, short) in reversed([*enumerate((
        ('byte', 'B'), ('kibibyte', 'KiB'), ('mebibyte', 'MiB'), ('gibibyte', 'GiB'), ('tebibyte', 'TiB'),
        ('pebibyte', 'PiB'),
    ))])),
    tuple((name, short, 1000.0**power) for power, (name, short) in reversed([*enumerate((
        ('bit', 'b'), ('kilobit', 'Kb'), ('megabit', 'Mb'), ('gigabit', 'Gb'), ('terabit', 'Tb'),
    ))])),
    (
        ('week', 'wk', 604_800e9), ('day', 'd', 86_400e9), ('hour', 'h', 3_600e9), ('minute', 'min', 60e9),
        ('second', 's', 1e9), ('millisecond', 'ms', 1e6), ('microsecond', 'µs', 1e3), ('nanosecond', 'ns', 1.0),
    ),
    (('gigahertz', 'GHz', 1e9), ('megahertz', 'MHz', 1e6), ('kilohertz', 'kHz', 1e3), ('hertz', 'Hz', 1.0)),
)  # fmt: skip
UNITS = {name: (family, factor) for family in FAMILIES for name, _, factor in family}
PERCENT = {'percent': 1.0, 'percent_nano': 1e-9, 'apdex': 1.0, 'fraction': 100.0}
COLOURS = (('red', 'error'), ('yellow', 'warning'), ('green', 'ok'), ('blue', 'info'), ('gray', 'muted'))
HEXADECIMAL = re.compile(r'#(?:[0-9a-fA-F]{3}){1,2}')


@dataclass(frozen=True)
class Paint:
    """The colours of a value: tokens of a theme, `inverse` among them, or `#ff8800`; empty for the usual ones."""

    colour: str = ''
    background: str = ''


def written(value: float, precision: int | str | None = 2, scaled: bool = True) -> str:
    """Write a value with so many decimals; large ones with k, M, G, or T, where they are scaled."""
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


def with_unit(value: float, number_format: Mapping[str, Any], precision: int | str | None = 2) -> tuple[str, str]:
    """Write a value in the unit of a `number_format`, scaled within the family of the unit; return text and unit."""
    unit = number_format.get('unit') or {}
    if unit.get('type') == 'custom_unit_label':
        return written(value, precision), str(unit.get('label') or '')
    name, per = str(unit.get('unit_name') or ''), str(unit.get('per_unit_name') or '')
    scale = str((number_format.get('unit_scale') or {}).get('unit_name') or '')
    suffix = f'/{per}' if per else ''
    if name in PERCENT:
        return written(value * PERCENT[name], precision, False), f'%{suffix}'
    if name not in UNITS:
        return written(value, precision), f'{name}{suffix}'
    family, factor = UNITS[name]
    smallest = value * factor
    fitting = [(short, size) for full, short, size in family if full == scale or (not scale and abs(smallest) >= size)]
    short, size = fitting[0] if fitting else family[-1][1:]
    return written(smallest / size, precision, False), f'{short}{suffix}'


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
