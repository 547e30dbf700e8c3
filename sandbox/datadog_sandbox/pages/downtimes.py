"""The downtimes, and the week that begins today in each."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from datadog_sandbox import downtimes
from datadog_sandbox.api.downtimes import cancel_downtime
from datadog_sandbox.natural import natural
from datadog_sandbox.records import Document
from datadog_sandbox.store import Store

from .bars import place
from .forms import call_of, fields
from .frame import HEADERS, query_of, render
from .listing import Column, Listing, document
from .words import downtime_title

ORDER = 'active', 'scheduled', 'ended', 'canceled'
MOST_MONITORS = 20
"""Monitors that are named of those that a downtime covers: of all, they would be a page of megabytes."""


class Row(NamedTuple):
    """A downtime in the list."""

    downtime: downtimes.Downtime
    status: str

    @property
    def attributes(self) -> Mapping[str, Any]:
        attributes: Mapping[str, Any] = self.downtime['attributes']
        return attributes

    @property
    def title(self) -> str:
        return downtime_title(self.downtime)

    @property
    def scope(self) -> str:
        return self.attributes.get('scope') or '*'

    @property
    def monitor_tags(self) -> Sequence[str]:
        return (self.attributes.get('monitor_identifier') or {}).get('monitor_tags') or []


def _document(row: Row) -> Document:
    identifier = row.attributes.get('monitor_identifier') or {}
    return document(
        [row.title, row.attributes.get('message') or '', row.scope],
        row.monitor_tags,
        status=[row.status],
        id=[str(row.downtime['id'])],
        monitor=[str(identifier['monitor_id'])] if identifier.get('monitor_id') else [],
    )


DOWNTIMES = Listing[Row](
    'downtime',
    (
        Column('status', 'State', lambda row: (ORDER.index(row.status), natural(row.title))),
        Column('name', 'Downtime', lambda row: natural(row.title)),
    ),
    _document,
    {'status': 'State'},
    'night status:active',
    size=20,
)


async def downtimes_page(request: Request) -> Response:
    if request.method != 'POST':
        return await run_in_threadpool(_downtimes, request)
    id_ = (await fields(request)).get('cancel', '')
    # As Datadog's button to cancel one does: it ends now, and does not open again.
    await run_in_threadpool(lambda: cancel_downtime(call_of(request, None, {'id': id_})))
    return RedirectResponse(f'/downtimes{query_of(request)}', 303, HEADERS)


def _downtimes(request: Request) -> Response:
    store: Store = request.app.state.store
    now = int(request.app.state.clock())
    rows = [Row(downtime, downtimes.status(downtime, now)) for downtime in store.all('downtime')]
    page = DOWNTIMES.page(rows, request.query_params)
    monitors = store.all('monitor')
    cards = [_card(row, monitors, now) for row in page.rows]
    return render(request, 'downtimes.html', list=page, downtimes=cards, most=MOST_MONITORS)


def _card(row: Row, monitors: Sequence[Mapping[str, Any]], now: int) -> dict[str, Any]:
    """Return what the page shows of a downtime. A week takes long to calculate: only the rows of a page need one."""
    schedule = row.attributes.get('schedule') or {}
    zone = schedule.get('timezone') or 'UTC'
    window = downtimes.current(row.downtime, now)
    return {
        'id': row.downtime['id'],
        'title': row.title,
        'status': row.status,
        'what': {'active': 'Silent', 'scheduled': 'Next'}.get(row.status, 'Last'),
        'window': _window(window, ZoneInfo(zone)) if window else 'never',
        'zone': zone,
        'recurrences': schedule.get('recurrences') or [],
        'scope': row.scope,
        'monitors': [monitor for monitor in monitors if downtimes.covers(row.downtime, monitor)],
        'tags': row.monitor_tags,
        'week': _week(row.downtime, now, ZoneInfo(zone)),
    }


def _window(window: downtimes.Window, zone: ZoneInfo) -> str:
    if window.end == downtimes.FOREVER:
        return f'from {_local(window.start, zone)}, without an end'
    return f'{_local(window.start, zone)} to {_local(window.end, zone)}'


def _local(moment: int, zone: ZoneInfo) -> str:
    return f'{datetime.fromtimestamp(moment, zone):%a %-d %b %H:%M}'


def _week(downtime: downtimes.Downtime, now: int, zone: ZoneInfo) -> list[dict[str, Any]]:
    """Return seven days on the clock of a zone, with the parts of each in which a downtime is open."""
    today = datetime.fromtimestamp(now, zone).date()
    days = []
    for number in range(7):
        day = today + timedelta(days=number)
        start, end = (int(datetime.combine(date, time(), zone).timestamp()) for date in (day, day + timedelta(days=1)))
        slots = []
        for window in downtimes.windows(downtime, start, end):
            begin = _hours(window.start, zone) if window.start > start else 0.0
            stop = _hours(window.end, zone) if window.end < end else 24.0
            # A window in the hour that the clock shows twice may end at an earlier time than it began.
            label = f'{_hour(begin)}–{_hour(stop)}'
            slots.append({'label': label, **place(min(begin, stop), max(begin, stop), 24)})
        current = round(_hours(now, zone) / 0.24, 3) if number == 0 else None
        days.append({'label': f'{day:%a %-d %b}', 'slots': slots, 'now': current})
    return days


def _hours(moment: int, zone: ZoneInfo) -> float:
    """Return what the clock of a zone shows, in hours."""
    local = datetime.fromtimestamp(moment, zone)
    return local.hour + local.minute / 60 + local.second / 3600


def _hour(hours: float) -> str:
    # Whole minutes, as clocks show them.
    minutes = int(hours * 60 + 1e-6)
    return f'{minutes // 60:02}:{minutes % 60:02}'


routes: list[BaseRoute] = [
    Route('/downtimes', downtimes_page, methods=['GET', 'POST']),
    # As Datadog has it.
    Route('/monitors/downtimes', lambda request: RedirectResponse('/downtimes', 303, HEADERS)),
]
