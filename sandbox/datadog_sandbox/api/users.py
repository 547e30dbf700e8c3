"""Users, roles, and the organization, read only: the account has an owner, users that were created, and one role."""

from typing import Any

from .endpoint import USER, Call, Refused, endpoint
from .history import LOGIN_METHODS_LISTED, LOGIN_METHODS_READ, USER_TITLES, before

PAGE, LARGEST_PAGE = 10, 1000
"""Users in one answer: the default, and the most."""
STATUS = 'Active'
USER_ID = USER['id']
KIND = 'user'
"""What users are kept as that were created."""
ORG_ID = '00000000-0000-4000-8000-000000000002'
ROLE_ID = '00000000-0000-4000-8000-000000000003'
SINCE = '2020-01-01T00:00:00.000000+00:00'
"""When the user, the role, and the organization were created, if one asks."""
LOGIN_METHODS = ['google_oidc', 'standard']
"""How one may log in to an organization: the same in each one recorded."""
ROLES_MEDIA_TYPE = 'application/vnd.api+json'
ATTRIBUTES: dict[str, Any] = {
    'name': USER['name'],
    'handle': USER['handle'],
    'created_at': SINCE,
    'modified_at': SINCE,
    'email': USER['handle'],
    'icon': '',
    'title': None,
    'verified': True,
    'service_account': False,
    'disabled': False,
    'allowed_login_methods': [],
    'status': STATUS,
    'last_login_time': '2020-01-01T00:00:00+00:00',
}
_USER: dict[str, Any] = {
    'type': 'users',
    'id': USER_ID,
    'attributes': ATTRIBUTES,
    'relationships': {
        'roles': {'data': [{'type': 'roles', 'id': ROLE_ID}]},
        'org': {'data': {'type': 'orgs', 'id': ORG_ID}},
    },
}
_PERMISSION: dict[str, Any] = {
    'type': 'permissions',
    'id': '00000000-0000-4000-8000-000000000004',
    'attributes': {
        'name': 'admin', 'display_name': 'Privileged Access', 'description': 'All that the sandbox serves.',
        'created': SINCE, 'group_name': 'General', 'display_type': 'other', 'restricted': False,
    },
}  # fmt: skip
_INCLUDED_ROLE: dict[str, Any] = {
    'type': 'roles',
    'id': ROLE_ID,
    'attributes': {'name': 'Datadog Admin Role', 'managed': True, 'created_at': SINCE, 'modified_at': SINCE},
    'relationships': {'permissions': {'data': [{'type': 'permissions', 'id': _PERMISSION['id']}]}},
}
_ROLE: dict[str, Any] = _INCLUDED_ROLE | {
    'attributes': {
        'name': 'Datadog Admin Role', 'managed': True, 'created_at': '2020-01-01T00:00:00Z',
        'modified_at': '2020-01-01T00:00:00Z', 'team_count': 0, 'user_count': 0,
    },
}  # fmt: skip
"""The role as answers about roles have it: with other times than in what answers about users include, as recorded."""
_ORG: dict[str, Any] = {
    'type': 'orgs',
    'id': ORG_ID,
    'attributes': {
        'name': USER['name'], 'public_id': 'sandbox', 'description': None, 'sharing': 'none', 'url': '',
        'disabled': False, 'created_at': SINCE, 'modified_at': SINCE,
    },
}  # fmt: skip
INCLUDED_ROLES = [_INCLUDED_ROLE, _PERMISSION]
_OFF = {'enabled': False}
_ORGANIZATION: dict[str, Any] = {
    'public_id': 'sandbox', 'name': USER['name'], 'description': None, 'created': '2020-01-01 00:00:00',
    'subscription': {
        'id': None, 'billing_plan_id': 8, 'started': 1_577_836_800, 'expires': None, 'finished': None, 'type': 'pro',
        'is_custom': False, 'is_trial': False, 'is_expired': False,
    },
    'billing': {'type': 'parent_billing'},
    'settings': {
        'default_landing_page': 'Dashboard Lists', 'saml': _OFF, 'saml_can_be_enabled': False, 'saml_login_url': None,
        'saml_idp_metadata_uploaded': False, 'saml_idp_endpoint': None, 'saml_idp_metadata_valid_until': None,
        'custom_landing_page': None, 'saml_idp_initiated_login': _OFF, 'saml_strict_mode': _OFF,
        'saml_autocreate_access_role': 'st', 'saml_autocreate_users_domains': {**_OFF, 'domains': []},
        'private_widget_share': False, 'manage_reports': 'false',
    },
}  # fmt: skip
"""The organization as API v1 has it: with the settings of a new one, as recorded."""


def user_resource() -> dict[str, Any]:
    """Return the user as what other answers include."""
    return {'type': 'users', 'id': USER_ID, 'attributes': {'uuid': USER_ID, **ATTRIBUTES}}


