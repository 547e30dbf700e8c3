"""Monitors of service level objectives: how much of an error budget is used up, or how fast it burns.

https://docs.datadoghq.com/service_management/service_level_objectives/error_budget/ and …/burn_rate/
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Self

import numpy as np

from datadog_sandbox import objectives
from datadog_sandbox.monitors.model import Remark
from datadog_sandbox.monitors.readings import Readings, no_readings
from datadog_sandbox.monitors.words import duration
from datadog_sandbox.numerals import numeral, rounded
from datadog_sandbox.query import QueryError
from datadog_sandbox.store import Store
from datadog_sandbox.times import DAY, HOUR, UNITS

from .base import Chunk, MonitorType
from .records import COMPARISON

QUERY = re.compile(
    r'\s*(?P<kind>error_budget|burn_rate)\(\s*["\']?(?P<id>[\w-]{1,100})["\']?\s*\)\s*\.over\(\s*["\'](?P<over>7d|30d|90d)["\']\s*\)'
    r'(?:\s*\.long_window\(\s*["\'](?P<long>\d{1,4}[mhd])["\']\s*\)\s*\.short_window\(\s*["\'](?P<short>\d{1,4}[mhd])["\']\s*\))?'
    + COMPARISON
)
EXAMPLES = (
    'error_budget("id").over("7d") > 75, or burn_rate("id").over("7d").long_window("1h").short_window("5m") > 14.4'
)
LONGEST, LONGEST_SHORT = 2 * DAY, 2 * HOUR
"""Seconds of a long window and of a short one: "the long window has a maximum of 48 hours"."""


BURN_RATES = 'long_window_burn_rate', 'short_window_burn_rate'
"""The variables of messages that only SLO alerts have, with `timeframe`: https://docs.datadoghq.com/monitors/types/slo/"""


class ObjectiveMonitor(MonitorType):
    """A monitor of an error budget, or of its burn rate."""

    names = ('slo alert',)
    can_miss_data = False
    record_prefixes = ('timeframe', *BURN_RATES)
    apart = True

    def __init__(self, objective: str, over: str, windows: Sequence[int]) -> None:
        self.objective, self.over, self.windows = objective, over, tuple(windows)
        self.window = max(windows, default=seconds(over))

    @classmethod
    def parse(cls, query: str, options: Mapping[str, Any]) -> Self:
        match = QUERY.fullmatch(query)
        if match is None or (match['kind'] == 'burn_rate') != (match['long'] is not None):
            raise QueryError(f'Monitor query "{query[:200]}": it must be like {EXAMPLES}')
        windows = [seconds(match[name]) for name in ('long', 'short') if match[name]]
        if windows and not (HOUR <= windows[0] <= LONGEST and 0 < windows[1] < min(windows[0], LONGEST_SHORT + 1)):
            raise QueryError(
                f'Monitor query "{query[:200]}": the long window is 1h to 48h, and the short one shorter, at most 2h'
            )
        monitor = cls(match['id'], match['over'], windows)
        monitor.operator, monitor.threshold = match['operator'], float(match['threshold'])
        return monitor

    def read(self, store: Store, moments: Sequence[int], delay: int) -> Iterator[Chunk]:
        body = store.get('slo', self.objective)
        if body is None:
            raise QueryError(f'There is no service level objective {self.objective}')
        targets = {each['timeframe']: float(each['target']) for each in body.get('thresholds') or []}
        if self.over not in targets:
            raise QueryError(f'The service level objective {self.objective} has no target over {self.over}')
        values = np.array([[self._value(store, body, targets[self.over], moment - delay) for moment in moments]])
        known = ~np.isnan(values[0])
        if not known.any():
            yield moments, no_readings(len(moments))
            return
        times = np.array(moments, dtype=np.int64)
        first = times[[int(known.argmax())]]
        last = np.where(known, times, -1)[None, :]
        yield moments, Readings([{}], values, np.maximum.accumulate(last, axis=1), first, np.ones(values.shape, bool))

    def _value(self, store: Store, body: Mapping[str, Any], target: float, end: int) -> float:
        """Return what is compared at a moment; nan where there were no events."""
        try:
            if not self.windows:
                used = objectives.value(store, body, end - seconds(self.over), end)
                return 100 - objectives.budget_left(used, target)
            # An alert needs both windows above the threshold, so the slower one is compared.
            return min(_burn_rate(store, body, target, end - window, end) for window in self.windows)
        except objectives.ObjectiveError:
            return np.nan

    def matching_variables(self, store: Store, tags: Mapping[str, str], moment: int) -> dict[str, str]:
        variables = {'timeframe': self.over}
        body = store.get('slo', self.objective) or {}
        target = next((each['target'] for each in body.get('thresholds') or [] if each['timeframe'] == self.over), 100)
        for name, window in zip(BURN_RATES, self.windows, strict=False):
            with suppress(objectives.ObjectiveError):
                variables[name] = numeral(rounded(_burn_rate(store, body, float(target), moment - window, moment)))
        return variables

    @property
    def measure(self) -> str:
        if not self.windows:
            return f'% of the error budget over {self.over} that is used up'
        both = ' and '.join(duration(window) for window in self.windows)
        return f'burn rate of the error budget over {self.over} in the last {both}'

    def describe(self, value: float) -> str:
        if not self.windows:
            return f'{numeral(value)} % of the error budget over {self.over} is used up'
        both = ' and '.join(duration(window) for window in self.windows)
        return f'the burn rate of the error budget over {self.over} is {numeral(value)} in the last {both}'

    def remarks(self) -> list[Remark]:
        if not self.windows:
            return []
        message = 'The value of a burn rate is the lower one of its two windows: both must be beyond the threshold.'
        return [Remark('burn-rate', message, True)]


def _burn_rate(store: Store, body: Mapping[str, Any], target: float, start: int, end: int) -> float:
    """Return how many times as fast as planned the error budget was used. Raises `objectives.ObjectiveError`."""
    errors = 100 - objectives.value(store, body, start, end)
    return errors / (100 - target) if target < 100 else np.inf if errors > 0 else 0.0


def seconds(length: str) -> int:
    """Return the seconds of `7d` or `5m`."""
    return int(length[:-1]) * UNITS[length[-1]]
