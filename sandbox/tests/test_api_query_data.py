"""`POST /api/v2/query/timeseries` and `/scalar`, over HTTP."""

import pytest
from calling import NOW
from datadog_sandbox.store import Series


@pytest.fixture
def rooms(api):
    for host, value in (('a', 10.0), ('b', 30.0)):
        api.store.add([(Series('room.temperature', host, ()), NOW - 60 * minute, value) for minute in (2, 1)])
    return api


def body(kind, queries=None, formulas=None, **attributes):
    queries = queries or [{'data_source': 'metrics', 'name': 'a', 'query': 'avg:room.temperature{*} by {host}'}]
    attributes = {'from': (NOW - 600) * 1000, 'to': NOW * 1000, 'queries': queries, **attributes}
    if formulas:
        attributes['formulas'] = formulas
    return {'data': {'type': kind, 'attributes': attributes}}


def timeseries(api, status=200, **request):
    return api.ask('POST', '/api/v2/query/timeseries', body('timeseries_request', **request), status=status)


def scalar(api, status=200, **request):
    return api.ask('POST', '/api/v2/query/scalar', body('scalar_request', **request), status=status)


def test_lines_of_groups(rooms):
    data = timeseries(rooms, formulas=[{'formula': 'a * 2'}], interval=60_000)['data']
    assert (data['id'], data['type']) == ('0', 'timeseries_response')
    assert data['attributes'] == {
        'series': [
            {'group_tags': ['host:a'], 'query_index': 0, 'unit': None},
            {'group_tags': ['host:b'], 'query_index': 0, 'unit': None},
        ],
        'times': [(NOW - 120) * 1000, (NOW - 60) * 1000],
        'values': [[20.0, 20.0], [60.0, 60.0]],
    }


def test_lines_of_queries_without_formulas_and_names(rooms):
    queries = [{'data_source': 'metrics', 'query': f'{method}:room.temperature{{*}}'} for method in ('min', 'max')]
    attributes = timeseries(rooms, queries=queries, interval=600_000)['data']['attributes']
    assert [series['query_index'] for series in attributes['series']] == [0, 1]
    assert attributes['values'] == [[10.0], [30.0]]


@pytest.mark.parametrize(('order', 'host'), [('desc', 'host:b'), ('asc', 'host:a')])
def test_a_limit_keeps_the_first_lines_in_the_order_of_their_values(rooms, order, host):
    formulas = [{'formula': 'a', 'limit': {'count': 1, 'order': order}}]
    [series] = timeseries(rooms, formulas=formulas)['data']['attributes']['series']
    assert series['group_tags'] == [host]


def test_single_values(rooms):
    """As recorded: test_scalar_cross_product_query_returns_ok_response of datadog-api-client-python."""
    columns = scalar(rooms, formulas=[{'formula': 'a + 1'}])['data']['attributes']['columns']
    assert columns == [
        {'name': 'host', 'type': 'group', 'values': [['a'], ['b']]},
        {'name': 'a + 1', 'type': 'number', 'values': [11.0, 31.0], 'meta': {'unit': None}},
    ]


