"""The fields of what was posted, each checked, and names and tags as Datadog keeps them."""

import re
from collections.abc import Iterable
from functools import lru_cache
from math import isfinite
from typing import Any

from datadog_sandbox.http import Refused

MAX_LENGTH = 200
"""Most characters of a metric's name and of a tag, as in Datadog. The rest is cut off."""


def object_of(value: Any, of: str, optional: bool = False) -> dict[str, Any]:
    if value is None and optional:
        return {}
    if not isinstance(value, dict):
        raise Refused(f'{of} is not an object')
    return value


def list_of(value: Any, of: str, optional: bool = False) -> list[Any]:
    if value is None and optional:
        return []
    if not isinstance(value, list):
        raise Refused(f'{of} is not a list')
    return value


def string_of(value: Any, of: str, default: str | None = None) -> str:
    """Return a string, or the default, where there is one, for what is null or missing."""
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        raise Refused(f'{of} is not a string')
    return value


def number_of(value: Any, of: str) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = float('inf')
        if isfinite(number):
            return number
    raise Refused(f'{of} is not a finite number')


def whole_of(value: Any, of: str, most: int, default: int | None = None) -> int:
    if value is None and default is not None:
        return default
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise Refused(f'{of} is not a whole number from 0 to {most}')
    return value


@lru_cache(maxsize=10_000)
def _name(name: str) -> str:
    return re.sub(r'[^A-Za-z0-9_.]', '_', re.sub(r'^[^A-Za-z]+', '', name))


@lru_cache(maxsize=100_000)
def _tag(tag: str) -> str:
    return re.sub(r'[^\w:./-]', '_', tag.lower())


def metric_name(name: str) -> str:
    """Return the name under which Datadog keeps a metric."""
    normal = _name(name[:MAX_LENGTH])
    if not normal:
        raise Refused(f'the metric name {name[:MAX_LENGTH]!r} has no letter')
    return normal


def normal_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Return tags as Datadog keeps them: in lower case, other characters than letters, digits, and `_-:./` as `_`."""
    return tuple(sorted({_tag(tag[:MAX_LENGTH]) for tag in tags if tag}))


def tags_of(value: Any, of: str) -> tuple[str, ...]:
    """Tags may be null or missing."""
    return normal_tags(string_of(tag, f'a tag of {of}') for tag in list_of(value, f'tags of {of}', optional=True))
