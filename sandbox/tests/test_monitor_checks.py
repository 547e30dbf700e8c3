"""Service check monitors: https://docs.datadoghq.com/monitors/types/service_check/"""

import monitoring
import pytest
from datadog_sandbox import monitors
from datadog_sandbox.account import Account
from datadog_sandbox.monitors import evaluate, explain
from datadog_sandbox.store import ServiceCheck, Store
from monitoring import HOUR, MINUTE, START, brief, history, minutes

OK, WARNING, CRITICAL, UNKNOWN = range(4)


@pytest.fixture
def store():
    store = Store()
    yield store
    store.close()


def submit(store, statuses, host='a', tags=(), every=MINUTE, start=START, name='app.ok'):
    """Submit statuses of a check, the first at `start`; None submits nothing."""
    store.add_service_checks(
        ServiceCheck(name, host, tags, status, start + every * index, '')
        for index, status in enumerate(statuses)
        if status is not None
    )


def make(query='"app.ok".over("*").by("host").last(4).count_by_status()', thresholds=None, **options):
    return monitoring.make(query, thresholds, 'service check', **options)


def test_consecutive_failures_trigger_and_consecutive_successes_resolve(store):
    submit(store, [OK, CRITICAL, OK, CRITICAL, CRITICAL, CRITICAL, OK, CRITICAL, OK, OK, OK])
    notices = evaluate(store, make(thresholds={'critical': 3, 'warning': 2, 'ok': 2}), minutes(11))
    # The third CRITICAL in a row comes at 5, and the second OK in a row at 9.
    assert brief(notices) == [(5, 'alert', 'OK', 'Alert'), (9, 'recovery', 'Alert', 'OK')]


def test_warnings(store):
    submit(store, [OK, WARNING, WARNING, CRITICAL, WARNING, WARNING, OK])
    evaluate(store, make(thresholds={'critical': 1, 'warning': 2, 'ok': 1}), minutes(7))
    assert history(store) == [
        (0, 'host:a', 'OK'), (2, 'host:a', 'Warn'), (3, 'host:a', 'Alert'), (5, 'host:a', 'Warn'), (6, 'host:a', 'OK'),
    ]  # fmt: skip


def test_one_status_is_enough_where_a_monitor_does_not_say_otherwise(store):
    submit(store, [OK, CRITICAL, WARNING, OK])
    evaluate(store, make(), minutes(4))
    assert [status for _, _, status in history(store)] == ['OK', 'Alert', 'Warn', 'OK']


def test_unknown_changes_nothing_unless_it_is_notified_of(store):
    submit(store, [CRITICAL, UNKNOWN, UNKNOWN, OK])
    evaluate(store, make(), minutes(4))
    assert history(store) == [(0, 'host:a', 'Alert'), (3, 'host:a', 'OK')]
    # "a state transition to UNKNOWN triggers a notification", and has the colour of No Data.
    notices = evaluate(store, make(thresholds={'unknown': 2}) | {'id': 2}, minutes(4))
    assert brief(notices) == [
        (0, 'alert', '', 'Alert'), (2, 'no data', 'Alert', 'No Data'), (3, 'recovery', 'No Data', 'OK'),
    ]  # fmt: skip


def test_unknown_breaks_a_row(store):
    submit(store, [OK, CRITICAL, UNKNOWN, CRITICAL, CRITICAL])
    evaluate(store, make(thresholds={'critical': 2}), minutes(5))
    assert history(store) == [(0, 'host:a', 'OK'), (4, 'host:a', 'Alert')]


