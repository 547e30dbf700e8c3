"""What ended a run, in words and as an exit code."""

import os
import signal
import sys
import traceback
from contextlib import suppress

import click

from .assets import AssetError
from .http import InvalidProxy
from .output import Output
from .transport import ApiError


class Terminated(KeyboardInterrupt):
    """SIGTERM, which ends the command as Ctrl-C does: after it has said what is done and what is not."""


def explain(error: BaseException, output: Output) -> tuple[str, int]:
    """Return the words for what ended a run, and its exit code."""
    if isinstance(error, click.Abort):
        # Click raises it for Ctrl-C and for the end of the input alike, on the line of its question.
        output.note('')
        if not isinstance(error.__context__, KeyboardInterrupt):
            return 'No answer.', 1
        error = error.__context__
    if isinstance(error, Terminated):
        return 'Terminated.', 128 + signal.SIGTERM
    if isinstance(error, KeyboardInterrupt):
        return 'Interrupted.', 128 + signal.SIGINT
    if isinstance(error, ApiError):
        return str(error), 1
    if isinstance(error, AssetError):
        return str(error), 2
    if isinstance(error, InvalidProxy):
        return f'{error}.', 2
    if isinstance(error, click.ClickException):
        if isinstance(error, click.UsageError) and error.ctx:
            output.note(error.ctx.get_usage())
        return error.format_message(), error.exit_code
    if isinstance(error, OSError):
        _discard_output()
        return f'This cannot be read or written here: {error.filename or "the output"}: {error.strerror}.', 2
    output.trace(''.join(traceback.format_exception(error)))
    return f'{type(error).__name__}: {error}. This is a bug; --verbose shows where.', 1


def _discard_output() -> None:
    """Let nothing that is still to be written at exit fail once more."""
    with suppress(AttributeError, OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
