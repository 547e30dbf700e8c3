"""Points and queries for the tests of queries. `T` is midnight UTC, so that buckets of any length begin there."""

import math

from datadog_sandbox import query
from datadog_sandbox.query import evaluate
from datadog_sandbox.store import Series, Store, Type

DAY = 86_400
T = 20_000 * DAY


def put(
    store: Store,
    metric: str,
    points: dict[int, float],
    *tags: str,
    host: str = '',
    type: Type = 'gauge',
    interval: int = 0,
) -> None:
    """Keep a series; the times of its points count from `T`."""
    series = Series(metric, host, tuple(sorted(tags)), type, interval)
    store.add((series, T + time, float(value)) for time, value in points.items())


def values(line: query.Line) -> list[float | None]:
    return [None if math.isnan(value) else round(value, 9) for value in line.values.tolist()]


def ask(store: Store, text: str, end: int, interval: int | None = 20, start: int = 0) -> dict[str, list[float | None]]:
    """Evaluate from `T` on, and return the values of each line by the name of its group."""
    lines = evaluate(store, text, T + start, T + end, interval)
    return {query.group_name(line.group): values(line) for line in lines}


def only_line(store: Store, text: str, end: int, interval: int | None = 20, start: int = 0) -> list[float | None]:
    """Evaluate a query of one line without groups."""
    [(name, found)] = ask(store, text, end, interval, start).items()
    assert name == '*'
    return found
