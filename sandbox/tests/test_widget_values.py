"""What widgets show, worked out by hand."""

from typing import Any

import pytest
from datadog_sandbox.drawing.axes import round_top
from datadog_sandbox.store import Series, Span, Store, Transition
from datadog_sandbox.times import DAY
from widget_specimen import BY_HOST, DEFINITIONS, SECOND, SPLIT, T, cells, content, evaluate, fill, request


@pytest.fixture
def account(store: Store) -> Store:
    return fill(store)


# Tables


def test_a_query_table_has_a_column_for_each_formula_and_sorts_by_one(account: Store) -> None:
    queries = [
        {'data_source': 'metrics', 'name': name, 'query': query, 'aggregator': 'avg'}
        for name, query in (('a', 'avg:cpu{*} by {host}'), ('b', 'avg:visits{*} by {host}'))
    ]
    formulas = [{'formula': 'a', 'alias': 'CPU', 'cell_display_mode': 'bar'}, {'formula': 'a * b'}]
    table = {'queries': queries, 'formulas': formulas, 'response_format': 'scalar'}
    assert cells(account, 'query_table', requests=[table]) == [['b', '30', '30'], ['a', '10', '30']]
    drawn = content(account, 'query_table', requests=[table]).table
    assert drawn.columns == ['host', 'CPU', 'avg:cpu{*} * avg:visits{*}']
    assert [row[1].share for row in drawn.rows] == [1, 10 / 30]
    table['sort'] = {'count': 1, 'order_by': [{'type': 'group', 'name': 'host', 'order': 'asc'}]}
    assert cells(account, 'query_table', requests=[table]) == [['a', '10', '30']]


def test_a_classic_query_table_joins_its_requests_by_group(account: Store) -> None:
    formats = [{'comparator': '>', 'value': 20, 'palette': 'white_on_red'}]
    first = {'q': 'avg:cpu{*} by {host}', 'aggregator': 'max', 'alias': 'Most', 'order': 'asc', 'limit': 5}
    second = {'q': 'avg:visits{host:a} by {host}', 'aggregator': 'sum', 'alias': 'Visits'}
    requests = [first | {'conditional_formats': formats}, second]
    assert cells(account, 'query_table', requests=requests) == [['a', '10', '3'], ['b', '30', '-']]
    rows = content(account, 'query_table', requests=requests).table.rows
    assert [(row[1].colour, row[1].background) for row in rows] == [('', ''), ('inverse', 'error')]


def test_a_query_value_may_lie_over_its_course(account: Store) -> None:
    account.add((Series('c', '', ()), T + time, value) for time, value in ((0, 0.0), (900, 10.0), (1800, 5.0)))
    background = {'timeseries_background': {'type': 'area'}}
    value = content(account, 'query_value', requests=[request('avg:c{*}')], **background)
    assert value.course == [(0, 1), (0.25, 0), (0.5, 0.5)]
    assert value.polyline == '0.0,100.0 25.0,0.0 50.0,50.0'
    assert [row['x'] for row in value.drawing().data['course']] == [0, 0.25, 0.5]
    assert content(account, 'query_value').course == ()


def test_a_query_value_of_groups_says_which_one_it_shows(account: Store) -> None:
    widget = evaluate(account, 'query_value', requests=[BY_HOST])
    assert (widget.content.value.value, *widget.remarks) == (
        10, 'The value of host:a, the first of 2 groups (approximated)',
    )  # fmt: skip
    assert evaluate(account, 'query_value', requests=[request('avg:cpu{host:a} by {host}')]).remarks == ()


def test_a_change_compares_with_an_earlier_time(account: Store) -> None:
    # 10 - 20 and 30 - 20; the greatest change first.
    assert cells(account, 'change') == [['host:b', '▲ 10', '30'], ['host:a', '▼ -10', '10']]
    relative = DEFINITIONS['change']['requests'][0] | {'change_type': 'relative', 'increase_good': True}
    rows = content(account, 'change', requests=[relative | {'show_present': False, 'order_dir': 'asc'}]).table.rows
    assert [[cell.text for cell in row] for row in rows] == [['host:a', '▼ -50 %'], ['host:b', '▲ 50 %']]
    assert [row[1].colour for row in rows] == ['error', 'ok']


