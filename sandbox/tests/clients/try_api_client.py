"""Tries `datadog-api-client`, 2.20 or newer, with what the sandbox keeps: `python try_api_client.py URL`."""

import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Any

from calls import METRIC, NOW, QUERY, Calls
from datadog_api_client import ApiClient, Configuration
from typed import Api, refusal

KEYS = {'apiKeyAuth': 'any', 'appKeyAuth': 'any'}
LATER = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
WIDGETS = [
    {'definition': {'type': 'timeseries', 'requests': [{'q': METRIC}]}},
    {'definition': {'type': 'note', 'content': 'hello'}},
]
OLD = version('datadog-api-client').startswith('2.20.')
calls = Calls()


def metrics(v1: Api, v2: Api) -> None:
    points = [{'timestamp': NOW - 1, 'value': 20.0}, {'timestamp': NOW, 'value': 22.0}]
    host = [{'name': 'a', 'type': 'host'}]
    with calls(*v2.names('submit_metrics')):
        series = {'metric': 'room.temperature', 'type': 3, 'points': points, 'resources': host, 'tags': ['room:1']}
        assert v2('submit_metrics', model='MetricPayload', body={'series': [series]}) == {'errors': []}
    with calls(*v1.names('submit_metrics')):
        for metric, value in (('door.good', 3.0), ('door.all', 4.0)):
            count = {'metric': metric, 'type': 'count', 'points': [[NOW - 60, value]], 'host': 'a'}
            assert v1('submit_metrics', model='MetricsPayload', body={'series': [count]}) == {'status': 'ok'}
    with calls(*v1.names('submit_distribution_points')):
        spread = {'metric': 'door.open', 'points': [[NOW, [1.0, 2.0, 3.0]]], 'host': 'a'}
        sent = v1('submit_distribution_points', model='DistributionPointsPayload', body={'series': [spread]})
        assert sent == {'status': 'ok'}
    with calls(*v1.names('query_metrics')):
        [line] = v1('query_metrics', _from=NOW - 60, to=NOW + 1, query=METRIC + ' by {host}')['series']
        assert (line['scope'], line['metric']) == ('host:a', 'room.temperature')
        assert line['pointlist'][-1][1] in (21.0, 22.0)
    with calls(*v1.names('list_active_metrics', 'list_metrics')):
        every = ['door.all', 'door.good', 'door.open', 'room.temperature']
        assert v1('list_active_metrics', NOW - 120)['metrics'] == every
        assert v1('list_metrics', 'metrics:room')['results']['metrics'] == ['room.temperature']
    with calls(*v1.names('get_metric_metadata', 'update_metric_metadata')):
        assert v1('get_metric_metadata', 'room.temperature')['type'] == 'gauge'
        v1('update_metric_metadata', 'room.temperature', model='MetricMetadata', body={'short_name': 'warmth'})
        assert v1('get_metric_metadata', 'room.temperature')['short_name'] == 'warmth'
    metric_queries(v2)


def metric_queries(v2: Api) -> None:
    span = {'from': (NOW - 300) * 1000, 'to': (NOW + 1) * 1000, 'formulas': [{'formula': 'a * 2'}]}
    with calls(*v2.names('query_scalar_data')):
        scalar = {'name': 'a', 'data_source': 'metrics', 'query': METRIC, 'aggregator': 'max'}
        request = {'data': {'type': 'scalar_request', 'attributes': {**span, 'queries': [scalar]}}}
        answer = v2('query_scalar_data', model='ScalarFormulaQueryRequest', body=request)
        assert answer['data']['attributes']['columns'][0]['values'][0] in (42.0, 44.0)
    name = f'{v2.name}.query_timeseries_data'
    cannot_read = 'it was unstable then, and cannot read the values'
    with calls.faulty(name, "has no attribute '0'", cannot_read) if OLD else calls(name):
        line = {'name': 'a', 'data_source': 'metrics', 'query': METRIC}
        request = {'data': {'type': 'timeseries_request', 'attributes': {**span, 'queries': [line]}}}
        answer = v2('query_timeseries_data', model='TimeseriesFormulaQueryRequest', body=request)
        values = answer['data']['attributes']['values']
        assert [value for value in values[0] if value is not None][-1] in (42.0, 44.0)
    with calls(*v2.names('list_tag_configurations')):
        ids = [each['id'] for each in v2('list_tag_configurations')['data']]
        assert 'room.temperature' in ids
    with calls(*v2.names('list_tags_by_metric_name')):
        attributes = v2('list_tags_by_metric_name', 'room.temperature')['data']['attributes']
        assert 'room:1' in attributes['tags']
    tag_configurations(v2)


