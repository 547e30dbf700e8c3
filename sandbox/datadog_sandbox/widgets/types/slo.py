"""slo and slo_list: objectives, what part of a time was good, and what is left of the error budget.

Source: https://docs.datadoghq.com/dashboards/widgets/slo/
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Self

from dateutil.relativedelta import relativedelta

from datadog_sandbox import objectives
from datadog_sandbox.drawing.table import Cell, Table
from datadog_sandbox.query import QueryError
from datadog_sandbox.records import Document, by_tag, search
from datadog_sandbox.times import DAY, WEEK
from datadog_sandbox.widgets.formats import written
from datadog_sandbox.widgets.model import Context, Empty
from datadog_sandbox.widgets.tables import TableContent
from datadog_sandbox.widgets.variables import fill_in_search

ROLLING = {'7d': 7, '30d': 30, '90d': 90}
WINDOWS = *ROLLING, 'week_to_date', 'previous_week', 'month_to_date', 'previous_month', 'global_time'
COMPONENTS = 'Datadog also shows each monitor or group of it; here is the objective as a whole'
LIMIT = 100
"""Rows of a list, unless it has another limit."""

Objective = Mapping[str, Any]


class Slo(TableContent):
    type = 'slo'

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        id_ = str(definition['slo_id'])
        slo = context.store.get('slo', id_)
        if slo is None:
            raise Empty(f'There is no service level objective {id_} here')
        budget = definition.get('show_error_budget', True)
        windows = definition.get('time_windows') or [each['timeframe'] for each in slo['thresholds']]
        rows = [[Cell(window.replace('_', ' ')), *_cells(slo, window, definition, context)] for window in windows]
        columns = ['time', 'status', 'target', 'error budget left'][: 4 if budget else 3]
        components = definition.get('view_mode') in ('component', 'both')
        return cls(Table(columns, [row[: len(columns)] for row in rows]), [COMPONENTS] if components else [])


class SloList(TableContent):
    """Each objective of a search, in the first of its times."""

    type = 'slo_list'

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        query = definition['requests'][0]['query']
        fits = search(fill_in_search(str(query.get('query_string') or ''), context.variables))
        slos = [slo for slo in context.store.all('slo') if fits(document(slo))]
        if not slos:
            raise Empty('No service level objective matches this search')
        rows = []
        for slo in sorted(slos, key=lambda slo: str(slo['name']).lower())[: query.get('limit') or LIMIT]:
            window = slo['thresholds'][0]['timeframe']
            rows.append([Cell(str(slo['name'])), Cell(window), *_cells(slo, window, {}, context)])
        if any(sort.get('column') == 'status.sli' and sort.get('order') == 'desc' for sort in query.get('sort') or []):
            rows.sort(key=lambda row: -1 if row[2].share is None else row[2].share, reverse=True)
        return cls(Table(['objective', 'time', 'status', 'target', 'error budget left'], rows))


def document(slo: Objective) -> Document:
    """Return what a search for objectives looks at: tags, name, and type."""
    facets = by_tag(slo.get('tags') or [])
    facets['type'].append(str(slo['type']))
    facets['name'].append(str(slo['name']).lower())
    return Document(facets, str(slo['name']).lower())


def _cells(slo: Objective, window: str, definition: Mapping[str, Any], context: Context) -> list[Cell]:
    """Return status, target, and what is left of the error budget in a window."""
    start, end = period(window, context)
    threshold = _threshold(slo, window, definition)
    goal = Cell(_percent(threshold['target']), True)
    try:
        percentage = objectives.value(context.store, slo, start, end)
    except (objectives.ObjectiveError, QueryError) as error:
        return [Cell(str(error), colour='muted'), goal, Cell('-', True)]
    left = objectives.budget_left(percentage, threshold['target'])
    good = percentage >= threshold['target']
    colour = 'error' if not good else 'warning' if percentage < threshold.get('warning', 0) else 'ok'
    spent = Cell(_percent(left) if math.isfinite(left) else 'spent', True, '' if left > 0 else 'error')
    return [Cell(_percent(percentage), True, colour, share=percentage / 100), goal, spent]


def _percent(value: float) -> str:
    return f'{written(round(value, objectives.PRECISION), "*", False)} %'


def _threshold(slo: Objective, window: str, definition: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return target and warning for a window; a week of the calendar has those of 7 days, a month those of 30."""
    asked = float(definition.get('global_time_target') or 0)
    if window == 'global_time' and asked:
        return {'target': asked}
    timeframe = '7d' if 'week' in window else '30d' if 'month' in window else window
    thresholds: list[Mapping[str, Any]] = slo['thresholds']
    return next((each for each in thresholds if each['timeframe'] == timeframe), thresholds[0])


def period(window: str, context: Context) -> tuple[int, int]:
    """Return start and end of a window, which ends with the range, on the calendar of UTC. Raises `QueryError`."""
    end = context.end
    if window in ROLLING:
        return end - ROLLING[window] * DAY, end
    if window == 'global_time':
        return context.start, end
    today = datetime.fromtimestamp(end, UTC).replace(hour=0, minute=0, second=0)
    week, month = today - relativedelta(days=today.weekday()), today.replace(day=1)
    monday, first, before = (int(day.timestamp()) for day in (week, month, month - relativedelta(months=1)))
    calendar = {
        'week_to_date': (monday, max(end, monday + 60)),
        'previous_week': (monday - WEEK, monday),
        'month_to_date': (first, max(end, first + 60)),
        'previous_month': (before, first),
    }
    if window not in calendar:
        raise QueryError(f'The time window {window!r} of this widget is not one of {", ".join(WINDOWS)}')
    return calendar[window]
