"""Lists of dashboards: the lists in API v1, what is in them in API v2."""

from typing import Any

from .endpoint import USER, Call, Refused, endpoint

AUTHOR = {'handle': USER['handle'], 'name': USER['name']}
KIND = 'dashboard list'
TYPES = (
    'custom_timeboard', 'custom_screenboard', 'integration_screenboard', 'integration_timeboard', 'host_timeboard',
)  # fmt: skip


def list_lists(call: Call) -> Any:
    return {'dashboard_lists': [_shape(each) for each in call.store.all(KIND)]}


def create_list(call: Call) -> Any:
    name = _name(call)
    with call.store.transaction():
        stamp = call.stamp()
        id_ = call.store.next_number(KIND)
        created = {'id': id_, 'name': name, 'created': stamp, 'modified': stamp, 'dashboards': []}
        call.store.save(KIND, id_, created)
    return _shape(created)


def get_list(call: Call) -> Any:
    return _shape(_list(call))


def update_list(call: Call) -> Any:
    name = _name(call)
    with call.store.transaction():
        changed = _list(call) | {'name': name, 'modified': call.stamp()}
        call.store.save(KIND, changed['id'], changed)
    return _shape(changed)


def delete_list(call: Call) -> Any:
    with call.store.transaction():
        id_ = _list(call)['id']
        call.store.remove(KIND, id_)
    return {'deleted_dashboard_list_id': id_}


def get_items(call: Call) -> Any:
    items = _list(call)['dashboards']
    dashboards = [(item, call.store.get('dashboard', item['id'])) for item in items]
    shapes = [_item(item, dashboard) for item, dashboard in dashboards if dashboard is not None]
    return {'total': len(shapes), 'dashboards': shapes}


def add_items(call: Call) -> Any:
    with call.store.transaction():
        old, new = _list(call), _items(call)
        added = [item for item in new if item not in old['dashboards']]
        _save(call, old, [*old['dashboards'], *added])
    return {'added_dashboards_to_list': added}


def replace_items(call: Call) -> Any:
    with call.store.transaction():
        old, new = _list(call), _items(call)
        _save(call, old, new)
    return {'dashboards': new}


def remove_items(call: Call) -> Any:
    with call.store.transaction():
        old, gone = _list(call), _items(call)
        _save(call, old, [item for item in old['dashboards'] if item not in gone])
    return {'deleted_dashboards_from_list': [item for item in gone if item in old['dashboards']]}


def _save(call: Call, old: dict[str, Any], items: list[dict[str, Any]]) -> None:
    call.store.save(KIND, old['id'], old | {'dashboards': items, 'modified': call.stamp()})


def _list(call: Call) -> dict[str, Any]:
    each = call.store.get(KIND, call.path['id'])
    if each is None:
        raise Refused(f'Manual Dashboard List with id {call.path["id"]} not found', 404)
    return each


def _name(call: Call) -> str:
    name = call.body.get('name') if isinstance(call.body, dict) else None
    if not isinstance(name, str) or not name:
        raise Refused('name must be a string that is not empty')
    return name


def _items(call: Call) -> list[dict[str, Any]]:
    """Return the dashboards that a request names. Raises `Refused`."""
    items = call.body.get('dashboards') if isinstance(call.body, dict) else None
    if not isinstance(items, list):
        raise Refused('dashboards must be a list of objects with an id and a type')
    for item in items:
        if not isinstance(item, dict) or not isinstance(item.get('id'), str) or item.get('type') not in TYPES:
            raise Refused(f'dashboards must be objects with an id and a type, which is one of {", ".join(TYPES)}')
    return [{'type': item['type'], 'id': item['id']} for item in items]


def _shape(each: dict[str, Any]) -> dict[str, Any]:
    return {
        'id': each['id'],
        'name': each['name'],
        'type': 'manual_dashboard_list',
        'author': AUTHOR,
        'dashboard_count': len(each['dashboards']),
        'dashboards': None,
        'is_favorite': False,
        'created': each['created'],
        'modified': each['modified'],
    }


def _item(item: dict[str, Any], dashboard: dict[str, Any]) -> dict[str, Any]:
    return {
        **item,
        'title': dashboard['title'],
        'url': dashboard['url'],
        'author': AUTHOR,
        'created': dashboard['created_at'],
        'modified': dashboard['modified_at'],
        'tags': dashboard.get('tags'),
        'popularity': 0,
        'is_favorite': False,
        'is_read_only': False,
        'is_shared': False,
        'icon': None,
        'integration_id': None,
    }


routes = [
    endpoint('GET', '/api/v1/dashboard/lists/manual', list_lists),
    endpoint('POST', '/api/v1/dashboard/lists/manual', create_list),
    endpoint('GET', '/api/v1/dashboard/lists/manual/{id:number}', get_list),
    endpoint('PUT', '/api/v1/dashboard/lists/manual/{id:number}', update_list),
    endpoint('DELETE', '/api/v1/dashboard/lists/manual/{id:number}', delete_list),
    # API v1 takes what API v2 does: `dog` uses both.
    *(
        endpoint(
            method, f'/api/{version}/dashboard/lists/manual/{{id:number}}/dashboards', serve, kind='dashboard list'
        )
        for version in ('v1', 'v2')
        for method, serve in (('GET', get_items), ('POST', add_items), ('PUT', replace_items), ('DELETE', remove_items))
    ),
]
