"""What a run leaves in the account, and what it sends to get there."""

import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from conftest import ASSETS, EMAIL, Account, Run, edit
from faults import Fault

COLLECTIONS = {
    'dashboard': ('/api/v1/dashboard', 'dashboards'),
    'monitor': ('/api/v1/monitor', 'monitors'),
    'downtime': ('/api/v2/downtime', 'downtimes'),
}


def read(name: str) -> Any:
    return json.loads((ASSETS / name).read_text())


def marker(key: str, id_: Any) -> list[str]:
    return [
        'managed_by:custom-check-publish',
        'custom_check_name:custom_check',
        f'custom_check_asset:{key}',
        f'custom_check_id:{id_}',
    ]


def paths(account: Account) -> list[tuple[str, str]]:
    return [(request.method, request.path) for request in account.writes]


def test_the_first_apply_makes_everything_in_order(run: Run, account: Account) -> None:
    result = run('apply', '--yes')
    assert (result.code, result.err) == (0, '')
    dashboard, silent, threshold, weekends, weeknights = account.ids
    assert paths(account) == [
        ('POST', '/api/v1/dashboard'),
        ('PUT', f'/api/v1/dashboard/{dashboard}'),
        ('POST', '/api/v1/monitor'),
        ('PUT', f'/api/v1/monitor/{silent}'),
        ('POST', '/api/v1/monitor'),
        ('PUT', f'/api/v1/monitor/{threshold}'),
        ('POST', '/api/v2/downtime'),
        ('PATCH', f'/api/v2/downtime/{weekends}'),
        ('POST', '/api/v2/downtime'),
        ('PATCH', f'/api/v2/downtime/{weeknights}'),
    ]
    assert '\n\nPlan: 5 to create.\n\ncreated dashboard ' in result.out
    assert result.out.endswith('\n\nDone: 5.\n')
    created = re.findall(r'^created (dashboard|monitor  |downtime ) (\w+)  (\S+)  \d\.\d s$', result.out, re.MULTILINE)
    assert created == [
        ('dashboard', 'custom_check_timeboard', dashboard),
        ('monitor  ', 'device_silent', str(silent)),
        ('monitor  ', 'my_metric_threshold', str(threshold)),
        ('downtime ', 'weekends', weekends),
        ('downtime ', 'weeknights', weeknights),
    ]
    # The plan's look finds nothing; the one after each creation reads to the empty page. No answer was looked up.
    reads = [len(account.calls('GET', path)) for path in ('/api/v1/dashboard', '/api/v1/monitor', '/api/v2/downtime')]
    assert reads == [1 + 2, 1 + 2 * 2, 1 + 2 * 2]


def test_the_dashboard_is_the_asset_with_a_marker_and_the_address(run: Run, account: Account) -> None:
    run('apply', '--yes')
    asset = read('dashboards/custom_check_timeboard.json')
    made, identified = account.writes[:2]
    tags = marker('custom_check_timeboard', next(iter(account.dashboards)))
    assert identified.body == asset | {
        'description': f'{asset["description"]}\n\n({" ".join(tags)})',
        'notify_list': [EMAIL],
    }
    assert made.body | {'description': ''} == identified.body | {'description': ''}
    assert re.search(r' custom_check_id:new-[0-9a-f]{12}\)$', made.body['description'])


def test_the_monitors_are_the_definitions_with_tags_and_a_mention_for_every_state(run: Run, account: Account) -> None:
    run('apply', '--yes')
    sent = {request.body['name']: request for request in account.calls('PUT', '/api/v1/monitor/.*')}
    for key in ('device_silent', 'my_metric_threshold'):
        asset = read(f'monitors/{key}.json')['definition']
        request = sent[asset['name']]
        assert request.body == asset | {
            # After the last block ends, so in no state's block.
            'message': f'{asset["message"]}\n\n@{EMAIL}',
            'tags': ['integration:custom_check', *marker(key, request.path.rsplit('/', 1)[1])],
        }
        assert asset['message'].endswith('{{/is_recovery}}')


