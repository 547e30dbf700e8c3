"""Run the check in this process, as an Agent would schedule it: no Docker, no Agent, no account."""

import heapq
import json
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
import yaml
from rich.console import Console
from rich.markup import escape

from datadog_checks.base.stubs import aggregator
from datadog_checks.custom_check import CustomCheck

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / 'custom_check/datadog_checks/custom_check/data/conf.yaml.example'


def load_checks(path: Path, interval: float | None) -> list[CustomCheck]:
    """Read a `conf.yaml` and return one validated check for each of its instances.

    An interval, in seconds, replaces the `min_collection_interval` of each.
    Raises `click.ClickException`, which names the file, the instance and what is wrong with it.
    """
    try:
        config = yaml.safe_load(path.read_text(encoding='utf-8'))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise click.ClickException(f'{path} cannot be read as YAML: {error}') from None

    if not isinstance(config, dict) or not isinstance(config.get('instances'), list) or not config['instances']:
        raise click.ClickException(f'{path} must hold `instances`: a list of at least one instance')

    init_config = config.get('init_config')
    if not isinstance(init_config, dict | None):
        raise click.ClickException(f'{path}: `init_config` is {init_config!r}, but must be a mapping or empty')

    checks = []
    for number, instance in enumerate(config['instances'], 1):
        where = f'{path}, instance {number}'
        if not isinstance(instance, dict):
            raise click.ClickException(f'{where} is {instance!r}, but must be a mapping of options')
        if interval is not None:
            instance['min_collection_interval'] = interval
        try:
            check = CustomCheck('custom_check', init_config or {}, [instance])
            check.load_configuration_models()
        # The base package, too, validates options (`metric_patterns` for one), each in its own way.
        except Exception as error:
            raise click.ClickException(f'{where}: {error}') from None
        checks.append(check)

    return checks


def collect(check: CustomCheck, host: str) -> list[dict[str, Any]]:
    """Run the check once and return its points in the form that `agent check --json` has.

    Raises `click.ClickException` when the run fails.
    """
    aggregator.reset()
    if error := check.run():
        raise click.ClickException(json.loads(error)[0]['message'])

    now = int(time.time())
    return [
        {
            'metric': stub.name,
            'points': [[now, int(stub.value)]],
            'type': aggregator.METRIC_ENUM_MAP_REV[stub.type],
            'tags': stub.tags,
            'host': host,
        }
        for name in aggregator.metric_names
        for stub in aggregator.metrics(name)
    ]


def schedule(
    checks: list[CustomCheck], times: int | None, stop: threading.Event
) -> Iterator[tuple[CustomCheck, float | None]]:
    """Yield each check when it is due, with the seconds until its next run, or None after its last one, until `stop`.

    All checks are due at once at first, then each at its own collection interval (seconds). A run that is late
    moves the later ones: none is made up for, as in the Agent.
    """
    queue = [(time.monotonic(), number, 1) for number in range(len(checks))]
    while queue:
        due, number, run = heapq.heappop(queue)
        # In pieces, since the system refuses to wait for longer than its clock can count.
        while not stop.is_set() and (wait := due - time.monotonic()) > 0:
            stop.wait(min(wait, 3600))
        if stop.is_set():
            return
        check = checks[number]
        if run == times:
            yield check, None
            continue
        seconds = check.config.min_collection_interval
        heapq.heappush(queue, (max(due, time.monotonic() - seconds) + seconds, number, run + 1))
        yield check, seconds


def count(number: int, thing: str) -> str:
    """Return a number of things in words."""
    return f'{number} {thing}' if number == 1 else f'{number} {thing}s'


@click.command(context_settings={'help_option_names': ['-h', '--help'], 'max_content_width': 100})
@click.option(
    '--config',
    type=click.Path(path_type=Path),
    default=EXAMPLE,
    help='A conf.yaml with any number of instances. Default: the conf.yaml.example of the check.',
)
@click.option('--times', type=click.IntRange(min=1), help='Stop after this many runs of each instance.')
@click.option(
    '--interval',
    type=click.FloatRange(min=0, min_open=True),
    help='Seconds between two runs. Default: the min_collection_interval of each instance.',
)
@click.option('--json', 'as_json', is_flag=True, help='Print JSON Lines only, one for each point.')
def main(config: Path, times: int | None, interval: float | None, as_json: bool) -> None:
    """Run the check until Ctrl-C and show each value as it comes."""
    # In place of the base package's handler, which hands every record to the Agent.
    logging.basicConfig(level=logging.WARNING, format='%(levelname)s: %(message)s', force=True)
    checks = load_checks(config, interval)
    host = socket.gethostname()
    console = Console(highlight=False, soft_wrap=True, quiet=as_json)

    shown = os.path.relpath(config) if config.is_relative_to(Path.cwd()) else config
    shortest, longest = (pick(check.config.min_collection_interval for check in checks) for pick in (min, max))
    console.print(f'[bold]custom_check {version("datadog-custom-check")}[/] on {escape(host)}')
    console.print(f'[dim]config  [/]  {escape(str(shown))} ({count(len(checks), "instance")})')
    console.print(f'[dim]interval[/]  {shortest:g}{f" to {longest:g}" if longest > shortest else ""} s')
    console.print('[dim]stop    [/]  Ctrl-C\n')

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Between two runs, and never in the middle of a line.
        signal.signal(number, lambda *_: stop.set())

    points = 0
    try:
        for check, wait in schedule(checks, times, stop):
            for point in collect(check, host):
                points += 1
                if as_json:
                    click.echo(json.dumps(point))
                    continue
                at, value = point['points'][0]
                tags = f'  {escape(", ".join(point["tags"]))}' if point['tags'] else ''
                after = 'last run' if wait is None else f'next in {wait:g} s'
                console.print(
                    f'{datetime.fromtimestamp(at):%H:%M:%S}  {point["metric"]} [bold cyan]{value:>6}[/]'
                    f'{tags}  [dim]{after}[/]'
                )
    except BrokenPipeError:
        # The reader left, as `| head` does: not an error, and nothing may be written at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if stop.is_set():
        console.print()
    console.print(f'Stopped after {count(points, "point")}.')


if __name__ == '__main__':
    main()
