"""The query language: a text becomes a tree, or a `QueryError` that says where it is wrong."""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, NamedTuple, cast

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput, UnexpectedToken, v_args

from datadog_sandbox.store import AGGREGATES, Method

from .functions import QueryError, check_arguments

GRAMMAR = r"""
start: sum ("," sum)*
?sum: product | sum ADD product -> operation
?product: unary | product MULTIPLY unary -> operation
?unary: ADD unary -> sign | atom
?atom: NUMBER -> number | STRING -> text | NAME -> name | NAME "(" arguments ")" -> call | "(" sum ")" | query
arguments: [sum ("," sum)*]

query: HEAD "{" scope "}" ["by" "{" keys "}"] modifier*
keys: TAG ("," TAG)*
modifier: "." NAME "(" [value ("," value)*] ")"
value: NAME | NUMBER

scope: any ("," any)*
?any: all | any OR all -> either
?all: not | all AND not -> both
?not: NOT not -> negated | BANG not -> negated | tag
?tag: TAG -> tag | "(" any ")" -> inside | TAG IN listed -> one_of | TAG NOT IN listed -> none_of
listed: "(" TAG ("," TAG)* ")"

// A name before a brace: `avg:my.metric{`.
HEAD.3: /([a-zA-Z_]\w*:)?[a-zA-Z][a-zA-Z0-9_.]*(?=\s*\{)/
NAME: /[a-zA-Z_]\w*/
NUMBER: /([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?/
STRING: /'[^']*'|"[^"]*"/
ADD: "+" | "-"
MULTIPLY: "*" | "/"
AND.2: /(AND|and)(?=[\s(])/
OR.2: /(OR|or)(?=[\s(])/
NOT.2: /(NOT|not)(?=[\s(])/
IN.2: /(IN|in)(?=[\s(])/
BANG: "!"
TAG: /[^\s{}(),!$'"<>=]+/
%ignore /\s+/
"""

# What an error calls the terminals of the grammar.
TERMINALS = {
    'ADD': '+ or -', 'MULTIPLY': '* or /', 'HEAD': 'a query', 'NAME': 'a name', 'NUMBER': 'a number',
    'STRING': 'a text in quotes', 'TAG': 'a tag', 'BANG': '!', 'LBRACE': '{', 'RBRACE': '}', 'LPAR': '(',
    'RPAR': ')', 'COMMA': 'a comma', 'DOT': 'a dot', 'BY': 'by', '$END': 'the end',
}  # fmt: skip
LONGEST, DEEPEST = 20_000, 100


@dataclass(frozen=True)
class Number:
    value: float

    def __str__(self) -> str:
        return f'{self.value:.15g}'


@dataclass(frozen=True)
class Text:
    value: str

    def __str__(self) -> str:
        return f"'{self.value}'"


@dataclass(frozen=True)
class Name:
    """A query that a formula names."""

    name: str

    def __str__(self) -> str:
        return self.name


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
class Both:
    left: 'Scope'
    right: 'Scope'
    sign: str = ','

    def __str__(self) -> str:
        return f'{self.left}{self.sign}{self.right}'


@dataclass(frozen=True)
class Either:
    left: 'Scope'
    right: 'Scope'

    def __str__(self) -> str:
        return f'{self.left} OR {self.right}'


@dataclass(frozen=True)
class Negated:
    scope: 'Scope'
    sign: str = '!'

    def __str__(self) -> str:
        return f'{self.sign}{self.scope}'


@dataclass(frozen=True)
class Inside:
    scope: 'Scope'

    def __str__(self) -> str:
        return f'({self.scope})'


@dataclass(frozen=True)
class OneOf:
    key: str
    values: tuple[Tag, ...]

    def __str__(self) -> str:
        return f'{self.key} IN ({", ".join(value.text.removeprefix(f"{self.key}:") for value in self.values)})'


Scope = Tag | Both | Either | Negated | Inside | OneOf


