"""Messages, mails, and their way to an SMTP server."""

import email
import itertools
import json
import smtplib
import socket
import time
from contextlib import suppress
from email import policy
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from datadog_sandbox import notifications
from datadog_sandbox.monitors import Notice
from datadog_sandbox.notifications import TemplateError, mentions, render
from datadog_sandbox.notifications.smtp import eml, send
from datadog_sandbox.store import Series, Store

MOMENT = 1_795_392_000
"""Monday 23 November 2026, 00:00 UTC."""
MONITOR = {
    'id': 1,
    'type': 'query alert',
    'name': 'Load on {{host.name}}',
    'message': '{{value}} on {{host.name}} @ops@example.com',
    'query': 'avg(last_5m):avg:load{*} by {host} > 10',
    'tags': [],
    'options': {'thresholds': {'critical': 10, 'warning': 5.5, 'critical_recovery': 9}},
    'priority': None,
}


@pytest.fixture
def store():
    store = Store()
    yield store
    store.close()


def notice(old='OK', new='Alert', kind='alert', value=11.5, tags=None, **fields):
    tags = {'host': 'web-1'} if tags is None else tags
    group = ','.join(f'{key}:{name}' for key, name in tags.items()) or '*'
    fields = {'muted': False, 'first_triggered': MOMENT - 90, 'last_triggered': MOMENT - 30, **fields}
    return Notice(group, tags, MOMENT, kind, old, new, value, **fields)


def rendered(store, template, change=None, **monitor):
    context = notifications.context(store, MONITOR | monitor, change or notice())
    return render(template, context)


def mail(store, message, change=None, **monitor):
    id_ = notifications.monitor_mail(store, MONITOR | {'message': message} | monitor, change or notice())
    return store.mail(id_).body if id_ else None


# Conditions

CONDITIONS = {
    'is_alert', 'is_warning', 'is_no_data', 'is_recovery', 'is_alert_recovery', 'is_warning_recovery',
    'is_no_data_recovery', 'is_alert_to_warning', 'is_warning_to_alert', 'is_alert_to_no_data', 'is_no_data_to_alert',
    'is_no_data_to_warning', 'is_warning_to_no_data', 'is_renotify',
}  # fmt: skip


@pytest.mark.parametrize(
    ('old', 'new', 'kind', 'holding'),
    [
        ('OK', 'Alert', 'alert', {'is_alert'}),
        ('', 'Alert', 'alert', {'is_alert'}),
        ('OK', 'Warn', 'warn', {'is_warning'}),
        ('OK', 'No Data', 'no data', {'is_no_data'}),
        ('Alert', 'OK', 'recovery', {'is_recovery', 'is_alert_recovery'}),
        ('Warn', 'OK', 'recovery', {'is_recovery', 'is_warning_recovery'}),
        ('No Data', 'OK', 'recovery', {'is_recovery', 'is_no_data_recovery'}),
        ('Alert', 'Warn', 'warn', {'is_warning', 'is_alert_to_warning'}),
        ('Warn', 'Alert', 'alert', {'is_alert', 'is_warning_to_alert'}),
        ('Alert', 'No Data', 'no data', {'is_no_data', 'is_alert_to_no_data'}),
        ('No Data', 'Alert', 'alert', {'is_alert', 'is_no_data_to_alert'}),
        ('No Data', 'Warn', 'warn', {'is_warning', 'is_no_data_to_warning'}),
        ('Warn', 'No Data', 'no data', {'is_no_data', 'is_warning_to_no_data'}),
        ('Alert', 'Alert', 'renotify', {'is_alert', 'is_renotify'}),
        ('Alert', 'Alert', 'downtime end', {'is_alert'}),
    ],
)
def test_conditions(store, old, new, kind, holding):
    change = notice(old, new, kind)
    for name in CONDITIONS:
        text = rendered(store, f'{{{{#{name}}}}}yes{{{{/{name}}}}}{{{{^{name}}}}}no{{{{/{name}}}}}', change)
        assert text == ('yes' if name in holding else 'no'), name


