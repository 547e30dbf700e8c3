"""What refers to a monitor, and so keeps it from being deleted: objectives and composite monitors."""

import re
from collections.abc import Mapping
from typing import Any

from datadog_sandbox.store import Store

from .endpoint import Answer, Call, Refused, endpoint


def references(store: Store, monitor: Mapping[str, Any]) -> list[str]:
    """Return one line for each kind of what refers to a monitor, in Datadog's words."""
    objectives = [slo for slo in store.all('slo') if monitor['id'] in (slo.get('monitor_ids') or [])]
    composites = [
        other
        for other in store.all('monitor')
        if other['type'] == 'composite' and str(monitor['id']) in re.findall(r'\d+', other['query'])
    ]
    return [
        f'monitor [{monitor["id"]},{monitor["name"]}] is referenced in {kind}: '
        + ', '.join(f'[{each["id"]},{each["name"]}]' for each in some)
        for kind, some in (('slos', objectives), ('composite monitors', composites))
        if some
    ]


def can_delete_monitors(call: Call) -> Any:
    """Answer with the monitors that can be deleted, and with 409 where something refers to one."""
    ids = call.words('monitor_ids')
    if not ids:
        raise Refused('monitor_ids are required')
    monitors = {id_: call.store.get('monitor', id_) for id_ in ids}
    if missing := [id_ for id_, monitor in monitors.items() if monitor is None]:
        # 400, as the documents have no 404 here.
        raise Refused(f'Monitor not found: {", ".join(missing)}'[:200])
    errors = {id_: lines for id_, monitor in monitors.items() if monitor and (lines := references(call.store, monitor))}
    free = [int(id_) for id_ in ids if id_ not in errors]
    return Answer({'data': {'ok': free}, 'errors': errors or None}, 409 if errors else 200)


routes = [endpoint('GET', '/api/v1/monitor/can_delete', can_delete_monitors)]
