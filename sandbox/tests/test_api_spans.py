"""Spans, API v2: list, search, and aggregation, in the forms recorded by datadog-api-client-python."""

from typing import Any

import pytest
from calling import NOW, Client
from datadog_sandbox.store import Span

PATH = '/api/v2/spans/events'
SECOND = 10**9


def span(number: int, **fields: Any) -> Span:
    """A span of the trace 7 that started so many seconds before now."""
    usual = Span(
        '7', str(number), '0', 'shop', 'web.request', 'GET /a', 'web', (NOW - number) * SECOND, 2_500_000, 0, 'a',
        'dev', {}, {},
    )  # fmt: skip
    return usual._replace(**fields)


def search(api: Client, status: int = 200, **attributes: Any) -> Any:
    body = {'data': {'type': 'search_request', 'attributes': attributes}}
    return api.ask('POST', f'{PATH}/search', body, status)


def ids(answer: Any) -> list[str]:
    return [each['id'] for each in answer['data']]


def aggregate(api: Client, status: int = 200, **attributes: Any) -> Any:
    body = {'data': {'type': 'aggregate_request', 'attributes': attributes}}
    return api.ask('POST', '/api/v2/spans/analytics/aggregate', body, status)


def test_a_span_has_the_fields_of_the_api(api: Client) -> None:
    meta = {'http.method': 'GET', 'http': 'x', 'version': '1.2', '_dd.p.dm': '-3', 'url': '/'}
    api.store.add_host('a', ('rack:2',), {}, NOW)
    api.store.add_spans([span(1, parent='3', error=1, meta=meta, metrics={'_sampling_priority_v1': 1.0, 'share': 0.5})])
    answer = api.get(PATH)
    assert answer.headers['content-type'] == 'application/vnd.api+json'
    [shown] = answer.json()['data']
    assert (shown['id'], shown['type']) == ('1', 'spans')
    attributes = shown['attributes']
    assert len(attributes.pop('resource_hash')) == 16
    assert attributes == {
        'service': 'shop',
        'resource_name': 'GET /a',
        'type': 'web',
        'env': 'dev',
        'host': 'a',
        'trace_id': '7',
        'span_id': '1',
        'parent_id': '3',
        'start_timestamp': '2026-11-24T11:59:59Z',
        'end_timestamp': '2026-11-24T11:59:59.002Z',
        'single_span': False,
        'ingestion_reason': 'rule',
        'retained_by': 'retention_filter',
        'tags': ['env:dev', 'service:shop', 'version:1.2', 'host:a', 'rack:2'],
        'custom': {
            # `http` is a value itself, so that what is below it keeps its name.
            'http': 'x', 'http.method': 'GET', 'version': '1.2', '_dd': {'p': {'dm': '-3'}}, 'url': '/',
            '_sampling_priority_v1': 1, 'share': 0.5, 'operation_name': 'web.request', 'error': 1,
            'duration': 2_500_000,
        },
    }  # fmt: skip


def test_attributes_are_objects_in_each_other(api: Client) -> None:
    api.store.add_spans([span(1, meta={'http.url_details.path': '/', 'http.method': 'GET'})])
    [shown] = api.ask('GET', PATH)['data']
    assert shown['attributes']['custom']['http'] == {'url_details': {'path': '/'}, 'method': 'GET'}


@pytest.mark.parametrize(
    ('query', 'expected'),
    [
        ('*', ['1', '2', '3']),
        ('service:shop', ['1', '2']),
        ('service:(shop OR db)', ['1', '2', '3']),
        ('-service:shop', ['3']),
        ('service:sh*', ['1', '2']),
        ('resource_name:"GET /b"', ['2']),
        ('@http.method:GET env:dev', ['1']),
        ('status:error', ['3']),
        ('select', ['3']),
        ('@duration:>2000000', ['1', '2', '3']),
        ('@duration:[* TO 2000000]', []),
        ('service:none', []),
    ],
)
def test_spans_are_searched(api: Client, query: str, expected: list[str]) -> None:
    api.store.add_spans([
        span(1, meta={'http.method': 'GET'}), span(2, resource='GET /b'),
        span(3, service='db', resource='SELECT 1', error=1),
    ])  # fmt: skip
    assert ids(api.ask('GET', PATH, **{'filter[query]': query})) == expected
    assert ids(search(api, filter={'query': query})) == expected