def tag_configurations(v2: Api) -> None:
    name = 'room.temperature'

    def body(**attributes: Any) -> Any:
        return {'data': {'type': 'manage_tags', 'id': name, 'attributes': attributes}}

    verbs = ('create_tag_configuration', 'list_tag_configuration_by_name', 'update_tag_configuration')
    with calls(*v2.names(*verbs, 'delete_tag_configuration')):
        new = body(metric_type='gauge', tags=['room'])
        created = v2('create_tag_configuration', name, model='MetricTagConfigurationCreateRequest', body=new)
        assert v2('list_tag_configuration_by_name', name) == created
        assert created['data']['attributes']['tags'] == ['room']
        change = body(tags=['room', 'floor'])
        changed = v2('update_tag_configuration', name, model='MetricTagConfigurationUpdateRequest', body=change)
        assert changed['data']['attributes']['tags'] == ['room', 'floor']
        v2('delete_tag_configuration', name)
        with refusal(404, f'{name} not found'):
            v2('list_tag_configuration_by_name', name)
    with calls(*v2.names('list_active_metric_configurations')):
        active = v2('list_active_metric_configurations', name)['data']['attributes']
        assert active == {'active_tags': [], 'active_aggregations': []}
    with calls(*v2.names('estimate_metrics_output_series')):
        estimate = v2('estimate_metrics_output_series', name, filter_groups='room')['data']['attributes']
        assert (estimate['estimate_type'], estimate['estimated_output_series']) == ('count_or_gauge', 1)
    if not OLD:
        with calls(*v2.names('get_metric_tag_cardinality_details')):
            details = v2('get_metric_tag_cardinality_details', name)
            assert [each['id'] for each in details['data']] == ['host', 'room']
        with calls(*v2.names('list_metric_assets')):
            assert v2('list_metric_assets', name)['data']['id'] == name
    with calls(*v2.names('list_volumes_by_metric_name')):
        assert v2('list_volumes_by_metric_name', name)['data']['attributes']['ingested_volume'] == 1


def logs(v1: Api, v2: Api) -> None:
    for api in (v1, v2):
        with calls(*api.names('submit_log')):
            at_the_sandbox(api, 'submit_log')
            log = {'message': '{"took": 7}', 'service': f'rooms-{api.package}', 'ddtags': 'room:1', 'hostname': 'a'}
            api('submit_log', model='HTTPLog', body=[log])
    with calls(*v1.names('list_logs')):
        period = {'from': datetime.fromtimestamp(NOW - 600, UTC).isoformat(), 'to': LATER.isoformat()}
        request = {'query': 'service:rooms-v1', 'time': period}
        [log] = v1('list_logs', model='LogsListRequest', body=request)['logs']
        assert log['content']['service'] == 'rooms-v1'
    with calls(*v2.names('list_logs', 'list_logs_get')):
        request = {'filter': {'query': '@took:7', 'from': 'now-15m', 'to': 'now+1h'}, 'sort': 'timestamp'}
        listed = v2('list_logs', model='LogsListRequest', body=request)['data']
        assert {log['attributes']['service'] for log in listed} == {'rooms-v1', 'rooms-v2'}
        assert len(v2('list_logs_get', filter_query='service:rooms-v2')['data']) == 1
    with calls(*v2.names('aggregate_logs')):
        total = {'aggregation': 'sum', 'metric': '@took', 'type': 'total'}
        request = {'compute': [total], 'filter': {'query': 'room:1'}, 'group_by': [{'facet': 'host'}]}
        [bucket] = v2('aggregate_logs', model='LogsAggregateRequest', body=request)['data']['buckets']
        assert (bucket['by'], [*bucket['computes'].values()]) == ({'host': 'a'}, [14])


