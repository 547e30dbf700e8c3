"""The downtimes, and the week that begins today in each."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from datadog_sandbox import downtimes
from datadog_sandbox.api.downtimes import cancel_downtime
from datadog_sandbox.store import Store

from .bars import place
from .forms import call_of, fields
from .frame import HEADERS, render
from .words import downtime_title

MOST_MONITORS = 20
"""Monitors that are named of those that a downtime covers: of all, they would be a page of megabytes."""


async def downtimes_page(request: Request) -> Response:
    if request.method != 'POST':
        return await run_in_threadpool(_downtimes, request)
    id_ = (await fields(request)).get('cancel', '')
    # As Datadog's button to cancel one does: it ends now, and does not open again.
    await run_in_threadpool(lambda: cancel_downtime(call_of(request, None, {'id': id_})))
    return RedirectResponse('/downtimes', 303, HEADERS)


def _downtimes(request: Request) -> Response:
    store: Store = request.app.state.store
    now = int(request.app.state.clock())
    all_monitors = store.all('monitor')
    order = ('active', 'scheduled', 'ended', 'canceled')
    rows = []
    for downtime in store.all('downtime'):
        attributes = downtime['attributes']
        schedule = attributes.get('schedule') or {}
        zone = schedule.get('timezone') or 'UTC'
        status = downtimes.status(downtime, now)
        window = downtimes.current(downtime, now)
        rows.append(
            {
                'id': downtime['id'],
                'title': downtime_title(downtime),
                'status': status,
                'what': {'active': 'Silent', 'scheduled': 'Next'}.get(status, 'Last'),
                'window': _window(window, ZoneInfo(zone)) if window else 'never',
                'zone': zone,
                'recurrences': schedule.get('recurrences') or [],
                'scope': attributes.get('scope') or '*',
                'monitors': [monitor for monitor in all_monitors if downtimes.covers(downtime, monitor)],
                'tags': (attributes.get('monitor_identifier') or {}).get('monitor_tags') or [],
                'week': _week(downtime, now, ZoneInfo(zone)),
            }
        )
    rows.sort(key=lambda row: order.index(row['status']))
    return render(request, 'downtimes.html', downtimes=rows, most=MOST_MONITORS)


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
