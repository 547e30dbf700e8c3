"""The API over HTTP in this process, with a clock that stands where a test puts it."""

import json
import threading
from typing import Any

import pytest
from calling import NOW, Client
from datadog_sandbox import validation
from datadog_sandbox.store import Series, Store

QUERY = 'avg(last_5m):avg:room.temperature{*} by {host} > 30'
DASHBOARD = {
    'title': 'Rooms, now',
    'layout_type': 'ordered',
    'widgets': [
        {'definition': {'type': 'timeseries', 'requests': [{'q': 'avg:room.temperature{*}'}]}},
        {
            'definition': {
                'type': 'group',
                'layout_type': 'ordered',
                'widgets': [{'definition': {'type': 'note', 'content': 'hello'}}],
            }
        },
    ],
}
DOWNTIME = {'monitor_identifier': {'monitor_tags': ['team:rooms']}, 'scope': '*'}
NIGHTS = {'timezone': 'Europe/Paris', 'recurrences': [{'rrule': 'FREQ=DAILY', 'duration': '8h'}]}


def downtime(**attributes: Any) -> dict[str, Any]:
    return {'data': {'type': 'downtime', 'attributes': {**DOWNTIME, **attributes}}}


def temperatures(store: Store, host: str, *points: tuple[int, float]) -> None:
    store.add((Series('room.temperature', host, ('room:a',)), *point) for point in points)
    store.touch_hosts([host], max(time for time, _ in points))


# Keys


@pytest.mark.parametrize(
    'headers',
    [
        {},
        {'DD-API-KEY': 'one'},
        {'DD-APPLICATION-KEY': 'two'},
        {'DD-API-KEY': '', 'DD-APPLICATION-KEY': 'two'},
        {'DD-API-KEY': 'one', 'DD-APPLICATION-KEY': ' '},
    ],
)
@pytest.mark.parametrize('path', ['/api/v1/dashboard', '/api/v1/monitor', '/api/v2/downtime', '/api/v1/hosts'])
def test_both_keys_are_required(api: Client, path: str, headers: dict[str, str]) -> None:
    api.headers = headers
    assert api.errors('GET', path, status=403) == ['Forbidden']


def test_the_keys_may_come_in_the_query(api: Client) -> None:
    api.headers = {}
    assert api.ask('GET', '/api/v1/monitor', api_key='one', application_key='two') == []


def test_an_event_needs_no_application_key(api: Client) -> None:
    api.headers = {'DD-API-KEY': 'one'}
    assert api.ask('POST', '/api/v1/events', {'title': 'a', 'text': 'b'}, 202)['status'] == 'ok'
    assert api.errors('GET', '/api/v1/events', status=403, start=0, end=1) == ['Forbidden']


def test_keys_are_not_kept(api: Client) -> None:
    api.headers = {'DD-API-KEY': 'secret-api-key', 'DD-APPLICATION-KEY': 'secret-app-key'}
    api.ask('POST', '/api/v1/dashboard', DASHBOARD)
    api.ask('POST', '/api/v1/monitor', {'type': 'query alert', 'query': QUERY})
    api.ask('POST', '/api/v2/downtime', downtime())
    api.ask('POST', '/api/v1/events', {'title': 'a', 'text': 'b'}, 202)
    assert 'secret' not in '\n'.join(api.store._sql.iterdump())


# Bodies


@pytest.mark.parametrize(
    ('raw', 'error'),
    [
        (b'', 'body is required, as a JSON object'),
        (b'{', 'the body is not valid JSON'),
        (b'[]', 'body is required, as a JSON object'),
        (b'"text"', 'body is required, as a JSON object'),
        (b'null', 'body is required, as a JSON object'),
        (b'{"title": NaN}', 'the body is not valid JSON'),
        (b'{"title": "\\ud800"}', 'the body is not valid JSON'),
        (b'\xff', 'the body is not valid JSON'),
        (b'[' * 100_000, 'the JSON is nested too deeply'),
        (b'{"widgets":[' * 300 + b']}' * 300, 'the JSON is nested too deeply'),
    ],
)
def test_a_body_that_is_no_object_of_the_api_is_refused(api: Client, raw: bytes, error: str) -> None:
    for path in ('/api/v1/dashboard', '/api/v1/monitor', '/api/v2/downtime', '/api/v1/events'):
        answer = api.request('POST', path, content=raw)
        assert (answer.status_code, answer.json()) == (400, {'errors': [error]}), path
    assert [api.store.all(kind) for kind in ('dashboard', 'monitor', 'downtime', 'event')] == [[], [], [], []]


@pytest.mark.parametrize(
    ('path', 'body', 'error'),
    [
        ('/api/v1/dashboard', {'title': 'a', 'layout_type': 'ordered'}, "body has no 'widgets'"),
        ('/api/v1/dashboard', DASHBOARD | {'layout_type': 'sideways'}, 'body.layout_type'),
        (
            '/api/v1/dashboard',
            DASHBOARD | {'widgets': [{'definition': {'type': 'note', 'content': 5}}]},
            'body.widgets[0].definition.content must be a string, not 5',
        ),
        ('/api/v1/monitor', {'type': 'query alert', 'query': QUERY, 'options': [{}]}, 'body.options'),
        ('/api/v1/monitor', {'type': 'strange', 'query': QUERY}, 'body.type'),
        ('/api/v1/monitor', {'type': 'query alert'}, "body has no 'query'"),
        ('/api/v1/monitor', {'type': 'query alert', 'query': QUERY, 'tags': 'a'}, 'body.tags must be a list, not "a"'),
        ('/api/v2/downtime', downtime(quiet=True), "Additional properties are not allowed ('quiet' was unexpected)"),
        ('/api/v2/downtime', downtime(monitor_identifier={'monitor_tags': []}), 'monitor_identifier'),
        ('/api/v2/downtime', downtime(notify_end_states=['loud']), 'body.data.attributes.notify_end_states[0]'),
        (
            '/api/v2/downtime',
            downtime(schedule={'start': None, 'stop': 2, 'until': 1}),
            "('stop', 'until' were unexpected)",
        ),
        ('/api/v2/downtime', downtime(schedule=[]), 'schedule is required, as a JSON object'),
        ('/api/v2/downtime', downtime(schedule={'recurrences': []}), 'recurrences'),
        ('/api/v2/downtime', downtime(schedule={'recurrences': [{'rrule': 'FREQ=DAILY'}]}), 'attributes.schedule'),
        (
            '/api/v2/downtime',
            downtime(schedule={'recurrences': [{'rrule': 'FREQ=DAILY', 'duration': '1h', 'end': 'x'}]}),
            "('end' was unexpected)",
        ),
        ('/api/v2/downtime', {'data': {'type': 'silence', 'attributes': DOWNTIME}}, 'body.data.type'),
        ('/api/v2/downtime', {'data': []}, 'body'),
        ('/api/v2/downtime', {'data': {'attributes': 1, 'type': 'downtime'}}, 'attributes'),
        ('/api/v1/events', {'title': 'a', 'text': 'b', 'alert_type': 'loud'}, 'body.alert_type'),
        ('/api/v1/events', {'title': 'a', 'text': 'b' * 4001}, 'body.text must have at most 4000 characters'),
    ],
)
def test_what_is_of_a_wrong_type_is_refused_by_name(api: Client, path: str, body: Any, error: str) -> None:
    [said] = api.errors('POST', path, body)
    assert error in said
    assert [api.store.all(kind) for kind in ('dashboard', 'monitor', 'downtime', 'event')] == [[], [], [], []]


