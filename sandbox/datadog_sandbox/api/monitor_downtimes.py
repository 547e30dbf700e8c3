"""The downtimes of a monitor that are active now, API v1 and v2."""

from collections.abc import Mapping
from typing import Any

from datadog_sandbox import downtimes

from .downtime_v1_shape import shape
from .endpoint import Call, Refused, endpoint


def list_downtimes(call: Call) -> Any:
    return [shape(downtime, int(call.now)) for downtime in _active(call)]


def list_matches(call: Call) -> Any:
    offset, limit = call.number('page[offset]', 0), call.number('page[limit]', 30)
    matches = [_match(downtime, int(call.now)) for downtime in _active(call)]
    return {'data': matches[offset : offset + limit], 'meta': {'page': {'total_filtered_count': len(matches)}}}


def _active(call: Call) -> list[dict[str, Any]]:
    monitor = call.store.get('monitor', call.path['id'])
    if monitor is None:
        raise Refused(f'Monitor with id {call.path["id"]} not found', 404)
    return [
        downtime
        for downtime in call.store.all('downtime')
        if downtimes.covers(downtime, monitor) and downtimes.status(downtime, int(call.now)) == 'active'
    ]


def _match(downtime: Mapping[str, Any], moment: int) -> dict[str, Any]:
    """Return a downtime with the window that is open: as recorded, its groups are those of its scope."""
    attributes, window = downtime['attributes'], downtimes.current(downtime, moment)
    end = None if window is None or window.end >= downtimes.FOREVER else downtimes.iso(window.end)
    start = attributes['schedule'].get('start') or (window and downtimes.iso(window.start))
    return {
        'type': 'downtime_match',
        'id': downtime['id'],
        'attributes': {'groups': [attributes['scope']], 'scope': attributes['scope'], 'start': start, 'end': end},
    }


routes = [
    endpoint('GET', '/api/v1/monitor/{id:number}/downtimes', list_downtimes),
    endpoint('GET', '/api/v2/monitor/{id:number}/downtime_matches', list_matches),
]
