"""A monitor with its groups."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from datadog_sandbox import dashboards, downtimes, monitors, widgets
from datadog_sandbox.api.monitor_muting import mute_monitor, unmute_monitor
from datadog_sandbox.api.monitor_shape import one_time
from datadog_sandbox.http import Refused
from datadog_sandbox.store import Store, Transition

from .bars import place
from .forms import call_of, fields
from .frame import HEADERS, not_found, render
from .listing import Column, Listing, document, natural
from .monitor_states import ORDER, muting, open_downtimes, problem_of, state_of, without_group
from .ranges import Range, chosen_range
from .words import clock


class Group(NamedTuple):
    """A group of a monitor in its list."""

    name: str
    state: Mapping[str, Any]

    @property
    def status(self) -> str:
        return str(self.state['status'])


GROUPS = Listing[Group](
    'group',
    (
        Column('status', 'State', lambda group: (ORDER.index(group.status), natural(group.name))),
        Column('name', 'Group', lambda group: natural(group.name)),
        Column('since', 'Last change', lambda group: group.state.get('since', 0), descending=True),
    ),
    lambda group: document(
        [group.name],
        [f'{key}:{value}' for key, value in (group.state.get('tags') or {}).items()],
        status=[group.status],
    ),
    {'status': 'State'},
    'host:web-1 -status:ok',
    prefix='group_',
    default='status',
)


MUTE_TIMES = (
    (3600, '1 hour'), (4 * 3600, '4 hours'), (12 * 3600, '12 hours'), (86_400, '1 day'), (7 * 86_400, '1 week'),
    (0, 'until it is unmuted'),
)  # fmt: skip
"""Seconds for which one mutes a monitor, as Datadog offers them."""


async def monitor_page(request: Request) -> Response:
    if request.method != 'POST':
        return await run_in_threadpool(_monitor, request)
    form = await fields(request)
    try:
        await run_in_threadpool(_mute, request, form)
    except ValueError as error:
        refused = {'scope': form.get('scope', ''), 'message': str(error)}
        return await run_in_threadpool(_monitor, request, refused)
    query = f'?{request.url.query}' if request.url.query else ''
    return RedirectResponse(f'{request.url.path}{query}', 303, HEADERS)


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
    now, chosen = int(request.app.state.clock()), chosen_range(request)
    states, problem = store.states(monitor['id']), problem_of(store, monitor)
    page = GROUPS.page([Group(name, state) for name, state in states.items()], request.query_params)
    counts = Counter(state['status'] for state in states.values())
    graph = {'type': 'alert_graph', 'alert_id': monitor['id']}
    period = dashboards.period({}, chosen.seconds, now)
    return render(
        request,
        'monitor.html',
        422 if refused else 200,
        refused=refused or {'scope': '', 'message': ''},
        mute_times=MUTE_TIMES,
        mutes=_mutes(store, monitor, now),
        monitor=monitor,
        problem=problem,
        remarks=monitors.remarks(monitor),
        state=state_of(store, monitor, problem),
        summary=', '.join(f'{counts[state]} of {len(states)} in {state}' for state in ORDER if counts[state]),
        list=page,
        groups=_groups(store, monitor, page.rows, chosen, now),
        without_group='' if states or problem else without_group(store, monitor, now),
        options=sorted((key, json.dumps(value)) for key, value in (monitor.get('options') or {}).items()),
        range=chosen.name,
        span=chosen.seconds,
        ticks=[now - chosen.seconds + chosen.seconds * part // 4 for part in range(5)],
        chart=dashboards.item(widgets.evaluate(store, graph, {}, period.start, period.end), 'query', graph, {}),
    )


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


def _groups(
    store: Store, monitor: Mapping[str, Any], groups: Sequence[Group], chosen: Range, now: int
) -> list[dict[str, Any]]:
    """Return groups as the page shows them, with the states that they had in the chosen range."""
    history = defaultdict(list)
    for change in store.transitions(monitor['id'], 0, now + 1):
        history[change.group].append(change)
    explainer, opened, start = monitors.Explainer(store, monitor), open_downtimes(store, now), now - chosen.seconds
    return [
        {
            'name': group.name,
            'state': group.status,
            'scope': ' AND '.join(f'{key}:{value}' for key, value in (group.state.get('tags') or {}).items()),
            'why': explainer.explain(group.name),
            'muted': muting(opened, monitor, group.state, now),
            'slots': _slots(history[group.name], start, now),
            # What was before a group was forgotten is that of another one.
            'changes': [change for change in history[group.name] if change.time >= start and change.status][::-1],
        }
        for group in groups
    ]


def _slots(changes: Sequence[Transition], start: int, end: int) -> list[dict[str, Any]]:
    """Return the states in [start, end) as parts of a bar, in percent of it."""
    slots = []
    for change, following in zip_longest(changes, changes[1:]):
        begin, stop = max(start, change.time), min(end, following.time if following else end)
        if begin < stop and change.status:
            label = f'{change.status} from {clock(begin)}' + (f' to {clock(stop)}' if following else '')
            slots.append({'status': change.status, 'label': label, **place(begin - start, stop - start, end - start)})
    return slots


routes: list[BaseRoute] = [
    Route('/monitors/{id:int}', monitor_page, methods=['GET', 'POST']),
]
