"""Numbers in the options of monitors, which may also be strings, as integrations ship them."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from datadog_sandbox.query import QueryError
from datadog_sandbox.times import DAY, HOUR, length

LARGEST = 2**31 - 1


def number(options: Mapping[str, Any], name: str, path: str = 'options') -> float | None:
    """Return an option as a number, also from a string such as "0"; None if it is not set.

    Raises `QueryError` that names the option and its value.
    """
    value = options.get(name)
    if value is None or value == '' or value is False:
        return None
    try:
        result = float(value)
    except (TypeError, ValueError, OverflowError):
        result = math.nan
    if not math.isfinite(result) or value is True:
        raise QueryError(f'{path}.{name} must be a number, not {str(value)[:100]!r}')
    return result


def seconds(options: Mapping[str, Any], name: str, unit: int = 1) -> int:
    """Return an option in `unit` seconds as seconds; 0 if it is not set. Raises `QueryError`."""
    value = number(options, name) or 0
    if value < 0:
        raise QueryError(f'options.{name} must be at least 0, not {value:g}')
    if value > LARGEST:
        raise QueryError(f'options.{name} must be at most {LARGEST}, not {value:g}')
    return int(value * unit)


def numbers(options: Mapping[str, Any], names: Iterable[str], path: str) -> dict[str, float]:
    """Return those of the named options that are set, as numbers. Raises `QueryError`."""
    pairs = ((name, number(options, name, path)) for name in names)
    return {name: value for name, value in pairs if value is not None}


def retention(duration: str) -> int | None:
    """Return the seconds for which a group is kept; None where they are not from 1 hour to 72 hours.

    https://docs.datadoghq.com/monitors/configuration/
    """
    kept = length(duration) or 0
    return kept if HOUR <= kept <= 3 * DAY else None
