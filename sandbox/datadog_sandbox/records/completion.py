"""What may stand where somebody types a search: the facets of records, and their values.

Datadog completes "existing keys and values": https://docs.datadoghq.com/logs/explorer/search_syntax/#autocomplete
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator

from datadog_sandbox.completion import Completion, Option, completed

from .document import Document
from .terms import quoted, unescaped, written

LONGEST = 100
"""Characters of a value that is offered."""
KEY = r'(?:^|[\s(])[-!]?((?:[^\s()":\\]|\\.)+):'
VALUE = r'("(?:[^"\\]|\\.)*|[^\s()"]*)$'
OF_KEY = re.compile(KEY + VALUE, re.DOTALL)
IN_LIST = re.compile(KEY + r'\((?:[^()"]|"[^"]*")*?(?<=[\s(])' + VALUE, re.DOTALL)
WORD = re.compile(r'(?:^|[\s(])[-!]?([^\s()":]*)$')
SPECIAL = re.compile(r'([\s()":\\<>\[\]{}])')
"""What a key has a backslash before."""
PLAIN = re.compile(r'[^\s()"\\*?,:!<>\[\]{}][^\s()"\\*?,]*')
"""A value that a search finds as it is; others are written in quotes."""

Facets = dict[str, Counter[str]]


def complete(documents: Iterable[Document], plain: Collection[str] | None, text: str, cursor: int) -> Completion:
    """Return what the word before the cursor may become: a key, or a value of a key; the frequent ones first.

    `plain` are the facets that are written without `@`, all of them where it is None.
    """
    before = text[:cursor]
    if match := OF_KEY.search(before) or IN_LIST.search(before):
        facets, key = _facets(documents, plain), unescaped(match[1])
        values = facets.get(key) or facets.get(key.lower()) or facets.get(f'@{key}') or Counter()
        return completed(cursor, match[2], [Option(_quoted(value), 'value') for value in _ordered(values)])
    match = WORD.search(before)
    if match is None or before.count('"') % 2:
        return Completion(cursor, [])
    return completed(cursor, match[1], _terms(_facets(documents, plain), whole=bool(match[1])))


def _terms(facets: Facets, whole: bool) -> Iterator[Option]:
    """Yield the keys and, where a part of it was typed, each key with each of its values."""
    keys = {key: SPECIAL.sub(r'\\\1', key) for key in sorted(facets, key=lambda key: (-facets[key].total(), key))}
    for key in keys.values():
        yield Option(f'{key}:', 'facet')
    for name, key in keys.items() if whole else ():
        for value in _ordered(facets[name]):
            yield Option(f'{key}:{_quoted(value)}', 'value')


def _ordered(values: Counter[str]) -> list[str]:
    return sorted(values, key=lambda value: (-values[value], value))


def _quoted(value: str) -> str:
    return value if PLAIN.fullmatch(value) else quoted(value)


def _facets(documents: Iterable[Document], plain: Collection[str] | None) -> Facets:
    """Count the values of each key: of facets, and of attributes."""
    facets: Facets = defaultdict(Counter)
    for document in documents:
        for key, values in document.facets.items():
            facets[key if plain is None or key in plain else f'@{key}'].update(values)
        for path, value in document.leaves():
            facets[f'@{path}'][written(value)] += 1
    for counts in facets.values():
        for value in [value for value in counts if not value or len(value) > LONGEST]:
            del counts[value]
    return {key: counts for key, counts in facets.items() if key and counts}
