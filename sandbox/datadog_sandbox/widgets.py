"""What a dashboard widget shows: its queries evaluated, and its values, rows, text, or why there is nothing to see."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import numpy as np

from .query import (
    Line,
    QueryError,
    evaluate,
    evaluate_formulas,
    fill_in,
    group_name,
    has_series,
    queried,
    summarizer,
)
from .store import Store

Display = Literal['line', 'area', 'bars']
DISPLAYS: dict[str, Display] = {'line': 'line', 'area': 'area', 'bars': 'bars'}


Kind = Literal['timeseries', 'query_value', 'toplist', 'note', 'group', 'other']


@dataclass(frozen=True)
class Curve:
    """One line, area, or set of bars of a timeseries."""

    name: str
    """Its alias or expression, and its group."""
    display: Display
    line: Line
    dash: str = 'solid'
    width: str = 'normal'


@dataclass(frozen=True)
class Row:
    """A row of a toplist, or the value of a query value."""

    name: str
    value: float
    text: str
    """The value as it is shown, without its unit."""
    unit: str = ''
    palette: str = ''
    """Datadog's name of the colours that a conditional format gives it, such as `white_on_red`."""


@dataclass(frozen=True)
class Marker:
    """A horizontal line, or a band where it has two edges."""

    low: float | None
    high: float | None
    kind: str
    """error, warning, info, or ok."""
    dash: str
    label: str


@dataclass(frozen=True)
class Widget:
    """A widget, evaluated."""

    kind: Kind
    title: str
    start: int
    end: int
    message: str = ''
    """Why there is nothing to see: why it is empty, what is wrong with a query, or that the type is not drawn."""
    failed: bool = False
    """Whether the message tells of something wrong or not supported."""
    metrics: tuple[str, ...] = ()
    """The metrics of its queries."""
    curves: tuple[Curve, ...] = ()
    markers: tuple[Marker, ...] = ()
    yaxis: Mapping[str, Any] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()
    """Of a toplist; of a query value, the one."""
    text: str = ''
    """The Markdown of a note."""
    widgets: tuple['Widget', ...] = ()
    """Those of a group."""


