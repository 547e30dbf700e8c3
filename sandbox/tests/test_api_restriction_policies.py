"""Restriction policies, API v2, as recorded by datadog-api-client-python (restriction_policies.feature) and by the
Terraform provider (`TestAccRestrictionPolicyInvalidInput`).
"""

from typing import Any

import pytest
from calling import Client

ORG = 'org:00000000-0000-4000-8000-000000000002'


def path(resource: str) -> str:
    return f'/api/v2/restriction_policy/{resource}'


def policy(resource: str, *bindings: Any) -> Any:
    return {'data': {'type': 'restriction_policy', 'id': resource, 'attributes': {'bindings': [*bindings]}}}


def binding(relation: str, *principals: str) -> Any:
    return {'relation': relation, 'principals': [*principals]}


def test_a_policy_is_kept(api: Client) -> None:
    board, monitor = 'dashboard:abc-def-ghi', 'monitor:7'
    assert api.ask('GET', path(board)) == policy(board)
    wanted = policy(board, binding('editor', ORG, 'role:x'), binding('viewer', 'team:y'))
    assert api.ask('POST', path(board), wanted, allow_self_lockout='true') == wanted
    assert api.ask('GET', path(board)) == wanted
    # As recorded by datadog-sync-cli, principals are sorted.
    unsorted = api.ask('POST', path(board), policy(board, binding('editor', 'team:b', 'team:a', ORG)))
    assert unsorted == policy(board, binding('editor', ORG, 'team:a', 'team:b'))
    assert api.ask('GET', path(monitor)) == policy(monitor)
    assert api.ask('DELETE', path(board), status=204) is None
    assert api.ask('GET', path(board)) == policy(board)
    # As recorded, of a resource without a policy, too.
    api.ask('DELETE', path(board), status=204)


@pytest.mark.parametrize('relation', ['viewer', 'overrider', 'editor'])
def test_a_type_has_relations_of_its_own(api: Client, relation: str) -> None:
    schedule = policy('on-call-schedule:1', binding(relation, ORG))
    assert api.ask('POST', path('on-call-schedule:1'), schedule) == schedule


@pytest.mark.parametrize('method', ['GET', 'POST', 'DELETE'])
@pytest.mark.parametrize(
    ('resource', 'error'),
    [
        ('malformed', "Invalid resource: 'malformed' is not in a valid format"),
        ('dashboard:', "Invalid resource: 'dashboard:' is not in a valid format"),
        ('security_rule:x', "Invalid resource type: 'security_rule' does not support restriction policies"),
    ],
)
def test_what_cannot_be_restricted_is_refused(api: Client, method: str, resource: str, error: str) -> None:
    assert api.errors(method, path(resource), policy(resource) if method == 'POST' else None) == [error]


@pytest.mark.parametrize(
    ('bindings', 'error'),
    [
        ([binding('editor', 'foo:x', ORG)],
         'Invalid request: [PrincipalTypeInvalidForRelation] principal "foo:x" is not supported by "editor" relation, '
         'supported types: "org, role, team, user"'),
        ([binding('owner', ORG)], 'Invalid request: relation "owner" is not supported by monitor: viewer, editor'),
        ([binding('editor')], 'Invalid request: principals of relation "editor" are required'),
        ([{'relation': 'editor', 'principals': 'org:x'}],
         'body.data.attributes.bindings[0].principals must be a list, not "org:x"'),
        (None, 'Invalid request: data.attributes.bindings is required'),
    ],
)  # fmt: skip
def test_a_wrong_policy_is_refused(api: Client, bindings: Any, error: str) -> None:
    body = policy('monitor:7') | {}
    body['data']['attributes']['bindings'] = bindings
    assert api.errors('POST', path('monitor:7'), body) == [error]
    assert api.ask('GET', path('monitor:7')) == policy('monitor:7')


def test_the_roles_of_a_monitors_editors_are_those_that_the_monitor_shows(api: Client) -> None:
    # As recorded by the Terraform provider: TestAccDatadogMonitor_WithRestrictionPolicy.
    query = 'avg(last_5m):avg:room.temperature{*} > 30'
    for name in 'a', 'b':
        api.ask('POST', '/api/v1/monitor', {'type': 'metric alert', 'query': query, 'name': name, 'message': ''})

    def roles() -> list[list[str] | None]:
        return [monitor['restricted_roles'] for monitor in api.ask('GET', '/api/v1/monitor')]

    bindings = binding('editor', ORG, 'role:r', 'team:t', 'role:s'), binding('viewer', 'role:v')
    api.ask('POST', path('monitor:2'), policy('monitor:2', *bindings))
    assert roles() == [None, ['r', 's']]
    api.ask('POST', path('monitor:2'), policy('monitor:2', binding('editor', ORG)))
    assert roles() == [None, None]
    api.ask('POST', path('monitor:1'), policy('monitor:1', *bindings))
    api.ask('DELETE', path('monitor:1'), status=204)
    assert roles() == [None, None]
    # Policies of what is not there are kept, too.
    api.ask('POST', path('monitor:3'), policy('monitor:3', *bindings))
    api.ask('POST', path('monitor:x'), policy('monitor:x', *bindings))
    assert roles() == [None, None]