@pytest.mark.parametrize(
    ('first', 'last', 'expected'),
    [
        (None, None, ['1', '60', '899']),
        ('now-15m', 'now', ['1', '60', '899']),
        ('now - 15m', 'now', ['1', '60', '899']),
        ('now-1h', 'now-1m', ['60', '899', '901']),
        ('2026-11-24T11:00:00Z', '2026-11-24T11:59:30Z', ['60', '899', '901']),
        ('2026-11-24T13:58:59+02:00', None, ['1', '60']),
        (str((NOW - 60) * 1000), str(NOW * 1000), ['1', '60']),
        (str((NOW - 59) * 1000), None, ['1']),
    ],
)
def test_the_time_of_a_search_has_the_documented_forms(
    api: Client, first: str | None, last: str | None, expected: list[str]
) -> None:
    api.store.add_spans(map(span, (1, 60, 899, 901)))
    time = {name: text for name, text in (('from', first), ('to', last)) if text}
    assert ids(api.ask('GET', PATH, **{f'filter[{name}]': text for name, text in time.items()})) == expected
    assert ids(search(api, filter=time)) == expected


@pytest.mark.parametrize(('order', 'expected'), [('timestamp', '54321'), ('-timestamp', '12345'), (None, '12345')])
def test_a_search_has_pages_that_follow_each_other(api: Client, order: str | None, expected: str) -> None:
    api.store.add_spans(map(span, range(1, 6)))
    query = {'page[limit]': 2} | ({'sort': order} if order else {})
    first = api.ask('GET', PATH, **query)
    # New spans do not move what follows.
    api.store.add_spans([span(0, id='6')])
    second = api.get(first['links']['next']).json()
    third = api.ask('GET', PATH, **query | {'page[cursor]': second['meta']['page']['after']})
    whole = ''.join(ids(first) + ids(second) + ids(third))
    assert whole == (expected + '6' if order == 'timestamp' else expected)
    assert 'links' not in third
    page = {'limit': 2, 'cursor': first['meta']['page']['after']}
    assert ids(search(api, page=page, **({'sort': order} if order else {}))) == ids(second)


@pytest.mark.parametrize(
    ('attributes', 'detail'),
    [
        ({'filter': {'query': '@duration:>1s'}}, 'The search "@duration:>1s": "1s" is not a number to compare with'),
        ({'filter': {'query': '(a'}}, 'The search "(a" lacks a )'),
        ({'filter': {'from': 'yesterday'}}, 'filter.from must be a time such as now-15m, 2026-11-24T12:00:00Z, or '),
        ({'filter': []}, 'filter must be an object of strings and numbers'),
        ({'page': {'limit': 1001}}, "page.limit must be a whole number from 1 to 1000, not '1001'"),
        ({'page': {'limit': 0}}, "page.limit must be a whole number from 1 to 1000, not '0'"),
        ({'page': {'cursor': 'x'}}, "input_validation_error(Field 'page' is invalid: invalid cursor)"),
        # [1000000000000000000000000, "x"], and [Infinity, "x"].
        ({'page': {'cursor': 'WzEwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAsICJ4Il0='}}, 'input_validation_error(Field '),
        ({'page': {'cursor': 'W0luZmluaXR5LCAieCJd'}}, 'input_validation_error(Field '),
        ({'sort': 'service'}, "sort must be timestamp or -timestamp, not 'service'"),
    ],
)  # fmt: skip
def test_a_search_that_is_not_understood_is_refused(api: Client, attributes: Any, detail: str) -> None:
    [error] = search(api, 400, **attributes)['errors']
    assert (error['status'], error['title']) == ('400', 'Bad Request')
    assert error['detail'].startswith(detail)


