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
from .metric_uses import used_metrics
from .tag_configurations import KIND

ACTIVE, LONGEST = 3600, 2_592_000
"""Seconds for which a metric is active after a point, and the most that a request can ask for."""
TAGGED = 14_400
"""Seconds to look back for tags: as documented, also the least."""
PAGE = 10_000
"""Metrics of a page, and the most."""
PATH = '/api/v2/metrics'
MOST_TAGS = 1_000_000
"""Tags of a metric in one answer."""
TYPES = ('distribution', 'non_distribution')


def list_metrics(call: Call) -> Any:
    """Answer with the metrics that were active lately, and with the tag configurations of those that have one."""
    since = int(call.now) - call.number('window[seconds]', ACTIVE, LONGEST, least=1)
    configurations = {each['id']: each for each in call.store.all(KIND)}
    names = _configured(call, call.store.metrics(since), configurations)
    wanted = fits_of(call.query.get('filter[tags]', ''), 'filter[tags]')
    kind = call.query.get('filter[metric_type]', '')
    if kind not in ('', *TYPES):
        raise Refused(f'filter[metric_type] must be {" or ".join(TYPES)}, not {kind[:100]!r}')
    if kind or call.query.get('filter[tags]'):
        names = [name for name in names if _has(call, name, since, wanted, kind)]
    if keys := set(call.words('filter[tags_configured]')):
        tags = {name: each['attributes'].get('tags') or [] for name, each in configurations.items()}
        names = [name for name in names if keys <= set(tags.get(name, ()))]
    if call.flag('filter[related_assets]'):
        used = used_metrics(call.store)
        names = [name for name in names if name in used]
    page, more = _page(call, names)
    return {'data': [configurations.get(name) or {'type': 'metrics', 'id': name} for name in page], **more}


def _configured(call: Call, active: list[str], configurations: Mapping[str, Any]) -> list[str]:
    """Return the names for `filter[configured]`: as recorded, configured metrics are listed if active or not."""
    if not call.query.get('filter[configured]'):
        return active
    if call.flag('filter[configured]'):
        return sorted(configurations)
    return [name for name in active if name not in configurations]


def _has(call: Call, name: str, since: int, fits: Callable[[frozenset[str]], bool], kind: str) -> bool:
    """Return whether a series that was active lately has wanted tags, and the metric is of a wanted type."""
    series = active_series(call, name, since)
    types = {each.type == 'distribution' for each in series}
    return (not kind or (kind == 'distribution') in types) and any(fits(tags_of(call, each)) for each in series)


def list_tags(call: Call) -> Any:
    """Answer with the tags of the points of a metric that came lately."""
    name, match = call.path['name'], call.query.get('filter[match]', '')
    if not call.store.series(name):
        raise Refused('Metric not found', 404)
    window = max(TAGGED, call.number('window[seconds]', TAGGED, LONGEST, least=1))
    fits = fits_of(call.query.get('filter[tags]', ''), 'filter[tags]')
    tagged = [tags_of(call, each) for each in active_series(call, name, int(call.now) - window)]
    tags = sorted({tag for some in tagged if fits(some) for tag in some if match in tag})
    if not call.flag('filter[include_tag_values]', True):
        tags = list(dict.fromkeys(tag.partition(':')[0] for tag in tags))
    tags = tags[: call.number('page[limit]', MOST_TAGS, MOST_TAGS, least=1)]
    return {'data': {'type': 'metrics', 'id': name, 'attributes': {'tags': tags}}}


def get_cardinalities(call: Call) -> Any:
    """Answer with the keys of the tags of a metric, and how many more values each has than an hour before.

    Approximated: the documents do not say how long a recent change is.
    """
    name, now = call.path['name'], int(call.now)
    series = call.store.series(name)
    if not series:
        raise Refused(f'{name} not found', 404)
    before, lately = (
        query.values_by_key(
            tag for id_ in call.store.last_times([*series], start, start + ACTIVE) for tag in tags_of(call, series[id_])
        )
        for start in (now - 2 * ACTIVE, now - ACTIVE)
    )
    data = [
        {
            'type': 'tag_cardinality',
            'id': key,
            'attributes': {'cardinality_delta': len(lately.get(key, ())) - len(before.get(key, ()))},
        }
        for key in sorted({*before, *lately})
    ]
    return {'data': data, 'meta': {'metric_name': name}}


def get_volumes(call: Call) -> Any:
    """Answer with the number of series of the last hour: all that comes in can be queried."""
    name = call.path['name']
    if (window := call.number('window[seconds]', ACTIVE)) != ACTIVE:
        raise Refused(f'The sandbox supports only {ACTIVE} as window[seconds], not {window}')
    if not call.store.series(name):
        raise Refused(f'{name} not found', 404)
    volume = len(active_series(call, name, int(call.now) - ACTIVE))
    attributes = {'indexed_volume': volume, 'ingested_volume': volume}
    return {'data': {'type': 'metric_volumes', 'id': name, 'attributes': attributes}}


def active_series(call: Call, name: str, since: int) -> list[Series]:
    """Return the series of a metric that have points since a time, in seconds."""
    series = call.store.series(name)
    return [series[id_] for id_ in call.store.last_times([*series], since)]


def tags_of(call: Call, series: Series) -> frozenset[str]:
    """Return the tags of a series, with those of its host."""
    return query.tags_of(call.store, series)


def fits_of(text: str, name: str) -> Callable[[frozenset[str]], bool]:
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
    cursor, size = call.query.get('page[cursor]', ''), call.number('page[size]', PAGE, PAGE, least=1)
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


UNSUPPORTED = ('filter[is_configurable]', 'filter[include_percentiles]', 'filter[queried]', 'include', 'sort')

routes = [
    endpoint('GET', PATH, list_metrics, unsupported=UNSUPPORTED),
    endpoint('GET', f'{PATH}/{{name}}/all-tags', list_tags),
    endpoint('GET', f'{PATH}/{{name}}/tag-cardinalities', get_cardinalities),
    endpoint('GET', f'{PATH}/{{name}}/volumes', get_volumes),
]
