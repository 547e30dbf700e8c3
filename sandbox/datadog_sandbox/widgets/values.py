"""Single values: evaluated, written, and coloured, for a query value, a toplist, and others."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from datadog_sandbox.query import Line

from .formats import Paint, conditional, paint, written
from .model import Context, Empty
from .requests import Answer, answers, label, why_empty
from .units import with_unit


@dataclass(frozen=True)
class Value:
    """A value of one group."""

    name: str
    value: float
    text: str
    """The value as it is shown, without its unit."""
    unit: str = ''
    palette: str = ''
    """Datadog's name of the colours that a conditional format gives it, such as `white_on_red`."""
    paint: Paint = Paint()
    group: Mapping[str, str] = field(default_factory=dict)

    @property
    def with_unit(self) -> str:
        return f'{self.text} {self.unit}'.strip()


def values(definition: Mapping[str, Any], request: Mapping[str, Any], context: Context) -> list[Value]:
    """Evaluate a request to single values. Raises `QueryError`, and `Empty` where there is none."""
    evaluated = answers(request, context, single=True)
    if not any(answer.lines for answer in evaluated):
        raise Empty(why_empty([request], context))
    several = len(evaluated) > 1
    return [value_of(definition, request, answer, line, several) for answer in evaluated for line in answer.lines]


def ordered(rows: Iterable[Value], request: Mapping[str, Any], most: int | None = None) -> list[Value]:
    """Sort and limit values as the `sort` of a request says, or else the `limit` of a formula; `most` without either.

    What neither leaves open is the greatest first.
    """
    sort = request.get('sort') or {}
    limits = [formula['limit'] for formula in request.get('formulas') or [] if formula.get('limit')]
    keys = sort.get('order_by') or [{'order': limits[0].get('order') if limits else 'desc'}]
    chosen = list(rows)
    # The last key first: sorting keeps the order of what is equal.
    for key in reversed(keys):
        descending = key.get('order') != 'asc'
        if key.get('type') == 'group':
            name = str(key.get('name'))
            chosen.sort(key=lambda row: row.group.get(name, ''), reverse=descending)
        else:
            chosen.sort(key=lambda row: row.value, reverse=descending)
    limited = any(limit.get('count') for limit in limits)
    return chosen[: sort.get('count') or (None if limited else most)]


def value_of(
    definition: Mapping[str, Any], request: Mapping[str, Any], answer: Answer, line: Line, several: bool = False
) -> Value:
    """Write the value of a line as the widget, its request, and its formula say."""
    value = float(line.values[0])
    rule = conditional(value, formats_of(request, answer))
    hidden = bool(rule.get('hide_value'))
    text, unit = ('', '') if hidden else write(value, definition, answer.formula.get('number_format'))
    name = label(answer.name(line), line.group, several)
    return Value(name, value, text, unit, str(rule.get('palette') or ''), paint(rule), line.group)


def write(value: float, definition: Mapping[str, Any], number_format: Mapping[str, Any] | None) -> tuple[str, str]:
    """Return a value and its unit: that of the widget, or of the formula."""
    precision = definition.get('precision', 2)
    unit, scaled = definition.get('custom_unit') or '', definition.get('autoscale', True)
    if number_format and not unit:
        return with_unit(value, number_format, precision, scaled)
    return written(value, precision, scaled and not unit), unit


def formats_of(request: Mapping[str, Any], answer: Answer) -> Sequence[Mapping[str, Any]]:
    return answer.formula.get('conditional_formats') or request.get('conditional_formats') or ()
