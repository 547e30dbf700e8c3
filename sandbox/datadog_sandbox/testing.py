"""An account for a test: a running server whose clock the test holds."""

import time
from contextlib import ExitStack
from typing import NamedTuple, Self

import numpy as np

from .account import Account
from .server import create_app, running
from .store import Store
from .times import DAY, HOUR, MINUTE

LONGEST = 366 * DAY
AHEAD = HOUR
"""Seconds after now in which points are seen: the intake takes some that are ahead."""


class Point(NamedTuple):
    time: int
    """Seconds since the epoch."""
    value: float
    tags: tuple[str, ...]
    """Sorted, with that of the host."""


class Mail(NamedTuple):
    time: int
    to: tuple[str, ...]
    title: str
    text: str


class Sandbox:
    """A Datadog account at `url`. Its time stands still until `advance`: it begins at the time of the machine."""

    def __init__(self) -> None:
        self._now = int(time.time())
        self._stack = ExitStack()
        self.url = ''
        self.store = Store()

    def __enter__(self) -> Self:
        self._stack.callback(self.store.close)
        app = create_app(self.store, lambda: float(self._now))
        self._account: Account = app.state.account
        self._account.advance(self._now)
        self.url = self._stack.enter_context(running(app))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def env(self) -> dict[str, str]:
        """The environment in which Datadog's clients and an Agent talk to this account."""
        return {
            'DATADOG_HOST': self.url,
            'DATADOG_API_KEY': 'any',
            'DATADOG_APP_KEY': 'any',
            'DD_API_KEY': 'any',
            'DD_APP_KEY': 'any',
            'DD_DD_URL': self.url,
            'DD_APM_DD_URL': self.url,
        }

    @property
    def now(self) -> int:
        """The time of the account, in seconds since the epoch."""
        return self._now

    def advance(self, minutes: float) -> None:
        """Let time pass: monitors are evaluated at each minute. Raises `ValueError` when it would go back."""
        if not 0 <= minutes * MINUTE <= LONGEST:
            raise ValueError(f'minutes must be from 0 to {LONGEST // MINUTE}, not {minutes}')
        now = self._now + round(minutes * MINUTE)
        # First, so that the server, which looks at the clock each second, finds nothing left to do.
        self._account.advance(now, longest_gap=LONGEST)
        self._now = now

    def points(self, metric: str, hours: float = 4) -> list[Point]:
        """Return the points of a metric in the last hours, by time; none for a metric that never came."""
        series = self.store.series(metric)
        start = self._now - round(hours * HOUR)
        grid = self.store.grid(list(series), start, self._now + AHEAD, 1, 'last')
        points = []
        for row, (_, kept) in enumerate(series.items()):
            tags = tuple(sorted([*kept.tags, *([f'host:{kept.host}'] if kept.host else [])]))
            for column in np.flatnonzero(~np.isnan(grid[row])).tolist():
                points.append(Point(start + column, float(grid[row, column]), tags))
        return sorted(points)

    def mails(self) -> list[Mail]:
        """Return the mails so far, by time."""
        return [
            Mail(mail.time, tuple(mail.body['to']), mail.body['subject'], mail.body['text'])
            for mail in self.store.mails()
        ]

    def monitor_states(self) -> dict[str, dict[str, str]]:
        """Return the state of each group of each monitor, by the name of the monitor."""
        return {
            monitor['name']: {group: state['status'] for group, state in self.store.states(monitor['id']).items()}
            for monitor in self.store.all('monitor')
        }