@pytest.mark.parametrize(
    ('path', 'body', 'field'),
    [
        ('/api/v1/dashboard', DASHBOARD | {'titel': 1, 'widgets': []}, 'body.titel'),
        (
            '/api/v1/dashboard',
            DASHBOARD | {'widgets': [{'id': 7, 'definition': {'type': 'new', 'x': [1]}}]},
            'body.widgets[0].definition.type',
        ),
        (
            '/api/v1/dashboard',
            DASHBOARD | {'widgets': [{'id': 7, 'definition': {'type': 'note', 'content': 'a', 'colour': 'red'}}]},
            'body.widgets[0].definition.colour',
        ),
        (
            '/api/v1/monitor',
            {'type': 'query alert', 'query': QUERY, 'recommended_monitor_metadata': {'a': 1}},
            'body.recommended_monitor_metadata',
        ),
    ],
)
def test_what_the_models_do_not_have_is_kept_as_it_was_sent(
    api: Client, path: str, body: dict[str, Any], field: str
) -> None:
    created = api.ask('POST', path, body)
    assert {name: created[name] for name in body} == body
    assert validation.unknown(path.rpartition('/')[2], body) == [field]


def test_a_null_is_as_good_as_an_absent_field(api: Client) -> None:
    body = {'type': 'metric alert', 'query': QUERY, 'name': None, 'message': None, 'options': None, 'tags': None}
    monitor = api.ask('POST', '/api/v1/monitor', body)
    name = '**room.temperature** over ***** was **> 30.0** on average during the **last 5m**.'
    assert (monitor['name'], monitor['message'], monitor['tags']) == (name, '', [])


@pytest.mark.parametrize(
    ('path', 'query', 'error'),
    [
        ('/api/v1/dashboard', {'start': 'x'}, "start must be a whole number from 0 to 9007199254740992, not 'x'"),
        ('/api/v1/dashboard', {'count': '-1'}, "count must be a whole number from 0 to 9007199254740992, not '-1'"),
        (
            '/api/v1/monitor',
            {'page': '0', 'page_size': '1001'},
            'page_size must be a whole number from 0 to 1000, not ',
        ),
        ('/api/v1/monitor', {'group_states': 'loud'}, 'Invalid group_state filters.'),
        ('/api/v1/hosts', {'count': '1001'}, "count must be a whole number from 0 to 1000, not '1001'"),
        ('/api/v1/hosts', {'from': '9' * 40}, 'from must be a whole number'),
        ('/api/v1/hosts', {'sort_dir': 'up'}, "sort_dir must be asc or desc, not 'up'"),
        ('/api/v1/events', {'start': '1'}, 'end is required'),
        ('/api/v1/events', {'start': '2', 'end': '1'}, 'start must not be after end, not 2 after 1'),
        (
            '/api/v1/events',
            {'start': '1', 'end': '2', 'priority': 'high'},
            "priority must be normal or low, not 'high'",
        ),
        ('/api/v1/query', {'from': '1', 'to': '2'}, 'query is required'),
        ('/api/v1/query', {'from': '2', 'to': '1', 'query': 'avg:a{*}'}, 'from must be before to, not 2 and 1'),
        ('/api/v1/query', {'from': '1', 'to': '2', 'query': 'avg:a{'}, 'Error parsing query: '),
        ('/api/v1/metrics', {}, 'from is required'),
        # As recorded by datadog-api-client-go: TestHostsGetTotalsErrors and the like.
        ('/api/v1/hosts/totals', {'from': str(NOW + 60)}, "The value provided for parameter 'from' is invalid"),
        ('/api/v1/monitor/can_delete', {'monitor_ids': ''}, 'monitor_ids are required'),
        ('/api/v1/slo/can_delete', {}, 'ids is required'),
        (
            '/api/v1/graph/snapshot',
            {'metric_query': 'avg:a{*}', 'start': '5', 'end': '5'},
            'start must be before end, not 5 and 5',
        ),
        ('/api/v1/graph/snapshot', {'start': '345', 'end': '123'}, 'metric_query or graph_def param required'),
        ('/api/v1/graph/snapshot', {'metric_query': 'a', 'graph_def': '{}'}, 'metric_query and graph_def cannot both'),
        ('/api/v1/graph/snapshot', {'start': '1', 'end': '2', 'graph_def': '{'}, 'graph_def is not valid JSON'),
        ('/api/v1/graph/snapshot', {'start': '1', 'end': '2', 'graph_def': '{"requests": [1]}'}, 'graph_def needs'),
        ('/api/v2/downtime', {'page[limit]': 'all'}, 'page[limit] must be a whole number'),
    ],
)
def test_a_wrong_parameter_is_refused_by_name(api: Client, path: str, query: dict[str, str], error: str) -> None:
    [said] = api.errors('GET', path, **query)
    assert said.startswith(error)


def test_shared_and_deleted_dashboards_are_not_asked_for_at_once(api: Client) -> None:
    """The parameter filter[deleted] "is incompatible with filter[shared]"."""
    both = {'filter[shared]': 'true', 'filter[deleted]': 'true'}
    assert api.errors('GET', '/api/v1/dashboard', **both) == ['filter[shared] cannot be combined with filter[deleted]']


def test_a_slash_at_the_end_changes_nothing(api: Client) -> None:
    """As in the paths of Datadog's collection for Postman: https://github.com/DataDog/documentation/pull/4434."""
    for path in ('/api/v1/dashboard', '/api/v1/monitor', '/api/v1/tags/hosts', '/api/v2/downtime'):
        assert api.ask('GET', f'{path}/') == api.ask('GET', path)
    board = {'title': 'a', 'layout_type': 'ordered', 'widgets': []}
    id_ = api.ask('POST', '/api/v1/dashboard/', board)['id']
    assert api.ask('GET', f'/api/v1/dashboard/{id_}/')['title'] == 'a'
    api.ask('POST', '/api/v1/series/', {'series': [{'metric': 'm', 'points': [[NOW, 1]]}]}, 202)


def test_a_method_that_no_path_has_is_named(api: Client) -> None:
    assert api.errors('OPTIONS', '/api/v1/monitor', status=405) == ['Method Not Allowed: OPTIONS /api/v1/monitor']
    answer = api.request('HEAD', '/api/v1/monitor')
    assert (answer.status_code, answer.content) == (200, b'')


@pytest.mark.parametrize('value', ['true', 'false'])
def test_a_parameter_that_is_not_acted_on_is_refused(api: Client, value: str) -> None:
    """False asks for something, too: the metrics that nobody queried."""
    name = 'filter[queried]'
    said = api.errors('GET', '/api/v2/metrics', **{name: value})
    assert said == [f'The sandbox does not support the parameter {name}']


@pytest.mark.parametrize(
    ('path', 'parameter'),
    [
        ('/api/v1/downtime', 'current_only'),
        ('/api/v2/downtime', 'current_only'),
        ('/api/v1/hosts', 'include_hosts_metadata'),
        ('/api/v1/dashboard', 'filter[deleted]'),
        ('/api/v1/monitor', 'with_downtimes'),
    ],
)
def test_a_flag_is_true_or_false(api: Client, path: str, parameter: str) -> None:
    for value in ('true', 'True', '1', 'False', '0', ''):
        api.ask('GET', path, **{parameter: value})
    assert api.errors('GET', path, **{parameter: 'yes'}) == [f"{parameter} must be true or false, not 'yes'"]


@pytest.mark.parametrize(
    ('path', 'error'),
    [
        ('/api/v1/monitor/{}', 'Monitor not found'),
        ('/api/v1/downtime/{}', 'Downtime not found'),
        ('/api/v1/events/{}', 'No event matches that event_id.'),
        ('/api/v1/dashboard/lists/manual/{}', 'Manual Dashboard List with id {} not found'),
        ('/api/v2/monitor/{}/downtime_matches', 'Monitor with id {} not found'),
    ],
)
def test_an_id_of_any_length_is_not_found(api: Client, path: str, error: str) -> None:
    for id_ in ('9' * 19, '1' + '0' * 29, '7' * 3000):
        assert api.errors('GET', path.format(id_), status=404) == [error.format(id_)]


