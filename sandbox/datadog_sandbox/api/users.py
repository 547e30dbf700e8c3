"""Users, API v2, read only: the account has one."""

from typing import Any

from .endpoint import USER, Call, endpoint

PAGE = 10
"""Users in one answer, unless told otherwise."""
STATUS = 'Active'


def list_users(call: Call) -> Any:
    """Answer with the users whose name or address holds the text `filter`."""
    wanted, statuses = call.query.get('filter', '').casefold(), call.words('filter[status]') or [STATUS]
    found = (
        [_USER] if STATUS in statuses and any(wanted in USER[name].casefold() for name in ('name', 'handle')) else []
    )
    first, size = call.number('page[number]', 0), call.number('page[size]', PAGE)
    page = {'total_count': 1, 'total_filtered_count': len(found)}
    return {'data': found[first * size :][:size], 'included': [], 'meta': {'page': page}}


_USER = {
    'type': 'users',
    'id': USER['id'],
    'attributes': {
        'name': USER['name'],
        'handle': USER['handle'],
        'email': USER['handle'],
        'status': STATUS,
        'disabled': False,
        'verified': True,
        'service_account': False,
    },
}

routes = [endpoint('GET', '/api/v2/users', list_users)]
