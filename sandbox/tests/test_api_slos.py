"""Service level objectives over HTTP, with the figures of their histories worked out by hand."""

import pytest
from calling import NOW
from datadog_sandbox.store import Series, Transition

HOUR = 3600
METRIC = {
    'type': 'metric', 'name': 'Answers', 'thresholds': [{'timeframe': '7d', 'target': 95, 'warning': 98}],
    'query': {'numerator': 'sum:hits{code:2xx}.as_count()', 'denominator': 'sum:hits{*}.as_count()'},
}  # fmt: skip
MONITOR = {'type': 'query alert', 'name': 'm', 'query': 'avg(last_5m):avg:m{*} > 5', 'message': ''}


def created(api, body):
    return api.ask('POST', '/api/v1/slo', body)['data'][0]


def history(api, slo, start, end):
    return api.ask('GET', f'/api/v1/slo/{slo["id"]}/history', from_ts=start, to_ts=end)['data']


def test_an_objective_is_answered_as_datadog_writes_it(api):
    """As recorded: test_get_an_slos_details_returns_ok_response of datadog-api-client-python."""
    slo = created(api, METRIC)
    assert slo['thresholds'] == [
        {'timeframe': '7d', 'target': 95.0, 'target_display': '95.', 'warning': 98.0, 'warning_display': '98.'}
    ]
    assert {name: slo[name] for name in ('type', 'type_id', 'description', 'tags', 'monitor_tags', 'timeframe')} == {
        'type': 'metric', 'type_id': 1, 'description': '', 'tags': [], 'monitor_tags': [], 'timeframe': '7d',
    }  # fmt: skip
    assert (slo['target_threshold'], slo['warning_threshold']) == (95.0, 98.0)
    assert (slo['created_at'], slo['modified_at']) == (NOW, NOW)
    assert api.ask('GET', f'/api/v1/slo/{slo["id"]}') == {'data': slo, 'error': None}
    assert api.ask('GET', '/api/v1/slo', ids=slo['id'])['data'] == [slo]


def test_an_objective_is_changed_and_deleted(api):
    slo = created(api, METRIC)
    api.clock.now = NOW + 60
    [changed] = api.ask('PUT', f'/api/v1/slo/{slo["id"]}', METRIC | {'name': 'Other'})['data']
    assert changed == slo | {'name': 'Other', 'modified_at': NOW + 60}
    assert api.ask('DELETE', f'/api/v1/slo/{slo["id"]}') == {'data': [slo['id']], 'error': None}
    message = f'SLO not found: {slo["id"]} not found'
    assert api.ask('DELETE', f'/api/v1/slo/{slo["id"]}', status=404) == {'errors': [message]}


def test_timeframes_of_several_objectives_are_deleted_at_once(api):
    """As SLOBulkDeleteResponse of Datadog's OpenAPI document: an objective without a timeframe left is deleted."""
    thresholds = [{'timeframe': '7d', 'target': 95}, {'timeframe': '30d', 'target': 90}]
    first, second = (created(api, METRIC | {'name': name, 'thresholds': thresholds}) for name in ('a', 'b'))
    api.clock.now = NOW + 60
    body = {first['id']: ['7d'], second['id']: ['7d', '30d', '90d'], 'x': ['7d']}
    assert api.ask('POST', '/api/v1/slo/bulk_delete', body) == {
        'data': {'deleted': [second['id']], 'updated': [first['id']], 'deleted_monitors': []},
        'errors': [
            {'id': second['id'], 'message': 'SLO has no such timeframe', 'timeframe': '90d'},
            {'id': 'x', 'message': 'SLO not found', 'timeframe': '7d'},
        ],
    }
    [left] = api.ask('GET', '/api/v1/slo')['data']
    assert left == first | {'thresholds': first['thresholds'][1:], 'modified_at': NOW + 60}
    for wrong in ([], {first['id']: '30d'}, {first['id']: [['30d']]}):
        message = 'The body must be an object: the id of each SLO, with a list of timeframes'
        assert api.ask('POST', '/api/v1/slo/bulk_delete', wrong, status=400) == {'errors': [message]}


