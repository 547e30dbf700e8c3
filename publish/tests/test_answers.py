"""Answers that are not as documented, and ends in the middle: nothing is guessed, and everything is reported."""

import contextlib
import http.server
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import Any

import pytest
import urllib3
from conftest import ASSETS, WANTED, Account, Run
from custom_check_publish import transport
from custom_check_publish.plan import Create
from faults import Fault, sleep

LISTS = {'dashboards': '/api/v1/dashboard', 'monitors': '/api/v1/monitor', 'downtimes': '/api/v2/downtime'}
ODD: dict[str, bytes] = {
    'nothing': b'',
    'null': b'null',
    'a number': b'7',
    'a word': b'"ok"',
    'errors': b'{"errors": ["no luck"], "dashboards": [], "data": []}',
    'a list of nothing': b'[null]',
    'no id': b'{"dashboards": [{"title": "x"}], "data": [{"attributes": {}}]}',
    'another type of id': b'{"dashboards": [{"id": 7}], "data": [{"id": 7, "attributes": {}}]}',
    'another type of text': (
        b'{"dashboards": [{"id": "x", "description": 7}], "data": [{"id": "x", "attributes": {"message": 7}}]}'
    ),
    'null lists': b'{"dashboards": null, "data": null}',
    'half': b'{"dashboards": [',
    'a page': b'<html>Welcome to the hotel</html>',
    'Latin-1': '<html>d\xe9sol\xe9</html>'.encode('latin-1'),
    'another charset': json.dumps({'dashboards': [], 'data': []}).encode('utf-16-le'),
}


@pytest.mark.parametrize('odd', ODD)
@pytest.mark.parametrize('table', LISTS)
def test_an_odd_list_is_never_an_empty_account(run: Run, applied: Account, table: str, odd: str) -> None:
    applied.faults.append(Fault('GET', LISTS[table], 200, body=ODD[odd], times=99))
    result = run('apply', '--yes', '--json')
    assert (result.code, applied.writes) == (1, [])
    assert result.json['error'].startswith(f'The answer of {applied.url} to "list {table}" ')
    assert result.json['error'].endswith("Is this Datadog's API?")


@pytest.mark.parametrize(
    ('body', 'code'),
    [
        (b'{}', 1),
        (b'[{"id": "7"}]', 1),
        (b'[{"id": 7, "tags": "x"}]', 1),
        (b'[{"name": "x"}]', 1),
        # As documented: the account may well have none of ours, and then they are made anew.
        (b'[]', 2),
        (b'[{"id": 7, "tags": null}]', 2),
    ],
)
def test_a_list_of_monitors_is_a_list_of_monitors(run: Run, applied: Account, body: bytes, code: int) -> None:
    applied.faults.append(Fault('GET', '/api/v1/monitor', 200, body=body, times=99))
    result = run('plan', '--detailed-exitcode')
    assert result.code == code
    assert ('is not as documented: ' in result.err) == (code == 1)


def test_204_is_no_list(run: Run, applied: Account) -> None:
    applied.faults.append(Fault('GET', '/api/v2/downtime', 204, times=99))
    result = run('destroy', '--yes')
    assert (result.code, applied.writes) == (1, [])
    assert 'to "list downtimes" is not as documented: it is empty.' in result.err


@pytest.mark.parametrize(
    'body', [b'', b'{}', b'{"data": null}', b'{"data": [{}]}', b'{"data": [{"attributes": {"handle": 7}}]}']
)
def test_an_odd_list_of_users_is_never_an_account_without_the_address(run: Run, account: Account, body: bytes) -> None:
    account.faults.insert(0, Fault('GET', '/api/v2/users', 200, body=body))
    result = run('apply', '--yes')
    assert (result.code, account.writes) == (1, [])
    assert 'to "list users" is not as documented: ' in result.err


HOSTS = json.dumps({'host_list': [{'name': 'web-1', 'last_reported_time': int(time.time())}]}).encode()


