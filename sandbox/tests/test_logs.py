"""Logs, as Agents and clients post them: https://docs.datadoghq.com/api/latest/logs/#send-logs."""

import gzip
import json
import sqlite3
import zlib
from pathlib import Path
from typing import Any

import pytest
import zstandard
from calling import NOW, Client
from datadog_sandbox.store import Log, Store

PATH = '/api/v2/logs'


def post(api: Client, body: Any, status: int = 202, path: str = PATH, **headers: str) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = api.post(path, content=content, headers={'Content-Type': 'application/json', **headers})
    assert answer.status_code == status, answer.text
    return answer.json()


def kept(api: Client) -> list[Log]:
    return [log._replace(id=0) for log in api.store.logs()]


def test_a_log_is_kept_as_it_is_recorded_to_be(api: Client) -> None:
    """As recorded: test_send_logs_returns_request_accepted_for_processing_always_202_empty_json_response."""
    log = {
        'ddsource': 'nginx', 'ddtags': 'env:staging,version:5.1', 'hostname': 'i-012345678', 'status': 'info',
        'message': '2019-11-19T14:37:58,995 INFO [process.name][20081] Hello World', 'service': 'payment',
    }  # fmt: skip
    assert post(api, [log]) == {}
    assert kept(api) == [
        Log(
            0, NOW * 1000, 'i-012345678', 'payment', 'nginx', 'info', log['message'], ('env:staging', 'version:5.1'), {}
        )
    ]
    [received] = [row for row in api.store.received() if row.path == PATH]
    assert (received.kept, received.items) == (True, 1)


