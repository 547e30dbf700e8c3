"""The command `backtest`: recorded series against a monitor."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from datadog_sandbox import cli

# Monday 23 November 2026, 09:00 UTC.
START = 1_795_424_400
MONITOR = {
    'name': 'CPU of {{host.name}}',
    'type': 'query alert',
    'query': 'avg(last_5m):avg:system.cpu.user{env:prod} by {host} > 90',
    'message': '@slack-ops',
    'options': {'thresholds': {'critical': 90}, 'new_group_delay': 0},
}
VALUES = [50.0] * 20 + [99.0] * 20 + [50.0] * 20 + [85.0] * 20 + [50.0] * 10
"""One value a minute: 20 minutes high, and 20 that only a lower threshold sees."""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli.main, ['backtest', *map(str, arguments)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    old = MONITOR | {'query': str(MONITOR['query']).replace('90', '80'), 'options': {'new_group_delay': 0}}
    times = [(START + 60 * minute) * 1000 for minute in range(len(VALUES))]
    v1 = {
        'series': [
            {
                'metric': 'system.cpu.user',
                'scope': 'env:prod,host:a',
                'pointlist': [[time, value] for time, value in zip(times, VALUES, strict=True)],
            }
        ]
    }
    attributes = {'series': [{'group_tags': ['host:a']}], 'times': times, 'values': [VALUES]}
    for name, content in (
        ('new.json', MONITOR), ('old.json', old), ('v1.json', v1), ('v2.json', {'data': {'attributes': attributes}}),
    ):  # fmt: skip
        (tmp_path / name).write_text(json.dumps(content))
    return tmp_path


@pytest.mark.parametrize('data', ['v1.json', 'v2.json'])
def test_what_a_monitor_would_have_done(data: str, folder: Path) -> None:
    """The average of 5 minutes is above 90 with 5 of 5 values (89.2 with 4), and falls to it with the first of 50.

    The fifth value is that of 9:24, and the first of 50 comes at 9:40.
    """
    result = run(folder / 'new.json', '--data', folder / data, '--json')
    assert result.exit_code == 0, result.output
    new = json.loads(result.stdout)['new']
    assert new['periods'] == [
        {'group': 'host:a', 'state': 'Alert', 'start': '2026-11-23T09:24:00+00:00', 'end': '2026-11-23T09:40:00+00:00'}
    ]
    assert new['states']['Alert'] == {'times': 1, 'seconds': 960}
    assert new['mails'] == {'@slack-ops': 2}


def test_two_monitors_side_by_side(folder: Path) -> None:
    arguments = (folder / 'new.json', '--data', folder / 'v1.json', '--against', folder / 'old.json')
    shown = run(*arguments, '--timezone', 'Europe/Paris')
    assert shown.exit_code == 0, shown.output
    # On average above 80: of 50 and 99 with 4 values of 5 (89.2; 79.4 with 3), of 50 and 85 with all 5 (78 with 4).
    assert 'Only the old monitor alerts: host:a, Mon 23 Nov 11:04 for 16m' in shown.stdout
    row = next(line for line in shown.stdout.splitlines() if line.startswith('times in Alert'))
    assert row.split() == ['times', 'in', 'Alert', '2,', '34m', 'in', 'total', '1,', '16m', 'in', 'total']
    [difference] = json.loads(run(*arguments, '--json').stdout)['differences']
    assert (difference['only'], difference['group']) == ('old', 'host:a')


def test_mails_to_whom_only_one_of_two_monitors_writes(folder: Path) -> None:
    other = json.loads((folder / 'old.json').read_text()) | {'message': '@slack-old'}
    (folder / 'old.json').write_text(json.dumps(other))
    shown = run(folder / 'new.json', '--data', folder / 'v1.json', '--against', folder / 'old.json').stdout
    # The old one alerts twice, the new one once; each recovery is a mail, too.
    assert sorted(line.split()[2:] for line in shown.splitlines() if line.startswith('mails to')) == [
        ['@slack-old', '4', '0'], ['@slack-ops', '0', '2'],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ('fields', 'message'),
    [
        (
            {'query': 'avg(last_5m):avg:other{*} > 90'},
            'the data names the metric system.cpu.user, and the monitor reads ',
        ),
        ({'type': 'rum alert', 'query': 'rum("x")'}, 'is not evaluated: '),
    ],
)
def test_what_cannot_be_played(fields: dict[str, Any], message: str, folder: Path) -> None:
    (folder / 'new.json').write_text(json.dumps(MONITOR | fields))
    result = run(folder / 'new.json', '--data', folder / 'v1.json')
    assert result.exit_code == 2 and message in result.stderr
    assert result.stderr.count(str(folder)) == 1
    assert run(folder / 'new.json', '--data', '/dev/zero').exit_code == 2


def test_data_without_the_tag_of_the_groups_is_refused(folder: Path) -> None:
    lines = [f'{START + 60 * minute},{value}' for minute, value in enumerate(VALUES)]
    (folder / 'plain.csv').write_text('\n'.join(['time,value', *lines]))
    result = run(folder / 'new.json', '--data', folder / 'plain.csv')
    assert result.exit_code == 2
    assert 'the monitor groups by host, which the data does not have: add the tag host' in result.stderr
    (folder / 'tagged.csv').write_text('\n'.join(['time,host,value', *(line.replace(',', ',a,') for line in lines)]))
    assert 'host:a  OK → Alert' in run(folder / 'new.json', '--data', folder / 'tagged.csv').stdout


def test_two_monitors_that_stay_quiet_are_said_to(folder: Path) -> None:
    quiet = MONITOR | {'query': str(MONITOR['query']).replace('90', '500'), 'options': {}}
    (folder / 'quiet.json').write_text(json.dumps(quiet))
    result = run(folder / 'quiet.json', '--data', folder / 'v1.json', '--against', folder / 'quiet.json')
    assert 'Neither monitor alerts.' in result.stdout


def test_a_file_is_named_as_it_was_given(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    Path('[old] *.json').write_text('[]')
    result = run('[old] *.json', '--data', 'v1.json')
    assert result.exit_code == 2
    assert str(folder) not in result.stderr
    assert result.stderr.startswith('[old] *.json:1: ')
