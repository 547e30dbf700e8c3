"""The hosts, and one with its checks and the monitors that watch it."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from datadog_sandbox.natural import natural
from datadog_sandbox.store import Host, ServiceCheck, Store
from datadog_sandbox.times import MINUTE

from .agent_checks import agent_checks
from .frame import HEADERS, not_found, render
from .listing import Column, Listing, document
from .traces import SPANS, latest
from .words import check_status, duration, monitor_name, severity

NO_CHECK = 'No check'
STARTING = 2 * MINUTE
"""Seconds in which the first status of a check comes from an Agent that starts."""
STATUSES = ('Critical', 'Warning', 'Unknown', 'OK')
"""From the worst to the best."""


class Row(NamedTuple):
    """A host in the list."""

    host: Host
    checks: Sequence[ServiceCheck]

    @property
    def counts(self) -> list[tuple[str, int]]:
        """How many checks have each status."""
        counts = Counter(check_status(check.status) for check in self.checks)
        return [(status, counts[status]) for status in STATUSES if counts[status]]

    @property
    def state(self) -> str:
        """The worst status of its checks."""
        return next((status for status, _ in self.counts), NO_CHECK)

    @property
    def version(self) -> str:
        return str(self.host.meta.get('agentVersion') or '')


HOSTS = Listing[Row](
    'host',
    (
        Column('name', 'Host', lambda row: natural(row.host.name)),
        Column('state', 'Worst check', lambda row: (severity(row.state), natural(row.host.name))),
        Column('checks', 'Checks', lambda row: len(row.checks), descending=True),
        Column('agent', 'Agent', lambda row: natural(row.version)),
        Column('tags', 'Tags'),
        Column('seen', 'Last seen', lambda row: row.host.last_seen, descending=True),
    ),
    lambda row: document([], row.host.tags, host=[row.host.name], state=[row.state], agent=[row.version]),
    {'state': 'Worst check', 'agent': 'Agent'},
    'web env:prod -state:ok',
    completed='hosts',
    default='state',
)
CHECKS = Listing[ServiceCheck](
    'check',
    (
        Column('name', 'Check', lambda check: (natural(check.name), check.tags)),
        Column('status', 'Status', lambda check: (STATUSES.index(check_status(check.status)), natural(check.name))),
        Column('tags', 'Tags'),
        Column('message', 'Message'),
        Column('time', 'Reported', lambda check: check.time, descending=True),
    ),
    lambda check: document([check.message], check.tags, check=[check.name], status=[check_status(check.status)]),
    {'status': 'Status'},
    'connect status:critical',
    prefix='check_',
    default='status',
)


class Metric(NamedTuple):
    """A metric that a host sends."""

    name: str
    series: int
    """How many there are."""
    last: int
    """The time of the last point."""
    latest: int
    """The id of the series that has this point."""


METRICS = Listing[Metric](
    'metric',
    (
        Column('name', 'Metric', lambda metric: natural(metric.name)),
        Column('series', 'Series', lambda metric: metric.series, descending=True, number=True),
        Column('value', 'Last value', number=True),
        Column('last', 'Last point', lambda metric: metric.last, descending=True),
    ),
    lambda metric: document([], metric=[metric.name]),
    {},
    'system.cpu',
    size=25,
    prefix='metric_',
)
TRACES = 10
"""Traces on the page of a host: the latest."""


def rows(request: Request) -> list[Row]:
    store: Store = request.app.state.store
    checks = defaultdict(list)
    for check in store.service_checks():
        checks[check.host].append(check)
    return [Row(_tagged(store, host), checks[host.name]) for host in store.hosts()]


def hosts(request: Request) -> Response:
    return render(request, 'hosts.html', list=HOSTS.page(rows(request), request.query_params))


def host_page(request: Request) -> Response:
    store: Store = request.app.state.store
    name = request.path_params['name']
    host = store.host(name)
    if host is None:
        return not_found(request, f'There is no host {name}.')
    row = Row(_tagged(store, host), [check for check in store.service_checks() if check.host == name])
    metrics = METRICS.page(_metrics(store, name), request.query_params)
    traces = [trace for trace in latest(store.spans(limit=SPANS)) if any(span.host == name for span in trace.spans)]
    return render(
        request,
        'host.html',
        row=row,
        checks=CHECKS.page(row.checks, request.query_params),
        agent_checks=agent_checks(host.meta),
        without_checks=_without_checks(host, int(request.app.state.clock())),
        watching=_watching(store, name),
        metrics=metrics,
        values={metric.name: store.value_at(metric.latest, metric.last) for metric in metrics.rows},
        traces=traces[:TRACES],
    )


def _tagged(store: Store, host: Host) -> Host:
    """Return a host with the tags that clients gave to it, too."""
    return host._replace(tags=store.host_tags(host.name))


def _metrics(store: Store, host: str) -> list[Metric]:
    """Return the metrics that a host sends."""
    names: dict[str, list[int]] = defaultdict(list)
    for id_, series in store.series_of_host(host).items():
        names[series.metric].append(id_)
    every = ((name, ids, store.last_times(ids)) for name, ids in names.items())
    latest_of = ((name, ids, times, max(times, key=times.__getitem__)) for name, ids, times in every if times)
    return [Metric(name, len(ids), times[id_], id_) for name, ids, times, id_ in latest_of]


def _without_checks(host: Host, now: int) -> str:
    """Return why no check of a host has a status yet, and when that changes."""
    silence = now - host.last_seen
    if silence > STARTING:
        return f'No check has reported, and nothing has come from this host for {duration(silence)}: is its Agent on?'
    if host.meta:
        return (
            'No check has reported yet. An Agent runs each check every 15 seconds by default, and sends '
            f'its status with the next flush: within {duration(STARTING)} of its start there should be the first one.'
        )
    return (
        'Metrics come from this host, and no status of a check: whoever sends them posts none to /api/v1/check_run. '
        'An Agent does by itself.'
    )


def _watching(store: Store, host: str) -> list[dict[str, Any]]:
    """Return the groups of monitors that are about a host, the worst first."""
    rows = [
        {'monitor': monitor['id'], 'name': monitor_name(monitor), 'group': group, **state}
        for monitor in store.all('monitor')
        for group, state in store.states(monitor['id']).items()
        if (state.get('tags') or {}).get('host') == host
    ]
    return sorted(rows, key=lambda row: (severity(row['status']), natural(row['name']), natural(row['group'])))


def infrastructure(request: Request) -> Response:
    """Lead from Datadog's addresses to the page of a host, or to the list."""
    name = request.query_params.get('hostname') or request.query_params.get('host')
    return RedirectResponse(f'/hosts/{quote(name, safe="")}' if name else '/hosts', 303, HEADERS)


routes: list[BaseRoute] = [
    Route('/hosts', hosts),
    Route('/hosts/{name:path}', host_page),
    Route('/infrastructure', infrastructure),
]