def list_users(call: Call) -> Any:
    """Answer with the users whose name or address holds the string `filter`, and with their roles."""
    wanted, statuses = call.query.get('filter', '').casefold(), call.words('filter[status]')
    untitled = None if before(USER_TITLES, call.now) else ''
    users = everyone(call)
    matching = [
        _whole(user, user['attributes']['title'] or untitled, not before(LOGIN_METHODS_LISTED, call.now))
        for user in users
        if not statuses or user['attributes']['status'] in statuses
        if any(wanted in (user['attributes'][name] or '').casefold() for name in ('name', 'handle', 'email'))
    ]
    page = _page(call, matching, len(users))
    page['meta']['page']['max_page_size'] = LARGEST_PAGE
    return page | _included(page['data'])


def everyone(call: Call) -> list[dict[str, Any]]:
    return [_USER, *call.store.all(KIND)]


def _whole(user: dict[str, Any], title: str | None, methods: bool) -> dict[str, Any]:
    own = {'uuid': user['id'], **user['attributes'], 'title': title, 'mfa_enabled': False}
    return user | {'attributes': own | {'allowed_login_methods': LOGIN_METHODS if methods else []}}


def _included(users: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the roles of users, with their permissions, as an answer has them: not at all where there are none."""
    return {'included': INCLUDED_ROLES} if any(user['relationships']['roles']['data'] for user in users) else {}


def get_user(call: Call) -> Any:
    user = next((user for user in everyone(call) if user['id'] == call.path['id']), None)
    if user is None:
        raise Refused('user not found', 404)
    whole = _whole(user, user['attributes']['title'], not before(LOGIN_METHODS_READ, call.now))
    teams = {'relationships': user['relationships'] | {'team_roles': {'data': []}}}
    return {'data': whole | teams} | _included([user])


def get_current_user(call: Call) -> Any:
    own = {
        'attributes': {'uuid': USER_ID, **ATTRIBUTES},
        'relationships': _USER['relationships'] | {'team_roles': {'data': []}},
    }
    return {'data': _USER | own, 'included': [*INCLUDED_ROLES, _ORG]}


def list_roles(call: Call) -> Any:
    wanted, ids = call.query.get('filter', '').casefold(), call.words('filter[id]') or [ROLE_ID]
    matches = ROLE_ID in ids and wanted in _ROLE['attributes']['name'].casefold()
    return _page(call, [_role(call)] if matches else [], 1)


def get_role(call: Call) -> Any:
    if call.path['id'] != ROLE_ID:
        raise Refused('could not find the uuid.', 404)
    return {'data': _role(call)}


def _role(call: Call) -> dict[str, Any]:
    has = sum(bool(user['relationships']['roles']['data']) for user in everyone(call))
    return _ROLE | {'attributes': _ROLE['attributes'] | {'user_count': has}}


def list_permissions(call: Call) -> Any:
    """Answer with the one permission, to do everything that the sandbox serves."""
    return {'data': [_PERMISSION | {'attributes': _PERMISSION['attributes'] | {'name_aliases': []}}]}


def list_role_permissions(call: Call) -> Any:
    get_role(call)
    return list_permissions(call)


def get_role_templates(call: Call) -> Any:
    """Say that they are not served: their path looks like that of a role."""
    raise Refused('GET /api/v2/roles/templates is not served by the sandbox', 404)


def list_organizations(call: Call) -> Any:
    """Answer with the one organization, in the form of API v1."""
    return {'orgs': [_ORGANIZATION]}


def get_organization(call: Call) -> Any:
    if call.path['id'] != _ORGANIZATION['public_id']:
        raise Refused('Not allowed to access this organization')
    return {'org': _ORGANIZATION}


def _page(call: Call, matching: list[dict[str, Any]], total: int) -> dict[str, Any]:
    first, size = call.number('page[number]', 0), call.number('page[size]', PAGE)
    counts = {'total_count': total, 'total_filtered_count': len(matching)}
    return {'data': matching[first * size :][:size], 'meta': {'page': counts}}


routes = [
    endpoint('GET', '/api/v2/users', list_users, kind='users'),
    endpoint('GET', '/api/v2/users/{id}', get_user, kind='user'),
    endpoint('GET', '/api/v2/current_user', get_current_user, kind='current user'),
    endpoint('GET', '/api/v2/roles', list_roles, media_type=ROLES_MEDIA_TYPE, kind='role'),
    endpoint('GET', '/api/v2/roles/templates', get_role_templates),
    endpoint('GET', '/api/v2/roles/{id}', get_role, media_type=ROLES_MEDIA_TYPE, kind='role'),
    endpoint(
        'GET', '/api/v2/roles/{id}/permissions', list_role_permissions, media_type=ROLES_MEDIA_TYPE, kind='permissions'
    ),
    endpoint('GET', '/api/v2/permissions', list_permissions, media_type=ROLES_MEDIA_TYPE, kind='permissions'),
    endpoint('GET', '/api/v1/org', list_organizations),
    endpoint('GET', '/api/v1/org/{id}', get_organization),
]