@pytest.mark.parametrize(
    ('condition', 'holds'),
    [
        ('is_match "host.name" "web"', True),
        ('is_match "host.name" "db"', False),
        ('is_match "host.name" "db" "eb-"', True),
        ("is_match 'host.name' 'web'", True),
        ('is_match "host" "web"', True),
        ('is_match "host.name" ""', True),
        ('is_match "role.name" ""', False),
        ('is_match "value" "1.5"', True),
        ('is_exact_match "host.name" "web-1"', True),
        ('is_exact_match "host.name" "web"', False),
        ('is_exact_match "value" "11.50"', True),
        ('is_exact_match "role.name" ""', True),
        ("is_priority 'P2'", True),
        ("is_priority 'P3'", False),
        ('is_unheard_of', False),
    ],
)
def test_conditions_with_parameters(store, condition, holds):
    name = condition.split()[0]
    template = f'{{{{#{condition}}}}}yes{{{{else}}}}no{{{{/{name}}}}}'
    assert rendered(store, template, priority=2) == ('yes' if holds else 'no')


def test_blocks_in_blocks(store):
    template = (
        '{{#is_alert}}alert {{#is_match "host.name" "web"}}of the web{{else}}elsewhere{{/is_match}}{{/is_alert}}'
        '{{#is_recovery}}never{{/is_recovery}}{{^is_recovery}} still{{/is_recovery}}'
    )
    assert rendered(store, template) == 'alert of the web still'


# Variables


def test_variables(store):
    host = {'agentVersion': '7.82.0', 'gohai': {'network': {'ipaddress': '10.0.0.7'}, 'platform': {'machine': 'arm64'}}}
    store.add_host('web-1', ('env:dev', 'role:b', 'role:a', 'dot.key:five'), host, MOMENT)
    change = notice(tags={'host': 'web-1', 'device': 'wristband-1'})
    for name, value in {
        'value': '11.5',
        ' value ': '11.5',
        'threshold': '10',
        'warn_threshold': '5.5',
        'ok_threshold': '9',
        'comparator': '>',
        'host.name': 'web-1',
        'host.ip': '10.0.0.7',
        'host.metadata_agent_version': '7.82.0',
        'host.metadata_machine': 'arm64',
        'device.name': 'wristband-1',
        'env.name': 'dev',
        'role.name': 'a,b',
        '[dot.key].name': 'five',
        'first_triggered_at': '2026-11-22 23:58:30 UTC',
        'last_triggered_at_epoch': str((MOMENT - 30) * 1000),
        'triggered_duration_sec': '90',
        "local_time 'first_triggered_at' 'Asia/Tokyo'": '2026-11-23 08:58:30+09:00',
        "local_time 'first_triggered_at' 'Asia/Atlantis'": '',
        'nobody.knows': '',
        "override_priority 'P1'": '',
        'host.role': 'a,b',
        'host.env': 'dev',
        'host.host': 'web-1',
        '': '',
    }.items():
        assert rendered(store, f'[{{{{{name}}}}}]', change) == f'[{value}]', name


def test_thresholds_of_recovery(store):
    """https://docs.datadoghq.com/monitors/notify/variables/#template-variables"""
    template = '{{alert_recovery_threshold}}, {{warn_recovery_threshold}}, {{eval "2 * warn_recovery_threshold"}}'
    limits = {'critical': 10, 'critical_recovery': 9, 'warning': 5, 'warning_recovery': 4.5}
    assert rendered(store, template, options={'thresholds': limits}) == '9, 4.5, 9'
    check = {'type': 'service check', 'query': '"a.ok".over("*").by("host").last(4).count_by_status()'}
    limits = {'critical': 3, 'warning': 2, 'ok': 1}
    assert rendered(store, '{{ok_threshold}}', options={'thresholds': limits}, **check) == '1'
    assert remarks(template + '{{ok_threshold}}') == []


@pytest.mark.parametrize(
    ('value', 'text'),
    [
        (900.0, '900'),
        (0.5, '0.5'),
        (1 / 3, '0.333'),
        (-0.0001, '-0.0001'),
        (-0.5, '-0.5'),
        (1e15, '1000000000000000'),
        (None, ''),
    ],
)
def test_numbers(value, text):
    assert notifications.number(value) == text


def test_comments_and_raw_text(store):
    assert rendered(store, 'a{{!-- {{value}} --}}b{{! no }}c') == 'abc'
    assert rendered(store, '{{{{raw}}}}{{ value }} {{#is_alert}}{{{{/raw}}}}.') == '{{ value }} {{#is_alert}}.'
    assert rendered(store, '{{{{is_match "host.name" "web"}}}}{{ .x }}{{{{/is_match}}}}') == '{{ .x }}'
    assert rendered(store, '{{{{is_match "host.name" "db"}}}}{{ .x }}{{{{/is_match}}}}') == ''
    assert rendered(store, '{{{host.name}}} { } {single} }}') == 'web-1 { } {single} }}'


