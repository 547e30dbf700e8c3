"""When a monitor is next evaluated, when a new group is, and when missing data takes effect."""

from datadog_sandbox.downtimes import FOREVER
from datadog_sandbox.query import QueryError, group_name
from datadog_sandbox.store import Store
from datadog_sandbox.times import MINUTE

from .model import Monitor, State
from .options import Settings, settings_of


def next_evaluation(monitor: Monitor, moment: int) -> int | None:
    """Return the first time after a moment at which a monitor is evaluated; None when there is none."""
    try:
        settings = settings_of({'id': 0, **monitor})
    except QueryError:
        return None
    if settings.schedule is not None:
        following = settings.schedule.following(moment // MINUTE * MINUTE)
        return None if following is None else -(-following // MINUTE) * MINUTE
    return (moment // settings.every + 1) * settings.every


def first_evaluation(settings: Settings, state: State) -> int:
    """Return when a skipped group is first evaluated, if its window is full by then."""
    return -(-(state['first_data'] + settings.new_group_delay + settings.delay) // settings.every) * settings.every


def missing_at(store: Store, monitor: Monitor, moment: int) -> dict[str, int]:
    """Return when each group becomes one without data, if no more points arrive after a moment.

    Groups that already are, or on which it has no effect, are left out. Raises `QueryError`.
    """
    settings = settings_of(monitor)
    if settings.missing_after >= FOREVER:
        return {}
    following = (moment // settings.every + 1) * settings.every
    last: dict[str, int] = {}
    # The next evaluation, and the one before: a point may just have left the window.
    for _, readings in settings.type.read(store, [following - settings.every, following], settings.delay):
        latest = zip(map(group_name, readings.groups), readings.last[:, -1].tolist(), strict=True)
        last |= {name: time for name, time in latest if time > last.get(name, -1)}
    coming = {}
    for name, state in store.states(settings.id).items():
        seen = max(last.get(name, -1), state.get('last_data', -1))
        if state['status'] not in ('Skipped', settings.missing) and seen >= 0:
            coming[name] = -(-(seen + settings.missing_after + settings.delay) // settings.every) * settings.every
    return coming