@dataclass(frozen=True)
class Query:
    aggregator: Method
    metric: str
    scope: Scope
    by: tuple[str, ...] = ()
    method: Method | None = None
    """The method of `.rollup()`."""
    seconds: int | None = None
    """The interval of `.rollup()`."""
    fill: tuple[str, int] | None = None
    """The method and the limit, in seconds, of `.fill()`."""
    modifier: Literal['', 'as_count', 'as_rate'] = ''

    def __str__(self) -> str:
        """Return the query without its groups: these belong to each line."""
        rollup = ', '.join(str(part) for part in (self.method, self.seconds) if part)
        return (
            f'{self.aggregator}:{self.metric}{{{self.scope}}}'
            + (f'.{self.modifier}()' if self.modifier else '')
            + (f'.rollup({rollup})' if rollup else '')
            + (f'.fill({self.fill[0]}, {self.fill[1]})' if self.fill else '')
        )


@dataclass(frozen=True)
class Call:
    function: str
    query: 'Node'
    arguments: tuple[Any, ...]

    def __str__(self) -> str:
        shown = [repr(value) if isinstance(value, str) else f'{value:g}' for value in self.arguments]
        return f'{self.function}({", ".join([str(self.query), *shown])})'


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


Node = Number | Text | Name | Query | Call | Operation


def children(node: Any) -> list[Any]:
    """Return the parts of a node of a query, or of a scope."""
    match node:
        case Operation() | Both() | Either():
            return [node.left, node.right]
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


def whole(text: str, what: str, most: int) -> int:
    if not re.fullmatch(r'[0-9]{1,9}', text) or not 1 <= int(text) <= most:
        raise QueryError(f'{what} must be a whole number of seconds from 1 to {most}, not {text}')
    return int(text)


def rollup(first: str, second: str | None = None) -> dict[str, Any]:
    """`.rollup(method)`, `.rollup(method, seconds)` or, as in old queries, `.rollup(seconds)`."""
    if second is None and first[0] in '.0123456789':
        first, second = 'avg', first
    if first not in AGGREGATES:
        raise QueryError(f'the method {first} of .rollup() is not supported: {", ".join(AGGREGATES)} are')
    return {
        'method': first,
        'seconds': None if second is None else whole(second, 'the interval of .rollup()', 31 * 86_400),
    }


def fill_modifier(method: str, limit: str = '300') -> dict[str, Any]:
    methods = 'linear', 'last', 'zero', 'null'
    if method not in methods:
        raise QueryError(f'the method {method} of .fill() is not supported: {", ".join(methods)} are')
    return {'fill': (method, whole(limit, 'the limit of .fill()', 600))}


# Each with the fewest and the most arguments.
MODIFIERS: dict[str, tuple[int, int, Callable[..., dict[str, Any]]]] = {
    'rollup': (1, 2, rollup),
    'fill': (1, 2, fill_modifier),
    'as_count': (0, 0, lambda: {'modifier': 'as_count'}),
    'as_rate': (0, 0, lambda: {'modifier': 'as_rate'}),
}


