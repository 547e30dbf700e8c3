"""What `make run` sends to the sandbox, and what it publishes there."""

import ipaddress
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3
from datadog_sandbox.store import Series, ServiceCheck, Store
from tools import pipeline
from tools.collector import Point
from tools.pipeline import Pipeline
from tools.scheduler import Clock

CHECK = Path(__file__).parents[2] / 'custom_check'
NOW = 1_795_003_200
POINT: Point = {'metric': 'my_metric', 'points': [(NOW, 421)], 'type': 'gauge', 'tags': ['a:b'], 'host': 'web-1'}
DEVICE: Point = {**POINT, 'device': 'wristband-1', 'points': [(NOW - 45, 7), (NOW, 8)]}


class Standing(Clock):
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.at = float(NOW)

    def now(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Standing:
    return Standing()


@pytest.fixture
def running(clock: Standing, tmp_path: Path) -> Iterator[tuple[Pipeline, Store]]:
    file = tmp_path / 'sandbox.db'
    with pipeline.opened(file, clock, 'web-1', None) as opened:
        yield opened, opened.store


def received(store: Store) -> dict[str, int]:
    return {row.path: row.requests for row in store.received()}


def test_points_arrive_with_their_host_and_device(running: tuple[Pipeline, Store]) -> None:
    opened, store = running
    opened.send([POINT, DEVICE, {**POINT, 'type': 'rate', 'metric': 'other', 'host': ''}])

    [(plain, first), (device, second)] = store.series('my_metric').items()
    assert first == Series('my_metric', 'web-1', ('a:b',), 'gauge')
    assert second == Series('my_metric', 'web-1', ('a:b', 'device:wristband-1'), 'gauge')
    rows, times, values = store.points([plain, device], NOW - 45, NOW + 1)
    assert (rows.tolist(), times.tolist(), values.tolist()) == ([0, 1, 1], [NOW, NOW - 45, NOW], [421, 7, 8])
    assert list(store.series('other').values()) == [Series('other', '', ('a:b',), 'rate')]


def test_service_checks_and_events_arrive_without_a_point(running: tuple[Pipeline, Store]) -> None:
    opened, store = running
    check = {'check': 'old.up', 'host_name': 'web-1', 'status': 2, 'tags': ['a:b'], 'message': 'no', 'timestamp': NOW}
    opened.send([], [check], [{'msg_title': 'Restarted', 'msg_text': 'again', 'timestamp': NOW, 'tags': ['c:d']}])

    assert ServiceCheck('old.up', 'web-1', ('a:b',), 2, NOW, 'no') in store.service_checks()
    [event] = store.events(NOW, NOW + 1)
    assert (event['title'], event['text'], event['host'], event['tags']) == ('Restarted', 'again', 'web-1', ['c:d'])
    assert '/api/v2/series' not in received(store)


def test_the_host_is_reported_at_the_first_points_and_each_five_minutes(
    running: tuple[Pipeline, Store], clock: Standing
) -> None:
    opened, store = running
    for later, reports in ((0, 1), (300, 1), (301, 2), (302, 2)):
        clock.at = NOW + later
        opened.send([POINT])
        assert received(store)['/intake/'] == reports
    host = store.host('web-1')
    assert host and host.tags == ('env:dev', 'team:custom-check')
    # What a message shows as {{host.ip}}.
    assert ipaddress.ip_address(host.meta['gohai']['network']['ipaddress'])
    assert host.meta['agentVersion'].startswith('make run ')
    # Without it, the page of the host waits for a check that never comes.
    assert store.service_checks() == [ServiceCheck('datadog.agent.up', 'web-1', (), 0, NOW + 301, '')]


def test_the_assets_are_published_once_and_mail_nobody_real(running: tuple[Pipeline, Store]) -> None:
    opened, store = running
    address = opened.publish(CHECK)

    [board] = store.all('dashboard')
    assert address == f'{opened.url}/dashboard/{board["id"]}'
    assert len(board['widgets']) == 4
    assert len(store.all('monitor')) == len(store.all('downtime')) == 2
    assert {address for mail in store.mails() for address in mail.body['to']} == {'you@example.com'}
    assert opened.publish(CHECK) == address
    assert len(store.all('monitor')) == len(store.all('downtime')) == 2


@pytest.mark.parametrize(('kind', 'counts'), [('dashboards', (1, 0)), ('monitors', (0, 2))])
def test_an_integration_may_have_only_dashboards_or_only_monitors(
    kind: str, counts: tuple[int, int], running: tuple[Pipeline, Store], tmp_path: Path
) -> None:
    opened, store = running
    shutil.copytree(CHECK / 'assets' / kind, tmp_path / 'other' / 'assets' / kind)
    address = opened.publish(tmp_path / 'other')
    assert (len(store.all('dashboard')), len(store.all('monitor')), store.all('downtime')) == (*counts, [])
    assert address.removeprefix(opened.url).startswith('/dashboard/') == (kind == 'dashboards')


def test_the_states_are_those_of_the_groups_of_a_point(running: tuple[Pipeline, Store]) -> None:
    opened, store = running
    opened.publish(CHECK)
    assert opened.states(DEVICE) == []
    silent, threshold = (monitor['id'] for monitor in store.all('monitor'))
    opened.store.save_states(
        threshold,
        {'host:web-1': {'status': 'Warn'}, 'host:web-2': {'status': 'Alert'}, 'host:web-3': {'status': 'Skipped'}},
    )
    opened.store.save_states(silent, {'device:wristband-1': {'status': 'OK'}})

    assert opened.states(POINT) == ['my_metric_threshold Warn']
    # Within the `new_group_delay` of the monitor.
    assert opened.states({**POINT, 'host': 'web-3'}) == ['my_metric_threshold New']
    assert opened.states(DEVICE) == ['device_silent OK', 'my_metric_threshold Warn']


def test_what_the_sandbox_refuses_is_an_error(running: tuple[Pipeline, Store]) -> None:
    opened, _ = running
    with pytest.raises(urllib3.exceptions.HTTPError, match=r'/api/v2/series answered 400: .*the time 5 of metric my_m'):
        opened.send([{**POINT, 'points': [(5, 1)]}])


def test_a_file_that_is_no_database_is_an_error(tmp_path: Path, clock: Standing) -> None:
    (tmp_path / 'text').write_text('not a database, but long enough to be looked at as one' * 20)
    with (
        pytest.raises(sqlite3.DatabaseError, match='file is not a database'),
        pipeline.opened(tmp_path / 'text', clock, 'web-1', None),
    ):
        pass