@pytest.mark.parametrize(
    ('query', 'count'),
    [
        ({}, 1),
        ({'filter': 'owner@sandbox.invalid'}, 1),
        ({'filter': 'OWNER'}, 1),
        ({'filter': 'Sand'}, 1),
        ({'filter': 'ops@example.com'}, 0),
        ({'filter[status]': 'Disabled'}, 0),
        ({'filter[status]': 'Active,Disabled'}, 1),
        ({'page[number]': '1'}, 0),
        ({'page[size]': '1'}, 1),
    ],
)
def test_the_account_has_one_user(api: Client, query: dict[str, str], count: int) -> None:
    answer = api.ask('GET', '/api/v2/users', **query)
    assert [user['attributes']['handle'] for user in answer['data']] == ['owner@sandbox.invalid'] * count
    included = [resource['type'] for resource in answer.get('included', [])]
    assert included == ['roles', 'permissions'] * count
    filtered = 1 if 'page[number]' in query else count
    assert answer['meta']['page'] == {
        'total_count': 1,
        'total_filtered_count': filtered,
        'max_page_size': 1000,
    }


def test_a_client_asks_who_it_is(api: Client) -> None:
    """As recorded: TestAccDatadogCurrentUserDatasource_basic."""
    answer = api.ask('GET', '/api/v2/current_user')
    user = answer['data']
    assert (user['attributes']['uuid'], user['attributes']['handle']) == (user['id'], 'owner@sandbox.invalid')
    assert 'mfa_enabled' not in user['attributes']
    assert user['relationships']['team_roles'] == {'data': []}
    role, permission, organization = answer['included']
    assert role['relationships']['permissions']['data'] == [{'type': 'permissions', 'id': permission['id']}]
    assert user['relationships']['org']['data'] == {'type': 'orgs', 'id': organization['id']}
    same = api.ask('GET', f'/api/v2/users/{user["id"]}')
    # As recorded: TestAccOnCallScheduleCreateAndUpdate, with roles as in TestAccDatadogRoleUsersDatasourceBasic.
    assert same['included'] == [role, permission]
    read = user['attributes'] | {'mfa_enabled': False, 'allowed_login_methods': ['google_oidc', 'standard']}
    assert same['data'] == user | {'attributes': read}


def test_a_monitor_is_a_draft_or_published(api: Client) -> None:
    id_ = api.ask('POST', '/api/v1/monitor', {'type': 'metric alert', 'query': QUERY, 'draft_status': 'draft'})['id']
    assert api.ask('GET', f'/api/v1/monitor/{id_}')['draft_status'] == 'draft'
    assert api.ask('PUT', f'/api/v1/monitor/{id_}', {'draft_status': 'published'})['draft_status'] == 'published'
    assert api.errors('PUT', f'/api/v1/monitor/{id_}', {'draft_status': 'odd'}) == [
        'body.draft_status must be one of draft, published, not "odd"'
    ]


def test_an_unknown_path_is_404_and_names_itself(api: Client) -> None:
    assert api.errors('GET', '/api/v1/nothing', status=404) == ['GET /api/v1/nothing is not served by the sandbox']
    assert api.errors('PATCH', '/api/v1/monitor', {}, 404) == ['PATCH /api/v1/monitor is not served by the sandbox']


# Dashboards


def test_a_dashboard_is_kept_as_it_was_sent_with_what_the_server_adds(api: Client) -> None:
    created = api.ask('POST', '/api/v1/dashboard', DASHBOARD)
    id_ = created['id']
    assert [len(part) for part in id_.split('-')] == [3, 3, 3]
    assert created['url'] == f'/dashboard/{id_}/rooms-now'
    assert created['created_at'] == '2026-11-24T12:00:00.000000+00:00'
    assert created['layout_type'] == 'ordered'
    for sent, widget in zip(DASHBOARD['widgets'], created['widgets'], strict=True):
        assert isinstance(widget['id'], int)
        assert widget['definition']['type'] == sent['definition']['type']
    [inner] = created['widgets'][1]['definition']['widgets']
    assert isinstance(inner['id'], int)
    assert api.ask('GET', f'/api/v1/dashboard/{id_}') == created


def test_what_was_read_can_be_sent_back(api: Client) -> None:
    created = api.ask('POST', '/api/v1/dashboard', DASHBOARD)
    updated = api.ask('PUT', f'/api/v1/dashboard/{created["id"]}', created | {'title': 'Other'})
    assert updated == created | {
        'title': 'Other',
        'url': f'/dashboard/{created["id"]}/other',
        'modified_at': updated['modified_at'],
    }
    assert updated['modified_at'] > created['modified_at']
    monitor = api.ask('POST', '/api/v1/monitor', {'type': 'query alert', 'query': QUERY, 'tags': ['a:b']})
    back = api.ask('PUT', f'/api/v1/monitor/{monitor["id"]}', monitor)
    assert monitor.pop('creator')['name'] == 'Sandbox'
    assert back == monitor | {'modified': back['modified']}


@pytest.mark.parametrize(('sent', 'roles'), [({}, {'restricted_roles': []}), ({'id': 'abc-def-ghi'}, {})])
def test_a_dashboard_without_roles_is_updated_without_them(
    api: Client, sent: dict[str, str], roles: dict[str, list[str]]
) -> None:
    # As recorded by the Terraform provider, TestDatadogDashListInDashboardJSON.
    created = api.ask('POST', '/api/v1/dashboard', DASHBOARD | sent)
    updated = api.ask('PUT', f'/api/v1/dashboard/{created["id"]}', DASHBOARD)
    for answer in created, updated:
        assert {name: answer[name] for name in answer if name == 'restricted_roles'} == roles


def test_dashboards_are_listed_in_pages_in_the_order_of_creation(api: Client) -> None:
    titles = [api.ask('POST', '/api/v1/dashboard', DASHBOARD | {'title': f'{n}'})['title'] for n in range(5)]
    page = api.ask('GET', '/api/v1/dashboard', start=1, count=3)['dashboards']
    assert [one['title'] for one in page] == titles[1:4]
    assert 'widgets' not in page[0]
    assert api.ask('GET', '/api/v1/dashboard', start=5) == {'dashboards': []}


def test_a_dashboard_that_is_gone_is_404(api: Client) -> None:
    id_ = api.ask('POST', '/api/v1/dashboard', DASHBOARD)['id']
    assert api.ask('DELETE', f'/api/v1/dashboard/{id_}') == {'deleted_dashboard_id': id_}
    for method, body in (('GET', None), ('PUT', DASHBOARD), ('DELETE', None)):
        assert api.errors(method, f'/api/v1/dashboard/{id_}', body, 404) == [f'Dashboard with ID {id_} not found']


# Monitors


