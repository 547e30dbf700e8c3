import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
import yaml
from click.testing import CliRunner, Result
from datadog_sandbox import cli
from datadog_sandbox.scenarios import command, feeding, inputs, models, running, times
from datadog_sandbox.scenarios.composites import named_by_id
from datadog_sandbox.scenarios.outcomes import Outcome
from datadog_sandbox.scenarios.planning import prepare
from datadog_sandbox.scenarios.problems import ScenarioError
from datadog_sandbox.scenarios.rehearsal import rehearse
from datadog_sandbox.scenarios.report import Report, as_json, write_junit
from datadog_sandbox.store import Store
from rich.console import Console

SCENARIOS = Path(__file__).parents[1] / 'scenarios'
PARIS = ZoneInfo('Europe/Paris')
MONITOR = {
    'name': 'Load of {{host.name}}',
    'type': 'query alert',
    'query': 'avg(last_5m):avg:test.load{*} by {host} > 10',
    'message': '{{#is_alert}}{{value}} @ops@example.com @slack-{{team.name}}{{/is_alert}}',
    'options': {'thresholds': {'critical': 10}, 'new_group_delay': 0},
}
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a scenario of one test: high for the first 10 minutes of 20."""

    def write(name: str = 'load.yaml', test: dict[str, Any] | None = None, **fields: Any) -> Path:
        base = {
            'name': 'test',
            'start': '2026-11-23T09:00',
            'duration': '20m',
            'input_series': [
                {'series': 'test.load{host:a}', 'values': [{'constant': 20, 'for': '10m'}, {'constant': 1}]}
            ],
        }
        scenario = {'monitors': [MONITOR], 'tests': [base | (test or {})], **fields}
        path = tmp_path / name
        path.write_text(yaml.safe_dump(scenario, sort_keys=False))
        return path

    return write


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli.main, ['rehearse', *map(str, arguments)])


def outcome(path: Path) -> Outcome:
    ready = prepare(path)
    return rehearse(ready, ready.plans[0])


def failures(path: Path) -> list[str]:
    return [failure.message for failure in outcome(path).failures]


def problems(path: Path) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        prepare(path)
    return [str(problem).removeprefix(f'{path}:') for problem in caught.value.problems]


# The scenarios of this repository


def test_scenarios_pass() -> None:
    result = run(SCENARIOS)
    assert result.exit_code == 0, result.output
    assert re.search(r'^13 passed in [\d.]+ s; \d+ expectations?$', result.output, re.MULTILINE)


@pytest.mark.parametrize(
    ('file', 'figure', 'other', 'message'),
    [
        ('my_metric.yaml', 'random: [550, 700]', 'random: [300, 400]', 'expected Warn, got OK'),
        ('my_metric.yaml', 'for: 20m', 'for: 5m', 'expected No Data, got OK'),
        ('my_metric.yaml', 'ip: 10.0.0.7', 'ip: 10.0.0.8', "expected 1 mail with '[Triggered on {host:web-1}]'"),
        ('working_week.yaml', 'for: 4d14h', 'for: 4d', 'expected Alert, got OK'),
        ('working_week.yaml', 'eval_time: Mon 19:00', 'eval_time: Mon 18:58', 'expected muted'),
        ('clock_changes.yaml', '2026-03-29T03:00', '2026-03-30T09:00', 'expected muted'),
        ('clock_changes.yaml', 'start: 2026-10-23', 'start: 2026-10-30', '25 Oct 02:30 is not between'),
        ('device_silent.yaml', '{none: true, for: 25m}', '{none: true, for: 5m}', 'expected No Data, got OK'),
        ('device_silent.yaml', 'wearable-{18..50}', 'wearable-{17..50}', 'is already defined in this test'),
        ('disk_usage.yaml', 'critical_recovery: 0.8,', 'critical_recovery: 0.83,', 'expected Alert, got Warn'),
        ('disk_usage.yaml', 'device:sdb\n    monitor_id', 'device:sdx\n    monitor_id', 'expected muted'),
        ('error_rate.yaml', 'constant: 16', 'constant: 9', 'expected Alert, got Warn'),
        ('orders_drop.yaml', '{constant: 50}', '{constant: 80}', 'country:fr: expected 50, got 80'),
        ('error_rate.yaml', '_x90 2 _x200 1', '_x90 200 _x200 1', 'service:search: expected OK'),
        ('web_service.yaml', 'critical: 3', 'critical: 4', 'expected Alert, got OK'),
        ('web_service.yaml', '.exclude("role:canary")', '', 'host:web-3: expected absent'),
        ('web_service.yaml', 'unreachable && busy', 'unreachable || busy', 'expected 1 mail to @pagerduty-web'),
        ('traffic.yaml', 'constant: 20,', 'constant: 60,', 'expected Alert, got OK'),
        ('traffic.yaml', "direction='both'", "direction='above'", 'expected Alert, got OK'),
    ],
)  # fmt: skip
def test_scenario_fails_with_another_figure(file: str, figure: str, other: str, message: str, tmp_path: Path) -> None:
    text = (SCENARIOS / file).read_text().replace('../../', f'{SCENARIOS.parents[1]}/')
    text = text.replace('error_rate.json', str(SCENARIOS / 'error_rate.json'))
    assert figure in text
    path = tmp_path / file
    path.write_text(text.replace(figure, other, 1))
    result = run(path)
    # What does not fit together is no scenario.
    assert result.exit_code == (2 if 'already' in message or 'between' in message else 1)
    assert message in result.output


def test_schema_is_that_of_the_models() -> None:
    assert json.loads((SCENARIOS / 'schema.json').read_text()) == models.schema()
    assert json.loads(run('--schema').output) == models.schema()


def test_a_rehearsal_imports_no_server() -> None:
    code = (
        'import sys; from click.testing import CliRunner; from datadog_sandbox import cli\n'
        f'assert CliRunner().invoke(cli.main, ["rehearse", {str(SCENARIOS / "my_metric.yaml")!r}]).exit_code == 0\n'
        'print(sorted({"starlette", "uvicorn", "vl_convert", "jinja2"} & {*sys.modules}))'
    )
    assert subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True).stdout == '[]\n'


# Inputs


@pytest.mark.parametrize(
    ('text', 'values'),
    [
        ('1 2.5 -3', [1, 2.5, -3]),
        # The examples of promtool's documents.
        ('-2+4x3', [-2, 2, 6, 10]),
        (' 1-2x4', [1, -1, -3, -5, -7]),
        (' 1x4', [1, 1, 1, 1, 1]),
        (' 1 _x3 2', [1, None, None, None, 2]),
        # Datadog has no marker for the end of a series: its points do not come.
        ('1 stale 2', [1, None, 2]),
        ('0+10x5 _', [0, 10, 20, 30, 40, 50, None]),
        ('1e3 .5', [1000, 0.5]),
    ],
)
def test_promtool_notation(text: str, values: list[float | None]) -> None:
    expected = [(time, value) for time, value in enumerate(values) if value is not None]
    assert points(text, inputs.Name('a.b', '', ()), 1, 100) == expected
    # What is after the end of the test never comes.
    assert points(text, inputs.Name('a.b', '', ()), 1, 1) == expected[: sum(time <= 1 for time, _ in expected)]


@pytest.mark.parametrize('text', ['', 'NaN', 'Inf', '-infx3', '1e308+1e308x5', '5x', '1+2', '1,2', 'x5', '1x99999999'])
def test_what_is_no_notation(text: str) -> None:
    with pytest.raises(ValueError):
        inputs.notation(text)


def test_a_test_lasts_366_days_at_most(write: Write) -> None:
    # It begins on 23 November 2026 at 09:00.
    def until(minute: str) -> Path:
        tests = [{'eval_time': f'2027-11-24T09:{minute}', 'exp_groups': {'host:a': 'OK'}}]
        series = [{'series': 'test.load{host:a}', 'values': '1'}]
        return write(test={'duration': None, 'monitor_test': tests, 'input_series': series})

    prepare(until('00'))
    assert [problem.partition(': ')[2] for problem in problems(until('01'))] == [
        'tests[0]: the test lasts longer than 366 days'
    ]


def test_names_of_series() -> None:
    assert inputs.names('a.b') == [('a.b', '', ())]
    assert inputs.names('a.b{host:web-1, env:prod,device:x}') == [('a.b', 'web-1', ('device:x', 'env:prod'))]
    made = inputs.names('a.b{host:web-{08..10},device:{1..2}}')
    assert [(name.host, name.tags) for name in made] == [
        (host, (device,)) for host in ('web-08', 'web-09', 'web-10') for device in ('device:1', 'device:2')
    ]


def steps(*given: dict[str, Any]) -> list[models.Step]:
    return [models.Step.model_validate(one) for one in given]


def points(values: Any, name: inputs.Name, interval: int, length: int) -> list[tuple[int, float]]:
    times, numbers = inputs.points(values, name, interval, length)
    return list(zip(times.tolist(), numbers.tolist(), strict=True))


def test_points_of_steps() -> None:
    name = inputs.Name('a.b', '', ())
    values = steps(
        {'constant': 5, 'for': '1m'},
        {'ramp': [0, 10], 'for': '1m'},
        {'none': True, 'for': '1m'},
        {'list': [1, None, 3], 'for': '2m'},
    )
    assert points(values, name, 30, 600) == [
        (0, 5), (30, 5), (60, 0), (90, 5), (180, 1), (240, 3), (270, 1),
    ]  # fmt: skip
    # The first point of a step is at its beginning or after it, wherever the intervals fall.
    assert points(values, name, 45, 600) == [(0, 5), (45, 5), (90, 5), (180, 1), (270, 3)]


def test_random_values_are_the_same_each_time_and_others_for_each_series() -> None:
    whole, fraction = steps({'random': [0, 3]}, {'random': [0.5, 1]})
    one, other = inputs.Name('a.b', 'x', ()), inputs.Name('a.b', 'y', ())
    drawn = points([whole], one, 1, 1000)
    assert {value for _, value in drawn} == {0, 1, 2, 3}
    assert drawn == points([whole], one, 1, 1000) != points([whole], other, 1, 1000)
    assert drawn != points(steps({'random': [0, 3], 'seed': 1}), one, 1, 1000)
    fractions = [value for _, value in points([fraction], one, 1, 1000)]
    assert len(fractions) == 1001
    assert 0.5 <= min(fractions) < 0.51 and 0.99 < max(fractions) <= 1


# Times


@pytest.mark.parametrize(
    ('text', 'moment'),
    [
        ('5m', '2026-11-25T09:05+01:00'),
        ('1d2h3m4s', '2026-11-26T11:03:04+01:00'),
        ('Wed 09:00', '2026-11-25T09:00+01:00'),
        ('Wed 08:59', '2026-12-02T08:59+01:00'),
        ('Mon 00:00', '2026-11-30T00:00+01:00'),
        ('10:00', '2026-11-25T10:00+01:00'),
        ('08:00', '2026-11-26T08:00+01:00'),
        ('2026-11-27 09:00', '2026-11-27T09:00+01:00'),
        ('2026-11-27T09:00Z', '2026-11-27T10:00+01:00'),
    ],
)
def test_times(text: str, moment: str) -> None:
    start = times.local('2026-11-25T09:00', PARIS)  # A Wednesday.
    assert times.check(text) == text
    assert times.moment(text, start, PARIS) == times.local(moment, PARIS)


def test_times_at_the_changes_of_the_clock() -> None:
    with pytest.raises(ValueError, match='does not exist in Europe/Paris'):
        times.local('2026-03-29T02:30', PARIS)
    first = times.local('2026-10-25T02:30', PARIS)
    assert first == times.local('2026-10-25T02:30+02:00', PARIS)
    assert times.local('2026-10-25T02:30+01:00', PARIS) == first + 3600
    # A day on the clock, and 25 hours that pass.
    start = times.local('2026-10-24T12:00', PARIS)
    assert times.moment('Sun 12:00', start, PARIS) == start + 25 * 3600


# What is wrong


def test_all_that_is_wrong_is_reported_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / 'wrong.yaml'
    path.write_text(
        """\
