import io
import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from custom_check_publish.cli import main
from datadog_sandbox.server import create_app, running
from datadog_sandbox.store import Store
from faults import Fault, FaultProxy, Request

ASSETS = Path(__file__).resolve().parents[2] / 'custom_check' / 'assets'
EMAIL = 'ops@example.com'
USERS = (EMAIL, 'me@example.com', 'new@example.com')
API_KEY = 'api-key-0123456789abcdef01234567'
APP_KEY = 'app-key-0123456789abcdef0123456789abcdef'
WANTED = ('--email', EMAIL, '--timezone', 'Europe/Paris')


@dataclass
class Result:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Terminal(io.StringIO):
    """Standard input of a person who has typed something already."""

    def isatty(self) -> bool:
        return True


Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ('COLUMNS', 'DD_SITE', 'FORCE_COLOR', 'NO_COLOR', 'TERM'):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv('DD_API_KEY', API_KEY)
    monkeypatch.setenv('DD_APP_KEY', APP_KEY)


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that were waited, none of them really."""
    waited: list[float] = []
    monkeypatch.setattr(time, 'sleep', waited.append)
    return waited


class Account:
    """A sandbox behind a proxy that records the requests and makes chosen ones go wrong.

    The three tables hold each resource by its id, as the sandbox keeps it. A test may edit them: the next request finds
    what they were made into.
    """

    def __init__(self, store: Store, proxy: FaultProxy) -> None:
        self.store = store
        self.url = proxy.url
        self.requests: list[Request] = proxy.requests
        self.faults: list[Fault] = proxy.faults
        self.calls = proxy.calls
        self._proxy = proxy
        self._tables: dict[str, dict[Any, Any]] = {}
        proxy.before = self.save
        # The sandbox takes any key, and has one user.
        self.faults[:] = [
            Fault('.*', '/api/.*', 403, errors=['Forbidden'], unless={'dd-api-key': API_KEY}, times=9999),
            self.without_permission(unless={'dd-application-key': APP_KEY}),
            Fault('GET', '/api/v2/users', change=with_users, times=9999),
        ]

    @staticmethod
    def without_permission(**more: Any) -> Fault:
        """An application key that may do nothing; to validate the API key and to post events none is needed."""
        return Fault('.*', '/api/(?!v1/validate|v1/events).*', 403, errors=['Forbidden'], times=9999, **more)

    @property
    def writes(self) -> list[Request]:
        return self._proxy.writes

    @property
    def dashboards(self) -> dict[str, Any]:
        return self._table('dashboard')

    @dashboards.setter
    def dashboards(self, table: dict[str, Any]) -> None:
        self._replace('dashboard', table)

    @property
    def monitors(self) -> dict[int, Any]:
        return self._table('monitor')

    @monitors.setter
    def monitors(self, table: dict[int, Any]) -> None:
        self._replace('monitor', table)

    @property
    def downtimes(self) -> dict[str, Any]:
        return self._table('downtime')

    @downtimes.setter
    def downtimes(self, table: dict[str, Any]) -> None:
        self._replace('downtime', table)

    @property
    def events(self) -> list[Any]:
        return self.store.all('event')

    @property
    def ids(self) -> list[Any]:
        return [*self.dashboards, *self.monitors, *self.downtimes]

    def one(self, key: str) -> Any:
        """Return the live JSON that was made from an asset; of a downtime, its attributes."""
        found = [*self.dashboards.values(), *self.monitors.values()]
        found += [downtime['attributes'] for downtime in self.downtimes.values()]
        texts = (json.dumps([it.get('tags'), it.get('description'), it.get('message')]) for it in found)
        return next(it for it, text in zip(found, texts, strict=True) if f'custom_check_asset:{key}' in text)

    def save(self) -> None:
        """Keep what was edited."""
        while self._tables:
            kind, table = self._tables.popitem()
            if list(table.values()) != self.store.all(kind):
                self._replace(kind, table)

    def _table(self, kind: str) -> dict[Any, Any]:
        if kind not in self._tables:
            self._tables[kind] = {one['id']: one for one in self.store.all(kind)}
        return self._tables[kind]

    def _replace(self, kind: str, table: dict[Any, Any]) -> None:
        with self.store.transaction():
            for one in self.store.all(kind):
                self.store.remove(kind, one['id'])
            for id_, one in table.items():
                self.store.save(kind, id_, one)
        self._tables.pop(kind, None)


def with_users(answer: Any) -> Any:
    """Give the account more users than the sandbox has."""
    return answer | {'data': [{'type': 'users', 'attributes': {'handle': handle}} for handle in USERS]}


@pytest.fixture(scope='session')
def sandbox() -> Iterator[tuple[Store, FaultProxy]]:
    """A sandbox with the real time as its clock, and the proxy in front of it, for all tests."""
    store = Store()
    # Numbers as large as those of Datadog.
    store.save('sequence', 'monitor', {'last': 9_000_000_000})
    store.save('sequence', 'event', {'last': 7_000_000_000_000_000_000})
    with running(create_app(store)) as url, FaultProxy(url) as proxy:
        yield store, proxy
    store.close()


@pytest.fixture
def account(sandbox: tuple[Store, FaultProxy]) -> Account:
    """An account that is empty."""
    store, proxy = sandbox
    proxy.requests.clear()
    account = Account(store, proxy)
    account.dashboards, account.monitors, account.downtimes = {}, {}, {}
    for event in account.events:
        store.remove('event', event['id'])
    return account


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the assets, for a test to edit."""
    return Path(shutil.copytree(ASSETS, tmp_path / 'assets'))


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command as it was typed and return how it ended; `typed` is what a person at a terminal answers."""

    def call(*arguments: str, typed: str | None = None) -> Result:
        capsys.readouterr()
        monkeypatch.setattr(sys, 'stdin', io.StringIO() if typed is None else Terminal(typed))
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        return Result(int(ended.value.code or 0), *capsys.readouterr())

    return call


@pytest.fixture
def run(call: Run, account: Account, folder: Path) -> Run:
    """Run one of the commands against the account, with the folder's assets, an address and a time zone."""

    def run(command: str, *arguments: str, wanted: tuple[str, ...] = WANTED, typed: str | None = None) -> Result:
        options = [*wanted, '--assets', str(folder)] if command in ('plan', 'apply') else []
        return call(command, '--api-url', account.url, *options, *arguments, typed=typed)

    return run


@pytest.fixture
def applied(run: Run, account: Account) -> Account:
    """The account after a first apply, with its record of requests empty again."""
    if not APPLIED:
        result = run('apply', '--yes')
        assert result.code == 0, result.err
        APPLIED.append(deepcopy((account.dashboards, account.monitors, account.downtimes)))
        account.requests.clear()
    account.dashboards, account.monitors, account.downtimes = APPLIED[0]
    return account


APPLIED: list[Any] = []
"""What the first apply of the session left in its account; the others start from it."""


def add_widget(folder: Path, definition: dict[str, Any]) -> None:
    """Put a widget at the end of the timeboard."""
    board = folder / 'dashboards/custom_check_timeboard.json'
    edit(board, lambda it: it['widgets'].append({'definition': definition}))


def edit(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change a JSON file in place."""
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
