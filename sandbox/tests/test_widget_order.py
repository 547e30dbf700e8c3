"""Groups in natural order: `w-2` before `w-10`, as on the lists of the pages, unless a ranking orders them."""

import pytest
from datadog_sandbox.store import Log, Series, ServiceCheck, Store
from widget_specimen import BY_HOST, T, cells, content, request

HOSTS = {'w-10': 1, 'w-2': 3, 'W-1': 2}
NATURAL = ['W-1', 'w-2', 'w-10']


@pytest.fixture
def account(store: Store) -> Store:
    for host, value in HOSTS.items():
        store.add([(Series('cpu', host, ()), T + 60, float(value)), (Series('disk', host, ()), T + 60, 9.0)])
        store.add_service_checks([ServiceCheck('up', host, (f'zone:{host}',), 0, T, '')])
        store.add_logs([Log(0, T * 1000, host, host, '', 'info', 'm', (), {'duration': 1})])
    return store


def hosts(names: list[str]) -> list[str]:
    return [name.removeprefix('host:') for name in names]


def curves(account: Store, *requests: dict[str, object]) -> list[str]:
    return [curve.name for curve in content(account, 'timeseries', requests=[*requests]).chart.curves]


def test_the_lines_of_a_chart(account: Store) -> None:
    assert hosts(curves(account, request('avg:cpu{*} by {host}'))) == NATURAL
    # Expressions stay one after the other.
    assert curves(account, {'q': 'avg:disk{*} by {host}, avg:cpu{*} by {host}'}) == [
        f'avg:{metric}{{*}} host:{host}' for metric in ('disk', 'cpu') for host in NATURAL
    ]


def test_a_ranking_stays(account: Store) -> None:
    top = request("top(avg:cpu{*} by {host}, 3, 'mean', 'desc')")
    assert hosts(curves(account, top)) == ['w-2', 'W-1', 'w-10']
    limited = request('avg:cpu{*} by {host}', formulas=[{'formula': 'a', 'limit': {'count': 3, 'order': 'asc'}}])
    assert hosts(curves(account, limited)) == ['w-10', 'W-1', 'w-2']


def test_the_rows_of_a_table_and_of_a_heatgrid(account: Store) -> None:
    sort = {'order_by': [{'type': 'group', 'name': 'host', 'order': 'asc'}], 'count': 9}
    assert [row[0] for row in cells(account, 'query_table', requests=[BY_HOST | {'sort': sort}])] == NATURAL
    by_label = {'nesting_display': 'flat', 'sort_by': {'property': 'label', 'order': 'asc'}}
    grid = content(account, 'heatgrid', sort=by_label, requests=[BY_HOST | {'response_format': 'timeseries'}])
    names = list(dict.fromkeys(record['name'] for record in grid.drawing().sets()['points']))
    assert hosts(names) == NATURAL


def test_the_groups_of_checks_and_of_points(account: Store) -> None:
    assert [row[0] for row in cells(account, 'check_status', group_by=['zone'])] == NATURAL
    scale = content(account, 'point_plot').drawing().specification['encoding']['color']['scale']
    # Services are in lower case.
    assert scale['domain'] == [name.lower() for name in NATURAL]