def test_a_time_that_ends_before_it_begins_is_unprocessable(api: Client) -> None:
    detail = "invalid_argument(Field 'filter.from,to' is invalid: 'from' should be anterior to 'to')"
    expected = {'errors': [{'title': 'Generic Error', 'detail': detail}]}
    assert search(api, 422, filter={'from': 'now', 'to': 'now-15m'}) == expected
    answer = api.get(PATH, params={'filter[from]': 'now', 'filter[to]': 'now-1m'})
    assert (answer.status_code, answer.json()) == (422, expected)
    assert answer.headers['content-type'] == 'application/vnd.api+json'


@pytest.mark.parametrize('last', ['999999999999999', '9999-12-31T23:59:59Z', 'now+999999w'])
def test_a_search_takes_any_time(api: Client, last: str) -> None:
    api.store.add_spans([span(1)])
    assert ids(search(api, filter={'from': 'now-999999w', 'to': last})) == ['1']
    assert ids(search(api, filter={'from': '0001-01-01T00:00:00+14:00', 'to': last})) == ['1']


def test_a_body_of_another_type_is_refused(api: Client) -> None:
    for body in (None, [], {'data': 5}, {'data': {'type': 'aggregate_request'}}):
        [error] = api.ask('POST', f'{PATH}/search', body, 400)['errors']
        assert error['detail'] == 'data must be an object of the type search_request'


def durations(api: Client) -> None:
    """Milliseconds of each service and resource: shop 10, 20, 30, 40 of GET /a and 100 of GET /b, db 1 and 3."""
    given = [('shop', 'GET /a', ms) for ms in (10, 20, 30, 40)]
    given += [('shop', 'GET /b', 100), ('db', 'SELECT 1', 1), ('db', 'SELECT 1', 3)]
    api.store.add_spans(
        span(10 * number, service=service, resource=resource, duration=ms * 10**6, meta={'shard': str(number % 2)})
        for number, (service, resource, ms) in enumerate(given, 1)
    )


def test_spans_are_counted(api: Client) -> None:
    durations(api)
    answer = aggregate(api)
    assert [bucket['attributes'] for bucket in answer['data']] == [{'by': {}, 'compute': {'c0': 7}}]
    assert answer['data'][0]['type'] == 'bucket'
    assert answer['meta']['status'] == 'done'
    assert aggregate(api, filter={'query': 'service:db'})['data'][0]['attributes']['compute'] == {'c0': 2}


def test_durations_are_summarized_by_service_and_resource(api: Client) -> None:
    """Percentiles by hand, between the closest two: of 10, 20, 30, 40 the median is 25, and pc90 is 37."""
    durations(api)
    functions = ('count', 'avg', 'median', 'pc90', 'sum', 'min', 'max')
    answer = aggregate(
        api,
        compute=[{'aggregation': function, 'metric': '@duration'} for function in functions],
        group_by=[{'facet': 'service'}, {'facet': 'resource_name'}],
    )
    assert [bucket['attributes'] for bucket in answer['data']] == [
        {
            'by': {'service': 'shop', 'resource_name': 'GET /a'},
            'compute': {'c0': 4, 'c1': 25e6, 'c2': 25e6, 'c3': 37e6, 'c4': 100e6, 'c5': 10e6, 'c6': 40e6},
        },
        {
            'by': {'service': 'shop', 'resource_name': 'GET /b'},
            'compute': {'c0': 1, 'c1': 100e6, 'c2': 100e6, 'c3': 100e6, 'c4': 100e6, 'c5': 100e6, 'c6': 100e6},
        },
        {
            'by': {'service': 'db', 'resource_name': 'SELECT 1'},
            'compute': {'c0': 2, 'c1': 2e6, 'c2': 2e6, 'c3': 2.8e6, 'c4': 4e6, 'c5': 1e6, 'c6': 3e6},
        },
    ]


