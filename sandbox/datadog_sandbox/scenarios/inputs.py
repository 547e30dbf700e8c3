"""The series and service checks that a test sends."""

import math
import random
import re
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, Literal, NamedTuple

import numpy as np

SERIES = re.compile(r'([A-Za-z][\w.]*)(?:\{(.*)\})?')
RANGE = re.compile(r'\{(\d+)\.\.(\d+)\}')
NUMBER = r'(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?'
ITEM = re.compile(rf'(?:(_)|([-+]?{NUMBER})(?:([-+]{NUMBER})(?=x))?)(?:x(\d+))?', re.IGNORECASE)
MOST_SERIES = 10_000
MOST_POINTS = 5_000_000


class Name(NamedTuple):
    """What distinguishes a series from the others."""

    metric: str
    host: str
    tags: tuple[str, ...]
    """Sorted, without that of the host."""

    def __str__(self) -> str:
        tags = [f'host:{self.host}'] if self.host else []
        return f'{self.metric}{{{",".join([*tags, *self.tags])}}}'


class Points(NamedTuple):
    """The points of a series."""

    times: np.ndarray
    """Seconds from the start of the test."""
    values: np.ndarray


class Sample(NamedTuple):
    """A series of a test."""

    name: Name
    type: Literal['gauge', 'count', 'rate', 'distribution']
    interval: int
    """Seconds between two points."""
    values: Any
    """A number, promtool's notation, or steps; or recorded points: seconds from the start, and values."""

    def points(self, length: int) -> Points:
        """Return the points from the start of the test to its end."""
        if isinstance(self.values, tuple):
            times, values = np.array(self.values, dtype=np.float64).reshape(-1, 2).T
            chosen = (times >= 0) & (times <= length)
            return Points(times[chosen].astype(np.int64), values[chosen])
        return points(self.values, self.name, self.interval, length)


class Item(NamedTuple):
    """An item of promtool's notation: `start+stepxcount`."""

    start: float | None
    """None: points are missing."""
    step: float
    points: int

    def values(self, most: int) -> np.ndarray:
        """Return at most this many values; nan for missing points."""
        indexes = np.arange(min(self.points, most))
        return np.full(len(indexes), np.nan) if self.start is None else self.start + self.step * indexes


def names(text: str) -> list[Name]:
    """Return the series that a string such as `my.metric{host:web-{1..3},env:prod}` means. Raises `ValueError`."""
    # Ranges come out first: their braces would end the list of tags.
    ranges = [(int(low), int(high), len(low)) for low, high in RANGE.findall(text)]
    if math.prod(max(0, high - low + 1) for low, high, _ in ranges) > MOST_SERIES:
        raise ValueError(f'{text!r} is more than {MOST_SERIES:,} series')
    series = [
        _name(_filled(text, numbers), text)
        for numbers in product(*([f'{n:0{width}}' for n in range(low, high + 1)] for low, high, width in ranges))
    ]
    if not series:
        raise ValueError(f'{text!r} has an empty range: it goes from the lower number to the higher, as in {{1..3}}')
    return series


def _filled(text: str, numbers: Sequence[str]) -> str:
    """Return a string with numbers in the place of its ranges."""
    remaining = iter(numbers)
    return RANGE.sub(lambda _: next(remaining), text)


def _name(text: str, written: str) -> Name:
    """Return the series of a string without ranges; `written` is the string in the file, for errors."""
    match = SERIES.fullmatch(text.strip())
    if match is None:
        raise ValueError(f'{written!r} is not a series such as my.metric{{host:web-1,env:prod}}')
    tags = [tag.strip() for tag in (match[2] or '').split(',') if tag.strip()]
    for tag in tags:
        if re.search(r'[="{}]|^:|:$', tag):
            raise ValueError(f'{written!r}: {tag!r} is not a tag such as env:prod')
    hosts = [tag.removeprefix('host:') for tag in tags if tag.startswith('host:')]
    if len(hosts) > 1:
        raise ValueError(f'{written!r} has {len(hosts)} hosts; at most one is allowed')
    others = {tag for tag in tags if not tag.startswith('host:')}
    return Name(match[1], hosts[0] if hosts else '', tuple(sorted(others)))


def notation(text: str) -> list[Item]:
    """Parse promtool's notation: `1 2 3`, `0+10x5` (0 10 20 30 40 50), `7x3` (7 7 7 7), `_x3` (three missing).

    `stale` is a missing point: Datadog has no marker for the end of a series. Raises `ValueError`.
    """
    items = []
    for word in text.split():
        if re.fullmatch(r'[-+]?(nan|inf(inity)?)(x\d+)?', word, re.IGNORECASE):
            raise ValueError(f'{word!r} never reaches Datadog, as an Agent drops NaN and Inf; _ is a missing point')
        match = ITEM.fullmatch('_' if word == 'stale' else word)
        if match is None:
            raise ValueError(f'{word!r} is not a value such as 5, 0+10x5, 7x3, or _x3')
        missing, start, step, times = match.groups()
        # As promtool has it: `ax3` is a and 3 more, `_x3` is 3.
        count = int(times) if missing and times else int(times or 0) + 1
        if count > MOST_POINTS:
            raise ValueError(f'{word!r} is more than {MOST_POINTS:,} points')
        item = Item(None if missing else float(start), float(step or 0), count)
        if not math.isfinite((item.start or 0) + item.step * count):
            raise ValueError(f'{word!r} reaches numbers that are too large')
        items.append(item)
    if not items:
        raise ValueError('values is empty; a value such as 5, 0+10x5, 7x3, or _x3 is needed')
    return items


