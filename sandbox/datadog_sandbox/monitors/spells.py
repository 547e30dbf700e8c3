"""Spells: the stretches of time in which monitors were not OK, as charts show them."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

from datadog_sandbox.store import Store, Transition

KINDS = {'Alert': 'alert', 'Warn': 'warn', 'No Data': 'no-data'}
"""The kind of each state that is not OK, from the worst to the mildest."""


class Held(NamedTuple):
    """How long a group held a state: [start, end), in seconds."""

    status: str
    start: int
    end: int


def held(store: Store, monitor: int, start: int, end: int) -> dict[str, list[Held]]:
    """Return the states that each group of a monitor had in [start, end), by time."""
    changes = defaultdict(list)
    for change in store.history(monitor, start, end):
        changes[change.group].append(change)
    states = {}
    for group, of_group in changes.items():
        edges = [max(start, change.time) for change in of_group] + [end]
        statuses = [change.status for change in of_group]
        # The status of a forgotten group is empty.
        states[group] = [
            Held(status, begin, stop)
            for status, begin, stop in zip(statuses, edges, edges[1:], strict=False)
            if status and begin < stop
        ]
    return states


def spells(
    store: Store,
    monitors: Sequence[Mapping[str, Any]],
    start: int,
    end: int,
    tags: frozenset[str] = frozenset(),
    group: str | None = None,
) -> list[dict[str, Any]]:
    """Return when the worst state was not OK, as records: edges in milliseconds, and the monitors in that state.

    Only those groups count that have no other value of a key among `tags`, and, with `group`, only this one.
    """
    changes = [
        change
        for monitor in monitors
        for change in _changes(store, monitor, tags, start, end)
        if group is None or change.group == group
    ]
    names = {monitor['id']: str(monitor.get('name') or monitor['query']) for monitor in monitors}
    return _joined(sorted(changes, key=lambda change: change.time), names, start, end)


def _changes(
    store: Store, monitor: Mapping[str, Any], chosen: frozenset[str], start: int, end: int
) -> Iterator[Transition]:
    """Yield the changes of the groups of a monitor that have no other value of a key that is chosen."""
    keys = {tag.partition(':')[0] for tag in chosen if ':' in tag and '*' not in tag}
    states = store.states(monitor['id'])
    for change in store.history(monitor['id'], start, end):
        tags = (states.get(change.group) or {}).get('tags') or {}
        if all(f'{key}:{tags[key]}' in chosen for key in keys & tags.keys()):
            yield change


def _joined(changes: Sequence[Transition], names: Mapping[int, str], start: int, end: int) -> list[dict[str, Any]]:
    """Return when the worst state was not OK, as records: edges in milliseconds, and the monitors in that state."""
    joined: list[dict[str, Any]] = []
    current: dict[tuple[int, str], str] = {}
    counts: Counter[tuple[str, int]] = Counter()
    for change, following in zip_longest(changes, changes[1:]):
        key = change.monitor, change.group
        counts[current.get(key, ''), change.monitor] -= 1
        counts[change.status, change.monitor] += 1
        current[key] = change.status
        begin, stop = max(start, change.time), min(end, following.time if following else end)
        held = [pair for pair, groups in counts.items() if pair[0] and groups > 0]
        statuses = {status for status, _ in held}
        worst = next((status for status in KINDS if status in statuses), None)
        if begin >= stop or worst is None:
            continue
        title = f'{worst}: {", ".join(names[monitor] for status, monitor in held if status == worst)}'
        if joined and joined[-1]['to'] == begin * 1000 and joined[-1]['title'] == title:
            joined[-1]['to'] = stop * 1000
        else:
            joined.append({'from': begin * 1000, 'to': stop * 1000, 'kind': KINDS[worst], 'title': title})
    return joined
