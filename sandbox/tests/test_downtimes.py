"""When downtimes are open, and what they mute."""

import time
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from datadog_sandbox import downtimes
from datadog_sandbox.downtimes import FOREVER, DowntimeError, Window

PARIS = 'Europe/Paris'


def at(text: str, zone: str = 'UTC', fold: int = 0) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp())


def recurring(*recurrences: tuple[str, str, str], zone: str = PARIS, **attributes):
    return {
        'id': 'one',
        'attributes': {
            'created': '2026-01-01T00:00:00+00:00',
            'canceled': None,
            'scope': '*',
            'monitor_identifier': {'monitor_tags': ['*']},
            'schedule': {
                'timezone': zone,
                'recurrences': [{'rrule': r, 'start': s, 'duration': d} for r, s, d in recurrences],
            },
            **attributes,
        },
    }


def once(start: str | None = None, end: str | None = None, **attributes):
    downtime = recurring(**attributes)
    downtime['attributes']['schedule'] = {'start': start, 'end': end}
    return downtime


def local(windows: list[Window], zone: str = PARIS) -> list[tuple[str, str]]:
    return [
        tuple(datetime.fromtimestamp(moment, ZoneInfo(zone)).strftime('%a %d %H:%M%z') for moment in window)
        for window in windows
    ]


WEEKNIGHTS = ('FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,TU,WE,TH,FR', '2026-11-23T19:00', '14h')


@pytest.mark.parametrize('rule', ['FREQ=DAILY;INTERVAL=1;BYDAY=2TU', 'FREQ=DAILY;BYDAY=2TU', 'FREQ=MONTHLY;BYDAY=2TU'])
def test_the_second_tuesday_of_a_month_as_datadog_documents_it(rule):
    """https://docs.datadoghq.com/monitors/downtimes/examples/#recurring-downtime-on-the-nth-weekday-of-the-month"""
    windows = downtimes.windows(
        recurring((rule, '2023-07-11T08:00', '2h')), at('2026-10-01', PARIS), at('2026-12-01', PARIS)
    )
    assert local(windows) == [
        ('Tue 13 08:00+0200', 'Tue 13 10:00+0200'), ('Tue 10 08:00+0100', 'Tue 10 10:00+0100'),
    ]  # fmt: skip


@pytest.mark.parametrize(
    'rule', ['FREQ=DAILY;INTERVAL=2;BYDAY=2TU', 'FREQ=WEEKLY;BYDAY=MO,-1FR', 'FREQ=HOURLY;BYDAY=1MO']
)
def test_another_number_of_a_weekday_is_refused(rule):
    with pytest.raises(DowntimeError, match='a number in BYDAY needs FREQ=MONTHLY or FREQ=YEARLY'):
        downtimes.check(recurring((rule, '2023-07-11T08:00', '2h'))['attributes'])


def test_a_week_of_nights():
    windows = downtimes.windows(recurring(WEEKNIGHTS), at('2026-11-23', PARIS), at('2026-11-30', PARIS))
    assert local(windows) == [
        ('Mon 23 19:00+0100', 'Tue 24 09:00+0100'),
        ('Tue 24 19:00+0100', 'Wed 25 09:00+0100'),
        ('Wed 25 19:00+0100', 'Thu 26 09:00+0100'),
        ('Thu 26 19:00+0100', 'Fri 27 09:00+0100'),
        ('Fri 27 19:00+0100', 'Sat 28 09:00+0100'),
    ]


def test_a_window_that_began_before_the_range_is_returned_whole():
    windows = downtimes.windows(recurring(WEEKNIGHTS), at('2026-11-24T03:00', PARIS), at('2026-11-24T04:00', PARIS))
    assert local(windows) == [('Mon 23 19:00+0100', 'Tue 24 09:00+0100')]


def test_nothing_before_the_first_occurrence():
    assert downtimes.windows(recurring(WEEKNIGHTS), at('2026-11-16'), at('2026-11-23')) == []


def test_windows_of_one_downtime_that_touch_are_one():
    weekend = recurring(
        ('FREQ=WEEKLY;BYDAY=SA', '2026-11-28T00:00', '38h'), ('FREQ=WEEKLY;BYDAY=SU', '2026-11-29T12:00', '12h')
    )
    windows = downtimes.windows(weekend, at('2026-11-23'), at('2026-12-06T12:00'))
    assert local(windows) == [
        ('Sat 28 00:00+0100', 'Mon 30 00:00+0100'),
        ('Sat 05 00:00+0100', 'Mon 07 00:00+0100'),
    ]