@pytest.mark.parametrize(
    ('template', 'message'),
    [
        ('{{#is_alert}}', '{{#is_alert}} is not closed.'),
        ('{{#is_alert}}{{/is_warning}}', '{{/is_warning}} closes the block {{#is_alert}}.'),
        ('{{/is_alert}}', '{{/is_alert}} closes no block.'),
        ('{{#}}{{/}}', '{{#}} names no condition.'),
    ],
)
def test_blocks_that_do_not_fit_together(store, template, message):
    with pytest.raises(TemplateError) as error:
        notifications.check(template)
    assert str(error.value) == message
    # A monitor that was kept all the same mails what it can.
    text = mail(store, f'{template} @ops@example.com')['text']
    assert text.startswith(f'This message cannot be rendered: {message}')


# Expressions: https://docs.datadoghq.com/monitors/guide/template-variable-evaluation/


@pytest.mark.parametrize(
    ('expression', 'value'),
    [
        # MOMENT - 30 s, in ms, less 15 minutes.
        ('last_triggered_at_epoch-15*60*1000', '1795391070000'),
        ('1-2*3/4', '-0.5'),
        ('2+3*4', '14'),
        ('(2+3)*4', '20'),
        ('2*3^2', '18'),
        ('-2^2', '-4'),
        ('2^-1', '0.5'),
        ('7 % 3', '1'),
        ('6/3', '2'),
        # The hour of the day in UTC: 23:59:30 on the day before.
        ('int(last_triggered_at_epoch / 3600000 % 24)', '23'),
        ('value', '12.376'),
        ('int(value)', '12'),
        ('trunc(0-value)', '-12'),
        ('float(2)', '2.0'),
        ('dec(12.345)', '0.345'),
        ('round(value)', '12'),
        ('round(value, 2)', '12.38'),
        ('round(2.5)', '3'),
        ('ceil(value)', '13'),
        ('floor(0-value)', '-13'),
        ('abs(0-3)', '3'),
        ('sgn(0-3)', '-1'),
        ('sgn(0)', '0'),
        ('to_bool(1)', 'true'),
        ('to_bool(0)', 'false'),
        ('exp(0)', '1'),
        ('log10(1000)', '3'),
        ('atan2(0, 1)', '0'),
        ('humanize_bytes(1536)', '1.5 KB'),
        ('humanize_bytes(1023)', '1023 B'),
        ('humanize_bits(2000000)', '2 Mb'),
        ('upper(host.name)', 'WEB-1'),
        ("lower('ABC')", 'abc'),
        ("substring('host:D', 5)", 'D'),
        ("substring('host:D', 0, 4)", 'host'),
        ("strip(' host:E ')", 'host:E'),
        ("strip('abchost:Eabc', 'abc')", 'host:E'),
        # Without a value.
        ('1/0', ''),
        ('9^9^9', ''),
        ('nobody+1', ''),
        ('host.name+1', ''),
        ('unheard_of(1)', ''),
        ('round()', ''),
        ('1 +', ''),
        ('log10(0)', ''),
    ],
)
def test_expressions(store, expression, value):
    change = notice(value=12.376)
    assert rendered(store, '[{{eval "%s"}}]' % expression, change) == f'[{value}]'


def test_an_expression_whose_quotation_mark_is_not_closed(store):
    """As in the examples of https://docs.datadoghq.com/monitors/notify/variables/#dynamic-links"""
    assert rendered(store, 'x={{eval "value+1}}&y={{eval "value+2}}') == 'x=12.5&y=13.5'


def test_a_condition_of_an_expression(store):
    template = (
        '{{#is_exact_match (eval "int(last_triggered_at_epoch / 3600000 % 24)") "22" "23"}}night{{/is_exact_match}}'
    )
    assert rendered(store, template) == 'night'
    assert rendered(store, template, notice(last_triggered=MOMENT)) == ''


