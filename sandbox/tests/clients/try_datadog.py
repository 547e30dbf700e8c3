"""Tries every call of the library `datadog` for what the sandbox keeps: `python try_datadog.py URL`."""

import inspect
import json
import sys
from importlib.metadata import version
from typing import Any
from urllib.request import Request, urlopen

import datadog
from calls import METRIC, NOW, QUERY, Calls
from datadog import api

calls = Calls()
WIDGETS = [{'definition': {'type': 'timeseries', 'requests': [{'q': METRIC}]}}]


def points() -> None:
    with calls('Metric.send'):
        values = [(NOW - 1, 20), (NOW, 22)]
        sent = api.Metric.send(metric='room.temperature', points=values, host='a', tags=['room:1'], type='gauge')
        assert sent == {'status': 'ok'}
    with calls('Distribution.send'):
        spread = {'metric': 'door.open', 'points': [(NOW, [1, 2, 3])], 'host': 'a', 'type': 'distribution'}
        assert api.Distribution.send(distributions=[spread], attach_host_name=False) == {'status': 'ok'}
    with calls('ServiceCheck.check'):
        sent = api.ServiceCheck.check(check='door.shut', host_name='a', status=0, timestamp=NOW, tags=['room:1'])
        assert sent == {'status': 'ok'}
    with calls('Metric.query'):
        [series] = api.Metric.query(start=NOW - 60, end=NOW + 60, query=METRIC + ' by {host}')['series']
        assert (series['scope'], series['pointlist'][-1][1] in (21.0, 22.0)) == ('host:a', True)
    with calls('Metric.list'):
        assert api.Metric.list(NOW - 60)['metrics'] == ['door.open', 'room.temperature']
    with calls('Metric.get_all'):
        assert api.Metric.get_all(**{'from': NOW - 60})['metrics'] == ['door.open', 'room.temperature']
    with calls('Metadata.get', 'Metadata.update'):
        assert api.Metadata.get(metric_name='room.temperature')['type'] == 'gauge'
        assert api.Metadata.update(metric_name='room.temperature', unit='celsius')['unit'] == 'celsius'
        assert api.Metadata.get(metric_name='room.temperature')['unit'] == 'celsius'
    with calls('Infrastructure.search'):
        assert api.Infrastructure.search(q='room')['results']['metrics'] == ['room.temperature']


def hosts() -> None:
    with calls('Hosts.search', 'Hosts.totals', 'Hosts.get_all'):
        assert [host['name'] for host in api.Hosts.search(filter='host:a')['host_list']] == ['a']
        assert api.Hosts.totals() == {'total_active': 1, 'total_up': 1}
        assert [host['name'] for host in api.Hosts.get_all()['host_list']] == ['a']
    with calls('Host.mute', 'Host.unmute'):
        assert api.Host.mute('a', message='repairs')['action'] == 'Muted'
        assert api.Hosts.search(filter='host:a')['host_list'][0]['is_muted'] is True
        assert api.Host.unmute('a')['action'] == 'Unmuted'
    with calls('Tag.create', 'Tag.get', 'Tag.get_all', 'Tag.update', 'Tag.delete'):
        assert api.Tag.create('a', tags=['floor:2'], source='users')['tags'] == ['floor:2']
        assert 'floor:2' in api.Tag.get('a')['tags']
        assert api.Tag.get_all()['tags']['floor:2'] == ['a']
        assert api.Tag.update('a', tags=['floor:3'], source='users')['tags'] == ['floor:3']
        api.Tag.delete('a', source='users')
        assert 'floor:3' not in api.Tag.get('a')['tags']


def events() -> None:
    with calls('Event.create', 'Event.get', 'Event.query'):
        posted = api.Event.create(title='Opened', text='a window', tags=['room:1'], date_happened=NOW)['event']
        assert api.Event.get(posted['id'])['event']['title'] == 'Opened'
        answer = api.Event.query(start=NOW - 60, end=NOW + 60, tags=['room:1'], priority='normal')
        assert [event['id'] for event in answer['events']] == [posted['id']]


