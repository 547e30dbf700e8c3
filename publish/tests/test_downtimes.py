"""When the downtimes silence: their recurrences, as sent, against the clock on the wall of each time zone.

A recurrence is evaluated by dateutil, not by the code under test: each occurrence begins at its local time and lasts
its duration in elapsed hours. (Were the server to count hours of the wall clock, no day here would differ more.)
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from conftest import ASSETS, EMAIL, Account, Run
from custom_check_publish import assets
from custom_check_publish.kinds import DOWNTIME
from custom_check_publish.publication import DOWNTIMES, Publication
from dateutil.rrule import rrulestr

HOURS = {'h': 1, 'd': 24}
STEP = timedelta(minutes=15)
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def load(timezone: str, now: datetime = NOW, without: tuple[str, ...] = ('monday_morning',)) -> dict[str, Any]:
    resources = assets.load(Publication(ASSETS, 'custom_check', now, [EMAIL], timezone, without))
    return {resource.key: resource.unmarked for resource in resources if resource.kind is DOWNTIME}


def silent(downtime: dict[str, Any], first: datetime, last: datetime) -> set[datetime]:
    """Return the quarter-hours of UTC from `first` to `last` that a downtime covers."""
    zone = ZoneInfo(downtime['schedule']['timezone'])
    found = set()
    for recurrence in downtime['schedule']['recurrences']:
        duration = timedelta(hours=int(recurrence['duration'][:-1]) * HOURS[recurrence['duration'][-1]])
        rule = rrulestr(recurrence['rrule'], dtstart=datetime.fromisoformat(recurrence['start']))
        local_first, local_last = (edge.astimezone(zone).replace(tzinfo=None) for edge in (first, last))
        for begin in rule.between(local_first - timedelta(days=3), local_last):
            quarter = begin.replace(tzinfo=zone).astimezone(UTC)
            end = quarter + duration
            while quarter < end:
                if first <= quarter < last:
                    found.add(quarter)
                quarter += STEP
    return found


def is_weekend(local: datetime) -> bool:
    return local.weekday() >= 5


def is_weeknight(local: datetime) -> bool:
    return (local.weekday() <= 4 and local.hour >= 19) or (1 <= local.weekday() <= 5 and local.hour < 9)


def is_monday_morning(local: datetime) -> bool:
    return local.weekday() == 0 and local.hour < 9


def wrong(downtime: dict[str, Any], first: datetime, last: datetime, rule: Callable[[datetime], bool]) -> list[str]:
    """Return the local quarter-hours in which a downtime silences and should not (+) or does not and should (-)."""
    covered = silent(downtime, first, last)
    zone = ZoneInfo(downtime['schedule']['timezone'])
    found = []
    moment = first
    while moment < last:
        local = moment.astimezone(zone)
        if (moment in covered) != rule(local):
            found.append(f'{"+" if moment in covered else "-"} {local:%a %d %b %H:%M}')
        moment += STEP
    return found


# A fortnight around each change of 2027: both ways in both hemispheres, at midnight, before it, at noon's other side.
CHANGES = [
    ('Europe/Paris', '2027-03-28'),
    ('Europe/Paris', '2027-10-31'),
    ('America/New_York', '2027-03-14'),
    ('America/New_York', '2027-11-07'),
    ('Australia/Sydney', '2027-04-04'),
    ('Australia/Sydney', '2027-10-03'),
    ('Australia/Lord_Howe', '2027-04-04'),
    ('Australia/Lord_Howe', '2027-10-03'),
    # Sunday has no 00:00, or Saturday has it twice.
    ('America/Havana', '2027-03-14'),
    ('America/Havana', '2027-11-07'),
    ('America/Santiago', '2027-04-04'),
    ('America/Santiago', '2027-09-05'),
    ('Asia/Beirut', '2027-03-28'),
    ('Asia/Beirut', '2027-10-31'),
    # On Saturday evening.
    ('America/Nuuk', '2027-03-27'),
    ('America/Nuuk', '2027-10-30'),
    # By two hours.
    ('Antarctica/Troll', '2027-03-28'),
    ('Antarctica/Troll', '2027-10-31'),
    # No change.
    ('UTC', '2027-03-28'),
    ('Asia/Kathmandu', '2027-03-28'),
]


@pytest.mark.parametrize(('timezone', 'day'), CHANGES)
def test_nights_weekends_and_mondays_keep_to_the_wall_clock_across_a_change(timezone: str, day: str) -> None:
    change = datetime.fromisoformat(day).replace(tzinfo=UTC)
    first, last = change - timedelta(days=7), change + timedelta(days=8)
    downtimes = load(timezone, without=())
    assert wrong(downtimes['weekends'], first, last, is_weekend) == []
    assert wrong(downtimes['weeknights'], first, last, is_weeknight) == []
    assert wrong(downtimes['monday_morning'], first, last, is_monday_morning) == []


@pytest.mark.parametrize(
    ('timezone', 'day', 'expected'),
    [
        ('Africa/Cairo', '2027-04-30', ['+ Fri 30 Apr 09:00', '+ Fri 30 Apr 09:45']),
        ('Africa/Cairo', '2027-10-29', ['- Fri 29 Oct 08:00', '- Fri 29 Oct 08:45']),
        ('Asia/Jerusalem', '2027-03-26', ['+ Fri 26 Mar 09:00', '+ Fri 26 Mar 09:45']),
    ],
)
def test_a_change_in_a_weeknight_moves_its_end_as_the_readme_says(timezone: str, day: str, expected: list[str]) -> None:
    change = datetime.fromisoformat(day).replace(tzinfo=UTC)
    found = wrong(load(timezone)['weeknights'], change - timedelta(days=7), change + timedelta(days=8), is_weeknight)
    assert (found[0], found[-1], len(found)) == (*expected, 4)


def test_without_its_option_monday_morning_is_not_silenced() -> None:
    downtimes = load('Europe/Paris')
    assert sorted(downtimes) == ['weekends', 'weeknights']
    monday = datetime(2027, 5, 3, tzinfo=ZoneInfo('Europe/Paris'))
    morning = (monday, monday + timedelta(hours=9))
    for downtime in downtimes.values():
        assert silent(downtime, *(edge.astimezone(UTC) for edge in morning)) == set()


def test_the_weeknights_are_as_the_exercise_words_them() -> None:
    assert load('Europe/Paris')['weeknights']['schedule'] == {
        'timezone': 'Europe/Paris',
        'recurrences': [
            {'rrule': 'FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,TU,WE,TH,FR', 'duration': '14h', 'start': '2026-11-24T19:00'}
        ],
    }


@pytest.mark.parametrize(
    ('now', 'start'),
    [
        # Friday in Paris: the next night is today's until it is too near, then Monday's.
        ('2026-11-27T12:00', '2026-11-27T19:00'),
        ('2026-11-27T17:54', '2026-11-27T19:00'),
        ('2026-11-27T17:55', '2026-11-30T19:00'),
        ('2026-11-27T18:00', '2026-11-30T19:00'),
        # Still Sunday in UTC.
        ('2026-11-29T23:30', '2026-11-30T19:00'),
    ],
)
def test_the_start_is_the_next_occurrence_as_the_api_refuses_one_in_the_past(now: str, start: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    recurrences = load('Europe/Paris', moment)['weeknights']['schedule']['recurrences']
    assert [recurrence['start'] for recurrence in recurrences] == [start]


def test_a_rerun_in_another_month_shows_no_drift(run: Run, applied: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    class Later(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> 'Later':
            return cls(2031, 7, 2, 23, 59, tzinfo=tz)

    monkeypatch.setattr('custom_check_publish.options.datetime', Later)
    assert run('plan', '--detailed-exitcode').code == 0


def test_monday_morning_comes_and_goes_with_its_option(run: Run, applied: Account) -> None:
    run('apply', '--yes', '--silence-monday-morning')
    created, identified = applied.writes
    assert [one.method for one in (created, identified)] == ['POST', 'PATCH']
    schedule = created.body['data']['attributes']['schedule']
    assert [(one['rrule'], one['duration']) for one in schedule['recurrences']] == [
        ('FREQ=WEEKLY;INTERVAL=1;BYDAY=MO', '9h')
    ]
    applied.requests.clear()
    run('apply', '--yes', '--silence-monday-morning')
    assert applied.writes == []
    run('apply', '--yes')
    assert [request.method for request in applied.writes] == ['DELETE']


def test_a_downtime_that_is_left_out_has_to_be_there() -> None:
    with pytest.raises(assets.AssetError, match=r'downtimes holds no friday or monday\.json\.'):
        load('UTC', without=('monday', 'monday_morning', 'friday'))


def test_scheduling_notifies_the_addresses(run: Run, applied: Account) -> None:
    run('apply', '--yes', '--silence-monday-morning')
    assert len(applied.downtimes) == 3
    for downtime in applied.downtimes.values():
        attributes = downtime['attributes']
        assert f'\n\n@{EMAIL}\n\n' in attributes['message']
        assert sorted(attributes['notify_end_states']) == ['alert', 'no data', 'warn']
        assert attributes['notify_end_types'] == ['expired']


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        ({'recurrences': [{'rrule': 'FREQ=SOMETIMES', 'time': '00:00', 'duration': '1h'}]}, 'SOMETIMES'),
        ({'recurrences': [{'rrule': 'FREQ=DAILY', 'time': '25:00', 'duration': '1h'}]}, 'ValueError: '),
        ({'recurrences': [{'time': '00:00', 'duration': '1h'}]}, "KeyError: 'rrule'"),
        ({'recurrences': ['x']}, 'TypeError: '),
        ({'recurrences': [{'rrule': 'FREQ=DAILY;UNTIL=20260101', 'time': '00:00', 'duration': '1h'}]}, 'never occurs'),
        ({'message': 7}, 'TypeError: '),
    ],
)
def test_a_bad_downtime_names_its_file_and_field(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    path = tmp_path / 'weeknights.json'
    path.write_text(json.dumps(json.loads((DOWNTIMES / path.name).read_text()) | change))
    with pytest.raises(assets.AssetError) as refused:
        assets.load(Publication(ASSETS, 'custom_check', NOW, without=(), downtimes=tmp_path))
    assert str(refused.value).startswith(f'{path} is not a downtime: ')
    assert message in str(refused.value)
