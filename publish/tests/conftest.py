import io
import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from custom_check_publish.cli import main
from fake_datadog import API_KEY, APP_KEY, FakeDatadog
from faults import Fault, FaultProxy, Request

ASSETS = Path(__file__).resolve().parents[2] / 'custom_check' / 'assets'
EMAIL = 'ops@example.com'
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
    """A Datadog account behind a proxy that records the requests and injects faults.

    The three tables hold the live JSON of each resource by its id; a test may edit them.
    """

    def __init__(self, server: FakeDatadog, proxy: FaultProxy) -> None:
        self.server = server
        self.url = proxy.url
        self.requests: list[Request] = proxy.requests
        self.faults: list[Fault] = proxy.faults
        self.calls = proxy.calls
        self._proxy = proxy

    @property
    def writes(self) -> list[Request]:
        return self._proxy.writes

    @property
    def dashboards(self) -> dict[str, Any]:
        return self.server.dashboards

    @property
    def monitors(self) -> dict[int, Any]:
        return self.server.monitors

    @property
    def downtimes(self) -> dict[str, Any]:
        return self.server.downtimes

    @property
    def ids(self) -> list[Any]:
        return [*self.dashboards, *self.monitors, *self.downtimes]

    def one(self, key: str) -> Any:
        """Return the live JSON that was made from an asset; of a downtime, its attributes."""
        found = [*self.dashboards.values(), *self.monitors.values()]
        found += [downtime['attributes'] for downtime in self.downtimes.values()]
        texts = (json.dumps([it.get('tags'), it.get('description'), it.get('message')]) for it in found)
        return next(it for it, text in zip(found, texts, strict=True) if f'custom_check_asset:{key}' in text)


@pytest.fixture
def account() -> Iterator[Account]:
    with FakeDatadog() as server, FaultProxy(server.url) as proxy:
        yield Account(server, proxy)


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
        APPLIED.append(account.server.state())
        account.requests.clear()
    account.server.restore(APPLIED[0])
    return account


APPLIED: list[Any] = []
"""What the first apply of the session left in its account; the others start from it."""


def edit(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change a JSON file in place."""
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
