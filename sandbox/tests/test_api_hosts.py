"""Hosts, API v1: tags that clients set, muting, metadata, and metrics."""

from typing import Any

import pytest
from calling import NOW, Client
from datadog_sandbox.store import Series

WARM = {'type': 'metric alert', 'query': 'avg(last_5m):avg:room.temperature{*} by {host} > 30', 'message': '@a@b.c'}


def host(api: Client, name: str = 'a') -> dict[str, Any]:
    [match] = [each for each in api.ask('GET', '/api/v1/hosts')['host_list'] if each['name'] == name]
    return match


def test_a_muted_host_has_a_downtime_of_its_scope_and_mails_nothing(api: Client) -> None:
    api.store.add((Series('room.temperature', name, ()), NOW - ago, 99.0) for name in 'ab' for ago in range(0, 600, 15))
    api.store.touch_hosts('ab', NOW)
    api.ask('POST', '/api/v1/monitor', WARM)
    answer = api.ask('POST', '/api/v1/host/a/mute', {'message': 'at work', 'end': NOW + 3600})
    assert answer == {'action': 'Muted', 'downtime_id': 1, 'hostname': 'a', 'end': NOW + 3600, 'message': 'at work'}
    assert (host(api)['is_muted'], host(api)['mute_timeout']) == (True, NOW + 3600)
    assert (host(api, 'b')['is_muted'], host(api, 'b')['mute_timeout']) == (False, None)
    [downtime] = api.ask('GET', '/api/v2/downtime')['data']
    assert downtime['attributes']['scope'] == 'host:a'
    assert downtime['attributes']['monitor_identifier'] == {'monitor_tags': ['*']}
    notices = api.app.state.account.advance(NOW)
    assert [(notice.group, notice.muted) for _, notice in notices] == [('host:a', True), ('host:b', False)]


@pytest.mark.parametrize(('since', 'count'), [(NOW - 60, 1), (NOW - 59, 0)])
def test_hosts_are_those_that_were_seen_since_a_time(api: Client, since: int, count: int) -> None:
    api.store.touch_hosts(['a'], NOW - 60)
    assert api.ask('GET', '/api/v1/hosts', **{'from': since})['total_matching'] == count


def test_a_muted_host_is_muted_again_only_with_override(api: Client) -> None:
    """The answers are those that datadogpy recorded in `test_host_muting`."""
    api.store.touch_hosts(['a'], NOW)
    assert api.ask('POST', '/api/v1/host/a/mute') == {'action': 'Muted', 'downtime_id': 1, 'hostname': 'a'}
    assert api.errors('POST', '/api/v1/host/a/mute', {'end': NOW + 60}) == [
        'host:a is already muted. To mute this host with a different end timestamp, add ?override=true to your request.'
    ]
    again = api.ask('POST', '/api/v1/host/a/mute', {'end': NOW + 60, 'override': True})
    assert again == {'action': 'Muted', 'downtime_id': 2, 'hostname': 'a', 'end': NOW + 60}
    assert api.ask('POST', '/api/v1/host/a/unmute', {}) == {'action': 'Unmuted', 'downtime_id': 2, 'hostname': 'a'}
    assert not host(api)['is_muted']
    assert api.errors('POST', '/api/v1/host/a/unmute') == ['host:a is not muted.']
    statuses = [one['attributes']['status'] for one in api.ask('GET', '/api/v2/downtime')['data']]
    assert statuses == ['canceled', 'canceled']


@pytest.mark.parametrize(
    ('name', 'body', 'error'),
    [
        ('a', {'end': 'soon'}, "end must be a time in seconds, not 'soon'"),
        ('a', {'end': True}, "end must be a time in seconds, not 'True'"),
        ('a', {'end': NOW - 1}, 'schedule.end'),
        ('a', {'message': 5}, 'message must be a string'),
        ('a', [], 'body must be a JSON object'),
        ('a*', {}, "'a*' is not the name of a host"),
    ],
)
def test_a_wrong_mute_is_refused(api: Client, name: str, body: object, error: str) -> None:
    [said] = api.errors('POST', f'/api/v1/host/{name}/mute', body)
    assert said.startswith(error)
    assert api.store.all('downtime') == []


