"""What `make run` was asked for."""

import os
from dataclasses import dataclass
from pathlib import Path

import click

from tools.package import DEFAULT_CHECK
from tools.scheduler import Clock
from tools.working_day import last_begin, zone_name

# The folder of the integration, in the words of `make run CHECK=my_check`.
CHECK = os.environ.get('CHECK') or DEFAULT_CHECK


@dataclass(frozen=True)
class Choices:
    """What was asked for on the command line."""

    config: Path | None
    times: int | None
    interval: float | None
    as_json: bool
    speed: float
    file: Path | None
    port: int | None
    open_page: bool

    @property
    def serves(self) -> bool:
        """Whether there is a page."""
        return not (self.as_json or self.times)

    def require_effect(self) -> None:
        """Raise `click.UsageError` for an option that only the page would obey."""
        given = {'--file': self.file is not None, '--port': self.port is not None, '--open': self.open_page}
        without = '--json' if self.as_json else '--times'
        for option in [name for name, is_given in given.items() if is_given and not self.serves]:
            raise click.UsageError(f'{option} has no effect with {without}, which serves no page.')

    @property
    def begins_ok(self) -> bool:
        """Whether the first values are not those of the configuration, but such that the monitors are OK."""
        return self.serves and self.config is None and CHECK == DEFAULT_CHECK

    def start(self) -> float | None:
        """Return when the clock starts, in seconds since 1970; None for now.

        A clock that runs faster soon comes to the night, in which no alert mails: it starts with a working day. What a
        file holds is of the time that it was.
        """
        if self.serves and self.speed > 1 and not self.file:
            return last_begin(Clock().now(), zone_name())
        return None