def at_the_sandbox(api: Api, call: str) -> None:
    """Send a call to the sandbox which has a server of its own, an intake, at Datadog: the next of its list is any."""
    configuration = api.client.configuration
    protocol, _, address = configuration.host.partition('://')
    configuration.server_operation_index[f'{api.package}.{call}'] = 1
    configuration.server_operation_variables[f'{api.package}.{call}'] = {'protocol': protocol, 'name': address}


def events(v1: Api, v2: Api) -> None:
    with calls(*v1.names('create_event', 'get_event', 'list_events')):
        body = {'title': 'Opened', 'text': 'a window', 'tags': ['room:1']}
        id_ = v1('create_event', model='EventCreateRequest', body=body)['event']['id']
        assert v1('get_event', id_)['event']['text'] == 'a window'
        answer = v1('list_events', start=NOW - 60, end=NOW + 600, tags='room:1')
        assert [(each['id'], each['title']) for each in answer['events']] == [(id_, 'Opened')]
    with calls(*v2.names('list_events')):
        assert len(v2('list_events', filter_query='room:1')['data']) == 1
    with calls(*v2.names('search_events')):
        body = {'filter': {'query': 'room:1', 'from': 'now-15m', 'to': 'now'}}
        assert len(v2('search_events', model='EventsListRequest', body=body)['data']) == 1
    with calls(*v2.names('get_event')):
        assert v2('get_event', str(id_))['data']['attributes']['message'] == 'a window'
    with calls(*v2.names('create_event')):
        at_the_sandbox(v2, 'create_event')
        change = {'changed_resource': {'name': 'door', 'type': 'configuration'}}
        attributes = {'title': 'Locked', 'category': 'change', 'tags': ['room:2'], 'attributes': change}
        request = {'data': {'type': 'event', 'attributes': attributes}}
        assert v2('create_event', model='EventCreateRequestPayload', body=request)['data']['type'] == 'event'
        assert len(v2('list_events', filter_query='room:2')['data']) == 1


def hosts(hosts: Api, tags: Api, checks: Api) -> None:
    with calls(*hosts.names('list_hosts', 'get_host_totals')):
        [host] = hosts('list_hosts', filter='host:a')['host_list']
        assert (host['host_name'], host['up']) == ('a', True)
        assert hosts('get_host_totals')['total_active'] == 1
    with calls(*hosts.names('mute_host', 'unmute_host')):
        assert hosts('mute_host', 'a', model='HostMuteSettings', body={'message': 'repairs'})['action'] == 'Muted'
        assert hosts('unmute_host', 'a')['action'] == 'Unmuted'
    verbs = ('create_host_tags', 'get_host_tags', 'list_host_tags', 'update_host_tags', 'delete_host_tags')
    with calls(*tags.names(*verbs)):
        new = {'host': 'a', 'tags': ['floor:2']}
        assert 'floor:2' in tags('create_host_tags', 'a', model='HostTags', body=new)['tags']
        assert 'floor:2' in tags('get_host_tags', 'a')['tags']
        assert tags('list_host_tags')['tags']['floor:2'] == ['a']
        other = {'host': 'a', 'tags': ['floor:3']}
        assert tags('update_host_tags', 'a', model='HostTags', body=other)['tags'] == ['floor:3']
        tags('delete_host_tags', 'a')
        assert 'floor:3' not in tags('get_host_tags', 'a')['tags']
    with calls(*checks.names('submit_service_check')):
        status = {'check': 'door.shut', 'host_name': 'a', 'status': 0, 'tags': ['room:1'], 'timestamp': NOW}
        assert checks('submit_service_check', model='ServiceChecks', body=[status]) == {'status': 'ok'}


