"""How a run ends in a terminal or a pipe, and what it says there."""

import os
import select
import shutil
import signal
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import click

from tools.scheduler import Clock


def wrapped(line: str) -> str:
    """Wrap a line between words for the terminal that errors go to, if they go to one."""
    if not sys.stderr.isatty():
        return line
    width = shutil.get_terminal_size().columns
    return textwrap.fill(line, width, subsequent_indent='  ', break_on_hyphens=False, break_long_words=False)


def stop_in_time(clock: Clock) -> None:
    """Stop a clock at Ctrl-C, when the process is asked to end, and when nobody reads what is printed."""

    def stop_without_reader() -> None:
        output = select.poll()
        # No event to wait for but the end, which is always reported.
        output.register(1, 0)
        output.poll()
        clock.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        # Ends the wait, and never a run or a line.
        signal.signal(number, lambda *_: clock.stop())
    # As after `| head`: at once, and not only at the next value.
    threading.Thread(target=stop_without_reader, daemon=True).start()


@contextmanager
def written() -> Iterator[None]:
    """End quietly when the reader of the output leaves, and in one line when the output cannot be written."""
    try:
        yield
    except OSError as error:
        # What is still to be written at exit would fail once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        if not isinstance(error, BrokenPipeError):
            raise click.ClickException(f'the output cannot be written: {error.strerror}') from None
