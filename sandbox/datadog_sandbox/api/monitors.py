"""Monitors, API v1: list, create, read, update, delete, validate."""

import re
from collections.abc import Mapping
from typing import Any

from datadog_sandbox import validation

from .endpoint import ORG, USER, Call, Refused, endpoint
from .monitor_muting import silence
from .monitor_references import references
from .monitor_shape import GROUP_STATES, Shapes, monitor_of, without_creator

PAGE, LARGEST_PAGE = 100, 1000
OPTIONS: dict[str, Any] = {'notify_audit': False, 'new_host_delay': 300, 'include_tags': True}
"""What the options have when a request leaves them out."""
SEARCHES = (
    'log alert', 'ci-pipelines alert', 'ci-tests alert', 'error-tracking alert', 'llm-observability alert', 'rum alert',
)  # fmt: skip
"""Types whose options have `groupby_simple_monitor`."""
CUMULATIVE = re.compile(r'current_(?!1h)')
"""The windows that make a metric alert a query alert: as recorded, those of days and longer."""
CREATOR = {'name': USER['name'], 'handle': USER['handle'], 'email': USER['handle'], 'id': ORG}
TYPE_OPTIONS: dict[str, dict[str, Any]] = {'data-quality alert': {'avalanche_window': 10}}
TYPE_FIELDS: dict[str, dict[str, Any]] = {'data-quality alert': {'restricted': False, 'run_as': None}}
"""What monitors of a type have besides, as recorded in 2026."""
UNIQUE = ('id', 'created', 'modified', 'creator', 'assets', 'multi')
"""Monitors that are alike in everything else are duplicates."""


def list_monitors(call: Call) -> Any:
    # As recorded, a list has the downtimes whatever `with_downtimes` says.
    call.flag('with_downtimes')
    shapes = Shapes(call, _states_wanted(call), downtimes=True)
    name, tags, scopes = call.query.get('name', '').lower(), set(call.words('monitor_tags')), set(call.words('tags'))
    after = call.number('id_offset', 0)
    size = call.number('page_size', PAGE, LARGEST_PAGE)
    monitors = [
        monitor
        for monitor in call.store.all('monitor')
        if name in monitor['name'].lower()
        and tags <= set(monitor['tags'])
        and scopes <= set(re.split(r'[\s,(){}]+', monitor['query']))
        and monitor['id'] > after
    ]
    if 'page' in call.query:
        first = call.number('page') * size
        monitors = monitors[first : first + size]
    elif 'id_offset' in call.query:
        monitors = monitors[:size]
    return [shapes.of(monitor) for monitor in monitors]


def get_monitor(call: Call) -> Any:
    monitor = monitor_of(call)
    states = _states_wanted(call)
    shape = Shapes(call, states, call.flag('with_downtimes')).of(monitor)
    if not call.flag('with_restricted_roles', True):
        del shape['restricted_roles']
    return shape | ({'assets': monitor.get('assets') or []} if call.flag('with_assets') else {})


def create_monitor(call: Call) -> Any:
    fields = _checked(call)
    with call.store.transaction():
        stamp, id_ = call.stamp(), call.store.next_number('monitor')
        if CUMULATIVE.search(fields['query'].partition(':')[0]) and fields['type'] == 'metric alert':
            fields['type'] = 'query alert'
        elif fields['type'] == 'query alert' and fields['query'].lstrip().startswith('formula('):
            fields['type'] = 'metric alert'
        monitor: dict[str, Any] = {
            'id': id_, 'org_id': ORG, 'type': fields['type'], 'name': fields['name'], 'message': '', 'tags': [],
            'query': fields['query'], **fields, 'options': _options(fields), 'created': stamp, 'modified': stamp,
            'deleted': None, 'priority': fields.get('priority'), 'restricted_roles': fields.get('restricted_roles'),
            'draft_status': fields.get('draft_status') or 'published', 'assets': _assets(fields),
            'creator': CREATOR, **TYPE_FIELDS.get(fields['type'], {}),
        }  # fmt: skip
        _refuse_twin(call, monitor)
        call.store.save('monitor', id_, monitor)
        silence(call, monitor)
    return _full(call, monitor)


