"""The mails, and one of them."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from datadog_sandbox import notifications
from datadog_sandbox.store import Store

from .frame import HEADERS, not_found, render

# A mail is a page of its own: it shows pictures and its own styles, and runs nothing. Without an origin, Chromium would
# not show it the pictures of this server.
MAIL_POLICY = (
    "default-src 'none'; img-src 'self' data: cid:; style-src 'unsafe-inline'; base-uri 'self'; "
    "frame-ancestors 'self'; sandbox allow-same-origin allow-top-navigation-by-user-activation"
)
MAILS = 200
"""Mails in the list: the latest."""


def mail(request: Request) -> Response:
    store: Store = request.app.state.store
    id_ = request.path_params.get('id')
    opened = store.mail(id_) if id_ is not None else None
    if id_ is not None and opened is None:
        return not_found(request, f'There is no mail {id_}.')
    return render(request, 'mail.html', mails=store.latest_mails(MAILS), total=store.count_mails(), open=opened)


def mail_html(request: Request) -> Response:
    found = request.app.state.store.mail(request.path_params['id'])
    if found is None:
        return not_found(request, 'There is no such mail.')
    # A link opens in the whole window, not in the frame.
    html = f'<base target="_top">{found.body["html"]}'
    return HTMLResponse(html, headers=HEADERS | {'Content-Security-Policy': MAIL_POLICY})


def mail_file(request: Request) -> Response:
    found = request.app.state.store.mail(request.path_params['id'])
    if found is None:
        return not_found(request, 'There is no such mail.')
    name = f'attachment; filename="mail-{found.id}.eml"'
    headers = HEADERS | {'Content-Disposition': name}
    return Response(notifications.eml(found), media_type='message/rfc822', headers=headers)


routes: list[BaseRoute] = [
    Route('/mail', mail),
    Route('/mail/{id:int}.eml', mail_file),
    Route('/mail/{id:int}', mail),
    Route('/mail/{id:int}/html', mail_html),
]
