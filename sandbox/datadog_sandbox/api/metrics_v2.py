"""Metrics, API v2: the names of active ones, in pages, and the tags and the number of series of one."""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from datadog_sandbox import query
from datadog_sandbox.query.scopes import matcher
from datadog_sandbox.query.tree import Query
from datadog_sandbox.store import Series

from .endpoint import Call, Refused, endpoint
from .tag_configurations import KIND

FOREVER = 2**62
ACTIVE, LONGEST = 3600, 2_592_000
"""Seconds for which a metric is active after a point, and the most that a request can ask for."""
TAGGED = 14_400
"""Seconds to look back for tags: as documented, also the least."""
PAGE = 10_000
"""Metrics of a page, and the most."""
PATH = '/api/v2/metrics'
TYPES = ('distribution', 'non_distribution')


def list_metrics(call: Call) -> Any:
    """Answer with the metrics that were active lately, and with the tag configurations of those that have one."""
    since = int(call.now) - call.number('window[seconds]', ACTIVE, LONGEST)
    configurations = {each['id']: each for each in call.store.all(KIND)}
    names = _configured(call, call.store.metrics(since), configurations)
    wanted, kind = _fits(call.query.get('filter[tags]', ''), 'filter[tags]'), call.query.get('filter[metric_type]', '')
    if kind not in ('', *TYPES):
        raise Refused(f'filter[metric_type] must be {" or ".join(TYPES)}, not {kind[:100]!r}')
    if kind or call.query.get('filter[tags]'):
        names = [name for name in names if _has(call, name, since, wanted, kind)]
    page, more = _page(call, names)
    return {'data': [configurations.get(name) or {'type': 'metrics', 'id': name} for name in page], **more}


def _configured(call: Call, active: list[str], configurations: Mapping[str, Any]) -> list[str]:
    """Return the names for `filter[configured]`: as recorded, configured metrics are listed if active or not."""
    match call.query.get('filter[configured]', '').lower():
        case 'true':
            return sorted(configurations)
        case 'false':
            return [name for name in active if name not in configurations]
    return active


def _has(call: Call, name: str, since: int, fits: Callable[[frozenset[str]], bool], kind: str) -> bool:
    """Return whether a series that was active lately has wanted tags, and the metric is of a wanted type."""
    series = _active(call, name, since)
    types = {each.type == 'distribution' for each in series}
    return (not kind or (kind == 'distribution') in types) and any(fits(_tags(call, each)) for each in series)


def list_tags(call: Call) -> Any:
    """Answer with the tags of the points of a metric that came lately."""
    name, match = call.path['name'], call.query.get('filter[match]', '')
    if not call.store.series(name):
        raise Refused('Metric not found', 404)
    window = max(TAGGED, call.number('window[seconds]', TAGGED, LONGEST))
    fits = _fits(call.query.get('filter[tags]', ''), 'filter[tags]')
    tagged = [_tags(call, each) for each in _active(call, name, int(call.now) - window)]
    tags = sorted({tag for some in tagged if fits(some) for tag in some if match in tag})
    if call.query.get('filter[include_tag_values]', '').lower() == 'false':
        tags = list(dict.fromkeys(tag.partition(':')[0] for tag in tags))
    tags = tags[: call.number('page[limit]', len(tags))]
    return {'data': {'type': 'metrics', 'id': name, 'attributes': {'tags': tags}}}


def get_volumes(call: Call) -> Any:
    """Answer with the number of series of the last hour: all that comes in can be queried."""
    name = call.path['name']
    if not call.store.series(name):
        raise Refused(f'{name} not found', 404)
    volume = len(_active(call, name, int(call.now) - ACTIVE))
    attributes = {'indexed_volume': volume, 'ingested_volume': volume}
    return {'data': {'type': 'metric_volumes', 'id': name, 'attributes': attributes}}


def _active(call: Call, name: str, since: int) -> list[Series]:
    series = call.store.series(name)
    return [series[id_] for id_ in call.store.last_times([*series], since, FOREVER)]


def _tags(call: Call, series: Series) -> frozenset[str]:
    return query.tags_of(call.store, series)


def _fits(text: str, name: str) -> Callable[[frozenset[str]], bool]:
    """Return what tells whether tags are in a scope, as between the braces of a query."""
    try:
        [node] = query.parse(f'avg:a{{{text or "*"}}}')
    except (query.QueryError, ValueError) as error:
        raise Refused(f'{name} must be a scope such as env:prod AND service:web*, not {text[:100]!r}') from error
    if not isinstance(node, Query) or node.by:
        raise Refused(f'{name} must be a scope such as env:prod AND service:web*, not {text[:100]!r}')
    return matcher(node.scope)


def _page(call: Call, names: list[str]) -> tuple[list[str], dict[str, Any]]:
    """Return the page of a request for pages, and the `meta` and `links` of its answer; else, all names."""
    cursor, size = call.query.get('page[cursor]', ''), call.number('page[size]', PAGE, PAGE) or PAGE
    if 'page[size]' not in call.query and not cursor:
        return names[:PAGE], {}
    after = _decoded(cursor) if cursor else ''
    names = [name for name in names if name > after]
    following = _encoded(names[size - 1]) if len(names) > size else None
    pagination = {'cursor': cursor or None, 'next_cursor': following, 'limit': size, 'type': 'cursor_limit'}
    first, own, then = (_link(call, {'page[cursor]': place}) for place in ('', cursor, following or ''))
    links = {'self': own, 'first': first, 'prev': None, 'next': then if following else None, 'last': None}
    return names[:size], {'meta': {'pagination': pagination}, 'links': links}


def _link(call: Call, page: dict[str, str]) -> str:
    asked = {name: value for name, value in {**call.query, **page}.items() if value}
    return f'{call.base}{PATH}?{urlencode(asked)}'


def _encoded(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode()


def _decoded(cursor: str) -> str:
    try:
        return base64.b64decode(cursor, b'-_', validate=True).decode()
    except (binascii.Error, ValueError):
        raise Refused(f'page[cursor] must be a cursor of an answer, not {cursor[:100]!r}') from None


UNSUPPORTED = (
    'filter[tags_configured]', 'filter[is_configurable]', 'filter[include_percentiles]', 'filter[queried]',
    'filter[related_assets]', 'include', 'sort',
)  # fmt: skip

routes = [
    endpoint('GET', PATH, list_metrics, unsupported=UNSUPPORTED),
    endpoint('GET', f'{PATH}/{{name}}/all-tags', list_tags),
    endpoint('GET', f'{PATH}/{{name}}/volumes', get_volumes),
]
