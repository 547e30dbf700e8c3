"""The operations of Datadog's API that this package needs, one method each."""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from datadog_api_client.v1.api.dashboards_api import DashboardsApi
from datadog_api_client.v1.api.events_api import EventsApi
from datadog_api_client.v1.api.hosts_api import HostsApi
from datadog_api_client.v1.api.metrics_api import MetricsApi
from datadog_api_client.v1.api.monitors_api import MonitorsApi
from datadog_api_client.v1.api.snapshots_api import SnapshotsApi
from datadog_api_client.v2.api.downtimes_api import DowntimesApi
from datadog_api_client.v2.api.users_api import UsersApi

from .marker import MANAGED_BY, Kind, Live, Marker, read
from .transport import NO_CONTENT, ApiError, Shape, Transport

# The documented page sizes: the default of dashboards, the most for monitors, the documents' example for downtimes.
DASHBOARDS_PAGE, MONITORS_PAGE, DOWNTIMES_PAGE = 100, 1000, 100
# Hosts in one answer: the documented most.
HOSTS = 1000
# What the rest of the package relies on.
DASHBOARD: Shape = {'id': str, 'description': str | None}
MONITOR: Shape = {'id': int, 'tags': list | None}
DOWNTIME: Shape = {'id': str, 'attributes': {'message': str | None}}


