"""The monitors with their states."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from datadog_sandbox import downtimes, monitors
from datadog_sandbox.api.monitor_search import class_of
from datadog_sandbox.natural import natural
from datadog_sandbox.records import Document
from datadog_sandbox.store import Store

from .frame import render
from .listing import Column, Listing, document
from .monitor_states import ORDER, muting, open_downtimes, problem_of, state_of
from .words import monitor_name


class Row(NamedTuple):
    """A monitor in the list."""

    monitor: Mapping[str, Any]
    state: str
    problem: str | None
    counts: Sequence[tuple[str, int]]
    """Of the groups, by their states."""
    changed: int
    """When a group came into another state, in seconds since the epoch; 0 for never."""
    muted: Sequence[Mapping[str, Any]]
    """The downtimes that mute groups of it now."""

    @property
    def name(self) -> str:
        return monitor_name(self.monitor)


def _document(row: Row) -> Document:
    # The facets are those of Datadog's search: https://docs.datadoghq.com/monitors/manage/search/
    return document(
        [row.name, row.monitor['query'], row.monitor.get('message') or ''],
        row.monitor.get('tags') or [],
        status=[row.state],
        type=[class_of(row.monitor), str(row.monitor['type'])],
        metric=monitors.metrics(row.monitor),
        muted=['true' if row.muted else 'false'],
        id=[str(row.monitor['id'])],
    )


MONITORS = Listing[Row](
    'monitor',
    (
        Column('name', 'Monitor', lambda row: natural(row.name)),
        Column('status', 'State', lambda row: (ORDER.index(row.state), natural(row.name))),
        Column('groups', 'Groups', lambda row: sum(count for _, count in row.counts), descending=True),
        Column('changed', 'Last change', lambda row: row.changed, descending=True),
        Column('muted', 'Muted by'),
    ),
    _document,
    {'status': 'State', 'tag': 'Tag', 'muted': 'Muted'},
    'high team:web -status:ok',
    completed='monitors',
    default='status',
)


def _row(store: Store, monitor: Mapping[str, Any], opened: Sequence[downtimes.Downtime], now: int) -> Row:
    states, problem = store.states(monitor['id']), problem_of(store, monitor)
    counts = Counter(state['status'] for state in states.values())
    covering = [downtime for downtime in opened if downtimes.covers(downtime, monitor)]
    muted = {each['id']: each for state in states.values() for each in muting(covering, monitor, state, now)}
    return Row(
        monitor,
        state_of(store, monitor, problem),
        problem,
        [(state, counts[state]) for state in ORDER if counts[state]],
        max((state.get('since', 0) for state in states.values()), default=0),
        [*muted.values()],
    )


def rows(request: Request) -> list[Row]:
    store: Store = request.app.state.store
    now = int(request.app.state.clock())
    opened = open_downtimes(store, now)
    return [_row(store, monitor, opened, now) for monitor in store.all('monitor')]


def monitors_page(request: Request) -> Response:
    every = rows(request)
    overall = Counter(row.state for row in every)
    summary = ', '.join(f'{overall[state]} {state}' for state in ORDER if overall[state])
    return render(request, 'monitors.html', list=MONITORS.page(every, request.query_params), summary=summary)


routes: list[BaseRoute] = [
    Route('/monitors', monitors_page),
]
