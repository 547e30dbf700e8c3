"""Tags of hosts that clients set, API v1, beside those that an Agent sends."""

from typing import Any

from .endpoint import Answer, Call, Refused, endpoint

KIND = 'host tags'
USERS = 'users'
"""The source of tags for which a request names none."""


def list_tags(call: Call) -> Any:
    """Answer with all tags, and the hosts that have each."""
    hosts: dict[str, list[str]] = {}
    for host in call.store.hosts():
        for tag in dict.fromkeys([*host.tags, *_set_tags(call, host.name, call.query.get('source'))]):
            hosts.setdefault(tag, []).append(host.name)
    return {'tags': hosts}


def get_tags(call: Call) -> Any:
    name, source = call.path['host'], call.query.get('source')
    sent = () if source else call.store.host_tags(name)
    tags = list(dict.fromkeys([*sent, *_set_tags(call, name, source)]))
    return {'tags': {source or USERS: tags}} if call.flag('by_source') else {'tags': tags}


def add_tags(call: Call) -> Any:
    return _save(call, keep=True)


def replace_tags(call: Call) -> Any:
    return _save(call, keep=False)


def remove_tags(call: Call) -> None:
    source = call.query.get('source')
    with call.store.transaction():
        kept = _sources(call, call.path['host'])
        left = {name: tags for name, tags in kept.items() if source and name != source}
        _keep(call, left)


def _save(call: Call, keep: bool) -> Answer:
    body = call.body if isinstance(call.body, dict) else {}
    tags = body.get('tags')
    if isinstance(tags, str):
        tags = [tags]
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise Refused('tags must be a list of strings')
    source = call.query.get('source') or USERS
    with call.store.transaction():
        sources = _sources(call, call.path['host'])
        sources[source] = list(dict.fromkeys([*(sources.get(source, []) if keep else []), *tags]))
        _keep(call, sources)
    return Answer({'host': call.path['host'], 'tags': sources[source]}, 201)


def _keep(call: Call, sources: dict[str, list[str]]) -> None:
    name = call.path['host']
    call.store.put(KIND, name, {'sources': sources})


def _sources(call: Call, host: str) -> dict[str, list[str]]:
    return dict((call.store.get(KIND, host) or {'sources': {}})['sources'])


def _set_tags(call: Call, host: str, source: str | None) -> list[str]:
    return [tag for name, tags in _sources(call, host).items() if source in (None, '', name) for tag in tags]


routes = [
    endpoint('GET', '/api/v1/tags/hosts', list_tags),
    endpoint('GET', '/api/v1/tags/hosts/{host}', get_tags),
    endpoint('POST', '/api/v1/tags/hosts/{host}', add_tags),
    endpoint('PUT', '/api/v1/tags/hosts/{host}', replace_tags),
    endpoint('DELETE', '/api/v1/tags/hosts/{host}', remove_tags),
]
