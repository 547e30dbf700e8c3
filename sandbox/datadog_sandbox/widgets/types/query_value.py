"""query_value: one large number, over its course where the definition wants that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from datadog_sandbox.drawing.model import Drawing
from datadog_sandbox.drawing.words import large
from datadog_sandbox.widgets.model import Content, Context
from datadog_sandbox.widgets.requests import answers
from datadog_sandbox.widgets.values import Value, values


@dataclass(frozen=True)
class QueryValue(Content):
    type = 'query_value'
    template = 'query_value.html'

    value: Value
    course: Sequence[tuple[float, float]] = ()
    """Points from 0 to 1 across, and from 0 at the top to 1 at the bottom, of `timeseries_background`."""
    groups: int = 1
    """How many groups the query has: one is shown."""

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        request = definition['requests'][0]
        background = definition.get('timeseries_background')
        every = values(definition, request, context)
        course = _course(request, context, background.get('yaxis') or {}) if background else ()
        groups = sum(value.group.keys() == every[0].group.keys() for value in every) if every[0].group else 1
        return cls(every[0], course, groups)

    @property
    def polyline(self) -> str:
        """Return the course as the points of SVG in a box of 100 by 100."""
        return ' '.join(f'{100 * x:.1f},{100 * y:.1f}' for x, y in self.course)

    def remarks(self) -> Sequence[str]:
        more = f'The value of {self.value.name}, the first of {self.groups} groups (approximated)'
        return [more] if self.groups > 1 else []

    def drawing(self) -> Drawing:
        drawing = large(self.value.with_unit, self.value.paint)
        if not self.course:
            return drawing
        line = {
            'data': {'name': 'course'},
            'mark': {'type': 'line', 'opacity': 0.35, 'strokeWidth': 2},
            'encoding': {
                side: {'field': side, 'type': 'quantitative', 'axis': None, 'scale': {'domain': domain}}
                for side, domain in (('x', [0, 1]), ('y', [1, 0]))
            },
        }
        words = {key: part for key, part in drawing.specification.items() if key != 'view'}
        view = drawing.specification['view']
        course = [{'x': x, 'y': y} for x, y in self.course]
        return replace(
            drawing, specification={'layer': [line, words], 'view': view}, data={**drawing.data, 'course': course}
        )


def _course(request: Mapping[str, Any], context: Context, yaxis: Mapping[str, Any]) -> list[tuple[float, float]]:
    lines = [line for answer in answers(request, context) for line in answer.lines]
    if not lines:
        return []
    known = ~np.isnan(lines[0].values)
    times, course = lines[0].times[known], lines[0].values[known]
    low = min(0.0, float(course.min())) if yaxis.get('include_zero', True) else float(course.min())
    height = float(course.max()) - low or 1.0
    across = (times - context.start) / (context.end - context.start)
    return [(float(x), float(1 - (y - low) / height)) for x, y in zip(across, course, strict=True)]
