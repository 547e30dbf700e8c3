"""Strings with `*` for any characters, matched in linear time: such a string comes from a user."""

import re
from collections.abc import Callable, Sequence


def matcher(pattern: str) -> Callable[[str], bool]:
    """Return what tells whether a string is what a pattern describes, `*` standing for any characters, or for none."""
    return joined(pattern.split('*'))


def joined(parts: Sequence[str]) -> Callable[[str], bool]:
    """Return what tells whether a string has these parts, with any characters, or none, between them."""
    first, *rest = parts
    if not rest:
        return first.__eq__
    *middle, last = rest

    def fits(string: str) -> bool:
        if len(first) + len(last) > len(string) or not string.startswith(first) or not string.endswith(last):
            return False
        position, end = len(first), len(string) - len(last)
        for part in middle:
            # The leftmost place of each part leaves the most room for those after it.
            position = string.find(part, position, end)
            if position < 0:
                return False
            position += len(part)
        return True

    return fits


class Special:
    """A part of a pattern in which `?` stands for one character that is neither a letter nor a digit."""

    def __init__(self, pieces: Sequence[str]) -> None:
        """Take the strings between the question marks."""
        self.length = sum(map(len, pieces)) + len(pieces) - 1
        self.regex = re.compile(r'[\W_]'.join(map(re.escape, pieces)), re.DOTALL)

    def fits(self, string: str) -> bool:
        return self.regex.fullmatch(string) is not None


def with_special(parts: Sequence[Special]) -> Callable[[str], bool]:
    """Return what `joined` does, of parts with `?`."""
    first, *rest = parts
    if not rest:
        return first.fits
    *middle, last = rest

    def fits(string: str) -> bool:
        position, end = first.length, len(string) - last.length
        if position > end or not first.regex.match(string) or not last.regex.match(string, end):
            return False
        for part in middle:
            match = part.regex.search(string, position, end)
            if match is None:
                return False
            position = match.end()
        return True

    return fits


def matches(pattern: str, string: str) -> bool:
    """Return whether a string is what a pattern describes."""
    return matcher(pattern)(string)
