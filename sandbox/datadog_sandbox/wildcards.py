"""Strings with `*` for any characters, matched in linear time: such a string comes from a user."""

from collections.abc import Callable


def matcher(pattern: str) -> Callable[[str], bool]:
    """Return what tells whether a string is what a pattern describes, `*` standing for any characters, or for none."""
    first, *rest = pattern.split('*')
    if not rest:
        return pattern.__eq__
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


def matches(pattern: str, string: str) -> bool:
    """Return whether a string is what a pattern describes."""
    return matcher(pattern)(string)