def test_tags_of_clients_are_on_the_host_and_on_its_series(api: Client) -> None:
    """As documented in https://docs.datadoghq.com/getting_started/tagging/assigning_tags/?tab=api#ui."""
    api.store.add_host('a', ('env:lab',), {}, NOW)
    api.store.add((Series('room.temperature', name, ()), NOW - 60, value) for name, value in (('a', 20.0), ('b', 30.0)))
    query = {'from': NOW - 600, 'to': NOW, 'query': 'avg:room.temperature{room:1}'}
    assert api.ask('GET', '/api/v1/query', **query)['series'] == []
    api.ask('POST', '/api/v1/tags/hosts/a', {'tags': ['room:1']}, 201)
    api.ask('POST', '/api/v1/tags/hosts/a', {'tags': ['rack:2']}, 201, source='chef')
    [series] = api.ask('GET', '/api/v1/query', **query)['series']
    assert series['pointlist'][0][1] == 20.0
    shown = host(api)
    assert shown['tags_by_source'] == {'Datadog': ['env:lab', 'host:a'], 'Users': ['room:1'], 'Chef': ['rack:2']}
    assert api.ask('GET', '/api/v1/hosts', filter='room:1')['total_matching'] == 1
    assert api.ask('GET', '/api/v1/tags/hosts/a', by_source='true') == {
        'tags': {'Datadog': ['env:lab'], 'users': ['room:1'], 'chef': ['rack:2']}
    }
    api.ask('DELETE', '/api/v1/tags/hosts/a', status=204, source='users')
    assert api.ask('GET', '/api/v1/query', **query)['series'] == []
    assert host(api)['tags_by_source'] == {'Datadog': ['env:lab', 'host:a'], 'Chef': ['rack:2']}


def test_tags_of_clients_outlive_the_metadata_of_an_agent(api: Client) -> None:
    api.store.add_host('a', ('env:lab',), {}, NOW)
    api.ask('PUT', '/api/v1/tags/hosts/a', {'tags': ['room:1', 'env:lab']}, 201)
    assert api.store.host_tags('a') == ('env:lab', 'room:1')
    api.store.add_host('a', (), {}, NOW)
    assert api.store.host_tags('a') == ('room:1', 'env:lab')


def test_a_host_has_the_metrics_that_its_agent_sends(api: Client) -> None:
    """`cpu` is everything but idle, `load` that of the last 15 minutes: as the models of the API document them."""
    api.store.touch_hosts('ab', NOW)
    for metric, value in (('system.cpu.idle', 75.0), ('system.cpu.iowait', 0.5), ('system.load.15', 1.25)):
        api.store.add([(Series(metric, 'a', ()), NOW - 900, value), (Series(metric, 'a', ()), NOW - 901, 1.0)])
    api.store.add(
        [(Series('system.cpu.idle', 'a', ()), NOW, 70.0), (Series('system.load.15', 'b', ()), NOW - 901, 1.0)]
    )
    assert host(api)['metrics'] == {'cpu': 30.0, 'iowait': 0.5, 'load': 1.25}
    assert host(api, 'b')['metrics'] == {'cpu': None, 'iowait': None, 'load': None}


@pytest.mark.parametrize(
    ('sort', 'names'),
    [
        ({}, 'abc'),
        ({'sort_dir': 'desc'}, 'cba'),
        ({'sort_field': 'host_name', 'sort_dir': 'desc'}, 'cba'),
        ({'sort_field': 'last_reported_time'}, 'cab'),
        ({'sort_field': 'status', 'sort_dir': 'desc'}, 'bac'),
        ({'sort_field': 'load'}, 'cab'),
        ({'sort_field': 'load', 'sort_dir': 'desc'}, 'acb'),
        ({'sort_field': 'apps', 'sort_dir': 'desc'}, 'cab'),
    ],
)
def test_hosts_are_sorted(api: Client, sort: dict[str, str], names: str) -> None:
    """A host without a value comes last, in either direction; the fields: "status, apps, cpu, iowait, and load"."""
    for name, ago in (('a', 60), ('b', 0), ('c', 120)):
        api.store.touch_hosts([name], NOW - ago)
    api.store.add_host('c', (), {'agentVersion': '7'}, NOW - 120)
    api.store.add((Series('system.load.15', name, ()), NOW - 60, value) for name, value in (('a', 5.0), ('c', 2.0)))
    api.store.touch_hosts(['b'], NOW)
    assert ''.join(each['name'] for each in api.ask('GET', '/api/v1/hosts', **sort)['host_list']) == names


