"""Reads the fields of posts with checks, and normalizes names and tags as Datadog does."""

import re
from collections.abc import Iterable
from functools import lru_cache
from math import isfinite
from typing import Any

from datadog_sandbox.http import Refused

MAX_LENGTH = 200
"""Most characters of the name of a metric, and of a tag, as in Datadog: the rest is cut off."""


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
    """Return a string; for null, the default, if there is one."""
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
    """Return the name of a metric, normalized as by Datadog."""
    normal = _name(name[:MAX_LENGTH])
    if not normal:
        raise Refused(f'the metric name {name[:MAX_LENGTH]!r} has no letter')
    return normal


def normal_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Return tags normalized as by Datadog: lower case, with `_` for characters other than letters, digits, `_-:./`."""
    return tuple(sorted({_tag(tag[:MAX_LENGTH]) for tag in tags if tag}))


def tags_of(value: Any, of: str) -> tuple[str, ...]:
    """Return normalized tags; none for null."""
    return normal_tags(string_of(tag, f'a tag of {of}') for tag in list_of(value, f'tags of {of}', optional=True))
