"""Monitors and dashboards as JSON: to look at and copy, and to make one of what was pasted."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from datadog_sandbox.api.dashboards import create_dashboard
from datadog_sandbox.api.endpoint import Call
from datadog_sandbox.api.monitors import create_monitor

from .forms import call_of, fields, pasted
from .frame import HEADERS, not_found, render
from .words import monitor_name

TURNING = re.compile('[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]')
"""Characters that change the direction of what follows them."""


@dataclass(frozen=True)
class Kind:
    """Something that the account holds and that one may import."""

    noun: str
    title: Callable[[Mapping[str, Any]], str]
    fields: tuple[str, ...]
    """What of it is exported, in this order: what another account needs to make the same."""
    create: Callable[[Call], Any]
    page: str
    """The address of one of them, before its id."""

    @property
    def list(self) -> str:
        return f'/{self.noun}s'


MONITOR = Kind(
    'monitor',
    monitor_name,
    ('name', 'type', 'query', 'message', 'tags', 'options', 'priority', 'restricted_roles', 'draft_status', 'assets'),
    create_monitor,
    '/monitors/',
)
DASHBOARD = Kind(
    'dashboard',
    lambda dashboard: str(dashboard['title']),
    (
        'title', 'description', 'widgets', 'template_variables', 'template_variable_presets', 'layout_type',
        'reflow_type', 'notify_list', 'tags', 'tabs',
    ),
    create_dashboard,
    '/dashboard/',
)  # fmt: skip


def exported(kind: Kind, resource: Mapping[str, Any]) -> str:
    """Return JSON that may be imported, here and by Datadog."""
    body = {name: resource[name] for name in kind.fields if resource.get(name) is not None}
    text = json.dumps(body, indent=2, ensure_ascii=False)
    # An escape is the same to whoever reads JSON, and does not turn around the lines on the page.
    return TURNING.sub(lambda match: f'\\u{ord(match[0]):04x}', text)


def json_page(request: Request, kind: Kind) -> Response:
    id_ = request.path_params['id']
    resource = request.app.state.store.get(kind.noun, id_)
    if resource is None:
        return not_found(request, f'There is no {kind.noun} {id_}.')
    return render(
        request,
        'json.html',
        kind=kind,
        title=kind.title(resource),
        back=f'{kind.page}{quote(str(id_))}',
        json=exported(kind, resource),
    )


def _whole(kind: Kind, body: Any) -> Any:
    """Return what was pasted; a widget alone, as the metrics explorer and Datadog copy it, becomes a dashboard."""
    if kind is not DASHBOARD or not isinstance(body, dict) or not isinstance(body.get('definition'), dict):
        return body
    title = str(body['definition'].get('title') or 'Imported widget')
    return {'title': title, 'layout_type': 'ordered', 'widgets': [body]}


async def import_page(request: Request, kind: Kind) -> Response:
    if request.method != 'POST':
        return await run_in_threadpool(render, request, 'import.html', kind=kind, text='', refused='')
    text = (await fields(request)).get('json', '')
    try:
        created = await run_in_threadpool(lambda: kind.create(call_of(request, _whole(kind, pasted(text)))))
    except ValueError as error:
        # What the API says to a client; what was pasted is not lost.
        return await run_in_threadpool(render, request, 'import.html', 422, kind=kind, text=text, refused=str(error))
    return RedirectResponse(f'{kind.page}{quote(str(created["id"]))}', 303, HEADERS)


routes: list[BaseRoute] = [
    Route('/monitors/{id:int}/json', partial(json_page, kind=MONITOR)),
    Route('/dashboards/{id}/json', partial(json_page, kind=DASHBOARD)),
    Route('/monitors/import', partial(import_page, kind=MONITOR), methods=['GET', 'POST']),
    Route('/dashboards/import', partial(import_page, kind=DASHBOARD), methods=['GET', 'POST']),
    # As Datadog has it.
    Route('/monitors/create/import', lambda request: RedirectResponse('/monitors/import', 303, HEADERS)),
]
