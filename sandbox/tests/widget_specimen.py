"""An account for the tests of widgets, a definition of each type, and what they evaluate to. `T` is midnight UTC."""

from typing import Any

from datadog_sandbox import widgets
from datadog_sandbox.store import Log, Series, ServiceCheck, Span, Store, TraceStat
from datadog_sandbox.times import DAY, HOUR

T = 20_000 * DAY
SECOND = 1_000_000_000


def request(query: str, formula: str = 'a', **more: Any) -> dict[str, Any]:
    queries = [{'data_source': 'metrics', 'name': 'a', 'query': query, 'aggregator': 'avg'}]
    return {'response_format': 'scalar', 'queries': queries, 'formulas': [{'formula': formula}]} | more


SPLIT = {'split_dimensions': [{'one_graph_per': 'host'}], 'limit': 24, 'sort': {'order': 'desc'}}
BY_HOST = request('avg:cpu{*} by {host}')
DEFINITIONS: dict[str, dict[str, Any]] = {
    'alert_graph': {'alert_id': '7', 'viz_type': 'timeseries'},
    'alert_value': {'alert_id': '7', 'precision': 1},
    'bar_chart': {'requests': [BY_HOST]},
    'change': {'requests': [{'q': 'avg:cpu{*} by {host}', 'compare_to': 'day_before', 'show_present': True}]},
    'check_status': {'check': 'up', 'grouping': 'cluster', 'group_by': ['env'], 'tags': []},
    'distribution': {'requests': [{'q': 'avg:cpu{*} by {host}'}]},
    'event_stream': {'query': 'source:deploy'},
    'event_timeline': {'query': 'env:prod'},
    'free_text': {'text': 'Words', 'color': '#ff8800', 'font_size': '24'},
    'geomap': {'requests': [request('avg:visits{*} by {country}')]},
    'group': {'title': 'Group', 'layout_type': 'ordered', 'widgets': []},
    'heatgrid': {'requests': [BY_HOST | {'response_format': 'timeseries'}],
                 'sort': {'nesting_display': 'flat', 'sort_by': {'property': 'value', 'order': 'desc',
                                                                 'aggregation': 'avg'}}},
    'heatmap': {'requests': [{'q': 'avg:cpu{*} by {host}'}]},
    'hostmap': {'requests': {'fill': {'q': 'avg:cpu{*} by {host}'}}, 'group': ['env']},
    'iframe': {'url': 'https://example.com/'},
    'image': {'url': 'https://example.com/picture.png'},
    'list_stream': {'requests': [{'query': {'data_source': 'event_stream', 'query_string': 'deploy'}, 'columns': []}]},
    'log_stream': {'query': 'env:prod', 'columns': ['status', 'host', '@code']},
    'manage_status': {'query': 'tag:team:web', 'display_format': 'countsAndList'},
    'note': {'content': '# Words'},
    'point_plot': {'requests': [{
        'request_type': 'data_projection', 'query': {'data_source': 'logs', 'query_string': '*'},
        'projection': {'type': 'point_plot', 'dimensions': [
            {'column': '@duration', 'dimension': 'y'}, {'column': 'service', 'dimension': 'group'},
            {'column': 'timestamp', 'dimension': 'time'},
        ]},
    }]},
    'query_table': {'requests': [BY_HOST]},
    'query_value': {'requests': [request('avg:cpu{*}')]},
    'scatterplot': {'requests': {'x': {'q': 'avg:cpu{*} by {host}'}, 'y': {'q': 'avg:visits{*} by {host}'}}},
    'servicemap': {'service': 'web', 'filters': []},
    'slo': {'slo_id': 's1', 'time_windows': ['7d', 'previous_week'], 'show_error_budget': True, 'view_mode': 'overall'},
    'slo_list': {'requests': [{'query': {'query_string': 'team:web', 'limit': 5}, 'request_type': 'slo_list'}]},
    'split_group': {'source_widget_definition': {'type': 'timeseries', 'requests': [request('avg:cpu{*}')]},
                    'split_config': SPLIT},
    'sunburst': {'requests': [request('avg:visits{*} by {country,host}')]},
    'timeseries': {'requests': [request('avg:cpu{*} by {host}')]},
    'toplist': {'requests': [BY_HOST]},
    'topology_map': {'requests': [{'query': {'data_source': 'service_map', 'service': 'web', 'filters': []}}]},
    'trace_service': {'service': 'web', 'span_name': 'flask.request', 'env': 'prod'},
    'treemap': {'requests': [request('avg:visits{*} by {country,host}')]},
}  # fmt: skip