class Api:
    """An account. A downtime comes as its attributes plus its `id`; everything else as the JSON of the answer."""

    def __init__(self, transport: Transport) -> None:
        self.now = transport.now
        self._call = transport.call
        self._create = transport.create
        client = transport.client
        self._dashboards = DashboardsApi(client)
        self._monitors = MonitorsApi(client)
        self._downtimes = DowntimesApi(client)
        self._snapshots = SnapshotsApi(client)
        self._events = EventsApi(client)
        self._users = UsersApi(client)
        self._hosts = HostsApi(client)
        self._metrics = MetricsApi(client)

    # What the account holds

    def owned(self, kind: Kind, name: str) -> Iterator[tuple[Marker, Live]]:
        """Yield each resource of a kind that carries the marker of a name; ended downtimes are not among them."""
        listed = {'dashboard': self.dashboards, 'monitor': self.monitors, 'downtime': self.downtimes}[kind]()
        for live in listed:
            marker = read(kind, live)
            if not marker or marker.name != name:
                continue
            if kind != 'dashboard':
                yield marker, live
            elif (whole := self.dashboard(live['id'])) is not None:
                yield marker, whole

    def dashboards(self) -> Iterator[Live]:
        """Yield the summary of each dashboard."""

        def page(_: int, start: int) -> Iterable[Live]:
            answer = self._call(
                self._dashboards.list_dashboards, {'dashboards': [DASHBOARD]}, start=start, count=DASHBOARDS_PAGE
            )
            return answer['dashboards']

        return _pages(page)

    def dashboard(self, id_: str) -> Live | None:
        """Return a dashboard whole, where the list holds summaries; None for one that is gone since."""
        try:
            return self._call(self._dashboards.get_dashboard, DASHBOARD, dashboard_id=id_)
        except ApiError as error:
            if error.status != 404:
                raise
            return None

    def monitors(self) -> Iterator[Live]:
        """Yield each monitor that this command manages."""

        def page(number: int, _: int) -> Iterable[Live]:
            # The server filters, so an account of thousands costs one page; `owned` filters again.
            return self._call(
                self._monitors.list_monitors,
                [MONITOR],
                monitor_tags=MANAGED_BY,
                page=number,
                page_size=MONITORS_PAGE,
            )

        return _pages(page)

    def downtimes(self) -> Iterator[Live]:
        """Yield each downtime that has not ended."""

        def page(_: int, offset: int) -> Iterable[Live]:
            answer = self._call(
                self._downtimes.list_downtimes, {'data': [DOWNTIME]}, page_offset=offset, page_limit=DOWNTIMES_PAGE
            )
            return answer['data']

        for live in map(_flat, _pages(page)):
            # A cancelled downtime stays in the list for about two days.
            if live.get('status') not in ('canceled', 'ended') and not live.get('canceled'):
                yield live

    def has_user(self, handle: str) -> bool | None:
        """Whether somebody in the account has this handle; None where the key may not know."""
        shape: Shape = {'data': [{'attributes': {'handle': str}}]}
        try:
            answer = self._call(self._users.list_users, shape, filter=handle)
        except ApiError as error:
            if error.status in (401, 403, 404, 501):
                return None
            raise
        return any(user['attributes']['handle'].casefold() == handle.casefold() for user in answer['data'])

    # What it makes of the data

    def hosts(self) -> list[Live]:
        """Return the hosts that were seen lately, the one that was seen last first."""
        shape: Shape = {'host_list': [{'name': str, 'last_reported_time': int}]}
        answer = self._call(
            self._hosts.list_hosts,
            shape,
            sort_field='last_reported_time',
            sort_dir='desc',
            count=HOSTS,
            include_hosts_metadata=True,
        )
        return list(answer['host_list'])

    def query(self, query: str, start: int, end: int) -> list[Live]:
        """Return the series of a metric query between two POSIX times in seconds."""
        shape: Shape = {'series': [{'pointlist': list}]}
        answer = self._call(self._metrics.query_metrics, shape, _from=start, to=end, query=query)
        return list(answer['series'])

    def monitor(self, id_: int) -> Live:
        """Return a monitor with the state of each of its groups."""
        return dict(self._call(self._monitors.get_monitor, MONITOR, monitor_id=id_, group_states='all'))

    # What changes it

    def create(self, kind: Kind, marker: Marker, body: dict[str, Any]) -> Live:
        """Create a resource and return it.

        When the answer was lost on the way, the account is looked at again for a resource with this very marker, so
        that nothing is made twice.
        """

        def find() -> Live | None:
            return next((live for found, live in self.owned(kind, marker.name) if found == marker), None)

        if kind == 'dashboard':
            return self._create(find, self._dashboards.create_dashboard, DASHBOARD, body=body)
        if kind == 'monitor':
            return self._create(find, self._monitors.create_monitor, MONITOR, body=body)
        request = {'data': {'type': 'downtime', 'attributes': body}}
        return _flat(self._create(find, self._downtimes.create_downtime, {'data': DOWNTIME}, body=request))

    def update(self, kind: Kind, id_: Any, body: dict[str, Any]) -> Live:
        """Change a resource in place and return it. Of a downtime, only the attributes in `body` change."""
        if kind == 'dashboard':
            return self._call(self._dashboards.update_dashboard, DASHBOARD, dashboard_id=id_, body=body)
        if kind == 'monitor':
            return self._call(self._monitors.update_monitor, MONITOR, monitor_id=id_, body=body)
        request = {'data': {'type': 'downtime', 'id': id_, 'attributes': body}}
        return _flat(self._call(self._downtimes.update_downtime, {'data': DOWNTIME}, downtime_id=id_, body=request))

    def delete(self, kind: Kind, id_: Any) -> None:
        """Delete a resource, or cancel a downtime. One that is gone already is no error."""
        try:
            if kind == 'dashboard':
                self._call(self._dashboards.delete_dashboard, {'deleted_dashboard_id': str}, dashboard_id=id_)
            elif kind == 'monitor':
                self._call(self._monitors.delete_monitor, {'deleted_monitor_id': int}, monitor_id=id_)
            else:
                self._call(self._downtimes.cancel_downtime, NO_CONTENT, downtime_id=id_)
        except ApiError as error:
            if error.status != 404:
                raise

    def snapshot(self, graph: dict[str, Any], title: str, start: int, end: int) -> str:
        """Ask for a picture of a graph between two POSIX times in seconds; return its URL, soon to work."""
        answer = self._call(
            self._snapshots.get_graph_snapshot,
            {'snapshot_url': str},
            start=start,
            end=end,
            graph_def=json.dumps(graph),
            title=title,
        )
        return answer['snapshot_url']

    def post_event(self, event: dict[str, Any], tag: str, start: int) -> Live:
        """Post an event and return it. `tag` is one of its tags, its own: after a lost answer it is looked for."""
        shape: Shape = {'id': int, 'tags': list | None}

        def find() -> Live | None:
            answer = self._call(
                self._events.list_events,
                {'events': [shape]},
                start=start,
                end=int(time.time()) + 60,
                tags=tag,
                unaggregated=True,
            )
            found = next((one for one in answer['events'] if tag in (one.get('tags') or [])), None)
            return found and {'event': found}

        return self._create(find, self._events.create_event, {'event': shape}, body=event)['event']


def _pages(page: Callable[[int, int], Iterable[Live]]) -> Iterator[Live]:
    """Yield each item of a list once. `page` is asked for by its number and by the count of items before it.

    The list ends at a page with nothing new: a short page need not be the last, and a server that does not count pages
    sends the same one again.
    """
    seen: set[Any] = set()
    number = items = 0
    while True:
        found = list(page(number, items))
        new = [one for one in found if one['id'] not in seen]
        if not new:
            return
        seen |= {one['id'] for one in new}
        yield from new
        number, items = number + 1, items + len(found)


def _flat(answer: Live) -> Live:
    """Return a downtime in the form that `owned` gives, from an answer about it."""
    data = answer.get('data', answer)
    return data['attributes'] | {'id': data['id']} if 'attributes' in data else data
