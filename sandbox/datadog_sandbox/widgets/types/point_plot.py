"""point_plot: a point for each record, at its time.

Source: `PointPlotWidgetDefinition` of https://docs.datadoghq.com/api/latest/dashboards/
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from datadog_sandbox.drawing.axes import time_axis, value_axis
from datadog_sandbox.drawing.colours import series_scale
from datadog_sandbox.drawing.model import Drawing
from datadog_sandbox.natural import natural
from datadog_sandbox.query import QueryError
from datadog_sandbox.records import Document, Record, facet, numbers, written
from datadog_sandbox.widgets.model import Content, Context, Empty
from datadog_sandbox.widgets.sources import unkept
from datadog_sandbox.widgets.sources.records import MISSING, SOURCES, matching
from datadog_sandbox.widgets.sources.sampling import Period

from .events import moment
from .timeseries import axis

LIMIT, MOST = 1000, 5000
"""Points of a request without a limit, and the most of one."""


class _Columns(NamedTuple):
    """The columns of the dimensions; empty where a projection has none."""

    y: str
    group: str
    radius: str

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> Self:
        named = {each['dimension']: str(each['column']) for each in request['projection']['dimensions']}
        if 'y' not in named:
            raise QueryError('A point_plot needs a column with the dimension y')
        return cls(named['y'], named.get('group', ''), named.get('radius', ''))


@dataclass(frozen=True)
class PointPlot(Content):
    type = 'point_plot'
    template = 'chart.html'

    points: Sequence[Mapping[str, Any]]
    """Records with `time` in milliseconds, `y`, `group`, and `radius`."""
    start: int
    end: int
    yaxis: Mapping[str, Any]
    notes: Sequence[str]

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        points: list[Mapping[str, Any]] = []
        notes = ['Its markers are not shown'] if definition.get('markers') else []
        for request in definition['requests']:
            every = _points(request, context)
            limit = min(int(request.get('limit') or LIMIT), MOST)
            points += every[:limit]
            notes += [f'The latest {limit} of {len(every)} points'] if len(every) > limit else []
        if not points:
            raise Empty('There are no records of this search with such a column in this range')
        return cls(points, context.start, context.end, axis(definition.get('yaxis') or {}), notes)

    def drawing(self) -> Drawing:
        groups = sorted({point['group'] for point in self.points}, key=natural)
        scale = series_scale(groups)
        sized = any(point['radius'] is not None for point in self.points)
        legend = {'title': None} if 1 < len(groups) <= 12 else None
        encoding: dict[str, Any] = {
            'x': time_axis(self.start, self.end),
            'y': {**value_axis(self.yaxis), 'field': 'y'},
            'color': {'field': 'group', 'type': 'nominal', 'scale': scale, 'legend': legend},
            'tooltip': [
                {'field': 'moment', 'type': 'nominal', 'title': 'time (UTC)'},
                {'field': 'group', 'type': 'nominal'},
                {'field': 'y', 'type': 'quantitative', 'format': ',.6~g'},
            ],
        }
        if sized:
            scale = {'range': [20, 400]}
            encoding['size'] = {'field': 'radius', 'type': 'quantitative', 'scale': scale, 'legend': None}
        mark = {'type': 'circle', 'size': 40, 'opacity': 0.7, 'tooltip': True, 'clip': True}
        return Drawing({'mark': mark, 'encoding': encoding}, {'points': self.points}, height=260)

    def label(self) -> str:
        return f'{len(self.points)} records at their times'

    def remarks(self) -> Sequence[str]:
        return self.notes


def _points(request: Mapping[str, Any], context: Context) -> list[Mapping[str, Any]]:
    """Return a point for each record that has a number in the column y, the latest first."""
    query, columns = request['query'], _Columns.of(request)
    source = str(query['data_source'])
    if source not in SOURCES:
        raise QueryError(unkept(source))
    search = {'data_source': source, 'search': {'query': query.get('query_string') or ''}}
    records = matching(search, context.variables, Period(context.store, context.start, context.end))
    return [
        _point(record, value, columns)
        for record in sorted(records, key=lambda record: -record.time)
        for value in numbers(facet(record.document, columns.y))[:1]
    ]


def _point(record: Record, value: float, columns: _Columns) -> Mapping[str, Any]:
    radius = _number(record.document, columns.radius) if columns.radius else None
    names = [written(each) for each in facet(record.document, columns.group)] if columns.group else []
    return {
        'time': round(record.time * 1000), 'moment': moment(record.time), 'y': value, 'radius': radius,
        'group': names[0] if names else MISSING if columns.group else '',
    }  # fmt: skip


def _number(document: Document, column: str) -> float | None:
    return next(iter(numbers(facet(document, column))), None)
