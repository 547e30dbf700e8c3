"""When something of a monitor comes by itself: its next evaluation, that of a new group, and missing data."""

from datadog_sandbox.downtimes import FOREVER
from datadog_sandbox.query import QueryError, group_name
from datadog_sandbox.store import Store
from datadog_sandbox.times import MINUTE

from .model import Monitor, State
from .options import Plan, plan_of


def next_evaluation(monitor: Monitor, moment: int) -> int | None:
    """Return the first time after a moment at which a monitor is evaluated; None when there is none."""
    try:
        plan = plan_of({'id': 0, **monitor})
    except QueryError:
        return None
    if plan.schedule is not None:
        following = plan.schedule.following(moment // MINUTE * MINUTE)
        return None if following is None else -(-following // MINUTE) * MINUTE
    return (moment // plan.every + 1) * plan.every


def first_evaluation(plan: Plan, state: State) -> int:
    """Return when a group that is skipped is evaluated first, where its window is full by then."""
    return -(-(state['first_data'] + plan.new_group_delay + plan.delay) // plan.every) * plan.every


def missing_at(store: Store, monitor: Monitor, moment: int) -> dict[str, int]:
    """Return when the missing data of each group has its effect if nothing is sent any more after a moment.

    Without the groups of which it has none, and those in which it has had it. Raises `QueryError`.
    """
    plan = plan_of(monitor)
    if plan.missing_after >= FOREVER:
        return {}
    following = (moment // plan.every + 1) * plan.every
    last: dict[str, int] = {}
    # The window of the next evaluation, and what has just left it.
    for _, readings in plan.type.read(store, [following - plan.every, following], plan.delay):
        latest = zip(map(group_name, readings.groups), readings.last[:, -1].tolist(), strict=True)
        last |= {name: time for name, time in latest if time > last.get(name, -1)}
    coming = {}
    for name, state in store.states(plan.id).items():
        seen = max(last.get(name, -1), state.get('last_data', -1))
        if state['status'] not in ('Skipped', plan.missing) and seen >= 0:
            coming[name] = -(-(seen + plan.missing_after + plan.delay) // plan.every) * plan.every
    return coming
