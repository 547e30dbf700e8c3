"""Pictures of widgets: PNG, drawn on this machine without a network, by a process of their own.

A large picture takes seconds, in which a server would answer nobody.
"""

import atexit
import json
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from typing import Any

from . import painter, widgets
from .drawing import Theme, specification
from .drawing.words import paragraph
from .query import QueryError
from .store import Store

SECONDS = 60
"""How long a picture may take."""
BYTES = 16_000_000
"""How long a specification may be, with its data."""


class PictureError(ValueError):
    """Why there is no picture, in one line."""


def snapshot(
    store: Store,
    definition: Mapping[str, Any],
    start: int,
    end: int,
    width: int = 800,
    height: int = 300,
    theme: Theme = 'light',
) -> bytes:
    """Draw the snapshot of a definition: PNG, `width` by `height` pixels. Raises `QueryError` and `PictureError`."""
    widget = widgets.evaluate(store, definition, {}, start, end)
    if widget.failed:
        raise QueryError(widget.message)
    drawing = widget.content.drawing() if widget.content else paragraph(widget.message)
    return png(specification(drawing, theme, width, height, widget.title))


def png(spec: Mapping[str, Any], scale: float = 1, seconds: float = SECONDS) -> bytes:
    """Return a specification, which needs a width, as PNG, within some seconds. Raises `PictureError`."""
    question = json.dumps({'specification': spec, 'scale': scale}).encode()
    if len(question) > BYTES:
        raise PictureError(f'This picture has {len(question)} bytes of data: at most {BYTES} are drawn')
    return _worker.draw(question, seconds)


class _Worker:
    """Keeps the process that draws, starts it when it is needed, and ends it when it takes too long."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def draw(self, question: bytes, seconds: float) -> bytes:
        with self._lock:
            process = self._started()
            limit, begin = threading.Timer(seconds, process.kill), time.monotonic()
            limit.start()
            try:
                answer = self._ask(process, question)
            finally:
                limit.cancel()
            if answer is None:
                self._end()
                if time.monotonic() - begin < seconds:
                    raise PictureError('This picture could not be drawn: the process that draws failed, see the log')
                raise PictureError(f'This picture could not be drawn within {seconds:g} seconds')
        if answer.startswith(b'-'):
            raise PictureError(answer[1:].decode(errors='replace'))
        return answer[1:]

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            command = [sys.executable, '-m', painter.__name__]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            atexit.register(self._end)
        return self._process

    def _ask(self, process: subprocess.Popen[bytes], question: bytes) -> bytes | None:
        assert process.stdin and process.stdout
        try:
            painter.write(process.stdin, question)
            return painter.read(process.stdout)
        except OSError:
            return None

    def _end(self) -> None:
        if self._process is None:
            return
        atexit.unregister(self._end)
        self._process.kill()
        self._process.communicate()
        self._process = None


_worker = _Worker()
