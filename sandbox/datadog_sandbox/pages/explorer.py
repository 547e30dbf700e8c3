"""The metrics explorer: a query is typed, drawn at once, and copied as a widget or as a monitor."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from datadog_sandbox import dashboards, query, widgets
from datadog_sandbox.notifications import number
from datadog_sandbox.query.tree import Operation
from datadog_sandbox.store import Store

from .explorer_queries import NAMES, asked, named
from .frame import render
from .ranges import shown_range

DISPLAYS = {'line': 'Lines', 'area': 'Areas', 'bars': 'Bars'}


def explorer(request: Request) -> Response:
    store: Store = request.app.state.store
    address, (period, range_) = request.query_params, shown_range(request)
    queries, formula = asked(address)
    names = [*named(queries)]
    display = address.get('display', 'line')
    definition = _definition(queries, formula, display if display in DISPLAYS else 'line', address.get('events', ''))
    chart = None
    if definition['requests']:
        widget = widgets.evaluate(store, definition, {}, period.start, period.end)
        chart = dashboards.item(widget, 'query', definition, {})
        if widget.failed:
            chart['message'] = f'Error parsing query: {_error(store, queries, period) or widget.message}'
    monitor, refused = _monitor(store, queries, formula, period) if chart and not chart['failed'] else (None, '')
    return render(
        request,
        'explorer.html',
        queries=[*zip(NAMES, [*queries, ''], strict=False)],
        formula=formula,
        display=display,
        displays=DISPLAYS,
        events=address.get('events', ''),
        chart=chart,
        widget=json.dumps({'definition': definition}, indent=2),
        board=json.dumps({'title': 'Explored', 'layout_type': 'ordered', 'widgets': [{'definition': definition}]}),
        monitor=json.dumps(monitor, indent=2) if monitor else '',
        refused=refused,
        alone='' if formula or len(names) < 2 else names[0],
        period=period,
        range=range_,
    )


def _error(store: Store, queries: Sequence[str], period: dashboards.Period) -> str:
    """Return what the API would say of the first query that is wrong by itself, or nothing."""
    for text in filter(None, queries):
        try:
            query.evaluate(store, text, period.start, period.end)
        except query.QueryError as error:
            return str(error)
    return ''


def _definition(queries: Sequence[str], formula: str, display: str, events: str) -> dict[str, Any]:
    """Return the widget that draws queries, or the formula over them."""
    sources = [{'data_source': 'metrics', 'name': name, 'query': text} for name, text in named(queries).items()]
    request = {
        'response_format': 'timeseries',
        'queries': sources,
        'formulas': [{'formula': formula}] if formula else [{'formula': each['name']} for each in sources],
        'display_type': display,
    }
    overlay = {'events': [{'q': events}]} if events else {}
    return {'title': '', 'type': 'timeseries', 'requests': [request] if sources else [], **overlay}


def _monitor(
    store: Store, queries: Sequence[str], formula: str, period: dashboards.Period
) -> tuple[dict[str, Any] | None, str]:
    """Return a monitor on the formula or the first query that what is drawn would not trigger; or why there is none."""
    texts = named(queries)
    [lines] = query.evaluate_formulas(store, texts, [formula or next(iter(texts))], period.start, period.end)
    highest = max((value for line in lines for value in line.values.tolist() if math.isfinite(value)), default=0)
    text, threshold = _written_out(formula or next(iter(texts)), texts), rounded_up(highest)
    monitor: dict[str, Any] = {
        'name': f'{text} is high',
        'type': 'query alert',
        'query': f'avg(last_5m):{text} > {number(threshold)}',
        'message': 'The value is {{value}}.',
        'tags': [],
        'options': {'thresholds': {'critical': threshold}},
    }
    try:
        algorithm = query.parse_monitor(monitor['query']).algorithm
    except query.QueryError as error:
        return None, str(error)
    if algorithm:
        return None, f'A monitor on {algorithm}() has a window and options of its own, which a chart does not tell.'
    return monitor, ''


def _written_out(formula: str, texts: Mapping[str, str]) -> str:
    """Return a formula with the queries in the place of their names."""
    if formula in texts:
        return texts[formula]
    operations = {name: isinstance(query.parse(text)[0], Operation) for name, text in texts.items()}
    return query.substitute(formula, {name: f'({text})' if operations[name] else text for name, text in texts.items()})


def rounded_up(value: float) -> float:
    """Return a number with two digits that is not less."""
    if not 1e-300 < abs(value) < 1e300:
        # A step of two digits would be zero or infinite.
        return value
    step = 10.0 ** (math.floor(math.log10(abs(value))) - 1)
    return float(f'{math.ceil(value / step) * step:.6g}')


routes: list[BaseRoute] = [Route('/metric/explorer', explorer)]