@pytest.mark.parametrize(
    ('hop', 'path', 'body'),
    [
        *(
            ('host', '/api/v1/hosts', body)
            for body in [
                b'{}',
                b'{"host_list": null}',
                b'{"host_list": [{"name": "web-1"}]}',
                b'{"host_list": [{"last_reported_time": 1}]}',
            ]
        ),
        *(
            ('my_metric', '/api/v1/query', body)
            for body in [b'{}', b'{"series": null}', b'{"series": [{}]}', b'{"series": [{"pointlist": null}]}']
        ),
    ],
)
def test_an_odd_answer_breaks_the_hop_that_asked(run: Run, applied: Account, hop: str, path: str, body: bytes) -> None:
    applied.faults += [Fault('GET', path, 200, body=body), Fault('GET', '/api/v1/hosts', 200, body=HOSTS)]
    result = run('prove', '--json')
    broken = next(hop for hop in result.json['hops'] if not hop['ok'])
    assert (result.code, broken['name'], broken['look']) == (
        1,
        hop,
        'The account did not answer as it should: see its words.',
    )
    assert 'is not as documented: ' in broken['found'][0]


def test_the_hosts_that_were_seen_last_are_asked_for(run: Run, applied: Account) -> None:
    run('prove')
    lately, earlier = applied.calls('GET', '/api/v1/hosts')
    assert lately.query == {
        'sort_field': 'last_reported_time',
        'sort_dir': 'desc',
        'count': '1000',
        'include_hosts_metadata': 'true',
    }
    # None was seen lately. "Retention is 7 days."
    since = int(earlier.query.pop('from'))
    assert (earlier.query, round((time.time() - since) / 86_400, 2)) == (lately.query, 7)


@pytest.mark.parametrize('body', [b'', b'{}', b'[]', b'{"data": {}}', b'{"errors": ["no luck"]}'])
@pytest.mark.parametrize('path', LISTS.values())
def test_an_odd_answer_to_a_change_is_not_changed(run: Run, applied: Account, path: str, body: bytes) -> None:
    applied.faults.append(Fault('PUT|PATCH', f'{path}/.*', 200, body=body))
    result = run('apply', '--yes', wanted=('--email', 'new@example.com', '--timezone', 'UTC'))
    assert result.code == 1
    assert 'Not done: ' in result.out
    assert f'to "update {path.rsplit("/", 1)[1]}" ' in result.err


@pytest.mark.parametrize(('status', 'words'), [(404, 'Plan: 1 to create, 4 unchanged.'), (400, 'Error: HTTP 400 from')])
def test_a_dashboard_that_went_after_the_list_was_read_is_not_there(
    run: Run, applied: Account, status: int, words: str
) -> None:
    applied.faults.append(Fault('GET', '/api/v1/dashboard/.+', status))
    result = run('plan')
    assert result.code == (0 if status == 404 else 1)
    assert words in result.out + result.err


@pytest.mark.parametrize('odd', [*ODD, 'an object', 'no content'])
@pytest.mark.parametrize('path', LISTS.values())
def test_an_odd_answer_to_a_creation_is_looked_up_and_not_sent_again(
    run: Run, account: Account, path: str, odd: str
) -> None:
    body = ODD.get(odd, b'{}')
    account.faults.append(Fault('POST', path, 204 if odd == 'no content' else 200, after=True, body=body))
    result = run('apply', '--yes')
    assert (result.code, len(account.ids), len(account.calls('POST', '.*'))) == (0, 5, 5)
    assert run('plan', '--detailed-exitcode').code == 0


@pytest.mark.parametrize('path', LISTS.values())
def test_a_creation_that_is_said_and_not_done_fails(run: Run, account: Account, path: str) -> None:
    account.faults.append(Fault('POST', path, 200, body=b'{"errors": ["no luck"]}', times=99))
    result = run('apply', '--yes')
    assert result.code == 1
    assert 'says: no luck.' in result.err
    assert len(account.calls('POST', path)) == 1


