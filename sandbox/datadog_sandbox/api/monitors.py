"""Monitors, API v1."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from datadog_api_client.v1.model.monitor import Monitor
from datadog_api_client.v1.model.monitor_update_request import MonitorUpdateRequest

from datadog_sandbox import monitors, query

from . import downtimes
from .endpoint import ORG, USER, Call, Refused, endpoint, iso, strict

PAGE, LARGEST_PAGE = 100, 1000
LARGEST_OPTION = 2**31 - 1
GROUP_STATES = ('all', 'alert', 'warn', 'no data', 'ok')
OPTIONS = {
    'notify_no_data': False, 'notify_audit': False, 'new_host_delay': 300, 'include_tags': True, 'silenced': {},
}  # fmt: skip
"""What the options have when a request leaves them out."""
# Fields of an answer that a client may send back with the rest; they are the account's own.
OWN = (
    'id', 'org_id', 'created', 'created_at', 'creator', 'modified', 'deleted', 'multi', 'overall_state',
    'overall_state_modified', 'state',
)  # fmt: skip


def list_monitors(call: Call) -> Any:
    shown = _states_wanted(call)
    name, tags, scopes = call.query.get('name', '').lower(), set(call.words('monitor_tags')), set(call.words('tags'))
    after = call.number('id_offset', 0)
    size = call.number('page_size', PAGE, LARGEST_PAGE)
    found = [
        monitor
        for monitor in call.store.all('monitor')
        if name in monitor['name'].lower()
        and tags <= set(monitor['tags'])
        and scopes <= set(re.split(r'[\s,(){}]+', monitor['query']))
        and monitor['id'] > after
    ]
    if 'page' in call.query:
        first = call.number('page') * size
        found = found[first : first + size]
    elif 'id_offset' in call.query:
        found = found[:size]
    silences = downtimes.silences(call)
    return [_shown(monitor, call, shown, silences) for monitor in found]


def get_monitor(call: Call) -> Any:
    shown = _states_wanted(call)
    return _shown(_one(call), call, shown)


def create_monitor(call: Call) -> Any:
    body = _check(call.body, Monitor, {})
    with call.store.transaction():
        stamp = call.stamp()
        monitor = {
            'id': call.store.next('monitor'), 'org_id': ORG, 'name': body['query'], 'message': '', 'tags': [],
            'priority': None, 'restricted_roles': None, **body, 'created': stamp, 'modified': stamp, 'deleted': None,
            'creator': {'id': ORG, 'name': USER['name'], 'handle': USER['handle'], 'email': USER['handle']},
        }  # fmt: skip
        call.store.put('monitor', monitor['id'], monitor)
    return _shown(monitor, call)


def update_monitor(call: Call) -> Any:
    with call.store.transaction():
        old = _one(call)
        body = _check(call.body, MonitorUpdateRequest, old)
        monitor = old | body | {'modified': call.stamp()}
        call.store.put('monitor', monitor['id'], monitor)
        if monitor['query'] != old['query']:
            # Its groups are others now.
            call.store.save_states(monitor['id'], dict.fromkeys(call.store.states(monitor['id'])))
    return _shown(monitor, call)


def delete_monitor(call: Call) -> Any:
    with call.store.transaction():
        id_ = _one(call)['id']
        call.store.remove('monitor', id_)
        call.store.forget_monitor(id_)
    return {'deleted_monitor_id': id_}


def validate_monitor(call: Call) -> Any:
    _check(call.body, Monitor, {})
    return {}


def validate_existing_monitor(call: Call) -> Any:
    if call.store.get('monitor', call.path['id']) is None:
        # 400, as the documents have no 404 here.
        raise Refused('Monitor not found')
    return validate_monitor(call)


def can_delete_monitors(call: Call) -> Any:
    """Nothing in this account refers to a monitor in a way that keeps it from being deleted."""
    ids = call.words('monitor_ids')
    if not ids:
        raise Refused('monitor_ids is required')
    if missing := [id_ for id_ in ids if call.store.get('monitor', id_) is None]:
        # 400, as the documents have no 404 here.
        raise Refused(f'Monitor not found: {", ".join(missing)}')
    return {'data': {'ok': [int(id_) for id_ in ids]}, 'errors': None}


def mute_monitor(call: Call) -> Any:
    """Schedule a downtime of a monitor, or of scopes of it.

    Gone from the documents, and still what `dog monitor mute` asks for.
    """
    body = call.body or {}
    scopes = _scopes(body) or ['*']
    end = body.get('end')
    if end is not None and not (isinstance(end, int | str) and re.fullmatch(r'\d{1,11}', str(end))):
        raise Refused(f'end must be a time in seconds, not {str(end)[:100]!r}')
    with call.store.transaction():
        monitor = _one(call)
        for scope in scopes:
            schedule = {} if end is None else {'end': iso(int(end) * 1_000_000)}
            identifier = {'monitor_id': monitor['id']}
            downtimes.schedule({'monitor_identifier': identifier, 'scope': scope, 'schedule': schedule}, call)
    return _shown(monitor, call)


def unmute_monitor(call: Call) -> Any:
    """Cancel the downtimes that `mute` made: those of the scopes in the body, or all."""
    body = call.body or {}
    scopes = _scopes(body) or ['*']
    with call.store.transaction():
        monitor = _one(call)
        for downtime in _of(monitor, downtimes.silences(call)):
            if body.get('all_scopes') or downtime['attributes']['scope'] in scopes:
                downtimes.cancel(downtime, call)
    return _shown(monitor, call)


def _scopes(body: Any) -> list[str]:
    if not isinstance(body, dict):
        raise Refused('body must be a JSON object')
    scope = body.get('scope')
    scopes = scope if isinstance(scope, list) else [scope] if scope else []
    if not all(isinstance(one, str) for one in scopes):
        raise Refused('scope must be a text')
    return scopes


def _one(call: Call) -> dict[str, Any]:
    found = call.store.get('monitor', call.path['id'])
    if found is None:
        raise Refused('Monitor not found', 404)
    return found


def _check(body: Any, model: type, old: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a request sets of a monitor, in the form in which it is kept."""
    if isinstance(body, dict):
        body = {name: value for name, value in body.items() if name not in OWN}
        if isinstance(priority := body.get('priority'), str) and priority.isdecimal():
            # `dog` sends it so.
            body['priority'] = int(priority)
        if (draft := body.get('draft_status')) not in (None, 'draft', 'published'):
            raise Refused(f'draft_status must be draft or published, not {str(draft)[:100]!r}')
        # Client 2.20 does not know this one.
        strict({name: value for name, value in body.items() if name != 'draft_status'}, model)
    else:
        strict(body, model)
    # A null says no more than an absent field, but for two that it sets back.
    fields = {
        name: value for name, value in body.items() if value is not None or name in ('priority', 'restricted_roles')
    }
    if (priority := fields.get('priority')) is not None and not 1 <= priority <= 5:
        raise Refused(f'priority must be from 1 to 5, not {priority}')
    if 'options' in fields or not old:
        fields['options'] = _options(fields.get('options') or {})
    merged = {**old, **fields}
    metric = merged['type'] in monitors.TYPES
    if old and merged['type'] != old['type'] and not (metric and old['type'] in monitors.TYPES):
        raise Refused(f'The type of a monitor cannot be changed: it is {old["type"]}')
    if metric:
        parsed = _parse(merged['query'])
        _check_thresholds(parsed, merged['options'].get('thresholds', {}))
        fields['multi'] = bool(parsed.group_by)
    else:
        if not merged['query'].strip():
            raise Refused("The value provided for parameter 'query' is invalid: it is empty")
        fields['multi'] = '.by(' in merged['query']
    return fields