def test_no_objective_that_is_left_is_null(api):
    """As recorded: TestSLOMultipleInstances of datadog-api-client-go."""
    slo = created(api, METRIC)
    timeframes = [each['timeframe'] for each in slo['thresholds']]
    assert api.ask('POST', '/api/v1/slo/bulk_delete', {slo['id']: timeframes}) == {
        'data': {'deleted': [slo['id']], 'updated': None, 'deleted_monitors': []},
        'errors': [],
    }


def test_a_change_is_checked_before_its_objective_is_looked_up(api):
    """As recorded: TestSLOUpdateErrors of datadog-api-client-go."""
    assert api.errors('PUT', '/api/v1/slo/id', METRIC | {'name': ''}) == ['Invalid payload: must specify a name']
    assert api.errors('PUT', '/api/v1/slo/id', METRIC, status=404) == ['SLO not found: id not found']


def test_objectives_are_listed_in_pages(api):
    for name in ('a', 'b', 'ab'):
        created(api, METRIC | {'name': name, 'tags': [f'team:{name}']})
    page = api.ask('GET', '/api/v1/slo', limit=2)
    assert [slo['name'] for slo in page['data']] == ['a', 'b']
    assert page['metadata'] == {'page': {'total_count': 3, 'total_filtered_count': 2}}
    assert [slo['name'] for slo in api.ask('GET', '/api/v1/slo', limit=2, offset=2)['data']] == ['ab']
    assert [slo['name'] for slo in api.ask('GET', '/api/v1/slo', query='A')['data']] == ['a', 'ab']
    assert [slo['name'] for slo in api.ask('GET', '/api/v1/slo', tags_query='team:b')['data']] == ['b']


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        ({'type': 'monitor'}, 'Invalid payload: must specify monitor_ids'),
        ({'query': None}, 'Invalid payload: must specify the query for count types'),
        ({'type': 'log'}, "Invalid payload: type must be one of monitor, metric, time_slice, not 'log'"),
        ({'name': ' '}, 'Invalid payload: must specify a name'),
        ({'type': {}}, 'body.type must be one of metric, monitor, time_slice, not {}'),
        (
            {'thresholds': [{'timeframe': [], 'target': 95}]},
            'body.thresholds[0].timeframe must be one of 30d, 7d, 90d, custom, not []',
        ),
        ({'tags': 'a:b'}, 'body.tags must be a list, not "a:b"'),
        ({'thresholds': []}, 'Invalid payload: must specify thresholds'),
        (
            {'thresholds': [{'timeframe': '8d', 'target': 95}]},
            "Invalid payload: timeframe must be one of 7d, 30d, 90d, not '8d'",
        ),
        (
            # "Note that "custom" is not a valid option for creating or updating SLOs."
            {'thresholds': [{'timeframe': 'custom', 'target': 95}]},
            "Invalid payload: timeframe must be one of 7d, 30d, 90d, not 'custom'",
        ),
        ({'timeframe': 'AAA'}, "Invalid payload: timeframe must be one of 7d, 30d, 90d, not 'AAA'"),
        (
            {'thresholds': [{'timeframe': '7d', 'target': 101}]},
            "Invalid payload: target must be a percentage above 0 and below 100, not '101'",
        ),
        # "0 and 100 is not valid target value": https://github.com/DataDog/terraform-provider-datadog/pull/1704
        (
            {'thresholds': [{'timeframe': '7d', 'target': 100}]},
            "Invalid payload: target must be a percentage above 0 and below 100, not '100'",
        ),
        (
            {'thresholds': [{'timeframe': '7d', 'target': 0}]},
            "Invalid payload: target must be a percentage above 0 and below 100, not '0'",
        ),
        # "must be greater than the target value": https://github.com/DataDog/terraform-provider-datadog/pull/1774
        (
            {'thresholds': [{'timeframe': '7d', 'target': 99.5, 'warning': 99.5}]},
            'Invalid payload: warning must be greater than the target of 99.5, not 99.5',
        ),
    ],
)
def test_what_is_no_objective_is_refused(api, change, message):
    assert api.ask('POST', '/api/v1/slo', METRIC | change, status=400) == {'errors': [message]}