def test_a_match_without_quotes_is_never_true(store):
    """ "I tested running is_match without enclosing the tag variable in double quotes and it did not work".

    https://github.com/DataDog/documentation/pull/2176
    """
    change = notice(tags={'service': 'web'})
    for name in ('is_match', 'is_exact_match'):
        template = '{{#%s %s "web"}}yes{{else}}no{{/%s}}'
        assert rendered(store, template % (name, '"service.name"', name), change) == 'yes'
        assert rendered(store, template % (name, 'service.name', name), change) == 'no'
    assert remarks('{{#is_match a.name "web"}}yes{{/is_match}}', 'avg(last_5m):avg:a{*} by {a} > 3') == [
        '{{#is_match a.name …}} is never true: the variable must be in quotation marks.'
    ]


def test_url_encoding(store):
    change = notice(tags={'service': 'a b/c?d&é'})
    template = 'https://x.example/{{urlencode "service.name"}}'
    assert rendered(store, template, change) == 'https://x.example/a%20b%2Fc%3Fd%26%C3%A9'


def remarks(message, query='avg(last_5m):avg:a{*} by {pod_name,a.b} > 3', type_='query alert', **fields):
    monitor = {'name': 'x', 'type': type_, 'query': query, 'message': message, 'options': {}, **fields}
    return [remark.message for remark in notifications.remarks(monitor)]


def test_helpers_that_render_as_nothing_are_reported():
    template = (
        '{{value}} {{eval "1 +"}} {{eval "foo(1)"}} {{unheard "x"}} {{eval "(value + 1) * 2"}} '
        '{{urlencode "host.name"}}'
    )
    assert [remark.partition(':')[0] for remark in remarks(template)] == [
        '{{eval}} renders as nothing', '{{eval}} renders as nothing',
        '{{unheard …}} is not a helper that Datadog documents, and renders as nothing.',
    ]  # fmt: skip


@pytest.mark.parametrize(
    ('message', 'blank'),
    [
        ('{{pod_name.name}} {{pod_name}} {{[a.b].name}} {{value}} {{{threshold}}} {{last_triggered_at_epoch}}', ''),
        ('{{#is_alert}}{{^is_renotify}}x{{/is_renotify}}{{/is_alert}}{{!-- {{no}} --}}', ''),
        ('{{#is_match "pod_name.name" "a"}}x{{else}}y{{/is_match}} {{{{raw}}}}{{no}}{{{{/raw}}}}', ''),
        ('{{timeframe}}', 'timeframe'),
        ('{{host.name}}', 'host.name'),
        ('{{#is_alert}}{{else}}{{[a.c].name}}{{/is_alert}}', '[a.c].name'),
        ('{{#is_exact_match "env" "a"}}x{{/is_exact_match}}', 'env'),
        ('{{log.message}}', 'log.message'),
    ],
)
def test_a_variable_without_a_value_is_reported(message, blank):
    sentence = '{{%s}} has no value in this monitor, which groups by pod_name, a.b: it renders as nothing.' % blank
    assert remarks(message) == ([sentence] if blank else [])


def test_variables_that_other_monitors_have():
    host = 'avg(last_5m):avg:a{*} by {host} > 3'
    assert remarks('{{host.ip}} {{role.name}} {{env}}', host) == []
    logs = 'logs("x").index("*").rollup("count").by("@http.url").last("5m") > 3'
    assert remarks('{{log.message}} {{[@http.url].name}}', logs, 'log alert') == []
    [sentence] = remarks('{{span.env}}', logs, 'log alert')
    assert sentence.startswith('{{span.env}} has no value in this monitor, which groups by @http.url')
    assert remarks('{{a.value}} {{env.name}}', '1 && 2', 'composite') == []
    assert remarks('{{a}}', 'avg(last_5m):avg:a{*} > 3', name='{{b}}', options={'escalation_message': '{{c}}'}) == [
        f'{{{{{name}}}}} has no value in this monitor, which groups by nothing: it renders as nothing.'
        for name in ('b', 'a', 'c')
    ]


@pytest.mark.parametrize(('notify_by', 'by'), [(['pod_name'], 'pod_name'), (['*'], 'nothing')])
def test_a_variable_that_groups_that_notify_together_do_not_share_is_reported(notify_by, by):
    # "Single alert monitors cannot use multi-alert tags": https://github.com/DataDog/documentation/pull/10961
    query = 'avg(last_5m):avg:a{*} by {pod_name,a.b} > 3'
    [sentence] = remarks('{{[a.b].name}}', query, options={'notify_by': notify_by})
    assert sentence == (
        f'{{{{[a.b].name}}}} has no value in this monitor, which notifies by {by}: it renders as nothing.'
    )


# Hostile messages