def test_a_check_that_runs_rarely_is_looked_for_a_day_back(store):
    submit(store, [OK, CRITICAL, CRITICAL, CRITICAL], every=5 * HOUR)
    evaluate(store, make(thresholds={'critical': 3}), minutes(16 * 60))
    assert [(minute // 60, status) for minute, _, status in history(store)] == [(0, 'OK'), (15, 'Alert')]


def test_minute_by_minute_is_the_same(store):
    submit(store, [OK, CRITICAL, CRITICAL, None, WARNING, UNKNOWN, OK, None, None, None, None] * 9, every=45)
    submit(store, [CRITICAL, OK, None, None, WARNING, WARNING] * 9, every=70, host='b', start=START + 7)
    monitor = make(
        thresholds={'critical': 2, 'warning': 1, 'ok': 1, 'unknown': 1}, notify_no_data=True, no_data_timeframe=3,
        renotify_interval=4, evaluation_delay=15, new_group_delay=150,
    )  # fmt: skip
    at_once = evaluate(store, monitor, minutes(100))
    states = store.states(1)
    store.forget_monitor(1)
    store.remove('evaluated', 1)
    assert [notice for moment in minutes(100) for notice in evaluate(store, monitor, [moment])] == at_once
    assert store.states(1) == states
    assert {notice.kind for notice in at_once} == {'alert', 'warn', 'no data', 'recovery', 'renotify'}


@pytest.mark.parametrize(
    ('options', 'minute'), [({'no_data_timeframe': 10}, 10), ({}, 24 * 60), ({'no_data_timeframe': 30}, 30)]
)
def test_no_data(store, options, minute):
    # "24 hours is used for service checks": https://docs.datadoghq.com/monitors/guide/monitor_api_options/
    submit(store, [OK])
    notices = evaluate(store, make(notify_no_data=True, **options), minutes(25 * 60))
    assert brief(notices) == [(minute, 'no data', 'OK', 'No Data')]


def test_without_data_a_group_stays_and_is_forgotten_after_two_days(store):
    # https://docs.datadoghq.com/monitors/guide/troubleshooting-no-data/ ("Aged Out")
    submit(store, [CRITICAL])
    for hour in range(50):
        evaluate(store, make(), minutes(60, hour * 60))
    assert history(store) == [(0, 'host:a', 'Alert'), (48 * 60, 'host:a', '')]


def test_a_new_group_is_skipped_for_a_while(store):
    submit(store, [None, CRITICAL, CRITICAL, CRITICAL, CRITICAL])
    notices = evaluate(store, make(new_group_delay=120), minutes(5))
    # It was first seen at minute 1.
    assert brief(notices) == [(3, 'alert', '', 'Alert')]


# What a monitor looks at


@pytest.mark.parametrize(
    ('query', 'groups'),
    [
        ('"app.ok".over("*").by("host").last(2).count_by_status()', {'host:a', 'host:b', 'host:c'}),
        # All that is listed must be there.
        ('"app.ok".over("env:prod").by("host").last(2).count_by_status()', {'host:a', 'host:b'}),
        ('"app.ok".over("env:prod","team:x").by("host").last(2).count_by_status()', {'host:a'}),
        ('"app.ok".over("host:b").by("host").last(2).count_by_status()', {'host:b'}),
        ('"app.ok".over("b").by("host").last(2).count_by_status()', {'host:b'}),
        # Any that is listed excludes.
        ('"app.ok".over("*").exclude("team:x","host:c").by("host").last(2).count_by_status()', {'host:b'}),
        ("'app.ok'.by('host','team').last(2).count_by_status()", {'host:a,team:x'}),
        ('"app.ok".over("*").last(2).by(host).count_by_status()', {'host:a', 'host:b', 'host:c'}),
        ('"app.ok".over("*").last(2).count_by_status()', {'*'}),
        ('"app.ok" . over( "*" ) .by( "env" ).last( 2 ).count_by_status( )', {'env:prod', 'env:dev'}),
        ('"app.ok".over("*").by("*").last(2).count_by_status()', {
            'env:prod,host:a,team:x', 'env:prod,host:b', 'env:dev,host:c',
        }),
        # A tag of the host is one of its checks.
        ('"app.ok".over("rack:1").by("rack").last(2).count_by_status()', {'rack:1'}),
        ('"other".over("*").by("host").last(2).count_by_status()', set()),
        ('"app.ok".over("*").by("floor").last(2).count_by_status()', set()),
    ],
)  # fmt: skip
def test_groups(store, query, groups):
    store.add_host('c', ('rack:1',), {}, START)
    for host, tags in (('a', ('env:prod', 'team:x')), ('b', ('env:prod',)), ('c', ('env:dev',))):
        submit(store, [OK], host=host, tags=tags)
    evaluate(store, make(query), minutes(1))
    assert set(store.states(1)) == groups


@pytest.mark.parametrize(
    ('query', 'thresholds', 'words'),
    [
        ('app.ok.over("*").last(2).count_by_status()', {}, 'it does not begin with the name of a check in quotes'),
        ('"app.ok".over("*").last(2)', {}, 'must end with .count_by_status() or .pct_by_status()'),
        ('"app.ok".over("*").last(0).count_by_status()', {}, '.last() takes a number of runs from 1 to 100, not 0'),
        ('"app.ok".over("*").last(101).count_by_status()', {}, 'not 101'),
        ('"app.ok".over("*").last(2).sum()', {}, 'column 27'),
        ('"app.ok".over("*").over("*").last(2).count_by_status()', {}, 'column 19'),
        ('"app.ok".over("*").by("").last(2).count_by_status()', {}, 'column 19'),
        ('"app.ok".over("*").by("host" "env").last(2).count_by_status()', {}, 'column 19'),
        ('"app.ok".last(2).count_by_status()', {'critical': 3}, 'options.thresholds.critical is 3'),
        ('"app.ok".last(2).count_by_status()', {'ok': 0.5}, 'options.thresholds.ok is 0.5'),
        ('"app.ok".last(2).count_by_status()', {'ok': 'two'}, "options.thresholds.ok must be a number, not 'two'"),
        ('"app.ok".pct_by_status()', {}, 'neither critical nor warning'),
    ],
)
def test_what_is_no_service_check_monitor_is_refused(query, thresholds, words):
    assert words in monitors.refusal(make(query, thresholds))


# Cluster alerts


CLUSTER = '"app.ok".over("*").by("env").last(1).pct_by_status()'


def test_a_cluster_alerts_by_the_percentage_of_checks_with_a_status(store):
    # "alert if more than 70 % of the checks submit CRITICAL": 2 of 4, 3 of 4, and 2 of 4 again.
    for host, statuses in zip('abcd', ([2, 2, 2], [2, 2, 2], [0, 2, 0], [0, 0, 0]), strict=True):
        submit(store, statuses, host=host, tags=('env:prod',))
    submit(store, [0, 0, 0], host='e', tags=('env:dev',))
    notices = evaluate(store, make(CLUSTER, {'critical': 70}), minutes(3))
    assert [(notice.group, notice.value) for notice in notices] == [('env:prod', 75.0), ('env:prod', 50.0)]
    assert brief(notices) == [(1, 'alert', 'OK', 'Alert'), (2, 'recovery', 'Alert', 'OK')]


def test_a_percentage_must_be_above_the_threshold(store):
    submit(store, [2], host='a', tags=('env:prod',))
    submit(store, [0], host='b', tags=('env:prod',))
    evaluate(store, make(CLUSTER, {'critical': 50}), minutes(1))
    assert store.states(1)['env:prod']['status'] == 'OK'
    evaluate(store, make(CLUSTER, {'critical': 49.9}) | {'id': 2}, minutes(1))
    assert store.states(2)['env:prod']['status'] == 'Alert'


def test_a_cluster_without_groups_warns_of_warnings(store):
    for host, status in (('a', WARNING), ('b', WARNING), ('c', OK)):
        submit(store, [status], host=host)
    evaluate(store, make('"app.ok".over("*").pct_by_status()', {'warning': 50, 'critical': 50}), minutes(1))
    assert store.states(1)['*']['status'] == 'Warn'
    assert explain(store, make('"app.ok".over("*").pct_by_status()', {'warning': 50, 'critical': 50}), '*') == (
        'Warn since 2026-11-23 00:00:00 UTC: 0 % of 3 checks are CRITICAL, 66.7 % are WARNING. '
        'Evaluated at 2026-11-23 00:00:00 UTC.'
    )


# In words


def test_in_words(store):
    submit(store, [OK, CRITICAL, CRITICAL, CRITICAL, UNKNOWN])
    monitor, reasons = make(thresholds={'critical': 3}), []
    for minute in range(5):
        evaluate(store, monitor, minutes(1, minute))
        reasons.append(explain(store, monitor, 'host:a').split(': ', 1)[1].split('. ')[0])
    assert reasons == [
        'its last status is OK',
        'its last status is CRITICAL, of 3 that are needed',
        'its last 2 statuses are CRITICAL, of 3 that are needed',
        'its last 3 statuses are CRITICAL',
        'its last status is UNKNOWN, which changes nothing',
    ]


def test_a_value_in_by_is_reported():
    [remark] = monitors.remarks(make('"app.ok".by("env:prod").last(2).count_by_status()'))
    assert (remark.code, remark.approximated) == ('query-by-value', True)


def test_the_message_of_the_last_run_is_in_the_mail(store):
    for minute, (host, status, message) in enumerate([('a', OK, 'fine'), ('a', CRITICAL, 'no route'), ('b', OK, 'b')]):
        store.add_service_checks([ServiceCheck('app.ok', host, (), status, START + minute * MINUTE, message)])
    monitor = make(thresholds={'critical': '1'}) | {'message': '{{check_message}}! @ops@example.com'}
    store.save('monitor', 1, monitor)
    account = Account(store)
    for moment in minutes(3):
        account.advance(moment)
    [mail] = store.mails()
    assert 'no route! @ops@example.com' in mail.body['text']


def test_thresholds_as_strings_are_numbers_in_messages(store):
    submit(store, [CRITICAL])
    monitor = make(thresholds={'critical': '1', 'warning': '1'}) | {
        'message': '{{threshold}}/{{warn_threshold}} @a@b.co'
    }
    store.save('monitor', 1, monitor)
    Account(store).advance(START)
    assert '1/1 @a@b.co' in store.mails()[0].body['text']


STATES_SHOWN = ''.join(
    '{{#is_%s}}%s {{/is_%s}}' % (name, name, name)
    for name in ('unknown', 'unknown_recovery', 'no_data', 'no_data_recovery', 'alert_to_no_data', 'recovery')
)


@pytest.mark.parametrize(
    ('statuses', 'texts'),
    [
        # "{{#is_unknown}}: The monitor is in the unknown state", "The monitor recovers from ALERT, WARNING, UNKNOWN, or
        # NO DATA": https://docs.datadoghq.com/monitors/notify/variables/
        ([OK, UNKNOWN, OK], ['unknown', 'unknown_recovery recovery']),
        ([OK, UNKNOWN, UNKNOWN, OK], ['unknown', 'unknown_recovery recovery']),
        ([OK, None, None, None, None, None, OK], ['no_data', 'no_data_recovery recovery']),
        ([CRITICAL, None, None, None, None, None, OK], ['', 'no_data alert_to_no_data', 'no_data_recovery recovery']),
        ([CRITICAL, UNKNOWN], ['', 'unknown']),
    ],
)
def test_unknown_is_not_no_data_in_messages(store, statuses, texts):
    submit(store, statuses)
    thresholds = {'critical': 1, 'ok': 1, 'unknown': 1}
    monitor = make(thresholds=thresholds, notify_no_data=True, no_data_timeframe=3)
    store.save('monitor', 1, monitor | {'message': f'<{STATES_SHOWN}> @a@b.co'})
    account = Account(store)
    for moment in minutes(len(statuses)):
        account.advance(moment)
    assert [mail.body['text'].partition('<')[2].partition('>')[0].strip() for mail in store.mails()] == texts


def test_the_message_of_a_run_is_encoded_but_in_three_braces(store):
    # https://docs.datadoghq.com/monitors/notify/variables/#character-escape
    link = 'https://status.example.com/check?service=web&region=us-east'
    store.add_service_checks([ServiceCheck('app.ok', 'a', (), CRITICAL, START, link)])
    store.save('monitor', 1, make() | {'message': '{{check_message}} {{{check_message}}} @a@b.co'})
    Account(store).advance(START)
    [mail] = store.mails()
    assert mail.body['text'].startswith(f'{link.replace("&", "&amp;")} {link} @a@b.co')
