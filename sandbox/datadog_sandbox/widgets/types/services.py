"""topology_map, servicemap, and trace_service: services as their spans show them."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Self

from datadog_sandbox.drawing.table import Cell, Table
from datadog_sandbox.query import QueryError
from datadog_sandbox.records import spans
from datadog_sandbox.store import Span
from datadog_sandbox.widgets.model import Context, Empty
from datadog_sandbox.widgets.sources import unkept
from datadog_sandbox.widgets.tables import TableContent, percent
from datadog_sandbox.widgets.variables import fill_in_words

AS_TABLE = 'Datadog draws a map; this is a table of its edges'


class ServiceMap(TableContent):
    type = 'servicemap'

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        service = fill_in_words(str(definition.get('service') or ''), context.variables)
        calls = _calls(_read(context, definition.get('filters') or []), service)
        if not calls:
            raise Empty(f'No span of {service or "any service"} calls another service in this range')
        rows = [
            [Cell(caller), Cell(called), Cell(str(len(own)), True), Cell(percent(sum(map(bool, own)), len(own)), True)]
            for (caller, called), own in sorted(calls.items())
        ]
        return cls(Table(['service', 'calls', 'spans', 'errors'], rows), [AS_TABLE])


class TopologyMap(ServiceMap):
    type = 'topology_map'

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        query = definition['requests'][0]['query']
        source = str(query.get('data_source'))
        if source != 'service_map':
            raise QueryError(unkept(source))
        return super().evaluate(query, context)


class TraceService(TableContent):
    type = 'trace_service'

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        service, operation = (
            fill_in_words(str(definition.get(key) or ''), context.variables) for key in ('service', 'span_name')
        )
        totals: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        for stat in context.store.trace_stats(context.start, context.end):
            if stat.service == service and operation in ('', stat.name):
                total = totals[stat.resource]
                total[0] += stat.hits
                total[1] += stat.errors
                total[2] += stat.duration
        rows = [
            [
                Cell(resource),
                Cell(str(hits), True),
                Cell(percent(errors, hits), True, 'error' if errors else ''),
                Cell(f'{duration / hits / 1e6:.2f} ms', True),
            ]
            for resource, (hits, errors, duration) in sorted(totals.items(), key=lambda pair: -pair[1][0])
            if hits
        ]
        if not rows:
            raise Empty(f'There are no statistics of traces of the service {service} in this range')
        env = (
            [f'The environment {definition["env"]} is not part of the statistics here'] if definition.get('env') else []
        )
        return cls(Table(['resource', 'requests', 'errors', 'average latency'], rows), env)


def _read(context: Context, filters: list[str]) -> list[Span]:
    nanoseconds = spans.NANOSECONDS
    every = context.store.spans(context.start * nanoseconds, context.end * nanoseconds, limit=spans.MOST)
    tags = [tag for text in filters for tag in fill_in_words(str(text), context.variables).split(', ')]
    for tag in tags:
        key, _, value = tag.partition(':')
        if value and value not in ('*', 'none'):
            every = [span for span in every if value in spans.document(span).facets.get(key, ())]
    return every


def _calls(every: list[Span], service: str) -> dict[tuple[str, str], list[int]]:
    """Return for each pair of services whether each span, with its parent in the other one, failed."""
    services = {(span.trace, span.id): span.service for span in every}
    calls = defaultdict(list)
    for span in every:
        caller = services.get((span.trace, span.parent))
        if caller and caller != span.service and service in ('', caller, span.service):
            calls[caller, span.service].append(span.error)
    return calls