@v_args(inline=True)
class Builder(Transformer):
    """Makes nodes of what the parser finds."""

    def start(self, *nodes: Node) -> tuple[Node, ...]:
        for _, node in walk(*nodes):
            if isinstance(node, Operation | Call):
                for child in children(node):
                    if isinstance(child, Text):
                        raise QueryError(f'the text {child} stands where a query or a number belongs')
                    if isinstance(child, Call) and child.function == 'anomalies':
                        raise QueryError('anomalies() must be outermost: nothing can be made of its band')
        return nodes

    def number(self, token: Token) -> Number:
        if math.isinf(value := float(token)):
            raise QueryError(f'the number {token} is too large')
        return Number(value)

    def text(self, token: Token) -> Text:
        return Text(str(token[1:-1]))

    def name(self, token: Token) -> Name:
        return Name(str(token))

    def sign(self, sign: Token, node: Node) -> Node:
        if sign == '+':
            return node
        return Number(-node.value) if isinstance(node, Number) else Operation('*', Number(-1), node)

    def operation(self, left: Node, operator: Token, right: Node) -> Operation:
        return Operation(str(operator), left, right)

    def arguments(self, *nodes: Node | None) -> list[Node]:
        return [node for node in nodes if node is not None]

    def call(self, name: Token, nodes: list[Node]) -> Call:
        if not nodes:
            raise QueryError(f'{name}() needs a query')
        rest = [node.value if isinstance(node, Number | Text) else str(node) for node in nodes[1:]]
        check_arguments(str(name), rest)
        return Call(str(name), nodes[0], tuple(rest))

    def value(self, token: Token) -> Token:
        return token

    def keys(self, *keys: Token) -> tuple[str, ...]:
        for key in keys:
            if '*' in key or ':' in key:
                raise QueryError(f'by {{…}} takes the keys of tags, such as host, not {key}')
        return tuple(dict.fromkeys(map(str, keys)))

    def modifier(self, name: Token, *values: Token | None) -> tuple[str, dict[str, Any]]:
        given = [str(value) for value in values if value is not None]
        if name not in MODIFIERS:
            raise QueryError(f'.{name}() is not supported: {", ".join(f".{known}()" for known in MODIFIERS)} are')
        fewest, most, make = MODIFIERS[name]
        if not fewest <= len(given) <= most:
            allowed = f'{fewest} or {most} arguments' if most else 'no argument'
            raise QueryError(f'.{name}() takes {allowed}, not {len(given)}')
        return str(name), make(*given)

    def query(self, head: Token, scope: Scope, by: tuple[str, ...] | None, *modifiers: Any) -> Query:
        aggregator, _, metric = head.rpartition(':')
        aggregator = aggregator or 'avg'
        if aggregator not in AGGREGATES:
            raise QueryError(f'the aggregator {aggregator} is not supported: {", ".join(AGGREGATES)} are')
        names = [name for name, _ in modifiers]
        for name in MODIFIERS:
            if names.count(name) > 1:
                raise QueryError(f'.{name}() is there twice')
        if 'as_count' in names and 'as_rate' in names:
            raise QueryError('.as_count() and .as_rate() exclude each other')
        parts: dict[str, Any] = {key: value for _, found in modifiers for key, value in found.items()}
        if 'modifier' in parts and parts.get('method', 'sum') != 'sum':
            raise QueryError(f'.{parts["modifier"]}() adds up: only .rollup(sum) goes with it')
        return Query(cast(Method, aggregator), metric, scope, by or (), **parts)

    # Scopes

    def scope(self, *scopes: Scope) -> Scope:
        result = scopes[0]
        for scope in scopes[1:]:
            result = Both(result, scope)
        found = [node for _, node in walk(result)]
        symbols = any(isinstance(node, Both | Negated) and node.sign in ',!' for node in found)
        words = any(
            isinstance(node, Either | OneOf | Inside) or isinstance(node, Both | Negated) and node.sign not in ',!'
            for node in found
        )
        if symbols and words:
            raise QueryError('a scope has either "," and "!" or AND, OR, NOT, IN and parentheses, not both')
        return result

    def tag(self, token: Token) -> Tag:
        if token.startswith('-'):
            raise QueryError(f'{token} excludes nothing: write !{token[1:]} or NOT {token[1:]}')
        return Tag(str(token))

    def both(self, left: Scope, _: Token, right: Scope) -> Both:
        return Both(left, right, ' AND ')

    def either(self, left: Scope, _: Token, right: Scope) -> Either:
        return Either(left, right)

    def negated(self, sign: Token, scope: Scope) -> Negated:
        return Negated(scope, '!' if sign == '!' else 'NOT ')

    def inside(self, scope: Scope) -> Inside:
        return Inside(scope)

    def listed(self, *tags: Token) -> list[str]:
        return [str(tag) for tag in tags]

    def one_of(self, key: Token, _: Token, values: list[str]) -> OneOf:
        return OneOf(str(key), tuple(Tag(f'{key}:{value}') for value in values))

    def none_of(self, key: Token, _: Token, in_: Token, values: list[str]) -> Negated:
        return Negated(self.one_of(key, in_, values), 'NOT ')


