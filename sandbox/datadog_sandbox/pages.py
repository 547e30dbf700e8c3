"""The pages: what the account holds and what it makes of it, for a browser.

A page is rendered whole on the server. `static/live.js` fetches it again every few seconds, changes in place what is
different, and draws the charts. What comes from others is escaped: by Jinja2, or in Markdown without HTML.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from itertools import groupby, zip_longest
from threading import Lock
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote
from zoneinfo import ZoneInfo

import vl_convert
from jinja2 import Environment, PackageLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from . import dashboards, downtimes, drawing, monitors, notifications, widgets
from .store import Span, Store, Transition

# Nothing but what this server sends: no other address, no script or style in the page itself, no eval.
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
# A mail is a page of its own: it shows pictures and its own styles, and runs nothing. Without an origin, Chromium would
# not show it the pictures of this server.
MAIL_POLICY = (
    "default-src 'none'; img-src 'self' data: cid:; style-src 'unsafe-inline'; base-uri 'self'; "
    "frame-ancestors 'self'; sandbox allow-same-origin allow-top-navigation-by-user-activation"
)
HEADERS = {
    'Content-Security-Policy': POLICY,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'same-origin',
    'Cache-Control': 'no-store',
}
NANOSECONDS = 1_000_000_000
MAILS = 200
"""Mails in the list: the latest."""
TRACES, SPANS = 30, 3_000
"""Traces in the list, the latest, and the most spans that are looked at for them."""


class Range(NamedTuple):
    """A time range that ends now."""

    name: str
    label: str
    seconds: int


RANGES = (
    Range('15m', 'Past 15 minutes', 900),
    Range('1h', 'Past hour', 3_600),
    Range('4h', 'Past 4 hours', 14_400),
    Range('1d', 'Past day', 86_400),
    Range('2d', 'Past 2 days', 172_800),
    Range('1w', 'Past week', 604_800),
)
DEFAULT_RANGE = RANGES[1]


class Panel(Protocol):
    """What an application that embeds the server shows above its dashboards: a few choices, and hints.

    The server finds it in `app.state.panel`.
    """

    title: str
    note: str
    """What the choices are for."""
    choices: Sequence[tuple[str, str]]
    """Label and value of each button."""
    other: str
    """Label of a field for any other value; empty for none."""
    hints: Mapping[str, str]
    """By the name of a metric: what an empty widget of that metric says besides."""

    @property
    def value(self) -> str:
        """The value that was chosen last."""

    @property
    def status(self) -> str:
        """What happens now, and what will happen when."""

    def choose(self, value: str) -> None:
        """Take a choice. Raises `ValueError`, one line, for a value that is not allowed."""


# Words and figures


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(int(moment), UTC).isoformat().replace('+00:00', 'Z')


def _date(moment: float) -> str:
    return f'{datetime.fromtimestamp(moment, UTC):%a %-d %b}'


def _clock(moment: float) -> str:
    return f'{datetime.fromtimestamp(moment, UTC):%H:%M:%S}'


def _duration(seconds: float) -> str:
    """Return a length of time in one or two units."""
    seconds = max(0, int(seconds))
    for unit, size, small, part in (('d', 86_400, 'h', 3_600), ('h', 3_600, 'min', 60), ('min', 60, '', 0)):
        if seconds >= size:
            rest = seconds % size // part if part else 0
            return f'{seconds // size} {unit}' + (f' {rest} {small}' if rest else '')
    return f'{seconds} s'


def _nanoseconds(duration: float) -> str:
    for size, unit in ((NANOSECONDS, 's'), (1_000_000, 'ms'), (1_000, 'µs')):
        if duration >= size:
            return f'{duration / size:.3g} {unit}' if duration < 999.5 * size else f'{duration / size:.0f} {unit}'
    return f'{duration:.0f} ns'


def _bytes(size: float) -> str:
    for unit in ('B', 'KB', 'MB'):
        if size < 999.5:
            return f'{size:.3g} {unit}'
        size /= 1000
    return f'{size:.3g} GB'


def _tick(moment: float, span: int) -> str:
    """Return a time on a scale of a span of seconds."""
    return f'{datetime.fromtimestamp(moment, UTC):{"%a %-d %b" if span > 200_000 else "%H:%M"}}'


def _kind(state: str) -> str:
    """Return the class of a state: what colour and shape it has."""
    match state.lower():
        case 'ok' | 'kept' | 'active':
            return 'ok'
        case 'warn' | 'warning':
            return 'warn'
        case 'alert' | 'critical' | 'error':
            return 'alert'
    return 'no-data'


def _status(number: int) -> str:
    """Return the word for the status of a check."""
    return {0: 'OK', 1: 'Warning', 2: 'Critical'}.get(number, 'Unknown')


def _name(monitor: Mapping[str, Any]) -> str:
    return str(monitor.get('name') or monitor['query'])


def _paint(colours: Any) -> str:
    """Return the classes of a cell or a value that has colours of a theme."""
    text, background = colours.colour, colours.background
    names = (('ink', text), ('fill', background))
    return ''.join(f' {kind}-{name}' for kind, name in names if name and not name.startswith('#'))


def _painted(colours: Any) -> Markup:
    """Return the attributes of one that has colours of its own: the policy of a page allows no style in it."""
    names = (('colour', colours.colour), ('background', colours.background))
    return Markup('').join(Markup(' data-{}="{}"').format(key, name) for key, name in names if name.startswith('#'))


_markdown = MarkdownIt('commonmark', {'html': False}).enable(['table', 'strikethrough'])
# Pictures would be fetched from elsewhere.
_markdown.disable('image')
_markdown.validateLink = lambda url: url.lower().startswith(('http://', 'https://'))  # type: ignore[method-assign]


def markdown(text: str) -> Markup:
    """Return Markdown as HTML: no HTML in it counts, no pictures, and links only to http and https."""
    return Markup(_markdown.render(text))


# The frame of every page

MENU = (
    ('/dashboards', 'Dashboards'),
    ('/monitors', 'Monitors'),
    ('/downtimes', 'Downtimes'),
    ('/mail', 'Mail'),
    ('/hosts', 'Hosts'),
    ('/traces', 'Traces'),
    ('/received', 'Received'),
)
TYPES = {'css': 'text/css', 'js': 'text/javascript', 'svg': 'image/svg+xml'}
ASSETS = ('style.css', 'live.js', 'charts.js', 'legend.js', 'pointer.js', 'icon.svg', 'vega.js')


_bundling = Lock()


def _asset(name: str) -> bytes:
    if name != 'vega.js':
        return _file(name)
    with _bundling:
        return bundle()


@cache
def _file(name: str) -> bytes:
    return files(__package__).joinpath('static', name).read_bytes()


@cache
def bundle() -> bytes:
    """Return Vega, Vega-Lite, and what embeds them, as one script.

    It takes about two seconds once in a process; whoever starts a server may call it in a thread ahead of the first
    page.
    """
    return vl_convert.javascript_bundle('window.show = vegaEmbed;').encode()


@cache
def _static(name: str) -> str:
    """Return the address of a file, which changes with its content: a browser may keep it for ever."""
    content = version('vl-convert-python').encode() if name == 'vega.js' else _asset(name)
    return f'/static/{name}?v={hashlib.blake2b(content, digest_size=6).hexdigest()}'


_templates = Environment(
    loader=PackageLoader('datadog_sandbox'),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.globals |= {
    'all_ranges': RANGES,
    'static': _static,
    'themes': drawing.THEMES,
    'chart_config': drawing.CONFIG,
}
_templates.filters |= {
    'bytes': _bytes,
    'clock': _clock,
    'date': _date,
    'duration': _duration,
    'iso': _iso,
    'kind': _kind,
    'markdown': markdown,
    'name': _name,
    'nanoseconds': _nanoseconds,
    'number': notifications.number,
    'status': _status,
    'tick': _tick,
    'paint': _paint,
    'painted': _painted,
}


def _render(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    state = request.app.state
    values = {
        'address': str(request.base_url).rstrip('/'),
        'here': next((path for path, *_ in MENU if request.url.path.startswith(path.rstrip('s'))), ''),
        'menu': [(path, name, *_count(state.store, path)) for path, name in MENU],
        'now': int(state.clock()),
        'speed': getattr(state, 'speed', 1),
        **values,
    }
    return HTMLResponse(_templates.get_template(template).render(values), status, HEADERS)


def _count(store: Store, path: str) -> tuple[int, str]:
    """Return what the menu counts beside a page, and the state that it is about."""
    if path == '/mail':
        return store.count_mails(), ''
    if path == '/monitors':
        found = Counter(_kind(state) for _, state in _states(store))
        return next(((found[kind], kind) for kind in ('alert', 'warn') if found[kind]), (0, ''))
    return 0, ''


def _not_found(request: Request, message: str) -> Response:
    return _render(request, 'error.html', 404, message=message)


def _range(request: Request) -> Range:
    name = request.query_params.get('range')
    return next((one for one in RANGES if one.name == name), DEFAULT_RANGE)


def _query(request: Request) -> str:
    return f'?{request.url.query}' if request.url.query else ''


def static(request: Request) -> Response:
    name = request.path_params['name']
    if name not in ASSETS:
        return Response(status_code=404)
    headers = {'Cache-Control': 'public, max-age=31536000, immutable', 'X-Content-Type-Options': 'nosniff'}
    return Response(_asset(name), media_type=TYPES[name.rpartition('.')[2]], headers=headers)


# Dashboards


def home(request: Request) -> Response:
    """Lead to the first dashboard, or say how to send something."""
    store: Store = request.app.state.store
    first = next(iter(store.all('dashboard')), None)
    if first:
        return RedirectResponse(f'/dashboard/{quote(first["id"])}{_query(request)}', 303, HEADERS)
    return _render(request, 'start.html', metrics=store.metrics())


def dashboards_page(request: Request) -> Response:
    return _render(request, 'dashboards.html', dashboards=request.app.state.store.all('dashboard'))


async def dashboard_page(request: Request) -> Response:
    if request.method != 'POST':
        return await run_in_threadpool(_dashboard, request)
    panel = getattr(request.app.state, 'panel', None)
    if panel is None:
        return Response('Nothing can be chosen here.', 405, HEADERS, 'text/plain')
    async with request.form(max_files=0, max_fields=2, max_part_size=1000) as form:
        value = str(form.get('value', ''))
    try:
        await run_in_threadpool(panel.choose, value)
    except ValueError as error:
        return await run_in_threadpool(_dashboard, request, str(error))
    return RedirectResponse(f'{request.url.path}{_query(request)}', 303, HEADERS)


def _dashboard(request: Request, refused: str = '') -> Response:
    store: Store = request.app.state.store
    dashboard = store.get('dashboard', request.path_params['id'])
    if dashboard is None:
        return _not_found(request, f'There is no dashboard {request.path_params["id"]}.')
    parameters, now = request.query_params, request.app.state.clock()
    period = dashboards.period(parameters, _range(request).seconds, now)
    chosen = dashboards.chosen(dashboard, parameters.multi_items())
    panel = getattr(request.app.state, 'panel', None)
    asked = dashboards.EVERYTHING if 'all' in parameters else dashboards.asked(request.headers.get('sandbox-widgets'))
    card = _templates.get_template('widgets/card.html')
    items = dashboards.Items(
        store,
        period,
        # A live time of a widget ends where the page does, unless that stands still.
        int(now) + 1 if period.fixed else period.end,
        chosen,
        panel.hints if panel else {},
        asked,
        lambda item, level: card.render(widget=item, level=level),
    )
    return _render(
        request,
        'dashboard.html',
        422 if refused else 200,
        dashboard=dashboard,
        items=items.of(dashboard['widgets']),
        panel=panel,
        period=period,
        presets=dashboards.presets(dashboard),
        range='fixed' if period.fixed else _range(request).name,
        refused=refused,
        everything=request.url.include_query_params(all=1).query,
        variables=dashboards.variables(store, dashboard, chosen, widgets.metrics(dashboard['widgets'])),
    )


# Hosts


def hosts(request: Request) -> Response:
    store: Store = request.app.state.store
    checks = defaultdict(list)
    for check in store.service_checks():
        checks[check.host].append(check)
    rows = [
        {
            'name': host.name,
            'tags': host.tags,
            'version': host.meta.get('agentVersion'),
            'last_seen': host.last_seen,
            'checks': checks[host.name],
        }
        for host in store.hosts()
    ]
    return _render(request, 'hosts.html', hosts=rows)


# Traces


def traces(request: Request) -> Response:
    store: Store = request.app.state.store
    chosen = _range(request)
    end = int(request.app.state.clock()) + 1
    start = end - chosen.seconds
    totals: dict[tuple[str, str, str], dict[str, Any]] = {}
    for stat in store.trace_stats(start, end):
        key = (stat.service, stat.resource, stat.name)
        row = totals.setdefault(
            key, {'resource': stat.resource, 'name': stat.name, 'hits': 0, 'errors': 0, 'duration': 0}
        )
        row['hits'] += stat.hits
        row['errors'] += stat.errors
        row['duration'] += stat.duration
    services = [
        (service, [totals[key] for key in keys if totals[key]['hits']])
        for service, keys in groupby(sorted(totals), key=lambda key: key[0])
    ]
    return _render(
        request,
        'traces.html',
        range=chosen.name,
        services=services,
        traces=_latest(store.spans(start * NANOSECONDS, end * NANOSECONDS, limit=SPANS)),
    )


def _latest(spans: Sequence[Span]) -> list[dict[str, Any]]:
    """Return the latest traces: each with its first span, how many it has, and how many of them failed."""
    by_trace = defaultdict(list)
    for span in spans:
        by_trace[span.trace].append(span)
    if len(spans) == SPANS and len(by_trace) > 1:
        # The oldest may lack spans.
        del by_trace[spans[-1].trace]
    found: list[dict[str, Any]] = [
        {
            'id': id_,
            'root': min(own, key=lambda span: (span.parent != '0', span.start)),
            'count': len(own),
            'errors': sum(map(bool, (span.error for span in own))),
        }
        for id_, own in by_trace.items()
    ]
    return sorted(found, key=lambda row: row['root'].start, reverse=True)[:TRACES]


def trace(request: Request) -> Response:
    id_ = request.path_params['id']
    spans = request.app.state.store.spans(trace=id_)
    if not spans:
        return _not_found(request, f'No span of a trace {id_} is kept here.')
    start = min(span.start for span in spans)
    total = max(1, max(span.start + span.duration for span in spans) - start)
    services = sorted({span.service for span in spans})
    rows = [
        {
            'span': span,
            'depth': depth,
            'color': services.index(span.service) % 6,
            'left': round(100 * (span.start - start) / total, 3),
            'width': round(max(0.25, 100 * span.duration / total), 3),
        }
        for depth, span in _tree(spans)
    ]
    return _render(request, 'trace.html', id=id_, start=start, total=total, services=services, rows=rows)


def _tree(spans: Sequence[Span]) -> list[tuple[int, Span]]:
    """Return the spans in the order of a waterfall, each below its parent, with its depth.

    A span whose parent is not there begins a tree of its own, and so does one whose parents form a circle.
    """
    children = defaultdict(list)
    ids = {span.id for span in spans}
    for span in sorted(spans, key=lambda span: (span.start, -span.duration), reverse=True):
        children[span.parent if span.parent in ids and span.parent != span.id else ''].append(span)
    rows: list[tuple[int, Span]] = []
    seen: set[str] = set()
    todo = [(0, span) for span in [*spans, *children['']]]
    while todo:
        depth, span = todo.pop()
        if span.id not in seen:
            seen.add(span.id)
            rows.append((depth, span))
            todo += [(depth + 1, child) for child in children[span.id]]
    return rows


# Mail


def mail(request: Request) -> Response:
    store: Store = request.app.state.store
    id_ = request.path_params.get('id')
    opened = store.mail(id_) if id_ is not None else None
    if id_ is not None and opened is None:
        return _not_found(request, f'There is no mail {id_}.')
    return _render(request, 'mail.html', mails=store.latest_mails(MAILS), total=store.count_mails(), open=opened)


def mail_html(request: Request) -> Response:
    found = request.app.state.store.mail(request.path_params['id'])
    if found is None:
        return _not_found(request, 'There is no such mail.')
    # A link opens in the whole window, not in the frame.
    html = f'<base target="_top">{found.body["html"]}'
    return HTMLResponse(html, headers=HEADERS | {'Content-Security-Policy': MAIL_POLICY})


def mail_file(request: Request) -> Response:
    found = request.app.state.store.mail(request.path_params['id'])
    if found is None:
        return _not_found(request, 'There is no such mail.')
    name = f'attachment; filename="mail-{found.id}.eml"'
    headers = HEADERS | {'Content-Disposition': name}
    return Response(notifications.eml(found), media_type='message/rfc822', headers=headers)


# Monitors

STATES = ('Alert', 'Warn', 'No Data', 'OK', 'Skipped')
"""From the worst to the best."""
NOT_EVALUATED = 'Not evaluated'
GROUPS = 50
"""Groups of a monitor on its page: the worst."""


def _states(store: Store) -> list[tuple[dict[str, Any], str]]:
    """Return each monitor with the worst state of its groups."""
    return [(monitor, monitors.overall(store.states(monitor['id']))) for monitor in store.all('monitor')]


def _problem(store: Store, monitor: Mapping[str, Any]) -> str | None:
    """Return in one sentence why a monitor is not evaluated, or what went wrong; None when all is well."""
    return monitors.refusal(monitor) or monitors.error(store, monitor)


def _muting(
    silent: Sequence[downtimes.Downtime], monitor: Mapping[str, Any], state: Mapping[str, Any], moment: int
) -> list[dict[str, str]]:
    found = downtimes.muting(silent, monitor, state.get('tags') or {}, moment)
    return [{'id': downtime['id'], 'title': _title(downtime)} for downtime in found]


def monitors_page(request: Request) -> Response:
    store: Store = request.app.state.store
    now = int(request.app.state.clock())
    silent = [one for one in store.all('downtime') if downtimes.windows(one, now, now + 1)]
    rows = []
    for monitor in store.all('monitor'):
        states, problem = store.states(monitor['id']), _problem(store, monitor)
        counts = Counter(state['status'] for state in states.values())
        muted = {one['id']: one for state in states.values() for one in _muting(silent, monitor, state, now)}
        rows.append(
            {
                'id': monitor['id'],
                'name': _name(monitor),
                'query': monitor['query'],
                'state': NOT_EVALUATED if problem and not states else monitors.overall(states),
                'problem': problem,
                'counts': [(state, counts[state]) for state in STATES if counts[state]],
                'changed': max((state.get('since', 0) for state in states.values()), default=0),
                'muted': list(muted.values()),
            }
        )
    overall = Counter(row['state'] for row in rows)
    summary = ', '.join(f'{overall[state]} {state}' for state in (*STATES, NOT_EVALUATED) if overall[state])
    return _render(request, 'monitors.html', monitors=rows, summary=summary or 'None is here.')


def monitor_page(request: Request) -> Response:
    store: Store = request.app.state.store
    monitor = store.get('monitor', request.path_params['id'])
    if monitor is None:
        return _not_found(request, f'There is no monitor {request.path_params["id"]}.')
    now = int(request.app.state.clock())
    chosen = _range(request)
    start = now - chosen.seconds
    states = store.states(monitor['id'])
    silent = [one for one in store.all('downtime') if downtimes.windows(one, now, now + 1)]
    history = defaultdict(list)
    for change in store.transitions(monitor['id'], 0, now + 1):
        history[change.group].append(change)
    explainer, problem = monitors.Explainer(store, monitor), _problem(store, monitor)
    names = sorted(states, key=lambda name: (STATES.index(states[name]['status']), name))
    groups = [
        {
            'name': name,
            'state': states[name]['status'],
            'why': explainer.explain(name),
            'muted': _muting(silent, monitor, states[name], now),
            'slots': _slots(history[name], start, now),
            # What was before a group was forgotten is that of another one.
            'changes': [change for change in history[name] if change.time >= start and change.status][::-1],
        }
        for name in names[:GROUPS]
    ]
    counts = Counter(state['status'] for state in states.values())
    graph = {'type': 'alert_graph', 'alert_id': monitor['id']}
    period = dashboards.period({}, chosen.seconds, now)
    return _render(
        request,
        'monitor.html',
        monitor=monitor,
        problem=problem,
        remarks=monitors.remarks(monitor),
        state=NOT_EVALUATED if problem and not states else monitors.overall(states),
        summary=', '.join(f'{counts[state]} of {len(states)} in {state}' for state in STATES if counts[state]),
        groups=groups,
        hidden_groups=len(names) - len(groups),
        options=sorted((key, json.dumps(value)) for key, value in (monitor.get('options') or {}).items()),
        range=chosen.name,
        span=chosen.seconds,
        ticks=[start + chosen.seconds * part // 4 for part in range(5)],
        chart=dashboards.item(widgets.evaluate(store, graph, {}, period.start, period.end), 'query', graph, {}),
    )


def _slots(changes: Sequence[Transition], start: int, end: int) -> list[dict[str, Any]]:
    """Return the states in [start, end) as parts of a bar, in percent of it."""
    slots = []
    for change, following in zip_longest(changes, changes[1:]):
        begin, stop = max(start, change.time), min(end, following.time if following else end)
        if begin < stop and change.status:
            label = f'{change.status} from {_clock(begin)}' + (f' to {_clock(stop)}' if following else '')
            slots.append({'status': change.status, 'label': label, **_place(begin - start, stop - start, end - start)})
    return slots


def _place(begin: float, end: float, whole: float) -> dict[str, float]:
    return {'left': round(100 * begin / whole, 3), 'width': round(100 * (end - begin) / whole, 3)}


# Downtimes


def _title(downtime: downtimes.Downtime) -> str:
    """Return the first line of the message of a downtime, or its scope."""
    attributes = downtime['attributes']
    lines = (attributes.get('message') or '').strip().splitlines()
    return lines[0] if lines else f'Downtime of {attributes.get("scope") or "*"}'


def downtimes_page(request: Request) -> Response:
    store: Store = request.app.state.store
    now = int(request.app.state.clock())
    all_monitors = store.all('monitor')
    order = ('active', 'scheduled', 'ended', 'canceled')
    rows = []
    for downtime in store.all('downtime'):
        attributes = downtime['attributes']
        schedule = attributes.get('schedule') or {}
        zone = schedule.get('timezone') or 'UTC'
        status = downtimes.status(downtime, now)
        window = downtimes.current(downtime, now)
        rows.append(
            {
                'id': downtime['id'],
                'title': _title(downtime),
                'status': status,
                'what': {'active': 'Silent', 'scheduled': 'Next'}.get(status, 'Last'),
                'window': _window(window, ZoneInfo(zone)) if window else 'never',
                'zone': zone,
                'recurrences': schedule.get('recurrences') or [],
                'scope': attributes.get('scope') or '*',
                'monitors': [monitor for monitor in all_monitors if downtimes.covers(downtime, monitor)],
                'tags': (attributes.get('monitor_identifier') or {}).get('monitor_tags') or [],
                'week': _week(downtime, now, ZoneInfo(zone)),
            }
        )
    rows.sort(key=lambda row: order.index(row['status']))
    return _render(request, 'downtimes.html', downtimes=rows)


def _window(window: downtimes.Window, zone: ZoneInfo) -> str:
    if window.end == downtimes.FOREVER:
        return f'from {_local(window.start, zone)}, without an end'
    return f'{_local(window.start, zone)} to {_local(window.end, zone)}'


def _local(moment: int, zone: ZoneInfo) -> str:
    return f'{datetime.fromtimestamp(moment, zone):%a %-d %b %H:%M}'


def _week(downtime: downtimes.Downtime, now: int, zone: ZoneInfo) -> list[dict[str, Any]]:
    """Return seven days on the clock of a zone, with the parts of each in which a downtime is open."""
    today = datetime.fromtimestamp(now, zone).date()
    days = []
    for number in range(7):
        day = today + timedelta(days=number)
        start, end = (int(datetime.combine(date, time(), zone).timestamp()) for date in (day, day + timedelta(days=1)))
        slots = []
        for window in downtimes.windows(downtime, start, end):
            begin = _hours(window.start, zone) if window.start > start else 0.0
            stop = _hours(window.end, zone) if window.end < end else 24.0
            # A window in the hour that the clock shows twice may end at an earlier time than it began.
            label = f'{_hour(begin)}–{_hour(stop)}'
            slots.append({'label': label, **_place(min(begin, stop), max(begin, stop), 24)})
        current = round(_hours(now, zone) / 0.24, 3) if number == 0 else None
        days.append({'label': f'{day:%a %-d %b}', 'slots': slots, 'now': current})
    return days


def _hours(moment: int, zone: ZoneInfo) -> float:
    """Return what the clock of a zone shows, in hours."""
    local = datetime.fromtimestamp(moment, zone)
    return local.hour + local.minute / 60 + local.second / 3600


def _hour(hours: float) -> str:
    # Whole minutes, as clocks show them.
    minutes = int(hours * 60 + 1e-6)
    return f'{minutes // 60:02}:{minutes % 60:02}'


# Received


def received(request: Request) -> Response:
    return _render(request, 'received.html', received=request.app.state.store.received())


routes: list[BaseRoute] = [
    Route('/', home),
    Route('/dashboards', dashboards_page),
    Route('/dashboard/{id}', dashboard_page, methods=['GET', 'POST']),
    # As Datadog writes it, with the title behind.
    Route('/dashboard/{id}/{title}', dashboard_page, methods=['GET', 'POST']),
    Route('/static/{name}', static),
    Route('/hosts', hosts),
    Route('/traces', traces),
    Route('/trace/{id}', trace),
    Route('/mail', mail),
    Route('/mail/{id:int}.eml', mail_file),
    Route('/mail/{id:int}', mail),
    Route('/mail/{id:int}/html', mail_html),
    Route('/monitors', monitors_page),
    Route('/monitors/{id:int}', monitor_page),
    Route('/downtimes', downtimes_page),
    # As Datadog has it.
    Route('/monitors/downtimes', lambda request: RedirectResponse('/downtimes', 303, HEADERS)),
    Route('/received', received),
]
