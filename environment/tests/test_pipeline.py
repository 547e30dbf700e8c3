"""The whole pipeline, from the check to a mail, in the running environment. The tests are one story, in this order."""

import json
import re
import subprocess
import time
from itertools import pairwise
from typing import Any

import pytest
import requests
from conftest import FOLDER, KEYS, Environment, wait_for

pytestmark = pytest.mark.pipeline

MINUTE = 60
INTERVAL = 45
HOST, OTHER_HOST = 'custom-check', 'second-host'
# The tag of an instance in docker-compose.yaml. The other instance has none.
DEVICE_TAG = 'device:wristband-1'
DEVICE = f'host:{HOST}, {DEVICE_TAG}'
HOST_TAGS = {'env:dev', 'team:custom-check', 'purpose:rehearsal'}
TIMEBOARD = FOLDER.parent / 'custom_check/assets/dashboards/custom_check_timeboard.json'
THRESHOLD_MONITOR = 'my_metric on'

# How late a point may be seen: the Agent sends every 15 seconds.
DELAY = 30


@pytest.fixture(scope='module', autouse=True)
def held_at_900(environment: Environment) -> float:
    """Hold every instance at 900, with no downtime in force, and return when that began."""
    for downtime in environment.get('/api/v2/downtime')['data']:
        # Half of all hours would be silent.
        answer = requests.delete(
            f'{environment.sandbox}/api/v2/downtime/{downtime["id"]}',
            headers=KEYS,
            timeout=10,
        )
        assert answer.status_code == 204
    environment.compose('up', '--detach', '--wait', '--no-deps', 'resolver', 'agent', MINIMUM='900', MAXIMUM='900')
    return time.time()


@pytest.fixture(scope='module', autouse=True)
def other_host_stopped(environment: Environment, held_at_900: float) -> float:
    """Run an Agent on another host until its group alerts, stop it, and return when.

    Its ten minutes without data pass while the other tests wait.
    """
    # Without the name server, in whose network the other Agent has the ports.
    variables = {'COMPOSE_FILE': environment.settings['COMPOSE_FILE'], 'DD_HOSTNAME': OTHER_HOST}
    agent = environment.compose('run', '--detach', '--no-deps', 'agent', MINIMUM='900', MAXIMUM='900', **variables)

    def alert() -> bool:
        groups = environment.monitor(THRESHOLD_MONITOR)['state']['groups']
        return groups.get(f'host:{OTHER_HOST}', {}).get('status') == 'Alert'

    wait_for('the alert of the other host', alert, seconds=4 * MINUTE)
    subprocess.run(['docker', 'stop', agent.strip()], check=True, capture_output=True)
    return time.time()


def test_another_range_recreates_the_agent(environment: Environment) -> None:
    # Compose compares this, and the content of a config is no part of it.
    hashes = {environment.compose('config', '--hash', 'agent', MAXIMUM=most) for most in ('900', '901')}
    assert len(hashes) == 2


def gaps(points: list[tuple[int, float]]) -> list[int]:
    return [after - before for (before, _), (after, _) in pairwise(points)]


def test_host_has_its_tags_and_the_agents_version(environment: Environment) -> None:
    def host() -> dict[str, Any] | None:
        return next(
            (
                one
                for one in environment.get('/api/v1/hosts', include_hosts_metadata='true')['host_list']
                if one['name'] == HOST
            ),
            None,
        )

    found = wait_for('the host', host, seconds=60)
    tags = {tag for tags in found['tags_by_source'].values() for tag in tags}
    assert HOST_TAGS <= tags
    assert re.match(r'7\.\d+', found['meta']['agent_version'])


def test_mysql_open_files_come_from_the_same_host(environment: Environment) -> None:
    def series() -> list[dict[str, Any]]:
        now = time.time()
        series = environment.query('avg:mysql.performance.open_files{*} by {host}', now - 5 * MINUTE, now)
        return [one for one in series if one['tag_set'] != [f'host:{OTHER_HOST}']]

    [found] = wait_for('mysql.performance.open_files', series, seconds=90)
    assert found['tag_set'] == [f'host:{HOST}']
    assert all(value >= 0 for _, value in found['pointlist'] if value is not None)


