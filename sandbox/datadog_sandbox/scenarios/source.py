"""A scenario and the file that it was read from."""

from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from . import document, messages
from .document import Document
from .models import Scenario
from .problems import Location, Problem, ScenarioError

MOST = 50
"""How many problems of a file's form are listed."""


class Source(NamedTuple):
    """A scenario, and the document that it was read from."""

    document: Document
    scenario: Scenario

    @property
    def path(self) -> Path:
        return self.document.path

    def problem(self, location: Location, message: str) -> Problem:
        """Return a problem with the line and the words of a location."""
        return Problem(self.path, self.line(location), f'{messages.words(location)}: {message}')

    def line(self, location: Location) -> int:
        return self.document.line(location)


def read(path: Path) -> Source:
    """Read a scenario. Raises `ScenarioError` with all problems."""
    return _validated(document.read(path))


def parse(path: Path, raw: bytes) -> Source:
    """Read a scenario from bytes, as if they were in the file. Raises `ScenarioError`."""
    return _validated(document.parse(path, raw))


def _validated(file: Document) -> Source:
    problems = list(file.duplicates())
    try:
        scenario = Scenario.model_validate(file.content)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        problems += [_problem(file, details) for details in errors[:MOST]]
        if len(errors) > MOST:
            last = max(problem.line or 0 for problem in problems)
            problems.append(Problem(file.path, last, f'{len(errors) - MOST} more problems are not listed'))
    if problems:
        raise ScenarioError(problems)
    return Source(file, scenario)


def _problem(file: Document, details: Any) -> Problem:
    location = tuple(part for part in details['loc'] if part not in messages.ALTERNATIVES)
    owner = location[:-1] if details['type'] in ('extra_forbidden', 'missing') else location
    return Problem(file.path, file.line(location), f'{messages.words(owner)}: {messages.message(details)}')
