"""The server: what it refuses, what goes on in the background, how it starts, stops, and survives a kill."""

import http.client
import json
import multiprocessing
import os
import random
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from click.testing import CliRunner
from conftest import KEY, NOW, Clock
from datadog_sandbox import account, cli, server
from datadog_sandbox.notifications import smtp
from datadog_sandbox.payload_pb2 import Metrics
from datadog_sandbox.store import Series, Store
from starlette.testclient import TestClient

PACKAGE = Path(server.__file__).parents[1]
LOAD = (Series('load', '', ()), NOW - 30, 1.0)


def series(metric: str = 'load', value: float = 1.0, moment: int = NOW - 30) -> dict[str, Any]:
    return {'series': [{'metric': metric, 'points': [{'timestamp': moment, 'value': value}]}]}


def wait_for(found: Callable[[], Any], seconds: float = 10) -> Any:
    deadline = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < deadline, 'it did not come about in time'
        time.sleep(0.01)
    return value


# What is refused


@pytest.mark.parametrize(
    'host', ['127.0.0.1', '127.0.0.1:8080', 'localhost:1', 'LOCALHOST', '[::1]', '[::1]:8080', 'sandbox:80', 'Sandbox']
)
def test_names_under_which_the_server_is_called(store: Store, clock: Clock, host: str) -> None:
    client = TestClient(server.create_app(store, clock, allowed_hosts=['sandbox']), base_url='http://127.0.0.1')
    assert client.get('/_health', headers={'Host': host}).status_code == 200
    for scheme in ('http', 'https'):
        headers = {'Host': host, 'Origin': f'{scheme}://{host}'}
        assert client.get('/_health', headers=headers).status_code == 200


def test_answers_are_dated_by_the_clock_of_the_account(store: Store, clock: Clock) -> None:
    clock.now = 1_800_000_000
    with server.running(server.create_app(store, clock)) as url:
        for path in ('/_health', '/api/v1/monitor', '/nowhere'):
            connection = http.client.HTTPConnection(url.removeprefix('http://'))
            connection.request('GET', path)
            # RFC 9110, 6.6.1. One more, of the web server, would be the time of this machine.
            assert connection.getresponse().headers.get_all('date') == ['Fri, 15 Jan 2027 08:00:00 GMT']
            connection.close()


@pytest.mark.parametrize(
    'host',
    ['evil.example', 'evil.example:8080', '127.0.0.1.evil.example', 'localhost@evil.example', '192.0.2.1', '', ':'],
)
def test_a_foreign_host_is_refused(client: TestClient, store: Store, host: str) -> None:
    for path in ('/', '/_health', '/api/sandbox/received', '/api/v1/validate'):
        response = client.get(path, headers={'Host': host})
        assert response.status_code == 403
        assert response.json() == {'errors': [f'Host {host!r} is not allowed; the option --allowed-host adds one']}
    assert client.post('/api/v2/series', json=series(), headers={'Host': host}).status_code == 403
    assert store.metrics() == []


@pytest.mark.parametrize(
    'origin', ['http://evil.example', 'null', 'http://127.0.0.1:9999', 'http://localhost', 'http://[', '']
)
def test_a_foreign_origin_is_refused(client: TestClient, store: Store, origin: str) -> None:
    response = client.post('/api/v2/series', json=series(), headers={'Origin': origin})
    assert response.status_code == 403
    assert response.json() == {'errors': [f'Origin {origin!r} is not this server']}
    assert store.metrics() == []


@pytest.mark.parametrize('path', ['/api/v1/series', '/api/v2/series', '/api/v1/validate', '/intake/', '/api/v9/none'])
def test_a_request_without_a_key_is_forbidden(store: Store, clock: Clock, path: str) -> None:
    client = TestClient(server.create_app(store, clock), base_url='http://127.0.0.1')
    for headers, query in (({}, ''), ({'DD-API-KEY': ''}, ''), ({'DD-API-KEY': ' '}, ''), ({}, '?api_key=')):
        for method in ('GET', 'POST'):
            response = client.request(method, path + query, headers=headers, json={})
            # As recorded by datadog-api-client-python, `test_validate_api_key_returns_forbidden_response`.
            error = 'API key required' if path == '/api/v1/validate' else 'Forbidden'
            assert (response.status_code, response.json()) == (403, {'errors': [error]})
    assert store.received() == []


