"""Plans the tests of a scenario: resolves times to moments, names to monitors, and files to series."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from datadog_sandbox import query
from datadog_sandbox.times import DAY, MINUTE

from . import inputs, models, queries, recordings, source, times
from .assets import Assets, Monitor, load
from .fields import LARGEST
from .problems import Location, Problem, ScenarioError
from .records import MOST as MOST_RECORDS
from .records import RecordSeries
from .source import Source


class Plan(NamedTuple):
    """A test with moments in the place of times, and monitors in the place of names."""

    test: models.Test
    where: Location
    start: int
    end: int
    states: list[tuple[int, models.MonitorTest, Monitor, Location]]
    queries: list[tuple[int, models.QueryTest, Location]]
    mails: list[tuple[int, int, models.MailTest, Monitor | None, Location]]
    samples: list[inputs.Sample]
    records: list[tuple[int, RecordSeries]]

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
    """A valid scenario, ready to run."""

    source: Source
    assets: Assets
    plans: list[Plan]
    files: list[Path]
    """The files that were read."""


def prepare(path: Path) -> Ready:
    """Read a scenario and the files that it names. Raises `ScenarioError` with all problems."""
    return plan_all(source.read(path))


def plan_all(origin: Source) -> Ready:
    """Return a scenario with its assets and the plans of its tests. Raises `ScenarioError`."""
    loaded, problems = load(origin)
    planner = _Planner(origin, loaded)
    plans = [planner.plan(test, ('tests', index)) for index, test in enumerate(origin.scenario.tests)]
    if problems or planner.problems:
        raise ScenarioError([*problems, *planner.problems])
    return Ready(origin, loaded, plans, [origin.path, *loaded.files, *planner.files])


MailRange = tuple[int, int | None, models.MailTest, Location]
"""An expectation of mails, with its first and last moment."""


class _Planner:
    """Plans the tests of a scenario, and collects problems."""

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
        states = self._timed(test.monitor_test, start, (*where, 'monitor_test'))
        queries = self._timed(test.query_test, start, (*where, 'query_test'))
        ranges = self._ranges(test.mail_test, start, (*where, 'mail_test'))
        moments = [moment for moment, *_ in (*states, *queries)]
        moments += [moment for begin, until, *_ in ranges for moment in (begin, until) if moment is not None]
        end = self._end(test, where, start, moments)
        for moment, _, place in (*states, *queries):
            self._inside(moment, start, end, (*place, 'eval_time'))
        mails = self._mails(ranges, start, end)
        monitored = [
            (moment, expected, self._monitor(expected.monitor, place), place) for moment, expected, place in states
        ]
        self._check_queries(test, where)
        samples = self._samples(test, where, start, end)
        return Plan(test, where, start, end, monitored, queries, mails, samples, self._records(test, where, start, end))

    def _timed[T: (models.MonitorTest, models.QueryTest)](
        self, tests: Sequence[T], start: int, where: Location
    ) -> list[tuple[int, T, Location]]:
        """Return expectations with the moments at which they are checked."""
        return [
            (self._moment(expected.eval_time, start, (*where, index, 'eval_time')), expected, (*where, index))
            for index, expected in enumerate(tests)
        ]

    def _ranges(self, tests: Sequence[models.MailTest], start: int, where: Location) -> list[MailRange]:
        """Return expectations of mails with their first moment, and their last one if they have one."""
        return [
            (
                start if expected.start is None else self._moment(expected.start, start, (*where, index, 'start')),
                None if expected.until is None else self._moment(expected.until, start, (*where, index, 'until')),
                expected,
                (*where, index),
            )
            for index, expected in enumerate(tests)
        ]

    def _mails(
        self, ranges: Sequence[MailRange], start: int, end: int
    ) -> list[tuple[int, int, models.MailTest, Monitor | None, Location]]:
        mails = []
        for begin, until, expected, place in ranges:
            self._inside(begin, start, end, (*place, 'start'))
            self._inside(end if until is None else until, begin, end, (*place, 'until'))
            monitor = self._monitor(expected.monitor, place) if expected.monitor else None
            # Without `until`, mails of the last moment count too.
            mails.append((begin, end + 1 if until is None else until, expected, monitor, place))
        return mails

    def _end(self, test: models.Test, where: Location, start: int, moments: Sequence[int]) -> int:
        if test.duration is None and not moments:
            self.wrong(where, "'duration' is missing, and no expectation has a time")
        end = max([start, *moments]) if test.duration is None else start + test.duration
        if end - start > times.LONGEST:
            self.wrong(where, f'the test lasts longer than {times.LONGEST // DAY} days')
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
                datetime.fromtimestamp(time, self.zone).strftime('%a %d %b %H:%M') for time in (moment, start, end)
            ]
            self.wrong(where, '{} is not between {} and {}'.format(*clock))

    def _monitor(self, name: str | None, where: Location) -> Monitor:
        try:
            return self.assets.find(name)
        except ValueError as error:
            # If no monitor could be read, that is reported already.
            if self.assets.monitors:
                self.wrong((*where, 'monitor'), error)
            return Monitor((), {})

    def _check_queries(self, test: models.Test, where: Location) -> None:
        for expected, place in _placed(test.query_test, where, 'query_test'):
            try:
                queries.check(expected.query)
            except query.QueryError as error:
                self.wrong((*place, 'query'), error)

    def _records(self, test: models.Test, where: Location, start: int, end: int) -> list[tuple[int, RecordSeries]]:
        records: list[tuple[int, RecordSeries]] = []
        for key in ('event_series', 'log_series', 'span_series'):
            for series, place in _placed(getattr(test, key), where, key):
                for time in series.at:
                    moment = self._moment(time, start, (*place, 'at'))
                    self._inside(moment, start, end, (*place, 'at'))
                    records.append((moment, series))
        number = sum(series.count for _, series in records)
        if number > MOST_RECORDS:
            self.wrong(where, f'{number:,} events, logs, and spans; at most {MOST_RECORDS:,} are allowed')
            return []
        return sorted(records, key=lambda pair: pair[0])

    def _samples(self, test: models.Test, where: Location, start: int, end: int) -> list[inputs.Sample]:
        samples: dict[inputs.Name, inputs.Sample] = {}
        points = 0
        for series, place in _placed(test.input_series, where, 'input_series'):
            for sample in self._expanded(series, test, place, start):
                if sample.name in samples:
                    self.wrong((*place, 'series'), f'{sample.name} is already defined in this test')
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

    def _expanded(
        self, series: models.InputSeries, test: models.Test, place: Location, start: int
    ) -> list[inputs.Sample]:
        """Return the series that an entry of a test stands for."""
        names = inputs.names(series.series) if series.series else []
        if not isinstance(series.values, models.Recorded):
            interval = series.interval or test.interval
            return [inputs.Sample(name, series.type, interval, series.values) for name in names]
        path = self.source.path.parent / series.values.file
        self.files.append(path)
        try:
            recorded = recordings.read(path)
            # All series of a file are shifted by the same time.
            begin = min(recording.points[0][0] for recording in recorded) if series.values.move else start
            begin -= begin % MINUTE
            return [
                inputs.Sample(
                    inputs.recorded(names[0] if names else None, recording.metric, recording.tags),
                    series.type,
                    recording.interval,
                    tuple((time - begin, value) for time, value in recording.points),
                )
                for recording in recorded
            ]
        except ValueError as error:
            self.wrong((*place, 'values'), error)
            return []


def _placed[T](expected: Sequence[T], where: Location, key: str) -> list[tuple[T, Location]]:
    """Return the entries of a list, each with its location in the file."""
    return [(entry, (*where, key, index)) for index, entry in enumerate(expected)]