def test_a_group_without_an_earlier_value_says_so(account: Store) -> None:
    account.add([(Series('cpu', 'c', ()), T + 60, 5.0)])
    assert cells(account, 'change')[-1] == ['host:c', 'no value before', '5']


def test_a_change_from_zero_has_no_share(account: Store) -> None:
    account.add([(Series('v', host, ()), time, value) for host, time, value in (
        ('a', T + 60 - DAY, 0.0), ('a', T + 60, 5.0), ('b', T + 60 - DAY, 0.0), ('b', T + 60, 0.0),
        ('c', T + 60 - DAY, 4.0), ('c', T + 60, 6.0),
    )])  # fmt: skip
    change = {'q': 'avg:v{*} by {host}', 'compare_to': 'day_before', 'change_type': 'relative'}
    assert cells(account, 'change', requests=[change]) == [
        ['host:a', '▲ ∞ %'], ['host:c', '▲ 50 %'], ['host:b', '0 %'],
    ]  # fmt: skip


def test_a_change_of_two_formulas(account: Store) -> None:
    formulas = [{'formula': 'day_before(a)'}, {'formula': 'a'}]
    changes = BY_HOST | {'formulas': formulas, 'order_by': 'name', 'order_dir': 'asc'}
    assert cells(account, 'change', requests=[changes]) == [['host:a', '▼ -10'], ['host:b', '▲ 10']]


def test_service_checks_are_counted_by_status_and_tag(account: Store) -> None:
    assert cells(account, 'check_status') == [['dev', '0', '1', '0'], ['prod', '1', '0', '1']]
    assert cells(account, 'check_status', tags=['env:prod'], group_by=[]) == [['1', '0', '1']]
    single = cells(account, 'check_status', grouping='check', group='host:a,port:2')
    assert single == [['Critical', 'a', 'port:2']]
    assert evaluate(account, 'check_status', check='down').message == 'There is no service check down yet'


def test_events_are_listed_the_latest_first(account: Store) -> None:
    titles = [row[1] for row in cells(account, 'event_stream')]
    assert titles == ['deploy of db', 'deploy of web']
    assert [row[1] for row in cells(account, 'event_stream', query='source: my_apps')] == ['other']
    assert [row[1] for row in cells(account, 'event_stream', query='env:prod -deploy')] == ['other']
    assert [row[1] for row in cells(account, 'event_stream', query='status:(error OR info)')] == [
        'other',
        'deploy of db',
    ]
    either = cells(account, 'event_stream', query='env:dev service:web', tags_execution='or')
    assert [row[1] for row in either] == ['deploy of db', 'deploy of web']
    assert evaluate(account, 'event_stream', query='env:none').message == (
        'There are no events that match this search in this range'
    )


def test_events_are_counted_over_time(account: Store) -> None:
    [curve] = content(account, 'event_timeline').chart.curves
    # Events of env:prod at one and at three minutes; an hour has bars of a minute.
    assert [(int(time) - T, count) for time, count in zip(curve.times, curve.values, strict=True) if count > 0] == [
        (60, 1), (180, 1),
    ]  # fmt: skip


def test_events_are_counted_by_a_tag(account: Store) -> None:
    query = {
        'data_source': 'events', 'name': 'a', 'search': {'query': '*'}, 'compute': {'aggregation': 'count'},
        'group_by': [{'facet': 'env', 'limit': 10}],
    }  # fmt: skip
    counted = {'queries': [query], 'formulas': [{'formula': 'a * 10'}], 'response_format': 'scalar'}
    rows = content(account, 'toplist', requests=[counted]).rows
    assert [(row.name, row.value) for row in rows] == [('env:prod', 20), ('env:dev', 10)]
    query['group_by'][0]['limit'] = 1
    assert [row.name for row in content(account, 'toplist', requests=[counted]).rows] == ['env:prod']


