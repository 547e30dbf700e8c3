"""The state of a monitor in words: also of one that has none yet, and what mutes its groups."""

from collections.abc import Mapping, Sequence
from typing import Any

from datadog_sandbox import downtimes, monitors
from datadog_sandbox.monitors.words import clock
from datadog_sandbox.store import Store

from .words import downtime_title

NOT_EVALUATED, NEW = 'Not evaluated', 'New'
"""What a monitor is that has no state: one that cannot be evaluated, and one that was not yet."""
ORDER = ('Alert', 'Warn', 'No Data', NOT_EVALUATED, 'OK', NEW, 'Skipped')
"""From the worst to the best."""


def problem_of(store: Store, monitor: Mapping[str, Any]) -> str | None:
    """Return in one sentence why a monitor is not evaluated, or what went wrong; None when all is well."""
    return monitors.refusal(monitor) or monitors.error(store, monitor)


def state_of(store: Store, monitor: Mapping[str, Any], problem: str | None) -> str:
    """Return the state of a monitor as a page shows it."""
    states = store.states(monitor['id'])
    if problem and not states:
        return NOT_EVALUATED
    if not states and monitors.evaluated(store, monitor) is None:
        return NEW
    return monitors.overall(monitor, states)


def without_group(store: Store, monitor: Mapping[str, Any], now: int) -> str:
    """Return why a monitor that is evaluated has no group, and when that may change."""
    following, last = monitors.next_evaluation(monitor, now), monitors.evaluated(store, monitor)
    coming = f'is at {clock(following)}' if following else 'never comes: its schedule has ended'
    if last is None:
        return f'This monitor is new: its first evaluation {coming}.'
    metrics = ' or '.join(sorted(monitors.metrics(monitor)))
    what = f'point of {metrics} in its scope' if metrics else 'data in its scope'
    return (
        f'No group yet: the evaluation at {clock(last)} saw no {what}. A group appears once there is some. '
        f'The next evaluation {coming}.'
    )


def open_downtimes(store: Store, now: int) -> list[dict[str, Any]]:
    return [downtime for downtime in store.all('downtime') if downtimes.windows(downtime, now, now + 1)]


def muting(
    opened: Sequence[downtimes.Downtime], monitor: Mapping[str, Any], state: Mapping[str, Any], moment: int
) -> list[dict[str, Any]]:
    """Return id and title of each of some downtimes that mutes a group of a monitor."""
    matching = downtimes.muting(opened, monitor, _tags(monitor, state), moment)
    return [{'id': each['id'], 'title': downtime_title(each)} for each in matching]


def muted_until(
    every: Sequence[downtimes.Downtime], monitor: Mapping[str, Any], state: Mapping[str, Any], moment: int
) -> int:
    """Return until when one or the other of all downtimes mutes a group of a monitor."""
    tags = _tags(monitor, state)
    return downtimes.open_until([each for each in every if downtimes.mutes(each, monitor, tags)], moment)


def _tags(monitor: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, str]:
    return monitors.scoped_tags(monitor, state.get('tags') or {})