monitors: [nowhere.json]
timezone: Europe/Pariss
tests:
  - name: wrong
    start: 2026-02-30T09:00
    duration: 5
    intervall: 15s
    input_series:
      - series: 'a.b{host=x}'
        values: 5y3
      - series: a.b
        values:
          - {ramp: [1], for: 10m}
          - {constant: 1, list: [2]}
          - {constan: 1}
    monitor_test:
      - eval_time: Moon 09:00
        exp_groups: {'*': Alarm, b: {mutet: true}}
    name: twice
"""
    )
    assert problems(path) == [
        '2: timezone: timezone "Europe/Pariss" is unknown; a name such as Europe/Paris is allowed',
        "5: tests[0].start: '2026-02-30T09:00' is not a date and time such as 2026-11-23T09:00",
        "6: tests[0].duration: '5' is not a duration such as 90s, 5m, 1h30m, or 2d",
        "7: tests[0]: unknown key 'intervall'; allowed are name, start, duration, interval, input_series, "
        'check_series, event_series, log_series, span_series, monitor_test, query_test, mail_test',
        "9: tests[0].input_series[0].series: 'a.b{host=x}': 'host=x' is not a tag such as env:prod",
        "10: tests[0].input_series[0].values: '5y3' is not a value such as 5, 0+10x5, 7x3, or _x3",
        '13: tests[0].input_series[1].values[0].ramp: must have 2 or more, not a list of 1',
        '14: tests[0].input_series[1].values[1]: a step has one of constant, list, ramp, random, none, not constant '
        'and list',
        "15: tests[0].input_series[1].values[2]: unknown key 'constan'; allowed are constant, list, ramp, random, "
        'seed, none, for',
        "17: tests[0].monitor_test[0].eval_time: 'Moon 09:00' is not a time such as 5m (from the start), Mon 09:00, "
        '09:00, or 2026-11-23T09:00',
        "18: tests[0].monitor_test[0].exp_groups.*.state: must be one of 'OK', 'Warn', 'Alert', 'No Data', 'Skipped' "
        'or \'absent\', not "Alarm"',
        "18: tests[0].monitor_test[0].exp_groups.b: unknown key 'mutet'; allowed are state, muted",
        "19: 'name' is already defined in line 4",
    ]


def test_a_key_may_replace_one_that_is_merged(tmp_path: Path) -> None:
    """https://yaml.org/type/merge.html: "unless the key already exists in it"."""
    path = tmp_path / 'merge.yaml'
    path.write_text(
        """\
monitors:
  - {name: m, type: query alert, query: 'avg(last_5m):avg:m.x{*} > 10', message: ''}
tests:
  - &ok
    name: low
    start: 2026-11-23T09:00
    duration: 30m
    input_series: [{series: m.x, values: 1}]
    monitor_test: [{eval_time: 20m, exp_groups: {'*': OK}}]
  - <<: *ok
    name: high
    input_series: [{series: m.x, values: 11}]
    monitor_test: [{eval_time: 20m, exp_groups: {'*': Alert}}]
  - {<<: *ok, name: other, duration: soon}
"""
    )
    result = CliRunner().invoke(cli.main, ['rehearse', str(path)])
    assert result.exit_code == 2
    assert result.stderr.strip().endswith(
        ":14: tests[2].duration: 'soon' is not a duration such as 90s, 5m, 1h30m, or 2d"
    )
    path.write_text(path.read_text().replace('soon', '20m'))
    result = CliRunner().invoke(cli.main, ['rehearse', str(path)])
    assert result.exit_code == 0, result.output
    assert '3 passed' in result.output


