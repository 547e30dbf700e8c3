"""The expressions of `{{eval "…"}}`: arithmetic, and functions on numbers and strings.

Source: https://docs.datadoghq.com/monitors/guide/template-variable-evaluation/
"""

import math
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any

from lark import Lark, Token, v_args
from lark.exceptions import LarkError, VisitError
from lark.tree import Tree
from lark.visitors import Transformer_NonRecursive

LONGEST = 1_000
"""Most characters of an expression."""
DEEPEST = 50
"""Most parentheses."""

GRAMMAR = r"""
?start: sum
?sum: product | sum "+" product -> add | sum "-" product -> subtract
?product: sign | product "*" sign -> multiply | product "/" sign -> divide | product "%" sign -> modulo
?sign: power | "-" sign -> negate | "+" sign
?power: atom | atom "^" sign -> raise
?atom: NUMBER -> number | STRING -> string | NAME "(" [sum ("," sum)*] ")" -> call | NAME -> variable | "(" sum ")"

NUMBER: /(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?/
STRING: /'[^']*'/ | /"[^"]*"/
NAME: /(\[[^\[\]]+\]|[A-Za-z_@])[\w.@]*(\[[^\[\]]+\][\w.]*)*/
%ignore /\s+/
"""

Value = float | int | str


class ExpressionError(ValueError):
    """Says in one line why an expression has no value."""


def humanized(value: float, unit: str, base: int) -> str:
    """Return a size with the largest unit that leaves at least 1 of it (approximated: Datadog documents no format)."""
    power = min(6, int(math.log(abs(value), base))) if abs(value) >= base else 0
    return f'{value / base**power:.2f}'.rstrip('0').rstrip('.') + f' {" KMGTPE"[power].strip()}{unit}'


def rounded(value: float, digits: float = 0) -> float:
    """Round halves away from zero, unlike Python, which rounds them to even numbers."""
    scale = 10.0 ** int(digits)
    return math.copysign(math.floor(abs(value) * scale + 0.5), value) / scale


# By name: the function, and the type of its first argument.
FUNCTIONS: dict[str, tuple[Callable[..., Value], type]] = {
    'humanize_bytes': (lambda value: humanized(value, 'B', 1024), float),
    'humanize_bits': (lambda value: humanized(value, 'b', 1000), float),
    'abs': (abs, float),
    'int': (math.trunc, float),
    'trunc': (math.trunc, float),
    'float': (lambda value: str(float(value)), float),
    'dec': (lambda value: float(str(math.modf(value)[0])[:17]), float),
    'round': (rounded, float),
    'ceil': (math.ceil, float),
    'floor': (math.floor, float),
    'sgn': (lambda value: (value > 0) - (value < 0), float),
    'to_bool': (lambda value: 'true' if value else 'false', float),
    'atan2': (math.atan2, float),
    'upper': (str.upper, str),
    'lower': (str.lower, str),
    'substring': (lambda text, start, end=None: text[int(start) : None if end is None else int(end)], str),
    'strip': (lambda text, characters=None: text.strip(characters), str),
    **{
        name: (getattr(math, name), float)
        for name in ('exp', 'log10', 'sin', 'sinh', 'asin', 'asinh', 'cos', 'cosh', 'acos', 'acosh', 'tan', 'tanh',
                     'atan', 'atanh')
    },
}  # fmt: skip


@v_args(inline=True)
class _Evaluation(Transformer_NonRecursive[Token, Value]):
    # Not recursive: a sum of hundreds of terms is as deep.

    def __init__(self, variables: Mapping[str, Value]) -> None:
        super().__init__()
        self.variables = variables

    def number(self, token: Token) -> Value:
        return int(token) if token.isdigit() else float(token)

    def string(self, token: Token) -> Value:
        return str(token[1:-1])

    def variable(self, token: Token) -> Value:
        name = token.replace('[', '').replace(']', '')
        if name not in self.variables:
            raise ExpressionError(f'{token} has no value here')
        return self.variables[name]

    def call(self, name: Token, *arguments: Value | None) -> Value:
        function, kind = FUNCTIONS[name]
        first, *rest = (argument for argument in arguments if argument is not None)
        return function(str(first) if kind is str else _number(first), *rest)

    def add(self, left: Value, right: Value) -> Value:
        return _number(left) + _number(right)

    def subtract(self, left: Value, right: Value) -> Value:
        return _number(left) - _number(right)

    def multiply(self, left: Value, right: Value) -> Value:
        return _number(left) * _number(right)

    def divide(self, left: Value, right: Value) -> Value:
        return _number(left) / _number(right)

    def modulo(self, left: Value, right: Value) -> Value:
        return _number(left) % _number(right)

    def negate(self, value: Value) -> Value:
        return -_number(value)

    def raise_(self, base: Value, exponent: Value) -> Value:
        # With floats: a large power of integers would take for ever.
        result = math.pow(_number(base), _number(exponent))
        return int(result) if result.is_integer() and abs(result) < 2**53 else result


setattr(_Evaluation, 'raise', _Evaluation.raise_)


def _number(value: Value) -> float | int:
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            raise ExpressionError(f'{value[:100]!r} is not a number') from None
    return value


@cache
def _parser() -> Lark:
    return Lark(GRAMMAR, parser='lalr', maybe_placeholders=False)


@lru_cache(maxsize=512)
def _parse(expression: str) -> Tree[Token]:
    if len(expression) > LONGEST:
        raise ExpressionError(f'an expression has at most {LONGEST} characters, not {len(expression)}')
    if expression.count('(') > DEEPEST:
        raise ExpressionError(f'an expression has at most {DEEPEST} parentheses, not {expression.count("(")}')
    try:
        tree = _parser().parse(expression)
    except LarkError:
        raise ExpressionError('it is not an expression such as "last_triggered_at_epoch-15*60*1000"') from None
    tree = tree if isinstance(tree, Tree) else Tree('start', [tree])
    for call in tree.find_data('call'):
        if call.children[0] not in FUNCTIONS:
            raise ExpressionError(f'{call.children[0]}() is not one of {", ".join(sorted(FUNCTIONS))}')
    return tree


def check(expression: str) -> None:
    """Raise `ExpressionError` for an invalid expression, or one with a function that is not documented."""
    _parse(expression)


def evaluate(expression: str, variables: Mapping[str, Value]) -> str:
    """Return the value of an expression as a message shows it. Raises `ExpressionError` if it has none."""
    tree = _parse(expression)
    try:
        value: Any = _Evaluation(variables).transform(tree)
        return _formatted(value)
    except VisitError as error:
        if isinstance(error.orig_exc, ExpressionError):
            raise error.orig_exc from None
        raise ExpressionError('it cannot be calculated') from None
    except (ArithmeticError, TypeError, ValueError) as error:
        raise ExpressionError('it cannot be calculated') from error


def _formatted(value: Value) -> str:
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ExpressionError('it is not a finite number')
        return str(int(value)) if value.is_integer() else repr(float(f'{value:.15g}'))
    return str(value)
