"""What a monitor wants, with the defaults of what it leaves out."""

from typing import Any, NamedTuple

from datadog_sandbox.downtimes import FOREVER
from datadog_sandbox.times import DAY, HOUR, MINUTE

from .model import Monitor, Status
from .types import MonitorType, parse

RETENTION = DAY
"""Seconds without data after which Datadog forgets a group."""
NEW_GROUP_DELAY = 60
"""Seconds, where a monitor does not say otherwise."""


class Plan(NamedTuple):
    """The options of a monitor in seconds, beside what its query says."""

    id: int
    type: MonitorType
    warning: float | None
    critical_recovery: float | None
    warning_recovery: float | None
    missing: Status | None
    """The state of a group without data for `missing_after` seconds; None: it keeps the last one."""
    missing_after: int
    missing_notifies: bool
    empty_is_zero: bool
    """A window without data counts as 0."""
    timeout: int
    """Seconds without data until a group recovers by itself; `FOREVER`: never."""
    retention: int
    """Seconds without data until a group is forgotten; `FOREVER`: never."""
    new_group_delay: int
    full_window: bool
    delay: int
    every: int
    """Seconds between two evaluations."""
    renotify: int
    """Seconds between two reminders; 0: none."""
    renotify_times: int | None
    renotify_states: tuple[str, ...]


def plan_of(monitor: Monitor) -> Plan:
    """Return the plan of a monitor. Raises `query.QueryError` when its query is not evaluated."""
    parsed = parse(monitor)
    options: dict[str, Any] = monitor.get('options') or {}
    thresholds = options.get('thresholds') or {}
    missing, after, notifies = _missing(options, parsed.window)
    timeout = (options.get('timeout_h') or 0) * HOUR or FOREVER
    lasting = [seconds for seconds in (after, timeout) if seconds < FOREVER]
    delay = options.get('new_group_delay')
    return Plan(
        id=monitor['id'],
        type=parsed,
        warning=thresholds.get('warning'),
        critical_recovery=thresholds.get('critical_recovery'),
        warning_recovery=thresholds.get('warning_recovery'),
        missing=missing,
        missing_after=after,
        missing_notifies=notifies,
        empty_is_zero=options.get('on_missing_data') == 'default' and parsed.counts,
        timeout=timeout,
        retention=max([RETENTION, *(seconds + HOUR for seconds in lasting)]) if parsed.group_by else FOREVER,
        # Only monitors with groups have new ones.
        new_group_delay=(NEW_GROUP_DELAY if delay is None else delay) if parsed.group_by else 0,
        full_window=bool(options.get('require_full_window')),
        delay=options.get('evaluation_delay') or 0,
        every=_every(parsed.window),
        renotify=(options.get('renotify_interval') or 0) * MINUTE,
        renotify_times=options.get('renotify_occurrences'),
        renotify_states=tuple(options.get('renotify_statuses') or ('alert', 'no data')),
    )


def _missing(options: dict[str, Any], window: int) -> tuple[Status | None, int, bool]:
    """Return the state of missing data, after how many seconds it comes, and whether it notifies."""
    match options.get('on_missing_data'):
        case 'resolve':
            return 'OK', window, True
        case 'show_no_data':
            return 'No Data', window, False
        case 'show_and_notify_no_data':
            return 'No Data', window, True
        case None | '' if options.get('notify_no_data'):
            return 'No Data', (options.get('no_data_timeframe') or 0) * MINUTE or 2 * window, True
    return None, FOREVER, True


def _every(window: int) -> int:
    """Return the seconds between two evaluations. As documented: the longer the window, the rarer."""
    if window < DAY:
        return MINUTE
    return 10 * MINUTE if window < 2 * DAY else 30 * MINUTE
