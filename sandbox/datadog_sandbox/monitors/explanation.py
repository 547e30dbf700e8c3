"""Why a group of a monitor is in its state, in words."""

from functools import cached_property
from typing import cast

import numpy as np

from datadog_sandbox import query
from datadog_sandbox.numerals import numeral, rounded
from datadog_sandbox.store import Store

from .errors import error
from .evaluation import evaluated, refusal
from .model import Monitor, State
from .options import Settings, settings_of
from .timing import first_evaluation
from .words import clock, duration


def values(store: Store, monitor: Monitor, moment: int) -> dict[str, float]:
    """Return the value of each group that has one at a moment. Raises `query.QueryError`."""
    settings = settings_of(monitor)
    [(_, readings)] = settings.type.read(store, [moment], settings.delay)
    return {
        query.group_name(group): float(value)
        for group, value in zip(readings.groups, readings.values[:, 0], strict=True)
        if not np.isnan(value)
    }


def explain(store: Store, monitor: Monitor, group: str) -> str:
    """Return in words why a group is in its state, and when that was evaluated. For several groups, use `Explainer`."""
    return Explainer(store, monitor).explain(group)


class Explainer:
    """Explains groups of a monitor, whose values are read once."""

    def __init__(self, store: Store, monitor: Monitor) -> None:
        self._store, self._monitor = store, monitor
        self._refusal = refusal(monitor)
        self._moment = evaluated(store, monitor)
        self._states = cast(dict[str, State], store.states(monitor['id']))

    @cached_property
    def _readings(self) -> dict[str, tuple[float | None, str]]:
        """The value and the note of each group at the moment of the last evaluation."""
        if self._moment is None:
            return {}
        settings = settings_of(self._monitor)
        [(_, readings)] = settings.type.read(self._store, [self._moment], settings.delay)
        notes = readings.notes or [''] * len(readings.groups)
        return {
            query.group_name(group): (None if np.isnan(value) else float(value), note)
            for group, value, note in zip(readings.groups, readings.values[:, 0], notes, strict=True)
        }

    def explain(self, group: str) -> str:
        """Return in words why a group is in its state, and when that was evaluated."""
        if self._refusal is not None:
            return f'Not evaluated. {self._refusal}'
        if (message := error(self._store, self._monitor)) is not None:
            return f'Not evaluated. {message}'
        if self._moment is None:
            return 'Not evaluated yet.'
        return f'{self._reason(group)}. Evaluated at {clock(self._moment)}.'

    def _reason(self, group: str) -> str:
        state, settings = self._states.get(group), settings_of(self._monitor)
        if state is None:
            return f'Unknown: no point of this group came in the last {duration(settings.type.window)}'
        if state['status'] == 'Skipped':
            full = ', once its window is full' if settings.full_window else ''
            return (
                f'New: its first point came at {clock(state["first_data"])}, and its evaluation begins at '
                f'{clock(first_evaluation(settings, state))}{full}'
            )
        since = f'{state["status"]} since {clock(state["since"])}'
        value, note = self._readings.get(group, (None, ''))
        if note:
            return f'{since}: {note}'
        if value is None or state['status'] == 'No Data':
            return f'{since}: {_absent(settings, state)}'
        limits = settings.type.threshold, settings.critical_recovery, settings.warning, settings.warning_recovery
        return (
            f'{since}: {settings.type.describe(rounded(value, *limits))}, {_compared(settings, state["status"], value)}'
        )


def _absent(settings: Settings, state: State) -> str:
    last = f'the last point came at {clock(state["last_data"])}' if 'last_data' in state else 'points are missing'
    stays = state['status'] != 'No Data' and (settings.type.empty_together or not settings.type.empty_is_zero)
    return f'{last}, and without data the state stays as it was' if stays else last


def _compared(settings: Settings, status: str, value: float) -> str:
    """Return in words how a value compares with the threshold of a state."""
    operator = settings.type.operator
    beyond = query.COMPARE[operator]
    threshold, recovery = settings.type.threshold, settings.critical_recovery
    if status != 'Alert' and settings.warning is not None:
        threshold, recovery = settings.warning, settings.warning_recovery
    assert threshold is not None
    if beyond(value, threshold):
        return f'{operator} {numeral(threshold)}'
    if status != 'OK' and recovery is not None:
        return f'not {operator} {numeral(threshold)}, and still {operator} the recovery threshold {numeral(recovery)}'
    return f'not {operator} {numeral(threshold)}'