@pytest.mark.parametrize(
    'template',
    [
        '{{' + ' ' * 60_000, '{{#' + ' ' * 60_000 + 'x', '{{!--' * 13_000, '{{{{raw}}}}' * 5_900, '{{' * 32_000,
        '{{a ' * 16_000, '{' * 65_000, '{{x ' + '[' * 60_000 + '}}', '{{x ' + '[ ' * 30_000 + '}}',
        '{{x ' + '"' * 60_000 + 'a}}', "{{x '" * 13_000, '{{' + '(' * 40 + ' a' * 30_000 + '}}', '@a' * 30_000,
        '@a@' + 'b.' * 30_000, '{{{{raw}}}}' * 2_900 + '{{{{/raw}}}}' * 2_900,
    ],
    ids=itertools.count(),
)  # fmt: skip
def test_messages_take_linear_time(store, template):
    began = time.perf_counter()
    with suppress(TemplateError):
        render(template, notifications.context(store, MONITOR, notice()))
    mentions(template)
    # Some milliseconds; a quadratic pattern takes minutes.
    assert time.perf_counter() - began < 2


def test_blocks_that_are_too_deep_or_too_long_are_refused(store):
    deep = '{{#is_alert}}' * 1000 + 'x @ops@example.com' + '{{/is_alert}}' * 1000
    with pytest.raises(TemplateError, match='nested more than 50 deep'):
        notifications.check(deep)
    assert mail(store, deep)['text'].startswith('This message cannot be rendered: Blocks are nested more than 50 deep.')
    notifications.check('{{#is_alert}}' * 50 + '{{/is_alert}}' * 50)
    with pytest.raises(TemplateError, match='at most 65536 characters, not 65537'):
        notifications.check('x' * 65_537)
    notifications.check('x' * 65_536)


# Mails


def test_the_mail_of_an_alert(store):
    body = mail(store, '{{#is_alert}}\n**{{value}}** on {{host.name}}\n{{/is_alert}}\n\n@ops@example.com')
    assert body['to'] == ['ops@example.com']
    assert body['subject'] == '[Triggered on {host:web-1}] Load on web-1'
    assert body['text'] == (
        '**11.5** on web-1\n\n@ops@example.com\n\n'
        'State: OK → Alert\nValue: 11.5\nGroup: host:web-1\nQuery: avg(last_5m):avg:load{*} by {host} > 10\n'
        'Evaluated at: 2026-11-23 00:00:00 UTC\n'
    )
    assert '<strong>11.5</strong> on web-1' in body['html']
    about = {key: body[key] for key in ('kind', 'monitor', 'group', 'status')}
    assert about == {'kind': 'alert', 'monitor': 1, 'group': 'host:web-1', 'status': 'Alert'}


@pytest.mark.parametrize(
    ('change', 'monitor', 'subject'),
    [
        (notice('OK', 'Warn', 'warn'), {}, '[Warn on {host:web-1}] Load on web-1'),
        (notice('OK', 'No Data', 'no data', None), {}, '[No Data on {host:web-1}] Load on web-1'),
        (notice('Alert', 'OK', 'recovery'), {}, '[Recovered on {host:web-1}] Load on web-1'),
        (notice('Alert', 'Alert', 'renotify'), {}, '[Re-Triggered on {host:web-1}] Load on web-1'),
        (notice('Alert', 'Alert', 'downtime end'), {}, '[Triggered on {host:web-1}] Load on web-1'),
        (notice(), {'options': {'include_tags': False}}, '[Triggered] Load on web-1'),
        (notice(tags={}), {'name': 'Load'}, '[Triggered] Load'),
        (notice(tags={}), {'name': 'Load', 'priority': 2}, '[P2] [Triggered] Load'),
        (notice(tags={}), {'name': 'Load\r\nBcc: all@example.com'}, '[Triggered] Load Bcc: all@example.com'),
    ],
)
def test_subjects(store, change, monitor, subject):
    assert mail(store, '@ops@example.com', change, **monitor)['subject'] == subject


def test_who_is_mentioned_in_this_state_gets_the_mail(store):
    message = '{{#is_alert}}@a@example.com{{/is_alert}}{{#is_recovery}}@b@example.com{{/is_recovery}} @all@example.com'
    assert mail(store, message)['to'] == ['a@example.com', 'all@example.com']
    assert mail(store, message, notice('Alert', 'OK', 'recovery'))['to'] == ['b@example.com', 'all@example.com']