def test_a_request_arrives_as_a_trace_with_the_query_as_its_child(environment: Environment) -> None:
    answer = requests.get(f'{environment.app}/api/apm', timeout=10)
    assert (answer.status_code, answer.text) == (200, 'Getting APM Started')

    def spans() -> list[dict[str, Any]]:
        return [span['attributes'] for span in environment.get('/api/v2/spans/events', **{'page[limit]': 500})['data']]

    def query() -> dict[str, Any] | None:
        return next((span for span in spans() if span['service'] == 'pymysql'), None)

    child = wait_for('the span of the query', query, seconds=90)
    trace = {span['span_id']: span for span in spans() if span['trace_id'] == child['trace_id']}
    ancestor = child
    while ancestor['parent_id'] in trace:
        ancestor = trace[ancestor['parent_id']]
    # The Agent takes statements apart, and writes them with other spaces.
    assert (child['resource_name'].replace(' ', ''), child['type']) == ('SELECTVERSION()', 'sql')
    assert (ancestor['service'], ancestor['resource_name']) == ('flask', 'GET /api/apm')
    assert ancestor['parent_id'] == '0'


def test_an_average_above_800_mails_the_alert(environment: Environment, held_at_900: float) -> None:
    def alert() -> dict[str, Any] | None:
        mails = [mail for mail in environment.mails() if mail['subject'].startswith('[Triggered')]
        return next((mail for mail in mails if HOST in mail['subject']), None)

    # The window has 5 minutes, in which what came before counts too.
    mail = wait_for('the mail of the alert', alert, seconds=8 * MINUTE, every=5)
    assert mail['to'] == ['you@example.com']
    assert f'`my_metric` is too high on {HOST}' in mail['text']
    [average] = re.findall(r'it averaged ([\d.]+) over the last 5 minutes', mail['text'])
    # The first minute after the average has passed the threshold.
    assert 800 < float(average) <= 900
    state = environment.monitor(THRESHOLD_MONITOR)
    assert state['overall_state'] == 'Alert'
    assert state['state']['groups'][f'host:{HOST}']['status'] == 'Alert'


def test_points_are_45_seconds_apart_integers_and_tagged(environment: Environment, held_at_900: float) -> None:
    wait = held_at_900 + 5 * MINUTE + INTERVAL + DELAY - time.time()
    time.sleep(max(0, wait))
    start, end = held_at_900 + INTERVAL, held_at_900 + INTERVAL + 5 * MINUTE
    for scope in (DEVICE, f'host:{HOST}, !{DEVICE_TAG}', *(f'{tag}, {DEVICE}' for tag in HOST_TAGS)):
        points = environment.points(scope, start, end)
        assert len(points) in (6, 7), scope
        assert all(abs(gap - INTERVAL) <= 1 for gap in gaps(points)), (scope, points)
        assert {value for _, value in points} == {900}


def test_a_distribution_arrives_with_its_percentiles(environment: Environment) -> None:
    sent = time.time()
    values = ':'.join(map(str, range(1, 101)))
    datagram = f'pipeline.latency:{values}|d|#route:orders'
    environment.compose('exec', '-T', 'agent', 'bash', '-c', f"printf '%s' '{datagram}' >/dev/udp/127.0.0.1/8125")

    def value(aggregator: str) -> float | None:
        query = f'{aggregator}:pipeline.latency{{route:orders}}.rollup(3600)'
        series = environment.query(query, sent - 3600, time.time() + 60)
        return next((value for one in series for _, value in one['pointlist'] if value is not None), None)

    wait_for('the distribution', lambda: value('count'), seconds=MINUTE)
    assert [value(aggregator) for aggregator in ('count', 'sum', 'min', 'max')] == [100, 5050, 1, 100]
    # DDSketch's error is 1 % here.
    for aggregator, percentile in (('p50', 50), ('p95', 95), ('p99', 99)):
        assert value(aggregator) == pytest.approx(percentile, abs=1 + 0.01 * percentile), aggregator


