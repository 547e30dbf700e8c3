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

PATIENCE = 1.0
"""Seconds after which the rest is shared among processes: to start them takes some tenths."""


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
        if time.perf_counter() - begun > PATIENCE and len(left) > 2 and _processors() > 1 and not stop:
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


def _shared(tasks: Sequence[tuple[Ready, int]], covering: bool) -> Iterator[Outcome]:
    """Run tests in several processes, which read the files again: what was read cannot be sent to them."""
    # A copy of this process begins in no time; where there is none, the default does.
    method = 'fork' if 'fork' in multiprocessing.get_all_start_methods() else None
    with ProcessPoolExecutor(_processors(), multiprocessing.get_context(method)) as pool:
        futures = [pool.submit(_task, scenario.source.path, index, covering) for scenario, index in tasks]
        for future in futures:
            outcome = future.result()
            if isinstance(outcome, list):
                pool.shutdown(cancel_futures=True)
                raise ScenarioError(outcome)
            yield outcome


def _task(path: Path, index: int, covering: bool) -> Outcome | list[Problem]:
    """Return an outcome, or the problems: an exception with arguments of its own cannot be sent back."""
    try:
        scenario = prepare(path)
        return timed(scenario, scenario.plans[index], covering)
    except ScenarioError as error:
        return list(error.problems)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count() or 1
