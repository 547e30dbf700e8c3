"""The command `custom-check-publish`."""

import signal
import sys
import threading
from types import FrameType
from typing import NoReturn

import click

from .commands.prove import prove_pipeline
from .commands.publish import apply, destroy, show_plan
from .commands.snapshot import take_snapshot
from .failures import Terminated, explain
from .output import Output


@click.group(context_settings={'help_option_names': ['-h', '--help'], 'max_content_width': 100})
@click.version_option(package_name='custom-check-publish')
def cli() -> None:
    """Publish the timeboard, monitors, and downtimes of custom_check to a Datadog account.

    plan shows what would change, and apply changes it. Both may be run any number of times: what is right is left
    alone, what differs is changed in place, and what somebody else created is never touched.

    The keys come from DD_API_KEY and DD_APP_KEY in the environment.
    """


for command in (show_plan, apply, destroy, prove_pipeline, take_snapshot):
    cli.add_command(command)


def _terminate(*_: int | FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Terminated


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command and exit: 0 done, 1 failed or declined, 2 wrong input or, as asked, something to do, 130
    interrupted, 143 terminated."""
    arguments = (sys.argv[1:] if arguments is None else arguments) or ['--help']
    if sys.stdout is None:
        # click would leave out what it prints, and exit with 0.
        click.echo('Error: the standard output is closed: nothing could be shown.', err=True)
        sys.exit(2)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _terminate)
    output = Output('--json' in arguments, {'-v', '--verbose'} & set(arguments) != set())
    try:
        sys.exit(cli.main(arguments, prog_name='custom-check-publish', standalone_mode=False))
    except (Exception, KeyboardInterrupt) as error:
        words, code = explain(error, output)
    output.error(words)
    output.result(error=words)
    # With --detailed-exitcode, 2 says that there is something to do.
    sys.exit(1 if code == 2 and '--detailed-exitcode' in arguments else code)