PARSER = Lark(GRAMMAR, parser='lalr', transformer=Builder(), maybe_placeholders=True)


def shorten(text: str) -> str:
    """Return a text in one line of at most 200 characters."""
    text = ' '.join(text.split())
    return text if len(text) <= 200 else f'{text[:199]}…'


@lru_cache(maxsize=1024)
def parse(query: str) -> tuple[Node, ...]:
    """Return the tree of each part of a query; parts are separated by commas. Raises `QueryError`."""
    if len(query) > LONGEST:
        raise QueryError(f'The query has {len(query)} characters: {LONGEST} are the most')
    if not query.strip():
        raise QueryError('The query is empty: write one such as avg:system.load.1{*}')
    try:
        nodes = cast(tuple[Node, ...], PARSER.parse(query))
    except UnexpectedInput as error:
        raise QueryError(explain(query, error)) from None
    except QueryError as error:
        raise QueryError(f'Query "{shorten(query)}": {error}') from None
    if max(depth for depth, _ in walk(*nodes)) > DEEPEST:
        raise QueryError(f'Query "{shorten(query)}": it is nested more than {DEEPEST} deep')
    return nodes


def explain(query: str, error: UnexpectedInput) -> str:
    """Say in one line what was found and what belongs there."""
    ended = isinstance(error, UnexpectedToken) and error.token.type == '$END'
    position = len(query) if ended or error.pos_in_stream is None else error.pos_in_stream
    rest = query[position:].split()
    found = 'the end' if not rest else f'"{shorten(rest[0])[:30]}"'
    variable = re.match(r'\$\w+', query[position:])
    where = f'Query "{shorten(query)}", column {position + 1}: '
    if variable:
        return f'{where}the template variable {variable[0]} is not defined'
    if rest and rest[0].startswith(':'):
        return f'{where}a query needs a scope, such as avg:system.load.1{{*}}'
    expected: set[str] = set()
    if isinstance(error, UnexpectedToken):
        expected = set(error.accepts or error.expected)
    elif isinstance(error, UnexpectedCharacters):
        expected = set(error.allowed or ())
    names = sorted(TERMINALS.get(name, name) for name in expected)
    hint = f', where {" or ".join(names)} belongs' if names else ''
    return f'{where}unexpected {found}{hint}'


# Template variables

VALUE = re.compile(r'[^\s{}(),!$\'"<>=]+')
VARIABLE = re.compile(r'(?P<bang>!?)(?P<key>[\w./-]+:)?\$(?P<name>\w+)(?P<value>\.value\b)?')


def fill_in(query: str, variables: Mapping[str, Sequence[str]]) -> str:
    """Put the chosen tags in the place of template variables: `$name` and, for the values alone, `$name.value`.

    `variables` has for each name the chosen tags (`host:a`), or `*` for all. A variable that is not there stays, and
    is an error of the query. Raises `QueryError` when what was chosen cannot be part of a scope.
    """
    for name, tags in variables.items():
        for tag in tags:
            if not VALUE.fullmatch(tag):
                raise QueryError(f'The template variable ${name} cannot be {tag!r}: that is no tag')
    return re.sub(r'\{([^{}]*)\}', lambda scope: f'{{{fill_in_scope(scope[1], variables)}}}', query)


def fill_in_scope(scope: str, variables: Mapping[str, Sequence[str]]) -> str:
    found = [variables.get(match['name'], ()) for match in VARIABLE.finditer(scope)]
    if any(len(tags) > 1 for tags in found) and not re.search(r'\b(AND|OR|NOT|IN|and|or|not|in)\b|\(', scope):
        # Several values need OR, and words do not go together with commas and exclamation marks.
        parts = [part.strip() for part in scope.split(',')]
        scope = ' AND '.join(f'NOT {part[1:]}' if part.startswith('!') else part for part in parts)

    def chosen(match: re.Match[str]) -> str:
        tags = variables.get(match['name'], ())
        if not tags:
            return match[0]
        bang, key = match['bang'], match['key'] or ''
        if match['value'] or key:
            tags = [key + (tag if tag == '*' else tag.partition(':')[2] or tag) for tag in tags]
        if '*' in tags:
            return f'{bang}*'
        if len(tags) == 1:
            return bang + tags[0]
        # `key IN ($name.value)` is a list already.
        listed = match['value'] and not key and re.search(r'\b(IN|in)\s*\([^()]*$', scope[: match.start()])
        return ', '.join(tags) if listed else f'({" OR ".join(tags)})'

    return VARIABLE.sub(chosen, scope)