def monitors(v1: Api) -> None:
    options = {'thresholds': {'critical': 30, 'warning': 25}, 'notify_no_data': True, 'no_data_timeframe': 10}
    body = {'type': 'query alert', 'query': QUERY, 'name': 'Warm', 'tags': ['team:rooms'], 'options': options}
    with calls(*v1.names('validate_monitor', 'create_monitor', 'get_monitor', 'list_monitors', 'update_monitor')):
        assert v1('validate_monitor', model='Monitor', body=body) == {}
        monitor = v1('create_monitor', model='Monitor', body=body)
        assert (monitor['name'], monitor['overall_state'], monitor['multi']) == ('Warm', 'No Data', True)
        assert v1('get_monitor', monitor['id'], group_states='all')['state'] == {'groups': {}}
        assert [each['id'] for each in v1('list_monitors', monitor_tags='team:rooms')] == [monitor['id']]
        pages = v1.calls.list_monitors_with_pagination(page_size=1)
        assert [each.id for each in pages] == [monitor['id']]
        change = {'name': 'Warmer', 'priority': 2}
        changed = v1('update_monitor', monitor['id'], model='MonitorUpdateRequest', body=change)
        assert (changed['name'], changed['priority'], changed['query']) == ('Warmer', 2, QUERY)
        with refusal(400, "The value provided for parameter 'query' is invalid"):
            v1('create_monitor', model='Monitor', body={'type': 'query alert', 'query': 'wrong'})
    with calls(*v1.names('validate_existing_monitor')):
        assert v1('validate_existing_monitor', monitor['id'], model='Monitor', body=body) == {}
    with calls(*v1.names('search_monitors')):
        [summary] = v1('search_monitors', query='tag:team:rooms')['monitors']
        assert (summary['id'], summary['name']) == (monitor['id'], 'Warmer')
    with calls(*v1.names('search_monitor_groups')):
        assert v1('search_monitor_groups', query='tag:team:rooms')['groups'] == []
    with calls(*v1.names('check_can_delete_monitor', 'delete_monitor')):
        assert v1('check_can_delete_monitor', [monitor['id']])['data'] == {'ok': [monitor['id']]}
        assert v1('delete_monitor', monitor['id']) == {'deleted_monitor_id': monitor['id']}


