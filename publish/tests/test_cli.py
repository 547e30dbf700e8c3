"""What a person and a script see: errors, exit codes, output, help, and never a key."""

import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tomllib
import zoneinfo
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import urllib3
from conftest import API_KEY, APP_KEY, ASSETS, EMAIL, WANTED, Account, Run, edit
from custom_check_publish.options import default_assets
from custom_check_publish.output import application
from custom_check_publish.transport import Transport
from faults import Fault

MONITOR, DASHBOARD = 'monitors/my_metric_threshold.json', 'dashboards/custom_check_timeboard.json'
COMMANDS = {
    'plan': ('plan', *WANTED),
    'apply': ('apply', '--yes', *WANTED),
    'destroy': ('destroy', '--yes'),
    'snapshot': ('snapshot', '--widget', '1', '--email', EMAIL),
}


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (('plan', '--timezone', 'Mars/Olympus'), "'--timezone': 'Mars/Olympus' is not an IANA time zone"),
        (('plan', '--timezone', 'Europe/Pari'), 'did you mean Europe/Paris'),
        (('plan', '--timezone', ''), "'--timezone': '' is not an IANA time zone, such as Europe/Paris or UTC."),
        (('plan', '--timezone', '../etc/passwd'), "'../etc/passwd' is not an IANA time zone"),
        (('plan', '--timezone', 'CEST+2'), "'CEST+2' is not an IANA time zone"),
        (('plan', '--timezone', 'Factory'), "'Factory' is not an IANA time zone"),
        (('plan', '--timezone', 'localtime'), "'localtime' is not an IANA time zone"),
        (('plan', '--email', 'ops'), "'--email': 'ops' is not an e-mail address, such as ops@example.com."),
        (('plan', '--email', '@ops@example.com'), 'is not an e-mail address'),
        (('plan', '--email', 'ops@example'), 'is not an e-mail address'),
        (('plan', '--email', 'ops@example.com @all'), 'is not an e-mail address'),
        (('plan', '--email', '{{x}}@example.com'), 'is not an e-mail address'),
        (('plan', '--email', 'a@example.com\n'), 'is not an e-mail address'),
        (
            ('plan', '--site', 'example.com'),
            "'example.com' is not a Datadog site, such as datadoghq.com",
        ),
        (('plan', '--site', 'datadoghq.com.example.com'), 'is not a Datadog site'),
        (('plan', '--site', 'datadoghq.co'), 'is not a Datadog site'),
        (('plan', '--name', 'Mine'), "'--name': 'Mine' is not a name; allowed are a to z, 0 to 9"),
        (('destroy', '--name', 'mine.'), "'--name': 'mine.' is not a name"),
        (('plan', '--api-url', 'http://['), "'--api-url': 'http://[' is not the URL of a server"),
        (('plan', '--api-url', 'http://a:b'), "'--api-url': 'http://a:b' is not the URL of a server"),
        (('plan', '--api-url', 'localhost:80'), "'--api-url': 'localhost:80' is not the URL of a server"),
        (('plan', '--api-url', 'ftp://localhost'), "'--api-url': 'ftp://localhost' is not the URL of a server"),
        (('plan', '--api-url', 'http://'), "'--api-url': 'http://' is not the URL of a server"),
        (('plan', '--api-url', 'http://localhost:0'), "'http://localhost:0' is not the URL of a server"),
        (('plan', '--api-url', 'http://localhost/?a=b'), "'http://localhost/?a=b' is not the URL of a server"),
        (('plan', '--api-url', 'http://localhost/#a'), "'http://localhost/#a' is not the URL of a server"),
        (('plan', '--assets', __file__), f"'--assets': Directory '{__file__}' is a file."),
        (('plan', '--assets', '/nowhere'), "'--assets': Directory '/nowhere' does not exist."),
        (('apply',), 'without a terminal no question can be asked: add --yes'),
        (('snapshot', '--email', EMAIL), "Missing option '--widget'."),
        (('snapshot', '--widget', '1'), "Missing option '--email'."),
        (('snapshot', '--widget', '1', '--email', 'me'), "'--email': 'me' is not an e-mail address"),
        (('prove', '--wait', '-1'), "'--wait': -1.0 is not in the range 0<=x<=86400.0."),
        (('prove', '--wait', '86401'), "'--wait': 86401.0 is not in the range 0<=x<=86400.0."),
        (('publish',), "No such command 'publish'."),
    ],
)
def test_bad_input_names_option_value_and_what_is_allowed(
    call: Run, account: Account, arguments: tuple[str, ...], message: str
) -> None:
    result = call(*arguments, *(() if '--api-url' in arguments else ('--api-url', account.url)))
    assert result.code == 2
    assert message in result.err
    assert (result.out, account.requests) == ('', [])
    # The usage of the command, but for what is found out only when it runs.
    assert result.err.startswith('Usage: custom-check-publish ') or arguments == ('apply',)


