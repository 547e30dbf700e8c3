"""The dashboards, and one with its widgets."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from datadog_sandbox import dashboards, widgets
from datadog_sandbox.natural import natural
from datadog_sandbox.records import Document
from datadog_sandbox.store import Store

from .following import follow
from .frame import HEADERS, not_found, query_of, render, templates
from .listing import Column, Listing, document
from .panel import panel_of
from .ranges import shown_range
from .relations import Watching


def home(request: Request) -> Response:
    """Lead to the first dashboard, or say how to send something."""
    store: Store = request.app.state.store
    first = next(iter(store.all('dashboard')), None)
    if first:
        return RedirectResponse(f'/dashboard/{quote(first["id"])}{query_of(request)}', 303, HEADERS)
    return render(request, 'start.html', metrics=store.metrics())


def _document(dashboard: Mapping[str, Any]) -> Document:
    return document(
        [dashboard['title'], dashboard.get('description') or ''], dashboard.get('tags') or [], id=[dashboard['id']]
    )


DASHBOARDS = Listing[Mapping[str, Any]](
    'dashboard',
    (
        Column('name', 'Dashboard', lambda dashboard: natural(dashboard['title'])),
        Column('widgets', 'Widgets', lambda dashboard: len(dashboard['widgets']), descending=True, number=True),
        Column('changed', 'Changed', lambda dashboard: dashboard.get('modified_at') or '', descending=True),
    ),
    _document,
    {'tag': 'Tag'},
    'latency team:web',
)


def dashboards_page(request: Request) -> Response:
    every = request.app.state.store.all('dashboard')
    return render(request, 'dashboards.html', list=DASHBOARDS.page(every, request.query_params))


async def dashboard_page(request: Request) -> Response:
    if request.method != 'POST':
        return await run_in_threadpool(_dashboard, request)
    panel = panel_of(request)
    if panel is None:
        return Response('Nothing can be chosen here.', 405, HEADERS, 'text/plain')
    async with request.form(max_files=0, max_fields=2, max_part_size=1000) as form:
        value = str(form.get('value', ''))
    try:
        await run_in_threadpool(panel.choose, value)
    except ValueError as error:
        return await run_in_threadpool(_dashboard, request, str(error))
    return RedirectResponse(f'{request.url.path}{query_of(request)}', 303, HEADERS)


def _dashboard(request: Request, refused: str = '') -> Response:
    store: Store = request.app.state.store
    dashboard = store.get('dashboard', request.path_params['id'])
    if dashboard is None:
        return not_found(request, f'There is no dashboard {request.path_params["id"]}.')
    parameters, now = request.query_params, int(request.app.state.clock())
    period, range_ = shown_range(request)
    chosen = dashboards.chosen(dashboard, parameters.multi_items())
    panel = panel_of(request)
    asked = dashboards.EVERYTHING if 'all' in parameters else dashboards.asked(request.headers.get('sandbox-widgets'))
    tabs, own = dashboards.tabs(dashboard, parameters.get('tab', ''))
    card = templates.get_template('widgets/card.html')
    items = dashboards.Items(
        store,
        period,
        # A live time of a widget ends where the page does, unless that stands still.
        now + 1 if period.fixed else period.end,
        chosen,
        panel.hints if panel else {},
        asked,
        Watching(store, chosen, now),
        lambda item, level: card.render(widget=item, level=level),
    )
    return render(
        request,
        'dashboard.html',
        422 if refused else 200,
        dashboard=dashboard,
        bands=items.of(dashboards.placed(dashboard, own)),
        columns=dashboards.grid_columns(dashboard),
        tabs=[(tab, request.url.include_query_params(tab=tab.id).query) for tab in tabs],
        panel=panel,
        followed=follow(store, panel.metric, panel.silent, now) if panel else [],
        period=period,
        presets=dashboards.presets(dashboard),
        range=range_,
        refused=refused,
        everything=request.url.include_query_params(all=1).query,
        variables=dashboards.variables(store, dashboard, chosen, widgets.metrics(dashboard['widgets'])),
    )


routes: list[BaseRoute] = [
    Route('/', home),
    Route('/dashboards', dashboards_page),
    Route('/dashboard/{id}', dashboard_page, methods=['GET', 'POST']),
    # As Datadog writes it, with the title behind.
    Route('/dashboard/{id}/{title}', dashboard_page, methods=['GET', 'POST']),
]
