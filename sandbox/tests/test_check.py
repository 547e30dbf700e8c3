"""The command `check`: what of somebody's monitors and dashboards works here."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from datadog_sandbox import cli
from datadog_sandbox.monitors.remarks import ACTED_ON

MONITOR = {
    'name': 'Load of {{host.name}}',
    'type': 'query alert',
    'query': 'avg(last_5m):avg:test.load{*} by {host} > 10',
    'message': '@ops@example.com',
    'options': {'thresholds': {'critical': 10}},
}
TIMESERIES = {'type': 'timeseries', 'requests': [{'q': 'avg:test.load{*}'}]}
DASHBOARD = {
    'title': 'Loads',
    'layout_type': 'ordered',
    'widgets': [{'definition': {'type': 'group', 'layout_type': 'ordered', 'widgets': [{'definition': TIMESERIES}]}}],
}


def check(*arguments: object) -> Result:
    return CliRunner().invoke(cli.main, ['check', *map(str, arguments)])


def write(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content))
    return path


def test_the_json_of_what_is_evaluated(tmp_path: Path) -> None:
    monitor, dashboard = write(tmp_path / 'm.json', [MONITOR]), write(tmp_path / 'd.json', DASHBOARD)
    result = check('--json', monitor, dashboard)
    assert json.loads(result.stdout) == {
        'files': [
            {
                'file': str(monitor), 'kind': 'monitor', 'name': 'Load of {{host.name}}', 'accepted': True,
                'evaluated': True, 'approximated': False, 'reasons': [], 'widgets': {'all': 0, 'drawn': 0},
            },
            {
                'file': str(dashboard), 'kind': 'dashboard', 'name': 'Loads', 'accepted': True, 'evaluated': True,
                'approximated': False, 'reasons': [], 'widgets': {'all': 2, 'drawn': 2},
            },
        ]
    }  # fmt: skip
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ('fields', 'accepted', 'evaluated', 'codes'),
    [
        ({'type': 'rum alert', 'query': 'rum("x").rollup("count").last("5m") > 10'}, True, False, ['type-rum alert']),
        ({'query': 'avg(last_5m):nonsense(avg:a.b{*}) > 10'}, False, False, ['refused', 'function-nonsense']),
        ({'query': 'avg(last_5m):avg:a.b{*} > 11'}, False, True, ['refused', 'message']),
        ({'message': '{{#is_alert}}'}, False, False, ['refused', 'message']),
        ({'query': 5}, False, False, ['refused', 'shape']),
    ],
)
def test_reasons(fields: Any, accepted: bool, evaluated: bool, codes: list[str], tmp_path: Path) -> None:
    result = check('--json', write(tmp_path / 'm.json', MONITOR | fields))
    [file] = json.loads(result.stdout)['files']
    assert (file['accepted'], file['evaluated']) == (accepted, evaluated)
    assert [reason['code'] for reason in file['reasons']] == codes
    assert all(reason['message'] for reason in file['reasons'])
    assert result.exit_code == 1


@pytest.mark.parametrize('name', sorted(ACTED_ON - {'silenced'}))
def test_options_of_any_type_have_a_verdict(name: str, tmp_path: Path) -> None:
    """A file may hold what no API would take; each of its monitors is judged."""
    values = [1, -1, 1e308, 'x', '', True, [], [1], [[]], {}, {'a': 1}, {'recurrences': 5}]
    bodies = [MONITOR | {'options': {name: value}} for value in values]
    result = check('--json', write(tmp_path / 'm.json', bodies))
    assert result.exception is None or isinstance(result.exception, SystemExit)
    files = json.loads(result.stdout)['files']
    assert len(files) == len(values)
    assert all(file['reasons'] for file in files if not (file['accepted'] and file['evaluated']))


def test_a_widget_that_is_not_drawn_counts_and_says_why(tmp_path: Path) -> None:
    dashboard = DASHBOARD | {'widgets': [*DASHBOARD['widgets'], {'definition': {'type': 'nonsense'}}]}
    [file] = json.loads(check('--json', write(tmp_path / 'd.json', dashboard)).stdout)['files']
    assert file['widgets'] == {'all': 3, 'drawn': 2}
    assert 'widget-nonsense' in [reason['code'] for reason in file['reasons']]
    assert not file['evaluated']


def test_the_table_counts_by_reason(tmp_path: Path) -> None:
    rum = MONITOR | {'type': 'rum alert', 'query': 'rum("x").rollup("count").last("5m") > 10'}
    write(tmp_path / 'a.json', rum)
    write(tmp_path / 'b.json', rum)
    write(tmp_path / 'c.json', MONITOR)
    write(tmp_path / 'package.json', {'name': 'web'})
    result = check(tmp_path)
    row = next(line for line in result.stdout.splitlines() if 'type-rum alert' in line)
    assert row.split()[0] == '2'
    assert '3 monitors: 3 accepted, 1 evaluated' in result.stdout
    assert '1 other file holds no monitor or dashboard.' in result.stdout
    assert 'a.json' not in result.stdout
    assert f'{tmp_path / "a.json"}: Load of {{{{host.name}}}}: not evaluated' in check('-v', tmp_path).stdout


def test_what_cannot_be_read_ends_with_2_and_holds_up_nothing_else(tmp_path: Path) -> None:
    write(tmp_path / 'm.json', MONITOR)
    (tmp_path / 'broken.json').write_text('{')
    result = check('--json', tmp_path)
    assert result.exit_code == 2
    assert len(json.loads(result.stdout)['files']) == 1
    assert result.stderr.startswith(f'{tmp_path / "broken.json"}: this is not JSON: ')
    assert check('/dev/zero').exit_code == 2
    assert check(write(tmp_path / 'package.json', {'name': 'web'})).stderr.endswith('downtime in it\n')
