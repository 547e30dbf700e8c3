"""The command `check`: reads files, judges the objects in them, and prints the verdicts."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from rich.console import Console

from datadog_sandbox.exports import SUFFIXES, ExportError, read
from datadog_sandbox.terminal import clean

from . import report
from .verdicts import judge

PASSED, FAILED, UNREADABLE = 0, 1, 2
"""The exit codes."""


def find(paths: Iterable[Path]) -> Iterator[tuple[Path, bool]]:
    """Yield the files, and whether each must hold an object: one that is named must, one in a folder need not."""
    for path in paths:
        if path.is_dir():
            for file in sorted(path.rglob('*')):
                if file.suffix in SUFFIXES and file.is_file():
                    yield file, False
        else:
            yield path, True


def run(paths: Iterable[Path], console: Console, errors: Console, *, as_json: bool, verbose: bool) -> int:
    """Judge files and folders of monitors and dashboards, and return the exit code."""
    judged, unreadable, other = [], 0, 0
    for path, must in find(paths):
        try:
            exports = [export for export in read(path) if export.kind != 'downtime']
        except ExportError as error:
            if must or not error.empty:
                unreadable += 1
                errors.print(clean(f'{path}: {error}'), soft_wrap=True, markup=False, highlight=False)
            else:
                other += 1
            continue
        judged += [(path, judge(export)) for export in exports]
    if as_json:
        console.out(report.as_json(judged), highlight=False)
    else:
        report.show(judged, console, verbose)
        if other:
            files = 'file holds' if other == 1 else 'files hold'
            console.print(f'{other} other {files} no monitor or dashboard.', highlight=False)
    if not judged and not unreadable:
        names = ', '.join(map(str, paths))
        errors.print(clean(f'There is no monitor or dashboard in {names}.'), soft_wrap=True, markup=False)
        return UNREADABLE
    if unreadable:
        return UNREADABLE
    return PASSED if all(verdict.evaluated and verdict.accepted for _, verdict in judged) else FAILED
