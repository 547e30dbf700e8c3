"""The scope of a query, between braces: its tree, and which tags are in it."""

from collections.abc import Callable
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
