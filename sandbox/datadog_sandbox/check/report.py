"""Verdicts for people, and as JSON."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from datadog_sandbox.terminal import clean

from .verdicts import Verdict

LONGEST = 160
"""Characters of a reason in the table."""
Judged = Sequence[tuple[Path, Verdict]]


def as_json(judged: Judged) -> str:
    return json.dumps({'files': [_object(file, verdict) for file, verdict in judged]}, indent=2, ensure_ascii=False)


def _object(file: Path, verdict: Verdict) -> dict[str, Any]:
    return {
        'file': str(file),
        'kind': verdict.kind,
        'name': verdict.name,
        'accepted': verdict.accepted,
        'evaluated': verdict.evaluated,
        'approximated': verdict.approximated,
        'reasons': [reason._asdict() for reason in verdict.reasons],
        'widgets': {'all': verdict.widgets, 'drawn': verdict.drawn},
    }


def show(judged: Judged, console: Console, verbose: bool) -> None:
    """Print a table of reasons and the totals; with `verbose`, first each file."""
    if verbose:
        for file, verdict in judged:
            _file(file, verdict, console)
    _table(judged, console)
    for kind in ('monitor', 'dashboard'):
        of_kind = [verdict for _, verdict in judged if verdict.kind == kind]
        if of_kind:
            console.print(Text(_totals(kind, of_kind)), soft_wrap=True)


def _file(file: Path, verdict: Verdict, console: Console) -> None:
    words, style = ('evaluated', 'green') if verdict.evaluated else ('not evaluated', 'red')
    if verdict.kind == 'dashboard':
        words = f'{verdict.drawn} of {verdict.widgets} widgets drawn'
    words += ', approximated' if verdict.approximated else ''
    accepted = '' if verdict.accepted else ', refused by the API'
    head = Text.assemble(clean(f'{file}: {verdict.name}: '), (f'{words}{accepted}', style))
    console.print(head, soft_wrap=True)
    for reason in verdict.reasons:
        console.print(Text(clean(f'    {reason.code}: {reason.message}'), style='dim'), soft_wrap=True)


def _table(judged: Judged, console: Console) -> None:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for _, verdict in judged:
        for code in dict.fromkeys(reason.code for reason in verdict.reasons):
            counts[code][verdict.kind] += 1
    if not counts:
        return
    examples: dict[str, Counter[str]] = defaultdict(Counter)
    for _, verdict in judged:
        for reason in verdict.reasons:
            examples[reason.code][reason.summary] += 1
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column('monitors', justify='right')
    table.add_column('dashboards', justify='right')
    table.add_column('reason')
    table.add_column('most frequent message', overflow='fold')
    for code, kinds in sorted(counts.items(), key=lambda pair: (-pair[1].total(), pair[0])):
        [(example, _)] = examples[code].most_common(1)
        shortened = example if len(example) <= LONGEST else f'{example[: LONGEST - 1]}…'
        numbers = [str(kinds[kind]) if kinds[kind] else '' for kind in ('monitor', 'dashboard')]
        table.add_row(*numbers, Text(clean(code)), Text(clean(shortened)))
    console.print(table)
    console.print()


def _totals(kind: str, verdicts: Sequence[Verdict]) -> str:
    total = len(verdicts)
    accepted = sum(verdict.accepted for verdict in verdicts)
    evaluated = sum(verdict.evaluated for verdict in verdicts)
    approximated = sum(verdict.approximated for verdict in verdicts)
    head = f'{total} {kind}{"s" if total != 1 else ""}: {accepted} accepted, '
    if kind == 'monitor':
        return f'{head}{evaluated} evaluated{f", {approximated} of them approximated" if approximated else ""}'
    drawn, all_ = sum(verdict.drawn for verdict in verdicts), sum(verdict.widgets for verdict in verdicts)
    return f'{head}{evaluated} drawn completely; {drawn} of {all_} widgets drawn'
