"""What a person sees of a run: a line for each point, a sign of life between them, and a summary at the end."""

import math
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from tools.collector import Point
from tools.configuration import Instance
from tools.scheduler import Clock
from tools.text import one_line


class PipeConsole(Console):
    """A console that leaves it to its caller what happens when its reader leaves."""

    def on_broken_pipe(self) -> None:
        raise


class Terminal:
    """Print a run. Used as a context, it shows the time to the next point, where the output is a terminal."""

    def __init__(self, instances: Sequence[Instance], clock: Clock) -> None:
        self.console = PipeConsole(highlight=False, emoji=False, markup=False)
        self._instances = instances
        self._clock = clock
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

    def start(
        self,
        check: str,
        host: str,
        path: Path,
        intervals: Sequence[float],
        address: str | None = None,
        speed: float = 1,
    ) -> None:
        """Say where to look, which check is about to run, how often, in seconds, and how it ends."""
        shortest, longest = min(intervals), max(intervals)
        if address:
            self._row(Text.assemble('Open ', (address, 'bold underline')))
            self._row()
        self._row(Text.assemble((check, 'bold'), f' on {one_line(host)}'))
        for name, text in (
            ('config', f'{one_line(str(path), 4096)} ({_count(len(self._instances), "instance")})'),
            ('interval', f'{shortest:g}{f" to {longest:g}" if longest > shortest else ""} s'),
            *([('speed', f'{speed:g} times real time')] if speed != 1 else []),
            ('stop', 'Ctrl-C'),
        ):
            self._row(Text(f'{name:8}', 'dim'), Text(text))
        self._row()

    def point(self, position: int, at: float, next_at: float | None, point: Point, states: Sequence[str] = ()) -> None:
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
        self._row(Text(f'{datetime.fromtimestamp(at):%H:%M:%S}'), Text(text))

    def failure(self, position: int, at: float, next_at: float | None, error: str) -> None:
        """Print why a run of the instance at a position failed."""
        self._failed += 1
        number = '' if self._numbered else f'instance {self._instances[position].number}: '
        self._line(position, at, next_at, '', ('failed', 'bold red'), f'{number}{error}')

    def summary(self) -> None:
        """Print how many points there were, and between which values."""
        values = self._values
        text = f'Stopped after {_count(len(values), "point")}'
        # Values of different metrics have no mean.
        if len(self._metrics) == 1:
            lowest, highest = _number(min(values)), _number(max(values))
            text += f': minimum {lowest}, mean {sum(values) / len(values):.1f}, maximum {highest}'
        if self._failed:
            text += f'; {_count(self._failed, "run")} failed'
        self._row(Text(f'{text}.'))

    def _line(self, position: int, at: float, next_at: float | None, name: str, what: Any, details: str) -> None:
        if next_at is None:
            self._next.pop(position, None)
            after = 'last run'
        else:
            self._next[position] = next_at
            after = f'next in {round(max(next_at - at, 0), 1):g} s'
        number = f'instance {self._instances[position].number}' if self._numbered else ''
        cells = [Text.assemble(f'{datetime.fromtimestamp(at):%H:%M:%S}  {name}', what)]
        cells += [Text(text) for text in (number, details) if text]
        self._row(*cells, Text(after, 'dim'))

    def _row(self, *cells: Text) -> None:
        if not self.console.is_terminal:
            # One line each, for whatever reads it.
            self.console.print(Text('  ').join(cells), soft_wrap=True)
            return
        table = Table.grid(padding=(0, 2))
        for position in range(len(cells)):
            # What is long wraps inside its own column.
            table.add_column(overflow='fold', no_wrap=len(cells) > 1 and position not in (1, len(cells) - 2))
        table.add_row(*cells)
        self.console.print(table)

    def _sign_of_life(self) -> Text:
        # A copy, since another thread draws this.
        moments = tuple(self._next.values())
        if not moments:
            return Text('')
        now = self._clock.now()
        seconds = max(1, math.ceil(min(moments) - now))
        return Text(f'{datetime.fromtimestamp(now):%H:%M:%S}  waiting {seconds} s for the next value', style='dim')


def _identity(instance: Instance) -> tuple[Any, ...]:
    """Return what tells the points of an instance from those of others."""
    return (*sorted(instance.check.instance.get('tags') or ()), instance.service)


def _number(value: float) -> str:
    """Return an integer in full, and six digits of any other number."""
    return str(value) if isinstance(value, int) else f'{value:.6g}'


def _count(number: int, thing: str) -> str:
    return f'{number:,} {thing}' if number == 1 else f'{number:,} {thing}s'