@pytest.mark.parametrize(
    ('filter', 'names'),
    [
        ('env:lab', 'ab'),
        ('ENV:', 'ab'),
        ('env:lab,role:web', 'a'),
        ('role:web env:lab', 'a'),
        ('alias-of-b', 'b'),
        ('host:c', 'c'),
        ('', 'abc'),
        ('env:lab host:c', ''),
    ],
)
def test_hosts_are_found_by_name_alias_and_tags(api: Client, filter: str, names: str) -> None:
    """Hosts are searched "by name, alias, or tag"; of several words, approximated, all must be found."""
    api.store.add_host('a', ('env:lab', 'role:web'), {}, NOW)
    api.store.add_host('b', ('env:lab',), {'meta': {'host_aliases': ['alias-of-b']}}, NOW)
    api.store.touch_hosts(['c'], NOW)
    assert ''.join(each['name'] for each in api.ask('GET', '/api/v1/hosts', filter=filter)['host_list']) == names


def test_hosts_are_not_sorted_by_another_field(api: Client) -> None:
    [said] = api.errors('GET', '/api/v1/hosts', sort_field='colour')
    assert said.startswith('sort_field must be one of name, host_name, ') and said.endswith(", not 'colour'")


def test_a_host_is_muted_by_the_query_too(api: Client) -> None:
    api.store.touch_hosts(['a'], NOW)
    answer = api.ask('POST', '/api/v1/host/a/mute', end=NOW + 60, message='at work')
    assert answer == {'action': 'Muted', 'downtime_id': 1, 'hostname': 'a', 'end': NOW + 60, 'message': 'at work'}
    assert host(api)['mute_timeout'] == NOW + 60
    assert api.errors('POST', '/api/v1/host/a/mute', end='soon') == ["end must be a time in seconds, not 'soon'"]


def test_the_metadata_of_a_host_has_the_names_of_the_api(api: Client) -> None:
    """The payload is that of an Agent: https://github.com/DataDog/datadog-agent, comp/metadata/host."""
    payload = {
        'internalHostname': 'a',
        'agentVersion': '7.82.1',
        'agent-flavor': 'agent',
        'install-method': {'tool': 'docker', 'tool_version': 'docker', 'installer_version': 'docker'},
        'network': None,
        'logs': {'transport': 'HTTP'},
        'systemStats': {'macV': ['', '', ''], 'winV': ['', '', ''], 'fbsdV': ['', '', '']},
        'meta': {'timezones': ['UTC'], 'host_aliases': ['i-1', 7, 'a']},
    }
    assert api.post('/intake/', json=payload).status_code == 202
    [shown] = api.ask('GET', '/api/v1/hosts', include_hosts_metadata='true')['host_list']
    assert shown['aliases'] == ['i-1', 'a']
    assert shown['meta'] == {
        'agent_version': '7.82.1', 'agent_flavor': 'agent', 'logs_agent': {'transport': 'HTTP'},
        'install_method': {'tool': 'docker', 'tool_version': 'docker', 'installer_version': 'docker'},
        'macV': ['', '', ''], 'winV': ['', '', ''], 'fbsdV': ['', '', ''], 'timezones': ['UTC'],
        'host_id': shown['id'],
    }  # fmt: skip


def test_the_page_of_a_host_shows_tags_of_clients(api: Client) -> None:
    api.store.add_host('a', ('env:lab',), {}, NOW)
    api.ask('PUT', '/api/v1/tags/hosts/a', {'tags': ['room:cellar']}, 201)
    assert 'room:cellar' in api.get('/hosts/a').text
    assert 'room:cellar' in api.get('/hosts').text
