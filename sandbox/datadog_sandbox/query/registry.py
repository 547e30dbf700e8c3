"""What a function of the query language declares, and the table of those that exist."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin

from .errors import QueryError
from .grid import Grid


class Allowed(NamedTuple):
    """What an argument may be."""

    description: str
    fits: Callable[[Any], bool]
    value: Callable[[Any], Any] = lambda given: given
    """Makes the argument of what is written."""


def is_number(given: Any) -> bool:
    return isinstance(given, float)


Number = Annotated[float, Allowed('a number', is_number)]
Positive = Annotated[float, Allowed('a number above 0', lambda given: is_number(given) and given > 0)]
Whole = Annotated[
    int, Allowed('a whole number above 0', lambda given: is_number(given) and given >= 1 and given == int(given), int)
]


class Function(NamedTuple):
    name: str
    category: str
    """Datadog's own, which is the name of the module."""
    apply: Callable[..., Grid]
    parameters: tuple[inspect.Parameter, ...]
    """Those after the query."""
    summary: str
    """The first line of its docstring."""
    lookback: Callable[..., int]
    """The seconds before the range that are needed: of the interval and the arguments."""
    single_values: bool
    """Whether it works over single values, too; what needs time is refused there."""
    before_space: bool
    """Whether it works on each series before they are aggregated in space."""
    shift: Callable[..., int] | None
    """How many seconds before the range another range is asked for: of its start and the arguments."""
    outermost: bool
    """Whether nothing can be made of its result."""
    approximated: bool
    """Whether Datadog publishes less than the whole algorithm, so that its values are others."""

    @property
    def usage(self) -> str:
        return f'{self.name}({", ".join(["query", *(parameter.name for parameter in self.parameters)])})'

    def bind(self, positional: Sequence[Any], keywords: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return the arguments after the query, as the function takes them. Raises `QueryError`."""
        number, most = len(positional), len(self.parameters)
        fewest = sum(parameter.default is parameter.empty for parameter in self.parameters)
        if number > most or (not keywords and number < fewest):
            allowed = f'{most + 1}' if fewest == most else f'{fewest + 1} to {most + 1}'
            raise QueryError(f'{self.usage} takes {allowed} argument{"s" * (most > 0)}, not {number + 1}')
        given = dict(zip((parameter.name for parameter in self.parameters), positional, strict=False))
        for name, value in keywords.items():
            if name not in [parameter.name for parameter in self.parameters]:
                raise QueryError(f'{self.usage} has no argument {name}')
            if name in given:
                raise QueryError(f'{self.usage} has the argument {name} twice')
            given[name] = value
        return tuple(self.argument(parameter, given) for parameter in self.parameters)

    def argument(self, parameter: inspect.Parameter, given: Mapping[str, Any]) -> Any:
        if parameter.name not in given:
            if parameter.default is parameter.empty:
                raise QueryError(f'{self.usage} needs the argument {parameter.name}')
            return parameter.default
        value, allowed = given[parameter.name], allowed_of(parameter.annotation)
        if not allowed.fits(value):
            written = f'{value:g}' if isinstance(value, float) else repr(value)
            raise QueryError(f'{parameter.name} of {self.usage} must be {allowed.description}, not {written}')
        return allowed.value(value)


def allowed_of(annotation: Any) -> Allowed:
    """Return what an annotation allows: a `Literal` of strings, or one of the types above."""
    if get_origin(annotation) is Literal:
        choices = get_args(annotation)
        return Allowed(' or '.join(map(repr, choices)), choices.__contains__)
    allowed = get_args(annotation)[1]
    assert isinstance(allowed, Allowed)
    return allowed


FUNCTIONS: dict[str, Function] = {}


def function(
    name: str = '',
    *,
    lookback: Callable[..., int] = lambda interval, *arguments: 0,
    single_values: bool = False,
    before_space: bool = False,
    shift: Callable[..., int] | None = None,
    outermost: bool = False,
    approximated: bool = False,
) -> Callable[[Callable[..., Grid]], Callable[..., Grid]]:
    """Add a function to the language: one of a grid and of arguments with the types above or a `Literal`.

    Its name is that of the Python function unless it is given. See `Function` for what it declares.
    """

    def register(apply: Callable[..., Grid]) -> Callable[..., Grid]:
        known = name or apply.__name__
        FUNCTIONS[known] = Function(
            known,
            apply.__module__.rpartition('.')[2],
            apply,
            tuple(inspect.signature(apply).parameters.values())[1:],
            (apply.__doc__ or '').partition('\n')[0],
            lookback,
            single_values,
            before_space,
            shift,
            outermost,
            approximated,
        )
        return apply

    return register


def find(name: str) -> Function:
    """Return a function of the language. Raises `QueryError` when there is none."""
    if name not in FUNCTIONS:
        raise QueryError(f'the function {name}() is not supported: {", ".join(sorted(FUNCTIONS))} are')
    return FUNCTIONS[name]