def test_a_query_that_does_not_parse_is_refused(api):
    body = METRIC | {'query': METRIC['query'] | {'numerator': 'sum:hits{'}}
    [message] = api.ask('POST', '/api/v1/slo', body, status=400)['errors']
    assert message.startswith('Invalid payload: ')


def test_the_history_of_a_metric_objective(api):
    # 190 good of 200 in all: 95 %.
    ok, bad = Series('hits', 'a', ('code:2xx',), 'count', 60), Series('hits', 'a', ('code:5xx',), 'count', 60)
    api.store.add([(ok, NOW - 1800 + 60 * minute, 19.0) for minute in range(10)])
    api.store.add([(bad, NOW - 1800 + 60 * minute, 1.0) for minute in range(10)])
    data = history(api, created(api, METRIC), NOW - HOUR, NOW)
    assert data['overall']['sli_value'] == pytest.approx(95)
    # The target is met exactly: nothing of the budget is left.
    assert data['overall']['error_budget_remaining']['7d'] == pytest.approx(0)
    # Where nothing fails, there is all of it.
    strict = METRIC | {'thresholds': [{'timeframe': '7d', 'target': 99}], 'query': METRIC['query'] | {
        'denominator': 'sum:hits{code:2xx}.as_count()',
    }}  # fmt: skip
    assert history(api, created(api, strict), NOW - HOUR, NOW)['overall']['error_budget_remaining'] == {'7d': 100}
    assert (data['series']['numerator']['sum'], data['series']['denominator']['sum']) == (190, 200)
    # The buckets of bars in a chart of an hour.
    assert (data['series']['interval'], len(data['series']['times']), data['series']['numerator']['count']) == (
        60, 60, 60,
    )  # fmt: skip
    # As recorded: test_get_an_slos_history_returns_ok_response.
    assert data['series']['query'] == (
        'default_zero(sum:hits{code:2xx}.as_count()), default_zero(sum:hits{*}.as_count())'
    )
    good, total = 'default_zero(sum:hits{code:2xx}.as_count())', 'default_zero(sum:hits{*}.as_count())'
    assert (data['series']['numerator_query'], data['series']['denominator_query']) == (good, total)
    assert data['series']['bad_series_query'] == f'{total} - {good}'
    assert data['series']['graph_query'] == f'{good}, {total} - {good}'
    assert data['series']['denominator']['metadata'] == {
        'unit': None, 'query_index': 1, 'aggr': 'sum', 'metric': 'default_zero(hits)', 'tag_set': [],
        'expression': total, 'scope': '*',
    }  # fmt: skip
    assert (data['overall']['state'], data['overall']['errors']) == ('warning', [])
    # Before the points there is no event at all.
    slo = created(api, METRIC)
    answer = api.ask('GET', f'/api/v1/slo/{slo["id"]}/history', from_ts=NOW - 3 * HOUR, to_ts=NOW - 2 * HOUR)
    empty = answer['data']
    assert (empty['overall']['sli_value'], empty['overall']['uptime'], empty['overall']['state']) == (
        None, None, 'no_data',
    )  # fmt: skip
    assert empty['overall']['errors'] == [
        {'error_type': 'ZERO_VALUED_DENOMINATOR', 'error_message': 'The denominator is zero valued'}
    ]
    assert (answer['errors'], 'error_budget_remaining' in empty['overall']) == (None, False)
    assert empty['series']['numerator']['sum'] == 0