UNKNOWN = 'is not a dashboard that the installed datadog-api-client knows: see '
BAD_ASSETS: list[tuple[str, str | Callable[[dict[str, Any]], object], str]] = [
    (MONITOR, '{', 'is not JSON: Expecting property name'),
    (MONITOR, '[' * 100_000, 'is not JSON: maximum recursion depth exceeded'),
    (MONITOR, '[]', 'is not a JSON object but list.'),
    (MONITOR, lambda it: it.pop('definition'), 'is not a monitor: it needs a "definition" with a "name".'),
    (MONITOR, lambda it: it['definition'].pop('query'), "is not a monitor: it lacks 'query'."),
    (MONITOR, lambda it: it['definition'].update(query=None), 'datadog-api-client knows: see query.'),
    (MONITOR, lambda it: it['definition'].update(options=[{}]), 'is not a monitor: its "options" are not an object.'),
    (MONITOR, lambda it: it['definition'].update(name=7), 'it needs a "definition" with a "name".'),
    (
        MONITOR,
        lambda it: it['definition']['options']['thresholds'].update(critical='high'),
        "is not a monitor: Invalid type for variable 'critical'.",
    ),
    (MONITOR, lambda it: it['definition'].update(tags='x'), "is not a monitor: Invalid type for variable 'tags'."),
    (MONITOR, lambda it: it['definition'].update(message=7), "is not a monitor: Invalid type for variable 'message'."),
    (MONITOR, lambda it: it['definition'].update(options=7), "is not a monitor: Invalid type for variable 'options'."),
    (
        MONITOR,
        lambda it: it['definition']['options'].update(thresholds=7),
        "is not a monitor: Invalid type for variable 'thresholds'.",
    ),
    (
        MONITOR,
        lambda it: it['definition'].update(type='telepathy'),
        'is not a monitor that the installed datadog-api-client knows: see type.',
    ),
    (DASHBOARD, '', 'is not JSON: Expecting value'),
    (DASHBOARD, lambda it: it.clear(), "is not a dashboard: it lacks 'layout_type', 'title', and 'widgets'."),
    (DASHBOARD, lambda it: it.update(widgets={}), "is not a dashboard: Invalid type for variable 'widgets'."),
    (DASHBOARD, lambda it: it.update(widgets=['x']), 'is not a dashboard: '),
    (DASHBOARD, lambda it: it['widgets'].append({}), 'is not a dashboard'),
    (DASHBOARD, lambda it: it['widgets'][1]['definition'].pop('type'), f'{UNKNOWN}widgets[1].definition'),
    (DASHBOARD, lambda it: it['widgets'][2]['definition'].update(requests=[{'style': 7}]), 'is not a dashboard'),
    (DASHBOARD, lambda it: it.update(layout_type=7), f'{UNKNOWN}layout_type.'),
    (
        DASHBOARD,
        lambda it: it['widgets'][1].update(layout={'x': -1, 'y': 0, 'width': 1, 'height': 1}),
        'is not a dashboard: Invalid value for `x`, must be a value greater than or equal to `0`.',
    ),
    (DASHBOARD, lambda it: it.update(widgets=None), f'{UNKNOWN}widgets.'),
    (DASHBOARD, lambda it: it['widgets'][1].update(definition=None), f'{UNKNOWN}widgets[1].definition.'),
    (DASHBOARD, lambda it: it.update(layout_type=[]), 'is not a dashboard: '),
    (DASHBOARD, lambda it: it.update(description=7), "is not a dashboard: Invalid type for variable 'description'."),
    (DASHBOARD, lambda it: it.update(notify_list='x'), "is not a dashboard: Invalid type for variable 'notify_list'."),
    (DASHBOARD, lambda it: it.update(notify_list=[7]), 'is not a dashboard: '),
    (DASHBOARD, lambda it: it['template_variables'].append({}), 'is not a dashboard'),
]


@pytest.mark.parametrize(('name', 'change', 'message'), BAD_ASSETS)
def test_a_bad_asset_names_its_file_and_what_is_wrong(
    run: Run, account: Account, folder: Path, name: str, change: Any, message: str
) -> None:
    if isinstance(change, str):
        (folder / name).write_text(change)
    else:
        edit(folder / name, change)
    result = run('apply', '--yes')
    assert result.code == 2
    assert f'Error: {folder / name} is not' in result.err
    assert message in result.err
    assert account.requests == []


