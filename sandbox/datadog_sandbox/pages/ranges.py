"""The time ranges that a page offers."""

from typing import NamedTuple

from starlette.requests import Request


class Range(NamedTuple):
    """A time range that ends now."""

    name: str
    label: str
    seconds: int


RANGES = (
    Range('15m', 'Past 15 minutes', 900),
    Range('1h', 'Past hour', 3_600),
    Range('4h', 'Past 4 hours', 14_400),
    Range('1d', 'Past day', 86_400),
    Range('2d', 'Past 2 days', 172_800),
    Range('1w', 'Past week', 604_800),
)
DEFAULT_RANGE = RANGES[1]


def chosen_range(request: Request) -> Range:
    """Return the range that the address of a page names, or the default."""
    name = request.query_params.get('range')
    return next((choice for choice in RANGES if choice.name == name), DEFAULT_RANGE)
