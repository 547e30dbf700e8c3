"""Limits are themselves allowed, ends belong to what the documentation says, and defaults stand in for null.

Each of these tests fails when the boundary or default that it names is changed by one.
"""

import math
import smtplib
from urllib.parse import quote

import pytest
from datadog_sandbox import downtimes, monitors, notifications
from datadog_sandbox.downtime_scope import DowntimeError, scope
from datadog_sandbox.downtimes import FOREVER, Window, iso
from datadog_sandbox.monitors import Notice, evaluate
from datadog_sandbox.notifications import expressions, templates
from datadog_sandbox.notifications.markup import Holes
from datadog_sandbox.notifications.smtp import send
from datadog_sandbox.notifications.variables import member_variables
from datadog_sandbox.query import QueryError, parse
from datadog_sandbox.store import Series, ServiceCheck, Store
from monitoring import DAY, HOUR, MINUTE, START, history, make, minutes
from querying import only_line, put

MONDAY = '2026-11-23T00:00:00+00:00'
"""The time of `START`."""


def recurring(*recurrences, **attributes):
    """A downtime whose recurrences are (rule, duration), from `START` on."""
    listed = [{'rrule': rule, 'start': '2026-11-23T00:00', 'duration': duration} for rule, duration in recurrences]
    return {'id': 'r', 'attributes': {'created': MONDAY, 'schedule': {'recurrences': listed}, **attributes}}


# Downtimes


def test_five_recurrences_are_allowed_and_six_are_not():
    attributes = recurring(*[('FREQ=DAILY', '1h')] * 5)['attributes']
    downtimes.check(attributes)
    attributes['schedule']['recurrences'] *= 2
    with pytest.raises(DowntimeError, match='schedule.recurrences holds 10; at most 5 are allowed'):
        downtimes.check(attributes)


def test_a_recurrence_without_a_start_counts_from_2000():
    """1 January 2000 was a Saturday."""
    occurrences = downtimes.occurrences('FREQ=WEEKLY', None, 'UTC')
    assert occurrences.following(START) == START + 5 * DAY
    assert downtimes.occurrences('FREQ=YEARLY', None, 'UTC').following(START) == START + 39 * DAY


def test_a_downtime_without_a_schedule_is_open_from_its_creation_on():
    downtime = {'id': 'x', 'attributes': {'created': MONDAY, 'schedule': None}}
    assert downtimes.windows(downtime, START - DAY, START + DAY) == [Window(START, FOREVER)]


def test_a_long_recurrence_beside_a_short_one_is_still_open():
    downtime = recurring(('FREQ=YEARLY', '5d'), ('FREQ=YEARLY;BYMONTH=1', '1h'))
    assert downtimes.windows(downtime, START + 4 * DAY, START + 4 * DAY + 1) == [Window(START, START + 5 * DAY)]


def test_canceled_as_it_opens_it_never_was_open():
    downtime = recurring(('FREQ=DAILY', '1h'), canceled=iso(START + DAY))
    assert downtimes.windows(downtime, START, START + 2 * DAY) == [Window(START, START + HOUR)]


def test_at_the_moment_of_its_cancellation_it_is_over():
    downtime = recurring(('FREQ=DAILY', '1h'), canceled=iso(START + DAY + MINUTE))
    assert downtimes.current(downtime, START + DAY + MINUTE) == Window(START + DAY, START + DAY + MINUTE)
    assert downtimes.occurrence(downtime, START + DAY + MINUTE) is None
    assert downtimes.occurrence(downtime, START + DAY + MINUTE - 1) == Window(START + DAY, START + DAY + HOUR)


def test_an_occurrence_is_open_from_its_first_second_on():
    downtime = recurring(('FREQ=DAILY', '1h'))
    assert downtimes.occurrence(downtime, START + DAY) == Window(START + DAY, START + DAY + HOUR)
    assert downtimes.occurrence(downtime, START + DAY + HOUR) == Window(START + 2 * DAY, START + 2 * DAY + HOUR)


@pytest.mark.parametrize(
    ('identifier', 'monitor', 'covers'),
    [
        (None, {'id': 1}, True),
        ({'monitor_tags': ['team:a']}, {'id': 1, 'tags': None}, False),
        ({'monitor_tags': ['*']}, {'id': 1, 'tags': None}, True),
    ],
)
def test_nulls_of_a_downtime_and_a_monitor(identifier, monitor, covers):
    assert downtimes.covers({'attributes': {'monitor_identifier': identifier}}, monitor) is covers


