"""manage_status: how many monitors of a search are in each state, and which."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Self

from datadog_sandbox import monitors
from datadog_sandbox.drawing.table import Cell, Table
from datadog_sandbox.query import QueryError
from datadog_sandbox.records import Document, by_tag, search
from datadog_sandbox.widgets.model import Context, Empty
from datadog_sandbox.widgets.tables import TableContent, state_cell
from datadog_sandbox.widgets.variables import fill_in_search

STATES = 'Alert', 'Warn', 'No Data', 'OK'
COUNT = 50


class ManageStatus(TableContent):
    type = 'manage_status'

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        fits = search(fill_in_search(str(definition.get('query') or ''), context.variables))
        every = [(monitor, _state(context, monitor)) for monitor in context.store.all('monitor')]
        chosen = [(monitor, state) for monitor, state in every if fits(document(monitor, state))]
        if not chosen:
            raise Empty('No monitor matches this search')
        counts = Counter(state for _, state in chosen)
        # `hide_zero_counts` of https://docs.datadoghq.com/api/latest/dashboards/.
        shown = [state for state in STATES if counts[state] or definition.get('hide_zero_counts') is False]
        summary = ', '.join(f'{counts[state]} {state}' for state in shown)
        display = definition.get('display_format') or 'countsAndList'
        if display == 'counts':
            rows = [[state_cell(state), Cell(str(counts[state]), True)] for state in shown]
            return cls(Table(['state', 'monitors'], rows))
        ordered = _ordered(chosen, str(definition.get('sort') or 'status,asc'), context)
        start, count = int(definition.get('start') or 0), int(definition.get('count') or COUNT)
        rows = [_row(monitor, state) for monitor, state in ordered[start : start + count]]
        return cls(Table(['state', 'monitor'], rows), [] if display == 'list' else [summary])


def _state(context: Context, monitor: Mapping[str, Any]) -> str:
    is_evaluated = monitors.evaluated(context.store, monitor) is not None
    return monitors.overall(monitor, context.store.states(monitor['id']), is_evaluated)


def _row(monitor: Mapping[str, Any], state: str) -> list[Cell]:
    return [state_cell(state), Cell(str(monitor.get('name') or monitor['query']), link=f'/monitors/{monitor["id"]}')]


def _ordered(chosen: list[Any], sort: str, context: Context) -> list[Any]:
    """Sort as `WidgetMonitorSummarySort` of Datadog's OpenAPI document has it; raises `QueryError` for another sort."""
    field, _, order = sort.partition(',')
    keys: dict[str, Any] = {
        'name': lambda pair: str(pair[0].get('name')).lower(),
        'priority': lambda pair: pair[0].get('priority') or 9,
        'group': lambda pair: pair[0]['id'],
        'status': lambda pair: STATES.index(pair[1]) if pair[1] in STATES else len(STATES),
        'tags': lambda pair: sorted(map(str, pair[0].get('tags') or [])),
        'triggered': lambda pair: max(
            (state.get('last_triggered_ts') or 0 for state in context.store.states(pair[0]['id']).values()), default=0
        ),
    }
    if field not in keys:
        raise QueryError(f'sort of a monitor summary is one of {", ".join(keys)}, not {field[:40]!r}')
    return sorted(chosen, key=keys[field], reverse=order == 'desc')


def document(monitor: Mapping[str, Any], state: str) -> Document:
    """Return what a search for monitors looks at."""
    tags = [str(tag).lower() for tag in monitor.get('tags') or []]
    facets = by_tag(tags)
    # Both `team:web` and `tag:"team:web"` are searched for.
    facets['tag'] += tags
    own = {
        'status': state.lower(),
        'type': str(monitor.get('type')).lower(),
        'id': str(monitor.get('id')),
        'priority': f'p{monitor["priority"]}' if monitor.get('priority') else '',
        'title': str(monitor.get('name') or '').lower(),
    }
    for key, value in own.items():
        facets[key].append(value)
    # The words of the search for a type: `type:metric`.
    facets['type'] += own['type'].replace('query alert', 'metric').replace('metric alert', 'metric').split()
    return Document(facets, own['title'])
