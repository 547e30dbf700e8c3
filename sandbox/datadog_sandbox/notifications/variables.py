"""The variables and conditions of the messages of monitors."""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from string import ascii_lowercase
from typing import Any

from datadog_sandbox.monitors import MonitorType, Notice, parse, values
from datadog_sandbox.monitors.words import clock
from datadog_sandbox.query import QueryError
from datadog_sandbox.records.variables import by_key
from datadog_sandbox.store import Store

from .templates import Context

TO_FIND = re.compile(r'\b(?:(?:event|log|span)\.|timeframe\b|(?:long|short)_window_burn_rate\b)')
"""What names a variable of a record, or of an objective: to find it takes time."""
STATES = {'alert': 'Alert', 'warning': 'Warn', 'no_data': 'No Data'}
"""The states by their names in conditions."""


def number(value: float | None) -> str:
    """Return a number as messages show it: with up to 3 decimals; below 1, with 3 significant digits."""
    if value is None:
        return ''
    rounded = round(float(value), 3) if abs(value) >= 1 else float(f'{value:.3g}')
    return str(int(rounded)) if rounded.is_integer() else str(rounded)


def context(store: Store, monitor: Mapping[str, Any], notice: Notice) -> Context:
    """Return the variables and conditions of a notice."""
    options = monitor.get('options') or {}
    thresholds = options.get('thresholds') or {}
    query, escalation = parse(monitor), options.get('escalation_message')
    known = {
        'value': notice.value,
        'threshold': thresholds.get('critical', query.threshold),
        'warn_threshold': thresholds.get('warning'),
        'alert_recovery_threshold': thresholds.get('critical_recovery'),
        'warn_recovery_threshold': thresholds.get('warning_recovery'),
        # Of a service check; of others, as older pages have it, what recovers the alert.
        'ok_threshold': thresholds.get('ok', thresholds.get('critical_recovery')),
    }
    # A threshold may be a string, as integrations ship them.
    numbers = {name: float(value) for name, value in known.items() if value is not None}
    variables = {name: number(numbers.get(name)) for name in known} | {'comparator': query.operator}
    variables['check_message'] = query.message(store, notice.tags, notice.moment)
    for name, moment in (('first_triggered_at', notice.first_triggered), ('last_triggered_at', notice.last_triggered)):
        if moment is not None:
            variables |= {name: clock(moment), f'{name}_epoch': str(moment * 1000)}
            numbers[f'{name}_epoch'] = moment * 1000
    if notice.first_triggered is not None:
        variables['triggered_duration_sec'] = str(notice.moment - notice.first_triggered)
    templates = monitor.get('name'), monitor.get('message'), escalation
    of_found = any(TO_FIND.search(str(template)) for template in templates)
    variables |= member_variables(store, query, notice, of_found)
    if of_found:
        delay = int(options.get('evaluation_delay') or 0)
        variables |= query.matching_variables(store, notice.tags, notice.moment - delay)
    if 'host' in notice.tags:
        variables |= host_variables(store, notice.tags['host'])
    for key, value in notice.tags.items():
        variables |= {key: value, f'{key}.name': value}
    true = conditions(notice)
    recovered = notice.new != 'No Data'
    if 'No Data' in (notice.old, notice.new) and query.is_unknown(store, notice.tags, notice.moment, recovered):
        true = {name.replace('no_data', 'unknown') for name in true}
    return Context(variables, frozenset(true), monitor.get('priority'), numbers)


def member_variables(store: Store, monitor: MonitorType, notice: Notice, of_found: bool = False) -> dict[str, str]:
    """Return the value and the state of each monitor in a composite one: `a` is the first, as its query has them.

    With `of_found` also what a monitor says of a record that it found, such as `{{a.log.message}}`.
    https://docs.datadoghq.com/monitors/notify/variables/#composite-monitor-variables
    """
    members, variables = monitor.members(store, notice.tags, notice.moment), {}
    for letter, id_ in zip(ascii_lowercase, monitor.dependencies, strict=False):
        member = store.get('monitor', id_)
        if member is None or id_ not in members:
            continue
        group, variables[f'{letter}.status'] = members[id_]
        with suppress(QueryError):
            variables[f'{letter}.value'] = number(values(store, member, notice.moment).get(group))
            if of_found:
                query, delay = parse(member), int((member.get('options') or {}).get('evaluation_delay') or 0)
                tags = {key: value for key, value in notice.tags.items() if key in query.group_by}
                found = query.matching_variables(store, tags, notice.moment - delay)
                variables |= {f'{letter}.{name}': value for name, value in found.items()}
    return variables


def conditions(notice: Notice) -> set[str]:
    """Return the conditions that are true for a notice."""
    names = {status: name for name, status in STATES.items()}
    true = {f'is_{names[notice.new]}'} if notice.new in names else set()
    if notice.kind == 'renotify':
        true.add('is_renotify')
    if notice.old in names and notice.old != notice.new:
        if notice.new == 'OK':
            true |= {'is_recovery', f'is_{names[notice.old]}_recovery'}
        else:
            true.add(f'is_{names[notice.old]}_to_{names[notice.new]}')
    return true


def host_variables(store: Store, name: str) -> dict[str, str]:
    """Return the variables of a group with a host: the tags, address, and metadata of the host.

    A tag of the host is `{{key}}`, `{{key.name}}`, and `{{host.key}}`.
    """
    tags = by_key(store.host_tags(name))
    variables = dict(tags)
    for key, value in tags.items():
        variables |= {f'{key}.name': value, f'host.{key}': value}
    variables['host.host'] = name
    host = store.host(name)
    if host is None:
        return variables
    gohai = _object(host.meta.get('gohai'))
    network, platform, cpu = (_object(gohai.get(part)) for part in ('network', 'platform', 'cpu'))
    return variables | {
        'host.ip': _string(network.get('ipaddress')),
        'host.metadata_agent_version': _string(host.meta.get('agentVersion')),
        'host.metadata_machine': _string(platform.get('machine')),
        'host.metadata_platform': _string(platform.get('os')),
        'host.metadata_processor': _string(cpu.get('model_name') or platform.get('processor')),
    }


def _object(value: Any) -> dict[str, Any]:
    """Return an object of the metadata, also from JSON in a string; empty without one."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return {}
    return value if isinstance(value, dict) else {}


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ''