def monitors() -> None:
    with calls('Monitor.create', 'Monitor.get', 'Monitor.get_all', 'Monitor.update', 'Monitor.validate'):
        monitor = api.Monitor.create(type='metric alert', query=QUERY, name='Warm', tags=['team:rooms'])
        assert api.Monitor.get(monitor['id'], group_states=['alert', 'warn'])['state'] == {'groups': {}}
        assert api.Monitor.update(monitor['id'], query=QUERY, name='Warmer')['name'] == 'Warmer'
        assert [each['name'] for each in api.Monitor.get_all(name='warm')] == ['Warmer']
        assert api.Monitor.validate(type='metric alert', query=QUERY) == {}
        raises('only aggregator', api.Monitor.validate, type='metric alert', query='THIS IS A BAD QUERY')
    with calls('Monitor.search'):
        [summary] = api.Monitor.search(query='tag:team:rooms')['monitors']
        assert (summary['id'], summary['name']) == (monitor['id'], 'Warmer')
    with calls('Monitor.search_groups'):
        assert api.Monitor.search_groups(query='tag:team:rooms')['groups'] == []
    with calls('Monitor.mute', 'Monitor.unmute'):
        assert api.Monitor.mute(monitor['id'], scope='host:a')['options']['silenced'] == {'host:a': None}
        assert api.Monitor.unmute(monitor['id'], all_scopes=True)['options']['silenced'] == {}
    with calls('Monitor.mute_all', 'Monitor.unmute_all'):
        assert api.Monitor.mute_all()['scope'] == ['*']
        api.Monitor.unmute_all()
        assert api.Downtime.get_all(current_only=True) == []
    with calls('Monitor.can_delete', 'Monitor.delete'):
        assert muted(api.Monitor.can_delete, monitor_ids=[monitor['id']])['data'] == {'ok': [monitor['id']]}
        assert api.Monitor.delete(monitor['id']) == {'deleted_monitor_id': monitor['id']}


def downtimes() -> None:
    with calls('Downtime.create', 'Downtime.get', 'Downtime.get_all', 'Downtime.update', 'Downtime.delete'):
        downtime = api.Downtime.create(scope='env:lab', start=NOW + 3600, end=NOW + 7200, message='repairs')
        assert api.Downtime.get(downtime['id'])['message'] == 'repairs'
        assert downtime['id'] in [each['id'] for each in api.Downtime.get_all()]
        assert api.Downtime.update(downtime['id'], scope='env:lab', message='later')['message'] == 'later'
        api.Downtime.delete(downtime['id'])
        assert api.Downtime.get(downtime['id'])['canceled'] >= NOW
    with calls('Downtime.cancel_downtime_by_scope'):
        other = api.Downtime.create(scope='env:attic', start=NOW + 3600)
        assert api.Downtime.cancel_downtime_by_scope(scope='env:attic') == {'cancelled_ids': [other['id']]}


def dashboards() -> Any:
    with calls('Dashboard.create', 'Dashboard.get', 'Dashboard.get_all', 'Dashboard.update', 'Dashboard.delete'):
        first = api.Dashboard.create(title='Rooms', widgets=WIDGETS, layout_type='ordered')
        assert api.Dashboard.get(first['id'])['widgets'] == first['widgets']
        changed = api.Dashboard.update(first['id'], title='Other', widgets=WIDGETS, layout_type='ordered')
        assert changed['title'] == 'Other'
        assert [each['title'] for each in api.Dashboard.get_all()['dashboards']] == ['Other']
        assert api.Dashboard.delete(first['id']) == {'deleted_dashboard_id': first['id']}
    with calls('Graph.create', 'Graph.status'):
        snapshot = api.Graph.create(metric_query=METRIC, start=NOW - 3600, end=NOW)
        assert api.Graph.status(snapshot['snapshot_url']) == {'status_code': 200}


def dashboard_lists() -> None:
    board = api.Dashboard.create(title='Rooms', widgets=WIDGETS, layout_type='ordered')
    item = {'type': 'custom_timeboard', 'id': board['id']}
    with calls(*(f'DashboardList.{verb}' for verb in ('create', 'get', 'get_all', 'update'))):
        group = api.DashboardList.create(name='Ours')
        assert api.DashboardList.update(group['id'], name='Theirs')['name'] == 'Theirs'
        assert api.DashboardList.get(group['id'])['name'] == 'Theirs'
        assert [each['id'] for each in api.DashboardList.get_all()['dashboard_lists']] == [group['id']]
    for prefix, lists in (('DashboardList.', api.DashboardList), ('DashboardList.v2.', api.DashboardList.v2)):
        with calls(*(prefix + verb for verb in ('add_items', 'get_items', 'update_items', 'delete_items'))):
            lists.add_items(group['id'], dashboards=[item])
            assert [each['title'] for each in lists.get_items(group['id'])['dashboards']] == ['Rooms']
            lists.update_items(group['id'], dashboards=[])
            assert lists.get_items(group['id'])['dashboards'] == []
            lists.update_items(group['id'], dashboards=[item])
            lists.delete_items(group['id'], dashboards=[item])
            assert lists.get_items(group['id'])['dashboards'] == []
    with calls('DashboardList.delete'):
        assert api.DashboardList.delete(group['id']) == {'deleted_dashboard_list_id': group['id']}


