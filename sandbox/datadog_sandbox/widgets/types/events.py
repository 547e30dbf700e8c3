"""event_stream, list_stream, and event_timeline: events as a list, or counted over time."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Self

import numpy as np

from datadog_sandbox.drawing.curves import Curve, Curves
from datadog_sandbox.drawing.table import Cell, Table
from datadog_sandbox.query import QueryError, default_interval
from datadog_sandbox.records import events, search, spans
from datadog_sandbox.widgets.model import Context, Empty
from datadog_sandbox.widgets.sources import unkept
from datadog_sandbox.widgets.tables import TableContent
from datadog_sandbox.widgets.variables import fill_in_search

from .log_stream import table_of
from .timeseries import Timeseries

MOST = 100
"""Rows of a list, the latest."""
LOG_COLUMNS = ['status', 'timestamp', 'host', 'service', 'content']
"""Those of Datadog where a list of logs names none."""
COLOURS = {'error': 'error', 'warning': 'warning', 'success': 'ok'}


def matching(query: str, context: Context, any_tag: bool = False) -> list[dict[str, Any]]:
    """Return the events of a range that a search finds, the latest first. Raises `Empty` where there is none."""
    text = fill_in_search(query, context.variables)
    if any_tag:
        text = ' OR '.join(text.split())
    fits = search(text)
    every = events.between(context.store, context.start, context.end)
    chosen = [event for event in every if fits(events.document(context.store, event))]
    if not chosen:
        raise Empty('There are no events that match this search in this range')
    return chosen


class EventStream(TableContent):
    type = 'event_stream'

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        any_tag = definition.get('tags_execution') == 'or'
        chosen = matching(str(definition.get('query') or ''), context, any_tag)
        large = definition.get('event_size') == 'l'
        return cls(_table(chosen, large), _more(len(chosen)))


class ListStream(TableContent):
    type = 'list_stream'

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        query = definition['requests'][0]['query']
        text = str(query.get('query_string') or '')
        match query['data_source']:
            case 'event_stream':
                chosen = matching(text, context)
                return cls(_table(chosen, query.get('event_size') == 'l'), _more(len(chosen)))
            case 'trace_stream':
                return _spans(cls, text, context)
            case 'logs_stream':
                names = [str(column['field']) for column in definition['requests'][0].get('columns') or []]
                return cls(*table_of(text, names or LOG_COLUMNS, context, _ascending(query)))
        raise QueryError(unkept(str(query['data_source'])))


class EventTimeline(Timeseries):
    type = 'event_timeline'

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        any_tag = definition.get('tags_execution') == 'or'
        chosen = matching(str(definition.get('query') or ''), context, any_tag)
        interval = default_interval(context.end - context.start, bars=True)
        first = context.start // interval * interval
        buckets = (np.array([event['date_happened'] for event in chosen]) - first) // interval
        counts = np.bincount(buckets, minlength=-(-(context.end - first) // interval)).astype(float)
        times = first + interval * np.arange(len(counts))
        curve = Curve('events', 'bars', times, np.where(counts > 0, counts, np.nan), interval)
        return cls(Curves([curve], context.start, context.end, yaxis={'whole': True}), 1)


def moment(time: float) -> str:
    return f'{datetime.fromtimestamp(time, UTC):%-d %b %H:%M:%S}'


def _table(chosen: Sequence[Mapping[str, Any]], large: bool) -> Table:
    columns = ['time (UTC)', 'event', 'source', *(['text'] if large else []), 'tags']
    rows = [
        [
            Cell(moment(event['date_happened'])),
            Cell(str(event.get('title') or ''), colour=COLOURS.get(str(event.get('alert_type')), '')),
            Cell(str(event.get('source') or '')),
            # The marks say that it is Markdown: https://docs.datadoghq.com/events/guides/dogstatsd/.
            *([Cell(str(event.get('text') or '').replace('%%%', '').strip())] if large else []),
            Cell(', '.join(event.get('tags') or [])),
        ]
        for event in chosen[:MOST]
    ]
    return Table(columns, rows)


def _spans[T: TableContent](content: type[T], text: str, context: Context) -> T:
    fits = search(fill_in_search(text, context.variables))
    nanoseconds = spans.NANOSECONDS
    every = context.store.spans(context.start * nanoseconds, context.end * nanoseconds, limit=spans.MOST)
    chosen = [span for span in every if fits(spans.document(span))]
    if not chosen:
        raise Empty('There are no spans that match this search in this range')
    rows = [
        [
            Cell(moment(span.start / nanoseconds)),
            Cell(span.service),
            Cell(span.resource, link=f'/trace/{span.trace}', colour='error' if span.error else ''),
            Cell(f'{span.duration / 1e6:.2f} ms', True),
        ]
        for span in chosen[:MOST]
    ]
    return content(Table(['time (UTC)', 'service', 'resource', 'duration'], rows), _more(len(chosen)))


def _ascending(query: Mapping[str, Any]) -> bool:
    return (query.get('sort') or {}).get('order') == 'asc'


def _more(number: int) -> list[str]:
    return [f'The latest {MOST} of {number}'] if number > MOST else []
