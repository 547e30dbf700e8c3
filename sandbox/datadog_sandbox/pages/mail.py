"""The mails, and one of them with what it is about."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from datadog_sandbox import monitors, notifications
from datadog_sandbox.natural import natural
from datadog_sandbox.notifications.smtp import eml
from datadog_sandbox.query import QueryError
from datadog_sandbox.store import Mail, Store

from .frame import HEADERS, not_found, query_of, render
from .listing import Column, Listing, document
from .relations import between, dashboard_link, dashboards_of
from .words import downtime_title, monitor_name, severity

# A mail is a page of its own: it shows pictures and its own styles, and runs nothing. Without an origin, Chromium would
# not show it the pictures of this server.
MAIL_POLICY = (
    "default-src 'none'; img-src 'self' data: cid:; style-src 'unsafe-inline'; base-uri 'self'; "
    "frame-ancestors 'self'; sandbox allow-same-origin allow-top-navigation-by-user-activation"
)
MAILS = 2000
"""Mails that one searches: the latest."""


def _writer(mail: Mail) -> str:
    """Return what kind of thing wrote a mail."""
    return next((kind for kind in ('monitor', 'downtime', 'event') if mail.body.get(kind) is not None), 'other')


LETTERS = Listing[Mail](
    'mail',
    (
        Column('time', 'Time', lambda mail: (mail.time, mail.id), descending=True),
        Column('subject', 'Subject', lambda mail: natural(mail.body['subject'])),
        Column('status', 'State', lambda mail: (severity(mail.body.get('status') or ''), -mail.time)),
    ),
    lambda mail: document(
        [mail.body['subject']],
        [tag for tag in str(mail.body.get('group') or '').split(',') if ':' in tag],
        status=[mail.body['status']] if 'status' in mail.body else [],
        kind=[_writer(mail)],
        to=mail.body['to'],
        read=['read' if mail.body.get('read') else 'unread'],
        monitor=[str(mail.body.get('monitor', ''))],
    ),
    {'status': 'State', 'kind': 'From', 'read': 'Read'},
    'host:web-1 -status:ok',
    completed='mails',
)


def rows(request: Request) -> Sequence[Mail]:
    store: Store = request.app.state.store
    return store.mail_heads(MAILS)


def mail(request: Request) -> Response:
    store: Store = request.app.state.store
    id_ = request.path_params.get('id')
    opened = store.mail(id_) if id_ is not None else None
    if id_ is not None and opened is None:
        return not_found(request, f'There is no mail {id_}.')
    if opened and request.method == 'GET' and not opened.body.get('read'):
        store.mark_read(opened.id)
    heads = rows(request)
    return render(
        request,
        'mail.html',
        list=LETTERS.page(heads, request.query_params),
        query=query_of(request),
        total=store.count_mails(),
        searched=len(heads),
        open=opened,
        text=notifications.text(opened, str(request.base_url).rstrip('/')) if opened else '',
        links=_links(store, opened) if opened else [],
    )


def _links(store: Store, mail: Mail) -> list[tuple[str, Sequence[tuple[str, str]]]]:
    """Return what a mail is about: names, and for each the labels and addresses of pages, at the time of the mail."""
    body = mail.body
    links: list[tuple[str, Sequence[tuple[str, str]]]] = []
    monitor = store.get('monitor', body['monitor']) if 'monitor' in body else None
    if monitor is not None:
        times = _times(monitor, mail)
        group = body.get('group') or ''
        page = f'/monitors/{monitor["id"]}'
        links.append(('Monitor', [(monitor_name(monitor), page + between(times))]))
        state = store.states(monitor['id']).get(group)
        if state is not None:
            links.append(('Group', [(group, page + between(times, group=group))]))
        # A value may have commas in it, of which the name of a group says nothing.
        if host := (dict(_tags(group)) if state is None else state['tags']).get('host'):
            links.append(('Host', [(host, f'/hosts/{quote(host, safe="")}')]))
        boards = [(str(board['title']), dashboard_link(board, times)) for board in dashboards_of(store, monitor)]
        links += [('Dashboards', boards)] if boards else []
    downtime = store.get('downtime', body['downtime']) if body.get('downtime') else None
    if downtime is not None:
        links.append(('Downtime', [(downtime_title(downtime), f'/downtimes?q=id:{downtime["id"]}')]))
    return links


def _tags(group: str) -> list[tuple[str, str]]:
    return [(key, value) for key, _, value in (tag.partition(':') for tag in group.split(',')) if value]


def _times(monitor: dict[str, Any], mail: Mail) -> tuple[int, int] | None:
    try:
        monitors.parse(monitor)
    except QueryError:
        return None
    return notifications.period(monitor, mail.time)


def mail_html(request: Request) -> Response:
    store: Store = request.app.state.store
    mail = store.mail(request.path_params['id'])
    if mail is None:
        return not_found(request, 'There is no such mail.')
    graph = f'/mail/{mail.id}/graph.png' if notifications.expected(store, mail) else ''
    # A link opens in the whole window, not in the frame.
    html = f'<base target="_top">{notifications.html(mail, "", graph)}'
    return HTMLResponse(html, headers=HEADERS | {'Content-Security-Policy': MAIL_POLICY})


def mail_graph(request: Request) -> Response:
    store: Store = request.app.state.store
    mail = store.mail(request.path_params['id'])
    graph = notifications.graph(store, mail) if mail else None
    if graph is None:
        return not_found(request, 'There is no such graph.')
    return Response(graph, media_type='image/png', headers=HEADERS)


def mail_file(request: Request) -> Response:
    store: Store = request.app.state.store
    mail = store.mail(request.path_params['id'])
    if mail is None:
        return not_found(request, 'There is no such mail.')
    name = f'attachment; filename="mail-{mail.id}.eml"'
    file = eml(mail, str(request.base_url).rstrip('/'), notifications.graph(store, mail))
    return Response(file, media_type='message/rfc822', headers=HEADERS | {'Content-Disposition': name})


routes: list[BaseRoute] = [
    Route('/mail', mail),
    Route('/mail/{id:int}.eml', mail_file),
    Route('/mail/{id:int}', mail),
    Route('/mail/{id:int}/html', mail_html),
    Route('/mail/{id:int}/graph.png', mail_graph),
]
