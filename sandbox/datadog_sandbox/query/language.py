"""The query language: a string becomes a tree, or a `QueryError` that says where it is wrong."""

import math
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, cast

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput, UnexpectedToken, v_args

from datadog_sandbox.store import AGGREGATES, Method

# What is imported here is in the table of functions.
from . import functions as functions
from .errors import QueryError, shorten
from .registry import find
from .scopes import AllOf, AnyOf, Inside, Negated, OneOf, Scope, Tag
from .tree import Call, Name, Node, Number, Operation, Query, String, children, walk

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
?any: all | all (OR all)+ -> any_of
?all: not | not (AND not)+ -> all_of
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
    'STRING': 'a string in quotes', 'TAG': 'a tag', 'BANG': '!', 'LBRACE': '{', 'RBRACE': '}', 'LPAR': '(',
    'RPAR': ')', 'COMMA': 'a comma', 'DOT': 'a dot', 'BY': 'by', '$END': 'the end',
}  # fmt: skip
LONGEST, DEEPEST = 20_000, 100


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
                    if isinstance(child, String):
                        raise QueryError(f'the string {child} stands where a query or a number belongs')
                    if isinstance(child, Call) and find(child.function).outermost:
                        raise QueryError(f'{child.function}() must be outermost: nothing can be made of its band')
        return nodes

    def number(self, token: Token) -> Number:
        if math.isinf(value := float(token)):
            raise QueryError(f'the number {token} is too large')
        return Number(value)

    def text(self, token: Token) -> String:
        return String(str(token[1:-1]))

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
        arguments = [node.value if isinstance(node, Number | String) else str(node) for node in nodes[1:]]
        return Call(str(name), nodes[0], tuple(arguments), find(str(name)).bind(arguments, {}))

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
        result = scopes[0] if len(scopes) == 1 else AllOf(scopes)
        nodes = [node for _, node in walk(result)]
        symbols = any(isinstance(node, AllOf | Negated) and node.sign in ',!' for node in nodes)
        words = any(
            isinstance(node, AnyOf | OneOf | Inside) or isinstance(node, AllOf | Negated) and node.sign not in ',!'
            for node in nodes
        )
        if symbols and words:
            raise QueryError('a scope has either "," and "!" or AND, OR, NOT, IN and parentheses, not both')
        return result

    def tag(self, token: Token) -> Tag:
        if token.startswith('-'):
            raise QueryError(f'{token} excludes nothing: write !{token[1:]} or NOT {token[1:]}')
        return Tag(str(token))

    def any_of(self, *parts: Any) -> AnyOf:
        # The words stand between the scopes.
        return AnyOf(parts[::2])

    def all_of(self, *parts: Any) -> AllOf:
        return AllOf(parts[::2], ' AND ')

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
