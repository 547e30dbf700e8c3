"""Cumulative windows: `current_1h`, `current_1d`, `current_1w`, and `current_1mo`.

https://docs.datadoghq.com/monitors/configuration/#cumulative-time-windows
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, Self

from dateutil.relativedelta import relativedelta

from datadog_sandbox.downtimes import DowntimeError, zone
from datadog_sandbox.query import QueryError

from .numbers import number

STEPS = {
    'h': relativedelta(hours=1),
    'd': relativedelta(days=1),
    'w': relativedelta(weeks=1),
    'mo': relativedelta(months=1),
}


class Periods(NamedTuple):
    """When the windows of a cumulative monitor begin, in local time."""

    unit: str
    minute: int
    """The minute of an hour, for windows of an hour."""
    time: tuple[int, int]
    """The hour and minute of a day, for longer windows."""
    day: int
    """The day of a month, for windows of a month. A window of a week begins on Monday."""
    timezone: str

    @classmethod
    def of(cls, unit: str, options: Mapping[str, Any]) -> Self:
        """Read `scheduling_options.evaluation_window`. Raises `QueryError`."""
        path = 'options.scheduling_options.evaluation_window'
        window = (options.get('scheduling_options') or {}).get('evaluation_window') or {}
        timezone, starts = window.get('timezone') or 'UTC', window.get('day_starts') or '00:00'
        minute, day = number(window, 'hour_starts', path) or 0, number(window, 'month_starts', path) or 1
        match = re.fullmatch(r'([01]\d|2[0-3]):([0-5]\d)', str(starts))
        if match is None:
            raise QueryError(f'{path}.day_starts must be a time such as 04:00, not {str(starts)[:100]!r}')
        if minute not in range(60) or day not in range(1, 32):
            raise QueryError(f'{path}: hour_starts must be from 0 to 59, and month_starts from 1 to 31')
        try:
            zone(timezone)
        except DowntimeError as error:
            raise QueryError(f'{path}: {error}') from None
        return cls(unit, int(minute), (int(match[1]), int(match[2])), int(day), timezone)

    def start(self, moment: int) -> int:
        """Return the start of the period that a moment belongs to; its end still does."""
        local = datetime.fromtimestamp(moment - 1, zone(self.timezone))
        start = local.replace(minute=self.minute, second=0)
        if self.unit != 'h':
            hour, minute = self.time
            start = local.replace(hour=hour, minute=minute, second=0)
        if self.unit == 'w':
            start -= relativedelta(days=local.weekday())
        if self.unit == 'mo':
            start += relativedelta(day=self.day)
        if start > local:
            # The day anew: `start` may be the last day of a short month.
            start = start - STEPS[self.unit] + (relativedelta(day=self.day) if self.unit == 'mo' else relativedelta())
        return int(start.timestamp())