def test_what_the_client_does_not_know_or_only_the_server_sets_is_left_to_the_account(
    run: Run, account: Account, folder: Path
) -> None:
    edit(folder / MONITOR, lambda it: it['definition'].update(multi=True))
    edit(folder / MONITOR, lambda it: it['definition']['options'].update(novelty=1))
    assert run('plan').err == ''
    assert run('apply', '--yes').code == 0
    sent = [write.body for write in account.writes if 'novelty' in str(write.body)][-1]
    assert (sent['multi'], sent['options']['novelty']) == (True, 1)


def test_a_file_name_that_is_no_tag_is_refused(run: Run, account: Account, folder: Path) -> None:
    (folder / MONITOR).rename(folder / 'monitors/My Metric.json')
    result = run('apply', '--yes')
    assert (result.code, account.requests) == (2, [])
    assert 'monitors/My Metric.json: a file name may hold a to z' in result.err


def test_a_folder_with_the_name_of_an_asset_is_refused(run: Run, account: Account, folder: Path) -> None:
    (folder / 'monitors/more.json').mkdir()
    result = run('apply', '--yes')
    assert (result.code, account.requests) == (2, [])
    assert 'monitors/more.json is not JSON: ' in result.err


@pytest.mark.parametrize('kind', ['monitors', 'dashboards'])
def test_an_empty_folder_does_not_mean_remove_everything(run: Run, applied: Account, folder: Path, kind: str) -> None:
    shutil.rmtree(folder / kind)
    result = run('apply', '--yes')
    assert (result.code, applied.requests) == (2, [])
    assert f'{folder / kind} holds no *.json file.' in result.err


# Keys


