"""The plugin of pytest: scenarios are tests, and the fixture `datadog_sandbox` is a running account.

It is loaded in every run of pytest where the package is installed: what it needs is imported where it is used.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .scenarios.outcomes import Outcome
    from .scenarios.planning import Plan, Ready
    from .testing import Sandbox

SUFFIXES = ('.yaml', '.yml')


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> 'ScenarioFile | None':
    """Collect YAML files that are scenarios, and nothing else."""
    if file_path.suffix not in SUFFIXES:
        return None
    from .scenarios.recognition import is_scenario

    if not is_scenario(file_path):
        return None
    collected: ScenarioFile = ScenarioFile.from_parent(parent, path=file_path)
    return collected


class ScenarioFile(pytest.File):
    """A scenario: its tests are items."""

    def collect(self) -> Iterable['ScenarioItem']:
        from .scenarios.planning import prepare
        from .scenarios.problems import ScenarioError

        try:
            ready = prepare(self.path)
        except ScenarioError as error:
            raise self.CollectError(str(error)) from error
        for plan in ready.plans:
            yield ScenarioItem.from_parent(self, name=plan.test.name, ready=ready, plan=plan)


class RehearsalFailed(Exception):
    """A test of a scenario whose expectations are not met."""

    def __init__(self, outcome: 'Outcome') -> None:
        super().__init__(outcome.name)
        self.outcome = outcome


class ScenarioItem(pytest.Item):
    """A test of a scenario."""

    def __init__(self, *, ready: 'Ready', plan: 'Plan', **arguments: Any) -> None:
        super().__init__(**arguments)
        self._ready, self._plan = ready, plan

    def runtest(self) -> None:
        from .scenarios.rehearsal import rehearse

        outcome = rehearse(self._ready, self._plan)
        if not outcome.passed:
            raise RehearsalFailed(outcome)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the timeline, and what was not met."""
        if isinstance(excinfo.value, RehearsalFailed):
            return _report(excinfo.value.outcome)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self._ready.source.line(self._plan.where) - 1, self.name


def _report(outcome: 'Outcome') -> str:
    from io import StringIO

    from rich.console import Console

    from .scenarios.report import Report

    output = StringIO()
    Report(Console(file=output, width=100, highlight=False)).all([outcome], 0)
    return output.getvalue().rstrip()


@pytest.fixture
def datadog_sandbox() -> Iterator['Sandbox']:
    """A running Datadog account of its own for the test, whose clock the test holds: see `Sandbox`."""
    from .testing import Sandbox

    with Sandbox() as sandbox:
        yield sandbox
