"""Corrections and the search of service level objectives, with figures worked out by hand."""

from typing import Any

import pytest
from calling import NOW, Client
from datadog_sandbox.store import Series, Transition

HOUR, DAY = 3600, 86_400
METRIC: dict[str, Any] = {
    'type': 'metric', 'name': 'Answers', 'thresholds': [{'timeframe': '7d', 'target': 95, 'warning': 98}],
    'query': {'numerator': 'sum:hits{code:2xx}.as_count()', 'denominator': 'sum:hits{*}.as_count()'},
    'tags': ['service:web', 'team:shop'],
}  # fmt: skip
MONITOR: dict[str, Any] = {'type': 'monitor', 'name': 'Up', 'monitor_ids': [1], 'thresholds': METRIC['thresholds']}
SLICES: dict[str, Any] = {
    'type': 'time_slice', 'name': 'Cool', 'thresholds': METRIC['thresholds'],
    'sli_specification': {'time_slice': {
        'comparator': '<', 'threshold': 5, 'query_interval_seconds': 300,
        'query': {
            'formulas': [{'formula': 'a'}],
            'queries': [{'name': 'a', 'data_source': 'metrics', 'query': 'avg:temperature{*}'}],
        },
    }},
}  # fmt: skip
PATH = '/api/v1/slo/correction'


def create(api: Client, body: dict[str, Any]) -> str:
    return str(api.ask('POST', '/api/v1/slo', body)['data'][0]['id'])


def correct(api: Client, **attributes: Any) -> dict[str, Any]:
    given = {'category': 'Other', 'start': NOW - HOUR, 'end': NOW, **attributes}
    answer = api.ask('POST', PATH, {'data': {'type': 'correction', 'attributes': given}})['data']
    assert isinstance(answer, dict)
    return answer


def value(api: Client, slo: str, start: int, end: int = NOW) -> float | None:
    history = api.ask('GET', f'/api/v1/slo/{slo}/history', from_ts=start, to_ts=end)['data']
    percentage = history['overall']['sli_value']
    assert percentage is None or isinstance(percentage, float)
    return percentage


def hits(api: Client) -> None:
    """Each minute of 4 hours 2 good events, and in the last hour 2 bad ones, too."""
    good, bad = (Series('hits', '', (f'code:{code}',), 'count', 60) for code in ('2xx', '5xx'))
    api.store.add([(good, NOW - 60 * minute, 2.0) for minute in range(1, 241)])
    api.store.add([(bad, NOW - 60 * minute, 2.0) for minute in range(1, 61)])


def test_the_corrections_of_an_objective_come_in_pages(api: Client) -> None:
    """As recorded: test_get_corrections_for_an_slo_returns_ok_response of datadog-api-client-python."""
    slo = create(api, METRIC)
    made = [correct(api, slo_id=slo, start=NOW - HOUR + n)['id'] for n in range(3)]
    path = f'/api/v1/slo/{slo}/corrections'
    url = f'http://127.0.0.1:8080{path}'
    whole = api.ask('GET', path)
    assert {each['id'] for each in whole['data']} == {*made}
    assert whole['meta'] == {'pagination': {
        'offset': 0, 'first_offset': 0, 'prev_offset': 0, 'next_offset': 10, 'last_offset': 0, 'limit': 10,
        'type': 'offset_limit', 'total': 3,
    }}  # fmt: skip
    assert whole['links'] == {
        'self': url, 'last': None, 'next': f'{url}?page[offset]=10&page[limit]=10', 'prev': None,
        'first': f'{url}?page[offset]=0&page[limit]=10',
    }  # fmt: skip
    second = api.ask('GET', path, **{'page[offset]': 2, 'page[limit]': 2})
    assert second['data'] == whole['data'][2:]
    assert second['links']['prev'] == f'{url}?page[offset]=0&page[limit]=2'
    assert (second['meta']['pagination']['last_offset'], second['links']['self'][-29:]) == (
        2, '?page[offset]=2&page[limit]=2',
    )  # fmt: skip