def test_spans_are_counted_and_measured(account: Store) -> None:
    query = {
        'data_source': 'spans', 'name': 'a', 'search': {'query': 'env:prod'},
        'compute': {'aggregation': 'avg', 'metric': '@duration'}, 'group_by': [{'facet': 'service'}],
    }  # fmt: skip
    measured = {'queries': [query], 'formulas': [{'formula': 'a'}], 'response_format': 'scalar'}
    rows = content(account, 'toplist', requests=[measured]).rows
    assert [(row.name, row.value) for row in rows] == [('service:web', 40e6), ('service:db', 20e6)]
    query['compute'] = {'aggregation': 'cardinality'}
    assert 'cardinality needs a facet or measure' in evaluate(account, 'toplist', requests=[measured]).message
    query['compute'] = {'aggregation': 'latest', 'metric': '@duration'}
    assert 'The aggregation latest is not one of count,' in evaluate(account, 'toplist', requests=[measured]).message


def test_percentiles_of_spans_are_within_the_error_of_their_sketch(account: Store) -> None:
    account.add_spans([
        Span('78', str(number), '0', 'web', 'flask.request', 'GET /', 'web', (T + number) * SECOND,
             number * 1_000_000, 0, 'a', 'test', {'user': f'u{number % 7}'}, {})
        for number in range(1, 101)
    ])  # fmt: skip
    query: dict[str, Any] = {'data_source': 'spans', 'name': 'a', 'search': {'query': 'env:test'}}
    values = {}
    for aggregation in ('median', 'pc75', 'pc99', 'cardinality'):
        query['compute'] = {
            'aggregation': aggregation,
            'metric': '@user' if aggregation == 'cardinality' else '@duration',
        }
        one = {'queries': [query], 'formulas': [{'formula': 'a'}], 'response_format': 'scalar'}
        values[aggregation] = content(account, 'query_value', requests=[one]).value.value
    assert values['cardinality'] == 7
    assert values['median'] == pytest.approx(50e6, rel=0.02)
    assert values['pc75'] == pytest.approx(75e6, rel=0.02)
    assert values['pc99'] == pytest.approx(99e6, rel=0.02)
    query['compute'] = {'aggregation': 'cardinality', 'metric': '@user'}
    over_time = {'queries': [query], 'formulas': [{'formula': 'a'}], 'response_format': 'timeseries'}
    [curve] = content(account, 'timeseries', requests=[over_time]).chart.curves
    # The 1st to the 100th second in buckets of 20: of seven users all, and in the last one the one of the 100th.
    assert curve.known.tolist() == [7, 7, 7, 7, 7, 1]


def test_events_are_counted_in_the_older_forms_of_a_query(account: Store) -> None:
    fields = {'fields': ['env', 'service'], 'limit': 10}
    query = {'data_source': 'events', 'name': 'a', 'search': {'query': 'source:deploy'},
             'compute': {'aggregation': 'count'}, 'group_by': fields}  # fmt: skip
    counted = {'queries': [query], 'formulas': [{'formula': 'a'}], 'response_format': 'scalar'}
    rows = content(account, 'toplist', requests=[counted]).rows
    assert sorted((row.name, row.value) for row in rows) == [('env:dev,service:db', 1), ('env:prod,service:web', 1)]
    classic = {'search': {'query': 'env:prod'}, 'compute': {'aggregation': 'count'}, 'group_by': [{'facet': 'source'}]}
    [one] = [curve for curve in content(account, 'timeseries', requests=[{'event_query': classic}]).chart.curves
             if 'deploy' in curve.name]  # fmt: skip
    assert one.known.sum() == 1


def test_monitors_of_a_search_have_their_states(account: Store) -> None:
    table = content(account, 'manage_status')
    assert [[cell.text for cell in row] for row in table.table.rows] == [['No Data', 'Web is slow']]
    assert table.table.rows[0][1].link == '/monitors/7'
    assert table.notes == ['1 No Data']
    assert cells(account, 'manage_status', query='status:"no data" AND type:metric slow') == [
        ['No Data', 'Web is slow']
    ]
    assert evaluate(account, 'manage_status', query='team:db').message == 'No monitor matches this search'


