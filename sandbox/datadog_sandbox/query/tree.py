"""The tree of a query."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from .calendars import Calendar
from .scopes import AllOf, AnyOf, Inside, Negated, Scope


@dataclass(frozen=True)
class Number:
    value: float

    def __str__(self) -> str:
        return f'{self.value:.15g}'


@dataclass(frozen=True)
class String:
    value: str

    def __str__(self) -> str:
        return f"'{self.value}'"


@dataclass(frozen=True)
class Keys:
    """The tags of another layer of aggregation: `{env}`."""

    value: tuple[str, ...]


@dataclass(frozen=True)
class Name:
    """A query that a formula names."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Query:
    aggregator: str
    """avg, sum, min, max, count, last, or a percentile such as p95."""
    metric: str
    scope: Scope
    by: tuple[str, ...] = ()
    method: str | None = None
    """The method of `.rollup()`."""
    seconds: int | None = None
    """The interval of `.rollup()`."""
    calendar: Calendar | None = None
    """Of `.rollup()`, instead of an interval."""
    fill: tuple[str, int] | None = None
    """The method and the limit, in seconds, of `.fill()`."""
    modifier: Literal['', 'as_count', 'as_rate'] = ''
    weighted: bool = False

    def __str__(self) -> str:
        """Return the query without its groups: these belong to each line."""
        rollup = ', '.join(str(part) for part in (self.method, self.seconds, self.calendar) if part)
        return (
            f'{self.aggregator}:{self.metric}{{{self.scope}}}'
            + (f'.{self.modifier}()' if self.modifier else '')
            + (f'.rollup({rollup})' if rollup else '')
            + (f'.fill({self.fill[0]}, {self.fill[1]})' if self.fill else '')
            + ('.weighted()' if self.weighted else '')
        )


@dataclass(frozen=True)
class Call:
    function: str
    query: 'Node'
    arguments: tuple[tuple[str, Any], ...]
    """Those after the query, as they are written: each with its keyword, or without one."""
    bound: tuple[tuple[str, Any], ...] = field(default=(), compare=False)
    """Those after the query, as the function takes them, with their names; those that are not written, too."""

    @property
    def values(self) -> tuple[Any, ...]:
        return tuple(value for _, value in self.bound)

    def argument(self, name: str) -> Any:
        """Return an argument by its name; None where the function has none of that name."""
        return dict(self.bound).get(name)

    def __str__(self) -> str:
        arguments = [f'{name}={written(value)}' if name else written(value) for name, value in self.arguments]
        return f'{self.function}({", ".join([str(self.query), *arguments])})'


def inner_keys(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Return the tags that a layer of aggregation keeps: none for `{*}`."""
    return tuple(key for key in keys if key != '*')


def written(value: str | float | tuple[str, ...]) -> str:
    if isinstance(value, tuple):
        return f'{{{",".join(value)}}}'
    return f"'{value}'" if isinstance(value, str) else str(Number(value))


@dataclass(frozen=True)
class Operation:
    operator: str
    left: 'Node'
    right: 'Node'

    @property
    def strength(self) -> int:
        return '+-*/'.index(self.operator) // 2

    def __str__(self) -> str:
        left, right = str(self.left), str(self.right)
        if isinstance(self.left, Operation) and self.left.strength < self.strength:
            left = f'({left})'
        if isinstance(self.right, Operation) and self.right.strength <= self.strength:
            right = f'({right})'
        return f'{left} {self.operator} {right}'


Node = Number | String | Name | Query | Call | Operation


def children(node: Any) -> list[Any]:
    """Return the parts of a node of a query, or of a scope."""
    match node:
        case Operation():
            return [node.left, node.right]
        case AllOf() | AnyOf():
            return [*node.scopes]
        case Query() | Negated() | Inside():
            return [node.scope]
    # A call has a query, and so has whatever else wraps one.
    return [node.query] if hasattr(node, 'query') else []


def walk(*nodes: Any) -> Iterator[tuple[int, Any]]:
    """Yield every node below these, and these, with its depth."""
    stack = [(1, node) for node in reversed(nodes)]
    while stack:
        depth, node = stack.pop()
        yield depth, node
        stack += [(depth + 1, child) for child in reversed(children(node))]
