"""Data sources of requests besides metrics and records: several at once, statistics of services, and objectives.

Source: https://docs.datadoghq.com/api/latest/dashboards/, `FormulaAndFunctionQueryDefinition`.
"""

from typing import Any

import pytest
from datadog_sandbox import widgets
from datadog_sandbox.store import Log, Series, Span, Store, TraceStat, Transition
from datadog_sandbox.times import DAY, HOUR
from widget_specimen import SECOND, T, content, evaluate, fill


@pytest.fixture
def account(store: Store) -> Store:
    return fill(store)


def scalar(*queries: dict[str, Any], formula: str = 'a', **more: Any) -> dict[str, Any]:
    return {'response_format': 'scalar', 'queries': list(queries), 'formulas': [{'formula': formula}]} | more


def value(account: Store, *queries: dict[str, Any], formula: str = 'a') -> float:
    single: float = content(account, 'query_value', requests=[scalar(*queries, formula=formula)]).value.value
    return single


def rows(account: Store, *queries: dict[str, Any], formula: str = 'a') -> list[tuple[str, float]]:
    shown = content(account, 'toplist', requests=[scalar(*queries, formula=formula)]).rows
    return [(row.name, row.value) for row in shown]


def curve(account: Store, *queries: dict[str, Any], formula: str = 'a') -> dict[int, float]:
    request = scalar(*queries, formula=formula, response_format='timeseries')
    [line] = content(account, 'timeseries', requests=[request]).chart.curves
    return {int(time) - T: number for time, number in zip(line.times, line.values, strict=True) if number == number}


def message(account: Store, *queries: dict[str, Any], formula: str = 'a') -> str:
    return evaluate(account, 'query_value', requests=[scalar(*queries, formula=formula)]).message


def metric(query: str, name: str = 'b', aggregator: str = 'avg') -> dict[str, Any]:
    return {'data_source': 'metrics', 'name': name, 'query': query, 'aggregator': aggregator}


def logs(query: str, name: str = 'a', **more: Any) -> dict[str, Any]:
    return {
        'data_source': 'logs',
        'name': name,
        'search': {'query': query},
        'compute': {'aggregation': 'count'},
    } | more


def service(stat: str, name: str = 'a', **more: Any) -> dict[str, Any]:
    return {'data_source': 'apm_resource_stats', 'name': name, 'service': 'web', 'env': '*', 'stat': stat} | more


def objective(measure: str, **more: Any) -> dict[str, Any]:
    return {'data_source': 'slo', 'name': 'a', 'slo_id': 's1', 'measure': measure} | more


# Several sources in one request


def test_a_formula_divides_logs_by_a_metric(account: Store) -> None:
    # 3 logs of web, 1 of them an error; cpu of host a is 10, of b 30.
    both = logs('service:web'), metric('avg:cpu{host:a}')
    assert value(account, *both, formula='a / b') == pytest.approx(0.3)
    assert value(account, *reversed(both), formula='b * 100 + a') == pytest.approx(1003)


def test_groups_of_different_sources_are_matched_by_their_tags(account: Store) -> None:
    by_host = logs('*', group_by=[{'facet': 'host', 'limit': 10}])
    # 2 logs of each host.
    assert rows(account, by_host, metric('avg:cpu{*} by {host}'), formula='b / a') == [('host:b', 15), ('host:a', 5)]


def test_events_logs_spans_and_metrics_are_added(account: Store) -> None:
    events = {'data_source': 'events', 'name': 'e', 'search': {'query': '*'}, 'compute': {'aggregation': 'count'}}
    spans = {'data_source': 'spans', 'name': 's', 'search': {'query': '*'}, 'compute': {'aggregation': 'count'}}
    every = events, spans, logs('*'), metric('avg:cpu{host:a}')
    # 3 events, 2 spans, 4 logs, and 10.
    assert value(account, *every, formula='e + s + a + b') == pytest.approx(19)


def test_over_time_the_buckets_of_all_sources_are_the_same(account: Store) -> None:
    # Logs are at 60 (two), 180, and 300 seconds.
    assert curve(account, logs('*'), metric('avg:cpu{host:a}'), formula='a * b + 1') == {
        **dict.fromkeys(range(0, HOUR, 20), 1), 60: 21, 180: 11, 300: 11,
    }  # fmt: skip


