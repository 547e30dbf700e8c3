"""The groups of a monitor: their list, and each with its past."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

from datadog_sandbox import monitors
from datadog_sandbox.natural import natural
from datadog_sandbox.store import Store, Transition

from .bars import place
from .listing import Column, Listing, document
from .monitor_states import ORDER, muted_until, muting, open_downtimes
from .words import clock


class Group(NamedTuple):
    """A group of a monitor in its list."""

    name: str
    state: Mapping[str, Any]

    @property
    def status(self) -> str:
        return str(self.state['status'])


GROUPS = Listing[Group](
    'group',
    (
        Column('status', 'State', lambda group: (ORDER.index(group.status), natural(group.name))),
        Column('name', 'Group', lambda group: natural(group.name)),
        Column('since', 'Last change', lambda group: group.state.get('since', 0), descending=True),
    ),
    lambda group: document(
        [group.name],
        [f'{key}:{value}' for key, value in (group.state.get('tags') or {}).items()],
        status=[group.status],
    ),
    {'status': 'State'},
    'host:web-1 -status:ok',
    prefix='group_',
    default='status',
)


def described(
    store: Store, monitor: Mapping[str, Any], groups: Sequence[Group], start: int, end: int, now: int
) -> list[dict[str, Any]]:
    """Return groups as the page shows them, with the states that they had in [start, end), which may be over."""
    history = defaultdict(list)
    for change in store.transitions(monitor['id'], 0, now + 1):
        history[change.group].append(change)
    explainer, opened, every = monitors.Explainer(store, monitor), open_downtimes(store, now), store.all('downtime')
    return [
        {
            'name': group.name,
            'state': group.status,
            'scope': ' AND '.join(f'{key}:{value}' for key, value in (group.state.get('tags') or {}).items()),
            'why': explainer.explain(group.name),
            'muted': muting(opened, monitor, group.state, now),
            'muted_until': muted_until(every, monitor, group.state, now),
            'slots': _slots(history[group.name], start, min(end, now), end),
            # What was before a group was forgotten is that of another one.
            'changes': [change for change in history[group.name] if start <= change.time <= end and change.status][
                ::-1
            ],
        }
        for group in groups
    ]


def _slots(changes: Sequence[Transition], start: int, known: int, end: int) -> list[dict[str, Any]]:
    """Return the states in [start, end), which are known up to a moment, as parts of a bar, in percent of it."""
    slots = []
    for change, following in zip_longest(changes, changes[1:]):
        begin, stop = max(start, change.time), min(known, following.time if following else known)
        if begin < stop and change.status:
            label = f'{change.status} from {clock(begin)}' + (f' to {clock(stop)}' if following else '')
            edges = {'from': begin, 'to': stop if following else ''}
            bar = place(begin - start, stop - start, end - start)
            slots.append({'status': change.status, 'label': label, **edges, **bar})
    return slots