def test_without_a_mention_there_is_no_mail(store):
    assert mail(store, '{{#is_recovery}}@a@example.com{{/is_recovery}} see @slack-ops') is None
    assert store.mails() == []


@pytest.mark.parametrize('row', json.loads((Path(__file__).parent / 'mentions.json').read_text()))
def test_mentions(row):
    assert mentions(row['text']) == [handle for handle in row['handles'] if '@' in handle]


def test_a_reminder_has_the_message_and_the_escalation_message(store):
    """ "A message to include with a re-notification": https://docs.datadoghq.com/api/latest/monitors/"""
    options = MONITOR['options'] | {'escalation_message': 'Still {{value}} @boss@example.com'}
    reminder = mail(store, 'First @ops@example.com', notice('Alert', 'Alert', 'renotify'), options=options)
    assert reminder['to'] == ['ops@example.com', 'boss@example.com']
    assert reminder['text'].startswith('First @ops@example.com\n\nStill 11.5 @boss@example.com\n')
    assert mail(store, 'First @ops@example.com', options=options)['to'] == ['ops@example.com']


def test_recovery_recipients_of_an_alert_that_becomes_a_warning_get_no_message(store):
    """https://docs.datadoghq.com/monitors/notify/variables/, note on `is_alert_recovery`."""
    message = (
        'Body @all@example.com {{#is_alert_recovery}}Better @calm@example.com @all@example.com{{/is_alert_recovery}}'
    )
    mail(store, message, notice('Alert', 'Warn', 'warn'))
    whole, facts = (kept.body for kept in store.mails())
    assert (whole['to'], facts['to']) == (['all@example.com'], ['calm@example.com'])
    assert whole['text'].startswith('Body @all@example.com\n')
    assert facts['text'].startswith('State: Alert → Warn\n')
    assert facts['subject'] == whole['subject'] == '[Warn on {host:web-1}] Load on web-1'


@pytest.mark.parametrize('change', [notice('Warn', 'Alert'), notice('Alert', 'No Data', 'no data'), notice()])
def test_recovery_recipients_get_no_other_transition(store, change):
    assert mail(store, '{{#is_alert_recovery}}@calm@example.com{{/is_alert_recovery}}', change) is None
    assert store.mails() == []


@pytest.mark.parametrize(
    ('preset', 'query', 'handle'),
    [('show_all', True, True), ('hide_query', False, True), ('hide_handles', True, False), ('hide_all', False, False)],
)
def test_presets_hide_the_query_and_the_handles(store, preset, query, handle):
    """https://docs.datadoghq.com/monitors/notify/#toggle-additional-content"""
    options = MONITOR['options'] | {'notification_preset_name': preset}
    body = mail(store, 'Look @ops@example.com @slack-ops', options=options)
    assert body['to'] == ['ops@example.com']
    for part in (body['text'], body['html']):
        assert ('avg(last_5m)' in part, 'ops' in part) == (query, handle)


def test_the_priority_of_a_message_goes_before_that_of_the_monitor(store):
    """https://docs.datadoghq.com/monitors/notify/#priority"""
    message = (
        "{{#is_alert}}{{override_priority 'P1'}}{{/is_alert}}"
        "{{#is_warning}}{{override_priority 'P4'}}{{/is_warning}}@a@b.co"
    )
    assert mail(store, message, priority=3)['subject'].startswith('[P1] [Triggered')
    assert mail(store, message, notice('OK', 'Warn', 'warn'), priority=3)['subject'].startswith('[P4] [Warn')
    assert mail(store, message, notice('Alert', 'OK', 'recovery'), priority=3)['subject'].startswith('[P3] [Recovered')
    assert mail(store, "{{override_priority 'P9'}}@a@b.co", priority=3)['subject'].startswith('[P3] ')


def test_what_others_wrote_is_neither_html_nor_markdown(store):
    name = '<script>alert(1)</script>![x](http://evil.example/x)*b*'
    change = notice(tags={'host': name})
    body = mail(store, '<b>{{host.name}}</b> [go](http://x.example/?h={{host.name}}) @ops@example.com', change)
    assert '<script>' not in body['html']
    assert '<b>' not in body['html']
    assert '<img' not in body['html']
    assert '<em>' not in body['html']
    assert '&lt;script&gt;alert(1)&lt;/script&gt;![x](http://evil.example/x)*b*' in body['html']
    assert 'href="http://x.example/?h=%3Cscript%3E' in body['html']
    # Plain text shows it as it is.
    assert name in body['text']


