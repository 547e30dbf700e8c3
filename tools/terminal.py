"""What a person sees of a run: a line for each point, a sign of life between them, and a summary at the end."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.live import Live
from rich.table import Table
from rich.text import Text

from tools.collector import Point
from tools.configuration import Instance
from tools.console import SizedConsole
from tools.scheduler import Clock
from tools.text import one_line


class PipeConsole(SizedConsole):
    """A console that leaves it to its caller what happens when its reader leaves."""

    def on_broken_pipe(self) -> None:
        raise


@dataclass(frozen=True)
class Header:
    """What is shown before a run: which check, where, and a line for each label."""

    check: str
    place: str
    rows: Sequence[tuple[str, str]]


class Terminal:
    """Print a run. Used as a context, it shows the time to the next point, where the output is a terminal.

    `intervals` has the seconds between two runs of each instance.
    """

    def __init__(self, instances: Sequence[Instance], intervals: Sequence[float], clock: Clock) -> None:
        self.console = PipeConsole(highlight=False, emoji=False, markup=False)
        self._instances = instances
        self._intervals = intervals
        self._clock = clock
        self._address = ''
        self._next: dict[int, float] = {}
        self._values: list[float] = []
        self._metrics: set[str] = set()
        self._failed = 0
        self._live = Live(console=self.console, get_renderable=self._sign_of_life, refresh_per_second=2, transient=True)
        tags = Counter(_identity(instance) for instance in instances)
        self._numbered = any(count > 1 for count in tags.values())

    def __enter__(self) -> 'Terminal':
        if self.console.is_interactive:
            self._live.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._live.stop()

    def start(self, header: Header, address: str = '') -> None:
        """Say where to look, which check is about to run, how often, and how it ends."""
        self._address = address
        if address:
            self._print(Text.assemble('Open ', (address, 'bold underline')))
            self._print()
        self._print(Text.assemble((header.check, 'bold'), header.place))
        for label, text in header.rows:
            self._row(f'{label:8}', text, 'dim')
        self._print()

    def point(self, position: int, at: float, next_at: float | None, point: Point, states: Sequence[str]) -> None:
        """Print a point of the instance at a position, what the monitors make of it, and when the next one comes."""
        [(_, value)] = point['points']
        self._values.append(value)
        self._metrics.add(point['metric'])
        device = [f'device:{point["device"]}'] if 'device' in point else []
        tags = one_line(', '.join([*device, *point['tags']]), 400)
        details = '; '.join(part for part in (tags, one_line(', '.join(states), 400)) if part)
        self._line(position, at, next_at, f'{point["metric"]} ', (f'{_number(value):>6}', 'bold cyan'), details)

    def other(self, at: float, text: str) -> None:
        """Print what a run submitted beside points."""
        self._row(f'{datetime.fromtimestamp(at):%H:%M:%S}', text)

    def failure(self, position: int, at: float, next_at: float | None, error: str) -> None:
        """Print why a run of the instance at a position failed."""
        self._failed += 1
        number = '' if self._numbered else f'instance {self._instances[position].number}: '
        self._line(position, at, next_at, '', ('failed', 'bold red'), f'{number}{error}')

    def summary(self) -> None:
        """Print how many points there were, and between which values."""
        values = self._values
        text = f'Stopped after {counted(len(values), "point")}'
        # Values of different metrics have no mean.
        if len(self._metrics) == 1:
            lowest, highest = _number(min(values)), _number(max(values))
            text += f': minimum {lowest}, mean {sum(values) / len(values):.1f}, maximum {highest}'
        if self._failed:
            text += f'; {counted(self._failed, "run")} failed'
        self._print(Text(f'{text}.'))

    def _line(self, position: int, at: float, next_at: float | None, name: str, what: Any, details: str) -> None:
        if next_at is None:
            self._next.pop(position, None)
            after = 'last run'
        else:
            self._next[position] = next_at
            # Not what is left of it, which depends on how long this took.
            after = f'next in {self._intervals[position]:g} s'
        number = f'instance {self._instances[position].number}' if self._numbered else ''
        first = Text.assemble(f'{datetime.fromtimestamp(at):%H:%M:%S}  {name}', what)
        described = [Text(text) for text in (number, details) if text]
        line = Text('  ').join([first, *described, Text(after, 'dim')])
        if not self.console.is_terminal or line.cell_len <= self.console.width:
            self._print(line)
            return
        self._print(Text('  ').join([first, Text(after, 'dim')]))
        for text in described:
            self._row(' ' * 8, text.plain)

    def _print(self, line: Text | str = '') -> None:
        # One line each for a file or a pipe, whatever reads it; a terminal gets it broken between words.
        self.console.print(line, soft_wrap=not self.console.is_terminal)

    def _row(self, label: str, text: str, style: str = '') -> None:
        """Print a string beside its label. What is long wraps in its own column."""
        if not self.console.is_terminal:
            self._print(Text.assemble((label, style), f'  {text}'))
            return
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True)
        table.add_column(overflow='fold')
        table.add_row(Text(label, style), Text(text))
        self.console.print(table)

    def _sign_of_life(self) -> Text:
        # A copy, since another thread draws this.
        moments = tuple(self._next.values())
        if not moments:
            return Text('')
        now = self._clock.now()
        seconds = max(1, math.ceil(min(moments) - now))
        # With the address, which fast values move out of sight.
        return Text(f'{datetime.fromtimestamp(now):%H:%M:%S}  waiting {seconds} s  {self._address}'.rstrip(), 'dim')


def _identity(instance: Instance) -> tuple[Any, ...]:
    """Return what distinguishes the points of an instance from those of others."""
    return (*sorted(instance.check.instance.get('tags') or ()), instance.service)


def _number(value: float) -> str:
    """Return an integer in full, and six digits of any other number."""
    return str(value) if isinstance(value, int) else f'{value:.6g}'


def counted(number: int, thing: str) -> str:
    """Return a number of things, such as `1 point` and `1,000 points`."""
    return f'{number:,} {thing}' if number == 1 else f'{number:,} {thing}s'