def test_a_monitor_gets_what_the_server_fills_in(api: Client) -> None:
    body = {'type': 'query alert', 'query': QUERY, 'name': 'Warm', 'options': {'thresholds': {'critical': 30}}}
    monitor = api.ask('POST', '/api/v1/monitor', body | {'tags': ['team:rooms'], 'priority': 3})
    stamp = '2026-11-24T12:00:00.000000+00:00'
    assert monitor == {
        'id': 1,
        'org_id': 1,
        'type': 'query alert',
        'query': QUERY,
        'name': 'Warm',
        'message': '',
        'tags': ['team:rooms'],
        'priority': 3,
        'multi': True,
        'restricted_roles': None,
        'created': stamp,
        'modified': stamp,
        'deleted': None,
        'created_at': NOW * 1000,
        'draft_status': 'published',
        'restriction_policy': None,
        'assets': [],
        'overall_state_modified': None,
        'creator': {
            'id': 1, 'name': 'Sandbox', 'handle': 'owner@sandbox.invalid', 'email': 'owner@sandbox.invalid',
        },
        'overall_state': 'No Data',
        'options': {
            'thresholds': {'critical': 30},
            'notify_no_data': False,
            'notify_audit': False,
            'new_host_delay': 300,
            'include_tags': True,
            'silenced': {},
        },
    }  # fmt: skip
    # As recorded in 2026: only POST and PUT answer with these two, and only lists with `matching_downtimes`.
    for name in ('restriction_policy', 'assets'):
        del monitor[name]
    assert api.ask('GET', '/api/v1/monitor/1') == monitor
    assert api.ask('GET', '/api/v1/monitor/1', with_assets='true') == monitor | {'assets': []}
    assert api.ask('GET', '/api/v1/monitor') == [monitor | {'matching_downtimes': []}]
    assert not api.ask('POST', '/api/v1/monitor', body | {'query': 'avg(last_5m):avg:a{*} > 30'})['multi']


@pytest.mark.parametrize(
    ('change', 'error'),
    [
        ({'query': 'THIS IS A BAD QUERY'}, "The value provided for parameter 'query' is invalid: "),
        ({'query': 'avg(last_5m):avg:a{*} >'}, "The value provided for parameter 'query' is invalid: "),
        ({'type': 'service check', 'query': ' '}, "The value provided for parameter 'query' is invalid: it is empty"),
        (
            {'options': {'thresholds': {'critical': 90}}},
            'Alert threshold (90.0) does not match that used in the query (30.0).',
        ),
        (
            {'options': {'thresholds': {'critical': 30, 'warning': 31}}},
            'The warning threshold (31.0) must be less than the critical threshold (30.0).',
        ),
        (
            {'query': QUERY.replace('>', '<='), 'options': {'thresholds': {'critical': 30, 'warning': 29}}},
            'The warning threshold (29.0) must be greater than the critical threshold (30.0).',
        ),
        (
            {'options': {'thresholds': {'critical': 30, 'critical_recovery': 30.5}}},
            'The critical_recovery threshold (30.5) must be less than the critical threshold (30.0).',
        ),
        ({'options': {'evaluation_delay': 10**400}}, 'the JSON has a number that is too large'),
        (
            {'options': {'no_data_timeframe': -1}},
            'options.no_data_timeframe must be a whole number from 0 to 2147483647, not -1',
        ),
        (
            {'options': {'no_data_timeframe': 2**31}},
            'options.no_data_timeframe must be a whole number from 0 to 2147483647, not 2147483648',
        ),
        (
            {'options': {'thresholds': {'critical': 30, 'warning': 10**400}}},
            'the JSON has a number that is too large',
        ),
        ({'options': {'thresholds': {'warning': 20}}}, 'Alert status is required.'),
        (
            {'type': 'log alert', 'query': 'query'},
            "The value provided for parameter 'query' is invalid: invalid operator",
        ),
        ({'priority': 6}, 'priority must be a whole number from 1 to 5, not 6'),
    ],
)
def test_a_monitor_that_cannot_be_evaluated_is_refused(api: Client, change: dict[str, Any], error: str) -> None:
    body = {'type': 'query alert', 'query': QUERY} | change
    for path in ('/api/v1/monitor', '/api/v1/monitor/validate'):
        [said] = api.errors('POST', path, body)
        assert said.startswith(error)
    assert api.store.all('monitor') == []


def test_a_monitor_of_another_type_is_kept(api: Client) -> None:
    check = '"ntp.in_sync".over("*").by("host").last(2).count_by_status()'
    monitor = api.ask('POST', '/api/v1/monitor', {'type': 'service check', 'query': check})
    assert (monitor['multi'], monitor['overall_state']) == (True, 'No Data')


def test_a_valid_monitor_is_only_validated(api: Client) -> None:
    assert api.ask('POST', '/api/v1/monitor/validate', {'type': 'metric alert', 'query': QUERY}) == {}
    assert api.store.all('monitor') == []
    assert api.errors('POST', '/api/v1/monitor/1/validate', {}, 400) == ['Monitor not found']
    assert api.errors('GET', '/api/v1/monitor/can_delete', None, 400, monitor_ids='1,2') == ['Monitor not found: 1, 2']


def test_what_is_wrong_first_is_refused_first(api: Client) -> None:
    """As recorded: TestMonitorsGetErrors and TestDashboardUpdateErrors of datadog-api-client-go."""
    assert api.errors('GET', '/api/v1/monitor/1', status=404, group_states='loud') == ['Monitor not found']
    path = '/api/v1/dashboard/abc-def-ghi'
    [said] = api.errors('PUT', path, DASHBOARD | {'layout_type': ''}, 400)
    assert said.startswith('body.layout_type')
    assert api.errors('PUT', path, DASHBOARD, 404) == ['Dashboard with ID abc-def-ghi not found']


def test_an_update_changes_what_it_names_and_replaces_the_options(api: Client) -> None:
    options = {'renotify_interval': 60, 'thresholds': {'critical': 30}}
    body = {'type': 'query alert', 'query': QUERY, 'name': 'Warm', 'priority': 2, 'options': options}
    old = api.ask('POST', '/api/v1/monitor', body)
    assert 'thresholds' not in api.ask('PUT', '/api/v1/monitor/1', {'options': {'thresholds': None}})['options']
    thresholds = {'critical': 30, 'warning': None}
    change = {'priority': None, 'message': '@a@example.com', 'options': {'thresholds': thresholds}}
    new = api.ask('PUT', '/api/v1/monitor/1', change)
    assert (new['name'], new['priority'], new['message'], new['created']) == (
        'Warm',
        None,
        '@a@example.com',
        old['created'],
    )
    assert new['options']['thresholds'] == {'critical': 30}
    assert 'renotify_interval' not in new['options']
    assert new['modified'] > old['modified']
    [error] = api.errors('PUT', '/api/v1/monitor/1', {'query': QUERY.replace('30', '31')})
    assert error == 'Alert threshold (30.0) does not match that used in the query (31.0).'
    assert 'cannot be changed' in api.errors('PUT', '/api/v1/monitor/1', {'type': 'log alert'})[0]
    assert api.ask('PUT', '/api/v1/monitor/1', {'type': 'metric alert'})['type'] == 'query alert'


def test_the_groups_of_a_monitor_are_shown_by_state(api: Client) -> None:
    for number, query in enumerate((QUERY, 'avg(last_5m):avg:a{*} > 1'), 1):
        assert api.ask('POST', '/api/v1/monitor', {'type': 'query alert', 'query': query})['id'] == number
    alert = {'status': 'Alert', 'last_triggered_ts': NOW - 60, 'last_notified_ts': NOW}
    api.store.save_states(1, {'host:a': {'status': 'OK'}, 'host:b': {'status': 'Warn'}, 'host:c': alert})
    plain = api.ask('GET', '/api/v1/monitor/1')
    assert (plain['overall_state'], 'state' in plain) == ('Alert', False)
    groups = api.ask('GET', '/api/v1/monitor/1', group_states='all')['state']['groups']
    assert {name: group['status'] for name, group in groups.items()} == {
        'host:a': 'OK', 'host:b': 'Warn', 'host:c': 'Alert',
    }  # fmt: skip
    assert groups['host:c'] == {'name': 'host:c', **alert}
    first, second = api.ask('GET', '/api/v1/monitor', group_states='alert,no data')
    assert list(first['state']['groups']) == ['host:c']
    assert second['state'] == {'groups': {}}


