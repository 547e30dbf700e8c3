"""distribution: how many groups, or records, have which values in the whole range."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from datadog_sandbox.drawing.axes import NUMBER, value_axis
from datadog_sandbox.drawing.colours import token
from datadog_sandbox.drawing.model import Drawing
from datadog_sandbox.widgets.histograms import groups_of, requests_of, samples_of, why_empty_of
from datadog_sandbox.widgets.model import Content, Context, Empty


@dataclass(frozen=True)
class Distribution(Content):
    type = 'distribution'
    template = 'chart.html'

    bins: Sequence[Mapping[str, Any]]
    """Records with `low`, `high`, and `count`."""
    noun: str
    """What is counted, in the plural."""

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        requests = requests_of(definition)
        samples = samples_of(requests, context) or groups_of(requests, context)
        if not len(samples.values):
            raise Empty(why_empty_of(requests, context))
        counts, bounds = samples.histogram()
        bins = [
            {'low': float(low), 'high': float(high), 'count': int(count)}
            for low, high, count in zip(bounds, bounds[1:], counts, strict=False)
        ]
        return cls(bins, samples.noun)

    def drawing(self) -> Drawing:
        x = {
            'field': 'low',
            'type': 'quantitative',
            'title': None,
            'bin': {'binned': True},
            'scale': {'zero': False, 'nice': False},
            'axis': {'labelExpr': NUMBER, 'labelOverlap': True},
        }
        encoding = {
            'x': x,
            'x2': {'field': 'high'},
            'y': {**value_axis({'label': self.noun, 'whole': True}), 'field': 'count'},
            'tooltip': [{'field': name, 'type': 'quantitative'} for name in ('low', 'high', 'count')],
        }
        mark = {'type': 'bar', 'color': token('line0'), 'tooltip': True}
        return Drawing({'mark': mark, 'encoding': encoding}, {'points': self.bins})

    def label(self) -> str:
        return f'{self.noun.capitalize()} by value: ' + ', '.join(
            f'{bar["count"]} from {bar["low"]:.6g} to {bar["high"]:.6g}' for bar in self.bins if bar['count']
        )
