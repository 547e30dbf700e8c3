"""Compare costs: those of the check with a bare check's, and those of the sandbox with bare SQL's."""

import http.client
import json
import os
import platform
import random
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from importlib.metadata import version
from pathlib import Path

import click
import zstandard
from datadog_sandbox import monitors, query
from datadog_sandbox.intake import Window, metrics_v2_protobuf
from datadog_sandbox.payload_pb2 import Metrics
from datadog_sandbox.server import create_app, running
from datadog_sandbox.store import Series, Store
from rich.console import Console
from rich.table import Table

from tools.ddev_cli import ddev

ROOT = Path(__file__).parents[1]
README = ROOT / 'README.md'
MARKS = '<!-- bench: written by make bench ARGS=--write -->\n', '<!-- /bench -->\n'

ROUNDS = 15
# What is short is tried this often in each round and the fastest counts: other load only ever slows a process down.
TRIES = 5
IMPORT = 'import time; start = time.perf_counter(); import {module}; print(time.perf_counter() - start)'
MEMORY = """
import gc, sys, tracemalloc
from {module} import {name}
def run(count):
    checks = [{name}('custom_check', {{}}, [{{'min_collection_interval': 45}}]) for _ in range(count)]
    for check in checks:
        assert not check.run()
    return checks
kept = run(10)
gc.collect()
tracemalloc.start()
more = run(1000)
gc.collect()
print(tracemalloc.get_traced_memory()[0] / 1000)
"""

TIMEBOARD = ROOT / 'custom_check' / 'assets' / 'dashboards' / 'custom_check_timeboard.json'
NOW = 1_795_003_200  # A whole hour.
DAY = 86_400
FIRST = NOW - DAY // 2
"""When the monitor is evaluated for the first time."""
DEVICES = 1000
SERIES = 5000
"""Of one post of an Agent. Each has one point, as that of a check does."""

Row = tuple[str, str, str, str, str]


def in_turn(scripts: dict[str, str], path: list[Path], tries: int = 1) -> dict[str, list[float]]:
    """Run the scripts in turn, each in a new process, and return the least number that each prints in each round.

    A first round, which compiles the imported modules, does not count.
    """
    environment = {**os.environ, 'PYTHONPATH': os.pathsep.join(map(str, path))}

    def run(script: str) -> float:
        command = [sys.executable, '-c', script]
        return float(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)

    figures = defaultdict(list)
    for turn in range(ROUNDS + 1):
        tried = [{name: run(script) for name, script in scripts.items()} for _ in range(tries if turn else 1)]
        if turn:
            for name in scripts:
                figures[name].append(min(figures_of_try[name] for figures_of_try in tried))
    return figures


def compare(what: str, ours: list[float], theirs: list[float], called: str, scale: float, unit: str) -> Row:
    """Return a row of the table: both medians, and the median of the ratios of the rounds."""
    ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    mine, other = (f'{statistics.median(values) * scale:,.1f} {unit}' for values in (ours, theirs))
    return what, mine, other, f'{ratio:.3f}', called


def call(folder: Path, *arguments: str) -> None:
    """Run ddev in a folder. Raises `click.ClickException` with its output when it fails."""
    done = ddev(folder, *arguments, capture_output=True)
    if done.returncode:
        raise click.ClickException(f'ddev {" ".join(arguments)} failed:\n{done.stdout}{done.stderr}')


