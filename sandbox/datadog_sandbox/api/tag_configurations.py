"""Which tags of a metric can be queried, API v2 (Metrics without Limits).

Configurations are kept for the clients that manage them. They have no effect: all tags of all metrics can be queried.
"""

from typing import Any

from datadog_sandbox.validation.misfits import quoted

from .endpoint import Call, Refused, checked, endpoint

PATH = '/api/v2/metrics/{name}/tags'
KIND = 'tag configuration'
AGGREGATIONS = {'gauge': 'avg', 'count': 'sum', 'rate': 'sum'}
"""What the points of a type are aggregated by, over time and space, where nothing else is asked for."""
UNSEEN = 'sum'
"""The same for a metric without points, whatever its type: as recorded by the Terraform provider."""
EMPTY: dict[str, Any] = {'tags': []}


def create_configuration(call: Call) -> Any:
    name = call.path['name']
    attributes = _attributes(call, 'Create')
    if call.store.get(KIND, name) is not None:
        raise Refused(f'A tag configuration of {name} exists', 409)
    stamp = call.stamp()
    return _save(call, EMPTY | attributes | {'created_at': stamp, 'modified_at': stamp})


def get_configuration(call: Call) -> Any:
    return {'data': _configuration(call)}


def update_configuration(call: Call) -> Any:
    attributes = _attributes(call, 'Update')
    with call.store.transaction():
        # The OpenAPI document has 422 for a change, and no 404.
        kept = _configuration(call, missing=422)['attributes']
        return _save(call, kept | attributes | {'modified_at': call.stamp()})


def delete_configuration(call: Call) -> None:
    if not call.store.remove(KIND, call.path['name']):
        raise Refused(f'{call.path["name"]} not found', 404)


def _configuration(call: Call, missing: int = 404) -> dict[str, Any]:
    configuration = call.store.get(KIND, call.path['name'])
    if configuration is None:
        raise Refused(f'{call.path["name"]} not found', missing)
    return configuration


def _attributes(call: Call, verb: str) -> dict[str, Any]:
    """Return what a request sets. Raises `Refused`."""
    module = f'metric_tag_configuration_{verb.lower()}'
    body = checked(call.body, 'v2', f'{module}_request', f'MetricTagConfiguration{verb}Request')
    data = body['data']
    if data['id'] != call.path['name']:
        raise Refused(f'data.id must be {call.path["name"]}, the metric of the path, not {quoted(data["id"])}')
    return {name: value for name, value in (data.get('attributes') or {}).items() if value is not None}


def _save(call: Call, attributes: dict[str, Any]) -> dict[str, Any]:
    name, kind = call.path['name'], attributes['metric_type']
    if 'include_percentiles' in attributes and kind != 'distribution':
        raise Refused(f'include_percentiles must be of a distribution, not of a {kind}')
    if kind == 'distribution':
        own: dict[str, Any] = {'include_percentiles': False}
    else:
        aggregation = AGGREGATIONS[kind] if call.store.series(name) else UNSEEN
        own = {'aggregations': [{'space': aggregation, 'time': aggregation}]}
    configuration = {'type': 'manage_tags', 'id': name, 'attributes': own | attributes}
    call.store.save(KIND, name, configuration)
    return {'data': configuration}


routes = [
    endpoint('POST', PATH, create_configuration, status=201),
    endpoint('GET', PATH, get_configuration),
    endpoint('PATCH', PATH, update_configuration),
    endpoint('DELETE', PATH, delete_configuration, status=204),
]
