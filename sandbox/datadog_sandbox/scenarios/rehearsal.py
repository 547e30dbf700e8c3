"""Runs the tests of a scenario in accounts of their own, and compares what happened with what is expected."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from datadog_sandbox import downtimes, monitors, query
from datadog_sandbox.account import Account
from datadog_sandbox.downtimes import Window
from datadog_sandbox.store import Series, Store

from . import assets, inputs, models, source, times
from .assets import Assets, Monitor
from .problems import Location, Problem, ScenarioError
from .source import Source

MINUTE = times.MINUTE
STOP = 6 * 3600
"""Seconds from one look at the groups to the next, to see which are forgotten."""


class Change(NamedTuple):
    """A group came into a state; an empty one when it was forgotten."""

    moment: int
    monitor: int
    group: str
    old: str
    new: str
    value: float | None


class Mail(NamedTuple):
    moment: int
    monitor: int | None
    to: tuple[str, ...]
    title: str
    text: str


class Failure(NamedTuple):
    """An expectation that was not met."""

    moment: int
    line: int
    message: str


@dataclass
class Track:
    """A group of a monitor as time went on."""

    monitor: int
    group: str
    changes: list[Change] = field(default_factory=list)
    mutes: list[Window] = field(default_factory=list)

    def state(self, moment: int) -> str:
        """Return the last state that the group came into; empty before the first."""
        return next((change.new for change in reversed(self.changes) if change.moment <= moment), '')

    def muted(self, moment: int) -> bool:
        return any(window.start <= moment < window.end for window in self.mutes)


@dataclass
class Outcome:
    """What happened in a test."""

    file: Path
    name: str
    line: int
    start: int
    end: int
    zone: ZoneInfo
    monitors: dict[int, str]
    """The names by their ids."""
    tracks: list[Track]
    mails: list[Mail]
    downtimes: list[tuple[str, Window]]
    """Those that mute a group, by their start."""
    failures: list[Failure]
    expected: int
    """How many expectations there are."""
    seconds: float = 0.0


class Plan(NamedTuple):
    """A test whose times are moments."""

    test: models.Test
    where: Location
    start: int
    end: int
    states: list[tuple[int, models.MonitorTest, Monitor, Location]]
    mails: list[tuple[int, int, models.MailTest, Monitor | None, Location]]
    samples: list[tuple[inputs.Name, models.InputSeries]]


class Ready(NamedTuple):
    """A scenario of which everything is there and right."""

    source: Source
    assets: Assets
    plans: list[Plan]

    @property
    def files(self) -> list[Path]:
        return [self.source.path, *self.assets.files]


def prepare(path: Path) -> Ready:
    """Read a scenario and the files that it names. Raises `ScenarioError` with all that is wrong."""
    origin = source.read(path)
    loaded, problems = assets.load(origin)
    planner = _Planner(origin, loaded)
    plans = [planner.plan(test, ('tests', index)) for index, test in enumerate(origin.scenario.tests)]
    if problems or planner.problems:
        raise ScenarioError([*problems, *planner.problems])
    return Ready(origin, loaded, plans)


class _Planner:
    def __init__(self, source: Source, found: Assets) -> None:
        self.source, self.assets = source, found
        self.zone = ZoneInfo(source.scenario.timezone)
        self.problems: list[Problem] = []

    def wrong(self, where: Location, message: object) -> None:
        self.problems.append(self.source.problem(where, str(message)))

    def plan(self, test: models.Test, where: Location) -> Plan:
        known = len(self.problems)
        start = self._moment(test.start, 0, (*where, 'start'))
        if start % MINUTE:
            self.wrong((*where, 'start'), f'{test.start!r} is not a whole minute')
        if len(self.problems) > known:
            # All other times depend on it.
            return Plan(test, where, 0, 0, [], [], self._series(test, where, 0))
        states = [
            (self._moment(one.eval_time, start, (*place, 'eval_time')), one, self._monitor(one.monitor, place), place)
            for index, one in enumerate(test.monitor_test)
            for place in [(*where, 'monitor_test', index)]
        ]
        spans = [
            (
                start if one.start is None else self._moment(one.start, start, (*place, 'start')),
                None if one.until is None else self._moment(one.until, start, (*place, 'until')),
                one,
                self._monitor(one.monitor, place) if one.monitor else None,
                place,
            )
            for index, one in enumerate(test.mail_test)
            for place in [(*where, 'mail_test', index)]
        ]
        named = [moment for moment, *_ in states] + [time for span in spans for time in span[:2] if time is not None]
        if test.duration is None and not named:
            self.wrong(where, "'duration' is missing, as no time is named in what is expected")
        end = max([start, *named]) if test.duration is None else start + test.duration
        if end - start > times.LONGEST:
            self.wrong(where, f'the test lasts longer than {times.LONGEST // times.DAY} days')
        for moment, _, _, place in states:
            self._inside(moment, start, end, (*place, 'eval_time'))
        mails = []
        for begin, until, one, monitor, place in spans:
            self._inside(begin, start, end, (*place, 'start'))
            self._inside(end if until is None else until, begin, end, (*place, 'until'))
            # Without a time, the mails of the last minute count.
            mails.append((begin, end + 1 if until is None else until, one, monitor, place))
        return Plan(test, where, start, end, states, mails, self._series(test, where, end - start))

    def _moment(self, text: str, start: int, where: Location) -> int:
        try:
            return times.moment(text, start, self.zone)
        except (ValueError, OverflowError) as error:
            self.wrong(where, error)
            return start

    def _inside(self, moment: int, start: int, end: int, where: Location) -> None:
        if not start <= moment <= end:
            clock = [
                datetime.fromtimestamp(each, self.zone).strftime('%a %d %b %H:%M') for each in (moment, start, end)
            ]
            self.wrong(where, '{} is not between {} and {}'.format(*clock))

    def _monitor(self, name: str | None, where: Location) -> Monitor:
        try:
            return self.assets.find(name)
        except ValueError as error:
            # Where a monitor cannot be read, that says enough.
            if self.assets.monitors:
                self.wrong((*where, 'monitor'), error)
            return Monitor((), {})

    def _series(self, test: models.Test, where: Location, length: int) -> list[tuple[inputs.Name, models.InputSeries]]:
        samples: dict[inputs.Name, models.InputSeries] = {}
        points = 0
        for index, series in enumerate(test.input_series):
            place = (*where, 'input_series', index, 'series')
            for name in inputs.names(series.series):
                if name in samples:
                    self.wrong(place, f'{name} is there twice')
                samples[name] = series
                points += length // (series.interval or test.interval) + 1
        if points > inputs.MOST_POINTS or len(samples) > inputs.MOST_SERIES:
            self.wrong(
                (*where, 'input_series'),
                f'{len(samples):,} series and {points:,} points; at most {inputs.MOST_SERIES:,} and '
                f'{inputs.MOST_POINTS:,} are allowed',
            )
        return list(samples.items())


def rehearse(ready: Ready, plan: Plan) -> Outcome:
    """Run a test. Raises `ScenarioError` when a monitor cannot be evaluated with the points of the test."""
    scenario, test, start, end = ready.source.scenario, plan.test, plan.start, plan.end
    store = Store()
    try:
        with store.transaction():
            _fill(store, scenario, plan)
            for monitor in ready.assets.monitors:
                store.put('monitor', monitor.body['id'], monitor.body)
            resources = [
                {'id': str(number), **assets.resource(downtime, start, scenario.timezone)}
                for number, downtime in enumerate(ready.assets.downtimes)
            ]
            for resource in resources:
                store.put('downtime', resource['id'], resource)
        try:
            for monitor in ready.assets.monitors:
                monitors.values(store, monitor.body, start)
            looks = _advance(store, ready.assets.monitors, plan)
        except query.QueryError as error:
            raise ScenarioError([ready.source.problem((*plan.where, 'name'), str(error))]) from error
        tracks = _tracks(store, ready.assets.monitors, resources, looks, start, end)
        mails = [
            Mail(
                mail.time,
                mail.body.get('monitor'),
                tuple(map(assets.recipient, mail.body['to'])),
                assets.shown(mail.body['subject']),
                assets.shown(mail.body['text']),
            )
            for mail in store.mails()
        ]
    finally:
        store.close()
    outcome = Outcome(
        file=ready.source.path,
        name=test.name,
        line=ready.source.line(plan.where),
        start=start,
        end=end,
        zone=ZoneInfo(scenario.timezone),
        monitors={monitor.body['id']: monitor.body['name'] for monitor in ready.assets.monitors},
        tracks=tracks,
        mails=mails,
        downtimes=_open(resources, ready.assets.monitors, start, end),
        failures=[],
        expected=sum(len(one.exp_groups) for _, one, _, _ in plan.states) + len(plan.mails),
    )
    outcome.failures = sorted(_failures(ready.source, plan, outcome, looks))
    return outcome


def _fill(store: Store, scenario: models.Scenario, plan: Plan) -> None:
    for name, host in scenario.hosts.items():
        meta = {'gohai': {'network': {'ipaddress': host.ip}}} if host.ip else {}
        store.add_host(name, tuple(sorted(set(host.tags))), meta, plan.start)
    for key, series in plan.samples:
        interval = series.interval or plan.test.interval
        points = inputs.points(series.values, key, interval, plan.end - plan.start)
        stands_for = 0 if series.type == 'gauge' else interval
        sent = Series(key.metric, key.host, key.tags, series.type, stands_for)
        store.add((sent, plan.start + time, value) for time, value in points)


Look = Mapping[int, Mapping[str, Mapping[str, Any]]]
"""The states of the groups of each monitor at a moment."""


def _advance(store: Store, found: Sequence[Monitor], plan: Plan) -> dict[int, Look]:
    """Move an account from the start of a test to its end, and look at it in between.

    Raises `QueryError` when a monitor could not be evaluated.
    """
    account = Account(store)
    checks = {moment // MINUTE * MINUTE for moment, *_ in plan.states}
    last = plan.end // MINUTE * MINUTE
    looks: dict[int, Look] = {}
    for stop in sorted({plan.start, last, *checks, *range(plan.start, last, STOP)}):
        account.advance(stop, longest_gap=times.LONGEST)
        for monitor in found:
            if (message := monitors.error(store, monitor.body)) is not None:
                raise query.QueryError(f'{monitor.body["name"]}: {message}')
        looks[stop] = {monitor.body['id']: store.states(monitor.body['id']) for monitor in found}
    return looks


def _tracks(
    store: Store,
    found: Sequence[Monitor],
    resources: Sequence[dict[str, Any]],
    looks: Mapping[int, Look],
    start: int,
    end: int,
) -> list[Track]:
    tracks = []
    for monitor in found:
        id_ = monitor.body['id']
        tags = {
            group: state['tags'] for look in looks.values() for group, state in look[id_].items() if 'tags' in state
        }
        changes: dict[str, list[Change]] = {group: [] for group in tags}
        for transition in store.transitions(id_):
            changes.setdefault(transition.group, []).append(
                Change(transition.time, id_, transition.group, '', transition.status, transition.value)
            )
        for group in sorted(changes):
            muting = [one for one in resources if downtimes.mutes(one, monitor.body, tags.get(group, {}))]
            ordered = sorted(changes[group])
            olds = ['', *(change.new for change in ordered)]
            followed = [change._replace(old=old) for change, old in zip(ordered, olds, strict=False)]
            windows = downtimes.merge(window for one in muting for window in downtimes.windows(one, start, end + 1))
            tracks.append(Track(id_, group, followed, windows))
    return tracks


def _open(
    resources: Sequence[dict[str, Any]], found: Sequence[Monitor], start: int, end: int
) -> list[tuple[str, Window]]:
    """Return when the downtimes were open that are meant for a monitor of the scenario."""
    covering = [one for one in resources if any(downtimes.covers(one, monitor.body) for monitor in found)]
    pairs = [(one['name'], window) for one in covering for window in downtimes.windows(one, start, end + 1)]
    return sorted(pairs, key=lambda pair: (pair[1], pair[0]))


# What was expected


def _failures(source: Source, plan: Plan, outcome: Outcome, looks: Mapping[int, Look]) -> Iterator[Failure]:
    for moment, test, monitor, where in plan.states:
        states = looks[moment // MINUTE * MINUTE][monitor.body['id']]
        tracks = {track.group: track for track in outcome.tracks if track.monitor == monitor.body['id']}
        for pattern, wanted in test.exp_groups.items():
            line = source.line((*where, 'exp_groups', pattern))
            # A name that is written in full is not meant by a pattern beside it.
            named = [group for group in states if group == pattern or group not in test.exp_groups]
            matching = re.compile('.*'.join(map(re.escape, pattern.split('*'))), re.DOTALL)
            groups = [group for group in named if matching.fullmatch(group)]
            if not groups and wanted.state != 'absent':
                known = ', '.join(list(states)[:5]) + (', …' if len(states) > 5 else '')
                yield Failure(moment, line, f'{pattern}: there is no such group; there is {known or "none"}')
            for group in groups:
                state, muted = states[group].get('status', ''), tracks[group].muted(moment)
                if wanted.state is not None and state != wanted.state:
                    since = _clock(states[group].get('since'), outcome)
                    yield Failure(moment, line, f'{group}: {wanted.state} is expected, and it is {state}{since}')
                if wanted.muted is not None and muted != wanted.muted:
                    words = ('not muted', 'muted')
                    yield Failure(moment, line, f'{group}: {words[wanted.muted]} is expected, and it is {words[muted]}')
    for start, until, mail_test, of, where in plan.mails:
        mails = [
            mail
            for mail in outcome.mails
            if start <= mail.moment < until
            and (of is None or mail.monitor == of.body['id'])
            and (mail_test.to is None or mail_test.to in mail.to)
            and (mail_test.title is None or mail_test.title in mail.title)
            and (mail_test.text is None or mail_test.text in mail.text)
        ]
        wanted_count = mail_test.exp_count
        if (not mails) if wanted_count is None else (len(mails) != wanted_count):
            line = source.line((*where, 'exp_count') if wanted_count is not None else where)
            number = 'one mail or more' if wanted_count is None else _mails(wanted_count)
            yield Failure(
                min(until, outcome.end),
                line,
                f'{number} expected{_about(mail_test)}, from {_day(start, outcome)} until {_day(until, outcome)}, '
                f'and there {"is" if len(mails) == 1 else "are"} {len(mails) or "none"}',
            )


def _mails(count: int) -> str:
    return 'no mail' if not count else '1 mail' if count == 1 else f'{count} mails'


def _about(test: models.MailTest) -> str:
    said = [f' to {test.to}'] if test.to else []
    said += [f' with {value!r} in its {name}' for name, value in (('title', test.title), ('text', test.text)) if value]
    return ''.join([*said, f' of {test.monitor}' if test.monitor else ''])


def _day(moment: int, outcome: Outcome) -> str:
    return datetime.fromtimestamp(moment, outcome.zone).strftime('%a %H:%M')


def _clock(moment: int | None, outcome: Outcome) -> str:
    return '' if moment is None else f' since {_day(moment, outcome)}'
