"""`prove` against a real sandbox, in which one hop after another is broken."""

import json
import re
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import edit
from custom_check_publish import assets, prove
from custom_check_publish.cli import main
from custom_check_publish.kinds import Kind
from custom_check_publish.marker import Marker
from custom_check_publish.options import default_assets
from custom_check_publish.publication import Publication
from datadog_sandbox.server import create_app, running
from datadog_sandbox.store import Series, Store

KEY = 'a-key-of-the-tests'
HOST = 'web-1'


class Clock:
    """A clock that stands still until a test sets it. It starts at the real time, which the command goes by."""

    def __init__(self) -> None:
        self.moment = float(int(prove.time.time()))

    def __call__(self) -> float:
        return self.moment


class Account:
    """A sandbox, and the command run against it."""

    def __init__(self, url: str, store: Store, clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
        self.url = url
        self.store = store
        self.now = int(clock())
        self._capsys = capsys

    def run(self, *arguments: str) -> tuple[int, str]:
        """Run the command, and return its exit code and what it printed."""
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([*arguments, '--api-url', self.url])
        out, self.err = self._capsys.readouterr()
        return int(ended.value.code or 0), out

    def see_host(self, ago: int = 5) -> None:
        self.store.add_host(HOST, ('env:dev',), {'agentVersion': '7.82.1'}, self.now - ago)

    def submit(self, metric: str, *ages: int, value: float = 100, tags: tuple[str, ...] = ()) -> None:
        """Keep a point for each age in seconds."""
        self.store.add((Series(metric, HOST, tags), self.now - age, value) for age in ages)

    def evaluate(self) -> None:
        """Evaluate the monitors a few times, as minutes passed."""
        for minutes in (3, 2, 1, 0):
            self.store.save('evaluated', 'account', {'id': 'account', 'time': (self.now // 60 - minutes - 1) * 60})
            create_app(self.store).state.account.advance(self.now - minutes * 60)


@pytest.fixture
def clock() -> Clock:
    """The clock of the sandbox."""
    return Clock()


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], clock: Clock) -> Iterator[Account]:
    """A sandbox in which everything works."""
    monkeypatch.setenv('DD_API_KEY', KEY)
    monkeypatch.setenv('DD_APP_KEY', KEY)
    monkeypatch.setattr(sys, 'stdin', StringIO())
    store = Store()
    with running(create_app(store, clock)) as url:
        account = Account(url, store, clock, capsys)
        code, _ = account.run('apply', '--yes', '--email', 'ops@example.com', '--timezone', 'UTC')
        assert code == 0
        account.see_host()
        account.submit('my_metric', *range(20, 600, 45))
        account.submit('mysql.performance.open_files', *range(10, 600, 15))
        account.evaluate()
        yield account
    store.close()


def hops(account: Account, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    code, out = account.run('prove', '--json', *arguments)
    result = json.loads(out)
    assert (result['command'], result['name'], result['works']) == ('prove', 'custom_check', code == 0)
    return code, result['hops']


def test_every_hop_holds_and_says_what_was_found(account: Account) -> None:
    code, found = hops(account)

    assert code == 0
    said = {hop['name']: hop['found'] for hop in found}
    assert list(said) == [
        'keys', 'host', 'my_metric', 'widget 1', 'widget 2', 'widget 3', 'monitor device_silent',
        'monitor my_metric_threshold', 'downtime weekends', 'downtime weeknights', 'mail',
    ]  # fmt: skip
    assert said['host'][0].startswith(f'{HOST}, seen ')
    assert said['host'][0].endswith(f'Agent 7.82.1, tags env:dev, host:{HOST}')
    assert said['my_metric'][0].startswith(f'host:{HOST}, device:N/A: 13 points, the last 2')
    assert said['my_metric'][0].endswith(' s ago, 45 s apart')
    assert said['monitor device_silent'] == ['No Data: no group yet: no data matches its query']
    assert said['monitor my_metric_threshold'] == [f'OK: host:{HOST} OK']
    assert said['mail'] == ['device_silent mails ops@example.com', 'my_metric_threshold mails ops@example.com']
    assert all(hop['ok'] and not hop['look'] and 0 < hop['seconds'] < 60 for hop in found)


def test_a_person_reads_one_line_for_each_hop(account: Account) -> None:
    code, out = account.run('prove')

    assert code == 0
    assert [line for line in out.splitlines() if not line.strip()] == ['', '']
    assert out.startswith(f'{account.url}, name custom_check\n\nok ')
    assert len([line for line in out.splitlines() if line.startswith('ok ')]) == 11
    assert out.endswith('\nThe pipeline works.\n')


def test_a_terminal_gets_a_hop_in_colour(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('FORCE_COLOR', '1')
    monkeypatch.setenv('TERM', 'xterm-256color')
    account.store.prune(account.now + 1)
    out = account.run('prove')[1]
    assert '\x1b[32mok     \x1b[0mkeys' in out and '\x1b[31mBROKEN \x1b[0mhost' in out


def test_a_person_reads_where_it_is_broken_and_where_to_look(account: Account) -> None:
    # A new group of a monitor, which has not evaluated it yet.
    account.submit('my_metric', 20, 65, tags=('device:x',))
    code, out = account.run('prove')

    assert code == 1
    indent = ' ' * 36
    assert f'\n{indent}host:{HOST}, device:x: 2 points, the last ' in out
    found = f'monitor {account.store.all("monitor")[0]["id"]} has not been evaluated yet, although its query has data'
    lines = out.splitlines()
    broken = lines.index(f'BROKEN monitor device_silent        {found}')
    look = f'{indent}A new monitor is evaluated within a minute or two, and a new group after its new_group_delay.'
    assert lines[broken + 1] == look
    assert lines[-2:] == ['', 'The pipeline is broken at: monitor device_silent.']


Break = Callable[[Account], object]


def without_mentions(account: Account) -> None:
    for monitor in account.store.all('monitor'):
        message = monitor['message'].replace('@ops@example.com', '')
        account.store.save('monitor', monitor['id'], {**monitor, 'message': message})


def old_points(account: Account) -> None:
    account.store.prune(account.now + 1)
    account.see_host()
    account.submit('my_metric', 300, 345)


@pytest.mark.parametrize(
    ('break_it', 'hop', 'message', 'look'),
    [
        (
            lambda it: it.store.prune(it.now + 1),
            'host',
            'the account has not seen any host in the last 7 days',
            'Does the Agent run',
        ),
        (lambda it: it.see_host(ago=3000), 'host', f'{HOST} was seen last 50 min ago', 'Does the Agent still run'),
        # An account lists those of the last 3 hours unless it is asked for more.
        (lambda it: it.see_host(ago=5 * 3600), 'host', f'{HOST} was seen last 5 h ago', 'Does the Agent still run'),
        (
            lambda it: (it.store.prune(it.now + 1), it.see_host()),
            'my_metric',
            'no point of my_metric in the last 15 minutes',
            'Does the Agent run the check?',
        ),
        (
            old_points,
            'my_metric',
            'the last point of my_metric came 5 min ago, but one is due every 45 s',
            'Did the Agent stop, or was the instance removed?',
        ),
        (
            lambda it: it.store.remove('dashboard', it.store.all('dashboard')[0]['id']),
            'widget 1',
            'there is no dashboard custom_check_timeboard of the name custom_check',
            'Publish it: apply.',
        ),
        (
            lambda it: it.store.remove('monitor', it.store.all('monitor')[1]['id']),
            'monitor my_metric_threshold',
            'there is no monitor my_metric_threshold of the name custom_check',
            'Publish it: apply.',
        ),
        (
            lambda it: it.store.forget_monitor(it.store.all('monitor')[1]['id']),
            'monitor my_metric_threshold',
            'has not been evaluated yet, although its query has data',
            'A new monitor is evaluated within a minute or two',
        ),
        (
            lambda it: it.store.remove('downtime', it.store.all('downtime')[0]['id']),
            'downtime weekends',
            'there is no downtime weekends of the name custom_check',
            'Publish it: apply.',
        ),
        (
            without_mentions,
            'mail',
            'the monitor device_silent mentions no address, so nobody gets a mail',
            'Publish again with an address: apply --email you@example.com.',
        ),
    ],
)
def test_the_first_broken_hop_says_where_to_look(
    account: Account, waits: list[float], break_it: Break, hop: str, message: str, look: str
) -> None:
    break_it(account)
    waits.clear()
    code, found = hops(account)

    assert (code, waits) == (1, [])
    # Every hop was looked at.
    assert len(found) == 11
    broken = next(one for one in found if not one['ok'])
    assert broken['name'] == hop
    assert message in broken['found'][0]
    assert look in broken['look']


def without_mysql(account: Account) -> None:
    account.store.prune(account.now + 1)
    account.see_host()
    account.submit('my_metric', *range(20, 600, 45))
    account.evaluate()


def test_what_another_integration_sends_may_be_absent(account: Account) -> None:
    without_mysql(account)
    code, out = account.run('prove')

    assert code == 0
    title = 'MySQL open files and their expected band (empty without the MySQL integration)'
    query = "anomalies(avg:mysql.performance.open_files{*}, 'basic', 2)"
    absent = f'"{title}" is empty: {query} has no point in the last hour'
    lines = [line.split(maxsplit=3) for line in out.splitlines() if line.startswith('absent')]
    assert lines == [['absent', 'widget', '2', absent]]
    assert out.endswith('\nThe pipeline works. Not here, and of another integration: widget 2.\n')


def test_what_another_integration_sends_is_needed_when_strict(account: Account) -> None:
    without_mysql(account)
    code, out = account.run('prove', '--strict')

    assert code == 1
    assert 'BROKEN widget 2 ' in out
    assert out.endswith('\nThe pipeline is broken at: widget 2.\n')


def test_every_broken_hop_is_named_and_the_first_one_first(account: Account) -> None:
    account.store.remove('dashboard', account.store.all('dashboard')[0]['id'])
    without_mentions(account)
    out = account.run('prove')[1]

    assert out.endswith('\nThe pipeline is broken at: widget 1. Also broken: widget 2, widget 3, mail.\n')


def test_the_time_of_the_account_decides(account: Account, clock: Clock) -> None:
    # A clock at 60 times the speed is an hour ahead after a minute.
    ahead = 3600
    clock.moment += ahead
    account.now += ahead
    assert hops(account)[1][1]['found'] == [f'{HOST} was seen last 60 min ago']
    without_mysql(account)
    assert hops(account)[0] == 0


def test_another_host_is_not_taken_for_the_one_asked_for(account: Account) -> None:
    assert hops(account, '--host', HOST)[0] == 0
    code, found = hops(account, '--host', 'web-2')
    assert (code, found[1]['found']) == (1, ['the account has not seen the host web-2 in the last 7 days'])


@pytest.mark.parametrize(
    ('seen', 'said'),
    [
        (False, 'host: the account has not seen any host in the last 7 days.'),
        (True, 'my_metric: no point of my_metric in the last'),
    ],
)
def test_waiting_ends_when_the_pipeline_works(
    account: Account, monkeypatch: pytest.MonkeyPatch, seen: bool, said: str
) -> None:
    account.store.prune(account.now + 1)
    if seen:
        account.see_host()
    waits: list[float] = []

    def repair(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            account.see_host()
            account.submit('my_metric', *range(20, 600, 45))
            account.submit('mysql.performance.open_files', 20)

    monkeypatch.setattr('custom_check_publish.commands.prove.time.sleep', repair)
    code, found = hops(account, '--wait', '60')
    assert (code, len(found), waits) == (0, 11, [prove.POLL_EVERY] * 2)
    tries = account.err.splitlines()[2:4]
    assert [line.startswith(said) for line in tries] == [True, True], account.err
    assert re.fullmatch(r'.*Trying again, for (60|5\d) s more\.', tries[0])


def test_waiting_ends_when_its_time_is_over(account: Account) -> None:
    account.store.prune(account.now + 1)
    code, found = hops(account, '--wait', '0.2')
    assert (code, [hop['ok'] for hop in found[:2]]) == (1, [True, False])


def test_an_alert_and_its_recovery_are_waited_for(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monitor = account.store.all('monitor')[1]['id']
    states = iter(['OK', 'Alert', 'Alert', 'OK'])

    def go_on(_: float) -> None:
        state = account.store.states(monitor)[f'host:{HOST}']
        account.store.save_states(monitor, {f'host:{HOST}': {**state, 'status': next(states)}})

    monkeypatch.setattr(prove.time, 'sleep', go_on)
    code, found = hops(account, '--alert')
    assert (code, found[-1]['name']) == (0, 'alert')
    assert found[-1]['found'][0].startswith(f'my_metric_threshold, host:{HOST}: Alert after 0 s, and OK 0 s later')


def test_no_alert_is_a_broken_hop(account: Account) -> None:
    code, found = hops(account, '--alert', '--wait', '0.3')
    assert (code, found[-1]['found']) == (1, ['no monitor alerted within 0 s'])
    assert 'Hold minimum and maximum at 900' in found[-1]['look']


def test_a_person_reads_that_no_alert_came(account: Account) -> None:
    code, out = account.run('prove', '--alert', '--wait', '0.3')
    assert code == 1
    assert 'BROKEN alert                        no monitor alerted within 0 s\n' in out
    assert out.endswith('\nThe pipeline is broken at: alert.\n')


def test_a_broken_pipeline_is_not_rehearsed(account: Account) -> None:
    account.store.prune(account.now + 1)
    account.see_host()
    code, found = hops(account, '--alert')
    assert (code, found[-1]['name']) == (1, 'mail')


def test_keys_that_are_refused_break_the_first_hop() -> None:
    class Refusing:
        """An account that takes no key."""

        def owned(self, *_: Any) -> Any:
            raise prove.ApiError('HTTP 403: Forbidden.', 403)

    wanted = assets.load(Publication(default_assets(), 'custom_check', datetime.now(UTC)))
    [hop] = prove.Prover(Refusing(), wanted, 'custom_check').hops()  # type: ignore[arg-type]
    assert (hop.name, hop.ok, hop.found) == ('keys', False, ['HTTP 403: Forbidden.'])


# What an account may answer

NOW = 1_800_000_000
GROUPS = {f'host:{letter}': {'status': 'OK'} for letter in 'lkjihgfedcb'}


class Given:
    """An account that has all that is wanted, and otherwise gives the answers that a test gives it."""

    def __init__(self, folder: Path, **answers: Any) -> None:
        moment = datetime.fromtimestamp(NOW, UTC)
        emails = ('ops@example.com', 'me@example.com')
        self.wanted = assets.load(Publication(folder, 'custom_check', moment, emails))
        self.answers = answers
        self.asked: list[tuple[Any, ...]] = []

    def prove(self, host: str | None = None) -> dict[str, prove.Hop]:
        """Return each hop by its name."""
        prover = prove.Prover(self, self.wanted, 'custom_check', host, lambda: NOW + 0.5)  # type: ignore[arg-type]
        return {hop.name: hop for hop in prover.hops()}

    def owned(self, kind: Kind, name: str) -> Iterator[Any]:
        for one in self.wanted:
            if one.kind is kind:
                changes = self.answers.get(one.key, {})
                yield Marker(name, one.key, '7'), one.body(7) | {'id': 7, 'status': 'scheduled'} | changes

    def hosts(self, since: int | None = None) -> Any:
        return self.answers.get('hosts') or [seen('web-1', 5)]

    def query(self, *asked: Any) -> Any:
        self.asked.append(asked)
        return self.answers.get('series', [series(20, 65)])

    def monitor(self, id_: int) -> Any:
        assert id_ == 7
        groups = self.answers.get('groups', {'*': {'status': 'OK'}})
        query = 'avg(last_5m):avg:my_metric{*} by {host} >= 800'
        return {'id': 7, 'query': query, 'overall_state': 'OK', 'state': groups and {'groups': groups}}


def seen(name: str, ago: int, **more: Any) -> dict[str, Any]:
    return {'name': name, 'last_reported_time': NOW - ago, **more}


def series(*ages: int | None, tags: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return points of those ages; one without a value for each None."""
    points = [[NOW * 1000, None] if age is None else [(NOW - age) * 1000.0, 1.0] for age in ages]
    return {'tag_set': list(tags), 'pointlist': points}


@pytest.mark.parametrize(
    ('hosts', 'ok', 'found'),
    [
        (
            [
                seen('b', 10, meta={'agent_version': '7.1'}, tags_by_source={'x': ['b:1', 'a:1'], 'y': ['a:1', 'c:1']}),
                seen('a', 899, meta=None, tags_by_source=None),
            ],
            True,
            ['b, seen 10 s ago, Agent 7.1, tags a:1, b:1, c:1', 'a, seen 15 min ago, tags none'],
        ),
        # Lately is enough of one.
        ([seen('a', 5000), seen('b', 10)], True, ['a, seen 83 min ago, tags none', 'b, seen 10 s ago, tags none']),
        ([seen('a', 5000), seen('b', 899)], True, ['a, seen 83 min ago, tags none', 'b, seen 15 min ago, tags none']),
        ([seen('a', 5000), seen('b', 900)], False, ['b was seen last 15 min ago']),
    ],
)
def test_each_host_is_named_with_its_age(folder: Path, hosts: Any, ok: bool, found: list[str]) -> None:
    hop = Given(folder, hosts=hosts).prove()['host']
    assert (hop.ok, hop.found) == (ok, found)


def test_only_the_host_that_was_asked_for_is_looked_at(folder: Path) -> None:
    account = Given(folder, hosts=[seen('b', 10), seen('a', 20)])
    assert account.prove('a')['host'].found == ['a, seen 20 s ago, tags none']
    assert account.asked[0][0] == 'avg:my_metric{host:a} by {host,device}.rollup(last, 1)'


@pytest.mark.parametrize(
    ('points', 'ok', 'found'),
    [
        ([series(65, 20, None, 110)], True, ['no tags: 3 points, the last 20 s ago, 45 s apart']),
        ([series(20) | {'tag_set': None}], True, ['no tags: 1 point, the last 20 s ago']),
        ([series(20, 65, 111)], True, ['no tags: 3 points, the last 20 s ago, 45.5 s apart']),
        (
            [series(121, 166, 211, tags=('host:b', 'device:x')), series(120, 165, tags=('host:a',)), series(None)],
            True,
            [
                'host:b, device:x: 3 points, the last 2 min ago, 45 s apart, late: one is due every 45 s',
                'host:a: 2 points, the last 2 min ago, 45 s apart',
            ],
        ),
        ([series(121)], False, ['the last point of my_metric came 2 min ago, but one is due every 45 s']),
        ([series(None)], False, ['no point of my_metric in the last 15 minutes']),
        ([], False, ['no point of my_metric in the last 15 minutes']),
    ],
)
def test_each_series_is_named_with_its_spacing(folder: Path, points: Any, ok: bool, found: list[str]) -> None:
    account = Given(folder, series=points)
    hop = account.prove()['my_metric']
    assert (hop.ok, hop.found) == (ok, found)
    assert account.asked[0] == ('avg:my_metric{*} by {host,device}.rollup(last, 1)', NOW - 900, NOW + 1)


def test_of_many_series_those_that_are_late_are_named(folder: Path) -> None:
    late = [series(121, tags=(f'host:{number:02}',)) for number in range(12)]
    well = [series(20, tags=(f'host:{number}',)) for number in range(100, 1088)]
    found = Given(folder, series=[*well, *late]).prove()['my_metric'].found
    assert found == [
        '1,000 series, of which 12 are late; the newest point came 20 s ago',
        *(f'host:{number:02}: 1 point, the last 2 min ago, late: one is due every 45 s' for number in range(10)),
        'and 2 more like these',
    ]


def test_each_query_of_a_widget_needs_a_point(folder: Path) -> None:
    path = folder / 'dashboards/custom_check_timeboard.json'
    requests = [{'q': 'avg:a{*}'}, {'q': 'avg:b{*}'}]
    edit(path, lambda it: it['widgets'][0]['definition'].update(title='Two', requests=requests))
    edit(path, lambda it: it['widgets'][1].update(definition={'type': 'note', 'content': 'x'}))
    account = Given(folder, series=[series(20, None, 65), series(30)])
    found = account.prove()
    assert found['widget 1'].found == ['"Two": 3 points in the last hour'] * 2
    assert 'widget 2' not in found
    assert account.asked[1:3] == [('avg:a{*}', NOW - 3600, NOW), ('avg:b{*}', NOW - 3600, NOW)]


@pytest.mark.parametrize(
    ('count', 'found'),
    [
        (1, 'OK: host:l OK'),
        (10, 'OK: ' + ', '.join(f'host:{letter} OK' for letter in 'cdefghijkl')),
        (11, 'OK: 11 groups: 11 OK'),
    ],
)
def test_the_groups_of_a_monitor_are_named_up_to_ten(folder: Path, count: int, found: str) -> None:
    assert Given(folder, groups=dict(list(GROUPS.items())[:count])).prove()['monitor device_silent'].found == [found]


def test_of_many_groups_of_a_monitor_those_that_need_a_look_are_named_worst_first(folder: Path) -> None:
    """Also a group that comes last by its name, and no more than ten of them."""
    states = dict.fromkeys((f'host:{number}' for number in range(1000, 1990)), 'OK') | {'host:new': 'Skipped'}
    states |= dict.fromkeys((f'host:a{number:02}' for number in range(11)), 'No Data') | {'host:z': 'Alert'}
    groups = {name: {'name': name, 'status': status} for name, status in states.items()}
    missing = ', '.join(f'host:a{number:02} No Data' for number in range(9))
    assert Given(folder, groups=groups).prove()['monitor device_silent'].found == [
        f'OK: 1,003 groups: 1 Alert, 11 No Data, 1 Skipped, 990 OK; host:z Alert, {missing}, and 2 more'
    ]


def test_of_many_series_that_are_well_none_is_late(folder: Path) -> None:
    well = [series(20, tags=(f'host:{number}',)) for number in range(11)]
    found = Given(folder, series=well).prove()['my_metric'].found
    assert found == ['11 series, none of them late; the newest point came 20 s ago']


def test_a_monitor_without_a_group_is_held_against_its_query(folder: Path) -> None:
    account = Given(folder, groups=None)
    hop = account.prove()['monitor device_silent']
    assert (hop.ok, hop.found) == (False, ['monitor 7 has not been evaluated yet, although its query has data'])
    assert account.asked[-1] == ('avg:my_metric{*} by {host}', NOW - 900, NOW)


DAILY = {'rrule': 'FREQ=DAILY', 'duration': '1h', 'start': '2026-11-24T19:00'}


@pytest.mark.parametrize(
    ('states', 'ok', 'found', 'seconds'),
    [
        (
            ['OK', 'OK', 'Alert', 'Warn', 'Alert', 'OK'],
            True,
            'device_silent, host:a: Alert after 6 s, and OK 9 s later',
            15,
        ),
        (['OK', 'OK', 'Alert', 'Warn', 'Alert'], False, 'no monitor recovered within 15 s', 15),
    ],
)
def test_a_rehearsal_says_how_long_each_took(
    folder: Path, monkeypatch: pytest.MonkeyPatch, states: list[str], ok: bool, found: str, seconds: float
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(prove, 'time', SimpleNamespace(monotonic=lambda: sum(waited), sleep=waited.append))
    account = Given(folder)
    prover = prove.Prover(account, account.wanted, 'custom_check', now=lambda: NOW)  # type: ignore[arg-type]
    assert all(hop.ok for hop in prover.hops())

    def now(_: int) -> Any:
        return {'state': {'groups': {'host:b': {'status': 'OK'}, 'host:a': {'status': states[len(waited)]}}}}

    monkeypatch.setattr(account, 'monitor', now)
    notes: list[str] = []
    hop = prover.rehearse(15 if not ok else 60, notes.append)
    assert (hop.name, hop.ok, hop.found, hop.seconds) == ('alert', ok, [found], seconds)
    assert notes == [
        f'{key}, host:a: Alert after 6 s. Waiting for it to recover.'
        for key in ('device_silent', 'my_metric_threshold')
    ]


@pytest.mark.parametrize(
    ('live', 'found'),
    [
        ({'status': 'active'}, 'active now: its monitors do not mail'),
        ({'schedule': {'recurrences': [{**DAILY, 'rrule': 'FREQ=DAILY;COUNT=1'}]}, 'status': 'ended'}, 'ended'),
        ({'schedule': {'recurrences': None}, 'status': 'ended'}, 'ended'),
        # It is Friday 15 January 2027, 08:00 in UTC.
        (
            {'schedule': {'recurrences': [DAILY, {**DAILY, 'start': '2026-11-24T12:00:00+01:00'}]}},
            'scheduled, next Friday 15 January, 12:00 (UTC)',
        ),
        (
            {'schedule': {'timezone': 'Asia/Tokyo', 'recurrences': [{**DAILY, 'start': '2026-11-24T16:59'}]}},
            'scheduled, next Saturday 16 January, 16:59 (Asia/Tokyo)',
        ),
    ],
)
def test_a_downtime_is_named_with_its_next_start(folder: Path, live: dict[str, Any], found: str) -> None:
    assert Given(folder, weekends=live).prove()['downtime weekends'].found == [found]


def test_each_address_of_a_monitor_is_named_once(folder: Path) -> None:
    message = 'Tell @b@example.com, (@a@example.org) and @b@example.com. Not @slack-x, me@example.com or @all'
    found = Given(folder, device_silent={'message': message}).prove()['mail'].found
    assert found == [
        'device_silent mails a@example.org, b@example.com',
        'my_metric_threshold mails me@example.com, ops@example.com',
    ]


def test_a_monitor_without_a_message_mails_nobody(folder: Path) -> None:
    hop = Given(folder, my_metric_threshold={'message': None}).prove()['mail']
    assert hop.found == ['the monitor my_metric_threshold mentions no address, so nobody gets a mail']


@pytest.mark.parametrize(
    ('seconds', 'words'),
    [
        (-1, '0 s ago'),
        (119.4, '119 s ago'),
        (120, '2 min ago'),
        (7199, '120 min ago'),
        (7200, '2 h ago'),
        (172_799, '48 h ago'),
        (172_800, '2 days ago'),
        (7 * 86_400, '7 days ago'),
    ],
)
def test_an_age_is_said_in_words(seconds: float, words: str) -> None:
    assert prove.ago(seconds) == words
