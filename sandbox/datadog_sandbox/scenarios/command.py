"""What the command `rehearse` does: find scenarios, run them, tell, and again when a file changes."""

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from rich.console import Console

from . import report
from .outcomes import Outcome
from .planning import prepare
from .problems import Problem, ScenarioError
from .rehearsal import rehearse

PASSED, FAILED, INVALID, NONE = 0, 1, 2, 5
"""The exit codes, as pytest has them."""
SUFFIXES = ('.yaml', '.yml')
POLL = 0.5
"""Seconds from one look at the files to the next."""


def find(paths: Iterable[Path]) -> list[Path]:
    """Return the scenarios: files as they are named, and those in folders. Raises `ScenarioError`."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(file for file in path.iterdir() if file.suffix in SUFFIXES)
        else:
            found.append(path)
    return list(dict.fromkeys(found))


def run(
    paths: Sequence[Path], console: Console, errors: Console, *, as_json: bool, junit: Path | None, verbose: bool
) -> tuple[int, list[Path]]:
    """Rehearse all scenarios, or none where something is wrong with one. Return an exit code, and what was read."""
    begun = time.perf_counter()
    found = find(paths)
    if not found:
        errors.print(f'There is no {" or ".join(SUFFIXES)} file in {", ".join(map(str, paths))}.', soft_wrap=True)
        return NONE, list(paths)
    ready, problems, files = [], [], list(found)
    outcomes: list[Outcome] = []
    try:
        for path in found:
            try:
                ready.append(prepare(path))
                files += ready[-1].files
            except ScenarioError as error:
                problems += error.problems
        if problems:
            raise ScenarioError(problems)
        shown = report.Report(console, verbose)
        with errors.status('Rehearsing …') if errors.is_terminal else _Quiet() as status:
            for scenario in ready:
                for plan in scenario.plans:
                    status.update(f'Rehearsing {plan.test.name!r} …')
                    since = time.perf_counter()
                    outcome = rehearse(scenario, plan)
                    outcome.seconds = time.perf_counter() - since
                    outcomes.append(outcome)
    except ScenarioError as error:
        for problem in error.problems:
            errors.print(str(problem), soft_wrap=True, markup=False, highlight=False)
        return INVALID, files
    if as_json:
        console.out(report.as_json(outcomes), highlight=False)
    else:
        for outcome in outcomes:
            shown.show(outcome)
            console.print()
        shown.summary(outcomes, time.perf_counter() - begun)
    if junit is not None:
        try:
            report.write_junit(outcomes, junit)
        except OSError as error:
            errors.print(str(Problem(junit, None, f'--junit: {error.strerror}')), soft_wrap=True, markup=False)
            return INVALID, files
    return (FAILED if any(outcome.failures for outcome in outcomes) else PASSED), files


class _Quiet:
    """A status that shows nothing."""

    def __enter__(self) -> '_Quiet':
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def update(self, status: str) -> None:
        pass


def watch(paths: Sequence[Path], again: Callable[[], list[Path]], sleep: Callable[[float], None] = time.sleep) -> None:
    """Run, and run again whenever one of the files that were read changes, until Ctrl-C."""
    while True:
        before = _times(paths)
        seen = _times(files := again())
        # What changed while it ran counts too.
        if all(seen[file] == before.get(file, seen[file]) for file in seen):
            while _times(files) == seen:
                sleep(POLL)
        paths = files


def _times(files: Iterable[Path]) -> dict[Path, int]:
    """Return when each file was changed; 0 where there is none."""
    times = {}
    for file in files:
        try:
            times[file] = file.stat().st_mtime_ns
        except OSError:
            times[file] = 0
    return times
