"""Files of users: read up to a limit, and only what is a file."""

import os
import stat
from pathlib import Path

LARGEST = 64 * 2**20
"""Bytes."""


class UnreadableError(Exception):
    """Says in a few words why a file cannot be read."""


def read(path: Path, largest: int = LARGEST) -> bytes:
    """Return what a file holds. Raises `UnreadableError`, also for devices, FIFOs, and files of more than `largest`.

    A FIFO would be waited for, and a device may never end.
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
