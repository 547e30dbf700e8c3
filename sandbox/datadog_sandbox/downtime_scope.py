"""The scope of a downtime, parsed into a predicate of the tags of groups.

https://docs.datadoghq.com/monitors/downtimes/#downtime-scope-syntax. What it says is not supported is refused.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple, cast

from lark import Lark, Token, Transformer, UnexpectedInput

from .wildcards import matches

Matches = Callable[[Mapping[str, str]], bool]

LONGEST = 1000
"""Most characters of a scope."""
DEEPEST = 2
"""Most levels of nested parentheses."""


class DowntimeError(ValueError):
    """Says in one line which field is wrong, its value, and what is allowed."""


class Part(NamedTuple):
    """A parsed part of a scope."""

    matches: Matches
    key: str = ''
    """The key of its tag, or that which all its alternatives share."""
    alternatives: bool = False
    """Whether its outermost operator is OR."""
    depth: int = 0


class _Builder(Transformer[Token, Part]):
    """Builds parts from the parse tree."""

    def start(self, children: Sequence[Part]) -> Part:
        part = children[0]
        if part.alternatives and not part.key:
            raise DowntimeError('OR between different keys is not supported at the top level: use two downtimes')
        if part.depth > DEEPEST:
            raise DowntimeError(f'at most {DEEPEST} levels of parentheses are supported')
        return part

    def everything(self, _: Sequence[Any]) -> Part:
        return Part(lambda group: True)

    def or_(self, children: Sequence[Any]) -> Part:
        parts = [child for child in children if isinstance(child, Part)]
        keys = {part.key for part in parts}
        key = keys.pop() if len(keys) == 1 else ''
        return Part(lambda group: any(part.matches(group) for part in parts), key, True, _depth(parts))

    def and_(self, children: Sequence[Any]) -> Part:
        parts = [child for child in children if isinstance(child, Part)]
        return Part(lambda group: all(part.matches(group) for part in parts), depth=_depth(parts))

    def nested(self, children: Sequence[Part]) -> Part:
        return children[0]._replace(depth=children[0].depth + 1)

    def negated(self, children: Sequence[Any]) -> Part:
        part: Part = children[-1]
        if not part.key:
            raise DowntimeError('a negation is supported before key:value and key:(a OR b) only')
        return Part(lambda group: not part.matches(group), depth=part.depth)

    def tag(self, children: Sequence[Token]) -> Part:
        key, _, value = children[0].partition(':')
        return _has(key, [value])

    def tags(self, children: Sequence[Any]) -> Part:
        return _has(children[0][:-2], [str(child) for child in children[1:] if child.type == 'VALUE'])


def _depth(parts: Sequence[Part]) -> int:
    return max(part.depth for part in parts)


def _has(key: str, values: Sequence[str]) -> Part:
    patterns = [value.casefold() for value in values]
    return Part(
        lambda group: (
            (value := group.get(key)) is not None and any(matches(pattern, value.casefold()) for pattern in patterns)
        ),
        key,
    )


@cache
def parser() -> Lark:
    """Return the parser, built on first use: that takes longer than the start of a server."""
    return Lark(
        r"""
        start: "*" -> everything
             | or_
        ?or_: and_ (OR and_)*
        ?and_: not_ ((AND | ",")? not_)*
        ?not_: (MINUS | NOT) not_ -> negated
             | "(" or_ ")" -> nested
             | TAG -> tag
             | KEY VALUE (OR VALUE)* ")" -> tags
        AND.3: /AND(?=[\s(])/
        OR.3: /OR(?=[\s(])/
        NOT.3: /NOT(?=[\s(])/
        MINUS.2: /[-!](?=[^\s,])/
        KEY.2: /[^\W\d_][\w.\/-]*:\(/
        TAG.2: /[^\W\d_][\w.\/-]*:[^\s(),]+/
        VALUE: /[^\s(),!-][^\s(),]*/
        %ignore /\s+/
        """,
        parser='lalr',
        transformer=_Builder(),
    )


@lru_cache(maxsize=1024)
def scope(text: str) -> Matches:
    """Return the predicate of a scope, which says whether the tags of a group match. Raises `DowntimeError`.

    `*`, `host:a`, `host:web-*`, `env:(dev OR staging)`, `-env:prod`, `NOT`, `AND` (or a comma), `OR`, parentheses.
    """
    if len(text) > LONGEST:
        raise DowntimeError(f'scope has {len(text)} characters; at most {LONGEST} are allowed.')
    if '?' in text:
        raise DowntimeError(f'scope "{text}": question marks are not supported; use * for any characters.')
    try:
        return cast(Part, parser().parse(text.strip())).matches
    except DowntimeError as error:
        raise DowntimeError(f'scope "{text}": {error}.') from None
    except UnexpectedInput:
        raise DowntimeError(
            f'scope "{text}" is not understood; allowed are *, key:value, key:(a OR b), AND, OR, NOT, commas, and '
            'parentheses. Keyless tags and negations inside key:(…) are not supported.'
        ) from None