def test_an_agent_sends_times_in_milliseconds_and_tests_the_connection_with_nothing(api: Client) -> None:
    posted = {'message': 'late', 'timestamp': NOW * 1000 - 1234, 'status': 'error', 'hostname': 'h'}
    post(api, [posted, {'message': 'now', 'additional': {'n': [1]}}])
    assert post(api, {}) == {}
    assert [(log.message, log.time, log.attributes) for log in kept(api)] == [
        ('now', NOW * 1000, {'additional': {'n': [1]}}), ('late', NOW * 1000 - 1234, {}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ('message', 'expected'),
    [
        (
            {'level': 'WARNING', 'msg': 'Slow', 'hostname': 'inner', 'service': 'shop', 'http': {'status_code': 200}},
            ('inner', 'shop', 'given', 'warn', 'Slow', NOW * 1000,
             {'level': 'WARNING', 'hostname': 'inner', 'service': 'shop', 'http': {'status_code': 200}}),
        ),
        (
            {'syslog': {'appname': 'cron', 'severity': 2, 'hostname': 's'}, 'ddsource': 'python', 'message': 'm'},
            ('s', 'cron', 'python', 'critical', 'm', NOW * 1000,
             {'syslog': {'appname': 'cron', 'severity': 2, 'hostname': 's'}, 'ddsource': 'python'}),
        ),
        (
            {'@timestamp': '2026-11-24T11:59:58.5Z', 'log': 'l', 'severity': 'verbose'},
            ('outer', 'web', 'given', 'debug', 'l', NOW * 1000 - 1500,
             {'@timestamp': '2026-11-24T11:59:58.5Z', 'severity': 'verbose'}),
        ),
        (
            {'date': 'Nov 24 11:59:00', 'n': 1},
            ('outer', 'web', 'given', 'info', '{"date": "Nov 24 11:59:00", "n": 1}', NOW * 1000 - 60_000,
             {'date': 'Nov 24 11:59:00', 'n': 1}),
        ),
        (
            {'timestamp': 'yesterday', 'message': 'm'},
            ('outer', 'web', 'given', 'info', 'm', NOW * 1000, {'timestamp': 'yesterday'}),
        ),
    ],
)  # fmt: skip
def test_the_fields_of_a_json_message_say_what_the_log_is(api: Client, message: Any, expected: Any) -> None:
    posted = {'message': json.dumps(message), 'hostname': 'outer', 'service': 'web', 'ddsource': 'given'}
    post(api, posted)
    [log] = kept(api)
    assert (log.host, log.service, log.source, log.status, log.message, log.time, log.attributes) == expected


@pytest.mark.parametrize(
    ('status', 'expected'),
    [
        ('0', 'emergency'), ('7', 'debug'), ('8', 'info'), (3, 'error'), ('Emergency', 'emergency'),
        ('fatal', 'emergency'),
        ('ALERT', 'alert'), ('crit', 'critical'), ('err', 'error'), ('Warn', 'warn'), ('Notice', 'notice'),
        ('information', 'info'), ('trace', 'debug'), ('OK', 'ok'), ('success', 'ok'), ('?', 'info'), (None, 'info'),
    ],
)  # fmt: skip
def test_a_status_is_a_severity(api: Client, status: Any, expected: str) -> None:
    post(api, {'message': 'm', 'status': status})
    assert [log.status for log in kept(api)] == [expected]


@pytest.mark.parametrize(
    ('encoding', 'compress'),
    [('gzip', gzip.compress), ('deflate', zlib.compress), ('zstd', zstandard.compress)],
)
def test_a_post_may_be_compressed(api: Client, encoding: str, compress: Any) -> None:
    post(api, compress(b'[{"message": "m"}]'), **{'Content-Encoding': encoding})
    assert len(kept(api)) == 1


def test_text_is_one_log_with_what_the_address_says(api: Client) -> None:
    plain = {'Content-Type': 'text/plain; charset=utf-8'}
    post(api, 'Größe: {1}\nmore'.encode(), path=f'{PATH}?ddtags=env:a,b&ddsource=x&hostname=h&service=s', **plain)
    assert kept(api) == [Log(0, NOW * 1000, 'h', 's', 'x', 'info', 'Größe: {1}\nmore', ('b', 'env:a'), {})]


def test_the_old_address_takes_a_key_in_its_path_which_nobody_sees(api: Client) -> None:
    assert post(api, {'message': 'a'}, 200, '/v1/input') == {}
    api.headers.pop('DD-API-KEY')
    assert post(api, {'message': 'b'}, 200, '/v1/input/0123secret') == {}
    post(api, {'message': 'c'}, 403, '/v1/input')
    assert len(kept(api)) == 2
    assert {row.path for row in api.store.received()} == {'/v1/input'}


@pytest.mark.parametrize(
    ('body', 'status', 'words'),
    [
        ([1], 400, 'a log is not an object'),
        ('x', 400, 'the body is not an object'),
        ({'message': 5}, 400, 'the message of a log is not a string'),
        ({'message': 'm', 'service': []}, 400, 'service of a log is not a string'),
        ({'message': 'm', 'ddtags': ['a']}, 400, 'ddtags of a log is not a string'),
        ({'message': 'm', 'timestamp': (NOW - 19 * 3600) * 1000}, 400, 'of a log is not between'),
        ({'message': 'm', 'timestamp': (NOW + 3 * 3600) * 1000}, 400, 'of a log is not between'),
        # With {"a":""}, one byte too many.
        ({'message': 'm', 'a': 'x' * 999_993}, 413, 'the attributes of a log have more than 1000000 bytes'),
        ([{'message': 'm'}] * 1000, 413, '1001 logs are posted at once: at most 1000 are allowed'),
        (b'[{"message": "m"}, {"message": "\\ud800"}]', 400, 'not valid JSON'),
        (b'[{"message": "m", "n": NaN}]', 400, 'not valid JSON'),
    ],
)  # fmt: skip
def test_of_a_post_with_a_fault_nothing_is_kept(api: Client, body: Any, status: int, words: str) -> None:
    good = {'message': 'good'}
    content = [good, *body] if isinstance(body, list) else [good, body] if isinstance(body, dict) else body
    [error] = post(api, content, status)['errors']
    assert error['status'] == str(status)
    assert words in error['detail']
    assert not kept(api)


@pytest.mark.parametrize(('body', 'count'), [([{'message': 'm'}] * 1000, 1000), ({'a': 'x' * 999_992}, 1)])
def test_as_much_as_is_allowed_is_kept(api: Client, body: Any, count: int) -> None:
    post(api, body)
    assert len(api.store.logs()) == count


def test_another_type_is_refused(api: Client) -> None:
    [error] = post(api, b'x', 415, **{'Content-Type': 'application/logplex-1'})['errors']
    assert error['detail'] == "logs are application/json or text/plain, not 'application/logplex-1'"


def test_a_long_message_is_cut_and_half_surrogates_in_it_are_its_text(api: Client) -> None:
    post(api, [{'message': 'ä' * 600_000}, {'message': '{"a": "\\ud800"}'}])
    assert [(len(log.message), log.attributes) for log in kept(api)] == [(15, {}), (500_000, {})]


def test_logs_are_removed_with_their_time() -> None:
    store = Store()
    store.add_logs([Log(0, time, 'h', 's', 'x', 'info', 'm', (), {}) for time in (999_999, 1_000_000)])
    store.prune(1000)
    assert [log.time for log in store.logs()] == [1_000_000]
    store.close()


def test_a_file_keeps_logs(tmp_path: Path) -> None:
    log = Log(0, 5, 'h', 's', 'x', 'info', 'm', ('a:b',), {'n': {'big': 2**63, 'f': 0.1}})
    store = Store(tmp_path / 'account')
    store.add_logs([log])
    store.close()
    store = Store(tmp_path / 'account')
    assert store.logs() == [log._replace(id=1)]
    store.close()
    with sqlite3.connect(tmp_path / 'account') as sql:
        sql.execute('PRAGMA user_version = 3')
    sql.close()
    with pytest.raises(sqlite3.DatabaseError, match='schema 3, not 4'):
        Store(tmp_path / 'account')
