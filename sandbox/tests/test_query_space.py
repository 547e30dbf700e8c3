"""More layers of aggregation in space: https://docs.datadoghq.com/metrics/nested_queries/"""

import pytest
from datadog_sandbox.monitors import values
from datadog_sandbox.query import QueryError, evaluate, evaluate_formulas, parse, parse_monitor
from datadog_sandbox.store import Series, Store
from monitoring import MINUTE, START, make

HOSTS = {('a', 'prod'): [1, 10], ('b', 'prod'): [3, 30], ('c', 'prod'): [8, None], ('d', 'dev'): [5, 50]}


@pytest.fixture
def store():
    store = Store()
    store.add(
        (Series('m', host, (f'env:{env}',), 'gauge'), START + MINUTE * place, float(value))
        for (host, env), given in HOSTS.items()
        for place, value in enumerate(given)
        if value is not None
    )
    yield store
    store.close()


def lines(store, query):
    found = evaluate(store, query, START, START + 2 * MINUTE, MINUTE)
    return {','.join(f'{key}:{value}' for key, value in line.group.items()): line.values.tolist() for line in found}


@pytest.mark.parametrize(
    ('query', 'expected'),
    [
        ('max(avg:m{*} by {env,host}, {env})', {'env:prod': [8, 30], 'env:dev': [5, 50]}),
        ('min(avg:m{*} by {host,env}, {env})', {'env:prod': [1, 10], 'env:dev': [5, 50]}),
        ('sum(avg:m{*} by {env,host}, {*})', {'': [17, 90]}),
        ('avg(avg:m{*} by {env,host}, { env })', {'env:prod': [4, 20], 'env:dev': [5, 50]}),
        # Of 1, 3, 8: the mean square of -3, -1, 4 is 26 / 3.
        (
            'stddev(avg:m{*} by {env,host}, {env})',
            {'env:prod': [pytest.approx(2.943920), 10], 'env:dev': [0, 0]},
        ),
        ("percentile(avg:m{*} by {env,host}, 'p50', {env})", {'env:prod': [3, 20], 'env:dev': [5, 50]}),
        ('max(avg(avg:m{*} by {env,host}, {env}), {*}) + 1', {'': [6, 51]}),
        ('2 * max(avg:m{*} by {env,host} - 1, {env})', {'env:prod': [14, 58], 'env:dev': [8, 98]}),
    ],
)
def test_groups_are_aggregated_again(store, query, expected):
    # Host c has no second value, which is not interpolated where it is alone in its group.
    assert lines(store, query) == expected


def test_formulas_and_single_values_have_it_too(store):
    queries = {'q': 'avg:m{*} by {host}'}
    [[line]] = evaluate_formulas(store, queries, ["percentile(q, 'p100', {*})"], START, START + MINUTE, MINUTE)
    assert line.values.tolist() == [8]
    [[single]] = evaluate_formulas(
        store, queries, ['max(q, {*})'], START, START + 2 * MINUTE, MINUTE, summaries={'q': 'sum'}
    )
    # The sums of the hosts are 11, 33, 8, and 55.
    assert single.values.tolist() == [55]


def test_a_monitor_alerts_by_the_groups_that_are_left(store):
    monitor = make('max(last_1m):max(avg:m{*} by {env,host}, {env}) > 10')
    assert values(store, monitor, START + MINUTE) == {'env:prod': 30, 'env:dev': 50}
    assert parse_monitor(monitor['query']).group_by == ('env',)


@pytest.mark.parametrize(
    ('query', 'message'),
    [
        ('max(avg:m{*} by {host}, {env})', 'the query in it is grouped by host, and not by env'),
        ('max(avg:m{*}, {env})', 'the query in it is grouped by nothing, and not by env'),
        ("percentile(avg:m{*} by {host}, 'p101', {*})", "must be a percentile such as 'p99'"),
        ('max(avg:m{*} by {host}, 3)', 'keys of max(query, keys) must be tags in braces, such as {env}, not 3'),
        ('max({env}, avg:m{*})', 'max() needs a query'),
        ('max(avg:m{*} by {host}, {env:prod})', 'takes the keys of tags, such as host, not env:prod'),
    ],
)
def test_what_is_wrong_is_named(store, query, message):
    with pytest.raises(QueryError) as error:
        lines(store, query)
    assert message in str(error.value)


def test_it_is_written_as_it_was():
    assert str(parse("percentile(avg:m{*} by {host},'p90',{ * })")[0]) == "percentile(avg:m{*}, 'p90', {*})"


def test_a_change_with_another_shift_says_what_it_takes():
    with pytest.raises(QueryError, match=r'pct_change\(\) takes a window and how long before, such as pct_change\(avg'):
        parse_monitor('pct_change(avg(last_15m),avg(hour_before)):avg:m{*} > 5')
