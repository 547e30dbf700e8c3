"""The monitors with their states, and one with its groups."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from datadog_sandbox import dashboards, downtimes, monitors, widgets
from datadog_sandbox.store import Store, Transition

from .bars import place
from .frame import not_found, render
from .ranges import chosen_range
from .words import clock, downtime_title, monitor_name

STATES = ('Alert', 'Warn', 'No Data', 'OK', 'Skipped')
"""From the worst to the best."""
NOT_EVALUATED = 'Not evaluated'
GROUPS = 50
"""Groups of a monitor on its page: the worst."""


def _problem(store: Store, monitor: Mapping[str, Any]) -> str | None:
    """Return in one sentence why a monitor is not evaluated, or what went wrong; None when all is well."""
    return monitors.refusal(monitor) or monitors.error(store, monitor)


def _muting(
    silent: Sequence[downtimes.Downtime], monitor: Mapping[str, Any], state: Mapping[str, Any], moment: int
) -> list[dict[str, str]]:
    found = downtimes.muting(silent, monitor, state.get('tags') or {}, moment)
    return [{'id': downtime['id'], 'title': downtime_title(downtime)} for downtime in found]


def monitors_page(request: Request) -> Response:
    store: Store = request.app.state.store
    now = int(request.app.state.clock())
    silent = [one for one in store.all('downtime') if downtimes.windows(one, now, now + 1)]
    rows = []
    for monitor in store.all('monitor'):
        states, problem = store.states(monitor['id']), _problem(store, monitor)
        counts = Counter(state['status'] for state in states.values())
        muted = {one['id']: one for state in states.values() for one in _muting(silent, monitor, state, now)}
        rows.append(
            {
                'id': monitor['id'],
                'name': monitor_name(monitor),
                'query': monitor['query'],
                'state': NOT_EVALUATED if problem and not states else monitors.overall(states),
                'problem': problem,
                'counts': [(state, counts[state]) for state in STATES if counts[state]],
                'changed': max((state.get('since', 0) for state in states.values()), default=0),
                'muted': list(muted.values()),
            }
        )
    overall = Counter(row['state'] for row in rows)
    summary = ', '.join(f'{overall[state]} {state}' for state in (*STATES, NOT_EVALUATED) if overall[state])
    return render(request, 'monitors.html', monitors=rows, summary=summary or 'None is here.')


def monitor_page(request: Request) -> Response:
    store: Store = request.app.state.store
    monitor = store.get('monitor', request.path_params['id'])
    if monitor is None:
        return not_found(request, f'There is no monitor {request.path_params["id"]}.')
    now = int(request.app.state.clock())
    chosen = chosen_range(request)
    start = now - chosen.seconds
    states = store.states(monitor['id'])
    silent = [one for one in store.all('downtime') if downtimes.windows(one, now, now + 1)]
    history = defaultdict(list)
    for change in store.transitions(monitor['id'], 0, now + 1):
        history[change.group].append(change)
    explainer, problem = monitors.Explainer(store, monitor), _problem(store, monitor)
    names = sorted(states, key=lambda name: (STATES.index(states[name]['status']), name))
    groups = [
        {
            'name': name,
            'state': states[name]['status'],
            'why': explainer.explain(name),
            'muted': _muting(silent, monitor, states[name], now),
            'slots': _slots(history[name], start, now),
            # What was before a group was forgotten is that of another one.
            'changes': [change for change in history[name] if change.time >= start and change.status][::-1],
        }
        for name in names[:GROUPS]
    ]
    counts = Counter(state['status'] for state in states.values())
    graph = {'type': 'alert_graph', 'alert_id': monitor['id']}
    period = dashboards.period({}, chosen.seconds, now)
    return render(
        request,
        'monitor.html',
        monitor=monitor,
        problem=problem,
        remarks=monitors.remarks(monitor),
        state=NOT_EVALUATED if problem and not states else monitors.overall(states),
        summary=', '.join(f'{counts[state]} of {len(states)} in {state}' for state in STATES if counts[state]),
        groups=groups,
        hidden_groups=len(names) - len(groups),
        options=sorted((key, json.dumps(value)) for key, value in (monitor.get('options') or {}).items()),
        range=chosen.name,
        span=chosen.seconds,
        ticks=[start + chosen.seconds * part // 4 for part in range(5)],
        chart=dashboards.item(widgets.evaluate(store, graph, {}, period.start, period.end), 'query', graph, {}),
    )


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
    Route('/monitors', monitors_page),
    Route('/monitors/{id:int}', monitor_page),
]
