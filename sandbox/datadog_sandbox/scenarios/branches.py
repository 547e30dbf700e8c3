"""The branches of a message: what stands in its blocks, and which of them a mail shows.

A character that no message has is put behind the beginning of each branch; what arrives shows which were taken.
"""

import re
from collections.abc import Mapping
from typing import Any

BEGINNING = re.compile(r'\{\{\s*(?:[#^]\s*[^{}]+|else)\s*\}\}')
FIRST, LAST = 0xF0000, 0xFFFFD
"""Private characters of Unicode; those of the first plane hold places in mails."""
MARKS = re.compile(f'[{chr(FIRST)}-{chr(LAST)}]')
WITNESS = 'witness@coverage.invalid'
"""Gets every message, so that one to nobody is seen as well."""


def of(message: str) -> list[str]:
    """Return the beginning of each branch, such as `{{#is_alert}}`, in their order."""
    return [' '.join(match[0].split()) for match in BEGINNING.finditer(message)][: LAST - FIRST]


def marked(monitor: Mapping[str, Any]) -> dict[str, Any]:
    """Return a monitor whose message has marks, and goes to the witness too."""
    numbers = iter(range(FIRST, LAST))
    message = BEGINNING.sub(lambda match: match[0] + chr(next(numbers, LAST)), monitor.get('message') or '')
    return {**monitor, 'message': f'{message} @{WITNESS}'}


def seen(text: str) -> set[int]:
    """Return the numbers of the branches that a mail shows."""
    return {ord(mark) - FIRST for mark in MARKS.findall(text)}


def unmarked(text: str) -> str:
    return MARKS.sub('', text).replace(f' @{WITNESS}', '')
