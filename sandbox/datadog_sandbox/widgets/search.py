"""Searches in events, spans, and monitors: `source:deploy env:prod -status:error "new version"`.

The syntax is that of https://docs.datadoghq.com/events/explorer/searching/: terms, AND, OR, NOT or -, parentheses,
wildcards, and `key:(a OR b)`. What stands side by side must all hold.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from datadog_sandbox import wildcards
from datadog_sandbox.query import QueryError

TOKEN = re.compile(r'\s*(?:(?P<sign>[()]|-(?=\S)|!)|(?P<term>(?:[^\s()"]+:)?"[^"]*"|[^\s()"]+))')
LONGEST, DEEPEST = 10_000, 50


class Document(NamedTuple):
    """What a search is asked of."""

    facets: Mapping[str, Sequence[str]]
    """The values of each key: tags, and what the thing itself has, in lower case."""
    text: str
    """What words without a key are looked for in, in lower case."""


Search = Callable[[Document], bool]


@lru_cache(maxsize=512)
def search(query: str) -> Search:
    """Return what tells whether a document fits a search. Raises `QueryError`."""
    if len(query) > LONGEST:
        raise QueryError(f'The search has {len(query)} characters: at most {LONGEST} are allowed')
    # `source: x` is written often, and means `source:x`.
    tokens = [match[0].strip() for match in TOKEN.finditer(re.sub(r'(?<=\w):\s+(?=[^\s)])', ':', query.strip()))]
    parser = _Parser(tokens, query)
    fits = parser.any_of(0) if tokens else lambda document: True
    if parser.tokens:
        raise QueryError(f'The search "{query[:100]}" has a ) too many')
    return fits


class _Parser:
    def __init__(self, tokens: Sequence[str], query: str) -> None:
        self.tokens = list(tokens)[::-1]
        self.query = query

    def any_of(self, depth: int, key: str = '') -> Search:
        if depth > DEEPEST:
            raise QueryError(f'The search "{self.query[:100]}…" has more than {DEEPEST} parentheses in each other')
        parts = [self.all_of(depth, key)]
        while self.tokens and self.tokens[-1] == 'OR':
            self.tokens.pop()
            parts.append(self.all_of(depth, key))
        return lambda document: any(part(document) for part in parts)

    def all_of(self, depth: int, key: str) -> Search:
        parts = []
        while self.tokens and self.tokens[-1] not in (')', 'OR'):
            if self.tokens[-1] == 'AND':
                self.tokens.pop()
                continue
            parts.append(self.term(depth, key))
        return lambda document: all(part(document) for part in parts)

    def term(self, depth: int, key: str) -> Search:
        token = self.tokens.pop()
        if token in ('-', '!', 'NOT'):
            if not self.tokens:
                raise QueryError(f'The search "{self.query[:100]}" ends with {token}')
            negated = self.term(depth, key)
            return lambda document: not negated(document)
        if token == '(' or (token.endswith(':') and self.tokens and self.tokens[-1] == '('):
            inner = self.inside(token, depth, key)
            if not self.tokens or self.tokens.pop() != ')':
                raise QueryError(f'The search "{self.query[:100]}" lacks a )')
            return inner
        return _term(f'{key}:{token}' if key else token)

    def inside(self, token: str, depth: int, key: str) -> Search:
        if token != '(':
            self.tokens.pop()
            key = token[:-1]
        return self.any_of(depth + 1, key)


def _pattern(pattern: str) -> Callable[[str], bool]:
    """Return what tells whether a string is a pattern, in which `*` stands for anything."""
    return wildcards.matcher(pattern) if '*' in pattern else pattern.__eq__


def _term(token: str) -> Search:
    key, colon, value = token.partition(':')
    if token.startswith('"') or not colon:
        word = token.strip('"').lower()
        fits = wildcards.matcher(f'*{word}*')
        return lambda document: fits(document.text)
    value = value.strip('"').lower()
    key = key.lower().removeprefix('@')
    if key == 'tags':
        key, _, value = value.partition(':')
    # The lists of the event stream: sources:chef,puppet.
    patterns = [_pattern(part) for part in value.split(',')]
    if key in ('sources', 'priority') and value == 'all':
        return lambda document: True
    key = {'sources': 'source'}.get(key, key)
    return lambda document: any(fits(given) for given in document.facets.get(key, ()) for fits in patterns)