def test_a_refusal_has_the_form_of_its_path(store: Store, clock: Clock) -> None:
    client = TestClient(server.create_app(store, clock), base_url='http://127.0.0.1')
    forbidden = {'status': '403', 'title': 'Forbidden', 'detail': 'Forbidden'}
    # Without any key, and without the second one.
    for headers in ({}, {'DD-API-KEY': 'any'}):
        response = client.get('/api/v2/spans/events', headers=headers)
        assert (response.status_code, response.json()) == (403, {'errors': [forbidden]})


def test_a_key_may_come_as_a_parameter(store: Store, clock: Clock) -> None:
    client = TestClient(server.create_app(store, clock), base_url='http://127.0.0.1')
    assert client.get('/api/v1/validate?api_key=any').json() == {'valid': True}


@pytest.mark.parametrize('method', ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
def test_what_is_not_part_of_the_api_says_so(client: TestClient, method: str) -> None:
    response = client.request(method, '/api/v1/nothing/history')
    assert response.status_code == 404
    assert response.json() == {'errors': [f'{method} /api/v1/nothing/history is not served by the sandbox']}


def test_a_path_outside_the_api_is_not_found(client: TestClient) -> None:
    response = client.get('/nowhere')
    assert (response.status_code, response.json()) == (404, {'errors': ['There is no /nowhere here']})


def test_a_failure_of_ours_is_logged_and_reported_in_one_line(store: Store, clock: Clock, monkeypatch) -> None:
    app = server.create_app(store, clock)
    monkeypatch.setattr(store, 'received', lambda: 1 / 0)
    client = TestClient(app, base_url='http://127.0.0.1', raise_server_exceptions=False)
    response = client.get('/api/sandbox/received')
    assert response.status_code == 500
    assert response.json() == {'errors': ['the sandbox failed: see its log']}


# What goes on in the background


@pytest.fixture
def advanced(monkeypatch) -> list[int]:
    moments: list[int] = []

    class Account:
        def __init__(self, store: Store) -> None:
            pass

        def advance(self, until: int) -> None:
            moments.append(until)
            if len(moments) == 2:
                raise ZeroDivisionError

    monkeypatch.setattr(account, 'Account', Account)
    monkeypatch.setattr(server, 'RETRY_AFTER', 0)
    return moments


def test_the_account_moves_on_with_the_clock(store: Store, clock: Clock, advanced: list[int], caplog) -> None:
    clock.now = NOW + 0.9
    with server.running(server.create_app(store, clock)):
        wait_for(lambda: advanced == [NOW])
        clock.now = NOW + 600
        wait_for(lambda: len(advanced) == 3)
    assert advanced == [NOW, NOW + 600, NOW + 600]
    # A failure is logged, and the next second goes on.
    assert caplog.messages == ['Evaluating the monitors failed: ']
    assert caplog.records[0].exc_info[0] is ZeroDivisionError


def test_what_is_too_old_is_removed(store: Store, clock: Clock) -> None:
    store.add([LOAD, (Series('old', '', ()), NOW - 3601, 1.0)])
    with server.running(server.create_app(store, clock, retention=3600)):
        wait_for(lambda: store.metrics() == ['load'])


def test_mails_are_sent_where_there_is_a_server(store: Store, clock: Clock, monkeypatch, caplog) -> None:
    sent: list[Any] = []

    def send(*arguments: Any) -> int:
        sent.append(arguments)
        raise ConnectionRefusedError(111, 'Connection refused')

    monkeypatch.setattr(smtp, 'send', send)
    with server.running(server.create_app(store, clock, smtp=('mail.example', 25))):
        wait_for(lambda: sent)
    assert sent == [(store, 'mail.example', 25, '')]
    assert caplog.messages == ['Sending mail through mail.example:25 failed: [Errno 111] Connection refused']
    assert not caplog.records[0].exc_info


# Starting and stopping


def test_the_server_stops_at_once_with_connections_open(store: Store, clock: Clock) -> None:
    app = server.create_app(store, clock)
    with server.running(app) as url:
        idle = http.client.HTTPConnection(url.removeprefix('http://'))
        idle.request('GET', '/_health')
        assert idle.getresponse().read() == b'{"status":"ok"}'
        silent = socket.create_connection(('127.0.0.1', int(url.rpartition(':')[2])))
        stopping = time.monotonic()
    assert time.monotonic() - stopping < 20
    with pytest.raises(OSError, match='refused'):
        socket.create_connection(('127.0.0.1', int(url.rpartition(':')[2])))
    idle.close()
    silent.close()


def test_a_small_answer_does_not_wait_for_an_acknowledgement() -> None:
    listener = server.listen()
    assert listener.proto == socket.IPPROTO_TCP
    listener.close()


def test_a_taken_port_and_the_next_free_one() -> None:
    taken = server.listen()
    port = taken.getsockname()[1]
    with pytest.raises(OSError, match='Address already in use'):
        server.listen(port=port)
    other = server.listen(port=port, next_free=True)
    assert port < other.getsockname()[1] <= port + 100
    taken.close()
    other.close()


def test_the_address_of_a_listener() -> None:
    for host, name in (('127.0.0.1', '127.0.0.1'), ('0.0.0.0', '127.0.0.1'), ('::1', '[::1]')):
        with server.listen(host) as listener:
            assert server.url_of(listener) == f'http://{name}:{listener.getsockname()[1]}'


@pytest.fixture
def serve() -> Iterator[Callable[..., tuple[subprocess.Popen[str], str]]]:
    """Start the command on a free port, and return the process and its address."""
    processes = []

    def start(*options: str) -> tuple[subprocess.Popen[str], str]:
        process = subprocess.Popen(
            [sys.executable, '-m', 'datadog_sandbox.cli', 'serve', '--port', '0', *options],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=PACKAGE,
            env={**os.environ, 'PYTHONUNBUFFERED': '1'},
        )  # fmt: skip
        processes.append(process)
        assert process.stdout
        line = process.stdout.readline()
        found = re.search(r'http://\S+', line)
        assert found, line + process.stdout.read()
        return process, found[0]

    yield start
    for process in processes:
        process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()


def post(url: str, path: str, body: Any) -> int:
    connection = http.client.HTTPConnection(url.removeprefix('http://'), timeout=30)
    connection.request('POST', path, json.dumps(body), {**KEY, 'Content-Type': 'application/json'})
    with connection.getresponse() as response:
        response.read()
    connection.close()
    return response.status


def test_the_command_says_what_to_do_and_ends_with_ctrl_c(serve, tmp_path: Path) -> None:
    file = tmp_path / 'account.db'
    process, url = serve('--file', str(file))
    assert post(url, '/api/v2/series?api_key=secret-key', series(moment=int(time.time()))) == 202
    assert post(url, '/api/v2/series?api_key=secret-key', 'wrong') == 400
    interrupted = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert time.monotonic() - interrupted < 20
    rest = process.stdout.read()
    assert f'DD_DD_URL={url} DD_APM_DD_URL={url} ' in rest
    assert f'DATADOG_HOST={url} ' in rest
    # Neither a traceback nor a log of requests, in which a key could be.
    assert len(rest.splitlines()) == 5
    # The key is nowhere in what is kept.
    assert b'secret-key' not in b''.join(path.read_bytes() for path in tmp_path.iterdir())
    store = Store(file)
    assert store.metrics() == ['load']
    store.close()


@pytest.mark.parametrize(
    ('options', 'reason'),
    [
        (
            ['--file', '/nowhere/account.db'],
            'Error: --file /nowhere/account.db: unable to open database file: No such file or directory',
        ),
        (['--file', 'x.db', '--memory'], 'Error: --file and --memory exclude each other.'),
        (['--smtp', 'mail'], "Invalid value for '--smtp': 'mail' is not HOST:PORT, such as localhost:25"),
        (['--smtp', 'mail:99999'], "Invalid value for '--smtp': 'mail:99999' is not HOST:PORT, such as localhost:25"),
        (['--retention', '0'], "Invalid value for '--retention': 0.0 is not in the range 0.1<=x<=400."),
        (['--port', '70000'], "Invalid value for '--port': 70000 is not in the range 0<=x<=65535."),
    ],
)
def test_a_wrong_option_is_a_clear_error(options: list[str], reason: str) -> None:
    result = CliRunner().invoke(cli.main, ['serve', *options])
    assert result.exit_code in (1, 2)
    assert result.output.splitlines()[-1].removeprefix('Error: ') == reason.removeprefix('Error: ')


def test_a_taken_port_is_a_clear_error() -> None:
    with server.listen() as taken:
        port = taken.getsockname()[1]
        result = CliRunner().invoke(cli.main, ['serve', '--port', str(port)])
    assert result.exit_code == 1
    assert result.output == (
        f'Error: --host 127.0.0.1 --port {port}: Address already in use. --port 0 picks a free one.\n'
    )


def test_what_calculates_lets_a_post_on_ten_times_as_often_as_usual(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside queries, pages, and pictures without a pause, the slowest of 190 posts took 180 ms; else 254."""
    served = []
    monkeypatch.setattr(uvicorn.Server, 'run', lambda *_, **__: served.append(sys.getswitchinterval()))
    # Python's own, whatever a test before has left.
    sys.setswitchinterval(0.005)
    assert CliRunner().invoke(cli.main, ['serve', '--port', '0']).exit_code == 0
    assert served == [pytest.approx(0.0005)]


# Killed under load

POINTS = 5


def serve_file(file: Path, address: Any) -> None:
    """Serve a file, in a process of its own that a test kills."""
    store = Store(file)
    listener = server.listen()
    address.send(server.url_of(listener))
    server.server_of(server.create_app(store)).run(sockets=[listener])


def payload(number: int, moment: int) -> bytes:
    """A post of five points: two series of its own, and three points of one that all share."""
    metrics = Metrics()
    for metric in ('own.a', 'own.b'):
        metrics.series.add(metric=metric, tags=[f'n:{number % 50}'], type=3).points.add(
            timestamp=moment + number, value=number
        )
    shared = metrics.series.add(metric='shared', type=3)
    for part in range(3):
        shared.points.add(timestamp=moment + number * 3 + part, value=number * 3 + part)
    return metrics.SerializeToString()


def test_killed_fifty_times_under_load_nothing_answered_is_lost_and_nothing_is_double(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / 'account.db'
    moment = int(time.time()) - 6 * 86_400
    # Forked from a process that has imported everything, this module too: a start takes some milliseconds.
    monkeypatch.setenv('PYTHONPATH', str(Path(__file__).parent))
    context = multiprocessing.get_context('forkserver')
    modules = 'datadog_sandbox.account', 'datadog_sandbox.api', 'datadog_sandbox.intake', 'datadog_sandbox.pages'
    context.set_forkserver_preload([__name__, *modules])
    answered: set[int] = set()
    refused: list[int] = []
    waiting = list(range(100_000, -1, -1))
    lock = threading.Lock()
    seed = random.Random(9)

    def load(address: str, stop: threading.Event) -> None:
        """Post one after another, as an Agent does: what was not answered is posted again."""
        connection = http.client.HTTPConnection(address, timeout=10)
        headers = {**KEY, 'Content-Type': 'application/x-protobuf'}
        while not stop.is_set():
            with lock:
                number = waiting.pop()
            try:
                connection.request('POST', '/api/v2/series', payload(number, moment), headers)
                response = connection.getresponse()
                response.read()
                with lock:
                    (answered.add if response.status == 202 else refused.append)(number)
            except (OSError, http.client.HTTPException) as error:
                with lock:
                    waiting.append(number)
                connection.close()
                # A machine that is busy answers late; a server that was killed does not answer again.
                if not isinstance(error, TimeoutError):
                    break
        connection.close()

    cut_off = 0
    for _ in range(50):
        ours, theirs = context.Pipe()
        process = context.Process(target=serve_file, args=(file, theirs), daemon=True)
        process.start()
        assert ours.poll(300)
        address = ours.recv().removeprefix('http://')
        stop = threading.Event()
        threads = [threading.Thread(target=load, args=(address, stop)) for _ in range(4)]
        before = len(answered)
        for thread in threads:
            thread.start()
        wait_for(lambda start=before: len(answered) > start, 300)
        time.sleep(seed.uniform(0, 0.1))
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL
        stop.set()
        for thread in threads:
            thread.join()
        cut_off += sum(number not in answered for number in waiting[-4:])
        ours.close()
        theirs.close()

    store = Store(file)
    found: dict[str, dict[int, float]] = {}
    rows = 0
    for metric in ('own.a', 'own.b', 'shared'):
        for id_ in store.series(metric):
            _, times, values = store.points([id_], moment, moment + 400_000)
            for time_, value in zip(times.tolist(), values.tolist(), strict=True):
                found.setdefault(metric, {})[time_ - moment] = value
                rows += 1
    received = next(row for row in store.received() if row.path == '/api/v2/series')
    store.close()
    assert not refused
    assert cut_off > 50
    numbers = set(map(int, found['own.a'].values()))
    # Every answered post is there, and what is there beyond them was under way when a kill came.
    assert answered <= numbers
    assert len(numbers - answered) <= 200
    # Each post is there as a whole, once, with its values.
    assert found['own.a'] == found['own.b'] == {number: number for number in numbers}
    assert found['shared'] == {number * 3 + part: number * 3 + part for number in numbers for part in range(3)}
    assert rows == POINTS * len(numbers)
    # A post that was kept, but not answered, came twice: it is counted twice, and kept once.
    assert received.items == POINTS * received.requests
    assert len(numbers) <= received.requests <= len(numbers) + 200


@pytest.mark.parametrize(
    ('site', 'method', 'path', 'status'),
    [
        ('cross-site', 'GET', '/api/v1/graph/snapshot?api_key=a&application_key=b', 403),
        ('same-site', 'GET', '/api/v1/validate', 403),
        ('cross-site', 'POST', '/monitors', 403),
        ('cross-site', 'GET', '/monitors', 200),
        ('same-origin', 'GET', '/api/v1/validate', 200),
        ('none', 'GET', '/api/v1/validate', 200),
    ],
)
def test_other_sites_only_link_to_pages(client: TestClient, site: str, method: str, path: str, status: int) -> None:
    # https://www.w3.org/TR/fetch-metadata/: a GET of another site may have no Origin.
    assert client.request(method, path, headers={'Sec-Fetch-Site': site}).status_code == status


@pytest.mark.parametrize('digits', ['9' * 19, '9' * 30, '9' * 3900])
@pytest.mark.parametrize('path', ['/mail/', '/monitors/', '/api/v1/monitor/', '/api/v1/events/'])
def test_an_id_of_many_digits_is_nobodys(client: TestClient, path: str, digits: str) -> None:
    assert client.get(path + digits).status_code == 404


def test_a_path_that_is_too_long_is_refused(client: TestClient) -> None:
    assert client.get('/mail/' + '9' * 5000).status_code == 414


def test_a_file_has_one_sandbox_and_one_reader(tmp_path) -> None:
    file = tmp_path / 'account.db'
    with closing(Store(file)) as store:
        store.add([(Series('m', '', ()), NOW, 1.0)])
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
        assert modes == dict.fromkeys(('account.db', 'account.db-lock', 'account.db-wal', 'account.db-shm'), 0o600)
        result = CliRunner().invoke(cli.main, ['serve', '--file', str(file)])
        assert result.output.splitlines()[-1].endswith('account.db: another sandbox keeps its account in this file')
        assert result.exit_code == 1
    file.chmod(0o644)
    Store(file).close()
    assert file.stat().st_mode & 0o777 == 0o600


def make_foreign(path: Path, kind: str) -> str:
    """Make something that is no account, and return how it is refused."""
    if kind == 'fifo':
        os.mkfifo(path)
        return 'this is not a regular file'
    if kind in ('letter', 'words'):
        path.write_text('x' * (1 if kind == 'letter' else 5000))
        return 'file is not a database'
    with closing(sqlite3.connect(path)) as sql:
        sql.executescript('CREATE TABLE host (name TEXT PRIMARY KEY); PRAGMA user_version = 3')
    return 'it was not written by this version of the sandbox (schema 3, not 4): name another file, or remove this one'


@pytest.mark.parametrize('kind', ['fifo', 'letter', 'words', 'older'])
def test_a_file_that_is_no_account_is_refused_and_left_as_it_is(tmp_path: Path, kind: str) -> None:
    file = tmp_path / 'foreign'
    reason = make_foreign(file, kind)
    file.chmod(0o644)
    before = (os.stat(file), kind == 'fifo' or file.read_bytes())
    result = CliRunner().invoke(cli.main, ['serve', '--port', '0', '--file', str(file)])
    assert (result.exit_code, result.output) == (1, f'Error: --file {file}: {reason}\n')
    after = (os.stat(file), kind == 'fifo' or file.read_bytes())
    # Reading a file changes when it was read.
    assert [*before[0][:7], *before[0][8:], before[1]] == [*after[0][:7], *after[0][8:], after[1]]
    assert os.listdir(tmp_path) == ['foreign']


def test_a_device_is_no_account_and_keeps_its_mode() -> None:
    mode = os.stat('/dev/null').st_mode
    result = CliRunner().invoke(cli.main, ['serve', '--port', '0', '--file', '/dev/null'])
    assert result.output == 'Error: --file /dev/null: this is not a regular file\n'
    assert os.stat('/dev/null').st_mode == mode


def test_a_new_account_that_was_cut_off_is_begun_again(tmp_path: Path) -> None:
    file = tmp_path / 'account.db'
    with closing(sqlite3.connect(file)) as sql:
        # What there is when a process is killed before the tables are created.
        sql.execute('PRAGMA journal_mode = WAL')
    with closing(Store(file)) as store:
        store.add([(Series('m', '', ()), NOW, 1.0)])
    with closing(Store(file)) as store:
        assert len(store.series('m')) == 1
