"""The command `rehearse`: finds scenarios, runs them, and reports; with --watch again when a file changes."""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from datadog_sandbox.terminal import clean

from . import coverage, report, running, shares
from .outcomes import Outcome
from .planning import Ready, prepare
from .problems import Problem, ScenarioError
from .running import Selection

PASSED, FAILED, INVALID, NONE = 0, 1, 2, 5
"""The exit codes, as pytest has them."""
SUFFIXES = ('.yaml', '.yml')
PROGRESS_AFTER = 2
"""Seconds before progress is shown."""
POLL = 0.5
"""Seconds between two checks whether a file changed."""


def find(paths: Iterable[Path]) -> list[Path]:
    """Return the files of scenarios: those given, and those directly in the folders given."""
    scenarios: list[Path] = []
    for path in paths:
        if path.is_dir():
            scenarios += sorted(file for file in path.iterdir() if file.suffix in SUFFIXES)
        else:
            scenarios.append(path)
    return list(dict.fromkeys(scenarios))


class Options(NamedTuple):
    """The options of the command line."""

    as_json: bool = False
    junit: Path | None = None
    verbose: bool = False
    quiet: bool = False
    selection: Selection = Selection()
    stop: bool = False
    """Stop after the first test that fails."""
    coverage: bool = False
    fail_under: float = 0
    """Percent of coverage."""


def run(paths: Sequence[Path], console: Console, errors: Console, options: Options) -> tuple[int, list[Path]]:
    """Rehearse all scenarios, or none if one is invalid. Return an exit code, and the files that were read."""
    begun = time.perf_counter()
    scenarios = find(paths)
    if not scenarios:
        errors.print(f'There is no {" or ".join(SUFFIXES)} file in {", ".join(map(str, paths))}.', soft_wrap=True)
        return NONE, list(paths)
    files = list(scenarios)
    outcomes: list[Outcome] = []
    try:
        progress = Progress(errors)
        if shares.pay(scenarios) and not options.stop and not options.coverage:
            outcomes += shares.run(scenarios, files, options.selection, progress)
        else:
            ready = prepared(scenarios, files)
            outcomes += running.run(ready, options.selection, options.stop, progress, options.coverage)
        progress.clear()
    except ScenarioError as error:
        for problem in error.problems:
            errors.print(clean(str(problem)), soft_wrap=True, markup=False, highlight=False)
        return INVALID, files
    if not outcomes:
        errors.print('No test matches the options -k and --run.', soft_wrap=True)
        return NONE, files
    covered = coverage.coverage(ready, outcomes) if options.coverage else None
    _show(outcomes, covered, time.perf_counter() - begun, console, options)
    if options.junit is not None:
        try:
            report.write_junit(outcomes, options.junit)
        except OSError as error:
            errors.print(str(Problem(options.junit, None, f'--junit: {error.strerror}')), soft_wrap=True, markup=False)
            return INVALID, files
    below = covered is not None and coverage.percent(covered) < options.fail_under
    return max(_code(outcomes), FAILED if below else PASSED), files


def _show(
    outcomes: Sequence[Outcome],
    covered: Sequence[coverage.Covered] | None,
    seconds: float,
    console: Console,
    options: Options,
) -> None:
    if options.as_json:
        console.out(report.as_json(outcomes, covered), highlight=False)
        return
    printer = report.Report(console, options.verbose, options.quiet)
    printer.all(outcomes, seconds)
    if covered is not None:
        printer.coverage(covered)


def prepared(paths: Iterable[Path], files: list[Path]) -> list[Ready]:
    """Return the scenarios, and add the files they name to `files`. Raises `ScenarioError` with the problems of all."""
    ready, problems = [], []
    for path in paths:
        try:
            ready.append(prepare(path))
            files += ready[-1].files
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(problems)
    return ready


def _code(outcomes: Sequence[Outcome]) -> int:
    if not all(outcome.expected for outcome in outcomes):
        return INVALID
    return PASSED if all(outcome.passed for outcome in outcomes) else FAILED


class Progress:
    """A line that says how many tests are done: on a terminal once a second, else every ten seconds."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console, self._clock = console, clock
        self._next, self._visible = clock() + PROGRESS_AFTER, False

    def __call__(self, done: int, total: int) -> None:
        now = self._clock()
        if now < self._next:
            return
        terminal = self._console.is_terminal
        self._next, self._visible = now + (1 if terminal else 10), True
        self._console.print(f'{done} of {total} tests', end='\r' if terminal else '\n', highlight=False)

    def clear(self) -> None:
        """Remove the line from a terminal."""
        if self._visible and self._console.is_terminal:
            self._console.print(' ' * 40, end='\r')


def watch(paths: Sequence[Path], again: Callable[[], list[Path]], sleep: Callable[[float], None] = time.sleep) -> None:
    """Call `again`, which returns the files it read, and again whenever one of them changes, until Ctrl-C."""
    while True:
        before = _modified(paths)
        after = _modified(files := again())
        # A file may change while the tests run.
        if all(after[file] == before.get(file, after[file]) for file in after):
            while _modified(files) == after:
                sleep(POLL)
        paths = files


def watched(paths: Sequence[Path], console: Console, errors: Console, options: Options) -> int:
    """Run until Ctrl-C, again whenever a file changes, and return the last exit code."""
    code = PASSED

    def once() -> list[Path]:
        nonlocal code
        code, files = run(paths, console, errors, options)
        return files

    with suppress(KeyboardInterrupt):
        watch(paths, once)
    return code


def _modified(files: Iterable[Path]) -> dict[Path, int]:
    """Return when each file was last modified; 0 for a file that does not exist."""
    times = {}
    for file in files:
        try:
            times[file] = file.stat().st_mtime_ns
        except OSError:
            times[file] = 0
    return times
