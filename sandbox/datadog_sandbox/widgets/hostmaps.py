"""A hostmap of the newer form, which adds queries to the hosts of the infrastructure list, in the classic form."""

import re
from collections.abc import Mapping
from typing import Any

from datadog_sandbox.query import QueryError

INFRASTRUCTURE = 'infrastructure_hostmap'
DIMENSIONS = ('fill', 'size')


def classic(definition: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a definition of either form in the classic one. Raises `QueryError`.

    Source: `HostMapWidgetInfrastructureRequest` of https://docs.datadoghq.com/api/latest/dashboards/
    """
    given = definition['requests']
    if given.get('request_type') != INFRASTRUCTURE:
        return definition
    node = given.get('node_type') or 'host'
    if node != 'host':
        raise QueryError(f'A hostmap of the node_type {str(node)[:40]} needs data that the sandbox does not keep')
    if given.get('child'):
        raise QueryError('The child of a hostmap is not drawn: the sandbox has no entities in its hosts')
    requests = {name: request for name in DIMENSIONS if (request := _dimension(given, name))}
    if not requests:
        raise QueryError('A hostmap needs an enrichment that has a formula with the dimension fill or size')
    groups = [str(group.get('key')) for group in given.get('group_by') or []]
    return {
        **definition, 'requests': requests, 'group': groups, 'scope': _tags(str(given.get('filter') or '')),
        'style': given.get('style') or {}, 'groupless': not given.get('no_group_hosts'),
    }  # fmt: skip


def _dimension(given: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """Return the request for a dimension; None where no formula has it."""
    for enrichment in given.get('enrichments') or []:
        for formula in enrichment.get('formulas') or []:
            if formula.get('dimension') == name:
                return {**enrichment, 'formulas': [{'formula': formula.get('formula')}]}
    return None


def _tags(text: str) -> list[str]:
    tags = [tag for tag in re.split(r'\s+AND\s+|[,\s]+', text.strip()) if tag]
    if wrong := [tag for tag in tags if tag in ('OR', 'NOT') or tag.startswith(('!', '-', '('))]:
        raise QueryError(f'The filter of a hostmap is a list of tags here, without {wrong[0][:40]}')
    return tags
