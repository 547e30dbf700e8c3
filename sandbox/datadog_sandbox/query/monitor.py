"""The query of a metric monitor: `avg(last_5m):avg:system.load.1{*} by {host} > 4`."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Literal, NamedTuple, cast

import numpy as np

from datadog_sandbox.times import DAY, HOUR, MINUTE, WEEK

from .errors import QueryError, shorten
from .language import group_keys, parse
from .registry import find
from .tree import Call, Name, Node, Query, walk

Operator = Literal['>', '>=', '<', '<=', '==', '!=']
COMPARE: dict[str, Callable[..., Any]] = {
    '>': np.greater,
    '>=': np.greater_equal,
    '<': np.less,
    '<=': np.less_equal,
    '==': np.equal,
    '!=': np.not_equal,
}
"""How values are compared with a threshold."""
AGGREGATORS = 'avg', 'sum', 'min', 'max'
CHANGES = 'change', 'pct_change'
UNITS = {'m': MINUTE, 'h': HOUR, 'd': DAY, 'w': WEEK, 'mo': 730 * HOUR}
# "Between 1 minute and 730 hours (1 month)"; a forecast looks up to 3 months ahead.
LONGEST = {'last': UNITS['mo'], 'current': UNITS['mo'], 'next': 3 * UNITS['mo']}
MONITOR = re.compile(
    r'\s*(?P<head>\w+\s*\((?:[^():]|\([^():]*\))*\))\s*:(?P<query>.*?)'
    r'(?P<operator>[<>=!]{1,2})\s*(?P<threshold>[^<>=!\'"]*)',
    re.DOTALL,
)
CHANGE = re.compile(r'(?P<change>\w+)\s*\(\s*(?P<aggregator>\w+)\s*\((?P<window>[^()]*)\)\s*,\s*(?P<shift>[^(),]*)\)')
WINDOW = re.compile(r'(?P<span>last|current|next)_(?P<number>[1-9]\d{0,4})(?P<unit>mo|[mhdw])')
AGO = re.compile(r'(?P<number>[1-9]\d{0,4})(?P<unit>[mhd])_ago')
"""How long before, as the API documents it; the web page writes a window."""
NUMBER = re.compile(r'[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?')


class MonitorQuery(NamedTuple):
    """A query such as `avg(last_5m):avg:system.load.1{*} by {host} > 4`."""

    aggregator: Literal['avg', 'sum', 'min', 'max', 'percentile']
    window: int
    """Seconds."""
    query: str
    """What is aggregated over the window. For a change it has the difference in it."""
    operator: Operator
    threshold: float
    group_by: tuple[str, ...]
    counts_first: bool
    """Arithmetic with `as_count()`: each query is aggregated over the window before the arithmetic is done, as
    Datadog documents it. Pass `evaluate_rows` as `reduction` what aggregates."""
    span: Literal['last', 'current', 'next'] = 'last'
    """Whether the window ends now, is the current hour, day, week, or month, or begins now, for a forecast."""
    unit: str = 'm'
    """Of the window: m, h, d, w, or mo."""
    change: Literal['', 'change', 'pct_change'] = ''
    shift: int = 0
    """For a change: how many seconds before lies what is compared with."""
    algorithm: Literal['', 'anomalies', 'forecast', 'outliers'] = ''
    """The outermost function, when it is one of these."""
    options: Mapping[str, Any] = {}
    """The arguments of this function by name, all of them: algorithm, bounds, direction, alert_window, …"""
    local: bool = True
    """Whether a value of the query depends on neither where the range begins nor where it ends: not with a rollup, the
    buckets of which move against the window, and not with some functions."""


class Window(NamedTuple):
    span: Literal['last', 'current', 'next']
    seconds: int
    unit: str


@lru_cache(maxsize=1024)
def parse_monitor(query: str) -> MonitorQuery:
    """Take the query of a metric monitor apart. Raises `QueryError`, also when it is a monitor of another kind."""
    try:
        return parsed(query)
    except QueryError as error:
        message = str(error)
        if message.startswith(('Query "', 'Monitor query "')):
            raise
        raise QueryError(f'Monitor query "{shorten(query)}": {message}') from None


def parsed(query: str) -> MonitorQuery:
    """Do what `parse_monitor` does, with errors that do not name the query."""
    match = MONITOR.fullmatch(query)
    if not match:
        usage = 'aggregator(last_window):query operator threshold, such as avg(last_5m):avg:system.load.1{*} > 4'
        raise QueryError(f'only {usage}, is evaluated')
    head, string, operator, threshold = (part.strip() for part in match.groups())
    change, aggregator, window, shift = head_of(head)
    if operator not in COMPARE:
        raise QueryError(f'the operator {operator} must be >, >=, <, <=, ==, or !=')
    if not NUMBER.fullmatch(threshold):
        raise QueryError(f'the threshold {threshold or "is missing and"} must be a number')
    node = checked(string)
    queries = [each for _, each in walk(node) if isinstance(each, Query)]
    outermost = node if isinstance(node, Call) and find(node.function).outermost else None
    if (window.span == 'next') != (outermost is not None and outermost.function == 'forecast'):
        raise QueryError('a window such as next_1w needs forecast(), and forecast() needs such a window')
    if aggregator == 'percentile' and not any(each.aggregator[0] == 'p' for each in queries):
        raise QueryError('percentile() needs a query such as p95:my.distribution{*}')
    return MonitorQuery(
        aggregator=cast(Any, aggregator),
        window=window.seconds,
        query=changed(string, change, shift),
        operator=cast(Operator, operator),
        threshold=float(threshold),
        group_by=group_keys(node),
        counts_first=(len(queries) > 1 or bool(change)) and any(each.modifier == 'as_count' for each in queries),
        span=window.span,
        unit=window.unit,
        change=cast(Any, change),
        shift=shift,
        algorithm=cast(Any, outermost.function if outermost else ''),
        options=dict(outermost.bound) if outermost else {},
        local=not any(each.method or each.seconds or each.calendar for each in queries)
        and all(find(each.function).local for _, each in walk(node) if isinstance(each, Call)),
    )


def head_of(head: str) -> tuple[str, str, Window, int]:
    """Return the kind of change, the aggregator, the window, and the shift of what stands before the colon."""
    if match := CHANGE.fullmatch(head):
        change, aggregator, window, shift = (part.strip() for part in match.groups())
        if change not in CHANGES:
            raise QueryError(f'{change}() is not supported: {" and ".join(f"{name}()" for name in CHANGES)} are')
        seconds = shift_of(shift)
    else:
        aggregator, _, window = head.removesuffix(')').partition('(')
        aggregator, change, seconds = aggregator.strip(), '', 0
    if aggregator in CHANGES and not change:
        raise QueryError(
            f'{aggregator}() takes a window and how long before, such as {aggregator}(avg(last_5m),last_1h)'
        )
    if aggregator not in AGGREGATORS and (aggregator != 'percentile' or change):
        allowed = ', '.join((*AGGREGATORS, *CHANGES))
        raise QueryError(f'{aggregator}() is not supported: {allowed} are, and percentile for distributions')
    return change, aggregator, window_of(window.strip()), seconds


def shift_of(string: str) -> int:
    """Return the seconds that a change compares with: `1h_ago`, or `last_1h`, as Datadog's web page writes it."""
    match = AGO.fullmatch(string)
    if match and (seconds := int(match['number']) * UNITS[match['unit']]) <= LONGEST['last']:
        return seconds
    return window_of(string).seconds


