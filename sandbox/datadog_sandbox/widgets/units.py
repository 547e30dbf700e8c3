"""Values with their units, as https://docs.datadoghq.com/metrics/units/ has them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from datadog_sandbox.times import DAY, HOUR, MINUTE

from .formats import written


def _steps(base: float, *names: tuple[str, str]) -> Sequence[tuple[str, str, float]]:
    """Return units that grow by a factor, the largest first."""
    return tuple((name, short, base**power) for power, (name, short) in reversed([*enumerate(names)]))


_BINARY = _steps(
    1024.0, ('byte', 'B'), ('kibibyte', 'KiB'), ('mebibyte', 'MiB'), ('gibibyte', 'GiB'), ('tebibyte', 'TiB'),
    ('pebibyte', 'PiB'), ('exbibyte', 'EiB'),
)  # fmt: skip
_DECIMAL = _steps(
    1000.0, ('byte_in_decimal_bytes_family', 'B'), ('kilobyte', 'KB'), ('megabyte', 'MB'), ('gigabyte', 'GB'),
    ('terabyte', 'TB'), ('petabyte', 'PB'), ('exabyte', 'EB'),
)  # fmt: skip
_BITS = _steps(1000.0, ('bit', 'b'), ('kilobit', 'Kb'), ('megabit', 'Mb'), ('gigabit', 'Gb'), ('terabit', 'Tb'))
_TIME = (
    ('week', 'wk', 604_800e9), ('day', 'day', 86_400e9), ('hour', 'hr', 3_600e9), ('minute', 'min', 60e9),
    ('second', 's', 1e9), ('millisecond', 'ms', 1e6), ('microsecond', 'µs', 1e3), ('nanosecond', 'ns', 1.0),
)  # fmt: skip
# Each family from its largest unit to its smallest, in the smallest.
FAMILIES: Sequence[Sequence[tuple[str, str, float]]] = (
    _BINARY,
    _DECIMAL,
    _BITS,
    _TIME,
    _steps(1000.0, ('hertz', 'Hz'), ('kilohertz', 'kHz'), ('megahertz', 'MHz'), ('gigahertz', 'GHz')),
    _steps(1000.0, ('nanocore', 'ncores'), ('microcore', 'µcores'), ('millicore', 'mcores'), ('core', 'core')),
    (('dollar', '$', 1e6), ('cent', '¢', 1e4), ('microdollar', 'µ$', 1.0)),
)
UNITS = {name: (family, factor) for family in FAMILIES for name, _, factor in family} | {
    'byte_in_binary_bytes_family': (_BINARY, 1.0),
    'bit_in_binary_bytes_family': (_BINARY, 0.125),
    'bit_in_decimal_bytes_family': (_DECIMAL, 0.125),
    'bit_in_bits_family': (_BITS, 1.0),
    'mcore': (FAMILIES[5], 1e6),
}
PERCENT = {'percent': 1.0, 'percent_nano': 1e-9, 'apdex': 1.0, 'fraction': 100.0}
SHORT = {
    'dollar': '$', 'euro': '€', 'pound': '£', 'pence': 'p', 'yen': '¥', 'connection': 'conn', 'request': 'req',
    'packet': 'pkt', 'segment': 'seg', 'response': 'rsp', 'message': 'msg', 'process': 'proc', 'service': 'svc',
    'block': 'blk', 'error': 'err', 'read': 'rd', 'write': 'wr', 'operation': 'op', 'resource': 'res',
    'garbage collection': 'gc', 'sample': 'smpl', 'device': 'dev', 'update': 'up', 'method': 'mthd', 'index': 'idx',
    'transaction': 'tx', 'command': 'cmd', 'assertion': 'assert', 'column': 'col', 'page': 'pg',
    'decidegree celsius': 'd°C', 'degree celsius': '°C', 'degree fahrenheit': '°F', 'nanowatt': 'nW',
    'microwatt': 'µW', 'milliwatt': 'mW', 'deciwatt': 'dW', 'milliampere': 'mA', 'ampere': 'A', 'millivolt': 'mV',
    'volt': 'V',
}  # fmt: skip
"""Units that are only shortened."""
SPLIT = (('d', DAY), ('h', HOUR), ('m', MINUTE), ('s', 1))
YEAR = 365 * DAY


def short_of(name: str) -> str:
    """Return how a unit is written; its name where it has no other sign."""
    family = UNITS[name][0] if name in UNITS else ()
    other = SHORT.get(name, family[-1][1] if family else name)
    return next((short for full, short, _ in family if full == name), other)


def has_sign(name: str) -> bool:
    """Tell whether a unit is one that Datadog writes with a sign of its own."""
    return name in PERCENT or name in UNITS or name in SHORT


class Scale(NamedTuple):
    """In which unit values are shown."""

    unit: str = ''
    factor: float = 1.0
    """What a value is multiplied with."""
    lettered: bool = True
    """Whether large values have k, M, G, or T."""


def scale_of(number_format: Mapping[str, Any], highest: float) -> Scale:
    """Return the unit of a `number_format` in which values up to `highest` are shown.

    Without a `unit_scale`, the unit fits the value; one that is null leaves the unit as it is.
    """
    unit = number_format.get('unit') or {}
    if unit.get('type') == 'custom_unit_label':
        return Scale(str(unit.get('label') or ''))
    name, per = str(unit.get('unit_name') or ''), str(unit.get('per_unit_name') or '')
    given = number_format.get('unit_scale', {})
    fixed = name if given is None else str(given.get('unit_name') or '')
    suffix = f'/{short_of(per)}' if per else ''
    if name in PERCENT and 'apdex' in (name, fixed):
        return Scale(suffix, 1.0 if name == 'apdex' else PERCENT[name] / 100, False)
    if name in PERCENT:
        return Scale(f'%{suffix}', PERCENT[name], False)
    if name not in UNITS or (name == 'dollar' and not fixed):
        return Scale(f'{short_of(name)}{suffix}', 1.0, not fixed)
    family, factor = UNITS[name]
    if fixed in UNITS:
        return Scale(f'{short_of(fixed)}{suffix}', factor / UNITS[fixed][1], False)
    fitting = [(short, size) for full, short, size in family if abs(highest) * factor >= size and full != 'week']
    short, size = fitting[0] if fitting else family[-1][1:]
    return Scale(f'{short}{suffix}', factor / size, False)


def with_unit(
    value: float, number_format: Mapping[str, Any], precision: int | str | None = 2, lettered: bool = True
) -> tuple[str, str]:
    """Write a value in the unit of a `number_format`, in the one of the family that fits; return text and unit.

    What belongs to no family has k, M, G, or T where it is `lettered`.
    """
    unit = number_format.get('unit') or {}
    family, factor = UNITS.get(str(unit.get('unit_name')), ((), 1.0))
    if family is _TIME and 'unit_scale' not in number_format and unit.get('type') != 'custom_unit_label':
        per = str(unit.get('per_unit_name') or '')
        return _duration(value * factor, precision, f'/{short_of(per)}' if per else '')
    scale = scale_of(number_format, value)
    return written(value * scale.factor, precision, lettered and scale.lettered), scale.unit


def _duration(nanoseconds: float, precision: int | str | None, suffix: str) -> tuple[str, str]:
    """Write a time: in two units from a minute to a year, and as a decimal number where it is shorter or longer."""
    seconds = abs(nanoseconds) / 1e9
    if seconds >= YEAR:
        return written(nanoseconds / 86_400e9, precision, False), f'days{suffix}'
    if seconds < MINUTE:
        # Datadog writes 0 nanoseconds as 0s.
        last = _TIME[-1 if seconds else 4][1:]
        short, size = next(((short, size) for _, short, size in _TIME[4:] if seconds * 1e9 >= size), last)
        return written(nanoseconds / size, precision, False), f'{short}{suffix}'
    step = 1 if seconds < HOUR else MINUTE if seconds < DAY else HOUR
    rest, parts = round(seconds / step) * step, []
    for short, size in SPLIT:
        count, rest = divmod(rest, size)
        parts += [f'{count}{short}'] if count else []
    return f'{"-" if nanoseconds < 0 else ""}{" ".join(parts)}', suffix
