"""The options of monitors, and that whatever one monitor does stays with that monitor."""

import pytest
from datadog_sandbox import monitors
from datadog_sandbox.account import Account
from datadog_sandbox.monitors import evaluate, explain
from datadog_sandbox.monitors.options import settings_of
from datadog_sandbox.store import Store
from monitoring import HOUR, MINUTE, SHORT, START, brief, downtime, history, mailed, make, minutes, put, send


@pytest.fixture
def store():
    store = Store()
    yield store
    store.close()


# One monitor and the others


def test_an_error_of_one_monitor_is_kept_and_the_others_go_on(store, monkeypatch):
    send(store, [11] * 10)
    bad, good = make(SHORT), make(SHORT) | {'id': 2, 'message': '@ops@example.com'}
    for monitor in (bad, good):
        store.save('monitor', monitor['id'], monitor)
    evaluate_ = monitors.evaluate

    def fail(store, monitor, moments, record_change):
        if monitor['id'] == 1:
            raise RecursionError('too deep\nby far')
        return evaluate_(store, monitor, moments)

    with monkeypatch.context() as patch:
        patch.setattr(monitors, 'evaluate', fail)
        Account(store).advance(START)
    assert store.states(2)['host:a']['status'] == 'Alert'
    assert [mail.body['to'] for mail in store.mails()] == [['ops@example.com']]
    assert monitors.error(store, bad) == 'RecursionError: too deep by far'
    assert explain(store, bad, 'host:a') == 'Not evaluated. RecursionError: too deep by far'
    assert monitors.error(store, good) is None
    Account(store).advance(START + MINUTE)
    assert monitors.error(store, bad) is None
    assert store.states(1)['host:a']['status'] == 'Alert'


def test_a_mail_that_cannot_be_made_stops_no_other(store, monkeypatch):
    send(store, [11] * 10)
    for id_ in (1, 2):
        store.save('monitor', id_, make(SHORT) | {'id': id_, 'message': '@ops@example.com'})
    from datadog_sandbox import notifications

    mail = notifications.monitor_mail

    def fail(store, monitor, notice, *options):
        if monitor['id'] == 1:
            raise ValueError('no such template')
        mail(store, monitor, notice, *options)

    with monkeypatch.context() as patch:
        patch.setattr(notifications, 'monitor_mail', fail)
        Account(store).advance(START)
    assert len(store.mails()) == 1
    Account(store).advance(START + MINUTE)
    # It stays until a mail of this monitor could be made.
    assert monitors.error(store, make(SHORT)) == 'It could not notify: ValueError: no such template'


def test_a_mail_of_another_group_does_not_hide_one_that_could_not_be_made(store, monkeypatch):
    send(store, [11] * 10, host='a')
    send(store, [11] * 10, host='b')
    store.save('monitor', 1, make(SHORT) | {'message': '@ops@example.com'})
    from datadog_sandbox import notifications

    mail = notifications.monitor_mail

    def fail(store, monitor, notice, *options):
        if notice.group == 'host:a':
            raise ValueError('no such template')
        mail(store, monitor, notice, *options)

    monkeypatch.setattr(notifications, 'monitor_mail', fail)
    Account(store).advance(START)
    [kept] = store.mails()
    assert kept.body['group'] == 'host:b'
    assert monitors.error(store, make(SHORT)) == 'It could not notify: ValueError: no such template'


@pytest.mark.parametrize(
    'query', ['(' * 30_000, 'avg(last_5m):' + 'abs(' * 5_000 + 'avg:m{*}' + ')' * 5_000 + ' > 1', '']
)
def test_a_query_that_no_parser_takes_is_refused_and_not_raised(store, query):
    monitor = make(query)
    assert monitors.refusal(monitor)
    assert monitors.in_order([monitor]) == [monitor]
    assert evaluate(store, monitor, minutes(1)) == []


