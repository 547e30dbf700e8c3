"""Rehearses attempts until a monitor goes from OK to Alert and back."""

from collections.abc import Mapping
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

from . import text
from .attempts import MOST, Attempt, attempts

PATIENCE = 6 * 360 * DAY
"""The time that is rehearsed for a monitor, in all attempts together."""


class Draft(NamedTuple):
    """A scenario that runs green."""

    yaml: str
    complete: bool
    """Whether the states are OK, Alert, OK."""


def draft(monitor: Mapping[str, Any], entry: str, path: Path) -> Draft:
    """Return a scenario at `path` that names a monitor by `entry`, in YAML.

    Where nothing makes it alert and recover, its expectations are those of the first attempt. Raises `ScenarioError`
    or `query.QueryError` when the monitor cannot be rehearsed.
    """
    first: tuple[Attempt, Outcome] | None = None

    def probe(attempt: Attempt) -> Outcome | None:
        return rehearsed(entry, monitor, attempt, path)

    simulated = 0
    for attempt in islice(attempts(monitor, probe), MOST):
        simulated += attempt.phases.total
        if first and simulated > PATIENCE:
            break
        outcome = probe(attempt)
        if outcome is None:
            continue
        first = first or (attempt, outcome)
        if moments := of_three(outcome):
            return Draft(text.scenario(entry, monitor, attempt, outcome, moments), True)
    if first is None:
        raise query.QueryError('no input is known that makes it alert')
    attempt, outcome = first
    return Draft(text.scenario(entry, monitor, attempt, outcome, [outcome.end]), False)


def rehearsed(entry: str, monitor: Mapping[str, Any], attempt: Attempt, path: Path) -> Outcome | None:
    """Return what happens; None where an account takes no such values."""
    ready = plan_all(source.parse(path, text.scenario(entry, monitor, attempt, None, []).encode()))
    try:
        return rehearse(ready, ready.plans[0])
    except ScenarioError:
        return None


def of_three(outcome: Outcome) -> list[int]:
    """Return a moment of OK, one of Alert, and one of OK again; nothing where a group has no such."""
    for track in outcome.tracks:
        alert = next((index for index, change in enumerate(track.changes) if change.new == 'Alert'), None)
        if alert is None or 'OK' not in [change.new for change in track.changes[:alert]]:
            continue
        good = next(index for index in range(alert - 1, -1, -1) if track.changes[index].new == 'OK')
        back = next((index for index in range(alert, len(track.changes)) if track.changes[index].new == 'OK'), None)
        if back is not None:
            return [_within(track, index, outcome.end) for index in (good, alert, back)]
    return []


def _within(track: Track, index: int, end: int) -> int:
    """Return a whole minute in the middle of a state."""
    begin = track.changes[index].moment
    until = track.changes[index + 1].moment if index + 1 < len(track.changes) else end
    return (begin + (until - begin) // 2) // 60 * 60 if until - begin > 120 else begin
