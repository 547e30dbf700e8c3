"""The natural order of names."""

import re


def natural(string: str) -> list[tuple[int, int, str]]:
    """Return the key of an order in which `w-2` comes before `w-10`, and letters are equal to capitals."""
    # An integer of very many digits takes long to read; it may as well be a word.
    return [
        (0, int(part), '') if part.isascii() and part.isdecimal() and len(part) < 19 else (1, 0, part)
        for part in re.split(r'(\d+)', string.lower())
        if part
    ]
