"""The query of a metric monitor: `avg(last_5m):avg:system.load.1{*} by {host} > 4`."""

import re
from functools import lru_cache
from typing import Any, Literal, NamedTuple, cast

from datadog_sandbox.times import DAY, HOUR, MINUTE, WEEK

from .errors import QueryError, shorten
from .language import parse
from .tree import Call, Name, Query, walk

Operator = Literal['>', '>=', '<', '<=', '==', '!=']
WINDOW_AGGREGATORS = 'avg', 'sum', 'min', 'max'
UNITS = {'m': MINUTE, 'h': HOUR, 'd': DAY, 'w': WEEK}
MONITOR = re.compile(
    r'\s*(?P<aggregator>\w+)\s*\((?P<window>[^:]*)\)\s*:(?P<query>.*?)(?P<operator>[<>=!]{1,2})\s*(?P<threshold>[^<>=!]*)',
    re.DOTALL,
)


class MonitorQuery(NamedTuple):
    """A query such as `avg(last_5m):avg:system.load.1{*} by {host} > 4`."""

    aggregator: Literal['avg', 'sum', 'min', 'max']
    window: int
    """Seconds."""
    query: str
    operator: Operator
    threshold: float
    group_by: tuple[str, ...]
    counts_first: bool
    """Arithmetic with `as_count()`: each query is aggregated over the window before the arithmetic is done, as
    Datadog documents it. Pass `evaluate` as `reduce` what aggregates."""


@lru_cache(maxsize=1024)
def parse_monitor(query: str) -> MonitorQuery:
    """Take the query of a metric monitor apart. Raises `QueryError`, also when it is a monitor of another kind."""
    shown = f'Monitor query "{shorten(query)}"'
    usage = 'aggregator(last_window):query operator threshold, such as avg(last_5m):avg:system.load.1{*} > 4'
    match = MONITOR.fullmatch(query)
    if not match:
        raise QueryError(f'{shown}: only {usage}, is evaluated')
    aggregator, window, text, operator, threshold = (part.strip() for part in match.groups())
    if aggregator not in WINDOW_AGGREGATORS:
        raise QueryError(f'{shown}: {aggregator}() is not supported: {", ".join(WINDOW_AGGREGATORS)} are')
    span = re.fullmatch(r'last_([1-9]\d{0,4})([mhdw])', window)
    if not span or (seconds := int(span[1]) * UNITS[span[2]]) > UNITS['w']:
        raise QueryError(f'{shown}: the window {window} must be last_1m to last_1w, in m, h, d, or w')
    if operator not in ('>', '>=', '<', '<=', '==', '!='):
        raise QueryError(f'{shown}: the operator {operator} must be >, >=, <, <=, ==, or !=')
    if not re.fullmatch(r'[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?', threshold):
        raise QueryError(f'{shown}: the threshold {threshold or "is missing and"} must be a number')
    nodes = parse(text)
    if len(nodes) > 1:
        raise QueryError(f'{shown}: it has {len(nodes)} queries separated by commas: one is allowed')
    found = [node for _, node in walk(*nodes)]
    queries = [node for node in found if isinstance(node, Query)]
    for node in found:
        if isinstance(node, Name):
            raise QueryError(f'{shown}: {node} is no query: write avg:{node}{{*}}')
        if isinstance(node, Call) and node.function == 'anomalies':
            raise QueryError(f'{shown}: a monitor of anomalies() is not evaluated')
    if not queries:
        raise QueryError(f'{shown}: there is no metric in it')
    return MonitorQuery(
        cast(Any, aggregator),
        seconds,
        text,
        cast(Operator, operator),
        float(threshold),
        tuple(dict.fromkeys(key for node in queries for key in node.by)),
        len(queries) > 1 and any(node.modifier == 'as_count' for node in queries),
    )
