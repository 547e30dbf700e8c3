"""query_table: groups as rows, formulas as columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from datadog_sandbox.drawing.table import Cell, Table
from datadog_sandbox.widgets.model import Context, Empty
from datadog_sandbox.widgets.requests import Answer, answers, why_empty
from datadog_sandbox.widgets.tables import MOST_ROWS, TableContent
from datadog_sandbox.widgets.values import Value, value_of


@dataclass
class _Column:
    """One formula, or one classic query."""

    name: str
    request: Mapping[str, Any]
    answer: Answer
    values: dict[tuple[tuple[str, str], ...], Value] = field(default_factory=dict)

    @property
    def bar(self) -> bool:
        mode = self.answer.formula.get('cell_display_mode') or self.request.get('cell_display_mode')
        return 'bar' in (mode if isinstance(mode, list) else [mode])


class QueryTable(TableContent):
    type = 'query_table'

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        requests = definition['requests']
        columns = _columns(definition, requests, context)
        groups = list(dict.fromkeys(group for column in columns for group in column.values))
        if not groups:
            raise Empty(why_empty(requests, context))
        keys = list(dict.fromkeys(key for group in groups for key, _ in group))
        ordered = _ordered(groups, columns, requests)
        rows = [_row(group, keys, columns) for group in ordered[:MOST_ROWS]]
        return cls(Table([*keys, *(column.name for column in columns)], rows), _notes(requests, len(ordered)))


def _columns(definition: Mapping[str, Any], requests: Sequence[Mapping[str, Any]], context: Context) -> list[_Column]:
    columns = []
    for request in requests:
        for answer in answers(request, context, single=True):
            name = request.get('alias') or answer.alias or next((line.expression for line in answer.lines), '')
            column = _Column(name or str(answer.formula.get('formula') or request.get('q')), request, answer)
            for line in answer.lines:
                column.values[tuple(line.group.items())] = value_of(definition, request, answer, line)
            columns.append(column)
    return columns


def _ordered(
    groups: list[tuple[tuple[str, str], ...]], columns: Sequence[_Column], requests: Sequence[Mapping[str, Any]]
) -> list[tuple[tuple[str, str], ...]]:
    """Sort and limit the groups as the first request says, or the one that has an order."""
    sort = requests[0].get('sort') or {}
    if sort.get('order_by'):
        # The last key first: sorting keeps the order of what is equal.
        for key in reversed(sort['order_by']):
            groups = _by_key(groups, columns, key)
        return groups[: sort.get('count') or None]
    number = next((number for number, column in enumerate(columns) if column.request.get('order')), 0)
    request = columns[number].request
    groups = _by_value(groups, columns[number], request.get('order') != 'asc')
    return groups[: sort.get('count') or request.get('limit') or None]


def _by_key(groups: list[Any], columns: Sequence[_Column], key: Mapping[str, Any]) -> list[Any]:
    descending = key.get('order') != 'asc'
    if key.get('type') == 'group':
        return sorted(groups, key=lambda group: dict(group).get(str(key.get('name')), ''), reverse=descending)
    place = key.get('index', 0)
    return _by_value(groups, columns[place], descending) if place < len(columns) else groups


def _by_value(groups: list[Any], column: _Column, descending: bool) -> list[Any]:
    known = [group for group in groups if group in column.values]
    known.sort(key=lambda group: column.values[group].value, reverse=descending)
    return known + [group for group in groups if group not in column.values]


def _row(group: tuple[tuple[str, str], ...], keys: Sequence[str], columns: Sequence[_Column]) -> list[Cell]:
    tags = dict(group)
    cells = [Cell(tags.get(key, '-')) for key in keys]
    for column in columns:
        value = column.values.get(group)
        if value is None:
            cells.append(Cell('-', True))
            continue
        greatest = max(abs(other.value) for other in column.values.values()) or 1
        share = abs(value.value) / greatest if column.bar else None
        cells.append(Cell(value.shown, True, value.paint.colour, value.paint.background, share))
    return cells


def _notes(requests: Sequence[Mapping[str, Any]], rows: int) -> list[str]:
    notes = [f'The first {MOST_ROWS} of {rows} rows'] if rows > MOST_ROWS else []
    if any(request.get('text_formats') for request in requests):
        notes.append('Its text_formats are not applied')
    return notes