def test_a_formula_looks_at_the_time_before_also_in_records(account: Store) -> None:
    def late(moment: int, number: int) -> Log:
        return Log(0, moment * 1000, 'a', 'late', 'x', 'info', str(number), (), {})

    account.add_logs([late(T + 600, 1), late(T - DAY + 600, 2), late(T - DAY + 610, 3), late(T - DAY + 4000, 4)])
    assert curve(account, logs('service:late'), formula='day_before(a)') == {600: 2}
    assert curve(account, logs('service:late')) == {600: 1}
    # A day is 24 ranges of an hour; a calendar's month that is none says so.
    assert value(account, logs('service:late'), formula='day_before(a)') == 2
    request = {'type': 'query_value', 'requests': [scalar(logs('service:late'), formula='day_before(a)')]}
    widget = widgets.evaluate(account, request, {}, T, T + 7 * HOUR)
    assert widget.message == ('A single value is shifted in time only for metrics, or by a multiple of the range')


def test_what_looks_back_only_over_time_is_evaluated_over_single_values(account: Store) -> None:
    assert value(account, logs('service:web'), formula='default_zero(a)') == 3
    # The empty one says what there is none of, whatever its formula.
    nothing = scalar(logs('service:none'), formula='derivative(a)', response_format='timeseries')
    empty = 'There are no logs that match this search in this range'
    assert evaluate(account, 'timeseries', requests=[nothing]).message == empty
    shifted = {'type': 'timeseries', 'requests': [scalar(logs('service:none'), formula='day_before(a)')]}
    widget = widgets.evaluate(account, shifted, {}, T, T + 7 * HOUR)
    assert widget.message == empty


def test_groups_are_limited_by_what_they_have_in_the_range_itself(account: Store) -> None:
    early = [Log(0, (T - DAY + 60) * 1000, 'old', 'web', 'x', 'info', '', (), {}) for _ in range(9)]
    account.add_logs(early)
    limited = logs('*', group_by=[{'facet': 'host', 'limit': 1}])
    request = scalar(limited, formula='a + 0 * day_before(a)', response_format='timeseries')
    shown = evaluate(account, 'timeseries', requests=[request])
    assert 'old' not in str(shown.content)


def test_one_source_that_is_not_kept_is_named(account: Store) -> None:
    rum = {'data_source': 'rum', 'name': 'r', 'search': {'query': '*'}, 'compute': {'aggregation': 'count'}}
    assert message(account, metric('avg:cpu{*}'), rum, formula='b + r') == (
        'This widget needs Real User Monitoring (data source rum), whose data the sandbox does not keep'
    )


# Statistics of services


def test_statistics_of_a_service(account: Store) -> None:
    # 8 requests in the hour, 2 failed, 400 ms together.
    assert value(account, service('hits')) == 8
    assert value(account, service('errors')) == 2
    assert value(account, service('error_rate')) == 25
    assert value(account, service('latency_avg')) == pytest.approx(0.05)
    assert value(account, service('hits_per_second', data_source='apm_metrics')) == pytest.approx(8 / 3600)
    assert value(account, service('errors_per_second', data_source='apm_metrics')) == pytest.approx(2 / 3600)
    assert value(account, service('total_time', data_source='apm_metrics')) == pytest.approx(0.4)
    # The spans of web took 40 ms.
    assert value(account, service('latency_p95')) == pytest.approx(0.04)
    assert value(account, service('latency_max')) == pytest.approx(0.04)


def test_statistics_over_time_are_those_of_each_bucket(account: Store) -> None:
    account.add_trace_stats([TraceStat('web', 'flask.request', 'GET /', 200, 'a', T + 70, 2, 0, 100_000_000)])
    # Both are in the bucket from 60 to 80: 10 requests, 500 ms.
    assert curve(account, service('hits')) == {60: 10}
    assert curve(account, service('latency_avg')) == {60: pytest.approx(0.05)}
    assert curve(account, service('hits_per_second')) == {60: 0.5}