def downtimes(v1: Api, v2: Api, monitors: Api) -> None:
    monitor = monitors('create_monitor', model='Monitor', body={'type': 'query alert', 'query': QUERY, 'name': 'Warm'})

    def create(**attributes: Any) -> Any:
        identifier = {'monitor_identifier': {'monitor_tags': ['*']}, 'scope': 'env:lab'}
        body = {'data': {'type': 'downtime', 'attributes': identifier | attributes}}
        return v2('create_downtime', model='DowntimeCreateRequest', body=body)['data']

    verbs = ('create_downtime', 'get_downtime', 'list_downtimes', 'update_downtime', 'cancel_downtime')
    with calls(*v2.names(*verbs)):
        once = create(schedule={'start': LATER.isoformat(), 'end': (LATER + timedelta(hours=1)).isoformat()})
        assert once['attributes']['status'] == 'scheduled'
        start = v2.calls.get_downtime(once['id']).data.attributes.schedule.start
        assert start == LATER
        paris = {'display_timezone': 'Europe/Paris', 'message': 'quiet'}
        recurrences = [{'rrule': 'FREQ=WEEKLY;BYDAY=SA', 'duration': '38h'}]
        weekly = create(schedule={'timezone': 'Europe/Paris', 'recurrences': recurrences}, **paris)
        assert weekly['attributes']['schedule']['recurrences'][0]['rrule'] == 'FREQ=WEEKLY;BYDAY=SA'
        change = {'data': {'type': 'downtime', 'id': weekly['id'], 'attributes': {'message': 'still'}}}
        changed = v2('update_downtime', weekly['id'], model='DowntimeUpdateRequest', body=change)
        assert changed['data']['attributes']['message'] == 'still'
        pages = v2.calls.list_downtimes_with_pagination(page_limit=1)
        assert {once['id'], weekly['id']} <= {each.id for each in pages}
        v2('cancel_downtime', once['id'])
        assert v2('get_downtime', once['id'])['data']['attributes']['status'] == 'canceled'
        assert once['id'] not in [each['id'] for each in v2('list_downtimes', current_only=True)['data']]
    with calls(*v2.names('list_monitor_downtimes')):
        # What is answered names the type of a related monitor as Datadog does, and as the client does not know it.
        attributes = {'monitor_identifier': {'monitor_id': monitor['id']}, 'scope': '*'}
        body = {'data': {'type': 'downtime', 'attributes': attributes}}
        v2.calls.create_downtime(v2.model('DowntimeCreateRequest', body))
        [match] = v2('list_monitor_downtimes', monitor['id'])['data']
        assert match['type'] == 'downtime_match'
    verbs = ('create_downtime', 'get_downtime', 'list_downtimes', 'update_downtime', 'cancel_downtime')
    with calls(*v1.names(*verbs)):
        body = {'scope': ['env:old'], 'start': NOW + 3600, 'end': NOW + 7200, 'message': 'repairs'}
        old = v1('create_downtime', model='Downtime', body=body)
        assert v1('get_downtime', old['id'])['message'] == 'repairs'
        assert old['id'] in [each['id'] for each in v1('list_downtimes')]
        assert v1('update_downtime', old['id'], model='Downtime', body=body | {'message': 'l'})['message'] == 'l'
        v1('cancel_downtime', old['id'])
        assert v1('get_downtime', old['id'])['canceled'] >= NOW
    with calls(*v1.names('cancel_downtimes_by_scope')):
        other = v1('create_downtime', model='Downtime', body={'scope': ['env:attic'], 'start': NOW + 3600})
        request = {'scope': 'env:attic'}
        answer = v1('cancel_downtimes_by_scope', model='CancelDowntimesByScopeRequest', body=request)
        assert answer == {'cancelled_ids': [other['id']]}
    with calls(*v1.names('list_monitor_downtimes')):
        assert v1('list_monitor_downtimes', monitor['id'])[0]['scope'] == ['*']


def dashboards(v1: Api, lists: Api, items: Api) -> None:
    body = {
        'title': 'Rooms', 'layout_type': 'ordered', 'widgets': WIDGETS, 'notify_list': ['a@example.com'],
        'template_variables': [{'name': 'room', 'prefix': 'room', 'defaults': ['*']}],
    }  # fmt: skip
    with calls(*v1.names('create_dashboard', 'get_dashboard', 'update_dashboard', 'list_dashboards')):
        board = v1('create_dashboard', model='Dashboard', body=body)
        assert v1('get_dashboard', board['id']) == board
        # What was read can be changed and sent back.
        read = v1.calls.get_dashboard(board['id'])
        read.title = 'Other rooms'
        assert v1.calls.update_dashboard(board['id'], read).title == 'Other rooms'
        [summary] = v1('list_dashboards')['dashboards']
        assert (summary['id'], summary['title']) == (board['id'], 'Other rooms')
    dashboard_lists(lists, items, board['id'])
    with calls(*v1.names('delete_dashboard')):
        assert v1('delete_dashboard', board['id']) == {'deleted_dashboard_id': board['id']}
        with refusal(404, f'Dashboard with ID {board["id"]} not found'):
            v1('get_dashboard', board['id'])
    with calls(*v1.names('delete_dashboards', 'restore_dashboards')):
        id_ = v1('create_dashboard', model='Dashboard', body=body)['id']
        request = {'data': [{'id': id_, 'type': 'dashboard'}]}
        v1('delete_dashboards', model='DashboardBulkDeleteRequest', body=request)
        assert v1('list_dashboards')['dashboards'] == []
        v1('restore_dashboards', model='DashboardRestoreRequest', body=request)
        assert [each['id'] for each in v1('list_dashboards')['dashboards']] == [id_]


