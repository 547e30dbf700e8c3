"""The series of a test, and their points."""

import math
import random
import re
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, NamedTuple

SERIES = re.compile(r'([A-Za-z][\w.]*)(?:\{(.*)\})?')
RANGE = re.compile(r'\{(\d+)\.\.(\d+)\}')
NUMBER = r'(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?'
ITEM = re.compile(rf'(?:(_)|([-+]?{NUMBER})(?:([-+]{NUMBER})(?=x))?)(?:x(\d+))?', re.IGNORECASE)
MOST_SERIES = 10_000
MOST_POINTS = 5_000_000


class Name(NamedTuple):
    """What tells a series from the others."""

    metric: str
    host: str
    tags: tuple[str, ...]
    """Sorted, without that of the host."""

    def __str__(self) -> str:
        tags = [f'host:{self.host}'] if self.host else []
        return f'{self.metric}{{{",".join([*tags, *self.tags])}}}'


class Item(NamedTuple):
    """One item of promtool's notation: `start+stepxcount`."""

    start: float | None
    """None: points are missing."""
    step: float
    points: int

    def values(self) -> Iterator[float | None]:
        for index in range(self.points):
            yield None if self.start is None else self.start + index * self.step


def names(text: str) -> list[Name]:
    """Return the series that a text such as `my.metric{host:web-{1..3},env:prod}` stands for. Raises `ValueError`."""
    # A range has braces of its own, so it is put aside.
    ranges = [(int(low), int(high), len(low)) for low, high in RANGE.findall(text)]
    if math.prod(max(0, high - low + 1) for low, high, _ in ranges) > MOST_SERIES:
        raise ValueError(f'{text!r} is more than {MOST_SERIES:,} series')
    found = [
        _name(_filled(text, numbers), text)
        for numbers in product(*([f'{n:0{width}}' for n in range(low, high + 1)] for low, high, width in ranges))
    ]
    if not found:
        raise ValueError(f'{text!r} is no series: a range goes from the lower number to the higher, as in {{1..3}}')
    return found


def _filled(text: str, numbers: Sequence[str]) -> str:
    left = iter(numbers)
    return RANGE.sub(lambda _: next(left), text)


def _name(text: str, shown: str) -> Name:
    match = SERIES.fullmatch(text.strip())
    if match is None:
        raise ValueError(f'{shown!r} is no series such as my.metric{{host:web-1,env:prod}}')
    tags = [tag.strip() for tag in (match[2] or '').split(',') if tag.strip()]
    for tag in tags:
        if re.search(r'[="{}]|^:|:$', tag):
            raise ValueError(f'{shown!r}: {tag!r} is no tag such as env:prod')
    hosts = [tag.removeprefix('host:') for tag in tags if tag.startswith('host:')]
    if len(hosts) > 1:
        raise ValueError(f'{shown!r} has {len(hosts)} hosts; at most one is allowed')
    own = {tag for tag in tags if not tag.startswith('host:')}
    return Name(match[1], hosts[0] if hosts else '', tuple(sorted(own)))


def notation(text: str) -> list[Item]:
    """Read promtool's notation: `1 2 3`, `0+10x5` (0 10 20 30 40 50), `7x3` (7 7 7 7), `_x3` (three missing).

    Raises `ValueError`.
    """
    items = []
    for word in text.split():
        match = ITEM.fullmatch(word)
        if match is None:
            raise ValueError(f'{word!r} is not a value such as 5, 0+10x5, 7x3, or _x3')
        missing, start, step, times = match.groups()
        # As promtool has it: `ax3` is a and 3 more, `_x3` is 3.
        count = int(times) if missing and times else int(times or 0) + 1
        if count > MOST_POINTS:
            raise ValueError(f'{word!r} is more than {MOST_POINTS:,} points')
        items.append(Item(None if missing else float(start), float(step or 0), count))
    if not items:
        raise ValueError('values is empty; a value such as 5, 0+10x5, 7x3, or _x3 is needed')
    return items


def points(values: Any, name: Name, interval: int, length: int) -> list[tuple[int, float]]:
    """Return the points of a series, as seconds from the start and values; `values` is what the format read."""
    if isinstance(values, int | float):
        return [(time, float(values)) for time in range(0, length + 1, interval)]
    if isinstance(values, str):
        given = (value for item in notation(values) for value in item.values())
        return [
            (time, value)
            for time, value in zip(range(0, length + 1, interval), given, strict=False)
            if value is not None
        ]
    found: list[tuple[int, float]] = []
    begin = 0
    for step in values:
        end = length + 1 if step.lasts is None else begin + step.lasts
        # The first point at or after the beginning.
        times = range(-(-begin // interval) * interval, min(end, length + 1), interval)
        found += [
            pair for pair in zip(times, _values(step, times, begin, end, name), strict=True) if pair[1] is not None
        ]
        begin = end
    return found


def _values(step: Any, times: range, begin: int, end: int, name: Name) -> list[Any]:
    """Return a value for each time; None where none comes."""
    if step.constant is not None:
        return [step.constant] * len(times)
    if step.list is not None:
        return [step.list[index % len(step.list)] for index in range(len(times))]
    if step.ramp is not None:
        low, high = step.ramp
        return [low + (high - low) * (time - begin) / (end - begin) for time in times]
    if step.random is not None:
        low, high = step.random
        # Each series has a sequence of its own, the same each time.
        draw = random.Random(f'{step.seed}/{name}').random
        if float(low).is_integer() and float(high).is_integer():
            return [low + math.floor(draw() * (high - low + 1)) for _ in times]
        return [low + draw() * (high - low) for _ in times]
    return [None] * len(times)
