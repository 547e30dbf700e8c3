"""Compare the costs of the check with those of a bare check, and of the sandbox with VictoriaMetrics and promtool."""

import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from tools import bench_rehearsal, bench_sandbox
from tools.ddev_cli import ddev

ROOT = Path(__file__).parents[1]
PAGE = ROOT / 'docs/costs.md'
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
            figures.append(min(seconds_of(work, start) for start in range(turn, turn + tries)))
    return seconds[0][1:], seconds[1][1:]


def seconds_of(work: Callable[[int], object], turn: int) -> float:
    start = time.perf_counter()
    work(turn)
    return time.perf_counter() - start


def sandbox() -> list[Row]:
    """Return the time of what the sandbox does, and of what VictoriaMetrics takes for the same."""
    with bench_sandbox.pairs(ROUNDS + 1) as pairs:
        return [compare(what, *alternate(ours, theirs), 'VictoriaMetrics', 1e3, 'ms') for what, ours, theirs in pairs]


def rehearsals() -> list[Row]:
    """Return the time of rehearsals, and of what promtool takes for the same tests of the same rules."""
    with bench_rehearsal.pairs() as pairs:
        return [compare(what, *alternate(ours, theirs), 'promtool', 1e3, 'ms') for what, ours, theirs in pairs]


def machine() -> str:
    """Return the versions, the machine, and the method, in words."""
    cpuinfo = Path('/proc/cpuinfo')
    model = re.search(r'^model name\s*: (.+)$', cpuinfo.read_text(), re.MULTILINE) if cpuinfo.exists() else None
    return (
        f'datadog-checks-base {version("datadog-checks-base")}, Python {platform.python_version()}, '
        f'{platform.system()}, {os.cpu_count()} cores ({model[1] if model else platform.machine()}). '
        f'Medians of {ROUNDS} rounds, each of which measures both sides in turn '
        f'(imports: the fastest of {TRIES}). '
        'The ratio is the median of the ratios of the rounds, so it can differ from the ratio of the two medians.'
    )


@click.command()
@click.option('--write', is_flag=True, help='Put the table into docs/costs.md.')
def main(write: bool) -> None:
    """Measure on this machine, and print a table of figures and ratios."""
    # Wide enough for the longest row, also where there is no terminal.
    console = Console(highlight=False, width=100)
    rows = []
    for measure in (runs, imports, memory, sandbox, rehearsals):
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
        before, found_start, rest = PAGE.read_text().partition(start)
        _, found_end, after = rest.partition(end)
        if not found_start or not found_end:
            raise click.ClickException(f'{PAGE} has no lines {start.strip()} and {end.strip()} to write between')
        PAGE.write_text(before + start + text + end + after)
        console.print(f'\nWritten to {PAGE.name}.')


if __name__ == '__main__':
    main()
