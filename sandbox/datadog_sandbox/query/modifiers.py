"""What follows a query with a dot: `.rollup(sum, 60)`, `.fill(zero)`, `.as_count()`, and what of it goes together."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from datadog_sandbox.store import AGGREGATES
from datadog_sandbox.times import DAY

from .calendars import UNITS, calendar
from .errors import QueryError

FILLS = 'linear', 'last', 'zero', 'null'
LONGEST_ROLLUP = 366 * DAY
# "maximum=600": a longer limit counts as that.
LONGEST_FILL = 600

Parts = dict[str, Any]


def whole(string: str, what: str, least: int, most: int) -> int:
    number = re.fullmatch(r'([0-9]{1,9})(\.0*)?', string)
    if not number or not least <= int(number[1]) <= most:
        raise QueryError(f'{what} must be a whole number of seconds from {least} to {most}, not {string}')
    return int(number[1])


def rollup(*given: str) -> Parts:
    """`.rollup(method)`, `.rollup(method, seconds)`, of the calendar, or, as in old queries, `.rollup(seconds)`."""
    if not given:
        return {}
    if given[0][0] in '.0123456789' or given[0] in UNITS:
        given = ('', *given)
    method, *interval = given
    if method and method not in AGGREGATES:
        raise QueryError(f'the method {method} of .rollup() is not supported: {", ".join(AGGREGATES)} are')
    parts: Parts = {'method': method or 'avg'}
    if interval and interval[0].lower() in UNITS:
        return {**parts, 'calendar': calendar(interval[0].lower(), *interval[1:])}
    if len(interval) > 1:
        units = ', '.join(UNITS)
        raise QueryError(
            f'.rollup() takes a method and seconds, or a method and one of {units}, not {", ".join(given)}'
        )
    if interval:
        parts['seconds'] = whole(interval[0], 'the interval of .rollup()', 1, LONGEST_ROLLUP)
    return parts


def fill(*given: str) -> Parts:
    """`.fill(method)`, `.fill(method, limit)` or, as in old queries, `.fill(limit)`; a limit of 0 fills nothing."""
    method, limit = given if len(given) == 2 else (given[0], '300') if given[0][0].isalpha() else ('linear', given[0])
    if method not in FILLS:
        raise QueryError(f'the method {method} of .fill() is not supported: {", ".join(FILLS)} are')
    return {'fill': (method, min(whole(limit, 'the limit of .fill()', 0, 10**9), LONGEST_FILL))}


# Each with the fewest and the most arguments.
MODIFIERS: dict[str, tuple[int, int, Callable[..., Parts]]] = {
    'rollup': (0, 4, rollup),
    'fill': (1, 2, fill),
    'as_count': (0, 0, lambda: {'modifier': 'as_count'}),
    'as_rate': (0, 0, lambda: {'modifier': 'as_rate'}),
    'weighted': (0, 0, lambda: {'weighted': True}),
}


def modifier(name: str, given: Sequence[str]) -> Parts:
    """Return what a modifier sets in a query. Raises `QueryError`."""
    if name not in MODIFIERS:
        raise QueryError(f'.{name}() is not supported: {", ".join(f".{known}()" for known in MODIFIERS)} are')
    fewest, most, parts = MODIFIERS[name]
    if not fewest <= len(given) <= most:
        allowed = f'{fewest} to {most} arguments' if most else 'no argument'
        raise QueryError(f'.{name}() takes {allowed}, not {len(given)}')
    return parts(*given)


def combined(modifiers: Sequence[tuple[str, Parts]]) -> Parts:
    """Return what all modifiers of a query set, in any order. Raises `QueryError` for those that exclude each other."""
    names = [name for name, _ in modifiers]
    for name in MODIFIERS:
        if names.count(name) > 1:
            raise QueryError(f'.{name}() is given twice')
    exclusive = [name for name in names if name in ('as_count', 'as_rate', 'weighted')]
    if len(exclusive) > 1:
        raise QueryError(f'.{exclusive[0]}() and .{exclusive[1]}() exclude each other')
    return {key: value for _, parts in modifiers for key, value in parts.items()}
