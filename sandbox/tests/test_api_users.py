"""The users of the account, its one role, and its one organization."""

from datetime import datetime
from typing import Any

import pytest
from calling import NOW, Client

ROLE = {'type': 'roles', 'id': '00000000-0000-4000-8000-000000000003'}
OWNER = '00000000-0000-4000-8000-000000000001'


def made(api: Client, email: str, status: int = 201, **attributes: Any) -> Any:
    data = {'type': 'users', 'attributes': {'email': email, **attributes}}
    return api.ask('POST', '/api/v2/users', {'data': data}, status)


def test_a_user_is_created_changed_and_disabled(api: Client) -> None:
    """As recorded: TestAccOnCallScheduleCreateAndUpdate and TestAccDatadogUser_Existing of the Terraform provider."""
    answer = made(api, 'Test-A@example.com', title='user title')
    # Without a role there is nothing to include.
    assert set(answer) == {'data'}
    id_ = answer['data']['id']
    assert answer['data'] == {
        'type': 'users',
        'id': id_,
        'attributes': {
            'uuid': id_, 'name': None, 'handle': 'test-a@example.com', 'created_at': '2026-11-24T12:00:00.000000+00:00',
            'modified_at': '2026-11-24T12:00:00.000000+00:00', 'email': 'test-a@example.com', 'icon': '',
            'title': 'user title', 'verified': False, 'service_account': False, 'disabled': False,
            'allowed_login_methods': [], 'status': 'Pending', 'last_login_time': None,
        },
        'relationships': {
            'roles': {'data': []},
            'org': {'data': {'type': 'orgs', 'id': '00000000-0000-4000-8000-000000000002'}},
        },
    }  # fmt: skip
    path = f'/api/v2/users/{id_}'
    read = api.ask('GET', path)['data']
    assert read['attributes'] == answer['data']['attributes'] | {
        'mfa_enabled': False, 'allowed_login_methods': ['google_oidc', 'standard'],
    }  # fmt: skip
    assert read['relationships']['team_roles'] == {'data': []}
    api.clock.now = NOW + 60
    change = {'data': {'type': 'users', 'id': id_, 'attributes': {'name': 'A', 'disabled': False}}}
    changed = api.ask('PATCH', path, change)['data']['attributes']
    assert changed == answer['data']['attributes'] | {'name': 'A', 'modified_at': '2026-11-24T12:01:00.000000+00:00'}
    assert api.ask('DELETE', path, status=204) is None
    gone = api.ask('GET', path)['data']['attributes']
    assert (gone['status'], gone['disabled']) == ('Disabled', True)
    assert api.errors('DELETE', path, status=404) == [f'{id_} not found']
    renewed = api.ask('PATCH', path, change)['data']['attributes']
    assert (renewed['status'], renewed['email']) == ('Pending', 'test-a@example.com')
    nothing = {'data': {'type': 'users', 'id': id_, 'attributes': {'email': None, 'disabled': None}}}
    kept = api.ask('PATCH', path, nothing)['data']['attributes']
    assert kept == renewed | {'modified_at': kept['modified_at']}


def test_users_are_found_by_name_address_and_status(api: Client) -> None:
    made(api, 'ann@example.com', name='Ann')
    id_ = made(api, 'bob@example.com')['data']['id']
    api.ask('DELETE', f'/api/v2/users/{id_}', status=204)

    def found(**query: Any) -> list[str]:
        return [user['attributes']['handle'] for user in api.ask('GET', '/api/v2/users', **query)['data']]

    assert found() == ['owner@sandbox.invalid', 'ann@example.com', 'bob@example.com']
    assert found(filter='ANN') == ['ann@example.com']
    assert found(filter='@example') == ['ann@example.com', 'bob@example.com']
    assert found(**{'filter[status]': 'Pending,Active'}) == ['owner@sandbox.invalid', 'ann@example.com']
    # A disabled user is found, too, as recorded: TestAccDatadogDashboardNotifyListDiff.
    assert found(filter='bob') == ['bob@example.com']
    page = api.ask('GET', '/api/v2/users', **{'page[size]': 1, 'page[number]': 1})
    assert page['meta']['page'] == {'total_count': 3, 'total_filtered_count': 3, 'max_page_size': 1000}
    # None of the page has a role.
    assert [user['attributes']['title'] for user in page['data']] == ['']
    assert 'included' not in page


