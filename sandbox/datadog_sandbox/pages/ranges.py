"""The time ranges that a page offers."""

from typing import NamedTuple

from starlette.requests import Request

from datadog_sandbox import dashboards


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


def shown_range(request: Request) -> tuple[dashboards.Period, str]:
    """Return the time that the address of a page asks for, and the name of its range: `fixed` from moment to moment."""
    parameters = request.query_params
    chosen = next((choice for choice in RANGES if choice.name == parameters.get('range')), DEFAULT_RANGE)
    period = dashboards.period(parameters, chosen.seconds, request.app.state.clock())
    return period, 'fixed' if period.fixed else chosen.name
