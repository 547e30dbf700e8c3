"""Hosts, and the search by name, API v1."""

from collections.abc import Callable
from typing import Any

from datadog_sandbox.store import Host
from datadog_sandbox.times import DAY, HOUR

from .endpoint import Call, Refused, endpoint
from .host_shape import UP, HostShapes, aliases

ACTIVE, LIVE = HOUR, 3 * HOUR
"""Seconds since a host was last seen, within which it is active, and is in the list."""
SEARCHED = DAY
"""Seconds that the search for metrics looks back."""
MOST = 1000
"""Hosts in one answer."""
VALUES = ('cpu', 'iowait', 'load')
"""The metrics of a host by which hosts are sorted, those without a value last."""
SORTS: dict[str, Callable[[Host], Any]] = {
    'name': lambda host: host.name,
    'host_name': lambda host: host.name,
    'last_reported_time': lambda host: host.last_seen,
    'status': lambda host: host.last_seen,
    'apps': lambda host: bool(host.meta),
}
"""The other fields, with what a host is sorted by: one that was seen later is up longer."""


def list_hosts(call: Call) -> Any:
    since = call.number('from', int(call.now) - LIVE)
    wanted = call.query.get('filter', '').lower().replace(',', ' ').split()
    matching = [
        host
        for host in call.store.hosts()
        if host.last_seen >= since and all(_found(call, host, word) for word in wanted)
    ]
    start, count = call.number('start', 0), call.number('count', 100, MOST)
    shapes = HostShapes(call.store, int(call.now), call.flag('include_hosts_metadata'))
    matching = _sorted(call, matching, shapes)
    page = [shapes.of(host) for host in matching[start : start + count]]
    return {
        'host_list': page,
        'total_returned': len(page),
        'total_matching': len(matching),
        'exact_total_matching': True,
    }


def _found(call: Call, host: Host, word: str) -> bool:
    """Return whether a word, in lower case, is in the name, an alias, or a tag of a host."""
    names = (f'host:{host.name}', *aliases(host), *call.store.host_tags(host.name))
    return any(word in name.lower() for name in names)


def _sorted(call: Call, hosts: list[Host], shapes: HostShapes) -> list[Host]:
    """Return hosts in the order that the query asks for. Raises `Refused`."""
    direction, field = call.query.get('sort_dir') or 'asc', call.query.get('sort_field') or 'name'
    if direction not in ('asc', 'desc'):
        raise Refused(f'sort_dir must be asc or desc, not {direction[:100]!r}')
    descending = direction == 'desc'
    if field in SORTS:
        return sorted(hosts, key=SORTS[field], reverse=descending)
    if field not in VALUES:
        raise Refused(f'sort_field must be one of {", ".join((*SORTS, *VALUES))}, not {field[:100]!r}')
    values = {host.name: shapes.metrics_of(host.name)[field] for host in hosts}
    known = [host for host in hosts if values[host.name] is not None]
    known.sort(key=lambda host: values[host.name] or 0.0, reverse=descending)
    return [*known, *(host for host in hosts if values[host.name] is None)]


def count_hosts(call: Call) -> Any:
    since = call.number('from', 0)
    if since > call.now:
        raise Refused("The value provided for parameter 'from' is invalid")
    seen = [host.last_seen for host in call.store.hosts() if host.last_seen >= since]
    return {
        'total_active': sum(time >= call.now - ACTIVE for time in seen),
        'total_up': sum(time >= call.now - UP for time in seen),
    }


def search(call: Call) -> Any:
    """Answer with the names of hosts and metrics that contain a string; with a facet, of one kind."""
    text = call.query.get('q', '').lower()
    facet, colon, rest = text.partition(':')
    if not colon or facet not in ('hosts', 'metrics'):
        facet, rest = '', text
    results = {}
    if facet != 'hosts':
        results['metrics'] = [name for name in call.store.metrics(int(call.now) - SEARCHED) if rest in name.lower()]
    if facet != 'metrics':
        results['hosts'] = [host.name for host in call.store.hosts() if rest in host.name.lower()]
    return {'results': results}


routes = [
    endpoint('GET', '/api/v1/hosts', list_hosts),
    endpoint('GET', '/api/v1/hosts/totals', count_hosts),
    endpoint('GET', '/api/v1/search', search),
]