def test_a_user_may_have_the_role(api: Client) -> None:
    data = {'type': 'users', 'attributes': {'email': 'a@b'}, 'relationships': {'roles': {'data': [ROLE]}}}
    answer = api.ask('POST', '/api/v2/users', {'data': data}, 201)
    assert answer['data']['relationships']['roles'] == {'data': [ROLE]}
    assert [each['type'] for each in answer['included']] == ['roles', 'permissions']
    assert api.ask('GET', f'/api/v2/users/{answer["data"]["id"]}')['included'] == answer['included']
    [role] = api.ask('GET', '/api/v2/roles')['data']
    assert role['attributes']['user_count'] == 2
    data['relationships'] = {'roles': {'data': [{'type': 'roles', 'id': 'x'}]}}
    assert api.errors('POST', '/api/v2/users', {'data': data}) == [f'x not found: the only role is {ROLE["id"]}']


def test_a_wrong_change_of_users_is_refused(api: Client) -> None:
    """As recorded: TestAccDatadogUser_Existing, and test_update_a_user_returns_bad_user_id_in_request_response."""
    id_ = made(api, 'a@example.com')['data']['id']
    assert made(api, 'A@example.com', 409)['errors'] == ['User a@example.com already exists']
    assert made(api, 'owner@sandbox.invalid', 409)['errors'] == ['User owner@sandbox.invalid already exists']
    assert made(api, 'a', 400)['errors'] == ["data.attributes.email must be an address of mail, not 'a'"]
    change = {'data': {'type': 'users', 'id': 'x', 'attributes': {'name': 'A'}}}
    assert api.errors('PATCH', f'/api/v2/users/{id_}', change, 422) == [
        "UUID's in the URL and request body do not match"
    ]
    assert api.errors('PATCH', '/api/v2/users/x', change, 404) == ['x not found']
    wrong = {'data': {'type': 'users', 'id': id_, 'attributes': {'email': 'a'}}}
    assert api.errors('PATCH', f'/api/v2/users/{id_}', wrong) == [
        "data.attributes.email must be an address of mail, not 'a'"
    ]
    change['data']['id'] = OWNER
    for method, body in ('PATCH', change), ('DELETE', None):
        assert api.errors(method, f'/api/v2/users/{OWNER}', body, 403) == ['The owner of the account cannot be changed']


@pytest.mark.parametrize('body', [None, [], {}, {'data': []}, {'data': {'type': 'users', 'attributes': {'email': 1}}}])
def test_what_is_no_user_is_refused(api: Client, body: Any) -> None:
    assert api.errors('POST', '/api/v2/users', body)


@pytest.mark.parametrize(
    ('day', 'listed', 'read'), [('2025-11-25', [], []), ('2025-11-26', None, []), ('2026-04-14', None, None)]
)
def test_users_gained_the_login_methods_of_their_organization(
    api: Client, day: str, listed: list[str] | None, read: list[str] | None
) -> None:
    """As recorded: TestUsersResources of datadog-sync-cli, and TestAccOnCallScheduleCreateAndUpdate."""
    api.clock.now = datetime.fromisoformat(f'{day}T12:00:00+00:00').timestamp()
    [user] = api.ask('GET', '/api/v2/users')['data']
    allowed = ['google_oidc', 'standard']
    assert user['attributes']['allowed_login_methods'] == (allowed if listed is None else listed)
    same = api.ask('GET', f'/api/v2/users/{user["id"]}')['data']
    assert same['attributes']['allowed_login_methods'] == (allowed if read is None else read)


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
    [error] = api.errors('GET', '/api/v2/roles/templates', status=404)
    assert error['detail'] == 'GET /api/v2/roles/templates is not served by the sandbox'


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


@pytest.mark.parametrize('path', ['roles', 'roles/x', 'roles/x/permissions', 'permissions'])
def test_roles_need_keys(api: Client, path: str) -> None:
    """As `APIErrorResponse` of Datadog's OpenAPI document, which is for 403 of these paths."""
    api.headers.clear()
    refused = api.get(f'/api/v2/{path}')
    assert (refused.status_code, refused.json()) == (403, {'errors': ['Forbidden']})
    assert refused.headers['content-type'] == 'application/json'


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