def test_days_that_touch_are_one_window():
    days = recurring(('FREQ=WEEKLY;BYDAY=SA,SU', '2026-11-28T00:00', '24h'))
    assert local(downtimes.windows(days, at('2026-11-27'), at('2026-12-01'))) == [
        ('Sat 28 00:00+0100', 'Mon 30 00:00+0100')
    ]


# Each change of the clock: a night of 14 hours counts the time that passes.
CHANGES = [
    (PARIS, '2026-03-28T19:00', ('Sat 28 19:00+0100', 'Sun 29 10:00+0200')),
    (PARIS, '2026-10-24T19:00', ('Sat 24 19:00+0200', 'Sun 25 08:00+0100')),
    ('America/New_York', '2026-03-07T19:00', ('Sat 07 19:00-0500', 'Sun 08 10:00-0400')),
    ('America/New_York', '2026-10-31T19:00', ('Sat 31 19:00-0400', 'Sun 01 08:00-0500')),
    # Half an hour forward in October, and back in April.
    ('Australia/Lord_Howe', '2026-10-03T19:00', ('Sat 03 19:00+1030', 'Sun 04 09:30+1100')),
    ('Australia/Lord_Howe', '2026-04-04T19:00', ('Sat 04 19:00+1100', 'Sun 05 08:30+1030')),
    ('Asia/Tokyo', '2026-03-28T19:00', ('Sat 28 19:00+0900', 'Sun 29 09:00+0900')),
]


@pytest.mark.parametrize(('zone', 'start', 'night'), CHANGES)
def test_a_night_in_which_the_clock_changes(zone, start, night):
    downtime = recurring(('FREQ=DAILY', start, '14h'), zone=zone)
    [first, *_] = downtimes.windows(downtime, at(start, zone), at(start, zone) + 3 * 86400)
    assert local([first], zone) == [night]
    assert first.end - first.start == 14 * 3600


@pytest.mark.parametrize('zone', [PARIS, 'America/New_York', 'Australia/Lord_Howe', 'Asia/Tokyo'])
def test_each_night_of_a_year_begins_at_19_on_the_clock_and_lasts_14_hours(zone):
    downtime = recurring(('FREQ=DAILY', '2026-01-01T19:00', '14h'), zone=zone)
    windows = downtimes.windows(downtime, at('2026-01-01T12:00', zone), at('2026-12-31T12:00', zone))
    assert len(windows) == 364
    assert {datetime.fromtimestamp(window.start, ZoneInfo(zone)).strftime('%H:%M') for window in windows} == {'19:00'}
    assert {window.end - window.start for window in windows} == {14 * 3600}


MISSING_AND_DOUBLE = [
    # 02:30 does not exist: it counts with the offset before the gap.
    (PARIS, '2026-03-29T02:30', '2026-03-29T03:30', 0),
    ('America/New_York', '2026-03-08T02:30', '2026-03-08T03:30', 0),
    ('Australia/Lord_Howe', '2026-10-04T02:15', '2026-10-04T02:45', 0),
    # These exist twice: the first counts.
    (PARIS, '2026-10-25T02:30', '2026-10-25T02:30', 0),
    ('America/New_York', '2026-11-01T01:30', '2026-11-01T01:30', 0),
    ('Australia/Lord_Howe', '2026-04-05T01:45', '2026-04-05T01:45', 0),
]


@pytest.mark.parametrize(
    ('zone', 'start', 'expected'),
    [
        ('America/New_York', '2037-07-13T01:00', '2037-07-13T05:00'),
        # As recorded by the Terraform provider: no daylight saving time, so that 01:00 is 06:00 in UTC.
        ('America/New_York', '2042-07-13T01:00', '2042-07-13T06:00'),
        ('America/New_York', '2042-01-13T01:00', '2042-01-13T06:00'),
        # South of the equator, the year 2037 ends in summer: its time stays.
        ('Australia/Sydney', '2042-07-13T12:00', '2042-07-13T01:00'),
        ('UTC', '2042-07-13T01:00', '2042-07-13T01:00'),
    ],
)
def test_zones_keep_the_offset_with_which_2037_ends(zone: str, start: str, expected: str) -> None:
    downtime = recurring(('FREQ=DAILY;COUNT=1', start, '1h'), zone=zone)
    begin = at(expected)
    assert downtimes.windows(downtime, begin - 86400, begin + 86400) == [Window(begin, begin + 3600)]


