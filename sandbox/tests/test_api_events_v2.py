"""Events, API v2: the events of API v1 in another form, as recorded by datadog-api-client-python."""

from typing import Any

import pytest
from calling import NOW, Client

PATH = '/api/v2/events'


def post(api: Client, title: str, ago: int, **fields: Any) -> int:
    body = {'title': title, 'text': f'about {title}', 'date_happened': NOW - ago, **fields}
    id_ = api.ask('POST', '/api/v1/events', body, 202)['event']['id']
    assert isinstance(id_, int)
    return id_


def titles(answer: Any) -> list[str]:
    return [event['attributes']['attributes']['title'] for event in answer['data']]


def test_an_event_has_the_form_of_the_newer_api(api: Client) -> None:
    fields = {'host': 'a', 'tags': ['room:1'], 'alert_type': 'warning', 'aggregation_key': 'k', 'priority': 'low'}
    id_ = post(api, 'open', 60, **fields)
    expected = {
        'type': 'event',
        'id': str(id_),
        'attributes': {
            'attributes': {
                'status': 'warning', 'title': 'open', 'timestamp': (NOW - 60) * 1000, 'hostname': 'a',
                'priority': 'low', 'aggregation_key': 'k', 'sourcecategory': 'My Apps', 'evt': {'id': str(id_)},
            },
            'message': 'about open',
            'tags': ['room:1', 'source:my_apps'],
            'timestamp': '2026-11-24T11:59:00Z',
        },
    }  # fmt: skip
    assert api.ask('GET', PATH) == {'data': [expected]}
    assert api.ask('POST', f'{PATH}/search', {}) == {'data': [expected]}
    assert api.ask('GET', f'{PATH}/{id_}') == {'data': expected}
    assert api.errors('GET', f'{PATH}/{id_ + 1}', status=404) == ['No event matches that event_id.']


@pytest.mark.parametrize(
    ('wanted', 'expected'),
    [
        ({}, ['new', 'old']),
        ({'query': 'room:1'}, ['new']),
        ({'query': 'source:my_apps -room:1'}, ['old']),
        ({'query': 'rack:2'}, ['new']),
        ({'query': 'about', 'from': 'now-1m'}, ['new']),
        ({'from': 'now-1h', 'to': 'now-15m'}, ['older']),
        ({'from': str((NOW - 3600) * 1000)}, ['new', 'old', 'older']),
    ],
)
def test_events_are_searched_in_a_time(api: Client, wanted: dict[str, str], expected: list[str]) -> None:
    api.store.add_host('a', ('rack:2',), {}, NOW)
    post(api, 'older', 901)
    post(api, 'old', 899)
    post(api, 'new', 60, host='a', tags=['room:1'])
    query = {f'filter[{name}]': value for name, value in wanted.items()}
    assert titles(api.ask('GET', PATH, **query)) == expected
    assert titles(api.ask('POST', f'{PATH}/search', {'filter': wanted})) == expected
    assert titles(api.ask('GET', PATH, sort='timestamp', **query)) == expected[::-1]


def test_events_of_one_second_are_on_one_page_each(api: Client) -> None:
    for title in 'abcde':
        post(api, title, 60)
    first = api.ask('GET', PATH, **{'page[limit]': 2, 'filter[query]': 'about'})
    second = api.get(first['links']['next']).json()
    cursor = second['meta']['page']['after']
    third = api.ask('POST', f'{PATH}/search', {'page': {'limit': 2, 'cursor': cursor}, 'filter': {'query': 'about'}})
    assert [titles(page) for page in (first, second, third)] == [['e', 'd'], ['c', 'b'], ['a']]
    assert list(third) == ['data']


def test_a_cursor_that_is_none_is_refused(api: Client) -> None:
    assert api.errors('POST', f'{PATH}/search', {'page': {'cursor': 'AQAAAXKk'}}) == [
        "input_validation_error(Field 'page' is invalid: invalid cursor)"
    ]


def payload(**attributes: Any) -> dict[str, Any]:
    return {'data': {'type': 'event', 'attributes': {'title': 'deployed', 'category': 'change', **attributes}}}


CHANGE = {'changed_resource': {'name': 'payments', 'type': 'feature_flag'}}
ALERT = {'status': 'error', 'priority': '5'}


def test_a_change_is_an_event_of_both_versions(api: Client) -> None:
    api.headers = {'DD-API-KEY': 'one'}
    body = payload(
        attributes=CHANGE, message='of payments', tags=['env:prod'], host='a', aggregation_key='k',
        timestamp='2026-11-24T11:59:00Z', integration_id='custom-events',
    )  # fmt: skip
    answer = api.ask('POST', PATH, body, 202)
    id_ = int(answer['data']['attributes']['attributes']['evt']['id'])
    assert answer['data']['type'] == 'event'
    assert answer['links'] == {'self': f'http://127.0.0.1:8080/event/event?uid={id_}'}
    api.headers = {'DD-API-KEY': 'one', 'DD-APPLICATION-KEY': 'two'}
    event = api.ask('GET', f'/api/v1/events/{id_}')['event']
    assert {name: event[name] for name in ('title', 'text', 'tags', 'host', 'date_happened', 'alert_type')} == {
        'title': 'deployed', 'text': 'of payments', 'tags': ['env:prod', 'source:custom-events'],
        'host': 'a', 'date_happened': NOW - 60,
        'alert_type': 'info',
    }  # fmt: skip
    assert titles(api.ask('GET', PATH, **{'filter[query]': 'source:custom-events aggregation_key:k'})) == ['deployed']


def test_an_alert_has_its_status(api: Client) -> None:
    body = payload(category='alert', attributes=ALERT)
    api.ask('POST', PATH, body, 202)
    [event] = api.ask('GET', PATH)['data']
    shown = event['attributes']['attributes']
    assert (shown['status'], shown['priority'], shown['timestamp']) == ('error', 'low', NOW * 1000)


@pytest.mark.parametrize(
    ('body', 'error'),
    [
        (
            payload(category='deploy', attributes=CHANGE),
            'JSON validation failed at $.data.attributes.category: value must be one of: ["alert", "change"].',
        ),
        (payload(), "body has no 'attributes'"),
        (payload(attributes=CHANGE, timestamp='noon'), "timestamp must be an ISO 8601 time, not 'noon'"),
        (payload(attributes=CHANGE, timestamp='2026-11-23T11:59:00Z'), 'Event too far in the past'),
        (payload(attributes=CHANGE, title='a' * 501), 'body.title must have at most 500 characters'),
        ({'data': {'attributes': []}}, 'body is required, as a JSON object'),
        ({}, 'body is required, as a JSON object'),
    ],
)
def test_a_wrong_event_is_refused(api: Client, body: Any, error: str) -> None:
    """The form is that of test_post_an_event_returns_bad_request_response of datadog-api-client-python."""
    [said] = api.errors('POST', PATH, body)
    assert (said['status'], said['title']) == ('400', 'Bad Request')
    assert said['detail'].startswith(error)
    assert api.store.all('event') == []


def test_errors_of_a_post_are_objects_and_others_are_strings(api: Client) -> None:
    """As documented: a JSONAPIErrorResponse for POST /api/v2/events, an APIErrorResponse for the rest of the path."""
    forbidden = api.post(PATH, headers={'DD-API-KEY': ''})
    assert forbidden.json() == {'errors': [{'status': '403', 'title': 'Forbidden', 'detail': 'Forbidden'}]}
    assert api.errors('GET', PATH, **{'page[limit]': 'x'}) == [
        "page.limit must be a whole number from 1 to 1000, not 'x'"
    ]