def window_of(string: str) -> Window:
    match = WINDOW.fullmatch(string)
    if not match or (seconds := int(match['number']) * UNITS[match['unit']]) > LONGEST[match['span']]:
        raise QueryError(
            f'the window {string} must be last_1m to last_1mo, in m, h, d, w, or mo, or such as current_1d or next_1w'
        )
    if match['span'] == 'current' and (match['number'] != '1' or match['unit'] == 'm'):
        raise QueryError(f'the window {string} must be current_1h, current_1d, current_1w, or current_1mo')
    return Window(cast(Any, match['span']), seconds, match['unit'])


def checked(string: str) -> Node:
    """Return the tree of what a monitor aggregates. Raises `QueryError` when a monitor cannot."""
    nodes = parse(string)
    if len(nodes) > 1:
        raise QueryError(f'it has {len(nodes)} queries separated by commas: one is allowed')
    for _, node in walk(*nodes):
        if isinstance(node, Name):
            raise QueryError(f'{node} is not a query: write avg:{node}{{*}}')
        if isinstance(node, Call) and not find(node.function).monitors:
            raise QueryError(f'{node.function}() cannot be used in monitors')
    if not any(isinstance(node, Query) for _, node in walk(*nodes)):
        raise QueryError('it contains no metric')
    return nodes[0]


def changed(query: str, change: str, shift: int) -> str:
    """Return the query of a change: "a query of the difference of the values" now and some time ago, says Datadog."""
    if not change:
        return query
    before = f'timeshift(({query}), -{shift})'
    return f'({query}) - {before}' if change == 'change' else f'(({query}) - {before}) / {before} * 100'