@pytest.mark.parametrize(
    ('tags', 'notify_list', 'addresses', 'notified'),
    [
        (['team:web', 'integration:custom_check'], ['me@example.com', EMAIL], [EMAIL], ['me@example.com', EMAIL]),
        (['team:web', 'integration:custom_check'], None, [EMAIL], [EMAIL]),
        (None, ['me@example.com'], [], ['me@example.com']),
        ([], [], [], []),
    ],
)
def test_tags_and_addresses_of_an_asset_are_kept_and_come_first(
    run: Run, account: Account, folder: Path, tags: Any, notify_list: Any, addresses: list[str], notified: list[str]
) -> None:
    edit(folder / 'monitors/my_metric_threshold.json', lambda it: it['definition'].update(tags=tags))
    edit(
        folder / 'dashboards/custom_check_timeboard.json',
        lambda it: it.update(notify_list=notify_list, description='Text.' if tags else None),
    )
    options = [word for address in addresses for word in ('--email', address)]
    assert run('apply', '--yes', wanted=(*options, '--timezone', 'UTC')).code == 0
    assert account.writes[1].body['notify_list'] == notified
    assert account.writes[1].body['description'].startswith('Text.\n\n(managed_by:' if tags else '(managed_by:')
    message = read('monitors/my_metric_threshold.json')['definition']['message']
    request = account.calls('PUT', '/api/v1/monitor/.*')[-1]
    assert request.body['tags'] == [
        *(tags or []),
        *marker('my_metric_threshold', request.path.rsplit('/', 1)[1]),
    ]
    assert request.body['message'] == message + (f'\n\n@{EMAIL}' if addresses else '')


def test_every_address_is_notified_once_in_whatever_order(run: Run, account: Account) -> None:
    twice = ('--email', EMAIL, '--email', 'me@example.com', '--email', EMAIL, '--timezone', 'UTC')
    assert run('apply', '--yes', wanted=twice).code == 0
    assert account.writes[0].body['notify_list'] == ['me@example.com', EMAIL]
    assert account.writes[2].body['message'].endswith(f'\n\n@me@example.com @{EMAIL}')
    turned = ('--email', 'me@example.com', '--email', EMAIL, '--timezone', 'UTC')
    assert run('plan', '--detailed-exitcode', wanted=turned).code == 0


def test_a_second_apply_sends_no_write_and_says_so(run: Run, applied: Account) -> None:
    result = run('apply', '--yes')
    assert (result.code, result.err) == (0, '')
    assert applied.writes == []
    assert result.out.endswith('\n\nNothing to change: 5 unchanged.\n')
    # A list of each kind to its empty page, and the one dashboard whole. None has a body.
    assert len(applied.requests) == 7
    assert [one for one in applied.requests if int(one.headers.get('content-length', 0))] == []


def test_a_changed_asset_changes_in_place(run: Run, applied: Account, folder: Path) -> None:
    before = applied.ids
    edit(folder / 'monitors/my_metric_threshold.json', lambda it: it['definition'].update(name='Renamed'))
    edit(folder / 'dashboards/custom_check_timeboard.json', lambda it: it.update(title='Renamed'))
    result = run('apply', '--yes')
    assert (result.code, result.err) == (0, '')
    assert [line.split()[:3] for line in result.out.splitlines() if line.startswith('changed')] == [
        ['changed', 'dashboard', 'custom_check_timeboard'],
        ['changed', 'monitor', 'my_metric_threshold'],
    ]
    assert applied.ids == before
    assert [method for method, _ in paths(applied)] == ['PUT', 'PUT']
    assert next(iter(applied.dashboards.values()))['title'] == 'Renamed'
    assert 'Renamed' in [monitor['name'] for monitor in applied.monitors.values()]
    applied.requests.clear()
    run('apply', '--yes')
    assert applied.writes == []


def test_a_changed_downtime_sends_only_what_changed(run: Run, applied: Account) -> None:
    before = applied.ids
    run('apply', '--yes', wanted=('--email', 'new@example.com', '--timezone', 'Europe/Paris'))
    sent = [request.body['data']['attributes'] for request in applied.calls('PATCH', '/api/v2/downtime/.*')]
    assert [list(attributes) for attributes in sent] == [['message'], ['message']]
    assert applied.ids == before


