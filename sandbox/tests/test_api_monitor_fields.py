"""Fields and words of monitors as Datadog's answers have them: recorded in the suites of its clients, 2025 and 2026."""

from typing import Any

import pytest
from calling import NOW, Client
from datadog_sandbox import downtimes

WARM: dict[str, Any] = {'type': 'metric alert', 'query': 'avg(last_5m):avg:room.temperature{*} by {host} > 30'}
CHECK: dict[str, Any] = {'type': 'service check', 'query': '"ntp.in_sync".by("*").last(3).count_by_status()'}
QUALITY: dict[str, Any] = {'type': 'data-quality alert', 'query': 'formula("query1").last("5m") > 1'}


def create(api: Client, body: dict[str, Any], **options: Any) -> dict[str, Any]:
    answer = api.ask('POST', '/api/v1/monitor', body | ({'options': options} if options else {}))
    assert isinstance(answer, dict)
    return answer


def state(api: Client, id_: int = 1) -> tuple[str, str | None]:
    monitor = api.ask('GET', f'/api/v1/monitor/{id_}')
    return monitor['overall_state'], monitor['overall_state_modified']


@pytest.mark.parametrize(
    ('options', 'expected'),
    [
        ({}, 'No Data'),
        ({'timeout_h': 0}, 'No Data'),
        ({'timeout_h': 1}, 'OK'),
        ({'timeout_h': 24, 'on_missing_data': 'show_and_notify_no_data'}, 'No Data'),
    ],
)
def test_a_monitor_without_data_has_a_state_once_it_is_evaluated(
    api: Client, options: dict[str, Any], expected: str
) -> None:
    created = create(api, WARM, **options)
    assert (created['overall_state'], created['overall_state_modified']) == ('No Data', None)
    api.clock.now = NOW + 11
    assert state(api) == ('No Data', None)
    api.clock.now = NOW + 12
    assert state(api) == (expected, '2026-11-24T12:00:12+00:00')
    updated = api.ask('PUT', '/api/v1/monitor/1', {'name': 'Warm'})
    assert (updated['overall_state'], updated['overall_state_modified']) == ('No Data', None)
    assert state(api) == (expected, '2026-11-24T12:00:12+00:00')
    [row] = api.ask('GET', '/api/v1/monitor/search')['monitors']
    assert row['status'] == expected


def test_restricted_roles_are_left_out_where_a_client_wants_none(api: Client) -> None:
    create(api, WARM)
    assert api.ask('GET', '/api/v1/monitor/1')['restricted_roles'] is None
    assert 'restricted_roles' not in api.ask('GET', '/api/v1/monitor/1', with_restricted_roles='false')


@pytest.mark.parametrize(
    ('body', 'sent', 'kept'),
    [
        (WARM, {'critical': 30, 'warning': '20'}, {'critical': 30.0, 'warning': 20.0}),
        (CHECK, {'critical': 2, 'warning': 1.0, 'ok': '3'}, {'critical': 2, 'warning': 1, 'ok': 3}),
    ],
)
def test_thresholds_are_floats_but_counts_of_statuses_integers(
    api: Client, body: dict[str, Any], sent: dict[str, Any], kept: dict[str, float]
) -> None:
    assert _forms(create(api, body, thresholds=sent)['options']['thresholds']) == _forms(kept)
    # An update need not name the type.
    updated = api.ask('PUT', '/api/v1/monitor/1', {'options': {'thresholds': sent}})
    assert _forms(updated['options']['thresholds']) == _forms(kept)


def _forms(values: dict[str, float]) -> dict[str, str]:
    return {name: repr(value) for name, value in values.items()}


@pytest.mark.parametrize(
    ('sent', 'query', 'kept'),
    [
        ('metric alert', 'avg(current_1h):avg:room.temperature{*} > 30', 'metric alert'),
        ('metric alert', 'avg(current_1d):avg:room.temperature{*} > 30', 'query alert'),
        ('metric alert', 'avg(current_1mo):avg:room.temperature{*} > 30', 'query alert'),
        ('query alert', 'avg(current_1mo):avg:room.temperature{*} > 30', 'query alert'),
    ],
)
def test_a_window_of_the_calendar_makes_a_query_alert(api: Client, sent: str, query: str, kept: str) -> None:
    evaluation_window = {'hour_starts': 0} if '1h' in query else {'day_starts': '04:00', 'month_starts': 1}
    options = {'scheduling_options': {'evaluation_window': evaluation_window}}
    assert create(api, {'type': sent, 'query': query}, **options)['type'] == kept


