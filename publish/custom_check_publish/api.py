"""An account: its resources of each kind, and what it knows of data, hosts, and users."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from datadog_api_client.v1.api.events_api import EventsApi
from datadog_api_client.v1.api.hosts_api import HostsApi
from datadog_api_client.v1.api.metrics_api import MetricsApi
from datadog_api_client.v1.api.monitors_api import MonitorsApi
from datadog_api_client.v1.api.snapshots_api import SnapshotsApi
from datadog_api_client.v2.api.users_api import UsersApi

from .kinds import Kind, monitor
from .marker import Live, Marker, read
from .transport import ApiError, Shape, Transport

# Hosts in one answer: the documented most.
HOSTS = 1000


class Api:
    """An account. A downtime comes as its attributes plus its `id`; everything else as the JSON of the answer."""

    def __init__(self, transport: Transport) -> None:
        self.now: Callable[[], float] = transport.now
        self._transport = transport
        self._call = transport.call
        self._client = transport.client

    # Its resources

    def owned(self, kind: Kind, name: str) -> Iterator[tuple[Marker, Live]]:
        """Yield each resource of a kind that carries the marker of a name; ended downtimes are not among them."""
        for listed in kind.each(self._transport):
            marker = read(kind.marked_text(listed))
            if marker and marker.name == name and (live := kind.whole(self._transport, listed)) is not None:
                yield marker, live

    def create(self, kind: Kind, marker: Marker, body: dict[str, Any]) -> Live:
        """Create a resource and return it.

        When the answer was lost on the way, the account is looked at again for a resource with this very marker, so
        that nothing is created twice.
        """

        def find() -> Live | None:
            return next((live for other, live in self.owned(kind, marker.name) if other == marker), None)

        return kind.create(self._transport, find, body)

    def update(self, kind: Kind, id_: Any, body: dict[str, Any]) -> Live:
        """Change a resource in place and return it. Of a downtime, only the attributes in `body` change."""
        return kind.update(self._transport, id_, body)

    def delete(self, kind: Kind, id_: Any) -> None:
        """Delete a resource, or cancel a downtime. One that is gone already is no error."""
        try:
            kind.delete(self._transport, id_)
        except ApiError as error:
            if error.status != 404:
                raise

    # What it knows

    def has_user(self, handle: str) -> bool | None:
        """Whether somebody in the account has this handle; None where the key may not know."""
        shape: Shape = {'data': [{'attributes': {'handle': str}}]}
        try:
            answer = self._call(UsersApi(self._client).list_users, shape, filter=handle)
        except ApiError as error:
            if error.status in (401, 403, 404, 501):
                return None
            raise
        return any(user['attributes']['handle'].casefold() == handle.casefold() for user in answer['data'])

    def hosts(self, since: int | None = None) -> list[Live]:
        """Return the hosts that were seen since a POSIX time in seconds, the one that was seen last first.

        Without a time, it is the account that says what lately means: 3 hours.
        """
        shape: Shape = {'host_list': [{'name': str, 'last_reported_time': int}]}
        answer = self._call(
            HostsApi(self._client).list_hosts,
            shape,
            sort_field='last_reported_time',
            sort_dir='desc',
            count=HOSTS,
            include_hosts_metadata=True,
            **({} if since is None else {'_from': since}),
        )
        return list(answer['host_list'])

    def query(self, query: str, start: int, end: int) -> list[Live]:
        """Return the series of a metric query between two POSIX times in seconds."""
        shape: Shape = {'series': [{'pointlist': list}]}
        answer = self._call(MetricsApi(self._client).query_metrics, shape, _from=start, to=end, query=query)
        return list(answer['series'])

    def monitor(self, id_: int) -> Live:
        """Return a monitor with the state of each of its groups."""
        operation = MonitorsApi(self._client).get_monitor
        return dict(self._call(operation, monitor.SHAPE, monitor_id=id_, group_states='all'))

    def snapshot(self, graph: dict[str, Any], title: str, start: int, end: int) -> str:
        """Ask for a picture of a graph between two POSIX times in seconds; return its URL, soon to work."""
        answer = self._call(
            SnapshotsApi(self._client).get_graph_snapshot,
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
        events = EventsApi(self._client)

        def find() -> Live | None:
            end = int(time.time()) + 60
            answer = self._call(
                events.list_events, {'events': [shape]}, start=start, end=end, tags=tag, unaggregated=True
            )
            posted = next((it for it in answer['events'] if tag in (it.get('tags') or [])), None)
            return posted and {'event': posted}

        return self._transport.create(find, events.create_event, {'event': shape}, body=event)['event']