@pytest.mark.parametrize(('zone', 'start', 'really', 'fold'), MISSING_AND_DOUBLE)
def test_a_local_time_that_does_not_exist_or_exists_twice(zone, start, really, fold):
    downtime = recurring(('FREQ=DAILY', start, '30m'), zone=zone)
    moment = at(really, zone, fold)
    assert downtimes.windows(downtime, moment - 3600, moment + 7200) == [Window(moment, moment + 1800)]
    assert at('2026-10-25T02:30', PARIS, fold=1) - at('2026-10-25T02:30', PARIS) == 3600


def test_one_time():
    downtime = once('2026-11-27T19:00:00+00:00', '2026-11-28T09:00:00+00:00')
    [window] = downtimes.windows(downtime, 0, FOREVER)
    assert window == Window(at('2026-11-27T19:00'), at('2026-11-28T09:00'))
    assert downtimes.windows(downtime, window.end, FOREVER) == []
    assert downtimes.windows(downtime, 0, window.start) == []


def test_without_start_and_end_from_its_creation_for_ever():
    downtime = once()
    assert downtimes.windows(downtime, 0, FOREVER) == [Window(at('2026-01-01'), FOREVER)]
    assert downtimes.status(downtime, at('2300-01-01')) == 'active'


def test_a_recurrence_without_start_begins_when_it_was_created_on_the_clock_of_its_zone():
    downtime = recurring(('FREQ=DAILY', None, '1h'), created='2026-11-24T18:30:15.123456+00:00')
    assert local(downtimes.windows(downtime, at('2026-11-24'), at('2026-11-26'))) == [
        ('Tue 24 19:30+0100', 'Tue 24 20:30+0100'),
        ('Wed 25 19:30+0100', 'Wed 25 20:30+0100'),
    ]


def test_count_and_until():
    count = recurring(('FREQ=DAILY;COUNT=2', '2026-11-24T19:00', '1h'))
    assert len(downtimes.windows(count, 0, at('2030-01-01'))) == 2
    # 18:00 in UTC is 19:00 in Paris: the occurrence at that very time is the last one.
    until = recurring(('RRULE:FREQ=DAILY;UNTIL=20261126T180000Z', '2026-11-24T19:00', '1h'))
    assert len(downtimes.windows(until, 0, at('2030-01-01'))) == 3


def test_statuses_as_time_goes_on():
    downtime = recurring(('FREQ=DAILY;COUNT=2', '2026-11-24T19:00', '1h'))
    start = at('2026-11-24T19:00', PARIS)
    moments = [start - 1, start, start + 3599, start + 3600, start + 86400, start + 86400 + 3600]
    assert [downtimes.status(downtime, moment) for moment in moments] == [
        'scheduled', 'active', 'active', 'scheduled', 'active', 'ended',
    ]  # fmt: skip


def test_current_downtime_is_the_open_one_else_the_next_else_the_last():
    downtime = recurring(('FREQ=DAILY;COUNT=2', '2026-11-24T19:00', '1h'))
    start = at('2026-11-24T19:00', PARIS)
    first, second = Window(start, start + 3600), Window(start + 86400, start + 90000)
    assert downtimes.current(downtime, start - 9) == first
    assert downtimes.current(downtime, start + 9) == first
    assert downtimes.current(downtime, start + 3600) == second
    assert downtimes.current(downtime, start + 10**6) == second
    downtime['attributes']['canceled'] = downtimes.iso(start + 1800)
    assert downtimes.current(downtime, start + 10**6) == Window(start, start + 1800)