def test_a_query_alert_does_not_become_a_metric_alert_again(api: Client) -> None:
    # Recorded in the suite of datadogpy, TestDogshell.test_monitors.
    assert create(api, WARM)['type'] == 'metric alert'
    query = 'avg(last_15m):avg:room.temperature{*} by {host} > 30'
    assert api.ask('PUT', '/api/v1/monitor/1', {'type': 'query alert', 'query': query})['type'] == 'query alert'
    assert api.ask('PUT', '/api/v1/monitor/1', WARM)['type'] == 'query alert'
    assert api.ask('GET', '/api/v1/monitor/1')['type'] == 'query alert'


def test_answers_to_a_change_have_no_creator(api: Client) -> None:
    assert 'creator' in create(api, WARM)
    changes = [
        ('PUT', '/api/v1/monitor/1', {'name': 'b'}), ('POST', '/api/v1/monitor/1/mute', {}),
        ('POST', '/api/v1/monitor/1/unmute', {}),
    ]  # fmt: skip
    for method, path, body in changes:
        answer = api.ask(method, path, body)
        assert (answer['name'], 'creator' in answer) == ('b', False)


@pytest.mark.parametrize('type_', ['log alert', 'rum alert', 'llm-observability alert'])
def test_searches_have_an_option_for_simple_alerts(api: Client, type_: str) -> None:
    source = {'log alert': 'logs', 'rum alert': 'rum'}.get(type_, 'llm-observability')
    query = f'{source}("service:web").rollup("count").last("5m") > 1'
    assert create(api, {'type': type_, 'query': query})['options']['groupby_simple_monitor'] is False
    assert 'groupby_simple_monitor' not in create(api, WARM)['options']


def test_a_monitor_of_data_quality_has_fields_of_its_own(api: Client) -> None:
    created = create(api, QUALITY)
    assert (created['restricted'], created['run_as'], created['options']['avalanche_window']) == (False, None, 10)
    assert create(api, QUALITY | {'name': 'b'}, avalanche_window=20)['options']['avalanche_window'] == 20
    assert 'restricted' not in create(api, WARM)


def test_what_datadog_says_of_a_monitor_is_not_kept(api: Client) -> None:
    assert 'classification' not in create(api, WARM | {'classification': 'custom', 'overall_state': 'Alert'})


@pytest.mark.parametrize(('sent', 'kept'), [(0, None), (None, None), (1, 1), (5, 5), ('3', 3)])
def test_a_priority_of_zero_is_none(api: Client, sent: Any, kept: int | None) -> None:
    assert create(api, WARM | {'priority': sent})['priority'] == kept


@pytest.mark.parametrize(
    ('options', 'kept'),
    [
        ({}, {'notify_no_data': False}),
        ({'notify_no_data': True}, {'notify_no_data': True}),
        ({'on_missing_data': 'show_no_data'}, {'on_missing_data': 'show_no_data'}),
        ({'on_missing_data': 'default'}, {'on_missing_data': 'default'}),
        ({'on_missing_data': 'default', 'scheduling_options': {}}, {}),
        (
            {'on_missing_data': 'show_no_data', 'notify_no_data': False},
            {'on_missing_data': 'show_no_data', 'notify_no_data': False},
        ),
    ],
)
def test_notify_no_data_is_left_out_beside_on_missing_data(
    api: Client, options: dict[str, Any], kept: dict[str, Any]
) -> None:
    answer = create(api, WARM, **options)['options']
    assert {name: answer[name] for name in ('notify_no_data', 'on_missing_data') if name in answer} == kept


def test_nulls_of_options_are_kept(api: Client) -> None:
    options = create(api, WARM, no_data_timeframe=None, renotify_interval=None)['options']
    assert {name: options[name] for name in ('no_data_timeframe', 'renotify_interval')} == {
        'no_data_timeframe': None, 'renotify_interval': None,
    }  # fmt: skip


def test_other_nulls_are_as_good_as_absent(api: Client) -> None:
    """The documents let neither `include_tags` nor what is inside of an option be null.

    `threshold_windows` is null in the recordings of datadog-sync-cli.
    """
    window = {'day_starts': '04:00', 'month_starts': None, 'timezone': 'UTC'}
    given = {'include_tags': None, 'threshold_windows': None, 'scheduling_options': {'evaluation_window': window}}
    options = create(api, WARM, **given, timeout_h=None, renotify_interval=60.0)['options']
    assert options['include_tags'] is True
    assert options['threshold_windows'] is None
    assert options['scheduling_options'] == {'evaluation_window': {'day_starts': '04:00', 'timezone': 'UTC'}}
    assert (options['timeout_h'], options['renotify_interval']) == (None, 60)
    assert type(options['renotify_interval']) is int


