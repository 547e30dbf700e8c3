"""A host as the API shows it: its tags by source, what its Agent says of it, how it does, and whether it is muted."""

import json
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from datadog_sandbox import downtimes
from datadog_sandbox.store import Host, Store
from datadog_sandbox.times import HOUR

from .host_tags import SENT

UP = 2 * HOUR
"""Seconds since a host was last seen, within which it is up."""
LATELY = 900
"""Seconds over which `metrics` looks for the last values."""
METRICS = {'cpu': 'system.cpu.idle', 'iowait': 'system.cpu.iowait', 'load': 'system.load.15'}
"""What each of the `metrics` of a host is read from; `cpu` is what is not idle. As the models of the API document."""
META: dict[str, type] = {
    'cpuCores': int, 'machine': str, 'nixV': list, 'macV': list, 'winV': list, 'fbsdV': list, 'platform': str,
    'processor': str, 'pythonV': str, 'socket-fqdn': str, 'socket-hostname': str, 'timezones': list,
}  # fmt: skip
"""What an Agent says of its host, under the names of the API, which are its own too."""
RENAMED = {
    'agentVersion': 'agent_version', 'agent-flavor': 'agent_flavor', 'install-method': 'install_method',
    'network': 'network', 'logs': 'logs_agent', 'agent_checks': 'agent_checks',
}  # fmt: skip
"""What an Agent says of itself, and the names that the API has for it."""


class HostShapes:
    """Shapes hosts for one answer: downtimes and metrics are read once for all of them."""

    def __init__(self, store: Store, moment: int, metadata: bool) -> None:
        """`metadata` shows what the Agent of a host says of it."""
        self._store, self._moment, self._metadata = store, moment, metadata
        self._metrics = {name: _last_by_host(store, metric, moment) for name, metric in METRICS.items()}
        self._mutes = mutes(store, moment)

    def of(self, host: Host) -> dict[str, Any]:
        tags = {SENT: [*host.tags, f'host:{host.name}']}
        tags |= {source.capitalize(): some for source, some in self._store.user_tags(host.name).items()}
        mute = self._mutes.get(host.name)
        end = mute and mute['attributes']['schedule'].get('end')
        return {
            'id': host_id(host.name),
            'name': host.name,
            'host_name': host.name,
            'aliases': list(dict.fromkeys([*aliases(host), host.name])),
            # What has sent metadata is an Agent.
            'apps': ['agent'] if host.meta else [],
            'sources': ['agent'] if host.meta else [],
            'tags_by_source': tags,
            'up': host.last_seen >= self._moment - UP,
            'last_reported_time': host.last_seen,
            'is_muted': mute is not None,
            'mute_timeout': end and downtimes.epoch(end),
            'metrics': self.metrics_of(host.name),
            'meta': _meta(host) if self._metadata else {},
        }

    def metrics_of(self, name: str) -> dict[str, float | None]:
        """Return the last values of a host by the names of the API, in percent and processes; None where none came."""
        values = {metric: of_hosts.get(name) for metric, of_hosts in self._metrics.items()}
        return values | {'cpu': None if values['cpu'] is None else 100 - values['cpu']}


def aliases(host: Host) -> list[str]:
    """Return the other names that an Agent says that its host has."""
    return [alias for alias in (host.meta.get('meta') or {}).get('host_aliases') or [] if isinstance(alias, str)]


def host_id(name: str) -> int:
    return zlib.crc32(name.encode())


def mutes(store: Store, moment: int) -> dict[str, Mapping[str, Any]]:
    """Return the active downtime of each muted host: a one-time one of all monitors for the scope `host:name`."""
    muted: dict[str, Mapping[str, Any]] = {}
    for downtime in store.all('downtime'):
        attributes = downtime['attributes']
        key, _, name = attributes['scope'].partition(':')
        if key == 'host' and attributes['monitor_identifier'].get('monitor_tags') == ['*']:
            if not attributes['schedule'].get('recurrences') and downtimes.status(downtime, moment) == 'active':
                muted[name] = downtime
    return muted


def _last_by_host(store: Store, metric: str, moment: int) -> dict[str, float]:
    """Return the last value of a metric of each host; the mean of these where the host has several series of it."""
    series = store.series(metric)
    last = store.grid([*series], moment - LATELY, moment + 1, LATELY + 1, 'last')[:, 0] if series else ()
    values: dict[str, list[float]] = {}
    for each, value in zip(series.values(), last, strict=True):
        if not np.isnan(value):
            values.setdefault(each.host, []).append(float(value))
    return {host: sum(some) / len(some) for host, some in values.items()}


def _meta(host: Host) -> dict[str, Any]:
    if not host.meta:
        return {}
    meta: dict[str, Any] = {name: host.meta[sent] for sent, name in RENAMED.items() if sent in host.meta}
    for part in (host.meta.get('systemStats'), host.meta.get('meta')):
        if isinstance(part, dict):
            meta |= {name: part[name] for name, type_ in META.items() if isinstance(part.get(name), type_)}
    if 'gohai' in host.meta:
        meta['gohai'] = json.dumps(host.meta['gohai'])
    return meta | {'host_id': host_id(host.name)}
