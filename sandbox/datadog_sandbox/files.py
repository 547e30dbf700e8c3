"""Reads files of users: only regular files, up to a size."""

import os
import stat
from pathlib import Path

LARGEST = 64 * 2**20
"""Bytes."""


class UnreadableError(Exception):
    """Says in a few words why a file cannot be read."""


def read(path: Path, largest: int = LARGEST) -> bytes:
    """Return the content of a file of at most `largest` bytes. Raises `UnreadableError`.

    Devices and FIFOs are refused: a device may never end, and to read a FIFO may wait for ever.
    """
    try:
        with open(os.open(path, os.O_RDONLY | getattr(os, 'O_NONBLOCK', 0)), 'rb') as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise UnreadableError('this is not a regular file')
            content = file.read(largest + 1)
    except OSError as error:
        raise UnreadableError(error.strerror or str(error)) from error
    if len(content) > largest:
        raise UnreadableError(f'the file is larger than {largest // 2**20} MiB')
    return content
