"""A console of rich that prints in any environment."""

import os
from typing import Any

from rich.console import Console


class SizedConsole(Console):
    """Takes a width or a height of 0 for unspecified, as POSIX does: rich would print nothing."""

    def __init__(self, **options: Any) -> None:
        unset = {name for name in ('COLUMNS', 'LINES') if not os.environ.get(name, '').strip('0 ')}
        environment = {name: value for name, value in os.environ.items() if name not in unset}
        super().__init__(_environ=environment, **options)
