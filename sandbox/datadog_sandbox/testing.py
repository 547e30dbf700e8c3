"""An account for a test: a running server whose clock the test controls."""

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
"""Seconds after now whose points are returned too: the intake accepts times that lie a little ahead."""


class Point(NamedTuple):
    """A point of a series."""

    time: int
    """Seconds since the epoch."""
    value: float
    tags: tuple[str, ...]
    """Sorted, including `host:`."""


class Mail(NamedTuple):
    """A mail that the account sent."""

    time: int
    to: tuple[str, ...]
    title: str
    text: str


class Sandbox:
    """A Datadog account at `url`. Its clock starts at the time of the machine, and moves only with `advance`."""

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
        """The environment variables with which Datadog's clients and an Agent use this account."""
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
        """Move the clock, and evaluate monitors at each minute. Raises `ValueError` if minutes are negative."""
        if not 0 <= minutes * MINUTE <= LONGEST:
            raise ValueError(f'minutes must be from 0 to {LONGEST // MINUTE}, not {minutes}')
        now = self._now + round(minutes * MINUTE)
        # Before the clock moves: else the server, which looks at it each second, would evaluate the same minutes.
        self._account.advance(now, longest_gap=LONGEST)
        self._now = now

    def points(self, metric: str, hours: float = 4) -> list[Point]:
        """Return the points of a metric in the last hours, by time; none for an unknown metric."""
        series = self.store.series(metric)
        start = self._now - round(hours * HOUR)
        grid = self.store.grid(list(series), start, self._now + AHEAD, 1, 'last')
        points = []
        for row, of_row in enumerate(series.values()):
            tags = tuple(sorted([*of_row.tags, *([f'host:{of_row.host}'] if of_row.host else [])]))
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