def runs() -> list[Row]:
    """Return the time of one run, and of one run of each of 1,000 instances, from the benchmarks of the check."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / 'benchmarks.json'
        call(ROOT, 'test', '--bench', 'custom_check', '--', f'--benchmark-json={file}')
        benchmarks = json.loads(file.read_text())['benchmarks']
    medians = defaultdict(list)
    for benchmark in benchmarks:
        _, _, check = benchmark['name'].rstrip(']').rpartition('-')
        medians[benchmark['group'], check].append(benchmark['stats']['median'])

    return [
        compare(f'Time of {group}', medians[group, 'CustomCheck'], medians[group, 'BareCheck'], 'bare check', 1e6, 'µs')
        for group in dict.fromkeys(benchmark['group'] for benchmark in benchmarks)
    ]


def imports() -> list[Row]:
    """Return the time to import the check, the base package's `AgentCheck`, and a freshly scaffolded check."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / '.ddev.toml').write_text('repo = "extras"\n[repos]\nextras = "${PWD}"\n')
        call(folder, 'create', 'check', 'Scaffold')
        call(folder, 'validate', 'config', 'scaffold', '--sync')
        call(folder, 'validate', 'models', 'scaffold', '--sync')
        modules = {
            'base': 'datadog_checks.base.checks.base',
            'scaffold': 'datadog_checks.scaffold',
            'ours': 'datadog_checks.custom_check',
        }
        scripts = {name: IMPORT.format(module=module) for name, module in modules.items()}
        # Both are found through PYTHONPATH, so that the search takes the same time.
        seconds = in_turn(scripts, [folder / 'scaffold', ROOT / 'custom_check'], TRIES)
    return [
        compare('Time to import', seconds['ours'], seconds['scaffold'], 'scaffolded check', 1e3, 'ms'),
        compare('Time to import', seconds['ours'], seconds['base'], 'base package alone', 1e3, 'ms'),
    ]


def memory() -> list[Row]:
    """Return the memory of one more instance after its first run, as counted by tracemalloc."""
    names = {'ours': ('datadog_checks.custom_check', 'CustomCheck'), 'bare': ('tests.test_bench', 'BareCheck')}
    scripts = {key: MEMORY.format(module=module, name=name) for key, (module, name) in names.items()}
    size = in_turn(scripts, [ROOT / 'custom_check'])
    return [compare('Memory of a further instance', size['ours'], size['bare'], 'bare check', 1 / 1024, 'KiB')]


def alternate(
    ours: Callable[[int], object], theirs: Callable[[int], object], tries: int = 1
) -> tuple[list[float], list[float]]:
    """Return the least seconds that both take in each round. The first round, which warms up, does not count."""
    seconds: tuple[list[float], list[float]] = [], []
    for turn in range(0, (ROUNDS + 1) * tries, tries):
        for work, figures in zip((ours, theirs), seconds, strict=True):
            figures.append(min(seconds_of(work, one) for one in range(turn, turn + tries)))
    return seconds[0][1:], seconds[1][1:]


def seconds_of(work: Callable[[int], object], turn: int) -> float:
    start = time.perf_counter()
    work(turn)
    return time.perf_counter() - start


@contextmanager
def bare(file: Path) -> Iterator[sqlite3.Connection]:
    """Open the file of a sandbox without the sandbox, with the same settings."""
    with closing(sqlite3.connect(file, isolation_level=None)) as sql:
        sql.execute('PRAGMA synchronous = NORMAL')
        yield sql


def post_of_an_agent(moment: int) -> bytes:
    """Return a post as an Agent sends it: protobuf compressed with zstd."""
    post = Metrics()
    for number in range(SERIES):
        series = post.series.add(metric='my_metric', type=3)
        series.resources.add(type='host', name=f'host-{number % 10}')
        series.resources.add(type='device', name=f'wristband-{number}')
        series.tags.extend(['env:test', 'team:web', f'zone:{number % 3}'])
        series.points.add(timestamp=moment, value=number % 1001)
    return zstandard.compress(post.SerializeToString())


def points() -> list[Row]:
    """Return the time to take a point of an Agent through HTTP, and to write it with `executemany`.

    First in a new account, then in one that holds an hour of the same series: there, SQLite writes a page for each
    point.
    """
    return [
        points_after(0, 'Sandbox: time to take a point of an Agent, new account'),
        points_after(3600, 'Sandbox: time to take a point of an Agent, an hour later'),
    ]


