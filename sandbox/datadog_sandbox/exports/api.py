"""Requests and responses of Datadog's API, exports from its web pages, and the assets of integrations."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from .model import Export, Kind

WRAPPERS = ('data', 'monitors', 'dashboards', 'downtimes')
"""Keys under which a response holds its resources."""
SUMMARY = 'it is a summary, without widgets: only GET /api/v1/dashboard/{id} returns the whole dashboard'


def exports(content: Any, expected: Kind | None) -> Iterator[Export]:
    """Yield the resources in the content of a file.

    With an expected kind, an object that is not recognized is yielded as that kind, so that its errors are reported.
    """
    if isinstance(content, list):
        for element in content:
            yield from exports(element, expected)
    elif not isinstance(content, Mapping):
        if expected is not None:
            yield Export(expected, repr(content)[:40], content)
    elif (inner := _inner(content)) is not None:
        yield from (_titled(export, content) for export in exports(inner, expected))
    else:
        yield from _single(content, expected)


def _inner(content: Mapping[str, Any]) -> Any:
    """Return the content of a wrapper; None for anything else."""
    if isinstance(content.get('definition'), Mapping) and not isinstance(content.get('query'), str):
        return content['definition']
    for key in WRAPPERS:
        if isinstance(content.get(key), list | Mapping) and 'query' not in content and 'widgets' not in content:
            return content[key]
    for key in ('monitor', 'dashboard'):
        # The attributes of Terraform's datadog_monitor_json and datadog_dashboard_json.
        if isinstance(content.get(key), str) and 'query' not in content and 'widgets' not in content:
            try:
                return json.loads(content[key])
            except (ValueError, RecursionError):
                return None
    return None


def _titled(export: Export, wrapper: Mapping[str, Any]) -> Export:
    title = wrapper.get('title')
    return export._replace(aliases=(*export.aliases, title)) if isinstance(title, str) else export


def _single(content: Mapping[str, Any], expected: Kind | None) -> Iterator[Export]:
    if isinstance(content.get('attributes'), Mapping):
        attributes = content['attributes']
        if content.get('type') == 'downtime' or is_downtime(attributes) or expected == 'downtime':
            return (yield _export('downtime', attributes, content.get('id')))
    if is_dashboard(content):
        yield _export('dashboard', content, content.get('id'))
    elif is_summary(content):
        yield _export('dashboard', content, content.get('id'))._replace(problem=SUMMARY)
    elif is_monitor(content):
        yield _export('monitor', content, content.get('id'))
    elif is_downtime(content):
        yield _export('downtime', content, content.get('id'))
    elif resources := [value for value in content.values() if is_monitor(value) or is_dashboard(value)]:
        # A mapping by id or key, as tools write that synchronize accounts.
        for key, value in content.items():
            if any(value is resource for resource in resources):
                for export in _single(value, None):
                    yield export._replace(aliases=(*export.aliases, str(key)))
    elif expected is not None:
        yield _export(expected, content, content.get('id'))


def _export(kind: Kind, body: Mapping[str, Any], id_: Any) -> Export:
    key = next((key for key in ('name', 'title', 'board_title', 'message') if isinstance(body.get(key), str)), '')
    name = str(body[key]).strip().partition('\n')[0] if key else ''
    return Export(kind, name or kind, body, (str(id_),) if isinstance(id_, int | str) and id_ != '' else ())


def is_monitor(content: Any) -> bool:
    return isinstance(content, Mapping) and 'query' in content and isinstance(content.get('type'), str)


def is_dashboard(content: Any) -> bool:
    return isinstance(content, Mapping) and isinstance(content.get('widgets'), list)


def is_summary(content: Any) -> bool:
    """Return whether the content is an entry of the list of dashboards."""
    return isinstance(content, Mapping) and 'layout_type' in content and 'author_handle' in content


def is_downtime(content: Any) -> bool:
    return isinstance(content, Mapping) and 'scope' in content and bool({'schedule', 'monitor_identifier'} & {*content})
