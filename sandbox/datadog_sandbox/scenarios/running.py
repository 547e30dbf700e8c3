"""Runs the tests of several scenarios: in this process and, once that takes long, in several."""

import multiprocessing
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

from .outcomes import Outcome
from .planning import Plan, Ready, prepare
from .problems import Problem, ScenarioError
from .rehearsal import rehearse

FORK = 'fork' in multiprocessing.get_all_start_methods()
"""Whether a process can begin as a copy of this one, with all that was read."""
PATIENCE = 0.03 if FORK else 1.0
"""Seconds after which the rest is shared among processes: more where each has to start, and to read files, itself."""


class Selection(NamedTuple):
    """Which tests run."""

    word: str = ''
    """What the name of a test or of its file contains, in any case."""
    expression: re.Pattern[str] | None = None
    """What is found in the name of a test."""

    def takes(self, path: Path, name: str) -> bool:
        word = self.word.casefold()
        return (word in name.casefold() or word in path.name.casefold()) and (
            self.expression is None or self.expression.search(name) is not None
        )


def run(
    scenarios: Sequence[Ready],
    selection: Selection,
    stop: bool,
    progress: Callable[[int, int], None],
    covering: bool = False,
) -> Iterator[Outcome]:
    """Yield the outcomes of the tests that are selected, in order; with `stop`, up to the first that fails.

    `progress` is called with the number of tests that are done and that of all. Raises `ScenarioError`.
    """
    tasks = [
        (scenario, index)
        for scenario in scenarios
        for index, plan in enumerate(scenario.plans)
        if selection.takes(scenario.source.path, plan.test.name)
    ]
    begun = time.perf_counter()
    for done, (scenario, index) in enumerate(tasks):
        progress(done, len(tasks))
        left = tasks[done:]
        if time.perf_counter() - begun > PATIENCE and len(left) > 2 and processors() > 1 and not stop:
            for more, outcome in enumerate(_shared(left, covering)):
                progress(done + more, len(tasks))
                yield outcome
            return
        outcome = timed(scenario, scenario.plans[index], covering)
        yield outcome
        if stop and not outcome.passed:
            return


def timed(scenario: Ready, plan: Plan, covering: bool) -> Outcome:
    """Run a test, and note how long it took."""
    since = time.perf_counter()
    outcome = rehearse(scenario, plan, covering)
    outcome.seconds = time.perf_counter() - since
    return outcome


_inherited: list[tuple[Ready, int]] = []
"""The tests of a process that began as a copy."""


def _shared(tasks: Sequence[tuple[Ready, int]], covering: bool) -> Iterator[Outcome]:
    """Run tests in several processes."""
    _inherited[:] = tasks
    with ProcessPoolExecutor(processors(), multiprocessing.get_context('fork' if FORK else None)) as pool:
        if FORK:
            futures = [pool.submit(_copied, number, covering) for number in range(len(tasks))]
        else:
            futures = [pool.submit(_read, scenario.source.path, index, covering) for scenario, index in tasks]
        for future in futures:
            outcome = future.result()
            if isinstance(outcome, list):
                pool.shutdown(cancel_futures=True)
                raise ScenarioError(outcome)
            yield outcome


def _copied(number: int, covering: bool) -> Outcome | list[Problem]:
    scenario, index = _inherited[number]
    return outcome_of(scenario, index, covering)


def _read(path: Path, index: int, covering: bool) -> Outcome | list[Problem]:
    """Read the files of a test again: what was read cannot be sent to another process."""
    try:
        return outcome_of(prepare(path), index, covering)
    except ScenarioError as error:
        return list(error.problems)


def outcome_of(scenario: Ready, index: int, covering: bool) -> Outcome | list[Problem]:
    """Return an outcome, or the problems: an exception with arguments of its own cannot be sent back."""
    try:
        return timed(scenario, scenario.plans[index], covering)
    except ScenarioError as error:
        return list(error.problems)


def processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count() or 1
