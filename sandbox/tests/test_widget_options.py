"""Options of widgets: what they change, and that one without effect is said.

Source: https://docs.datadoghq.com/dashboards/widgets/hostmap/ and https://docs.datadoghq.com/api/latest/dashboards/.
"""

from typing import Any

import pytest
from datadog_sandbox import widgets
from datadog_sandbox.store import Series, Span, Store
from widget_specimen import BY_HOST, HOUR, SECOND, T, content, evaluate, fill, request


@pytest.fixture
def account(store: Store) -> Store:
    return fill(store)


def hosts(account: Store, variables: dict[str, list[str]] | None = None, **more: Any) -> list[str]:
    definition = {'type': 'hostmap', 'requests': {'fill': {'q': 'avg:cpu{*} by {host}'}}} | more
    shown: Any = widgets.evaluate(account, definition, variables or {}, T, T + HOUR).content
    return [square['name'] for square in shown.squares]


def test_a_hostmap_has_the_hosts_of_its_scope(account: Store) -> None:
    assert hosts(account) == ['b', 'a']
    # A tag of a host, and one of a series.
    assert hosts(account, scope=['env:prod']) == ['a']
    account.add([(Series('cpu', 'b', ('core:1',)), T, 30.0)])
    assert hosts(account, scope=['core:1']) == ['b']
    assert hosts(account, scope=['core:*', 'env:dev']) == ['b']
    assert evaluate(account, 'hostmap', scope=['env:prod', 'core:1']).message == 'No host has the tags env:prod, core:1'


def test_a_hostmap_is_as_wide_as_its_largest_group(account: Store) -> None:
    account.add_host('d', ('env:prod',), {}, T)
    account.add([(Series('cpu', 'd', ()), T, 5.0)])
    # Two hosts of prod beside each other, one of dev.
    assert content(account, 'hostmap', group=['env']).columns == 2


def test_the_scope_of_a_hostmap_may_be_a_variable_of_several_values(account: Store) -> None:
    assert hosts(account, {'env': ['env:prod', 'env:dev']}, scope=['$env']) == ['b', 'a']
    assert hosts(account, {'env': ['env:dev']}, scope=['$env']) == ['b']
    assert hosts(account, {'env': ['*']}, scope=['$env']) == ['b', 'a']


INFRASTRUCTURE = {
    'request_type': 'infrastructure_hostmap',
    'node_type': 'host',
    'enrichments': [
        {
            'response_format': 'scalar',
            'queries': [{'data_source': 'metrics', 'name': 'a', 'query': 'avg:cpu{*} by {host}'}],
            'formulas': [{'formula': '2 * a', 'dimension': 'fill'}],
        }
    ],
}


def test_a_hostmap_of_the_infrastructure_list(account: Store) -> None:
    """`HostMapWidgetInfrastructureRequest` of https://docs.datadoghq.com/api/latest/dashboards/"""

    def squares(**more: Any) -> list[tuple[str, str, float]]:
        definition = {'type': 'hostmap', 'requests': INFRASTRUCTURE | more}
        shown: Any = widgets.evaluate(account, definition, {}, T, T + HOUR).content
        return [(square['name'], square['group'], square['value']) for square in shown.squares]

    values = {square['name']: square['value'] for square in content(account, 'hostmap').squares}
    assert squares() == [('b', '', 2 * values['b']), ('a', '', 2 * values['a'])]
    assert squares(node_type=None) == squares()
    assert [name for name, _, _ in squares(filter='env:prod')] == ['a']
    grouped = squares(group_by=[{'column': 'tags', 'key': 'env'}])
    assert [(name, group) for name, group, _ in grouped] == [('b', 'env:dev'), ('a', 'env:prod')]
    account.add([(Series('cpu', 'c', ()), T, 5.0)])
    assert ('c', 'env:N/A', 10.0) in squares(group_by=[{'key': 'env'}])
    assert [name for name, _, _ in squares(group_by=[{'key': 'env'}], no_group_hosts=True)] == ['b', 'a']


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        ({'node_type': 'pod'}, 'A hostmap of the node_type pod needs data that the sandbox does not keep'),
        ({'child': {}}, None),
        ({'child': {'node_type': 'container'}}, 'The child of a hostmap is not drawn'),
        ({'enrichments': []}, 'A hostmap needs an enrichment that has a formula with the dimension fill or size'),
        ({'filter': 'env:prod OR env:dev'}, 'The filter of a hostmap is a list of tags here, without OR'),
        ({'group_by': [{'key': 'nothing'}], 'no_group_hosts': True}, 'No host has the tags nothing'),
    ],
)
def test_what_a_hostmap_of_the_infrastructure_list_does_not_draw(account: Store, change: Any, message: Any) -> None:
    definition = {'type': 'hostmap', 'requests': INFRASTRUCTURE | change}
    shown = widgets.evaluate(account, definition, {}, T, T + HOUR)
    assert shown.message.startswith(message) if message else shown.content is not None


def test_the_colours_of_a_hostmap_begin_and_end_where_its_style_says(account: Store) -> None:
    def scale(**style: Any) -> Any:
        squares: Any = content(account, 'hostmap', style=style).drawing().specification['layer'][0]
        return {key: value for key, value in squares['encoding']['color']['scale'].items() if key != 'range'}

    assert scale(fill_min='10', fill_max='20') == {'domainMin': 10.0, 'domainMax': 20.0}
    assert scale(fill_min='auto') == {}
    message = evaluate(account, 'hostmap', style={'fill_min': 'low'}).message
    assert message == "style.fill_min of a hostmap must be a number, not 'low'"


