"""heatmap: how many groups have which values, over time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from datadog_sandbox.drawing.axes import time_axis, value_axis
from datadog_sandbox.drawing.colours import token
from datadog_sandbox.drawing.model import Drawing
from datadog_sandbox.query import default_interval
from datadog_sandbox.widgets.histograms import (
    BINS,
    Samples,
    edges,
    lines_of,
    requests_of,
    samples_of,
    why_empty_of,
)
from datadog_sandbox.widgets.model import Content, Context, Empty

from .timeseries import axis


@dataclass(frozen=True)
class Heatmap(Content):
    type = 'heatmap'
    template = 'chart.html'

    cells: Sequence[Mapping[str, Any]]
    """Records with `time` and `until` in milliseconds, `low`, `high`, and `count`."""
    start: int
    end: int
    yaxis: Mapping[str, Any]
    noun: str
    noted: Sequence[str]

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        requests = requests_of(definition)
        length, given = context.end - context.start, (definition.get('xaxis') or {}).get('num_buckets')
        interval = max(1, -(-length // int(given))) if given else default_interval(length, bars=True)
        samples = samples_of(requests, context)
        if samples is None:
            samples, interval = _of_lines(requests, context)
        if not len(samples.values):
            raise Empty(why_empty_of(requests, context))
        noted = ['Its events are not shown'] if definition.get('events') else []
        noted += ['Its markers are not shown'] if definition.get('markers') else []
        yaxis = axis(definition.get('yaxis') or {})
        return cls(_cells(samples, interval), context.start, context.end, yaxis, samples.noun, noted)

    def drawing(self) -> Drawing:
        x, y = time_axis(self.start, self.end), value_axis({'include_zero': False, **self.yaxis})
        colour = {
            'field': 'count',
            'type': 'quantitative',
            'scale': {'range': [token('low'), token('high')]},
            'legend': {
                'title': self.noun,
                'tickMinStep': 1,
                'format': '~s',
                'gradientLength': 120,
                'gradientThickness': 10,
            },
        }
        tooltip = [
            {'field': 'low', 'type': 'quantitative', 'title': 'from', 'format': ',.6~g'},
            {'field': 'high', 'type': 'quantitative', 'title': 'to', 'format': ',.6~g'},
            {'field': 'count', 'type': 'quantitative', 'title': self.noun},
        ]
        encoding = {'x': x, 'x2': {'field': 'until'}, 'y': {**y, 'field': 'low'}, 'y2': {'field': 'high'}}
        specification = {
            'mark': {'type': 'rect', 'tooltip': True, 'clip': True},
            'encoding': {**encoding, 'color': colour, 'tooltip': tooltip},
        }
        return Drawing(specification, {'points': self.cells})

    def label(self) -> str:
        return f'How many {self.noun} have which of {BINS} ranges of values, over time'

    def remarks(self) -> Sequence[str]:
        return self.noted


def _of_lines(requests: Sequence[Mapping[str, Any]], context: Context) -> tuple[Samples, int]:
    """Return the values of all lines, and how many seconds a column has."""
    # As wide as bars: a column of 20 seconds would be a pixel or two.
    lines = lines_of([{**request, 'display_type': 'bars'} for request in requests], context)
    known = [~np.isnan(line.values) for line in lines]
    times = [line.times[places] for line, places in zip(lines, known, strict=True)]
    values = [line.values[places] for line, places in zip(lines, known, strict=True)]
    every = np.concatenate([np.empty(0), *values])
    samples = Samples(np.concatenate([np.empty(0), *times]), every, np.ones(len(every), np.int64), 'groups')
    return samples, max((line.interval for line in lines), default=1)


def _cells(samples: Samples, interval: int) -> list[dict[str, Any]]:
    bounds = edges(samples.values)
    places = np.clip(np.searchsorted(bounds, samples.values, 'right') - 1, 0, BINS - 1)
    times = samples.times.astype(np.int64) // interval * interval
    keys, inverse = np.unique(np.stack([times, places]), axis=1, return_inverse=True)
    counts = np.bincount(inverse.ravel(), samples.counts)
    return [
        {
            'time': time * 1000,
            'until': (time + interval) * 1000,
            'low': float(bounds[place]),
            'high': float(bounds[place + 1]),
            'count': int(count),
        }
        for time, place, count in zip(*keys.tolist(), counts.tolist(), strict=True)
    ]
