"""The one user, role, and organization of the account."""

from calling import Client


def test_the_permission_of_the_role_is_the_only_one(api: Client) -> None:
    """The form is that recorded in `test_list_permissions_returns_ok_response` of datadog-api-client-python."""
    [role] = api.ask('GET', '/api/v2/roles')['data']
    [permission] = api.ask('GET', '/api/v2/permissions')['data']
    assert (permission['type'], permission['attributes']['name']) == ('permissions', 'admin')
    assert role['relationships']['permissions']['data'] == [{'type': 'permissions', 'id': permission['id']}]
    assert api.ask('GET', f'/api/v2/roles/{role["id"]}/permissions') == {'data': [permission]}
    assert api.errors('GET', '/api/v2/roles/x/permissions', status=404) == ['could not find the uuid.']


def test_the_organization_is_the_only_one(api: Client) -> None:
    [organization] = api.ask('GET', '/api/v1/org')['orgs']
    assert api.ask('GET', f'/api/v1/org/{organization["public_id"]}') == {'org': organization}


def test_another_organization_is_forbidden(api: Client) -> None:
    """GET /api/v1/org/{public_id} is documented with 400 and 403, and without 404."""
    assert api.errors('GET', '/api/v1/org/other', status=403) == ['Forbidden']