def dashboard_lists(lists: Api, items: Api, board: str) -> None:
    verbs = ('create', 'get', 'update', 'delete')
    with calls(*lists.names(*(f'{verb}_dashboard_list' for verb in verbs), 'list_dashboard_lists')):
        list_ = lists('create_dashboard_list', model='DashboardList', body={'name': 'Ours'})
        id_ = list_['id']
        changed = lists('update_dashboard_list', id_, model='DashboardList', body={'name': 'Theirs'})
        assert (changed['name'], lists('get_dashboard_list', id_)['name']) == ('Theirs', 'Theirs')
        assert [each['id'] for each in lists('list_dashboard_lists')['dashboard_lists']] == [id_]
        request = {'dashboards': [{'type': 'custom_timeboard', 'id': board}]}
        with calls(*items.names(*(f'{verb}_dashboard_list_items' for verb in verbs))):
            items('create_dashboard_list_items', id_, model='DashboardListAddItemsRequest', body=request)
            [item] = items('get_dashboard_list_items', id_)['dashboards']
            assert (item['id'], item['title']) == (board, 'Other rooms')
            items('update_dashboard_list_items', id_, model='DashboardListUpdateItemsRequest', body=request)
            items('delete_dashboard_list_items', id_, model='DashboardListDeleteItemsRequest', body=request)
            assert items('get_dashboard_list_items', id_)['dashboards'] == []
        assert lists('delete_dashboard_list', id_) == {'deleted_dashboard_list_id': id_}


def objectives(slos: Api, corrections: Api, status: Api | None) -> None:
    query = {'numerator': 'sum:door.good{*}.as_count()', 'denominator': 'sum:door.all{*}.as_count()'}
    thresholds = [{'timeframe': '7d', 'target': 99}, {'timeframe': '30d', 'target': 98}]
    body = {'name': 'Doors', 'type': 'metric', 'query': query, 'thresholds': thresholds}
    with calls(*slos.names('create_slo', 'get_slo', 'list_slos', 'check_can_delete_slo')):
        [slo] = slos('create_slo', model='ServiceLevelObjectiveRequest', body=body)['data']
        assert slos('get_slo', slo['id'])['data']['name'] == 'Doors'
        assert [each['id'] for each in slos('list_slos')['data']] == [slo['id']]
        assert slos('check_can_delete_slo', slo['id'])['data']['ok'] == [slo['id']]
    with calls(*slos.names('update_slo')):
        renamed = slos('update_slo', slo['id'], model='ServiceLevelObjective', body=body | {'name': 'Gates'})
        assert renamed['data'][0]['name'] == 'Gates'
    with calls(*slos.names('get_slo_history')):
        history = slos('get_slo_history', slo['id'], NOW - 86_400, NOW)
        assert history['data']['overall']['sli_value'] == 75
    with calls(*slos.names('search_slo')):
        [match] = slos('search_slo', query='Gates')['data']['attributes']['slos']
        assert match['data']['id'] == slo['id']
    if status is not None:
        with calls(*status.names('get_slo_status')):
            attributes = status('get_slo_status', slo['id'], NOW - 86_400, NOW)['data']['attributes']
            # A quarter of 4 requests is bad, where a hundredth may be.
            assert (attributes['sli'], attributes['state']) == (75.0, 'breached')
            assert round(attributes['raw_error_budget_remaining']['value'], 6) == -0.96
    with calls(*slos.names('delete_slo_timeframe_in_bulk')):
        removed = slos('delete_slo_timeframe_in_bulk', model='SLOBulkDelete', body={slo['id']: ['7d']})
        assert removed['data']['updated'] == [slo['id']]
    verbs = ('create', 'get', 'update', 'list', 'delete')
    with calls(*corrections.names(*(f'{verb}_slo_correction' for verb in verbs))):
        attributes = {'slo_id': slo['id'], 'start': NOW - 60, 'end': NOW, 'category': 'Other'}
        request = {'data': {'type': 'correction', 'attributes': attributes}}
        id_ = corrections('create_slo_correction', model='SLOCorrectionCreateRequest', body=request)['data']['id']
        assert corrections('get_slo_correction', id_)['data']['attributes']['end'] == NOW
        change = {'data': {'type': 'correction', 'attributes': {'category': 'Deployment'}}}
        corrections('update_slo_correction', id_, model='SLOCorrectionUpdateRequest', body=change)
        [correction] = corrections('list_slo_correction')['data']
        assert correction['attributes']['category'] == 'Deployment'
        with calls(*slos.names('get_slo_corrections')):
            assert [each['id'] for each in slos('get_slo_corrections', slo['id'])['data']] == [id_]
        corrections('delete_slo_correction', id_)
        assert corrections('list_slo_correction')['data'] == []
    with calls(*slos.names('delete_slo')):
        assert slos('delete_slo', slo['id'])['data'] == [slo['id']]


