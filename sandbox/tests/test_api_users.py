"""The one user, role, and organization of the account."""

from calling import Client


def test_the_organization_is_the_only_one(api: Client) -> None:
    [organization] = api.ask('GET', '/api/v1/org')['orgs']
    assert api.ask('GET', f'/api/v1/org/{organization["public_id"]}') == {'org': organization}


def test_another_organization_is_forbidden(api: Client) -> None:
    """GET /api/v1/org/{public_id} is documented with 400 and 403, and without 404."""
    assert api.errors('GET', '/api/v1/org/other', status=403) == ['Forbidden']
