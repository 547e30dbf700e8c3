import os
import pty
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from tools import capture


def test_read_terminal_returns_everything_until_the_child_end_is_closed() -> None:
    parent, child = pty.openpty()
    os.write(child, b'one\n')
    os.write(child, b'two')
    os.close(child)

    assert capture.read_terminal(parent) == b'one\r\ntwo'


def test_read_terminal_returns_as_soon_as_the_values_are_there() -> None:
    parent, child = pty.openpty()
    for value in (b'one  next in 45 s\n', b'two  next in 45 s\n'):
        os.write(child, value)

    assert capture.read_terminal(parent, 2).endswith(b'two  next in 45 s\r\n')


def test_the_drawing_shows_make_run_until_ctrl_c(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / 'make-run.svg'
    monkeypatch.setattr(capture, 'FILE', file)
    # As under `make test`.
    monkeypatch.setenv('MAKELEVEL', '2')

    result = CliRunner().invoke(capture.main, ['--values', '1'])

    assert result.exit_code == 0, result.output
    text = re.sub(r'<[^>]+>', '', file.read_text()).replace('&#160;', ' ')
    assert '$ make run' in text
    assert text.count('my_metric') == 1
    assert 'Stopped after 1 point' in text
    assert 'Entering directory' not in text and '\x1b' not in text