def objectives() -> None:
    slo = api.ServiceLevelObjective
    query = {'numerator': 'sum:door.good{*}.as_count()', 'denominator': 'sum:door.all{*}.as_count()'}
    body = {
        'type': 'metric',
        'query': query,
        'thresholds': [{'timeframe': '7d', 'target': 99}, {'timeframe': '30d', 'target': 98}],
    }
    with calls(*(f'ServiceLevelObjective.{verb}' for verb in ('create', 'get', 'get_all', 'update', 'can_delete'))):
        [first] = slo.create(name='Doors', **body)['data']
        assert slo.get(first['id'])['data']['name'] == 'Doors'
        assert [each['id'] for each in slo.get_all()['data']] == [first['id']]
        assert slo.update(first['id'], name='Gates', **body)['data'][0]['name'] == 'Gates'
        assert muted(slo.can_delete, ids=[first['id']])['data'] == {'ok': [first['id']], 'denied_ids': []}
    with calls('ServiceLevelObjective.history'):
        for metric, value in (('door.good', 3), ('door.all', 4)):
            api.Metric.send(metric=metric, points=[(NOW - 60, value)], type='count')
        history = muted(slo.history, first['id'], NOW - 86_400, NOW)
        assert history['data']['overall']['sli_value'] == 75
    with calls('ServiceLevelObjective.search'):
        found = slo.search(query='Gates')['data']['attributes']['slos']
        assert [each['data']['id'] for each in found] == [first['id']]
    wraps = 'wraps the body into another object'
    with calls.faulty('ServiceLevelObjective.bulk_delete', 'body must be an object', wraps):
        slo.bulk_delete({first['id']: ['7d']})
    with calls.faulty('ServiceLevelObjective.delete_many', 'DELETE /api/v1/slo is not served', wraps):
        slo.delete_many([first['id']])
    with calls('ServiceLevelObjective.delete'):
        assert slo.delete(first['id'])['data'] == [first['id']]


def logs() -> None:
    keys = {'DD-API-KEY': 'any', 'Content-Type': 'application/json'}
    body = json.dumps([{'message': 'The door is open', 'service': 'doors', 'hostname': 'a'}]).encode()
    urlopen(Request(f'{api._api_host}/api/v2/logs', body, keys)).close()
    with calls('Logs.list'):
        [log] = api.Logs.list({'query': 'service:doors', 'time': {'from': 'now - 1h', 'to': 'now'}})['logs']
        assert (log['content']['message'], log['content']['host']) == ('The door is open', 'a')
    calls.refused('Logs.create', api.Logs.create)


def what_is_not_kept() -> None:
    calls.refused('Screenboard.get_all', api.Screenboard.get_all)
    calls.refused('Timeboard.get_all', api.Timeboard.get_all)
    calls.refused('Comment.create', api.Comment.create, message='hello')
    calls.refused('Embed.get_all', api.Embed.get_all)
    calls.refused('Synthetics.get_all_tests', api.Synthetics.get_all_tests)
    calls.refused('SecurityMonitoringRule.get_all', api.SecurityMonitoringRule.get_all)
    calls.refused('SecurityMonitoringSignal.get_all', api.SecurityMonitoringSignal.get_all)
    calls.refused('AwsIntegration.list', api.AwsIntegration.list)
    calls.refused('AwsLogsIntegration.list', api.AwsLogsIntegration.list)
    calls.refused('AzureIntegration.list', api.AzureIntegration.list)
    calls.refused('GcpIntegration.list', api.GcpIntegration.list)
    calls.refused('User.get_all', api.User.get_all)
    with calls('Roles.get_all'):
        [role] = api.Roles.get_all()['data']
    with calls('Roles.get'):
        assert api.Roles.get(role['id'])['data'] == role
    calls.refused('Roles.create', api.Roles.create)
    for name in ('update', 'delete', 'assign_permission', 'unassign_permission'):
        calls.refused(f'Roles.{name}', getattr(api.Roles, name), role['id'])
    with calls('Permissions.get_all'):
        [permission] = api.Permissions.get_all()['data']
        assert permission['attributes']['name'] == 'admin'
    calls.refused('Permissions.create', api.Permissions.create)
    for name in ('get', 'update', 'delete'):
        calls.refused(f'Permissions.{name}', getattr(api.Permissions, name), id=permission['id'])


def muted(call: Any, *arguments: Any, **keywords: Any) -> Any:
    """Call as the library does by default: otherwise it raises whenever an answer has `errors`, even empty ones."""
    api._mute = True
    try:
        answer = call(*arguments, **keywords)
    finally:
        api._mute = False
    assert not answer['errors'], answer['errors']
    return answer


def raises(words: str, call: Any, **keywords: Any) -> None:
    try:
        call(**keywords)
    except datadog.api.exceptions.ApiError as error:
        assert words in str(error)
    else:
        raise AssertionError(f'{call} did not raise')


def existing() -> list[str]:
    """Return every call that the library has."""
    resources = {
        name: resource
        for name, resource in vars(api).items()
        if inspect.isclass(resource) and resource.__module__.startswith('datadog.api.')
    }
    return sorted(
        f'{name}.{call}'
        for name, resource in resources.items()
        for call, function in inspect.getmembers(resource, callable)
        if not call.startswith('_')
    )


if __name__ == '__main__':
    datadog.initialize(api_key='any', app_key='any', api_host=sys.argv[1], mute=False, hostname_from_config=False)
    kept = (points, hosts, events, logs, monitors, downtimes, dashboards, dashboard_lists, objectives)
    for part in (*kept, what_is_not_kept):
        with calls():
            part()
    calls.print(version=version('datadog'), existing=existing())