def test_a_scope_of_1000_characters_is_the_longest():
    assert scope(f'a:{"b" * 998}')({'a': 'b' * 998})
    with pytest.raises(DowntimeError, match='scope has 1001 characters; at most 1000 are allowed'):
        scope(f'a:{"b" * 999}')


# Notifications


@pytest.fixture
def store():
    store = Store()
    yield store
    store.close()


def notice(tags=None, kind='alert'):
    return Notice('*', tags or {}, START, kind, 'OK', 'Alert', 11.0, False, START, START)


def test_the_longest_expression_is_evaluated():
    longest = f'11{"+1" * 499}'
    assert expressions.evaluate(longest, {}) == '510'
    with pytest.raises(expressions.ExpressionError, match='at most 1000 characters, not 1002'):
        expressions.evaluate(f'{longest}+1', {})


@pytest.mark.parametrize(
    ('expression', 'value'),
    [
        ('humanize_bits(999)', '999 b'),
        ('humanize_bits(1000)', '1 Kb'),
        ('humanize_bytes(1023)', '1023 B'),
        ('humanize_bytes(1024)', '1 KB'),
        ('round(12.376, 1)', '12.4'),
        ('round(12.376, 0)', '12'),
        ('round(-2.5)', '-3'),
    ],
)
def test_figures_at_the_edge_of_a_unit(expression, value):
    assert expressions.evaluate(expression, {}) == value


def test_fifty_blocks_in_each_other_are_rendered():
    def nested(depth):
        return '{{#is_alert}}' * depth + 'x' + '{{/is_alert}}' * depth

    context = templates.Context({}, frozenset({'is_alert'}))
    assert notifications.render(nested(50), context) == 'x'
    with pytest.raises(notifications.TemplateError, match='nested more than 50 deep'):
        notifications.render(nested(51), context)


def test_a_mark_without_a_value_shows_nothing():
    holes = Holes()
    holes.mark('a b')
    marks = [quote(f'\ue000{number}\ue001') for number in (0, 1)]
    assert holes.fill(f'<a href="{marks[0]}{marks[1]}">') == '<a href="a%20b">'


@pytest.mark.parametrize(
    ('attributes', 'schedule', 'times'),
    [
        ({'display_timezone': 'Asia/Tokyo'}, {'timezone': 'Europe/Paris'}, 'From: Mon 23 Nov 2026 09:00 (Asia/Tokyo)'),
        ({}, {'timezone': 'Europe/Paris'}, 'From: Mon 23 Nov 2026 01:00 (Europe/Paris)'),
        ({}, {}, 'From: Mon 23 Nov 2026 00:00 (UTC)'),
    ],
)
def test_the_mail_of_a_downtime_is_in_its_zone(store, attributes, schedule, times):
    schedule = {'start': MONDAY, 'end': '2026-11-24T00:00:00+00:00', **schedule}
    body = {'created': MONDAY, 'message': '@a@example.com', 'schedule': schedule, **attributes}
    id_ = notifications.downtime_mail(store, {'id': 'x', 'attributes': body}, START)
    assert times in store.mail(id_).body['text'].splitlines()


def test_the_mail_of_a_downtime_without_a_schedule_is_in_utc(store):
    body = {'created': MONDAY, 'message': '@a@example.com', 'schedule': None, 'scope': 'env:dev'}
    id_ = notifications.downtime_mail(store, {'id': 'x', 'attributes': body}, START)
    assert 'From: Mon 23 Nov 2026 00:00 (UTC)' in store.mail(id_).body['text'].splitlines()


def test_an_event_without_a_text_mentions_nobody(store):
    assert notifications.event_mail(store, {'id': 1, 'title': 'a', 'text': None}, START) is None


def test_a_monitor_without_options_is_mailed(store):
    monitor = make() | {'message': '@a@example.com', 'options': None}
    id_ = notifications.monitor_mail(store, monitor, notice())
    assert store.mail(id_).body['subject'] == '[Triggered] load'