def test_of_nulls_among_thresholds_those_of_composites_are_kept(api: Client) -> None:
    """As recorded: "Composite Monitor Test" of datadog-sync-cli."""
    limits = {'critical': 30, 'warning': None}
    assert create(api, WARM | {'name': 'a'}, thresholds=limits)['options']['thresholds'] == {'critical': 30.0}
    create(api, WARM | {'name': 'b'})
    both = create(api, {'type': 'composite', 'query': '1 && 2'}, thresholds={'critical': None})
    assert both['options']['thresholds'] == {'critical': None}
    changed = api.ask('PUT', '/api/v1/monitor/3', {'options': {'thresholds': {'critical': None}}})
    assert changed['options']['thresholds'] == {'critical': None}


@pytest.mark.parametrize('query', ['1 && 7', '7', '1 || !2'])
def test_a_composite_of_what_is_no_monitor_or_a_composite_is_refused(api: Client, query: str) -> None:
    """In Datadog's words: https://github.com/DataDog/terraform-provider-datadog/issues/2440"""
    create(api, WARM)
    create(api, {'type': 'composite', 'query': '1 && 1'})
    body = {'type': 'composite', 'query': query}
    for path in ('/api/v1/monitor', '/api/v1/monitor/validate'):
        assert api.ask('POST', path, body, status=400) == {'errors': ['Some monitor IDs are invalid']}
    assert api.ask('PUT', '/api/v1/monitor/2', {'query': query}, status=400)


def test_line_ends_at_the_end_are_stripped(api: Client) -> None:
    body = WARM | {'query': f'{WARM["query"]}\r\n\n', 'message': 'Warm\n in here \n\r\n'}
    created = create(api, body, escalation_message='Still\n')
    assert (created['query'], created['message']) == (WARM['query'], 'Warm\n in here ')
    assert created['options']['escalation_message'] == 'Still'
    updated = api.ask('PUT', '/api/v1/monitor/1', {'message': 'Cold\n'})
    assert updated['message'] == 'Cold'


def test_a_monitor_without_a_name_gets_that_of_its_query(api: Client) -> None:
    name = '**room.temperature** over ***** was **> 30.0** on average during the **last 5m**.'
    assert create(api, WARM)['name'] == name


def test_a_query_that_gains_groups_changes_the_type(api: Client) -> None:
    create(api, WARM | {'query': 'avg(last_5m):avg:room.temperature{*} > 30'})
    assert api.ask('PUT', '/api/v1/monitor/1', {'query': WARM['query']})['type'] == 'query alert'


def test_the_answer_to_put_has_no_creator(api: Client) -> None:
    assert create(api, WARM)['creator']['handle'] == 'owner@sandbox.invalid'
    assert 'creator' not in api.ask('PUT', '/api/v1/monitor/1', {'name': 'Warm'})
    assert api.ask('GET', '/api/v1/monitor/1')['creator']['handle'] == 'owner@sandbox.invalid'


def test_a_twin_is_refused_until_it_differs(api: Client) -> None:
    create(api, WARM)
    assert api.errors('POST', '/api/v1/monitor', WARM) == ['Duplicate of an existing monitor_id:1 org_id:1']
    create(api, WARM | {'message': 'other'})
    assert api.errors('PUT', '/api/v1/monitor/2', {'message': ''}) == ['Duplicate of an existing monitor_id:1 org_id:1']


def test_a_log_alert_whose_query_is_no_query_is_refused(api: Client) -> None:
    assert api.errors('POST', '/api/v1/monitor', {'type': 'log alert', 'query': 'query'}) == [
        "The value provided for parameter 'query' is invalid: invalid operator specified: "
    ]


DEEP = '{{#is_alert}}' * 51 + '{{/is_alert}}' * 51


