"""Users that are created, changed, and disabled, API v2. None of them is mailed, and the owner does all there is."""

import uuid
from collections.abc import Mapping
from typing import Any

from .endpoint import Call, Refused, endpoint, typed
from .users import ATTRIBUTES, INCLUDED_ROLES, KIND, ORG_ID, ROLE_ID, USER_ID, everyone

PENDING, DISABLED = 'Pending', 'Disabled'


def create_user(call: Call) -> Any:
    data = _data(call, 'create')
    given = data.get('attributes') or {}
    roles = [role.get('id') for role in ((data.get('relationships') or {}).get('roles') or {}).get('data') or []]
    address = _address(given)
    if unknown := [str(role) for role in roles if role != ROLE_ID]:
        raise Refused(f'{unknown[0][:100]} not found: the only role is {ROLE_ID}')
    with call.store.transaction():
        if any(user['attributes']['handle'] == address for user in everyone(call)):
            raise Refused(f'User {address} already exists', 409)
        stamp = call.stamp()
        own = {
            'name': given.get('name'), 'handle': address, 'email': address, 'title': given.get('title'),
            'created_at': stamp, 'modified_at': stamp, 'verified': False, 'status': PENDING, 'last_login_time': None,
        }  # fmt: skip
        user: dict[str, Any] = {
            'type': 'users',
            'id': str(uuid.uuid4()),
            'attributes': ATTRIBUTES | own,
            'relationships': {
                'roles': {'data': [{'type': 'roles', 'id': role} for role in dict.fromkeys(roles)]},
                'org': {'data': {'type': 'orgs', 'id': ORG_ID}},
            },
        }
        call.store.save(KIND, user['id'], user)
    return _answer(user)


def update_user(call: Call) -> Any:
    data = _data(call, 'update')
    if data.get('id') != call.path['id']:
        raise Refused("UUID's in the URL and request body do not match", 422)
    given = {name: value for name, value in (data.get('attributes') or {}).items() if value is not None}
    if 'email' in given:
        given['email'] = _address(given)
    changes = {name: given[name] for name in ('name', 'email', 'disabled') if name in given}
    with call.store.transaction():
        user = _user(call)
        attributes = user['attributes'] | changes | {'modified_at': call.stamp()}
        attributes['status'] = DISABLED if attributes['disabled'] else PENDING
        user = user | {'attributes': attributes}
        call.store.save(KIND, user['id'], user)
    return _answer(user)


def disable_user(call: Call) -> None:
    with call.store.transaction():
        user = _user(call)
        if user['attributes']['disabled']:
            raise Refused(f'{user["id"]} not found', 404)
        off = {'disabled': True, 'status': DISABLED, 'modified_at': call.stamp()}
        call.store.save(KIND, user['id'], user | {'attributes': user['attributes'] | off})


def _address(given: Mapping[str, Any]) -> str:
    address = str(given.get('email') or '').strip().lower()
    if '@' not in address.strip('@'):
        raise Refused(f'data.attributes.email must be an address of mail, not {address[:100]!r}')
    return address


def _data(call: Call, verb: str) -> dict[str, Any]:
    typed(call.body, 'v2', f'user_{verb}_request', f'User{verb.title()}Request')
    data = call.body.get('data')
    if not data:
        raise Refused('data must be an object of the type users')
    return dict(data)


def _user(call: Call) -> dict[str, Any]:
    """Return the user of the path. Raises `Refused` when there is none, and for the owner of the account."""
    id_ = call.path['id']
    if id_ == USER_ID:
        raise Refused('The owner of the account cannot be changed', 403)
    user: dict[str, Any] | None = call.store.get(KIND, id_)
    if user is None:
        raise Refused(f'{id_[:100]} not found', 404)
    return user


def _answer(user: dict[str, Any]) -> dict[str, Any]:
    answer = {'data': user | {'attributes': {'uuid': user['id'], **user['attributes']}}}
    return answer | ({'included': INCLUDED_ROLES} if user['relationships']['roles']['data'] else {})


routes = [
    endpoint('POST', '/api/v2/users', create_user, status=201, kind='user'),
    endpoint('PATCH', '/api/v2/users/{id}', update_user, kind='user'),
    endpoint('DELETE', '/api/v2/users/{id}', disable_user),
]
