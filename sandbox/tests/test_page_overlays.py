"""What monitors add to the charts of dashboards: their thresholds, and when they were not OK."""

import json
import re
from typing import Any

import pytest
import specimen
from conftest import NOW
from datadog_sandbox.store import Store, Transition
from starlette.testclient import TestClient

WATCHED = specimen.MONITOR | {'id': 7, 'name': 'Wave', 'tags': []}
CHART = re.compile(r'<script type="application/json">(.*?)</script>')


def board(store: Store, *queries: str, **changes: Any) -> None:
    widgets = [
        {'id': n, 'definition': {'type': 'timeseries', 'requests': [specimen.request(query)]} | changes}
        for n, query in enumerate(queries, 1)
    ]
    store.save('dashboard', 'abc-def-ghi', specimen.TIMEBOARD | {'widgets': widgets})


def drawings(client: TestClient, query: str = '') -> list[dict[str, Any]]:
    page = client.get(f'/dashboard/abc-def-ghi{query}').text
    return [json.loads(text) for text in CHART.findall(page)]


def spells(drawing: dict[str, Any]) -> list[tuple[int, int, str]]:
    """Return the states of a chart in seconds before now."""
    data = drawing['data']['states']
    edges = zip(data['from'], data['to'], data['title'], strict=True) if data else ()
    return [(NOW - start // 1000, NOW - end // 1000, title) for start, end, title in edges]


def labels(drawing: dict[str, Any]) -> set[str]:
    return {*re.findall(r'"text": ?\{"value": ?"(.*?)"', json.dumps(drawing['specification']))}


@pytest.fixture
def account(store: Store) -> Store:
    specimen.fill(store, NOW)
    # Its own monitor is about something else.
    store.save('monitor', 1, WATCHED | {'id': 1, 'query': 'avg(last_5m):avg:test.other{*} > 1'})
    store.save('monitor', 7, WATCHED)
    return store


def change(store: Store, group: str, before: int, status: str, monitor: int = 7) -> None:
    """Let a group come into a state some seconds before now."""
    store.add_transitions([Transition(monitor, group, NOW - before, status, None)])


def test_a_chart_has_the_worst_state_of_its_monitor_over_time(client: TestClient, account: Store) -> None:
    board(account, 'avg:test.wave{*}', 'avg:test.other{*}')
    for group, before, status in (
        # It was Warn when the hour of the chart began.
        ('host:web-1', 5000, 'Warn'), ('host:web-1', 3000, 'OK'), ('host:web-2', 5000, 'OK'),
        ('host:web-1', 2000, 'Alert'), ('host:web-2', 1500, 'Warn'), ('host:web-1', 1000, 'OK'),
        ('host:web-2', 500, 'No Data'), ('host:web-2', 200, ''),
    ):  # fmt: skip
        change(account, group, before, status)
    [drawing] = drawings(client)
    # The hour of a chart ends with the pixel of four seconds that begins after now.
    assert spells(drawing) == [
        (3596, 3000, 'Warn: Wave'), (2000, 1000, 'Alert: Wave'), (1000, 500, 'Warn: Wave'), (500, 200, 'No Data: Wave'),
    ]  # fmt: skip


def test_the_monitors_of_a_chart_are_named_together_where_they_are_in_the_same_state(
    client: TestClient, account: Store
) -> None:
    board(account, 'avg:test.wave{*}')
    account.save('monitor', 8, WATCHED | {'id': 8, 'name': 'Wave, too'})
    change(account, '*', 300, 'Alert')
    change(account, '*', 200, 'Alert', 8)
    [drawing] = drawings(client)
    assert spells(drawing) == [(300, 200, 'Alert: Wave'), (200, 0, 'Alert: Wave, Wave, too')]
    # Both change at once: there is no state between.
    change(account, '*', 100, 'Warn')
    change(account, '*', 100, 'OK', 8)
    assert spells(drawings(client)[0])[1:] == [(200, 100, 'Alert: Wave, Wave, too'), (100, 0, 'Warn: Wave')]


def test_the_groups_that_the_template_variables_leave_out_do_not_count(client: TestClient, account: Store) -> None:
    board(account, 'avg:test.wave{$host}')
    for host, before in (('web-1', 300), ('web-2', 500)):
        change(account, f'host:{host}', before, 'Alert')
        account.save_states(7, {f'host:{host}': {'status': 'Alert', 'tags': {'host': host}}})
    assert spells(drawings(client)[0]) == [(500, 0, 'Alert: Wave')]
    assert spells(drawings(client, '?tpl_var_host=web-1')[0]) == [(300, 0, 'Alert: Wave')]


def test_the_threshold_stands_in_the_chart_of_the_same_query(client: TestClient, account: Store) -> None:
    board(
        account,
        'avg:test.wave{$host} by {host}', 'max:test.wave{*}', 'avg:test.wave{*}.rollup(max, 60)',
    )  # fmt: skip
    same, *others = drawings(client)
    assert labels(same) == {'alert > 800', 'warning > 500'}
    assert [labels(other) for other in others] == [set(), set()]


def test_a_threshold_is_not_drawn_twice_nor_far_away_nor_over_another_scale(client: TestClient, account: Store) -> None:
    board(account, 'avg:test.wave{*}', markers=[{'value': 'y = 800', 'label': 'mine'}])
    assert labels(drawings(client)[0]) == {'mine', 'warning > 500'}
    board(account, 'avg:test.wave{*}')
    # The wave is below 400.
    account.save('monitor', 7, WATCHED | {'query': 'avg(last_5m):avg:test.wave{*} > 5000', 'options': {}})
    assert labels(drawings(client)[0]) == set()
    account.save('monitor', 7, WATCHED)
    doubled = specimen.request('avg:test.wave{*}') | {'formulas': [{'formula': 'query1 * 2'}]}
    board(account, 'avg:test.wave{*}', requests=[doubled])
    assert labels(drawings(client)[0]) == set()
    right = specimen.request('avg:test.wave{*}') | {'on_right_yaxis': True}
    board(account, '', requests=[specimen.request('max:test.wave{*}'), right])
    assert labels(drawings(client)[0]) == set()
