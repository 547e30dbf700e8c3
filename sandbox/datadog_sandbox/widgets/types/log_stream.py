"""log_stream, and list_stream of logs: the latest logs of a search, as a list."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

from datadog_sandbox.drawing.table import Cell, Table
from datadog_sandbox.records import facet, logs, search, written
from datadog_sandbox.store import Log
from datadog_sandbox.widgets.model import Context, Empty
from datadog_sandbox.widgets.tables import TableContent
from datadog_sandbox.widgets.variables import fill_in_search

MOST = 100
"""Rows, the latest."""
COLOURS = {
    'emergency': 'error', 'alert': 'error', 'critical': 'error', 'error': 'error', 'warn': 'warning', 'ok': 'ok',
}  # fmt: skip
"""The colour of a status."""
TIMES, MESSAGES = ('timestamp', 'date', 'time'), ('content', 'message')
"""What these columns are called."""
STATUSES = ('status', 'status_line')


class LogStream(TableContent):
    type = 'log_stream'

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        # Both are shown unless the definition says no.
        dated = ['timestamp'] if definition.get('show_date_column', True) else []
        content = ['content'] if definition.get('show_message_column', True) else []
        columns = [*dated, *(definition.get('columns') or []), *content]
        ascending = (definition.get('sort') or {}).get('order') == 'asc'
        table, notes = table_of(str(definition.get('query') or ''), columns, context, ascending)
        return cls(table, notes)


def table_of(query: str, columns: Sequence[str], context: Context, ascending: bool) -> tuple[Table, list[str]]:
    """Return the logs of a range that a search finds, the latest first, and what is left out.

    Raises `QueryError`, and `Empty` where there is none.
    """
    fits = search(fill_in_search(query, context.variables))
    matching = [
        log
        for log in logs.between(context.store, context.start * 1000, context.end * 1000)
        if fits(logs.document(context.store, log))
    ]
    if not matching:
        raise Empty('There are no logs that match this search in this range')
    chosen = matching[::-1][:MOST] if ascending else matching[:MOST]
    rows = [[_cell(log, column, context) for column in columns] for log in chosen]
    heads = ['time (UTC)' if column in TIMES else column.removeprefix('@') for column in columns]
    which = 'first' if ascending else 'latest'
    return Table(heads, rows), [f'The {which} {MOST} of {len(matching)}'] if len(matching) > MOST else []


def _cell(log: Log, column: str, context: Context) -> Cell:
    if column in TIMES:
        return Cell(logs.moment(log))
    if column in MESSAGES:
        return Cell(log.message, colour=COLOURS.get(log.status, '') if column == 'content' else '')
    if column in STATUSES:
        return Cell(log.status, colour=COLOURS.get(log.status, ''))
    # Old definitions have names such as core_host for what every log has.
    values = facet(logs.document(context.store, log), column.removeprefix('core_'))
    return Cell(', '.join(written(value) for value in values))
