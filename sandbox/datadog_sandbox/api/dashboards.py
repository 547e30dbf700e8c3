"""Dashboards, API v1."""

import re
import secrets
import string
from typing import Any

from datadog_api_client.v1.model.dashboard import Dashboard

from .endpoint import USER, Call, Refused, endpoint, strict

SUMMARY = (
    'id', 'title', 'description', 'layout_type', 'url', 'is_read_only', 'created_at', 'modified_at', 'author_handle',
)  # fmt: skip
"""The fields of a dashboard in the list of all."""


def list_dashboards(call: Call) -> Any:
    start, count = call.number('start', 0), call.number('count', 100)
    found = call.store.all('dashboard')[start : start + count]
    return {'dashboards': [{name: one.get(name) for name in SUMMARY} for one in found]}


def get_dashboard(call: Call) -> Any:
    return _one(call)


def create_dashboard(call: Call) -> Any:
    _check(call.body)
    with call.store.transaction():
        alphabet = string.ascii_lowercase + string.digits
        id_ = '-'.join(''.join(secrets.choice(alphabet) for _ in range(3)) for _ in range(3))
        return _save(call, id_, call.stamp())


def update_dashboard(call: Call) -> Any:
    with call.store.transaction():
        old = _one(call)
        _check(call.body)
        return _save(call, old['id'], old['created_at'])


def delete_dashboard(call: Call) -> Any:
    if not call.store.remove('dashboard', call.path['id']):
        raise _not_found(call)
    return {'deleted_dashboard_id': call.path['id']}


def _one(call: Call) -> dict[str, Any]:
    found = call.store.get('dashboard', call.path['id'])
    if found is None:
        raise _not_found(call)
    return found


def _not_found(call: Call) -> Refused:
    return Refused(f'Dashboard with ID {call.path["id"]} not found', 404)


def _check(body: Any) -> None:
    strict(body, Dashboard)
    for variable in body.get('template_variables') or []:
        if variable.get('default') is not None and variable.get('defaults') is not None:
            raise Refused("'template_variables' is invalid: a variable has either default or defaults")
        if '' in (variable.get('defaults') or []):
            raise Refused("Minimum length of parameter 'defaults' should be 1")


def _save(call: Call, id_: str, created: str) -> dict[str, Any]:
    slug = re.sub('[^a-z0-9]+', '-', call.body['title'].lower()).strip('-')
    dashboard = {
        'description': None,
        'template_variables': None,
        'notify_list': None,
        **call.body,
        'restricted_roles': call.body.get('restricted_roles') or [],
        'id': id_,
        'url': f'/dashboard/{id_}/{slug}',
        'author_handle': USER['handle'],
        'author_name': USER['name'],
        'is_read_only': bool(call.body.get('is_read_only')),
        'created_at': created,
        'modified_at': call.stamp(),
    }
    _number_widgets(dashboard['widgets'])
    call.store.put('dashboard', id_, dashboard)
    return dashboard


def _number_widgets(widgets: list[dict[str, Any]]) -> None:
    """Give each widget an id where it has none, those inside groups too."""
    for widget in widgets:
        if widget.get('id') is None:
            widget['id'] = 1 + secrets.randbelow(2**53 - 1)
        _number_widgets(widget['definition'].get('widgets') or [])


routes = [
    endpoint('GET', '/api/v1/dashboard', list_dashboards, unsupported=('filter[shared]', 'filter[deleted]')),
    endpoint('POST', '/api/v1/dashboard', create_dashboard),
    endpoint('GET', '/api/v1/dashboard/{id}', get_dashboard),
    endpoint('PUT', '/api/v1/dashboard/{id}', update_dashboard),
    endpoint('DELETE', '/api/v1/dashboard/{id}', delete_dashboard),
]
