"""Aggregations of logs, API v2: https://docs.datadoghq.com/api/latest/logs/#aggregate-events."""

import pytest
from calling import NOW

PATH = '/api/v2/logs/analytics/aggregate'
# Service, host, milliseconds, and seconds ago.
GIVEN = [
    ('web', 'a', 10, 10), ('web', 'a', 20, 70), ('web', 'b', 60, 80), ('db', 'b', 30, 90), ('mail', '', None, 310),
]  # fmt: skip


@pytest.fixture
def logs(api):
    api.ask('POST', '/api/v2/logs', [
        {
            'message': 'm', 'service': service, 'hostname': host, 'timestamp': (NOW - ago) * 1000,
            **({'took': {'ms': ms}} if ms else {}),
        }
        for service, host, ms, ago in GIVEN
    ], status=202)  # fmt: skip
    return api


def aggregate(api, status=200, **body):
    return api.ask('POST', PATH, body, status)


def buckets(api, **body):
    return [(bucket['by'], bucket['computes']) for bucket in aggregate(api, **body)['data']['buckets']]


def groups(api, facet, **group):
    return [bucket['by'][facet] for bucket in aggregate(api, group_by=[{'facet': facet, **group}])['data']['buckets']]


def test_logs_are_counted(logs):
    answer = aggregate(logs)
    assert answer['data'] == {'buckets': [{'by': {}, 'computes': {'c0': 5}}]}
    assert (answer['meta']['status'], 'page' in answer['meta']) == ('done', False)
    search = {'query': 'service:web', 'indexes': ['main'], 'storage_tier': 'flex', 'from': 'now-75s', 'to': 'now'}
    assert buckets(logs, filter=search) == [({}, {'c0': 2})]


def test_no_logs_are_no_buckets(api):
    """As recorded: test_aggregate_events_returns_ok_response of datadog-api-client-python."""
    assert aggregate(api)['data'] == {'buckets': []}


def test_measures_are_summarized_by_facets(logs):
    """By hand, of 10, 20, and 60: the average is 30, pc90 lies at 1.8 of the places 0, 1, 2: 20 + 0.8 × 40 = 52."""
    functions = ('count', 'cardinality', 'avg', 'sum', 'min', 'max', 'median', 'pc90')
    metrics = {'cardinality': 'host'}
    computes = [{'aggregation': name, 'metric': metrics.get(name, '@took.ms')} for name in functions]
    assert buckets(logs, compute=computes, group_by=[{'facet': 'service'}]) == [
        ({'service': 'web'}, {'c0': 3, 'c1': 2, 'c2': 30, 'c3': 90, 'c4': 10, 'c5': 60, 'c6': 20, 'c7': 52}),
        ({'service': 'mail'}, {'c0': 1, 'c1': 0, 'c2': None, 'c3': None, 'c4': None, 'c5': None, 'c6': None,
                               'c7': None}),
        ({'service': 'db'}, {'c0': 1, 'c1': 1, 'c2': 30, 'c3': 30, 'c4': 30, 'c5': 30, 'c6': 30, 'c7': 30}),
    ]  # fmt: skip


