"""A monitor with its groups."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from datadog_sandbox import dashboards, downtimes, monitors, notifications, widgets
from datadog_sandbox.api.monitor_muting import mute_monitor, unmute_monitor
from datadog_sandbox.api.monitor_shape import one_time
from datadog_sandbox.http import Refused
from datadog_sandbox.monitors.types.event import EventMonitor
from datadog_sandbox.store import Store
from datadog_sandbox.times import DAY, HOUR, WEEK

from .forms import call_of, fields
from .frame import HEADERS, not_found, query_of, render
from .monitor_groups import GROUPS, Group, described
from .monitor_states import ORDER, problem_of, state_of, without_group
from .ranges import shown_range
from .relations import between, dashboard_link, dashboards_of
from .words import downtime_title

MUTE_TIMES = (
    (HOUR, '1 hour'), (4 * HOUR, '4 hours'), (12 * HOUR, '12 hours'), (DAY, '1 day'), (WEEK, '1 week'),
    (0, 'until it is unmuted'),
)  # fmt: skip
"""Seconds for which one mutes a monitor, as Datadog offers them."""


HOSTS = 20
"""Hosts of a monitor whose events one link asks for."""
MAILS = 5
"""Mails on the page of the monitor that wrote them: the latest."""


async def monitor_page(request: Request) -> Response:
    if request.method != 'POST':
        return await run_in_threadpool(_monitor, request)
    form = await fields(request)
    try:
        await run_in_threadpool(_mute, request, form)
    except ValueError as error:
        refused = {'scope': form.get('scope', ''), 'message': str(error)}
        return await run_in_threadpool(_monitor, request, refused)
    return RedirectResponse(f'{request.url.path}{query_of(request)}', 303, HEADERS)


def _mute(request: Request, form: Mapping[str, str]) -> None:
    """Mute groups of a monitor for a while, or unmute them. Raises `ValueError`."""
    body: dict[str, Any] = {'scope': form.get('group') or form.get('scope') or '*'}
    if form.get('do') == 'unmute':
        unmute_monitor(call_of(request, body, request.path_params))
        return
    chosen = form.get('for', '')
    if chosen not in {str(seconds) for seconds, _ in MUTE_TIMES}:
        raise Refused(f'{chosen[:20]!r} is none of the times for which a monitor is muted')
    call = call_of(request, body, request.path_params)
    if int(chosen):
        body['end'] = int(call.now) + int(chosen)
    mute_monitor(call)


def _monitor(request: Request, refused: Mapping[str, str] | None = None) -> Response:
    store: Store = request.app.state.store
    monitor = store.get('monitor', request.path_params['id'])
    if monitor is None:
        return not_found(request, f'There is no monitor {request.path_params["id"]}.')
    now, (period, range_) = int(request.app.state.clock()), shown_range(request)
    states, problem = store.states(monitor['id']), problem_of(store, monitor)
    # Datadog's links to a group name it as `group=host:web-1`.
    only = request.query_params.get('group', '')
    chosen_groups = [Group(name, state) for name, state in states.items() if not only or name == only]
    page = GROUPS.page(chosen_groups, request.query_params)
    counts = Counter(state['status'] for state in states.values())
    graph = {'type': 'alert_graph', 'alert_id': monitor['id']}
    start, end = (period.start, period.end) if period.fixed else (now - (period.end - period.start), now)
    return render(
        request,
        'monitor.html',
        422 if refused else 200,
        refused=refused or {'scope': '', 'message': ''},
        mute_times=MUTE_TIMES,
        mutes=_mutes(store, monitor, now),
        monitor=monitor,
        problem=problem,
        remarks=[*monitors.remarks(monitor), *notifications.remarks(monitor)],
        state=state_of(store, monitor, problem),
        summary=', '.join(f'{counts[state]:,} of {len(states):,} in {state}' for state in ORDER if counts[state]),
        list=page,
        only=only,
        groups=described(store, monitor, page.rows, start, end, now),
        without_group='' if states or problem else without_group(store, monitor, now),
        related=_related(store, monitor, now, (start, end) if period.fixed else None),
        options=sorted((key, json.dumps(value)) for key, value in (monitor.get('options') or {}).items()),
        range=range_,
        period=period,
        span=end - start,
        ticks=[start + (end - start) * part // 4 for part in range(5)],
        chart=dashboards.item(widgets.evaluate(store, graph, {}, period.start, period.end), 'query', graph, {}),
    )


def _related(
    store: Store, monitor: Mapping[str, Any], now: int, times: tuple[int, int] | None
) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Return what belongs to a monitor: names, and for each state, label, and address of pages."""
    covering = [downtime for downtime in store.all('downtime') if downtimes.covers(downtime, monitor)]
    mails = store.latest_mails(MAILS, monitor['id'])
    related = [
        (
            'Dashboards',
            [('', str(board['title']), dashboard_link(board, times)) for board in dashboards_of(store, monitor)],
        ),
        (
            'Downtimes',
            [
                (status.capitalize(), downtime_title(downtime), f'/downtimes?q=id:{downtime["id"]}')
                for downtime in covering
                if (status := downtimes.status(downtime, now)) in ('active', 'scheduled')
            ],
        ),
        ('Mails', [(mail.body.get('status') or '', mail.body['subject'], f'/mail/{mail.id}') for mail in mails]),
        ('Events', _events(store, monitor, times)),
    ]
    if len(mails) == MAILS:
        related[2][1].append(('', 'all mails of this monitor', f'/mail?q=monitor:{monitor["id"]}'))
    return related


def _events(store: Store, monitor: Mapping[str, Any], times: tuple[int, int] | None) -> list[tuple[str, str, str]]:
    """Return the links to the events of a monitor: its own, and those that it counts or of the hosts of its groups."""
    own = '', 'its alerts', f'/event/explorer{between(times, query=f"@monitor.id:{monitor['id']}")}'
    problem = problem_of(store, monitor)
    parsed = None if problem else monitors.parse(monitor)
    hosts = {
        str(host) for state in store.states(monitor['id']).values() if (host := (state.get('tags') or {}).get('host'))
    }
    if isinstance(parsed, EventMonitor):
        return [own, ('', 'those that it counts', f'/event/explorer{between(times, query=parsed.text)}')]
    if hosts and len(hosts) <= HOSTS and not any('"' in host for host in hosts):
        search = ' OR '.join(f'host:"{host}"' for host in sorted(hosts))
        return [own, ('', 'those of its hosts', f'/event/explorer{between(times, query=search)}')]
    return [own, ('', 'all in this time' if times else 'all', f'/event/explorer{between(times)}')]


def _mutes(store: Store, monitor: Mapping[str, Any], now: int) -> list[dict[str, Any]]:
    """Return the downtimes that the button to mute has made, or that are like these."""
    return [
        {
            'id': downtime['id'],
            'scope': downtime['attributes']['scope'],
            'until': downtimes.open_until([downtime], now),
        }
        for downtime in one_time(store.all('downtime'), now)
        if downtimes.covers(downtime, monitor)
    ]


routes: list[BaseRoute] = [
    Route('/monitors/{id:int}', monitor_page, methods=['GET', 'POST']),
]