def test_the_history_of_a_metric_objective_by_bad_events(api):
    ok, bad = Series('hits', 'a', (), 'count', 60), Series('errors', 'a', (), 'count', 60)
    api.store.add([(ok, NOW - 600, 98.0), (bad, NOW - 600, 2.0)])
    queries = [
        {'data_source': 'metrics', 'name': name, 'query': f'sum:{metric}{{*}}.as_count()'}
        for name, metric in (('all', 'hits'), ('wrong', 'errors'))
    ]
    count = {
        'good_events_formula': {'formula': 'all - wrong'}, 'bad_events_formula': {'formula': 'wrong'},
        'queries': queries,
    }  # fmt: skip
    body = {**METRIC, 'query': None, 'sli_specification': {'count': count}}
    # 96 good, 2 bad.
    answer = history(api, created(api, body), NOW - HOUR, NOW)
    assert answer['overall']['sli_value'] == pytest.approx(100 * 96 / 98)
    # As recorded: test_create_a_new_metric_slo_object_using_bad_events_formula of datadog-api-client-python.
    good = 'sum:hits{*}.as_count() - sum:errors{*}.as_count()'
    assert answer['slo']['query'] == {'numerator': good, 'denominator': f'({good}) + (sum:errors{{*}}.as_count())'}
    assert answer['series']['query'].startswith(f'default_zero({good}), default_zero((sum:')


def test_the_history_of_a_monitor_objective(api):
    monitor = api.ask('POST', '/api/v1/monitor', MONITOR)['id']
    # In Alert for 6 of 60 minutes; two groups at once count once.
    api.store.add_transitions([
        Transition(monitor, 'host:a', NOW - 3000, 'Alert', 9.0),
        Transition(monitor, 'host:b', NOW - 2940, 'Alert', 9.0),
        Transition(monitor, 'host:b', NOW - 2880, 'Warn', 9.0),
        Transition(monitor, 'host:a', NOW - 2640, 'OK', 1.0),
    ])  # fmt: skip
    slo = created(api, {'type': 'monitor', 'name': 'up', 'monitor_ids': [monitor], 'thresholds': METRIC['thresholds']})
    assert history(api, slo, NOW - HOUR, NOW)['overall']['sli_value'] == pytest.approx(90)
    # Of one group alone: 1 of 60 minutes; of several, the worst.
    for groups, value in ((['host:b'], 100 - 100 / 60), (['host:a', 'host:b'], 90)):
        body = {'type': 'monitor', 'name': 'up', 'monitor_ids': [monitor], 'groups': groups}
        one = created(api, body | {'thresholds': METRIC['thresholds']})
        assert history(api, one, NOW - HOUR, NOW)['overall']['sli_value'] == pytest.approx(value)
    # The range begins in the middle of the alert: 3 of 50 minutes.
    assert history(api, slo, NOW - 2820, NOW - 2820 + 3000)['overall']['sli_value'] == pytest.approx(94)


@pytest.mark.parametrize(
    ('options', 'percentage'),
    [
        ({}, 100 * 58 / 60), ({'on_missing_data': 'show_no_data'}, 100 * 58 / 60),
        ({'on_missing_data': 'show_and_notify_no_data'}, 90), ({'notify_no_data': True, 'no_data_timeframe': 10}, 90),
    ],
)  # fmt: skip
def test_no_data_is_downtime_of_a_monitor_that_notifies_of_it(api, options, percentage):
    """https://docs.datadoghq.com/service_management/service_level_objectives/monitor/#missing-data"""
    monitor = api.ask('POST', '/api/v1/monitor', {**MONITOR, 'options': options})['id']
    # 4 of 60 minutes without data, then 2 in Alert.
    api.store.add_transitions([
        Transition(monitor, '*', NOW - 3000, 'No Data', None), Transition(monitor, '*', NOW - 2760, 'Alert', 9.0),
        Transition(monitor, '*', NOW - 2640, 'OK', 1.0),
    ])  # fmt: skip
    slo = created(api, {'type': 'monitor', 'name': 'up', 'monitor_ids': [monitor], 'thresholds': METRIC['thresholds']})
    assert history(api, slo, NOW - HOUR, NOW)['overall']['sli_value'] == pytest.approx(percentage, abs=0.001)


