"""Run with the page of a sandbox, until Ctrl-C."""

import sqlite3
import threading
import webbrowser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tools.choices import CHECK, Choices
from tools.package import DEFAULT_CHECK
from tools.rehearsal import Rehearsal
from tools.runner import Runner
from tools.scheduler import Clock
from tools.terminal import Header, Terminal

if TYPE_CHECKING:
    from tools.pipeline import Pipeline


def serve(choices: Choices, runner: Runner, terminal: Terminal, header: Header, folder: Path) -> None:
    """Run until Ctrl-C, with what the integration in a folder publishes shown in a page."""
    # The panel knows the options of our check only.
    panel = runner.rehearsal if CHECK == DEFAULT_CHECK else None
    with sandbox(choices, runner.clock, runner.host, panel) as pipeline:
        address = pipeline.publish(folder)
        terminal.start(header, address)
        if choices.open_page:
            open_page(address)
        with terminal:
            runner.run(terminal, pipeline)


@contextmanager
def sandbox(choices: Choices, clock: Clock, host: str, rehearsal: Rehearsal | None) -> Iterator['Pipeline']:
    """Start the sandbox, or say in one line why it cannot start."""
    # Its libraries take a second to import, which a run without it need not wait for.
    from tools.pipeline import opened

    with ExitStack() as stack:
        try:
            pipeline = stack.enter_context(opened(choices.file, clock, host, rehearsal, choices.port))
        except sqlite3.Error as error:
            why = f'--file is {str(choices.file)!r}, but must be a file of an earlier run: {error}.'
            raise click.ClickException(why) from None
        except OSError as error:
            if choices.port is not None:
                why = f'--port is {choices.port}, but must be a port that is free: {error.strerror}.'
            else:
                why = f'the sandbox cannot listen on this machine: {error.strerror}'
            raise click.ClickException(why) from None
        # What fails from here on is no fault of the start, and is not reported as one.
        yield pipeline


def open_page(address: str) -> None:
    """Show a page in the browser of this machine, or say that there is none."""

    def show() -> None:
        if not webbrowser.open(address):
            click.echo('No browser could be started. Open the address yourself.', err=True)

    # A browser in the terminal takes as long as its reader.
    threading.Thread(target=show, daemon=True).start()
