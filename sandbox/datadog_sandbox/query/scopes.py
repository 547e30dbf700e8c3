"""The scope of a query, between braces: its tree, and which tags are in it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from datadog_sandbox import wildcards

Matcher = Callable[[frozenset[str]], bool]


@dataclass(frozen=True)
class Tag:
    text: str
    """`*` alone is every series; elsewhere it stands for any characters."""

    @property
    def wild(self) -> bool:
        return '*' in self.text

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class AllOf:
    scopes: tuple['Scope', ...]
    sign: str = ','

    def __str__(self) -> str:
        return self.sign.join(map(str, self.scopes))


@dataclass(frozen=True)
class AnyOf:
    scopes: tuple['Scope', ...]

    def __str__(self) -> str:
        return ' OR '.join(map(str, self.scopes))


@dataclass(frozen=True)
class Negated:
    scope: 'Scope'
    sign: str = '!'

    def __str__(self) -> str:
        return f'{self.sign}{self.scope}'


@dataclass(frozen=True)
class Inside:
    """A scope in parentheses."""

    scope: 'Scope'

    def __str__(self) -> str:
        return f'({self.scope})'


@dataclass(frozen=True)
class OneOf:
    key: str
    values: tuple[Tag, ...]

    def __str__(self) -> str:
        return f'{self.key} IN ({", ".join(value.text.removeprefix(f"{self.key}:") for value in self.values)})'


Scope = Tag | AllOf | AnyOf | Negated | Inside | OneOf
CASED = ('host:', 'device:')
"""Tags that keep their capitals: https://github.com/DataDog/documentation/pull/10132"""


def tags_of_scope(scope: Scope) -> Iterator[str]:
    """Yield the tags that are written in a scope."""
    match scope:
        case Tag(text):
            yield text
        case Negated(inner) | Inside(inner):
            yield from tags_of_scope(inner)
        case AllOf(inside) | AnyOf(inside) | OneOf(_, inside):
            for part in inside:
                yield from tags_of_scope(part)


def is_mixed(scope: Scope) -> bool:
    """Whether a scope has both symbols and words: https://docs.datadoghq.com/metrics/advanced-filtering/"""
    signs = set(_signs(scope))
    return True in signs and False in signs


def _signs(scope: Scope) -> Iterator[bool]:
    """Yield, for each operator, whether it is a symbol."""
    match scope:
        case AllOf(inside, sign):
            yield sign == ','
        case AnyOf(inside):
            yield False
        case Negated(inner, sign):
            yield sign == '!'
            inside = (inner,)
        case Inside(inner):
            inside = (inner,)
        case OneOf():
            yield False
            return
        case _:
            return
    for part in inside:
        yield from _signs(part)


def capitals(scope: Scope) -> list[str]:
    """Return the tags of a scope with capitals: they match nothing, as tags are kept in lower case.

    https://docs.datadoghq.com/getting_started/tagging/ and https://github.com/DataDog/datadog-agent/issues/4149
    """
    tags = dict.fromkeys(tags_of_scope(scope))
    return [tag for tag in tags if tag != tag.lower() and not tag.lower().startswith(CASED)]


def required(scope: Scope) -> dict[str, str]:
    """Return the values, by key, of the tags that all series in a scope have: not of wildcards and alternatives."""
    match scope:
        case Tag(text) if ':' in text and not scope.wild:
            key, _, value = text.partition(':')
            return {key: value}
        case Inside(inner) | OneOf(_, (inner,)):
            return required(inner)
        case AllOf(scopes):
            return {key: value for part in scopes for key, value in required(part).items()}
    return {}


@lru_cache(maxsize=1024)
def matcher(scope: Scope) -> Matcher:
    """Return what tells whether the tags of a series are in a scope."""
    match scope:
        case Tag('*'):
            return lambda tags: True
        case Tag(text) if scope.wild:
            fits = wildcards.matcher(text)
            return lambda tags: any(map(fits, tags))
        case Tag(text):
            return lambda tags: text in tags
        case Inside(inner):
            return matcher(inner)
        case Negated(inner):
            excluded = matcher(inner)
            return lambda tags: not excluded(tags)
        case OneOf(_, scopes) | AnyOf(scopes):
            alternatives = [matcher(scope) for scope in scopes]
            return lambda tags: any(fits(tags) for fits in alternatives)
        case AllOf(scopes):
            conditions = [matcher(scope) for scope in scopes]
            return lambda tags: all(fits(tags) for fits in conditions)
