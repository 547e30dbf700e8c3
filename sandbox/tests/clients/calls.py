"""Notes what becomes of each call of a client: the programs here, `try_*.py`, run in environments without pytest."""

import json
import linecache
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

QUERY = 'avg(last_5m):avg:room.temperature{*} by {host} > 30'
METRIC = 'avg:room.temperature{*}'
NOW = int(time.time())


class Calls:
    """The outcome of each call, by its name: an empty string where it did what is expected, otherwise the error."""

    def __init__(self) -> None:
        self.outcomes: dict[str, str] = {}

    @contextmanager
    def __call__(self, *names: str) -> Iterator[None]:
        """Note the outcome of what is done inside under the names of the calls that it makes."""
        error = ''
        try:
            yield
        except Exception as raised:  # noqa: BLE001 - whatever a client raises is its outcome
            error = described(raised)
        for name in names:
            self.outcomes[name] = self.outcomes.get(name) or error

    def refused(self, name: str, call: Callable[..., Any], *arguments: Any, **keywords: Any) -> None:
        """Note the outcome of a call for something that the sandbox does not keep."""
        with self(name):
            call(*arguments, **keywords)

    @contextmanager
    def faulty(self, name: str, error: str, reason: str) -> Iterator[None]:
        """Note that a call fails by a fault of the client, with `error`: no server can do anything about it."""
        try:
            yield
            self.outcomes[name] = f'no longer fails with {error!r}'
        except Exception as raised:  # noqa: BLE001
            said = described(raised)
            self.outcomes[name] = f'client: {reason}' if error in said else said

    def keep(self, existing: Collection[str]) -> None:
        """Forget the calls that this version of the client does not have."""
        self.outcomes = {name: error for name, error in self.outcomes.items() if name in existing}

    def print(self, **about: Any) -> None:
        """Print the outcomes as the last line, with other facts about the client."""
        print(json.dumps({'outcomes': self.outcomes, **about}))


def described(error: Exception) -> str:
    """Return an error in one line, with the line in which it was raised: an assertion says nothing else."""
    trace = error.__traceback__
    while trace and trace.tb_next and '/clients/try_' in trace.tb_next.tb_frame.f_code.co_filename:
        trace = trace.tb_next
    line = linecache.getline(trace.tb_frame.f_code.co_filename, trace.tb_lineno).strip() if trace else ''
    return ' '.join(f'{type(error).__name__}: {error} (in {line!r})'.split())
