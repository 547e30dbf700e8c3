"""The search of an event monitor: a string becomes a function that says whether it matches an event.

https://docs.datadoghq.com/events/explorer/searching/ and, for the old lists such as `sources:a,b`, the query types of
https://docs.datadoghq.com/api/latest/monitors/#create-a-monitor
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, cast

from lark import Lark, Token, Transformer, UnexpectedInput

from datadog_sandbox.query import QueryError
from datadog_sandbox.wildcards import matches

from .columns import column

Event = Mapping[str, Any]
"""The body of an event as the API keeps it, with the tags of its host among its `tags`."""
Predicate = Callable[[Event], bool]

LONGEST, DEEPEST = 4000, 100
"""Characters of a search, and levels in it."""
FIELDS = {
    'alert_type': 'alert_type', 'host': 'host', 'hosts': 'host', 'priority': 'priority', 'source': 'source',
    'sources': 'source', 'status': 'alert_type', 'aggregation_key': 'aggregation_key', 'title': 'title',
}  # fmt: skip
"""The field of an event that a key stands for; other keys are those of tags."""
STATUSES = {'warn': 'warning', 'ok': 'success'}
"""What the explorer calls a status, and the API."""


class _Builder(Transformer[Token, Predicate]):
    """Makes a predicate of what the parser finds."""

    def start(self, children: Sequence[Predicate]) -> Predicate:
        return children[0] if children else lambda event: True

    def or_(self, children: Sequence[Any]) -> Predicate:
        parts = [child for child in children if callable(child)]
        return lambda event: any(part(event) for part in parts)

    def and_(self, children: Sequence[Any]) -> Predicate:
        parts = [child for child in children if callable(child)]
        return lambda event: all(part(event) for part in parts)

    def negated(self, children: Sequence[Any]) -> Predicate:
        return lambda event: not children[-1](event)

    def value(self, children: Sequence[Token]) -> list[str]:
        token = children[0]
        return [str(token[1:-1])] if token.type == 'QUOTED' else [part for part in token.split(',') if part]

    def field(self, children: Sequence[Any]) -> Predicate:
        key = str(children[0]).strip().removesuffix(':').removeprefix('@')
        return _field(key, [value for child in children[1:] if isinstance(child, list) for value in child])

    def words(self, children: Sequence[Any]) -> Predicate:
        [[phrase]] = [[' '.join(child)] for child in children]
        return lambda event: _contains(event, phrase)


@cache
def parser() -> Lark:
    """Return the parser: a grammar takes longer to read than a server to start."""
    return Lark(
        r"""
        start: or_?
        ?or_: and_ (OR and_)*
        ?and_: not_ (AND? not_)*
        ?not_: (MINUS | NOT) not_ -> negated
             | "(" or_ ")"
             | KEY value -> field
             | KEY "(" value (OR value)* ")" -> field
             | value -> words
        value: QUOTED | WORD
        AND.3: /AND(?=[\s(]|$)/
        OR.3: /OR(?=[\s(]|$)/
        NOT.3: /NOT(?=[\s(]|$)/
        MINUS.2: /[-!](?=[^\s])/
        KEY.2: /@?[A-Za-z_][^\s():"']*:\s*(?=[^\s)])/
        QUOTED.2: /"[^"]*"|'[^']*'/
        WORD: /[^\s()"']+/
        %ignore /\s+/
        """,
        parser='lalr',
        transformer=_Builder(),
    )


def _field(key: str, values: Sequence[str]) -> Predicate:
    if key in ('tags', 'excluded_tags'):
        wanted = key == 'tags'
        return lambda event: any(matches(value, tag) for value in values for tag in event['tags']) == wanted
    if key not in FIELDS:
        patterns = [f'{key}:{value}' for value in values]
        return lambda event: any(matches(pattern, tag) for pattern in patterns for tag in event['tags'])
    field, lowered = FIELDS[key], [value.lower() for value in values]
    if field == 'alert_type':
        lowered = [STATUSES.get(value, value) for value in lowered]
    return lambda event: any(matches(value, str(event.get(field, '')).lower()) for value in lowered)


def _contains(event: Event, phrase: str) -> bool:
    """Return whether a phrase is in the title or the text of an event, or is one of its tags."""
    if phrase == '*' or phrase in event['tags']:
        return True
    string = f'{event.get("title", "")}\n{event.get("text", "")}'.lower()
    return matches(f'*{phrase.lower()}*', string)


@lru_cache(maxsize=1024)
def parse_search(search: str) -> Predicate:
    """Return what says whether an event matches a search. Raises `QueryError`."""
    if len(search) > LONGEST:
        raise QueryError(f'The search of an event monitor has at most {LONGEST} characters, not {len(search)}')
    if search.count('(') + search.count('-') + search.count('NOT') > DEEPEST:
        raise QueryError(f'The search of an event monitor has at most {DEEPEST} parentheses and negations')
    try:
        return cast(Predicate, parser().parse(search))
    except UnexpectedInput as error:
        raise QueryError(
            f'Event search "{search[:200]}", column {column(search, error)}: words, key:value, quotes, AND, OR, NOT, '
            '"-", and parentheses are understood'
        ) from None