def test_the_history_of_an_objective_of_time_slices(api):
    api.store.add(
        [(Series('latency', 'a', ()), NOW - HOUR + 300 * slot, 9.0 if slot < 3 else 1.0) for slot in range(12)]
    )
    time_slice = {
        'comparator': '<', 'threshold': 5, 'query_interval_seconds': 300,
        'query': {
            'formulas': [{'formula': 'q'}],
            'queries': [{'data_source': 'metrics', 'name': 'q', 'query': 'avg:latency{*}'}],
        },
    }  # fmt: skip
    body = {
        'type': 'time_slice', 'name': 'fast', 'thresholds': METRIC['thresholds'],
        'sli_specification': {'time_slice': time_slice},
    }  # fmt: skip
    # 3 of 12 slices are slow.
    assert history(api, created(api, body), NOW - HOUR, NOW)['overall']['sli_value'] == pytest.approx(75)
    # So they are where only one of two hosts is.
    api.store.add([(Series('latency', 'b', ()), NOW - HOUR + 300 * slot, 1.0) for slot in range(12)])
    time_slice['query']['queries'][0]['query'] = 'avg:latency{*} by {host}'
    assert history(api, created(api, body), NOW - HOUR, NOW)['overall']['sli_value'] == pytest.approx(75)


A, B = 'sum:a{type:good,env:x}.as_count()', 'sum:a{type:bad} by {env}.as_count()'


@pytest.mark.parametrize(
    ('numerator', 'denominator', 'queries', 'good', 'total'),
    [
        (A, B, [A, B], 'query1', 'query2'),
        (A, A, [A], 'query1', 'query1'),
        (A, f'({A}) + ({B})', [A, B], 'query1', '(query1 + query2)'),
        (f'{A} - {B}', 'sum:a{*}', [A, B, 'sum:a{*}'], '(query1 - query2)', 'query3'),
        (f'{A} + {B} * 2', A, [A, B], '(query1 + (query2 * 2))', 'query1'),
        (f'default_zero({A})', A, [A], 'default_zero(query1)', 'query1'),
    ],
)
def test_the_queries_of_an_objective_are_shown_as_formulas(api, numerator, denominator, queries, good, total):
    # As recorded by the Terraform provider: TestAccDatadogServiceLevelObjective_CountSpec and its like, 2026.
    slo = created(api, METRIC | {'query': {'numerator': numerator, 'denominator': denominator}})
    assert slo['sli_specification']['count'] == {
        'queries': [
            {'data_source': 'metrics', 'name': f'query{number}', 'query': text}
            for number, text in enumerate(queries, 1)
        ],
        'good_events_formula': {'formula': good},
        'total_events_formula': {'formula': total},
    }
    assert slo['query'] == {'numerator': numerator, 'denominator': denominator}


def test_whole_thresholds_are_integers_in_answers_to_a_change_and_else_floats(api):
    body = METRIC | {'target_threshold': 95, 'warning_threshold': 98.5}
    slo = created(api, body)
    path = f'/api/v1/slo/{slo["id"]}'
    [updated] = api.ask('PUT', path, body)['data']
    [listed] = api.ask('GET', '/api/v1/slo')['data']
    for answer, target in (slo, '95'), (updated, '95'), (api.ask('GET', path)['data'], '95.0'), (listed, '95.0'):
        assert (repr(answer['target_threshold']), repr(answer['warning_threshold'])) == (target, '98.5')