@pytest.mark.parametrize(
    ('options', 'reason'),
    [
        ({'thresholds': {'warning': 'high'}}, "options.thresholds.warning must be a number, not 'high'"),
        ({'renotify_interval': 'often'}, "options.renotify_interval must be a number, not 'often'"),
        ({'evaluation_delay': -1}, 'options.evaluation_delay must be at least 0, not -1'),
        ({'timeout_h': 'nan'}, "options.timeout_h must be a number, not 'nan'"),
        (
            {'notify_by': ['rack']},
            'options.notify_by has rack, which the query does not group by: host or * are allowed',
        ),
        ({'group_retention_duration': '73h'}, 'must be 1h to 72h, in m, h, or d'),
        ({'scheduling_options': {'custom_schedule': {'recurrences': [{'rrule': 'FREQ=SOMETIMES'}]}}}, 'FREQ'),
        ({'scheduling_options': {'custom_schedule': {'recurrences': [{'rrule': 'FREQ=HOURLY'}]}}}, 'a day or longer'),
    ],
)
def test_an_option_that_is_not_understood_is_a_refusal(options, reason):
    assert reason in monitors.refusal(make(**options))


def test_a_clock_that_steps_back_does_not_stop_evaluation(store, caplog):
    send(store, [1] * 30 + [11] * 40)
    store.save('monitor', 1, make(SHORT))
    account = Account(store)
    account.advance(START + 20 * MINUTE)
    account.advance(START + 14 * MINUTE)
    assert monitors.evaluated(store, make()) == START + 14 * MINUTE
    assert caplog.messages == ['The clock stepped back by 360 seconds: evaluation goes on.']


def test_what_was_notified_before_a_step_back_is_not_notified_again(store):
    send(store, [11] * 40)
    put(store, downtime(0, 5))
    store.save('monitor', 1, make(SHORT))
    account = Account(store)
    account.advance(START)
    ended = account.advance(START + 20 * MINUTE)
    assert mailed([notice for _, notice in ended]) == [(5, 'downtime end', 'Alert', 'Alert')]
    assert account.advance(START + 14 * MINUTE) == []


@pytest.mark.parametrize('back', [0, 1, 5])
def test_a_small_step_back_is_waited_for(store, back):
    send(store, [1] * 60)
    store.save('monitor', 1, make(SHORT))
    account = Account(store)
    account.advance(START + 20 * MINUTE)
    account.advance(START + (20 - back) * MINUTE)
    assert monitors.evaluated(store, make()) == START + 20 * MINUTE


# Numbers as strings: integrations ship them so


def test_numbers_may_be_strings(store):
    send(store, [6, 11, 11, *[None] * 200])
    monitor = make(
        SHORT, {'critical': '10', 'warning': '5'}, renotify_interval='60', timeout_h='2', evaluation_delay='0',
        new_group_delay='0',
    )  # fmt: skip
    assert brief(evaluate(store, monitor, minutes(140))) == [
        (0, 'warn', '', 'Warn'), (1, 'alert', 'Warn', 'Alert'), (61, 'renotify', 'Alert', 'Alert'),
        # Alert until two hours after the last point.
        (121, 'renotify', 'Alert', 'Alert'), (122, 'recovery', 'Alert', 'OK'),
    ]  # fmt: skip


# Reminders: https://docs.datadoghq.com/monitors/notify/#renotify