def test_a_value_cannot_make_a_link_of_another_kind(store):
    change = notice(tags={'host': 'javascript:alert(1)'})
    assert 'href="javascript:' not in mail(store, '[x]({{host.name}}) @ops@example.com', change)['html']
    assert 'href="javascript:' not in mail(store, '[x](javascript:alert(1)) @ops@example.com', change)['html']


def test_a_plain_mail_says_the_same_and_has_no_html(store):
    monitor = MONITOR | {'message': '**{{value}}** on {{host.name}} @ops@example.com'}
    whole, plain = (store.mail(notifications.monitor_mail(store, monitor, notice(), plain)) for plain in (False, True))
    assert whole.body.keys() - plain.body.keys() == {'html', 'links'}
    assert plain.body == {key: value for key, value in whole.body.items() if key not in ('html', 'links')}


def test_a_downtime_mails_when_it_is_scheduled(store):
    downtime = {
        'id': 'one',
        'attributes': {
            'message': 'Quiet **nights**.\n\n@ops@example.com',
            'scope': 'env:dev',
            'display_timezone': 'Europe/Paris',
            'created': '2026-11-23T00:00:00+00:00',
            'schedule': {
                'timezone': 'Europe/Paris',
                'recurrences': [{'rrule': 'FREQ=DAILY', 'start': '2026-11-23T19:00', 'duration': '14h'}],
            },
        },
    }
    notifications.downtime_mail(store, downtime, MOMENT)
    [kept] = store.mails()
    assert (kept.time, kept.body['to']) == (MOMENT, ['ops@example.com'])
    assert kept.body['subject'] == '[Downtime scheduled] Quiet **nights**.'
    assert kept.body['text'] == (
        'Quiet **nights**.\n\n@ops@example.com\n\nScope: env:dev\nFrom: Mon 23 Nov 2026 19:00 (Europe/Paris)\n'
        'Until: Tue 24 Nov 2026 09:00\nRepeats: FREQ=DAILY for 14h\n'
    )
    assert '<strong>nights</strong>' in kept.body['html']
    downtime['attributes']['message'] = 'Nobody is named.'
    notifications.downtime_mail(store, downtime, MOMENT)
    assert len(store.mails()) == 1


def test_an_event_mails_with_its_picture(store):
    text = 'Plain <b>\n%%% \n@ops@example.com\n\n**Load**\n\n![Load](http://127.0.0.1:8080/p.png)\n %%%\nafter **it**'
    notifications.event_mail(store, {'id': 5, 'title': 'Load, the last hour', 'text': text}, MOMENT)
    [kept] = store.mails()
    assert (kept.body['to'], kept.body['subject']) == (['ops@example.com'], 'Load, the last hour')
    assert '<img src="http://127.0.0.1:8080/p.png" alt="Load" />' in kept.body['html']
    assert '<strong>Load</strong>' in kept.body['html']
    # Only between %%% it is Markdown.
    assert 'Plain &lt;b&gt;' in kept.body['html']
    assert 'after **it**' in kept.body['html']
    assert '%%%' not in kept.body['text'] + kept.body['html']


def test_an_eml_file(store):
    mail(store, 'Größe {{value}} @ops@example.com @dev@example.com')
    [kept] = store.mails()
    message = email.message_from_bytes(eml(kept, 'http://x:1'), policy=policy.default)
    assert (message['To'], message['Subject']) == (
        'ops@example.com, dev@example.com', '[Triggered on {host:web-1}] Load on web-1',
    )  # fmt: skip
    assert message['Date'].datetime.timestamp() == MOMENT
    # 15 minutes before the alert to 5 minutes after it, as the links in Datadog's mails for a window of 5 minutes.
    path = f'/monitors/1?group=host%3Aweb-1&from_ts={MOMENT - 900}000&to_ts={MOMENT + 300}000'
    assert message.get_body(('plain',)).get_content().replace('\r\n', '\n') == (
        f'{kept.body["text"]}\nMonitor Status: http://x:1{path}\nView web-1: http://x:1/infrastructure?hostname=web-1\n'
    )
    row = (
        f'<p>[<a href="http://x:1{path.replace("&", "&amp;")}">Monitor Status</a>] · '
        '[<a href="http://x:1/infrastructure?hostname=web-1">View web-1</a>]</p>'
    )
    html = kept.body['html'].replace('<!--graph-->', '').replace('<!--links-->', row)
    assert message.get_body(('html',)).get_content().replace('\r\n', '\n').strip() == html
    assert message['Message-ID'] == f'<{kept.id}.{MOMENT}@sandbox.invalid>'


