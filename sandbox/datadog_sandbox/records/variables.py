"""What a message can say of a record that a monitor found: `{{log.message}}`, `{{span.attributes.[http.url]}}`.

Source: "Matching attribute/tag variables" of https://docs.datadoghq.com/monitors/notify/variables/
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from datadog_sandbox.query import values_by_key
from datadog_sandbox.store import Log, Span, Store

from .terms import written


def of_log(store: Store, log: Log) -> dict[str, str]:
    """Return the variables of a log, without their `log.`."""
    known = {name: str(getattr(log, name)) for name in ('message', 'service', 'status', 'source', 'host')}
    ids = {name: _first(log.attributes, name, f'dd.{name}') for name in ('trace_id', 'span_id')}
    tags = _tags([*log.tags, *(store.host_tags(log.host) if log.host else ())])
    return {**_flat('attributes', log.attributes), **tags, **known, **ids, 'timestamp': str(log.time)}


def of_span(store: Store, span: Span) -> dict[str, str]:
    """Return the variables of a span, without their `span.`."""
    known = {
        'env': span.env, 'service': span.service, 'operation_name': span.name, 'resource_name': span.resource,
        'type': span.type, 'status': 'error' if span.error else 'ok', 'trace_id': span.trace, 'span_id': span.id,
        'timestamp': str(span.start // 1_000_000),
    }  # fmt: skip
    attributes = {**span.meta, **span.metrics, 'duration': span.duration}
    own = [f'{name}:{known[name]}' for name in ('env', 'service') if known[name]] + [f'host:{span.host}']
    return {**_flat('attributes', attributes), **_tags([*own, *store.host_tags(span.host)]), **known}


def of_event(store: Store, event: Mapping[str, Any]) -> dict[str, str]:
    """Return the variables of an event, without their `event.`."""
    host = str(event.get('host') or '')
    tags = [*(event.get('tags') or ()), *(store.host_tags(host) if host else ())]
    known = {
        'id': str(event.get('id') or ''), 'title': str(event.get('title') or ''), 'text': str(event.get('text') or ''),
        'host': host, 'host.name': host, 'tags': ','.join(map(str, event.get('tags') or ())),
        'timestamp': str(int(event['date_happened']) * 1000),
    }  # fmt: skip
    return {**_flat('attributes', event), **_tags(tags), **known}


def _first(attributes: Mapping[str, Any], *paths: str) -> str:
    flat = _flat('', attributes)
    return next((flat[f'.{path}'] for path in paths if f'.{path}' in flat), '')


def _flat(prefix: str, value: Any) -> dict[str, str]:
    """Return what lies below a path: each scalar, and each list of them with commas."""
    return dict(_leaves(prefix, value))


def _leaves(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    pending = [(prefix, value)]
    while pending:
        path, inner = pending.pop()
        if isinstance(inner, Mapping):
            pending += [(f'{path}.{key}', each) for key, each in inner.items()]
        elif isinstance(inner, list):
            yield path, ','.join(written(each) for each in inner if _is_scalar(each))
        elif _is_scalar(inner):
            yield path, written(inner)


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int) or isinstance(value, float) and math.isfinite(value)


def _tags(tags: Sequence[str]) -> dict[str, str]:
    return {f'tags.{key}': value for key, value in by_key(tags).items()}


def by_key(tags: Iterable[str]) -> dict[str, str]:
    """Return the value of each key of tags; several are joined with commas, in their order as strings."""
    return {key: ','.join(sorted(values)) for key, values in values_by_key(map(str, tags)).items()}
