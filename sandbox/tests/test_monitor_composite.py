"""Composite monitors: https://docs.datadoghq.com/monitors/types/composite/"""

import pytest
from datadog_sandbox import monitors
from datadog_sandbox.account import Account
from datadog_sandbox.monitors import Notice, evaluate, explain
from datadog_sandbox.notifications import monitor_mail
from datadog_sandbox.store import Log, Store
from monitoring import MINUTE, START, brief, make, minutes, send


@pytest.fixture
def store():
    store = Store()
    yield store
    store.close()


def composite(query, **options):
    return {'id': 9, 'type': 'composite', 'name': 'both', 'message': '', 'query': query, 'tags': [], 'options': options}


def member(store, id_, metric, by='', **options):
    """Keep a monitor that warns above 5 and alerts above 10, on the last minute of a metric."""
    query = f'avg(last_1m):avg:{metric}{{*}}{by} > 10'
    monitor = make(query, {'critical': 10, 'warning': 5}, **options) | {'id': id_}
    store.save('monitor', id_, monitor)
    return monitor


def run(store, monitor, count):
    """Evaluate a composite after its monitors, minute by minute, and return its notices."""
    members = [store.get('monitor', id_) for id_ in monitors.parse(monitor).dependencies]
    for each in members:
        evaluate(store, each, minutes(count))
    return evaluate(store, monitor, minutes(count))


VALUES = {'Alert': 11, 'Warn': 6, 'OK': 1}


# The table of the document: the states of A and B, the condition, whether it notifies of no data, and its state.
@pytest.mark.parametrize(
    ('a', 'b', 'condition', 'notifies', 'state'),
    [
        ('Alert', 'Warn', '1 && 2', False, 'Warn'),
        ('Alert', 'Warn', '1 || 2', False, 'Alert'),
        ('Alert', 'OK', '1 && 2', False, 'OK'),
        ('Alert', 'OK', '1 || 2', False, 'Alert'),
        ('Warn', 'OK', '1 && 2', False, 'OK'),
        ('Warn', 'OK', '1 || 2', False, 'Warn'),
        ('No Data', 'Warn', '1 && 2', True, 'No Data'),
        ('No Data', 'Warn', '1 || 2', True, 'Warn'),
        ('No Data', 'Warn', '1 && 2', False, 'last known'),
        ('No Data', 'Warn', '1 || 2', False, 'Warn'),
        ('No Data', 'OK', '1 && 2', False, 'OK'),
        ('No Data', 'OK', '1 || 2', False, 'last known'),
        ('No Data', 'OK', '1 && 2', True, 'OK'),
        ('No Data', 'OK', '1 || 2', True, 'No Data'),
        ('No Data', 'No Data', '1 && 2', True, 'No Data'),
        ('No Data', 'No Data', '1 || 2', True, 'No Data'),
        # "If A is No Data, !A is No Data"; "If A is alert-worthy, !A is OK"; "If A is not, !A is Alert".
        ('No Data', 'OK', '!1', True, 'No Data'),
        ('Alert', 'OK', '!1', True, 'OK'),
        ('Warn', 'OK', '!1', True, 'OK'),
        ('OK', 'Alert', '!1', True, 'Alert'),
        # ! before &&, && before ||, and parentheses.
        ('OK', 'Alert', '!1 && 2', True, 'Alert'),
        ('Alert', 'OK', '1 || 1 && 2', True, 'Alert'),
        ('Alert', 'OK', '(1 || 1) && 2', True, 'OK'),
        ('Alert', 'Warn', '!(1 && 2)', True, 'OK'),
    ],
)
def test_how_states_combine(store, a, b, condition, notifies, state):
    for id_, metric, status in ((1, 'x', a), (2, 'y', b)):
        # Both are in Warn for 5 minutes, which makes the composite Warn as well, or OK where it is negated.
        send(store, [6] * 5 + ([VALUES[status]] * 5 if status in VALUES else []), metric=metric)
        member(store, id_, metric, notify_no_data=True, no_data_timeframe=2)
    run(store, composite(condition, notify_no_data=notifies), 10)
    assert store.states(9)['*']['status'] == ('Warn' if state == 'last known' else state)


