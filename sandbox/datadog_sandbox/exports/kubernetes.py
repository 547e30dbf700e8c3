"""Objects of the Datadog Operator: DatadogMonitor, DatadogDashboard, DatadogGenericResource.

Fields: https://github.com/DataDog/datadog-operator, api/datadoghq/v1alpha1.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .model import Export, Kind

RENAMED = {'timeout_hours': 'timeout_h'}
GENERIC: dict[str, Kind] = {'monitor': 'monitor', 'dashboard': 'dashboard', 'downtime': 'downtime'}


def recognizes(content: Any) -> bool:
    return isinstance(content, Mapping) and isinstance(content.get('apiVersion'), str) and 'kind' in content


def exports(content: Mapping[str, Any]) -> Iterator[Export]:
    """Yield the resource of an object, or those of a `List` of objects; other kinds of objects are skipped."""
    if content['kind'] == 'List':
        for item in content.get('items') or []:
            if recognizes(item):
                yield from exports(item)
        return
    reader = READERS.get(str(content['kind']))
    spec, metadata = content.get('spec'), content.get('metadata')
    if reader is None or not isinstance(spec, Mapping) or not content['apiVersion'].startswith('datadoghq.com/'):
        return
    name = str(metadata.get('name', '')) if isinstance(metadata, Mapping) else ''
    try:
        kind, body = reader(spec)
    except (ValueError, TypeError, RecursionError) as error:
        yield Export('monitor', name, {}, (name,), f'its spec cannot be read: {error}')
        return
    yield Export(kind, str(body.get('name') or body.get('title') or name), body, (name,))


def _monitor(spec: Mapping[str, Any]) -> tuple[Kind, dict[str, Any]]:
    body = {snake(key): value for key, value in spec.items() if key not in ('options', 'controllerOptions')}
    options = {RENAMED.get(key, key): value for key, value in _snakes(spec.get('options') or {}).items()}
    if isinstance(options.get('thresholds'), Mapping):
        # The operator has them as strings.
        options['thresholds'] = {key: float(value) for key, value in options['thresholds'].items()}
    return 'monitor', body | {'options': options}


def _dashboard(spec: Mapping[str, Any]) -> tuple[Kind, dict[str, Any]]:
    widgets = json.loads(spec.get('widgets') or '[]')
    return 'dashboard', {snake(key): value for key, value in spec.items()} | {'widgets': widgets}


def _generic(spec: Mapping[str, Any]) -> tuple[Kind, dict[str, Any]]:
    if spec.get('type') not in GENERIC:
        raise ValueError(f'type {spec.get("type")!r} is not one of {", ".join(GENERIC)}')
    body = json.loads(spec.get('jsonSpec') or '')
    if not isinstance(body, dict):
        raise ValueError('jsonSpec is not a JSON object')
    data = body.get('data')
    return GENERIC[spec['type']], data['attributes'] if isinstance(data, Mapping) and 'attributes' in data else body


def snake(key: str) -> str:
    """Return `noDataTimeframe` as `no_data_timeframe`."""
    return re.sub(r'(?<=[a-z0-9])([A-Z])', r'_\1', key).lower()


def _snakes(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {snake(str(key)): _snakes(inner) for key, inner in value.items()}
    return [_snakes(inner) for inner in value] if isinstance(value, list) else value


READERS: dict[str, Callable[[Mapping[str, Any]], tuple[Kind, dict[str, Any]]]] = {
    'DatadogMonitor': _monitor,
    'DatadogDashboard': _dashboard,
    'DatadogGenericResource': _generic,
}