def test_another_time_zone_reaches_both_downtimes(run: Run, applied: Account) -> None:
    run('apply', '--yes', wanted=('--email', EMAIL, '--timezone', 'Asia/Tokyo'))
    assert [method for method, _ in paths(applied)] == ['PATCH', 'PATCH']
    for downtime in applied.downtimes.values():
        assert downtime['attributes']['display_timezone'] == 'Asia/Tokyo'
        assert downtime['attributes']['schedule']['timezone'] == 'Asia/Tokyo'


def test_a_renamed_resource_is_still_ours(run: Run, applied: Account) -> None:
    before = applied.ids
    next(iter(applied.dashboards.values()))['title'] = 'Renamed by hand'
    assert run('apply', '--yes').code == 0
    assert applied.ids == before
    assert next(iter(applied.dashboards.values()))['title'] == 'Custom Check Timeboard'


def test_what_somebody_else_made_is_never_touched(run: Run, applied: Account) -> None:
    dashboard = {**next(iter(applied.dashboards.values())), 'id': 'the-irs-own', 'description': 'Ours, by hand.'}
    applied.dashboards['the-irs-own'] = deepcopy(dashboard)
    tags = ['integration:custom_check', 'managed_by:custom-check-publish']
    monitor = {**next(iter(applied.monitors.values())), 'id': 5, 'tags': tags}
    applied.monitors[5] = deepcopy(monitor)
    assert run('apply', '--yes').code == 0
    assert applied.writes == []
    assert run('destroy', '--yes').code == 0
    assert applied.dashboards == {'the-irs-own': dashboard}
    assert applied.monitors == {5: monitor}


def test_an_asset_gone_from_disk_is_offered_for_removal(run: Run, applied: Account, folder: Path) -> None:
    (folder / 'monitors/device_silent.json').unlink()
    planned = run('plan', '--detailed-exitcode')
    assert planned.code == 2
    assert '- remove monitor   device_silent' in planned.out
    assert 'Plan: 1 to remove, 4 unchanged.' in planned.out

    refused = run('apply', typed='n\n')
    assert 'Remove these, whose assets were deleted (monitor device_silent)?' in refused.err
    assert (refused.code, applied.writes) == (1, [])

    assert run('apply', '--yes').code == 0
    assert [method for method, _ in paths(applied)] == ['DELETE']
    assert len(applied.monitors) == 1


def test_creating_and_removing_are_two_questions(run: Run, applied: Account, folder: Path) -> None:
    (folder / 'monitors/device_silent.json').rename(folder / 'monitors/device_quiet.json')
    result = run('apply', typed='y\nn\n')
    assert result.code == 1
    assert [method for method, _ in paths(applied)] == ['POST', 'PUT']
    assert len(applied.monitors) == 3


def test_removal_comes_last_and_backwards(run: Run, applied: Account, folder: Path) -> None:
    run('apply', '--yes', '--silence-monday-morning')
    applied.requests.clear()
    (folder / 'monitors/device_silent.json').unlink()
    edit(folder / 'dashboards/custom_check_timeboard.json', lambda it: it.update(title='New'))
    run('apply', '--yes')
    assert [(method, path.split('/')[3]) for method, path in paths(applied)] == [
        ('PUT', 'dashboard'),
        ('DELETE', 'downtime'),
        ('DELETE', 'monitor'),
    ]


def test_no_is_no(run: Run, account: Account) -> None:
    result = run('apply', typed='n\n')
    assert (result.code, account.writes) == (1, [])
    assert 'Nothing was changed.' in result.out
    assert 'Create and change these? [y/N]:' in result.err


def test_no_to_destroy_is_no(run: Run, applied: Account) -> None:
    result = run('destroy', typed='n\n')
    assert (result.code, applied.writes) == (1, [])
    assert 'Nothing was removed.' in result.out
    assert 'Remove these? [y/N]:' in result.err


def test_yes_is_yes(run: Run, account: Account) -> None:
    assert run('apply', typed='y\n').code == 0
    assert len(account.ids) == 5
    assert run('destroy', typed='y\n').code == 0
    assert len(account.calls('DELETE', '.*')) == 5


def test_nobody_is_asked_when_there_is_nothing_to_do(run: Run, applied: Account) -> None:
    for command in ('apply', 'destroy', 'destroy'):
        result = run(command, typed='y\n')
        assert (result.code, '[y/N]' in result.err) == (0, len(applied.writes) > 0)
        applied.requests.clear()