def test_the_state_of_a_monitor_is_that_of_its_worst_group(api: Client) -> None:
    api.ask('POST', '/api/v1/monitor', {'type': 'query alert', 'query': QUERY})
    for minute in range(3):
        now = NOW + minute * 60
        for host, value in (('a', 20), ('b', 31)):
            temperatures(api.store, host, (now - 30, value))
        api.app.state.account.advance(now)
    monitor = api.ask('GET', '/api/v1/monitor/1', group_states='all')
    groups = monitor['state']['groups']
    assert {name: group['status'] for name, group in groups.items()} == {'host:a': 'OK', 'host:b': 'Alert'}
    assert NOW <= groups['host:b']['last_triggered_ts'] <= NOW + 120
    assert monitor['overall_state'] == 'Alert'


def test_another_query_begins_with_no_states(api: Client) -> None:
    api.ask('POST', '/api/v1/monitor', {'type': 'query alert', 'query': QUERY})
    api.store.save_states(1, {'host:a': {'status': 'Alert'}})
    # As recorded, the answer to PUT has no state.
    answer = api.ask('PUT', '/api/v1/monitor/1', {'name': 'Same query'})
    assert (answer['overall_state'], answer['overall_state_modified']) == ('No Data', None)
    assert api.ask('GET', '/api/v1/monitor/1')['overall_state'] == 'Alert'
    assert (
        api.ask('PUT', '/api/v1/monitor/1', {'query': QUERY.replace('{*}', '{room:a}')})['overall_state'] == 'No Data'
    )
    assert api.store.states(1) == {}


def test_monitors_are_found_by_name_tags_scope_and_page(api: Client) -> None:
    for number in range(1, 6):
        body = {
            'type': 'query alert',
            'query': f'avg(last_5m):avg:a{{room:{number % 2}}} > 1',
            'name': f'Room {number}',
        }
        api.ask('POST', '/api/v1/monitor', body | {'tags': ['team:rooms', f'room:{number}']})

    def found(**query: Any) -> list[int]:
        return [monitor['id'] for monitor in api.ask('GET', '/api/v1/monitor', **query)]

    assert found() == [1, 2, 3, 4, 5]
    assert found(monitor_tags='team:rooms,room:2') == [2]
    assert found(monitor_tags='team:room') == []
    assert found(tags='room:0') == [2, 4]
    assert found(tags='room') == []
    assert found(name='room 3') == [3]
    assert found(page=1, page_size=2) == [3, 4]
    assert found(page=3, page_size=2) == []
    assert found(id_offset=3, page_size=1) == [4]


def test_a_monitor_that_is_gone_is_404_and_its_id_is_not_given_again(api: Client) -> None:
    body = {'type': 'query alert', 'query': QUERY}
    api.ask('POST', '/api/v1/monitor', body)
    api.store.save_states(1, {'host:a': {'status': 'OK'}})
    assert api.ask('DELETE', '/api/v1/monitor/1', force='true') == {'deleted_monitor_id': 1}
    assert api.store.states(1) == {}
    for method, sent in (('GET', None), ('PUT', body), ('DELETE', None)):
        assert api.errors(method, '/api/v1/monitor/1', sent, 404) == ['Monitor not found']
    assert api.ask('POST', '/api/v1/monitor', body)['id'] == 2


def test_what_the_options_silence_is_a_downtime(api: Client) -> None:
    # As recorded in the suite of datadogpy: TestDatadog.test_monitor_crud, TestDogshell.test_monitors.
    def monitor(method: str = 'GET', path: str = '/1', **silenced: Any) -> Any:
        body = {'type': 'query alert', 'query': QUERY, 'options': {'silenced': silenced}} if method != 'GET' else None
        return api.ask(method, f'/api/v1/monitor{path}', body)['options']['silenced']

    ends = {'host:a': NOW + 60, 'host:b': None, 'host:c': str(NOW + 90)}
    shown = {'host:a': NOW + 60, 'host:b': None, 'host:c': NOW + 90}
    assert monitor('POST', '', **ends, **{'host:d': NOW}) == shown
    assert monitor('PUT', **shown) == monitor('PUT') == monitor() == shown
    assert len(api.ask('GET', '/api/v2/downtime')['data']) == 3
    api.clock.now += 60
    assert monitor('PUT', **shown) == {'host:b': None, 'host:c': NOW + 90}
    api.ask('POST', '/api/v1/monitor/1/unmute', {'all_scopes': True})
    assert monitor() == {}


@pytest.mark.parametrize(
    ('silenced', 'error'),
    [
        ({'*': 'soon'}, "options.silenced must be a time in seconds, not 'soon'"),
        ({'*': True}, "options.silenced must be a time in seconds, not 'True'"),
        (['*'], 'options.silenced must be an object: the end of each scope'),
        ({'host:a': None, 'lab': None}, 'scope "lab" is not understood'),
    ],
)
def test_options_that_silence_nothing_sensible_are_refused(api: Client, silenced: Any, error: str) -> None:
    body = {'type': 'query alert', 'query': QUERY, 'options': {'silenced': silenced}}
    [message] = api.errors('POST', '/api/v1/monitor', body)
    assert message.startswith(error)
    assert api.ask('GET', '/api/v1/monitor') == api.ask('GET', '/api/v2/downtime')['data'] == []


def test_muting_a_monitor_schedules_a_downtime(api: Client) -> None:
    api.ask('POST', '/api/v1/monitor', {'type': 'query alert', 'query': QUERY})

    def silenced(path: str = '', **body: Any) -> Any:
        monitor = api.ask('POST', f'/api/v1/monitor/1/{path}', body) if path else api.ask('GET', '/api/v1/monitor/1')
        return monitor['options']['silenced']

    assert silenced('mute') == {'*': None}
    assert silenced('mute', scope=['host:a'], end=NOW + 60) == {'*': None, 'host:a': NOW + 60}
    first, second = api.ask('GET', '/api/v2/downtime', current_only='true')['data']
    assert first['attributes']['monitor_identifier'] == {'monitor_id': 1}
    assert 'relationships' not in first
    answer = api.ask('GET', f'/api/v2/downtime/{first["id"]}', include='monitor')
    assert answer['data']['relationships'] == {'monitor': {'data': {'type': 'monitor', 'id': '1'}}}
    assert [part['type'] for part in answer['included']] == ['monitor']
    # As recorded: test_downtime_schedules of datadog-sync-cli.
    for downtime in api.ask('GET', '/api/v2/downtime', include='created_by')['data']:
        assert [*downtime['relationships']] == ['created_by']
    matching = api.ask('GET', '/api/v1/monitor/1', with_downtimes='true')['matching_downtimes']
    assert matching == [
        {
            'id': number, 'active': True, 'monitor_id': 1, 'start': NOW, 'end': end, 'scope': [scope], 'groups': [],
        }
        for number, end, scope in ((1, None, '*'), (2, NOW + 60, 'host:a'))
    ]  # fmt: skip
    assert second['attributes']['scope'] == 'host:a'
    assert [monitor['options']['silenced'] for monitor in api.ask('GET', '/api/v1/monitor')] == [silenced()]
    assert silenced('unmute') == {'host:a': NOW + 60}
    api.clock.now += 60
    assert silenced() == {}
    silenced('mute', scope='host:b')
    assert silenced('unmute', all_scopes=True) == {}
    assert api.errors('POST', '/api/v1/monitor/1/mute', {'end': 'soon'}) == [
        "end must be a time in seconds, not 'soon'"
    ]
    assert api.errors('POST', '/api/v1/monitor/1/unmute', {'scope': [1]}) == ['scope must be a string']
    assert api.errors('POST', '/api/v1/monitor/9/mute', {}, 404) == ['Monitor not found']


