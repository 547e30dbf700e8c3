"""Metadata of hosts, and events of an Agent."""

import json
from hashlib import blake2b
from typing import Any

from datadog_sandbox.http import parse_json

from .fields import list_of, normal_tags, number_of, object_of, string_of, tags_of
from .model import Batch, HostMetadata, Window

# The metadata that is stored. The rest is not: the API key is part of it.
HOST_FIELDS = (
    'agentVersion', 'agent-flavor', 'os', 'python', 'systemStats', 'meta', 'gohai', 'agent_checks', 'install-method',
    'network', 'logs',
)  # fmt: skip


def host_metadata(body: bytes, window: Window) -> Batch:
    """Decode `POST /intake/`: metadata of a host, and events."""
    post = object_of(parse_json(body), 'the body')
    name = string_of(post.get('internalHostname'), 'internalHostname', '')
    hosts = []
    if name and any(field in post for field in ('host-tags', 'meta', 'gohai')):
        tags = None
        if 'host-tags' in post:
            sources = object_of(post['host-tags'], 'host-tags').values()
            tags = normal_tags(tag for source in sources for tag in tags_of(source, 'host-tags'))
        meta = {field: post[field] for field in HOST_FIELDS if post.get(field) is not None}
        if isinstance(meta.get('gohai'), str):
            # The Agent sends it as JSON in a string.
            meta['gohai'] = parse_json(meta['gohai'].encode())
        hosts.append(HostMetadata(name, tags, meta))
    by_source = object_of(post.get('events'), 'events', optional=True)
    events = [
        _event(object_of(event, 'an event'), source, name, window)
        for source, posted in by_source.items()
        for event in list_of(posted, 'events')
    ]
    return Batch(hosts=hosts, events=events)


def _event(event: dict[str, Any], source: str, host: str, window: Window) -> dict[str, Any]:
    """Return an event of an Agent with the fields of API v1."""
    body = {
        'title': string_of(event.get('msg_title'), 'msg_title', ''),
        'text': string_of(event.get('msg_text'), 'msg_text', ''),
        'date_happened': window.check(number_of(event.get('timestamp'), 'the time of an event'), 'an event'),
        'priority': string_of(event.get('priority'), 'priority', 'normal'),
        'alert_type': string_of(event.get('alert_type'), 'alert_type', 'info'),
        'host': string_of(event.get('host') or host, 'host of an event'),
        'source': string_of(event.get('source_type_name') or source, 'source_type_name'),
        'tags': list(tags_of(event.get('tags'), 'an event')),
    }
    # An event that is posted again has the same id, and replaces the first.
    digest = blake2b(json.dumps(body).encode(), digest_size=6).digest()
    return {'id': int.from_bytes(digest), **body}