def test_facets_are_within_each_other(logs):
    by = [{'facet': 'service', 'sort': {'order': 'asc'}}, {'facet': 'host', 'limit': 1}]
    assert buckets(logs, group_by=by) == [
        ({'service': 'db', 'host': 'b'}, {'c0': 1}), ({'service': 'web', 'host': 'a'}, {'c0': 2}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ('group', 'expected'),
    [
        ({}, ['web', 'mail', 'db']),
        ({'limit': 1}, ['web']),
        ({'sort': {'type': 'alphabetical'}}, ['db', 'mail', 'web']),
        ({'sort': {'type': 'alphabetical', 'order': 'desc'}}, ['web', 'mail', 'db']),
        ({'sort': {'aggregation': 'count', 'order': 'asc'}, 'limit': 2}, ['db', 'mail']),
        # A service without the measure has no place in its order.
        ({'sort': {'aggregation': 'min', 'metric': '@took.ms', 'order': 'asc'}}, ['web', 'db']),
        ({'limit': 1, 'total': 'all'}, ['web', 'all']),
    ],
)
def test_groups_have_an_order_and_a_limit(logs, group, expected):
    assert groups(logs, 'service', **group) == expected


def test_a_missing_facet_is_a_group_if_asked_for(logs):
    assert groups(logs, 'host') == ['b', 'a']
    assert groups(logs, 'host', missing='none') == ['b', 'a', 'none']
    assert groups(logs, 'host', missing=0) == ['b', 'a', 0]


def test_a_total_is_of_all_logs(logs):
    by = [{'facet': 'host', 'limit': 1, 'total': 'all'}]
    assert buckets(logs, group_by=by) == [({'host': 'b'}, {'c0': 2}), ({'host': 'all'}, {'c0': 5})]


def test_measures_are_binned(logs):
    """Of 10, 20, 30, and 60 from 15 to 60 in steps of 10: 20 is in [15, 25), 30 in [25, 35), 60 in [55, 65)."""
    bins = {'facet': '@took.ms', 'histogram': {'interval': 10, 'min': 15, 'max': 60}, 'sort': {'order': 'asc'}}
    assert buckets(logs, group_by=[bins]) == [
        ({'@took.ms': 15}, {'c0': 1}), ({'@took.ms': 25}, {'c0': 1}), ({'@took.ms': 55}, {'c0': 1}),
    ]  # fmt: skip


def test_logs_are_counted_over_time(logs):
    compute = [{'aggregation': 'count', 'type': 'timeseries', 'interval': '1m'}]
    [(_, computes)] = buckets(logs, compute=compute)
    assert computes['c0'] == [
        {'time': '2026-11-24T11:54:00.000Z', 'value': 1},
        {'time': '2026-11-24T11:58:00.000Z', 'value': 3},
        {'time': '2026-11-24T11:59:00.000Z', 'value': 1},
    ]


@pytest.mark.parametrize(
    ('options', 'start'),
    [
        ({}, '24T00:00'),
        ({'timezone': 'GMT'}, '24T00:00'),
        ({'timezone': 'UTC+1'}, '23T23:00'),
        ({'timezone': 'UTC-05:30'}, '24T05:30'),
        ({'timezone': 'America/New_York'}, '24T05:00'),
        ({'timeOffset': 3600}, '23T23:00'),
    ],
)
def test_a_day_begins_in_the_zone_asked_for(logs, options, start):
    compute = [{'aggregation': 'count', 'type': 'timeseries', 'interval': '1d'}]
    [(_, computes)] = buckets(logs, compute=compute, options=options)
    assert computes['c0'] == [{'time': f'2026-11-{start}:00.000Z', 'value': 5}]


def test_groups_have_pages(logs):
    by = [{'facet': 'service', 'limit': 2}]
    first = aggregate(logs, group_by=by)
    second = aggregate(logs, group_by=by, page={'cursor': first['meta']['page']['after']})
    assert [bucket['by']['service'] for bucket in first['data']['buckets']] == ['web', 'mail']
    assert [bucket['by']['service'] for bucket in second['data']['buckets']] == ['db']
    assert 'page' not in second['meta']


@pytest.mark.parametrize(
    ('body', 'error'),
    [
        ({'filter': {'query': '(a'}}, 'The search "(a" lacks a )'),
        ({'compute': [{'aggregation': 'mode'}]}, 'The aggregation mode is not one of count, cardinality'),
        ({'group_by': [{'facet': 'a', 'limit': 10_001}]}, 'group_by.limit must be a whole number from 1 to 10000'),
        ({'group_by': [{'facet': 'a', 'limit': 101}, {'facet': 'b', 'limit': 100}]},
         'the product of the limits of group_by must be at most 10000'),
        ({'group_by': [{'facet': 'a', 'missing': []}]}, 'group_by.missing must be the name of a group'),
        ({'group_by': [{'facet': 'a', 'total': True}]}, 'group_by.total must be the name of a group'),
        ({'group_by': [{'facet': 'a', 'histogram': []}]}, 'group_by.histogram must be an object'),
        ({'group_by': [{'facet': 'a', 'histogram': {'interval': 1, 'min': 0}}]},
         "group_by.histogram.max must be a number, not 'None'"),
        ({'group_by': [{'facet': 'a', 'histogram': {'interval': 1, 'min': 0, 'max': 101}}]},
         'group_by.histogram must have from 1 to 100 bins'),
        ({'options': {'timezone': 'UTC', 'timeOffset': 5}}, 'options must have a timezone or a timeOffset, not both'),
        ({'options': {'timezone': 'Mars'}}, "options.timezone: 'Mars' is not a time zone"),
        ({'options': {'timeOffset': 'UTC'}}, 'options must have a timezone such as'),
        ({'options': 5}, 'options must have a timezone such as'),
        ({'page': {'cursor': 'x'}}, "input_validation_error(Field 'page' is invalid: invalid cursor)"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused(logs, body, error):
    [said] = aggregate(logs, 400, **body)['errors']
    assert said.startswith(error)
