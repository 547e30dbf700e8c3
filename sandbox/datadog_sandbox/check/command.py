"""What the command `check` does: find files, judge what is in them, and show it."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from rich.console import Console

from datadog_sandbox.exports import SUFFIXES, ExportError, read
from datadog_sandbox.terminal import clean

from . import report
from .verdicts import judge

GOOD, LACKING, UNREADABLE = 0, 1, 2
"""The exit codes."""


def find(paths: Iterable[Path]) -> Iterator[tuple[Path, bool]]:
    """Yield the files: those that are named, which must hold something, and those in folders, which need not."""
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
            console.print(f'Without a monitor or a dashboard in them: {other} other files.', highlight=False)
    if not judged and not unreadable:
        names = ', '.join(map(str, paths))
        errors.print(clean(f'There is no monitor and no dashboard in {names}.'), soft_wrap=True, markup=False)
        return UNREADABLE
    if unreadable:
        return UNREADABLE
    return GOOD if all(verdict.evaluated and verdict.accepted for _, verdict in judged) else LACKING
