"""What follows the check: a sandbox in this process, with the timeboard, the monitors, and the downtimes in it."""

import json
import platform
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
import urllib3
from custom_check_publish import assets
from custom_check_publish.api import Api
from custom_check_publish.kinds import DASHBOARD, MONITOR
from custom_check_publish.plan import compare
from custom_check_publish.publication import Publication
from custom_check_publish.transport import Transport
from datadog_sandbox.pages import static
from datadog_sandbox.payload_pb2 import Metrics
from datadog_sandbox.server import create_app, listen, running
from datadog_sandbox.store import Store

from tools.collector import Point
from tools.rehearsal import Rehearsal
from tools.scheduler import Clock
from tools.working_day import zone_name

ROOT = Path(__file__).parents[1]
PORT = 4500
"""The first port that is tried. The next free one is taken when it is not free."""
OWNER = 'you@example.com'
"""Whom the monitors and the downtimes mail. No mail leaves the sandbox."""
# The sandbox takes any keys.
KEY = 'any-key'
TYPES = {'count': 1, 'rate': 2, 'gauge': 3}
"""The number of each type in an Agent's payload."""
HOST_METADATA_EVERY = 300.0
"""Seconds between two reports of the host, which keep it alive in the account."""


class Pipeline:
    """Sends points to a sandbox as an Agent does, and says what the monitors make of them."""

    def __init__(self, url: str, store: Store, clock: Clock, host: str) -> None:
        self.url = url
        self.store = store
        self._clock = clock
        self._host = host
        self._http = urllib3.PoolManager(retries=False)
        self._reported = 0.0
        self._monitors: list[tuple[int, str]] = []

    def publish(self, folder: Path) -> str:
        """Put the assets of an integration into the sandbox with the code of the publishing command.

        Returns where its first dashboard is, or else the address of the sandbox.
        """
        api = Api(Transport(self.url, KEY, KEY, note=lambda _: None))
        now = datetime.fromtimestamp(self._clock.now(), UTC)
        # A name for each integration: with --file, one sandbox may hold several.
        name = folder.name
        try:
            wanted = _wanted(Publication(folder / 'assets', name, now, [OWNER], zone_name()))
        except assets.AssetError as error:
            # Not every integration has dashboards and monitors. Its points are worth seeing all the same.
            click.echo(f'{name} is not published: {error}', err=True)
            return self.url
        for change in compare(wanted, api, name).pending():
            change.carry_out(api)
        self._monitors = [(live['id'], marker.key) for marker, live in api.owned(MONITOR, name)]
        boards = [live['id'] for _, live in api.owned(DASHBOARD, name)]
        return f'{self.url}/dashboard/{boards[0]}' if boards else self.url

    def send(
        self, points: Sequence[Point], checks: Sequence[dict[str, Any]] = (), events: Sequence[dict[str, Any]] = ()
    ) -> None:
        """Post what a run submitted to the intake, as an Agent does. Raises `urllib3.exceptions.HTTPError`."""
        if self._clock.now() - self._reported > HOST_METADATA_EVERY:
            self._report_host()
        # The intake refuses an empty body.
        if points:
            self._send_points(points)
        if checks:
            self._post('/api/v1/check_run', json=checks)
        if events:
            self._post('/intake/', json={'internalHostname': self._host, 'events': {'api': events}})

    def _send_points(self, points: Sequence[Point]) -> None:
        payload = Metrics()
        for point in points:
            series = payload.series.add(
                metric=point['metric'], tags=point['tags'], type=TYPES.get(point['type'], TYPES['gauge'])
            )
            if point['host']:
                series.resources.add(type='host', name=point['host'])
            if 'device' in point:
                series.resources.add(type='device', name=point['device'])
            for at, value in point['points']:
                series.points.add(timestamp=at, value=value)
        headers = {'Content-Type': 'application/x-protobuf'}
        self._post('/api/v2/series', headers=headers, body=payload.SerializeToString())

    def _report_host(self) -> None:
        self._reported = self._clock.now()
        body = {
            'internalHostname': self._host,
            'agentVersion': f'make run {version("datadog-custom-check")}',
            'os': platform.system().lower(),
            'host-tags': {'system': ['env:dev', 'team:custom-check']},
            # A string of JSON within the JSON, as an Agent sends it.
            'gohai': json.dumps({'network': {'ipaddress': address()}}),
        }
        self._post('/intake/', json=body)
        # https://docs.datadoghq.com/integrations/agent/#service-checks
        up = {'check': 'datadog.agent.up', 'host_name': self._host, 'status': 0, 'timestamp': int(self._reported)}
        self._post('/api/v1/check_run', json=[up])

    def _post(self, path: str, **what: Any) -> None:
        what['headers'] = {'DD-API-KEY': KEY, **what.get('headers', {})}
        answer = self._http.request('POST', f'{self.url}{path}', timeout=10.0, **what)
        if answer.status >= 300:
            raise urllib3.exceptions.HTTPError(f'{path} answered {answer.status}: {answer.data[:200]!r}')

    def states(self, point: Point) -> list[str]:
        """Return the state of each monitor for the group of a point, such as `device_silent OK`."""
        groups = {f'host:{point["host"]}', f'device:{point["device"]}' if 'device' in point else ''}
        return [
            # A new group is skipped for the `new_group_delay` of the monitor.
            f'{key} {"New" if state["status"] == "Skipped" else state["status"]}'
            for id_, key in self._monitors
            for group, state in self.store.states(id_).items()
            if group in groups
        ]


def _wanted(publication: Publication) -> list[assets.Resource]:
    """Return what an integration has of dashboards and monitors, with our downtimes if it has both.

    Raises `assets.AssetError`, also when it has neither.
    """
    has = {kind: any((publication.assets / kind).glob('*.json')) for kind in ('dashboards', 'monitors')}
    if not any(has.values()):
        raise assets.AssetError('it has no dashboard and no monitor')
    if not has['monitors']:
        return assets.load_dashboards(publication)
    return assets.load(publication) if has['dashboards'] else assets.load_monitors(publication)


def address() -> str:
    """Return the IP address of this machine that it would reach others from, or that of the machine itself."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Sends nothing: the address is one that RFC 5737 reserves for documents.
            probe.connect(('192.0.2.1', 9))
        except OSError:
            return '127.0.0.1'
        return str(probe.getsockname()[0])


@contextmanager
def opened(
    file: Path | None, clock: Clock, host: str, rehearsal: Rehearsal | None, port: int | None = None
) -> Iterator[Pipeline]:
    """Start a sandbox in this process, and stop it at the end. Without a file, its data is gone then.

    Raises `sqlite3.Error` for a file that cannot be used, and `OSError` when the port, or any port, is not free.
    """
    store = Store(file)
    app = create_app(store, clock.now)
    app.state.panel, app.state.speed = rehearsal, clock.speed
    # Takes about two seconds once, in which the first page is there but its charts are not.
    threading.Thread(target=static.bundle, daemon=True).start()
    try:
        with running(app, listen(port=PORT if port is None else port, next_free=port is None)) as url:
            yield Pipeline(url, store, clock, host)
    finally:
        store.close()
