"""distribution: how many groups, or records, have which values in the whole range."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from datadog_sandbox.drawing.axes import NUMBER, value_axis
from datadog_sandbox.drawing.colours import token
from datadog_sandbox.drawing.model import Drawing
from datadog_sandbox.query import QueryError
from datadog_sandbox.widgets.histograms import BINS, Samples, groups_of, requests_of, samples_of, why_empty_of
from datadog_sandbox.widgets.model import Content, Context, Empty

from .timeseries import axis

MOST_BINS = 500


@dataclass(frozen=True)
class Distribution(Content):
    type = 'distribution'
    template = 'chart.html'

    bins: Sequence[Mapping[str, Any]]
    """Records with `low`, `high`, and `count`."""
    noun: str
    """What is counted, in the plural."""
    yaxis: Mapping[str, Any]
    noted: Sequence[str] = ()

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        requests = requests_of(definition)
        samples = samples_of(requests, context) or groups_of(requests, context)
        if not len(samples.values):
            raise Empty(why_empty_of(requests, context))
        shown, bins = _axis(definition.get('xaxis') or {}, samples)
        if not len(shown.values):
            raise Empty('No value is between the min and the max of xaxis')
        counts, bounds = shown.histogram(bins)
        records = [
            {'low': float(low), 'high': float(high), 'count': int(count)}
            for low, high, count in zip(bounds, bounds[1:], counts, strict=False)
        ]
        noted = ['Its markers are not shown'] if definition.get('markers') else []
        return cls(records, samples.noun, axis(definition.get('yaxis') or {}), noted)

    def drawing(self) -> Drawing:
        x = {
            'field': 'low',
            'type': 'quantitative',
            'title': None,
            'bin': {'binned': True},
            'scale': {'zero': False, 'nice': False},
            'axis': {'labelExpr': NUMBER, 'labelOverlap': True},
        }
        counted = {**self.yaxis, 'label': self.yaxis.get('label') or self.noun, 'whole': True}
        encoding = {
            'x': x,
            'x2': {'field': 'high'},
            'y': {**value_axis(counted), 'field': 'count'},
            'tooltip': [{'field': name, 'type': 'quantitative'} for name in ('low', 'high', 'count')],
        }
        mark = {'type': 'bar', 'color': token('line0'), 'tooltip': True}
        return Drawing({'mark': mark, 'encoding': encoding}, {'points': self.bins})

    def label(self) -> str:
        return f'{self.noun.capitalize()} by value: ' + ', '.join(
            f'{bar["count"]} from {bar["low"]:.6g} to {bar["high"]:.6g}' for bar in self.bins if bar['count']
        )

    def remarks(self) -> Sequence[str]:
        return self.noted


def _axis(xaxis: Mapping[str, Any], samples: Samples) -> tuple[Samples, int]:
    """Return the values that an axis shows, and how many bins it has. Raises `QueryError`.

    `DistributionWidgetXAxis` of Datadog's OpenAPI document: an edge is "a number, percentile (p90 === 90th percentile),
    or auto".
    """
    given = dict(xaxis)
    for edge in ('min', 'max'):
        if match := re.fullmatch(r'p(\d{1,2}(?:\.\d+)?|100)', str(given.get(edge))):
            given[edge] = samples.percentile(float(match[1]))
    edges, bins = axis(given), given.get('num_buckets') or BINS
    if isinstance(bins, bool) or not isinstance(bins, int) or not 0 < bins <= MOST_BINS:
        raise QueryError(f'num_buckets of xaxis must be from 1 to {MOST_BINS}, not {str(bins)[:40]!r}')
    return samples.within(edges.get('min', -math.inf), edges.get('max', math.inf)), bins