STATUSES = {'ok': 0, 'warning': 1, 'critical': 2, 'unknown': 3}


def statuses(text: str) -> list[tuple[int | None, int]]:
    """Parse statuses of a service check: `ok critical x3 _` is ok, critical and 3 more, and a missing run.

    A number of repetitions follows its status, with or without a space. Raises `ValueError`.
    """
    items: list[tuple[int | None, int]] = []
    for word in re.sub(r'\s+(?=x\d+\b)', '', text).split():
        match = re.fullmatch(r'(ok|warning|critical|unknown|_)(?:x(\d{1,7}))?', word, re.IGNORECASE)
        if match is None:
            raise ValueError(f'{word!r} is not a status: ok, warning, critical, unknown, or _, also as in okx3')
        status, times = match[1].lower(), int(match[2] or 0)
        # As in promtool's notation: `okx3` is ok and 3 more, `_x3` is 3.
        items.append((STATUSES.get(status), times if status == '_' and match[2] else times + 1))
    if not items:
        raise ValueError('values is empty; a status is needed: ok, warning, critical, unknown, or _')
    return items


def runs(values: Any, interval: int, length: int) -> list[tuple[int, int]]:
    """Return the runs of a service check, as seconds from the start and statuses."""
    if isinstance(values, str):
        items = statuses(values)
        if len(items) == 1 and items[0][1] == 1:
            # A status alone lasts for the whole test.
            items = [(items[0][0], length // interval + 1)]
        repeated = (status for status, times in items for _ in range(times))
        pairs = zip(range(0, length + 1, interval), repeated, strict=False)
        return [(time, status) for time, status in pairs if status is not None]
    dated, begin = [], 0
    for step in values:
        end = length + 1 if step.lasts is None else begin + step.lasts
        if step.status != 'none':
            times_ = range(-(-begin // interval) * interval, min(end, length + 1), interval)
            dated += [(time, STATUSES[step.status]) for time in times_]
        begin = end
    return dated


def recorded(name: Name | None, metric: str, tags: Sequence[str]) -> Name:
    """Return the name of a recorded series, to which `name` adds the metric and tags.

    Its tags win over those of `name` with the same key. Raises `ValueError` without a metric.
    """
    metric = name.metric if name else metric
    if not metric:
        raise ValueError("the file does not name the metric, so 'series' must")
    keys = {tag.partition(':')[0] for tag in tags}
    added = (*([f'host:{name.host}'] if name.host else []), *name.tags) if name else ()
    all_tags = [*tags, *(tag for tag in added if tag.partition(':')[0] not in keys)]
    hosts = [tag.removeprefix('host:') for tag in all_tags if tag.startswith('host:')]
    others = {tag for tag in all_tags if not tag.startswith('host:')}
    return Name(metric, hosts[0] if hosts else '', tuple(sorted(others)))


def points(values: Any, name: Name, interval: int, length: int) -> Points:
    """Return the points of a series from `values` as a scenario has them."""
    times = np.arange(0, length + 1, interval)
    if isinstance(values, int | float):
        return Points(times, np.full(len(times), float(values)))
    expanded = np.concatenate(
        [item.values(len(times)) for item in notation(values)]
        if isinstance(values, str)
        else list(_of_steps(values, times, length + 1, name))
    )[: len(times)]
    times = times[: len(expanded)]
    present = ~np.isnan(expanded)
    return Points(times[present], expanded[present])


def _of_steps(steps: Sequence[Any], times: np.ndarray, end: int, name: Name) -> Iterator[np.ndarray]:
    """Yield the values of each step. Its first point is at its beginning or, if there is no time then, after it."""
    begin = 0
    for step in steps:
        lasts = end - begin if step.lasts is None else step.lasts
        first, last = np.searchsorted(times, [begin, begin + lasts])
        yield _values(step, times[first:last] - begin, lasts, name)
        begin += lasts


def _values(step: Any, times: np.ndarray, lasts: int, name: Name) -> np.ndarray:
    """Return the value of a step of this many seconds at each time in it; nan for a missing point."""
    if step.constant is not None:
        return np.full(len(times), float(step.constant))
    if step.list is not None:
        return np.resize(np.array(step.list, dtype=np.float64), len(times))
    if step.ramp is not None:
        low, high = step.ramp
        return np.asarray(low + (high - low) * times / lasts)
    if step.random is not None:
        low, high = step.random
        # A seed for each series: its values do not depend on the other series of a test.
        draw = random.Random(f'{step.seed}/{name}').random
        drawn = np.array([draw() for _ in times])
        if float(low).is_integer() and float(high).is_integer():
            return np.asarray(low + np.floor(drawn * (high - low + 1)))
        return np.asarray(low + drawn * (high - low))
    return np.full(len(times), np.nan)
