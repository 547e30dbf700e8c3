"""What a browser keeps: scripts and styles, made once, and compressed for those that take it so."""

import gzip
import subprocess
from pathlib import Path

import pytest
from datadog_sandbox.pages import static
from starlette.testclient import TestClient


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let a short script stand for the bundle; return what was started to make it."""
    started: list[str] = []
    run = subprocess.run

    def counted(command: list[str], **options: object) -> object:
        started.append(command[-1])
        return run(command, **options)  # type: ignore[call-overload]

    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    monkeypatch.setattr(static, 'BUNDLE', 'print("script", end="")')
    monkeypatch.setattr(static.subprocess, 'run', counted)
    static.bundle.cache_clear()
    yield started
    static.bundle.cache_clear()


def test_the_bundle_is_made_by_another_process_and_once_for_a_machine(made: list[str], tmp_path: Path) -> None:
    assert static.bundle() == b'script'
    static.bundle.cache_clear()
    assert static.bundle() == b'script'
    assert len(made) == 1
    [kept] = (tmp_path / 'cache' / 'datadog-sandbox').iterdir()
    assert (kept.read_bytes(), kept.stat().st_mode & 0o777) == (b'script', 0o600)


def test_the_bundle_needs_no_folder_to_be_kept_in(made: list[str], tmp_path: Path) -> None:
    (tmp_path / 'cache').write_text('a file is in the way')
    assert static.bundle() == b'script'


@pytest.mark.parametrize('path', ['/static/style.css', '/hosts'])
def test_a_browser_gets_less_where_it_says_that_it_can_unpack(client: TestClient, path: str) -> None:
    plain = client.get(path, headers={'Accept-Encoding': 'identity'})
    packed = client.get(path, headers={'Accept-Encoding': 'gzip, br'})
    assert 'content-encoding' not in plain.headers
    assert packed.headers['content-encoding'] == 'gzip'
    assert plain.content == packed.content
    assert plain.headers['vary'] == packed.headers['vary'] == 'Accept-Encoding'
    assert int(packed.headers['content-length']) == len(gzip.compress(plain.content, 4, mtime=0))
    assert int(packed.headers['content-length']) < len(plain.content) * 0.6
