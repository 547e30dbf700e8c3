"""Tags of hosts that clients set, API v1, beside those that an Agent sends."""

from typing import Any

from .endpoint import Answer, Call, Refused, endpoint

SENT = 'Datadog'
"""The source of the tags that an Agent sends."""
USERS = 'users'
"""The source of tags for which a request names none."""


def list_tags(call: Call) -> Any:
    """Answer with all tags, and the hosts that have each."""
    hosts: dict[str, list[str]] = {}
    for host in call.store.hosts():
        for tag in _tags(call, host.name):
            hosts.setdefault(tag, []).append(host.name)
    return {'tags': hosts}


def get_tags(call: Call) -> Any:
    name = _host(call)
    if not call.flag('by_source'):
        return {'tags': _tags(call, name)}
    host, given = call.store.host(name), call.store.user_tags(name)
    return {'tags': ({SENT: [*host.tags]} if host and host.tags else {}) | given}


def add_tags(call: Call) -> Any:
    return _save(call, keep=True)


def replace_tags(call: Call) -> Any:
    return _save(call, keep=False)


def remove_tags(call: Call) -> None:
    source = call.query.get('source')
    with call.store.transaction():
        host = _host(call)
        given = call.store.user_tags(host)
        call.store.save_user_tags(host, {name: given[name] for name in given if source and name != source})


def _host(call: Call) -> str:
    """Return the name of the host in the path. Raises `Refused` when the account has heard nothing of it."""
    name: str = call.path['host']
    if call.store.host(name) is None and not call.store.user_tags(name):
        raise Refused('No host matches that host_id', 404)
    return name


def _save(call: Call, keep: bool) -> Answer:
    host = _host(call)
    body = call.body if isinstance(call.body, dict) else {}
    tags = body.get('tags')
    if isinstance(tags, str):
        tags = [tags]
    if not isinstance(tags, list) or not all(isinstance(tag, str) and tag.strip() for tag in tags):
        raise Refused('tags must be a list of strings that are not empty')
    source = call.query.get('source') or USERS
    with call.store.transaction():
        sources = call.store.user_tags(host)
        sources[source] = list(dict.fromkeys([*(sources.get(source, []) if keep else []), *tags]))
        call.store.save_user_tags(host, sources)
    return Answer({'host': host, 'tags': sources[source]}, 201)


def _tags(call: Call, host: str) -> list[str]:
    """Return the tags of a host: those of the source that the query names, or all."""
    source = call.query.get('source')
    return call.store.user_tags(host).get(source, []) if source else [*call.store.host_tags(host)]


routes = [
    endpoint('GET', '/api/v1/tags/hosts', list_tags),
    endpoint('GET', '/api/v1/tags/hosts/{host}', get_tags),
    endpoint('POST', '/api/v1/tags/hosts/{host}', add_tags),
    endpoint('PUT', '/api/v1/tags/hosts/{host}', replace_tags),
    endpoint('DELETE', '/api/v1/tags/hosts/{host}', remove_tags),
]
