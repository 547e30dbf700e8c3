"""The options of a monitor, with defaults."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from datadog_sandbox.downtimes import FOREVER
from datadog_sandbox.query import QueryError
from datadog_sandbox.times import DAY, HOUR, MINUTE

from .model import Monitor, Status
from .numbers import number, numbers, retention, seconds
from .schedule import Schedule, schedule_of
from .types import MonitorType, parse

NEW_GROUP_DELAY = 60
"""Seconds, by default."""
API_HOST_DELAY = 300
"""The value of `new_host_delay` that the API adds to a monitor without it."""
REMINDERS_END = 30 * HOUR
"""Seconds after the first alert in which reminders are sent, unless the monitor limits their number."""
THRESHOLDS = ('critical', 'warning', 'critical_recovery', 'warning_recovery')


class Settings(NamedTuple):
    """The options of a monitor in seconds, beside what its query says."""

    id: int
    type: MonitorType
    warning: float | None
    critical_recovery: float | None
    warning_recovery: float | None
    missing: Status | None
    """The state of a group without data for `missing_after` seconds; None: its state does not change."""
    missing_after: int
    missing_notifies: bool
    timeout: int
    """Seconds without data until a group recovers by itself; `FOREVER`: never."""
    retention: int
    """Seconds without data until a group is forgotten; `FOREVER`: never."""
    new_group_delay: int
    full_window: bool
    delay: int
    """Seconds by which the evaluation looks into the past: `evaluation_delay`."""
    every: int
    """Seconds between two evaluations."""
    schedule: Schedule | None
    """A custom schedule, which replaces `every`."""
    renotify: int
    """Seconds between two reminders; 0: no reminders."""
    renotify_times: int | None
    """The most reminders of an alert; None: no limit."""
    renotify_until: int
    """Seconds after the first alert in which reminders are sent."""
    renotify_states: tuple[str, ...]
    notify_by: tuple[str, ...] | None
    """The keys of the tags whose values share a notification; None: each group has its own."""


def settings_of(monitor: Monitor) -> Settings:
    """Return the settings of a monitor. Raises `query.QueryError` when it is not evaluated."""
    parsed = parse(monitor)
    options: Mapping[str, Any] = monitor.get('options') or {}
    thresholds = numbers(options.get('thresholds') or {}, THRESHOLDS, 'options.thresholds')
    missing, after, notifies = _missing(options, parsed)
    timeout = seconds(options, 'timeout_h', HOUR) or FOREVER
    times = number(options, 'renotify_occurrences')
    return Settings(
        id=monitor['id'],
        type=parsed,
        warning=thresholds.get('warning'),
        critical_recovery=thresholds.get('critical_recovery'),
        warning_recovery=thresholds.get('warning_recovery'),
        missing=missing,
        missing_after=after,
        missing_notifies=notifies,
        timeout=timeout,
        retention=_retention(options, parsed, [after, timeout]),
        new_group_delay=_new_group_delay(monitor, parsed),
        full_window=parsed.needs_full_window,
        delay=seconds(options, 'evaluation_delay'),
        every=_every(parsed.window),
        schedule=schedule_of(options),
        renotify=seconds(options, 'renotify_interval', MINUTE),
        renotify_times=None if times is None else int(times),
        renotify_until=FOREVER if times else REMINDERS_END,
        renotify_states=tuple(options.get('renotify_statuses') or ('alert', 'no data')),
        notify_by=_notify_by(options, parsed),
    )


def _missing(options: Mapping[str, Any], parsed: MonitorType) -> tuple[Status | None, int, bool]:
    """Return the state of groups without data, after how many seconds it begins, and whether it notifies."""
    on_missing = options.get('on_missing_data')
    notifies = on_missing != 'show_no_data'
    if not parsed.can_miss_data:
        return None, FOREVER, notifies
    match on_missing:
        case 'resolve':
            return 'OK', parsed.window, True
        case 'show_no_data' | 'show_and_notify_no_data':
            return 'No Data', parsed.window, notifies
        case None | '' if options.get('notify_no_data'):
            return 'No Data', seconds(options, 'no_data_timeframe', MINUTE) or parsed.missing_after, True
    return None, FOREVER, True


def _retention(options: Mapping[str, Any], parsed: MonitorType, limits: list[int]) -> int:
    """Return after how many seconds without data a group is forgotten: an hour after `limits`, or later."""
    if not parsed.group_by:
        return FOREVER
    duration = options.get('group_retention_duration')
    if not duration:
        return max([parsed.retention, *(limit + HOUR for limit in limits if limit < FOREVER)])
    kept = retention(str(duration))
    if kept is None:
        raise QueryError(
            f'options.group_retention_duration must be 1h to 72h, in m, h, or d, not {str(duration)[:100]!r}'
        )
    return kept


def _new_group_delay(monitor: Monitor, parsed: MonitorType) -> int:
    """Return for how many seconds a new group is skipped; 0 for a monitor without groups."""
    options: Mapping[str, Any] = monitor.get('options') or {}
    delay, host_delay = number(options, 'new_group_delay'), number(options, 'new_host_delay')
    if not parsed.group_by:
        return 0
    if host_delay == API_HOST_DELAY and 'created' in monitor:
        # The API adds it to monitors without one.
        host_delay = None
    # As documented, new_group_delay overrides the deprecated new_host_delay if it is not 0.
    if not delay and 'host' in parsed.group_by and host_delay is not None:
        return seconds(options, 'new_host_delay')
    return NEW_GROUP_DELAY if delay is None else seconds(options, 'new_group_delay')


def _every(window: int) -> int:
    """Return the seconds between two evaluations, as documented by the length of the window."""
    if window < DAY:
        return MINUTE
    return 10 * MINUTE if window < 2 * DAY else 30 * MINUTE


def _notify_by(options: Mapping[str, Any], parsed: MonitorType) -> tuple[str, ...] | None:
    """Return the keys by which notifications are grouped, if these are fewer than those of the groups; else None."""
    keys = options.get('notify_by') or []
    if not keys or not parsed.group_by:
        return None
    if keys == ['*']:
        return ()
    if unknown := [str(key) for key in keys if key not in parsed.group_by]:
        raise QueryError(
            f'options.notify_by has {", ".join(unknown)}, which the query does not group by: '
            f'{", ".join(parsed.group_by)} or * are allowed'
        )
    return tuple(key for key in parsed.group_by if key in keys) if set(keys) < set(parsed.group_by) else None
