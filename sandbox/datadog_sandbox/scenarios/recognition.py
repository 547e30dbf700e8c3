"""Recognizes scenarios among other files of YAML, without reading them whole."""

import re
from pathlib import Path

LARGEST = 2**20
"""Bytes of a file that is looked into."""
KEYS = tuple(re.compile(rb'^' + key + rb'\s*:', re.MULTILINE) for key in (b'monitors', b'tests', rb'[\s-]+start'))
"""What every scenario has, and hardly another YAML file."""


def is_scenario(path: Path) -> bool:
    """Return whether a file looks like a scenario."""
    try:
        if not path.is_file() or path.stat().st_size > LARGEST:
            return False
        content = path.read_bytes()
    except OSError:
        return False
    return all(key.search(content) for key in KEYS)