def test_canceled_it_ends_at_once_and_never_opens_again():
    downtime = recurring(WEEKNIGHTS, canceled='2026-11-24T20:00:00+00:00')
    windows = downtimes.windows(downtime, at('2026-11-23'), at('2026-12-23'))
    assert local(windows) == [('Mon 23 19:00+0100', 'Tue 24 09:00+0100'), ('Tue 24 19:00+0100', 'Tue 24 21:00+0100')]
    assert downtimes.status(downtime, at('2026-11-24T19:59:59')) == 'active'
    assert downtimes.status(downtime, at('2026-11-24T20:00')) == 'canceled'
    # Its end is not in it.
    assert len(downtimes.windows(downtime, at('2026-11-24T19:59:59'), at('2026-12-23'))) == 1
    assert downtimes.windows(downtime, at('2026-11-24T20:00'), at('2026-12-23')) == []


def test_a_monitor_is_meant_by_its_id_or_by_all_of_the_tags():
    monitor = {'id': 7, 'tags': ['team:a', 'env:dev']}
    for identifier, covered in [
        ({'monitor_id': 7}, True),
        ({'monitor_id': 8}, False),
        ({'monitor_tags': ['*']}, True),
        ({'monitor_tags': ['team:a']}, True),
        ({'monitor_tags': ['team:a', 'env:dev']}, True),
        ({'monitor_tags': ['team:a', 'env:prod']}, False),
    ]:
        assert downtimes.covers(recurring(WEEKNIGHTS, monitor_identifier=identifier), monitor) is covered


@pytest.mark.parametrize(
    ('scope', 'matching'),
    [
        ('*', ['web-1', 'web-2', 'db']),
        ('host:web-1', ['web-1']),
        ('host:web-*', ['web-1', 'web-2']),
        ('host:*-1', ['web-1']),
        ('host:web-* AND env:dev', ['web-1']),
        ('host:web-*,env:dev', ['web-1']),
        ('host:web-* env:dev', ['web-1']),
        ('host:web-1 OR host:db', ['web-1', 'db']),
        ('env:(dev OR prod)', ['web-1', 'web-2']),
        ('host:web-* AND -env:prod', ['web-1']),
        ('-(env:dev OR env:prod)', ['db']),
        ('-env:(dev OR prod)', ['db']),
        ('region:eu', []),
        # Case does not matter, and a wildcard is anywhere.
        ('host:WEB-1', ['web-1']),
        ('host:*e*b*', ['web-1', 'web-2']),
        ('host:w*w', []),
        ('(host:web-1 OR host:db)', ['web-1', 'db']),
        ('env:dev AND (host:web-1 OR region:eu)', ['web-1']),
        ('env:dev AND (region:eu OR (host:web-1 AND env:dev))', ['web-1']),
        ('host:web-1 OR host:db OR host:web-2', ['web-1', 'web-2', 'db']),
    ],
)
def test_scopes(scope, matching):
    groups = [{'host': 'web-1', 'env': 'dev'}, {'host': 'web-2', 'env': 'prod'}, {'host': 'db'}]
    assert [group['host'] for group in groups if downtimes.scope(scope)(group)] == matching


def test_a_wildcard_takes_linear_time():
    started = time.perf_counter()
    assert downtimes.scope('host:' + 'a*' * 100 + 'b')({'host': 'a' * 100_000}) is False
    assert time.perf_counter() - started < 1


def test_a_scope_that_was_kept_and_is_not_understood_mutes_nothing():
    monitor, night = {'id': 7, 'tags': []}, at('2026-11-24T22:00')
    assert downtimes.muting([recurring(WEEKNIGHTS, scope='service:auth?')], monitor, {'service': 'auth1'}, night) == []


def test_windows_that_touch_are_one_however_many_they_are():
    # A day that begins every day: all of November, from the 1st on.
    days = recurring(('FREQ=DAILY;COUNT=30', '2026-11-01T00:00', '24h'), zone='UTC')
    month = Window(at('2026-11-01'), at('2026-12-01'))
    for moment in ('2026-11-01T00:00', '2026-11-15T12:00', '2026-11-30T23:59'):
        assert downtimes.windows(days, at(moment), at(moment) + 1) == [month]
    # The next one is all of it as well.
    assert downtimes.current(days, at('2026-10-20')) == month
    assert downtimes.windows(days, at('2026-12-01'), at('2026-12-02')) == []


