"""The branches of a message: the contents of its conditional blocks, and which of them a mail shows.

A private character after the beginning of each branch marks it; the marks in a mail show which branches it took.
"""

import re
from collections.abc import Mapping
from typing import Any

BEGINNING = re.compile(r'\{\{\s*(?:[#^]\s*[^{}]+|else)\s*\}\}')
FIRST, LAST = 0xF0000, 0xFFFFD
"""Private characters of Unicode; those of the first plane stand for values in `notifications.markup`."""
MARKS = re.compile(f'[{chr(FIRST)}-{chr(LAST)}]')
WITNESS = 'witness@coverage.invalid'
"""A recipient of every message, so that messages without recipients are mailed too."""


def of(message: str) -> list[str]:
    """Return the beginning of each branch, such as `{{#is_alert}}`, in order."""
    return [' '.join(match[0].split()) for match in BEGINNING.finditer(message)][: LAST - FIRST]


def marked(monitor: Mapping[str, Any]) -> dict[str, Any]:
    """Return a monitor whose message has marks, and mentions the witness."""
    numbers = iter(range(FIRST, LAST))
    message = BEGINNING.sub(lambda match: match[0] + chr(next(numbers, LAST)), monitor.get('message') or '')
    return {**monitor, 'message': f'{message} @{WITNESS}'}


def seen(text: str) -> set[int]:
    """Return the numbers of the branches that a mail shows."""
    return {ord(mark) - FIRST for mark in MARKS.findall(text)}


def unmarked(text: str) -> str:
    """Return the text of a mail without marks and witness."""
    return MARKS.sub('', text).replace(f' @{WITNESS}', '')
