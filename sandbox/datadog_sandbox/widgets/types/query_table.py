"""query_table: groups as rows, formulas as columns.

Source: https://docs.datadoghq.com/dashboards/widgets/table/
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from datadog_sandbox.drawing.table import Cell, Table
from datadog_sandbox.drawing.trends import Trend, trend
from datadog_sandbox.natural import natural
from datadog_sandbox.widgets.formats import Paint
from datadog_sandbox.widgets.model import Context, Empty
from datadog_sandbox.widgets.requests import Answer, answers, why_empty
from datadog_sandbox.widgets.tables import MOST_ROWS, TableContent
from datadog_sandbox.widgets.text_formats import formatted
from datadog_sandbox.widgets.values import Value, value_of

Group = tuple[tuple[str, str], ...]
MODES = 'number', 'bar', 'trend'


@dataclass
class _Column:
    """One formula, or one classic query."""

    name: str
    request: Mapping[str, Any]
    answer: Answer
    values: dict[Group, Value] = field(default_factory=dict)
    trends: Mapping[Group, Trend] = field(default_factory=dict)

    @property
    def mode(self) -> str:
        """How its cells are drawn: `number`, `bar`, or `trend`."""
        given = self.answer.formula.get('cell_display_mode') or self.request.get('cell_display_mode') or 'number'
        return str(given[0] if isinstance(given, list) else given)

    @property
    def greatest(self) -> float:
        return max(abs(value.value) for value in self.values.values()) or 1

    def cell(self, group: Group) -> Cell:
        value = self.values.get(group)
        if value is None:
            return Cell('-', True)
        share = abs(value.value) / self.greatest if self.mode == 'bar' else None
        return Cell(value.with_unit, True, value.paint.colour, value.paint.background, share, self.trends.get(group))


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
        formats = _text_formats(requests, keys)
        rows = [_row(group, formats, columns) for group in ordered[:MOST_ROWS]]
        return cls(Table([*keys, *(column.name for column in columns)], rows), _notes(columns, len(ordered)))


def _columns(definition: Mapping[str, Any], requests: Sequence[Mapping[str, Any]], context: Context) -> list[_Column]:
    columns: list[_Column] = []
    for request in requests:
        first = len(columns)
        for answer in answers(request, context, single=True):
            name = request.get('alias') or answer.alias or next((line.expression for line in answer.lines), '')
            column = _Column(name or str(answer.formula.get('formula') or request.get('q')), request, answer)
            for line in answer.lines:
                column.values[tuple(line.group.items())] = value_of(definition, request, answer, line)
            columns.append(column)
        if any(column.mode == 'trend' for column in columns[first:]):
            for column, over_time in zip(columns[first:], answers(request, context), strict=True):
                column.trends = _trends(column, over_time)
    return columns


def _trends(column: _Column, answer: Answer) -> dict[Group, Trend]:
    """Return the line of each group, all with the same scale unless the formula says otherwise."""
    options = column.answer.formula.get('cell_display_mode_options') or {}
    kind, shared = str(options.get('trend_type') or 'line'), options.get('y_scale', 'shared') == 'shared'
    lines = {tuple(line.group.items()): line.values for line in answer.lines} if column.mode == 'trend' else {}
    edges = {group: _edges(values, kind) for group, values in lines.items()}
    if shared and edges:
        edges = dict.fromkeys(edges, (min(low for low, _ in edges.values()), max(high for _, high in edges.values())))
    return {group: trend(values, kind, *edges[group]) for group, values in lines.items()}


def _edges(values: np.ndarray, kind: str) -> tuple[float, float]:
    """Return bottom and top of a trend: what is filled is filled from zero."""
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    return (low, high) if kind == 'line' else (min(low, 0.0), max(high, 0.0))


def _text_formats(requests: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> dict[str, Sequence[Mapping[str, Any]]]:
    """Return the rules for each tag: those of the columns of tags, in their order."""
    rules: Sequence[Any] = next((request['text_formats'] for request in requests if request.get('text_formats')), [])
    return {key: rules[place] if place < len(rules) else [] for place, key in enumerate(keys)}


def _ordered(groups: list[Group], columns: Sequence[_Column], requests: Sequence[Mapping[str, Any]]) -> list[Group]:
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


def _by_key(groups: list[Group], columns: Sequence[_Column], key: Mapping[str, Any]) -> list[Group]:
    descending = key.get('order') != 'asc'
    if key.get('type') == 'group':
        name = str(key.get('name'))
        return sorted(groups, key=lambda group: natural(dict(group).get(name, '')), reverse=descending)
    place = key.get('index', 0)
    return _by_value(groups, columns[place], descending) if place < len(columns) else groups


def _by_value(groups: list[Group], column: _Column, descending: bool) -> list[Group]:
    known = [group for group in groups if group in column.values]
    known.sort(key=lambda group: column.values[group].value, reverse=descending)
    return known + [group for group in groups if group not in column.values]


def _row(group: Group, formats: Mapping[str, Sequence[Mapping[str, Any]]], columns: Sequence[_Column]) -> list[Cell]:
    tags = dict(group)
    cells = []
    for key, rules in formats.items():
        text, paint = formatted(tags[key], rules) if key in tags else ('-', Paint())
        cells.append(Cell(text, colour=paint.colour, background=paint.background))
    return [*cells, *(column.cell(group) for column in columns)]


def _notes(columns: Sequence[_Column], rows: int) -> list[str]:
    notes = [f'The first {MOST_ROWS} of {rows} rows'] if rows > MOST_ROWS else []
    unknown = dict.fromkeys(column.mode for column in columns if column.mode not in MODES)
    return notes + [f'The cell_display_mode {mode[:40]} is not one of {", ".join(MODES)}' for mode in unknown]