def test_both_keys_are_named_when_both_are_missing(call: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv('DD_API_KEY')
    monkeypatch.delenv('DD_APP_KEY')
    result = call('plan')
    assert result.code == 2
    assert 'DD_API_KEY is not set' in result.err
    assert 'DD_APP_KEY is not set' in result.err


@pytest.mark.parametrize('name', ['DD_API_KEY', 'DD_APP_KEY'])
@pytest.mark.parametrize('value', [None, '', '  '])
@pytest.mark.parametrize('command', COMMANDS)
def test_a_missing_key_is_named_with_where_to_get_it(
    call: Run, account: Account, monkeypatch: pytest.MonkeyPatch, command: str, name: str, value: str | None
) -> None:
    monkeypatch.delenv(name) if value is None else monkeypatch.setenv(name, value)
    result = call(*COMMANDS[command], '--api-url', account.url)
    assert (result.code, account.requests) == (2, [])
    page = {'DD_API_KEY': '/organization-settings/api-keys', 'DD_APP_KEY': '/organization-settings/application-keys'}
    assert f'{name} is not set in the environment.' in result.err
    assert page[name] in result.err


@pytest.mark.parametrize('name', ['DD_API_KEY', 'DD_APP_KEY'])
def test_spaces_around_a_key_are_no_part_of_it(
    run: Run, account: Account, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    key = os.environ[name]
    monkeypatch.setenv(name, f' {key}\n')
    assert run('plan').code == 0
    account.faults.append(Fault('GET', '/api/v1/dashboard', 400, errors=[f'bad key {key}']))
    assert f': bad key <{name}>.' in run('plan').err


@pytest.mark.parametrize(('name', 'other'), [('DD_API_KEY', 'DD_APP_KEY'), ('DD_APP_KEY', 'DD_API_KEY')])
@pytest.mark.parametrize('command', COMMANDS)
def test_a_refused_key_is_named(
    call: Run, account: Account, monkeypatch: pytest.MonkeyPatch, command: str, name: str, other: str
) -> None:
    monkeypatch.setenv(name, 'not-the-right-key-0123456789')
    result = call(*COMMANDS[command], '--api-url', account.url)
    assert result.code == 1
    assert 'HTTP 403' in result.err and 'Forbidden' in result.err
    assert f'{name} was refused' in result.err
    assert f'{other} was refused' not in result.err
    assert account.writes == []


def test_a_missing_permission_is_not_a_wrong_key(run: Run, account: Account) -> None:
    account.faults.append(account.without_permission())
    result = run('plan')
    assert 'DD_API_KEY is valid, so DD_APP_KEY was refused: ' in result.err
    assert 'lacks the permission' in result.err


@pytest.mark.parametrize('value', ['two words-0123456789', 'curly-\u2019-quote-0123456789', 'line-0123456789\nbreak'])
def test_a_key_that_cannot_be_one_is_refused_unseen(
    call: Run, account: Account, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv('DD_APP_KEY', value)
    result = call('plan', '-v', '--api-url', account.url)
    assert (result.code, account.requests) == (2, [])
    assert 'DD_APP_KEY holds a character that no key has' in result.err
    assert '0123456789' not in result.out + result.err


def boom(*_: Any, **__: Any) -> Any:
    raise RuntimeError(f'{API_KEY} {APP_KEY}')


FAULTS: dict[str, Fault | None] = {
    'none': None,
    'reset': Fault('GET', '.*', times=99),
    'echo 400': Fault('GET', '.*', 400, errors=[f'bad key {API_KEY} {APP_KEY}'], times=99),
    'echo 403': Fault('GET', '.*', 403, errors=[f'bad key {API_KEY} {APP_KEY}'], times=99),
    'echo 429': Fault('GET', '.*', 429, errors=[f'bad key {API_KEY} {APP_KEY}'], times=99),
    'echo 500': Fault('GET', '.*', 500, errors=[{'detail': f'bad key {API_KEY} {APP_KEY}'}], times=99),
    'redirect': Fault('GET', '.*', 302, headers={'Location': f'/elsewhere?{API_KEY}'}, times=99),
    'bug': None,
}


@pytest.mark.parametrize('flags', [('-v',), ('--json',)])
@pytest.mark.parametrize('fault', FAULTS)
@pytest.mark.parametrize('command', COMMANDS)
def test_no_key_is_ever_printed(
    call: Run,
    account: Account,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    fault: str,
    flags: tuple[str, ...],
) -> None:
    if FAULTS[fault]:
        account.faults.append(Fault(**vars(FAULTS[fault])))
    if fault == 'bug':
        monkeypatch.setattr('custom_check_publish.transport.Transport._send', boom)
    result = call(*COMMANDS[command], '--api-url', account.url, *flags)
    assert result.code == (0 if fault == 'none' else 1)
    assert API_KEY not in result.out + result.err
    assert APP_KEY not in result.out + result.err
    if 'echo' in fault:
        assert 'bad key <DD_API_KEY> <DD_APP_KEY>' in result.err
    if fault == 'bug':
        assert 'This is a bug' in result.err
        assert ('Traceback' in result.err) == ('-v' in flags)
    if fault == 'redirect':
        # Not followed: it would carry the keys elsewhere.
        assert [request for request in account.requests if request.path == '/elsewhere'] == []


@pytest.mark.parametrize('flag', ['-v', '--verbose'])
def test_a_bug_is_shown_with_its_place(run: Run, monkeypatch: pytest.MonkeyPatch, flag: str) -> None:
    monkeypatch.setattr('custom_check_publish.transport.Transport._send', boom)
    result = run('plan', flag)
    assert result.code == 1
    assert 'Traceback (most recent call last)' in result.err and ', in boom\n' in result.err


def test_a_key_that_is_a_word_is_left_in_the_text(call: Run, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('DD_API_KEY', 'custom')
    monkeypatch.setenv('DD_APP_KEY', 'fifteen-letters')
    account.faults[:] = [Fault('GET', '/api/v1/monitor', 400, errors=['custom_check has fifteen-letters'])]
    assert 'custom_check has fifteen-letters' in call('plan', '--api-url', account.url, '--timezone', 'UTC').err
    monkeypatch.setenv('DD_APP_KEY', 'sixteen-letters!')
    account.faults[:] = [Fault('GET', '/api/v1/monitor', 400, errors=['sixteen-letters!'])]
    result = call('plan', '--api-url', account.url, '--timezone', 'UTC')
    assert '"list monitors": <DD_APP_KEY>.' in result.err
    assert 'sixteen' not in result.out + result.err


@pytest.mark.parametrize(
    ('url', 'host'),
    [
        ('http://custom-check.invalid', 'custom-check.invalid'),
        ('https://custom-check.invalid', None),
        ('http://localhost:1', None),
        ('http://127.0.0.1:1', None),
        ('http://[::1]:1', None),
    ],
)
def test_keys_in_the_clear_are_warned_of(call: Run, url: str, host: str | None) -> None:
    result = call('plan', '--api-url', f'{url}/', '--timezone', 'UTC')
    assert result.code == 1
    assert f'No answer from {url} to' in result.err
    warned = f'Warning: {url} is not encrypted: the keys travel to {host} in the clear.'
    assert [line for line in result.err.splitlines() if 'Warning' in line] == ([warned] if host else [])


@pytest.mark.parametrize('body', [b'<html>', b'[' * 100_000, b'{"a":' * 100_000])
def test_what_is_not_the_api_is_said(run: Run, account: Account, body: bytes) -> None:
    account.faults.append(Fault('GET', '.*', 200, body=body))
    result = run('plan')
    assert result.code == 1
    assert f'The answer of {account.url} to "list dashboards" is not JSON.' in result.err


def test_a_server_out_of_reach_is_said_plainly(call: Run) -> None:
    result = call('plan', '--api-url', 'http://127.0.0.1:1', '--timezone', 'UTC')
    assert result.code == 1
    assert result.err.splitlines()[-1] == (
        'Error: No answer from http://127.0.0.1:1 to "list dashboards": Failed to establish a new connection: '
        '[Errno 111] Connection refused.'
    )


# Exit codes and JSON


@pytest.mark.parametrize('flags', [(), ('--detailed-exitcode',)])
def test_exit_codes_of_plan(run: Run, account: Account, flags: tuple[str, ...]) -> None:
    assert run('plan', *flags).code == (2 if flags else 0)
    run('apply', '--yes')
    assert run('plan', *flags).code == 0
    account.faults.append(Fault('GET', '/api/v1/dashboard', 400))
    assert run('plan', *flags).code == 1
    assert run('plan', *flags, '--timezone', 'Nowhere').code == (1 if flags else 2)
    assert [request.method for request in account.writes] == ['POST', 'PUT'] * 3 + ['POST', 'PATCH'] * 2


def test_plan_as_json(run: Run, account: Account) -> None:
    result = run('plan', '--json')
    assert [change['action'] for change in result.json['changes']] == ['create'] * 5
    assert {name: it for name, it in result.json.items() if name != 'changes'} == {
        'command': 'plan',
        'name': 'custom_check',
        'clones': [],
        'notes': [],
        'pending': 5,
    }
    assert result.json['changes'][0] == {
        'action': 'create',
        'kind': 'dashboard',
        'asset': 'custom_check_timeboard',
        'title': 'Custom Check Timeboard',
        'id': None,
        'url': None,
        'details': [
            'widget: my_metric: average over the chosen host',
            'widget: MySQL open files and their expected band (empty without the MySQL integration)',
            'widget: my_metric: sum of each hour',
            'widget: note',
            'template variables: host',
            f'notifies: {EMAIL}',
        ],
        'differences': [],
    }
    assert result.out == json.dumps(result.json, indent=2) + '\n'
    # The words for people are still there, beside.
    assert 'Plan: 5 to create.' in result.err


def test_what_will_be_made_is_shown_in_the_fields_that_matter(run: Run, folder: Path) -> None:
    widgets = [{'definition': {'type': 'note', 'content': 'x'}}, {'definition': {'type': 'free_text', 'text': 'x'}}]
    edit(folder / DASHBOARD, lambda it: it.update(widgets=widgets, template_variables=None))
    edit(folder / MONITOR, lambda it: it['definition'].update(query='avg(last_5m):avg:m{*} > 1', options={}))
    edit(
        folder / 'monitors/device_silent.json',
        lambda it: it['definition'].update(message='@slack-x (see @a@b.example)'),
    )
    changes = run('plan', '--json', wanted=('--timezone', 'UTC')).json['changes']
    assert [change['details'] for change in changes[:3]] == [
        ['widget: note', 'widget: free_text', 'template variables: none', 'notifies: nobody'],
        [
            'query: min(last_5m):min:my_metric{device:*} by {device} < -9007199254740992',
            'thresholds: critical -9007199254740992',
            'no data: after 10 minutes',
            'notifies: slack-x, a@b.example',
        ],
        ['query: avg(last_5m):avg:m{*} > 1', 'notifies: nobody'],
    ]


def test_a_dashboard_without_a_url_has_a_link(run: Run, account: Account) -> None:
    account.faults.append(Fault('PUT', '/api/v1/dashboard/.*', change=lambda it: it | {'url': None}))
    out = run('apply', '--yes').out
    assert f'    {account.url}/dashboard/{next(iter(account.dashboards))}\n' in out


def test_apply_as_json(run: Run, account: Account) -> None:
    result = run('apply', '--yes', '--json')
    done = result.json['done']
    assert {name: result.json[name] for name in ('command', 'not_done', 'error')} == {
        'command': 'apply',
        'not_done': [],
        'error': None,
    }
    assert [change['id'] for change in done] == [*account.dashboards, *account.monitors, *account.downtimes]
    (dashboard,) = account.dashboards.values()
    assert done[0]['url'] == f'{account.url}{dashboard["url"]}'
    assert run('apply', '--yes', '--json').json['done'] == []


def test_a_failure_as_json(run: Run, account: Account) -> None:
    account.faults.append(Fault('POST', '/api/v2/downtime', 400, errors=['no downtimes today']))
    result = run('apply', '--yes', '--json')
    assert result.code == 1
    assert [change['kind'] for change in result.json['done']] == ['dashboard', 'monitor', 'monitor']
    assert [change['asset'] for change in result.json['not_done']] == ['weekends', 'weeknights']
    assert 'no downtimes today' in result.json['error']


def test_an_error_as_json(run: Run, account: Account) -> None:
    account.faults.append(Fault('GET', '/api/v1/dashboard', 400, errors=['not today']))
    result = run('plan', '--json')
    assert list(result.json) == ['error']
    assert 'not today' in result.json['error']
    assert run('plan', '--json', '--timezone', 'X').json['error'].startswith("Invalid value for '--timezone'")


@pytest.mark.parametrize(
    ('site', 'app'),
    [
        ('datadoghq.com', 'https://app.datadoghq.com'),
        ('datadoghq.eu', 'https://app.datadoghq.eu'),
        ('us5.datadoghq.com', 'https://us5.datadoghq.com'),
    ],
)
@pytest.mark.parametrize('by', ['option', 'environment', 'API'])
def test_links_lead_to_the_site(
    call: Run, account: Account, monkeypatch: pytest.MonkeyPatch, site: str, app: str, by: str
) -> None:
    if by == 'environment':
        monkeypatch.setenv('DD_SITE', site)
    options = {
        'option': ['--site', site],
        'environment': [],
        # The server that would be asked without the option.
        'API': ['--site', 'ap1.datadoghq.com', '--api-url', f'https://api.{site}/'],
    }
    monkeypatch.setattr(
        'custom_check_publish.session.Transport', lambda _, *arguments: Transport(account.url, *arguments)
    )
    out = call('apply', '--yes', '--assets', str(ASSETS), *WANTED, *options[by]).out
    server = f'https://api.{site}' if by == 'API' else site
    assert out.startswith(f'{server}, name custom_check, downtimes in Europe/Paris\n')
    assert f'    {app}/dashboard/{next(iter(account.dashboards))}/custom-check-timeboard\n' in out
    for id_ in account.monitors:
        assert f'    {app}/monitors/{id_}\n' in out


def test_links_lead_to_the_server_that_was_asked(run: Run, account: Account) -> None:
    links = re.findall('http://.*', run('apply', '--yes').out)[1:]
    assert links == [
        *(f'{account.url}{dashboard["url"]}' for dashboard in account.dashboards.values()),
        *(f'{account.url}/monitors/{id_}' for id_ in account.monitors),
        *[f'{account.url}/monitors/downtimes'] * 2,
    ]
    for link in links:
        assert urllib3.request('GET', link).status == 200


@pytest.mark.parametrize(
    'url', ['https://api.datadoghq.com.example.com', 'https://api.example.com', 'http://api.datadoghq.com']
)
def test_another_server_is_no_site(url: str) -> None:
    assert application('datadoghq.eu', url) == url


def test_the_site_decides_the_server(call: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def transport(url: str, *_: Any) -> Any:
        asked.append(url)
        raise SystemExit(0)

    monkeypatch.setattr('custom_check_publish.session.Transport', transport)
    call('plan', '--timezone', 'UTC')
    call('plan', '--timezone', 'UTC', '--site', 'datadoghq.eu')
    assert asked == ['https://api.datadoghq.com', 'https://api.datadoghq.eu']


def test_the_assets_of_the_checkout_are_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package, elsewhere = tmp_path / 'a' / 'publish' / 'package', tmp_path / 'b' / 'c' / 'd'
    elsewhere.mkdir(parents=True)
    monkeypatch.setattr('custom_check_publish.options.HERE', package)
    monkeypatch.chdir(elsewhere)
    assert default_assets() == Path('assets')
    for top in (tmp_path / 'b', elsewhere, tmp_path / 'a'):
        (top / 'custom_check' / 'assets').mkdir(parents=True)
        assert default_assets() == top / 'custom_check' / 'assets'


# On the screen


@pytest.mark.parametrize('command', [(), ('plan',), ('apply',), ('destroy',), ('snapshot',)])
def test_help_fits_80_columns(call: Run, command: tuple[str, ...]) -> None:
    result = call(*command, '--help')
    assert result.code == 0
    assert max(len(line) for line in result.out.splitlines()) <= 80
    assert result.out == call(*command, '-h').out
    assert command or (call().code, call().out) == (0, result.out)


def test_the_machines_time_zone_is_the_default(call: Run, account: Account, monkeypatch: Any) -> None:
    monkeypatch.setattr('tzlocal.get_localzone_name', lambda: 'America/Lima')
    assert f'{account.url}, name custom_check, downtimes in America/Lima' in call('plan', '--api-url', account.url).out


@pytest.mark.parametrize('error', [ValueError, zoneinfo.ZoneInfoNotFoundError])
def test_a_machine_without_a_time_zone_is_asked_for_one(
    call: Run, account: Account, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def none() -> str:
        raise error('no zone')

    monkeypatch.setattr('tzlocal.get_localzone_name', none)
    result = call('plan', '--api-url', account.url)
    assert result.code == 2
    assert "Invalid value for '--timezone': this machine has no time zone" in result.err
    assert call('plan', '--api-url', account.url, '--timezone', 'UTC').code == 0
    assert call('destroy', '--yes', '--api-url', account.url).code == 0


def test_piped_output_has_no_colour_and_cuts_nothing(run: Run, applied: Account) -> None:
    for command in ('plan', 'apply'):
        result = run(command, *(['--yes'] if command == 'apply' else []))
        assert '\x1b' not in result.out + result.err
        assert '…' not in result.out
        for id_ in (*applied.dashboards, *applied.monitors, *applied.downtimes):
            assert str(id_) in result.out


def test_lines_fit_80_columns(run: Run, account: Account) -> None:
    for command in ('plan', 'apply', 'destroy'):
        result = run(command, *(['--yes'] if command != 'plan' else []))
        # URLs and the values of fields are left whole, however long.
        lines = [line for line in result.out.splitlines() if 'http' not in line and not line.startswith(' ' * 6)]
        assert max(len(line) for line in lines) <= 80, command


def on_a_terminal(arguments: list[str], typed: bytes, interrupt_at: bytes | None = None) -> tuple[int, str]:
    """Run the installed command on an 80-column terminal and return its exit code and screen."""
    leader, follower = pty.openpty()
    command = [sys.executable, '-c', 'from custom_check_publish.cli import main; main()', *arguments]
    environment = os.environ | {'TERM': 'xterm-256color', 'COLUMNS': '80'}
    with subprocess.Popen(command, stdin=follower, stdout=follower, stderr=follower, env=environment) as process:
        os.close(follower)
        os.write(leader, typed)
        screen, quiet = b'', 0
        while quiet < 40:
            if not select.select([leader], [], [], 0.25)[0]:
                quiet += 1
                # Once it is waiting. Again if nothing follows: Python can miss one that comes just before it reads.
                if interrupt_at and interrupt_at in screen and quiet % 12 == 1:
                    process.send_signal(signal.SIGINT)
                continue
            try:
                screen += os.read(leader, 4096)
            except OSError:
                # The other end is closed.
                break
        process.kill()
        code = process.wait()
    os.close(leader)
    return code, screen.decode()


def test_a_terminal_gets_colour_questions_and_whole_ids(account: Account) -> None:
    code, screen = on_a_terminal(['apply', '--api-url', account.url, '--assets', str(ASSETS), *WANTED], b'y\n')
    assert code == 0
    assert '\x1b[32m+ create dashboard' in screen and '\x1b[32mcreated\x1b[0m' in screen
    assert 'Create and change these? [y/N]: ' in screen
    plain = re.sub(r'\x1b\[[0-9;?]*[A-Za-z]|\r', '', screen)
    for id_ in (*account.dashboards, *account.monitors, *account.downtimes):
        assert str(id_) in plain
    assert len(account.writes) == 10


RED, GREEN, YELLOW, DIM, BOLD, OFF = (f'\x1b[{code}m' for code in ('31', '32', '33', '2', '1', '0'))


def test_a_terminal_gets_long_values_folded_under_their_indent(
    run: Run, applied: Account, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (('FORCE_COLOR', '1'), ('COLUMNS', '80'), ('TERM', 'xterm-256color')):
        monkeypatch.setenv(name, value)
    threshold = applied.one('my_metric_threshold')
    threshold.update(query='avg(last_5m):avg:my_metric{*} by {host} > 900')
    threshold['message'] += f'\n\x1b[2J{API_KEY}'
    applied.one('custom_check_timeboard').update(tags=['team:web'], novelty=1)
    edit(folder / MONITOR, lambda it: it['definition'].update(message='a\nb'))
    (folder / 'monitors/device_silent.json').rename(folder / 'monitors/device_quiet.json')
    result = run('plan')
    lines = [line.rstrip() for line in result.out.splitlines()]
    shown = iter(lines)
    for wanted in (
        f'{YELLOW}~ change dashboard custom_check_timeboard{OFF}\x1b[2;33m  ',
        f'{DIM}    Custom Check Timeboard{OFF}',
        '      tags:',
        f'        {RED}- ["team:web"]{OFF}',
        f'{GREEN}+ create monitor   device_quiet{OFF}',
        '      query: min(last_5m):min:my_metric{device:*} by {device} <',
        '      -9007199254740992',
        '      query: "avg(last_5m):avg:my_metric{*} by {host} > 900" ->',
        '      "avg(last_5m):avg:my_metric{*} by {host} > 800"',
        '      message:',
        f'        {GREEN}+ a{OFF}',
        f'        {RED}- `my_metric` is too high on {{{{host.name}}}} ({{{{host.ip}}}}): it averaged {OFF}',
        f'        {RED}{{{{value}}}} over the last 5 minutes, above the alert threshold of {OFF}',
        f'        {RED}- \\x1b[2J<DD_API_KEY>{OFF}',
        f'{DIM}= keep   downtime  weekends{OFF}{DIM}  ',
        f'{RED}- remove monitor   device_silent{OFF}',
        f'{BOLD}Plan: 1 to create, 2 to change, 1 to remove, 2 unchanged.{OFF}',
    ):
        assert any(line.startswith(wanted) for line in shown), wanted
    # No line is wider, and none is empty but those around the resources.
    plain = [re.sub(r'\x1b\[[0-9;]*m', '', line) for line in lines]
    assert max(len(line) for line in plain) <= 80
    assert '' not in plain[2:-2]
    assert ' Reading the account' in result.err
    assert f'{YELLOW}Warning: {OFF}Changing dashboard custom_check_timeboard drops' in result.err
    applied.faults.append(Fault('GET', '/api/v1/dashboard', 400))
    assert f'\x1b[1;31mError: {OFF}HTTP 400' in run('plan').err


def test_ctrl_c_at_the_question_is_clean(account: Account) -> None:
    code, screen = on_a_terminal(
        ['apply', '--api-url', account.url, '--assets', str(ASSETS), *WANTED], b'', interrupt_at=b'[y/N]'
    )
    assert code == 130
    assert 'Interrupted.' in screen and 'Traceback' not in screen
    assert account.writes == []


def test_ctrl_c_while_the_account_is_read_is_clean(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr('datadog_api_client.v1.api.monitors_api.MonitorsApi.list_monitors', interrupted)
    result = run('plan', '--detailed-exitcode')
    assert (result.code, result.out, result.err.strip()) == (130, '', 'Error: Interrupted.')


def test_ctrl_c_half_way_says_what_was_done(run: Run, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr('datadog_api_client.v1.api.monitors_api.MonitorsApi.create_monitor', interrupted)
    result = run('apply', '--yes')
    assert result.code == 130
    assert 'Done: 1. Not done: 4.' in result.out
    assert 'Interrupted in the middle of: create monitor device_silent. Run apply again to finish' in result.err


def test_a_slow_answer_is_announced_when_piped(run: Run, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('custom_check_publish.output.SLOW', 0.01)
    account.faults.append(Fault('GET', '/api/v1/dashboard', 200, body=b'{"dashboards": []}', byte_every=0.01))
    assert 'Reading the account …' in run('plan').err


def test_verbose_names_each_request(run: Run, account: Account) -> None:
    result = run('plan', '--verbose')
    assert re.search(r'^list monitors: HTTP 200 in \d\.\d\d s$', result.err, re.MULTILINE)
    assert 'HTTP' not in run('plan').err
    account.faults.append(Fault('GET', '/api/v1/monitor'))
    assert re.search(r'^list monitors: .*reset by peer', run('plan', '--verbose').err, re.MULTILINE)


def test_the_version_is_the_packages(call: Run) -> None:
    project = tomllib.loads((Path(__file__).resolve().parents[1] / 'pyproject.toml').read_text())['project']
    assert call('--version').out.split()[-1] == project['version']


def test_the_readme_shows_what_the_command_prints(run: Run) -> None:
    def dateless(text: str) -> str:
        return re.sub(r'from 20\d\d-\d\d-\d\d', 'from DATE', text)

    readme = dateless((Path(__file__).resolve().parents[1] / 'README.md').read_text())
    shown = re.sub(r'^http://[^,]+', 'datadoghq.com', run('plan').out)
    assert dateless(shown) in readme
