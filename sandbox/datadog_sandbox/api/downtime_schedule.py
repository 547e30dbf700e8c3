"""The schedule of a downtime with its defaults, from what a request gives."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from datadog_sandbox import downtimes
from datadog_sandbox.times import DAY

from .endpoint import Refused

BEGUN = 60
"""Seconds that a start may lie back: clients that say "now" name a second that has begun."""
LAST_YEAR = 9000
"""A year that date arithmetic still reaches; Datadog was seen to take a start in 3022."""
LONGEST = 366 * DAY
"""Seconds of the longest recurring downtime. The bounds are the sandbox's own."""


def schedule_of(given: Mapping[str, Any], old: Mapping[str, Any], now: float, stamp: str) -> dict[str, Any]:
    """Return the schedule of a request. A start that is not in the `old` one must not be in the past.

    `stamp` is the start of a one-time downtime without one. Raises `Refused`, and `downtimes.DowntimeError`.
    """
    if given.get('recurrences') is None and 'timezone' not in given:
        begin, end = (_utc(given[name], name) if given.get(name) else None for name in ('start', 'end'))
        if begin is None:
            return {'start': stamp, 'end': end}
        if begin != old.get('start') and downtimes.epoch(begin) < int(now) - BEGUN:
            raise Refused('Scheduled downtime start cannot be in the past')
        return {'start': begin, 'end': end}
    if not given.get('recurrences'):
        raise Refused('schedule.recurrences must hold at least one recurrence')
    timezone = given.get('timezone') or 'UTC'
    local = datetime.fromtimestamp(int(now), downtimes.zone(timezone)).replace(tzinfo=None)
    known = [recurrence['start'] for recurrence in old.get('recurrences') or []]
    return {
        'timezone': timezone,
        'recurrences': [_recurrence(recurrence, local, timezone, known) for recurrence in given['recurrences']],
    }


def _recurrence(given: Mapping[str, Any], local: datetime, timezone: str, known: list[str]) -> dict[str, Any]:
    text = given.get('start') or local.isoformat()
    start = _time(text, 'recurrences.start')
    if start.tzinfo is not None:
        raise Refused(f'recurrences.start must not include a UTC offset, as {text!r} does')
    if downtimes.seconds(given['duration']) > LONGEST:
        raise Refused(f'duration {given["duration"]} is longer than 366d')
    text = start.isoformat(timespec='seconds')
    if start < local - timedelta(seconds=BEGUN) and text not in known:
        raise Refused(f'recurrences.start must not be in the past, as {text} is in {timezone}')
    return {**given, 'start': text}


def _time(text: str, name: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(f'{name} must be an ISO 8601 time, not {text[:100]!r}') from None
    if time.year > LAST_YEAR:
        raise Refused(f'{name} must not be after the year {LAST_YEAR}, as {text[:100]!r} is')
    return time


def _utc(text: str, name: str) -> str:
    time = _time(text, f'schedule.{name}')
    if time.utcoffset() != timedelta(0):
        raise Refused(f'schedule.{name} must include a UTC offset of zero, unlike {text[:100]!r}')
    return time.isoformat()