def test_many_problems_are_listed_in_part(tmp_path: Path) -> None:
    path = tmp_path / 'wrong.yaml'
    path.write_text('monitors: []\n' + ''.join(f'x{number}: &a{number} 1\n' for number in range(3000)))
    result = CliRunner().invoke(cli.main, ['rehearse', str(path)])
    lines = result.stderr.strip().splitlines()
    assert result.exit_code == 2
    assert len(lines) == 51
    # 3,000 keys, an empty list of monitors, and no tests.
    assert lines[-1].endswith('2952 more problems are not listed')


def test_what_does_not_fit_together_is_reported_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / 'wrong.yaml'
    path.write_text(
        """\
monitors:
  - nowhere.json
  - {name: x, type: query alert, query: 'avg(last_5m):avg:a.b{*} > 1', mesage: typo}
  - {name: y, type: query alert, query: 'avg(last_5m):avg:a.b{*} > 1', options: {thresholds: {critical: 2}}}
  - {name: z, type: rum alert, query: 'rum("x")'}
  - {name: m, type: query alert, query: 'avg(last_5m):avg:a.b{*} > 1', message: '{{#is_alert}}'}
downtimes:
  - {schedule: {recurrences: [{rrule: FREQ=DAILY, duration: 1x}]}}
tests:
  - name: wrong
    start: 2026-11-23T09:00
    duration: 5m
    input_series:
      - {series: 'a.b{x:{1..3}}', values: 1}
      - {series: 'a.b{x:2}', values: 1}
    monitor_test:
      - {eval_time: 6m, exp_groups: {'*': Alert}}
      - {eval_time: 5m, monitor: q, exp_groups: {'*': Alert}}
    mail_test:
      - {start: 4m, until: 3m}
  - {name: no end, start: 2026-11-23T09:00}
"""
    )
    assert problems(path) == [
        f"2: monitors[0]: there is no file 'nowhere.json' in {tmp_path.resolve()}",
        "3: monitors[1].mesage: Datadog has no 'mesage' here; did you mean 'message'?",
        '4: monitors[2]: Alert threshold (2.0) does not match that used in the query (1.0).',
        '5: monitors[3]: A monitor of the type "rum alert" needs the events of Real User Monitoring, which the sandbox '
        'does not keep.',
        "6: monitors[4]: The value provided for parameter 'message' is invalid: {{#is_alert}} is not closed.",
        '8: downtimes[0]: duration "1x" is not a whole number above 0 and one of m, h, d, w, such as 14h.',
        '15: tests[0].input_series[1].series: a.b{x:2} is already defined in this test',
        '17: tests[0].monitor_test[0].eval_time: Mon 23 Nov 09:06 is not between Mon 23 Nov 09:00 and Mon 23 Nov 09:05',
        "18: tests[0].monitor_test[1].monitor: 'q' is no monitor; there are 'x'",
        '20: tests[0].mail_test[0].until: Mon 23 Nov 09:03 is not between Mon 23 Nov 09:04 and Mon 23 Nov 09:05',
        "21: tests[1]: 'duration' is missing, and no expectation has a time",
    ]


