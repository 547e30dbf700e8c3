"""The output of `terraform show -json` for a plan or a state.

Format: https://developer.hashicorp.com/terraform/internals/json-format. Attributes: the documents of the provider
DataDog/datadog.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .model import Export, Kind

OPTIONS = (
    'enable_logs_sample', 'enable_samples', 'escalation_message', 'evaluation_delay', 'group_retention_duration',
    'groupby_simple_monitor', 'include_tags', 'locked', 'new_group_delay', 'new_host_delay', 'no_data_timeframe',
    'notification_preset_name', 'notify_audit', 'notify_by', 'notify_no_data', 'on_missing_data', 'renotify_interval',
    'renotify_occurrences', 'renotify_statuses', 'require_full_window', 'timeout_h',
)  # fmt: skip
MEANINGFUL_ZERO = ('new_group_delay', 'new_host_delay')
"""Options that may be set to 0; any other option that is 0 is not set."""
FIELDS = ('name', 'type', 'query', 'message', 'restricted_roles', 'draft_status')
DOWNTIME_FIELDS = (
    'scope', 'message', 'display_timezone', 'mute_first_recovery_notification', 'notify_end_states', 'notify_end_types',
)  # fmt: skip
UNKNOWN = 'Terraform knows its {} only after `terraform apply`: use the JSON of the state instead'


def recognizes(content: Any) -> bool:
    # A state without resources has the version of the format alone.
    return isinstance(content, Mapping) and 'format_version' in content


def exports(content: Mapping[str, Any]) -> Iterator[Export]:
    """Yield the monitors, dashboards, and downtimes of a plan or a state, including those of modules."""
    values = content.get('planned_values') or content.get('values')
    waiting = [values.get('root_module')] if isinstance(values, Mapping) else []
    while waiting:
        module = waiting.pop(0)
        if not isinstance(module, Mapping):
            continue
        for resource in module.get('resources') or []:
            if isinstance(resource, Mapping) and resource.get('mode') == 'managed':
                yield from _resource(resource)
        waiting += module.get('child_modules') or []


def _resource(resource: Mapping[str, Any]) -> Iterator[Export]:
    reader = RESOURCES.get(str(resource.get('type')))
    values = resource.get('values')
    if reader is None or not isinstance(values, Mapping):
        return
    kind, read, needed = reader
    address, id_ = str(resource.get('address', '')), values.get('id')
    aliases = tuple(alias for alias in (str(id_ or ''), address) if alias)
    unknown = next((key for key in needed if values.get(key) in (None, '', [])), None)
    if unknown is not None:
        yield Export(kind, address, {}, aliases, UNKNOWN.format(unknown))
        return
    try:
        body = read(values)
    except (ValueError, TypeError, RecursionError) as error:
        yield Export(kind, address, {}, aliases, f'its attributes cannot be read: {error}')
        return
    if kind == 'monitor' and str(id_ or '').isdecimal():
        body.setdefault('id', int(str(id_)))
    name = body.get('name') or body.get('title') or (address if kind == 'downtime' else '')
    yield Export(kind, str(name or address), body, aliases)


def _monitor(values: Mapping[str, Any]) -> dict[str, Any]:
    body = {key: values[key] for key in FIELDS if values.get(key) not in (None, '', [])}
    if values.get('priority') not in (None, '', '0', 0):
        body['priority'] = int(values['priority'])
    body['tags'] = list(values.get('tags') or [])
    options = {key: value for key in OPTIONS if _is_set(key, value := values.get(key))}
    thresholds = {
        key: float(value) for key, value in _block(values.get('monitor_thresholds')).items() if value not in (None, '')
    }
    if thresholds:
        options['thresholds'] = thresholds
    windows = {key: value for key, value in _block(values.get('monitor_threshold_windows')).items() if value}
    if windows:
        options['threshold_windows'] = windows
    if scheduling := _scheduling(_block(values.get('scheduling_options'))):
        options['scheduling_options'] = scheduling
    if variables := _variables(_block(values.get('variables'))):
        options['variables'] = variables
    return body | {'options': options}


def _is_set(key: str, value: Any) -> bool:
    return value not in (None, '', []) and (value is False or value != 0 or key in MEANINGFUL_ZERO)


def _scheduling(block: Mapping[str, Any]) -> dict[str, Any]:
    scheduling: dict[str, Any] = {}
    if window := _compact(_block(block.get('evaluation_window'))):
        scheduling['evaluation_window'] = window
    schedule = _block(block.get('custom_schedule'))
    if recurrences := [_compact(recurrence) for recurrence in _blocks(schedule.get('recurrence'))]:
        scheduling['custom_schedule'] = {'recurrences': recurrences}
    return scheduling


def _variables(block: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the queries of a monitor with formulas, which Terraform has in a block for each kind of query."""
    return [_compact(query) for queries in block.values() for query in _blocks(queries)]


def _downtime(values: Mapping[str, Any]) -> dict[str, Any]:
    body = {key: values[key] for key in DOWNTIME_FIELDS if values.get(key) is not None}
    body['monitor_identifier'] = _compact(_block(values.get('monitor_identifier')))
    if 'monitor_id' in body['monitor_identifier']:
        body['monitor_identifier']['monitor_id'] = int(body['monitor_identifier']['monitor_id'])
    recurring, once = _block(values.get('recurring_schedule')), _block(values.get('one_time_schedule'))
    if recurring:
        schedule = _compact({'timezone': recurring.get('timezone')})
        body['schedule'] = schedule | {'recurrences': [_compact(block) for block in _blocks(recurring['recurrence'])]}
    elif once:
        body['schedule'] = _compact(once)
    return body


def _json(key: str) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    def read(values: Mapping[str, Any]) -> dict[str, Any]:
        body = json.loads(values[key])
        if not isinstance(body, dict):
            raise ValueError(f'{key} is not a JSON object')
        return body

    return read


def _dashboard(values: Mapping[str, Any]) -> dict[str, Any]:
    raise ValueError('the widgets of datadog_dashboard are not read: those of datadog_dashboard_json are')


def _blocks(value: Any) -> list[Mapping[str, Any]]:
    """Return nested blocks, which are a list of objects or a single object."""
    blocks = value if isinstance(value, list) else [value]
    return [block for block in blocks if isinstance(block, Mapping)]


def _block(value: Any) -> Mapping[str, Any]:
    return next(iter(_blocks(value)), {})


def _compact(value: Any) -> Any:
    """Return a block without the attributes that are not set."""
    if isinstance(value, Mapping):
        return {key: _compact(inner) for key, inner in value.items() if inner not in (None, '', [])}
    return [_compact(inner) for inner in value] if isinstance(value, list) else value


RESOURCES: dict[str, tuple[Kind, Callable[[Mapping[str, Any]], dict[str, Any]], tuple[str, ...]]] = {
    'datadog_monitor': ('monitor', _monitor, ('query', 'type', 'name')),
    'datadog_monitor_json': ('monitor', _json('monitor'), ('monitor',)),
    'datadog_downtime_schedule': ('downtime', _downtime, ('scope', 'monitor_identifier')),
    'datadog_dashboard_json': ('dashboard', _json('dashboard'), ('dashboard',)),
    'datadog_dashboard': ('dashboard', _dashboard, ()),
}
"""By type of resource: its kind, how it is read, and the attributes that it must have."""