# Downtimes


def test_a_downtime_without_a_schedule_begins_now_and_never_ends(api: Client) -> None:
    answer = api.ask('POST', '/api/v2/downtime', downtime())
    attributes = answer['data']['attributes']
    assert attributes == {
        'monitor_identifier': {'monitor_tags': ['team:rooms']},
        'scope': '*',
        'message': None,
        'display_timezone': 'UTC',
        'mute_first_recovery_notification': False,
        'notify_end_states': ['alert', 'no data', 'warn'],
        'notify_end_types': ['expired'],
        'schedule': {'start': '2026-11-24T12:00:00.000000+00:00', 'end': None},
        'created': '2026-11-24T12:00:00.000000+00:00',
        'modified': '2026-11-24T12:00:00.000000+00:00',
        'canceled': None,
        'status': 'active',
    }
    assert answer['data']['relationships']['monitor'] == {'data': None}
    assert answer['included'][0]['type'] == 'users'
    one = api.ask('GET', f'/api/v2/downtime/{answer["data"]["id"]}')
    assert one == {'data': {name: answer['data'][name] for name in ('id', 'type', 'attributes')}}


def test_the_status_follows_the_clock(api: Client) -> None:
    schedule = {'start': '2026-11-24T13:00:00Z', 'end': '2026-11-24T14:00:00+00:00'}
    id_ = api.ask('POST', '/api/v2/downtime', downtime(schedule=schedule))['data']['id']
    seen = []
    for hour in (0, 1, 2):
        api.clock.now = NOW + hour * 3600
        status = api.ask('GET', f'/api/v2/downtime/{id_}')['data']['attributes']['status']
        current = api.ask('GET', '/api/v2/downtime', current_only='true')['data']
        seen.append((status, len(current)))
    assert seen == [('scheduled', 0), ('active', 1), ('ended', 0)]


def test_a_recurring_downtime_says_which_occurrence_is_current(api: Client) -> None:
    schedule = {
        'timezone': 'Europe/Paris',
        'recurrences': [{'rrule': 'FREQ=WEEKLY;BYDAY=MO,TU', 'duration': '14h', 'start': '2026-11-24T19:00'}],
    }
    body = downtime(schedule=schedule, display_timezone='Europe/Paris')
    attributes = api.ask('POST', '/api/v2/downtime', body)['data']['attributes']
    assert attributes['status'] == 'scheduled'
    assert attributes['schedule'] == {
        'timezone': 'Europe/Paris',
        'recurrences': [{'rrule': 'FREQ=WEEKLY;BYDAY=MO,TU', 'duration': '14h', 'start': '2026-11-24T19:00:00'}],
        'current_downtime': {'start': '2026-11-24T18:00:00+00:00', 'end': '2026-11-25T08:00:00+00:00'},
    }


def test_a_recurrence_without_a_start_begins_now_in_its_zone(api: Client) -> None:
    body = downtime(schedule=NIGHTS, display_timezone='Europe/Paris')
    attributes = api.ask('POST', '/api/v2/downtime', body)['data']['attributes']
    assert attributes['schedule']['recurrences'][0]['start'] == '2026-11-24T13:00:00'
    assert attributes['status'] == 'active'


@pytest.mark.parametrize(
    ('attributes', 'error'),
    [
        # https://github.com/hashicorp/terraform/issues/23880
        ({'schedule': {'start': '2026-11-24T11:58:59Z'}}, 'Scheduled downtime start cannot be in the past'),
        ({'schedule': {'start': '2026-11-24T13:00:00'}}, 'schedule.start must include a UTC offset of zero'),
        ({'schedule': {'start': '2026-11-24T13:00:00+01:00'}}, 'schedule.start must include a UTC offset of zero'),
        ({'schedule': {'end': '2026-11-24T11:00:00Z'}}, 'schedule.end '),
        ({'schedule': {'start': '2026-11-24T13:00:00Z', 'end': '2026-11-24T13:00:00Z'}}, 'schedule.end '),
        ({'schedule': NIGHTS}, 'timezone must match display_timezone'),
        ({'display_timezone': 'Mars/Olympus'}, 'timezone "Mars/Olympus" is unknown'),
        ({'scope': 'BAD_SCOPE_MISSING_KEY_VALUE_FORMAT'}, 'All values must have a key'),
        ({'monitor_identifier': {'monitor_id': 7}}, 'Monitor with id 7 not found'),
        *[
            ({'schedule': {'recurrences': [{'rrule': 'FREQ=DAILY', 'duration': '1h'} | change]}}, error)
            for change, error in (
                ({'start': '2026-11-24T11:58:59'}, 'recurrences.start must not be in the past'),
                ({'start': '2026-11-24T13:00:00Z'}, 'start "2026-11-24T13:00:00Z" has an offset'),
                ({'start': 'tomorrow'}, 'start "tomorrow" is not a local time'),
                ({'duration': '1 hour'}, 'duration "1 hour"'),
                ({'duration': '53w'}, 'duration 53w is longer than 366d'),
                ({'start': '9001-01-01T00:00'}, 'recurrences.start must not be after the year 9000'),
                ({'duration': '0h'}, 'duration "0h"'),
                ({'rrule': 'FREQ=SOMETIMES'}, 'rrule "FREQ=SOMETIMES"'),
                ({'rrule': 'FREQ=DAILY;DTSTART=20260101'}, 'rrule "FREQ=DAILY;DTSTART=20260101"'),
            )
        ],
    ],
)
def test_a_downtime_that_cannot_be_scheduled_is_refused(api: Client, attributes: dict[str, Any], error: str) -> None:
    [said] = api.errors('POST', '/api/v2/downtime', downtime(**attributes))
    assert said.startswith(error)
    assert api.store.all('downtime') == []


def test_an_update_changes_only_the_attributes_in_it(api: Client) -> None:
    body = downtime(schedule=NIGHTS, display_timezone='Europe/Paris', message='quiet')
    old = api.ask('POST', '/api/v2/downtime', body)['data']
    api.clock.now += 3600
    path = f'/api/v2/downtime/{old["id"]}'

    def patch(**attributes: Any) -> dict[str, Any]:
        return {'data': {'type': 'downtime', 'id': old['id'], 'attributes': attributes}}

    new = api.ask('PATCH', path, patch(message='still'))['data']['attributes']
    assert new == old['attributes'] | {'message': 'still', 'modified': new['modified']}
    assert new['modified'] > old['attributes']['modified']
    # The start that it has already may stay, though it is in the past by now.
    same = {'timezone': 'Europe/Paris', 'recurrences': new['schedule']['recurrences']}
    assert api.ask('PATCH', path, patch(schedule=same))['data']['attributes']['schedule'] == new['schedule']
    [error] = api.errors('PATCH', path, patch(display_timezone='UTC'))
    assert error == 'timezone must match display_timezone'
    [error] = api.errors('PATCH', path, patch(invalid_field='x'))
    assert error == "Additional properties are not allowed ('invalid_field' was unexpected)"
    assert api.ask('PATCH', path, patch(message=None))['data']['attributes']['message'] is None


