"""The query language: a string becomes a tree, or a `QueryError` that says where it is wrong."""

import math
import re
from functools import cache, lru_cache
from typing import Any, cast

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput, UnexpectedToken, v_args

from datadog_sandbox.store import AGGREGATES

# What is imported here is in the table of functions.
from . import functions as functions
from .arithmetic import combined_keys
from .errors import QueryError, shorten
from .modifiers import combined, modifier
from .names import revealed
from .registry import PERCENTILE, find
from .scopes import AllOf, AnyOf, Inside, Negated, OneOf, Scope, Tag, is_mixed
from .tree import Call, Keys, Name, Node, Number, Operation, Query, String, children, inner_keys, walk

GRAMMAR = r"""
start: sum ("," sum)*
?sum: product | sum ADD product -> operation
?product: unary | product MULTIPLY unary -> operation
?unary: ADD unary -> sign | atom
?atom: NUMBER -> number | STRING -> string | NAME -> name | NAME "(" arguments ")" -> call | "(" sum ")" | query
arguments: [argument ("," argument)*]
?argument: sum | NAME "=" sum -> keyword | "{" TAG ("," TAG)* "}" -> keys

query: HEAD "{" scope "}" (by | modifier)*
by: "by" "{" TAG ("," TAG)* "}"
modifier: "." NAME "(" [value ("," value)*] ")"
value: NAME | NUMBER | WORD | STRING

scope: any ("," any)*
?any: all | all (OR all)+ -> any_of
?all: not | not (AND not)+ -> all_of
?not: NOT not -> negated | BANG not -> negated | tag
?tag: TAG -> tag | "(" any ")" -> inside | TAG IN listed -> one_of | TAG NOT IN listed -> none_of
listed: "(" TAG ("," TAG)* ")"

// A name before a brace: `avg:my.metric{`, `p99.9:my.metric{`.
HEAD.3: /(([a-zA-Z_]\w*|p[0-9]+(\.[0-9]+)?):\s*)?[^\W\d_][\w.]*(?=\s*\{)/
NAME: /[^\W\d]\w*/
NUMBER: /([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?/
// In a rollup of the calendar: 9am, 1st.
WORD.2: /[0-9]+[a-z]{2}/
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
    'WORD': 'an hour or a day',
    'STRING': 'a string in quotes', 'TAG': 'a tag', 'BANG': '!', 'LBRACE': '{', 'RBRACE': '}', 'LPAR': '(',
    'RPAR': ')', 'COMMA': 'a comma', 'DOT': 'a dot', 'BY': 'by', 'EQUAL': '=', '$END': 'the end',
}  # fmt: skip
LONGEST, DEEPEST = 20_000, 200
THRESHOLD = re.compile(r'\bcount\s*\(\s*v\s*:')


@v_args(inline=True)
class Builder(Transformer):
    """Makes nodes of what the parser finds."""

    def start(self, *nodes: Node) -> tuple[Node, ...]:
        for _, node in walk(*nodes):
            if isinstance(node, Call) and (excluded := find(node.function).excludes):
                for _, inner in walk(node):
                    if isinstance(inner, Call) and inner.function in excluded:
                        raise QueryError(f'{inner.function}() cannot be inside {node.function}()')
            if isinstance(node, Operation | Call):
                for child in children(node):
                    if isinstance(child, String):
                        raise QueryError(f'the string {child} is where a query or a number belongs')
                    if isinstance(child, Call) and find(child.function).outermost:
                        raise QueryError(f'{child.function}() must be the outermost function')
        return nodes

    def number(self, token: Token) -> Number:
        if math.isinf(value := float(token)):
            raise QueryError(f'the number {token} is too large')
        return Number(value)

    def string(self, token: Token) -> String:
        return String(str(token[1:-1]))

    def name(self, token: Token) -> Name:
        return Name(revealed(token))

    def sign(self, sign: Token, node: Node) -> Node:
        if sign == '+':
            return node
        return Number(-node.value) if isinstance(node, Number) else Operation('*', Number(-1), node)

    def operation(self, left: Node, operator: Token, right: Node) -> Operation:
        return Operation(str(operator), left, right)

    def arguments(self, *nodes: Any) -> list[Any]:
        return [node for node in nodes if node is not None]

    def keyword(self, name: Token, node: Node) -> tuple[str, Node]:
        return str(name), node

    def keys(self, *keys: Token) -> Keys:
        return Keys(self.by(*keys))

    def call(self, name: Token, nodes: list[Any]) -> Call:
        if not nodes or isinstance(nodes[0], tuple | Keys):
            raise QueryError(f'{name}() needs a query')
        pairs = [node if isinstance(node, tuple) else ('', node) for node in nodes[1:]]
        arguments = tuple((key, plain(node)) for key, node in pairs)
        positional = [value for key, value in arguments if not key]
        if any(key for key, _ in arguments[: len(positional)]):
            raise QueryError(f'{name}() has an argument without a name after one with a name')
        keywords: dict[str, Any] = {}
        for key, value in arguments[len(positional) :]:
            if key in keywords:
                raise QueryError(f'{name}() has the argument {key} twice')
            keywords[key] = value
        return Call(str(name), nodes[0], arguments, find(str(name)).bind(positional, keywords))

    def value(self, token: Token) -> str:
        return str(token[1:-1] if token.type == 'STRING' else token)

    def by(self, *keys: Token) -> tuple[str, ...]:
        for key in keys:
            if ':' in key:
                raise QueryError(f'by {{…}} takes the keys of tags, such as host, not {key}')
        return tuple(dict.fromkeys(map(str, keys)))

    def modifier(self, name: Token, *values: str | None) -> tuple[str, dict[str, Any]]:
        return str(name), modifier(name, [value for value in values if value is not None])

    def query(self, head: Token, scope: Scope, *rest: Any) -> Query:
        aggregator, _, metric = head.rpartition(':')
        aggregator, metric = aggregator or 'avg', revealed(metric.strip())
        if aggregator not in AGGREGATES and not PERCENTILE.fullmatch(aggregator):
            raise QueryError(f'the aggregator {aggregator} is not supported: {", ".join(AGGREGATES)}, and p95 are')
        if is_mixed(scope):
            # The words before the colon are Datadog's: https://github.com/DataDog/documentation/issues/23070
            raise QueryError("'AND' and 'OR' cannot be mixed with ',': write a comma as AND, and ! as NOT")
        groupings = [part for part in rest if not is_modifier(part)]
        if len(groupings) > 1:
            raise QueryError('by {…} is given twice')
        parts = combined([part for part in rest if is_modifier(part)])
        if parts.get('weighted') and aggregator != 'sum':
            raise QueryError('.weighted() needs the aggregator sum')
        return Query(aggregator, metric, scope, groupings[0] if groupings else (), **parts)

    # Scopes

    def scope(self, *scopes: Scope) -> Scope:
        return scopes[0] if len(scopes) == 1 else AllOf(scopes)

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


def is_modifier(part: tuple[Any, ...]) -> bool:
    """Tell a modifier, with what it sets, from the keys of `by {…}`."""
    return isinstance(part[-1], dict)


def plain(node: Node | Keys) -> str | float | tuple[str, ...]:
    """Return an argument after the query: a number, or a string, with quotes or without."""
    return node.value if isinstance(node, Number | String | Keys) else str(node)


@cache
def parser() -> Lark:
    """Return the parser: a grammar takes longer to read than a server to start."""
    return Lark(GRAMMAR, parser='lalr', transformer=Builder(), maybe_placeholders=True)


@lru_cache(maxsize=1024)
def parse(query: str) -> tuple[Node, ...]:
    """Return the tree of each part of a query; parts are separated by commas. Raises `QueryError`."""
    if len(query) > LONGEST:
        raise QueryError(f'The query has {len(query)} characters: at most {LONGEST} are allowed')
    if not query.strip():
        raise QueryError('The query is empty: write one such as avg:system.load.1{*}')
    try:
        nodes = cast(tuple[Node, ...], parser().parse(query))
    except UnexpectedInput as error:
        raise QueryError(explain(query, error)) from None
    except QueryError as error:
        raise QueryError(f'Query "{shorten(query)}": {error}') from None
    if max(depth for depth, _ in walk(*nodes)) > DEEPEST:
        raise QueryError(f'Query "{shorten(query)}": it is nested more than {DEEPEST} deep')
    try:
        for node in nodes:
            group_keys(node)
    except QueryError as error:
        raise QueryError(f'Query "{shorten(query)}": {error}') from None
    return nodes


def group_keys(node: Node) -> tuple[str, ...]:
    """Return the keys that a query groups by. Raises `QueryError` where the groups of its parts do not go together."""
    match node:
        case Query():
            return node.by
        case Operation():
            return combined_keys(group_keys(node.left), group_keys(node.right))
        case Call():
            keys = group_keys(node.query)
            if (chosen := dict(node.bound).get('keys')) is not None:
                return inner_keys(chosen)
            return () if find(node.function).category == 'count' else keys
    return ()


def column(string: str, error: UnexpectedInput) -> int:
    """Return the column of a syntax error, counted from 1; the one after the last if the string ends too early."""
    ended = isinstance(error, UnexpectedToken) and error.token.type == '$END'
    return len(string) + 1 if ended or error.pos_in_stream is None else error.pos_in_stream + 1


def explain(query: str, error: UnexpectedInput) -> str:
    """Say in one line what was found and what belongs there."""
    position = column(query, error) - 1
    rest = query[position:].split()
    unexpected = 'the end' if not rest else f'"{shorten(rest[0])[:30]}"'
    variable = re.match(r'\$[\w.-]*\w', query[position:])
    where = f'Query "{shorten(query)}", column {position + 1}: '
    if THRESHOLD.search(query):
        return f'Query "{shorten(query)}": counts of the values over a threshold, count(v: v>=…), are not supported'
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
    return f'{where}unexpected {unexpected}{hint}'
