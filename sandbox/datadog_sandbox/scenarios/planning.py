"""What the tests of a scenario mean: their times as moments, their monitors, their series."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from datadog_sandbox import query
from datadog_sandbox.times import MINUTE

from . import inputs, models, queries, recordings, source, times
from .assets import Assets, Monitor, load
from .fields import LARGEST
from .problems import Location, Problem, ScenarioError
from .source import Source


class Plan(NamedTuple):
    """A test whose times are moments."""

    test: models.Test
    where: Location
    start: int
    end: int
    states: list[tuple[int, models.MonitorTest, Monitor, Location]]
    queries: list[tuple[int, models.QueryTest, Location]]
    mails: list[tuple[int, int, models.MailTest, Monitor | None, Location]]
    samples: list[inputs.Sample]
    events: list[tuple[int, models.EventSeries]]

    @property
    def subjects(self) -> frozenset[int]:
        """The ids of the monitors that expectations name."""
        states = [monitor.body['id'] for _, _, monitor, _ in self.states]
        return frozenset([*states, *(monitor.body['id'] for *_, monitor, _ in self.mails if monitor)])

    @property
    def expected(self) -> int:
        """How many expectations there are."""
        groups = sum(len(test.exp_groups) for _, test, _, _ in self.states)
        return groups + sum(len(test.exp_values) for _, test, _ in self.queries) + len(self.mails)


class Ready(NamedTuple):
    """A scenario of which everything is there and right."""

    source: Source
    assets: Assets
    plans: list[Plan]
    files: list[Path]
    """Which were read."""


def prepare(path: Path) -> Ready:
    """Read a scenario and the files that it names. Raises `ScenarioError` with all that is wrong."""
    return plan_all(source.read(path))


def plan_all(origin: Source) -> Ready:
    """Return a scenario with its files and its plans. Raises `ScenarioError`."""
    loaded, problems = load(origin)
    planner = _Planner(origin, loaded)
    plans = [planner.plan(test, ('tests', index)) for index, test in enumerate(origin.scenario.tests)]
    if problems or planner.problems:
        raise ScenarioError([*problems, *planner.problems])
    return Ready(origin, loaded, plans, [origin.path, *loaded.files, *planner.files])


class _Planner:
    def __init__(self, source: Source, assets: Assets) -> None:
        self.source, self.assets = source, assets
        self.zone = ZoneInfo(source.scenario.timezone)
        self.problems: list[Problem] = []
        self.files: list[Path] = []

    def wrong(self, where: Location, message: object) -> None:
        self.problems.append(self.source.problem(where, str(message)))

    def plan(self, test: models.Test, where: Location) -> Plan:
        known = len(self.problems)
        start = self._moment(test.start, 0, (*where, 'start'))
        if start % MINUTE:
            self.wrong((*where, 'start'), f'{test.start!r} is not a whole minute')
        if len(self.problems) > known:
            # All other times depend on it.
            samples = self._samples(test, where, 0, 0)
            return Plan(test, where, 0, 0, [], [], [], samples, [])
        states = [
            (self._moment(expected.eval_time, start, (*place, 'eval_time')), expected, place)
            for expected, place in _placed(test.monitor_test, where, 'monitor_test')
        ]
        queries = [
            (self._moment(expected.eval_time, start, (*place, 'eval_time')), expected, place)
            for expected, place in _placed(test.query_test, where, 'query_test')
        ]
        spans = [
            (
                start if expected.start is None else self._moment(expected.start, start, (*place, 'start')),
                None if expected.until is None else self._moment(expected.until, start, (*place, 'until')),
                expected,
                place,
            )
            for expected, place in _placed(test.mail_test, where, 'mail_test')
        ]
        named = [moment for moment, *_ in (*states, *queries)]
        named += [time for span in spans for time in span[:2] if time is not None]
        end = self._end(test, where, start, named)
        for moment, _, place in (*states, *queries):
            self._inside(moment, start, end, (*place, 'eval_time'))
        mails = []
        for begin, until, expected, place in spans:
            self._inside(begin, start, end, (*place, 'start'))
            self._inside(end if until is None else until, begin, end, (*place, 'until'))
            monitor = self._monitor(expected.monitor, place) if expected.monitor else None
            # Without a time, the mails of the last minute count.
            mails.append((begin, end + 1 if until is None else until, expected, monitor, place))
        found = [
            (moment, expected, self._monitor(expected.monitor, place), place) for moment, expected, place in states
        ]
        self._queries(test, where)
        samples = self._samples(test, where, start, end)
        return Plan(test, where, start, end, found, queries, mails, samples, self._events(test, where, start, end))

    def _end(self, test: models.Test, where: Location, start: int, named: Sequence[int]) -> int:
        if test.duration is None and not named:
            self.wrong(where, "'duration' is missing, as no time is named in what is expected")
        end = max([start, *named]) if test.duration is None else start + test.duration
        if end - start > times.LONGEST:
            self.wrong(where, f'the test lasts longer than {times.LONGEST // times.DAY} days')
        return end

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

    def _queries(self, test: models.Test, where: Location) -> None:
        for expected, place in _placed(test.query_test, where, 'query_test'):
            try:
                queries.check(expected.query)
            except query.QueryError as error:
                self.wrong((*place, 'query'), error)

    def _events(self, test: models.Test, where: Location, start: int, end: int) -> list[tuple[int, models.EventSeries]]:
        events = []
        for event, place in _placed(test.event_series, where, 'event_series'):
            for time in event.at:
                moment = self._moment(time, start, (*place, 'at'))
                self._inside(moment, start, end, (*place, 'at'))
                events.append((moment, event))
        return sorted(events, key=lambda pair: pair[0])

    def _samples(self, test: models.Test, where: Location, start: int, end: int) -> list[inputs.Sample]:
        samples: dict[inputs.Name, inputs.Sample] = {}
        points = 0
        for series, place in _placed(test.input_series, where, 'input_series'):
            for sample in self._of(series, test, place, start):
                if sample.name in samples:
                    self.wrong((*place, 'series'), f'{sample.name} is there twice')
                samples[sample.name] = sample
                points += min(
                    len(sample.values) if isinstance(sample.values, tuple) else LARGEST,
                    (end - start) // sample.interval + 1,
                )
        for checks, _ in _placed(test.check_series, where, 'check_series'):
            points += len(inputs.names(checks.check)) * ((end - start) // (checks.interval or test.interval) + 1)
        if points > inputs.MOST_POINTS or len(samples) > inputs.MOST_SERIES:
            self.wrong(
                (*where, 'input_series'),
                f'{len(samples):,} series and {points:,} points; at most {inputs.MOST_SERIES:,} and '
                f'{inputs.MOST_POINTS:,} are allowed',
            )
        return list(samples.values())

    def _of(self, series: models.InputSeries, test: models.Test, place: Location, start: int) -> list[inputs.Sample]:
        names = inputs.names(series.series) if series.series else []
        if not isinstance(series.values, models.Recorded):
            interval = series.interval or test.interval
            return [inputs.Sample(name, series.type, interval, series.values) for name in names]
        path = self.source.path.parent / series.values.file
        self.files.append(path)
        try:
            found = recordings.read(path)
            # All move together.
            begin = min(recording.points[0][0] for recording in found) if series.values.move else start
            begin -= begin % MINUTE
            return [
                inputs.Sample(
                    inputs.recorded(names[0] if names else None, recording.metric, recording.tags),
                    series.type,
                    recording.interval,
                    tuple((time - begin, value) for time, value in recording.points),
                )
                for recording in found
            ]
        except ValueError as error:
            self.wrong((*place, 'values'), error)
            return []


def _placed[T](expected: Sequence[T], where: Location, key: str) -> list[tuple[T, Location]]:
    """Return the entries of a list, each with its location in the file."""
    return [(entry, (*where, key, index)) for index, entry in enumerate(expected)]
