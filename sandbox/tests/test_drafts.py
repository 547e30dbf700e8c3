"""Scenarios that `rehearse --init` writes."""

import json
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from datadog_sandbox import cli, query
from datadog_sandbox.scenarios.drafts import attempts, shapes, tags, text
from datadog_sandbox.scenarios.planning import prepare
from datadog_sandbox.scenarios.rehearsal import rehearse


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli.main, ['rehearse', *map(str, arguments)])


def monitor(query: str, type_: str = 'query alert', **options: Any) -> dict[str, Any]:
    return {'name': 'Load', 'type': type_, 'query': query, 'message': '@ops@example.com', 'options': options}


def test_a_monitor_of_an_objective_is_left_out(tmp_path: Path) -> None:
    body = monitor('error_budget("a").over("7d") > 75', 'slo alert')
    (tmp_path / 'slo.json').write_text(json.dumps(body))
    result = run('--init', tmp_path / 'slo.json')
    assert 'A monitor of a service level objective: a scenario has no such objectives' in result.output
    assert not (tmp_path / 'slo.yaml').exists()


DAILY = {'rrule': 'FREQ=DAILY;INTERVAL=1', 'start': '2023-11-10T12:31:00', 'timezone': 'America/New_York'}


@pytest.mark.parametrize(
    'body',
    [
        monitor('avg(last_5m):avg:a.load{env:prod,!host:x} by {host} > 10', thresholds={'critical': 10, 'warning': 5}),
        monitor('avg(last_5m):avg:a.free{*} < 0.1', thresholds={'critical': 0.1, 'critical_recovery': 0.2}),
        monitor('sum(last_1h):sum:a.errors{*}.as_count() / sum:a.hits{*}.as_count() * 100 > 20', evaluation_delay=900),
        monitor('min(last_10m):sum:a.hits{!status:ok} / sum:a.hits{*} * 100 > 15'),
        monitor('min(last_5m):default(sum:a.hits{*}.as_rate(), 0) > 100', new_group_delay=300),
        monitor('pct_change(avg(last_5m),last_1h):avg:a.load{*} > 50'),
        monitor('avg(last_1h):per_second(avg:a.bytes{*} by {disk}) > 1000'),
        monitor('max(last_1d):max:a.age{*} >= 86400'),
        monitor('avg(last_1h):avg:a.load{*} > 0.5', scheduling_options={'custom_schedule': {'recurrences': [DAILY]}}),
        monitor('avg(last_5m):avg:a.state{*} == 2'),
        monitor(
            "avg(last_4h):anomalies(avg:a.load{*}, 'basic', 2, direction='above', alert_window='last_15m', "
            "interval=60, count_default_zero='true') >= 1",
            thresholds={'critical': 1, 'critical_recovery': 0},
            threshold_windows={'trigger_window': 'last_15m', 'recovery_window': 'last_15m'},
        ),
        monitor("avg(last_1h):anomalies(per_minute(avg:a.bytes{*}), 'basic', 2, alert_window='last_15m') >= 1"),
        monitor("avg(last_1h):anomalies(avg:a.used{*} / avg:a.size{*}, 'basic', 2, alert_window='last_15m') >= 1"),
        monitor('percentile(last_5m):p95:a.latency{*} by {service} > 2'),
        monitor('logs("service:a status:error -x").index("*").rollup("count").last("5m") > 3', 'log alert'),
        monitor('logs("@http.status:>=500").index("*").rollup("count").by("@http.url").last("5m") >= 3', 'log alert'),
        monitor(r'logs("env:(a OR b) \"slow answer\"").rollup("avg", "@took").by("host").last("5m") > 3', 'log alert'),
        monitor(
            'logs("service:a").rollup("count").by("source").last("5m") > 2',
            'log alert',
            on_missing_data='show_and_notify_no_data',
        ),
        monitor('logs("*").rollup("count").last("1h") < 1', 'log alert'),
        monitor('logs("*").rollup("cardinality", "@user.id").last("5m") > 2', 'log alert'),
        monitor(
            'trace-analytics("status:error resource_name:x* @a.b:7").rollup("count").by("service").last("5m") > 9',
            'trace-analytics alert',
        ),
        monitor(
            'trace-analytics("service:a").rollup("pc95", "@duration").last("5m") > 2000000', 'trace-analytics alert'
        ),
        monitor(
            'formula("failed / total * 100").last("15m") > 30',
            'log alert',
            variables=[
                {
                    'name': name,
                    'data_source': 'logs',
                    'search': {'query': search},
                    'compute': {'aggregation': 'count'},
                }
                for name, search in (('failed', 'status:error'), ('total', ''))
            ],
        ),
        monitor('events("sources:k8s priority:all tags:a:b deploy").rollup("count").last("5m") > 1', 'event-v2 alert'),
    ],
    ids=lambda body: body['query'][:40],
)
def test_it_is_green_at_once_and_goes_to_alert_and_back(body: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / 'load.json').write_text(json.dumps(body))
    result = run('--init', tmp_path / 'load.json')
    assert result.exit_code == 0, result.output
    ready = prepare(tmp_path / 'load.yaml')
    outcome = rehearse(ready, ready.plans[0])
    assert outcome.failures == []
    states = [group.state for test in ready.plans[0].test.monitor_test for group in test.exp_groups.values()]
    assert states == ['OK', 'Alert', 'OK']
    assert run(tmp_path / 'load.yaml').exit_code == 0
    assert 'read them' in (tmp_path / 'load.yaml').read_text()