def test_the_history_of_several_metrics_says_that_it_is_no_single_one(api):
    body = METRIC | {'query': {'numerator': 'sum:a{*} - sum:b{*}', 'denominator': 'sum:a{*}'}}
    series = history(api, created(api, body), NOW - HOUR, NOW)['series']
    metadata = series['numerator']['metadata']
    expression = 'default_zero(sum:a{*} - sum:b{*})'
    assert [metadata[name] for name in ('aggr', 'metric', 'expression', 'scope')] == [None, expression, expression, '*']


def test_objectives_are_listed_by_the_metrics_of_their_queries(api):
    both = {'numerator': 'sum:a.good{*}.as_count()', 'denominator': 'sum:a.all{*}.as_count()'}
    first = created(api, METRIC | {'query': both})
    second = created(api, METRIC | {'query': {name: text.replace('a.', 'b.') for name, text in both.items()}})
    for wanted, ids in ('a.good', [first]), ('b.all{*}', [second]), ('.good', [first, second]), ('z', []):
        listed = api.ask('GET', '/api/v1/slo', metrics_query=wanted)['data']
        assert [slo['id'] for slo in listed] == [slo['id'] for slo in ids]


def test_an_objective_of_a_query_has_its_specification_too(api):
    """As recorded in 2026: TestAccDatadogServiceLevelObjective_ProviderIgnoreTagKeys of the Terraform provider."""
    slo = created(api, METRIC | {'target_threshold': 95.5})
    assert (repr(slo['target_threshold']), repr(slo['warning_threshold'])) == ('95.5', '98')
    assert slo['sli_specification'] == {
        'count': {
            'queries': [
                {'data_source': 'metrics', 'name': 'query1', 'query': 'sum:hits{code:2xx}.as_count()'},
                {'data_source': 'metrics', 'name': 'query2', 'query': 'sum:hits{*}.as_count()'},
            ],
            'good_events_formula': {'formula': 'query1'},
            'total_events_formula': {'formula': 'query2'},
        }
    }
    assert api.ask('PUT', f'/api/v1/slo/{slo["id"]}', slo)['data'] == [slo]


@pytest.mark.parametrize(
    ('rest', 'denominator'),
    [
        ({'total_events_formula': {'formula': 'a'}}, 'sum:hits{*}'),
        ({'bad_events_formula': {'formula': 'b'}}, '(sum:hits{*} - sum:errors{*}) + (sum:errors{*})'),
    ],
)
def test_an_objective_of_a_specification_has_its_query_too(api, rest, denominator):
    """As recorded in 2026: test_create_a_new_metric_slo_object_using_… of datadog-api-client-python."""
    queries = [
        {'data_source': 'metrics', 'name': name, 'query': f'sum:{metric}{{*}}'}
        for name, metric in (('a', 'hits'), ('b', 'errors'))
    ]
    count = {'queries': queries, 'good_events_formula': {'formula': 'a - b'}, **rest}
    slo = created(api, METRIC | {'query': None, 'sli_specification': {'count': count}})
    assert slo['query'] == {'numerator': 'sum:hits{*} - sum:errors{*}', 'denominator': denominator}
    assert slo['sli_specification'] == {'count': count}


def test_a_time_slice_has_a_length(api):
    """As recorded: test_create_a_timeslice_slo_object_returns_ok_response of datadog-api-client-python."""
    queries = {
        'formulas': [{'formula': 'a'}],
        'queries': [{'name': 'a', 'data_source': 'metrics', 'query': 'avg:m{*}'}],
    }
    time_slice = {'comparator': '<', 'threshold': 5, 'query': queries}
    body = METRIC | {'type': 'time_slice', 'query': None, 'sli_specification': {'time_slice': time_slice}}
    assert created(api, body)['sli_specification'] == {'time_slice': time_slice | {'query_interval_seconds': 300}}


def test_no_other_timeframe_is_deleted(api):
    assert api.errors('POST', '/api/v1/slo/bulk_delete', {'x': ['7d', 'custom']}) == [
        "Invalid payload: timeframe must be one of 7d, 30d, 90d, not 'custom'"
    ]