def points_after(age: int, what: str) -> Row:
    """Return the row of an account whose series have had points for so many seconds."""
    with tempfile.TemporaryDirectory() as folder:
        file, bare_file = Path(folder) / 'sandbox.db', Path(folder) / 'bare.db'
        with closing(Store(file)) as store:
            for earlier in range(age, 0, -45):
                post = zstandard.decompress(post_of_an_agent(NOW - earlier))
                store.add(metrics_v2_protobuf(post, Window(0, NOW)).points)
        shutil.copy(file, bare_file)
        times = range(NOW, NOW + (ROUNDS + 1) * TRIES)
        posts = [post_of_an_agent(moment) for moment in times]
        rows = [[(number + 1, moment, float(number % 1001)) for number in range(SERIES)] for moment in times]
        headers = {'DD-API-KEY': 'any', 'Content-Type': 'application/x-protobuf', 'Content-Encoding': 'zstd'}
        with (
            closing(Store(file)) as store,
            running(create_app(store, lambda: NOW)) as url,
            closing(http.client.HTTPConnection(url.removeprefix('http://'))) as connection,
            bare(bare_file) as sql,
        ):

            def ours(turn: int) -> None:
                connection.request('POST', '/api/v2/series', posts[turn], headers)
                answer = connection.getresponse()
                if answer.status != 202:
                    raise click.ClickException(f'the sandbox answered {answer.status}: {answer.read().decode()}')
                answer.read()

            def theirs(turn: int) -> None:
                sql.execute('BEGIN IMMEDIATE')
                sql.executemany('INSERT OR REPLACE INTO point VALUES (?, ?, ?)', rows[turn])
                sql.execute('COMMIT')

            figures = alternate(ours, theirs, TRIES)
    mine, other = ([seconds / SERIES for seconds in side] for side in figures)
    return compare(what, mine, other, 'executemany', 1e6, 'µs')


@contextmanager
def day_of_devices() -> Iterator[tuple[Store, sqlite3.Connection]]:
    """Give a sandbox, and a bare connection to it, with what a day of the exercise leaves there.

    Each device stays near a value of its own, so that in each minute some groups of a monitor change, and most do not.
    """
    draw = random.Random(0).uniform
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / 'sandbox.db'
        with closing(Store(file)) as store, bare(file) as sql:
            times = range(NOW - DAY, NOW, 45)
            for number in range(DEVICES):
                series, own = Series('my_metric', 'host', (f'device:wristband-{number}',)), draw(0, 1000)
                store.add((series, moment + number % 45, draw(own - 50, own + 50)) for moment in times)
            series = Series('mysql.performance.open_files', 'host', ())
            store.add((series, moment, draw(50, 150)) for moment in range(NOW - DAY, NOW, 15))
            yield store, sql


def timeboard_queries() -> list[tuple[str, str]]:
    """Return the query and the formula of each widget of the timeboard."""
    requests = [widget['definition']['requests'][0] for widget in json.loads(TIMEBOARD.read_text())['widgets']]
    return [
        (query.fill_in(request['queries'][0]['query'], {'host': ['*']}), request['formulas'][0]['formula'])
        for request in requests
    ]


# Each series in time, and then all of them in space.
BARE_QUERY = """
    SELECT bucket, {method}(value) FROM (
        SELECT time / {interval} AS bucket, {method}(value) AS value
        FROM point JOIN series ON series.id = point.series
        WHERE metric = ? AND time >= ? AND time < ? GROUP BY series, bucket
    ) GROUP BY bucket
"""
# The window of a monitor has buckets of 20 seconds.
BARE_MONITOR = """
    SELECT host, tags, avg(value), avg(value) > 800 FROM (
        SELECT series, (time - ?2) / 20 AS bucket, host, tags, avg(value) AS value
        FROM point JOIN series ON series.id = point.series
        WHERE metric = ?1 AND time >= ?2 AND time < ?3 GROUP BY series, bucket
    ) GROUP BY series
"""


