"""Run the check in this process, as an Agent would schedule it, and show the whole pipeline in a browser.

No Docker, no Agent, no account: the points go to a sandbox in this process.
"""

import logging
import math
import os
import socket
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from tools.check_config import collapsed
from tools.choices import CHECK, Choices
from tools.configuration import Configuration, load
from tools.package import Package, load_check
from tools.process import stop_in_time, wrapped, written
from tools.rehearsal import BEGIN_VALUE, Rehearsal
from tools.runner import JsonLines, Runner
from tools.scheduler import Clock
from tools.serving import serve
from tools.terminal import Header, Terminal, counted
from tools.text import one_line


class MakeCommand(click.Command):
    """A command that says how to call it through make."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write('Usage: make run ARGS="[OPTIONS]"\n')

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            # Without a context, which would have click recommend `make run --help`: that is make's own help.
            raise click.UsageError(f'{error.format_message()}\nTry: make run ARGS=--help') from None


def finite(context: click.Context, parameter: click.Parameter, value: float | None) -> float | None:
    """Refuse what compares with no bound."""
    if value is not None and math.isnan(value):
        raise click.BadParameter('nan is not a number of seconds.')
    return value


def checked(package: Package, path: Path) -> tuple[Configuration, Path]:
    """Read a configuration, print what is wrong with it, and return it with its path as it is shown.

    Exits when an Agent could not run all of it.
    """
    shown = Path(os.path.relpath(path)) if path.is_relative_to(Path.cwd()) else path
    configuration = load(shown, package)
    for line in collapsed(configuration.findings):
        click.echo(wrapped(line), err=True)
    if not configuration.is_valid:
        sys.exit(1)
    return configuration, shown


def rows(choices: Choices, shown: Path, intervals: Sequence[float], clock: Clock) -> Iterator[tuple[str, str]]:
    """Yield what is worth knowing before a run, each with its label."""
    shortest, longest = min(intervals), max(intervals)
    yield 'config', f'{one_line(str(shown), 4096)} ({counted(len(intervals), "instance")})'
    yield 'interval', f'{shortest:g}{f" to {longest:g}" if longest > shortest else ""} s'
    if choices.begins_ok:
        real = '' if choices.speed == 1 else ' of real time'
        yield 'values', f'{BEGIN_VALUE} for two minutes{real}: the threshold monitor begins as OK; then random'
    if choices.speed != 1:
        # Where a clock starts at a working day, its downtimes are not open.
        begin = f'{datetime.fromtimestamp(clock.now()):%A %H:%M}'
        start = '' if choices.start() is None else f', from {begin}, when alerts mail'
        yield 'speed', f'{choices.speed:g} times real time{start}'
    yield 'stop', 'Ctrl-C'


@click.command(cls=MakeCommand, context_settings={'max_content_width': 100})
@click.option(
    '--config',
    type=click.Path(path_type=Path),
    default=None,
    help='A conf.yaml with any number of instances. Default: the conf.yaml.example of the check.',
)
@click.option(
    '--times', metavar='N', type=click.IntRange(min=1), help='Stop after this many runs of each instance. No page.'
)
@click.option(
    '--interval',
    metavar='SECONDS',
    type=click.FloatRange(min=0, max=86_400, min_open=True),
    callback=finite,
    help='Seconds between two runs. Default: the min_collection_interval of each instance, or 15 as in an Agent.',
)
@click.option('--json', 'as_json', is_flag=True, help='Print JSON Lines only, one for each point. Serves no page.')
@click.option(
    '--speed',
    metavar='FACTOR',
    type=click.FloatRange(1, 600),
    default=1,
    callback=finite,
    help='Run the clock this many times faster than real time: at 60, an hour takes a minute. Without --file, it '
    'starts at 09:00 on the last weekday, when no downtime is open.',
)
@click.option(
    '--file',
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    help='Keep the data of the sandbox in this file, for the next run. Default: in memory, and gone at the end.',
)
@click.option(
    '--port',
    metavar='N',
    type=click.IntRange(0, 65_535),
    help='Port of the page; 0 picks a free one. Default: 4500, or the next free port.',
)
@click.option('--open', 'open_page', is_flag=True, help='Open the page in the browser of this machine.')
def main(**options: Any) -> None:
    """Run the check until Ctrl-C. Show each value here, and the whole pipeline in a browser.

    With --times or --json no page is served. The exit code is 1 when the configuration is wrong, before anything
    runs, or when a run failed.
    """
    choices = Choices(**options)
    choices.require_effect()
    # In place of the base package's handler, which hands every record to the Agent. What it would warn of is found
    # before the run.
    logging.basicConfig(level=logging.ERROR, format='%(levelname)s: %(message)s', force=True)
    package = load_check(CHECK)
    configuration, shown = checked(package, choices.config or package.example)

    host, clock = socket.gethostname(), Clock(choices.speed, choices.start())
    stop_in_time(clock)
    intervals = [choices.interval or instance.interval for instance in configuration.instances]
    rehearsal = Rehearsal(configuration.instances, clock, choices.begins_ok)
    runner = Runner(rehearsal, intervals, clock, host, choices.times)
    with written():
        if choices.as_json:
            runner.run(JsonLines())
        else:
            title = f'{package.name} {package.version}', f' on {one_line(host)}'
            header = Header(*title, list(rows(choices, shown, intervals, clock)))
            terminal = Terminal(configuration.instances, intervals, clock)
            if choices.serves:
                serve(choices, runner, terminal, header, package.folder)
            else:
                terminal.start(header)
                runner.run(terminal)
            terminal.summary()
    sys.exit(runner.failed)


if __name__ == '__main__':
    main()
