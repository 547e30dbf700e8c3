"""Values to try: pairs of a value that is good and one that is bad, and what becomes of them in time."""

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from datadog_sandbox import query

from . import tags

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
"""When each test starts."""
FACTORS = (1, 0.01, 100, 0.1, 10, 1000, 1e4, 1e-3, 1e6, 1e-6, 1e9)
"""What makes other magnitudes of a pair, the likeliest first: a monitor may add values up, or convert units."""
TINY = 1e-3
"""Values below this are tried last: few metrics have them, and messages do not show them well."""
PAIRS = 4
"""How many pairs of values are tried."""
OTHERS = (100, 0, 1, 1e6)
"""Constant values of the other series, where a monitor reads several."""


class Phases(NamedTuple):
    """Seconds of what is good, of what is bad, and of what is good again."""

    good: int
    bad: int
    after: int

    @property
    def total(self) -> int:
        return sum(self)


class Common(NamedTuple):
    """What the attempts for the monitors of a composite have in common."""

    phases: Phases = Phases(0, 0, 0)
    """The shortest allowed."""
    tags: Mapping[str, str] = MappingProxyType({})
    """The values of keys that the scope of one of the monitors fixes."""

    @classmethod
    def of(cls, monitors: Sequence[Mapping[str, Any]]) -> 'Common':
        """Return the tags that monitors have in common, as far as their queries are read."""
        scopes = []
        for monitor in monitors:
            with suppress(query.QueryError):
                scopes += [part.scope for part in query.queried(query.parse_monitor(monitor['query']).query)]
        return cls(tags=tags.fixed(scopes))


ALONE = Common()
"""For a monitor that no composite combines."""


class Attempt(NamedTuple):
    """The inputs of a test."""

    phases: Phases
    interval: int
    input_series: list[dict[str, Any]]
    check_series: list[dict[str, Any]]
    event_series: Sequence[dict[str, Any]] = ()
    log_series: Sequence[dict[str, Any]] = ()
    span_series: Sequence[dict[str, Any]] = ()


def levels(threshold: float, thresholds: Mapping[str, float]) -> list[float]:
    """Return values in ascending order, those near the thresholds in all magnitudes among them."""
    limits = [threshold, *thresholds.values()]
    near = {below(min(limits)), above(max(limits)), threshold, 1}
    return sorted({0, -1, *(rounded(value * factor) for value in near for factor in FACTORS)})


def pairs(threshold: float, thresholds: Mapping[str, float]) -> list[tuple[float, float]]:
    """Return pairs of values on both sides of all thresholds, in both orders and in all magnitudes."""
    limits = [threshold, *thresholds.values()]
    near = (below(min(limits)), above(max(limits)))
    both = [(rounded(near[0] * factor), rounded(near[1] * factor)) for factor in FACTORS]
    return [pair for low, high in both for pair in ((low, high), (high, low))]


def nearest(states: Sequence[tuple[float, str]]) -> list[tuple[float, float]]:
    """Return pairs of values of which the first makes OK and the second Alert, the most moderate first."""
    good = [value for value, state in states if state == 'OK']
    bad = [value for value, state in states if state == 'Alert']

    def strange(pair: tuple[float, float]) -> tuple[bool, bool, float]:
        low, high = sorted(map(abs, pair))
        tiny = any(0 < abs(value) < TINY for value in pair)
        return min(pair) < 0, tiny, abs(math.log10((high + 1) / (low + 1))) + abs(math.log10(high + 1)) / 4

    found = sorted(((value, other) for value in good for other in bad), key=strange)
    # Where a group recovers late, the extremes do.
    extremes = [(end(good), found[0][1]) for end in (min, max)] if found else []
    return list(dict.fromkeys([*found[:PAIRS], *extremes]))


def below(limit: float) -> float:
    return limit / 2 if limit > 0 else limit * 1.5 if limit < 0 else -1


def above(limit: float) -> float:
    return limit * 1.5 if limit > 0 else limit / 2 if limit < 0 else 1


def rounded(value: float) -> float:
    """Return a value as people write it: with at most four digits, and whole where it is."""
    short = float(f'{value:.4g}')
    return int(short) if short.is_integer() and abs(short) < 1e15 else short


def stairs(values: Sequence[float], lengths: Sequence[int]) -> list[dict[str, Any]]:
    """Return values that jump."""
    return [{'constant': value, 'for': length} for value, length in zip(values, lengths, strict=True)]


def slopes(values: Sequence[float], lengths: Sequence[int]) -> list[dict[str, Any]]:
    """Return values that grow, by another value a minute in each phase."""
    parts, level = [], 0.0
    for value, length in zip(values, lengths, strict=True):
        begin, level = level, level + value * length / 60
        parts.append({'ramp': [rounded(begin), rounded(level)], 'for': length})
    return parts


def takeoff(phases: Phases) -> list[dict[str, Any]]:
    """Return values that grow by 100 a minute, then faster and faster, then by 100 again."""
    top = 100 * phases.good // 60
    growth = [rounded(top + 1000 * 1.2**step) for step in range(min(300, phases.bad // 60))]
    return [
        {'ramp': [0, top], 'for': phases.good},
        {'list': growth, 'for': phases.bad},
        {'ramp': [0, 100 * phases.after // 60], 'for': phases.after},
    ]


def noise(middle: float, bad: Sequence[float], phases: Phases) -> list[dict[str, Any]]:
    """Return values that vary a little, leave their band, and come back."""
    pattern = [rounded(middle * factor) for factor in (1, 1.02, 0.99, 1.01, 0.98)]
    return [
        {'list': pattern, 'for': phases.good},
        {'list': list(bad), 'for': phases.bad},
        {'list': pattern},
    ]
