"""What the assets of `custom_check` and the downtimes of `publish` do, with the clock as an argument.

The only test here that knows them; they are published as `publish` does, with one address to mail.
"""

import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from datadog_sandbox import query
from datadog_sandbox.account import Account
from datadog_sandbox.store import Series, Store

ROOT = Path(__file__).parents[2]
OWNER = 'owner@example.com'
PARIS = ZoneInfo('Europe/Paris')
MINUTE, HOUR = 60, 3600
EVERY = 45
"""The exercise's collection interval, in seconds."""


def at(text: str) -> int:
    """Return the moment of a time in Paris."""
    return int(datetime.fromisoformat(text).replace(tzinfo=PARIS).timestamp())


TUESDAY = at('2026-11-24T12:00')


def load(*path: str) -> dict:
    return json.loads((ROOT.joinpath(*path)).read_text('utf-8'))


class Rehearsal:
    """An account with one of our monitors, which time moves on in."""

    def __init__(self, store: Store, monitor: str, start: int) -> None:
        self.store, self.start, self.until = store, start, start
        body = load('custom_check', 'assets', 'monitors', f'{monitor}.json')['definition']
        store.save('monitor', 1, {'id': 1, **body, 'message': f'{body["message"]}\n\n@{OWNER}'})
        store.add_host('web-1', (), {'gohai': {'network': {'ipaddress': '10.0.0.7'}}}, start)
        self.account = Account(store)

    def downtimes(self, *names: str, start: str) -> None:
        """Schedule downtimes of ours, the first occurrence of each on or after a day."""
        for name in names:
            asset = load('publish', 'custom_check_publish', 'downtimes', f'{name}.json')
            recurrences = [
                {key: each[key] for key in ('rrule', 'duration')} | {'start': f'{start}T{each["time"]}'}
                for each in asset['recurrences']
            ]
            attributes = {
                'created': '2026-11-01T00:00:00+00:00', 'canceled': None, 'scope': '*', 'message': asset['message'],
                'monitor_identifier': {'monitor_tags': ['integration:custom_check']},
                'schedule': {'timezone': 'Europe/Paris', 'recurrences': recurrences},
                'notify_end_states': asset['notify_end_states'], 'notify_end_types': asset['notify_end_types'],
            }  # fmt: skip
            self.store.save('downtime', name, {'id': name, 'type': 'downtime', 'attributes': attributes})

    def submit(self, value: float, start: int, end: int, tags: tuple[str, ...] = ()) -> None:
        """Submit a value every 45 s in [start, end)."""
        series = Series('my_metric', 'web-1', tags)
        self.store.add((series, time, float(value)) for time in range(start, end, EVERY))

    def advance(self, until: int) -> list[str]:
        """Move on minute by minute, and return the state of each minute of the one group."""
        states = []
        for moment in range(self.until, until + 1, MINUTE):
            self.account.advance(moment)
            states += [state['status'] for state in self.store.states(1).values()] or ['-']
        self.until = until + MINUTE
        return states

    def mails(self) -> list[tuple[int, str]]:
        """Return (minute, subject) of the mails."""
        return [((mail.time - self.start) // MINUTE, mail.body['subject']) for mail in self.store.mails()]


@pytest.fixture
def store():
    store = Store()
    yield store
    store.close()


NAME = 'on {host:web-1}] [Custom Check] my_metric on web-1'


# The first minute of a new group is not evaluated: `new_group_delay` is 60 s.
@pytest.mark.parametrize(
    ('value', 'state', 'title', 'threshold'),
    [
        (500, 'OK', None, ''),
        (501, 'Warn', 'Warn', 'the warning threshold of 500'),
        (600, 'Warn', 'Warn', 'the warning threshold of 500'),
        (800, 'Warn', 'Warn', 'the warning threshold of 500'),
        (801, 'Alert', 'Triggered', 'the alert threshold of 800'),
        (900, 'Alert', 'Triggered', 'the alert threshold of 800'),
    ],
)
def test_my_metric_held_at_a_value(store, value, state, title, threshold):
    rehearsal = Rehearsal(store, 'my_metric_threshold', TUESDAY)
    rehearsal.submit(value, TUESDAY, TUESDAY + HOUR)
    assert rehearsal.advance(TUESDAY + 59 * MINUTE) == ['Skipped', *[state] * 59]
    assert rehearsal.mails() == ([(1, f'[{title} {NAME}')] if title else [])
    for mail in store.mails():
        assert mail.body['to'] == [OWNER]
        assert f'it averaged {value} over the last 5 minutes, above {threshold}.' in mail.body['text']


def test_the_alert_tells_the_address_of_the_host(store):
    rehearsal = Rehearsal(store, 'my_metric_threshold', TUESDAY)
    rehearsal.submit(900, TUESDAY, TUESDAY + HOUR)
    rehearsal.advance(TUESDAY + MINUTE)
    [mail] = store.mails()
    assert mail.body['text'].startswith(
        '`my_metric` is too high on web-1 (10.0.0.7): it averaged 900 over the last 5 minutes, '
        'above the alert threshold of 800.\n\n@owner@example.com'
    )
    assert '<code>my_metric</code> is too high on web-1 (10.0.0.7)' in mail.body['html']


def test_from_ok_through_warning_to_alert_and_back(store):
    rehearsal = Rehearsal(store, 'my_metric_threshold', TUESDAY)
    # 20 points each: quarters of an hour.
    for quarter, value in enumerate((100, 700, 1000, 100)):
        rehearsal.submit(value, TUESDAY + quarter * 900, TUESDAY + (quarter + 1) * 900)
    states = rehearsal.advance(TUESDAY + 59 * MINUTE)
    # Points come at 0, 45, 90, … s, and a window holds 6 or 7 of them.
    # From 100 to 700: (3 * 100 + 3 * 700) / 6 = 400 at minute 17, (2 * 100 + 5 * 700) / 7 = 529 at 18.
    # From 700 to 1000: (5 * 700 + 2 * 1000) / 7 = 786 at minute 31, (3 * 700 + 3 * 1000) / 6 = 850 at 32.
    # From 1000 to 100: (6 * 1000 + 100) / 7 = 871 at minute 45, (5 * 1000 + 2 * 100) / 7 = 743 at 46,
    # (3 * 1000 + 3 * 100) / 6 = 550 at 47, (2 * 1000 + 5 * 100) / 7 = 357 at 48.
    assert (states.index('Warn'), states.index('Alert')) == (18, 32)
    assert states[45:49] == ['Alert', 'Warn', 'Warn', 'OK']
    assert states[48:] == ['OK'] * 12
    assert rehearsal.mails() == [
        (18, f'[Warn {NAME}'),
        (32, f'[Triggered {NAME}'),
        (46, f'[Warn {NAME}'),
        (48, f'[Recovered {NAME}'),
    ]
    assert 'is back to normal' in store.mails()[-1].body['text']


def test_no_data_at_exactly_10_minutes_and_recovery(store):
    rehearsal = Rehearsal(store, 'my_metric_threshold', TUESDAY)
    # The last point comes at minute 30, to the second.
    rehearsal.submit(100, TUESDAY, TUESDAY + 30 * MINUTE + 1)
    rehearsal.submit(100, TUESDAY + 50 * MINUTE, TUESDAY + HOUR)
    states = rehearsal.advance(TUESDAY + 59 * MINUTE)
    assert states[1:] == ['OK'] * 39 + ['No Data'] * 10 + ['OK'] * 10
    assert rehearsal.mails() == [(40, f'[No Data {NAME}'), (50, f'[Recovered {NAME}')]
    no_data, recovery = (mail.body['text'] for mail in store.mails())
    assert no_data.startswith('`my_metric` has not arrived from web-1 for 10 minutes.')
    assert recovery.startswith('`my_metric` on web-1 is back to normal.')


def test_one_device_of_three_is_silent(store):
    rehearsal = Rehearsal(store, 'device_silent', TUESDAY)
    for device in ('one', 'two', 'three'):
        silent = device == 'two'
        rehearsal.submit(100, TUESDAY, TUESDAY + (20 * MINUTE + 1 if silent else HOUR), (f'device:{device}',))
        if silent:
            rehearsal.submit(100, TUESDAY + 45 * MINUTE, TUESDAY + HOUR, (f'device:{device}',))
    rehearsal.advance(TUESDAY + 40 * MINUTE)
    assert {group: state['status'] for group, state in store.states(1).items()} == {
        'device:one': 'OK',
        'device:two': 'No Data',
        'device:three': 'OK',
    }
    rehearsal.advance(TUESDAY + 59 * MINUTE)
    assert rehearsal.mails() == [
        (30, '[No Data on {device:two}] [Custom Check] Device two is silent'),
        (45, '[Recovered on {device:two}] [Custom Check] Device two is silent'),
    ]
    no_data, recovery = (mail.body['text'] for mail in store.mails())
    assert no_data.startswith('Device two has not reported `my_metric` for 10 minutes.')
    assert recovery.startswith('Device two reports again.')


FRIDAY, MONDAY = at('2026-11-27T19:00'), at('2026-11-30T00:00')


def test_nothing_is_mailed_from_friday_evening_to_monday(store):
    rehearsal = Rehearsal(store, 'my_metric_threshold', FRIDAY - HOUR)
    rehearsal.downtimes('weeknights', 'weekends', start='2026-11-23')
    rehearsal.submit(100, FRIDAY - HOUR, FRIDAY)
    # Every state comes and goes in the weekend: an hour of each, and an hour without data.
    for hour in range(0, 52, 4):
        for offset, value in enumerate((100, 600, 900)):
            start = FRIDAY + (hour + offset) * HOUR
            rehearsal.submit(value, start, start + HOUR)
    rehearsal.account.advance(FRIDAY - HOUR)
    notices = rehearsal.account.advance(MONDAY - MINUTE, longest_gap=3 * 24 * HOUR)
    assert {notice.new for _, notice in notices} == {'OK', 'Warn', 'Alert', 'No Data'}
    assert all(notice.muted for _, notice in notices)
    assert store.mails() == []


def test_at_the_end_of_the_weekend_an_alert_that_is_still_there_is_mailed(store):
    rehearsal = Rehearsal(store, 'my_metric_threshold', FRIDAY - HOUR)
    rehearsal.downtimes('weeknights', 'weekends', start='2026-11-23')
    rehearsal.submit(100, FRIDAY - HOUR, FRIDAY)
    rehearsal.submit(900, FRIDAY, MONDAY + HOUR)
    rehearsal.account.advance(FRIDAY - HOUR)
    rehearsal.account.advance(MONDAY - MINUTE, longest_gap=3 * 24 * HOUR)
    assert (store.states(1)['host:web-1']['status'], store.mails()) == ('Alert', [])
    rehearsal.account.advance(MONDAY + 30 * MINUTE)
    assert [(mail.time, mail.body['subject']) for mail in store.mails()] == [(MONDAY, f'[Triggered {NAME}')]
    assert 'it averaged 900 over the last 5 minutes' in store.mails()[0].body['text']


def test_with_monday_morning_silenced_too_it_is_mailed_at_9(store):
    rehearsal = Rehearsal(store, 'my_metric_threshold', FRIDAY - HOUR)
    rehearsal.downtimes('weeknights', 'weekends', 'monday_morning', start='2026-11-23')
    rehearsal.submit(900, FRIDAY, MONDAY + 10 * HOUR)
    rehearsal.account.advance(FRIDAY - HOUR)
    rehearsal.account.advance(MONDAY + 10 * HOUR, longest_gap=3 * 24 * HOUR)
    assert [mail.time for mail in store.mails()] == [MONDAY + 9 * HOUR]


@pytest.mark.parametrize(
    ('friday', 'monday'), [('2026-03-27T19:00', '2026-03-30T00:00'), ('2026-10-23T19:00', '2026-10-26T00:00')]
)
def test_the_weekends_in_which_the_clock_changes_are_silent_to_their_end(store, friday, monday):
    rehearsal = Rehearsal(store, 'my_metric_threshold', at(friday))
    rehearsal.downtimes('weeknights', 'weekends', start=f'{friday[:10]}')
    rehearsal.submit(900, at(friday), at(monday) + HOUR)
    rehearsal.account.advance(at(friday))
    rehearsal.account.advance(at(monday) + 30 * MINUTE, longest_gap=3 * 24 * HOUR)
    assert [mail.time for mail in store.mails()] == [at(monday)]


# The timeboard


def widgets() -> list[tuple[dict[str, str], str]]:
    """Return the queries and the formula of each graph."""
    board = load('custom_check', 'assets', 'dashboards', 'custom_check_timeboard.json')
    requests = [
        widget['definition']['requests'][0] for widget in board['widgets'] if 'requests' in widget['definition']
    ]
    return [
        (
            {each['name']: each['query'].replace('$host', '*') for each in request['queries']},
            request['formulas'][0]['formula'],
        )
        for request in requests
    ]


def line(store: Store, number: int, start: int, end: int) -> query.Line:
    queries, formula = widgets()[number]
    [[found]] = query.evaluate_formulas(store, queries, [formula], start, end)
    return found


def test_the_average_over_the_host(store):
    # Two instances on a host, a point of each every 20 s: 10 and 30, then 20 and 50.
    for tag, values in (('device:one', (10, 20)), ('device:two', (30, 50))):
        series = Series('my_metric', 'web-1', (tag,))
        store.add((series, TUESDAY + 20 * index, float(value)) for index, value in enumerate(values))
    found = line(store, 0, TUESDAY, TUESDAY + 40)
    assert found.times.tolist() == [TUESDAY, TUESDAY + 20]
    assert found.values.tolist() == [20.0, 35.0]


def test_the_sum_of_each_hour(store):
    # 80 points an hour: 80 * 5 and 80 * 7; the second instance adds 3 points of 100 to the first hour.
    first, second = (Series('my_metric', host, ()) for host in ('web-1', 'web-2'))
    store.add((first, TUESDAY + time, 5.0 if time < HOUR else 7.0) for time in range(0, 2 * HOUR, EVERY))
    store.add((second, TUESDAY + time, 100.0) for time in (0, 45, 90))
    found = line(store, 2, TUESDAY, TUESDAY + 2 * HOUR)
    assert dict(zip(found.times.tolist(), found.values.tolist(), strict=True)) == {
        TUESDAY: 700.0,
        TUESDAY + HOUR: 560.0,
    }


def test_open_files_with_a_band_in_which_a_jump_stands_out(store):
    # An even metric, and one point that is far from it.
    count = 180
    series = Series('mysql.performance.open_files', 'web-1', ())
    points = [(series, TUESDAY + 20 * index, 500.0 if index == 150 else 100.0) for index in range(count)]
    store.add(points)
    found = line(store, 1, TUESDAY, TUESDAY + 20 * count)
    assert found.values.tolist() == [value for _, _, value in points]
    outside = [
        index
        for index, (low, value, high) in enumerate(zip(found.lower, found.values, found.upper, strict=True))
        if value < low or value > high
    ]
    assert outside == [150]