def test_windows_of_several_recurrences_that_overlap_are_one():
    downtime = recurring(
        ('FREQ=WEEKLY;BYDAY=SA', '2026-11-21T00:00', '25h'), ('FREQ=WEEKLY;BYDAY=SU', '2026-11-22T00:00', '30h'),
        zone='UTC',
    )  # fmt: skip
    weekend = Window(at('2026-11-28'), at('2026-11-30T06:00'))
    assert downtimes.current(downtime, at('2026-11-27')) == weekend
    assert downtimes.current(downtime, at('2026-11-30T05:00')) == weekend


def test_where_the_clock_goes_forward_the_next_start_is_not_that_of_the_next_local_time():
    # At 02:00 on 29 March 2026 in Paris it is 03:00: 02:45 does not exist and is 03:45, and 03:15 comes before it.
    rule = 'FREQ=DAILY;BYHOUR=2,3;BYMINUTE=15,45;BYSETPOS=2,3', '2026-03-20T00:00', PARIS
    assert downtimes.occurrences(*rule).following(at('2026-03-29T01:00')) == at('2026-03-29T01:15')
    between = downtimes.occurrences(rule[0], '2026-03-21T00:00', PARIS).between(
        at('2026-03-29'), at('2026-03-29T01:30')
    )
    assert between == [at('2026-03-29T01:15')]


@pytest.mark.parametrize(
    'rule',
    [
        'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30',
        'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;UNTIL=99991231T235959Z',
        'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=5',
        'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;INTERVAL=99999',
        'FREQ=HOURLY;INTERVAL=168;BYDAY=TH',
    ],
)
def test_a_rule_that_never_occurs_is_found_in_40_years(rule: str) -> None:
    begin = time.process_time()
    with pytest.raises(downtimes.DowntimeError, match='never occurs'):
        downtimes.occurrences(rule, '2026-11-27T00:00', 'UTC')
    # To the year 9999 it would take 50 seconds.
    assert time.process_time() - begin < 5


def test_a_rule_that_occurs_seldom_is_not_taken_for_one_that_never_does() -> None:
    # A 29 February that is a Sunday comes every 28 years, but 40 years later over 2100, which is no leap year.
    rule = downtimes.occurrences('FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SU', '2088-03-01T00:00', 'UTC')
    assert rule.following(0) == at('2128-02-29T00:00')


def test_what_mutes_a_group_at_a_moment():
    nights = recurring(WEEKNIGHTS, scope='host:a')
    monitor, night = {'id': 7, 'tags': []}, at('2026-11-24T22:00')
    assert downtimes.muting([nights], monitor, {'host': 'a'}, night) == [nights]
    assert downtimes.muting([nights], monitor, {'host': 'b'}, night) == []
    assert downtimes.muting([nights], monitor, {'host': 'a'}, at('2026-11-24T12:00')) == []
    assert downtimes.muting([nights], monitor, {}, night) == []