@pytest.mark.parametrize('body', [b'', b'{}', b'[]', b'null', b'{"errors": ["no luck"]}', b'{"deleted": 1}'])
@pytest.mark.parametrize('table', ['dashboards', 'monitors'])
def test_an_odd_answer_to_a_removal_is_not_removed(run: Run, applied: Account, table: str, body: bytes) -> None:
    applied.faults.append(Fault('DELETE', f'{LISTS[table]}/.*', 200, body=body))
    result = run('destroy', '--yes')
    assert result.code == 1
    assert 'Not done: ' in result.out
    assert run('destroy', '--yes').code == 0


@pytest.mark.parametrize('status', [400, 401, 403, 409, 410, 500])
@pytest.mark.parametrize('path', LISTS.values())
def test_a_refused_removal_is_not_reported_as_removed(run: Run, applied: Account, path: str, status: int) -> None:
    applied.faults.append(Fault('DELETE', f'{path}/.*', status, times=99))
    result = run('destroy', '--yes', '--json')
    assert result.code == 1
    kinds = [change['kind'] for change in result.json['done']]
    assert path.rsplit('/', 1)[1] not in kinds
    assert len(kinds) + len(result.json['not_done']) == 5


def test_a_bad_gateway_in_latin_1_is_one_and_is_tried_again(run: Run, account: Account, waits: list[float]) -> None:
    page = '<html>Passerelle d\xe9faillante</html>'.encode('latin-1')
    account.faults.append(Fault('GET', '/api/v1/dashboard', 502, body=page, times=2))
    result = run('plan')
    assert (result.code, waits) == (0, [1, 2])
    assert f'HTTP 502 from {account.url} to "list dashboards": Bad Gateway.' in result.err


@pytest.mark.parametrize('status', [408, 502])
def test_a_creation_that_timed_out_at_the_server_is_looked_up(run: Run, account: Account, status: int) -> None:
    account.faults.append(Fault('POST', '/api/v1/monitor', status, after=True))
    assert run('apply', '--yes').code == 0
    assert (len(account.monitors), len(account.calls('POST', '/api/v1/monitor'))) == (2, 2)


def test_a_whole_request_has_a_time_limit(run: Run, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('custom_check_publish.http.TIME_LIMIT', 0.3)
    account.faults.append(Fault('GET', '/api/v1/dashboard', 200, body=b'{"dashboards": []}' * 9, byte_every=0.05))
    began = time.monotonic()
    result = run('plan')
    assert result.code == 0
    assert time.monotonic() - began < 3
    assert 'No answer from' in result.err and 'it took longer than 0 s' in result.err


def test_slow_headers_count_too(monkeypatch: pytest.MonkeyPatch) -> None:
    class Dripping(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                for _ in range(100):
                    self.wfile.write(b'H')
                    sleep(0.05)
            except OSError:
                pass

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), Dripping) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        monkeypatch.setattr('custom_check_publish.http.TIME_LIMIT', 0.3)
        with pytest.raises(TimeoutError):
            transport._Client('http://127.0.0.1').request('GET', f'http://127.0.0.1:{server.server_port}')
        server.shutdown()


def test_a_server_that_takes_no_connection_has_a_time_limit_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('custom_check_publish.http.CONNECT_TIMEOUT', 0.2)
    with socket.create_server(('127.0.0.1', 0), backlog=0) as server, contextlib.ExitStack() as waiting:
        # Nobody accepts: once the queue is full, a connection is neither made nor refused.
        for _ in range(3):
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(server.getsockname())
        with pytest.raises(urllib3.exceptions.ConnectTimeoutError):
            transport._Client('http://127.0.0.1').request('GET', f'http://127.0.0.1:{server.getsockname()[1]}')


# What a server says is shown, and does not steer the terminal