@pytest.mark.parametrize('command', ['apply', 'destroy'])
@pytest.mark.parametrize('flags', [(), ('--json',)])
def test_without_a_terminal_and_without_yes_nothing_is_requested(
    run: Run, account: Account, command: str, flags: tuple[str, ...]
) -> None:
    result = run(command, *flags, typed='y\n' if flags else None)
    assert result.code == 2
    why = 'with --json' if flags else 'without a terminal'
    assert f'Error: {why} no question can be asked: add --yes' in result.err
    assert account.requests == []


def test_destroy_removes_exactly_what_apply_made_backwards(run: Run, applied: Account) -> None:
    made = list(reversed(applied.ids))
    result = run('destroy', '--yes')
    assert result.code == 0
    assert [path.rsplit('/', 1)[1] for _, path in paths(applied)] == [str(id_) for id_ in made]
    assert {method for method, _ in paths(applied)} == {'DELETE'}
    assert 'Plan: 5 to remove.' in result.out
    assert run('destroy', '--yes').out.splitlines()[-1] == 'Nothing to change: nothing is there.'


def test_what_will_be_removed_is_shown_by_its_words(run: Run, applied: Account) -> None:
    applied.one('weekends')['message'] = '  Ours \n\n' + applied.one('weekends')['message']
    applied.one('device_silent')['name'] = ''
    result = run('destroy', '--yes', '--json')
    assert [(change['kind'], change['title'], change['url']) for change in result.json['done']] == [
        ('downtime', 'custom_check is muted on weeknights, 19:00 to 09:00, Monday to Friday.', None),
        ('downtime', 'Ours', None),
        ('monitor', '[Custom Check] my_metric on {{host.name}}', None),
        # Nothing better than the lines of its message.
        ('monitor', '{{#is_no_data}}', None),
        ('dashboard', 'Custom Check Timeboard', None),
    ]


def test_no_answer_is_no(run: Run, account: Account) -> None:
    result = run('apply', typed='')
    assert (result.code, account.writes) == (1, [])
    assert result.err.splitlines()[-1] == 'Error: No answer.'


def test_what_is_gone_already_is_removed(run: Run, applied: Account) -> None:
    # The answer to a removal is lost, and the second try finds nothing.
    applied.faults.append(Fault('DELETE', '/api/v1/dashboard/.*', after=True))
    assert run('destroy', '--yes').code == 0
    assert applied.dashboards == {}


@pytest.mark.parametrize(
    'over', [{'canceled': '2026-11-24T12:00:00+00:00'}, {'status': 'canceled'}, {'status': 'ended'}]
)
def test_a_downtime_that_is_over_is_made_anew(run: Run, applied: Account, over: dict[str, Any]) -> None:
    # Each says it on its own.
    first = next(iter(applied.downtimes))

    def end(answer: Any) -> Any:
        for one in answer['data']:
            one['attributes'] |= over if one['id'] == first else {}
        return answer

    applied.faults.append(Fault('GET', '/api/v2/downtime', change=end, times=99))
    assert run('apply', '--yes').code == 0
    assert [method for method, _ in paths(applied)] == ['POST', 'PATCH']
    assert len(applied.downtimes) == 3
    assert run('destroy', '--yes').code == 0
    assert len(applied.calls('DELETE', '.*')) == 5


def test_the_downtimes_cover_our_monitors_only(run: Run, account: Account) -> None:
    run('apply', '--yes')
    tags = ['integration:custom_check', 'managed_by:custom-check-publish', 'custom_check_name:custom_check']
    assert (len(account.downtimes), len(account.monitors)) == (2, 2)
    for downtime in account.downtimes.values():
        assert downtime['attributes']['monitor_identifier'] == {'monitor_tags': tags}
        assert downtime['attributes']['scope'] == '*'
    for monitor in account.monitors.values():
        assert set(tags) <= set(monitor['tags'])