def test_an_update_may_name_only_the_time_zone_of_a_schedule(api: Client) -> None:
    body = downtime(schedule=NIGHTS, display_timezone='Europe/Paris')
    id_ = api.ask('POST', '/api/v2/downtime', body)['data']['id']
    attributes = {'schedule': {'timezone': 'UTC'}, 'display_timezone': 'UTC'}
    patch = {'data': {'type': 'downtime', 'id': id_, 'attributes': attributes}}
    new = api.ask('PATCH', f'/api/v2/downtime/{id_}', patch)['data']['attributes']
    assert new['schedule'] == {
        'timezone': 'UTC',
        'recurrences': [{'rrule': 'FREQ=DAILY', 'duration': '8h', 'start': '2026-11-24T13:00:00'}],
        'current_downtime': {'start': '2026-11-24T13:00:00+00:00', 'end': '2026-11-24T21:00:00+00:00'},
    }
    # One that does not recur has no time zone.
    id_ = api.ask('POST', '/api/v2/downtime', downtime())['data']['id']
    patch = {'data': {'type': 'downtime', 'id': id_, 'attributes': attributes}}
    [error] = api.errors('PATCH', f'/api/v2/downtime/{id_}', patch)
    assert error == 'schedule.recurrences must hold at least one recurrence'
    [error] = api.errors('POST', '/api/v2/downtime', downtime(schedule={'timezone': 'UTC'}))
    assert error == "Additional properties are not allowed ('timezone' was unexpected)"


def test_a_canceled_downtime_stays_in_the_list_for_two_days(api: Client) -> None:
    ids = [api.ask('POST', '/api/v2/downtime', downtime(message=text))['data']['id'] for text in 'ab']
    path = f'/api/v2/downtime/{ids[0]}'
    for _ in range(2):
        assert api.ask('DELETE', path, status=204) is None
    attributes = api.ask('GET', path)['data']['attributes']
    assert (attributes['status'], attributes['canceled']) == ('canceled', attributes['modified'])
    patch = {'data': {'type': 'downtime', 'id': ids[0], 'attributes': {'message': 'c'}}}
    assert api.errors('PATCH', path, patch) == ['The downtime is canceled']
    assert [one['id'] for one in api.ask('GET', '/api/v2/downtime')['data']] == ids
    api.clock.now += 2 * 86400 + 1
    assert [one['id'] for one in api.ask('GET', '/api/v2/downtime')['data']] == ids[1:]


def test_downtimes_are_listed_in_pages(api: Client) -> None:
    ids = [api.ask('POST', '/api/v2/downtime', downtime(message=str(n)))['data']['id'] for n in range(35)]
    first = api.ask('GET', '/api/v2/downtime')
    assert [one['id'] for one in first['data']] == ids[:30]
    assert first['meta'] == {'page': {'total_filtered_count': 35}}
    query = {'page[offset]': 30, 'page[limit]': 3}
    assert [one['id'] for one in api.ask('GET', '/api/v2/downtime', **query)['data']] == ids[30:33]


@pytest.mark.parametrize('method', ['GET', 'PATCH', 'DELETE'])
def test_a_downtime_that_is_not_there_is_404(api: Client, method: str) -> None:
    id_ = '00000000-0000-1234-0000-000000000000'
    body = {'data': {'type': 'downtime', 'id': id_, 'attributes': {'message': 'a'}}} if method == 'PATCH' else None
    path = '/api/v2/downtime/INVALID'
    if method == 'DELETE':
        assert api.errors(method, path, status=404) == ['Downtime INVALID not found']
    else:
        assert api.errors(method, path, body) == ['Invalid URL param: downtime_id must be an uuid']
    missing = f'Downtime {id_} not found' if method == 'DELETE' else 'Downtime not found'
    assert api.errors(method, f'/api/v2/downtime/{id_}', body, 404) == [missing]


# Events


def test_an_event_is_posted_read_and_found(api: Client) -> None:
    body = {'title': 'Deployed', 'text': 'version 3', 'tags': ['env:a', 'team:b'], 'priority': 'low', 'host': 'h'}
    posted = api.ask('POST', '/api/v1/events', body, 202)['event']
    assert posted == {
        'id': 1, 'id_str': '1', 'title': 'Deployed', 'text': 'version 3', 'date_happened': NOW, 'handle': None,
        'priority': 'low', 'related_event_id': None, 'tags': ['env:a', 'team:b'],
        'url': 'http://127.0.0.1:8080/event/event?id=1',
    }  # fmt: skip
    assert api.ask('GET', '/api/v1/events/1') == {
        'event': {
            # As recorded in 2022 in the suite of datadog-api-client-go: TestEventLifecycle.
            'id': 1, 'id_str': '1', 'title': 'Deployed', 'text': 'version 3', 'date_happened': NOW,
            'alert_type': 'info', 'host': 'h', 'priority': 'low', 'tags': ['env:a', 'source:my_apps', 'team:b'],
            'device_name': None, 'url': '/event/event?event_id=1', 'resource': '/api/v1/events/1', 'monitor_id': None,
            'monitor_groups': [],
        }
    }  # fmt: skip
    assert api.errors('GET', '/api/v1/events/99', status=404) == ['No event matches that event_id.']

    def found(**query: Any) -> int:
        return len(api.ask('GET', '/api/v1/events', **({'start': NOW, 'end': NOW} | query))['events'])

    assert found() == 1
    assert found(tags='env:a,team:b', unaggregated='true') == 1
    assert found(tags='env:a,team:c') == 0
    assert found(tags='host:h') == 1
    assert found(tags='source:my_apps') == 1
    assert found(priority='normal') == 0
    assert found(sources='my apps') == 1
    assert found(start=NOW + 1, end=NOW + 2) == 0


@pytest.mark.parametrize(
    ('ago', 'error'),
    [(18 * 3600 + 1, 'Event too far in the past'), (-2 * 3600 - 1, 'Event too far in the future')],
)
def test_an_event_is_not_from_another_day(api: Client, ago: int, error: str) -> None:
    body = {'title': 'a', 'text': 'b', 'date_happened': NOW - ago}
    assert api.errors('POST', '/api/v1/events', body) == [error]
    step = 1 if ago > 0 else -1
    api.ask('POST', '/api/v1/events', body | {'date_happened': NOW - ago + step}, 202)


def test_the_latest_events_come_first_in_pages(api: Client) -> None:
    for number in range(1003):
        api.store.save('event', number, {'id': number, 'date_happened': NOW + number, 'tags': [], 'priority': 'normal'})
    first = api.ask('GET', '/api/v1/events', start=0, end=NOW * 2)['events']
    assert [first[0]['id'], len(first)] == [1002, 1000]
    rest = api.ask('GET', '/api/v1/events', start=0, end=NOW * 2, page=1, unaggregated='true')['events']
    assert [event['id'] for event in rest] == [2, 1, 0]


# Mails


def test_whom_a_downtime_or_an_event_mentions_gets_a_mail(api: Client) -> None:
    api.ask('POST', '/api/v2/downtime', downtime(message='quiet @ops@example.com'))
    api.ask('POST', '/api/v1/events', {'title': 'Opened', 'text': '@me@example.com look'}, 202)
    api.errors('POST', '/api/v2/downtime', downtime(message='@no@example.com', scope='wrong'))
    api.errors('POST', '/api/v1/events', {'title': 'a', 'text': '@no@example.com', 'date_happened': 1})
    assert [mail.body['to'] for mail in api.store.mails()] == [['ops@example.com'], ['me@example.com']]


# Metrics and hosts