# Monitors

Operator = Literal['>', '>=', '<', '<=', '==', '!=']
WINDOW_AGGREGATORS = 'avg', 'sum', 'min', 'max'
UNITS = {'m': 60, 'h': 3600, 'd': 86_400, 'w': 604_800}
MONITOR = re.compile(
    r'\s*(?P<aggregator>\w+)\s*\((?P<window>[^:]*)\)\s*:(?P<query>.*?)(?P<operator>[<>=!]{1,2})\s*(?P<threshold>[^<>=!]*)',
    re.DOTALL,
)


class MonitorQuery(NamedTuple):
    """A query such as `avg(last_5m):avg:system.load.1{*} by {host} > 4`."""

    aggregator: Literal['avg', 'sum', 'min', 'max']
    window: int
    """Seconds."""
    query: str
    operator: Operator
    threshold: float
    group_by: tuple[str, ...]
    counts_first: bool
    """Arithmetic with `as_count()`: each query is aggregated over the window before the arithmetic is done, as
    Datadog documents it. Pass `evaluate` as `reduce` what aggregates."""


@lru_cache(maxsize=1024)
def parse_monitor(query: str) -> MonitorQuery:
    """Take the query of a metric monitor apart. Raises `QueryError`, also when it is a monitor of another kind."""
    shown = f'Monitor query "{shorten(query)}"'
    usage = 'aggregator(last_window):query operator threshold, such as avg(last_5m):avg:system.load.1{*} > 4'
    match = MONITOR.fullmatch(query)
    if not match:
        raise QueryError(f'{shown}: only {usage}, is evaluated')
    aggregator, window, text, operator, threshold = (part.strip() for part in match.groups())
    if aggregator not in WINDOW_AGGREGATORS:
        raise QueryError(f'{shown}: {aggregator}() is not supported: {", ".join(WINDOW_AGGREGATORS)} are')
    span = re.fullmatch(r'last_([1-9]\d{0,4})([mhdw])', window)
    if not span or (seconds := int(span[1]) * UNITS[span[2]]) > UNITS['w']:
        raise QueryError(f'{shown}: the window {window} must be last_1m to last_1w, in m, h, d, or w')
    if operator not in ('>', '>=', '<', '<=', '==', '!='):
        raise QueryError(f'{shown}: the operator {operator} must be >, >=, <, <=, ==, or !=')
    if not re.fullmatch(r'[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?', threshold):
        raise QueryError(f'{shown}: the threshold {threshold or "is missing and"} must be a number')
    nodes = parse(text)
    if len(nodes) > 1:
        raise QueryError(f'{shown}: it has {len(nodes)} queries separated by commas: one is allowed')
    found = [node for _, node in walk(*nodes)]
    queries = [node for node in found if isinstance(node, Query)]
    for node in found:
        if isinstance(node, Name):
            raise QueryError(f'{shown}: {node} is no query: write avg:{node}{{*}}')
        if isinstance(node, Call) and node.function == 'anomalies':
            raise QueryError(f'{shown}: a monitor of anomalies() is not evaluated')
    if not queries:
        raise QueryError(f'{shown}: there is no metric in it')
    return MonitorQuery(
        cast(Any, aggregator),
        seconds,
        text,
        cast(Operator, operator),
        float(threshold),
        tuple(dict.fromkeys(key for node in queries for key in node.by)),
        len(queries) > 1 and any(node.modifier == 'as_count' for node in queries),
    )