@pytest.mark.parametrize(
    ('group_by', 'groups'),
    [
        ({'facet': 'resource_name', 'limit': 2}, ['GET /a', 'SELECT 1']),
        ({'facet': 'resource_name', 'sort': {'aggregation': 'max', 'metric': '@duration'}},
         ['GET /b', 'GET /a', 'SELECT 1']),
        ({'facet': 'resource_name', 'sort': {'aggregation': 'max', 'metric': '@duration', 'order': 'asc'}},
         ['SELECT 1', 'GET /a', 'GET /b']),
        ({'facet': 'resource_name', 'sort': {'type': 'alphabetical', 'order': 'desc'}},
         ['SELECT 1', 'GET /b', 'GET /a']),
        ({'facet': '@shard'}, ['1', '0']),
        ({'facet': '@none'}, []),
    ],
)  # fmt: skip
def test_groups_have_an_order_and_a_limit(api: Client, group_by: Any, groups: list[str]) -> None:
    durations(api)
    answer = aggregate(api, group_by=[group_by])
    assert [bucket['attributes']['by'][group_by['facet']] for bucket in answer['data']] == groups
    # As `SpansAggregateResponseMetadata` of Datadog's OpenAPI document: there are no pages.
    assert list(answer['meta']) == ['elapsed', 'request_id', 'status']


def test_spans_are_counted_over_time(api: Client) -> None:
    api.store.add_spans(span(ago, service=service) for ago, service in ((10, 'a'), (70, 'a'), (80, 'b'), (310, 'a')))
    count = {'aggregation': 'count', 'type': 'timeseries', 'interval': '1m'}
    [bucket] = aggregate(api, compute=[count])['data']
    assert bucket['attributes']['compute']['c0'] == [
        {'time': '2026-11-24T11:54:00.000Z', 'value': 1},
        {'time': '2026-11-24T11:58:00.000Z', 'value': 2},
        {'time': '2026-11-24T11:59:00.000Z', 'value': 1},
    ]
    services = {'aggregation': 'cardinality', 'metric': 'service', 'type': 'timeseries', 'interval': '15m'}
    [bucket] = aggregate(api, compute=[services])['data']
    assert bucket['attributes']['compute']['c0'] == [{'time': '2026-11-24T11:45:00.000Z', 'value': 2}]
    # 15 minutes in 150 buckets.
    [bucket] = aggregate(api, compute=[count | {'interval': None}])['data']
    assert [point['time'][-7:-5] for point in bucket['attributes']['compute']['c0']] == ['48', '36', '48', '48']


@pytest.mark.parametrize(
    ('attributes', 'detail'),
    [
        ({'compute': [{'aggregation': 'mode'}]}, 'The aggregation mode is not one of count, cardinality'),
        ({'compute': [{'aggregation': 'avg'}]}, 'The aggregation avg needs a facet or measure, such as @duration'),
        ({'compute': 'count'}, 'compute must be a list of objects'),
        ({'compute': [{'aggregation': 'count', 'type': 'timeseries', 'interval': '0m'}]}, 'compute.interval must be'),
        ({'group_by': [{}]}, 'group_by.facet is required, such as service'),
        ({'group_by': [{'facet': 'service', 'limit': 0}]}, 'group_by.limit must be a whole number from 1 to 10000'),
        ({'group_by': [{'facet': 'service', 'total': True}]}, 'group_by.total must be the name of a group'),
        ({'group_by': [{'facet': 'service', 'sort': {'order': 'up'}}]}, 'group_by.sort must be of the type'),
        ({'filter': {'query': '(a'}}, 'The search "(a" lacks a )'),
    ],
)  # fmt: skip
def test_an_aggregation_that_is_not_understood_is_refused(api: Client, attributes: Any, detail: str) -> None:
    [error] = aggregate(api, 400, **attributes)['errors']
    assert error.startswith(detail)
