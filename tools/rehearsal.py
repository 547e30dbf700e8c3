"""The panel above the timeboard under `make run`: hold the value still, or send nothing, to rehearse an alert."""

import json
import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from tools.configuration import Instance
from tools.scheduler import Clock

MONITOR = Path(__file__).parents[1] / 'custom_check/assets/monitors/my_metric_threshold.json'
WINDOW = 300
"""Seconds over which the threshold monitor averages."""
RANDOM, SILENT = 'random', 'silent'
BEGIN_VALUE = 100
BEGIN_SECONDS = 120
"""What a run begins with and for how long, in real time: a value with which all monitors are OK."""


class Rehearsal:
    """What the instances of a run submit, as it was chosen last. Safe to use from the thread of the server."""

    title = 'Rehearse an alert'
    note = 'This panel is part of make run. It sets minimum and maximum of every running instance.'
    choices: Sequence[tuple[str, str]] = (
        ('Random', RANDOM),
        ('Hold at 100', '100'),
        ('Hold at 600', '600'),
        ('Hold at 900', '900'),
        ('Silent', SILENT),
    )
    other = 'Hold at'
    metric = 'my_metric'
    hints: Mapping[str, str] = {
        'mysql.performance.open_files': 'The MySQL integration of an Agent sends it. make start runs both in Docker.'
    }

    def __init__(self, instances: Sequence[Instance], clock: Clock, begins_ok: bool = False) -> None:
        self._configured = list(instances)
        self._clock = clock
        self._recent: deque[tuple[float, float]] = deque(maxlen=10_000)
        options = json.loads(MONITOR.read_text())['definition']['options']
        self._thresholds = [('alert', options['thresholds']['critical']), ('warning', options['thresholds']['warning'])]
        self._no_data_seconds = options['no_data_timeframe'] * 60
        self._chosen, self._value = self._configured, RANDOM
        self._since = clock.now()
        self._end = math.inf
        """When the choice ends by itself, and the configuration counts again."""
        self._average: float | None = None
        if begins_ok:
            self.choose(str(BEGIN_VALUE))
            self._end = self._since + BEGIN_SECONDS * clock.speed

    @property
    def instances(self) -> list[Instance]:
        """The instances to run now; none while the choice is silence."""
        return self._chosen if self._clock.now() < self._end else self._configured

    @property
    def value(self) -> str:
        """The choice that counts now."""
        return self._value if self._clock.now() < self._end else RANDOM

    def choose(self, value: str) -> None:
        """Take a choice: random, silent, or an integer to hold. Raises `ValueError` for anything else."""
        value = value.strip()
        if value == RANDOM:
            chosen = self._configured
        elif value == SILENT:
            chosen = []
        else:
            chosen = [self._bounded(instance, value) for instance in self._configured]
        now = self._clock.now()
        recent = [number for at, number in tuple(self._recent) if at > now - WINDOW]
        self._average = sum(recent) / len(recent) if recent else None
        self._chosen, self._value, self._since, self._end = chosen, value, now, math.inf

    def _bounded(self, instance: Instance, value: str) -> Instance:
        try:
            number = int(value)
            check = instance.check
            options = {**check.instance, 'minimum': number, 'maximum': number}
            bounded = type(check)(check.name, check.init_config, [options])
            bounded.load_configuration_models()
        except Exception:
            # The check itself says what it can submit; its words are about two options, which nobody typed here.
            allowed = 'an integer from -9007199254740992 to 9007199254740992'
            raise ValueError(f'Hold at {value[:40]!r} is not possible: write {allowed}.') from None
        return replace(instance, check=bounded)

    def submitted(self, at: float, value: float) -> None:
        """Note a value that was sent at a moment, in seconds since 1970."""
        self._recent.append((at, value))

    @property
    def silent(self) -> bool:
        return self.value == SILENT

    @property
    def status(self) -> str:
        """What happens now, and what the threshold monitor will make of it, and when."""
        since = f'since {_time(self._since)}'
        if self.value == RANDOM:
            return 'Random values, as configured. Their average is near the warning threshold, so the monitor may warn.'
        if self.value == SILENT:
            return (
                f'Silent {since}: no data {self._no_data_seconds // 60} minutes after the last value, '
                f'at about {_time(self._since + self._no_data_seconds)}.'
            )
        if self._end < math.inf:
            until = _time(self._end)
            return f'Held at {BEGIN_VALUE} until {until}: the threshold monitor begins as OK. Random values follow.'
        value = int(self.value)
        for name, threshold in self._thresholds:
            if value > threshold:
                return (
                    f'Held at {value} {since}. The {WINDOW // 60}-minute average passes {threshold:g} ({name}) '
                    f'{self._when(value, threshold)}.'
                )
        lowest = self._thresholds[-1][1]
        return f'Held at {value} {since}. OK when the {WINDOW // 60}-minute average is at most {lowest:g}.'

    def _when(self, value: float, threshold: float) -> str:
        """Say when a value that is held takes the average over a threshold, from what was sent before."""
        if self._average is None or self._average >= threshold:
            return 'within a minute or two'
        seconds = WINDOW * (threshold - self._average) / (value - self._average)
        return f'at about {_time(self._since + seconds + 60)}'


def _time(moment: float) -> str:
    # As the page does.
    return f'{datetime.fromtimestamp(moment, UTC):%H:%M} UTC'
