"""What monitors compare with their thresholds over time, as charts show it."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from datadog_sandbox import query
from datadog_sandbox.store import Store
from datadog_sandbox.times import MINUTE

from .evaluation import evaluated
from .model import Monitor
from .options import settings_of

MOMENTS = 1440
"""How many are read at once: bounds the memory."""


class Line(NamedTuple):
    """The values of a group: of each bucket the one that is nearest to an alert, nan where there is none."""

    tags: Mapping[str, str]
    values: np.ndarray


def lines(store: Store, monitor: Monitor, start: int, end: int) -> tuple[np.ndarray, int, list[Line]]:
    """Return the moments at which buckets of [start, end) end, their length in seconds, and the lines.

    The last bucket ends with the last evaluation. Raises `query.QueryError`.
    """
    settings = settings_of(monitor)
    step = max(MINUTE, query.default_interval(end - start, settings.type.apart))
    last = min(end - 1, evaluated(store, monitor) or end)
    ends = np.arange(last, start - 1, -step)[::-1]
    # Windows that are shorter than a bucket leave nothing out.
    parts = 1 if settings.type.apart else -(-step // max(MINUTE, min(step, settings.type.window)))
    worst = np.fmin if settings.type.operator.startswith('<') else np.fmax
    groups: dict[str, Line] = {}
    size = max(1, MOMENTS // parts)
    for first in range(0, len(ends), size):
        some = ends[first : first + size]
        moments = (some[:, None] - step // parts * np.arange(parts)[::-1]).ravel()
        place = first
        for chunk, readings in settings.type.read(store, moments.tolist(), settings.delay):
            count = len(chunk) // parts
            for tags, values in zip(readings.groups, readings.values, strict=True):
                line = groups.setdefault(query.group_name(tags), Line(tags, np.full(len(ends), np.nan)))
                line.values[place : place + count] = worst.reduce(values.reshape(count, parts), axis=1)
            place += count
    return ends, step, [*groups.values()]