def test_a_scenario_for_each_monitor_of_a_list_and_none_is_overwritten(tmp_path: Path) -> None:
    first = monitor('avg(last_5m):avg:a.load{*} > 10') | {'id': 1, 'name': 'CPU: high!'}
    rum = monitor('rum("x").rollup("count").last("5m") > 1', 'rum alert') | {'id': 2}
    (tmp_path / 'all.json').write_text(json.dumps([first, rum]))
    result = run('--init', tmp_path / 'all.json', '--into', tmp_path / 'rehearsals')
    assert result.exit_code == 1
    assert '1 scenario written, 1 monitor left out' in result.stdout and 'rum alert' in result.stderr
    assert result.stdout.endswith(f'datadog-sandbox rehearse {tmp_path}/rehearsals\n')
    [path] = (tmp_path / 'rehearsals').iterdir()
    assert path.name == 'cpu-high.yaml' and "{file: '../all.json', only: ['1']}" in path.read_text()
    assert run(path).exit_code == 0
    before = path.read_text()
    assert 'exists: it is not overwritten' in run('--init', tmp_path / 'all.json', '--into', path.parent).stderr
    assert path.read_text() == before
    assert run('--init', '/dev/zero').exit_code == 2


def test_what_never_alerts_is_written_and_counted(tmp_path: Path) -> None:
    # A share of 2 is out of reach.
    (tmp_path / 'never.json').write_text(json.dumps(monitor("avg(last_1h):anomalies(avg:a{*}, 'basic', 2) >= 2")))
    result = run('--init', tmp_path / 'never.json')
    assert result.exit_code == 0
    assert result.stdout.startswith('1 scenario written, 1 of them without an alert and a recovery. Read ')
    assert 'never.yaml: no input was found that makes it alert and recover: write it yourself' in result.stderr
    assert run(tmp_path / 'never.yaml').exit_code == 0


@pytest.mark.parametrize(
    ('scope', 'series'),
    [
        ('*', 'm{host:host-1}'),
        ('env:prod,!host:host-1', 'm{env:prod,host:host-2}'),
        ('host:web-*', 'm{host:web-x}'),
        ('env:prod AND (team:a OR team:b)', 'm{env:prod,team:a,host:host-1}'),
        ('region IN (eu,us) AND NOT env:dev', 'm{region:eu,host:host-1}'),
    ],
)
def test_tags_that_a_scope_takes(scope: str, series: str) -> None:
    [read] = query.queried(f'avg:m{{{scope}}} by {{host}}')
    assert tags.series(read.metric, read.scope, read.by, {}) == series


def test_pairs_of_levels_are_tried_at_once_where_all_levels_would_take_years() -> None:
    def probe(attempt: attempts.Attempt) -> None:
        raise AssertionError(f'{attempt} is tried')

    tried = list(islice(attempts.attempts(monitor('avg(last_1mo):avg:a.load{*} > 0.5'), probe), 3))
    values = [[step['constant'] for step in attempt.input_series[0]['values']] for attempt in tried]
    assert values == [[0.25, 0.75, 0.25], [0.75, 0.25, 0.75], [0.0025, 0.0075, 0.0025]]
    assert {attempt.interval for attempt in tried} == {3600}


def test_the_most_moderate_values_come_first() -> None:
    states = [(0, 'OK'), (5, 'OK'), (8, 'Warn'), (15, 'Alert'), (1e6, 'Alert')]
    assert shapes.nearest(states)[:2] == [(5, 15), (0, 15)]
    assert shapes.nearest([(0, 'Alert'), (1e-6, 'OK'), (1, 'OK')])[0] == (1, 0)


@pytest.mark.parametrize(
    ('seconds', 'written'), [(0, '0m'), (60, '1m'), (5400, '1h30m'), (90_061, '1d1h1m1s'), (86_400, '1d')]
)
def test_durations(seconds: int, written: str) -> None:
    assert text.duration(seconds) == written


@pytest.mark.parametrize('value', ["it's: 1", 'a: b', 'true', '# x', '@slack', 'x"y', 'é\n', '*', 'host:a', '12', ''])
def test_strings_survive_yaml(value: str) -> None:
    from datadog_sandbox import yaml12

    [(_, content)] = yaml12.documents(f'key: {text.quoted(value)}\n'.encode())
    assert content == {'key': value}


@pytest.mark.parametrize(('first', 'second'), [('--verbose', '--quiet'), ('--watch', '--json')])
def test_options_that_exclude_each_other_are_refused(first: str, second: str, tmp_path: Path) -> None:
    result = run(first, second, tmp_path)
    assert result.exit_code == 2 and f'{first} and {second} exclude each other.' in result.stderr


def test_a_folder_gives_the_monitors_of_all_formats_and_leaves_other_files_alone(tmp_path: Path) -> None:
    (tmp_path / 'load.json').write_text(json.dumps(monitor('avg(last_5m):avg:a.load{*} > 10')))
    catalogue = "- {name: Disk, type: metric alert, query: 'avg(last_5m):avg:a.disk{*} > 10', message: ''}\n"
    (tmp_path / 'catalogue.yaml').write_text(catalogue)
    (tmp_path / 'other.yml').write_text('on: push\n')
    assert run('--init', tmp_path).exit_code == 0
    drafts = ['catalogue-rehearsal.yaml', 'load.yaml']
    assert sorted(path.name for path in tmp_path.glob('*.y*ml')) == sorted([*drafts, 'catalogue.yaml', 'other.yml'])
    assert all(run(tmp_path / draft).exit_code == 0 for draft in drafts)
    # Now, scenarios are among the files.
    again = run('--init', tmp_path)
    assert again.stderr.count('exists: it is not overwritten') == again.stderr.count('\n') == 2
    assert (tmp_path / 'catalogue.yaml').read_text() == catalogue


def test_a_folder_without_monitors_says_so(tmp_path: Path) -> None:
    result = run('--init', tmp_path)
    assert result.exit_code == 2 and f'{tmp_path}: there is no monitor in it' in result.stderr
