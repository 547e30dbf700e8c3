"""heatmap: how many groups have which values, over time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from datadog_sandbox.drawing.axes import time_axis, value_axis
from datadog_sandbox.drawing.colours import token
from datadog_sandbox.drawing.model import Drawing
from datadog_sandbox.widgets.histograms import BINS, edges, lines_of, requests_of
from datadog_sandbox.widgets.model import Content, Context, Empty
from datadog_sandbox.widgets.requests import why_empty

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
    noted: Sequence[str]

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        requests = requests_of(definition)
        # As wide as bars: a column of 20 seconds would be a pixel or two.
        lines = lines_of([{**request, 'display_type': 'bars'} for request in requests], context)
        if not lines:
            raise Empty(why_empty(requests, context))
        known = np.concatenate([line.values[~np.isnan(line.values)] for line in lines])
        bounds = edges(known)
        noted = ['Its events are not shown'] if definition.get('events') else []
        cells = _cells(lines, bounds)
        return cls(cells, context.start, context.end, axis(definition.get('yaxis') or {}), noted)

    def drawing(self) -> Drawing:
        x, y = time_axis(self.start, self.end), value_axis({'include_zero': False, **self.yaxis})
        colour = {
            'field': 'count',
            'type': 'quantitative',
            'scale': {'range': [token('low'), token('high')]},
            'legend': {
                'title': 'groups',
                'tickMinStep': 1,
                'format': '~s',
                'gradientLength': 120,
                'gradientThickness': 10,
            },
        }
        tooltip = [
            {'field': 'low', 'type': 'quantitative', 'title': 'from', 'format': ',.6~g'},
            {'field': 'high', 'type': 'quantitative', 'title': 'to', 'format': ',.6~g'},
            {'field': 'count', 'type': 'quantitative', 'title': 'groups'},
        ]
        encoding = {'x': x, 'x2': {'field': 'until'}, 'y': {**y, 'field': 'low'}, 'y2': {'field': 'high'}}
        specification = {
            'mark': {'type': 'rect', 'tooltip': True, 'clip': True},
            'encoding': {**encoding, 'color': colour, 'tooltip': tooltip},
        }
        return Drawing(specification, {'points': self.cells})

    def label(self) -> str:
        return f'How many groups have which of {BINS} ranges of values, over time'

    def remarks(self) -> Sequence[str]:
        return self.noted


def _cells(lines: Sequence[Any], bounds: np.ndarray) -> list[dict[str, Any]]:
    counts: dict[tuple[int, int, int], int] = {}
    for line in lines:
        known = np.flatnonzero(~np.isnan(line.values))
        places = np.clip(np.searchsorted(bounds, line.values[known], 'right') - 1, 0, BINS - 1)
        for time, place in zip(line.times[known].tolist(), places.tolist(), strict=True):
            key = time, line.interval, place
            counts[key] = counts.get(key, 0) + 1
    return [
        {
            'time': time * 1000,
            'until': (time + interval) * 1000,
            'low': float(bounds[place]),
            'high': float(bounds[place + 1]),
            'count': count,
        }
        for (time, interval, place), count in sorted(counts.items())
    ]