@pytest.mark.parametrize(('target', 'most'), [(90, '10.0'), (99.9, '1000.0'), (96, '25.0')])
def test_a_burn_rate_has_a_maximum(api, target, most):
    """In Datadog's words: https://github.com/DataDog/terraform-provider-datadog/issues/1093"""
    slo = created(api, METRIC | {'thresholds': [{'timeframe': '7d', 'target': target}]})
    query = f'burn_rate("{slo["id"]}").over("7d").long_window("1h").short_window("5m") > '
    body = {'type': 'slo alert', 'name': 'burn', 'message': ''}
    above = float(most) + 4.4
    for path in ('/api/v1/monitor', '/api/v1/monitor/validate'):
        assert api.ask('POST', path, body | {'query': f'{query}{above}'}, status=400) == {
            'errors': [
                f'Alert threshold ({above}) must be in range 0 to {most} for burn rate alerts '
                '(max threshold = 1/1-slo target).'
            ]
        }
    monitor = api.ask('POST', '/api/v1/monitor', body | {'query': f'{query}{most}'})
    assert api.ask('PUT', f'/api/v1/monitor/{monitor["id"]}', {'query': f'{query}{above}'}, status=400)


def test_an_objective_that_something_refers_to_is_deleted_by_force(api):
    """As documented, "if an SLO is used in a dashboard", the answer is 409; the words are the sandbox's own."""
    slo, free = created(api, METRIC), created(api, METRIC)
    path = f'/api/v1/slo/{slo["id"]}'
    widget = {'definition': {'type': 'slo', 'slo_id': slo['id'], 'view_type': 'detail', 'time_windows': ['7d']}}
    group = {'definition': {'type': 'group', 'layout_type': 'ordered', 'widgets': [widget]}}
    board = api.ask('POST', '/api/v1/dashboard', {'title': 'B', 'layout_type': 'ordered', 'widgets': [group]})['id']
    used = f'slo [{slo["id"]},Answers] is referenced in dashboards: [{board},B]'
    assert api.ask('DELETE', path, status=409) == {'data': [], 'errors': {slo['id']: used}}
    both = f'{slo["id"]},{free["id"]}'
    assert api.ask('GET', '/api/v1/slo/can_delete', ids=both, status=409) == {
        'data': {'ok': [free['id']], 'denied_ids': [slo['id']]}, 'errors': {slo['id']: used},
    }  # fmt: skip
    assert api.ask('GET', '/api/v1/slo/can_delete', ids=free['id']) == {
        'data': {'ok': [free['id']], 'denied_ids': []}, 'errors': None,
    }  # fmt: skip
    assert api.errors('GET', '/api/v1/slo/can_delete', ids='x') == ['SLO not found: x not found']
    assert api.ask('DELETE', path, force='true')['data'] == [slo['id']]


def test_the_alerts_of_an_objective_are_listed_where_asked_for(api):
    slo = created(api, METRIC)
    path = f'/api/v1/slo/{slo["id"]}'
    alert = {'type': 'slo alert', 'name': 'Burnt', 'query': f'error_budget("{slo["id"]}").over("7d") > 75'}
    alert = api.ask('POST', '/api/v1/monitor', alert | {'options': {'thresholds': {'critical': 75}}})
    assert api.ask('GET', path, with_configured_alert_ids='true')['data']['configured_alert_ids'] == [alert['id']]
    assert 'configured_alert_ids' not in api.ask('GET', path)['data']
    assert api.ask('DELETE', path, status=409)['errors'][slo['id']].endswith('monitors: [1,Burnt]')


def test_deleted_objectives_are_not_listed(api):
    assert api.errors('GET', '/api/v1/slo', is_deleted='true') == [
        'The sandbox does not support is_deleted: it does not keep deleted objectives'
    ]
    assert api.ask('GET', '/api/v1/slo', is_deleted='false')['data'] == []
