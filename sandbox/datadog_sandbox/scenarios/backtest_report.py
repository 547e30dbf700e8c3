"""Backtests for people, and as JSON."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from datadog_sandbox.monitors.model import TRIGGERED
from datadog_sandbox.terminal import clean

from .backtest import Backtest, Period, differences
from .drafts.text import duration
from .outcomes import Outcome
from .report import Report, test_object

MOST = 20
"""Periods that are shown."""


def show(new: Backtest, old: Backtest | None, console: Console, verbose: bool) -> None:
    """Print the timeline, how often and how long the monitor was in each state, and the mails by recipient."""
    report = Report(console, verbose)
    for test in (old, new) if old else (new,):
        report.show(test.outcome, verdict=False)
        console.print()
    console.print(_table([old, new] if old else [new]))
    if old is not None:
        _changes(new, old, console)


def _table(tests: Sequence[Backtest]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, show_header=len(tests) > 1)
    table.add_column('')
    for head in ('old', 'new') if len(tests) > 1 else ('',):
        table.add_column(head, justify='right')
    for state in TRIGGERED:
        cells = [f'{test.count(state)}, {duration(test.seconds(state))} in total' for test in tests]
        table.add_row(f'times in {state}', *(cell if cell[0] != '0' else '0' for cell in cells))
    for recipient in dict.fromkeys(recipient for test in tests for recipient in test.mails):
        table.add_row(Text(clean(f'mails to {recipient}')), *(str(test.mails.get(recipient, 0)) for test in tests))
    return table


def _changes(new: Backtest, old: Backtest, console: Console) -> None:
    changes = differences(new, old)
    console.print()
    if not any(period.state == 'Alert' for test in (new, old) for period in test.periods):
        console.print('Neither monitor alerts.')
    elif not changes:
        console.print('Every alert of either monitor overlaps with an alert of the other.')
    for which, period in changes[:MOST]:
        console.print(Text(clean(f'Only the {which} monitor alerts: {_words(period, new.outcome)}')), soft_wrap=True)
    if len(changes) > MOST:
        console.print(f'… {len(changes) - MOST} more')


def _words(period: Period, outcome: Outcome) -> str:
    start = datetime.fromtimestamp(period.start, outcome.zone)
    return f'{period.group}, {start:%a %d %b %H:%M} for {duration(period.end - period.start)}'


def as_json(new: Backtest, old: Backtest | None) -> str:
    content: dict[str, Any] = {'new': _object(new)}
    if old is not None:
        content['old'] = _object(old)
        content['differences'] = [
            {'only': which, **_period(period, new.outcome)} for which, period in differences(new, old)
        ]  # fmt: skip
    return json.dumps(content, indent=2, ensure_ascii=False)


def _object(test: Backtest) -> dict[str, Any]:
    return {
        'states': {state: {'times': test.count(state), 'seconds': test.seconds(state)} for state in TRIGGERED},
        'periods': [_period(period, test.outcome) for period in test.periods],
        'mails': test.mails,
        'test': test_object(test.outcome),
    }


def _period(period: Period, outcome: Outcome) -> dict[str, Any]:
    start, end = (datetime.fromtimestamp(moment, outcome.zone).isoformat() for moment in (period.start, period.end))
    return {'group': period.group, 'state': period.state, 'start': start, 'end': end}
