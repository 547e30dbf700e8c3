"""Hosts, and the search by name, API v1."""

import json
import zlib
from typing import Any

from datadog_sandbox.store import Host

from .endpoint import Call, Refused, endpoint

ACTIVE, UP, LIVE = 3600, 2 * 3600, 3 * 3600
"""Seconds since a host was last seen, within which it is active, is up, and is in the list."""
SEARCHED = 24 * 3600
"""Seconds that the search for metrics looks back."""
MOST = 1000
"""Hosts in one answer."""


def list_hosts(call: Call) -> Any:
    since = call.number('from', int(call.now) - LIVE)
    wanted = call.query.get('filter', '').lower()
    found = [
        host
        for host in call.store.hosts()
        if host.last_seen >= since and any(wanted in tag.lower() for tag in (f'host:{host.name}', *host.tags))
    ]
    direction = call.query.get('sort_dir') or 'asc'
    if direction not in ('asc', 'desc'):
        raise Refused(f'sort_dir must be asc or desc, not {direction[:100]!r}')
    if call.query.get('sort_field') == 'last_reported_time':
        found.sort(key=lambda host: host.last_seen)
    if direction == 'desc':
        found.reverse()
    start, count = call.number('start', 0), call.number('count', 100, MOST)
    shown = [_shown(host, call) for host in found[start : start + count]]
    return {
        'host_list': shown,
        'total_returned': len(shown),
        'total_matching': len(found),
        'exact_total_matching': True,
    }


def count_hosts(call: Call) -> Any:
    since = call.number('from', 0)
    seen = [host.last_seen for host in call.store.hosts() if host.last_seen >= since]
    return {
        'total_active': sum(time >= call.now - ACTIVE for time in seen),
        'total_up': sum(time >= call.now - UP for time in seen),
    }


def search(call: Call) -> Any:
    """Answer with the names of hosts and metrics that contain a text; with a facet, of one kind."""
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


def _shown(host: Host, call: Call) -> dict[str, Any]:
    return {
        'id': zlib.crc32(host.name.encode()),
        'name': host.name,
        'host_name': host.name,
        'aliases': [host.name],
        # What has sent metadata is an Agent.
        'apps': ['agent'] if host.meta else [],
        'sources': ['agent'] if host.meta else [],
        'tags_by_source': {'Datadog': [*host.tags, f'host:{host.name}']},
        'up': host.last_seen >= call.now - UP,
        'last_reported_time': host.last_seen,
        'is_muted': False,
        'mute_timeout': None,
        'meta': _meta(host) if call.flag('include_hosts_metadata') else {},
    }


META: dict[str, type] = {
    'cpuCores': int, 'machine': str, 'nixV': list, 'platform': str, 'processor': str, 'pythonV': str,
    'socket-fqdn': str, 'socket-hostname': str,
}  # fmt: skip
"""What an Agent says of its host, under the names of the API, which are its own too."""


def _meta(host: Host) -> dict[str, Any]:
    said = {'agent_version': host.meta.get('agentVersion')}
    for part in (host.meta.get('systemStats'), host.meta.get('meta')):
        if isinstance(part, dict):
            said |= {name: part[name] for name, type_ in META.items() if isinstance(part.get(name), type_)}
    if 'gohai' in host.meta:
        said['gohai'] = json.dumps(host.meta['gohai'])
    return {name: value for name, value in said.items() if value}


routes = [
    endpoint('GET', '/api/v1/hosts', list_hosts),
    endpoint('GET', '/api/v1/hosts/totals', count_hosts),
    endpoint('GET', '/api/v1/search', search),
]
