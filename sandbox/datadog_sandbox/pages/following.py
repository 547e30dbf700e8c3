"""What the monitors of a metric make of it now, for the panel above a dashboard."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from datadog_sandbox import monitors
from datadog_sandbox.query import QueryError
from datadog_sandbox.store import Mail, Store

from .monitor_states import muted_until, muting, problem_of, state_of
from .words import monitor_name, severity


class Followed(NamedTuple):
    """A monitor, as the panel shows it. Times are seconds since the epoch."""

    id: int
    name: str
    state: str
    since: int | None
    """Of its group that is worst, the one that came into this state last; None where it has no group."""
    next: int | None
    """When it is evaluated again; None when it never is."""
    missing_at: int | None
    """When its first group misses its data; None while something is sent, or where that changes nothing."""
    muted: tuple[str, str] | None
    """Id and title of a downtime that mutes that group."""
    muted_until: int
    mail: Mail | None
    """The latest that it wrote."""


def follow(store: Store, metric: str, silent: bool, now: int) -> list[Followed]:
    """Return what becomes of the monitors that read a metric, of which nothing is sent if it is `silent`."""
    concerned = [monitor for monitor in store.all('monitor') if metric and metric in monitors.metrics(monitor)]
    scheduled = store.all('downtime') if concerned else []
    return [_followed(store, monitor, scheduled, silent, now) for monitor in concerned]


def _followed(
    store: Store, monitor: Mapping[str, Any], scheduled: list[dict[str, Any]], silent: bool, now: int
) -> Followed:
    states = store.states(monitor['id'])
    # The worst, and of several the one that came into its state last.
    state = min(states.values(), key=lambda each: (severity(each['status']), -each.get('since', 0)), default={})
    mutes = muting(scheduled, monitor, state, now)
    return Followed(
        monitor['id'],
        monitor_name(monitor),
        state_of(store, monitor, problem_of(store, monitor)),
        state.get('since'),
        monitors.next_evaluation(monitor, now),
        _missing_at(store, monitor, now) if silent else None,
        (mutes[0]['id'], mutes[0]['title']) if mutes else None,
        muted_until(scheduled, monitor, state, now),
        next(iter(store.latest_mails(1, monitor['id'])), None),
    )


def _missing_at(store: Store, monitor: Mapping[str, Any], now: int) -> int | None:
    try:
        return min(monitors.missing_at(store, monitor, now).values(), default=None)
    except QueryError:
        return None
