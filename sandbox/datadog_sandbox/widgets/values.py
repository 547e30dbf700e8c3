"""Single values: evaluated, written, and coloured, for a query value, a toplist, and others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .formats import conditional, written
from .model import Context, Empty
from .requests import Answer, answers, label, why_empty


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

    @property
    def shown(self) -> str:
        return f'{self.text} {self.unit}'.strip()


def values(definition: Mapping[str, Any], request: Mapping[str, Any], context: Context) -> list[Value]:
    """Evaluate a request to single values. Raises `QueryError`, and `Empty` where there is none."""
    evaluated = answers(request, context, single=True)
    if not any(answer.lines for answer in evaluated):
        raise Empty(why_empty([request], context))
    return [
        value_of(definition, request, answer, line, len(evaluated) > 1) for answer in evaluated for line in answer.lines
    ]


def value_of(
    definition: Mapping[str, Any], request: Mapping[str, Any], answer: Answer, line: Any, several: bool
) -> Value:
    unit = definition.get('custom_unit') or ''
    scaled = definition.get('autoscale', True) and not unit
    value = float(line.values[0])
    rule = conditional(value, formats_of(request))
    return Value(
        label(answer.name(line), line.group, several),
        value,
        written(value, definition.get('precision', 2), scaled),
        unit,
        str(rule.get('palette', '')),
    )


def formats_of(request: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return request.get('conditional_formats') or [
        rule for formula in request.get('formulas') or [] for rule in formula.get('conditional_formats') or []
    ]