def chain(length: int, form: str) -> bytes:
    """Return a line for each of some anchors, each of which has aliases of the one before."""
    lines = ['a0: &a0 {x: 1}', *(f'a{n}: &a{n} {form.format(f"a{n - 1}")}' for n in range(1, length))]
    return '\n'.join([*lines, '']).encode()


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        (b'', ' the file is empty'),
        (b'monitors:\n\t- x\n', '2: this is not YAML: '),
        (b'a: [&a x, *b]', '1: this is not YAML: found undefined alias'),
        (b'- 1', '1: scenario: must be a mapping, not a list of 1'),
        (b'[' * 100_000, '1: nested more than 50 levels deep'),
        (b'a: &a [*a]', '1: an alias stands for what it is part of'),
        (b'a: &a\n  b: {c: *a}', '2: an alias stands for what it is part of'),
        (chain(40, '[x, *{0}]') + b'b: ' + b'[' * 12 + b'*a39' + b']' * 12, '41: nested more than 50 levels deep'),
        # The first stands for 3 values, and each for one more than four times those before it, or for three more.
        (chain(30, '[*{0}, *{0}, *{0}, *{0}]'), '11: aliases stand for more than 1,000,000 values'),
        (chain(30, '{{<<: [*{0}, *{0}, *{0}, *{0}]}}'), '10: aliases stand for more than 1,000,000 values'),
        (b'a: !!python/name:os.system', '1: this is not YAML: could not determine a constructor'),
        (b'\xff\xfe\x00bad\x80', ' this is not YAML: '),
    ],
)
def test_files_that_are_no_scenario(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / 'wrong.yaml'
    path.write_bytes(content)
    assert problems(path)[0].startswith(message)


@pytest.mark.parametrize('start', ['0001-01-01T00:00', '1970-12-31T23:59', '5001-01-01T00:00', '9999-12-31T23:59'])
def test_a_year_in_which_nothing_can_be_rehearsed(write: Write, start: str) -> None:
    path = write()
    path.write_text(re.sub(r'start: 20\S+', f'start: {start}', path.read_text()))
    assert f"tests[0].start: '{start}' is not in the years 1971 to 5000" in problems(path)[0]


def test_scalars_are_read_as_in_yaml_1_2(write: Write) -> None:
    path = write()
    text = path.read_text().replace('name: test\n', 'name: no\n').replace("duration: 20m", 'duration: 010m')
    path.write_text(text)
    assert outcome(path).name == 'no'
    path.write_text(text.replace('constant: 20', 'constant: 010'))
    assert outcome(path).tracks[0].changes[0].value == 10
    assert outcome(path).end - outcome(path).start == 600


def test_too_many_points_are_refused(write: Write) -> None:
    series = [{'series': 'a.b{x:{1..100}}', 'values': 1, 'interval': '1s'}]
    [problem] = problems(write(test={'duration': '1d', 'input_series': series}))
    assert problem.endswith('100 series and 8,640,100 points; at most 10,000 and 5,000,000 are allowed')


# What is rehearsed


@pytest.mark.parametrize(
    'content',
    [
        MONITOR,
        {'version': 2, 'title': 'x', 'definition': MONITOR},
        # What the API gives has more fields, and nulls.
        [MONITOR | {'id': 5, 'multi': True, 'org_id': 1, 'priority': None, 'tags': None, 'matching_downtimes': []}],
        {'monitor': json.dumps(MONITOR), 'id': '5'},
    ],
    ids=['export', 'asset', 'list', 'terraform'],
)
def test_monitor_files(content: Any, write: Write, tmp_path: Path) -> None:
    (tmp_path / 'load.json').write_text(json.dumps(content))
    tests = [
        {'eval_time': '9m', 'monitor': name, 'exp_groups': {'host:a': 'Alert'}} for name in ('load', MONITOR['name'])
    ]
    entry = {'file': '*.json', 'notify': ['me@example.com', '@slack-all'], 'tags': ['team:web']}
    path = write(test={'monitor_test': tests}, monitors=[entry])
    found = outcome(path)
    assert found.failures == []
    assert found.mails[0].to == ('ops@example.com', '@slack-', 'me@example.com', '@slack-all')
    assert prepare(path).assets.monitors[0].body['tags'] == ['team:web']
    assert prepare(path).files == [path, tmp_path / 'load.json']


def test_what_is_wrong_in_a_monitor_file(write: Write, tmp_path: Path) -> None:
    file = tmp_path / 'load.json'
    path = write(monitors=['load.json'])
    file.write_text('{')
    assert problems(path)[0].startswith(f'2: monitors[0]: {file}: this is not JSON: ')
    file.write_text(json.dumps(MONITOR | {'options': {'thresholds': {'critical': 'ten'}}, 'query': None}))
    assert problems(path) == [
        f'2: monitors[0]: {file}: query: must be a string, not null',
        f'2: monitors[0]: {file}: options.thresholds.critical: must be a number, not "ten"',
    ]


RECURRENCE = {'rrule': 'FREQ=DAILY', 'start': '2026-11-01T09:05', 'duration': '10m'}
ATTRIBUTES = {'message': 'Quiet', 'schedule': {'recurrences': [RECURRENCE]}}


@pytest.mark.parametrize(
    'content',
    [
        ATTRIBUTES,
        {'data': {'type': 'downtime', 'attributes': ATTRIBUTES}},
        {'data': [{'id': 'x', 'type': 'downtime', 'attributes': ATTRIBUTES | {'status': 'active', 'canceled': None}}]},
        {'title': 'Quiet', 'recurrences': [{'rrule': 'FREQ=DAILY', 'time': '09:05', 'duration': '10m'}]},
        # Without a start, it begins when it is scheduled; that was before.
        {'message': 'Quiet', 'schedule': {'start': '2026-11-23T09:05:00Z', 'end': '2026-11-23T09:15:00+00:00'}},
    ],
    ids=['attributes', 'request', 'answer', 'short', 'once'],
)  # fmt: skip
def test_downtime_files(content: Any, write: Write, tmp_path: Path) -> None:
    (tmp_path / 'quiet.json').write_text(json.dumps(content))
    tests = [
        {'eval_time': time, 'exp_groups': {'host:a': {'muted': muted}}}
        for time, muted in (('4m', False), ('5m', True), ('14m', True), ('15m', False))
    ]
    found = outcome(write(test={'monitor_test': tests}, downtimes=['quiet.json']))
    assert found.failures == []
    assert [(name, window.start - found.start, window.end - found.start) for name, window in found.downtimes] == [
        ('Quiet', 300, 900)
    ]


def test_a_mute_in_an_export_is_ignored(write: Write) -> None:
    monitor = MONITOR | {'options': {'new_group_delay': 0, 'silenced': {'*': None}}, 'message': '@ops@example.com'}
    found = outcome(write(monitors=[monitor]))
    assert [mail.title for mail in found.mails][:1] == ['[Triggered on {host:a}] Load of a']


def test_a_downtime_of_other_monitors_mutes_nothing(write: Write) -> None:
    downtime = {'monitor_identifier': {'monitor_tags': ['team:db']}, 'schedule': {'end': '2027-01-01T00:00:00Z'}}
    tests = [{'eval_time': '5m', 'exp_groups': {'host:a': {'state': 'Alert', 'muted': False}}}]
    found = outcome(write(test={'monitor_test': tests}, downtimes=[downtime]))
    assert (found.failures, found.downtimes) == ([], [])


# What is expected


def test_states_and_mails_that_are_not_as_expected(write: Write) -> None:
    path = write(
        hosts={'a': {'tags': ['team:blue']}},
        test={
            'monitor_test': [
                {'eval_time': '9m', 'exp_groups': {'host:a': 'OK', 'host:b': 'OK', 'host:c': 'absent'}},
                {'eval_time': '9m', 'exp_groups': {'host:a': 'Alert', 'host:*': 'Warn'}},
                {'eval_time': '9m', 'exp_groups': {'host:a': {'state': 'Alert', 'muted': True}}},
                {'eval_time': '9m', 'exp_groups': {'*': {'state': 'No Data', 'muted': False}}},
            ],
            'mail_test': [
                {'to': 'ops@example.com', 'title': '[Triggered on {host:a}] Load of a', 'exp_count': 1},
                {'to': '@slack-blue', 'text': '20'},
                {'exp_count': 0},
                {'start': '1m', 'title': 'Triggered'},
                {'to': '@slack-red', 'exp_count': 2},
            ],
        },
    )  # fmt: skip
    assert failures(path) == [
        'host:a: expected OK, got Alert since Mon 09:00',
        'host:b: there is no such group; there is host:a',
        'host:*: there is no such group; there is host:a',
        'host:a: expected muted, got not muted',
        'host:a: expected No Data, got Alert since Mon 09:00',
        'expected no mail from Mon 09:00 until Mon 09:20, got 1',
        "expected one mail or more with 'Triggered' in its title from Mon 09:01 until Mon 09:20, got none; "
        'there is no mail in that time',
        'expected 2 mails to @slack-red from Mon 09:00 until Mon 09:20, got none; there are mails to '
        '@slack-blue, ops@example.com',
    ]
    lines = path.read_text().splitlines()
    found = outcome(path).failures
    assert 'host:b' in lines[next(one for one in found if one.message.startswith('host:b')).line - 1]
    assert 'exp_count: 2' in lines[next(one for one in found if '@slack-red' in one.message).line - 1]


def test_the_mails_that_came_instead_are_named(write: Write) -> None:
    people = [f'{name}@example.com' for name in 'abcdef']
    monitor = MONITOR | {'message': ' '.join(f'@{name}' for name in people)}
    tests = [{'title': 'Other'}, {'title': 'Other', 'to': people[0]}, {'to': 'g@example.com'}]
    titles, same, recipients = failures(write(test={'mail_test': tests}, monitors=[monitor]))
    for message in (titles, same):
        assert message.endswith(
            "got none; there are '[Triggered on {host:a}] Load of a', '[Recovered on {host:a}] Load of a'"
        )
    # The five that are most alike.
    shown, more = recipients.partition('; there are mails to ')[2].rsplit(', ', 1)
    assert (len({*shown.split(', ')} & {*people}), more) == (5, '…')


def test_a_group_that_is_forgotten_is_absent(write: Write) -> None:
    series = [{'series': 'test.load{host:a}', 'values': '1x5'}, {'series': 'test.load{host:b}', 'values': 1}]
    tests = [
        {'eval_time': '23h', 'exp_groups': {'host:a': 'OK'}},
        {'eval_time': '25h', 'exp_groups': {'host:a': 'absent', 'host:b': 'OK'}},
    ]
    found = outcome(write(test={'duration': '2d', 'input_series': series, 'monitor_test': tests}))
    assert found.failures == []
    [track] = [track for track in found.tracks if track.group == 'host:a']
    assert [change.new for change in track.changes] == ['OK', '']


def test_a_monitor_without_groups_has_one(write: Write) -> None:
    monitor = MONITOR | {'query': 'avg(last_5m):avg:test.load{*} > 10'}
    tests = [{'eval_time': '9m', 'exp_groups': {'*': 'Alert'}}]
    assert failures(write(test={'monitor_test': tests}, monitors=[monitor])) == []


# The report


def printed(found: Outcome, width: int = 80, verbose: bool = False, **options: Any) -> str:
    stream = StringIO()
    Report(Console(file=stream, width=width, highlight=False, **options), verbose).show(found)
    return stream.getvalue()


def test_timeline(write: Write) -> None:
    tests = [{'eval_time': '9m', 'exp_groups': {'host:a': 'OK'}}]
    path = write(
        test={'monitor_test': tests},
        downtimes=[{'title': 'Quiet', 'recurrences': [{'rrule': 'FREQ=DAILY', 'time': '09:10', 'duration': '5m'}]}],
    )
    line = next(number for number, text in enumerate(path.read_text().splitlines(), 1) if 'host:a: OK' in text)
    assert printed(outcome(path)) == (
        ' FAIL  test  Mon 23 Nov 2026 09:00 to Mon 23 Nov 09:20, UTC\n'
        '\n'
        '  Load of {{host.name}}\n'
        '  host:a  AAAAAAAAAAAA────────\n'
        '   muted            ▒▒▒▒▒\n'
        '          09:00     09:10\n'
        '\n'
        '  Mon 23 Nov 09:00  host:a  new → Alert  20\n'
        '             09:00  ✉ ops@example.com, @slack-: [Triggered on {host:a}] Load of a\n'
        f'             09:09  ✗ host:a: expected OK, got Alert since Mon 09:00  line {line}\n'
        '             09:10  downtime begins, until Mon 23 Nov 09:15: Quiet\n'
        '             09:12  host:a  Alert → OK  8.6  muted\n'
        '             09:15  downtime ends: Quiet\n'
    )


@pytest.mark.parametrize(
    ('time', 'words'),
    [('09:00', 'begins, until Mon 23 Nov 09:05: Quiet'), ('08:58', 'goes on, until Mon 23 Nov 09:03: Quiet')],
)
def test_a_downtime_that_is_open_when_the_test_begins(write: Write, time: str, words: str) -> None:
    recurrences = [{'rrule': 'FREQ=DAILY', 'time': time, 'duration': '5m'}]
    shown = printed(outcome(write(downtimes=[{'title': 'Quiet', 'recurrences': recurrences}])))
    assert f'  Mon 23 Nov 09:00  downtime {words}\n' in shown


def test_colour_is_for_terminals(write: Write) -> None:
    found = outcome(write())
    assert '\x1b[' in printed(found, force_terminal=True)
    assert '\x1b' not in printed(found)


def test_texts_of_others_do_not_reach_the_terminal_as_commands(write: Write) -> None:
    monitor = MONITOR | {'name': '\x1b[31mred [bold]x[/bold]', 'message': '@ops@example.com'}
    text = printed(outcome(write(monitors=[monitor])))
    assert '\x1b' not in text
    assert '�[31mred [bold]x[/bold]' in text


def test_long_timelines_show_what_is_near_a_failure(write: Write) -> None:
    tests = [{'eval_time': '50m', 'exp_groups': {'host:a': {'muted': True}}}]
    series = [{'series': 'test.load{host:a}', 'values': [{'list': [100] + [0] * 9}]}]
    monitor = MONITOR | {'query': 'avg(last_1m):avg:test.load{*} by {host} > 10'}
    found = outcome(write(test={'duration': '5h', 'input_series': series, 'monitor_test': tests}, monitors=[monitor]))
    short, whole = printed(found), printed(found, verbose=True)
    assert '✗ host:a: expected muted' in short
    assert [len(re.findall(r'host:a  .* → ', text)) for text in (short, whole)] == [4, 61]
    # All is either shown or counted.
    hidden = sum(map(int, re.findall(r'… (\d+) more', short)))
    lines = [line for line in whole.splitlines() if '│' not in line]
    assert len(lines) == len(short.splitlines()) + hidden - 2
    assert '…' not in whole


def test_json_and_junit(write: Write, tmp_path: Path) -> None:
    path = write(test={'monitor_test': [{'eval_time': '9m', 'exp_groups': {'host:a': 'OK'}}]})
    report = tmp_path / 'report.xml'
    result = run(path, '--json', '--junit', report)
    assert result.exit_code == 1
    [test] = json.loads(result.stdout)['tests']
    assert (test['name'], test['passed'], test['expectations']) == ('test', False, 1)
    assert test['failures'][0]['time'] == '2026-11-23T09:09:00+00:00'
    assert [(change['time'][11:16], change['state']) for change in test['groups'][0]['changes']] == [
        ('09:00', 'Alert'),
        ('09:12', 'OK'),
    ]
    assert [mail['title'] for mail in test['mails']] == ['[Triggered on {host:a}] Load of a']
    root = ElementTree.parse(report).getroot()
    assert (root.get('tests'), root.get('failures')) == ('1', '1')
    [case] = root.iter('testcase')
    [failure] = case
    assert case.get('name') == 'test'
    assert failure.text == f'{path}:{test["failures"][0]["line"]}: {test["failures"][0]["message"]}'


def test_junit_is_xml_whatever_the_names_are(write: Write, tmp_path: Path) -> None:
    found = outcome(write(test={'name': 'a\x00<b>&"\x1b'}))
    write_junit([found], tmp_path / 'report.xml')
    [case] = ElementTree.parse(tmp_path / 'report.xml').getroot().iter('testcase')
    assert case.get('name') == 'a�<b>&"�'
    assert json.loads(as_json([found]))['tests'][0]['name'] == 'a\x00<b>&"\x1b'


def test_exit_codes(write: Write, tmp_path: Path) -> None:
    good = write('good.yaml', test={'monitor_test': [{'eval_time': '9m', 'exp_groups': {'host:a': 'Alert'}}]})
    bad = write('bad.yaml', test={'monitor_test': [{'eval_time': '9m', 'exp_groups': {'host:a': 'Warn'}}]})
    invalid = write('invalid.yaml', test={'start': 'today'})
    (tmp_path / 'empty').mkdir()
    assert run(good).exit_code == 0
    assert run(good, bad).exit_code == 1
    result = run(good, invalid)
    assert result.exit_code == 2
    assert 'passed' not in result.stdout
    assert 'today' in result.output
    assert run(tmp_path / 'nowhere.yaml').exit_code == 2
    assert run().exit_code == 2
    assert run(good, '--watch', '--json').exit_code == 2
    assert run(good, '--junit', tmp_path / 'no' / 'report.xml').exit_code == 2
    result = run(tmp_path / 'empty')
    assert (result.exit_code, result.output) == (5, f'There is no .yaml or .yml file in {tmp_path}/empty.\n')


def test_watch_runs_again_when_a_file_changes(write: Write, tmp_path: Path) -> None:
    monitor = tmp_path / 'load.json'
    path = write(monitors=['load.json'])
    monitor.write_text(json.dumps(MONITOR))
    names: list[str] = []

    def again() -> list[Path]:
        ready = prepare(path)
        names.append(ready.assets.monitors[0].body['name'])
        return ready.files

    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            monitor.write_text(json.dumps(MONITOR | {'name': 'changed'}))
        elif len(waits) == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        command.watch([path], again, sleep)
    assert names == [MONITOR['name'], 'changed']


def test_watch_runs_again_when_a_file_changes_meanwhile(tmp_path: Path) -> None:
    file = tmp_path / 'a.yaml'
    file.write_text('')
    runs: list[int] = []

    def again() -> list[Path]:
        runs.append(len(runs))
        if len(runs) == 1:
            os.utime(file, ns=(1, 1))
        return [file]

    def sleep(seconds: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        command.watch([file], again, sleep)
    assert runs == [0, 1]


def test_what_is_no_regular_file_is_refused_and_not_waited_for(write: Write, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / 'fifo.yaml')
    assert problems(tmp_path / 'fifo.yaml') == [' this is not a regular file']
    assert problems(Path('/dev/zero')) == [' this is not a regular file']
    for name in ('fifo.yaml', '/dev/zero'):
        assert problems(write(monitors=[name])) == [f'2: monitors[0]: {tmp_path / name}: this is not a regular file']


# Queries, checks, events, recorded points


def test_values_of_queries(write: Write) -> None:
    series = [
        {'series': 'test.load{host:a}', 'values': '0+10x20'},
        {'series': 'test.load{host:b}', 'values': '5 5 5 _x17'},
    ]
    tests = [
        # At 12 minutes: 0, 10, … 120; the last 5 are 80 to 120, on average 100.
        {'query': 'avg:test.load{*} by {host}', 'eval_time': '12m', 'exp_values': {'host:a': 120, 'host:b': None}},
        {'query': 'avg(last_5m):avg:test.load{*} by {host}', 'eval_time': '12m', 'exp_values': {'host:a': 100}},
        {'query': 'sum:test.load{*}', 'eval_time': '2m', 'exp_values': {'*': 26}, 'tolerance': 1},
        {'query': 'sum:test.load{*}', 'eval_time': '2m', 'exp_values': {'*': 26.5}, 'tolerance': 1},
        {'query': 'avg:test.load{*} by {host}', 'eval_time': '2m', 'exp_values': {'host:b': None, 'host:c': 1}},
    ]
    path = write(test={'input_series': series, 'query_test': tests})
    assert failures(path) == [
        '*: expected 26.5 within 1, got 25',
        'host:b: expected no value, got 5',
        'host:c: expected 1, got no value; the groups are host:a, host:b',
    ]
    assert outcome(path).expected == 7
    assert problems(write(test={'query_test': [{'query': 'avg:x', 'eval_time': '2m', 'exp_values': {'*': 1}}]}))


def test_checks_and_events_are_kept_with_their_times(write: Write, store: Store) -> None:
    test = {
        'check_series': [
            {'check': 'app.up{host:a,env:prod}', 'values': 'ok x2 critical _', 'message': 'down'},
            {
                'check': 'app.up{host:b}',
                'values': [{'status': 'ok', 'for': '10m'}, {'status': 'none'}],
                'interval': '5m',
            },
            {'check': 'app.up{host:c}', 'values': 'warning'},
        ],
        'event_series': [{'title': 'Deployed', 'at': ['5m', '2026-11-23T09:10'], 'tags': ['service:web']}],
    }
    ready = prepare(write(test=test))
    feeding.fill(store, ready.source.scenario, ready.plans[0])
    start = ready.plans[0].start
    latest = {check.host: (check.status, check.time - start) for check in store.service_checks()}
    assert latest == {'a': (2, 180), 'b': (0, 300), 'c': (1, 1200)}
    assert [(event['title'], event['date_happened'] - start, event['tags']) for event in store.all('event')] == [
        ('Deployed', 300, ['service:web']),
        ('Deployed', 600, ['service:web']),
    ]


# Monday 23 November 2026, 09:00 UTC.
RECORDED = 1_795_424_400 - 86_400
V1 = {
    'series': [
        {
            'metric': 'test.load',
            'scope': 'host:a,env:prod',
            'tag_set': ['host:a'],
            'pointlist': [[(RECORDED + minute * 60) * 1000, 20.0 if minute < 10 else 1.0] for minute in range(21)],
        }
    ]
}
V2 = {
    'data': {
        'type': 'timeseries_response',
        'attributes': {
            'series': [{'group_tags': ['host:a'], 'query_index': 0}],
            'times': [time for time, _ in V1['series'][0]['pointlist']],
            'values': [[value for _, value in V1['series'][0]['pointlist']]],
        },
    }
}
POINTS = [(time // 1000, value) for time, value in V1['series'][0]['pointlist']]
LONG = 'timestamp,host,value\n' + ''.join(f'{time},a,{value}\n' for time, value in POINTS)
WIDE = 'Time,"avg:test.load{host:a}"\n' + ''.join(
    f'{datetime.fromtimestamp(time, UTC):%Y-%m-%dT%H:%M:%SZ},{value}\n' for time, value in POINTS
)
BARE = ''.join(f'{time * 1000};{value}\n' for time, value in POINTS)


@pytest.mark.parametrize(
    ('name', 'content', 'series'),
    [
        ('v1.json', json.dumps(V1), None),
        ('v2.json', json.dumps(V2), 'test.load'),
        ('long.csv', LONG, 'test.load'),
        ('wide.csv', WIDE, None),
        ('bare.csv', BARE, 'test.load{host:a}'),
    ],
)
def test_recorded_points(name: str, content: str, series: str | None, write: Write, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content)
    entry = {'values': {'file': name}} | ({'series': series} if series else {})
    states = [{'eval_time': time, 'exp_groups': {'host:a': state}} for time, state in (('9m', 'Alert'), ('19m', 'OK'))]
    path = write(test={'input_series': [entry], 'monitor_test': states})
    assert failures(path) == []
    assert prepare(path).files == [path, tmp_path / name]
    # The times as they are lie before the test.
    entry['values']['move'] = False
    assert failures(write(test={'input_series': [entry], 'monitor_test': states[:1]}))
    start = '2026-11-22T09:00'
    assert not failures(write(test={'input_series': [entry], 'monitor_test': states, 'start': start}))


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        ('{"errors": []}', 'this is neither a response of the query API'),
        ('time,value\n', 'there is no series with a point in it'),
        ('hello', 'this is neither a response of the query API'),
        (json.dumps(V2), "the file does not name the metric, so 'series' must"),
    ],
)
def test_what_is_no_recording(content: str, message: str, write: Write, tmp_path: Path) -> None:
    (tmp_path / 'x.json').write_text(content)
    [problem] = problems(write(test={'input_series': [{'values': {'file': 'x.json'}}]}))
    assert message in problem and 'tests[0].input_series[0].values: ' in problem


# Answers


def test_a_group_that_is_not_there_says_what_is_read_and_what_is_sent(write: Write) -> None:
    series = [{'series': 'test.loads{host:a}', 'values': 1}, {'series': 'other{host:a}', 'values': 1}]
    tests = [{'eval_time': '9m', 'exp_groups': {'host:a': 'OK'}}]
    assert failures(write(test={'input_series': series, 'monitor_test': tests})) == [
        'host:a: there is no such group; the query reads test.load{*}; the test sends test.loads{host:a}, other{host:a}'
    ]


@pytest.mark.parametrize(
    ('rule', 'reason'),
    [
        # 12:31 in New York is 17:31 UTC in November, and 18:31 in Paris.
        ('FREQ=DAILY', 'it is first evaluated by its custom schedule at Mon 23 Nov 2026 18:31, Europe/Paris'),
        ('FREQ=DAILY;COUNT=2', 'its custom schedule has no time left'),
    ],
)
def test_a_monitor_whose_schedule_is_not_due_says_so(rule: str, reason: str, write: Write) -> None:
    recurrence = {'rrule': rule, 'start': '2023-11-10T12:31:00', 'timezone': 'America/New_York'}
    options = {**MONITOR['options'], 'scheduling_options': {'custom_schedule': {'recurrences': [recurrence]}}}
    tests = [{'eval_time': '9m', 'exp_groups': {'host:a': 'OK'}}]
    path = write(test={'monitor_test': tests}, monitors=[MONITOR | {'options': options}], timezone='Europe/Paris')
    assert failures(path) == [f'host:a: there is no such group; {reason}']
    ended = outcome(path)
    assert f"'Load of {{{{host.name}}}}' is not evaluated in 'test': {reason}" in ended.notes
    output = StringIO()
    Report(Console(file=output, width=200)).show(ended)
    assert f'no group: {reason}' in output.getvalue()


def test_a_monitor_that_is_due_in_the_last_minute_of_a_test_is_evaluated(write: Write) -> None:
    """The schedule is due at 09:20, where the test ends."""
    recurrence = {'rrule': 'FREQ=DAILY', 'start': '2023-11-10T09:20:00', 'timezone': 'UTC'}
    options = {**MONITOR['options'], 'scheduling_options': {'custom_schedule': {'recurrences': [recurrence]}}}
    ended = outcome(write(monitors=[MONITOR | {'options': options}]))
    assert [(track.group, track.changes[-1].new) for track in ended.tracks] == [('host:a', 'OK')]
    assert ended.not_due == {}


def test_a_monitor_whose_schedule_has_no_time_in_the_test_says_so(write: Write) -> None:
    recurrences = [{'rrule': 'FREQ=MONTHLY;BYMONTHDAY=1;BYHOUR=9;BYMINUTE=0', 'timezone': 'UTC'}]
    schedule = {'scheduling_options': {'custom_schedule': {'recurrences': recurrences}}}
    monitor = MONITOR | {'query': 'avg(last_1h):avg:test.load{*} > 10', 'options': MONITOR['options'] | schedule}
    tests = [{'eval_time': '9m', 'exp_groups': {'*': 'OK'}}]
    path = write(test={'monitor_test': tests}, monitors=[monitor])
    reason = 'it is first evaluated by its custom schedule at Tue 01 Dec 2026 09:00, UTC'
    assert failures(path) == [f'*: there is no such group; {reason}']
    assert f'no group: {reason}' in printed(outcome(path))
    # On the first day of a month it has one, at 09:00.
    path = write(test={'monitor_test': tests, 'start': '2026-12-01T08:55'}, monitors=[monitor])
    assert failures(path) == ['*: expected OK, got Alert since Tue 09:00']


def test_monitors_of_a_list_are_offered_by_name_and_one_that_is_not_evaluated_is_a_note(
    write: Write, tmp_path: Path
) -> None:
    rum = {'name': 'Clicks', 'type': 'rum alert', 'query': 'rum("x").rollup("count").last("5m") > 1', 'id': 9}
    other = MONITOR | {'name': 'Other', 'id': 8}
    (tmp_path / 'two.json').write_text(json.dumps([MONITOR, other, rum]))
    test = {'monitor_test': [{'eval_time': '9m', 'exp_groups': {'host:a': 'Alert'}}]}
    [problem] = problems(write(monitors=['two.json'], test=test))
    assert problem.endswith("a monitor must be named: one of 'Load of {{host.name}}', 'Other'")
    for name in ('Other', '8'):
        test['monitor_test'][0]['monitor'] = name
        assert failures(write(monitors=['two.json'], test=test)) == []
    result = run(write(monitors=['two.json'], test=test))
    assert result.exit_code == 0 and "NOTE" in result.stdout and "'Clicks' is not evaluated: " in result.stdout
    test['monitor_test'][0]['monitor'] = 'Clicks'
    [problem] = problems(write(monitors=['two.json'], test=test))
    assert "monitor: 'Clicks' is not evaluated: " in problem
    del test['monitor_test'][0]['monitor']
    assert failures(write(monitors=[{'file': 'two.json', 'only': [8]}], test=test)) == []
    [problem] = problems(write(monitors=[{'file': 'two.json', 'only': ['nobody', 8]}], test=test))
    assert problem.endswith("monitors[0].only: there is no monitor 'nobody' in two.json")


def test_numbers_may_be_strings_as_integrations_ship_them(write: Write) -> None:
    options = {'thresholds': {'critical': '10', 'warning': '5.5'}, 'renotify_interval': '0', 'new_group_delay': '0'}
    monitor = prepare(write(monitors=[MONITOR | {'options': options}])).assets.monitors[0].body
    assert monitor['options']['thresholds'] == {'critical': 10, 'warning': 5.5}
    assert monitor['options']['renotify_interval'] == 0


def test_a_test_without_an_expectation_is_an_error_and_shows_its_timeline(write: Write, tmp_path: Path) -> None:
    result = run(write(), '--junit', tmp_path / 'junit.xml')
    assert result.exit_code == 2
    assert 'new → Alert' in result.stdout
    assert f'ERROR {tmp_path / "load.yaml"}:' in result.stdout and 'nothing is expected' in result.stdout
    assert ElementTree.parse(tmp_path / 'junit.xml').getroot().attrib['errors'] == '1'


def test_mails_are_matched_by_their_text_and_read_whole(write: Write) -> None:
    tests = [
        {'to': 'ops@example.com', 'text': '20', 'exp_count': 1},
        {'to': 'ops@example.com', 'not_text': '20', 'exp_count': 0},
    ]
    path = write(test={'mail_test': tests})
    assert failures(path) == []
    mail = outcome(path).mails[0]
    shown = run('-v', path).stdout
    assert all(line.strip() in shown for line in mail.text.splitlines())
    assert mail.text.splitlines()[0] not in run(path).stdout


GOOD = {'monitor_test': [{'eval_time': '9m', 'exp_groups': {'host:a': 'Alert'}}]}
BAD = {'monitor_test': [{'eval_time': '9m', 'exp_groups': {'host:a': 'OK'}}]}


def test_which_tests_run_and_how_they_are_shown(write: Write) -> None:
    base = yaml.safe_load(write(test=GOOD).read_text())['tests'][0]
    tests = [base | {'name': f'good {number}'} for number in range(6)]
    path = write(tests=[*tests, base | {'name': 'bad', **BAD}, base | {'name': 'last', **BAD}])
    lines = run(path).stdout.splitlines()
    assert [line.split()[:3] for line in lines[:6]] == [['PASS', 'good', str(number)] for number in range(6)]
    assert lines[6].startswith(' FAIL  bad')
    assert lines[-1].startswith('2 failed, 6 passed')
    quiet = run('-q', path).stdout
    assert 'PASS' not in quiet and quiet.count('FAIL ') == 2
    assert run('-k', 'GOOD', path).exit_code == 0
    assert len(json.loads(run('--json', '--run', 'good [12]$', path).stdout)['tests']) == 2
    assert '1 failed, 6 passed' in run('-x', path).stdout
    assert run('-k', 'nothing', path).exit_code == 5
    assert run('--run', '(', path).exit_code == 2
    assert run('-q', '-v', path).exit_code == 2


def test_several_processes_give_the_same_answers_in_the_same_order(write: Write, monkeypatch: Any) -> None:
    base = yaml.safe_load(write(test=GOOD).read_text())['tests'][0]
    path = write(tests=[base | {'name': f'{number}', **(BAD if number % 3 else GOOD)} for number in range(7)])
    alone = list(running.run([prepare(path)], running.Selection(), False, lambda *_: None))
    monkeypatch.setattr(running, 'PATIENCE', -1)
    monkeypatch.setattr(running, 'processors', lambda: 2)
    shared = list(running.run([prepare(path)], running.Selection(), False, lambda *_: None))
    for outcome in (*alone, *shared):
        outcome.seconds = 0
    assert shared == alone and [outcome.name for outcome in alone] == list('0123456')


def test_progress_is_shown_after_two_seconds() -> None:
    times, output = iter([0, 1.9, 2.1, 5, 13]), StringIO()
    progress = command.Progress(Console(file=output), lambda: next(times))
    for done in range(4):
        progress(done, 9)
    assert output.getvalue() == '1 of 9 tests\n3 of 9 tests\n'


def test_composite_monitors_name_monitors_by_key(write: Write) -> None:
    monitors = [MONITOR | {'key': 'load'}, {'name': 'both', 'type': 'composite', 'query': 'load && !"no such"'}]
    [problem] = problems(write(monitors=monitors))
    assert "the composite reads 'no such', which is not a monitor of this scenario" in problem
    assert named_by_id('load && !("disk full" || 7)', {'load': 3, 'disk full': 12, 'x': 7}) == '3 && !(12 || 7)'


@pytest.mark.parametrize(
    ('values', 'message'),
    [
        ([{'ramp': [-1e308, 1e308]}], 'from -1e+308 to 1e+308 is more than a number can hold'),
        ([{'random': [-1e308, 1e308]}], 'from -1e+308 to 1e+308 is more than a number can hold'),
    ],
)
def test_values_beyond_what_a_number_holds(values: Any, message: str, write: Write) -> None:
    [problem] = problems(write(test={'input_series': [{'series': 'a.b', 'values': values}]}))
    assert message in problem
