"""Run the check in this process, as an Agent would schedule it: no Docker, no Agent, no account."""

import json
import logging
import math
import os
import select
import shutil
import signal
import socket
import sys
import textwrap
import threading
from importlib.metadata import version
from pathlib import Path

import click
from collector import RunError, collect
from configuration import load
from scheduler import Clock, schedule
from terminal import Terminal

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / 'custom_check/datadog_checks/custom_check/data/conf.yaml.example'


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


@click.command(cls=MakeCommand, context_settings={'max_content_width': 100})
@click.option(
    '--config',
    type=click.Path(path_type=Path),
    default=EXAMPLE,
    help='A conf.yaml with any number of instances. Default: the conf.yaml.example of the check.',
)
@click.option('--times', type=click.IntRange(min=1), help='Stop after this many runs of each instance.')
@click.option(
    '--interval',
    type=click.FloatRange(min=0, max=86_400, min_open=True),
    callback=finite,
    help='Seconds between two runs. Default: the min_collection_interval of each instance, or 15 as in an Agent.',
)
@click.option('--json', 'as_json', is_flag=True, help='Print JSON Lines only, one for each point.')
def main(config: Path, times: int | None, interval: float | None, as_json: bool) -> None:
    """Run the check until Ctrl-C and show each value as it comes.

    Exit 1 when the configuration is wrong, before anything runs, or when a run failed.
    """
    # In place of the base package's handler, which hands every record to the Agent. What it would warn of is found
    # before the run.
    logging.basicConfig(level=logging.ERROR, format='%(levelname)s: %(message)s', force=True)
    shown = Path(os.path.relpath(config)) if config.is_relative_to(Path.cwd()) else config
    configuration = load(shown)
    for finding in configuration.findings:
        click.echo(wrapped(str(finding)), err=True)
    if not configuration.is_valid:
        sys.exit(1)

    instances, host, clock = configuration.instances, socket.gethostname(), Clock()
    intervals = [interval or instance.interval for instance in instances]
    for number in (signal.SIGINT, signal.SIGTERM):
        # Ends the wait, and never a run or a line.
        signal.signal(number, lambda *_: clock.stop())
    threading.Thread(target=stop_without_reader, args=(clock,), daemon=True).start()

    terminal, failed = Terminal(instances, clock), False
    try:
        if not as_json:
            terminal.start(version('datadog-custom-check'), host, shown, intervals)
        with terminal:
            for position, next_at in schedule(intervals, clock, times):
                at = clock.now()
                try:
                    points = collect(instances[position], host, at)
                except RunError as error:
                    failed = True
                    if as_json:
                        click.echo(f'instance {instances[position].number} failed: {error}', err=True)
                    else:
                        terminal.failure(position, at, next_at, str(error))
                    continue
                for point in points:
                    if as_json:
                        click.echo(json.dumps(point))
                    else:
                        terminal.point(position, at, next_at, point)
        if not as_json:
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
