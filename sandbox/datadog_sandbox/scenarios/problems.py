"""Problems of a scenario, and where they are."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

Location = tuple[str | int, ...]
"""A path in a file: keys and positions."""


class Problem(NamedTuple):
    """Something wrong in a file, in one line."""

    file: Path
    line: int | None
    message: str

    def __str__(self) -> str:
        return f'{self.file}:{self.line}: {self.message}' if self.line else f'{self.file}: {self.message}'


class ScenarioError(Exception):
    """All problems of a scenario, in the order of the lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems, key=lambda problem: (str(problem.file), problem.line or 0))
        super().__init__('\n'.join(map(str, self.problems)))