def test_a_monitor_summary_is_sorted_and_counted_as_defined(account: Store) -> None:
    """`MonitorSummaryWidgetDefinition` of Datadog's OpenAPI document."""
    body = account.get('monitor', 7)
    account.save('monitor', 8, {**body, 'id': 8, 'name': 'App is slow', 'tags': ['team:web', 'a:b']})
    for id_, time in ((7, T), (8, T - 60)):
        account.save_states(id_, {'*': {'status': 'Alert', 'last_triggered_ts': time}})

    def names(sort: str) -> list[str]:
        return [row[1] for row in cells(account, 'manage_status', sort=sort)]

    assert names('triggered,desc') == names('group,asc') == ['Web is slow', 'App is slow']
    assert names('triggered,asc') == names('tags,asc') == names('name,asc') == ['App is slow', 'Web is slow']
    message = evaluate(account, 'manage_status', sort='size,asc').message
    assert message == 'sort of a monitor summary is one of name, priority, group, status, tags, triggered, not \'size\''
    counts = {'display_format': 'counts', 'hide_zero_counts': False}
    assert cells(account, 'manage_status', **counts) == [['Alert', '2'], ['Warn', '0'], ['No Data', '0'], ['OK', '0']]
    assert cells(account, 'manage_status', display_format='counts') == [['Alert', '2']]


def test_services_are_what_their_spans_show(account: Store) -> None:
    assert cells(account, 'servicemap') == [['web', 'db', '1', '100.0 %']]
    assert cells(account, 'topology_map') == [['web', 'db', '1', '100.0 %']]
    # 2 of 8 requests failed; they took 400 ms.
    assert cells(account, 'trace_service') == [['GET /', '8', '25.0 %', '50.00 ms']]


# Charts


def test_a_heatmap_counts_groups_in_ranges_of_values(account: Store) -> None:
    heatmap = content(account, 'heatmap')
    first = [cell for cell in heatmap.cells if cell['time'] == T * 1000]
    # From 10 to 30 in 20 steps of 1.
    assert [(cell['low'], cell['high'], cell['count']) for cell in first] == [(10, 11, 1), (29, 30, 1)]
    # Columns of a minute, as bars of an hour have.
    assert len(heatmap.cells) == 2 * 60


def test_a_distribution_counts_groups_by_value(account: Store) -> None:
    bins = [(bin_['low'], bin_['count']) for bin_ in content(account, 'distribution').bins if bin_['count']]
    assert bins == [(10, 1), (29, 1)]


def test_a_scatterplot_has_two_values_of_each_group(account: Store) -> None:
    points = content(account, 'scatterplot').points
    assert [(point['name'], point['x'], point['y']) for point in points] == [('host:a', 10, 3), ('host:b', 30, 1)]


def test_hosts_are_squares_in_groups(account: Store) -> None:
    squares = content(account, 'hostmap').squares
    assert [(s['name'], s['group'], s['value'], s['row'], s['column']) for s in squares] == [
        ('b', 'env:dev', 30, 1, 0), ('a', 'env:prod', 10, 3, 0),
    ]  # fmt: skip


def test_a_sunburst_has_a_ring_for_each_tag(account: Store) -> None:
    arcs = content(account, 'sunburst').drawing().data['points']
    assert [(arc['name'], arc['from'], arc['to'], arc['ring']) for arc in arcs] == [
        ('country:FR', 0, 0.75, 0), ('country:DE', 0.75, 1, 0),
        ('country:FR,host:a', 0, 0.75, 1), ('country:DE,host:b', 0.75, 1, 1),
    ]  # fmt: skip


def test_a_sunburst_has_the_groups_and_the_unit_of_its_definition(account: Store) -> None:
    visits = request('avg:visits{*} by {country,host}', sort={'count': 1, 'order_by': [{'order': 'desc'}]})
    visits['formulas'] = [{'formula': '2048 * a', 'number_format': {'unit': {'unit_name': 'byte'}}}]
    drawn = content(account, 'sunburst', requests=[visits]).drawing()
    assert [(arc['name'], arc['shown']) for arc in drawn.data['points']] == [
        ('country:FR', '6 KiB (100.0 %)'), ('country:FR,host:a', '6 KiB (100.0 %)'),
    ]  # fmt: skip
    assert drawn.specification['layer'][1]['data']['values'] == [{'text': '6 KiB'}]
    assert len(content(account, 'sunburst', hide_total=True).drawing().specification['layer']) == 1


def test_a_treemap_has_the_values_of_its_groups(account: Store) -> None:
    nodes = content(account, 'treemap').drawing().data['points'][1:]
    assert [(node['name'], node['size']) for node in nodes] == [('country:FR,host:a', 3), ('country:DE,host:b', 1)]