# To a server


class Inbox:
    """What a real SMTP server took; it refuses recipients of `refused`, and closes after `limit` mails."""

    def __init__(self):
        self.mails = []
        self.refused = ''
        self.limit = 100

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address == self.refused:
            return '550 no such user'
        envelope.rcpt_tos.append(address)
        return '250 OK'

    async def handle_DATA(self, server, session, envelope):
        if len(self.mails) >= self.limit:
            return '421 closing'
        self.mails.append((envelope.rcpt_tos, email.message_from_bytes(envelope.content, policy=policy.default)))
        return '250 OK'


@pytest.fixture
def inbox():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = probe.getsockname()[1]
    handler = Inbox()
    controller = Controller(handler, hostname='127.0.0.1', port=port)
    controller.start()
    yield handler, port
    controller.stop()


def keep(store, *names):
    for name in names:
        mail(store, f'Hello {name} @{name}@example.com')


def waiting(store):
    return [kept.body['to'][0].partition('@')[0] for kept in store.mails(unsent=True)]


def test_mails_are_sent_once_and_in_order(store, inbox):
    handler, port = inbox
    keep(store, 'a', 'b')
    assert send(store, '127.0.0.1', port) == 2
    assert send(store, '127.0.0.1', port) == 0
    keep(store, 'c')
    assert send(store, '127.0.0.1', port) == 1
    assert [to for to, _ in handler.mails] == [['a@example.com'], ['b@example.com'], ['c@example.com']]
    assert handler.mails[0][1]['Subject'] == '[Triggered on {host:web-1}] Load on web-1'
    assert handler.mails[0][1].get_body(('plain',)).get_content().startswith('Hello a')
    assert waiting(store) == []


def test_after_an_error_the_rest_is_sent_the_next_time(store, inbox):
    handler, port = inbox
    keep(store, 'a', 'b', 'c')
    handler.limit = 1
    with pytest.raises(smtplib.SMTPException):
        send(store, '127.0.0.1', port)
    assert waiting(store) == ['b', 'c']
    handler.limit = 100
    assert send(store, '127.0.0.1', port) == 2
    assert [to[0] for to, _ in handler.mails] == ['a@example.com', 'b@example.com', 'c@example.com']


def test_a_refused_mail_holds_up_no_other(store, inbox):
    handler, port = inbox
    keep(store, 'a', 'b', 'c')
    handler.refused = 'b@example.com'
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(store, '127.0.0.1', port)
    assert waiting(store) == ['b']
    assert len(handler.mails) == 2


def test_without_a_server_nothing_is_lost(store):
    keep(store, 'a')
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = probe.getsockname()[1]
    with pytest.raises(OSError):
        send(store, '127.0.0.1', port)
    assert waiting(store) == ['a']


def test_a_mail_that_is_no_message_holds_up_no_other(store, inbox):
    handler, port = inbox
    keep(store, 'a')
    store.add_mail(MOMENT, {'to': ['b@example.com'], 'subject': 'half of a pair', 'text': '\ud800', 'html': ''})
    keep(store, 'c')
    with pytest.raises(smtplib.SMTPException, match='Mail 2 cannot be written'):
        send(store, '127.0.0.1', port)
    assert [to for to, _ in handler.mails] == [['a@example.com'], ['c@example.com']]


def test_a_mail_by_smtp_has_its_graph_and_links_to_the_server_that_sent_it(store, inbox):
    handler, port = inbox
    store.save('monitor', 1, MONITOR)
    store.add((Series('load', 'web-1', ()), MOMENT - 900 + 20 * n, 12.0) for n in range(46))
    mail(store, '@ops@example.com')
    assert send(store, '127.0.0.1', port, 'http://127.0.0.1:8080') == 1
    [(_, message)] = handler.mails
    [picture] = [part for part in message.walk() if part.get_content_type() == 'image/png']
    assert picture.get_content().startswith(b'\x89PNG')
    html = message.get_body(('html',)).get_content()
    assert f'src="cid:{picture["Content-ID"].strip("<>")}"' in html
    assert 'href="http://127.0.0.1:8080/monitors/1?group=host%3Aweb-1&amp;from_ts=' in html