def test_a_downtime_is_looked_at_once_for_all_monitors(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a list takes as long as there are monitors times downtimes."""
    for number in range(3):
        create(api, WARM | {'name': str(number)})
    for scope in ('env:a', 'env:b'):
        api.ask('POST', '/api/v1/downtime', {'scope': scope})
    looks: list[Any] = []
    original = downtimes.status
    monkeypatch.setattr(downtimes, 'status', lambda *given: (looks.append(given), original(*given))[1])
    listed = api.ask('GET', '/api/v1/monitor')
    assert [len(monitor['matching_downtimes']) for monitor in listed] == [2, 2, 2]
    assert len(looks) == 2


@pytest.mark.parametrize(
    ('type_', 'query'),
    [
        # https://github.com/DataDog/terraform-provider-datadog/issues/1125, 1426, and 1687
        ('log alert', "logs('service:eks status:error').index('*').rollup('count').last('5m') > 5"),
        ('event-v2 alert', "events('oom status:error').rollup('count').last('5m') > 0"),
        ('log alert', 'log("(cardinality:@a / cardinality:@b) * 100").last("10m") > 40'),
    ],
)
def test_a_search_is_in_double_quotes(api: Client, type_: str, query: str) -> None:
    body = {'type': type_, 'query': query, 'name': 'a', 'message': ''}
    said = "The value provided for parameter 'query' is invalid: invalid operator specified: "
    assert api.errors('POST', '/api/v1/monitor/validate', body) == [said]


@pytest.mark.parametrize(
    ('body', 'error'),
    [
        ({'message': '{{#is_alert}}hello'}, "'message' is invalid: {{#is_alert}} is not closed."),
        ({'message': 'hello{{/is_alert}}'}, "'message' is invalid: {{/is_alert}} closes no block."),
        ({'message': DEEP}, "'message' is invalid: Blocks are nested more than 50 deep."),
        ({'message': 'a' * 65_537}, "'message' is invalid: A message has at most 65536 characters, not 65537."),
        ({'name': '{{#is_match "a" "b"}}'}, "'name' is invalid: {{#is_match}} is not closed."),
        (
            {'options': {'escalation_message': '{{/is_alert}}'}},
            "'options.escalation_message' is invalid: {{/is_alert}} closes no block.",
        ),
    ],
)
def test_a_message_that_cannot_be_rendered_is_refused(api: Client, body: dict[str, Any], error: str) -> None:
    """As Datadog does: https://github.com/hashicorp/terraform/issues/12468, and 1882 of terraform-provider-datadog."""
    expected = [f'The value provided for parameter {error}']
    assert api.errors('POST', '/api/v1/monitor', WARM | body) == expected
    assert api.errors('POST', '/api/v1/monitor/validate', WARM | body) == expected
    assert api.store.all('monitor') == []
    created = create(api, WARM)
    assert api.errors('PUT', '/api/v1/monitor/1', body) == expected
    assert api.ask('GET', '/api/v1/monitor/1')['modified'] == created['modified']
    create(api, WARM | {'message': DEEP.replace('{{#is_alert}}', '', 1).replace('{{/is_alert}}', '', 1)})


@pytest.mark.parametrize(
    ('recurrence', 'error'),
    [
        ({'rrule': 'FREQ=SOMETIMES'}, 'FREQ must be one of'),
        ({'rrule': 'every day'}, 'EVERY DAY is not supported'),
        ({'rrule': ''}, 'FREQ must be one of'),
        ({}, 'FREQ must be one of'),
        ({'rrule': 'FREQ=HOURLY'}, 'its frequency must be a day or longer'),
        ({'rrule': 'FREQ=DAILY;INTERVAL=0'}, 'INTERVAL must be a whole number'),
        ({'rrule': 'FREQ=DAILY', 'start': 'soon'}, 'start "soon" is not a local time'),
        ({'rrule': 'FREQ=DAILY', 'timezone': 'Paris'}, 'timezone "Paris" is unknown'),
    ],
)
def test_a_custom_schedule_that_is_none_is_refused(api: Client, recurrence: dict[str, str], error: str) -> None:
    """A rule "must be a valid rrule": `custom_schedule` of the Terraform provider; daily, weekly, or monthly intervals:
    https://docs.datadoghq.com/monitors/guide/custom_schedules/.
    """
    options = {'scheduling_options': {'custom_schedule': {'recurrences': [recurrence]}}}
    create(api, WARM)
    for method, path in (
        ('POST', '/api/v1/monitor'), ('POST', '/api/v1/monitor/validate'), ('PUT', '/api/v1/monitor/1'),
    ):  # fmt: skip
        [said] = api.errors(method, path, WARM | {'name': 'b', 'options': options})
        assert said.startswith('options.scheduling_options.custom_schedule: ') and error in said
    assert len(api.ask('GET', '/api/v1/monitor')) == 1


@pytest.mark.parametrize(
    ('window', 'error'),
    [
        ({'day_starts': '25:00'}, ".day_starts must be a time such as 04:00, not '25:00'"),
        ({'day_starts': '04:00', 'timezone': 'Paris'}, ': timezone "Paris" is unknown'),
    ],
)
def test_a_window_that_starts_at_no_time_is_refused(api: Client, window: dict[str, Any], error: str) -> None:
    options = {'scheduling_options': {'evaluation_window': window}}
    [said] = api.errors('POST', '/api/v1/monitor', WARM | {'options': options})
    assert said.startswith(f'options.scheduling_options.evaluation_window{error}')
