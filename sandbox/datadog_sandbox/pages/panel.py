"""What an application that embeds the server shows above its dashboards."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from starlette.requests import Request


class Panel(Protocol):
    """What an application that embeds the server shows above its dashboards: a few choices, and hints.

    The server finds it in `app.state.panel`.
    """

    title: str
    note: str
    """What the choices are for."""
    choices: Sequence[tuple[str, str]]
    """Label and value of each button."""
    other: str
    """Label of a field for any other value; empty for none."""
    hints: Mapping[str, str]
    """By the name of a metric: what an empty widget of that metric says besides."""

    metric: str
    """What the choices are about: the page shows the monitors that read it; empty for none."""

    @property
    def silent(self) -> bool:
        """Whether nothing is sent of the metric now."""

    @property
    def value(self) -> str:
        """The value that was chosen last."""

    @property
    def status(self) -> str:
        """What happens now, and what will happen when."""

    def choose(self, value: str) -> None:
        """Take a choice. Raises `ValueError`, one line, for a value that is not allowed."""


def panel_of(request: Request) -> Panel | None:
    """Return the panel of the application; None where there is none, as in a sandbox that runs by itself."""
    panel: Panel | None = getattr(request.app.state, 'panel', None)
    return panel
