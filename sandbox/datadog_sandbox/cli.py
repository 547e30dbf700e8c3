"""The command `datadog-sandbox`."""

import gc
import json
import os
import re
import sqlite3
import sys
import threading
import time
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .times import DAY

if TYPE_CHECKING:
    from rich.console import Console
    from starlette.applications import Starlette

# Each command imports what only it needs: the imports of the server take longer than a short rehearsal.

HOST = '127.0.0.1'
SWITCH_INTERVAL = 0.0005
"""Seconds after which a thread that calculates lets others on: with Python's 0.005, a post waited twice as long."""


def _address(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[str, int] | None:
    if value is None:
        return None
    host, _, port = value.rpartition(':')
    if not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise click.BadParameter(f'{value!r} is not HOST:PORT, such as localhost:25')
    return host, int(port)


def _schema(context: click.Context, _: click.Parameter, value: bool) -> None:
    """Print the JSON Schema of scenarios, and exit."""
    if value:
        from .scenarios import models

        click.echo(json.dumps(models.schema(), indent=2))
        context.exit()


def _consoles(no_color: bool = False) -> 'tuple[Console, Console]':
    """Return where results go, and where problems do."""
    from rich.console import Console

    results, problems = (Console(highlight=False, no_color=no_color or None, stderr=stderr) for stderr in (False, True))
    return results, problems


def _expression(context: click.Context, parameter: click.Parameter, value: str | None) -> re.Pattern[str] | None:
    try:
        return None if value is None else re.compile(value)
    except re.error as error:
        raise click.BadParameter(f'{value!r} is not a regular expression: {error}') from error


class Commands(click.Group):
    """The commands. What cannot be read or written ends them with one line."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        try:
            return super().main(*arguments, **options)
        except OSError as error:
            # What is still to be written at exit would fail once more.
            with suppress(AttributeError, OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            what = error.filename or 'the output'
            click.echo(f'Error: {what} cannot be read or written: {error.strerror}.', err=True)
            sys.exit(2)


@click.group(cls=Commands, context_settings={'help_option_names': ['-h', '--help']})
def main() -> None:
    """A Datadog account on this machine."""
    if sys.stdout is None:
        click.echo('Error: the standard output is closed: nothing could be shown.', err=True)
        sys.exit(2)
    for name in ('COLUMNS', 'LINES'):
        # POSIX calls a width or a height of 0 unspecified; rich prints nothing then.
        if not os.environ.get(name, '').strip('0 '):
            os.environ.pop(name, None)


@main.command(short_help='Run the account as a server.')
@click.option('--host', metavar='ADDRESS', default=HOST, show_default=True, help='Address to listen on.')
@click.option(
    '--port', metavar='N', default=8080, show_default=True, type=click.IntRange(0, 65_535),
    help='Port to listen on; 0 picks a free one.',
)  # fmt: skip
@click.option('--file', type=click.Path(dir_okay=False, path_type=Path), help='Keep the account in this SQLite file.')
@click.option('--memory', is_flag=True, help='Keep the account in memory until the server stops: the default.')
@click.option('--smtp', metavar='HOST:PORT', callback=_address, help='Also send the mails through this SMTP server.')
@click.option(
    '--retention', metavar='DAYS', default=8.0, show_default=True, type=click.FloatRange(0.1, 400),
    help='How many days to keep points, traces, and mails.',
)  # fmt: skip
@click.option(
    '--allowed-host', 'allowed_hosts', metavar='NAME', multiple=True,
    help='Also answer requests to this host name, such as that of a Compose service. May be repeated.',
)  # fmt: skip
def serve(
    host: str,
    port: int,
    file: Path | None,
    memory: bool,
    smtp: tuple[str, int] | None,
    retention: float,
    allowed_hosts: tuple[str, ...],
) -> None:
    """Run the account as a server for Agents, clients, and browsers, until Ctrl-C."""
    from . import server
    from .door import Door

    if file and memory:
        raise click.UsageError('--file and --memory exclude each other.')
    with ExitStack() as stack:
        try:
            listener = stack.enter_context(server.listen(host, port))
        except OSError as error:
            reason = f'--host {host} --port {port}: {error.strerror}. --port 0 picks a free one.'
            raise click.ClickException(reason) from error
        url = server.url_of(listener)
        names = (f'[{host}]' if ':' in host else host, *allowed_hosts)

        def load() -> 'Starlette':
            from .pages import static
            from .store import Store

            store = stack.enter_context(closing(Store(file)))
            if file:
                click.echo(_started(url, file))
            # The first dashboard need not wait for it.
            threading.Thread(target=static.bundle, daemon=True).start()
            return server.create_app(store, allowed_hosts=names, smtp=smtp, retention=int(retention * DAY), address=url)

        door = Door(lambda routes, lifespan: server.guarded(routes, lifespan, time.time, names), load)
        running = server.server_of(door)
        door.failed = lambda: setattr(running, 'should_exit', True)
        if file is None:
            # With a file, only once it is open: it may be refused.
            click.echo(_started(url, file))
        sys.setswitchinterval(SWITCH_INTERVAL)
        # uvicorn ends in order, and then raises the signal again.
        with suppress(KeyboardInterrupt):
            running.run(sockets=[listener])
        if isinstance(door.error, sqlite3.Error):
            raise click.ClickException(f'--file {file}: {door.error}')
        if door.error:
            raise door.error


def _started(url: str, file: Path | None) -> str:
    """Return how to reach the sandbox."""
    return (
        f'The sandbox is at {url} and keeps everything in {file or "memory"}. Ctrl-C stops it.\n\n'
        f'An Agent reports to it with\n'
        f'  DD_DD_URL={url} DD_APM_DD_URL={url} DD_API_KEY=any\n'
        f"Datadog's clients call it with\n"
        f'  DATADOG_HOST={url} DD_API_KEY=any DD_APP_KEY=any'
    )


@main.command(short_help='Test monitors and downtimes against scenarios.')
@click.argument('scenarios', metavar='SCENARIO…', nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option('-v', '--verbose', is_flag=True, help='Show every group, every event, and the text of every mail.')
@click.option('-q', '--quiet', is_flag=True, help='Show only failures and a summary.')
@click.option('-k', 'word', metavar='WORD', default='', help='Run only tests whose name or file name contains this.')
@click.option('--run', 'expression', metavar='REGEX', callback=_expression, help='Run only tests whose name matches.')
@click.option('-x', '--exitfirst', is_flag=True, help='Stop after the first test that fails.')
@click.option('--no-color', is_flag=True, help='Print without colours, as with the environment variable NO_COLOR.')
@click.option('--json', 'as_json', is_flag=True, help='Print the results as JSON.')
@click.option(
    '--junit',
    metavar='PATH',
    type=click.Path(dir_okay=False, path_type=Path),
    help='Also write the results as JUnit XML.',
)
@click.option('--watch', is_flag=True, help='Rehearse again whenever a file changes, until Ctrl-C.')
@click.option(
    '--coverage',
    is_flag=True,
    help='Also report which states, transitions, recipients, and branches of messages no test reaches.',
)
@click.option(
    '--fail-under', metavar='PERCENT', default=0.0, type=click.FloatRange(0, 100), help='Fail when --coverage is lower.'
)
@click.option('--init', is_flag=True, help='Write a scenario for each monitor; SCENARIO… are files of monitors then.')
@click.option(
    '--into', metavar='DIR', type=click.Path(path_type=Path),
    help='Folder for the scenarios of --init; by default, that of the monitor.',
)  # fmt: skip
@click.option(
    '--schema', is_flag=True, is_eager=True, expose_value=False, callback=_schema,
    help='Print the JSON Schema of scenarios, for editors, and exit.',
)  # fmt: skip
@click.pass_context
def rehearse(
    context: click.Context,
    scenarios: tuple[Path, ...],
    verbose: bool,
    quiet: bool,
    word: str,
    expression: re.Pattern[str] | None,
    exitfirst: bool,
    no_color: bool,
    as_json: bool,
    junit: Path | None,
    watch: bool,
    coverage: bool,
    fail_under: float,
    init: bool,
    into: Path | None,
) -> None:
    """Rehearse monitors and downtimes with synthetic data, and compare the results with expectations.

    SCENARIO is a YAML file, or a folder of YAML files. The exit code is 0 when every expectation is met, 1 when one
    is not, 2 when a scenario is invalid (then none runs), and 5 when there is nothing to run.
    """
    if not scenarios:
        raise click.UsageError('SCENARIO… is missing: name YAML files, or folders of YAML files.')
    for name, other in (('verbose', 'quiet'), ('watch', 'as_json')):
        if context.params[name] and context.params[other]:
            raise click.UsageError(f'--{name} and --{other.removeprefix("as_")} exclude each other.')
    gc.disable()
    from .scenarios import command

    # Imported modules live until the end: collections need not look at them, and the one at the exit saves 0.06 s.
    gc.freeze()
    gc.enable()
    console, errors = _consoles(no_color)
    if init:
        from .scenarios.drafts import command as drafts

        context.exit(drafts.run(scenarios, into, console, errors))
    selection = command.Selection(word, expression)
    options = command.Options(
        as_json, junit, verbose, quiet, selection, exitfirst, coverage or fail_under > 0, fail_under
    )
    if watch:
        context.exit(command.watched(scenarios, console, errors, options))
    code, _ = command.run(scenarios, console, errors, options)
    context.exit(code)


@main.command(short_help='Report which monitors and dashboards work here.')
@click.argument('paths', metavar='PATH…', nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option('-v', '--verbose', is_flag=True, help='Show each file.')
@click.option('--json', 'as_json', is_flag=True, help='Print the report as JSON.')
@click.pass_context
def check(context: click.Context, paths: tuple[Path, ...], verbose: bool, as_json: bool) -> None:
    """Report which monitors and dashboards the sandbox evaluates and draws, and why not the others.

    PATH is a file or a folder: exports and API responses in JSON, assets of integrations, the output of
    `terraform show -json`, objects of the Datadog Operator, or catalogues in YAML. What the API of the sandbox takes
    is called accepted. The exit code is 0 when everything is accepted and evaluated, 1 when something is not, and 2
    when a file cannot be read.
    """
    from .check import command

    console, errors = _consoles()
    context.exit(command.run(paths, console, errors, as_json=as_json, verbose=verbose))


@main.command(short_help='Replay recorded data against a monitor.')
@click.argument('monitor', type=click.Path(exists=True, path_type=Path))
@click.option(
    '--data', multiple=True, required=True, type=click.Path(exists=True, path_type=Path),
    help="A response of Datadog's query API, v1 or v2, or a CSV of times and values. May be repeated.",
)  # fmt: skip
@click.option('--against', type=click.Path(exists=True, path_type=Path), help='Another monitor to compare with.')
@click.option('--monitor', 'name', metavar='NAME', help='Name or id of the monitor, if the file holds several.')
@click.option('--timezone', metavar='NAME', default='UTC', show_default=True, help='Time zone for the times shown.')
@click.option('-v', '--verbose', is_flag=True, help='Show every group, every event, and the text of every mail.')
@click.option('--json', 'as_json', is_flag=True, help='Print the results as JSON.')
@click.option('--no-color', is_flag=True, help='Print without colours.')
@click.pass_context
def backtest(
    context: click.Context,
    monitor: Path,
    data: tuple[Path, ...],
    against: Path | None,
    name: str | None,
    timezone: str,
    verbose: bool,
    as_json: bool,
    no_color: bool,
) -> None:
    """Replay recorded data against a monitor: when would it have alerted, for how long, and who would have got mail?

    MONITOR is a file in a format that `rehearse` reads. The exit code is 0, or 2 when a file cannot be read or
    rehearsed.
    """
    from .scenarios import backtest, backtest_report

    console, errors = _consoles(no_color)
    try:
        new = backtest.backtest(monitor, name, data, timezone)
        old = backtest.backtest(against, name, data, timezone) if against else None
    except (backtest.BacktestError, backtest.ScenarioError) as error:
        errors.print(str(error), soft_wrap=True, markup=False, highlight=False)
        context.exit(2)
    if as_json:
        console.out(backtest_report.as_json(new, old), highlight=False)
    else:
        backtest_report.show(new, old, console, verbose)


if __name__ == '__main__':
    main()
