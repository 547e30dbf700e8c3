"""Run the instances when they are due, and hand on what they submit."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import click
import urllib3

from tools.collector import Point, RunError, collect, events, other_submissions, service_checks
from tools.rehearsal import Rehearsal
from tools.scheduler import Clock, Run, schedule

if TYPE_CHECKING:
    from tools.pipeline import Pipeline


class View(Protocol):
    """What shows a run. `position` is that of an instance, `at` the time in seconds since 1970."""

    def point(self, position: int, at: float, next_at: float | None, point: Point, states: Sequence[str]) -> None:
        """Show a point, and the states of the monitors that it belongs to."""

    def other(self, at: float, text: str) -> None:
        """Show what a run submitted beside points."""

    def failure(self, position: int, at: float, next_at: float | None, error: str) -> None:
        """Show why a run failed."""


class JsonLines:
    """Prints a line of JSON for each point, and nothing else but errors."""

    def point(self, position: int, at: float, next_at: float | None, point: Point, states: Sequence[str]) -> None:
        click.echo(json.dumps(point))

    def other(self, at: float, text: str) -> None:
        """Leave it out: a script that reads points reads nothing else."""

    def failure(self, position: int, at: float, next_at: float | None, error: str) -> None:
        click.echo(f'instance {position + 1} failed: {error}', err=True)


class Runner:
    """Runs what a rehearsal has chosen, on a host, each instance at its interval in seconds."""

    def __init__(
        self, rehearsal: Rehearsal, intervals: Sequence[float], clock: Clock, host: str, times: int | None
    ) -> None:
        self.rehearsal = rehearsal
        self._intervals = intervals
        self.clock = clock
        self.host = host
        self._times = times
        self.failed = False
        """Whether a run has failed."""

    def run(self, view: View, pipeline: 'Pipeline | None' = None) -> None:
        """Run until the clock is stopped, or each instance has run often enough."""
        for due in schedule(self._intervals, self.clock, self._times):
            # Once, as the page may change it at any point of this.
            if instances := self.rehearsal.instances:
                at = self.clock.now()
                try:
                    points = collect(instances[due.position], self.host, at)
                    if pipeline:
                        pipeline.send(points, service_checks(self.host, at), events(at))
                except (RunError, urllib3.exceptions.HTTPError) as error:
                    self.failed = True
                    view.failure(due.position, at, due.next_at, str(error))
                else:
                    self._show(view, due, at, points, pipeline)

    def _show(self, view: View, due: Run, at: float, points: Sequence[Point], pipeline: 'Pipeline | None') -> None:
        for text in other_submissions():
            view.other(at, text)
        for point in points:
            self.rehearsal.submitted(*point['points'][0])
            view.point(due.position, at, due.next_at, point, pipeline.states(point) if pipeline else [])