def update_monitor(call: Call) -> Any:
    with call.store.transaction():
        old = monitor_of(call)
        fields = _checked(call, old)
        if 'options' in fields:
            fields['options'] = _options(old | fields)
        if 'assets' in fields:
            fields['assets'] = _assets(fields)
        if fields['multi'] and not old['multi'] and old['type'] == 'metric alert':
            fields['type'] = 'query alert'
        elif old['type'] == 'query alert' and fields.get('type') == 'metric alert':
            # As recorded, a query alert stays one.
            del fields['type']
        monitor = old | fields | {'modified': call.stamp()}
        _refuse_twin(call, monitor)
        call.store.save('monitor', monitor['id'], monitor)
        silence(call, monitor)
        if monitor['query'] != old['query']:
            # Another query has other groups.
            call.store.save_states(monitor['id'], dict.fromkeys(call.store.states(monitor['id'])))
    return without_creator(_full(call, monitor))


def _checked(call: Call, old: Mapping[str, Any] | None = None) -> dict[str, Any]:
    fields = validation.monitor(call.body, old)
    merged = {**(old or {}), **fields}
    validation.check_burn_rate(merged['query'], call.store.all('slo'))
    if merged['type'] == 'composite':
        parts = [call.store.get('monitor', int(id_)) for id_ in re.findall(r'\d+', merged['query'])]
        if any(part is None or part['type'] == 'composite' for part in parts):
            # https://github.com/DataDog/terraform-provider-datadog/issues/2440
            raise Refused('Some monitor IDs are invalid')
    return fields


def _full(call: Call, monitor: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer to POST and PUT, which have fields of their own and, as recorded, not yet a state."""
    assets = [{'monitor_id': monitor['id'], **asset} for asset in monitor.get('assets') or []]
    own = {'restriction_policy': None, 'assets': assets}
    return Shapes(call).of(monitor) | own | {'overall_state': 'No Data', 'overall_state_modified': None}


def _options(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a request with the defaults of what it leaves out."""
    given = fields.get('options') or {}
    options = {**OPTIONS, **TYPE_OPTIONS.get(fields['type'], {}), **given}
    if given.get('on_missing_data') == 'default' and 'scheduling_options' in given:
        # As recorded; without a schedule, it is kept.
        del options['on_missing_data']
    if given.get('on_missing_data') is None and 'notify_no_data' not in given:
        options['notify_no_data'] = False
    if 'new_group_delay' in given and 'new_host_delay' not in given:
        del options['new_host_delay']
    if fields['type'] in SEARCHES:
        options.setdefault('groupby_simple_monitor', False)
    if not options.get('thresholds', True):
        del options['thresholds']
    return options


def _assets(fields: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the assets of a request with all fields that Datadog shows of each."""
    form: dict[str, Any] = {
        'name': None, 'category': None, 'url': None, 'template_variables': {}, 'options': {}, 'resource_key': None,
        'resource_type': None,
    }  # fmt: skip
    return [form | asset for asset in fields.get('assets') or []]


def _refuse_twin(call: Call, monitor: Mapping[str, Any]) -> None:
    alike = _comparable(monitor)
    for other in call.store.all('monitor'):
        if other['id'] != monitor['id'] and _comparable(other) == alike:
            raise Refused(f'Duplicate of an existing monitor_id:{other["id"]} org_id:{ORG}')


def _comparable(monitor: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in monitor.items() if name not in UNIQUE}


def delete_monitor(call: Call) -> Any:
    with call.store.transaction():
        monitor = monitor_of(call)
        if not call.flag('force') and (lines := references(call.store, monitor)):
            raise Refused(lines[0])
        id_ = monitor['id']
        call.store.remove('monitor', id_)
        call.store.forget_monitor(id_)
    return {'deleted_monitor_id': id_}


def validate_monitor(call: Call) -> Any:
    _checked(call)
    return {}


def validate_existing_monitor(call: Call) -> Any:
    if call.store.get('monitor', call.path['id']) is None:
        # 400, as the documents have no 404 here.
        raise Refused('Monitor not found')
    return validate_monitor(call)


def _states_wanted(call: Call) -> list[str]:
    """Return the states, in lower case, in which groups are to be shown; none shows no groups at all."""
    wanted = call.words('group_states')
    if not set(wanted) <= set(GROUP_STATES):
        raise Refused('Invalid group_state filters.')
    return wanted


routes = [
    endpoint('GET', '/api/v1/monitor', list_monitors, kind='monitor'),
    endpoint('POST', '/api/v1/monitor', create_monitor, kind='monitor'),
    endpoint('POST', '/api/v1/monitor/validate', validate_monitor),
    endpoint('GET', '/api/v1/monitor/{id:number}', get_monitor, kind='monitor'),
    endpoint('PUT', '/api/v1/monitor/{id:number}', update_monitor, kind='monitor'),
    endpoint('DELETE', '/api/v1/monitor/{id:number}', delete_monitor),
    endpoint('POST', '/api/v1/monitor/{id:number}/validate', validate_existing_monitor),
]
