"""Draw the terminal output of `make run` as docs/make-run.svg, for the README."""

import io
import math
import os
import pty
import signal
import subprocess
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parents[1]
FILE = ROOT / 'docs/make-run.svg'


def read_terminal(parent: int, values: float = math.inf) -> bytes:
    """Return what is written to a pseudo-terminal until its child end is closed, or until it shows so many values."""
    output = b''
    try:
        while output.count(b'next in') < values and (piece := os.read(parent, 4096)):
            output += piece
    except OSError:
        # Linux reports the closed child end as an I/O error.
        pass
    return output


@click.command()
@click.option('--values', default=3, show_default=True, help='Values until Ctrl-C: one in 45 seconds.')
def main(values: int) -> None:
    """Run `make run` for some values, and draw its output."""
    click.echo(f'Running make run until it has shown {values} values ...')
    # Without the variables of the outer make, which would make the inner one print the folders that it enters.
    environment = {name: value for name, value in os.environ.items() if not name.startswith('MAKE')}
    parent, child = pty.openpty()
    with subprocess.Popen(
        ['make', 'run'],
        cwd=ROOT,
        # Not interactive: the sign of life between two values would be drawn over and over.
        env={**environment, 'TERM': 'xterm-256color', 'COLUMNS': '100', 'TTY_INTERACTIVE': '0'},
        stdin=child,
        stdout=child,
        stderr=child,
        start_new_session=True,
    ) as process:
        os.close(child)
        output = read_terminal(parent, values)
        os.killpg(process.pid, signal.SIGINT)
        output += read_terminal(parent)

    console = Console(record=True, width=100, file=io.StringIO())
    console.print(Text('$ make run', style='bold'))
    console.print(Text.from_ansi(output.decode().replace('\r\n', '\n').strip()))
    FILE.write_text(console.export_svg(title='make run', unique_id='make-run'))
    click.echo(f'Written to {FILE}.')


if __name__ == '__main__':
    main()
