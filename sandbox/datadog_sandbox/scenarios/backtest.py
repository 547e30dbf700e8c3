"""Replays recorded series against a monitor: in which states it would have been, and who would have got mails."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from datadog_sandbox import monitors, query
from datadog_sandbox.monitors.model import TRIGGERED
from datadog_sandbox.times import MINUTE

from . import inputs, recordings, source
from .drafts import tags
from .outcomes import Outcome, Track
from .planning import plan_all
from .problems import ScenarioError
from .recordings import Recording
from .rehearsal import rehearse


class BacktestError(ValueError):
    """Says in one line why data cannot be replayed against a monitor."""


class Period(NamedTuple):
    """A group in a state that is not OK."""

    group: str
    state: str
    start: int
    end: int


class Backtest(NamedTuple):
    """The result of a replay."""

    outcome: Outcome
    periods: list[Period]
    mails: dict[str, int]
    """How many mails each recipient would have got."""

    def count(self, state: str) -> int:
        return sum(period.state == state for period in self.periods)

    def seconds(self, state: str) -> int:
        """Return for how long groups were in a state, summed over all groups."""
        return sum(period.end - period.start for period in self.periods if period.state == state)


def backtest(monitor: Path, name: str | None, data: Sequence[Path], timezone: str) -> Backtest:
    """Replay data against a monitor in a file. Raises `BacktestError`, or `ScenarioError`."""
    try:
        recorded = [recording for path in data for recording in recordings.read(path)]
    except recordings.RecordingError as error:
        raise BacktestError(str(error)) from error
    start = min(recording.points[0][0] for recording in recorded) // MINUTE * MINUTE
    end = max(recording.points[-1][0] for recording in recorded)
    entry: dict[str, Any] = {'file': monitor.name} | ({'only': [name]} if name else {})
    test = {
        'name': f'{monitor.name} with {", ".join(path.name for path in data)}',
        'start': f'{datetime.fromtimestamp(start, UTC):%Y-%m-%dT%H:%M}Z',
        'duration': f'{max(MINUTE, end - start)}s',
    }
    scenario = {'monitors': [entry], 'timezone': timezone, 'tests': [test]}
    ready = plan_all(source.parse(monitor, json.dumps(scenario).encode()))
    try:
        body = ready.assets.find(None).body
        samples = list(_samples(body, recorded, start))
    except ValueError as error:
        raise BacktestError(f'{monitor}: {error}') from error
    outcome = rehearse(ready, ready.plans[0]._replace(samples=samples))
    return Backtest(outcome, list(_periods(outcome)), dict(Counter(to for mail in outcome.mails for to in mail.to)))


def _samples(body: Mapping[str, Any], recorded: Sequence[Recording], start: int) -> Iterator[inputs.Sample]:
    """Yield the series as the monitor reads them; its query supplies the metric and tags that the data omits."""
    reads = query.queried(getattr(monitors.parse(body), 'query', ''))
    metrics = list(dict.fromkeys(read.metric for read in reads))
    for recording in recorded:
        metric = recording.metric or (metrics[0] if len(metrics) == 1 else '')
        reading = next((read for read in reads if read.metric == metric), None)
        if reading is None:
            source = f"the metric {recording.metric}" if recording.metric else "no metric"
            raise ValueError(f'the data names {source}, and the monitor reads {", ".join(metrics) or "none"}')
        keys = {tag.partition(':')[0] for tag in recording.tags}
        # The API names the tags by which a query groups, and not those by which it filters.
        missing = [tag for tag in tags.satisfying(reading.scope) if tag.partition(':')[0] not in keys]
        tagged = [*recording.tags, *missing]
        lacking = [key for key in reading.by if key not in {tag.partition(':')[0] for tag in tagged}]
        if lacking:
            example = f'the tag {lacking[0]}, as a column of a CSV does'
            raise ValueError(f'the monitor groups by {", ".join(lacking)}, which the data does not have: add {example}')
        name = inputs.recorded(None, metric, tagged)
        counts = reading.modifier in ('as_count', 'as_rate')
        points = tuple((time - start, value) for time, value in recording.points)
        yield inputs.Sample(name, 'count' if counts else 'gauge', recording.interval, points)


def _periods(outcome: Outcome) -> Iterator[Period]:
    for track in outcome.tracks:
        yield from _periods_of(track, outcome.end)


def _periods_of(track: Track, end: int) -> Iterator[Period]:
    moments = [*(change.moment for change in track.changes[1:]), end]
    for change, until in zip(track.changes, moments, strict=True):
        if change.new in TRIGGERED:
            yield Period(track.group, change.new, change.moment, until)


def differences(new: Backtest, old: Backtest) -> list[tuple[str, Period]]:
    """Return the periods in Alert, by time, that overlap with no alert of the other monitor in the same group."""

    def unmatched(test: Backtest, other: Backtest) -> list[Period]:
        alerts = [period for period in other.periods if period.state == 'Alert']
        return [
            period
            for period in test.periods
            if period.state == 'Alert'
            and not any(
                period.start < alert.end and alert.start < period.end for alert in alerts if alert.group == period.group
            )
        ]

    periods = [('new', period) for period in unmatched(new, old)] + [('old', period) for period in unmatched(old, new)]
    return sorted(periods, key=lambda pair: (pair[1].start, pair[1].group))


__all__ = ['Backtest', 'BacktestError', 'Period', 'ScenarioError', 'backtest', 'differences']
