"""What one term of a search asks of a document: a word, a value, a range, or a network."""

import re
from collections.abc import Callable, Sequence
from ipaddress import ip_address, ip_network
from typing import Any

from datadog_sandbox import wildcards
from datadog_sandbox.query import QueryError

from .document import Document

Fits = Callable[[Document], bool]
LISTS = {'sources': 'source', 'hosts': 'host', 'tags': 'tags', 'excluded_tags': 'tags'}
"""Keys of the old event stream, and what they are called now."""
STATUSES = {'warn': 'warning', 'ok': 'success'}
"""What the explorer of events calls a status, and the API: either finds the other."""
MOST_SPECIAL = 100
"""Characters of a value with `?` in it."""
COMPARISON = re.compile(r'(>=|<=|>|<)(.+)', re.DOTALL)
RANGE = re.compile(r'([\[{])\s*(\S+)\s+TO\s+(\S+)\s*([\]}])')


def unescaped(text: str) -> str:
    return re.sub(r'\\(.)', r'\1', text, flags=re.DOTALL)


def quoted(value: str) -> str:
    """Return a value in quotes, as a search has one with spaces or signs."""
    return '"' + re.sub(r'(["\\])', r'\\\1', value) + '"'


def _pieces(text: str, sign: str) -> list[str]:
    """Split at a sign that no backslash is before."""
    pieces, start = [], 0
    for match in re.finditer(r'\\.|' + re.escape(sign), text, re.DOTALL):
        if match[0] == sign:
            pieces.append(text[start : match.start()])
            start = match.end()
    return [*pieces, text[start:]]


# Words


def _plain(text: str) -> str:
    """Return the words of a string, in lower case, with a space around each."""
    return f' {" ".join(re.findall(r"\w+", text.lower()))} '


def of_text(kind: str, text: str, inside_words: bool) -> Fits:
    """Return what finds a word, one with wildcards, or a quoted sequence of words, in the text of a document."""
    fits = _finds(kind, text, inside_words)
    return lambda document: fits(document.text)


def _finds(kind: str, text: str, inside_words: bool = False) -> Callable[[str], bool]:
    pieces = [text[1:-1]] if kind == 'quoted' else _pieces(text, '*')
    if inside_words:
        anywhere = wildcards.joined(['', *(unescaped(piece).lower() for piece in pieces), ''])
        return lambda string: anywhere(string.lower())
    parts = [_plain(unescaped(piece)) for piece in pieces]
    if not ''.join(parts).strip():
        # Nothing but wildcards, or signs that are not searched for.
        return lambda string: True
    if len(parts) == 1:
        return lambda string: parts[0] in _plain(string)
    if not any(' ' in part.strip() for part in parts):
        word = wildcards.joined([part.strip() for part in parts])
        return lambda string: any(map(word, _plain(string).split()))
    last = len(parts) - 1
    parts = [part[place > 0 : len(part) - (place < last)] for place, part in enumerate(parts)]
    spanning = wildcards.joined(['', *parts, ''])
    return lambda string: spanning(_plain(string))


# Values


def of_key(key: str, kind: str, text: str) -> Fits:
    """Return what tells whether a document has a value of a key. Raises `ValueError` for what cannot be read."""
    if key == '*':
        anywhere = _finds(kind, text)
        return lambda document: any(anywhere(str(value)) for value in document.everything())
    if key == 'message':
        return of_text(kind, text, False)
    if kind == 'range':
        return _within(key, text)
    if kind == 'word' and (match := COMPARISON.fullmatch(text)):
        return _compared(key, match[1], _number(match[2]))
    if text == 'all' and key in ('sources', 'priority'):
        return lambda document: True
    if text == '*' and key not in ('tags', 'excluded_tags'):
        return lambda document: bool(document.values(key))
    return _equal(key, kind, text)


