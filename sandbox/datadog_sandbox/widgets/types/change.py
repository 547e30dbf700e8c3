"""change: values beside those of an earlier time."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple, Self

from datadog_sandbox.drawing.table import Cell, Table
from datadog_sandbox.query import QueryError, group_name
from datadog_sandbox.times import DAY, HOUR, WEEK
from datadog_sandbox.widgets.formats import written
from datadog_sandbox.widgets.model import Context, Empty
from datadog_sandbox.widgets.requests import Answer, answers, why_empty
from datadog_sandbox.widgets.tables import MOST_ROWS, TableContent
from datadog_sandbox.widgets.values import write

SHIFTS = {'hour_before': HOUR, 'day_before': DAY, 'week_before': WEEK, 'month_before': 30 * DAY}
MONTH = 'month_before is 30 days here (approximated)'


class _Change(NamedTuple):
    name: str
    present: float
    past: float

    @property
    def absolute(self) -> float:
        return self.present - self.past

    @property
    def relative(self) -> float:
        if self.past:
            return 100 * self.absolute / abs(self.past)
        return math.copysign(math.inf, self.absolute) if self.absolute else 0.0


class Change(TableContent):
    type = 'change'

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        request = definition['requests'][0]
        present, past = _both(request, context)
        if not present:
            raise Empty(why_empty([request], context))
        relative = request.get('change_type') == 'relative'
        changes = [_Change(name, value, past[name]) for name, value in present.items() if name in past]
        changes = _ordered(changes, request, relative)
        columns = ['group', 'change', *(['now'] if request.get('show_present') else [])]
        rows = [_row(change, definition, request, relative) for change in changes[:MOST_ROWS]]
        for name in (name for name in present if name not in past):
            now = ' '.join(write(present[name], definition, None)).strip()
            rows.append([Cell(name), Cell('no value before', True, 'muted'), Cell(now, True)][: len(columns)])
        notes = [MONTH] if request.get('compare_to') == 'month_before' else []
        return cls(Table(columns, rows), notes)


def _both(request: Mapping[str, Any], context: Context) -> tuple[dict[str, float], dict[str, float]]:
    """Return the values of each group, now and before."""
    before = ['_before(' in formula['formula'] for formula in request.get('formulas') or []]
    if sorted(before) == [False, True]:
        values = [_values(answer) for answer in answers(request, context, single=True)]
        return values[before.index(False)], values[before.index(True)]
    if len(before) > 1:
        raise QueryError('A change has one formula, or a second one such as hour_before(query1) to compare it to')
    shift = SHIFTS.get(request.get('compare_to') or 'hour_before')
    if shift is None:
        raise QueryError(f'A change is compared to {", ".join(SHIFTS)}, not to {request["compare_to"]}')
    earlier = context._replace(start=max(0, context.start - shift), end=max(1, context.end - shift))
    present, past = (_values(answers(request, when, single=True)[0]) for when in (context, earlier))
    return present, past


def _values(answer: Answer) -> dict[str, float]:
    return {group_name(line.group): float(line.values[0]) for line in answer.lines}


def _ordered(changes: list[_Change], request: Mapping[str, Any], relative: bool) -> list[_Change]:
    keys: dict[str, Any] = {
        'name': lambda change: change.name,
        'present': lambda change: change.present,
        'past': lambda change: change.past,
        'change': lambda change: change.relative if relative else change.absolute,
    }
    key = keys.get(str(request.get('order_by')), keys['change'])
    return sorted(changes, key=key, reverse=request.get('order_dir') != 'asc')


def _row(change: _Change, definition: Mapping[str, Any], request: Mapping[str, Any], relative: bool) -> list[Cell]:
    formula = (request.get('formulas') or [{}])[-1]
    difference = ' '.join(write(change.absolute, definition, formula.get('number_format'))).strip()
    if relative:
        difference = f'{written(change.relative, 1, False).replace("inf", "∞")} %'
    good = (change.absolute > 0) == bool(request.get('increase_good'))
    colour = '' if change.absolute == 0 else 'ok' if good else 'error'
    arrow = '▲ ' if change.absolute > 0 else '▼ ' if change.absolute < 0 else ''
    cells = [Cell(change.name), Cell(f'{arrow}{difference}', True, colour)]
    if request.get('show_present'):
        cells.append(Cell(' '.join(write(change.present, definition, formula.get('number_format'))).strip(), True))
    return cells