@pytest.mark.parametrize(
    ('tags', 'integration', 'who'),
    [
        (['integration:my_check', 'team:a'], ['integration:my_check'], 'my_check'),
        # Then the name of the set says who is silent.
        (['team:a'], [], 'custom_check'),
        # Of one monitor: a downtime that asks for it would leave out the other.
        (None, [], 'custom_check'),
    ],
)
def test_the_monitors_say_themselves_of_which_integration_they_are(
    run: Run, account: Account, folder: Path, tags: list[str] | None, integration: list[str], who: str
) -> None:
    edit(folder / 'monitors/my_metric_threshold.json', lambda it: it['definition'].update(tags=tags or []))
    if tags:
        edit(folder / 'monitors/device_silent.json', lambda it: it['definition'].update(tags=tags))
    assert run('apply', '--yes').code == 0
    run('snapshot', '--assets', str(folder), '--email', EMAIL, '--widget', '1')

    wanted = [*integration, 'managed_by:custom-check-publish', 'custom_check_name:custom_check']
    for downtime in account.downtimes.values():
        assert downtime['attributes']['monitor_identifier'] == {'monitor_tags': wanted}
        assert downtime['attributes']['message'].startswith(f'{who} is muted on week')
    for monitor in account.monitors.values():
        assert set(wanted) <= set(monitor['tags'])
        assert tags is None or 'integration:custom_check' not in monitor['tags']
    assert account.events[0]['tags'][:-1] == wanted[:-1]


# Failures on the way


@pytest.mark.parametrize('kind', COLLECTIONS)
@pytest.mark.parametrize('status', [None, 500, 504])
def test_a_create_whose_answer_was_lost_is_not_doubled(
    run: Run, account: Account, waits: list[float], kind: str, status: int | None
) -> None:
    path, table = COLLECTIONS[kind]
    account.faults.append(Fault('POST', path, status, after=True))
    result = run('apply', '--yes')
    assert result.code == 0
    why = f'HTTP {status}' if status else 'Connection aborted: [Errno 104] Connection reset by peer.'
    assert why in result.err
    assert 'Trying again in 1 s (attempt 2 of 5).' in result.err
    assert (len(account.dashboards), len(account.monitors), len(account.downtimes)) == (1, 2, 2)
    assert len(account.calls('POST', path)) == len(getattr(account, table))
    assert waits == [1]
    assert str(next(iter(getattr(account, table)))) in result.out
    account.requests.clear()
    run('apply', '--yes')
    assert account.writes == []


@pytest.mark.parametrize('kind', COLLECTIONS)
@pytest.mark.parametrize('status', [None, 503])
def test_a_create_that_never_arrived_is_sent_again(run: Run, account: Account, kind: str, status: int | None) -> None:
    path, table = COLLECTIONS[kind]
    account.faults.append(Fault('POST', path, status))
    assert run('apply', '--yes').code == 0
    assert (len(account.dashboards), len(account.monitors), len(account.downtimes)) == (1, 2, 2)
    assert len(account.calls('POST', path)) == len(getattr(account, table)) + 1


@pytest.mark.parametrize('kind', COLLECTIONS)
def test_a_lost_creation_that_shows_late_is_still_looked_for_after_too_many_requests(
    run: Run, account: Account, kind: str
) -> None:
    path, table = COLLECTIONS[kind]
    account.faults += [Fault('POST', path, 500, after=True), Fault('POST', path, 429)]
    # Not to be seen by the plan, nor by the first look for it: so it is sent again, and refused.
    account.faults.append(
        Fault('GET', path, change=lambda it: [] if kind == 'monitor' else {**it, table: [], 'data': []}, times=2)
    )
    assert run('apply', '--yes').code == 0
    assert (len(account.dashboards), len(account.monitors), len(account.downtimes)) == (1, 2, 2)
    assert len(account.calls('POST', path)) == len(getattr(account, table)) + 1


@pytest.mark.parametrize(
    ('limit', 'said'), [('READ_TIMEOUT', 'Read timed out'), ('TIME_LIMIT', 'it took longer than 0 s')]
)
def test_a_time_out_is_a_lost_answer(
    run: Run, account: Account, monkeypatch: pytest.MonkeyPatch, limit: str, said: str
) -> None:
    monkeypatch.setattr(f'custom_check_publish.http.{limit}', 0.3)
    # For the one, nothing for longer than it; for the other, something now and then for longer than it.
    pace = 0.6 if limit == 'READ_TIMEOUT' else 0.05
    account.faults.append(Fault('POST', '/api/v1/monitor', 200, after=True, body=b'{"id": 1}' * 9, byte_every=pace))
    result = run('apply', '--yes')
    assert result.code == 0
    assert len(account.monitors) == 2
    assert said in result.err