def test_reminders_end_30_hours_after_the_first_alert(store):
    send(store, [11] * 40, every=HOUR)
    monitor = make('avg(last_2h):avg:load{*} by {host} > 10', renotify_interval=360)
    # The last one is exactly 30 hours after.
    notices = evaluate(store, monitor, minutes(40 * 60))
    assert [minute // 60 for minute, kind, *_ in brief(notices) if kind == 'renotify'] == [6, 12, 18, 24, 30]


def test_a_number_of_reminders_comes_before_the_30_hours(store):
    send(store, [11] * 50, every=HOUR)
    monitor = make('avg(last_2h):avg:load{*} by {host} > 10', renotify_interval=720, renotify_occurrences=4)
    notices = evaluate(store, monitor, minutes(50 * 60))
    assert [minute // 60 for minute, kind, *_ in brief(notices) if kind == 'renotify'] == [12, 24, 36, 48]


# Groups that notify together


def cpu(values, service, host):
    return {'values': values, 'host': host, 'tags': (f'service:{service}',)}


BY = 'avg(last_1m):avg:load{*} by {service,host} > 10'


def test_notify_by_is_one_notice_for_the_groups_that_share_a_tag(store):
    for series in (
        cpu([11] * 9 + [1] * 9, 'web', 'a'),
        cpu([1] * 3 + [11] * 9 + [1] * 6, 'web', 'b'),
        cpu([11] * 18, 'db', 'c'),
    ):
        send(store, **series)
    notices = evaluate(store, make(BY, notify_by=['service']), minutes(18))
    assert [(notice.group, notice.tags, *one) for notice, one in zip(notices, brief(notices), strict=True)] == [
        ('service:db', {'service': 'db'}, 0, 'alert', '', 'Alert'),
        ('service:web', {'service': 'web'}, 0, 'alert', '', 'Alert'),
        # Host b alerts from minute 3 to 11, and says nothing while host a does; the last to recover ends it.
        ('service:web', {'service': 'web'}, 12, 'recovery', 'Alert', 'OK'),
    ]
    assert set(store.states(1)) == {'service:web,host:a', 'service:web,host:b', 'service:db,host:c'}


def test_notify_by_minute_by_minute_is_the_same(store):
    for series in (cpu([11, 11, 6, 1] * 20, 'web', 'a'), cpu([1, 11, 11, 11, 6, 1, None] * 12, 'web', 'b')):
        send(store, **series)
    monitor = make(BY, {'critical': 10, 'warning': 5}, notify_by=['service'], renotify_interval=2)
    at_once = evaluate(store, monitor, minutes(70))
    store.forget_monitor(1)
    store.remove('evaluated', 1)
    assert [notice for moment in minutes(70) for notice in evaluate(store, monitor, [moment])] == at_once
    assert {notice.kind for notice in at_once} == {'alert', 'warn', 'recovery', 'renotify'}


def test_another_query_notifies_anew(store):
    send(store, **cpu([11] * 10, 'web', 'a'))
    assert len(evaluate(store, make(BY, notify_by=['service']), minutes(5))) == 1
    other = make(BY.replace('> 10', '> 9'), notify_by=['service'])
    assert brief(evaluate(store, other, minutes(5, 5))) == [(5, 'alert', '', 'Alert')]


def test_notify_by_everything_and_by_all_of_the_keys(store):
    for series in (cpu([11] * 5, 'web', 'a'), cpu([11] * 5, 'db', 'b')):
        send(store, **series)
    assert [notice.group for notice in evaluate(store, make(BY, notify_by=['*']), minutes(5))] == ['*']
    each = evaluate(store, make(BY, notify_by=['host', 'service']) | {'id': 2}, minutes(5))
    assert [notice.group for notice in each] == ['service:db,host:b', 'service:web,host:a']


def test_a_downtime_of_a_service_mutes_what_is_notified_by_service(store):
    for series in (cpu([11] * 5, 'web', 'a'), cpu([11] * 5, 'db', 'b')):
        send(store, **series)
    put(store, downtime(0, 60, scope='service:web'))
    notices = evaluate(store, make(BY, notify_by=['service']), minutes(5))
    assert [(notice.group, notice.muted) for notice in notices] == [('service:db', False), ('service:web', True)]


# How long a group is known, and new ones


@pytest.mark.parametrize(('given', 'hours'), [('1h', 1), ('90m', 1.5), ('2d', 48), ('72h', 72), ('3d', 72), (None, 24)])
def test_group_retention_duration(store, given, hours):
    send(store, [11])
    evaluate(store, make(group_retention_duration=given), minutes(73 * 60))
    # It was seen at minute 0; it is gone in the first minute so long after it.
    assert history(store) == [(0, 'host:a', 'Alert'), (hours * 60, 'host:a', '')]


@pytest.mark.parametrize(
    ('options', 'delay'),
    [
        # As the Terraform provider documents: new_group_delay overrides new_host_delay if it is not zero.
        ({'new_host_delay': 600}, 600),
        ({'new_host_delay': 0}, 0),
        ({'new_host_delay': 300}, 300),
        ({'new_host_delay': 600, 'new_group_delay': 120}, 120),
        ({'new_host_delay': 600, 'new_group_delay': 0}, 600),
        ({'new_group_delay': 0}, 0),
        ({}, 60),
    ],
)
def test_new_host_delay(options, delay):
    monitor = make(SHORT)
    del monitor['options']['new_group_delay']
    monitor['options'] |= options
    assert settings_of(monitor).new_group_delay == delay


def test_new_host_delay_is_for_groups_of_hosts_and_not_the_one_that_the_api_fills_in():
    monitor = make('avg(last_1m):avg:load{*} by {rack} > 10', new_host_delay=600)
    assert settings_of(monitor).new_group_delay == 0
    filled_in = make(SHORT, new_host_delay=300) | {'created': '2026-11-23T00:00:00+00:00'}
    assert settings_of(filled_in).new_group_delay == 0


# Custom schedules: https://docs.datadoghq.com/monitors/guide/custom_schedules/


def scheduled(rrule, start, timezone, **options):
    recurrence = {'rrule': rrule, 'start': start, 'timezone': timezone}
    return make(
        'avg(last_5m):avg:load{*} > 10',
        scheduling_options={'custom_schedule': {'recurrences': [recurrence]}},
        **options,
    )


def test_a_custom_schedule_evaluates_at_its_times_and_notifies_whenever_it_is_not_ok(store):
    send(store, [11] * (2 * 24 * 60) + [1] * (24 * 60))
    # 20:00 in New York is 01:00 UTC in November.
    monitor = scheduled('FREQ=DAILY;INTERVAL=1', '2023-11-10T20:00:00', 'America/New_York')
    notices = evaluate(store, monitor, minutes(3 * 24 * 60))
    assert [(minute / 60, *rest) for minute, *rest in brief(notices)] == [
        (1, 'alert', '', 'Alert'),
        # "Each evaluation is independent from the previous one"; one that is OK says nothing.
        (25, 'alert', 'Alert', 'Alert'),
    ]
    assert [(minute / 60, status) for minute, _, status in history(store)] == [(1, 'Alert'), (49, 'OK')]


def test_a_custom_schedule_minute_by_minute(store):
    send(store, [11] * 300)
    monitor = scheduled('FREQ=DAILY', '2023-11-10T01:00:30', 'UTC')
    notices = [notice for moment in minutes(120) for notice in evaluate(store, monitor, [moment])]
    # The first minute at or after the time.
    assert brief(notices) == [(61, 'alert', '', 'Alert')]


def test_a_schedule_that_is_never_due_is_never_evaluated(store):
    send(store, [11] * 60)
    assert evaluate(store, scheduled('FREQ=WEEKLY;BYDAY=SU', '2023-11-10T01:00', 'UTC'), minutes(120)) == []
    assert history(store) == []


# What a downtime does


def test_mails_of_muted_notices_by_groups_are_not_sent(store):
    send(store, [1] * 5 + [11] * 30)
    put(store, downtime(0, 20))
    assert mailed(evaluate(store, make(SHORT, notify_by=['host']), minutes(30))) == [
        (20, 'downtime end', 'Alert', 'Alert')
    ]


# What is reported of options


@pytest.mark.parametrize(
    ('change', 'code', 'words'),
    [
        ({'options': {'notify_audit': True}}, 'option-notify_audit', 'notifies of changes'),
        ({'options': {'avalanche_window': 10}}, 'option-avalanche_window', 'is not documented'),
        ({'options': {'locked': True}}, 'option-locked', 'restricts'),
        ({'options': {'enable_logs_sample': True}}, 'option-enable_logs_sample', 'mails of the sandbox do not have'),
        ({'options': {'brand_new': 'x'}}, 'option-brand_new', 'is unknown'),
        ({'restricted_roles': ['a']}, 'field-restricted_roles', 'restricts'),
        # "Not applicable if renotify_interval is null": https://docs.datadoghq.com/monitors/guide/monitor_api_options/
        ({'options': {'escalation_message': 'x'}}, 'option-escalation_message', 'no effect without renotify_interval'),
        ({'options': {'renotify_statuses': ['warn']}}, 'option-renotify_statuses', 'without renotify_interval'),
        # "Not required since on_missing_data uses the same time frame as the time window":
        # https://docs.datadoghq.com/monitors/guide/on_missing_data/
        (
            {'options': {'on_missing_data': 'resolve', 'no_data_timeframe': 20}},
            'option-no_data_timeframe',
            'no effect beside on_missing_data',
        ),
        (
            {'options': {'on_missing_data': 'show_no_data', 'notify_no_data': True}},
            'option-notify_no_data',
            'no effect beside on_missing_data',
        ),
        # https://github.com/DataDog/terraform-provider-datadog/issues/796
        ({'options': {'thresholds': {'ok': 3}}}, 'threshold', 'options.thresholds.ok is for service checks'),
        (
            {
                'type': 'service check',
                'query': '"a".by("host").last(2).count_by_status()',
                'options': {'thresholds': {'critical_recovery': 1}},
            },
            'threshold',
            'options.thresholds.critical_recovery is for metric monitors',
        ),
    ],
)
def test_an_option_without_effect_is_reported(change, code, words):
    [remark] = monitors.remarks(make(SHORT) | change)
    assert (remark.code, remark.approximated) == (code, False)
    assert words in remark.message


@pytest.mark.parametrize(
    ('query', 'code'),
    [
        # https://docs.datadoghq.com/monitors/guide/as-count-in-monitor-evaluations/: "Aggregation methods other than
        # sum do not make sense to use with .as_count()".
        ('avg(last_5m):sum:hits{*}.as_count() > 1', 'aggregator-of-count'),
        ('max(last_5m):sum:hits{*}.as_count() > 1', 'aggregator-of-count'),
        ('sum(last_5m):avg:load{*} > 1', 'sum-of-gauge'),
        # https://docs.datadoghq.com/monitors/guide/non_static_thresholds/ ("Spike threshold")
        (
            "sum(last_5m):(sum:a{*}.as_count() / moving_rollup(sum:a{*}.as_count(), 14400, 'sum')) * 48 > 2",
            'sum-of-rollup',
        ),
        # "It doesn't work reliably in monitors": https://docs.datadoghq.com/monitors/guide/troubleshooting-no-data/
        ('avg(last_5m):cumsum(avg:load{*}) > 1', 'cumsum'),
        ("avg(last_1h):anomalies(avg:load{*}, 'basic', 2) >= 1", 'approximated-function'),
        # "all other widgets stop working as these are based on metrics where `Development` has been changed to the
        # lower case `development`": https://github.com/DataDog/datadog-agent/issues/4149
        ('avg(last_5m):avg:load{env:Prod} > 1', 'capitals-in-scope'),
        ('avg(last_5m):avg:load{NOT (Team:a OR x:y)} > 1', 'capitals-in-scope'),
        ('avg(last_5m):avg:load{env IN (a, B)} > 1', 'capitals-in-scope'),
        ('avg(last_5m):avg:load{*} / avg:all{env:PR*} > 1', 'capitals-in-scope'),
    ],
)
def test_a_query_whose_value_is_approximated_is_reported(query, code):
    assert [(remark.code, remark.approximated) for remark in monitors.remarks(make(query))] == [(code, True)]


@pytest.mark.parametrize(
    'monitor',
    [
        make(SHORT, notify_audit=False, avalanche_window=None, locked=False, include_tags=True, timeout_h=3),
        make('sum(last_5m):sum:hits{*}.as_count() > 1'),
        # Hosts and devices keep their capitals: https://github.com/DataDog/documentation/pull/10132
        make('avg(last_5m):avg:load{host:Web-1,device:/dev/SDA} > 1'),
        make('sum(last_5m):sum:hits{*}.as_rate() / sum:all{*}.as_rate() > 1'),
        make() | {'type': 'rum alert'},
        make(SHORT, renotify_interval=10, renotify_statuses=['warn'], escalation_message='x'),
        make(SHORT, notify_no_data=True, no_data_timeframe=20),
        make(SHORT, no_data_timeframe=20),
    ],
)
def test_what_is_evaluated_as_in_datadog_has_no_remark(monitor):
    assert monitors.remarks(monitor) == []


def test_notify_by_has_a_remark():
    assert [remark.code for remark in monitors.remarks(make(BY, notify_by=['host']))] == ['option-notify_by']
    # By all of its keys, each group notifies as without it.
    assert monitors.remarks(make(BY, notify_by=['host', 'service'])) == []
