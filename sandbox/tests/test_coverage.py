"""What of the monitors no scenario has seen."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from datadog_sandbox import cli
from datadog_sandbox.scenarios import branches, coverage

MONITOR = {
    'name': 'Load',
    'type': 'query alert',
    'query': 'avg(last_5m):avg:test.load{*} by {host} > 10',
    'message': '{{#is_alert}}up @slack-ops{{else}}not up{{/is_alert}}\n'
    '{{#is_match "host.name" "db"}}a database @dba@example.com{{/is_match}}\n@slack-{{team.name}}',
    'options': {
        'thresholds': {'critical': 10, 'warning': 5}, 'new_group_delay': 0, 'notify_no_data': True,
        'no_data_timeframe': 10, 'renotify_interval': 10, 'on_missing_data': None,
    },
}  # fmt: skip
OTHER = MONITOR | {'name': 'Other', 'query': 'avg(last_5m):avg:other{*} > 10'}


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli.main, ['rehearse', *map(str, arguments)])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    test = {
        'name': 'up and down',
        'start': '2026-11-23T09:00',
        'duration': '40m',
        'input_series': [
            {
                'series': 'test.load{host:web,team:blue}',
                'values': [{'constant': 1, 'for': '10m'}, {'constant': 20, 'for': '5m'}, {'constant': 1}],
            }
        ],
        'mail_test': [{'to': '@slack-ops', 'title': 'Triggered', 'exp_count': 1}],
    }
    scenario = {
        'monitors': [MONITOR, OTHER],
        'downtimes': [{'title': 'Night', 'recurrences': [{'rrule': 'FREQ=DAILY', 'time': '23:00', 'duration': '1h'}]}],
        'tests': [test],
    }
    (tmp_path / 'load.yaml').write_text(yaml.safe_dump(scenario))
    return tmp_path / 'load.yaml'


def test_what_was_not_seen(path: Path) -> None:
    result = run('--coverage', '--json', path)
    assert result.exit_code == 0, result.output
    content: Any = json.loads(result.stdout)
    load, other = content['coverage']['monitors']
    assert load['missing'] == [
        'state No Data',
        'transition no data',
        'transition renotify',
        'branch 3 {{#is_match "host.name" "db"}}',
        'recipient dba@example.com',
        'downtime Night',
    ]
    # Seen: three states, alert, warn, recovery, two branches, @slack-ops and @slack-*.
    assert load['percent'] == round(100 * 10 / 16, 1)
    assert (other['percent'], other['scenarios']) == (0, [])
    # The mails are those of a run without coverage.
    assert content['tests'][0]['mails'] == json.loads(run('--json', path).stdout)['tests'][0]['mails']


def test_too_little_is_a_failure(path: Path) -> None:
    shown = run('--fail-under', 50, path)
    assert shown.exit_code == 1
    assert 'Other: no test reaches it' in shown.stdout
    assert '31 % of 2 monitors covered' in shown.stdout
    assert run('--fail-under', 31, path).exit_code == 0


@pytest.mark.parametrize(
    ('message', 'names'),
    [
        ('', []),
        ('{{#is_alert}}a{{^is_recovery}}b{{else}}c{{/is_recovery}}{{/is_alert}} {{ value }}',
         ['{{#is_alert}}', '{{^is_recovery}}', '{{else}}']),
        ('{{#is_match "a"  "b"}}x{{/is_match}}', ['{{#is_match "a" "b"}}']),
    ],
)  # fmt: skip
def test_branches_of_a_message(message: str, names: list[str]) -> None:
    assert branches.of(message) == names
    marked = branches.marked({'message': message})['message']
    assert branches.seen(marked) == set(range(len(names)))
    assert branches.unmarked(marked).strip() == message.strip()


def test_recipients_of_a_message() -> None:
    message = 'Hi @a@example.com, {{#is_alert}}@slack-ops{{/is_alert}} @slack-{{team.name}}-x. no@one@where'
    assert coverage.recipients(message) == ['a@example.com', '@slack-ops', '@slack-*-x']