def test_a_split_group_narrows_its_widget_to_each_value(account: Store) -> None:
    inner = [widget['definition'] for widget in content(account, 'split_group').widgets]
    assert [widget['title'] for widget in inner] == ['host:a', 'host:b']
    assert [widget['requests'][0]['queries'][0]['query'] for widget in inner] == ['avg:cpu{host:a}', 'avg:cpu{host:b}']
    compute = {'aggregation': 'avg', 'metric': 'cpu'}
    ordered = SPLIT | {'sort': {'order': 'desc', 'compute': compute}, 'limit': 1}
    [only] = content(account, 'split_group', split_config=ordered).widgets
    assert only['definition']['title'] == 'host:b'


def test_an_alert_value_is_that_of_the_worst_group(account: Store) -> None:
    account.save_states(7, {'host:a': {'status': 'OK'}, 'host:b': {'status': 'Alert'}})
    value = content(account, 'alert_value').value
    assert (value.name, value.value, value.paint.colour) == ('host:b', 30, 'error')
    assert evaluate(account, 'alert_value', alert_id='8').message == 'There is no monitor 8 here'
    account.save('monitor', 8, account.get('monitor', 7) | {'id': 8, 'query': 'avg(last_5m):avg:none{*} > 25'})
    assert evaluate(account, 'alert_value', alert_id='8').message == 'This monitor has no value now'


def test_an_alert_graph_has_the_thresholds(account: Store) -> None:
    chart = content(account, 'alert_graph').chart
    assert [(marker.low, marker.kind, marker.label) for marker in chart.markers] == [
        (15, 'warning', 'warning > 15'), (25, 'error', 'alert > 25'),
    ]  # fmt: skip
    assert {curve.name: float(curve.known[-1]) for curve in chart.curves} == {'host:a': 10, 'host:b': 30}


@pytest.mark.parametrize(
    'query',
    [
        "avg(last_1h):anomalies(avg:cpu{*}, 'basic', 2) >= 1",
        "avg(last_1h):outliers(avg:cpu{*} by {host}, 'DBSCAN', 2) > 0",
    ],
)
def test_thresholds_that_are_shares_are_not_drawn_among_the_values(account: Store, query: str) -> None:
    account.save('monitor', 7, {**(account.get('monitor', 7) or {}), 'query': query, 'options': {}})
    assert content(account, 'alert_graph').chart.markers == []


def test_events_lie_over_a_chart(account: Store) -> None:
    chart = content(account, 'timeseries', events=[{'q': 'source:deploy env:dev'}]).chart
    assert chart.events == [{'time': (T + 120) * 1000, 'title': 'deploy of db', 'search': 0}]


def test_a_chart_has_two_axes_where_a_request_is_on_the_right(account: Store) -> None:
    requests = [BY_HOST, request('avg:visits{*}', on_right_yaxis=True)]
    chart = content(account, 'timeseries', requests=requests, right_yaxis={'max': '5', 'label': 'visits'})
    left, right = chart.drawing().specification['layer']
    y = right['layer'][0]['encoding']['y']
    assert (y['axis']['orient'], y['axis']['title'], y['scale']['domainMax']) == ('right', 'visits', 5)
    assert left['layer'][0]['encoding']['y']['axis'].get('orient') is None
    assert [curve.right for curve in chart.chart.curves] == [False, False, True]