def restriction_policies(v2: Api) -> None:
    with calls(*v2.names('get_restriction_policy', 'update_restriction_policy', 'delete_restriction_policy')):
        bindings = [{'relation': 'editor', 'principals': ['org:x']}]
        attributes = {'id': 'monitor:1', 'type': 'restriction_policy', 'attributes': {'bindings': bindings}}
        request = {'data': attributes}
        set_ = v2('update_restriction_policy', 'monitor:1', model='RestrictionPolicyUpdateRequest', body=request)
        assert set_['data']['attributes']['bindings'] == bindings
        assert v2('get_restriction_policy', 'monitor:1') == set_
        v2('delete_restriction_policy', 'monitor:1')
        assert v2('get_restriction_policy', 'monitor:1')['data']['attributes']['bindings'] == []


def traces_and_users(spans: Api, users: Api, roles: Api, organizations: Api, snapshots: Api, keys: Api) -> None:
    with calls(*spans.names('list_spans_get', 'list_spans')):
        span = spans('list_spans_get', filter_query='service:web')['data'][0]
        assert span['attributes']['resource_name'] == 'GET /rooms'
        attributes = {'filter': {'query': 'service:web', 'from': 'now-15m', 'to': 'now'}}
        request = {'data': {'type': 'search_request', 'attributes': attributes}}
        assert spans('list_spans', model='SpansListRequest', body=request)['data'][0]['id'] == span['id']
    with calls(*spans.names('aggregate_spans')):
        attributes = {'compute': [{'aggregation': 'count'}], 'filter': attributes['filter']}
        request = {'data': {'type': 'aggregate_request', 'attributes': attributes}}
        [bucket] = spans('aggregate_spans', model='SpansAggregateRequest', body=request)['data']
        assert list(bucket['attributes']['compute'].values()) == [1]
    with calls(*users.names('list_users', 'get_user')):
        [user] = users('list_users')['data']
        assert users('get_user', user['id'])['data']['attributes']['email'] == user['attributes']['email']
    with calls(*users.names('get_current_user')):
        assert users('get_current_user')['data']['id'] == user['id']
    with calls(*users.names('create_user', 'update_user', 'disable_user')):
        request = {'data': {'type': 'users', 'attributes': {'email': 'guest@example.com', 'title': 'guest'}}}
        guest = users('create_user', model='UserCreateRequest', body=request)['data']
        change = {'data': {'type': 'users', 'id': guest['id'], 'attributes': {'name': 'Guest'}}}
        changed = users('update_user', guest['id'], model='UserUpdateRequest', body=change)['data']
        assert (changed['attributes']['name'], changed['attributes']['status']) == ('Guest', 'Pending')
        users('disable_user', guest['id'])
        assert users('get_user', guest['id'])['data']['attributes']['status'] == 'Disabled'
    with calls(*roles.names('list_roles', 'get_role')):
        [role] = roles('list_roles')['data']
        assert roles('get_role', role['id'])['data']['attributes']['name'] == role['attributes']['name']
    with calls(*roles.names('list_permissions', 'list_role_permissions')):
        [permission] = roles('list_permissions')['data']
        assert roles('list_role_permissions', role['id'])['data'] == [permission]
    with calls(*organizations.names('list_orgs', 'get_org')):
        [organization] = organizations('list_orgs')['orgs']
        assert organizations('get_org', organization['public_id'])['org']['name'] == organization['name']
    with calls(*snapshots.names('get_graph_snapshot')):
        url = snapshots('get_graph_snapshot', start=NOW - 3600, end=NOW, metric_query=METRIC)['snapshot_url']
        picture = snapshots.client.rest_client.request('GET', url, preload_content=False)
        assert picture.data[:4] == b'\x89PNG'
    with calls(*keys.names('validate')):
        assert keys('validate') == {'valid': True}


