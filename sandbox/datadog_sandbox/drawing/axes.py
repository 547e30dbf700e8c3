"""Axes: of time and of values."""

import json
import math
from collections.abc import Mapping
from typing import Any

# Short numbers, exact where they are small: 1.5M, 25k, 950, 0.05.
NUMBER = "abs(datum.value) >= 10000 ? format(datum.value, '.3~s') : format(datum.value, ',.6~g')"
LONGEST_UNIT = 12
# The same with three digits, for edges that are no round numbers.
SHORT = "format(datum.value, abs(datum.value) >= 10000 || !datum.value ? '.3~s' : ',.3~r')"
# The day at midnight, else the time.
CLOCK = (
    "utchours(datum.value) + utcminutes(datum.value) + utcseconds(datum.value) == 0 ? utcFormat(datum.value, '%-d %b') "
    ": utcseconds(datum.value) ? utcFormat(datum.value, '%H:%M:%S') : utcFormat(datum.value, '%H:%M')"
)


def time_axis(first: int, last: int) -> dict[str, Any]:
    """Return the channel x from `first` to `last`, in seconds since the epoch."""
    return {
        'field': 'time',
        'type': 'temporal',
        'scale': {'type': 'utc', 'domain': [first * 1000, last * 1000], 'nice': False, 'padding': 0},
        'axis': {
            'title': 'UTC',
            'titleAnchor': 'end',
            'titlePadding': 2,
            'grid': False,
            'labelExpr': CLOCK,
            'labelOverlap': True,
            'labelFlush': True,
            'tickCount': {'expr': 'max(2, floor(width / 90))'},
        },
    }


def value_axis(yaxis: Mapping[str, Any], right: bool = False, unit: str = '', factor: float = 1.0) -> dict[str, Any]:
    """Return the channel y of an axis as a widget defines it, its edges being numbers; `whole` for what is counted.

    Its labels are in the unit that a factor makes of the values.
    """
    number = SHORT.replace('datum.value', f'(datum.value * {factor!r})') if factor != 1 else NUMBER
    # A unit is a string of a definition: as JSON it stays one in the expression.
    number = f"({number}) + {json.dumps(f' {unit[:LONGEST_UNIT]}')}" if unit else number
    axis = {
        'title': yaxis.get('label') or None,
        'labelExpr': number,
        'tickCount': {'expr': 'max(2, floor(height / 45))'},
        'domain': False,
        'ticks': False,
    }
    axis |= {'labelExpr': f"datum.value % 1 ? '' : {number}"} if yaxis.get('whole') else {}
    return {
        'field': 'value',
        'type': 'quantitative',
        'scale': value_scale(yaxis),
        'axis': axis | ({'orient': 'right', 'grid': False} if right else {}),
    }


def share(field: str) -> dict[str, Any]:
    """Return the channel x of shares of the width, from 0 to 1, without an axis."""
    return {'field': field, 'type': 'quantitative', 'axis': None, 'scale': {'domain': [0, 1], 'nice': False}}


def pixels(field: str) -> dict[str, Any]:
    """Return the channel y of pixels below the upper edge, without an axis."""
    return {'field': field, 'type': 'quantitative', 'axis': None, 'scale': None}


def with_both_edges(yaxis: Mapping[str, Any], low: float, high: float) -> Mapping[str, Any]:
    """Return an axis with a second edge, where all values, from `low` to `high`, are beyond the only one that it has.

    Without it, the scale would go from that edge to the values, and might stand on its head.
    """
    if 'max' in yaxis and 'min' not in yaxis and low >= yaxis['max']:
        return {**yaxis, 'min': min(0, yaxis['max'] - 1)}
    if 'min' in yaxis and 'max' not in yaxis and high <= yaxis['min']:
        return {**yaxis, 'max': max(0, yaxis['min'] + 1)}
    return yaxis


TINY, HUGE = 1e-300, 1e300
"""Beyond these, what is rounded may be zero or infinite."""


def round_top(highest: float) -> float:
    """Return where a scale from zero ends whose highest value is this one: at a multiple of 1, 2, or 5 tenths of it."""
    if not math.isfinite(highest) or highest <= 0:
        return 0.0
    if not TINY < highest < HUGE:
        return highest
    part = highest / 10
    unit = 10.0 ** math.floor(math.log10(part))
    step = unit * min((1, 2, 5, 10), key=lambda factor: abs(math.log(part / unit / factor)))
    return step * math.ceil(highest / step - 1e-9)


def value_scale(yaxis: Mapping[str, Any]) -> dict[str, Any]:
    """Return the scale of the values: from zero, unless the definition says otherwise."""
    scale: dict[str, Any] = {'zero': yaxis.get('include_zero', True), 'nice': True}
    match str(yaxis.get('scale', 'linear')):
        case 'log':
            scale = {'type': 'symlog'}
        case 'sqrt':
            scale['type'] = 'sqrt'
        case 'pow':
            scale |= {'type': 'pow', 'exponent': 2}
    return scale | {key: yaxis[edge] for edge, key in (('min', 'domainMin'), ('max', 'domainMax')) if edge in yaxis}
