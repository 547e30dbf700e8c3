"""The metrics summary: each metric with its type, its unit, its tags, its hosts, and its last value."""

from collections.abc import Mapping, Sequence, Set
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from datadog_sandbox import query
from datadog_sandbox.natural import natural
from datadog_sandbox.records import Document, by_tag
from datadog_sandbox.store import Series, Store

from .frame import HEADERS, not_found, render
from .listing import Column, Listing

VALUES = 50
"""Values of a tag, and hosts, on the page of a metric."""


class Metric(NamedTuple):
    """A metric of the account."""

    name: str
    series: Mapping[int, Series]
    last: int
    """The time of its last point."""
    latest: int
    """The id of the series that has this point."""
    metadata: Mapping[str, Any]
    """What a client said of it."""
    tags: frozenset[str]
    hosts: frozenset[str]

    @property
    def type(self) -> str:
        """What a client said, and else, as a query takes it, the type of its newest series."""
        return str(self.metadata.get('type') or [*self.series.values()][-1].type)

    @property
    def unit(self) -> str:
        unit, per = self.metadata.get('unit'), self.metadata.get('per_unit')
        return f'{unit} per {per}' if unit and per else str(unit or '')

    @property
    def description(self) -> str:
        return str(self.metadata.get('description') or '')

    @property
    def keys(self) -> int:
        """How many keys its tags have."""
        return len({tag.partition(':')[0] for tag in self.tags})


def _document(metric: Metric) -> Document:
    own = {
        'metric': [metric.name], 'type': [metric.type], 'host': metric.hosts, 'unit': [metric.unit], 'tag': metric.tags,
    }  # fmt: skip
    facets = by_tag(metric.tags) | {key: [value.lower() for value in values] for key, values in own.items()}
    return Document(facets, f'{metric.name}\n{metric.unit}\n{metric.description}'.lower())


METRICS = Listing[Metric](
    'metric',
    (
        Column('name', 'Metric', lambda metric: natural(metric.name)),
        Column('type', 'Type', lambda metric: (metric.type, natural(metric.name))),
        Column('unit', 'Unit', lambda metric: (not metric.unit, metric.unit, natural(metric.name))),
        Column('tags', 'Tag keys', lambda metric: metric.keys, descending=True, number=True),
        Column('hosts', 'Hosts', lambda metric: len(metric.hosts), descending=True, number=True),
        Column('series', 'Series', lambda metric: len(metric.series), descending=True, number=True),
        Column('points', 'Points', number=True),
        Column('value', 'Last value', number=True),
        Column('last', 'Last point', lambda metric: metric.last, descending=True),
    ),
    _document,
    {'type': 'Type'},
    'cpu host:web-1 -type:count',
    # Datadog's own name.
    search='filter',
    completed='metrics',
)


def rows(request: Request) -> list[Metric]:
    store: Store = request.app.state.store
    return [metric for name in store.metrics() if (metric := _metric(store, name))]


def summary(request: Request) -> Response:
    store: Store = request.app.state.store
    opened = request.query_params.get('metric')
    if opened and opened not in store.metrics():
        return not_found(request, f'There is no metric {opened}.')
    metrics = rows(request)
    page = METRICS.page(metrics, request.query_params)
    return render(
        request,
        'metrics.html',
        list=page,
        points=store.point_counts(metric.name for metric in page.rows),
        values={metric.name: store.value_at(metric.latest, metric.last) for metric in page.rows},
        open=next((_opened(store, metric) for metric in metrics if metric.name == opened), None),
    )


def _metric(store: Store, name: str) -> Metric | None:
    """Return a metric; None where its last point was just removed."""
    series = store.series(name)
    times = store.last_times([*series])
    if not times:
        return None
    latest = max(times, key=times.__getitem__)
    hosts = {each.host for each in series.values() if each.host}
    tags = {tag for each in {each.tags for each in series.values()} for tag in each}
    tags |= {tag for host in hosts for tag in store.host_tags(host)}
    metadata = store.get('metric metadata', name) or {}
    return Metric(name, series, times[latest], latest, metadata, frozenset(tags), frozenset(hosts))


def _opened(store: Store, metric: Metric) -> dict[str, Any]:
    """Return a metric with its tags by their keys, each with the values that it has."""
    values = query.values_by_key(tag for series in metric.series.values() for tag in query.tags_of(store, series))
    tags = [(key, len(values[key]), _first(values[key])) for key in sorted(values, key=natural)]
    [points] = store.point_counts([metric.name]).values()
    hosts = _first(metric.hosts)
    return {
        'metric': metric,
        'tags': tags,
        'hosts': hosts,
        'points': points,
        'value': store.value_at(metric.latest, metric.last),
    }


def _first(values: Set[str]) -> Sequence[str]:
    return sorted(values, key=natural)[:VALUES]


def metric_home(request: Request) -> Response:
    return RedirectResponse('/metric/summary', 303, HEADERS)


routes: list[BaseRoute] = [
    Route('/metric', metric_home),
    Route('/metric/summary', summary),
]
