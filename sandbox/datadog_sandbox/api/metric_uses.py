"""What reads a metric, API v2: the dashboards, monitors, and objectives of the account, and by which tags."""

from collections.abc import Iterator, Mapping
from typing import Any

from datadog_sandbox import monitors, objectives, query, widgets
from datadog_sandbox.query.scopes import tags_of_scope
from datadog_sandbox.query.tree import Query
from datadog_sandbox.store import Store

from .endpoint import Call, Refused, endpoint
from .tag_configurations import AGGREGATIONS

PATH = '/api/v2/metrics/{name}'
SPACE, TIME = ('avg', 'max', 'min', 'sum'), ('avg', 'count', 'max', 'min', 'sum')
"""The aggregations that an answer can name."""


def get_active_configurations(call: Call) -> Any:
    """Answer with the tags and aggregations by which dashboards and monitors query a metric.

    Approximated: Datadog also counts the queries of a time by its explorer and its API, of which nothing is kept here.
    """
    kind = type_of(call)
    if kind is None:
        raise Refused(f'{call.path["name"]} not found', 404)
    reads = [read for read in _reads(call) if read.metric == call.path['name']]
    tags = {key for read in reads for key in read.by}
    tags |= {tag.partition(':')[0] for read in reads for tag in tags_of_scope(read.scope) if ':' in tag}
    pairs = {(read.aggregator, read.method or AGGREGATIONS.get(kind, 'avg')) for read in reads}
    aggregations = [{'space': space, 'time': time} for space, time in sorted(pairs) if space in SPACE and time in TIME]
    return _answer(call, {'active_tags': sorted(tags), 'active_aggregations': aggregations})


def type_of(call: Call) -> str | None:
    """Return the type of the metric in the path; None of one without points."""
    series = [*call.store.series(call.path['name']).values()]
    return series[-1].type if series else None


def _answer(call: Call, attributes: Mapping[str, Any]) -> dict[str, Any]:
    data = {'type': 'actively_queried_configurations', 'id': call.path['name'], 'attributes': attributes}
    return {'data': data}


def _reads(call: Call) -> Iterator[Query]:
    for dashboard in call.store.all('dashboard'):
        yield from widgets.metric_queries(dashboard.get('widgets') or [])
    for monitor in call.store.all('monitor'):
        if monitors.metrics(monitor):
            yield from query.queried(query.parse_monitor(monitor['query']).query)


def get_assets(call: Call) -> Any:
    """Answer with the dashboards, monitors, and objectives that read a metric."""
    name = call.path['name']
    related = [
        ('dashboards', board['id'], {'title': board['title'], 'popularity': 0})
        for board in call.store.all('dashboard')
        if name in widgets.metrics(board.get('widgets') or [])
    ]
    related += [
        ('monitors', str(monitor['id']), {'title': monitor['name']})
        for monitor in call.store.all('monitor')
        if name in monitors.metrics(monitor)
    ]
    related += [
        ('slos', slo['id'], {'title': slo['name']})
        for slo in call.store.all('slo')
        if slo['type'] == 'metric' and name in _metrics_of(slo)
    ]
    if not related and type_of(call) is None:
        raise Refused(f'{name} not found', 404)
    kinds = dict.fromkeys(kind for kind, _, _ in related)
    places = {kind: {'data': [{'id': id_, 'type': kind} for each, id_, _ in related if each == kind]} for kind in kinds}
    included = [{'id': id_, 'type': kind, 'attributes': attributes} for kind, id_, attributes in related]
    return {'data': {'id': name, 'type': 'metrics', 'relationships': places}, 'included': included}


def used_metrics(store: Store) -> set[str]:
    """Return the metrics that a dashboard, a monitor, or an objective reads."""
    boards = [widgets.metrics(board.get('widgets') or []) for board in store.all('dashboard')]
    others = [monitors.metrics(monitor) for monitor in store.all('monitor')]
    slos = [_metrics_of(slo) for slo in store.all('slo') if slo['type'] == 'metric']
    return set().union(*boards, *others, *slos)


def _metrics_of(slo: Mapping[str, Any]) -> set[str]:
    queries, good, total = objectives.formulas(slo)
    return {read.metric for formula in (good, total) for read in query.queried(formula, queries)}


routes = [
    endpoint('GET', f'{PATH}/active-configurations', get_active_configurations, unsupported=('window[seconds]',)),
    endpoint('GET', f'{PATH}/assets', get_assets),
]