def test_a_composite_notifies_when_all_are_true_at_the_same_time(store):
    send(store, [1, 11, 11, 11, 1, 1], metric='x')
    send(store, [1, 1, 11, 1, 1, 1], metric='y')
    member(store, 1, 'x')
    member(store, 2, 'y')
    notices = run(store, composite('1 && 2'), 6)
    assert brief(notices) == [(2, 'alert', 'OK', 'Alert'), (3, 'recovery', 'Alert', 'OK')]
    assert [notice.value for notice in notices] == [None, None]
    assert explain(store, composite('1 && 2'), '*') == (
        'OK since 2026-11-23 00:03:00 UTC: monitor 1 is OK, monitor 2 is OK. Evaluated at 2026-11-23 00:05:00 UTC.'
    )


def test_minute_by_minute_is_the_same(store):
    send(store, [1, 11, 6, 11, None, None, None, 1] * 6, metric='x')
    send(store, [11, 11, 1, 6, 11, None, 1] * 7, metric='y')
    for id_, metric in ((1, 'x'), (2, 'y')):
        member(store, id_, metric, ' by {host}', notify_no_data=True, no_data_timeframe=2)
    monitor = composite('1 && !2 || 2', notify_no_data=True)
    store.save('monitor', 9, monitor)
    at_once = run(store, monitor, 45)
    for id_ in (1, 2, 9):
        store.forget_monitor(id_)
        store.remove('evaluated', id_)
    account = Account(store)
    one_by_one = [notice for moment in minutes(45) for monitor, notice in account.advance(moment) if monitor['id'] == 9]
    assert one_by_one == at_once
    assert {notice.kind for notice in at_once} == {'alert', 'warn', 'recovery', 'no data'}


def test_only_groups_that_all_have_in_common(store):
    for host in ('web01', 'web04', 'web05'):
        send(store, [11] * 3, host=host, metric='x')
    for host in ('web04', 'web05', 'web09'):
        send(store, [11] * 3, host=host, metric='y')
    member(store, 1, 'x', ' by {host}')
    member(store, 2, 'y', ' by {host}')
    notices = run(store, composite('1 && 2'), 3)
    assert [(notice.group, notice.tags) for notice in notices] == [
        ('host:web04', {'host': 'web04'}), ('host:web05', {'host': 'web05'}),
    ]  # fmt: skip


def test_groups_match_by_values_and_not_by_keys(store):
    send(store, [11] * 3, host='web04', metric='x')
    send(store, [11] * 3, host='', metric='y', tags=('service:web04',))
    member(store, 1, 'x', ' by {host}')
    member(store, 2, 'y', ' by {service}')
    run(store, composite('1 && 2'), 3)
    assert set(store.states(9)) == {'host:web04'}


def test_a_monitor_with_fewer_keys_or_none_belongs_to_all_groups_with_its_values(store):
    for device in ('sda', 'sdb'):
        send(store, [11] * 3, host='a', metric='x', tags=(f'device:{device}',))
    send(store, [11] * 3, host='b', metric='x', tags=('device:sda',))
    send(store, [11] * 3, host='a', metric='y')
    send(store, [11] * 3, host='', metric='z')
    member(store, 1, 'x', ' by {device,host}')
    member(store, 2, 'y', ' by {host}')
    member(store, 3, 'z')
    run(store, composite('1 && 2 && 3'), 3)
    assert {group: state['status'] for group, state in store.states(9).items()} == {
        'device:sda,host:a': 'Alert', 'device:sdb,host:a': 'Alert',
    }  # fmt: skip


def test_groupings_that_are_too_different_have_no_result(store):
    send(store, [11] * 3, host='a', metric='x', tags=('device:sda',))
    send(store, [11] * 3, host='a', metric='y', tags=('url:/',))
    member(store, 1, 'x', ' by {host,device}')
    member(store, 2, 'y', ' by {host,url}')
    run(store, composite('1 && 2'), 3)
    assert store.states(9) == {}


def test_an_account_evaluates_the_parts_first(store):
    send(store, [11] * 10, metric='x')
    store.save('monitor', 1, composite('5') | {'id': 1})
    member(store, 5, 'x')
    Account(store).advance(START + 3 * MINUTE)
    assert store.states(1)['*'] | {'value': None} == store.states(1)['*']
    assert store.states(1)['*']['status'] == 'Alert'