def test_a_correction_has_the_recorded_form(api: Client) -> None:
    """As recorded: test_create_an_slo_correction_returns_ok_response, and the update, of datadog-api-client-python."""
    slo = create(api, METRIC)
    made = correct(api, slo_id=slo, description='at work', timezone='Europe/Paris')
    person = made['attributes'].pop('creator')
    assert person['data']['attributes']['handle'] == 'owner@sandbox.invalid'
    assert made == {
        'type': 'correction',
        'id': made['id'],
        'attributes': {
            'slo_id': slo, 'start': NOW - HOUR, 'end': NOW, 'description': 'at work', 'category': 'Other',
            'timezone': 'Europe/Paris', 'created_at': None, 'modified_at': None, 'rrule': None, 'duration': None,
            'modifier': None,
        },
    }  # fmt: skip
    read = api.ask('GET', f'{PATH}/{made["id"]}')['data']
    assert (read['attributes']['created_at'], read['attributes']['modified_at']) == (NOW, NOW)
    api.clock.now = NOW + 60
    change = {'data': {'type': 'correction', 'attributes': {'category': 'Deployment'}}}
    changed = api.ask('PATCH', f'{PATH}/{made["id"]}', change)['data']['attributes']
    assert changed == read['attributes'] | {'category': 'Deployment', 'modified_at': NOW + 60, 'modifier': person}
    other = create(api, METRIC | {'name': 'Other'})
    correct(api, slo_id=other)
    answer = api.ask('GET', PATH, limit=1, offset=1)
    assert [each['attributes']['slo_id'] for each in answer['data']] == [other]
    assert answer['meta'] == {'page': {'total_count': 2, 'total_filtered_count': 1}}
    assert [each['id'] for each in api.ask('GET', f'/api/v1/slo/{slo}/corrections')['data']] == [made['id']]
    api.ask('DELETE', f'{PATH}/{made["id"]}', status=204)
    missing = f'slo correction public id {made["id"]} not found'
    assert api.errors('GET', f'{PATH}/{made["id"]}', status=404) == [missing]


@pytest.mark.parametrize(
    ('attributes', 'error'),
    [
        ({'end': None}, 'end must be after start, unless there is an rrule, not None after '),
        ({'end': NOW - HOUR}, 'end must be after start, unless there is an rrule, not '),
        ({'rrule': 'FREQ=DAILY'}, 'duration is required with an rrule, in seconds'),
        ({'rrule': 'FREQ=NEVER', 'duration': 60}, 'rrule "FREQ=NEVER": FREQ must be one of '),
        ({'rrule': 'FREQ=DAILY', 'duration': -60}, 'duration is required with an rrule, in seconds'),
        ({'start': NOW - 6 * 366 * DAY}, 'start must be less than 5 years away, not '),
        ({'end': 10**18}, 'end must be less than 5 years away, not 1000000000000000000'),
        ({'timezone': 'Mars'}, 'timezone "Mars" is unknown'),
        ({'category': 'Holiday'}, 'body.category must be one of Deployment, Other, '),
        ({'start': 'now'}, 'body.start must be a number, not "now"'),
    ],
)
def test_a_wrong_correction_is_refused(api: Client, attributes: dict[str, Any], error: str) -> None:
    given = {'category': 'Other', 'slo_id': create(api, METRIC), 'start': NOW - HOUR, 'end': NOW} | attributes
    [said] = api.errors('POST', PATH, {'data': {'type': 'correction', 'attributes': given}})
    assert said.startswith(error)
    assert api.ask('GET', PATH)['data'] == []


def test_a_correction_of_no_objective_is_refused(api: Client) -> None:
    given = {'category': 'Other', 'slo_id': 'x', 'start': NOW - HOUR, 'end': NOW}
    assert api.errors('POST', PATH, {'data': {'type': 'correction', 'attributes': given}}, 404) == [
        'SLO not found: x not found'
    ]
    assert api.errors('POST', PATH, {'data': []}) == ['data must be an object of the type correction']


