"""The names of queries in formulas: words, and what Datadog accepts as well, such as `my-query-2` and `5xx`."""

import re
from collections.abc import Callable, Iterable, Mapping

LETTERS = 0x10600
"""Where 128 letters of Linear A begin: they stand for the characters of ASCII that no word has."""
REVEALED = {LETTERS + code: code for code in range(128)}

QUERY = re.compile(r'(?<![\w.])[\w.]+:[\w./-]+\s*\{[^{}]*\}(\s*by\s*\{[^{}]*\})?(\.\w+\([^()]*\))*')
"""One metric query as it is written, with its groups and modifiers."""


def name_queries(text: str, name: Callable[[str], str]) -> str:
    """Return an expression with names in the places of its metric queries."""
    return QUERY.sub(lambda match: name(match[0]), text)


def substitute(formula: str, texts: Mapping[str, str]) -> str:
    """Return a formula with other strings in the places of the names of its queries: the longest name wins.

    `a-b` is a query where one has that name, and a subtraction where there is none.
    """
    names = '|'.join(re.escape(name) for name in sorted(filter(None, texts), key=len, reverse=True))
    if not names:
        return formula
    pattern = rf"'[^']*'|\"[^\"]*\"|(?<!\w)({names})(?!\w|\.\d|\s*\()"
    return re.sub(pattern, lambda match: texts[match[1]] if match[1] else match[0], formula)


def as_word(name: str) -> str:
    """Return a word of the same length, which is the name itself where that is a word."""

    def letter(match: re.Match[str]) -> str:
        return chr(LETTERS + ord(match[0])) if match[0].isascii() else match[0]

    return re.sub(r'^\d|\W', letter, name)


def disguise(formula: str, names: Iterable[str]) -> str:
    """Return a formula of the same length whose names are words; `revealed` undoes it."""
    # What has no letter is a number.
    words = {name: as_word(name) for name in names if re.search(r'[^\W\d]', name)}
    return substitute(formula, {name: word for name, word in words.items() if word != name})


def revealed(string: str) -> str:
    return string.translate(REVEALED)
