"""Run the check in this process, as an Agent would schedule it, and show the whole pipeline in a browser.

No Docker, no Agent, no account: the points go to a sandbox in this process.
"""

import json
import logging
import math
import os
import select
import shutil
import signal
import socket
import sqlite3
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
import urllib3

from tools.check_config import collapsed
from tools.collector import RunError, collect, other_submissions
from tools.configuration import load
from tools.package import DEFAULT_CHECK, load_check
from tools.rehearsal import Rehearsal
from tools.scheduler import Clock, schedule
from tools.terminal import Terminal

if TYPE_CHECKING:
    from tools.pipeline import Pipeline

# The folder of the integration, in the words of `make run CHECK=my_check`.
CHECK = os.environ.get('CHECK') or DEFAULT_CHECK


class MakeCommand(click.Command):
    """A command that tells how to call it through make."""

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


def wrapped(line: str) -> str:
    """Wrap a line for the terminal that errors go to, if they go to one."""
    if not sys.stderr.isatty():
        return line
    return textwrap.fill(line, shutil.get_terminal_size().columns, subsequent_indent='  ', break_on_hyphens=False)


def stop_without_reader(clock: Clock) -> None:
    """Stop the clock once nobody reads what is printed, as after `| head`: not only at the next value."""
    output = select.poll()
    # No event to wait for but the end, which is always reported.
    output.register(1, 0)
    output.poll()
    clock.stop()


def discard_output() -> None:
    """Let nothing that is still to be written at exit fail once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


@contextmanager
def sandbox(file: Path | None, clock: Clock, host: str, rehearsal: Rehearsal | None) -> Iterator['Pipeline']:
    """Start the sandbox, or say in one line why it cannot start."""
    # Its libraries take a second to import, which a run without it need not wait for.
    from tools.pipeline import opened

    with ExitStack() as stack:
        try:
            pipeline = stack.enter_context(opened(file, clock, host, rehearsal))
        except sqlite3.Error as error:
            why = f'--file is {str(file)!r}, but must be a file of an earlier run: {error}.'
            raise click.ClickException(why) from None
        except OSError as error:
            raise click.ClickException(f'the sandbox cannot listen on this machine: {error.strerror}') from None
        # What fails from here on is no fault of the start, and is not told as one.
        yield pipeline


@click.command(cls=MakeCommand, context_settings={'max_content_width': 100})
@click.option(
    '--config',
    type=click.Path(path_type=Path),
    default=None,
    help='A conf.yaml with any number of instances. Default: the conf.yaml.example of the check.',
)
@click.option('--times', type=click.IntRange(min=1), help='Stop after this many runs of each instance. No page.')
@click.option(
    '--interval',
    type=click.FloatRange(min=0, max=86_400, min_open=True),
    callback=finite,
    help='Seconds between two runs. Default: the min_collection_interval of each instance, or 15 as in an Agent.',
)
@click.option('--json', 'as_json', is_flag=True, help='Print JSON Lines only, one for each point. Serves no page.')
@click.option(
    '--speed',
    type=click.FloatRange(1, 600),
    default=1,
    callback=finite,
    help='How many times as fast as real time the clock of the run goes: at 60, an hour takes a minute.',
)
@click.option(
    '--file',
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    help='Keep the data of the sandbox in this file, for the next run. Default: in memory, and gone at the end.',
)
def main(
    config: Path | None, times: int | None, interval: float | None, as_json: bool, speed: float, file: Path | None
) -> None:
    """Run the check until Ctrl-C, and show each value here and the whole pipeline in a browser.

    With --times or --json no page is served.

    Exit 1 when the configuration is wrong, before anything runs, or when a run failed.
    """
    # In place of the base package's handler, which hands every record to the Agent. What it would warn of is found
    # before the run.
    logging.basicConfig(level=logging.ERROR, format='%(levelname)s: %(message)s', force=True)
    package = load_check(CHECK)
    config = config or package.example
    shown = Path(os.path.relpath(config)) if config.is_relative_to(Path.cwd()) else config
    configuration = load(shown, package)
    for line in collapsed(configuration.findings):
        click.echo(wrapped(line), err=True)
    if not configuration.is_valid:
        sys.exit(1)

    host, clock = socket.gethostname(), Clock(speed)
    rehearsal = Rehearsal(configuration.instances, clock)
    intervals = [interval or instance.interval for instance in configuration.instances]
    for number in (signal.SIGINT, signal.SIGTERM):
        # Ends the wait, and never a run or a line.
        signal.signal(number, lambda *_: clock.stop())
    threading.Thread(target=stop_without_reader, args=(clock,), daemon=True).start()

    terminal = Terminal(configuration.instances, clock)
    failed = False

    def run(pipeline: 'Pipeline | None') -> None:
        nonlocal failed
        for position, next_at in schedule(intervals, clock, times):
            at = clock.now()
            # Once, as the page may change it at any point of this.
            instances = rehearsal.instances
            if not instances:
                continue
            try:
                points = collect(instances[position], host, at)
                if pipeline:
                    pipeline.send(points)
            except (RunError, urllib3.exceptions.HTTPError) as error:
                failed = True
                if as_json:
                    click.echo(f'instance {position + 1} failed: {error}', err=True)
                else:
                    terminal.failure(position, at, next_at, str(error))
                continue
            for text in [] if as_json else other_submissions():
                terminal.other(at, text)
            for point in points:
                rehearsal.submitted(*point['points'][0])
                if as_json:
                    click.echo(json.dumps(point))
                else:
                    terminal.point(position, at, next_at, point, pipeline.states(point) if pipeline else [])

    try:
        if as_json:
            run(None)
        elif times:
            terminal.start(f'{package.name} {package.version}', host, shown, intervals)
            with terminal:
                run(None)
            terminal.summary()
        else:
            # The panel knows the options of our check only.
            with sandbox(file, clock, host, rehearsal if CHECK == DEFAULT_CHECK else None) as pipeline:
                address = pipeline.publish(package.folder)
                terminal.start(f'{package.name} {package.version}', host, shown, intervals, address, speed)
                with terminal:
                    run(pipeline)
            terminal.summary()
    except BrokenPipeError:
        # The reader left, as `| head` does: not an error.
        discard_output()
    except OSError as error:
        discard_output()
        raise click.ClickException(f'the output cannot be written: {error.strerror}') from None
    sys.exit(failed)


if __name__ == '__main__':
    main()
