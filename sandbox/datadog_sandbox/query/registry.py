"""What a function of the query language declares, and the table of those that exist."""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin

from datadog_sandbox.times import DAY, HOUR, MINUTE, WEEK

from .calendars import known_zone, time_zone
from .errors import QueryError


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


Flag = Annotated[
    bool,
    Allowed("'true' or 'false'", lambda given: given in ('true', 'false'), lambda given: given == 'true'),
]
Zone = Annotated[
    str,
    Allowed('a time zone, such as Europe/Paris', lambda given: isinstance(given, str) and known_zone(given), time_zone),
]
Keys = Annotated[tuple[str, ...], Allowed('tags in braces, such as {env}', lambda given: isinstance(given, tuple))]
PERCENTILE = re.compile(r'p(100|\d{1,2}(\.\d{1,2})?)')
Percentile = Annotated[
    float,
    Allowed(
        "a percentile such as 'p99'",
        lambda given: bool(PERCENTILE.fullmatch(str(given))),
        lambda given: float(given[1:]),
    ),
]
DURATION = re.compile(r'([1-9]\d{0,6})(mo|[smhdw])')
UNITS = {'s': 1, 'm': MINUTE, 'h': HOUR, 'd': DAY, 'w': WEEK, 'mo': 30 * DAY}


def seconds(given: Any) -> int:
    """Return the seconds of a number, of `60m`, or of `last_15m`; 0 when it is none of these."""
    if isinstance(given, float):
        return int(given) if given >= 1 and given == int(given) else 0
    match = DURATION.fullmatch(str(given).removeprefix('last_'))
    return int(match[1]) * UNITS[match[2]] if match else int(given) if str(given).isdecimal() else 0


Duration = Annotated[int, Allowed("seconds, or such as '60m'", lambda given: seconds(given) > 0, seconds)]


def described(parameter: inspect.Parameter) -> str:
    """Return the name of a parameter, and its default as a query has it."""
    default = parameter.default
    if default is parameter.empty:
        return parameter.name
    return f'{parameter.name}={(str(default).lower() if isinstance(default, bool) else default)!r}'


class Function(NamedTuple):
    name: str
    category: str
    """Datadog's own, which is the name of the module."""
    apply: Callable[..., Any]
    """Of a grid and the arguments, unless it `shifts`."""
    parameters: tuple[inspect.Parameter, ...]
    """Those after the query."""
    summary: str
    """The first line of its docstring."""
    lookback: Callable[..., int]
    """The seconds before the range that are needed: of the interval and the arguments."""
    single_values: bool
    """Whether it works over single values, too; of what needs time, these are made once it has made its lines."""
    local: bool
    """Whether a value depends on those of the look-back alone, and not on where the range begins and ends, but for a
    gap at its end, which is interpolated once the value after it is known: a monitor reads many windows at once."""
    reduces: bool
    """Whether it makes a single value of each line by itself: what it takes is a line also where others take values."""
    before_space: bool
    """Whether it works on each series before they are aggregated in space."""
    shifts: bool
    """Whether it asks for another range: `apply` takes the start of the range and the arguments, and returns how many
    seconds before that one begins."""
    outermost: bool
    """Whether nothing can be made of its result."""
    monitors: bool
    """Whether a monitor can use it."""
    excludes: frozenset[str]
    """The functions that cannot be inside it."""
    approximated: bool
    """Whether Datadog publishes less than the whole algorithm, so that its values are others."""

    @property
    def usage(self) -> str:
        return f'{self.name}({", ".join(["query", *map(described, self.parameters)])})'

    def bind(self, positional: Sequence[Any], keywords: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
        """Return the arguments after the query, as the function takes them, by name. Raises `QueryError`."""
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
        return tuple((parameter.name, self.argument(parameter, given)) for parameter in self.parameters)

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
Apply = Callable[..., Any]


def function(
    name: str = '',
    *,
    lookback: Callable[..., int] = lambda interval, *arguments: 0,
    single_values: bool = False,
    local: bool = False,
    reduces: bool = False,
    before_space: bool = False,
    shifts: bool = False,
    outermost: bool = False,
    monitors: bool = True,
    excludes: frozenset[str] = frozenset(),
    approximated: bool = False,
) -> Callable[[Apply], Apply]:
    """Add a function to the language: one of a grid and of arguments with the types above or a `Literal`.

    Its name is that of the Python function unless it is given. See `Function` for what it declares.
    """

    def register(apply: Apply) -> Apply:
        known = name or apply.__name__
        FUNCTIONS[known] = Function(
            name=known,
            category=apply.__module__.rpartition('.')[2],
            apply=apply,
            parameters=tuple(inspect.signature(apply).parameters.values())[1:],
            summary=' '.join((apply.__doc__ or '').partition('\n\n')[0].split()),
            lookback=lookback,
            single_values=single_values,
            local=local,
            reduces=reduces,
            before_space=before_space,
            shifts=shifts,
            outermost=outermost,
            monitors=monitors,
            excludes=excludes,
            approximated=approximated,
        )
        return apply

    return register


def time_shift(local: bool = True) -> Callable[[Apply], Apply]:
    """Add a function that asks for another range: one of the start of the range and of arguments.

    It returns how many seconds before that one begins. Over single values, these are of that range.
    """
    return function(shifts=True, single_values=True, local=local)


def find(name: str) -> Function:
    """Return a function of the language. Raises `QueryError` when there is none."""
    if name not in FUNCTIONS:
        close = get_close_matches(name, FUNCTIONS, n=3) or ['abs', 'default_zero', 'per_second', 'and others']
        raise QueryError(f'the function {name}() is not supported: {", ".join(close)} are')
    return FUNCTIONS[name]