def fill(store: Store) -> Store:
    """Two hosts: cpu 10 and 30, a day ago 20 and 20; visits 3 and 1."""
    for host, env, now, before, visits in (('a', 'prod', 10, 20, 3), ('b', 'dev', 30, 20, 1)):
        store.add_host(host, (f'env:{env}',), {}, T)
        cpu = Series('cpu', host, ())
        store.add((cpu, T + time, float(now)) for time in range(0, HOUR, 20))
        store.add((cpu, T - DAY + time, float(before)) for time in range(0, HOUR, 20))
        country = ('country:FR',) if host == 'a' else ('country:DE',)
        store.add([(Series('visits', host, country), T + 60, float(visits))])
    store.add_service_checks([
        ServiceCheck('up', 'a', ('port:1',), 0, T, ''),
        ServiceCheck('up', 'a', ('port:2',), 2, T, ''),
        ServiceCheck('up', 'b', (), 1, T, ''),
    ])  # fmt: skip
    for number, (title, source, tags, kind) in enumerate((
        ('deploy of web', 'deploy', ['env:prod', 'service:web'], 'success'),
        ('deploy of db', 'deploy', ['env:dev', 'service:db'], 'error'),
        ('other', 'My Apps', ['env:prod'], 'info'),
    ), 1):  # fmt: skip
        event = {'id': number, 'title': title, 'text': '', 'source': source, 'tags': tags, 'alert_type': kind}
        store.save('event', number, event | {'date_happened': T + 60 * number, 'priority': 'normal'})
    store.save('monitor', 7, {
        'id': 7, 'name': 'Web is slow', 'type': 'query alert', 'query': 'avg(last_5m):avg:cpu{*} by {host} > 25',
        'message': '', 'tags': ['team:web'], 'options': {'thresholds': {'critical': 25, 'warning': 15}}, 'priority': 2,
    })  # fmt: skip
    store.save('slo', 's1', {
        'id': 's1', 'name': 'Answers', 'type': 'metric', 'tags': ['team:web'],
        'thresholds': [{'timeframe': '7d', 'target': 95.0, 'warning': 98.0}],
        'query': {'numerator': 'sum:hits{code:200}.as_count()', 'denominator': 'sum:hits{*}.as_count()'},
    })  # fmt: skip
    # 97 of 100 are good, and 90 of 100 in the week before.
    for time, good in ((T + 60, 97), (T - 8 * DAY, 90)):
        codes = (('code:200', good), ('code:500', 100 - good))
        store.add([(Series('hits', 'a', (code,), 'count', 10), time, float(count)) for code, count in codes])
    spans = (('1', '0', 'web', 'flask.request', 'GET /', 0, 40), ('2', '1', 'db', 'mysql.query', 'SELECT 1', 1, 20))
    store.add_spans([
        Span('77', id_, parent, service, name, resource, 'web', (T + 60) * SECOND, duration * 1_000_000, error, 'a',
             'prod', {}, {})
        for id_, parent, service, name, resource, error, duration in spans
    ])  # fmt: skip
    # Durations of web: 10, 20, and 60; of db: 5.
    store.add_logs([
        Log(0, (T + 60 * minute) * 1000 + 250, host, service, 'nginx', status, f'GET {path}', (),
            {'duration': duration, 'http': {'status_code': code, 'path': path}, 'usr.id': user})
        for minute, host, service, status, path, code, duration, user in (
            (1, 'a', 'web', 'info', '/a', 200, 10, 'ann'), (1, 'a', 'web', 'error', '/b', 500, 20, 'bob'),
            (3, 'b', 'web', 'info', '/a', 200, 60, 'ann'), (5, 'b', 'db', 'warn', '/c', 404, 5, None),
        )
    ])  # fmt: skip
    store.add_trace_stats([TraceStat('web', 'flask.request', 'GET /', 200, 'a', T + 60, 8, 2, 400_000_000)])
    return store


def evaluate(account: Store, type_: str, **more: Any) -> widgets.Widget:
    return widgets.evaluate(account, {'type': type_, **DEFINITIONS[type_], **more}, {}, T, T + HOUR)


def content(account: Store, type_: str, **more: Any) -> Any:
    widget = evaluate(account, type_, **more)
    assert widget.content, widget.message
    return widget.content


def cells(account: Store, type_: str, **more: Any) -> list[list[str]]:
    return [[cell.text for cell in row] for row in content(account, type_, **more).table.rows]
