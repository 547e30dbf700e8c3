"""Numbers as pages, explanations, and charts write them."""

import math

DIGITS = 4
"""Significant digits of a value that was measured."""


def numeral(value: float) -> str:
    """Return a number in full: a whole one as it is, any other with up to 10 significant digits."""
    value = float(value)
    return str(int(value)) if value.is_integer() and abs(value) < 1e16 else f'{value:.10g}'


def rounded(value: float, *limits: float | None) -> float:
    """Return a value with 4 significant digits, and all before the point; as it is where it would meet a limit."""
    value = float(value)
    if not value or not math.isfinite(value):
        return value
    short = round(value, max(0, DIGITS - 1 - math.floor(math.log10(abs(value)))))
    crossed = any(
        limit is not None and (short > limit) - (short < limit) != (value > limit) - (value < limit) for limit in limits
    )
    return value if crossed else short