def chosen(dashboard: Mapping[str, Any], values: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return the tags that each template variable of a dashboard stands for: of these values, or of its defaults."""
    variables = {}
    for variable in dashboard.get('template_variables') or []:
        name, prefix = variable['name'], variable.get('prefix')
        default = variable.get('default')
        picked = values.get(name) or variable.get('defaults') or ([default] if default else ['*'])
        variables[name] = [
            value if value == '*' or not prefix or value.startswith(f'{prefix}:') else f'{prefix}:{value}'
            for value in picked
        ]
    return variables


def widget(
    store: Store, definition: Mapping[str, Any], variables: Mapping[str, Sequence[str]], start: int, end: int
) -> Widget:
    """Evaluate a widget for the range [start, end). Raises nothing: what is wrong is its message."""
    kind = definition.get('type')
    title = str(definition.get('title') or '')
    try:
        match kind:
            case 'timeseries':
                return timeseries(store, definition, variables, title, start, end)
            case 'query_value' | 'toplist' as single:
                return values(store, single, definition, variables, title, start, end)
            case 'note':
                return Widget('note', title, start, end, text=note(str(definition.get('content', '')), variables))
            case 'group':
                inner = [one['definition'] for one in definition.get('widgets') or []]
                evaluated = tuple(widget(store, one, variables, start, end) for one in inner)
                return Widget('group', title, start, end, widgets=evaluated)
    except QueryError as error:
        return Widget(cast(Kind, kind), title, start, end, message=str(error), failed=True)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        message = f'This {kind} is not defined as Datadog does it: {type(error).__name__} {error}'
        return Widget('other', title, start, end, message=message, failed=True)
    message = f'The sandbox does not draw widgets of the type {kind}'
    return Widget('other', title, start, end, message=message, failed=True)


def note(content: str, variables: Mapping[str, Sequence[str]]) -> str:
    """Put the names and values of template variables into a text."""

    def shown(match: re.Match[str]) -> str:
        tags = variables.get(match[1])
        if not tags:
            return match[0]
        return ', '.join(tag.partition(':')[2] or tag if match[2] else tag for tag in tags)

    return re.sub(r'\$(\w+)(\.value\b)?', shown, content)


# Requests, in the form of today (queries and formulas) or the classic one (`q`)


@dataclass(frozen=True)
class Answer:
    """The lines of one formula, or of one classic query."""

    alias: str
    lines: list[Line]


def answers(
    store: Store,
    request: Mapping[str, Any],
    variables: Mapping[str, Sequence[str]],
    start: int,
    end: int,
    single: bool,
) -> tuple[list[Answer], list[Any]]:
    """Evaluate a request: `single` values, or lines. Returns also its metric queries."""
    bars = request.get('display_type') == 'bars'
    if 'q' in request:
        text = fill_in(request['q'], variables)
        lines = evaluate(store, text, start, end, bars=bars)
        if single:
            reduce = summarizer(request.get('aggregator') or 'avg')
            lines = [line._replace(values=reduce(line.values[None, :])[0], times=line.times[:1]) for line in lines]
        aliases = {one.get('expression'): one.get('alias_name') for one in request.get('metadata') or []}
        return [Answer(aliases.get(request['q']) or '', lines)], queried(text)
    if 'queries' not in request:
        kinds = ', '.join(sorted(key for key in request if key.endswith('_query'))) or 'no query'
        raise QueryError(f'The sandbox evaluates metric queries: this request has {kinds}')
    for one in request['queries']:
        if one.get('data_source', 'metrics') != 'metrics':
            raise QueryError(f'The sandbox evaluates metrics: the data source {one["data_source"]} is not supported')
    queries = {one['name']: fill_in(one['query'], variables) for one in request['queries']}
    formulas = request.get('formulas') or [{'formula': name} for name in queries]
    summaries = {one['name']: one.get('aggregator') or 'avg' for one in request['queries']} if single else None
    texts = [one['formula'] for one in formulas]
    found = evaluate_formulas(store, queries, texts, start, end, summaries=summaries, bars=bars)
    metric_queries = [query for text in texts for query in queried(text, queries)]
    return [
        Answer(one.get('alias') or '', limited(lines, one.get('limit')))
        for one, lines in zip(formulas, found, strict=True)
    ], metric_queries


def limited(lines: list[Line], limit: Mapping[str, Any] | None) -> list[Line]:
    """Keep the first lines in the order of their averages, where a formula has a limit."""
    if not limit:
        return lines
    ordered = sorted(lines, key=lambda line: np.nanmean(line.values), reverse=limit.get('order', 'desc') == 'desc')
    return ordered[: limit.get('count', len(lines))]


def why_empty(store: Store, queries: Sequence[Any]) -> str:
    """Say why queries have no points."""
    for query in queries:
        if not store.series(query.metric):
            return f'There is no metric {query.metric} yet'
        if not has_series(store, query):
            return f'No series of {query.metric} matches {{{query.scope}}}'
    metrics = ' and '.join(dict.fromkeys(query.metric for query in queries))
    return f'{metrics} has no points in this range'


def timeseries(
    store: Store,
    definition: Mapping[str, Any],
    variables: Mapping[str, Sequence[str]],
    title: str,
    start: int,
    end: int,
) -> Widget:
    curves: list[Curve] = []
    queries: list[Any] = []
    found: list[tuple[Mapping[str, Any], Answer]] = []
    for request in definition['requests']:
        of_request, of_store = answers(store, request, variables, start, end, False)
        found += [(request, answer) for answer in of_request]
        queries += of_store
    several = len({answer.alias or line.expression for _, answer in found for line in answer.lines}) > 1
    names: dict[str, int] = {}
    for request, answer in found:
        for line in answer.lines:
            name = label(answer.alias or line.expression, line.group, several)
            names[name] = names.get(name, 0) + 1
            # Two lines of the same name would be drawn as one.
            name = name if names[name] == 1 else f'{name} ({names[name]})'
            display = DISPLAYS.get(request.get('display_type') or 'line')
            if not display:
                allowed = ', '.join(DISPLAYS)
                raise QueryError(f'The display type {request["display_type"]} is not drawn: {allowed} are')
            style = request.get('style') or {}
            curves.append(
                Curve(name, display, line, style.get('line_type') or 'solid', style.get('line_width') or 'normal')
            )
    return Widget(
        'timeseries',
        title,
        start,
        end,
        message='' if curves else why_empty(store, queries),
        metrics=tuple(dict.fromkeys(query.metric for query in queries)),
        curves=tuple(curves),
        markers=tuple(marker(one) for one in definition.get('markers') or []),
        yaxis=axis(definition.get('yaxis') or {}),
    )


def label(name: str, group: Mapping[str, str], several: bool) -> str:
    """Name a line: by its group where all lines have the same expression."""
    if not group:
        return name
    return f'{name} {group_name(group)}' if several else group_name(group)


def axis(yaxis: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the definition of an axis with its edges as numbers, without those that are `auto`."""
    edges = {edge: yaxis[edge] for edge in ('min', 'max') if yaxis.get(edge) not in (None, '', 'auto')}
    for edge, bound in edges.items():
        if not re.fullmatch(r'-?[0-9]+(\.[0-9]*)?(e[+-]?[0-9]{1,2})?', str(bound)):
            raise QueryError(f'The {edge} of yaxis must be a number or auto, not {bound!r}')
    rest = {key: value for key, value in yaxis.items() if key not in ('min', 'max')}
    return rest | {edge: float(bound) for edge, bound in edges.items()}


def marker(one: Mapping[str, Any]) -> Marker:
    """Read a marker, such as `y > 800` or `500 < y < 800`."""
    number = r'(-?\d+(?:\.\d+)?)'
    text = one['value'].replace(' ', '')
    kind, _, dash = (one.get('display_type') or 'info dashed').partition(' ')
    low: float | None = None
    high: float | None = None
    if match := re.fullmatch(f'y={number}', text):
        low = high = float(match[1])
    elif match := re.fullmatch(f'(?:{number}<=?)?y(?:<=?{number})?', text):
        low, high = (None if edge is None else float(edge) for edge in match.groups())
    elif match := re.fullmatch(f'y>=?{number}', text):
        low = float(match[1])
    if low is None and high is None:
        raise QueryError(f'The marker "{one["value"]}" must be such as y = 5, y > 5, y < 5, or 5 < y < 6')
    return Marker(low, high, kind, dash or 'solid', one.get('label') or '')


def values(
    store: Store,
    kind: Literal['query_value', 'toplist'],
    definition: Mapping[str, Any],
    variables: Mapping[str, Sequence[str]],
    title: str,
    start: int,
    end: int,
) -> Widget:
    """Evaluate a widget of single values."""
    request = definition['requests'][0]
    found, queries = answers(store, request, variables, start, end, True)
    unit = definition.get('custom_unit') or ''
    precision = definition.get('precision', 2)
    scaled = definition.get('autoscale', True) and not unit
    formats = request.get('conditional_formats') or [
        one for formula in request.get('formulas') or [] for one in formula.get('conditional_formats') or []
    ]
    several = len(found) > 1
    rows = []
    for answer in found:
        for line in answer.lines:
            value = float(line.values[0])
            name = label(answer.alias or line.expression, line.group, several)
            rows.append(Row(name, value, written(value, precision, scaled), unit, palette(value, formats)))
    if kind == 'toplist':
        sort = request.get('sort') or {}
        ascending = any(one.get('order') == 'asc' for one in sort.get('order_by') or [])
        # A classic query has its order from top(); what it leaves open is the greatest first.
        if 'top(' not in request.get('q', ''):
            rows.sort(key=lambda row: row.value, reverse=not ascending)
        rows = rows[: None if 'q' in request else sort.get('count') or 10]
    return Widget(
        kind,
        title,
        start,
        end,
        message='' if rows else why_empty(store, queries),
        metrics=tuple(dict.fromkeys(query.metric for query in queries)),
        rows=tuple(rows if kind == 'toplist' else rows[:1]),
    )


def written(value: float, precision: int | str | None, scaled: bool) -> str:
    """Write a value with so many decimals; large ones with K, M, or G, where they are scaled."""
    letter = ''
    if scaled:
        for size, name in ((1e9, 'G'), (1e6, 'M'), (1e3, 'K')):
            if abs(value) >= size:
                value, letter = value / size, name
                break
    if not isinstance(precision, int):
        return f'{value:g}{letter}'
    text = f'{value:.{min(precision, 10)}f}'
    return f'{text.rstrip("0").rstrip(".") if "." in text and not value % 1 else text}{letter}'


COMPARATORS = {
    '>': float.__gt__,
    '>=': float.__ge__,
    '<': float.__lt__,
    '<=': float.__le__,
    '=': float.__eq__,
    '==': float.__eq__,
    '!=': float.__ne__,
}


def palette(value: float, formats: Iterable[Mapping[str, Any]]) -> str:
    """Return the palette of the first conditional format that holds."""
    for one in formats:
        compare = COMPARATORS.get(one.get('comparator', ''))
        if compare and compare(value, float(one.get('value', 0))):
            return str(one.get('palette', ''))
    return ''