def test_a_conditional_format_may_hide_the_value(account: Store) -> None:
    formats = [{'comparator': '>', 'value': 20, 'palette': 'white_on_red', 'hide_value': True}]
    rows = content(account, 'toplist', requests=[BY_HOST | {'conditional_formats': formats}]).rows
    assert [(row.with_unit, row.paint.background) for row in rows] == [('', 'error'), ('10', '')]


def test_a_bar_chart_has_a_bar_for_each_group(account: Store) -> None:
    formats = [{'comparator': '>', 'value': 20, 'palette': 'white_on_red'}]
    drawing = content(account, 'bar_chart', requests=[BY_HOST | {'conditional_formats': formats}]).drawing()
    assert list(drawing.data['points']) == [
        {'name': 'host:b', 'value': 30.0, 'text': '30', 'colour': 'error'},
        {'name': 'host:a', 'value': 10.0, 'text': '10', 'colour': 'line0'},
    ]
    assert drawing.specification['encoding']['x']['field'] == 'name'


@pytest.mark.parametrize(
    ('query', 'names'),
    [
        ('avg:cpu{*} by {host}', ['host:b', 'host:a']),
        ("top(avg:cpu{*} by {host}, 2, 'mean', 'asc')", ['host:a', 'host:b']),
        ('bottom5_last(avg:cpu{*} by {host})', ['host:a', 'host:b']),
        ('top5(avg:cpu{*} by {host})', ['host:b', 'host:a']),
    ],
)
def test_a_classic_query_says_the_order_of_a_toplist(account: Store, query: str, names: list[str]) -> None:
    assert [row.name for row in content(account, 'toplist', requests=[{'q': query}]).rows] == names


@pytest.mark.parametrize(
    ('type_', 'options', 'said'),
    [
        ('hostmap', {'no_metric_hosts': True}, 'no_metric_hosts'),
        ('alert_graph', {'viz_type': 'toplist'}, 'viz_type'),
        ('treemap', {'color_by': 'user', 'size_by': 'pct_cpu'}, 'color_by, size_by'),
        ('manage_status', {'summary_type': 'groups', 'show_priority': True}, 'show_priority, summary_type'),
        ('query_value', {'requests': [request('avg:cpu{*}', comparison={'duration': {}})]}, 'comparison'),
        ('timeseries', {'requests': [request('avg:cpu{*}', style={'has_value_labels': True})]}, 'has_value_labels'),
    ],
)
def test_an_option_without_effect_is_said(account: Store, type_: str, options: dict[str, Any], said: str) -> None:
    widget = evaluate(account, type_, **options)
    assert widget.content, widget.message
    assert f'Without effect here: {said}' in widget.remarks


def test_options_of_queries_without_effect_are_said(account: Store) -> None:
    logs = {
        'data_source': 'logs', 'name': 'a', 'search': {'query': '*'}, 'cross_org_uuids': ['x'],
        'compute': {'aggregation': 'count', 'rollup': {'type': 'calendar', 'quantity': 1}},
    }  # fmt: skip
    widget = evaluate(account, 'query_value', requests=[request('', queries=[logs])])
    assert list(widget.remarks) == ['Without effect here: cross_org_uuids, rollup']


def test_a_query_over_metrics_without_its_text_is_said_in_a_sentence(account: Store) -> None:
    # As the request_type "table" has it.
    query = {'data_source': 'metrics', 'name': 'a', 'metric_name': 'cpu', 'filter': '*'}
    widget = evaluate(account, 'query_table', requests=[{'request_type': 'table', 'queries': [query]}])
    assert widget.message == 'The query a over metrics needs a query, such as avg:my.metric{*}'


def test_options_at_their_defaults_are_not_said(account: Store) -> None:
    defaults = {'summary_type': 'monitors', 'show_priority': False, 'show_last_triggered': False}
    assert evaluate(account, 'manage_status', **defaults).remarks == ('1 No Data',)


def test_latencies_of_the_hosts_with_a_tag_are_those_of_their_spans(account: Store) -> None:
    account.add_spans([
        Span('79', '1', '0', 'web', 'flask.request', 'GET /', 'web', T * SECOND, 90_000_000, 0, 'b', 'dev', {}, {}),
    ])  # fmt: skip
    account.add_host('b', ('dc:x',), {}, T)

    def slowest(tag: str) -> str:
        name, _, value = tag.partition(':')
        query = {'data_source': 'apm_resource_stats', 'name': 'a', 'service': 'web', 'env': '*', 'stat': 'latency_max',
                 'primary_tag_name': name, 'primary_tag_value': value}  # fmt: skip
        widget: Any = evaluate(account, 'query_value', requests=[request('', queries=[query])])
        return widget.message or widget.content.value.with_unit

    # 40 ms on host a, 90 ms on host b.
    assert slowest('host:a') == '40 ms'
    assert slowest('dc:x') == '90 ms'
    assert slowest('dc:y') == 'There are no spans that match this search in this range'


@pytest.mark.parametrize('field', ['peer_tags', 'resource_hash', 'span_kind'])
def test_what_would_find_other_spans_than_statistics_have_is_refused(account: Store, field: str) -> None:
    query = {'data_source': 'apm_metrics', 'name': 'a', 'service': 'web', 'stat': 'hits', field: 'x'}
    message = evaluate(account, 'query_value', requests=[request('', queries=[query])]).message
    assert message == f'The {field} of statistics of services is not looked at here: leave it out'
