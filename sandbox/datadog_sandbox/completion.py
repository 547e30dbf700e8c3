"""What may stand in the place of a word that somebody types: options, the likeliest first."""

import re
from collections.abc import Iterable
from typing import NamedTuple

MOST = 50


class Option(NamedTuple):
    """Something that may be put in the place of what was typed."""

    text: str
    detail: str
    """What it is, in a few words."""


class Completion(NamedTuple):
    start: int
    """Where what was typed of a word begins; it ends at the cursor."""
    options: list[Option]


def completed(cursor: int, typed: str, options: Iterable[Option]) -> Completion:
    """Return the options that contain what was typed: first those that begin with it, then those with such a part."""
    wanted = typed.lower()
    part = re.compile(rf'[._:@]{re.escape(wanted)}')

    def place(option: Option) -> int:
        text = option.text.lower().removeprefix('avg:')
        return 0 if text.startswith(wanted) else 1 if part.search(text) else 2

    fitting = [option for option in options if wanted in option.text.lower() and option.text != typed]
    return Completion(cursor - len(typed), sorted(fitting, key=place)[:MOST])