@pytest.mark.parametrize(
    ('status', 'body', 'said'),
    [
        (400, {'errors': ['one.', 'two.']}, 'one.; two.'),
        (
            400,
            {'errors': [{'detail': 'detail', 'title': 'title'}, {'title': 'title'}, {'code': 7}]},
            "detail; title; {'code': 7}.",
        ),
        (400, {'errors': 'a word'}, 'a word.'),
        (400, {'error': 'another word'}, 'another word.'),
        (400, {'errors': []}, 'Bad Request.'),
        (400, [], 'Bad Request.'),
        # A number that has no words of its own.
        (499, [], 'no reason given.'),
    ],
)
def test_the_words_of_a_refusal_are_shown_whatever_their_form(
    run: Run, account: Account, status: int, body: Any, said: str
) -> None:
    account.faults.append(Fault('GET', '/api/v1/dashboard', status, body=json.dumps(body).encode()))
    lines = run('plan').err.splitlines()
    assert lines == [f'Error: HTTP {status} from {account.url} to "list dashboards": {said}']


@pytest.mark.parametrize('refused', [401, 403])
@pytest.mark.parametrize(
    ('validate', 'words'),
    [
        (401, 'DD_API_KEY was refused: it is not a key of this site.'),
        (403, 'DD_API_KEY was refused: it is not a key of this site.'),
        (500, 'DD_API_KEY or DD_APP_KEY was refused. Make an API key under Organization Settings'),
        # An answer without the word that it is valid.
        (200, 'DD_API_KEY or DD_APP_KEY was refused. Make an API key under Organization Settings'),
        (None, 'DD_API_KEY or DD_APP_KEY was refused. Make an API key under Organization Settings'),
    ],
)
def test_the_key_at_fault_is_named_where_it_is_known(
    run: Run, account: Account, refused: int, validate: int | None, words: str
) -> None:
    account.faults.append(Fault('GET', '/api/v1/dashboard', refused))
    account.faults.append(Fault('GET', '/api/v1/validate', validate, body=b'{}'))
    result = run('plan')
    assert words in result.err
    if 'or' in words.split('.')[0].split():
        assert '(/organization-settings/api-keys). Make an application key under' in result.err
    assert len(account.calls('GET', '/api/v1/validate')) == 1


def test_the_longest_wait_is_waited(run: Run, account: Account, waits: list[float]) -> None:
    account.faults.append(Fault('GET', '/api/v1/dashboard', 429, headers={'X-RateLimit-Reset': '60'}))
    result = run('plan')
    assert (result.code, waits) == (0, [60])
    assert 'The server asks to wait' not in result.err


def test_escape_sequences_are_written_out(run: Run, applied: Account) -> None:
    evil = 'x\x1b]0;owned\x07\x1b[2J\x9b31m\u202ey\rz'
    applied.one('my_metric_threshold')['name'] = evil
    planned = run('plan')
    shown = r'x\x1b]0;owned\x07\x1b[2J\x9b31m\u202ey\rz'
    assert shown in planned.out.replace('\\\\', '\\').replace(r'\u001b', r'\x1b').replace(r'\u0007', r'\x07')
    applied.faults.append(Fault('GET', '/api/v1/dashboard', 400, errors=[evil]))
    refused = run('plan')
    assert f'"list dashboards": {shown}.' in refused.err
    applied.faults.append(Fault('GET', '/api/v1/dashboard', 400, errors=[evil]))
    as_json = run('plan', '--json')
    assert evil in as_json.json['error']
    next(iter(applied.dashboards.values())).update({'title': 'x', evil: 'y'})
    warned = run('plan')
    assert 'drops what this command does not know: x' in warned.err
    declined = run('destroy', typed='n\n')
    assert f'    {shown}\n' in declined.out
    hosts = json.dumps({'host_list': [{'name': evil, 'last_reported_time': 0}]}).encode()
    applied.faults.append(Fault('GET', '/api/v1/hosts', 200, body=hosts))
    proved = run('prove')
    assert f'BROKEN host                         {shown} was seen last ' in proved.out
    for text in (planned.out, refused.err, as_json.out, as_json.err, warned.err, declined.out, proved.out):
        assert all(one.isprintable() or one == '\n' for one in text)


