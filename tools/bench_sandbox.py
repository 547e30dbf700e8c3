"""The costs of the sandbox beside VictoriaMetrics: taking points, answering queries, evaluating a monitor."""

import http.client
import json
import math
import random
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import click
import zstandard
from datadog_sandbox import monitors
from datadog_sandbox.payload_pb2 import Metrics
from datadog_sandbox.server import create_app, running
from datadog_sandbox.store import Series, Store

VICTORIA = 'victoria-metrics'
"""The command of the distribution's package."""
SERIES = 1000, 10_000
"""Of one post. Each has one point, as that of a check does."""
HOSTS = 1000
DAY = 86_400
KEYS = {'DD-API-KEY': 'any', 'DD-APPLICATION-KEY': 'any'}
AGENT = {**KEYS, 'Content-Type': 'application/x-protobuf', 'Content-Encoding': 'zstd'}
QUERIES = (
    # Ours, theirs, seconds, and those of a bucket.
    ('avg:my_metric{*}', 'avg(avg_over_time(my_metric[20s]))', 3600, 20),
    ('avg:my_metric{*} by {host}', 'avg(avg_over_time(my_metric[20s])) by (host)', 3600, 20),
    ('sum:my_metric{*} by {dev}.rollup(max, 60)', 'sum(max_over_time(my_metric[60s])) by (dev)', 3600, 60),
    ('avg:my_metric{*}', 'avg(avg_over_time(my_metric[300s]))', DAY, 300),
)

Work = Callable[[int], object]


class Pair(NamedTuple):
    """The same work, done by both sides."""

    what: str
    ours: Work
    theirs: Work