def test_every_widget_of_the_timeboard_has_data(environment: Environment) -> None:
    [board] = environment.get('/api/v1/dashboard')['dashboards']
    widgets = environment.get(f'/api/v1/dashboard/{board["id"]}')['widgets']
    assert len(widgets) == len(json.loads(TIMEBOARD.read_text())['widgets']) == 4
    now = time.time()
    *graphs, _ = widgets
    for widget in graphs:
        [request] = widget['definition']['requests']
        [query], [formula] = request['queries'], request['formulas']
        text = formula['formula'].replace(query['name'], query['query'].replace('$host', '*'))
        values = [value for one in environment.query(text, now - 3600, now) for _, value in one['pointlist']]
        assert any(value is not None for value in values), text


def test_the_agent_sends_later_what_the_sandbox_could_not_take(environment: Environment) -> None:
    stopped = time.time()
    environment.compose('stop', 'sandbox')
    time.sleep(2 * MINUTE)
    environment.compose('up', '--detach', '--wait', '--no-deps', 'sandbox')
    back = time.time()

    def points() -> list[tuple[int, float]]:
        return environment.points(DEVICE, stopped - 2 * MINUTE, back)

    def complete() -> bool:
        return all(abs(gap - INTERVAL) <= 1 for gap in gaps(points())) and points()[-1][0] > back - INTERVAL - 2

    # The Agent waits longer after each failure, a minute or two by then.
    wait_for('the points of the outage', complete, seconds=5 * MINUTE, every=5)


def test_an_agent_that_stopped_leaves_a_gap_and_doubles_nothing(environment: Environment) -> None:
    stopped = time.time()
    environment.compose('stop', 'agent')
    time.sleep(2 * MINUTE)
    environment.compose('up', '--detach', '--wait', '--no-deps', 'agent', MINIMUM='900', MAXIMUM='900')
    back = time.time()

    def after() -> list[tuple[int, float]]:
        return environment.points(DEVICE, back - 5, back + 3 * MINUTE)

    wait_for('two points after the start', lambda: len(after()) >= 2, seconds=3 * MINUTE, every=5)
    points = environment.points(DEVICE, stopped - 3 * MINUTE, time.time())
    [gap] = [gap for gap in gaps(points) if abs(gap - INTERVAL) > 1]
    assert gap >= 2 * MINUTE
    assert len({at for at, _ in points}) == len(points)


def test_silence_for_ten_minutes_mails_no_data(environment: Environment, other_host_stopped: float) -> None:
    def no_data() -> dict[str, Any] | None:
        mails = [mail for mail in environment.mails() if mail['subject'].startswith('[No Data')]
        return next((mail for mail in mails if f'{THRESHOLD_MONITOR} {OTHER_HOST}' in mail['subject']), None)

    mail = wait_for('the mail of no data', no_data, seconds=13 * MINUTE, every=10)
    assert f'`my_metric` has not arrived from {OTHER_HOST} for 10 minutes' in mail['text']
    last, _ = environment.points(f'host:{OTHER_HOST}', other_host_stopped - 10 * MINUTE, time.time())[-1]
    # It counts from the evaluation that saw the last point, which may come after the next whole minute.
    assert 10 * MINUTE <= mail['time'] - last <= 12 * MINUTE


def test_the_network_of_the_agent_has_no_way_out(environment: Environment) -> None:
    # Without the name server, which has one.
    files = environment.settings['COMPOSE_FILE']
    services = json.loads(environment.compose('config', '--format', 'json', COMPOSE_FILE=files))['services']
    assert services['agent']['networks'].keys() == {'default'}
    network = f'{environment.settings["COMPOSE_PROJECT_NAME"]}_default'
    command = ['docker', 'network', 'inspect', '--format', '{{.Internal}}', network]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == 'true\n'


def test_the_agent_has_asked_for_no_foreign_name(environment: Environment) -> None:
    def names() -> set[str]:
        return set(re.findall(r'asked for (\S+)', environment.compose('logs', '--no-log-prefix', 'resolver')))

    environment.compose('exec', '-T', 'resolver', 'sh', '-c', 'getent hosts foreign.example || true')
    # Half a minute after its start, the Agent tries every host that it could report to.
    wait_for('the connectivity check', lambda: any(name.endswith('.invalid') for name in names()), seconds=90)
    # Those of RFC 6761 are nobody's. Those without a dot are services, which Docker does not know while they are down.
    own = ('.invalid', '.localhost')
    assert {name for name in names() if '.' in name and not name.endswith(own)} == {'foreign.example'}
