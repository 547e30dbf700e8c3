"""Dashboards, API v1."""

import re
import secrets
import string
import uuid
from typing import Any

from datadog_sandbox import validation

from .endpoint import USER, Call, Refused, endpoint

SUMMARY = (
    'id', 'title', 'description', 'layout_type', 'url', 'is_read_only', 'created_at', 'modified_at', 'author_handle',
    'deleted_at',
)  # fmt: skip
"""The fields of a dashboard in the list of all."""
DELETED = 'deleted dashboard'
"""The kind of resource that a deleted dashboard becomes, until it is restored."""
SLUG = 80
"""Characters of the title in the address of a dashboard."""
OWN = ('id', 'url', 'author_handle', 'author_name', 'created_at', 'modified_at', 'deleted_at')


def list_dashboards(call: Call) -> Any:
    """Answer with the dashboards in the order of creation; none is shared in public."""
    start, count = call.number('start', 0), call.number('count', 100)
    shared, deleted = call.flag('filter[shared]'), call.flag('filter[deleted]')
    if shared and deleted:
        raise Refused('filter[shared] cannot be combined with filter[deleted]')
    kind = DELETED if deleted else 'dashboard'
    dashboards = [] if shared else call.store.all(kind)[start : start + count]
    return {'dashboards': [_summary(dashboard) for dashboard in dashboards]}


def _summary(dashboard: dict[str, Any]) -> dict[str, Any]:
    return {'is_read_only': False, 'deleted_at': None} | {
        name: dashboard[name] for name in SUMMARY if name in dashboard
    }


def get_dashboard(call: Call) -> Any:
    return _dashboard(call)


def create_dashboard(call: Call) -> Any:
    body = validation.dashboard(call.body)
    with call.store.transaction():
        alphabet = string.ascii_lowercase + string.digits
        id_ = '-'.join(''.join(secrets.choice(alphabet) for _ in range(3)) for _ in range(3))
        stamp = call.stamp()
        return _save(call, body, id_, stamp, stamp)


def update_dashboard(call: Call) -> Any:
    body = validation.dashboard(call.body)
    with call.store.transaction():
        old = _dashboard(call)
        return _save(call, body, old['id'], old['created_at'], call.stamp(), 'restricted_roles' in old)


def delete_dashboard(call: Call) -> Any:
    with call.store.transaction():
        _delete(call, _dashboard(call))
    return {'deleted_dashboard_id': call.path['id']}


def _delete(call: Call, dashboard: dict[str, Any]) -> None:
    call.store.remove('dashboard', dashboard['id'])
    call.store.save(DELETED, dashboard['id'], dashboard | {'deleted_at': call.stamp()})


def delete_dashboards(call: Call) -> None:
    with call.store.transaction():
        for dashboard in _selected(call, 'dashboard'):
            _delete(call, dashboard)


def restore_dashboards(call: Call) -> None:
    with call.store.transaction():
        for dashboard in _selected(call, DELETED):
            call.store.remove(DELETED, dashboard['id'])
            restored = {name: value for name, value in dashboard.items() if name != 'deleted_at'}
            call.store.save('dashboard', dashboard['id'], restored)


def _selected(call: Call, kind: str) -> list[dict[str, Any]]:
    """Return the dashboards that a bulk request names. Raises `Refused` when one of them is not there."""
    data = call.body.get('data') if isinstance(call.body, dict) else None
    ids = [entry.get('id') if isinstance(entry, dict) else None for entry in data] if isinstance(data, list) else []
    if not ids or not all(isinstance(id_, str) for id_ in ids):
        raise Refused('data must be a list of objects with the id of a dashboard and the type "dashboard"')
    dashboards = [call.store.get(kind, str(id_)) for id_ in dict.fromkeys(ids)]
    for id_, dashboard in zip(dict.fromkeys(ids), dashboards, strict=True):
        if dashboard is None:
            raise Refused(f'Dashboard with ID {id_} not found', 404)
    return [dashboard for dashboard in dashboards if dashboard is not None]


def _dashboard(call: Call) -> dict[str, Any]:
    dashboard = call.store.get('dashboard', call.path['id'])
    if dashboard is None:
        raise Refused(f'Dashboard with ID {call.path["id"]} not found', 404)
    return dashboard


def _save(
    call: Call, body: dict[str, Any], id_: str, created: str, modified: str, restricted: bool = True
) -> dict[str, Any]:
    """Save a dashboard, and return it; `restricted` is whether the one that it replaces, if any, has roles."""
    # As in the recorded addresses, letters and digits are kept; what is between words is a dash.
    slug = re.sub('[ -]+', '-', re.sub('[^a-z0-9 -]', '', body['title'].lower())).strip('-')[:SLUG]
    dashboard = {
        'id': id_,
        'title': body['title'],
        'description': None,
        'author_handle': USER['handle'],
        'author_name': USER['name'],
        'layout_type': body['layout_type'],
        'url': f'/dashboard/{id_}/{slug}',
        'template_variables': None,
        'widgets': [],
        'notify_list': None,
        'created_at': created,
        'modified_at': modified,
        **{name: value for name, value in body.items() if name not in OWN},
    }
    if restricted and ('is_read_only' in body or not {'template_variable_presets', 'id'} & body.keys()):
        # As in all of Datadog's recorded answers to such bodies.
        dashboard.setdefault('restricted_roles', [])
    if isinstance(dashboard['notify_list'], list):
        dashboard['notify_list'] = sorted(dashboard['notify_list'])
    _number_widgets(dashboard['widgets'])
    for tab in dashboard.get('tabs') or []:
        # `@1` is the first widget of the request.
        ids = {f'@{number}': widget['id'] for number, widget in enumerate(dashboard['widgets'], 1)}
        tab['widget_ids'] = [ids.get(id_, id_) for id_ in tab.get('widget_ids') or []]
        tab.setdefault('id', str(uuid.uuid4()))
    call.store.save('dashboard', id_, dashboard)
    return dashboard


def _number_widgets(widgets: list[dict[str, Any]]) -> None:
    """Give each widget an id where it has none, those inside groups too."""
    for widget in widgets:
        if widget.get('id') is None:
            widget['id'] = 1 + secrets.randbelow(2**53 - 1)
        _number_widgets(widget['definition'].get('widgets') or [])


routes = [
    endpoint('GET', '/api/v1/dashboard', list_dashboards, kind='dashboards'),
    endpoint('POST', '/api/v1/dashboard', create_dashboard, kind='dashboard'),
    endpoint('DELETE', '/api/v1/dashboard', delete_dashboards),
    endpoint('PATCH', '/api/v1/dashboard', restore_dashboards),
    endpoint('GET', '/api/v1/dashboard/{id}', get_dashboard, kind='dashboard read'),
    endpoint('PUT', '/api/v1/dashboard/{id}', update_dashboard, kind='dashboard'),
    endpoint('DELETE', '/api/v1/dashboard/{id}', delete_dashboard),
]