class Server:
    """A server that is asked over one connection."""

    def __init__(self, address: str) -> None:
        self._connection = http.client.HTTPConnection(address)

    def ask(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> bytes:
        self._connection.request(method, path, body, headers or {})
        answer = self._connection.getresponse()
        content = answer.read()
        if not 200 <= answer.status < 300:
            raise click.ClickException(f'{method} {path[:80]} was answered {answer.status}: {content[:200].decode()}')
        return content

    def close(self) -> None:
        self._connection.close()


@contextmanager
def victoria(folder: Path) -> Iterator[Server]:
    """Run VictoriaMetrics on a free port of this machine, with its data in a folder."""
    with closing(socket.socket()) as probe:
        probe.bind(('127.0.0.1', 0))
        address = f'127.0.0.1:{probe.getsockname()[1]}'
    options = [f'-httpListenAddr={address}', f'-storageDataPath={folder}', '-search.disableCache']
    process = subprocess.Popen([VICTORIA, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                with closing(Server(address)) as server:
                    server.ask('GET', '/health')
                    yield server
                return
            except ConnectionRefusedError:
                time.sleep(0.1)
        raise click.ClickException(f'{VICTORIA} does not answer')
    finally:
        process.terminate()
        process.wait()


def post_of_an_agent(moment: int, count: int) -> bytes:
    """Return a post as an Agent sends it: protobuf compressed with zstd."""
    post = Metrics()
    for number in range(count):
        series = post.series.add(metric='taken', type=3)
        series.resources.add(type='host', name=f'host-{number % 10}')
        series.resources.add(type='device', name=f'wristband-{number}')
        series.tags.extend(['env:test', 'team:web', f'zone:{number % 3}'])
        series.points.add(timestamp=moment, value=number % 1001)
    return zstandard.compress(post.SerializeToString())


def post_of_a_client(moment: int, count: int) -> bytes:
    """Return the same as a client sends it, in JSON."""
    series = [
        {
            'metric': 'taken',
            'type': 'gauge',
            'host': f'host-{number % 10}',
            'tags': ['env:test', 'team:web', f'zone:{number % 3}', f'device:wristband-{number}'],
            'points': [[moment, float(number % 1001)]],
        }
        for number in range(count)
    ]
    return json.dumps({'series': series}).encode()


def fill(store: Store, theirs: Server, now: int) -> None:
    """Give both sides a day of hosts with a point each 45 seconds."""
    draw = random.Random(0).uniform
    times = range(now - DAY, now, 45)
    for number in range(HOSTS):
        values = [draw(0, 1000) for _ in times]
        host, tag = f'host-{number}', f'dev:{number}'
        store.add(zip([Series('my_metric', host, (tag,))] * len(values), times, values, strict=True))
        series = {'metric': 'my_metric', 'host': host, 'tags': [tag], 'points': [*zip(times, values, strict=True)]}
        theirs.ask('POST', '/datadog/api/v1/series', json.dumps({'series': [series]}).encode())
    theirs.ask('GET', '/internal/force_flush')


def intake(ours: Server, theirs: Server, now: int, turns: int) -> Iterator[Pair]:
    """Give the taking of posts of each size and form. Their side takes JSON."""

    for count in SERIES:
        for form, path, body, headers in (
            ('in protobuf', '/api/v2/series', post_of_an_agent, AGENT),
            ('in JSON', '/api/v1/series', post_of_a_client, KEYS),
        ):
            mine = post(ours, path, [body(now - 3000 + turn, count) for turn in range(turns)], headers)
            posts = [post_of_a_client(now - 3000 + turn, count) for turn in range(turns)]
            yield Pair(
                f'Sandbox: a post of {count:,} series {form}', mine, post(theirs, '/datadog/api/v1/series', posts, {})
            )


def post(server: Server, path: str, bodies: list[bytes], headers: dict[str, str]) -> Work:
    return lambda turn: server.ask('POST', path, bodies[turn], headers)


def queries(ours: Server, theirs: Server, now: int) -> Iterator[Pair]:
    for own, other, seconds, step in QUERIES:
        # Their buckets end with the time that they have; ours begin with it, and end a second before the next.
        asked = {'query': other, 'start': now - seconds + step - 1, 'end': now - 1, 'step': step, 'nocache': 1}
        mine = f'/api/v1/query?{urlencode({"query": own, "from": now - seconds, "to": now})}'
        path = f'/prometheus/api/v1/query_range?{urlencode(asked)}'
        what = f'Sandbox: `{own}`, {HOSTS:,} hosts, {"a day" if seconds == DAY else "an hour"}'
        yield Pair(what, get(ours, mine, KEYS), get(theirs, path))


def get(server: Server, path: str, headers: dict[str, str] | None = None) -> Work:
    return lambda turn: server.ask('GET', path, None, headers)


def differ(ours: Any, theirs: Any) -> bool:
    """Tell whether two answers with one line each have other values."""
    mine = [value for _, value in json.loads(ours)['series'][0]['pointlist']]
    other = [float(value) for _, value in json.loads(theirs)['data']['result'][0]['values']]
    return len(mine) != len(other) or not all(map(math.isclose, mine, other))


def monitor(store: Store, theirs: Server, now: int) -> Pair:
    """Give the evaluation of a monitor with a group for each host, and their answer to its query."""
    body = {
        'id': 1,
        'type': 'query alert',
        'query': 'avg(last_5m):avg:my_metric{*} by {host} > 900',
        'options': {'thresholds': {'critical': 900, 'warning': 600}, 'notify_no_data': True},
    }
    first = now - DAY // 2

    def evaluate(turn: int) -> object:
        return monitors.evaluate(store, body, [first + 60 * turn])

    def ask(turn: int) -> object:
        asked = {'query': 'avg(avg_over_time(my_metric[5m])) by (host) > 900', 'time': first + 60 * turn}
        return theirs.ask('GET', f'/prometheus/api/v1/query?{urlencode(asked)}')

    return Pair(f'Sandbox: a monitor with {HOSTS:,} groups', evaluate, ask)


@contextmanager
def pairs(turns: int) -> Iterator[Iterator[Pair]]:
    """Give what is to be measured in turns; nothing where VictoriaMetrics is not installed."""
    if not shutil.which(VICTORIA):
        click.echo(f'{VICTORIA} is not installed: the sandbox is not compared with it.', err=True)
        yield iter(())
        return
    now = int(time.time()) // 3600 * 3600
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        theirs = stack.enter_context(victoria(folder / 'theirs'))
        store = stack.enter_context(closing(Store(folder / 'sandbox.db')))
        url = stack.enter_context(running(create_app(store, lambda: now)))
        ours = stack.enter_context(closing(Server(url.removeprefix('http://'))))
        fill(store, theirs, now)
        *_, day = queries(ours, theirs, now)
        if differ(day.ours(0), day.theirs(0)):
            raise click.ClickException(f'the sandbox and VictoriaMetrics differ in {day.what}')

        def each() -> Iterator[Pair]:
            yield from intake(ours, theirs, now, turns)
            yield from queries(ours, theirs, now)
            yield monitor(store, theirs, now)

        yield each()
