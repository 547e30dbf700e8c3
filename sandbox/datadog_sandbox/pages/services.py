"""The services, and one with its resources, over time."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from datadog_sandbox import dashboards, query, widgets
from datadog_sandbox.natural import natural
from datadog_sandbox.store import Store

from .frame import HEADERS, not_found, render
from .listing import Column, Listing, document
from .ranges import shown_range
from .relations import monitors_of_service
from .service_figures import PERCENTILES, SPANS, Figures, Key, Period, as_series, figures, read, total
from .traces import latest

TRACES = 10
"""Traces on the page of a service: the latest."""


class Row(NamedTuple):
    """A service, or a resource of one."""

    key: Key
    figures: Figures
    resources: int = 0

    def percentile(self, place: int) -> int:
        percentiles = self.figures.percentiles
        return percentiles[place] if percentiles else -1


def _columns(first: Column[Row]) -> tuple[Column[Row], ...]:
    return (
        first,
        Column('operation', 'Operation', lambda row: natural(row.key.operation)),
        Column('requests', 'Requests', lambda row: row.figures.hits, descending=True, number=True),
        Column(
            'errors', 'Errors', lambda row: (row.figures.error_rate, row.figures.hits), descending=True, number=True
        ),
        Column('average', 'Average', lambda row: row.figures.average, descending=True, number=True),
        Column('p50', 'p50', lambda row: row.percentile(0), descending=True, number=True),
        Column('p95', 'p95', lambda row: row.percentile(1), descending=True, number=True),
        Column('p99', 'p99', lambda row: row.percentile(2), descending=True, number=True),
    )


def _state(row: Row) -> list[str]:
    return ['error' if row.figures.errors else 'ok']


SERVICES = Listing[Row](
    'service',
    _columns(Column('name', 'Service', lambda row: natural(row.key.service))),
    lambda row: document([], service=[row.key.service], operation=[row.key.operation], status=_state(row)),
    {'status': 'Status'},
    'web status:error',
    completed='services',
    default='errors',
)
RESOURCES = Listing[Row](
    'resource',
    _columns(Column('name', 'Resource', lambda row: natural(row.key.resource))),
    lambda row: document([], resource=[row.key.resource], operation=[row.key.operation], status=_state(row)),
    {'status': 'Status', 'operation': 'Operation'},
    'GET status:error',
    default='requests',
)


def rows(request: Request) -> list[Row]:
    shown, _ = shown_range(request)
    return _rows(read(request.app.state.store, shown.start, shown.end))


def _rows(period: Period) -> list[Row]:
    by_service: dict[str, list[tuple[Key, Figures]]] = defaultdict(list)
    for key, own in figures(period).items():
        by_service[key.service].append((key, own))
    return [
        # The operation of most requests stands for the service, as in Datadog.
        Row(max(own, key=lambda pair: pair[1].hits)[0], total(each for _, each in own), len(own))
        for own in by_service.values()
    ]


def services(request: Request) -> Response:
    shown, range_ = shown_range(request)
    period = read(request.app.state.store, shown.start, shown.end)
    page = SERVICES.page(_rows(period), request.query_params)
    return render(request, 'services.html', list=page, range=range_, remarks=_remarks(period))


def service_page(request: Request) -> Response:
    name, store = request.path_params['name'], request.app.state.store
    shown, range_ = shown_range(request)
    period = read(store, shown.start, shown.end, name)
    own = {key: each for key, each in figures(period).items() if key.service == name}
    traces = [trace for trace in latest(period.spans) if name in trace.services]
    if not own and not traces and not _known(store, name):
        return not_found(request, f'No span and no statistic of a service {name} is kept here.')
    return render(
        request,
        'service.html',
        name=name,
        range=range_,
        total=Row(Key(name, '', ''), total(own.values())),
        seconds=shown.end - shown.start,
        list=RESOURCES.page([Row(key, each) for key, each in own.items()], request.query_params),
        charts=_charts(period, name, shown.start, shown.end) if own else [],
        traces=traces[:TRACES],
        watching=monitors_of_service(store, name),
        remarks=_remarks(period, name),
    )


def _known(store: Store, name: str) -> bool:
    """Return whether anything at all is kept of a service."""
    return any(stat.service == name for stat in store.trace_stats()) or any(
        span.service == name for span in store.spans(limit=SPANS)
    )


def _remarks(period: Period, name: str = '') -> list[str]:
    """Say where the figures come from, where that is not obvious."""
    remarks = []
    if len(period.spans) == SPANS:
        remarks.append(f'Percentiles are those of the latest {SPANS:,} spans.')
    uncounted = {span.service for span in period.spans} - period.counted
    if name in uncounted or (uncounted and not name):
        which = name or ', '.join(sorted(uncounted)[:5])
        remarks.append(f'The trace Agent sent no statistics of {which}: the spans that are kept are counted.')
    return remarks


def _charts(period: Period, name: str, start: int, end: int) -> list[dict[str, Any]]:
    """Return requests, errors, and latencies over time, as the widgets of a dashboard."""
    definitions = (
        _definition('Requests', 'bars', {'': 'sum:requests{*} by {resource}.as_count()'}),
        _definition('Errors', 'bars', {'': 'sum:errors{*} by {resource}.as_count()'}),
        _definition('Latency in seconds', 'line', {f'p{each}': f'p{each}:latency{{*}}' for each in PERCENTILES}),
    )
    with as_series(period, name, query.default_interval(end - start, bars=True)) as store:
        evaluated = [(each, widgets.evaluate(store, each, {}, start, end)) for each in definitions]
        return [dashboards.item(widget, each['title'].split()[0].lower(), each, {}) for each, widget in evaluated]


def _definition(title: str, display: str, queries: Mapping[str, str]) -> dict[str, Any]:
    """Return a widget with the queries, by what their lines are called."""
    named_queries = {f'query{number}': each for number, each in enumerate(queries.values())}
    request = {
        'response_format': 'timeseries',
        'queries': [{'data_source': 'metrics', 'name': name, 'query': each} for name, each in named_queries.items()],
        'formulas': [{'formula': name, 'alias': alias} for name, alias in zip(named_queries, queries, strict=True)],
        'display_type': display,
    }
    return {'title': title, 'type': 'timeseries', 'requests': [request]}


def _to_services(request: Request) -> Response:
    return RedirectResponse('/services', 303, HEADERS)


def _to_service(request: Request) -> Response:
    """Lead from Datadog's addresses of a service, which go on with its operation, here."""
    name = request.path_params['name'].removeprefix('service:')
    return RedirectResponse(f'/service/{quote(name, safe="")}', 303, HEADERS)


routes: list[BaseRoute] = [
    Route('/services', services),
    Route('/service/{name:path}', service_page),
    Route('/apm/services', _to_services),
    Route('/apm/service/{name}', _to_service),
    Route('/apm/service/{name}/{rest:path}', _to_service),
    Route('/apm/services/{name}', _to_service),
    Route('/apm/services/{name}/{rest:path}', _to_service),
    Route('/apm/entity/{name}', _to_service),
]