def test_a_monitor_without_a_name_is_mailed_even_where_its_message_cannot_be_rendered(store):
    monitor = make() | {'name': None, 'message': '{{#is_alert}} @a@example.com'}
    mail = store.mail(notifications.monitor_mail(store, monitor, notice()))
    assert mail.body['subject'].startswith('[Triggered')
    assert 'None' not in mail.body['subject']


def test_a_mail_server_has_ten_seconds_to_answer(store, monkeypatch):
    def connect(host, port, timeout):
        raise TimeoutError(f'{host}:{port} did not answer in {timeout} s')

    monkeypatch.setattr(smtplib, 'SMTP', connect)
    store.add_mail(START, {'to': ['a@example.com'], 'subject': 'x', 'text': 'x', 'html': 'x'})
    with pytest.raises(TimeoutError, match='^mail.example:25 did not answer in 10 s$'):
        send(store, 'mail.example', 25)


def test_the_processor_of_a_host_is_that_of_its_cpu_else_that_of_its_platform(store):
    def processor(**gohai):
        store.add_host('a', (), {'gohai': gohai}, START)
        context = notifications.context(store, make(), notice({'host': 'a'}))
        return context.variables['host.metadata_processor']

    assert processor(platform={'processor': 'x86_64'}) == 'x86_64'
    assert processor(platform={'processor': 'x86_64'}, cpu={'model_name': 'Xeon'}) == 'Xeon'


def test_a_member_of_a_composite_without_such_a_group_has_no_variables(store):
    for id_ in (1, 2):
        store.save('monitor', id_, make() | {'id': id_})
    store.add([(Series('load', 'a', (), 'gauge'), START, 11.0)])
    evaluate(store, store.get('monitor', 1), [START])
    composite = monitors.parse({'type': 'composite', 'query': '1 && 2', 'options': {}})
    assert member_variables(store, composite, notice({'host': 'a'})) == {'a.status': 'Alert', 'a.value': '11'}


# Monitors


def submit(store, *times, status=0):
    store.add_service_checks(ServiceCheck('app.ok', 'a', (), status, START + time, '') for time in times)


def check_monitor(query='"app.ok".over("*").by("host").last(1).count_by_status()', **options):
    return make(**options) | {'type': 'service check', 'query': query}


def test_data_of_a_check_is_missing_from_its_last_run_on(store):
    submit(store, 0, 3 * MINUTE)
    evaluate(store, check_monitor(notify_no_data=True, no_data_timeframe=2), minutes(7))
    assert history(store) == [
        (0, 'host:a', 'OK'), (2, 'host:a', 'No Data'), (3, 'host:a', 'OK'), (5, 'host:a', 'No Data'),
    ]  # fmt: skip


@pytest.mark.parametrize(('ago', 'known'), [(899, [(0, 'host:a', 'OK')]), (900, [])])
def test_a_new_monitor_sees_the_runs_of_fifteen_minutes(store, ago, known):
    submit(store, -ago)
    evaluate(store, check_monitor(), [START])
    assert history(store) == known


def test_thresholds_of_a_check_are_whole_and_may_be_null():
    query = '"app.ok".over("*").by("host").last(2).count_by_status()'
    body = check_monitor(query)
    body['options']['thresholds'] = None
    assert monitors.refusal(body) is None
    assert monitors.refusal(check_monitor(query, thresholds={'critical': 2})) is None
    assert monitors.refusal(check_monitor(query, thresholds={'critical': 1.5})) == (
        'options.thresholds.critical is 1.5: it must be a whole number from 1 to the 2 of .last(2)'
    )


@pytest.mark.parametrize('rollup', ['"count", "host"', '"cardinality"', '"avg", "host"'])
def test_the_facet_of_an_event_monitor_goes_with_the_cardinality(rollup):
    body = make() | {'type': 'event-v2 alert', 'query': f'events("a").rollup({rollup}).last("5m") > 1'}
    assert '.rollup("count") and .rollup("cardinality", "facet") are evaluated' in monitors.refusal(body)


# The store


def test_sequences_begin_with_their_least_number(store):
    assert [store.next_number('a'), store.next_number('a'), store.next_number('b', 10), store.next_number('b', 10)] == [
        1,
        2,
        10,
        11,
    ]


def test_an_unknown_series_has_no_last_time(store):
    assert store.last_times([1024, 5000], 0, 10) == {}


