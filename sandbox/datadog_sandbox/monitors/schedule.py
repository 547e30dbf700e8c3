"""Custom schedules: a monitor is evaluated at the times of recurrence rules instead of every minute.

https://docs.datadoghq.com/monitors/guide/custom_schedules/
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from datadog_sandbox.downtimes import DowntimeError, occurrences
from datadog_sandbox.query import QueryError
from datadog_sandbox.times import MINUTE


class Schedule(NamedTuple):
    """The recurrences of a custom schedule: rule, local start, time zone."""

    recurrences: tuple[tuple[str, str | None, str], ...]

    def moments(self, moments: Sequence[int]) -> Iterator[int]:
        """Yield the moments that are the first at or after a time of the schedule."""
        if not moments:
            return
        first, last = moments[0] - MINUTE, moments[-1]
        due = sorted({start for rule in self.recurrences for start in occurrences(*rule).between(first, last + 1)})
        for previous, moment in zip([first, *moments], moments, strict=False):
            if any(previous < time <= moment for time in due):
                yield moment

    def following(self, moment: int) -> int | None:
        """Return the first time of the schedule after a moment."""
        times = (occurrences(*rule).following(moment) for rule in self.recurrences)
        return min((time for time in times if time is not None), default=None)


def schedule_of(options: Mapping[str, Any]) -> Schedule | None:
    """Return the custom schedule among the options of a monitor; None without one. Raises `QueryError`."""
    scheduling = options.get('scheduling_options') or {}
    recurrences = (scheduling.get('custom_schedule') or {}).get('recurrences') or []
    if not recurrences:
        return None
    rules = []
    for recurrence in recurrences:
        rule = str(recurrence.get('rrule') or ''), recurrence.get('start'), recurrence.get('timezone') or 'UTC'
        try:
            occurrences(*rule)
        except DowntimeError as error:
            raise QueryError(f'options.scheduling_options.custom_schedule: {error}') from None
        if 'FREQ=HOURLY' in rule[0].upper():
            raise QueryError('options.scheduling_options.custom_schedule: its frequency must be a day or longer')
        rules.append(rule)
    return Schedule(tuple(rules))