@pytest.mark.parametrize('url', ['https://me:geheim@example.com', 'http://geheim@localhost', 'geheim:geheim@x'])
@pytest.mark.parametrize('flags', [(), ('--json',)])
def test_a_password_in_the_url_is_refused_unseen(call: Run, url: str, flags: tuple[str, ...]) -> None:
    result = call('plan', '--api-url', url, *flags)
    assert result.code == 2
    assert "'--api-url': a user name or a password is not allowed" in result.err
    assert 'geheim' not in result.out + result.err


# Ends in the middle


@pytest.mark.parametrize('flags', [(), ('--json',)])
def test_an_error_of_our_own_half_way_is_reported_with_what_was_done(
    run: Run, account: Account, monkeypatch: pytest.MonkeyPatch, flags: tuple[str, ...]
) -> None:
    whole = Create.carry_out

    def carry_out(self: Create, api: Any) -> Any:
        if self.key == 'my_metric_threshold':
            raise RuntimeError('oh')
        return whole(self, api)

    monkeypatch.setattr(Create, 'carry_out', carry_out)
    result = run('apply', '--yes', *flags)
    assert result.code == 1
    assert 'RuntimeError: oh. This is a bug; --verbose shows where.' in result.err
    words = result.err if flags else result.out
    assert 'Done: 2. Not done: 3.\n    create monitor my_metric_threshold\n    create downtime weekends\n' in words
    if flags:
        assert [change['asset'] for change in result.json['done']] == ['custom_check_timeboard', 'device_silent']
        assert len(result.json['not_done']) == 3
        assert 'RuntimeError: oh' in result.json['error']


@pytest.mark.parametrize(('sent', 'code', 'word'), [('SIGTERM', 143, 'Terminated'), ('SIGINT', 130, 'Interrupted')])
def test_a_signal_half_way_is_reported_with_what_was_done(account: Account, sent: str, code: int, word: str) -> None:
    # The second monitor's answer takes for ever.
    account.faults.append(Fault('POST', '/api/v1/monitor', 200, skip=1, byte_every=5))
    arguments = ['apply', '--yes', '--json', '--api-url', account.url, '--assets', str(ASSETS), *WANTED]
    command = [sys.executable, '-c', 'from custom_check_publish.cli import main; main()', *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        for _ in range(1000):
            if len(account.calls('POST', '/api/v1/monitor')) == 2:
                break
            sleep(0.02)
        sleep(0.1)
        # Impatience changes nothing.
        for _ in range(3 if sent == 'SIGTERM' else 1):
            process.send_signal(getattr(signal, sent))
            sleep(0.02)
        out, err = process.communicate(timeout=20)
    assert process.returncode == code
    assert f'{word} in the middle of: create monitor my_metric_threshold. Run apply again to finish' in err
    assert 'Done: 2. Not done: 3.' in err
    assert 'Traceback' not in err
    result = json.loads(out)
    assert [change['asset'] for change in result['done']] == ['custom_check_timeboard', 'device_silent']
    assert [change['asset'] for change in result['not_done']] == ['my_metric_threshold', 'weekends', 'weeknights']


def test_a_reader_that_left_does_not_end_a_run_half_way(account: Account) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    arguments = ['apply', '--yes', '--api-url', account.url, '--assets', str(ASSETS), *WANTED]
    command = [sys.executable, '-c', 'from custom_check_publish.cli import main; main()', *arguments]
    # What Python still holds when it ends can break the pipe too.
    buffered = os.environ | {'PYTHONUNBUFFERED': ''}
    ended = subprocess.run(
        command, stdout=writing, stderr=subprocess.PIPE, text=True, env=buffered, timeout=30, check=False
    )
    os.close(writing)
    assert (ended.returncode, ended.stderr, len(account.ids)) == (0, '', 5)