def sandbox() -> list[Row]:
    """Return the time of the timeboard's queries, and of the groups of a monitor, each in the sandbox and in SQL."""
    monitor = {
        'id': 1,
        'type': 'query alert',
        'query': 'avg(last_5m):avg:my_metric{*} by {host,device} > 800',
        'options': {'thresholds': {'critical': 800, 'warning': 500}, 'notify_no_data': True},
    }
    queries = timeboard_queries()
    statements = [
        BARE_QUERY.format(method=text.partition(':')[0], interval=3600 if 'rollup' in text else 300)
        for text, _ in queries
    ]
    metrics = [text.partition(':')[2].partition('{')[0] for text, _ in queries]
    with day_of_devices() as (store, sql):
        # Each round has a range of its own, so that nothing that was kept helps.
        def our_queries(turn: int) -> list[list[float]]:
            start = NOW - DAY + 3600 * turn
            answers = (query.evaluate_formulas(store, {'query1': text}, [made], start, NOW) for text, made in queries)
            return [line.values.tolist() for [[line]] in answers]

        def their_queries(turn: int) -> list[list[float]]:
            start = NOW - DAY + 3600 * turn
            return [
                [value for _, value in sql.execute(statement, (metric, start, NOW))]
                for statement, metric in zip(statements, metrics, strict=True)
            ]

        def our_groups(turn: int) -> object:
            return monitors.evaluate(store, monitor, [FIRST + 60 * turn])

        def their_groups(turn: int) -> list[tuple[str, str, float, int]]:
            end = FIRST + 60 * turn + 1
            return sql.execute(BARE_MONITOR, ('my_metric', end - 300, end)).fetchall()

        texts = [*(text for text, _ in queries), monitor['query']]
        ours = [*our_queries(0), sorted(monitors.values(store, monitor, FIRST).values())]
        theirs = [*their_queries(0), sorted(value for *_, value, _ in their_groups(0))]
        for text, mine, other in zip(texts, ours, theirs, strict=True):
            if [round(value, 6) for value in mine] != [round(value, 6) for value in other]:
                raise click.ClickException(f'the sandbox and SQL differ in {text}')
        of_queries, of_groups = alternate(our_queries, their_queries), alternate(our_groups, their_groups, TRIES)
        if (found := len(store.states(1))) != DEVICES:
            raise click.ClickException(f'the monitor has {found} groups, not {DEVICES}')
    return [
        compare(f'Sandbox: timeboard, {DEVICES:,} devices, a day', *of_queries, 'the same in SQL', 1e3, 'ms'),
        compare(f'Sandbox: monitor with {DEVICES:,} groups', *of_groups, 'the same in SQL', 1e3, 'ms'),
    ]


def machine() -> str:
    """Return the versions, the machine, and the method, in words."""
    cpuinfo = Path('/proc/cpuinfo')
    model = re.search(r'^model name\s*: (.+)$', cpuinfo.read_text(), re.MULTILINE) if cpuinfo.exists() else None
    return (
        f'datadog-checks-base {version("datadog-checks-base")}, Python {platform.python_version()}, '
        f'{platform.system()}, {os.cpu_count()} cores ({model[1] if model else platform.machine()}). '
        f'Medians of {ROUNDS} rounds, each of which measures both sides in turn '
        f'(imports, points, and the monitor: the fastest of {TRIES}). '
        'The ratio is the median of the ratios of the rounds, so it can differ from the ratio of the two medians.'
    )


@click.command()
@click.option('--write', is_flag=True, help='Put the table into README.md.')
def main(write: bool) -> None:
    """Measure on this machine, and print a table of figures and ratios."""
    # Wide enough for the longest row, also where there is no terminal.
    console = Console(highlight=False, width=100)
    rows = []
    for measure in (runs, imports, memory, points, sandbox):
        with console.status(f'Measuring {measure.__name__} ...'):
            rows += measure()

    columns = ('', 'ours', 'compared with', 'ratio')
    cells = [(what, ours, f'{theirs} ({called})', ratio) for what, ours, theirs, ratio, called in rows]
    table = Table(*columns, box=None, pad_edge=False)
    for row in cells:
        table.add_row(*row)
    console.print(table, soft_wrap=True)
    console.print(f'\n{machine()}', soft_wrap=True)

    if write:
        lines = [columns, ('---', '---:', '---', '---:'), *cells]
        text = ''.join(f'| {" | ".join(line)} |\n' for line in lines) + f'\n{machine()}\n'
        start, end = MARKS
        before, found_start, rest = README.read_text().partition(start)
        _, found_end, after = rest.partition(end)
        if not found_start or not found_end:
            raise click.ClickException(f'{README} has no lines {start.strip()} and {end.strip()} to write between')
        README.write_text(before + start + text + end + after)
        console.print(f'\nWritten to {README.name}.')


if __name__ == '__main__':
    main()
