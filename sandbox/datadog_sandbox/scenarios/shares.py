"""Reads and runs many files in several processes: each reads its share, and runs it once the files of all are valid."""

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from .outcomes import Outcome
from .planning import prepare
from .problems import Problem, ScenarioError
from .running import FORK, Selection, outcome_of, processors

MANY = 16
"""How many files are so many that it pays to read them in several processes."""


class Report(NamedTuple):
    """What the process that read a file says of it."""

    problems: list[Problem]
    files: list[Path]
    """The files that the scenario names."""
    tests: list[str]
    """The names of its tests."""


def pay(paths: Sequence[Path]) -> bool:
    return FORK and len(paths) >= MANY and processors() > 1


def run(
    paths: Sequence[Path], files: list[Path], selection: Selection, progress: Callable[[int, int], None]
) -> Iterator[Outcome]:
    """Read files, add those they name to `files`, and yield the outcomes of the tests that are selected, in order.

    `progress` is called with the number of tests that are done and that of all. Raises `ScenarioError` with the
    problems of all files before any test runs.
    """
    count = processors()
    with ExitStack() as stack:
        shares = [_start(paths[number::count], stack) for number in range(count)]
        read = [share.recv() for share in shares]
        reports: list[Report] = [read[number % count][number // count] for number in range(len(paths))]
        for report in reports:
            files += report.files
        if problems := [problem for report in reports for problem in report.problems]:
            raise ScenarioError(problems)
        for share in shares:
            share.send(selection)
        # The process of each test that is selected, in order.
        tests = [
            shares[number % count]
            for number, report in enumerate(reports)
            for name in report.tests
            if selection.takes(paths[number], name)
        ]
        for done, share in enumerate(tests):
            progress(done, len(tests))
            outcome = share.recv()
            if isinstance(outcome, list):
                raise ScenarioError(outcome)
            yield outcome


def _start(paths: Sequence[Path], stack: ExitStack) -> Connection:
    """Start a process for some files, and return the connection to it. It ends with the stack."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context('fork').Process(target=_work, args=(paths, theirs), daemon=True)
    process.start()
    stack.callback(process.join)
    stack.callback(process.terminate)
    theirs.close()
    return ours


def _work(paths: Sequence[Path], connection: Connection) -> None:
    """Read files, send what is in them, receive a selection, and send the outcome of each test or its problems."""
    # Ctrl-C ends this process without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    ready, reports = [], []
    for path in paths:
        try:
            scenario = prepare(path)
        except ScenarioError as error:
            reports.append(Report(list(error.problems), [], []))
        else:
            ready.append(scenario)
            reports.append(Report([], list(scenario.files), [plan.test.name for plan in scenario.plans]))
    connection.send(reports)
    selection = connection.recv()
    for scenario in ready:
        for index, plan in enumerate(scenario.plans):
            if selection.takes(scenario.source.path, plan.test.name):
                connection.send(outcome_of(scenario, index, False))