@pytest.mark.parametrize('kind', COLLECTIONS)
@pytest.mark.parametrize('after', [False, True])
def test_a_failure_half_way_is_reported_and_finished_by_the_next_run(
    run: Run, account: Account, kind: str, after: bool
) -> None:
    path, _ = COLLECTIONS[kind]
    # Every attempt at the last of its kind is lost; with `after` the server has carried out each.
    skip = {'dashboard': 0, 'monitor': 1, 'downtime': 1}[kind]
    account.faults.append(Fault('POST', path, 502, after=after, skip=skip, times=5))
    if after:
        # The reads of the plan go well, and those after the creations before.
        account.faults.append(Fault('GET', path, 502, skip=1 + 2 * skip, times=5))
    result = run('apply', '--yes')
    done = {'dashboard': 0, 'monitor': 2, 'downtime': 4}[kind]
    assert result.code == 1
    assert f'Done: {done}. Not done: {5 - done}.' in result.out
    assert f'HTTP 502 from {account.url}' in result.err
    assert 'Run apply again to finish: nothing is created twice.' in result.err
    # With `after`, the first one is looked for in five attempts, and then given up.
    assert len(account.calls('POST', path)) == skip + (1 if after else 5)

    account.faults.clear()
    assert run('apply', '--yes').code == 0
    assert (len(account.dashboards), len(account.monitors), len(account.downtimes)) == (1, 2, 2)


def test_a_change_is_sent_again_without_looking(run: Run, applied: Account) -> None:
    next(iter(applied.dashboards.values()))['title'] = 'Edited'
    applied.faults.append(Fault('PUT', '/api/v1/dashboard/.*', 500, after=True))
    assert run('apply', '--yes').code == 0
    assert len(applied.writes) == 2
    assert len(applied.requests) == 9


@pytest.mark.parametrize(
    ('headers', 'waited'),
    [
        ({'X-RateLimit-Reset': '7'}, 7),
        ({'Retry-After': '9'}, 9),
        ({'X-RateLimit-Reset': '7', 'Retry-After': '9'}, 7),
        ({'X-RateLimit-Reset': 'soon', 'Retry-After': '9'}, 9),
        ({'X-RateLimit-Reset': 'inf', 'Retry-After': '9'}, 9),
        ({'X-RateLimit-Reset': 'nan'}, 1),
        ({'X-RateLimit-Reset': '-7'}, 0),
        ({'Retry-After': 'Tue, 24 Nov 2020 12:00:00 GMT'}, 0),
        ({'Retry-After': 'Tue, 24 Nov 99999999999 12:00:00 GMT'}, 1),
        ({}, 1),
    ],
)
def test_too_many_requests_waits_as_the_server_says(
    run: Run, account: Account, waits: list[float], headers: dict[str, str], waited: float
) -> None:
    account.faults.append(Fault('POST', '/api/v1/monitor', 429, headers=headers))
    result = run('apply', '--yes')
    assert result.code == 0
    assert waits == [waited]
    assert f'Trying again in {waited} s (attempt 2 of 5).' in result.err
    # Refused is not carried out: nothing to look for, only the plan's reading and the look after each creation.
    assert len(account.calls('GET', '/api/v1/monitor')) == 1 + 2 * 2


@pytest.mark.parametrize('status', [429, 503])
def test_a_wait_longer_than_the_bound_is_left_to_the_user(
    run: Run, account: Account, waits: list[float], status: int
) -> None:
    account.faults.append(Fault('GET', '/api/v1/dashboard', status, headers={'X-RateLimit-Reset': '3599'}))
    result = run('apply', '--yes')
    assert (result.code, waits, len(account.requests)) == (1, [], 1)
    assert 'The server asks to wait 3599 s, longer than the 60 s that this command waits' in result.err


def test_a_refusal_says_nothing_of_the_limit_that_its_headers_name(run: Run, account: Account) -> None:
    account.faults.append(Fault('GET', '/api/v1/dashboard', 400, headers={'X-RateLimit-Reset': '3599'}))
    assert 'asks to wait' not in run('plan').err


