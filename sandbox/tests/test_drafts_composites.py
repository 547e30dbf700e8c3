"""Scenarios that `rehearse --init` writes for composite monitors.

How composites combine states and match groups: https://docs.datadoghq.com/monitors/types/composite/
"""

import json
from pathlib import Path
from typing import Any

import pytest
from datadog_sandbox.scenarios.drafts.composites import steady, twice
from datadog_sandbox.scenarios.drafts.shapes import Attempt, Phases
from datadog_sandbox.scenarios.planning import prepare
from datadog_sandbox.scenarios.rehearsal import rehearse
from test_drafts import monitor, run

BODIES = {
    'cpu': monitor('avg(last_5m):avg:a.cpu{env:prod} by {host} > 90'),
    'pressure': monitor('avg(last_1h):avg:a.pressure{*} by {host} > 80'),
    'web': monitor('avg(last_5m):avg:a.net{host:web-7} by {host} < 3'),
    'bytes': monitor('avg(last_1h):per_second(avg:a.bytes{*}) > 1000'),
    'errors': monitor('logs("status:error").index("*").rollup("count").last("10m") > 20', 'log alert'),
    'host errors': monitor('logs("status:error").rollup("count").by("host").last("5m") > 4', 'log alert'),
    'up': monitor('"http.can_connect".over("env:prod").by("host").last(3).count_by_status()', 'service check'),
    'hotter': monitor('avg(last_5m):avg:a.cpu{env:prod} by {host} > 95'),
    'visits': monitor('rum("x").rollup("count").last("5m") > 1', 'rum alert'),
}


def write(folder: Path, query: str) -> Path:
    """Write a list of monitors, the last of which is a composite, as the API answers it."""
    ids = {name: 100 + number for number, name in enumerate(BODIES)}
    for name, id_ in ids.items():
        query = query.replace(f'"{name}"', str(id_))
    bodies = [body | {'id': ids[name], 'name': name} for name, body in BODIES.items()]
    path = folder / 'all.json'
    path.write_text(json.dumps([*bodies, monitor(query, 'composite') | {'id': 1, 'name': 'Both'}]))
    return path


@pytest.mark.parametrize(
    'query',
    [
        '"cpu" && "pressure"',
        '"cpu" || "errors"',
        '!"cpu" && "pressure"',
        '!"cpu" && !"pressure"',
        '!"bytes"',
        '!"host errors"',
        '("cpu" || "pressure") && !"errors"',
        '"up" && "cpu" && "pressure" && "errors"',
        '!"up" && "cpu"',
        '"host errors" && "web"',
        '"cpu" && !"hotter"',
        '"bytes" && !"errors"',
    ],
)
def test_a_composite_goes_to_alert_and_back(query: str, tmp_path: Path) -> None:
    path = write(tmp_path, query)
    assert run('--init', path, '--into', tmp_path / 'drafts').exit_code == 1  # One monitor is not evaluated.
    ready = prepare(tmp_path / 'drafts' / 'both.yaml')
    outcome = rehearse(ready, ready.plans[0])
    assert outcome.failures == []
    tests = ready.plans[0].test.monitor_test
    states = [group.state for test in tests for group in test.exp_groups.values()]
    assert states == ['OK', 'Alert', 'OK']
    assert {test.monitor for test in [*tests, *ready.plans[0].test.mail_test]} == {'1'}
    assert len(ready.assets.monitors) == 1 + query.count('"') // 2


@pytest.mark.parametrize(
    ('query', 'message'),
    [
        ('"cpu" && 7', "Both: it combines the monitor '7', but none is in the files that are named"),
        ('"cpu" && "visits"', "Both: it combines '108': A monitor of the type \"rum alert\" needs "),
        ('"cpu" && 1', "Both: it combines '1': composites of composites are not drafted"),
        ('!', 'Both: its query names no monitor'),
    ],
)
def test_a_composite_without_its_monitors_says_which(query: str, message: str, tmp_path: Path) -> None:
    result = run('--init', write(tmp_path, query), '--into', tmp_path / 'drafts')
    assert message in result.stderr and not (tmp_path / 'drafts' / 'both.yaml').exists()


def test_monitors_in_files_of_their_own_are_found_by_name(tmp_path: Path) -> None:
    for name in ('cpu', 'host errors'):
        (tmp_path / f'{name}.json').write_text(json.dumps(BODIES[name]))
    (tmp_path / 'both.json').write_text(json.dumps(monitor('cpu && "host errors"', 'composite')))
    assert run('--init', tmp_path).exit_code == 0
    assert run(tmp_path / 'both.yaml').exit_code == 0
    assert 'monitors:\n  - both.json\n  - cpu.json\n  - ' in (tmp_path / 'both.yaml').read_text()


SERIES: list[dict[str, Any]] = [{'series': 'a', 'values': [{'ramp': [0, 20], 'for': 600}, {'constant': 9}]}]
LOGS = [{'message': 'x', 'at': ['2m', '12m']}, {'message': 'y', 'at': ['11m']}]
ATTEMPT = Attempt(Phases(600, 300, 300), 60, SERIES, [], log_series=LOGS)


def test_what_is_steady_goes_on_as_it_began() -> None:
    attempt = steady(ATTEMPT)
    # 20 in 600 s are 40 in 1,200 s; the first phase has 10 minutes, of which 2m is the only one with a log.
    assert attempt.input_series[0]['values'] == [{'ramp': [0, 40], 'for': 1200}]
    assert attempt.log_series == [{'message': 'x', 'at': ['2m', '12m']}]


def test_what_runs_twice_lasts_twice_as_long() -> None:
    attempt = twice(ATTEMPT)
    run_once = [{'ramp': [0, 20], 'for': 600}, {'constant': 9, 'for': 600}]
    assert attempt.phases.total == 2400
    assert attempt.input_series[0]['values'] == run_once * 2
    assert [series['at'] for series in attempt.log_series] == [['2m', '12m', '22m', '32m'], ['11m', '31m']]