def test_events_of_a_corrected_time_do_not_count(api: Client) -> None:
    hits(api)
    slo = create(api, METRIC)
    # 480 of 600 events are good; 360 of 360 without the last hour; 420 of 480 without half of it.
    assert value(api, slo, NOW - 4 * HOUR) == 80.0
    correction = correct(api, slo_id=slo)['id']
    assert value(api, slo, NOW - 4 * HOUR) == 100.0
    half = {'data': {'type': 'correction', 'attributes': {'start': NOW - HOUR // 2}}}
    api.ask('PATCH', f'{PATH}/{correction}', half)
    assert value(api, slo, NOW - 4 * HOUR) == 87.5
    api.ask('DELETE', f'{PATH}/{correction}', status=204)
    assert value(api, slo, NOW - 4 * HOUR) == 80.0


def test_a_correction_by_tags_is_about_all_objectives_that_have_them(api: Client) -> None:
    hits(api)
    first, second = create(api, METRIC), create(api, METRIC | {'name': 'Other', 'tags': ['service:web']})
    correct(api, slo_query='team:shop service:web')
    assert (value(api, first, NOW - 4 * HOUR), value(api, second, NOW - 4 * HOUR)) == (100.0, 80.0)


def test_a_correction_that_repeats_is_on_the_clock_of_its_zone(api: Client) -> None:
    hits(api)
    slo = create(api, METRIC)
    # 12:00 in Paris, each day from two days ago on, is 11:00 UTC: the last hour.
    rule = {'rrule': 'FREQ=DAILY', 'duration': HOUR, 'timezone': 'Europe/Paris', 'end': None}
    correct(api, slo_id=slo, start=NOW - 2 * DAY - HOUR, **rule)
    assert value(api, slo, NOW - 4 * HOUR) == 100.0


def test_a_corrected_time_of_a_monitor_does_not_count(api: Client) -> None:
    api.ask('POST', '/api/v1/monitor', {'type': 'query alert', 'query': 'avg(last_5m):avg:m{*} > 5'})
    api.store.add_transitions([
        Transition(1, '*', NOW - 2 * HOUR, 'Alert', 6.0), Transition(1, '*', NOW - HOUR, 'OK', 1.0),
    ])  # fmt: skip
    slo = create(api, MONITOR)
    # 1 of 4 hours is bad; without the half hour before the last one, half of 3.5 hours: 6 of 7.
    assert value(api, slo, NOW - 4 * HOUR) == 75.0
    correct(api, slo_id=slo, start=NOW - 2 * HOUR + HOUR // 2, end=NOW - HOUR)
    assert value(api, slo, NOW - 4 * HOUR) == pytest.approx(600 / 7)
    correct(api, slo_id=slo, start=NOW - 5 * HOUR, end=NOW)
    assert value(api, slo, NOW - 4 * HOUR) is None


def test_a_corrected_slice_is_good(api: Client) -> None:
    series = Series('temperature', '', ())
    api.store.add([(series, NOW - 60 * minute, 9.0 if minute <= 15 else 1.0) for minute in range(1, 61)])
    slo = create(api, SLICES)
    # 3 of 12 slices of 5 minutes are bad; a correction that touches the last two makes them good.
    assert value(api, slo, NOW - HOUR) == 75.0
    correct(api, slo_id=slo, start=NOW - 400, end=NOW)
    assert value(api, slo, NOW - HOUR) == pytest.approx(1100 / 12)


def test_objectives_are_searched_with_their_state(api: Client) -> None:
    """As recorded: test_search_for_slos_returns_ok_response of datadog-api-client-python."""
    hits(api)
    first = create(api, METRIC)
    create(api, METRIC | {'name': 'Orders', 'tags': [], 'query': {'numerator': 'sum:a{*}', 'denominator': 'sum:b{*}'}})
    answer = api.ask('GET', '/api/v1/slo/search', query='answ', **{'page[size]': 20, 'page[number]': 0})
    assert answer['data']['type'] == 'service_level_objective_search_results'
    [row] = answer['data']['attributes']['slos']
    attributes = row['data']['attributes']
    assert (row['data']['type'], row['data']['id'], attributes['name']) == ('slo', first, 'Answers')
    # 480 of 600 events in 7 days: 15 points below the target, of which 5 may be missing.
    status = {
        'timeframe': '7d', 'target': 95.0, 'status': 80.0, 'state': 'breached', 'error': None,
        'error_budget_remaining': -300.0, 'raw_error_budget_remaining': None, 'indexed_at': NOW, 'span_precision': 3,
    }  # fmt: skip
    assert attributes['overall_status'] == [status]
    assert (attributes['status']['sli'], attributes['status']['state']) == (80.0, 'breached')
    assert attributes['query'] == {'metrics': None, **METRIC['query']}
    [threshold] = attributes['thresholds']
    assert threshold == {
        'timeframe': '7d', 'target': 95.0, 'target_display': '95', 'warning': 98.0, 'warning_display': '95',
    }  # fmt: skip
    assert (attributes['service_tags'], attributes['team_tags'], attributes['env_tags']) == (
        ['service:web'], ['team:shop'], [],
    )  # fmt: skip
    assert answer['meta']['pagination'] == {
        'number': 0, 'first_number': 0, 'prev_number': 0, 'next_number': 1, 'last_number': 0, 'size': 20,
        'type': 'number_size', 'total': 1,
    }  # fmt: skip
    create(api, METRIC | {'name': 'Guests', 'thresholds': [{'timeframe': '30d', 'target': 99.5}]})
    [row] = api.ask('GET', '/api/v1/slo/search', query='guests')['data']['attributes']['slos']
    # As recorded: TestAccDatadogServiceLevelObjectivesDatasource of the Terraform provider.
    assert row['data']['attributes']['thresholds'] == [
        {'timeframe': '30d', 'target': 99.5, 'target_display': '99.5', 'warning': None, 'warning_display': None}
    ]
    # As recorded: test_search_for_slos_returns_ok_response of datadog-api-client-python.
    assert (answer['links']['prev'], answer['links']['last']) == (None, None)
    assert answer['links']['next'].endswith('page%5Bsize%5D=20&page%5Bnumber%5D=1')


@pytest.mark.parametrize(
    ('query', 'names'),
    [
        ('', ['Answers', 'Orders']),
        ('team:shop', ['Answers']),
        ('-service:web', ['Orders']),
        ('orders OR answers', ['Answers', 'Orders']),
        ('nothing', []),
    ],
)
def test_the_search_takes_words_and_tags(api: Client, query: str, names: list[str]) -> None:
    create(api, METRIC)
    create(api, METRIC | {'name': 'Orders', 'tags': []})
    answer = api.ask('GET', '/api/v1/slo/search', query=query, include_facets='true')
    found = answer['data']['attributes']['slos']
    assert [each['data']['attributes']['name'] for each in found] == names
    assert [each['data']['attributes']['status']['state'] for each in found] == ['no_data'] * len(names)
    facets = answer['data']['attributes']['facets']
    services = [{'name': 'web', 'count': 1}] if 'Answers' in names else []
    assert facets['service_tags'] == services
    assert facets['target'] == ([{'name': 95.0, 'count': len(names)}] if names else [])


def test_the_search_has_pages(api: Client) -> None:
    for name in 'abc':
        create(api, METRIC | {'name': name})
    first = api.ask('GET', '/api/v1/slo/search', **{'page[size]': 2})
    second = api.get(first['links']['next']).json()
    pages = [
        [each['data']['attributes']['name'] for each in page['data']['attributes']['slos']] for page in (first, second)
    ]
    assert pages == [['a', 'b'], ['c']]
    third = api.get(second['links']['next']).json()
    assert (third['data']['attributes']['slos'], second['meta']['pagination']['last_number']) == ([], 1)
    assert api.errors('GET', '/api/v1/slo/search', query='(a')[0].startswith('The search "(a" lacks a )')


def test_a_history_takes_a_target_and_may_leave_corrections_out(api: Client) -> None:
    """With a target, the answer has "the remaining error budget and a timeframe value of custom"."""
    hits(api)
    slo = create(api, METRIC)
    correct(api, slo_id=slo)
    path, times = f'/api/v1/slo/{slo}/history', {'from_ts': NOW - 4 * HOUR, 'to_ts': NOW}
    data = api.ask('GET', path, **times, apply_correction='false', target='60')['data']
    # 480 of 600 events are good: of the 40 % that may be bad, half is left; of 5 %, it is overspent three times.
    assert data['overall']['sli_value'] == 80.0
    assert data['overall']['error_budget_remaining'] == {'7d': -300.0, 'custom': 50.0}
    assert data['thresholds']['custom'] == {'timeframe': 'custom', 'target': 60.0, 'target_display': '60.'}
    assert [each['timeframe'] for each in data['slo']['thresholds']] == ['7d']
    assert api.ask('GET', path, **times, apply_correction='true')['data']['overall']['sli_value'] == 100.0
    for target in ('0', '100', '-1', 'x', '1e1'):
        assert api.errors('GET', path, **times, target=target) == [
            f"target must be a percentage above 0 and below 100, not '{target}'"
        ]


@pytest.mark.parametrize(
    ('disabled', 'attributes'),
    [
        # All of the 24 events of 480 that may be bad are left, and of 600 events 30 less the 120 bad ones.
        ('false', {'sli': 100.0, 'state': 'ok', 'error_budget_remaining': 100.0, 'left': 18.0}),
        ('true', {'sli': 80.0, 'state': 'breached', 'error_budget_remaining': -300.0, 'left': -90.0}),
    ],
)
def test_the_status_of_a_metric_objective(api: Client, disabled: str, attributes: dict[str, Any]) -> None:
    """The form is that of SloStatusResponse."""
    hits(api)
    slo = create(api, METRIC)
    correct(api, slo_id=slo)
    times = {'from_ts': NOW - 4 * HOUR, 'to_ts': NOW, 'disable_corrections': disabled}
    data = api.ask('GET', f'/api/v2/slo/{slo}/status', **times)['data']
    assert (data['id'], data['type']) == (slo, 'slo_status')
    left = pytest.approx(attributes.pop('left'))
    assert data['attributes'] == {
        **attributes, 'raw_error_budget_remaining': {'unit': 'requests', 'value': left}, 'span_precision': 3,
    }  # fmt: skip


def test_the_status_of_a_monitor_objective_and_of_none(api: Client) -> None:
    monitor = {'type': 'query alert', 'query': 'avg(last_5m):avg:m{*} > 5', 'name': 'm'}
    api.ask('POST', '/api/v1/monitor', monitor)
    slo, empty = create(api, MONITOR), create(api, METRIC)
    api.store.add_transitions([Transition(1, '*', NOW - 60, 'Alert', 6.0)])
    times = {'from_ts': NOW - 2400, 'to_ts': NOW}
    attributes = api.ask('GET', f'/api/v2/slo/{slo}/status', **times)['data']['attributes']
    # A minute of 40 was bad, of which 2 may be.
    assert (attributes['sli'], attributes['state']) == (97.5, 'warning')
    assert attributes['raw_error_budget_remaining'] == {'unit': 'seconds', 'value': pytest.approx(60.0)}
    attributes = api.ask('GET', f'/api/v2/slo/{empty}/status', **times)['data']['attributes']
    assert (attributes['sli'], attributes['state'], attributes['raw_error_budget_remaining']) == (None, 'no_data', None)
    # As `JSONAPIErrorResponse` of Datadog's OpenAPI document.
    assert api.errors('GET', '/api/v2/slo/x/status', status=404, **times) == [
        {'status': '404', 'title': 'Not Found', 'detail': 'SLO not found: x not found'}
    ]
    assert api.errors('GET', f'/api/v2/slo/{slo}/status', from_ts=5, to_ts=5) == [
        {'status': '400', 'title': 'Bad Request', 'detail': 'from_ts must be before to_ts, not 5 and 5'}
    ]