def _parse(text: str) -> query.MonitorQuery:
    try:
        return query.parse_monitor(text)
    except query.QueryError as error:
        raise Refused(f"The value provided for parameter 'query' is invalid: {error}") from error


def _options(given: Mapping[str, Any]) -> dict[str, Any]:
    # What silences a monitor is a downtime: `silenced` is read, and never set.
    options = {**OPTIONS, **_without_nulls(given), 'silenced': {}}
    for name, value in options.items():
        if type(value) is int and not 0 <= value <= LARGEST_OPTION:
            raise Refused(f'options.{name} must be from 0 to {LARGEST_OPTION}, not {str(value)[:40]}')
    if 'thresholds' in options:
        options['thresholds'] = _without_nulls(options['thresholds'])
    return options


def _without_nulls(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}


def _check_thresholds(parsed: query.MonitorQuery, thresholds: Mapping[str, float]) -> None:
    critical = thresholds.get('critical', parsed.threshold)
    if critical != parsed.threshold:
        raise Refused(
            f'Alert threshold ({float(critical)}) does not match that used in the query ({float(parsed.threshold)}).'
        )
    # Which way a value gets worse; == and != have no such way.
    sign = {'>': 1, '<': -1}.get(parsed.operator[0], 0)
    for lower, upper in (
        ('warning', 'critical'),
        ('critical_recovery', 'critical'),
        ('warning_recovery', 'warning'),
    ):
        limits = {'critical': critical, **thresholds}
        if lower in limits and upper in limits and sign * (limits[upper] - limits[lower]) < 0:
            way = 'less' if sign > 0 else 'greater'
            raise Refused(
                f'The {lower} threshold ({limits[lower]}) must be {way} than the {upper} threshold ({limits[upper]}).'
            )


