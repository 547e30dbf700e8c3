"""Restriction policies, API v2: who may see or change a resource. They are kept; the owner may do everything."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .endpoint import Call, Refused, endpoint, typed

PATH = '/api/v2/restriction_policy/{resource}'
KIND = 'restriction policy'
PRINCIPALS = ('org', 'role', 'team', 'user')
USUAL = ('viewer', 'editor')
RELATIONS = dict.fromkeys(
    (
        'dashboard', 'integration-service', 'integration-webhook', 'notebook', 'powerpack', 'reference-table',
        'security-rule', 'slo', 'synthetics-global-variable', 'synthetics-test', 'synthetics-private-location',
        'monitor', 'app-builder-app', 'connection-group', 'rum-application', 'cross-org-connection', 'spreadsheet',
        'on-call-escalation-policy', 'on-call-team-routing-rules', 'monitor-notification-rule', 'network-path-config',
    ),
    USUAL,
) | {
    'workflow': (*USUAL, 'runner'),
    'connection': (*USUAL, 'resolver'),
    'on-call-schedule': (*USUAL, 'overrider'),
    'logs-pipeline': (*USUAL, 'processors_editor'),
    'feature-flag': (*USUAL, 'contributor'),
    'case-management-project': ('viewer', 'contributor', 'manager'),
    'status-page': ('viewer', 'responder', 'manager'),
}  # fmt: skip
"""The relations of each type of resource: https://docs.datadoghq.com/api/latest/restriction-policies/."""


def get_policy(call: Call) -> Any:
    """Answer with a policy without bindings for whatever has none, as recorded."""
    resource, _ = _resource(call)
    return call.store.get(KIND, resource) or _answer(resource, [])


def update_policy(call: Call) -> Any:
    resource, kind = _resource(call)
    typed(call.body, 'v2', 'restriction_policy_update_request', 'RestrictionPolicyUpdateRequest')
    data = call.body.get('data') or {}
    bindings = (data.get('attributes') or {}).get('bindings')
    if bindings is None:
        raise Refused('Invalid request: data.attributes.bindings is required')
    policy = _answer(resource, [_binding(binding, kind) for binding in bindings])
    with call.store.transaction():
        call.store.save(KIND, resource, policy)
        _restrict(call, resource, bindings)
    return policy


def delete_policy(call: Call) -> None:
    resource, _ = _resource(call)
    with call.store.transaction():
        call.store.remove(KIND, resource)
        _restrict(call, resource, [])


def _restrict(call: Call, resource: str, bindings: Sequence[Mapping[str, Any]]) -> None:
    """Set the roles that a monitor says may change it: as recorded, those of the editors, and none without a policy."""
    kind, _, id_ = resource.partition(':')
    monitor = call.store.get(kind, int(id_)) if kind == 'monitor' and re.fullmatch(r'[0-9]{1,18}', id_) else None
    if monitor is None:
        return
    editors = [name for binding in bindings if binding['relation'] == 'editor' for name in binding['principals']]
    roles = [name.removeprefix('role:') for name in editors if name.startswith('role:')]
    call.store.save(kind, monitor['id'], monitor | {'restricted_roles': roles or None})


def _resource(call: Call) -> tuple[str, str]:
    """Return what a policy is of, such as `dashboard:abc-def-ghi`, and the type of that. Raises `Refused`."""
    resource = call.path['resource']
    kind, separator, id_ = resource.partition(':')
    if not separator or not kind or not id_:
        raise Refused(f"Invalid resource: '{resource[:100]}' is not in a valid format")
    if kind not in RELATIONS:
        raise Refused(f"Invalid resource type: '{kind[:100]}' does not support restriction policies")
    return resource, kind


def _binding(binding: Mapping[str, Any], kind: str) -> dict[str, Any]:
    relation, principals = binding.get('relation'), binding.get('principals')
    if relation not in RELATIONS[kind]:
        allowed = ', '.join(RELATIONS[kind])
        raise Refused(f'Invalid request: relation "{str(relation)[:100]}" is not supported by {kind}: {allowed}')
    if not principals:
        raise Refused(f'Invalid request: principals of relation "{relation}" are required')
    for principal in principals:
        type_, _, id_ = principal.partition(':')
        if type_ not in PRINCIPALS or not id_:
            raise Refused(
                f'Invalid request: [PrincipalTypeInvalidForRelation] principal "{principal[:100]}" is not supported '
                f'by "{relation}" relation, supported types: "{", ".join(PRINCIPALS)}"'
            )
    return {'relation': relation, 'principals': sorted(principals)}


def _answer(resource: str, bindings: list[dict[str, Any]]) -> dict[str, Any]:
    return {'data': {'type': 'restriction_policy', 'id': resource, 'attributes': {'bindings': bindings}}}


routes = [
    endpoint('GET', PATH, get_policy),
    endpoint('POST', PATH, update_policy),
    endpoint('DELETE', PATH, delete_policy, status=204),
]
