"""What others wrote, on one line that can be shown."""

import json
from typing import Any

import yaml


def show(value: Any) -> str:
    """Return a value as YAML writes it, on one line of at most 80 characters."""
    if value is None:
        return 'empty'
    if isinstance(value, str):
        # No more than can be shown is worth writing.
        return one_line(json.dumps(value[:80], ensure_ascii=False))
    return one_line(yaml.safe_dump(value, default_flow_style=True, width=2**30).removesuffix('\n...\n').strip())


def one_line(text: str, length: int = 80) -> str:
    """Return a string that others wrote so that it can be shown: nothing that moves a cursor, and no longer
    than this."""
    cut = text if len(text) <= length else f'{text[: length - 1]}…'
    return ''.join(c if c.isprintable() else c.encode('unicode_escape').decode() for c in cut)