@pytest.mark.parametrize(
    ('query', 'words'),
    [
        ('1 &&', 'column 5: only ids of monitors'),
        ('1 & 2', 'column 3'),
        ('a || b', 'column 1'),
        ('', 'column 1'),
        (' || '.join(map(str, range(1, 12))), 'at most 10 monitors, not 11'),
        ('(' * 600 + '1' + ')' * 600, 'at most 1000 characters'),
        ('(' * 101 + '1' + ')' * 101, 'at most 100 parentheses'),
        ('!' * 900 + '1', 'at most 100 parentheses'),
    ],
)
def test_what_is_no_composite_is_refused(query, words):
    assert words in monitors.refusal(composite(query))


def test_a_deep_one_is_evaluated(store):
    send(store, [11] * 3, metric='x')
    member(store, 1, 'x')
    run(store, composite('(' * 50 + '!' * 50 + '1' + ')' * 50), 3)
    assert store.states(9)['*']['status'] == 'Alert'


@pytest.mark.parametrize(
    ('parts', 'words'),
    [
        ({}, 'There is no monitor 1'),
        ({1: composite('2') | {'id': 1}}, 'Monitor 1 is a composite monitor'),
        ({1: make() | {'type': 'rum alert'}}, 'Monitor 1, which this one needs, is not evaluated'),
    ],
)
def test_parts_that_have_no_states_are_an_error_of_the_composite(store, parts, words):
    for id_, body in parts.items():
        store.save('monitor', id_, body)
    store.save('monitor', 9, composite('1'))
    Account(store).advance(START)
    assert words in monitors.error(store, composite('1'))


def test_a_message_has_the_values_and_states_of_the_monitors(store):
    """https://docs.datadoghq.com/monitors/notify/variables/#composite-monitor-variables"""
    for device, value in (('sda', 11), ('sdb', 1)):
        send(store, [value, value, value + 2], host='a', metric='x', tags=(f'device:{device}',))
    send(store, [1, 11.5, 11.5], host='a', metric='y')
    member(store, 1, 'x', ' by {device,host}')
    member(store, 2, 'y', ' by {host}')
    # Letters go by the order in the query, and one that was removed keeps its own.
    message = '{{b.value}} {{b.status}}, {{c.value}} {{c.status}}{{a.value}}{{a.status}} @a@example.com'
    monitor = composite('7 || 2 && 1') | {'message': message}
    for each in (1, 2):
        evaluate(store, store.get('monitor', each), minutes(3))

    def text(device, minute):
        tags, moment = {'device': device, 'host': 'a'}, START + minute * MINUTE
        mail = monitor_mail(store, monitor, Notice('g', tags, moment, 'alert', 'OK', 'Alert', None, False, None, None))
        return store.mail(mail).body['text'].partition(' @')[0]

    assert text('sda', 1) == '11.5 Alert, 11 Alert'
    assert text('sdb', 2) == '11.5 Alert, 3 OK'


def test_a_message_has_what_a_log_monitor_found(store):
    """ "{{ a.log.message }}": https://docs.datadoghq.com/monitors/notify/variables/#composite-monitor-variables"""
    store.add_logs(
        Log(
            0, (START + MINUTE // 2) * 1000, 'h', service, 'nginx', 'error', f'{service} broke', ('env:prod',), {'n': 7}
        )
        for service in ('web', 'db')
    )
    query = 'logs("status:error").index("*").rollup("count").by("service").last("5m") > 0'
    options = {'new_group_delay': 0, 'thresholds': {'critical': 0}}
    store.save(
        'monitor', 1, {'id': 1, 'type': 'log alert', 'name': 'l', 'message': '', 'query': query, 'options': options}
    )
    message = '{{a.log.message}}|{{a.log.tags.env}}|{{a.log.attributes.n}}|{{b.log.message}} @a@b.co'
    store.save('monitor', 9, composite('1') | {'id': 9, 'message': message, 'options': options})
    account = Account(store)
    for moment in minutes(2):
        account.advance(moment)
    assert sorted(mail.body['text'].partition(' @')[0] for mail in store.mails()) == [
        'db broke|prod|7|',
        'web broke|prod|7|',
    ]
