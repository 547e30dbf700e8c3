"""The frame of every page: its policy, its menu, and its templates."""

from collections import Counter
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from datadog_sandbox import drawing, monitors
from datadog_sandbox.store import Store

from .ranges import RANGES
from .static import static_address
from .words import FILTERS, state_class

# Nothing but what this server sends: no other address, no script or style in the page itself, no eval.
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    'Content-Security-Policy': POLICY,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'same-origin',
    'Cache-Control': 'no-store',
}

MENU = (
    ('/dashboards', 'Dashboards', '/dashboard'),
    ('/monitors', 'Monitors', '/monitors'),
    ('/downtimes', 'Downtimes', '/downtimes'),
    ('/mail', 'Mail', '/mail'),
    ('/metric/summary', 'Metrics', '/metric'),
    ('/event/explorer', 'Events', '/event'),
    ('/hosts', 'Hosts', '/hosts'),
    ('/traces', 'Traces', '/trace'),
    ('/received', 'Received', '/received'),
)
"""Address and name of each entry, and how the addresses of its pages begin."""


templates = Environment(
    loader=PackageLoader('datadog_sandbox'),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
templates.globals |= {
    'all_ranges': RANGES,
    'static': static_address,
    'themes': drawing.THEMES,
    'chart_config': drawing.CONFIG,
}
templates.filters |= FILTERS


def render(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    state = request.app.state
    values = {
        'address': str(request.base_url).rstrip('/'),
        'here': next((path for path, _, beginning in MENU if request.url.path.startswith(beginning)), ''),
        'menu': [(path, name, *_count(state.store, path)) for path, name, _ in MENU],
        'now': int(state.clock()),
        'speed': getattr(state, 'speed', 1),
        **values,
    }
    return HTMLResponse(templates.get_template(template).render(values), status, HEADERS)


def _count(store: Store, path: str) -> tuple[int, str]:
    """Return what the menu counts beside a page, and the state that it is about."""
    if path == '/mail':
        return store.count_mails(), ''
    if path == '/monitors':
        found = Counter(state_class(state) for state in _states(store))
        return next(((found[kind], kind) for kind in ('alert', 'warn') if found[kind]), (0, ''))
    return 0, ''


def not_found(request: Request, message: str) -> Response:
    return render(request, 'error.html', 404, message=message)


def _states(store: Store) -> list[str]:
    """Return the worst state of the groups of each monitor."""
    return [monitors.overall(store.states(monitor['id'])) for monitor in store.all('monitor')]
