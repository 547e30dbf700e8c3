"""The frame of every page: its policy, its menu, and its templates."""

from collections import Counter
from typing import Any

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response

from datadog_sandbox import downtimes, drawing, monitors
from datadog_sandbox.store import Store

from .ranges import RANGES
from .static import packed, static_address
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
    ('/logs', 'Logs', '/logs'),
    ('/hosts', 'Hosts', '/hosts'),
    ('/services', 'Services', '/service'),
    ('/traces', 'Traces', '/trace'),
    ('/received', 'Received', '/received'),
)
"""Address and name of each entry, and how the addresses of its pages begin."""

ORJSON = orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY

templates = Environment(
    loader=PackageLoader('datadog_sandbox'),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
templates.globals |= {
    'all_ranges': RANGES,
    'forever': downtimes.FOREVER,
    'static': static_address,
    'themes': drawing.THEMES,
    'chart_config': drawing.CONFIG,
}
templates.filters |= FILTERS
templates.policies['json.dumps_function'] = lambda value, **_: orjson.dumps(value, None, ORJSON).decode()


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
    html = templates.get_template(template).render(values)
    return packed(request, html.encode(), 'text/html', HEADERS, status)


def _count(store: Store, path: str) -> tuple[int, str]:
    """Return what the menu counts beside a page, and what these are."""
    if path == '/mail':
        return store.count_unread_mails(), 'unread'
    if path == '/monitors':
        counts = Counter(state_class(state) for state in _states(store))
        return next(((counts[kind], f'in {kind}') for kind in ('alert', 'warn') if counts[kind]), (0, ''))
    return 0, ''


def query_of(request: Request) -> str:
    """Return the query of an address with its `?`, or nothing, to go on with at another address."""
    return f'?{request.url.query}' if request.url.query else ''


def not_found(request: Request, message: str) -> Response:
    return render(request, 'error.html', 404, message=message)


def _states(store: Store) -> list[str]:
    """Return the worst state of the groups of each monitor."""
    return [monitors.overall(monitor, store.states(monitor['id'])) for monitor in store.all('monitor')]