def test_before_the_oldest_point_that_is_kept_there_is_nothing(store):
    series = Series('load', 'a', (), 'gauge')
    store.add([(series, 100, 1.0), (series, 1000, 2.0)])
    store.prune(500)
    [id_] = store.series('load')
    assert all(map(math.isnan, store.grid([id_], 90, 110, 10, 'last')[0].tolist()))
    assert store.grid([id_], 990, 1010, 10, 'last')[0].tolist()[1] == 2.0
    # A range that ends before it starts has no points, even where one that just came is between.
    store.add([(series, 2000, 3.0)])
    assert len(store.points([id_], 2001, 2000).times) == 0


def test_the_last_series_of_a_shelf_is_read_from_blocks(store):
    series = [Series('load', f'host-{number}', (), 'gauge') for number in range(65)]
    store.add((key, time, 1.0) for key in series for time in (50, 100))
    # Pruning a part of the head makes blocks of the rest.
    store.prune(60)
    ids = [*store.series('load')]
    assert ids == [*range(1, 66)]
    assert [store.points([id_], 60, 110).times.tolist() for id_ in ids] == [[100]] * 65


def test_points_of_blocks_end_before_the_end(store):
    series = Series('load', 'a', (), 'gauge')
    store.add([(series, time, 1.0) for time in (50, 100, 110)])
    # Pruning a part of the head makes blocks of the rest.
    store.prune(60)
    [id_] = store.series('load')
    assert store.points([id_], 60, 110).times.tolist() == [100]
    assert store.points([id_], 60, 111).times.tolist() == [100, 110]


def test_a_transaction_reads_what_it_has_written(tmp_path):
    store = Store(tmp_path / 'account.db')
    with store.transaction():
        store.save('monitor', 1, {'id': 1})
        assert store.get('monitor', 1) == {'id': 1}
    store.close()


def test_a_metric_that_comes_after_a_restart_takes_no_other_place(tmp_path):
    for metric in ('a', 'b', 'c'):
        store = Store(tmp_path / 'account.db')
        store.add([(Series(metric, '', (), 'gauge'), 100, 1.0)])
        ids = [[*store.series(name)] for name in ('a', 'b', 'c')]
        store.close()
    # Each metric begins on a shelf of 64 ids of its own.
    assert ids == [[1], [65], [129]]


# Queries


def test_a_change_is_that_from_the_first_bucket_that_is_looked_back_on(store):
    put(store, 'm', {-300: 1, 0: 7})
    assert only_line(store, 'derivative(avg:m{*})', 20) == [0.02]


def test_a_rate_counts_from_the_point_before_the_range(store):
    put(store, 'c', {-120: 6, -60: 6, 0: 6}, type='count')
    # A point a minute: 6 in 60 seconds.
    assert only_line(store, 'sum:c{*}.as_rate()', 20) == [0.1]


def test_rollups_are_lengthened_together_to_stay_within_the_points_of_a_line(store):
    put(store, 'm', dict.fromkeys(range(0, 600, 60), 1))
    put(store, 'n', dict.fromkeys(range(0, 600, 300), 10))
    # 10 days have 2,880 buckets of 300 seconds, and 1,500 are allowed: 60 seconds become 120, and 300 become 600.
    # So n is 10 + 10, and m the average of 5 sums of 1 + 1.
    line = only_line(store, 'sum:m{*}.rollup(sum, 60) + sum:n{*}.rollup(sum, 300)', 10 * DAY, None)
    assert line[0] == 22


def test_a_quotation_mark_that_is_not_closed_is_an_error_that_says_what_belongs_there():
    with pytest.raises(QueryError) as error:
        parse("'a")
    assert str(error.value) == (
        'Query "\'a", column 1: unexpected "\'a", where ( or + or - or a name or a number or a query or a string in '
        'quotes belongs'
    )


def test_ten_monitors_are_the_most_in_a_composite():
    def parsed(count):
        query = ' && '.join(map(str, range(1, count + 1)))
        return monitors.parse({'type': 'composite', 'query': query, 'options': {}})

    assert parsed(10).dependencies == tuple(range(1, 11))
    with pytest.raises(QueryError, match='combines at most 10 monitors, not 11'):
        parsed(11)