def _equal(key: str, kind: str, text: str) -> Fits:
    quoted, is_attribute = kind == 'quoted', key.startswith('@')
    # The lists of the event stream: sources:chef,puppet.
    texts = [text[1:-1]] if quoted else [text] if is_attribute else [part for part in text.split(',') if part]
    exact = [_pattern(each, quoted) for each in texts]
    lowered = [_pattern(each.lower(), quoted) for each in texts]
    if key == 'source':
        # The source "My Apps" is searched for as my_apps, too.
        lowered += [_pattern(each.lower().replace('_', ' '), quoted) for each in texts]
    if key == 'status':
        lowered += [_pattern(STATUSES[each.lower()], True) for each in texts if each.lower() in STATUSES]
    key, excluded = LISTS.get(key, key), key == 'excluded_tags'

    def fits(document: Document) -> bool:
        if key == 'tags':
            tags = [f'{name}:{value}' if value else name for name, some in document.facets.items() for value in some]
            return any(pattern(tag) for pattern in lowered for tag in tags) != excluded
        patterns = exact if is_attribute and document.attributes is not None else lowered
        return any(pattern(written(value)) for value in document.values(key) for pattern in patterns)

    return fits


def _pattern(text: str, quoted: bool) -> Callable[[str], bool]:
    if quoted:
        return unescaped(text).__eq__
    parts = [[unescaped(piece) for piece in _pieces(part, '?')] for part in _pieces(text, '*')]
    if all(len(pieces) == 1 for pieces in parts):
        return wildcards.joined([piece for [piece] in parts])
    if len(text) > MOST_SPECIAL:
        raise ValueError(f'"{text[:20]}…" has a ? and more than {MOST_SPECIAL} characters')
    return wildcards.with_special([wildcards.Special(pieces) for pieces in parts])


def written(value: Any) -> str:
    """Return a value as a search has it: 200, not 200.0, and true, not True."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if value == int(value) else repr(value)


# Numbers


def _number(text: str) -> float:
    try:
        return float(unescaped(text.strip('"')))
    except ValueError:
        raise ValueError(f'"{text[:50]}" is not a number to compare with') from None


def numbers(values: Sequence[Any]) -> list[float]:
    """Return those of some values that are numbers, or strings of one."""
    known = []
    for value in values:
        try:
            known += [] if isinstance(value, bool) else [float(value)]
        except (ValueError, OverflowError):
            continue
    return [number for number in known if abs(number) < float('inf')]


def _compared(key: str, sign: str, bound: float) -> Fits:
    tests: dict[str, Callable[[float], bool]] = {
        '>': bound.__lt__, '>=': bound.__le__, '<': bound.__gt__, '<=': bound.__ge__,
    }  # fmt: skip
    return lambda document: any(map(tests[sign], numbers(document.values(key))))


def _within(key: str, text: str) -> Fits:
    match = RANGE.fullmatch(text)
    if match is None:
        raise ValueError(f'a range is like [400 TO 499], not {text[:50]}')
    low = float('-inf') if match[2] == '*' else _number(match[2])
    high = float('inf') if match[3] == '*' else _number(match[3])

    def fits(number: float) -> bool:
        above = low < number if match[1] == '{' else low <= number
        return above and (number < high if match[4] == '}' else number <= high)

    return lambda document: any(map(fits, numbers(document.values(key))))


# Networks


def in_networks(call: str) -> Fits:
    """Return what tells whether an attribute has an address in one of the networks of `CIDR(@key, 10.0.0.0/8, …)`."""
    key, *given = [part.strip() for part in call[len('CIDR(') : -1].split(',')]
    try:
        networks = [ip_network(each, strict=False) for each in given]
    except ValueError:
        networks = []
    if not networks:
        raise QueryError(f'{call[:100]} must be like CIDR(@network.client.ip, 13.0.0.0/8)')

    def inside(value: Any) -> bool:
        try:
            address = ip_address(str(value))
        except ValueError:
            return False
        return any(address in network for network in networks)

    return lambda document: any(map(inside, document.values(key)))
