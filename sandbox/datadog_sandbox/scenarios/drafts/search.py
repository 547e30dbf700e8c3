"""Rehearses attempts until a monitor goes from OK to Alert and back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from datadog_sandbox import query
from datadog_sandbox.scenarios import source
from datadog_sandbox.scenarios.outcomes import Outcome, Track
from datadog_sandbox.scenarios.planning import plan_all
from datadog_sandbox.scenarios.problems import ScenarioError
from datadog_sandbox.scenarios.rehearsal import rehearse
from datadog_sandbox.times import DAY

from . import attempts, composites, text
from .shapes import Attempt, Common, Phases

PATIENCE = 6 * 360 * DAY
"""The time that is rehearsed for a monitor, in all attempts together."""
ROUNDS = 3
"""How often the phases of a composite's monitors are made longer, until all have the same."""


class Subject(NamedTuple):
    """The monitor that a scenario is about, and those that it combines."""

    monitor: Mapping[str, Any]
    entry: text.Entry
    members: Sequence['Subject'] = ()

    @property
    def title(self) -> text.Title:
        entries = list(dict.fromkeys([self.entry, *(member.entry for member in self.members)]))
        return text.Title(str(self.monitor.get('name')), entries, self.entry.name if self.members else '')


class Found(NamedTuple):
    """What an attempt led to."""

    attempt: Attempt
    outcome: Outcome
    moments: list[int]
    """One of OK, one of Alert, and one of OK again; only the last of the test where it never alerted and recovered."""

    @property
    def complete(self) -> bool:
        return len(self.moments) > 1


class Draft(NamedTuple):
    """A scenario that runs green."""

    yaml: str
    complete: bool
    """Whether the states are OK, Alert, OK."""


def draft(subject: Subject, path: Path) -> Draft:
    """Return a scenario at `path` in YAML.

    Where nothing makes the monitor alert and recover, its expectations are those of the first attempt. Raises
    `ScenarioError` or `query.QueryError` when the monitor cannot be rehearsed.
    """
    result = find(subject, path, Common.of([member.monitor for member in subject.members]))
    return Draft(text.scenario(subject.title, result.attempt, result.outcome, result.moments), result.complete)


def find(subject: Subject, path: Path, common: Common) -> Found:
    """Return the first attempt that makes a monitor alert and recover, else the first of all."""

    def probe(attempt: Attempt) -> Outcome | None:
        return rehearsed(subject, attempt, path)

    first: Found | None = None
    simulated = 0
    tries = _combined(subject, path, common) if subject.members else attempts.attempts(subject.monitor, probe, common)
    for attempt in islice(tries, attempts.MOST):
        simulated += attempt.phases.total
        if first and simulated > PATIENCE:
            break
        outcome = probe(attempt)
        if outcome is None:
            continue
        if moments := of_three(outcome):
            return Found(attempt, outcome, moments)
        first = first or Found(attempt, outcome, [outcome.end])
    if first is None:
        raise query.QueryError('no input is known that makes it alert')
    return first


def _combined(subject: Subject, path: Path, common: Common) -> Iterator[Attempt]:
    """Yield what to try for a composite: attempts for its monitors that last equally long."""
    for _ in range(ROUNDS):
        parts = [find(member, path, common).attempt for member in subject.members]
        longest = Phases(*map(max, *(part.phases for part in parts))) if len(parts) > 1 else parts[0].phases
        if all(part.phases == longest for part in parts):
            yield from composites.attempts(parts)
            return
        common = common._replace(phases=longest)


def rehearsed(subject: Subject, attempt: Attempt, path: Path) -> Outcome | None:
    """Return what happens to a monitor; None where an account takes no such values."""
    ready = plan_all(source.parse(path, text.scenario(subject.title, attempt, None, []).encode()))
    own = ready.assets.find(subject.title.monitor or None).body['id']
    try:
        outcome = rehearse(ready, ready.plans[0])
    except ScenarioError:
        return None
    tracks = [track for track in outcome.tracks if track.monitor == own]
    return replace(outcome, tracks=tracks, mails=[mail for mail in outcome.mails if mail.monitor == own])


def of_three(outcome: Outcome) -> list[int]:
    """Return a moment of OK, one of Alert, and one of OK again; nothing where a group has no such."""
    for track in outcome.tracks:
        states = [change.new for change in track.changes]
        for alert in [index for index, state in enumerate(states) if state == 'Alert']:
            before = [index for index in range(alert) if states[index] == 'OK']
            after = [index for index in range(alert, len(states)) if states[index] == 'OK']
            if before and after:
                return [_within(track, index, outcome.end) for index in (before[-1], alert, after[0])]
    return []


def _within(track: Track, index: int, end: int) -> int:
    """Return a whole minute in the middle of a state."""
    begin = track.changes[index].moment
    until = track.changes[index + 1].moment if index + 1 < len(track.changes) else end
    return (begin + (until - begin) // 2) // 60 * 60 if until - begin > 120 else begin