def test_single_values_by_their_aggregator(rooms):
    queries = [
        {'data_source': 'metrics', 'name': 'a', 'query': 'sum:room.temperature{*}', 'aggregator': aggregator}
        for aggregator in ('max',)
    ]
    [column] = scalar(rooms, queries=queries)['data']['attributes']['columns']
    assert column == {'name': 'a', 'type': 'number', 'values': [40.0], 'meta': {'unit': None}}


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        ({'queries': [{'data_source': 'rum', 'name': 'a'}]}, "The sandbox keeps no data of the source 'rum'"),
        ({'from': NOW * 1000}, f'from must be before to, not {NOW * 1000} and {NOW * 1000}'),
        ({'to': 'now'}, "to must be a time in milliseconds, not 'now'"),
        (
            {'queries': [{'data_source': 'metrics', 'name': 'a', 'query': 7}]},
            'API input validation failed: query of a query must be a string',
        ),
        (
            {'queries': [{'data_source': 'metrics', 'name': 'a', 'query': 'avg:a{*}', 'aggregator': ['avg']}]},
            'API input validation failed: aggregator of a query must be a string',
        ),
        (
            {'queries': [{'data_source': 'metrics', 'name': ['a'], 'query': 'avg:a{*}'}]},
            'API input validation failed: name of a query must be a string',
        ),
        ({'formulas': {'formula': 'a'}}, 'API input validation failed: formulas must be a list of objects'),
        ({'formulas': ['a']}, 'API input validation failed: formulas must be a list of objects'),
        (
            {'formulas': [{'formula': 'a', 'limit': {'count': -1}}]},
            "API input validation failed: limit.count must be 1 or more, not '-1'",
        ),
        (
            {'formulas': [{'formula': 'a', 'limit': {'order': 'up'}}]},
            "API input validation failed: limit.order must be asc or desc, not 'up'",
        ),
        (
            {'formulas': [{'formula': 'a', 'limit': 3}]},
            'API input validation failed: the limit of a formula must be an object',
        ),
    ],
)
def test_what_cannot_be_answered_is_refused(rooms, change, message):
    assert timeseries(rooms, status=400, **change) == {'errors': [message]}
    assert scalar(rooms, status=400, **change) == {'errors': [message]}


def test_another_type_is_refused_as_recorded(rooms):
    message = 'API input validation failed: Invalid type. Expected "timeseries_request".'
    request = body('timeseries_rquest')
    assert rooms.ask('POST', '/api/v2/query/timeseries', request, status=400) == {'errors': [message]}


LOGS = [('web', 'a', 10, 30), ('web', 'b', 20, 90), ('db', 'a', 60, 100)]
"""Service, host, milliseconds, and seconds ago."""


@pytest.fixture
def records(api):
    logs = [
        {'message': 'm', 'service': service, 'hostname': host, 'took': ms, 'timestamp': (NOW - ago) * 1000}
        for service, host, ms, ago in LOGS
    ]
    api.ask('POST', '/api/v2/logs', logs, status=202)
    api.ask('POST', '/api/v1/events', {'title': 'Opened', 'text': 'x', 'date_happened': NOW - 60}, status=202)
    return api


def of_logs(function='count', metric=None, **more):
    compute = {'aggregation': function, **({'metric': metric} if metric else {})}
    return {'data_source': 'logs', 'name': 'a', 'indexes': ['*'], 'search': {'query': '*'}, 'compute': compute, **more}


def test_single_values_of_logs(records):
    """As recorded: test_scalar_cross_product_query_with_logs_data_source_returns_ok_response."""
    by_service = [{'facet': 'service', 'limit': 10, 'sort': {'aggregation': 'count', 'order': 'desc'}}]
    answer = scalar(records, queries=[of_logs('max', '@took', group_by=by_service)], formulas=[{'formula': 'a / 2'}])
    service, number = answer['data']['attributes']['columns']
    assert (service['values'], number['values']) == ([['db'], ['web']], [30.0, 10.0])
    [column] = scalar(records, queries=[of_logs(search={'query': 'service:web'})])['data']['attributes']['columns']
    assert column['values'] == [2.0]
    [column] = scalar(records, queries=[of_logs(search={'query': 'none'})])['data']['attributes']['columns']
    assert column['values'] == []


def test_lines_of_logs(records):
    """30 seconds ago is in the minute of 11:59, 90 and 100 seconds ago in that of 11:58."""
    answer = timeseries(records, queries=[of_logs()], interval=60_000)['data']['attributes']
    assert (answer['times'], answer['values']) == ([(NOW - 120) * 1000, (NOW - 60) * 1000], [[2.0, 1.0]])
    own = {'aggregation': 'count', 'interval': 600_000}
    answer = timeseries(records, queries=[of_logs(compute=own)], interval=60_000)['data']['attributes']
    assert answer['values'] == [[3.0]]