@pytest.mark.parametrize('status', [None, 408, 429, 500, 503])
def test_attempts_are_bounded(run: Run, account: Account, waits: list[float], status: int | None) -> None:
    account.faults.append(Fault('GET', '/api/v1/monitor', status, times=99))
    result = run('plan')
    assert result.code == 1
    assert len(account.calls('GET', '/api/v1/monitor')) == 5
    assert waits == [1, 2, 4, 8]


@pytest.mark.parametrize('status', [300, 400, 401, 403, 404, 409])
@pytest.mark.parametrize('errors', [['the server says this'], [{'detail': 'the server says this', 'status': '400'}]])
def test_other_refusals_are_not_tried_again_and_shown(
    run: Run, account: Account, waits: list[float], status: int, errors: list[Any]
) -> None:
    account.faults.append(Fault('POST', '/api/v1/monitor', status, errors=errors, times=99))
    result = run('apply', '--yes')
    assert (result.code, waits) == (1, [])
    assert f'HTTP {status} from {account.url} to "create monitor": the server says this.' in result.err
    assert [len(account.calls(method, '/api/v1/monitor')) for method in ('POST', 'GET')] == [1, 1]


# Large accounts


@pytest.mark.parametrize(('filters', 'pages'), [(True, 2), (False, 7)])
def test_requests_grow_with_pages_and_not_with_monitors(run: Run, applied: Account, filters: bool, pages: int) -> None:
    other = {**next(iter(applied.monitors.values())), 'tags': ['team:other']}
    # Before ours, which are so on the last page.
    applied.monitors = {id_: other | {'id': id_} for id_ in range(1, 5001)} | applied.monitors
    if not filters:
        applied.faults.append(Fault('GET', '/api/v1/monitor', ignored='monitor_tags', times=99))
    result = run('apply', '--yes')
    assert (result.code, applied.writes) == (0, [])
    assert 'Nothing to change: 5 unchanged.' in result.out
    assert [request.query for request in applied.calls('GET', '/api/v1/monitor')] == [
        {'monitor_tags': 'managed_by:custom-check-publish', 'page': str(page), 'page_size': '1000'}
        for page in range(pages)
    ]


def test_dashboards_and_downtimes_are_read_to_the_last_page(run: Run, applied: Account) -> None:
    board = {**next(iter(applied.dashboards.values())), 'description': None}
    applied.dashboards = {f'id-{n}': board | {'id': f'id-{n}'} for n in range(250)} | applied.dashboards
    ours = next(iter(applied.downtimes.values()))
    downtime = {**ours, 'attributes': {**ours['attributes'], 'message': None}}
    applied.downtimes = {f'id-{n}': downtime | {'id': f'id-{n}'} for n in range(250)} | applied.downtimes
    result = run('apply', '--yes')
    assert (result.code, applied.writes) == (0, [])
    assert [one.query['start'] for one in applied.calls('GET', '/api/v1/dashboard')] == ['0', '100', '200', '251']
    offsets = [one.query['page[offset]'] for one in applied.calls('GET', '/api/v2/downtime')]
    assert offsets == ['0', '100', '200', '252']
    assert len(applied.calls('GET', '/api/v1/dashboard/.+')) == 1


@pytest.mark.parametrize('path', ['/api/v1/dashboard', '/api/v1/monitor', '/api/v2/downtime'])
def test_a_list_is_read_past_a_short_page_and_ends_where_pages_are_not_counted(
    run: Run, applied: Account, path: str
) -> None:
    pages: list[Any] = []

    def short(answer: Any) -> Any:
        """Give each resource a page of its own, then the last page again and again."""
        (name,) = [name for name in ('dashboards', 'data') if name in answer] if isinstance(answer, dict) else [None]
        pages.extend([] if pages else answer[name] if name else answer)
        page = [pages.pop(0)] if len(pages) > 1 else pages
        return answer | {name: page} if name else page

    applied.faults.append(Fault('GET', path, change=short, times=99))
    result = run('plan', '--detailed-exitcode')
    assert (result.code, result.err) == (0, '')
    assert 'Nothing to change: 5 unchanged.' in result.out