def main(client: ApiClient) -> list[Api]:
    """Try all; return the families of calls."""

    def api(name: str) -> Api:
        families.append(Api(client, name))
        return families[-1]

    families: list[Api] = []
    with calls():
        metrics(api('v1.MetricsApi'), api('v2.MetricsApi'))
    with calls():
        events(api('v1.EventsApi'), api('v2.EventsApi'))
    with calls():
        logs(api('v1.LogsApi'), api('v2.LogsApi'))
    with calls():
        restriction_policies(api('v2.RestrictionPoliciesApi'))
    with calls():
        hosts(api('v1.HostsApi'), api('v1.TagsApi'), api('v1.ServiceChecksApi'))
    monitors_v1 = api('v1.MonitorsApi')
    with calls():
        monitors(monitors_v1)
    with calls():
        downtimes(api('v1.DowntimesApi'), api('v2.DowntimesApi'), monitors_v1)
    with calls():
        dashboards(api('v1.DashboardsApi'), api('v1.DashboardListsApi'), api('v2.DashboardListsApi'))
    with calls():
        names = ('v1.ServiceLevelObjectivesApi', 'v1.ServiceLevelObjectiveCorrectionsApi')
        objectives(*map(api, names), None if OLD else api('v2.ServiceLevelObjectivesApi'))
    with calls():
        names = ('v2.SpansApi', 'v2.UsersApi', 'v2.RolesApi', 'v1.OrganizationsApi', 'v1.SnapshotsApi')
        traces_and_users(*map(api, names), api('v1.AuthenticationApi'))
    return families


if __name__ == '__main__':
    configuration = Configuration(host=sys.argv[1], api_key=KEYS)
    # A client refuses to call unstable operations unless it is asked to; the queries were unstable in version 2.20.
    for operation in ('query_scalar_data', 'query_timeseries_data', 'get_slo_status'):
        with suppress(KeyError):
            configuration.unstable_operations[operation] = True
    with ApiClient(configuration) as client:
        families = main(client)
        existing = [name for family in families for name in family.existing()]
        # What is not tried above is not served: a request to its path shows it.
        for family in families:
            for name in sorted(set(family.existing()) - set(calls.outcomes)):
                calls.refused(name, family.request, name)
    calls.keep(existing)
    calls.print(version=version('datadog-api-client'), existing=existing)
