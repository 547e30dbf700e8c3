"""Datadog's own clients against a real server: `datadog-api-client`, `datadog`, and its command `dog`."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import datadog
import pytest
import urllib3
from datadog_api_client import ApiClient, Configuration
from datadog_api_client.exceptions import ApiException
from datadog_api_client.v1.api.dashboards_api import DashboardsApi
from datadog_api_client.v1.api.events_api import EventsApi
from datadog_api_client.v1.api.hosts_api import HostsApi
from datadog_api_client.v1.api.metrics_api import MetricsApi
from datadog_api_client.v1.api.monitors_api import MonitorsApi
from datadog_api_client.v1.api.snapshots_api import SnapshotsApi
from datadog_api_client.v1.model.dashboard import Dashboard
from datadog_api_client.v1.model.dashboard_layout_type import DashboardLayoutType
from datadog_api_client.v1.model.dashboard_template_variable import DashboardTemplateVariable
from datadog_api_client.v1.model.event_create_request import EventCreateRequest
from datadog_api_client.v1.model.monitor import Monitor
from datadog_api_client.v1.model.monitor_options import MonitorOptions
from datadog_api_client.v1.model.monitor_overall_states import MonitorOverallStates
from datadog_api_client.v1.model.monitor_thresholds import MonitorThresholds
from datadog_api_client.v1.model.monitor_type import MonitorType
from datadog_api_client.v1.model.monitor_update_request import MonitorUpdateRequest
from datadog_api_client.v1.model.note_widget_definition import NoteWidgetDefinition
from datadog_api_client.v1.model.note_widget_definition_type import NoteWidgetDefinitionType
from datadog_api_client.v1.model.timeseries_widget_definition import TimeseriesWidgetDefinition
from datadog_api_client.v1.model.timeseries_widget_definition_type import TimeseriesWidgetDefinitionType
from datadog_api_client.v1.model.timeseries_widget_request import TimeseriesWidgetRequest
from datadog_api_client.v1.model.widget import Widget
from datadog_api_client.v2.api.downtimes_api import DowntimesApi
from datadog_api_client.v2.model.downtime_create_request import DowntimeCreateRequest
from datadog_api_client.v2.model.downtime_create_request_attributes import DowntimeCreateRequestAttributes
from datadog_api_client.v2.model.downtime_create_request_data import DowntimeCreateRequestData
from datadog_api_client.v2.model.downtime_monitor_identifier_tags import DowntimeMonitorIdentifierTags
from datadog_api_client.v2.model.downtime_resource_type import DowntimeResourceType
from datadog_api_client.v2.model.downtime_schedule_one_time_create_update_request import (
    DowntimeScheduleOneTimeCreateUpdateRequest,
)
from datadog_api_client.v2.model.downtime_schedule_recurrence_create_update_request import (
    DowntimeScheduleRecurrenceCreateUpdateRequest,
)
from datadog_api_client.v2.model.downtime_schedule_recurrences_create_request import (
    DowntimeScheduleRecurrencesCreateRequest,
)
from datadog_api_client.v2.model.downtime_status import DowntimeStatus
from datadog_api_client.v2.model.downtime_update_request import DowntimeUpdateRequest
from datadog_api_client.v2.model.downtime_update_request_attributes import DowntimeUpdateRequestAttributes
from datadog_api_client.v2.model.downtime_update_request_data import DowntimeUpdateRequestData
from datadog_sandbox.server import create_app, running
from datadog_sandbox.store import Store

QUERY = 'avg(last_5m):avg:room.temperature{*} by {host} > 30'
METRIC = 'avg:room.temperature{*}'


@pytest.fixture
def server() -> Iterator[str]:
    """The address of a server with the real time as its clock."""
    store = Store()
    with running(create_app(store)) as url:
        yield url
    store.close()


def send(url: str, *values: float) -> int:
    """Send points of one host, a second apart, up to now; return the time of the last."""
    now = int(time.time())
    points = [[now - age, value] for age, value in enumerate(reversed(values))]
    series = [{'metric': 'room.temperature', 'host': 'a', 'type': 'gauge', 'points': points, 'tags': ['room:1']}]
    answer = urllib3.request('POST', f'{url}/api/v1/series', json={'series': series}, headers={'DD-API-KEY': 'one'})
    assert answer.status == 202
    return now


# datadog-api-client


@pytest.fixture
def client(server: str) -> Iterator[ApiClient]:
    keys = {'apiKeyAuth': 'one', 'appKeyAuth': 'two'}
    with ApiClient(Configuration(host=server, api_key=keys)) as client:
        yield client


def parsed(model: Any) -> dict[str, Any]:
    """Return what a model holds, which must all be fields and words that the client knows."""
    assert not model._unparsed
    return dict(model.to_dict())


def test_typed_dashboards(client: ApiClient) -> None:
    api = DashboardsApi(client)
    series = TimeseriesWidgetDefinition(
        type=TimeseriesWidgetDefinitionType.TIMESERIES, requests=[TimeseriesWidgetRequest(q=METRIC)]
    )
    note = NoteWidgetDefinition(type=NoteWidgetDefinitionType.NOTE, content='hello')
    body = Dashboard(
        title='Rooms',
        layout_type=DashboardLayoutType.ORDERED,
        widgets=[Widget(definition=series), Widget(definition=note)],
        template_variables=[DashboardTemplateVariable(name='room', prefix='room', defaults=['*'])],
        notify_list=['a@example.com'],
    )
    made = api.create_dashboard(body)
    assert parsed(made)['title'] == 'Rooms'
    assert parsed(api.get_dashboard(made.id)) == parsed(made)
    # What was read can be changed and sent back.
    made.title = 'Other rooms'
    assert parsed(api.update_dashboard(made.id, made))['title'] == 'Other rooms'
    [summary] = api.list_dashboards().dashboards
    assert (summary.id, summary.title) == (made.id, 'Other rooms')
    assert [one.id for one in api.list_dashboards_with_pagination(count=1)] == [made.id]
    assert api.delete_dashboard(made.id).deleted_dashboard_id == made.id
    with pytest.raises(ApiException) as raised:
        api.get_dashboard(made.id)
    assert (raised.value.status, raised.value.body) == (404, {'errors': [f'Dashboard with ID {made.id} not found']})


def test_typed_monitors(client: ApiClient) -> None:
    api = MonitorsApi(client)
    options = MonitorOptions(
        thresholds=MonitorThresholds(critical=30.0, warning=25.0), notify_no_data=True, no_data_timeframe=10
    )
    body = Monitor(type=MonitorType('query alert'), query=QUERY, name='Warm', tags=['team:rooms'], options=options)
    assert api.validate_monitor(body) == {}
    made = api.create_monitor(body)
    assert (made.name, made.overall_state, made.multi) == ('Warm', MonitorOverallStates.NO_DATA, True)
    assert made.created.tzinfo is not None
    assert parsed(api.get_monitor(made.id, group_states='all'))['state'] == {'groups': {}}
    assert [one.id for one in api.list_monitors(monitor_tags='team:rooms', page=0, page_size=1000)] == [made.id]
    assert [one.id for one in api.list_monitors_with_pagination(page_size=1)] == [made.id]
    changed = api.update_monitor(made.id, MonitorUpdateRequest(name='Warmer', priority=2))
    assert (changed.name, changed.priority, changed.query) == ('Warmer', 2, QUERY)
    assert api.check_can_delete_monitor([made.id]).data.ok == [made.id]
    assert api.delete_monitor(made.id).deleted_monitor_id == made.id
    with pytest.raises(ApiException) as raised:
        api.create_monitor(Monitor(type=MonitorType('query alert'), query='wrong'))
    assert raised.value.status == 400
    assert raised.value.body['errors'][0].startswith("The value provided for parameter 'query' is invalid")


def test_typed_downtimes(client: ApiClient) -> None:
    api = DowntimesApi(client)

    def create(**attributes: Any) -> Any:
        identifier = DowntimeMonitorIdentifierTags(monitor_tags=['team:rooms'])
        full = DowntimeCreateRequestAttributes(monitor_identifier=identifier, scope='env:lab', **attributes)
        data = DowntimeCreateRequestData(type=DowntimeResourceType.DOWNTIME, attributes=full)
        return api.create_downtime(DowntimeCreateRequest(data=data)).data

    later = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    once = create(schedule=DowntimeScheduleOneTimeCreateUpdateRequest(start=later, end=later + timedelta(hours=1)))
    assert once.attributes.status == DowntimeStatus.SCHEDULED
    assert (once.attributes.schedule.start, once.attributes.schedule.end) == (later, later + timedelta(hours=1))
    recurrence = DowntimeScheduleRecurrenceCreateUpdateRequest(rrule='FREQ=WEEKLY;BYDAY=SA', duration='38h')
    weekly = create(
        schedule=DowntimeScheduleRecurrencesCreateRequest(timezone='Europe/Paris', recurrences=[recurrence]),
        display_timezone='Europe/Paris',
        message='quiet',
    )
    assert weekly.attributes.schedule.recurrences[0].rrule == 'FREQ=WEEKLY;BYDAY=SA'
    assert weekly.attributes.schedule.current_downtime.start > datetime.now(UTC) - timedelta(hours=38)
    always = create()
    assert always.attributes.status == DowntimeStatus.ACTIVE
    changed = api.update_downtime(
        weekly.id,
        DowntimeUpdateRequest(
            data=DowntimeUpdateRequestData(
                type=DowntimeResourceType.DOWNTIME,
                id=weekly.id,
                attributes=DowntimeUpdateRequestAttributes(message='still'),
            )
        ),
    )
    assert changed.data.attributes.message == 'still'
    assert [one.id for one in api.list_downtimes_with_pagination(page_limit=2)] == [once.id, weekly.id, always.id]
    api.cancel_downtime(always.id)
    found = api.get_downtime(always.id).data
    assert found.attributes.status == DowntimeStatus.CANCELED
    assert parsed(found)['attributes']['canceled'] is not None
    assert always.id not in [one.id for one in api.list_downtimes(current_only=True).data]


def test_typed_events_metrics_hosts_and_snapshots(client: ApiClient, server: str) -> None:
    now = send(server, 20, 21, 22)
    posted = EventsApi(client).create_event(EventCreateRequest(title='Opened', text='a window', tags=['room:1']))
    [found] = EventsApi(client).list_events(start=now - 60, end=now + 60, tags='room:1').events
    assert (found.title, found.id) == ('Opened', posted.event.id)
    assert EventsApi(client).get_event(found.id).event.text == 'a window'
    answer = MetricsApi(client).query_metrics(_from=now - 60, to=now + 1, query=METRIC + ' by {host}')
    [series] = answer.series
    assert (answer.status, series.scope, series.metric) == ('ok', 'host:a', 'room.temperature')
    assert {point.value[1] for point in series.pointlist} <= {20.0, 20.5, 21.0, 21.5, 22.0}
    assert MetricsApi(client).list_active_metrics(now - 60).metrics == ['room.temperature']
    assert MetricsApi(client).get_metric_metadata('room.temperature').type == 'gauge'
    [host] = HostsApi(client).list_hosts(filter='host:a').host_list
    assert (host.host_name, host.up, host.last_reported_time >= now) == ('a', True, True)
    assert HostsApi(client).get_host_totals().total_active == 1
    url = SnapshotsApi(client).get_graph_snapshot(start=now - 3600, end=now, metric_query=METRIC).snapshot_url
    picture = urllib3.request('GET', url)
    assert (picture.status, picture.headers['content-type'], picture.data[:4]) == (200, 'image/png', b'\x89PNG')


# datadog


@pytest.fixture
def datadogpy(server: str) -> Any:
    datadog.initialize(api_key='one', app_key='two', api_host=server, mute=False, hostname_from_config=False)
    return datadog.api


def test_datadogpy_dashboards_and_monitors(datadogpy: Any) -> None:
    widgets = [{'definition': {'type': 'timeseries', 'requests': [{'q': METRIC}]}}]
    made = datadogpy.Dashboard.create(title='Rooms', widgets=widgets, layout_type='ordered')
    assert datadogpy.Dashboard.get(made['id']) == made
    updated = datadogpy.Dashboard.update(made['id'], title='Other', widgets=widgets, layout_type='ordered')
    assert updated['title'] == 'Other'
    assert [one['title'] for one in datadogpy.Dashboard.get_all()['dashboards']] == ['Other']
    assert datadogpy.Dashboard.delete(made['id']) == {'deleted_dashboard_id': made['id']}

    monitor = datadogpy.Monitor.create(type='metric alert', query=QUERY, name='Warm', options={'notify_no_data': True})
    assert datadogpy.Monitor.update(monitor['id'], query=QUERY, name='Warmer')['name'] == 'Warmer'
    assert datadogpy.Monitor.get(monitor['id'], group_states=['alert', 'warn'])['state'] == {'groups': {}}
    assert [one['name'] for one in datadogpy.Monitor.get_all(monitor_tags=[], name='warm')] == ['Warmer']
    assert datadogpy.Monitor.validate(type='metric alert', query=QUERY) == {}
    with pytest.raises(datadog.api.exceptions.ApiError, match='only aggregator'):
        datadogpy.Monitor.validate(type='metric alert', query='THIS IS A BAD QUERY')
    assert datadogpy.Monitor.delete(monitor['id']) == {'deleted_monitor_id': monitor['id']}


def test_datadogpy_events_metrics_hosts_and_snapshots(datadogpy: Any) -> None:
    now = time.time()
    datadogpy.Metric.send(metric='room.temperature', points=[(now - 1, 20), (now, 22)], host='a', tags=['room:1'])
    event = datadogpy.Event.create(title='Opened', text='a window', tags=['room:1'], date_happened=now)
    assert datadogpy.Event.get(event['event']['id'])['event']['title'] == 'Opened'
    found = datadogpy.Event.query(start=now - 60, end=now + 60, tags=['room:1'], priority='normal')
    assert [one['id'] for one in found['events']] == [event['event']['id']]
    answer = datadogpy.Metric.query(start=now - 60, end=now + 60, query=METRIC)
    assert answer['series'][0]['pointlist'][0][1] in (20.0, 21.0, 22.0)
    assert datadogpy.Metric.list(now - 60)['metrics'] == ['room.temperature']
    [host] = datadogpy.Hosts.search(filter='host:a')['host_list']
    assert host['name'] == 'a'
    assert datadogpy.Hosts.totals() == {'total_active': 1, 'total_up': 1}
    assert datadogpy.Infrastructure.search(q='room')['results']['metrics'] == ['room.temperature']
    snapshot = datadogpy.Graph.create(metric_query=METRIC, start=int(now) - 3600, end=int(now))
    assert datadogpy.Graph.status(snapshot['snapshot_url']) == {'status_code': 200}


# dog


@pytest.fixture
def dog(server: str, tmp_path: Path) -> Any:
    environment = {'DATADOG_HOST': server, 'DD_API_KEY': 'one', 'DD_APP_KEY': 'two', 'HOME': str(tmp_path)}

    def dog(*arguments: str, code: int = 0) -> str:
        command = [str(Path(sys.executable).with_name('dog')), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, env=os.environ | environment, timeout=60)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout if code == 0 else done.stderr

    return dog


def test_dog(dog: Any, tmp_path: Path) -> None:
    monitor = json.loads(dog('monitor', 'post', 'metric alert', QUERY, '--name', 'Warm', '--priority', '3'))
    assert (monitor['name'], monitor['priority'], monitor['message']) == ('Warm', 3, '')
    id_ = str(monitor['id'])
    assert json.loads(dog('monitor', 'show', id_))['query'] == QUERY
    assert json.loads(dog('monitor', 'update', id_, '--name', 'Warmer'))['name'] == 'Warmer'
    dog('monitor', 'mute', id_, '--scope', 'host:a')
    assert json.loads(dog('monitor', 'show', id_))['options']['silenced'] == {'host:a': None}
    assert json.loads(dog('monitor', 'unmute', id_, '--all_scopes'))['options']['silenced'] == {}
    assert dog('monitor', 'show_all').split('\t')[:3] == [id_, '', 'Warmer']
    assert json.loads(dog('monitor', 'validate', 'metric alert', QUERY)) == {}
    error = dog('monitor', 'post', 'metric alert', 'wrong', code=1)
    assert "ERROR: The value provided for parameter 'query' is invalid" in error
    assert json.loads(dog('monitor', 'can_delete', id_)) == {'data': {'ok': [monitor['id']]}, 'errors': None}
    dog('monitor', 'delete', id_)
    assert dog('monitor', 'show_all').strip() == ''

    dog('metric', 'post', 'room.temperature', '21.5', '--host', 'a')
    assert 'room.temperature' in dog('search', 'query', 'room')
    assert json.loads(dog('hosts', 'list'))['host_list'][0]['name'] == 'a'
    assert json.loads(dog('hosts', 'totals'))['total_up'] == 1
    event = json.loads(dog('--raw', 'event', 'post', 'Opened', 'a window', '--tags', 'room:1'))['event']
    assert 'a window' in dog('event', 'show', str(event['id']))
    streamed = json.loads(dog('--raw', 'event', 'stream', '5m', '--tags', 'room:1'))['events']
    assert [one['id'] for one in streamed] == [event['id']]

    widgets = json.dumps([{'definition': {'type': 'note', 'content': 'hello'}}])
    dashboard = json.loads(dog('dashboard', 'post', 'Rooms', widgets, 'ordered'))
    assert json.loads(dog('dashboard', 'show', dashboard['id'])) == dashboard
    dog('dashboard', 'delete', dashboard['id'])
    assert 'not found' in dog('dashboard', 'show', dashboard['id'], code=1)