def test_statistics_by_resource_of_an_operation_a_host_and_a_variable(account: Store) -> None:
    account.add_trace_stats([
        TraceStat('web', 'flask.request', 'POST /', 500, 'b', T + 60, 3, 3, 300_000_000),
        TraceStat('web', 'flask.render', 'index', 0, 'a', T + 60, 8, 0, 80_000_000),
    ])  # fmt: skip
    by_resource = service('hits', group_by=['resource_name'], operation_name='flask.request')
    assert rows(account, by_resource) == [('resource_name:GET /', 8), ('resource_name:POST /', 3)]
    assert value(account, service('hits', resource_name='POST /')) == 3
    # Host a is of env:prod, b of env:dev.
    in_dev = service('hits', primary_tag_name='env', primary_tag_value='dev')
    assert value(account, in_dev | {'primary_tag_name': 'host', 'primary_tag_value': 'b'}) == 3
    assert value(account, service('hits', data_source='apm_metrics', query_filter='host:b')) == 3
    assert rows(account, service('errors', group_by=['http.status_code'])) == [
        ('http.status_code:500', 3), ('http.status_code:200', 2), ('http.status_code:0', 0),
    ]  # fmt: skip


def test_latencies_have_their_unit_unless_the_formula_has_another(account: Store) -> None:
    shown = content(account, 'query_value', requests=[scalar(service('latency_avg'))]).value
    assert shown.with_unit == '50 ms'
    assert content(account, 'query_value', requests=[scalar(service('error_rate'))]).value.with_unit == '25 %'
    # A formula has none.
    assert content(account, 'query_value', requests=[scalar(service('hits'))]).value.with_unit == '8'
    twice = scalar(service('latency_avg'), formula='a * 2')
    assert content(account, 'query_value', requests=[twice]).value.with_unit == '0.10'


def test_the_classic_form_is_a_table_of_resources(account: Store) -> None:
    query = {'service': 'web', 'env': 'prod', 'name': 'flask.request', 'primary_tag': 'dc:*', 'row_type': 'resource'}
    shown = content(account, 'query_table', requests=[{'apm_stats_query': query}])
    assert list(shown.table.columns) == ['resource_name', 'requests', 'average latency', 'errors']
    assert [[cell.text for cell in row] for row in shown.table.rows] == [['GET /', '8', '50 ms', '25 %']]
    widget = evaluate(account, 'query_table', requests=[{'apm_stats_query': query}])
    assert list(widget.remarks) == ['Statistics of services are of all environments here (approximated)']
    everywhere = query | {'env': '*'}
    assert evaluate(account, 'query_table', requests=[{'apm_stats_query': everywhere}]).remarks == ()
    wrong = evaluate(account, 'query_table', requests=[{'apm_stats_query': query | {'row_type': 'team'}}])
    assert wrong.message == "The row_type 'team' of an apm_stats_query is not one of service, resource, span"


def test_a_distribution_of_latencies_counts_spans(account: Store) -> None:
    account.add_spans([
        Span('79', str(id_), '0', 'web', 'flask.request', 'GET /', 'web', (T + id_) * SECOND,
             seconds * 1_000_000_000, 0, 'a', 'prod', {}, {})
        for id_, seconds in enumerate((1, 2, 2))
    ])  # fmt: skip
    histogram = {'request_type': 'histogram', 'query': service('latency_distribution', name='q')}
    classic = {'apm_stats_query': {'service': 'web', 'env': 'prod', 'name': 'flask.request', 'row_type': 'service'}}
    for request in (histogram, classic):
        shown = content(account, 'distribution', requests=[request])
        # 40 ms, 1 s, and twice 2 s, in 20 bins from the least to the greatest.
        assert [(round(one['low'], 3), one['count']) for one in shown.bins if one['count']] == [
            (0.04, 1), (0.922, 1), (1.902, 2),
        ]  # fmt: skip
        assert shown.noun == 'spans'
        for type_ in ('distribution', 'heatmap'):
            later = widgets.evaluate(account, {'type': type_, 'requests': [request]}, {}, T + HOUR, T + 2 * HOUR)
            expected = 'There are no spans that match this search in this range'
            assert (later.failed, later.message) == (False, expected)