def test_an_alert_graph_has_the_states_of_its_monitor(account: Store) -> None:
    account.save('monitor', 7, {**(account.get('monitor', 7) or {}), 'name': 'x'})
    account.save('evaluated', 7, {'id': 7, 'time': T + 1800})
    account.add_transitions(
        Transition(7, f'host:{host}', T + time, status, None)
        for host, time, status in (
            ('a', 0, 'OK'), ('a', 900, 'Alert'), ('a', 1200, 'OK'),
            ('b', 600, 'Warn'), ('b', 1500, 'OK'), ('b', 1700, 'No Data'),
        )
    )  # fmt: skip

    def states(**group: str) -> list[tuple[int, int, str]]:
        every = content(account, 'alert_graph', **group).chart.states
        return [(state['from'] // 1000 - T, state['to'] // 1000 - T, state['title']) for state in every]

    # The last evaluation was at 1800.
    missing = 1700, 1801, 'No Data: x'
    assert states() == [(600, 900, 'Warn: x'), (900, 1200, 'Alert: x'), (1200, 1500, 'Warn: x'), missing]
    assert states(group='host:a') == [(900, 1200, 'Alert: x')]
    assert states(group='host:b') == [(600, 1500, 'Warn: x'), missing]


def test_labels_of_markers_at_one_height_stand_side_by_side(account: Store) -> None:
    markers = [
        {'value': f'y = {value}', 'label': label} for value, label in ((500, 'good'), (500, 'bad'), (900, 'far'))
    ]
    [side] = content(account, 'timeseries', markers=markers).drawing().specification['layer']
    labels = [layer for layer in side['layer'] if 'text' in layer['encoding'] and 'stroke' not in layer['mark']]
    # Seven pixels for each of four letters, and eight between.
    assert [(layer['encoding']['text']['value'], layer['mark']['dx']) for layer in labels] == [
        ('good', -2), ('bad', -38), ('far', -2),
    ]  # fmt: skip


def test_labels_of_lines_that_are_near_each_other_stand_on_their_far_sides(account: Store) -> None:
    markers = [
        {'value': f'y = {value}', 'label': label}
        for value, label in ((245, 'warning'), (250, 'alert'), (500, 'far'), (5, 'low'))
    ]
    [side] = content(account, 'timeseries', markers=markers).drawing().specification['layer']
    labels = [layer for layer in side['layer'] if 'text' in layer['encoding'] and 'stroke' not in layer['mark']]
    # Eight and a half pixels below its line, or above it. The plot ends at 500; 5 has no room below.
    assert [(layer['encoding']['text']['value'], layer['mark']['dy'], layer['mark']['dx']) for layer in labels] == [
        ('warning', 8.5, -2), ('alert', -8.5, -2), ('far', 8.5, -2), ('low', -8.5, -2),
    ]  # fmt: skip
    # No line is drawn over a label.
    kinds = ['text' in layer['encoding'] for layer in side['layer']]
    assert kinds == sorted(kinds)


def test_labels_that_meet_between_two_lines_stand_side_by_side(account: Store) -> None:
    markers = [
        {'value': f'y = {value}', 'label': label} for value, label in ((80, 'warn'), (90, 'alert'), (99, 'high'))
    ]
    [side] = content(account, 'timeseries', markers=markers).drawing().specification['layer']
    labels = [layer for layer in side['layer'] if 'text' in layer['encoding'] and 'stroke' not in layer['mark']]
    # 80 is above its line, and 90 below: seven pixels for each of four letters, and eight between. So is 99, as the
    # plot ends at 100.
    assert [(layer['encoding']['text']['value'], layer['mark']['dy'], layer['mark']['dx']) for layer in labels] == [
        ('warn', -8.5, -2), ('alert', 8.5, -38), ('high', 8.5, -81),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ('highest', 'top'),
    [(99, 100), (90, 90), (91, 100), (5.5, 5.5), (123, 130), (1000, 1000), (1040, 1100), (0, 0)]
    + [(5e-324, 5e-324), (1.7e308, 1.7e308)],
)
def test_a_scale_ends_at_a_round_value(highest: float, top: float) -> None:
    # As d3-scale's "nice" with ten steps: each is 1, 2, or 5 by a power of ten, whichever is nearest to a tenth.
    assert round_top(highest) == pytest.approx(top)


def test_a_palette_goes_on_from_one_request_to_the_next(account: Store) -> None:
    purple = request('avg:cpu{*} by {host}', style={'palette': 'purple'})
    curves = content(account, 'timeseries', requests=[purple, purple]).chart.curves
    assert [curve.colour for curve in curves] == ['line3', 'line12', 'line15', 'line19']


def test_addresses_are_links_only_to_the_web(account: Store) -> None:
    assert content(account, 'image').link == 'https://example.com/picture.png'
    long = content(account, 'image', url=f'data:image/png;base64,{"A" * 300}')
    assert (long.link, long.address) == ('', f'data:image/png;base64,{"A" * 178}…')
    assert content(account, 'iframe', url='javascript:alert(1)').link == ''
