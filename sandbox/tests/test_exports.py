"""Monitors, dashboards, and downtimes in the formats of people's files."""

import json
from pathlib import Path
from typing import Any

import pytest
from datadog_sandbox.exports import ExportError, read

MONITOR = {
    'name': 'Load of {{host.name}}',
    'type': 'query alert',
    'query': 'avg(last_5m):avg:test.load{*} by {host} > 10',
    'message': '@ops@example.com',
    'options': {'thresholds': {'critical': 10}},
}
DASHBOARD = {'title': 'Loads', 'layout_type': 'ordered', 'widgets': []}
SCOPE = {'scope': 'env:prod', 'monitor_identifier': {'monitor_tags': ['*']}}


def written(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


@pytest.mark.parametrize(
    ('content', 'expected'),
    [
        (MONITOR, [('monitor', 'Load of {{host.name}}', ())]),
        ({'id': 7, **MONITOR}, [('monitor', 'Load of {{host.name}}', ('7',))]),
        ([{'id': 7, **MONITOR}, MONITOR], [('monitor', MONITOR['name'], ('7',)), ('monitor', MONITOR['name'], ())]),
        ({'title': 'Load', 'definition': MONITOR}, [('monitor', MONITOR['name'], ('Load',))]),
        ({'monitor': json.dumps(MONITOR)}, [('monitor', MONITOR['name'], ())]),
        ({'7': {'id': 7, **MONITOR}}, [('monitor', MONITOR['name'], ('7', '7'))]),
        (DASHBOARD, [('dashboard', 'Loads', ())]),
        ({'definition': DASHBOARD}, [('dashboard', 'Loads', ())]),
        ({'data': {'id': 'x', 'type': 'downtime', 'attributes': SCOPE}}, [('downtime', 'downtime', ('x',))]),
        ({'data': [{'type': 'downtime', 'attributes': SCOPE | {'message': 'Night'}}]}, [('downtime', 'Night', ())]),
    ],
)
def test_answers_and_bodies_of_the_api(content: Any, expected: list[Any], tmp_path: Path) -> None:
    exports = read(written(tmp_path / 'x.json', content))
    assert [(export.kind, export.name, export.aliases) for export in exports] == expected
    assert all(not export.problem for export in exports)


def test_the_list_of_dashboards_is_a_summary(tmp_path: Path) -> None:
    summary = {'id': 'abc', 'title': 'Loads', 'layout_type': 'ordered', 'author_handle': 'a@example.com'}
    [export] = read(written(tmp_path / 'x.json', {'dashboards': [summary]}))
    assert export.kind == 'dashboard' and 'without widgets' in export.problem


ATTRIBUTES = {
    'id': '42',
    'name': 'CPU of {{host.name}}',
    'type': 'query alert',
    'query': 'avg(last_4h):anomalies(avg:system.cpu.user{*} by {host}, "agile", 2) >= 1',
    'message': '@ops@example.com',
    'priority': '2',
    'tags': ['team:infra'],
    'monitor_thresholds': [{'critical': '1', 'warning': '', 'critical_recovery': '0.5', 'ok': None}],
    'monitor_threshold_windows': [{'trigger_window': 'last_15m', 'recovery_window': 'last_15m'}],
    'scheduling_options': [
        {
            'evaluation_window': [{'day_starts': '04:00', 'hour_starts': None, 'month_starts': None, 'timezone': ''}],
            'custom_schedule': [{'recurrence': [{'rrule': 'FREQ=DAILY', 'start': '2026-01-01T09:00:00'}]}],
        }
    ],
    'variables': [{'event_query': [{'name': 'a', 'data_source': 'rum', 'search': [{'query': 'x'}], 'indexes': []}]}],
    'evaluation_delay': 0,
    'no_data_timeframe': 0,
    'renotify_interval': 0,
    'timeout_h': 0,
    'new_host_delay': 300,
    'new_group_delay': 0,
    'notify_no_data': False,
    'require_full_window': True,
    'include_tags': True,
    'restricted_roles': None,
    'renotify_statuses': [],
    'force_delete': None,
    'validate': None,
}
BODY = {
    'id': 42,
    'name': 'CPU of {{host.name}}',
    'type': 'query alert',
    'query': ATTRIBUTES['query'],
    'message': '@ops@example.com',
    'priority': 2,
    'tags': ['team:infra'],
    'options': {
        'thresholds': {'critical': 1, 'critical_recovery': 0.5},
        'threshold_windows': {'trigger_window': 'last_15m', 'recovery_window': 'last_15m'},
        'scheduling_options': {
            'evaluation_window': {'day_starts': '04:00'},
            'custom_schedule': {'recurrences': [{'rrule': 'FREQ=DAILY', 'start': '2026-01-01T09:00:00'}]},
        },
        'variables': [{'name': 'a', 'data_source': 'rum', 'search': [{'query': 'x'}]}],
        'new_host_delay': 300,
        'new_group_delay': 0,
        'notify_no_data': False,
        'require_full_window': True,
        'include_tags': True,
    },
}


def resource(type_: str, name: str, values: Any, **more: Any) -> dict[str, Any]:
    return {'address': f'{type_}.{name}', 'mode': 'managed', 'type': type_, 'name': name, 'values': values, **more}


@pytest.mark.parametrize('key', ['planned_values', 'values'])
def test_terraform_plans_and_states(key: str, tmp_path: Path) -> None:
    downtime = {
        'id': 'd1', 'scope': 'env:prod', 'message': 'Nights', 'display_timezone': 'Europe/Paris',
        'monitor_identifier': {'monitor_id': None, 'monitor_tags': ['team:infra']},
        'recurring_schedule': {
            'timezone': 'Europe/Paris',
            'recurrence': [{'rrule': 'FREQ=DAILY', 'start': '2026-01-01T19:00:00', 'duration': '14h'}],
        },
        'one_time_schedule': None,
    }  # fmt: skip
    content = {
        'format_version': '1.2',
        'terraform_version': '1.10.5',
        key: {
            'root_module': {
                'resources': [
                    resource('datadog_monitor', 'cpu', ATTRIBUTES),
                    resource('aws_instance', 'web', {'id': 'i-1'}),
                    resource('datadog_monitor', 'known_later', {'name': 'x', 'type': 'composite', 'query': None}),
                    resource('datadog_dashboard_json', 'board', {'dashboard': json.dumps(DASHBOARD)}),
                    resource('datadog_dashboard', 'blocks', {'title': 'x'}),
                    {**resource('datadog_monitor', 'data', ATTRIBUTES), 'mode': 'data'},
                ],
                'child_modules': [
                    {
                        'address': 'module.web["eu"]',
                        'resources': [
                            resource('datadog_monitor_json', 'json', {'monitor': json.dumps(MONITOR)}, index='a'),
                            resource('datadog_downtime_schedule', 'nights', downtime),
                        ],
                    }
                ],
            }
        },
    }
    exports = {export.aliases[-1]: export for export in read(written(tmp_path / 'plan.json', content))}
    assert list(exports) == [
        'datadog_monitor.cpu', 'datadog_monitor.known_later', 'datadog_dashboard_json.board',
        'datadog_dashboard.blocks', 'datadog_monitor_json.json', 'datadog_downtime_schedule.nights',
    ]  # fmt: skip
    assert exports['datadog_monitor.cpu'].body == BODY
    assert exports['datadog_monitor.cpu'].aliases == ('42', 'datadog_monitor.cpu')
    assert exports['datadog_monitor.known_later'].problem == (
        'Terraform knows its query only after `terraform apply`: use the JSON of the state instead'
    )
    assert exports['datadog_dashboard_json.board'].body == DASHBOARD
    assert 'those of datadog_dashboard_json are' in exports['datadog_dashboard.blocks'].problem
    assert exports['datadog_monitor_json.json'].body == MONITOR
    assert exports['datadog_downtime_schedule.nights'].body == {
        'scope': 'env:prod',
        'message': 'Nights',
        'display_timezone': 'Europe/Paris',
        'monitor_identifier': {'monitor_tags': ['team:infra']},
        'schedule': {
            'timezone': 'Europe/Paris',
            'recurrences': [{'rrule': 'FREQ=DAILY', 'start': '2026-01-01T19:00:00', 'duration': '14h'}],
        },
    }


def test_objects_of_the_operator(tmp_path: Path) -> None:
    path = written(
        tmp_path / 'monitors.yaml',
        """\
apiVersion: v1
kind: ConfigMap
---
apiVersion: datadoghq.com/v1alpha1
kind: DatadogMonitor
metadata: {name: pods}
spec:
  name: Pods
  type: metric alert
  query: avg(last_10m):avg:kubernetes.pods.running{*} > 0.3
  message: '@ops@example.com'
  tags: [team:infra]
  options:
    noDataTimeframe: 10
    timeoutHours: 2
    notifyNoData: no
    thresholds: {critical: '0.3', criticalRecovery: '0.2'}
  controllerOptions: {disableRequiredTags: true}
---
apiVersion: v1
kind: List
items:
  - apiVersion: datadoghq.com/v1alpha1
    kind: DatadogGenericResource
    metadata: {name: generic}
    spec: {type: dashboard, jsonSpec: '{"title": "Loads", "widgets": []}'}
""",
    )
    pods, board = read(path)
    assert pods.name == 'Pods' and pods.aliases == ('pods',)
    assert pods.body['options'] == {
        'no_data_timeframe': 10,
        'timeout_h': 2,
        'notify_no_data': 'no',
        'thresholds': {'critical': 0.3, 'critical_recovery': 0.2},
    }
    assert 'controller_options' not in pods.body and pods.body['tags'] == ['team:infra']
    assert (board.kind, board.name, board.aliases) == ('dashboard', 'Loads', ('generic',))


def test_catalogues(tmp_path: Path) -> None:
    path = written(
        tmp_path / 'amq.yml',
        """\
amq-cpu:
  name: CPU
  type: metric alert
  query: |
    avg(last_15m):avg:aws.amazonmq.cpu_utilization{*} by {broker} > 90
  message: full
  tags: {ManagedBy: Terraform, alone: null}
  notify_no_data: false
  no_data_timeframe: 10
  threshold_windows: {}
  thresholds: {critical: 90, warning: 85}
  validate: true
  force_delete: true
amq-heap:
  name: Heap
  type: metric alert
  query: avg(last_15m):avg:aws.amazonmq.heap_usage{*} > 90
  message: full
  options: {thresholds: {critical: 90}}
""",
    )
    cpu, heap = read(path)
    assert cpu.aliases == ('amq-cpu',)
    assert cpu.body == {
        'name': 'CPU',
        'type': 'metric alert',
        'query': 'avg(last_15m):avg:aws.amazonmq.cpu_utilization{*} by {broker} > 90\n',
        'message': 'full',
        'tags': ['ManagedBy:Terraform', 'alone'],
        'options': {'notify_no_data': False, 'no_data_timeframe': 10, 'thresholds': {'critical': 90, 'warning': 85}},
    }
    assert heap.body['options'] == {'thresholds': {'critical': 90}}


@pytest.mark.parametrize(
    ('name', 'content', 'message'),
    [
        ('main.tf', 'resource "datadog_monitor" "x" {}', 'the language of Terraform is not read: '),
        (
            'x.tfstate.json',
            {'version': 4, 'terraform_version': '1', 'resources': []},
            'this is a state file of Terraform',
        ),
        ('x.json', '{', 'this is not JSON: '),
        ('x.json', '[' * 100_000, 'this is not JSON: '),
        ('x.yaml', 'a: [', 'line 2: this is not YAML: '),
        ('x.json', {'a': 1}, 'there is no monitor, dashboard, or downtime in it'),
        ('x.json', 'null', 'there is no monitor, dashboard, or downtime in it'),
    ],
)
def test_what_is_read_from_no_file(name: str, content: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(ExportError) as caught:
        read(written(tmp_path / name, content))
    assert str(caught.value).startswith(message) and '\n' not in str(caught.value)


def test_a_state_without_resources_has_no_monitors(tmp_path: Path) -> None:
    # `terraform show -json` prints this before the first apply.
    path = written(tmp_path / 'state.json', '{"format_version":"1.0"}')

    with pytest.raises(ExportError, match='there is no monitor in it'):
        read(path, 'monitor')