@pytest.mark.parametrize(
    ('query', 'expected'),
    [
        (service('apdex'), 'The statistic apdex of apm_resource_stats is not evaluated: hits, errors, error_rate,'),
        (service('hits', group_by=['peer.service']), 'Statistics of services are not grouped by peer.service:'),
        (service('hits', query_filter='!host:a'), "query_filter of statistics of services is a list of tags here, not"),
        (service('hits', service='none'), 'There are no statistics of this service in this range'),
        (service('latency_p95', query_filter='dc:x'), 'There are no spans that match this search in this range'),
        ({'data_source': 'apm_dependency_stats', 'name': 'a'}, 'This widget needs'),
    ],
)  # fmt: skip
def test_what_is_no_statistic_is_said(account: Store, query: dict[str, Any], expected: str) -> None:
    assert expected in message(account, query)


# Objectives


def test_measures_of_an_objective(account: Store) -> None:
    # In the hour 97 of 100 events are good; the target is 95.
    assert value(account, objective('slo_status')) == pytest.approx(97)
    assert value(account, objective('good_events')) == 97
    assert value(account, objective('bad_events')) == 3
    # 3 of the 5 that may fail have.
    assert value(account, objective('error_budget_remaining')) == pytest.approx(40)
    assert value(account, objective('burn_rate')) == pytest.approx(0.6)
    shown = content(account, 'query_value', requests=[scalar(objective('slo_status'))]).value
    assert shown.with_unit == '97 %'


def test_measures_of_an_objective_over_time(account: Store) -> None:
    for time, good in ((T + 600, 50), (T + 1200, 100)):
        codes = (('code:200', good), ('code:500', 100 - good))
        account.add([(Series('hits', 'a', (code,), 'count', 10), time, float(count)) for code, count in codes])
    # Buckets of a minute, as bars of an hour have.
    assert curve(account, objective('slo_status')) == {60: pytest.approx(97), 600: pytest.approx(50), 1200: 100}
    good = {time: number for time, number in curve(account, objective('good_events')).items() if number}
    assert good == {60: 97, 600: 50, 1200: 100}
    burndown = curve(account, objective('error_budget_burndown'))
    # After 600: 147 of 200 are 73.5 %, 21.5 below a target that allows 5; then 247 of 300.
    assert burndown[60] == pytest.approx(40)
    assert burndown[600] == pytest.approx(-430)
    assert burndown[3540] == pytest.approx(100 * (247 / 3 - 95) / 5)


def test_a_formula_compares_an_objective_with_a_metric(account: Store) -> None:
    assert value(account, objective('slo_status'), metric('avg:cpu{host:a}'), formula='a - b') == pytest.approx(87)


def test_minutes_are_those_of_an_objective_of_monitors(account: Store) -> None:
    account.save('slo', 's2', {
        'id': 's2', 'name': 'Up', 'type': 'monitor', 'tags': [], 'monitor_ids': [7],
        'thresholds': [{'timeframe': '7d', 'target': 99.0}],
    })  # fmt: skip
    account.add_transitions([
        Transition(7, 'host:b', T + 600, 'Alert', None), Transition(7, 'host:b', T + 1200, 'OK', None),
    ])  # fmt: skip
    # Ten of sixty minutes.
    assert value(account, objective('bad_minutes', slo_id='s2')) == pytest.approx(10)
    assert value(account, objective('good_minutes', slo_id='s2')) == pytest.approx(50)
    assert message(account, objective('good_events', slo_id='s2')) == (
        'An objective of the type monitor has no good_events'
    )


@pytest.mark.parametrize(
    ('query', 'expected'),
    [
        (objective('slo_status', slo_id='x'), 'There is no service level objective x here'),
        (objective('mood'), 'The measure mood of an objective is not one of slo_status,'),
        (objective('slo_status', group_mode='components'), 'The components of an objective are not evaluated'),
        (objective('slo_status', additional_query_filters='env:x'), 'The additional_query_filters of an objective are'),
        (objective('good_minutes'), 'An objective of the type metric has no good_minutes'),
    ],
)
def test_what_is_no_measure_is_said(account: Store, query: dict[str, Any], expected: str) -> None:
    assert message(account, query).startswith(expected)


def test_a_query_without_a_name_is_known_by_its_number(account: Store) -> None:
    query = objective('good_events')
    del query['name']
    assert value(account, query, formula='query1') == 97