def test_events_and_logs_are_counted_in_one_request(records):
    events = {'data_source': 'events', 'name': 'b', 'search': {'query': 'Opened'}, 'compute': {'aggregation': 'count'}}
    answer = scalar(records, queries=[of_logs(), events], formulas=[{'formula': 'a - b'}])
    assert answer['data']['attributes']['columns'][0]['values'] == [2.0]


def test_logs_and_metrics_are_in_one_formula(records):
    records.store.add([(Series('people', '', ()), NOW - 60, 4.0)])
    people = {'data_source': 'metrics', 'name': 'b', 'query': 'avg:people{*}'}
    answer = scalar(records, queries=[of_logs(), people], formulas=[{'formula': 'a * 10 + b'}])
    assert answer['data']['attributes']['columns'][0]['values'] == [10.0 * len(LOGS) + 4.0]


PERCENTAGE = {'family': 'percentage', 'name': 'percent', 'plural': 'percent', 'scale_factor': 1.0, 'short_name': '%'}


def test_an_objective_that_is_not_there_has_no_values(records):
    """As recorded: "cross product query with slo data source returns OK" in the suite of datadog-api-client-python."""
    objective = {'data_source': 'slo', 'name': 'a', 'slo_id': '12345678910', 'measure': 'slo_status'}
    request = {'queries': [objective], 'formulas': [{'formula': 'a', 'limit': {'count': 10, 'order': 'desc'}}]}
    assert timeseries(records, **request)['data']['attributes'] == {'series': [], 'times': [], 'values': []}
    assert scalar(records, **request)['data']['attributes'] == {
        'columns': [{'name': 'a', 'type': 'number', 'values': [], 'meta': {'unit': [PERCENTAGE, None]}}]
    }


def test_values_have_the_unit_of_their_metric(rooms):
    """As recorded: "Scalar cross product query returns OK" in the suite of datadog-api-client-python."""
    rooms.ask('PUT', '/api/v1/metrics/room.temperature', {'unit': 'percent'})
    queries = [
        {'data_source': 'metrics', 'name': name, 'query': f'{text}:room.temperature{{*}}', 'aggregator': 'last'}
        for name, text in (('a', 'max'), ('b', 'count'))
    ]
    # A number of series, and what a formula makes of values, has another unit.
    request = {'queries': queries, 'formulas': [{'formula': text} for text in ('a', 'b', 'a / 2')]}
    expected = [[PERCENTAGE, None], None, None]
    columns = scalar(rooms, **request)['data']['attributes']['columns']
    assert [(column['values'], column['meta']['unit']) for column in columns] == [
        (values, unit) for values, unit in zip(([30.0], [2.0], [15.0]), expected, strict=True)
    ]
    series = timeseries(rooms, **request)['data']['attributes']['series']
    assert [(each['query_index'], each['unit']) for each in series] == list(enumerate(expected))


def test_a_name_that_is_null_is_as_good_as_none(records):
    for ask in (scalar, timeseries):
        assert ask(records, queries=[of_logs() | {'name': None}]) == ask(
            records, queries=[of_logs() | {'name': 'query1'}]
        )


@pytest.mark.parametrize(
    ('queries', 'message'),
    [
        ([of_logs('mode')], 'Error parsing query: The aggregation mode is not one of count, '),
        ([of_logs('avg')], 'Error parsing query: The aggregation avg needs a facet or measure, such as @duration'),
        ([of_logs(search={'query': '(a'})], 'Error parsing query: The search "(a" lacks a )'),
        ([of_logs(group_by=[{'facet': 5}])], 'body.group_by[0].facet must be a string, not 5'),
        ([of_logs(group_by=[{'limit': 5}])], 'Error parsing query: A group_by has no facet: write one such as service'),
        ([of_logs(compute=5)], 'body.compute must be an object, not 5'),
    ],
)  # fmt: skip
def test_what_cannot_be_read_from_logs_is_refused(records, queries, message):
    for ask in (scalar, timeseries):
        [error] = ask(records, status=400, queries=queries)['errors']
        assert error.startswith(message)