def _states_wanted(call: Call) -> list[str]:
    """Return the states, in lower case, in which groups are to be shown; none shows no groups at all."""
    wanted = call.words('group_states')
    if not set(wanted) <= set(GROUP_STATES):
        raise Refused('Invalid group_state filters.')
    return wanted


def _of(monitor: Mapping[str, Any], silences: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        downtime for downtime in silences if downtime['attributes']['monitor_identifier']['monitor_id'] == monitor['id']
    ]


def _shown(
    monitor: Mapping[str, Any],
    call: Call,
    wanted: Sequence[str] = (),
    silences: Sequence[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """A monitor with its state; with those of its groups, where some are wanted."""
    groups = call.store.states(monitor['id'])
    silenced = {
        downtime['attributes']['scope']: end and int(datetime.fromisoformat(end).timestamp())
        for downtime in _of(monitor, downtimes.silences(call) if silences is None else silences)
        for end in [downtime['attributes']['schedule']['end']]
    }
    shown = {
        **monitor,
        'overall_state': monitors.overall(groups),
        'options': {**monitor['options'], 'silenced': silenced},
    }
    if wanted:
        shown['state'] = {
            'groups': {
                name: {'name': name, **{field: state[field] for field in GROUP_FIELDS if state.get(field) is not None}}
                for name, state in groups.items()
                if 'all' in wanted or state['status'].lower() in wanted
            }
        }
    return shown


GROUP_FIELDS = ('status', 'last_triggered_ts', 'last_nodata_ts', 'last_notified_ts', 'last_resolved_ts')

routes = [
    endpoint('GET', '/api/v1/monitor', list_monitors, unsupported=('with_downtimes',)),
    endpoint('POST', '/api/v1/monitor', create_monitor),
    endpoint('POST', '/api/v1/monitor/validate', validate_monitor),
    endpoint('GET', '/api/v1/monitor/can_delete', can_delete_monitors),
    endpoint('GET', '/api/v1/monitor/{id:int}', get_monitor, unsupported=('with_downtimes', 'with_assets')),
    endpoint('PUT', '/api/v1/monitor/{id:int}', update_monitor),
    endpoint('DELETE', '/api/v1/monitor/{id:int}', delete_monitor),
    endpoint('POST', '/api/v1/monitor/{id:int}/validate', validate_existing_monitor),
    endpoint('POST', '/api/v1/monitor/{id:int}/mute', mute_monitor),
    endpoint('POST', '/api/v1/monitor/{id:int}/unmute', unmute_monitor),
]