@pytest.mark.parametrize(
    ('downtime', 'message'),
    [
        (recurring(('FREQ=DAILY', None, '14')), 'duration "14" is not a whole number'),
        (recurring(('FREQ=DAILY', None, '0h')), 'duration "0h" is not a whole number'),
        (recurring(('FREQ=DAILY;INTERVAL=0', None, '1h')), 'INTERVAL must be a whole number from 1'),
        (recurring(('FREQ=SECONDLY', None, '1h')), 'FREQ must be one of HOURLY, DAILY'),
        (recurring(('BYDAY=MO', None, '1h')), 'FREQ must be one of'),
        (recurring(('FREQ=DAILY;BYDAY=XX', None, '1h')), 'BYDAY must be days such as MO or -1FR'),
        (recurring((f'FREQ=MONTHLY;BYDAY={10**20}MO', None, '1h')), 'BYDAY must be days such as MO or -1FR'),
        (recurring(('FREQ=HOURLY;BYHOUR=25', None, '1h')), 'BYHOUR must be numbers from 0 to 23, separated'),
        (recurring(('FREQ=DAILY;BYMONTHDAY=-32', None, '1h')), 'from 1 to 31, or from -31 to -1'),
        (recurring(('FREQ=DAILY;BYMONTH=-1', None, '1h')), 'BYMONTH must be numbers from 1 to 12, separated'),
        (recurring(('FREQ=HOURLY;BYSETPOS=2', None, '1h')), 'FREQ=HOURLY allows no BYSETPOS'),
        (recurring(('FREQ=DAILY;BYHOUR=1,2,3,4,5;BYMINUTE=1,2,3,4,5', None, '1h')), 'more than 24 times a day'),
        (recurring(('FREQ=HOURLY;BYMINUTE=0,30', None, '1h')), 'more than 24 times a day'),
        (recurring(('FREQ=DAILY;UNTIL=00010101T000000Z', None, '1h'), zone='America/New_York'), 'out of range'),
        (recurring(('FREQ=DAILY;UNTIL=99991231T235959Z', None, '1h'), zone='Pacific/Auckland'), 'out of range'),
        (recurring(('FREQ=DAILY;UNTIL=tomorrow', None, '1h')), 'UNTIL must be a time such as 20271231T230000Z'),
        (recurring(('FREQ=DAILY', '0001-01-01T00:00', '1h')), 'is before the year 1900'),
        (recurring(('FREQ=DAILY;DTSTART=20260101', None, '1h')), 'DTSTART is not supported'),
        (recurring(('FREQ=DAILY;UNTIL=2027Z', None, '1h')), 'UNTIL must be a time such as 20271231T230000Z'),
        (recurring(('FREQ=HOURLY;BYMONTH=2', None, '1h')), 'FREQ=HOURLY allows no BYMONTH'),
        (recurring(('FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30', None, '1h')), 'never occurs'),
        (recurring(('FREQ=DAILY', '2026-11-24T19:00+01:00', '1h')), 'has an offset'),
        (recurring(('FREQ=DAILY', 'tomorrow', '1h')), 'start "tomorrow" is not a local time'),
        (recurring(WEEKNIGHTS, zone='Europe/Atlantis'), 'timezone "Europe/Atlantis" is unknown'),
        (recurring(*[WEEKNIGHTS] * 6), 'holds 6; at most 5'),
        (recurring(WEEKNIGHTS, scope='host'), 'scope "host" is not understood'),
        (recurring(WEEKNIGHTS, scope='host:a AND'), 'is not understood'),
        # https://docs.datadoghq.com/monitors/downtimes/#downtime-scope-limitations
        (recurring(WEEKNIGHTS, scope='service:auth?'), 'question marks'),
        (recurring(WEEKNIGHTS, scope='service:(auth? OR b)'), 'question marks'),
        (recurring(WEEKNIGHTS, scope='en&v:prod'), 'is not understood'),
        (recurring(WEEKNIGHTS, scope='prod'), 'Keyless tags'),
        (recurring(WEEKNIGHTS, scope='prod AND service:(A OR B)'), 'Keyless tags'),
        (recurring(WEEKNIGHTS, scope='-service:(A AND B)'), 'is not understood'),
        (recurring(WEEKNIGHTS, scope='service:(-A OR -B)'), 'negations inside'),
        (recurring(WEEKNIGHTS, scope='NOT (service:A AND host:X)'), 'a negation is supported before key:value'),
        (recurring(WEEKNIGHTS, scope='-(service:A OR host:X)'), 'a negation is supported before key:value'),
        (recurring(WEEKNIGHTS, scope='NOT NOT service:A'), 'a negation is supported before key:value'),
        (recurring(WEEKNIGHTS, scope='-service(A B)'), 'is not understood'),
        (recurring(WEEKNIGHTS, scope='service:A OR host:X'), 'OR between different keys is not supported'),
        (recurring(WEEKNIGHTS, scope='(service:A OR host:X)'), 'OR between different keys is not supported'),
        (recurring(WEEKNIGHTS, scope='a:1 AND b:2 OR c:3'), 'OR between different keys is not supported'),
        (recurring(WEEKNIGHTS, scope='a:1 AND (b:2 OR (c:3 AND (d:4 OR e:5)))'), 'at most 2 levels'),
        (recurring(WEEKNIGHTS, scope='(' * 2000), 'at most 1000'),
        (once('2026-11-24T19:00:00+00:00', '2026-11-24T19:00:00+00:00'), 'is not after its start'),
    ],
)
def test_what_is_refused(downtime, message):
    with pytest.raises(DowntimeError) as error:
        downtimes.check(downtime['attributes'])
    assert message in str(error.value)
    assert '\n' not in str(error.value)


def test_what_is_right_is_not_refused():
    downtimes.check(recurring(WEEKNIGHTS)['attributes'])
    downtimes.check(once()['attributes'])
