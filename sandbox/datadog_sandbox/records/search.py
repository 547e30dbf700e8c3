"""Searches in events, spans, logs, and lists: `source:deploy env:prod -status:error @duration:>5 "new version"`.

The syntax is that of https://docs.datadoghq.com/logs/explorer/search_syntax/ and, for the old lists such as
`sources:a,b`, of the event stream. What stands side by side must all hold. A word is looked for as a whole, whatever
stands around it; its case counts only in the value of an attribute of a log.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from datadog_sandbox.query import QueryError

from . import terms
from .document import Document

LONGEST, DEEPEST = 10_000, 50
"""Characters of a search, and nested parentheses and negations."""
VALUE = r"""
        (?P<range> [\[{] [^\[\]{}"()]* [\]}] )
      | (?P<quoted> "(?:[^"\\]|\\.)*" )
      | (?P<word> (?:[^\s()"\\]|\\.)+ )
"""
TOKEN = re.compile(
    rf"""\s*(?:
        (?P<sign> [()] | [-!](?=[^\s]) | (?:AND|OR|NOT)(?=[\s()]|$) )
      | (?P<call> CIDR\([^()]*\) )
      | (?P<key> (?:[^\s()":\\<>\[\]{{}}]|\\.)+ : (?=[^\s)]) )
      | {VALUE}
    )""",
    re.VERBOSE | re.DOTALL,
)
AFTER_KEY = re.compile(rf'(?P<sign> [(] ) | {VALUE}', re.VERBOSE | re.DOTALL)


class Token(NamedTuple):
    kind: str
    text: str
    joined: bool = False
    """Whether it stands right after the one before, without a space."""


Search = Callable[[Document], bool]


def search(query: str, inside_words: bool = False) -> Search:
    """Return what tells whether a document fits a search, finding words also inside of others if so asked.

    Raises `QueryError`.
    """
    return _search(query, inside_words)


@lru_cache(maxsize=1024)
def _search(query: str, inside_words: bool) -> Search:
    if len(query) > LONGEST:
        raise QueryError(f'The search has {len(query)} characters: at most {LONGEST} are allowed')
    parser = _Parser(query, inside_words)
    fits = parser.any_of(0)
    if parser.tokens:
        parser.fail('has a ) too many')
    return fits


def _tokens(query: str) -> list[Token]:
    """Return the tokens of a search, the last one first."""
    # `source: x` is written often, and means `source:x`.
    query, position = re.sub(r'(?<=\w):\s+(?=[^\s)])', ':', query.strip()), 0
    tokens: list[Token] = []
    while position < len(query):
        after_key = bool(tokens) and tokens[-1].kind == 'key'
        match = (AFTER_KEY if after_key else TOKEN).match(query, position)
        if match is None:
            raise QueryError(f'The search "{query[:100]}" cannot be read from "{query[position:][:20].strip()}" on')
        assert match.lastgroup
        joined = bool(tokens) and match.start(match.lastgroup) == position
        tokens.append(Token(match.lastgroup, match[match.lastgroup], joined))
        position = match.end()
    return tokens[::-1]


class _Parser:
    def __init__(self, query: str, inside_words: bool) -> None:
        self.query, self.inside_words = query, inside_words
        self.tokens = _tokens(query)

    def fail(self, why: str) -> None:
        raise QueryError(f'The search "{self.query[:100]}" {why}')

    def next_is(self, *texts: str) -> bool:
        return bool(self.tokens) and self.tokens[-1].kind == 'sign' and self.tokens[-1].text in texts

    def any_of(self, depth: int, key: str = '') -> Search:
        parts = [self.all_of(depth, key)]
        while self.next_is('OR'):
            self.tokens.pop()
            if not self.tokens or self.next_is(')', 'OR', 'AND'):
                self.fail('has nothing after OR')
            parts.append(self.all_of(depth, key))
        return parts[0] if len(parts) == 1 else lambda document: any(part(document) for part in parts)

    def all_of(self, depth: int, key: str) -> Search:
        parts = []
        while self.tokens and not self.next_is(')', 'OR'):
            if self.next_is('AND'):
                self.tokens.pop()
                continue
            parts.append(self.term(depth, key))
        return parts[0] if len(parts) == 1 else lambda document: all(part(document) for part in parts)

    def term(self, depth: int, key: str) -> Search:
        if depth > DEEPEST:
            self.fail(f'has more than {DEEPEST} nested parentheses and negations')
        kind, text, _ = self.tokens.pop()
        match kind:
            case 'sign' if text == '(':
                return self.inside(depth, key)
            case 'sign':
                return self.negated(text, depth, key)
            case 'call':
                return terms.in_networks(text)
            case 'key' if not key:
                return self.of_key(text[:-1], depth)
            case 'key':
                # `url:(http://a OR http://b)`.
                return self.value(key, 'word', text + (self.tokens.pop().text if self.tokens else ''))
        return self.value(key, kind, text) if key else self.words(kind, text)

    def negated(self, sign: str, depth: int, key: str) -> Search:
        if not self.tokens or self.next_is(')', 'OR', 'AND'):
            self.fail(f'has nothing after {sign}')
        negated = self.term(depth + 1, key)
        return lambda document: not negated(document)

    def inside(self, depth: int, key: str) -> Search:
        inner = self.any_of(depth + 1, key)
        if not self.next_is(')'):
            self.fail('lacks a )')
        self.tokens.pop()
        return inner

    def of_key(self, key: str, depth: int) -> Search:
        kind, text, _ = self.tokens.pop()
        return self.inside(depth, key) if kind == 'sign' else self.value(key, kind, text)

    def value(self, key: str, kind: str, text: str) -> Search:
        try:
            return terms.of_key(terms.unescaped(key), kind, text)
        except ValueError as error:
            raise QueryError(f'The search "{self.query[:100]}": {error}') from None

    def words(self, kind: str, text: str) -> Search:
        if kind == 'word' and self.next_is('(') and self.tokens[-1].joined:
            self.fail(f'has {text}(: quote it, or write a space before the parenthesis')
        return terms.of_text(kind, text, self.inside_words)
