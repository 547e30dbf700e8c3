"""The one user, role, and organization of the account."""

from calling import Client


def test_the_permission_of_the_role_is_the_only_one(api: Client) -> None:
    """The form is that recorded in `test_list_permissions_returns_ok_response` of datadog-api-client-python."""
    [role] = api.ask('GET', '/api/v2/roles')['data']
    [permission] = api.ask('GET', '/api/v2/permissions')['data']
    assert (permission['type'], permission['attributes']['name']) == ('permissions', 'admin')
    assert role['relationships']['permissions']['data'] == [{'type': 'permissions', 'id': permission['id']}]
    assert api.ask('GET', f'/api/v2/roles/{role["id"]}/permissions') == {'data': [permission]}
    [error] = api.errors('GET', '/api/v2/roles/x/permissions', status=404)
    assert error['detail'] == 'could not find the uuid.'


def test_templates_of_roles_are_not_served(api: Client) -> None:
    assert api.errors('GET', '/api/v2/roles/templates', status=404) == [
        'GET /api/v2/roles/templates is not served by the sandbox'
    ]


def test_the_organization_is_the_only_one(api: Client) -> None:
    [organization] = api.ask('GET', '/api/v1/org')['orgs']
    assert api.ask('GET', f'/api/v1/org/{organization["public_id"]}') == {'org': organization}


def test_another_organization_is_forbidden(api: Client) -> None:
    """As recorded: TestOrgsGetErrors of datadog-api-client-go."""
    assert api.errors('GET', '/api/v1/org/other') == ['Not allowed to access this organization']


def test_the_organization_has_the_settings_of_a_new_one(api: Client) -> None:
    """As recorded: TestAccDatadogOrgGroupMembership_Basic and others of terraform-provider-datadog."""
    [organization] = api.ask('GET', '/api/v1/org')['orgs']
    assert set(organization) == {
        'public_id', 'name', 'description', 'created', 'subscription', 'billing', 'settings',
    }  # fmt: skip
    assert (organization['description'], organization['created']) == (None, '2020-01-01 00:00:00')
    assert organization['subscription'].keys() == {
        'id', 'billing_plan_id', 'started', 'expires', 'finished', 'type', 'is_custom', 'is_trial', 'is_expired',
    }  # fmt: skip
    settings = organization['settings']
    assert len(settings) == 14
    assert settings['saml_autocreate_users_domains'] == {'enabled': False, 'domains': []}
    assert {name for name, value in settings.items() if value == {'enabled': False}} == {
        'saml', 'saml_idp_initiated_login', 'saml_strict_mode',
    }  # fmt: skip


def test_a_role_has_the_recorded_form(api: Client) -> None:
    """As recorded: TestAccDatadogMonitor_WithRestrictionPolicy of terraform-provider-datadog."""
    answer = api.get('/api/v2/roles')
    assert answer.headers['content-type'] == 'application/vnd.api+json'
    assert answer.json()['meta'] == {'page': {'total_count': 1, 'total_filtered_count': 1}}
    [role] = answer.json()['data']
    # One that Datadog manages says so, and not who made it.
    assert set(role['attributes']) == {'created_at', 'managed', 'modified_at', 'name', 'team_count', 'user_count'}
    assert role['attributes']['created_at'].endswith('Z')
    missing = api.get('/api/v2/roles/00000000-0000-4000-8000-000000000009')
    assert (missing.status_code, missing.headers['content-type']) == (404, 'application/vnd.api+json')
    assert missing.json() == {'errors': [{'title': 'Generic Error', 'detail': 'could not find the uuid.'}]}