def test_a_query_answers_as_datadog_does(api: Client) -> None:
    temperatures(api.store, 'a', (NOW - 3600, 20), (NOW - 3590, 22), (NOW - 3580, 25))
    temperatures(api.store, 'b', (NOW - 3580, 30))
    query = 'avg:room.temperature{room:a} by {host}'
    answer = api.ask('GET', '/api/v1/query', query=query, **{'from': NOW - 3600, 'to': NOW})
    first, second = answer.pop('series')
    assert answer == {
        'status': 'ok',
        'res_type': 'time_series',
        'resp_version': 1,
        'query': query,
        'from_date': (NOW - 3600) * 1000,
        'to_date': NOW * 1000,
        'group_by': ['host'],
        'message': '',
        'times': [],
        'values': [],
    }
    assert first['pointlist'][:2] == [[(NOW - 3600) * 1000.0, 21.0], [(NOW - 3580) * 1000.0, 25.0]]
    assert (first['scope'], first['tag_set'], first['aggr']) == ('host:a', ['host:a'], 'avg')
    assert (first['metric'], first['interval']) == ('room.temperature', 20)
    assert (first['start'], first['end']) == ((NOW - 3600) * 1000, first['pointlist'][-1][0] + 19_000)
    assert first['length'] == len(first['pointlist'])
    assert second['scope'] == 'host:b'
    assert second['pointlist'][0] == [(NOW - 3580) * 1000.0, 30.0]


def test_several_queries_are_numbered(api: Client) -> None:
    temperatures(api.store, 'a', (NOW - 60, 20))
    query = 'avg:nothing{*},max:room.temperature{*}'
    [series] = api.ask('GET', '/api/v1/query', query=query, **{'from': NOW - 3600, 'to': NOW})['series']
    assert (series['query_index'], series['aggr'], series['scope']) == (1, 'max', '*')


def test_metrics_are_listed_since_a_time_and_by_host(api: Client) -> None:
    temperatures(api.store, 'a', (NOW - 60, 20))
    assert api.ask('GET', '/api/v1/metrics', **{'from': NOW - 60}) == {
        'from': str(NOW - 60), 'metrics': ['room.temperature'],
    }  # fmt: skip
    assert api.ask('GET', '/api/v1/metrics', **{'from': NOW - 59})['metrics'] == []
    assert api.ask('GET', '/api/v1/metrics', host='a', **{'from': 0})['metrics'] == ['room.temperature']
    assert api.ask('GET', '/api/v1/metrics', host='b', **{'from': 0})['metrics'] == []
    assert api.ask('GET', '/api/v1/metrics/room.temperature') == {
        'type': 'gauge', 'statsd_interval': None, 'description': None, 'short_name': None, 'unit': None,
        'per_unit': None, 'integration': None,
    }  # fmt: skip
    assert api.errors('GET', '/api/v1/metrics/other', status=404) == ['metric_name not found']


def test_hosts_are_listed_with_tags_and_when_they_were_seen(api: Client) -> None:
    meta = {
        'agentVersion': '7.82.1',
        'systemStats': {'platform': 'linux', 'cpuCores': 2, 'machine': {'not': 'a text'}},
        'meta': {'socket-hostname': 'a', 'unknown': 'left out'},
        'gohai': {'cpu': {}},
    }
    api.store.add_host('a', ('env:lab', 'room:1'), meta, NOW - 60)
    api.store.touch_hosts(['b'], NOW - 2 * 3600 - 1)
    api.store.touch_hosts(['c'], NOW - 3 * 3600 - 1)
    answer = api.ask('GET', '/api/v1/hosts', include_hosts_metadata='true')
    assert (answer['total_returned'], answer['total_matching']) == (2, 2)
    first, second = answer['host_list']
    assert (first['name'], first['up'], first['last_reported_time'], first['apps']) == ('a', True, NOW - 60, ['agent'])
    assert first['tags_by_source'] == {'Datadog': ['env:lab', 'room:1', 'host:a']}
    assert first['meta'] == {
        'host_id': first['id'],
        'agent_version': '7.82.1',
        'platform': 'linux',
        'cpuCores': 2,
        'socket-hostname': 'a',
        'gohai': '{"cpu": {}}',
    }
    assert (second['name'], second['up'], second['apps'], second['meta']) == ('b', False, [], {})

    def found(**query: Any) -> list[str]:
        return [host['name'] for host in api.ask('GET', '/api/v1/hosts', **query)['host_list']]

    assert found(**{'from': 0}) == ['a', 'b', 'c']
    assert found(filter='env:lab') == ['a']
    assert found(filter='host:b') == ['b']
    assert found(sort_dir='desc', sort_field='last_reported_time') == ['a', 'b']
    assert found(start=1, count=1, **{'from': 0}) == ['b']
    assert api.ask('GET', '/api/v1/hosts/totals') == {'total_active': 1, 'total_up': 1}


def test_the_search_finds_hosts_and_metrics(api: Client) -> None:
    temperatures(api.store, 'roomy', (NOW - 60, 20))
    everything = {'metrics': ['room.temperature'], 'hosts': ['roomy']}
    assert api.ask('GET', '/api/v1/search', q='ROOM')['results'] == everything
    assert api.ask('GET', '/api/v1/search', q='metrics:temp')['results'] == {'metrics': ['room.temperature']}
    assert api.ask('GET', '/api/v1/search', q='hosts:nobody')['results'] == {'hosts': []}


# Snapshots


@pytest.mark.parametrize(
    'query',
    [
        {'metric_query': 'avg:room.temperature{*}'},
        {
            'graph_def': json.dumps({
                'viz': 'timeseries', 'requests': [{'q': 'avg:room.temperature{*}', 'type': 'line', 'style': {}}],
            }),
            'title': 'Rooms',
        },
        {'graph_def': json.dumps({'viz': 'query_table', 'requests': [{'q': 'avg:room.temperature{*} by {host}'}]})},
        {'graph_def': json.dumps({'viz': 'free_text', 'text': 'Rooms'})},
    ],
)  # fmt: skip
def test_a_snapshot_is_a_picture_that_opens_without_a_key(api: Client, query: dict[str, str]) -> None:
    temperatures(api.store, 'a', (NOW - 60, 20))
    answer = api.ask('GET', '/api/v1/graph/snapshot', start=NOW - 3600, end=NOW, **query)
    url = answer['snapshot_url']
    assert url.startswith('http://127.0.0.1:8080/snapshot/view/') and url.endswith('.png')
    api.headers = {}
    picture = api.get(url)
    assert (picture.status_code, picture.headers['content-type']) == (200, 'image/png')
    assert picture.content.startswith(b'\x89PNG\r\n')
    assert api.get('http://127.0.0.1:8080/snapshot/view/none.png').status_code == 404


# Many at once


def test_ids_and_times_are_unique_and_ordered_under_concurrent_creates(api: Client) -> None:
    made: list[dict[str, Any]] = []

    def create() -> None:
        for number in range(10):
            name = f'{threading.get_ident()} {number}'
            made.append(api.ask('POST', '/api/v1/monitor', {'type': 'query alert', 'query': QUERY, 'name': name}))

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    listed = api.ask('GET', '/api/v1/monitor')
    assert [monitor['id'] for monitor in listed] == list(range(1, 81))
    assert sorted(monitor['id'] for monitor in made) == list(range(1, 81))
    times = [monitor['created'] for monitor in listed]
    assert times == sorted(set(times))


# Mails


def test_mails_are_listed_as_they_were_sent(api: Client) -> None:
    body = {'to': ['a@example.com'], 'subject': 's', 'text': 't', 'html': '<p>t</p>'}
    first, second = api.store.add_mail(NOW, body), api.store.add_mail(NOW + 60, body)
    api.store.mark_sent(second)

    assert api.ask('GET', '/api/sandbox/mails')['mails'] == [
        {**body, 'id': first, 'time': NOW, 'sent': False},
        {**body, 'id': second, 'time': NOW + 60, 'sent': True},
    ]
    assert [mail['id'] for mail in api.ask('GET', '/api/sandbox/mails', **{'from': NOW, 'to': NOW + 60})['mails']] == [
        first
    ]
